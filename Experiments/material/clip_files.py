"""A clip as `drnet prepare videos` reads it: a folder of frames, 000.png ..., and factors.csv.

labels.csv beside the clips has a row for each: its folder, its split, and the classes that it is of.
"""
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

TRAINING, HELD_OUT = 'training', 'heldOut'
FACTORS = 'factors.csv'


def names(frames: int) -> set[str]:
    """The names of the files of a clip."""
    return {_picture(number) for number in range(frames)} | {FACTORS}


def write(folder: Path, pictures: Iterable[Image.Image], factors: str) -> None:
    """Into a folder that is there; `factors` is a table with a row for each picture."""
    for number, picture in enumerate(pictures):
        picture.save(folder / _picture(number))
    (folder / FACTORS).write_bytes(factors.encode())


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The text of a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _picture(number: int) -> str:
    return f'{number:03}.png'
