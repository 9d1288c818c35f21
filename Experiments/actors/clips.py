"""What a clip holds: its pictures, and what moves in them."""
import numpy as np

import quaternions
from bodies import Part
from drawing import Artist
from performances import Performance
from scenes import OVERSAMPLING, SHADOW, Scene

FACTORS = ('phase.cos', 'phase.sin', 'position.x', 'position.y', 'azimuth.cos', 'azimuth.sin')


def frames(
    artist: Artist, parts: list[Part], performance: Performance, scene: Scene, background: np.ndarray
) -> np.ndarray:
    """The pictures of a clip, [frames, size, size, 3] of bytes; `background` is the scene's, before it is reduced."""
    drawn = len(background)
    size = drawn // OVERSAMPLING
    result = np.empty((len(performance.phases), size, size, 3), np.uint8)
    lit, shaded = background, np.rint((1 - SHADOW) * background).astype(np.uint8)
    for number, (positions, rotations) in enumerate(zip(performance.positions, performance.rotations, strict=True)):
        colours, is_body = artist.draw(positions, rotations, scene, drawn)
        is_shaded = scene.shadow(parts, positions, rotations, drawn)
        picture = np.where(is_body[..., None], colours, np.where(is_shaded[..., None], shaded, lit))
        blocks = picture.reshape(size, OVERSAMPLING, size, OVERSAMPLING, 3).sum(axis=(1, 3), dtype=np.uint16)
        result[number] = (blocks + OVERSAMPLING ** 2 // 2) // OVERSAMPLING ** 2
    return result


def factors(performance: Performance, scene: Scene) -> np.ndarray:
    """[frames, FACTORS]: the angle of the motion; the root's place in the picture, to the right and down, in [0, 1];
    and the side that the root faces, as an angle that is 0 towards the camera and a quarter turn to the right."""
    place = scene.in_picture(performance.positions[:, 0])
    forward = quaternions.rotate(performance.rotations[:, 0], np.array([1.0, 0, 0]))
    right, back = scene.view[0, :3], scene.view[2, :3] * np.array([1, 0, 1])
    azimuth = np.arctan2(forward @ right, forward @ back / np.linalg.norm(back))
    phase = performance.phases
    return np.stack([np.cos(phase), np.sin(phase), place[:, 0], place[:, 1], np.cos(azimuth), np.sin(azimuth)], axis=1)
