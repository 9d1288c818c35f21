"""The training steps that are measured."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    name: str
    network: str
    # The flags of `drnet bench` for its sizes.
    sizes: tuple[str, ...]
    # Of one process; the steps' median is its value.
    warm_up: int
    steps: int
    # Whether roundings pass through so many layers that losses part sooner.
    is_deep: bool = False


def _dcgan(batch: int, width: int, content: int, pose: int, warm_up: int, steps: int) -> Case:
    sizes = dict(batch_size=batch, width=width, content_dim=content, pose_dim=pose)
    return Case(f'dcgan64/b{batch}/w{width}', 'main', _flags(sizes), warm_up, steps)


def _main(name: str, warm_up: int, steps: int, image_size: int, **networks: str) -> Case:
    sizes = dict(batch_size=32, width=64, content_dim=128, pose_dim=10, image_size=image_size, **networks)
    return Case(f'{name}{image_size}/b32/w64', 'main', _flags(sizes), warm_up, steps, is_deep=name.startswith('vgg'))


def _pose_lstm(batch: int, warm_up: int, steps: int) -> Case:
    return Case(f'pose-lstm/b{batch}', 'pose-lstm', _flags(dict(batch_size=batch)), warm_up, steps)


def _flags(sizes: dict[str, int | str]) -> tuple[str, ...]:
    return tuple(word for name, value in sizes.items() for word in ('--' + name.replace('_', '-'), str(value)))


# Width 64 with the released sizes of content and pose, width 16 with those of the demo. vgg with resnet-18 is what the
# paper takes for KTH.
CASES = {case.name: case for case in (
    _dcgan(32, 64, 128, 10, warm_up=3, steps=6),
    _dcgan(100, 64, 128, 10, warm_up=2, steps=3),
    _dcgan(32, 16, 64, 5, warm_up=5, steps=30),
    _dcgan(100, 16, 64, 5, warm_up=3, steps=12),
    *(_main('unet', 2, 4, size, decoder='dcgan-unet') for size in (64, 128)),
    *(_main('vgg-resnet', 1, 2, size, content_encoder='vgg', decoder='vgg-unet', pose_encoder='resnet18')
      for size in (64, 128)),
    _main('dcgan', 2, 3, 128),
    _pose_lstm(32, warm_up=5, steps=30),
    _pose_lstm(100, warm_up=5, steps=15),
)}
QUICK = ('dcgan64/b32/w16', 'pose-lstm/b32')
# The case whose ops are compared one by one.
OPS = 'dcgan64/b32/w64'
