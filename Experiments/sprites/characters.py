"""The characters: what each wears, and which are held out."""
import itertools
import random

from material import clip_files
from material.faults import Fault

# File names of a layer's sheets, without sex and ending, by the names of the classes. Chosen by eye at 64 px, where any
# two of a layer can be told apart. Left out: a hood as brown as hair, gloves and sandals like bare skin, cuffs and
# boots that differ from others by a dark hue alone, bare chests and legs, and what one sex lacks or has with faults.
WARDROBE = {
    'head': {'hair': 'head_short', 'coif': 'chain_coif', 'helm': 'plate_helm',
             'tanHood': 'mage_hood', 'blueHood': 'mage_hood_alt1', 'redHood': 'mage_hood_alt2'},
    'chest': {'shirt': 'cloth_shirt', 'leather': 'leather_chest', 'chain': 'chain_cuirass', 'plate': 'plate_cuirass',
              'tanVest': 'mage_vest', 'blueVest': 'mage_vest_alt1'},
    'legs': {'leather': 'leather_pants', 'chain': 'chain_greaves', 'plate': 'plate_greaves',
             'tanSkirt': 'mage_skirt', 'blueSkirt': 'mage_skirt_alt1', 'redSkirt': 'mage_skirt_alt2'},
    'feet': {'bare': 'default_feet', 'leather': 'leather_boots', 'chain': 'chain_boots', 'plate': 'plate_boots',
             'tan': 'mage_boots', 'blue': 'mage_boots_alt1'},
    'hands': {'bare': 'default_hands', 'leather': 'leather_gloves', 'plate': 'plate_gauntlets',
              'sleeves': 'mage_sleeves'},
}
# Sheets that a sex has under another name.
RENAMED = {('female', 'head_short'): 'head_long'}
FACTORS = {'sex': ('female', 'male')} | {layer: tuple(clothes) for layer, clothes in WARDROBE.items()}

# As many as in the LPC Sprites of Li & Mandt, Disentangled Sequential Autoencoder, ICML 2018.
TRAINING, HELD_OUT = 1000, 296
QUICK_TRAINING, QUICK_HELD_OUT = 18, 6
SEED = 1


def sheet_name(sex: str, layer: str, clothes: str) -> str:
    name = WARDROBE[layer][clothes]
    return RENAMED.get((sex, name), name)


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
