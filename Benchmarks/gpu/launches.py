"""The kernels that GPUs would run, as `drnet launches` lists them from the product's own plans."""
import functools
import json
import os
import re
import subprocess
from dataclasses import dataclass

from compiling import ROOT

KERNELS = ROOT / 'Sources/Kernels/cl'
# Kernels that are matrix products: what is modelled as a share of peak, and what split their sums.
PRODUCTS = ('conv2d_tiled', 'conv2d_backward_weight_tiled')


@dataclass(frozen=True)
class Traits:
    """What a GPU tells OpenCL of itself; names as the options of `drnet launches`."""
    compute_units: int
    sub_group_width: int
    max_work_group_size: int
    local_memory: int

    def options(self):
        return [word for name, value in vars(self).items() for word in (f'--{name.replace("_", "-")}', value)]


# A100, H100, one half of an MI250X, RX 6900 XT, RX 7900 XTX, Arc A770.
TARGETS = {
    'sm_80': Traits(108, 32, 1024, 49152), 'sm_90': Traits(132, 32, 1024, 49152),
    'gfx90a': Traits(110, 64, 256, 65536), 'gfx1030': Traits(40, 32, 256, 65536),
    'gfx1100': Traits(48, 32, 256, 65536), 'dg2': Traits(512, 8, 1024, 65536),
}


@dataclass(frozen=True)
class Variant:
    """A kernel as it is compiled and launched."""
    kernel: str
    defines: tuple
    group: int

    @property
    def label(self):
        """Kernel, tile and what else its defines tell."""
        defines = dict(self.defines)
        words = [self.kernel]
        if 'GROUP_ROWS' in defines:
            rows, columns, outputs = (int(defines.pop(name)) for name in ('GROUP_ROWS', 'GROUP_COLUMNS', 'ITEM_OUTPUTS'))
            words.append(f'{8 * rows}x{outputs * columns}')
        defines.pop('LANES', None)
        for name in ('TRANSPOSED', 'CLIPPED'):
            if defines.pop(name, '0') == '1':
                words.append(name.lower())
        if (block := defines.pop('X_BLOCK', '16')) != '16':
            words.append(f'image of {block}')
        return ' '.join(words + [f'{name.lower()} {value}' for name, value in sorted(defines.items()) if value != '16'])


@functools.cache
def binary():
    if path := os.environ.get('DRNET_BENCH_DRNET'):
        return path
    subprocess.run(['swift', 'build', '--configuration', 'release', '--product', 'drnet'], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    path = subprocess.run(['swift', 'build', '--configuration', 'release', '--show-bin-path'], cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout.strip()
    return f'{path}/drnet'


@functools.cache
def recorded(traits, *options):
    """What a GPU would run, op by op: of a training step, or with --parity-cases of all of them in every tile."""
    command = [binary(), 'launches', *traits.options(), *options]
    output = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout
    return json.loads(output)


# Training steps whose launches are listed: the released sizes and the demo's, grey and colour frames.
STEPS = [('--channels', channels, '--batch-size', batch, '--width', width)
         for channels in (1, 3) for batch, width in ((100, 64), (32, 16))]


def launches_of_steps(traits):
    """Every launch of training steps, in both precisions."""
    return listed(traits, STEPS)


def launches(traits):
    """Every launch of training steps and of all parity cases, in both precisions."""
    return listed(traits, [*STEPS, ('--parity-cases',)])


def listed(traits, lists):
    """The launches of what `drnet launches` lists with each of some options, in both precisions."""
    return [launch for precision in ('float', 'mixed') for options in lists
            for op in recorded(traits, '--precision', precision, *options) for launch in op['launches']]


def variant(launch):
    group = launch.get('localSize')
    size = group[0] * group[1] * group[2] if group and len(group) == 3 else group[0] if group else 256
    return Variant(launch['kernel'], tuple(sorted(launch['defines'].items())), size)


@functools.cache
def sources():
    """The text of every kernel's file, with its headers and what is put before it."""
    prelude = (KERNELS / 'prelude.cl').read_text()
    texts = {}
    for path in KERNELS.glob('*.cl'):
        text = with_headers(path)
        for kernel in re.findall(r'__kernel\s+(?:__attribute__\s*\(\(.*?\)\)\s*)?void\s+(\w+)\s*\(', text):
            texts[kernel] = f'#line 1 "prelude.cl"\n{prelude}\n#line 1 "{path.name}"\n{text}\n'
    return texts


def with_headers(path):
    """A file's text with that of headers in place of the lines that include them."""
    def header(match):
        line = path.read_text()[:match.start()].count('\n') + 2
        return f'#line 1 "{match[1]}"\n{(KERNELS / match[1]).read_text()}#line {line} "{path.name}"'

    return re.sub(r'(?m)^#include "(.+)"$', header, path.read_text())


def programs(variants):
    """Variants by what is compiled together: source and defines."""
    together = {}
    for one in sorted(variants, key=lambda v: (v.kernel, v.defines)):
        together.setdefault((sources()[one.kernel], one.defines), []).append(one)
    return together
