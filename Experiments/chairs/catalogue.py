"""The seats among the models of the package, from the catalogue of each library: what they are, and where from.

A library is a zip (.sh3f) with a catalogue, PluginFurnitureCatalog.properties, of lines `key#number=value`.
"""
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LIBRARIES = ('BlendSwap-CC-0', 'BlendSwap-CC-BY', 'KatorLegaz', 'Scopia')
# The kind of a seat is that of the first words found in its name in the catalogue, in this order.
KINDS = (
    ('lounger', ('deck chair', 'beach chair', 'relax chair', 'pool lounge')),
    ('armchair', ('armchair',)),
    ('sofa', ('sofa', 'couch')),
    ('stool', ('stool', 'puff', 'bar chair')),
    ('bench', ('bench', 'wood bank')),
    ('chair', ('chair', 'class seat')),
)
# Names that contain those words, of what is no seat or no single one.
NO_SEATS = ('Workbench', 'Abdominal bench', 'Opened convertible sofa BZ')
# By the key of a seat, where the name misleads: this folding chair has no back.
CORRECTED = {'blendswap-cc-0-foldingchair': 'stool'}


@dataclass(frozen=True)
class Seat:
    key: str         # the library and the model, unlike those of all others
    library: str
    folder: str      # of the model in its library's archive
    path: str        # of the OBJ file
    name: str
    kind: str
    category: str    # in the catalogue, such as Living room
    creator: str
    size: tuple[float, ...]      # width, height and depth in cm
    rotation: tuple[float, ...]  # 3 x 3, row by row, from the file to y up and z to the front

    def placed(self, positions: np.ndarray) -> np.ndarray:
        """Positions [vertices, 3] of the file as the catalogue shows them: turned, in cm, around the middle."""
        matrix = np.array(self.rotation).reshape(3, 3)
        turned = np.stack([(positions * row).sum(1) for row in matrix], 1)
        low, high = turned.min(0), turned.max(0)
        return (turned - (low + high) / 2) * (np.array(self.size) / np.maximum(high - low, 1e-9))


def seats(package: Path) -> list[Seat]:
    """All seats of the libraries in the folder of the package."""
    return [seat for library in LIBRARIES for seat in _of_library(package, library)]


def archive(package: Path, library: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(package / f'usr/share/sweethome3d/furniture/{library}.sh3f')


def _of_library(package: Path, library: str) -> list[Seat]:
    with archive(package, library) as files:
        text = files.read('PluginFurnitureCatalog.properties').decode('latin-1')
    entries: dict[int, dict[str, str]] = {}
    for key, number, value in re.findall(r'(?m)^(\w+)#(\d+)=(.*?)\s*$', text):
        entries.setdefault(int(number), {})[key] = value
    found = []
    for entry in entries.values():
        kind = _kind(entry['name'])
        if kind:
            path = entry['model'].lstrip('/')
            folder = path.rpartition('/')[0]
            key = f'{library}-{folder.rpartition("/")[2]}'.lower()
            found.append(Seat(
                key, library, folder, path, entry['name'], CORRECTED.get(key, kind), entry['category'],
                entry['creator'], tuple(float(entry[side]) for side in ('width', 'height', 'depth')),
                tuple(float(value) for value in entry.get('modelRotation', '1 0 0 0 1 0 0 0 1').split())))
    return found


def _kind(name: str) -> str | None:
    if name in NO_SEATS:
        return None
    return next((kind for kind, words in KINDS if any(word in name.lower() for word in words)), None)
