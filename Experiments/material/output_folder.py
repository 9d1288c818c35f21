"""The folder that a command makes: its files and folders appear whole, and a stopped command continues in it."""
import contextlib
import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from material.faults import Fault

UNFINISHED = '.unfinished'


class OutputFolder:
    """To be used in a `with` block. What is written is made in a hidden folder and then moved to its place."""

    def __init__(self, path: Path, mark: str, text: str) -> None:
        """Begins the folder, or continues one where the file `mark` holds this text, which names all options.

        Any other folder that is not empty is a fault, and is left alone.
        """
        self.path = path
        self._unfinished = path / UNFINISHED
        if path.exists() and not path.is_dir():
            raise Fault(f'{path} is no folder')
        path.mkdir(parents=True, exist_ok=True)
        # The lock goes with the process.
        self._lock = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Fault(f'{path}: another run writes there') from None
        if (path / mark).is_file():
            if (path / mark).read_bytes() != text.encode():
                raise Fault(f'{path} was made with another --size or --quick, or by another version; see {mark} there')
        elif set(os.listdir(path)) - {UNFINISHED}:
            raise Fault(f'{path} holds something else; expected an empty folder, or one that this command began')
        self._clear()
        self.write(mark, text)

    def __enter__(self) -> 'OutputFolder':
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()
        os.close(self._lock)

    def holds(self, name: str, files: Collection[str]) -> bool:
        """Whether a folder is there with these files and no others."""
        place = self.path / name
        return place.is_dir() and set(os.listdir(place)) == set(files)

    @contextlib.contextmanager
    def new_folder(self, name: str) -> Iterator[Path]:
        """An empty folder, to be filled in the `with` block. Then it goes to its place."""
        self._clear()
        folder = self._unfinished / 'folder'
        folder.mkdir(parents=True)
        yield folder
        place = self.path / name
        if place.exists():
            shutil.rmtree(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(folder, place)

    def write(self, name: str, content: str | bytes) -> None:
        """Writes a file, in a folder that is made if needed."""
        self._unfinished.mkdir(exist_ok=True)
        unfinished = self._unfinished / 'file'
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
        place = self.path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(unfinished, place)

    def finish(self, labels: str) -> None:
        """Writes labels.csv once all else is on the disk: a folder with labels is complete."""
        os.sync()
        self.write('labels.csv', labels)

    def _clear(self) -> None:
        if self._unfinished.exists():
            shutil.rmtree(self._unfinished)
