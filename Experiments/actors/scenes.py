"""The four scenes: a camera that stands still, a floor, a wall behind, and one light.

Lengths are metres, y is up, and the bodies move around the origin. Pictures are square.
"""
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

import quaternions
from bodies import Colour, Part

# Pixels of a drawing for one of a frame, along each side.
OVERSAMPLING = 2
# How far behind the origin the wall is.
WALL = 3.5
# Of the light on the floor that a body takes away.
SHADOW = 0.42
SEED = 7


@dataclass(frozen=True)
class Surface:
    """Two colours, mixed by a pattern whose period is `period` metres along each of its two directions."""
    # 'plain', 'tiles', 'bricks', 'rise' (from the first colour to the second, upwards) or 'noise'.
    pattern: str
    first: Colour
    second: Colour
    period: tuple[float, float] = (1.0, 1.0)

    def colours(self, across: np.ndarray, along: np.ndarray) -> np.ndarray:
        """[..., 3] in [0, 1] at places `across` and `along` in metres."""
        u, v = across / self.period[0], along / self.period[1]
        if self.pattern == 'plain':
            share = np.zeros(u.shape)
        elif self.pattern == 'tiles':
            share = ((np.floor(u) + np.floor(v)) % 2).astype(float)
        elif self.pattern == 'bricks':
            shifted = u + 0.5 * (np.floor(v) % 2)
            share = ((shifted % 1 < 0.06) | (v % 1 < 0.14)).astype(float)
        elif self.pattern == 'rise':
            share = np.clip(v, 0, 1)
        else:
            share = _noise(u, v)
        return np.array(self.first) + share[..., None] * (np.array(self.second) - np.array(self.first))


@dataclass(frozen=True)
class Scene:
    name: str
    # Of the camera: metres from the origin along the ground and above it; degrees around the vertical.
    distance: float
    height: float
    azimuth: float
    # What the camera looks at is this high above the origin, and the picture shows this many metres there.
    aim: float
    extent: float
    floor: Surface
    wall: Surface
    # Towards the light.
    light: tuple[float, float, float]
    # The part of the light that comes from everywhere.
    ambient: float

    @cached_property
    def camera(self) -> np.ndarray:
        angle = np.radians(self.azimuth)
        return np.array([self.distance * np.sin(angle), self.height, self.distance * np.cos(angle)])

    @cached_property
    def view(self) -> np.ndarray:
        """From the world to the camera, which looks along -z: [4, 4]."""
        back = self.camera - np.array([0, self.aim, 0])
        back /= np.linalg.norm(back)
        right = np.cross([0, 1, 0], back)
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(back, right), back])
        result = np.eye(4)
        result[:3, :3], result[:3, 3] = axes, -axes @ self.camera
        return result

    @cached_property
    def projection(self) -> np.ndarray:
        """From the camera to the cube of -1 to 1, OpenGL's: [4, 4]."""
        near, far = 0.1, 50.0
        return np.array([
            [self._zoom, 0, 0, 0], [0, self._zoom, 0, 0],
            [0, 0, (far + near) / (near - far), 2 * far * near / (near - far)], [0, 0, -1, 0]])

    @property
    def _zoom(self) -> float:
        reach = np.linalg.norm(self.camera - np.array([0, self.aim, 0]))
        return float(2 * reach / self.extent)

    def in_picture(self, points: np.ndarray) -> np.ndarray:
        """Where points [..., 3] are seen: x to the right and y down, [..., 2], in [0, 1] within the picture."""
        seen = points @ self.view[:3, :3].T + self.view[:3, 3]
        flat = self._zoom * seen[..., :2] / -seen[..., 2:]
        return (1 + flat * np.array([1, -1])) / 2

    def background(self, size: int) -> np.ndarray:
        """The picture without a body: [size, size, 3] in [0, 255]."""
        steps = (2 * np.arange(size) + 1) / size - 1
        right, up = np.meshgrid(steps / self._zoom, -steps / self._zoom)
        rays = np.stack([right, up, -np.ones_like(right)], axis=-1) @ self.view[:3, :3]
        with np.errstate(divide='ignore', invalid='ignore'):
            to_floor = -self.camera[1] / rays[..., 1]
            to_wall = (-WALL - self.camera[2]) / rays[..., 2]
        is_floor = (to_floor > 0) & (to_floor < to_wall)
        at_floor = self.camera + np.where(is_floor, to_floor, 1)[..., None] * rays
        at_wall = self.camera + to_wall[..., None] * rays
        colours = np.where(
            is_floor[..., None], self.floor.colours(at_floor[..., 0], at_floor[..., 2]),
            self.wall.colours(at_wall[..., 0], at_wall[..., 1]))
        return np.rint(255 * np.clip(colours, 0, 1)).astype(np.uint8)

    def shadow(self, parts: list[Part], positions: np.ndarray, rotations: np.ndarray, size: int) -> np.ndarray:
        """Where the body keeps the light from the floor: [size, size], 0 or 1.

        The links are at `positions` [links, 3] with `rotations` [links, 4]. A capsule's shadow is drawn as that of
        balls along it.
        """
        links = [part.link for part in parts]
        ends = np.array([[part.start, part.end] for part in parts])
        shares = np.linspace(0, 1, 5)[:, None]
        along = ends[:, None, 0] + shares * (ends[:, None, 1] - ends[:, None, 0])
        balls = positions[links][:, None] + quaternions.rotate(rotations[links][:, None], along)
        light = np.array(self.light)
        on_floor = balls - balls[..., 1:2] / light[1] * light
        radii = np.array([part.radius for part in parts])[:, None, None]
        right = radii * self.view[0, :3]
        away = radii * np.cross([0, 1, 0], self.view[0, :3])
        middles = self.in_picture(on_floor)
        widths = np.abs(self.in_picture(on_floor + right) - middles)[..., 0]
        heights = np.abs(self.in_picture(on_floor + away) - middles)[..., 1]
        boxes = size * np.stack([
            middles[..., 0] - widths, middles[..., 1] - heights, middles[..., 0] + widths, middles[..., 1] + heights],
            axis=-1)
        picture = Image.new('L', (size, size))
        pen = ImageDraw.Draw(picture)
        for box in boxes.reshape(-1, 4).tolist():
            pen.ellipse(box, fill=1)
        return np.asarray(picture, dtype=np.uint8)


