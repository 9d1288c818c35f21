"""The characters: what each wears, and which are held out."""
import itertools
import random

from material import clip_files
from material.faults import Fault

# (file name of the layer's sheet, without sex and ending; its dye) of each class. Left out: bare chests and legs, and
# what one sex lacks or has with faults. Blue and violet pieces of a layer differ in cut as well. Hands are bare: of gloves
# and sleeves too few pixels are seen.
WARDROBE = {
    'head': {'hair': ('head_short', None), 'greenCoif': ('chain_coif', 'green'), 'goldHelm': ('plate_helm', 'gold'),
             'whiteHood': ('mage_hood', 'white'), 'blueHood': ('mage_hood', 'blue'), 'redHood': ('mage_hood', 'red')},
    'chest': {'whiteShirt': ('cloth_shirt', 'white'), 'redLeather': ('leather_chest', 'red'),
              'blueChain': ('chain_cuirass', 'blue'), 'goldPlate': ('plate_cuirass', 'gold'),
              'violetVest': ('mage_vest', 'violet'), 'greenVest': ('mage_vest', 'green')},
    'legs': {'goldLeather': ('leather_pants', 'gold'), 'blueChain': ('chain_greaves', 'blue'),
             'greenPlate': ('plate_greaves', 'green'), 'whiteSkirt': ('mage_skirt', 'white'),
             'violetSkirt': ('mage_skirt', 'violet'), 'redSkirt': ('mage_skirt', 'red')},
    'feet': {'redLeather': ('leather_boots', 'red'), 'blueLeather': ('leather_boots', 'blue'),
             'greenChain': ('chain_boots', 'green'), 'goldPlate': ('plate_boots', 'gold'),
             'whitePlate': ('plate_boots', 'white'), 'violet': ('mage_boots', 'violet')},
}
# The only choice of a layer.
BARE = {'hands': ('default_hands', None)}
# Sheets that a sex has under another name.
RENAMED = {('female', 'head_short'): 'head_long'}
FACTORS = {'sex': ('female', 'male')} | {layer: tuple(clothes) for layer, clothes in WARDROBE.items()}

# As many as in the LPC Sprites of Li & Mandt, Disentangled Sequential Autoencoder, ICML 2018.
TRAINING, HELD_OUT = 1000, 296
QUICK_TRAINING, QUICK_HELD_OUT = 18, 6
SEED = 1


def sheet(classes: dict[str, str], layer: str) -> tuple[str, str, str | None] | None:
    """(sex, file name without sex and ending, dye) of what a character has on a layer, None if nothing."""
    if layer not in WARDROBE | BARE:
        return None
    name, dye = BARE[layer] if layer in BARE else WARDROBE[layer][classes[layer]]
    return classes['sex'], RENAMED.get((classes['sex'], name), name), dye


def choose(quick: bool) -> list[tuple[str, str, dict[str, str]]]:
    """(name, split, class of each factor) of every character, training ones first.

    Drawn from all combinations, without repeats. The quick ones are the first of each split and keep their names.
    """
    combinations = list(itertools.product(*FACTORS.values()))
    drawn = [dict(zip(FACTORS, classes))
             for classes in random.Random(SEED).sample(combinations, TRAINING + HELD_OUT)]
    characters = [(f'{number:04}', clip_files.TRAINING if number <= TRAINING else clip_files.HELD_OUT, classes)
                  for number, classes in enumerate(drawn, 1)]
    if quick:
        characters = characters[:QUICK_TRAINING] + characters[TRAINING:TRAINING + QUICK_HELD_OUT]
    for factor, names in FACTORS.items():
        unseen = set(names) - {classes[factor] for _, split, classes in characters if split == clip_files.TRAINING}
        if unseen:
            raise Fault(f'no training character has {factor} {", ".join(sorted(unseen))}; change SEED')
    return characters
