"""Measures drnet's training step against PyTorch's on the same machine, and prints one table.

  python3 Benchmarks/run.py                 the demo's setting (width 16), five rounds
  python3 Benchmarks/run.py --wide          width 64 as well
  python3 Benchmarks/run.py --quick         two short rounds

Sides: `pocl` and `intel` (drnet on these OpenCL devices, each where `drnet devices` lists it; for Intel's runtime set
OCL_ICD_VENDORS and LD_LIBRARY_PATH as its package asks), `cpu` (drnet's CPU backend), `torch` (PyTorch as people run
it) and `torch-best` (channels-last layout, fused Adam, an allocator that keeps its memory). Every measurement is a
process of its own, as two runtimes in one disturb each other, and rounds go through all sides in turn, so that what
disturbs the machine disturbs all alike. A round's value is the median of its process; a side's value is the median of
its rounds.

That both compute the same losses from the same weights is not checked here but by the golden tests of `make test`:
their files, ten whole steps of each trainer, come from the same model in PyTorch.

PyTorch comes from DRNET_BENCH_PYTHON, an interpreter that has torch and numpy, else from .venv-bench/, made on first use.
drnet is built in release mode, unless DRNET_BENCH_DRNET names a binary. Rows go to Benchmarks/results/latest.json.
"""
import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import table
from sides import CASES, HERE, Drnet, SideFailed, Torch, busy_seconds

ROOT = HERE.parent
SIDES = ('pocl', 'intel', 'cpu', 'torch', 'torch-best')
PLATFORMS = {'pocl': 'Portable Computing Language', 'intel': 'Intel(R) OpenCL'}
FASHION = Path('/usr/share/datasets/fashion-mnist')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, help='measurements of each side (default 5; 2 with --quick)')
    parser.add_argument('--quick', action='store_true', help='few and short measurements: a first impression')
    parser.add_argument('--wide', action='store_true', help='measure width 64 too')
    parser.add_argument('--cases', nargs='+', choices=CASES, help='measure only these')
    parser.add_argument('--sides', nargs='+', choices=SIDES, help='measure only these')
    parser.add_argument('--patience', type=float, default=0, metavar='SECONDS',
                        help='wait this long at most before each measurement for other programs to be idle')
    parser.add_argument('--out', type=Path, default=HERE / 'results' / 'latest.json', help='file of the raw rows')
    options = parser.parse_args()
    if options.rounds is not None and options.rounds < 1:
        parser.error(f'--rounds {options.rounds}: expected a whole number from 1')
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.cases = options.cases or (list(CASES) if options.wide else ['dcgan64/b32/w16'])
    return options


def drnet_binary():
    if binary := os.environ.get('DRNET_BENCH_DRNET'):
        return binary
    build = ['swift', 'build', '-c', 'release', '--product', 'drnet', '--package-path', ROOT]
    subprocess.run(build, check=True, stdout=sys.stderr)
    folder = subprocess.run([*build, '--show-bin-path'], check=True, capture_output=True, text=True).stdout.strip()
    return str(Path(folder) / 'drnet')


def torch_python():
    if python := os.environ.get('DRNET_BENCH_PYTHON'):
        return python
    folder = ROOT / '.venv-bench'
    python = folder / 'bin' / 'python'
    imports = [python, '-c', 'import torch, numpy']
    ready = python.exists() and subprocess.run(imports, capture_output=True).returncode == 0
    if not ready:
        print(f'installing PyTorch in {folder}', file=sys.stderr)
        subprocess.run([sys.executable, '-m', 'venv', folder], check=True)
        subprocess.run([python, '-m', 'pip', 'install', '--quiet', 'torch', 'numpy'], check=True)
    return str(python)


def opencl_devices(drnet):
    """Index of the first device of each platform that `drnet devices` lists."""
    found, current = {}, None
    for line in subprocess.run([drnet, 'devices'], check=True, capture_output=True, text=True).stdout.splitlines():
        if device := re.match(r'  (\d+): ', line):
            found.setdefault(current, device[1])
        elif not line.startswith(' '):
            current = next((side for side, name in PLATFORMS.items() if line.startswith(name)), None)
    return found


