"""Motion capture: reading it, repeating it without a jump, and reading off poses at any time.

A file of pybullet's data has one row a captured pose: its duration, the root's position (3) and rotation (w, x, y, z),
then the rotations of the joints in the order of JOINTS, four numbers each, but one angle for a knee or an elbow.
"""
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import quaternions
from material.faults import Fault

JOINTS = (
    'root', 'chest', 'neck', 'right_hip', 'right_knee', 'right_ankle', 'right_shoulder', 'right_elbow', 'left_hip',
    'left_knee', 'left_ankle', 'left_shoulder', 'left_elbow')
HINGES = ('right_knee', 'right_elbow', 'left_knee', 'left_elbow')
ROW = 1 + 3 + 4 * (len(JOINTS) - len(HINGES)) + len(HINGES)
UP = (0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Motion:
    """One pass through a motion."""
    # Seconds from the start: [poses].
    times: np.ndarray
    # Of the root, in metres: [poses, 3].
    places: np.ndarray
    # In the order of JOINTS: [poses, joints, 4].
    turns: np.ndarray

    @property
    def duration(self) -> float:
        return float(self.times[-1])

    def at(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places [times, 3] and turns [times, joints, 4] at times from 0 to `duration`."""
        after = np.clip(np.searchsorted(self.times, times, side='right'), 1, len(self.times) - 1)
        before = after - 1
        share = (times - self.times[before]) / (self.times[after] - self.times[before])
        places = self.places[before] + share[:, None] * (self.places[after] - self.places[before])
        return places, quaternions.between(self.turns[before], self.turns[after], share[:, None])

    def closed(self, goes: bool) -> 'Motion':
        """The motion with what its end lacks to its start spread over all of it, so that it repeats without a jump.

        A motion that `goes` keeps the distance that it covers on the ground.
        """
        share = self.times / self.duration
        lack = quaternions.multiply(self.turns[0], quaternions.inverse(self.turns[-1]))
        # Of the two quaternions of a rotation the one of less than a half turn.
        lack = np.where(lack[:, :1] < 0, -lack, lack)
        correction = quaternions.between(
            np.broadcast_to(quaternions.IDENTITY, self.turns.shape), np.broadcast_to(lack, self.turns.shape),
            share[:, None])
        drift = (self.places[-1] - self.places[0]) * np.array([0, 1, 0] if goes else [1, 1, 1])
        return Motion(
            self.times, self.places - share[:, None] * drift, quaternions.multiply(correction, self.turns))

    def facing_along(self) -> 'Motion':
        """The motion turned about the vertical so that it goes along x, starting at 0."""
        way = self.places[-1] - self.places[0]
        turn = quaternions.about(UP, np.arctan2(way[2], way[0]))
        places = quaternions.rotate(turn, self.places - self.places[0] * np.array([1, 0, 1]))
        turns = self.turns.copy()
        turns[:, 0] = quaternions.multiply(turn, turns[:, 0])
        return Motion(self.times, places, turns)

    def centred(self) -> 'Motion':
        """The motion with the middle of the ground it covers at 0."""
        middle = (self.places.min(axis=0) + self.places.max(axis=0)) / 2
        return Motion(self.times, self.places - middle * np.array([1, 0, 1]), self.turns)


def read(file: Path) -> Motion:
    try:
        rows = np.array(json.loads(file.read_text())['Frames'], dtype=float)
    except (ValueError, KeyError, TypeError):
        rows = np.zeros(0)
    if rows.ndim != 2 or rows.shape[1] != ROW or len(rows) < 2:
        raise Fault(f'{file}: is not a motion of the humanoid')
    times = np.concatenate([[0], np.cumsum(rows[:-1, 0])])
    turns = np.zeros((len(rows), len(JOINTS), 4))
    column = 4
    for number, joint in enumerate(JOINTS):
        if joint in HINGES:
            turns[:, number] = quaternions.about((0, 0, 1), rows[:, column])
            column += 1
        else:
            turns[:, number] = rows[:, column:column + 4]
            column += 4
    turns /= np.linalg.norm(turns, axis=-1, keepdims=True)
    return Motion(times, rows[:, 1:4], turns)
