"""Golden outputs and gradients of whole networks at tiny width."""
import copy
import json

import torch
import torch.nn as nn

import networks

BATCH, WIDTH, CONTENT, POSE, RNN_SIZE, RNN_LAYERS, STEPS = 3, 4, 6, 3, 8, 2, 4


def draw(*shape):
    return torch.randn(shape, dtype=torch.float32).double()


def record(tensors, case, prefix, network, named_inputs):
    """Adds one network: weights, inputs, outputs in evaluation and training mode, and all gradients in training mode.

    Both modes start from the stored weights and statistics. The gradients are those of sum(output * gradOutput). Names of
    parameters begin with the prefix, which is empty for a network whose parts have prefixes of their own.
    """
    def named(name):
        return f'{prefix}.{name}' if prefix else name

    inputs = list(named_inputs.values())
    what = prefix or 'autoencoder'
    tensors.update({f'{case}/{named(name)}': value.clone() for name, value in network.state_dict().items()
                    if not name.endswith('num_batches_tracked')})
    with torch.no_grad():
        tensors[f'{case}/evaluationOutput/{what}'] = network.eval()(*inputs)
    for value in inputs:
        value.requires_grad_()
    output = network.train()(*inputs)
    grad_output = draw(*output.shape)
    (output * grad_output).sum().backward()
    tensors[f'{case}/trainingOutput/{what}'] = output
    tensors[f'{case}/gradOutput/{what}'] = grad_output
    for name, value in named_inputs.items():
        tensors[f'{case}/input/{what}.{name}'] = value
        tensors[f'{case}/gradInput/{what}.{name}'] = value.grad
    without_influence = networks.biases_before_batch_norm(network)
    largest = max(parameter.grad.abs().max() for parameter in network.parameters())
    for name, parameter in network.named_parameters():
        if name in without_influence:
            assert parameter.grad.abs().max() < 1e-13 * largest, (name, parameter.grad.abs().max(), largest)
            parameter.grad.zero_()
        tensors[f'{case}/grad/{named(name)}'] = parameter.grad
    for name, value in network.state_dict().items():
        if 'running_' in name:
            tensors[f'{case}/after/{named(name)}'] = value


def images(channels, image_size=64):
    """Images in [0, 1]."""
    return torch.rand((BATCH, channels, image_size, image_size), dtype=torch.float32).double()


def make():
    torch.manual_seed(2)
    tensors, metadata = {}, {}
    for case, channels, normalize in (('case1', 1, False), ('case2', 3, True)):
        metadata[case] = json.dumps(dict(
            width=WIDTH, contentDim=CONTENT, poseDim=POSE, channels=channels, imageSize=64, normalize=normalize,
            rnnSize=RNN_SIZE, rnnLayers=RNN_LAYERS, batchSize=BATCH, steps=STEPS))
        encoders = dict(netEC=networks.Encoder(CONTENT, WIDTH, channels),
                        netEP=networks.Encoder(POSE, WIDTH, channels, normalize))
        for prefix, encoder in encoders.items():
            x = images(channels)
            record(tensors, case, prefix, networks.randomise(encoder.double()), dict(x=x))
        decoder = networks.Decoder(CONTENT, POSE, WIDTH, channels).double()
        record(tensors, case, 'netD', networks.randomise(decoder),
               dict(content=draw(BATCH, CONTENT), pose=draw(BATCH, POSE)))
        discriminator = networks.SceneDiscriminator(POSE).double()
        record(tensors, case, 'netC', networks.randomise(discriminator),
               dict(poseA=draw(BATCH, POSE), poseB=draw(BATCH, POSE)))
        lstm = networks.PoseLSTM(POSE, CONTENT, RNN_SIZE, RNN_LAYERS).double()
        record(tensors, case, 'lstm', networks.randomise(lstm),
               dict(poses=draw(STEPS, BATCH, POSE), content=draw(BATCH, CONTENT)))
    return tensors, metadata


class Autoencoder(nn.Module):
    """The content of frames (N, C, S, S), its feature maps where there are skips, and poses (N, P), decoded."""

    def __init__(self, content_encoder, decoder):
        super().__init__()
        self.netEC = content_encoder
        self.netD = decoder

    def forward(self, x, pose):
        content = self.netEC(x)
        return self.netD(*content, pose) if isinstance(content, tuple) else self.netD(content, pose)


# Content encoder and decoder, and the pose encoder beside them.
VARIANTS = {
    'dcgan128': ('dcgan', 'dcgan', 'dcgan', 128, 1, False),
    'dcganUNet64': ('dcgan', 'dcgan-unet', 'resnet18', 64, 3, True),
    'dcganUNet128': ('dcgan', 'dcgan-unet', 'resnet18', 128, 1, False),
    'vggUNet64': ('vgg', 'vgg-unet', 'resnet18', 64, 1, False),
    'vggUNet128': ('vgg', 'vgg-unet', 'resnet18', 128, 1, True),
    'resnet64': ('resnet18', 'dcgan', 'vgg', 64, 1, True),
}


