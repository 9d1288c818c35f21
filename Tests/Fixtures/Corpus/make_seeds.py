"""Writes the files that fuzzing starts from: small whole files of each format, one folder a reader."""

import gzip
import json
import pathlib
import struct
import subprocess
import zlib

HERE = pathlib.Path(__file__).parent


def write(reader, name, content):
    folder = HERE / reader
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def chunk(kind, payload):
    body = kind + payload
    return struct.pack(">I", len(payload)) + body + struct.pack(">I", zlib.crc32(body))


def png(depth, colour, row_bytes, extra=b"", side=4, interlaced=False):
    """A PNG whose rows count up, each behind filter 0."""
    # Adam7 of 4 x 4 px: passes of 1, 0, 1, 2, 2, 4 and 8 px over 1, 0, 1, 1, 2, 2 and 2 rows.
    rows = [1, 1, 2, 1, 1, 2, 2, 4, 4] if interlaced else [row_bytes] * side
    raw = b"".join(b"\0" + bytes(range(size)) for size in rows)
    header = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, int(interlaced))
    parts = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def norb(magic, extents, payload):
    words = [magic, len(extents)] + extents + [1] * (3 - len(extents))
    return struct.pack(f"<{len(words)}I", *words) + payload


def safetensors(tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def clips(colour, circular, version=1):
    """A container of two clips of two frames of 2 x 2 px."""
    channels = 3 if colour else 1
    header = {"version": version, "imageSize": 2, "channels": channels}
    if version == 1:
        header |= {"classNames": ["a"], "factorName": "height"}
        labels = {"label": 0}
    else:
        header |= {"classes": [{"name": "class", "values": ["a"]}], "factors": [{"name": "height", "size": 1}]}
        labels = {"labels": [0]}

    def block(value, pixels=b""):
        text = json.dumps(value).encode()
        return struct.pack("<IIQ", len(text), zlib.crc32(text + pixels), len(pixels)) + text + pixels

    content, index = b"DRNETCLP" + block(header), []
    for split in ("training", "heldOut"):
        entry = {"name": split, "split": split} | labels
        entry |= {"frames": 2, "isCircular": circular, "factors": [[0], [1.5]]}
        index.append(entry | {"offset": len(content)})
        content += block(entry, bytes(range(8 * channels)))
    return content + block(index) + struct.pack("<Q", len(content)) + b"PLCTENRD"


idx = bytes([0, 0, 8, 3]) + struct.pack(">III", 2, 3, 3) + bytes(range(18))
write("idx", "images", idx)
write("idx", "images.gz", gzip.compress(idx, mtime=0))
pictures = {
    "grey": png(8, 0, 4),
    "grey-1": png(1, 0, 1),
    "grey-alpha": png(8, 4, 8),
    "colour": png(8, 2, 12),
    "colour-16": png(16, 2, 24),
    "colour-alpha": png(8, 6, 16),
    "palette": png(2, 3, 1, chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", b"\x80")),
    "interlaced": png(8, 0, 4, interlaced=True),
}
for name, content in pictures.items():
    write("png", name, content)
    write("png-checked", name, content)
dat = norb(0x1E3D4C55, [1, 2, 8, 8], bytes(range(128)))
write("norb-images", "dat", dat)
write("norb-images", "dat.gz", gzip.compress(dat, mtime=0))
info = norb(0x1E3D4C54, [2, 4], struct.pack("<8i", 4, 0, 2, 5, 9, 8, 34, -1))
write("norb-matrix", "info", info)
write("norb-matrix", "info.gz", gzip.compress(info, mtime=0))
write("norb-matrix", "bytes", norb(0x1E3D4C55, [2, 4], bytes(range(8))))
index = "The sequences, in frames:\n\nperson01_boxing_d1\t\tframes\t1-95, 96-185\nperson13_handclapping_d3\t*missing*\n"
write("kth-sequences", "index", index.encode())
floats = {"a.weight": ("F32", [2, 1], bytes(8)), "b": ("BF16", [3], bytes(6))}
write("safetensors", "floats", safetensors(floats, {"x": "y"}))
write("safetensors", "integers", safetensors({"n": ("I64", [], bytes(8)), "flags": ("BOOL", [0, 4], b"")}, {}))
for reader in ("clips", "clips-checked"):
    write(reader, "grey", clips(False, False))
    write(reader, "colour", clips(True, True))
    write(reader, "version-2", clips(True, True, 2))
write("labels", "classes", b"clip,split,class\r\na.mp4,training,\"walk, fast\"\r\nb/c.mp4,heldOut,run\r\n")
write("labels", "factors", b"azimuth.cos,azimuth.sin,phase\n1,0,0.5\n0.5,0.75,1e-3\n")
(HERE / "video").mkdir(exist_ok=True)
for name in ("clip.mp4", "clip.mkv", "clip.avi", "clip.gif", "clip.y4m"):
    # Without names and times of the encoder.
    command = "ffmpeg -loglevel error -y -f lavfi -i testsrc2=size=16x16 -frames:v 3 -fflags +bitexact -flags +bitexact"
    subprocess.run(command.split() + [str(HERE / "video" / name)], check=True)
