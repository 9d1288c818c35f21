"""Prints the tables of an experiment as Markdown: of each row of its sweep the median over the seeds, and from where to where
they reach.

  python3 Experiments/table.py OUT       OUT as Experiments/run makes it
"""
import csv
import json
import pathlib
import statistics
import sys

PREDICTED = {'predicted': '', 'copy': 'copy', 'constant velocity': 'velocity', 'swap': 'swap'}
INPUTS = ('content', 'pose', 'pixels')
JUDGED = {
    'trueClips': 'true clips', 'reconstructions': 'reconstructions', 'swapKeptFromPose': 'swap, kept from the pose',
    'swapKeptFromContent': 'swap, kept from the content', 'sampledContent': 'content sampled, kept from the pose',
}


def spread(values, digits):
    """median (from to) of the seeds; one seed's value alone."""
    def text(value):
        return f'{value:.{digits}f}'
    if len(values) == 1:
        return text(values[0])
    return f'{text(statistics.median(values))} ({text(min(values))} to {text(max(values))})'


def predictions(row):
    """PSNR and SSIM of predicted frames, the mean of the first ten and that of all: of the model, of a copy of the last observed
    frame, of constant velocity, and of the model with another clip's content."""
    seeds = [json.loads(file.read_text()).get('prediction') for file in sorted(row.glob('seed-*/evaluation.json'))]
    seeds = [seed for seed in seeds if seed]
    lines = []
    for name, start in PREDICTED.items() if seeds else ():
        line = [name]
        for end in (10, None):
            for measure, digits in (('PSNR', 2), ('SSIM', 4)):
                values = [seed.get(start + measure if start else measure.lower()) for seed in seeds]
                whole = all(value and (end or len(value) == seed['predicted']) for value, seed in zip(values, seeds))
                line.append(spread([statistics.mean(value[:end]) for value in values], digits) if whole else '')
        if any(line[1:]):
            lines.append(line)
    return markdown(['', 'PSNR, 1 to 10', 'SSIM', 'PSNR, all', 'SSIM'], lines)


def readings(row, file):
    """The `readings` of every seed of a row, those of one thing together."""
    together = {}
    for run in sorted(row.glob('seed-*/')):
        if (run / file).exists():
            for reading in json.loads((run / file).read_text())['readings']:
                together.setdefault(key(reading), []).append(reading)
    return together


def key(reading):
    return tuple(reading.get(name) for name in ('name', 'labelled', 'input', 'kind', 'clips'))


def markdown(header, rows):
    lines = [header, ['---'] * len(header), *rows]
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)


def classification(row):
    """Accuracy of the linear classifier by class, number of labels and input: the median of each seed's draws."""
    lines = {}
    for (name, labelled, source, kind, _), seeds in readings(row, 'classification.json').items():
        if kind == 'linear':
            chance = statistics.median(reading['chance'] for reading in seeds)
            line = lines.setdefault((name, labelled), {'chance': f'{chance:.2f}'})
            line[source] = spread([statistics.median(reading['accuracies']) for reading in seeds], 2)
    return markdown(['class', 'labels', *INPUTS, 'chance'], [
        [name, str(labelled), *(line[source] for source in INPUTS), line['chance']]
        for (name, labelled), line in lines.items()])


def judgement(row):
    """Scores of each class: the median of each seed's repeats."""
    lines = []
    for (name, *_, clips), seeds in readings(row, 'judgement.json').items():
        def score(what, digits):
            return spread([statistics.median(scores[what] for scores in seed['scores']) for seed in seeds], digits)
        lines.append([name, JUDGED[clips], score('accuracy', 4), score('inceptionScore', 3),
                      score('conditionalEntropy', 3), score('marginalEntropy', 3), f'{seeds[0]["chance"]:.2f}'])
    return markdown(['class', 'clips', 'accuracy', 'IS', 'H(y\\|x)', 'H(y)', 'chance'], lines)


def times(file):
    with open(file, newline='') as lines:
        steps = [(step, int(seconds)) for step, seconds in csv.reader(lines)]
    total = sum(seconds for _, seconds in steps)
    return ', '.join(f'{step} {seconds // 60} min {seconds % 60} s' for step, seconds in [*steps, ('in all', total)])


FILES = {'predicted frames': 'evaluation.json', 'classes, linear': 'classification.json', 'judge': 'judgement.json'}


def tables(out):
    print((out / 'runs' / 'results.md').read_text())
    for row in sorted(path for path in (out / 'runs').iterdir() if path.is_dir()):
        of_row = {'predicted frames': predictions(row), 'classes, linear': classification(row), 'judge': judgement(row)}
        seeds = len(list(row.glob('seed-*/')))
        for title, table in of_row.items():
            measured = len(list(row.glob(f'seed-*/{FILES[title]}')))
            if table.count('\n') > 2:
                print(f'{title}, {row.name}', f'({measured} of {seeds} seeds)' if measured < seeds else '')
                print(f'\n{table}')
    print(times(out / 'times.csv'))


def main():
    if len(sys.argv) != 2:
        sys.exit('usage: Experiments/table.py OUT')
    try:
        tables(pathlib.Path(sys.argv[1]))
    except (OSError, ValueError, KeyError) as fault:
        sys.exit(f'table: {sys.argv[1]}: no whole experiment: {fault}; call Experiments/run again')


if __name__ == '__main__':
    main()
