"""One line of stderr that says how far the command is; without a terminal, one at the start and one at the end."""
import sys
import time

SECONDS_BETWEEN = 0.2
# To the left of the line, and erase what follows.
ERASED = '\r\x1b[K'


class Progress:
    def __init__(self, name: str) -> None:
        """`name` is the experiment's."""
        self._name = name
        self._unit = ''
        self._total = self._missing = self._done = 0
        self._begun = self._shown = 0.0
        self._is_shown = False
        self._is_terminal = sys.stderr.isatty()

    def begin(self, unit: str, total: int, missing: int) -> None:
        """`unit` is what is counted, such as clips; all but the `missing` were there before."""
        self._unit, self._total, self._missing = unit, total, missing
        self._begun = time.monotonic()
        self._write(self._text())

    def step(self, count: int = 1) -> None:
        """So many more are made. The line is written at most every SECONDS_BETWEEN, and when all are made."""
        self._done += count
        if self._done == self._missing or self._is_terminal and time.monotonic() - self._shown >= SECONDS_BETWEEN:
            self._write(self._text())

    def end(self, last: str | None) -> None:
        """Ends the line, and leaves `last` in its place if there is one."""
        if last is not None:
            self._write(last)
        if self._is_shown:
            print(file=sys.stderr, flush=True)

    def _text(self) -> str:
        text = f'{self._total - self._missing + self._done} of {self._total} {self._unit}'
        if 0 < self._done < self._missing:
            seconds = (time.monotonic() - self._begun) / self._done * (self._missing - self._done)
            text += f', {seconds:.0f} s left' if seconds < 100 else f', {seconds / 60:.0f} min left'
        return text

    def _write(self, text: str) -> None:
        start = '' if not self._is_shown else ERASED if self._is_terminal else '\n'
        print(f'{start}{self._name}: {text}', end='', file=sys.stderr, flush=True)
        self._is_shown, self._shown = True, time.monotonic()
