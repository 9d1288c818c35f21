"""Designs of a seat: the model as it is, and others of its shape, in other proportions and colours.

The package has 96 seats, too few to learn from what seats have in common: a network learns each by heart instead.
"""
import colorsys
import math
import random
from dataclasses import dataclass

import numpy as np

from catalogue import Seat
from points import DARKEST, Points

LETTERS = 'abcd'
# Width, height and depth change by a factor of up to this.
STRETCH = 1.25
# Saturation of the paint: 0 leaves colours as they are.
SATURATION = (0.2, 0.8)


@dataclass(frozen=True)
class Design:
    stretch: tuple[float, ...] = (1.0, 1.0, 1.0)  # of width, height and depth
    paint: tuple[float, ...] = (1.0, 1.0, 1.0)    # what it reflects of red, green and blue

    @classmethod
    def of(cls, seat: Seat, letter: str) -> 'Design':
        """Always the same one; the first is the model's own."""
        if letter == LETTERS[0]:
            return cls()
        drawn = random.Random(f'{seat.key} {letter}')
        stretch = tuple(math.pow(STRETCH, drawn.uniform(-1, 1)) for _ in range(3))
        return cls(stretch, colorsys.hsv_to_rgb(drawn.random(), drawn.uniform(*SATURATION), 1))

    def stretched(self, positions: np.ndarray) -> np.ndarray:
        """Positions [vertices, 3] around the middle."""
        return positions * np.array(self.stretch)

    def painted(self, points: Points) -> Points:
        """In the design's colours; what is black stays as light as it is."""
        paint = np.array(self.paint, np.float32)[:, None]
        colour = np.float32(DARKEST) + (points.colour - np.float32(DARKEST)) * paint
        return Points(points.position, points.normal, points.face, colour)
