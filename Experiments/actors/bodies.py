"""The 25 bodies: how long and thick their parts are, and the colours of skin, hair and clothes."""
from dataclasses import dataclass, replace

import numpy as np

from skeleton import Skeleton

BODIES = 25
# As in KTH's usual protocol, the last five bodies are held out.
TRAINING_BODIES = 20
SEED = 20170601

Colour = tuple[float, float, float]

SKIN: tuple[Colour, ...] = (
    (0.96, 0.80, 0.69), (0.88, 0.67, 0.52), (0.76, 0.54, 0.38), (0.55, 0.37, 0.25), (0.36, 0.24, 0.17))
HAIR: tuple[Colour, ...] = (
    (0.10, 0.08, 0.07), (0.32, 0.19, 0.10), (0.62, 0.44, 0.20), (0.58, 0.22, 0.10), (0.72, 0.72, 0.72))
SHOES: tuple[Colour, ...] = ((0.12, 0.12, 0.12), (0.92, 0.92, 0.90), (0.70, 0.12, 0.12), (0.40, 0.26, 0.14))


@dataclass(frozen=True)
class Body:
    # Factors of the humanoid's lengths.
    legs: float
    arms: float
    trunk: float
    shoulders: float
    # Factors of its radii.
    limbs: float
    belly: float
    head: float
    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour
    has_long_hair: bool
    has_long_sleeves: bool
    has_long_trousers: bool


@dataclass(frozen=True)
class Part:
    """A capsule that is fixed to a link: its two ends in the frame of the link, in metres."""
    link: int
    start: np.ndarray
    end: np.ndarray
    radius: float
    colour: Colour


def bodies() -> list[Body]:
    """Always the same. Every property has its values spread evenly over the bodies, in an order of its own."""
    generator = np.random.default_rng(SEED)

    def lengths(low: float, high: float) -> list[float]:
        return [float(low + (high - low) * share) for share in generator.permutation(BODIES) / (BODIES - 1)]

    def choices(values: tuple) -> list:
        return [values[number % len(values)] for number in generator.permutation(BODIES)]

    def clothes() -> list[Colour]:
        """Hues all around the circle, light and dark, strong and pale."""
        hues = generator.permutation(BODIES) / BODIES
        strengths, values = choices((0.85, 0.55, 0.15)), choices((0.95, 0.65, 0.35))
        return [_colour(*words) for words in zip(hues, strengths, values, strict=True)]

    sizes = lengths(0.84, 1.16)
    columns = zip(
        lengths(0.93, 1.07), lengths(0.9, 1.1), lengths(0.93, 1.07), lengths(0.85, 1.25), lengths(0.8, 1.45),
        lengths(0.8, 1.5), lengths(0.95, 1.2), choices(SKIN), choices(HAIR), clothes(), clothes(), choices(SHOES),
        choices((False, True, False)), choices((True, False)), choices((True, True, False)), strict=True)
    return [
        replace(body, legs=size * body.legs, arms=size * body.arms, trunk=size * body.trunk)
        for size, body in zip(sizes, (Body(*column) for column in columns), strict=True)]


def grown(skeleton: Skeleton, body: Body) -> Skeleton:
    """The skeleton with the body's lengths."""
    offsets = skeleton.offsets.copy()
    for link, name in enumerate(skeleton.names):
        if name.endswith(('knee', 'ankle')):
            offsets[link] *= body.legs
        elif name.endswith(('elbow', 'wrist')):
            offsets[link] *= body.arms
        else:
            offsets[link] *= body.trunk
        if name.endswith('shoulder'):
            offsets[link, 2] *= body.shoulders
    return replace(skeleton, offsets=offsets)


def parts(skeleton: Skeleton, body: Body) -> list[Part]:
    """The capsules of a body whose skeleton is `grown`."""
    result: list[Part] = []

    def add(link: str, start: tuple, end: tuple | np.ndarray, radius: float, colour: Colour) -> None:
        result.append(Part(skeleton.index(link), np.array(start, float), np.array(end, float), radius, colour))

    def offset(link: str) -> np.ndarray:
        return skeleton.offsets[skeleton.index(link)]

    trunk, head = body.trunk, body.head * (1 + body.trunk) / 2
    hip, shoulder = offset('right_hip')[2], offset('right_shoulder')[2]
    add('root', (0, 0, -0.7 * hip), (0, 0, 0.7 * hip), 0.095 * body.belly ** 0.5, body.trousers)
    add('root', (0, 0.07 * trunk, 0), offset('chest'), 0.105 * body.belly, body.shirt)
    add('chest', (0, 0.12 * trunk, -0.55 * shoulder), (0, 0.12 * trunk, 0.55 * shoulder), 0.1 * body.belly ** 0.5,
        body.shirt)
    add('neck', (0, -0.02, 0), (0, 0.08, 0), 0.045 * body.limbs, body.skin)
    add('neck', (0.01, 0.13 * head, 0), (0.01, 0.17 * head, 0), 0.085 * head, body.skin)
    hair_end = (-0.05, 0.02, 0) if body.has_long_hair else (-0.02, 0.19 * head, 0)
    add('neck', (-0.02, 0.2 * head, 0), hair_end, 0.084 * head, body.hair)
    for side in ('right_', 'left_'):
        lower_leg = body.trousers if body.has_long_trousers else body.skin
        lower_arm = body.shirt if body.has_long_sleeves else body.skin
        add(side + 'hip', (0, 0, 0), offset(side + 'knee'), 0.075 * body.limbs, body.trousers)
        add(side + 'knee', (0, 0, 0), offset(side + 'ankle'), 0.053 * body.limbs, lower_leg)
        add(side + 'ankle', (-0.03, -0.02, 0), (0.11 * body.legs, -0.02, 0), 0.04, body.shoes)
        add(side + 'shoulder', (0, 0, 0), offset(side + 'elbow'), 0.05 * body.limbs, body.shirt)
        add(side + 'elbow', (0, 0, 0), offset(side + 'wrist'), 0.041 * body.limbs, lower_arm)
        add(side + 'wrist', (0, 0, 0), (0, -0.03, 0), 0.045, body.skin)
    return result


def _colour(hue: float, strength: float, value: float) -> Colour:
    """Hue, strength (saturation) and value in [0, 1] as red, green and blue in [0, 1]."""
    circle = np.abs((hue * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1
    return tuple(float(part) for part in value * (1 - strength + strength * np.clip(circle, 0, 1)))
