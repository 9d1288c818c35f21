"""How the memory accesses of the matrix products fall, line by line, as Oclgrind executes them: a plugin of ours
(memory_accesses.cpp) sees every load and store of every work-item."""
import concurrent.futures
import re
import subprocess
import tempfile
from pathlib import Path

from compiling import HERE, CompileError, needed, tool
from launches import PRODUCTS, sources, variant

PLUGIN = HERE / 'memory_accesses.so'
# An emulator takes seconds for a million multiply-adds: launches on no more memory than this are run.
MOST_FLOATS = 300_000
# Sectors touched for each that is needed, at most; and rounds of local memory's banks for each that is needed.
MOST_SECTORS, MOST_ROUNDS = 1.1, 1.0
LINE = re.compile(r'ACCESS line (\d+) (local|global) (load|store) (\d+) B x(\d+) (\d+)/(\d+)')


def measured(all_launches):
    """Rows of the accesses of each product and tile, on maps and on images of three channels."""
    tool('oclgrind-kernel')
    needed(PLUGIN, 'Benchmarks/gpu/setup builds it')
    chosen = {}
    for launch in all_launches:
        if launch['kernel'] not in PRODUCTS or launch['defines'].get('X_BLOCK') not in ('3', '16'):
            continue
        if memory(launch) <= MOST_FLOATS:
            best = chosen.setdefault(variant(launch), launch)
            # More work-groups mean fewer that overhang.
            if (groups(launch), -memory(launch)) > (groups(best), -memory(best)):
                chosen[variant(launch)] = launch
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        ordered = sorted(chosen.items(), key=lambda item: item[0].label)
        return [row for rows in pool.map(lambda item: emulated(*item), ordered) for row in rows]


def memory(launch):
    return sum(argument['floats'] for argument in launch['arguments'] if isinstance(argument, dict))


def groups(launch):
    return launch['globalSize'][0] // launch['localSize'][0]


def emulated(one, launch):
    """The accesses of a launch's first and last work-group."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / 'kernel.cl').write_text(numbered(one.kernel))
        lines = ['kernel.cl', one.kernel] + [
            ' '.join(map(str, (extents + [1, 1])[:3])) for extents in (launch['globalSize'], launch['localSize'])]
        for argument in launch['arguments']:
            if isinstance(argument, dict):
                # Told as float, for Oclgrind knows no other name of a type, and x and y are of a type that defines set.
                lines.append(f'<size={4 * argument["floats"]} float fill=0>')
            else:
                lines += ['<size=4>', str(int(argument))]
        (folder / 'launch.sim').write_text('\n'.join(lines) + '\n')
        options = ' '.join(['-cl-std=CL1.2', *(f'-D{name}={value}' for name, value in one.defines)])
        process = subprocess.run(
            [tool('oclgrind-kernel'), '--quick', '--local-mem-size', '49152', '--plugins', PLUGIN, '--build-options',
             options, 'launch.sim'], cwd=folder, capture_output=True, text=True)
    found = LINE.findall(process.stdout + process.stderr)
    if not found:
        raise CompileError(f'oclgrind-kernel on {one.label}: {(process.stdout + process.stderr)[-300:]}')
    for line, space, way, width, count, touched, ideal in found:
        yield {
            'label': one.label, 'defines': dict(one.defines), 'space': space, 'way': way,
            'bytes': int(width), 'accesses': int(count), 'ratio': int(touched) / int(ideal),
            'text': numbered(one.kernel).split('\n')[int(line) - 1].strip(),
        }


def numbered(kernel):
    """A kernel's text with one numbering for all of it, so that lines of the prelude are told from its own."""
    return re.sub('#line .*', '', sources()[kernel])


def table(rows):
    yield '| kernel | source | access | bytes | warps | sectors or bank rounds, of those needed |'
    yield '| --- | --- | --- | --- | --- | --- |'
    for row in rows:
        yield (f'| {row["label"]} | `{row["text"][:60]}` | {row["space"]} {row["way"]} | {row["bytes"]} '
               f'| {row["accesses"]} | {row["ratio"]:.2f} |')


def judged(rows):
    """Faults in the kernels that work on maps. An image's pixels are no whole sectors. Left out where there are halves: stores
    of floats made of them, which Oclgrind's compiler takes apart and those of GPUs leave whole; and what is stored at the
    end, once a tile, as halves, or in gradients of weights as quads whose neighbours are another item's."""
    for row in rows:
        has_halves = any(row['defines'].get(name) == '1' for name in ('X_HALF', 'Y_HALF'))
        if has_halves and row['way'] == 'store' and (row['space'] == 'global' or 'floats_of' in row['text']):
            continue
        most = MOST_SECTORS if row['space'] == 'global' else MOST_ROUNDS
        if row['defines']['X_BLOCK'] == '16' and row['ratio'] > most:
            what = 'sectors' if row['space'] == 'global' else 'bank rounds'
            yield f'{row["label"]}, `{row["text"]}`: {row["ratio"]:.2f} {what} for each that is needed'
