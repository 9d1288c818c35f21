"""What the benchmark runs: cases, the sides that are compared, and one measured process of a side on a case."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TUNED_ALLOCATOR = 'glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=268435456'


@dataclass(frozen=True)
class Case:
    """A training step of the main model on 64 px grey frames."""
    name: str
    width: int
    batch: int
    content: int = 64
    pose: int = 5
    max_step: int = 11
    # Steps of one process; a row of metrics is a mean over `window` of them, and the first row is dropped.
    steps: int = 60
    window: int = 10

    def operations(self):
        """Floating-point operations of the convolutions of a step; the rest is below one hundredth."""
        w = self.width

        def encoder(dim):
            first = 2 * 32 * 32 * w * 16
            others = 2 * 16 * sum(side * side * a * b * w * w for side, a, b in ((16, 1, 2), (8, 2, 4), (4, 4, 8)))
            return first, others + 2 * 16 * 8 * w * dim

        content, pose = encoder(self.content), encoder(self.pose)
        decoder = sum(encoder(self.content + self.pose))
        # Forward: E_p on four batches, E_c on two, D on one. Backward, weights and inputs: one of each, but no gradient
        # with respect to frames. A network's backward pass costs what its forward pass does, once for each of the two.
        forward = 4 * sum(pose) + 2 * sum(content) + decoder
        backward = sum(first + 2 * others for first, others in (content, pose)) + 2 * decoder
        return self.batch * (forward + backward)


CASES = {case.name: case for case in (
    Case('dcgan64/b32/w16', width=16, batch=32),
    Case('dcgan64/b32/w64', width=64, batch=32, steps=12, window=2),
)}


@dataclass(frozen=True)
class Measured:
    seconds_per_step: float
    peak_memory_bytes: int
    # Processor time over wall time of the whole process: 2.0 keeps two cores busy.
    cpu_utilisation: float
    # Share of the machine that other programs, or other guests of its host, took meanwhile; None where that is unknown.
    taken_by_others: float | None


class SideFailed(Exception):
    pass


class Drnet:
    """`drnet train` on one device. Its rate leaves out compilation, validation and checkpoints."""

    def __init__(self, name, binary, flags, data):
        self.name, self.binary, self.flags, self.data = name, binary, flags, data

    def measure(self, case, steps):
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / 'run'
            command = [
                self.binary, 'train', *self.flags, *self.data, '--width', case.width, '--content-dim', case.content,
                '--pose-dim', case.pose, '--max-step', case.max_step, '--batch-size', case.batch, '--steps', steps,
                '--log-every', case.window, '--save-every', steps, '--out', run]
            _, usage = run_measured(command, os.environ)
            rows = [json.loads(line) for line in (run / 'metrics.jsonl').read_text().splitlines()]
        rates = [row['framesPerSecond'] for row in rows if 'framesPerSecond' in row][1:]
        if not rates:
            raise SideFailed(f'{self.name}: no rates after the first row of {run / "metrics.jsonl"}; give more --steps')
        return Measured(case.batch / statistics.median(rates), *usage)


class Torch:
    """torch_peer.py; `best` with channels-last layout, fused Adam and an allocator that keeps its memory."""

    def __init__(self, name, python, data, best):
        self.name, self.python, self.data, self.best = name, python, data, best

    def measure(self, case, steps):
        command = [
            self.python, HERE / 'torch_peer.py', '--main-only', '--width', case.width, '--content-dim', case.content,
            '--pose-dim', case.pose, '--batch-size', case.batch, '--steps', steps, '--warmup', 5, *self.data]
        environment = {name: value for name, value in os.environ.items() if name != 'GLIBC_TUNABLES'}
        if self.best:
            command.append('--best')
            environment['GLIBC_TUNABLES'] = TUNED_ALLOCATOR
        output, usage = run_measured(command, environment)
        return Measured(json.loads(output)['step']['median'], *usage)


def run_measured(command, environment):
    """Standard output of a command; and its peak memory, its processor use, and what others took meanwhile."""
    start, before = time.perf_counter(), busy_seconds()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=output, stderr=messages, env=dict(environment))
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        elapsed, after = time.perf_counter() - start, busy_seconds()
        output.seek(0)
        messages.seek(0)
        if process.returncode != 0:
            text = messages.read().decode(errors='replace').strip()
            raise SideFailed(f'{" ".join(map(str, command))}\nended with status {process.returncode}: {text}')
        text = output.read().decode()
    own = usage.ru_utime + usage.ru_stime
    peak = usage.ru_maxrss * (1 if sys.platform == 'darwin' else 1024)
    others = None if before is None else max(0, after - before - own) / (elapsed * os.cpu_count())
    return text, (peak, own / elapsed, others)


def busy_seconds():
    """Seconds that all processors were busy or stolen by the host since the machine started; None but on Linux."""
    try:
        fields = Path('/proc/stat').read_text().split('\n', 1)[0].split()
    except OSError:
        return None
    user, nice, system, idle, waiting, interrupts, soft, stolen = map(int, fields[1:9])
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf('SC_CLK_TCK')
