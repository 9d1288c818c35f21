"""Rotations as unit quaternions (w, x, y, z) along the last axis; the other axes are broadcast."""
import numpy as np

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


def multiply(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The rotation `right` followed by `left`."""
    a, b = np.moveaxis(left, -1, 0), np.moveaxis(right, -1, 0)
    return np.stack([
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ], axis=-1)


def inverse(rotation: np.ndarray) -> np.ndarray:
    return rotation * np.array([1.0, -1.0, -1.0, -1.0])


def rotate(rotation: np.ndarray, vector: np.ndarray) -> np.ndarray:
    axis = rotation[..., 1:]
    twice = 2 * np.cross(axis, vector)
    return vector + rotation[..., :1] * twice + np.cross(axis, twice)


def about(axis: tuple[float, float, float], angle: np.ndarray | float) -> np.ndarray:
    """A rotation by `angle` (radians) about the unit vector `axis`."""
    half = np.asarray(angle, dtype=float)[..., None] / 2
    return np.concatenate([np.cos(half), np.sin(half) * np.array(axis)], axis=-1)


def between(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Spherical interpolation along the shorter arc; `share` runs from 0 to 1 and lacks the last axis."""
    cosine = np.sum(start * end, axis=-1, keepdims=True)
    end = np.where(cosine < 0, -end, end)
    angle = np.arccos(np.clip(np.abs(cosine), 0, 1))
    share = np.broadcast_to(share, cosine.shape[:-1])[..., None]
    # Of almost equal rotations the straight line is exact to rounding, and the sine vanishes.
    is_close = angle < 1e-4
    sine = np.where(is_close, 1, np.sin(angle))
    first = np.where(is_close, 1 - share, np.sin((1 - share) * angle) / sine)
    second = np.where(is_close, share, np.sin(share * angle) / sine)
    mixed = first * start + second * end
    return mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)


def from_z_axis(direction: np.ndarray) -> np.ndarray:
    """A rotation that turns the z axis into `direction`, [3]."""
    unit = direction / np.linalg.norm(direction)
    if unit[2] < -0.999999:
        return np.array([0.0, 1.0, 0.0, 0.0])
    result = np.array([1 + unit[2], -unit[1], unit[0], 0.0])
    return result / np.linalg.norm(result)
