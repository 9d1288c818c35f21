"""Makes labelled clips of dressed figures, a stand-in for the LPC Sprites of Li & Mandt (Disentangled Sequential
Autoencoder, ICML 2018), from the sheets of the free game Flare.

  Experiments/sprites/material OUT                 1,296 characters, 11,664 clips of 8 frames
  Experiments/sprites/material OUT --quick         24 characters, 216 clips, for tests
  Experiments/sprites/material OUT --size 128      frames of 128 x 128 px

A character has a sex and something on head, chest, legs and feet. It runs, swings an arm and casts a spell, each
to the left, to the right and to the front: 9 clips. 1,000 characters are for training, 296 are held out; these are new
combinations of clothes that are all seen in training.

  OUT/labels.csv                    clip,split,sex,head,chest,legs,feet,action,direction
  OUT/0001/run-left/000.png ...     8 frames, RGB
  OUT/0001/run-left/factors.csv     phase.cos,phase.sin: the phase of the action in each frame
  OUT/LICENSE.txt, OUT/LICENSE-credits.txt, OUT/ATTRIBUTION.txt
"""
from characters import FACTORS, choose
from clips import CLIPS, FRAMES, Tailor
from material import clip_files
from material.command import Order
from material.output_folder import OutputFolder
from material.progress import Progress

# Of the package: the folder of the figures, the licence, and who made them.
GAME = 'usr/share/games/flare/mods/fantasycore'
LICENCE = 'usr/share/doc/flare-game/copyright'
CREDITS = f'{GAME}/cutscenes/credits.txt'
ATTRIBUTION = """\
Figures of the game Flare, http://flarerpg.org
Copyright 2010-2021 Clint Bellanger and contributors: Clint Bellanger and Justin Nichol (lead visual artists),
Blarumyrran, Jessica Cox, Sarah Benalene, Scrittl, Stefan Beller (visual artists).
Licence: Creative Commons Attribution-ShareAlike 3.0 or later; its text is in LICENSE.txt, the game's list of all who
contributed is in LICENSE-credits.txt. The clips are an adaptation and are under the same licence.

Source: Debian package flare-game=1.14-1, mods/fantasycore: images/avatar, animations/avatar, engine/hero_layers.txt.
Changes: shadows were removed, colours brightened, clothes dyed, layers drawn over each other on black and scaled.
Made by Experiments/sprites of drnet: {characters} characters, {clips} clips of 8 frames of {size} x {size} px.
"""


def make(order: Order, progress: Progress) -> None:
    characters = choose(order.is_quick)
    clips = len(characters) * len(CLIPS)
    attribution = ATTRIBUTION.format(characters=len(characters), clips=clips, size=order.size)
    with OutputFolder(order.out, 'ATTRIBUTION.txt', attribution) as output:
        output.write('LICENSE.txt', (order.source / LICENCE).read_bytes())
        output.write('LICENSE-credits.txt', (order.source / CREDITS).read_bytes())
        tailor = Tailor(order.source / GAME, order.size)
        missing = [(name, classes) for name, _, classes in characters if not is_whole(output, name)]
        progress.begin('clips', clips, len(missing) * len(CLIPS))
        for name, classes in missing:
            with output.new_folder(name) as folder:
                for part, pictures, factors in tailor.clips(classes):
                    (folder / part).mkdir()
                    clip_files.write(folder / part, pictures, factors)
            progress.step(len(CLIPS))
        output.finish(labels(characters))


def is_whole(output: OutputFolder, name: str) -> bool:
    return all(output.holds(f'{name}/{part}', clip_files.names(FRAMES)) for part, _, _ in CLIPS)


def labels(characters: list[tuple[str, str, dict[str, str]]]) -> str:
    return clip_files.table(('clip', 'split', *FACTORS, 'action', 'direction'), [
        (f'{name}/{part}', split, *classes.values(), action, direction)
        for name, split, classes in characters for part, action, direction in CLIPS])
