"""Which seats train and which are held out, 15 of 100.

Every kind of seat is held out in proportion. Designs of which there are several models train, with all their models.
"""
import random
from collections import Counter

from catalogue import Seat

SEED = 1
TRAINING_PERCENT = 85
# Keys of models that share their design with another one.
VARIANTS = (
    'blendswap-cc-0-winchesterarmchair', 'blendswap-cc-0-winchestersofa',
    'blendswap-cc-0-sillablanca', 'blendswap-cc-0-designchair',
    'katorlegaz-mid-century-chair', 'katorlegaz-mid-century-sofa', 'katorlegaz-mid-century-bench-sofa',
    'scopia-beige_sofa', 'scopia-beige_sofa_2seats',
    'scopia-rattanarmchair', 'scopia-rattansofa',
)


def divided(seats: list[Seat]) -> tuple[list[Seat], list[Seat]]:
    """The seats for training and those held out, each in random order."""
    shuffled = sorted(seats, key=lambda seat: seat.key)
    random.Random(SEED).shuffle(shuffled)
    room = _shares(Counter(seat.kind for seat in seats), len(seats) - len(seats) * TRAINING_PERCENT // 100)
    training: list[Seat] = []
    held_out: list[Seat] = []
    for seat in shuffled:
        if room[seat.kind] and seat.key not in VARIANTS:
            held_out.append(seat)
            room[seat.kind] -= 1
        else:
            training.append(seat)
    return training, held_out


def _shares(counts: Counter[str], total: int) -> Counter[str]:
    """Parts of the total in proportion to the counts: rounded down, then up where most was cut off."""
    exact = {kind: count * total / counts.total() for kind, count in counts.items()}
    shares = Counter({kind: int(share) for kind, share in exact.items()})
    most_cut = sorted(exact, key=lambda kind: (shares[kind] - exact[kind], kind))
    shares.update(most_cut[:total - shares.total()])
    return shares
