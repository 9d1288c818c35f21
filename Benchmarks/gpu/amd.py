"""AMD GPUs: clang and ROCm's device libraries to assembly. The rates are those of AMD's ISA and tuning guides."""
import re
from dataclasses import dataclass

from compiling import Mix, Resources, global_load, hot_loop, local_load, local_store, needed, rounded_up, run, tool

BITCODE = '/usr/lib/x86_64-linux-gnu/amdgcn/bitcode'


@dataclass
class Device:
    wave: int
    waves: int
    units: int
    registers: int
    granule: int
    # Multiply-adds a clock of a compute unit: of packed or dual instructions.
    lanes: int
    # The device libraries of Debian 12 end at 1036, which serves for later ones.
    library: str


DEVICES = {
    'gfx90a': Device(64, 8, 4, 512, 8, 128, '90a'),
    'gfx1030': Device(32, 16, 2, 1024, 16, 64, '1030'),
    'gfx1100': Device(32, 16, 2, 1536, 24, 128, '1036'),
}
LOCAL_BYTES, LOCAL_GRANULE = 65536, 512


def compile_kernels(target, source, defines, group_sizes, folder):
    """Resources of each kernel of a source by name. group_sizes: work-groups as they are launched."""
    device = DEVICES[target]
    wide = 'on' if device.wave == 64 else 'off'
    names = ['opencl', 'ocml', 'ockl', f'oclc_isa_version_{device.library}', 'oclc_correctly_rounded_sqrt_off',
             'oclc_daz_opt_off', 'oclc_finite_only_off', 'oclc_unsafe_math_off', f'oclc_wavefrontsize64_{wide}',
             'oclc_abi_version_500']
    clang, assembly = tool('clang-19'), folder / f'{target}.s'
    links = [word for name in names for word in (
        '-Xclang', '-mlink-builtin-bitcode', '-Xclang', needed(f'{BITCODE}/{name}.bc', 'rocm-device-libs'))]
    run([clang, '-x', 'cl', '-w', '-cl-std=CL1.2', '--target=amdgcn-amd-amdhsa', f'-mcpu={target}', '-O3', '-nogpulib',
         '-mcode-object-version=5', *links, '-S', '-o', assembly, *defines, source])
    text, found = assembly.read_text(), {}
    functions = r'\n(\w+):[^\n]*; @\1\n(.*?)\n\.Lfunc_end\d+:(.*?)(?=\n\t\.text|\n\t\.section\t\.text|\Z)'
    for kernel, body, facts in re.findall(functions, text, re.S):
        if kernel not in group_sizes or '; NumVgprs' not in facts:
            continue
        metadata = re.search(rf'\.name:\s+{kernel}\n(.*?)(?=\n  - |\n\.\.\.|\namdhsa\.target)', text, re.S)[1]

        def number(pattern, among=facts):
            match = re.search(pattern, among)
            return int(match[1]) if match else 0

        # Spills of gfx90a go to accumulation registers, which only matrix instructions need.
        spilled = number(r'; ScratchSize: (\d+)') + 4 * (
            number(r'\.vgpr_spill_count:\s+(\d+)', metadata) + number(r'\.sgpr_spill_count:\s+(\d+)', metadata)
            + (0 if 'mfma' in body else number(r'; NumAgprs: (\d+)')))
        registers = number(r'; TotalNumVgprs: (\d+)') or number(r'; NumVgprs: (\d+)')
        local = number(r'; LDSByteSize: (\d+)')
        resources = Resources(
            registers, spilled, local, *occupancy(device, registers, local, group_sizes[kernel]), loop_of(body))
        if resources.loop and resources.loop.fma:
            # Clocks of a wave: 64 lanes of vector instructions and 128 bytes of local memory a clock of a compute unit;
            # scalar and memory instructions are issued beside them.
            work = resources.loop.fma * device.wave / device.lanes
            resources.issue_share = work / max(work, resources.loop.vector * device.wave / 64)
            resources.local_share = work / max(work, resources.loop.local_bytes * device.wave / 128)
        found[kernel] = resources
    return found


def occupancy(device, registers, local, group):
    """Share of the waves that a compute unit can hold, and what sets it."""
    waves = rounded_up(group, device.wave) // device.wave
    most = device.waves * device.units
    limits = {
        'waves': most // waves, 'groups': most if waves == 1 else 16 if device.wave == 64 else 32,
        'registers': min(device.waves, device.registers // rounded_up(max(registers, 1), device.granule))
        * device.units // waves,
        'local': LOCAL_BYTES // rounded_up(local, LOCAL_GRANULE) if local else most,
    }
    limit = min(limits, key=limits.get)
    return limits[limit] * waves / most, limit


def loop_of(body):
    code, labels, branches = [], {}, []
    for line in body.split('\n'):
        if label := re.match(r'(\.LBB\w+):', line):
            labels[label[1]] = len(code)
            continue
        instruction = re.match(r'\t([vsdgbf]\w*_\w+)(.*)', line)
        if not instruction:
            continue
        operation, rest = instruction.groups()
        target = re.search(r'\.LBB\w+', rest)
        if 'branch' in operation and target:
            branches.append((len(code), target[0]))
        second = re.search(r':: (v_dual_\w+)', rest)
        code.append(classified(operation) + (classified_second(second[1]) if second else Mix()))
    return hot_loop(code, [(source, labels[label]) for source, label in branches if label in labels])


WIDTHS = {'b128': 16, 'dwordx4': 16, 'b96': 12, 'dwordx3': 12, 'b64': 8, 'dwordx2': 8, 'u16': 2, 'd16': 2, 'ubyte': 1}
FMA = re.compile(r'v_(dual_)?(fma|fmac|mad|mac)(ak|mk)?_f32')


def classified(operation):
    width = next((WIDTHS[part] for part in operation.split('_') if part in WIDTHS), 4)
    pair = 2 if re.search(r'read2|write2|2addr', operation) else 1
    one = Mix(instructions=1, vector=1 if operation.startswith('v_') else 0)
    if FMA.match(operation):
        return one + Mix(fma=1, fma_instructions=1)
    if operation.startswith('v_pk_fma_f32'):
        return one + Mix(fma=2, fma_instructions=1)
    if re.match(r'ds_(read|load)', operation):
        return one + local_load(width * pair)
    if re.match(r'ds_(write|store)', operation):
        return one + local_store(width * pair)
    if re.match(r'(global|flat|buffer)_load', operation):
        return one + global_load(width)
    if operation.startswith(('scratch_', 'v_accvgpr')):
        return one + Mix(scratch=1)
    return one


def classified_second(operation):
    """The second half of a dual instruction, which takes no slot of its own."""
    return Mix(fma=1) if FMA.match(operation) else Mix()