def _noise(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Random values in [0, 1] at whole u and v, always the same ones, and straight lines between them."""
    values = np.random.default_rng(SEED).random((64, 64))
    column, row = np.floor(u).astype(int), np.floor(v).astype(int)
    x, y = u - column, v - row

    def at(down: int, right: int) -> np.ndarray:
        return values[(row + down) % 64, (column + right) % 64]
    return (1 - y) * ((1 - x) * at(0, 0) + x * at(0, 1)) + y * ((1 - x) * at(1, 0) + x * at(1, 1))


SCENES = (
    Scene('lawn', distance=7, height=1.4, azimuth=0, aim=0.85, extent=3.0,
          floor=Surface('noise', (0.30, 0.50, 0.20), (0.46, 0.66, 0.30), (0.18, 0.30)),
          wall=Surface('rise', (0.84, 0.90, 0.94), (0.45, 0.64, 0.88), (1, 3.5)), light=(-2, 5, 2.5), ambient=0.55),
    Scene('street', distance=8, height=2.0, azimuth=24, aim=0.9, extent=3.3,
          floor=Surface('noise', (0.40, 0.40, 0.42), (0.56, 0.56, 0.56), (0.12, 0.2)),
          wall=Surface('bricks', (0.60, 0.34, 0.26), (0.78, 0.72, 0.66), (0.50, 0.25)), light=(2.5, 5, 2),
          ambient=0.6),
    Scene('hall', distance=6, height=3.2, azimuth=-20, aim=0.8, extent=3.0,
          floor=Surface('tiles', (0.78, 0.70, 0.56), (0.62, 0.50, 0.36), (0.6, 0.6)),
          wall=Surface('plain', (0.90, 0.88, 0.80), (0.90, 0.88, 0.80)), light=(-1, 6, 1.5), ambient=0.65),
    Scene('studio', distance=6, height=0.7, azimuth=8, aim=0.9, extent=3.0,
          floor=Surface('plain', (0.22, 0.22, 0.28), (0.22, 0.22, 0.28)),
          wall=Surface('rise', (0.32, 0.30, 0.42), (0.10, 0.10, 0.16), (1, 3.0)), light=(3, 4, 4), ambient=0.4),
)
