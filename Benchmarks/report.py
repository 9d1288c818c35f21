"""Tables from the rows that a benchmark left behind.

  python3 Benchmarks/report.py                                        as text
  python3 Benchmarks/report.py --markdown > docs/performance.md       as a page
  python3 Benchmarks/report.py --gpu --markdown                       the tables of docs/gpu-performance.md
"""
import argparse
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / 'results'
PAGE = HERE / 'performance.md'
# Share of the machine that others may take in a round before it is worth a word.
DISTURBED = 0.1
Row = dict[str, Any]
Table = list[list[str]]


def case_tables(rows: list[Row]) -> list[tuple[str, Table]]:
    """A table for each case, a line for each side. Ratios are of rates: above 1 is faster than PyTorch."""
    return [(case, case_table([row for row in rows if row['case'] == case]))
            for case in dict.fromkeys(row['case'] for row in rows)]


def case_table(rows: list[Row]) -> Table:
    bars = {row['side']: row['secondsPerStep'] for row in rows if row['side'].startswith('torch')}
    heads = ['side', 's/step', 'spread', 'frames/s', *(f'vs {bar}' for bar in bars), 'of FMA peak', 'memory', 'cores',
             'first step warm', 'cold', 'others']
    return [heads, *(line(row, bars) for row in rows)]


def line(row: Row, bars: dict[str, float]) -> list[str]:
    own, frames = row['secondsPerStep'], row['framesPerSecond'] * row['secondsPerStep']
    others = taken_by_others(row)
    slowest, fastest = max(row['rounds']), min(row['rounds'])
    return [
        row['side'], f'{own:.4f}', f'{fastest:.4f}-{slowest:.4f}',
        f'{frames / own:.0f} ({frames / slowest:.0f}-{frames / fastest:.0f})',
        *(f'{seconds / own:.2f}x' for seconds in bars.values()), f'{row["shareOfPeak"]:.0%}',
        f'{row["peakMemoryBytes"] / 1e6:.0f} MB', f'{row["coresUsed"]:.2f}', f'{row["secondsToFirstStepWarm"]:.2f} s',
        f'{row["secondsToFirstStepCold"]:.2f} s', f'{sum(others) / len(others):.0%}' if others else '-']


def taken_by_others(row: Row) -> list[float]:
    """Of each round in which it is known."""
    return [share for share in row['takenByOthers'] if share is not None]


def notes(rows: list[Row]) -> list[str]:
    peaks = sorted(row['fmaPeak'] for row in rows)
    best = [f'{row["case"]} {row["variant"]} (' + ', '.join(
        f'{name} {seconds:.4f}' for name, seconds in row['variants'].items()) + ' s)'
        for row in rows if 'variants' in row]
    disturbed = [f'{row["case"]} {row["side"]} ({max(taken_by_others(row)):.0%})' for row in rows
                 if max(taken_by_others(row), default=0) > DISTURBED]
    return [
        f'{rows[0]["machine"]}; FMA peak {peaks[0] / 1e9:.0f}-{peaks[-1] / 1e9:.0f} GFLOP/s',
        *([f'torch-best: {"; ".join(best)}'] if best else []),
        *([f'disturbed by other programs, measure again: {", ".join(disturbed)}'] if disturbed else []),
        f's/step: median of {len(rows[0]["rounds"])} rounds, each the median of a process; spread: fastest and slowest '
        'round; memory: maximum of the process, or on the GPU; cores: processor time over wall time of the steps',
        'first step: from the start of the process, cold with empty caches; others: share of the machine that other '
        'programs took']


def op_table(rows: list[Row]) -> Table:
    """A line for each op and shape, the one that costs a step most first."""
    sides = list(rows[0]['seconds']) if rows else []
    ours = [side for side in sides if side != 'torch-best']
    heads = ['op', 'inputs', 'runs', *(f'{side} ms' for side in sides), *(f'{side} GFLOP/s' for side in ours),
             *(f'{side} of torch-best' for side in ours if 'torch-best' in sides)]
    lines = []
    for row in sorted(rows, key=lambda row: -row['count'] * row['seconds'][ours[0]]):
        seconds = row['seconds']
        bar = seconds.get('torch-best')
        lines.append([
            row['op'], ' '.join('x'.join(map(str, shape)) for shape in row['inputs']), str(row['count']),
            *(f'{1e3 * seconds[side]:.3f}' if side in seconds else '-' for side in sides),
            *(f'{row["operations"] / seconds[side] / 1e9:.0f}' if row['operations'] else '' for side in ours),
            *(f'{bar / seconds[side]:.2f}x' if bar else '-' for side in ours if 'torch-best' in sides)])
    return [heads, *lines]


def as_text(table: Table) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return '\n'.join('  '.join(word.ljust(width) if column == 0 else word.rjust(width)
                               for column, (word, width) in enumerate(zip(row, widths))).rstrip() for row in table)


def as_markdown(table: Table) -> str:
    rule = ['---', *['---:'] * (len(table[0]) - 1)]
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in [table[0], rule, *table[1:]])


def text(rows: list[Row], ops: list[Row]) -> str:
    parts = [f'{case}\n{as_text(table)}' for case, table in case_tables(rows)]
    parts += ['\n'.join(notes(rows))] if rows else []
    parts += [f'ops of {ops[0]["case"]}\n{as_text(op_table(ops))}'] if ops else []
    return '\n\n'.join(parts)


def markdown(rows: list[Row], ops: list[Row]) -> str:
    parts = [f'### {case}\n\n{as_markdown(table)}' for case, table in case_tables(rows)]
    parts += ['\n'.join(f'- {note}' for note in notes(rows))] if rows else []
    parts += [f'### Ops of {ops[0]["case"]}\n\n{as_markdown(op_table(ops))}'] if ops else []
    return '\n\n'.join(parts)


def rows_of(name: str) -> list[Row]:
    try:
        return json.loads((RESULTS / name).read_text())
    except (OSError, ValueError) as error:
        sys.exit(f'report: {error}; run make bench first')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--markdown', action='store_true')
    parser.add_argument('--gpu', action='store_true', help='the rows of a benchmark on a GPU')
    options = parser.parse_args()
    rows, ops = (rows_of('latest-gpu.json'), []) if options.gpu else (rows_of('latest.json'), rows_of('latest-ops.json'))
    if not options.markdown:
        print(text(rows, ops))
    elif options.gpu:
        print(markdown(rows, ops))
    else:
        print(PAGE.read_text().strip().replace('{results}', markdown(rows, ops)))


if __name__ == '__main__':
    main()
