"""Which clips there are: 25 bodies x 6 actions x 4 scenes, as in KTH."""
import itertools
from dataclasses import dataclass

import bodies
import performances
from material import clip_files
from performances import ACTIONS, Action
from scenes import SCENES, Scene

# Of a clip.
FRAMES = 80
ATTRIBUTION = """\
Made from the Python package pybullet 3.2.7 (https://pypi.org/project/pybullet/), which is under the zlib licence: see
LICENSE.txt and AUTHORS.txt beside this file, as the package has them.

Taken from it, and altered:
- pybullet_data/data/motions/humanoid3d_{files}.txt: captured motions, in the
  format of DeepMimic (Peng et al., 2018). They were resampled at {rate} frames per second, made to repeat, and turned.
- pybullet_data/humanoid/humanoid.urdf: the lengths of the skeleton, which were changed for each body.
- TinyRenderer drew the bodies.
Shapes, colours, floors and walls are drnet's own.

{clips} clips of {frames} frames of {size} x {size} pixels, {bodies} bodies, {actions} actions, {scenes} scenes.
"""


@dataclass(frozen=True)
class Plan:
    size: int
    bodies: tuple[int, ...]
    actions: tuple[Action, ...]
    scenes: tuple[Scene, ...]

    @property
    def clips(self) -> list[tuple[int, Action, Scene]]:
        return list(itertools.product(self.bodies, self.actions, self.scenes))

    def attribution(self) -> str:
        return ATTRIBUTION.format(
            files='{' + ','.join(action.file for action in ACTIONS) + '}', rate=performances.FRAME_RATE,
            clips=len(self.clips), frames=FRAMES, size=self.size, bodies=len(self.bodies),
            actions=len(self.actions), scenes=len(self.scenes))

    def labels(self) -> str:
        return clip_files.table(('clip', 'split', 'body', 'action', 'scene'), [
            (clip_folder(body, action, scene),
             clip_files.TRAINING if body < bodies.TRAINING_BODIES else clip_files.HELD_OUT,
             body_name(body), action.name, scene.name)
            for body, action, scene in self.clips])


def make_plan(size: int, is_quick: bool) -> Plan:
    """`size` is that of the frames, in pixels."""
    if is_quick:
        return Plan(size, (0, 1, bodies.TRAINING_BODIES), ACTIONS[:4], SCENES[:2])
    return Plan(size, tuple(range(bodies.BODIES)), ACTIONS, SCENES)


def body_name(body: int) -> str:
    return f'body{body + 1:02}'


def clip_folder(body: int, action: Action, scene: Scene) -> str:
    return f'clips/{body_name(body)}-{action.name}-{scene.name}'
