"""Makes the clips of a plan.

  OUT/labels.csv                                 clip,split,body,action,scene
  OUT/clips/body01-walking-lawn/000.png ...      80 frames, RGB
  OUT/clips/body01-walking-lawn/factors.csv      in each frame: phase of the motion, position of the root, azimuth
  OUT/LICENSE.txt, OUT/AUTHORS.txt, OUT/ATTRIBUTION.txt
"""
import itertools
from pathlib import Path

import numpy as np
from PIL import Image

import bodies
import clips
import motions
import performances
import skeleton
from drawing import Artist
from material import clip_files
from material.command import Order
from material.output_folder import OutputFolder
from material.progress import Progress
from performances import ACTIONS
from plan import FRAMES, Plan, clip_folder, make_plan
from scenes import OVERSAMPLING, SCENES

SEED = 25
LICENCES = ('LICENSE.txt', 'AUTHORS.txt')


def make(order: Order, progress: Progress) -> None:
    plan = make_plan(order.size, order.is_quick)
    with OutputFolder(order.out, 'ATTRIBUTION.txt', plan.attribution()) as output:
        for name in LICENCES:
            output.write(name, (order.source / 'pybullet-3.2.7.dist-info' / name).read_bytes())
        _draw(output, plan, order.source / 'pybullet_data', progress)
        output.finish(plan.labels())


def _draw(output: OutputFolder, plan: Plan, data: Path, progress: Progress) -> None:
    """Makes the clips that are missing."""
    humanoid = skeleton.read(data / 'humanoid' / 'humanoid.urdf')
    captured = {
        action: performances.prepared(action, motions.read(data / 'data' / 'motions' / f'humanoid3d_{action.file}.txt'))
        for action in plan.actions}
    backgrounds = {scene: scene.background(OVERSAMPLING * plan.size) for scene in plan.scenes}
    artist, everybody = Artist(), bodies.bodies()
    missing = [key for key in plan.clips if not output.holds(clip_folder(*key), clip_files.names(FRAMES))]
    progress.begin('clips', len(plan.clips), len(missing))
    for number, of_body in itertools.groupby(missing, key=lambda key: key[0]):
        body = everybody[number]
        grown = bodies.grown(humanoid, body)
        parts = bodies.parts(grown, body)
        artist.take(parts)
        for _, action, scene in of_body:
            generator = np.random.default_rng([SEED, number, ACTIONS.index(action), SCENES.index(scene)])
            performance = performances.perform(action, captured[action], grown, body, parts, FRAMES, generator)
            pictures = clips.frames(artist, parts, performance, scene, backgrounds[scene])
            rows = [[f'{value:.5f}' for value in row] for row in clips.factors(performance, scene)]
            with output.new_folder(clip_folder(number, action, scene)) as folder:
                clip_files.write(folder, map(Image.fromarray, pictures), clip_files.table(clips.FACTORS, rows))
            progress.step()
