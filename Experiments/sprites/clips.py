"""Clips of a character: its layers drawn over each other on black, for each action and direction."""
import math
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from characters import sheet
from material.clip_files import table
from sheets import ACTIONS, DIRECTIONS, SIDE, drawing_orders, read_layer

FRAMES = 8
# (folder in that of the character, action, direction).
CLIPS = [(f'{action}-{direction}', action, direction) for action in ACTIONS for direction in DIRECTIONS]


class Tailor:
    """Draws characters. Each sheet is read once, when a character first wears it."""

    def __init__(self, game: Path, size: int) -> None:
        self.game, self.size = game, size
        self.orders = drawing_orders(game)
        self.layers: dict[tuple[str, str, str | None], dict[tuple[str, str], list[Image.Image]]] = {}

    def clips(self, classes: dict[str, str]) -> Iterator[tuple[str, list[Image.Image], str]]:
        """(folder, FRAMES pictures in RGB, text of factors.csv) of each action and direction.

        An action of fewer pictures holds each equally long: 4 of them are shown as 0 0 1 1 2 2 3 3. The phase goes once
        round in an action, whatever its number of pictures; held pictures are of one phase.
        """
        for folder, action, direction in CLIPS:
            pictures = self._pictures(classes, action, direction)
            shown = [index * len(pictures) // FRAMES for index in range(FRAMES)]
            phases = [2 * math.pi * index / len(pictures) for index in shown]
            rows = [(f'{math.cos(phase):z.6f}', f'{math.sin(phase):z.6f}') for phase in phases]
            yield folder, [pictures[index] for index in shown], table(('phase.cos', 'phase.sin'), rows)

    def _pictures(self, classes: dict[str, str], action: str, direction: str) -> list[Image.Image]:
        """Drawn first and scaled then: scaled layers show seams where they meet."""
        sheets = [sheet(classes, layer) for layer in self.orders[direction]]
        drawn = [self._layer(*known)[action, direction] for known in sheets if known is not None]
        pictures = []
        for frames in zip(*drawn, strict=True):
            picture = Image.new('RGBA', (SIDE, SIDE), 'black')
            for frame in frames:
                picture.alpha_composite(frame)
            pictures.append(picture.convert('RGB').resize((self.size, self.size), Image.Resampling.LANCZOS))
        return pictures

    def _layer(self, sex: str, name: str, dye: str | None) -> dict[tuple[str, str], list[Image.Image]]:
        if (sex, name, dye) not in self.layers:
            self.layers[sex, name, dye] = read_layer(self.game, sex, name, dye)
        return self.layers[sex, name, dye]
