"""Measures drnet's training steps against PyTorch's on this machine.

  python3 Benchmarks/run.py                                every case and side, the ops, five rounds
  python3 Benchmarks/run.py --quick                        two small cases, two rounds, a few minutes
  python3 Benchmarks/run.py --gpu                          every case on the first GPU
  python3 Benchmarks/run.py --cases dcgan64/b32/w16 --sides pocl torch-best --no-ops

Sides: `pocl` and `intel` (drnet on these OpenCL drivers), `cpu` (drnet's CPU backend), `torch` (PyTorch as people run
it) and `torch-best` (channels-last layout, fused Adam and an allocator that keeps its memory, with torch.compile where
that is faster: both are measured, but compiling takes PyTorch minutes and is left out of --quick).
On a GPU: `gpu` (drnet), `gpu-mixed` (drnet with --precision mixed), `torch-gpu` (PyTorch as people run it: its
convolutions round factors to 10 bits, TF32), `torch-gpu-best` (channels-last, fused Adam, the whole step as one CUDA
graph, in float32 as drnet computes) and `torch-gpu-tf32` (the same with TF32 in all products).

drnet's CPU backend first draws weights and a batch for each case, and every side must compute the losses that it
computes from them. That process of each side starts with empty caches and gives the cold start. Every measurement is a
process of its own, as two runtimes in one disturb each other, and rounds go through all sides in turn, so that what
disturbs the machine disturbs all alike.

PyTorch comes from DRNET_BENCH_PYTHON, an interpreter that has torch and safetensors, else from Benchmarks/.venv, made
on first use. drnet is built in release mode, unless DRNET_BENCH_DRNET names a binary. Rows go to
Benchmarks/results/latest.json, those of the ops to latest-ops.json; with --gpu to latest-gpu.json.
"""
import argparse
import json
import os
import platform
import re
import statistics
import sys
import tempfile
from pathlib import Path

import programs
from agreement import DEEP_TOLERANCES, ROUNDED_TOLERANCES, TOLERANCES, Disagreement, require_same
from cases import CASES, OPS, QUICK, Case
from process import ProcessFailed, Stopped, stop_on_signals, wait_for_quiet
from report import RESULTS, Row, text
from sides import Drnet, Measured, Reference, Side, Torch

ROUNDS, QUICK_ROUNDS, OP_ROUNDS = 5, 2, 3


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--quick', action='store_true', help='few and short measurements: a first impression')
    parser.add_argument('--rounds', type=int, help=f'default {ROUNDS}, with --quick {QUICK_ROUNDS}')
    parser.add_argument('--cases', nargs='+', choices=CASES, help='measure only these')
    parser.add_argument('--gpu', action='store_true', help='measure on the first GPU, without the ops')
    parser.add_argument('--sides', nargs='+', choices=programs.SIDES + programs.GPU_SIDES, help='measure only these')
    parser.add_argument('--ops', action=argparse.BooleanOptionalAction, default=None,
                        help=f'compare the ops of {OPS} one by one (default, but not with --quick)')
    parser.add_argument('--patience', type=float, default=0, metavar='SECONDS',
                        help='wait this long at most before each measurement for other programs to be idle')
    parser.add_argument('--out', type=Path, default=RESULTS, help='folder of the rows')
    options = parser.parse_args()
    if options.rounds is not None and options.rounds < 1:
        parser.error(f'--rounds {options.rounds}: expected a whole number from 1')
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    options.cases = [CASES[name] for name in options.cases or (QUICK if options.quick else CASES)]
    options.sides = options.sides or (programs.GPU_SIDES if options.gpu else programs.SIDES)
    options.ops = not (options.quick or options.gpu) if options.ops is None else options.ops
    return options


