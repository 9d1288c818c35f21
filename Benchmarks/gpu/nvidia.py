"""NVIDIA GPUs: clang and libclc to PTX, ptxas to SASS. The rates are those of NVIDIA's tuning guides."""
import re
from dataclasses import dataclass

from compiling import HERE, Mix, Resources, global_load, hot_loop, local_load, local_store, needed, rounded_up, run, tool

LIBCLC = '/usr/lib/clc/nvptx64--nvidiacl.bc'


@dataclass
class Device:
    warps: int
    groups: int
    local_bytes: int
    # Multiply-adds a clock of a multiprocessor.
    lanes: int


DEVICES = {'sm_80': Device(64, 32, 167936, 64), 'sm_90': Device(64, 32, 233472, 128)}
# Local memory that the driver keeps of each group's.
RESERVED = 1024


def compile_kernels(target, source, defines, group_sizes, folder):
    """Resources of each kernel of a source by name. group_sizes: work-groups as they are launched."""
    clang, ptxas, disassembler = tool('clang-15'), tool('ptxas'), tool('nvdisasm')
    ptx, binary = folder / 'kernel.ptx', folder / f'{target}.cubin'
    # clang 15 writes PTX for sm_80, which ptxas takes for all that came later.
    run([clang, '-x', 'cl', '-w', '-cl-std=CL1.2', '--target=nvptx64--', '-march=sm_80', '-O3', '-include',
         HERE / 'nvidia_prelude.h', '-Xclang', '-mlink-builtin-bitcode', '-Xclang', needed(LIBCLC, 'libclc-15'), '-S',
         '-o', ptx, *defines, source])
    text = ptx.read_text()
    # clang drops the size of work-groups where a kernel requires one, and ptxas would plan registers for another.
    for kernel in re.findall(r'reqd_work_group_size\(.*?\)\)\)\s*void (\w+)', source.read_text()):
        text = re.sub(rf'(\.entry {kernel}\([^)]*\))', rf'\1\n.reqntid {group_sizes[kernel]}, 1, 1', text)
    ptx.write_text(text)
    log = run([ptxas, '-v', f'-arch={target}', ptx, '-o', binary])
    loops = dict(disassembled(run([disassembler, '-c', binary])))
    device, found = DEVICES[target], {}
    for entry in re.finditer(r"Compiling entry function '(\S+?)' for.*?\n(.*?)(?=ptxas info\s+: Compiling|\Z)", log, re.S):
        kernel, facts = entry.groups()

        def number(pattern):
            match = re.search(pattern, facts)
            return int(match[1]) if match else 0

        spilled = number(r'(\d+) bytes stack frame') + number(r'(\d+) bytes spill stores')
        registers, local = number(r'Used (\d+) registers'), number(r'(\d+) bytes smem')
        resources = Resources(
            registers, spilled, local, *occupancy(device, registers, local, group_sizes[kernel]), loops.get(kernel))
        if resources.loop and resources.loop.fma:
            # Clocks of a warp: 4 issue slots, and 128 bytes of local memory, a clock of the multiprocessor.
            work = resources.loop.fma_instructions * 32 / device.lanes
            resources.issue_share = work / max(work, resources.loop.instructions / 4)
            resources.local_share = work / max(work, resources.loop.local_bytes * 32 / 128)
        found[kernel] = resources
    return found


def occupancy(device, registers, local, group):
    """Share of the warps that a multiprocessor can hold, and what sets it."""
    warps = rounded_up(group, 32) // 32
    limits = {
        'warps': device.warps // warps, 'groups': device.groups,
        'registers': 65536 // 4 // rounded_up(max(registers, 1) * 32, 256) * 4 // warps,
        'local': device.local_bytes // rounded_up(local + RESERVED, 128),
    }
    limit = min(limits, key=limits.get)
    return limits[limit] * warps / device.warps, limit


def disassembled(listing):
    """Each kernel of nvdisasm's listing with its hot loop."""
    for part in re.split(r'\n\s*\.section\s+\.text\.', listing)[1:]:
        kernel = re.match(r'([^,\s"]+)', part)[1]
        code, labels, branches = [], {}, []
        for line in part.split('\n'):
            if label := re.match(r'\s*\.?(\S+):\s*$', line):
                labels[label[1].lstrip('.')] = len(code)
                continue
            instruction = re.match(
                r'\s+/\*[0-9a-f]{4,}\*/\s+(?:\{\s*)?(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_.]*)(.*?);', line)
            if not instruction or instruction[1] == 'NOP':
                continue
            target = re.search(r'`\(\.?(\S+?)\)', instruction[2])
            if instruction[1].startswith('BRA') and target:
                branches.append((len(code), target[1]))
            code.append(classified(instruction[1]))
        yield kernel, hot_loop(code, [(source, labels[label]) for source, label in branches if label in labels])


def classified(operation):
    width = 16 if '.128' in operation else 8 if '.64' in operation else 2 if '16' in operation else 4
    one = Mix(instructions=1)
    match operation.split('.')[0]:
        case 'FFMA': return one + Mix(fma=1, fma_instructions=1)
        case 'LDS': return one + local_load(width)
        case 'STS': return one + local_store(width)
        case 'LDG' | 'LD': return one + global_load(width)
        case 'LDL' | 'STL': return one + Mix(scratch=1)
    return one