def variant(content, decoder, pose, size, channels, normalize, width):
    """A main model: an autoencoder and a pose encoder."""
    sizes = dict(width=width, image_channels=channels, image_size=size)
    if decoder == 'dcgan-unet':
        autoencoder = Autoencoder(networks.UNetEncoder(CONTENT, **sizes), networks.UNetDecoder(CONTENT, POSE, **sizes))
    elif decoder == 'vgg-unet':
        autoencoder = Autoencoder(networks.VGGEncoder(CONTENT, **sizes), networks.VGGDecoder(CONTENT, POSE, **sizes))
    else:
        encoder = networks.Encoder if content == 'dcgan' else networks.ResNetEncoder
        autoencoder = Autoencoder(encoder(CONTENT, **sizes), networks.Decoder(CONTENT, POSE, **sizes))
    pose_encoder = VGGPoseEncoder(POSE, normalize=normalize, **sizes) if pose == 'vgg' else (
        networks.Encoder if pose == 'dcgan' else networks.ResNetEncoder)(POSE, normalize=normalize, **sizes)
    return autoencoder, pose_encoder


class VGGPoseEncoder(networks.VGGEncoder):
    """The released vgg encoder without its maps, as a pose encoder."""

    def __init__(self, dim, normalize, **sizes):
        super().__init__(dim, **sizes)
        self.normalize = normalize

    def forward(self, x):
        h, _ = super().forward(x)
        return nn.functional.normalize(h, p=2, dim=1) if self.normalize else h


# How the gradients of a draw are computed besides float64: in float32, by PyTorch's own kernels (oneDNN's and those for
# channels-last maps deviate several times as much), and in float64 from inputs that are off by a few roundings of float32.
PROGRAMS = [(torch.float32, 0)] + 8 * [(torch.float64, 3e-7)]
# Of the largest element of each gradient: a third of what the tests allow.
LARGEST_DEVIATION = 1e-4


def draw_stable(network, draw_inputs):
    """Weights and inputs at which all PROGRAMS have the gradients of float64.

    Elsewhere some element of a map lies so near the kink of its rectifier, or to the element that max-pooling compares it
    with, that a rounding decides on which side, and the difference says nothing of a program.
    """
    def gradients(inputs, dtype, noise):
        trained = copy.deepcopy(network).to(dtype).train()
        with torch.backends.mkldnn.flags(enabled=False):
            output = trained(*(
                (value + noise * value * torch.randn_like(value)).to(dtype) for value in inputs.values()))
            (output * torch.linspace(-1, 1, output.numel(), dtype=dtype).view_as(output)).sum().backward()
        return [parameter.grad.double() for parameter in trained.parameters()]

    inert = networks.biases_before_batch_norm(network)
    names = [name for name, _ in network.named_parameters()]
    while True:
        networks.randomise(network)
        inputs = draw_inputs()
        expected = gradients(inputs, torch.float64, 0)
        if all((a - b).abs().max() <= LARGEST_DEVIATION * a.abs().max()
               for program in PROGRAMS for name, a, b in zip(names, expected, gradients(inputs, *program))
               if name not in inert):
            return network, inputs


# Networks that are not in the authors' release: a pooled content head and the spatial decoder, with a pose encoder and its
# head beside them.
SPATIAL = {
    'spatial64': (64, 1, 'dcgan', 'convolution', 'batch'),
    'spatial128': (128, 1, 'dcgan', 'convolution', 'batch'),
    'profiles64': (64, 3, 'dcgan', 'profiles', 'batch'),
    'vggProfiles64': (64, 1, 'vgg', 'profiles', 'batch'),
    'running64': (64, 1, 'dcgan', 'profiles', 'running'),
}


def spatial(size, channels, pose, head, norm, width):
    sizes = dict(width=width, image_channels=channels, image_size=size)
    autoencoder = Autoencoder(
        networks.Encoder(CONTENT, kind='pooled', **sizes), networks.SpatialDecoder(CONTENT, POSE, **sizes))
    return autoencoder, (networks.Encoder(POSE, kind=head, norm=norm, **sizes) if pose == 'dcgan' else VGGPoseEncoder(
        POSE, normalize=False, kind=head, **sizes))


def make_spatial():
    torch.manual_seed(7)
    tensors, metadata, width = {}, {}, 2
    for case, (size, channels, pose, head, norm) in SPATIAL.items():
        metadata[case] = json.dumps(dict(
            width=width, contentDim=CONTENT, poseDim=POSE, channels=channels, imageSize=size, normalize=False,
            contentEncoder='dcgan', poseEncoder=pose, decoder='spatial', contentHead='pooled', poseHead=head,
            poseNorm=norm))
        autoencoder, pose_encoder = spatial(size, channels, pose, head, norm, width)
        record(tensors, case, '', *draw_stable(
            autoencoder.double(), lambda: dict(x=images(channels, size), pose=draw(BATCH, POSE))))
        record(tensors, case, 'netEP', *draw_stable(pose_encoder.double(), lambda: dict(x=images(channels, size))))
    return tensors, metadata


def make_variants():
    torch.manual_seed(5)
    tensors, metadata, width = {}, {}, 2
    for case, (content, decoder, pose, size, channels, normalize) in VARIANTS.items():
        metadata[case] = json.dumps(dict(
            width=width, contentDim=CONTENT, poseDim=POSE, channels=channels, imageSize=size, normalize=normalize,
            contentEncoder=content, poseEncoder=pose, decoder=decoder))
        autoencoder, pose_encoder = variant(content, decoder, pose, size, channels, normalize, width)
        record(tensors, case, '', *draw_stable(
            autoencoder.double(), lambda: dict(x=images(channels, size), pose=draw(BATCH, POSE))))
        record(tensors, case, 'netEP', *draw_stable(pose_encoder.double(), lambda: dict(x=images(channels, size))))
    return tensors, metadata
