"""Runs an experiment's make.py: what is asked of it, signals, and exit statuses. Every fault ends in one line.

make.py has a function make(order: Order, progress: Progress).
"""
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from material.faults import Fault, Stopped
from material.progress import Progress


@dataclass(frozen=True)
class Order:
    # The folder of what is drawn from: an unpacked package.
    source: Path
    out: Path
    # Of frames, in pixels.
    size: int
    is_quick: bool


def main(name: str, source: str, out: str, size: str, extent: str) -> None:
    """Ends the process, with 0, with 1 after a fault, or with 128 and the number of the signal that stopped it."""
    progress, status, last = Progress(name), 0, None
    try:
        _heed_signals(_stop)
        try:
            # Loading takes a while, and may be stopped too.
            import make
            make.make(Order(Path(source), Path(out), int(size), extent == 'quick'), progress)
        except Fault as fault:
            status, last = 1, str(fault)
        except ImportError as error:
            status, last = 1, f'{error}; remove {sys.prefix} and run it again'
        except OSError as error:
            status, last = 1, f'{error.filename or out}: {error.strerror or error}'
        _heed_signals(signal.SIG_IGN)
    except Stopped as stopped:
        status, last = stopped.status, 'stopped; the same command continues'
    progress.end(last)
    sys.exit(status)


def _stop(number: int, _: object) -> None:
    # Another signal would disturb the ending.
    _heed_signals(signal.SIG_IGN)
    raise Stopped(number)


def _heed_signals(action: signal.Handlers | Callable) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup has SIGHUP ignored, and so it stays.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, action)