def available_sides(wanted):
    drnet = drnet_binary()
    devices = opencl_devices(drnet)
    has_fashion = FASHION.exists()
    clips = ['--data', 'fashion' if has_fashion else 'embedded']
    sides = {side: Drnet(side, drnet, ['--backend', 'opencl', '--device', devices[side]], clips)
             for side in PLATFORMS if side in devices}
    sides['cpu'] = Drnet('cpu', drnet, ['--backend', 'cpu'], clips)
    if wanted is None or any(side.startswith('torch') for side in wanted):
        python, frames = torch_python(), ['--data', FASHION if has_fashion else 'noise']
        sides['torch'] = Torch('torch', python, frames, best=False)
        sides['torch-best'] = Torch('torch-best', python, frames, best=True)
    for side in wanted or []:
        if side not in sides:
            sys.exit(f'--sides {side}: `drnet devices` lists no such device; install its OpenCL runtime')
    return [side for name, side in sides.items() if wanted is None or name in wanted]


def fma_peak(folder):
    """A function that measures what the cores can reach; it gives None where there is no C compiler."""
    program = Path(folder) / 'fma_peak'
    build = ['cc', '-O3', '-march=native', '-pthread', HERE / 'fma_peak.c', '-o', program]
    try:
        subprocess.run(build, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return lambda: None
    run = [program, str(os.cpu_count())]
    return lambda: float(subprocess.run(run, check=True, capture_output=True, text=True).stdout)


def wait_for_quiet(patience):
    """Returns as soon as other programs take less than a tenth of the machine over two seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end and (before := busy_seconds()) is not None:
        time.sleep(2)
        if busy_seconds() - before < 0.1 * 2 * os.cpu_count():
            return


def measure(options, sides, peak_now):
    """Measurements by case and side, in the order of rounds; and the peak's, by case."""
    measured, peaks = {}, {}
    for case in (CASES[name] for name in options.cases):
        for number in range(options.rounds):
            peaks.setdefault(case.name, []).append(peak_now())
            for side in sides:
                wait_for_quiet(options.patience)
                one = side.measure(case, 3 * case.window if options.quick else case.steps)
                measured.setdefault((case.name, side.name), []).append(one)
                others = one.taken_by_others
                print(f'{case.name} round {number + 1}/{options.rounds} {side.name}: {one.seconds_per_step:.4f} s a step'
                      + ('' if others is None else f', others took {others:.0%} of the machine'),
                      file=sys.stderr, flush=True)
    return measured, peaks


def rows(measured, peaks):
    machine = f'{processor_name()}, {os.cpu_count()} cores'
    result = []
    for (name, side), rounds in measured.items():
        case, values = CASES[name], [one.seconds_per_step for one in rounds]
        seconds, peak = statistics.median(values), peaks[name]
        row = dict(
            case=name, side=side, secondsPerStep=seconds, framesPerSecond=case.batch / seconds, rounds=values,
            peakMemoryBytes=max(one.peak_memory_bytes for one in rounds),
            cpuUtilisation=statistics.median(one.cpu_utilisation for one in rounds),
            takenByOthers=[one.taken_by_others for one in rounds], machine=machine)
        if None not in peak:
            row['fmaPeak'] = statistics.median(peak)
            row['shareOfPeak'] = case.operations() / seconds / row['fmaPeak']
        result.append(row)
    return result


def processor_name():
    try:
        text = Path('/proc/cpuinfo').read_text()
    except OSError:
        return platform.processor()
    found = re.search(r'^model name\s*: (.*)$', text, re.MULTILINE)
    return found[1] if found else platform.machine()


def main():
    options = arguments()
    try:
        sides = available_sides(options.sides)
        with tempfile.TemporaryDirectory() as folder:
            measured, peaks = measure(options, sides, fma_peak(folder))
    except SideFailed as error:
        sys.exit(str(error))
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f'the benchmark could not be set up: {error}')
    except KeyboardInterrupt:
        sys.exit(130)
    result = rows(measured, peaks)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + '\n')
    print(table(result))


if __name__ == '__main__':
    main()
