"""What the GPU compilers' drivers share: finding tools, running them, and the mix of instructions in a kernel's hot loop."""
import glob
import os
import shutil
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
VENV = ROOT / '.venv-gpu'


class NotInstalled(Exception):
    """A compiler that is not here."""


class CompileError(Exception):
    """What a compiler said of a kernel that it refuses."""


def tool(*names):
    """The first of the programs that is in PATH or in the venv of the GPU tools."""
    for name in names:
        packaged = glob.glob(f'{VENV}/lib/python3*/site-packages/nvidia/*/bin/{name}')
        for path in [shutil.which(name), *packaged]:
            if path and os.access(path, os.X_OK):
                return path
    raise NotInstalled(' or '.join(names))


def needed(path, package):
    """A file that a package brings."""
    if not os.path.exists(path):
        raise NotInstalled(f'{path} ({package})')
    return path


def run(command, **options):
    """Both outputs of a command that must succeed."""
    process = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if process.returncode:
        raise CompileError(f'{" ".join(map(str, command))}\n{(process.stderr + process.stdout)[-2000:]}')
    return process.stdout + process.stderr


@dataclass
class Mix:
    """Numbers of instructions and bytes; of one instruction or of a stretch of code. `narrowest` is in bytes."""
    instructions: int = 0
    vector: int = 0
    fma: int = 0
    fma_instructions: int = 0
    local_bytes: int = 0
    local_instructions: int = 0
    global_loads: int = 0
    narrowest_local: int = 0
    narrowest_global: int = 0
    scratch: int = 0

    def __add__(self, other):
        mix = Mix(**{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(Mix)})
        for name in ('narrowest_local', 'narrowest_global'):
            a, b = getattr(self, name), getattr(other, name)
            setattr(mix, name, min(a, b) if a and b else a or b)
        return mix


def local_load(width):
    return Mix(local_bytes=width, local_instructions=1, narrowest_local=width)


def local_store(width):
    return Mix(local_bytes=width, local_instructions=1)


def global_load(width):
    return Mix(global_loads=1, narrowest_global=width)


def hot_loop(code, branches):
    """The loop whose body holds most multiply-adds, the shortest of those; None without a loop.

    code: a Mix an instruction; branches: pairs of where a branch is and where it goes."""
    loops = [sum(code[target:source + 1], Mix()) for source, target in branches if target <= source]
    return max(loops, key=lambda mix: (mix.fma, -mix.instructions), default=None)


def rounded_up(value, granule):
    return -(-value // granule) * granule


@dataclass
class Resources:
    """What a compiler made of a kernel."""
    registers: int
    spilled: int
    local_memory: int
    occupancy: float
    limit: str
    loop: Mix | None
    # Shares of peak that the hot loop can reach by its issue slots and by local memory; None where there is no model.
    issue_share: float | None = None
    local_share: float | None = None
    note: str = ''

    @property
    def share(self):
        return None if self.issue_share is None else min(self.issue_share, self.local_share)
