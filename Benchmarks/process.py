"""Runs one process and measures what it takes."""
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class ProcessFailed(Exception):
    """A command that did not end well; the message is one line."""


class Stopped(Exception):
    """Ctrl-C or a polite kill; `status` is what the benchmark should exit with."""

    def __init__(self, number: int) -> None:
        self.status = 128 + number


@dataclass(frozen=True)
class Finished:
    output: str
    # Seconds since 1970.
    started: float
    peak_memory_bytes: int
    # Share of the machine that other programs, or other guests of its host, took meanwhile; None where unknown.
    taken_by_others: float | None


def stop_on_signals() -> None:
    def stop(number: int, _: object) -> None:
        raise Stopped(number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def run(name: str, command: Sequence[object], environment: Mapping[str, str], given: str = '') -> Finished:
    """Runs a command to its end; on a signal it is killed, with all that it started."""
    with tempfile.TemporaryFile('w+') as output, tempfile.TemporaryFile('w+') as messages, \
            tempfile.TemporaryFile('w+') as words:
        words.write(given)
        words.seek(0)
        before, clock, started = busy_seconds(), time.perf_counter(), time.time()
        with _group([str(word) for word in command], words, output, messages, environment) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        elapsed, after = time.perf_counter() - clock, busy_seconds()
        output.seek(0)
        messages.seek(0)
        if process.returncode != 0:
            lines = messages.read().strip().splitlines() or ['it said nothing']
            raise ProcessFailed(f'{name} ended with status {process.returncode}: {lines[-1].strip()}')
        text = output.read()
    own = usage.ru_utime + usage.ru_stime
    others = None
    if before is not None and after is not None:
        others = max(0.0, after - before - own) / (elapsed * (os.cpu_count() or 1))
    unit = 1 if sys.platform == 'darwin' else 1024
    return Finished(text, started, usage.ru_maxrss * unit, others)


@contextlib.contextmanager
def _group(
    command: Sequence[str], given: IO[str], output: IO[str], messages: IO[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """A process that leads a group of its own; nothing of the group is left afterwards."""
    try:
        process = subprocess.Popen(
            command, stdin=given, stdout=output, stderr=messages, env=dict(environment), start_new_session=True,
            text=True)
    except OSError as error:
        raise ProcessFailed(f'{command[0]} cannot be run: {error.strerror}') from None
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.returncode is None:
            process.wait()


def wait_for_quiet(patience: float) -> None:
    """Returns as soon as all programs together take less than a tenth of the machine over two seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end and (before := busy_seconds()) is not None:
        time.sleep(2)
        if (busy_seconds() or before) - before < 0.1 * 2 * (os.cpu_count() or 1):
            return


def busy_seconds() -> float | None:
    """Seconds that all processors were busy or stolen by the host since the machine started; None but on Linux."""
    try:
        fields = Path('/proc/stat').read_text().split('\n', 1)[0].split()
    except OSError:
        return None
    user, nice, system, _, _, interrupts, soft, stolen = map(int, fields[1:9])
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf('SC_CLK_TCK')
