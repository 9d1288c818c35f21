"""Covers the triangles of a model with coloured points, so dense that no view shows a gap between them."""
from dataclasses import dataclass

import numpy as np

from model import Material, Model

# Black parts are seen on a black background: diffuse colours 0...1 become 0.22...1.
DARKEST = 0.22


@dataclass
class Points:
    """Arrays [3, points] float32: places in the model's units, unit normals, and colours 0...1."""
    position: np.ndarray
    normal: np.ndarray   # smooth, for shading
    face: np.ndarray     # of the triangle, for the side that is seen
    colour: np.ndarray


def cover(model: Model, spacing: float) -> Points:
    """Points on a lattice in each triangle, `spacing` or less apart along its two shorter sides."""
    corners = model.positions[model.corners]
    # The corner between the two shorter sides comes first.
    sides = np.stack([_length(corners[:, (k + 1) % 3] - corners[:, (k + 2) % 3]) for k in range(3)], 1)
    turn = (sides.argmax(1)[:, None] + np.arange(3)) % 3
    rows = np.arange(len(turn))[:, None]
    corners, coordinates = corners[rows, turn], model.coordinates[rows, turn]
    faces, smooth = model.normals()
    smooth = smooth[rows, turn]

    steps = [np.maximum(np.ceil(_length(corners[:, k] - corners[:, 0]) / spacing), 1).astype(int) for k in (1, 2)]
    cells = steps[0] * steps[1]
    triangle = np.repeat(np.arange(len(cells)), cells)
    cell = np.arange(cells.sum()) - np.repeat(cells.cumsum() - cells, cells)
    row, column = cell // steps[1][triangle], cell % steps[1][triangle]
    is_inside = row / steps[0][triangle] + column / steps[1][triangle] < 1
    triangle, row, column = triangle[is_inside], row[is_inside], column[is_inside]
    first, second = (row + 0.5) / steps[0][triangle], (column + 0.5) / steps[1][triangle]
    # Cells cut by the longest side have their point on it.
    beyond = np.maximum(first + second, 1)
    weights = np.stack([1 - (first + second) / beyond, first / beyond, second / beyond], 1)

    def mixed(values: np.ndarray) -> np.ndarray:
        return sum(values[triangle, k] * weights[:, k, None] for k in range(3))

    colour, is_solid = _colours(model, triangle, mixed(coordinates), coordinates)
    return Points(*(
        np.ascontiguousarray(values[is_solid].T, dtype=np.float32)
        for values in (mixed(corners), mixed(smooth), faces[triangle], DARKEST + (1 - DARKEST) * colour)))


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.sqrt((vectors ** 2).sum(-1))


def _colours(
    model: Model, triangle: np.ndarray, place: np.ndarray, coordinates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The diffuse colour [points, 3] of each point, and whether it is solid: a texture may have holes."""
    colour = np.zeros((len(triangle), 3))
    is_solid = np.ones(len(triangle), bool)
    material = model.material[triangle]
    points = np.bincount(triangle, minlength=len(coordinates))
    sides = coordinates[:, 1:] - coordinates[:, :1]
    areas = np.abs(sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0]) / 2
    for index, kind in enumerate(model.materials):
        of_kind = material == index
        if kind.texture is None:
            colour[of_kind] = kind.colour
        elif of_kind.any():
            triangles = model.material == index
            texels = _texels(kind, areas[triangles].sum() / max(points[triangles].sum(), 1), place[of_kind])
            colour[of_kind], is_solid[of_kind] = texels[:, :3] / 255, texels[:, 3] >= 128
    return colour, is_solid


def _texels(material: Material, area: float, place: np.ndarray) -> np.ndarray:
    """The texels [points, 4] at texture coordinates, of the texture shrunk until a point has about one texel.

    `area` is that of a point, in texture coordinates.
    """
    texture = material.texture
    shrinking = int(np.sqrt(area * texture.width * texture.height))
    if shrinking > 1:
        texture = texture.reduce(min(shrinking, texture.width, texture.height))
    pixels = np.asarray(texture)
    height, width = pixels.shape[:2]
    column = np.floor(place[:, 0] * width).astype(int) % width
    row = np.floor(-place[:, 1] * height).astype(int) % height
    return pixels[row, column]
