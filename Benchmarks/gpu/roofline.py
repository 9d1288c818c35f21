"""The least time of a training step on two GPUs, on paper, from the launches that the product plans for them.

  python3 Benchmarks/gpu/roofline.py        prints the tables of docs/gpu-performance.md

A launch takes the longest of three: its bytes at the memory's rate, each buffer read or written once; its multiply-adds
at the arithmetic's rate, times the share that gpu-report asks of hot loops; and the least time of a launch. Products of
matrices count whole rounds of work-groups over the compute units, padding included. Caches, latency and clocks below
their maximum are left out, so this is a bound from below and not a forecast.
"""
import math
import re
from collections import defaultdict
from dataclasses import dataclass

from launches import PRODUCTS, TARGETS, recorded, sources
from report import LEAST_SHARE, table_row


@dataclass
class GPU:
    name: str
    target: str
    # Multiply-adds a clock of a compute unit, and clocks a second.
    lanes: int
    clock: float
    bytes_per_second: float


# Peak rates as their makers state them: 19.5 TFLOP/s and 1555 GB/s; 61.4 TFLOP/s (dual instructions) and 960 GB/s.
GPUS = [GPU('A100 40 GB', 'sm_80', 64, 1.41e9, 1555e9), GPU('Radeon RX 7900 XTX', 'gfx1100', 256, 2.5e9, 960e9)]
# An assumption: what a launch that does nothing takes in a full queue.
LEAST_SECONDS = 3e-6
SETTINGS = [(32, 64), (100, 64)]

FAMILIES = {
    'conv2DForward': 'convolution, forward', 'convTranspose2DForward': 'transposed convolution, forward',
    'conv2DBackwardInput': 'gradients of inputs', 'convTranspose2DBackwardInput': 'gradients of inputs',
    'conv2DBackwardWeight': 'gradients of weights', 'convTranspose2DBackwardWeight': 'gradients of weights',
    'linearForward': 'linear layers', 'linearBackwardInput': 'linear layers', 'linearBackwardWeight': 'linear layers',
    'batchNormForward': 'batch norm', 'batchNormBackward': 'batch norm', 'biasBackward': 'gradients of biases',
    'adam': 'Adam', 'scaledAdam': 'Adam',
}


def arguments(launch):
    """The numbers among a launch's arguments, by the names that the kernel's source gives them."""
    signature = re.search(rf'void\s+{launch["kernel"]}\s*\((.*?)\)\s*\{{', sources()[launch['kernel']], re.S)[1]
    names = [part.split()[-1] for part in re.sub(r'//.*', '', signature).split(',')]
    return {name: int(value) for name, value in zip(names, launch['arguments']) if not isinstance(value, dict)}


def busiest(launch, gpu):
    """Multiply-adds of the busiest compute unit in a matrix product, padding included."""
    given, defines = arguments(launch), {name: int(value) for name, value in launch['defines'].items()}
    window = given['window_height'] * given['window_width']
    if launch['kernel'] == 'conv2d_backward_weight_tiled':
        steps = math.ceil(given['images'] * given['y_height'] * given['y_width'] / 16)
    elif defines['X_BLOCK'] < 16:
        steps = math.ceil(window * defines['X_BLOCK'] / 16)
    else:
        step = given['stride'] if defines['TRANSPOSED'] else 1
        steps = given['x_blocks'] * math.ceil(given['window_height'] / step) * math.ceil(given['window_width'] / step)
    items = math.prod(launch['localSize'])
    groups = math.prod(launch['globalSize']) // items
    rounds = math.ceil(groups / TARGETS[gpu.target].compute_units)
    return rounds * items * 8 * defines['ITEM_OUTPUTS'] * 16 * math.ceil(steps / given['parts'])


def launch_seconds(op, launch, gpu):
    """Time of a launch and what bounds it."""
    moved = 4 * sum(argument['floats'] for argument in launch['arguments'] if isinstance(argument, dict))
    rate = gpu.lanes * gpu.clock
    if launch['kernel'].endswith('_sum') or launch['kernel'] == 'sum_partials':
        arithmetic = 0
    elif launch['kernel'] in PRODUCTS:
        arithmetic = busiest(launch, gpu) / (rate * LEAST_SHARE)
    else:
        arithmetic = op['operations'] / 2 / (rate * TARGETS[gpu.target].compute_units)
    times = {'memory': moved / gpu.bytes_per_second, 'arithmetic': arithmetic, 'launches': LEAST_SECONDS}
    bound = max(times, key=times.get)
    return moved, times[bound], bound


def step_rows(gpu, batch, width, precision):
    """Launches, operations, bytes and seconds by what bounds them, of each family of kernels."""
    ops = recorded(
        TARGETS[gpu.target], '--channels', 3, '--batch-size', batch, '--width', width, '--precision', precision)
    rows = defaultdict(lambda: [0, 0, 0, defaultdict(float)])
    for op in ops:
        family = FAMILIES.get(op['op'], 'the rest')
        row = rows[family]
        count = op['count']
        row[1] += count * op['operations']
        for launch in op['launches']:
            moved, seconds, bound = launch_seconds(op, launch, gpu)
            row[0] += count
            row[2] += count * moved
            row[3][bound] += count * seconds
    return rows


def total_cells(name, rows, gpu):
    total = sum(sum(row[3].values()) for row in rows.values())
    counts, flops, moved = (sum(row[index] for row in rows.values()) for index in range(3))
    peak = 2 * gpu.lanes * gpu.clock * TARGETS[gpu.target].compute_units
    return [
        name, counts, f'{flops / 1e9:.1f}', f'{moved / 1e6:.0f}', f'{1e3 * total:.2f}',
        f'{100 * flops / peak / total:.0f} % of peak arithmetic, {100 * moved / gpu.bytes_per_second / total:.0f} % of '
        'peak bandwidth']


def step_table(gpu, batch, width):
    rows = step_rows(gpu, batch, width, 'float')
    yield f'### {gpu.name}, batch {batch}'
    yield ''
    yield table_row(['kernels', 'launches', 'GFLOP', 'MB', 'ms at least', 'bound by'])
    yield table_row(['---', '---:', '---:', '---:', '---:', '---'])
    for family in [*dict.fromkeys(FAMILIES.values()), 'the rest']:
        if family in rows:
            count, flops, moved, times = rows[family]
            bounds = ', '.join(
                f'{name} {100 * time / sum(times.values()):.0f} %'
                for name, time in sorted(times.items(), key=lambda item: -item[1]))
            yield table_row([
                family, count, f'{flops / 1e9:.1f}', f'{moved / 1e6:.0f}', f'{1e3 * sum(times.values()):.2f}', bounds])
    yield table_row(total_cells('the step', rows, gpu))
    yield table_row(total_cells('the step, mixed precision', step_rows(gpu, batch, width, 'mixed'), gpu))
    yield ''


if __name__ == '__main__':
    for gpu in GPUS:
        for batch, width in SETTINGS:
            print('\n'.join(step_table(gpu, batch, width)))
