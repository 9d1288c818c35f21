"""The humanoid of pybullet's data: how its links hang together, and where they are in a pose.

Lengths are metres. y is up; the resting figure stands upright, looks along x, has its right side at z > 0, and its
arms hang down.
"""
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

import quaternions
from material.faults import Fault

# The file gives lengths of a figure that is four times as large as the motions are for.
FILE_SCALE = 0.25


@dataclass(frozen=True)
class Skeleton:
    # Of each link, parents first.
    names: tuple[str, ...]
    # Indices; -1 for the root.
    parents: tuple[int, ...]
    # Of a link's joint, in the frame of its parent: [links, 3].
    offsets: np.ndarray

    def index(self, name: str) -> int:
        return self.names.index(name)

    def place(self, roots: np.ndarray, turns: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Positions [frames, links, 3] and rotations [frames, links, 4] of all links.

        `roots` [frames, 3] are the root's positions; `turns` has [frames, 4] for each link that turns in its joint.
        """
        positions = np.zeros((len(roots), len(self.names), 3))
        rotations = np.zeros((len(roots), len(self.names), 4))
        for link, (name, parent) in enumerate(zip(self.names, self.parents, strict=True)):
            turn = turns.get(name, quaternions.IDENTITY)
            if parent < 0:
                positions[:, link], rotations[:, link] = roots, turn
            else:
                arm = quaternions.rotate(rotations[:, parent], self.offsets[link])
                positions[:, link] = positions[:, parent] + arm
                rotations[:, link] = quaternions.multiply(rotations[:, parent], turn)
        return positions, rotations


def read(file: Path) -> Skeleton:
    try:
        # The file ends with a zero byte.
        robot = ElementTree.fromstring(file.read_text().rstrip('\0'))
        names, parents, offsets = ['root'], [-1], [np.zeros(3)]
        for joint in robot.iter('joint'):
            parent, child = joint.find('parent').get('link'), joint.find('child').get('link')
            if parent == 'base':
                continue
            names.append(child)
            parents.append(names.index(parent))
            offsets.append(FILE_SCALE * np.array([float(word) for word in joint.find('origin').get('xyz').split()]))
    except (ElementTree.ParseError, AttributeError, ValueError):
        raise Fault(f'{file}: is not the humanoid of pybullet 3.2.7') from None
    return Skeleton(tuple(names), tuple(parents), np.array(offsets))
