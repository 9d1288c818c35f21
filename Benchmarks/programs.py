"""Builds or installs what is compared: drnet, its OpenCL drivers, and PyTorch."""
import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from process import ProcessFailed, run
from sides import HERE, Drnet, Side, Torch

ROOT = HERE.parent
SIDES = ('pocl', 'intel', 'cpu', 'torch', 'torch-best')
# drnet on the first GPU.
GPU = ('--backend', 'opencl', '--device', '0')
# PyTorch at its best is measured in both variants; a case's row is that of the faster.
BEST_VARIANTS = ('eager', 'compile')
GPU_SIDES = ('gpu', 'gpu-mixed', 'torch-gpu', 'torch-gpu-best', 'torch-gpu-tf32')


def sides(wanted: Sequence[str], folder: Path, compiles: bool) -> list[Side]:
    """The sides in the order in which a round goes through them.

    `folder` is for files of this run; `compiles` says whether torch.compile is measured too.
    """
    result: list[Side] = []
    drnet = drnet_binary()
    for name in wanted:
        if name in ('pocl', 'intel'):
            library, surroundings = (pocl_driver if name == 'pocl' else intel_driver)()
            vendors = folder / f'{name}-vendors'
            vendors.mkdir()
            (vendors / 'driver.icd').write_text(f'{library}\n')
            result.append(Drnet(name, drnet, ['--backend', 'opencl'], {'OCL_ICD_VENDORS': str(vendors)} | surroundings))
        elif name == 'cpu':
            result.append(Drnet(name, drnet, ['--backend', 'cpu'], {}))
        elif name == 'gpu':
            result.append(Drnet(name, drnet, GPU, {}, on_gpu=True))
        elif name == 'gpu-mixed':
            result.append(Drnet(name, drnet, [*GPU, '--precision', 'mixed'], {}, on_gpu=True, rounds_factors=True))
        elif name == 'torch-gpu':
            result.append(Torch(name, torch_python(), 'plain', on_gpu=True))
        elif name in ('torch-gpu-best', 'torch-gpu-tf32'):
            result.append(Torch(name, torch_python(), 'graph', on_gpu=True, tf32=name == 'torch-gpu-tf32'))
        elif name == 'torch':
            result.append(Torch(name, torch_python(), 'plain'))
        else:
            variants = BEST_VARIANTS if compiles else BEST_VARIANTS[:1]
            result += [Torch(f'{name}/{variant}', torch_python(), variant) for variant in variants]
    return result


def reference() -> Drnet:
    """The side whose losses the others must have."""
    return Drnet('reference', drnet_binary(), ['--backend', 'cpu'], {})


@functools.cache
def drnet_binary() -> str:
    """DRNET_BENCH_DRNET, else what a release build makes."""
    if binary := os.environ.get('DRNET_BENCH_DRNET'):
        return binary
    print('building drnet', file=sys.stderr, flush=True)
    build = ['swift', 'build', '--configuration', 'release', '--product', 'drnet', '--package-path', ROOT]
    run('swift build', build, os.environ)
    path = run('swift build', [*build, '--show-bin-path'], os.environ).output.strip()
    return str(Path(path) / 'drnet')


def pocl_driver() -> tuple[str, dict[str, str]]:
    file = Path('/etc/OpenCL/vendors/pocl.icd')
    try:
        return file.read_text().strip(), {}
    except OSError as error:
        raise ProcessFailed(f'{file}: {error.strerror}; install pocl-opencl-icd, or choose other --sides') from None


def intel_driver() -> tuple[str, dict[str, str]]:
    library = Path(run('scripts/intel-runtime', [ROOT / 'scripts' / 'intel-runtime'], os.environ).output.strip())
    paths = [str(library.parent), *filter(None, [os.environ.get('LD_LIBRARY_PATH')])]
    return str(library), {'LD_LIBRARY_PATH': ':'.join(paths)}


@functools.cache
def torch_python() -> str:
    """DRNET_BENCH_PYTHON, else an environment of the benchmark's own, made on first use."""
    if python := os.environ.get('DRNET_BENCH_PYTHON'):
        return python
    folder = HERE / '.venv'
    own = folder / 'bin' / 'python'
    if not is_ready(own):
        print(f'installing PyTorch in {folder}', file=sys.stderr, flush=True)
        run('making the environment for PyTorch', [sys.executable, '-m', 'venv', folder], os.environ)
        packages = ['torch', 'numpy', 'safetensors']
        run('installing PyTorch', [own, '-m', 'pip', 'install', '--quiet', *packages], os.environ)
    return str(own)


def is_ready(python: Path) -> bool:
    imports = [str(python), '-c', 'import torch, safetensors.torch']
    return python.exists() and subprocess.run(imports, capture_output=True).returncode == 0


def gpu_peak() -> float:
    """The operations a second that a GPU can reach, as `drnet profile` measures them."""
    command = [drnet_binary(), 'profile', *GPU, '--network', 'pose-lstm', '--steps', 1]
    found = re.search(r'^at most (\d+) GFLOP/s', run('drnet profile', command, os.environ).output, re.MULTILINE)
    if not found:
        raise ProcessFailed('drnet profile: no line "at most ... GFLOP/s"')
    return 1e9 * float(found[1])


def fma_peak(folder: Path) -> Callable[[], float]:
    """A function that measures the operations a second that all cores can reach together."""
    program = folder / 'fma_peak'
    build = ['cc', '-O3', '-march=native', '-pthread', HERE / 'fma_peak.c', '-o', program]
    run('cc', build, os.environ)
    return lambda: float(run('fma_peak', [program, os.cpu_count()], os.environ).output)
