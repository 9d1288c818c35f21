"""The benchmark's table, from its rows."""

BARS = ('torch', 'torch-best')


def table(rows):
    """One line a case and side. Ratios are rates: above 1 is faster than PyTorch."""
    seconds = {(row['case'], row['side']): row['secondsPerStep'] for row in rows}
    heads = ['case', 'side', 's/step', 'spread', 'frames/s', *(f'vs {bar}' for bar in BARS), 'of FMA peak', 'memory',
             'cores', 'others']
    lines = [heads]
    for row in rows:
        ratios = [seconds.get((row['case'], bar)) for bar in BARS]
        share = row.get('shareOfPeak')
        others = [taken for taken in row['takenByOthers'] if taken is not None]
        lines.append([
            row['case'], row['side'], f'{row["secondsPerStep"]:.4f}',
            f'{min(row["rounds"]):.4f}-{max(row["rounds"]):.4f}', f'{row["framesPerSecond"]:.1f}',
            *(f'{bar / row["secondsPerStep"]:.2f}x' if bar else '-' for bar in ratios),
            f'{share:.0%}' if share else '-', f'{row["peakMemoryBytes"] / 1e6:.0f} MB', f'{row["cpuUtilisation"]:.2f}',
            f'{sum(others) / len(others):.0%}' if others else '-'])
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    text = ['  '.join(word.ljust(width) if column < 2 else word.rjust(width)
                      for column, (word, width) in enumerate(zip(line, widths))).rstrip() for line in lines]
    peak = next((row['fmaPeak'] for row in rows if 'fmaPeak' in row), None)
    notes = [rows[0]['machine'] + (f'; FMA peak {peak / 1e9:.0f} GFLOP/s' if peak else ''),
             'spread: least and most of the rounds; cores: processor time over wall time, start included; '
             'others: share of the machine that other programs took']
    return '\n'.join([*text, '', *notes])
