"""Golden outputs and gradients of whole networks at tiny width."""
import json

import torch

import networks

BATCH, WIDTH, CONTENT, POSE, RNN_SIZE, RNN_LAYERS, STEPS = 3, 4, 6, 3, 8, 2, 4


def draw(*shape):
    return torch.randn(shape, dtype=torch.float32).double()


def record(tensors, case, prefix, network, named_inputs):
    """Adds one network: weights, inputs, outputs in evaluation and training mode, and all gradients in training mode.

    Both modes start from the stored weights and statistics. The gradients are those of sum(output * gradOutput).
    """
    inputs = list(named_inputs.values())
    tensors.update({f'{case}/{prefix}.{name}': value.clone() for name, value in network.state_dict().items()
                    if not name.endswith('num_batches_tracked')})
    with torch.no_grad():
        tensors[f'{case}/evaluationOutput/{prefix}'] = network.eval()(*inputs)
    for value in inputs:
        value.requires_grad_()
    output = network.train()(*inputs)
    grad_output = draw(*output.shape)
    (output * grad_output).sum().backward()
    tensors[f'{case}/trainingOutput/{prefix}'] = output
    tensors[f'{case}/gradOutput/{prefix}'] = grad_output
    for name, value in named_inputs.items():
        tensors[f'{case}/input/{prefix}.{name}'] = value
        tensors[f'{case}/gradInput/{prefix}.{name}'] = value.grad
    without_influence = networks.biases_before_batch_norm(network)
    for name, parameter in network.named_parameters():
        if name in without_influence:
            assert parameter.grad.abs().max() < 1e-11, name
            parameter.grad.zero_()
        tensors[f'{case}/grad/{prefix}.{name}'] = parameter.grad
    for name, value in network.state_dict().items():
        if 'running_' in name:
            tensors[f'{case}/after/{prefix}.{name}'] = value


def make():
    torch.manual_seed(2)
    tensors, metadata = {}, {}
    for case, channels, normalize in (('case1', 1, False), ('case2', 3, True)):
        metadata[case] = json.dumps(dict(
            width=WIDTH, contentDim=CONTENT, poseDim=POSE, channels=channels, imageSize=64, normalize=normalize,
            rnnSize=RNN_SIZE, rnnLayers=RNN_LAYERS, batchSize=BATCH, steps=STEPS))
        image = (BATCH, channels, 64, 64)
        encoders = dict(netEC=networks.Encoder(CONTENT, WIDTH, channels),
                        netEP=networks.Encoder(POSE, WIDTH, channels, normalize))
        for prefix, encoder in encoders.items():
            # Images in [0, 1].
            images = torch.rand(image, dtype=torch.float32).double()
            record(tensors, case, prefix, networks.randomise(encoder.double()), dict(x=images))
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
