"""The networks that weights belong to, told from the names of drnet's checkpoints; their definitions are those that the golden
files are made with."""
import sys
from pathlib import Path

import torch
import torch.nn as nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'Tests/Golden'))
from networks import (  # noqa: E402
    Decoder, Encoder, PoseLSTM, ResNetEncoder, SceneDiscriminator, UNetDecoder, UNetEncoder, VGGDecoder, VGGEncoder)

__all__ = ['PoseLSTM', 'SceneDiscriminator', 'autoencoder', 'pose_encoder']
Tensors = dict[str, torch.Tensor]

# The name of the first convolution, the network, and the last convolution of networks for 64 px and for 128 px.
ENCODERS = (
    ('main.0.main.0.weight', Encoder, 'main.4.weight', 'main.5.weight'),
    ('c1.main.0.weight', UNetEncoder, 'c5.0.weight', 'c6.0.weight'),
    ('c1.0.main.0.weight', VGGEncoder, 'c5.0.weight', 'c6.0.weight'),
    ('main.conv1.weight', ResNetEncoder, 'main.conv_out.weight', 'main.conv_out.weight'),
)


def encoder(weights: Tensors, prefix: str, image_size: int) -> nn.Module:
    first, network, *heads = next(names for names in ENCODERS if prefix + names[0] in weights)
    width, channels = weights[prefix + first].shape[:2]
    dim = weights[prefix + heads[image_size == 128]].shape[0]
    return network(dim, width, channels, image_size=image_size)


def autoencoder(weights: Tensors, image_size: int) -> tuple[nn.Module, nn.Module]:
    """Content encoder and decoder."""
    content = encoder(weights, 'netEC.', image_size)
    network = {UNetEncoder: UNetDecoder, VGGEncoder: VGGDecoder}.get(type(content), Decoder)
    first = weights['netD.main.0.weight' if network is Decoder else 'netD.upc1.0.weight']
    channels, width = weights['batch.0'].shape[1], first.shape[1] // 8
    return content, network(first.shape[0], 0, width, channels, image_size=image_size)


def pose_encoder(weights: Tensors, image_size: int) -> nn.Module:
    return encoder(weights, 'netEP.', image_size)
