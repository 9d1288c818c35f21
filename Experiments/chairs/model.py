"""Reads a model: triangles of an OBJ file, with colours and textures of its MTL file.

Sources: Wavefront's "Object Files (.obj)" and "MTL material format", as Blender and Sweet Home 3D write them.
"""
import posixpath
import zipfile
from dataclasses import dataclass

import numpy as np
from PIL import Image

# Of what the MTL file does not describe.
GREY = (0.6, 0.6, 0.6)
# Normals around a vertex are averaged where they differ by less than this from the face's, in degrees.
CREASE = 40.0


@dataclass
class Material:
    """A diffuse colour (Kd) [3] of 0...1, or a picture (map_Kd) in its place."""
    colour: tuple[float, ...] = GREY
    texture: Image.Image | None = None


@dataclass
class Model:
    positions: np.ndarray    # [vertices, 3] float64, y up
    corners: np.ndarray      # [triangles, 3] index of a position
    coordinates: np.ndarray  # [triangles, 3, 2] texture coordinates, 0 where there are none
    material: np.ndarray     # [triangles] index of a material
    materials: list[Material]

    def normals(self) -> tuple[np.ndarray, np.ndarray]:
        """Unit normals of the faces [triangles, 3], and of their corners [triangles, 3, 3], smooth but for creases."""
        _, place = np.unique(self.positions.round(4), axis=0, return_inverse=True)
        place = place.reshape(-1)[self.corners]
        a, b, c = (self.positions[self.corners[:, k]] for k in range(3))
        areas = np.cross(b - a, c - a)
        sums = np.zeros((place.max() + 1, 3))
        for corner in range(3):
            for axis in range(3):
                sums[:, axis] += np.bincount(place[:, corner], areas[:, axis], len(sums))
        faces, smooth = _unit(areas), _unit(sums)[place]
        is_smooth = (smooth * faces[:, None]).sum(-1, keepdims=True) > np.cos(np.radians(CREASE))
        return faces, np.where(is_smooth, smooth, faces[:, None])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.sqrt((vectors ** 2).sum(-1, keepdims=True)), 1e-12)


def read_model(archive: zipfile.ZipFile, path: str) -> Model:
    """Polygons become fans of triangles; lines and points are left out."""
    folder = posixpath.dirname(path)
    positions: list[list[float]] = []
    coordinates: list[list[float]] = [[0.0, 0.0]]
    corners: list[tuple[int, ...]] = []
    textured: list[tuple[int, ...]] = []
    material: list[int] = []
    materials: dict[str, Material] = {}
    indices: dict[str, int] = {}
    current = 0
    for line in archive.read(path).decode('latin-1').splitlines():
        word, _, rest = line.strip().partition(' ')
        if word == 'v':
            positions.append([float(value) for value in rest.split()[:3]])
        elif word == 'vt':
            coordinates.append([float(value) for value in rest.split()[:2]])
        elif word == 'f':
            vertices, pictured = [], []
            for corner in rest.split():
                vertex, _, others = corner.partition('/')
                vertices.append(_index(vertex, len(positions)))
                coordinate = others.partition('/')[0]
                # Coordinate 0 stands for none; those of the file begin with 1.
                pictured.append(_index(coordinate, len(coordinates) - 1) + 1 if coordinate else 0)
            for k in range(1, len(vertices) - 1):
                corners.append((vertices[0], vertices[k], vertices[k + 1]))
                textured.append((pictured[0], pictured[k], pictured[k + 1]))
                material.append(current)
        elif word == 'usemtl':
            current = indices.setdefault(rest.strip(), len(indices))
        elif word == 'mtllib':
            materials |= _read_materials(archive, folder, rest.strip())
    used = {index: name for name, index in indices.items()}
    return Model(
        np.array(positions), np.array(corners), np.array(coordinates)[np.array(textured)], np.array(material),
        [materials.get(used.get(index, ''), Material()) for index in range(max(len(used), 1))])


def _index(text: str, count: int) -> int:
    """From 0; the file counts from 1, or from the end with -1."""
    number = int(text)
    return number - 1 if number > 0 else count + number


def _read_materials(archive: zipfile.ZipFile, folder: str, library: str) -> dict[str, Material]:
    materials: dict[str, Material] = {}
    names = {name.lower(): name for name in archive.namelist()}
    current = Material()
    for line in archive.read(posixpath.join(folder, library)).decode('latin-1').splitlines():
        word, _, rest = line.strip().partition(' ')
        if word == 'newmtl':
            current = materials[rest.strip()] = Material()
        elif word == 'Kd':
            current.colour = tuple(float(value) for value in rest.split()[:3])
        elif word == 'map_Kd':
            # Textures lie beside the file. Some names differ in case; some files are not there.
            name = names.get(posixpath.join(folder, rest.strip()).lower())
            current.texture = Image.open(archive.open(name)).convert('RGBA') if name else None
    return materials
