"""What GPUs' own compilers make of every kernel, and how its memory accesses fall, without a GPU.

  Benchmarks/gpu/setup && python3 Benchmarks/gpu/report.py        what `make gpu-report` runs

One row a kernel, its tile and a target: registers, spilled bytes, local memory of a group, occupancy with what sets it;
of the hot loop its instructions and of those multiply-adds, loads of local and of global memory with the narrowest in
bytes; and for matrix products the share of peak that the loop's instruction slots and local memory allow. Then
what Oclgrind sees of each source line of these products: sectors of 32 bytes touched, against the fewest that could
hold what was asked for, and rounds of local memory's 32 banks against those without conflict.

Ends with 1 where a kernel spills, where a matrix product stays under the share that is asked for, or where its main
loop's accesses are not what they should be; with 3 where no compiler is installed. No time is measured: latency, caches
and clocks are not modelled.
"""
import argparse
import concurrent.futures
import json
import os
import sys
import tempfile
from pathlib import Path

import accesses
import amd
import intel
import nvidia
from compiling import ROOT, CompileError, NotInstalled
from launches import PRODUCTS, TARGETS, launches, launches_of_steps, programs, variant

FAMILIES = (nvidia, amd, intel)
# Least modelled share of peak of matrix products, where there is a model. Of what only tests launch less is asked where
# halves have to become floats in maps of odd sizes, and where windows reach beyond the halo of images, float by float.
LEAST_SHARE, LEAST_SHARE_OF_ODD_HALVES, LEAST_SHARE_OF_ODD_IMAGES = 0.85, 0.82, 0.75
JUDGED = ('sm_80', 'sm_90', 'gfx90a', 'gfx1100')
HEADER = ('kernel', 'target', 'regs', 'spill', 'local', 'group', 'occupancy', 'loop', 'fma', 'lds', 'glb', 'peak')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--targets', nargs='+', choices=TARGETS, default=list(TARGETS), help='only these')
    parser.add_argument('--no-accesses', action='store_true', help='leave Oclgrind out')
    parser.add_argument('--out', type=Path, default=ROOT / 'Benchmarks/results/gpu.json', help='file of the raw rows')
    return parser.parse_args()


def main():
    options = arguments()
    rows, faults = [], []
    print(table_row(HEADER))
    print(table_row(['---'] * len(HEADER)))
    for target in options.targets:
        found = programs({variant(launch) for launch in launches(TARGETS[target])})
        of_steps = {variant(launch) for launch in launches_of_steps(TARGETS[target])}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = [pool.submit(compiled, target, *program, variants, of_steps)
                       for program, variants in found.items()]
        try:
            for row in [row for result in results for row in result.result()]:
                rows.append(row)
                print(table_row(cells(row)), flush=True)
                faults += judged(row)
        except NotInstalled as missing:
            print(f'gpu-report: {target} is left out: no {missing}; see Benchmarks/gpu/setup', file=sys.stderr)
        except CompileError as error:
            faults.append(f'{target}: {error}')
    seen = []
    if not options.no_accesses:
        try:
            seen = accesses.measured(launches(TARGETS['sm_80']) + launches(TARGETS['dg2']))
            print()
            for line in accesses.table(seen):
                print(line)
            faults += accesses.judged(seen)
        except NotInstalled as missing:
            print(f'gpu-report: memory accesses are left out: no {missing}; see Benchmarks/gpu/setup', file=sys.stderr)
        except CompileError as error:
            faults.append(f'memory accesses: {error}')
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({'kernels': rows, 'accesses': seen}, indent=1) + '\n')
    for fault in faults:
        print(f'gpu-report: {fault}', file=sys.stderr)
    if not rows:
        print('gpu-report: no compiler is installed, nothing was checked; run Benchmarks/gpu/setup', file=sys.stderr)
        return 3
    return 1 if faults else 0


def compiled(target, source, defines, variants, of_steps):
    """Rows of the kernels of one program on a target."""
    family, rows = next(family for family in FAMILIES if target in family.DEVICES), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / 'kernel.cl'
        path.write_text(source)
        groups = {one.kernel: one.group for one in variants}
        words = [f'-D{name}={value}' for name, value in defines]
        found = family.compile_kernels(target, path, words, Groups(groups), folder)
    for one in variants:
        resources = found[one.kernel]
        loop = vars(resources.loop) if resources.loop else None
        rows.append({
            'kernel': one.kernel, 'label': one.label, 'defines': dict(defines), 'target': target, 'group': one.group,
            **{name: value for name, value in vars(resources).items() if name != 'loop'}, 'loop': loop,
            'share': resources.share if one.kernel in PRODUCTS else None, 'of_steps': one in of_steps,
        })
    return rows


class Groups(dict):
    """Sizes of work-groups; kernels of the program that are not launched with these defines get the usual one."""

    def __missing__(self, kernel):
        return 128


def cells(row):
    loop = row['loop'] or {}
    fma, local, loads = (loop.get(name, 0) for name in ('fma', 'local_instructions', 'global_loads'))
    share = '' if row['share'] is None else f'{100 * row["share"]:.0f} %'
    return (row['label'], row['target'], row['registers'], row['spilled'], row['local_memory'], row['group'],
            f'{100 * row["occupancy"]:.0f} % {row["limit"]} {row["note"]}'.strip(), loop.get('instructions', ''), fma,
            f'{local} of {loop.get("narrowest_local", 0)} B' if local else '',
            f'{loads} of {loop.get("narrowest_global", 0)} B' if loads else '', share)


def judged(row):
    where = f'{row["label"]} on {row["target"]}'
    if row['spilled']:
        yield f'{where} spills {row["spilled"]} bytes'
    if row['kernel'] not in PRODUCTS or row['target'] not in JUDGED:
        return
    least = LEAST_SHARE
    if not row['of_steps'] and row['defines'].get('X_BLOCK') != '16':
        least = LEAST_SHARE_OF_ODD_IMAGES
    elif not row['of_steps'] and row['defines'].get('X_HALF') == '1':
        least = LEAST_SHARE_OF_ODD_HALVES
    if row['share'] is None:
        yield f'{where}: no loop of multiply-adds was found'
    elif row['share'] < least:
        yield f'{where}: the hot loop is modelled at {100 * row["share"]:.1f} % of peak, {100 * least:.0f} % is asked for'


def table_row(values):
    return '| ' + ' | '.join(str(value) for value in values) + ' |'


if __name__ == '__main__':
    sys.exit(main())
