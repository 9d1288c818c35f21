"""Views of a covered model on a turntable, seen by a camera in mild perspective, on black.

Only sums and products of single numbers are used, no matrix library, so that the same views come out bit for bit.
"""
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from points import Points

VIEWS = 36
# Of the camera above the horizon, in radians.
ELEVATIONS = (0.10, 0.25, 0.40, 0.55, 0.70)
# From the middle of the object, in radii of the sphere around it.
CAMERA_DISTANCE = 5.0
# Of half a frame, that the object reaches in its widest view.
FILLED = 0.94
# Lambert's law, with a light to the left, above and in front of the turntable.
AMBIENT = 0.35
LIGHT = np.array([-0.45, 0.70, 0.55]) / np.sqrt(0.45 ** 2 + 0.70 ** 2 + 0.55 ** 2)
# Pixels between points in the middle of the object. Those in front of it are at most 1.25 times as far apart.
DENSITY = 0.6


@dataclass
class Turntable:
    """Frames of `size` pixels, each the mean of `fineness` x `fineness` finer ones."""
    size: int
    fineness: int
    distance: float  # of the camera, in the model's units
    zoom: float      # fine pixels on the screen at distance 1
    radius: float

    @classmethod
    def around(cls, positions: np.ndarray, size: int, fineness: int) -> 'Turntable':
        """The one at which a model with these positions [vertices, 3] just stays in the frame in every view."""
        radius = float(np.sqrt((positions ** 2).sum(1)).max())
        distance = CAMERA_DISTANCE * radius
        widest = 0.0
        for azimuth in _azimuths():
            x, y, z = _turned(positions.T, azimuth)
            for elevation in ELEVATIONS:
                up, near = _raised(y, z, elevation)
                widest = max(widest, float((np.maximum(np.abs(x), np.abs(up)) / (distance - near)).max()))
        return cls(size, fineness, distance, FILLED * size * fineness / 2 / widest, radius)

    @property
    def spacing(self) -> float:
        """Of the points that cover a model, in its units."""
        return DENSITY * self.distance / self.zoom

    def turn(self, points: Points, elevation: float) -> Iterator[np.ndarray]:
        """Frames [size, size, 3] uint8, once around the object; the first follows the last."""
        for azimuth in _azimuths():
            yield self._frame(points, azimuth, elevation)

    def _frame(self, points: Points, azimuth: float, elevation: float) -> np.ndarray:
        x, y, z = _turned(points.position, azimuth)
        up, near = _raised(y, z, elevation)
        side = self.size * self.fineness
        zoom = np.float32(self.zoom) / (np.float32(self.distance) - near)
        column = (x * zoom + np.float32(side / 2)).astype(np.int32)
        row = (np.float32(side / 2) - up * zoom).astype(np.int32)
        # From the farthest to the nearest, in 65,536 steps: the last point drawn at a pixel is the one seen.
        depth = ((near + np.float32(self.radius)) * np.float32(32767 / self.radius)).astype(np.uint16)
        order = np.argsort(depth, kind='stable')
        seen = np.full(side * side, -1, np.int32)
        seen[(row * side + column)[order]] = order
        pixels = np.flatnonzero(seen >= 0)
        seen = seen[pixels]

        # The side of a face that is seen is lit, whichever way the face was drawn.
        face_x, face_y, face_z = _turned(points.face[:, seen], azimuth)
        camera_y, camera_z = self.distance * np.sin(elevation), self.distance * np.cos(elevation)
        facing = np.sign(
            face_y * np.float32(camera_y) + face_z * np.float32(camera_z)
            - face_x * x[seen] - face_y * y[seen] - face_z * z[seen])
        normal_x, normal_y, normal_z = _turned(points.normal[:, seen], azimuth)
        light = LIGHT.astype(np.float32)
        lit = np.maximum(facing * (normal_x * light[0] + normal_y * light[1] + normal_z * light[2]), 0)
        fine = np.zeros((3, side * side), np.float32)
        fine[:, pixels] = points.colour[:, seen] * (np.float32(AMBIENT) + np.float32(1 - AMBIENT) * lit)
        blocks = fine.reshape(3, self.size, self.fineness, self.size, self.fineness)
        total = sum(blocks[:, :, i, :, j] for i in range(self.fineness) for j in range(self.fineness))
        return np.rint(total.transpose(1, 2, 0) * np.float32(255 / self.fineness ** 2)).astype(np.uint8)


def _azimuths() -> Iterator[float]:
    return (2 * np.pi * view / VIEWS for view in range(VIEWS))


def _turned(vectors: np.ndarray, azimuth: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors [3, any] after a turn around the vertical: x to the right, y up, z to the front."""
    x, y, z = vectors
    cosine, sine = vectors.dtype.type(np.cos(azimuth)), vectors.dtype.type(np.sin(azimuth))
    return cosine * x + sine * z, y, cosine * z - sine * x


def _raised(y: np.ndarray, z: np.ndarray, elevation: float) -> tuple[np.ndarray, np.ndarray]:
    """How far up on the screen, and how near, for a camera at an elevation."""
    cosine, sine = y.dtype.type(np.cos(elevation)), y.dtype.type(np.sin(elevation))
    return cosine * y - sine * z, sine * y + cosine * z
