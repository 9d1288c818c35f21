"""Draws bodies with pybullet's TinyRenderer, on the CPU."""
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

import numpy as np

import quaternions
from bodies import Part
from material.faults import Fault
from scenes import Scene


class Artist:
    """Draws one body, many times."""

    def __init__(self) -> None:
        with _silence():
            try:
                import pybullet
            except ImportError as error:
                raise Fault(f'pybullet cannot be loaded: {error}') from None
        self._bullet = pybullet
        self._parts: Sequence[Part] = ()
        self._shapes: list[int] = []
        self._rests: list[np.ndarray] = []
        self._middles: list[np.ndarray] = []
        if pybullet.connect(pybullet.DIRECT) < 0 or not pybullet.isNumpyEnabled():
            raise Fault('this pybullet cannot draw; expected the one of PyPI, 3.2.7')

    def take(self, parts: Sequence[Part]) -> None:
        """Makes the shapes of a body in place of those before."""
        bullet = self._bullet
        bullet.resetSimulation()
        self._parts = parts
        self._rests = [quaternions.from_z_axis(part.end - part.start) for part in parts]
        self._middles = [(part.start + part.end) / 2 for part in parts]
        self._shapes = []
        for part in parts:
            shape = bullet.createVisualShape(
                bullet.GEOM_CAPSULE, radius=part.radius, length=float(np.linalg.norm(part.end - part.start)),
                rgbaColor=[*part.colour, 1], specularColor=[0, 0, 0])
            self._shapes.append(bullet.createMultiBody(0, -1, shape))

    def draw(self, positions: np.ndarray, rotations: np.ndarray, scene: Scene, size: int) -> tuple[
            np.ndarray, np.ndarray]:
        """Colours [size, size, 3] in [0, 255], and where the body is [size, size], for links at `positions`
        [links, 3] with `rotations` [links, 4]."""
        bullet = self._bullet
        links = [part.link for part in self._parts]
        turns = rotations[links]
        places = positions[links] + quaternions.rotate(turns, np.array(self._middles))
        turns = quaternions.multiply(turns, np.array(self._rests))
        for shape, place, (w, x, y, z) in zip(self._shapes, places.tolist(), turns.tolist(), strict=True):
            bullet.resetBasePositionAndOrientation(shape, place, (x, y, z, w))
        _, _, colours, _, owners = bullet.getCameraImage(
            size, size, scene.view.T.ravel().tolist(), scene.projection.T.ravel().tolist(),
            lightDirection=list(scene.light), lightColor=[1, 1, 1], shadow=0, lightAmbientCoeff=scene.ambient,
            lightDiffuseCoeff=1.05 - scene.ambient, lightSpecularCoeff=0, renderer=bullet.ER_TINY_RENDERER)
        return np.asarray(colours, np.uint8).reshape(size, size, 4)[..., :3], np.reshape(owners, (size, size)) >= 0


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keeps away the line that pybullet writes when it is loaded."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number, _ in kept:
            os.dup2(nowhere, number)
        yield
    finally:
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)
        os.close(nowhere)
