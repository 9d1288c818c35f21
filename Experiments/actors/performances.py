"""The six actions, and what one body does in one clip."""
from dataclasses import dataclass

import numpy as np

import quaternions
from bodies import Body, Part
from motions import JOINTS, UP, Motion
from skeleton import Skeleton

FRAME_RATE = 25
# Who goes, goes round and round: two straight lines of LINE metres, and half circles of radius TURN between them.
LINE = 0.8
TURN = 0.4
LAP = 2 * LINE + 2 * np.pi * TURN


@dataclass(frozen=True)
class Action:
    name: str
    # humanoid3d_<file>.txt of pybullet's data.
    file: str
    # 'goes': repeats while the body goes on; 'stays': repeats on the spot; 'returns': does not repeat, and is played
    # forwards and backwards in turn.
    kind: str


@dataclass(frozen=True)
class Performance:
    # Of the links: [frames, links, 3] and [frames, links, 4].
    positions: np.ndarray
    rotations: np.ndarray
    # How far the motion is, as an angle: [frames]. Of motions that repeat from 0 to 2 pi. Of those that return from 0
    # at the start to pi at the end, and back: one picture does not tell the direction.
    phases: np.ndarray


ACTIONS = (
    Action('walking', 'walk', 'goes'),
    Action('running', 'run', 'goes'),
    Action('jumping', 'jump', 'goes'),
    Action('boxing', 'punch', 'returns'),
    Action('kicking', 'kick', 'returns'),
    Action('dancing', 'dance_b', 'stays'),
)


def prepared(action: Action, motion: Motion) -> Motion:
    """The captured motion as `perform` takes it."""
    if action.kind == 'goes':
        return motion.closed(goes=True).facing_along()
    return (motion.closed(goes=False) if action.kind == 'stays' else motion).centred()


def perform(
    action: Action, motion: Motion, skeleton: Skeleton, body: Body, parts: list[Part], frames: int,
    generator: np.random.Generator
) -> Performance:
    """A clip of a `prepared` motion; speed, start and direction are drawn from `generator`."""
    speed, start = generator.uniform(0.92, 1.08), generator.uniform(0, 1)
    sense, facing, beginning = generator.choice([-1, 1]), generator.uniform(-0.6, 0.6), generator.uniform(0, LAP)
    spot = generator.uniform(-0.12, 0.12, 2)

    passes = start + np.arange(frames) / FRAME_RATE * speed / motion.duration
    if action.kind == 'returns':
        share = 1 - np.abs(1 - passes % 2)
        phases = np.pi * share
    else:
        share = passes % 1
        phases = 2 * np.pi * share
    places, turns = motion.at(share * motion.duration)
    # Long legs make long steps.
    places = body.legs * places
    if action.kind == 'goes':
        stride = body.legs * motion.places[-1, 0]
        track, headings = _along_track(beginning + places[:, 0] + np.floor(passes) * stride, sense)
        aside = places * np.array([0, 1, 1])
    else:
        # To the right or to the left.
        headings = np.full(frames, facing + (0 if sense > 0 else np.pi))
        track = np.broadcast_to(np.array([spot[0], 0, spot[1]]), (frames, 3))
        aside = places
    heading = quaternions.about(UP, headings)
    roots = track + quaternions.rotate(heading, aside)
    turns[:, 0] = quaternions.multiply(heading, turns[:, 0])
    positions, rotations = skeleton.place(roots, {joint: turns[:, number] for number, joint in enumerate(JOINTS)})
    positions[..., 1] -= _lowest(parts, positions, rotations)
    return Performance(positions, rotations, phases)


def _along_track(distances: np.ndarray, sense: int) -> tuple[np.ndarray, np.ndarray]:
    """Places [n, 3] and headings (angles about the vertical) [n] after `distances` metres; `sense` is 1 or -1."""
    rest = distances % LAP
    half = LAP / 2
    is_back = rest >= half
    rest = rest - half * is_back
    angle = np.maximum(rest - LINE, 0) / TURN
    x = np.minimum(rest, LINE) - LINE / 2 + TURN * np.sin(angle)
    z = TURN * np.cos(angle)
    sign = np.where(is_back, -1, 1)
    places = np.stack([sign * x, np.zeros_like(x), sense * sign * z], axis=-1)
    return places, sense * (angle + np.pi * is_back)


def _lowest(parts: list[Part], positions: np.ndarray, rotations: np.ndarray) -> float:
    """The lowest height that the body reaches in the clip."""
    return min(
        float(np.min(positions[:, part.link, 1] + quaternions.rotate(rotations[:, part.link], end)[:, 1])) - part.radius
        for part in parts for end in (part.start, part.end))
