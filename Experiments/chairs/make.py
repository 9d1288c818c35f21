"""Renders the seats of sweethome3d-furniture from all sides, arranged as docs/data/suncg.md describes.

OUT/NNN-LIBRARY-MODEL-D/elevation_E/p200-64_1.png ... p200-64_36.png; NNN is the number of the seat, those for training first,
and D the letter of a design.
"""
import itertools
import json
import zipfile

from PIL import Image

import catalogue
import papers
from catalogue import Seat
from designs import LETTERS, Design
from material.clip_files import HELD_OUT, TRAINING
from material.command import Order
from material.faults import Fault
from material.output_folder import OutputFolder
from material.progress import Progress
from model import read_model
from points import cover
from split import divided
from turntable import ELEVATIONS, VIEWS, Turntable

PICTURES = [f'p200-64_{view + 1}.png' for view in range(VIEWS)]
# Fine pixels along a pixel, by the size of frames.
FINENESS = {64: 3, 128: 2}
# --quick takes one object of so many, and the lowest and the highest elevation.
QUICK_STEP = 95


def make(order: Order, progress: Progress) -> None:
    try:
        _render(order, progress)
    except (zipfile.BadZipFile, KeyError) as error:
        raise Fault(
            f'{order.source} is not the package as it was: {error}; remove it to have it downloaded again') from None


def _render(order: Order, progress: Progress) -> None:
    training, held_out = divided(catalogue.seats(order.source))
    objects = {
        f'{number:03}-{seat.key}-{letter}': (seat, Design.of(seat, letter))
        for (number, seat), letter in itertools.product(enumerate(training + held_out), LETTERS)}
    splits = {name: TRAINING if seat in training else HELD_OUT for name, (seat, _) in objects.items()}
    elevations = ELEVATIONS
    if order.is_quick:
        objects = dict(list(objects.items())[::QUICK_STEP])
        elevations = ELEVATIONS[::len(ELEVATIONS) - 1]
    settings = json.dumps({'material': 'chairs', 'designs': LETTERS, 'size': order.size, 'quick': order.is_quick}) + '\n'
    with OutputFolder(order.out, 'settings.json', settings) as output:
        papers.write_licences(output, order.source, {name: seat for name, (seat, _) in objects.items()})
        turns = list(itertools.product(objects, elevations))
        missing = [turn for turn in turns if not output.holds(_folder(*turn), PICTURES)]
        progress.begin('turns', len(turns), len(missing))
        for name, of_object in itertools.groupby(missing, key=lambda turn: turn[0]):
            _render_object(output, order, name, *objects[name], [elevation for _, elevation in of_object], progress)
        output.finish(papers.labels({
            name: (seat, splits[name], [output.path / _folder(name, elevations[0]) / picture for picture in PICTURES])
            for name, (seat, _) in objects.items()}))


def _render_object(
    output: OutputFolder, order: Order, name: str, seat: Seat, design: Design, elevations: list[float],
    progress: Progress
) -> None:
    with catalogue.archive(order.source, seat.library) as archive:
        model = read_model(archive, seat.path)
    model.positions = design.stretched(seat.placed(model.positions))
    table = Turntable.around(model.positions, order.size, FINENESS[order.size])
    points = design.painted(cover(model, table.spacing))
    for elevation in elevations:
        with output.new_folder(_folder(name, elevation)) as folder:
            for picture, pixels in zip(PICTURES, table.turn(points, elevation), strict=True):
                Image.fromarray(pixels).save(folder / picture)
        progress.step()


def _folder(name: str, elevation: float) -> str:
    return f'{name}/elevation_{elevation:.2f}'
