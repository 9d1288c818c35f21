"""Makes the safetensors files that the Swift tests read, and checks the one that the Swift code wrote.

    python make_fixtures.py            writes every_type.safetensors
    python make_fixtures.py --check    reads written_by_swift.safetensors and compares it with what it should hold

Needs torch, numpy and safetensors.
"""

import argparse
import json
import pathlib
import zlib

import torch
from safetensors import safe_open
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent


def make() -> None:
    values = torch.tensor([[0.5, -1.25, 3.0], [0.1, 65504.0, -2.0**-14]], dtype=torch.float64)
    tensors = {
        "f64": values,
        "f32": values.float(),
        "f16": values.half(),
        "bf16": values.bfloat16(),
        "scalar": torch.tensor(0.25),
        "empty": torch.zeros(0, 4),
        'näme "quoted"\\\n': torch.tensor([1.0]),
        "netEC.main.0.main.1.num_batches_tracked": torch.tensor(123456789012, dtype=torch.int64),
        "i32": torch.tensor([-7, 8], dtype=torch.int32),
        "i16": torch.tensor([-7, 8], dtype=torch.int16),
        "i8": torch.tensor([-7, 8], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
    }
    save_file(tensors, FOLDER / "every_type.safetensors", metadata={"format": "pt", "ключ": 'a "value"\n'})


def check_crc(checksums: list[str]) -> None:
    """The header's, whose digits count as 0, then those of the tensors in the order of the data."""
    content = (FOLDER / "written_by_swift.safetensors").read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    header = content[8:end].replace(" ".join(checksums).encode(), " ".join(["0" * 8] * len(checksums)).encode())
    ranges = sorted(entry["data_offsets"] for name, entry in json.loads(header).items() if name != "__metadata__")
    parts = [header] + [content[end + first : end + last] for first, last in ranges]
    assert checksums == [f"{zlib.crc32(part):08x}" for part in parts], checksums


def check() -> None:
    with safe_open(FOLDER / "written_by_swift.safetensors", framework="pt") as file:
        metadata = file.metadata()
        checksums = metadata.pop("checksums").split()
        assert metadata == {"kind": "model", "note": 'a "quoted"\nline'}, metadata
        names = set(file.keys())
        assert names == {"step", "counts", "netD.bias", "netEC.weight", "empty"}, names
        step = file.get_tensor("step")
        assert step.dtype == torch.int64 and step.shape == () and step.item() == 1234, step
        assert file.get_tensor("counts").tolist() == [-1, 2**62]
        weight = file.get_tensor("netEC.weight")
        expected = torch.tensor([[0.1, -0.2, 0.3], [1e-45, 3.4028235e38, -0.0]], dtype=torch.float32)
        assert weight.dtype == torch.float32 and torch.equal(weight.view(torch.int32), expected.view(torch.int32))
        assert file.get_tensor("netD.bias").tolist() == [1.5]
        assert file.get_tensor("empty").shape == (0, 3)
        check_crc(checksums)
    print("written_by_swift.safetensors holds what it should")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        check()
    else:
        make()