def measure(case: Case, sides: list[Side], options: argparse.Namespace, folder: Path) -> list[Row]:
    """The case's rows, after every side has shown that it computes the same."""
    start, caches = folder / 'start.safetensors', folder / case.name.replace('/', '-')
    expected = programs.reference().write_start(case, start, caches)
    cold: dict[str, Measured] = {}
    for side in sides:
        cold[side.name] = side.measure(case, start, caches, warm_up=0, steps=3)
        tolerances = (
            ROUNDED_TOLERANCES if side.rounds_factors else DEEP_TOLERANCES if case.is_deep else TOLERANCES)
        share = require_same(case.name, expected.losses, side.name, cold[side.name].losses, tolerances)
        tell(f'{case.name} {side.name}: same losses ({share:.0%} of the tolerance), '
             f'cold start {cold[side.name].seconds_to_first_step:.2f} s')
    peak_now = {on_gpu: programs.gpu_peak if on_gpu else programs.fma_peak(folder)
                for on_gpu in {side.on_gpu for side in sides}}
    measured: dict[str, list[Measured]] = {side.name: [] for side in sides}
    peaks: dict[bool, list[float]] = {on_gpu: [] for on_gpu in peak_now}
    steps = max(case.steps // 3, 2) if options.quick else case.steps
    for number in range(options.rounds):
        for on_gpu, measure_peak in peak_now.items():
            peaks[on_gpu].append(measure_peak())
        for side in sides:
            wait_for_quiet(options.patience)
            one = side.measure(case, start, caches, case.warm_up, steps)
            measured[side.name].append(one)
            tell(f'{case.name} round {number + 1}/{options.rounds} {side.name}: {one.seconds_per_step:.4f} s a step')
    return with_best_variant([
        row(case, side.name, measured[side.name], cold[side.name], statistics.median(peaks[side.on_gpu]), expected)
        for side in sides])


def row(
    case: Case, name: str, runs: list[Measured], cold: Measured, peak: float, reference: Reference
) -> Row:
    values = [one.seconds_per_step for one in runs]
    seconds = statistics.median(values)
    return dict(
        case=case.name, side=name, secondsPerStep=seconds, framesPerSecond=reference.frames_per_step / seconds,
        rounds=values, peakMemoryBytes=max(one.peak_memory_bytes for one in runs),
        coresUsed=statistics.median(one.cores_used for one in runs),
        secondsToFirstStepWarm=statistics.median(one.seconds_to_first_step for one in runs),
        secondsToFirstStepCold=cold.seconds_to_first_step, operationsPerStep=reference.operations_per_step,
        fmaPeak=peak,
        shareOfPeak=reference.operations_per_step / seconds / peak, takenByOthers=[one.taken_by_others for one in runs],
        steps=[one.steps for one in runs], device=cold.device, machine=f'{processor_name()}, {os.cpu_count()} cores')


def with_best_variant(rows: list[Row]) -> list[Row]:
    """Puts the fastest of a side's variants, such as torch-best/eager, in the place of all of them."""
    groups: dict[str, list[Row]] = {}
    for one in rows:
        groups.setdefault(one['side'].partition('/')[0], []).append(one)
    best = []
    for name, variants in groups.items():
        fastest = min(variants, key=lambda one: one['secondsPerStep'])
        seconds = {one['side'].partition('/')[2]: one['secondsPerStep'] for one in variants}
        if fastest['side'] != name:
            fastest = fastest | dict(side=name, variant=fastest['side'].partition('/')[2], variants=seconds)
        best.append(fastest)
    return best


def measure_ops(sides: list[Side], folder: Path) -> list[Row]:
    """A row for each op and shape of a step, ours on each OpenCL device beside PyTorch's own."""
    ours = [side for side in sides if isinstance(side, Drnet) and side.name != 'cpu']
    torch = [side for side in sides if isinstance(side, Torch) and side.name == 'torch-best/eager']
    caches, rows = folder / 'ops', []
    samples: dict[tuple[int, str], list[float]] = {}
    for number in range(OP_ROUNDS if ours else 0):
        for side in ours:
            rows = side.ops(CASES[OPS], caches)
            for index, op in enumerate(rows):
                samples.setdefault((index, side.name), []).append(statistics.median(op['samples']))
        for peer in torch:
            for index, values in peer.op_samples(rows, caches).items():
                samples.setdefault((index, 'torch-best'), []).append(statistics.median(values))
        tell(f'ops of {OPS}: round {number + 1}/{OP_ROUNDS}')
    names = dict.fromkeys(name for _, name in samples)
    return [dict(case=OPS, op=op['op'], inputs=op['inputs'], count=op['count'], operations=op['operations'],
                 bytes=op['bytes'], seconds={name: statistics.median(samples[index, name])
                                             for name in names if (index, name) in samples})
            for index, op in enumerate(rows)]


def processor_name() -> str:
    try:
        words = Path('/proc/cpuinfo').read_text()
    except OSError:
        return platform.processor()
    found = re.search(r'^model name\s*: (.*)$', words, re.MULTILINE)
    return found[1] if found else platform.machine()


def tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    options = arguments()
    stop_on_signals()
    try:
        with tempfile.TemporaryDirectory(prefix='drnet-bench-') as name:
            folder = Path(name)
            sides = programs.sides(options.sides, folder, compiles=not options.quick)
            rows = [one for case in options.cases for one in measure(case, sides, options, folder)]
            ops = measure_ops(sides, folder) if options.ops else []
    except (ProcessFailed, Disagreement) as error:
        sys.exit(f'bench: {error}')
    except Stopped as stop:
        sys.exit(stop.status)
    options.out.mkdir(parents=True, exist_ok=True)
    files = (('latest-gpu.json', rows),) if options.gpu else (('latest.json', rows), ('latest-ops.json', ops))
    for file, content in files:
        (options.out / file).write_text(json.dumps(content, indent=2) + '\n')
    print(text(rows, ops))


if __name__ == '__main__':
    main()
