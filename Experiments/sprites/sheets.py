"""The sheets of FLARE: pictures that hold all frames of one layer of a figure, and the texts that say where.

  animations/avatar/SEX/NAME.txt   image=PATH; [ACTION]; frame=INDEX,DIRECTION,X,Y,WIDTH,HEIGHT,OFFSET_X,OFFSET_Y
  engine/hero_layers.txt           layer=DIRECTION,LAYER,... in the order in which they are drawn

All in pixels; the offset is where the point between the feet is, from the top left corner of the frame.
"""
from pathlib import Path

import numpy
from PIL import Image

import dyes
from material.faults import Fault

ACTIONS = ('run', 'swing', 'cast')
DIRECTIONS = {'left': 0, 'right': 4, 'front': 6}
# Pixels from the point between the feet, right and down. All frames of these actions and directions fit in.
LEFT, TOP, SIDE = -35, -60, 70
# A figure's layers each cast a shadow, black and half transparent (alpha 128 and a little more, less at its border).
SHADOW_ALPHA = 140
# The pictures are made for bright floors. On black, dark hair and skin are seen only when they are brightened.
BRIGHTNESS_EXPONENT = 0.6


def drawing_orders(game: Path) -> dict[str, list[str]]:
    """The layers of each direction, the first one drawn first."""
    orders = {}
    for line in _lines(game / 'engine/hero_layers.txt'):
        if line.startswith('layer='):
            number, *layers = line.removeprefix('layer=').split(',')
            orders[int(number)] = layers
    if not orders.keys() >= set(DIRECTIONS.values()):
        raise Fault(f'{game}/engine/hero_layers.txt lacks directions')
    return {name: orders[number] for name, number in DIRECTIONS.items()}


def read_layer(game: Path, sex: str, name: str, dye: str | None) -> dict[tuple[str, str], list[Image.Image]]:
    """The frames of each action and direction: RGBA, the window of SIDE by SIDE, without shadow, brightened, dyed."""
    file = game / f'animations/avatar/{sex}/{name}.txt'
    places: dict[tuple[str, int], dict[int, list[int]]] = {}
    picture, action = None, ''
    for line in _lines(file):
        key, _, value = line.partition('=')
        if line.startswith('['):
            action = line.strip('[]')
        elif key == 'image':
            picture = _without_shadow(game / value)
        elif key == 'frame' and action in ACTIONS:
            index, direction, *place = map(int, value.split(','))
            places.setdefault((action, direction), {})[index] = place
    if picture is None:
        raise Fault(f'{file} names no image')
    if dye is not None:
        picture = dyes.dyed(picture, dye)
    frames = {}
    for action in ACTIONS:
        for direction, number in DIRECTIONS.items():
            found = places.get((action, number), {})
            if not found or sorted(found) != list(range(len(found))):
                raise Fault(f'{file} lacks frames of {action}, direction {number}')
            frames[action, direction] = [_window(picture, found[index], file) for index in range(len(found))]
    return frames


def _window(picture: Image.Image, place: list[int], file: Path) -> Image.Image:
    x, y, width, height, offset_x, offset_y = place
    frame = picture.crop((x, y, x + width, y + height))
    bounds = frame.getchannel('A').getbbox()
    window = Image.new('RGBA', (SIDE, SIDE))
    if bounds is None:
        return window
    frame = frame.crop(bounds)
    left, top = bounds[0] - offset_x - LEFT, bounds[1] - offset_y - TOP
    if left < 0 or top < 0 or left + frame.width > SIDE or top + frame.height > SIDE:
        raise Fault(f'{file}: a frame does not fit into {SIDE} x {SIDE} px')
    window.paste(frame, (left, top))
    return window


def _without_shadow(file: Path) -> Image.Image:
    pixels = numpy.array(Image.open(file).convert('RGBA'))
    is_shadow = (pixels[..., :3].max(axis=2) == 0) & (pixels[..., 3] <= SHADOW_ALPHA)
    pixels[is_shadow] = 0
    brightened = numpy.array([round(255 * (level / 255) ** BRIGHTNESS_EXPONENT) for level in range(256)], numpy.uint8)
    pixels[..., :3] = brightened[pixels[..., :3]]
    return Image.fromarray(pixels)


def _lines(file: Path) -> list[str]:
    lines = (line.partition('#')[0].strip() for line in file.read_text(encoding='utf-8').splitlines())
    return [line for line in lines if line]
