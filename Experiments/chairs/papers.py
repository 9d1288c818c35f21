"""The files beside the pictures: labels, licences, and who made the models."""
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

import catalogue
from catalogue import LIBRARIES, Seat
from designs import LETTERS
from material.clip_files import table
from material.output_folder import OutputFolder
from points import DARKEST
from turntable import ELEVATIONS, VIEWS

ATTRIBUTION = f"""\
Pictures of seats, rendered from 3D models of the Debian package sweethome3d-furniture 1.8-1, which collects models for
Sweet Home 3D (http://www.sweethome3d.com). The models were changed: they were scaled to the frame, put on a black
background, lit by one light, and black colours were made lighter (0 to {DARKEST} of 1). Of each there are {len(LETTERS)} designs: a is the
model's own, the others have other proportions and are painted. Each was rendered from
{VIEWS} sides and at {len(ELEVATIONS)} elevations of the camera, in radians; a quick version has fewer.

The licences: LICENSE-LIBRARY.txt are those of the libraries, LICENSE-models those that came with single models, and
LICENSE-package.txt is the package's own list.

The kind of a seat in labels.csv follows from its name in the catalogue of the library: lounger (deck chair, beach
chair, relax chair, pool lounge), armchair, sofa (sofa, couch), stool (stool, puff, bar chair), bench, and else chair;
a folding chair without a back is a stool. The place is outdoor for the category Exterior of the catalogue, and else
indoor. Tone and hue follow from the mean colour of the object in its pictures.

"""
LICENCES = {
    'BlendSwap-CC-0': 'CC0',
    'BlendSwap-CC-BY': 'CC BY 3.0',
    'KatorLegaz': 'CC BY 3.0 US, (C) Andrew Kator & Jennifer Legaz',
    'Scopia': 'CC BY 3.0, (C) Emmanuel Puybaret / eTeks and Scopia Visual Interfaces Systems, s.l.',
}
# Of the mean colour 0...255: tones end at these luminances, and a colour is neutral if its channels differ by less
# than this share of the largest.
TONES = (('dark', 75.0), ('medium', 104.0), ('light', 255.0))
NEUTRAL = 0.12


def write_licences(output: OutputFolder, package: Path, objects: dict[str, Seat]) -> None:
    output.write('LICENSE-package.txt', (package / 'usr/share/doc/sweethome3d-furniture/copyright').read_bytes())
    for library in LIBRARIES:
        with catalogue.archive(package, library) as archive:
            output.write(f'LICENSE-{library}.txt', archive.read('LICENSE.TXT'))
            names = archive.namelist()
            for seat in objects.values():
                for path in names:
                    if seat.library == library and path.startswith(f'{seat.folder}/') and 'license' in path.lower():
                        name = PurePosixPath(path).name
                        output.write(f'LICENSE-models/{seat.key}/{name}', archive.read(path))
    lines = [
        f'{name}: "{seat.name}" by {seat.creator}, {seat.library}, {LICENCES[seat.library]}\n'
        for name, seat in objects.items()]
    output.write('ATTRIBUTION.txt', ATTRIBUTION + ''.join(lines))


def labels(objects: dict[str, tuple[Seat, str, list[Path]]]) -> str:
    """The text of labels.csv: one row an object; tone and hue are those of its pictures."""
    rows = []
    for name, (seat, split, pictures) in objects.items():
        frames = np.stack([np.asarray(Image.open(picture)) for picture in pictures])
        mean = frames[frames.any(-1)].mean(0)
        rows.append((name, split, seat.kind, seat.library, _place(seat), _tone(mean), _hue(mean)))
    return table(('object', 'split', 'kind', 'library', 'place', 'tone', 'hue'), rows)


def _place(seat: Seat) -> str:
    return 'outdoor' if seat.category == 'Exterior' else 'indoor'


def _tone(mean: np.ndarray) -> str:
    luminance = float((mean * (0.299, 0.587, 0.114)).sum())
    return next(name for name, end in TONES if luminance <= end)


def _hue(mean: np.ndarray) -> str:
    if mean.max() - mean.min() < NEUTRAL * mean.max():
        return 'neutral'
    return 'warm' if mean[0] == mean.max() else 'cold'
