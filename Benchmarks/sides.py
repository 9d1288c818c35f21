"""The sides that are compared, and one measured process of a side on a case."""
import json
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cases import Case
from process import run

HERE = Path(__file__).resolve().parent
# glibc gives big blocks back to the system and takes them anew, page by page; this keeps them.
TUNED_ALLOCATOR = 'glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=268435456'
# Where programs and drivers keep what they compile.
CACHE_FOLDERS = ('XDG_CACHE_HOME', 'POCL_CACHE_DIR', 'CUDA_CACHE_PATH', 'TORCHINDUCTOR_CACHE_DIR')
# What a shell may ask of one side alone: an allocator, or OpenBLAS's kernels for another processor.
ASKED_OF_ONE = ('GLIBC_TUNABLES', 'OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE')
Losses = list[dict[str, Any]]


@dataclass(frozen=True)
class Measured:
    steps: list[float]
    losses: Losses
    cores_used: float
    # From the start of the process to the end of its first step.
    seconds_to_first_step: float
    # Of the device, where the side computes on a GPU.
    peak_memory_bytes: int
    taken_by_others: float | None
    device: str

    @property
    def seconds_per_step(self) -> float:
        return statistics.median(self.steps)


@dataclass(frozen=True)
class Reference:
    """What every side must compute on a case."""
    losses: Losses
    operations_per_step: int
    frames_per_step: int


@dataclass
class Side:
    """A program that takes training steps. All it compiles it keeps in a folder of the benchmark's own."""
    name: str
    command: Sequence[object]
    environment: dict[str, str] = field(default_factory=dict)
    on_gpu: bool = False
    # Whether factors are rounded to 10 bits, by matrix units or where they are stored.
    rounds_factors: bool = False

    def measure(self, case: Case, start: Path, caches: Path, warm_up: int, steps: int) -> Measured:
        """Takes steps from the weights and on the batch in `start`."""
        command = [*self.command, '--network', case.network, *self.sizes(case), '--weights', start,
                   '--warm-up', warm_up, '--steps', steps]
        done = run(f'{self.name} on {case.name}', command, self.surroundings(caches))
        result = json.loads(done.output)
        return Measured(
            steps=result['rounds'][0], losses=result['losses'], cores_used=result['coresUsed'],
            seconds_to_first_step=result['firstStepEnded'] - done.started,
            peak_memory_bytes=result['deviceMemoryBytes'] if self.on_gpu else done.peak_memory_bytes,
            taken_by_others=done.taken_by_others, device=result['device'])

    def sizes(self, case: Case) -> Sequence[str]:
        return ()

    def surroundings(self, caches: Path) -> dict[str, str]:
        """The process's environment."""
        kept = {name: value for name, value in os.environ.items() if name not in ASKED_OF_ONE}
        folder = caches / self.name.replace('/', '-')
        folder.mkdir(parents=True, exist_ok=True)
        own = {name: str(folder) for name in CACHE_FOLDERS}
        return kept | own | self.environment


class Drnet(Side):
    """`drnet bench`: one round a process."""

    def __init__(
        self, name: str, binary: str, backend: Sequence[str], environment: dict[str, str], on_gpu: bool = False,
        rounds_factors: bool = False
    ) -> None:
        command = [binary, 'bench', '--json', '--rounds', 1, *backend]
        super().__init__(name, command, environment, on_gpu, rounds_factors)

    def sizes(self, case: Case) -> Sequence[str]:
        return case.sizes

    def write_start(self, case: Case, start: Path, caches: Path) -> Reference:
        """Draws weights and a batch, writes them to `start` and takes the first steps from there."""
        command = [*self.command, '--network', case.network, *case.sizes, '--save-weights', start, '--warm-up', 0,
                   '--steps', 3]
        done = run(f'{self.name} on {case.name}', command, self.surroundings(caches))
        result = json.loads(done.output)
        return Reference(result['losses'], result['operationsPerStep'], result['framesPerStep'])

    def ops(self, case: Case, caches: Path) -> list[dict[str, Any]]:
        """Every op of the case's step with its samples."""
        command = [*self.command, '--ops', '--network', case.network, *case.sizes]
        return json.loads(run(f'the ops of {self.name}', command, self.surroundings(caches)).output)


class Torch(Side):
    """torch_peer.py, in one of its variants.

    On a GPU `tf32` says whether matrix units may round factors; None leaves it to PyTorch, which lets convolutions.
    """

    def __init__(
        self, name: str, python: str, variant: str, on_gpu: bool = False, tf32: bool | None = None
    ) -> None:
        tuned = {} if variant == 'plain' else {'GLIBC_TUNABLES': TUNED_ALLOCATOR}
        command: list[object] = [python, HERE / 'torch_peer.py', '--variant', variant]
        command += ['--device', 'cuda'] if on_gpu else []
        command += [] if tf32 is None else ['--tf32' if tf32 else '--no-tf32']
        super().__init__(name, command, tuned, on_gpu, rounds_factors=on_gpu and tf32 is not False)
        self.python = python

    def op_samples(self, ops: list[dict[str, Any]], caches: Path) -> dict[int, list[float]]:
        """Samples of PyTorch's own operation, by the number of drnet's op."""
        command = [self.python, HERE / 'torch_ops.py']
        done = run(f'the ops of {self.name}', command, self.surroundings(caches), given=json.dumps(ops))
        return {int(index): samples for index, samples in json.loads(done.output).items()}
