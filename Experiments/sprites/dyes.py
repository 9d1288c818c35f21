"""Dyes: one bright hue for each class of clothes.

Clothes of the game are dark and differ in patterns of a few pixels, which are gone at 64 px. Dyed, what a figure wears
is told apart by its hue, as in the LPC Sprites; its cut and folds stay.
"""
import numpy
from PIL import Image

DYES = {'red': (230, 60, 50), 'gold': (240, 190, 50), 'green': (70, 190, 80), 'blue': (70, 110, 245),
        'violet': (190, 80, 220), 'white': (240, 240, 240)}
# Percentile of the lightness of a sheet's pixels that has the dye's own colour. Darker ones are shades of it, brighter
# ones clipped.
FULL = 90
# Of red, green and blue in the lightness (luma of ITU-R BT.601).
LIGHTNESS = numpy.array([0.299, 0.587, 0.114])
# Alpha from which a pixel is seen.
SEEN = 128


def dyed(picture: Image.Image, dye: str) -> Image.Image:
    """An RGBA sheet in shades of a dye; alpha stays."""
    pixels = numpy.array(picture)
    lightness = pixels[..., :3] @ LIGHTNESS
    full = numpy.percentile(lightness[pixels[..., 3] >= SEEN], FULL)
    pixels[..., :3] = numpy.clip(lightness[..., numpy.newaxis] / full * DYES[dye], 0, 255).round()
    return Image.fromarray(pixels)
