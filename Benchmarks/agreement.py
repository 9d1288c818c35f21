"""Whether two sides compute the same: losses of the first steps from the same weights on the same batch."""
from collections.abc import Sequence

from sides import Losses


class Disagreement(Exception):
    """Two sides whose steps are not the same computation; the message is one line."""


# Relative, for each step. The first step's losses differ by rounding alone. After it, Adam divides each gradient by its
# own size and so turns the rounding noise in gradients that almost vanish, as those of fresh weights do, into whole
# steps of the learning rate: PyTorch's own variants part by 5e-5 in the second step and 3e-4 in the third.
TOLERANCES = (1e-5, 2e-3, 1e-2)
# Of vgg with resnet-18, whose losses pass through four times as many layers: PyTorch's own variants part by 1.1e-3 in the
# second step and 2.3e-3 in the third, and from the CPU backend by 8e-4 and 1.2e-2.
DEEP_TOLERANCES = (1e-5, 1e-2, 5e-2)
# Where factors are rounded to 10 bits, by matrix units or where they are stored: 5e-4 of each product, in all layers one
# after the other.
ROUNDED_TOLERANCES = (1e-2, 5e-2, 1e-1)


def require_same(
    case: str, reference: Losses, side: str, found: Losses, tolerances: Sequence[float] = TOLERANCES
) -> float:
    """Returns the largest difference as a share of what is tolerated."""
    worst = 0.0
    for tolerance, expected, actual in zip(tolerances, reference, found, strict=True):
        for name, value in expected['values'].items():
            # The discriminator's accuracy jumps where a logit crosses zero.
            if name == 'discriminatorAccuracy':
                continue
            difference = abs(actual['values'][name] - value) / max(abs(value), 1e-6)
            if not difference <= tolerance:
                raise Disagreement(
                    f'{side} does not compute the same as drnet\'s CPU backend on {case}: {name} of step '
                    f'{expected["step"]} is {actual["values"][name]:.7g}, expected {value:.7g} within {tolerance:g} of '
                    'it')
            worst = max(worst, difference / tolerance)
    return worst
