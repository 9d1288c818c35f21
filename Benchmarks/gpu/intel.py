"""Intel GPUs: ocloc, Intel's own compiler. There is no model of its peak."""
import glob
import os
import re
from dataclasses import dataclass

from compiling import Mix, Resources, global_load, hot_loop, local_load, local_store, rounded_up, run, tool


@dataclass
class Device:
    # Hardware threads and local memory of an Xe core.
    threads: int
    local_bytes: int


DEVICES = {'dg2': Device(128, 131072)}
# Entries of the patch list in PTM.txt.
LOCAL, SCRATCH, SIMD = 15, 18, 23
REGISTERS = 128


def compile_kernels(target, source, defines, group_sizes, folder):
    """Resources of each kernel of a source by name. group_sizes: work-groups as they are launched."""
    compiler, output = tool('ocloc'), folder / target
    log = run([compiler, 'compile', '-file', source, '-device', target, '-options',
               ' '.join(['-cl-std=CL1.2', *defines]), '-out_dir', output, '-output', 'kernel'])
    # ocloc looks for its disassembler under the name of the development package.
    library = folder / 'libiga64.so'
    for path in glob.glob('/usr/lib/*/libiga64.so.1'):
        if not library.exists():
            library.symlink_to(path)
    run([compiler, 'disasm', '-file', next(output.glob('*.bin')), '-device', target, '-dump', output / 'dump'],
        env={**os.environ, 'LD_LIBRARY_PATH': str(folder)})
    found = {}
    for part in (output / 'dump/PTM.txt').read_text().split('KernelBinaryHeader:')[1:]:
        kernel = re.search(r'KernelName (\S+)', part)[1]
        tokens = {int(token): bytes(int(word, 16) for word in words.split()) for token, words in re.findall(
            r'4 Token (\d+)\n\t4 Size \d+\n\tHex ([0-9a-f ]+)', part)}

        def number(token, index):
            return int.from_bytes(tokens[token][4 * index:4 * index + 4], 'little') if token in tokens else 0

        spills = re.search(rf'kernel {kernel}\s+compiled SIMD\d+ allocated \d+ regs and spilled around (\d+)', log)
        local, simd = number(LOCAL, 1), number(SIMD, 3) or 8
        listing = output / f'dump/{kernel}_KernelHeap.asm'
        found[kernel] = Resources(
            REGISTERS, (int(spills[1]) if spills else 0) + number(SCRATCH, 1), local,
            *occupancy(DEVICES[target], simd, local, group_sizes[kernel]), loop_of(listing.read_text()),
            note=f'SIMD{simd}')
    return found


def occupancy(device, simd, local, group):
    """Share of the hardware threads of an Xe core, and what sets it. Local memory is given out in powers of two."""
    threads = rounded_up(group, simd) // simd
    share = 1 << max(local - 1, 1023).bit_length() if local else 0
    limits = {'threads': device.threads // threads, 'local': device.local_bytes // share if share else device.threads}
    limit = min(limits, key=limits.get)
    return limits[limit] * threads / device.threads, limit


def loop_of(listing):
    code, labels, branches = [], {}, []
    for line in listing.split('\n'):
        if label := re.match(r'(L\d+):', line):
            labels[label[1]] = len(code)
            continue
        instruction = re.match(r'(?:\([^)]*\))?\s*([a-z][\w.]*)\s+(?:\((\d+)\||L\d|0x|null)', line)
        if not instruction:
            continue
        if re.match('goto|while|jmpi|brc', instruction[1]):
            branches += [(len(code), label) for label in re.findall(r'\bL\d+\b', line)]
        code.append(Mix(instructions=1) + classified(instruction[1], line))
    return hot_loop(code, [(source, labels[label]) for source, label in branches if label in labels])


def classified(operation, line):
    if operation == 'mad' and ':f' in line:
        return Mix(fma=1, fma_instructions=1)
    if not operation.startswith('send'):
        return Mix()
    if 'scratch' in line:
        return Mix(scratch=1)
    sized = re.search(r'\.d(8|16|32|64)(?:u32)?(?:x(\d+))?', line.split('//')[-1])
    lanes = re.search(r'with (xy?z?w?)', line)
    width = int(sized[1]) // 8 * int(sized[2] or 1) if sized else 4 * len(lanes[1]) if lanes else 4
    descriptor = re.search(r'0x[0-9A-Fa-f]+\s+0x([0-9A-Fa-f]+)', line)
    # Surface 254 is local memory.
    is_local = '.slm' in line or bool(descriptor) and int(descriptor[1], 16) & 0xFF == 0xFE
    if 'fence' in line or 'barrier' in line:
        return Mix()
    if 'read' in line or 'load' in line:
        return local_load(width) if is_local else global_load(width)
    return local_store(width) if is_local and ('write' in line or 'store' in line) else Mix()
