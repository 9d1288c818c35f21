"""Golden runs of ten whole training steps: the main model and the pose LSTM."""
import functools
import json

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, update_bn

import networks

STEPS = 10
BATCHES = 3  # used cyclically


def named_copy(prefix, networks_by_name):
    """`<prefix>/<network>.<parameter or running statistic>` of every network."""
    return {f'{prefix}/{net}.{name}': value.detach().clone() for net, network in networks_by_name.items()
            for name, value in network.state_dict().items() if not name.endswith('num_batches_tracked')}


def named_gradients(net, network):
    return {f'grad/{net}.{name}': torch.zeros_like(p) if p.grad is None else p.grad.clone()
            for name, p in network.named_parameters()}


def deviations(title, exact, run):
    """How far float32 strays from the losses of the float64 run: `deviation.<loss>`, one a step.

    Training amplifies rounding errors, so a tolerance for step 10 cannot be derived from a formula; it is measured:
    the largest absolute deviation of five runs in float32, four of them from weights shaken by one rounding.
    """
    largest = {name: torch.zeros(STEPS, dtype=torch.float64) for name in exact}
    for seed in range(5):
        single, _ = run(torch.float32, shaken_by=seed)
        for name, values in exact.items():
            deviation = torch.tensor([abs(a - b) for a, b in zip(single[name], values)], dtype=torch.float64)
            largest[name] = torch.maximum(largest[name], deviation)
    for name, deviation in largest.items():
        shown = deviation / torch.tensor(exact[name], dtype=torch.float64).abs().clamp_min(1e-30)
        print(f'{title}, {name}: float32 against float64, relative:', ' '.join(f'{d:.1e}' for d in shown))
    return {f'deviation.{name}': deviation for name, deviation in largest.items()}


def check_kinks(tensors, run):
    """Fails if the gradients of the first step depend on roundings, by more than a tenth of what the tests allow.

    An element then lies on a rectifier's kink, and the networks need another seed.
    """
    for seed in range(1, 13):
        _, shaken = run(torch.float64, shaken_by=seed, roundings=4)
        for name in (name for name in tensors if name.startswith('grad/')):
            largest, deviation = tensors[name].abs().max(), (shaken[name] - tensors[name]).abs().max()
            assert deviation <= 1e-4 * largest, (seed, name, deviation / largest)


def shake(network, seed, roundings=1):
    """Multiplies every weight by 1 +- 2^-23 for each of the roundings; seed 0 leaves them alone."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            sign = torch.randint(0, 2, parameter.shape, generator=generator) * 2 - 1
            parameter.mul_(1 + sign * (roundings * 2.0**-23 if seed else 0))


# The main model

MAIN = dict(width=8, contentDim=16, poseDim=5, batchSize=8, imageSize=64, channels=1, normalize=False,
            learningRate=0.0005, beta1=0.5, beta2=0.999, epsilon=1e-8, alpha=1.0, beta=0.1, averageDecay=0.45,
            steps=STEPS)


def moving_items(generator, clips, frames):
    """Frames (frames, clips, 1, 64, 64) of uint8: in each clip, a soft textured ellipse of 32 px moves and bounces."""
    images = np.zeros((frames, clips, 1, 64, 64), np.uint8)
    axis = (np.arange(32) - 15.5) / 16
    for clip in range(clips):
        coarse = torch.from_numpy(generator.random((1, 1, 6, 6)))
        texture = F.interpolate(coarse, size=32, mode='bilinear')[0, 0].numpy()
        height, width = generator.uniform(0.5, 1, 2)
        ellipse = np.clip(4 * (1 - (axis[:, None] / height)**2 - (axis / width)**2), 0, 1)
        item = np.round(255 * ellipse * (0.2 + 0.8 * texture)).astype(np.uint8)
        position, velocity = generator.integers(0, 33, 2), generator.integers(-6, 7, 2)
        for frame in range(frames):
            y, x = position
            images[frame, clip, 0, y:y + 32, x:x + 32] = item
            position = position + velocity
            velocity = np.where((position < 0) | (position > 32), -velocity, velocity)
            position = np.where(position < 0, -position, np.where(position > 32, 64 - position, position))
    return torch.from_numpy(images)


def main_networks(dtype, shaken_by, roundings=1, seed=3, content_adversary=False):
    """The four networks. Learning rate and weights were chosen so that ten steps can be compared closely.

    From the authors' N(0, 0.02), the discriminator's logits are 1e-4 and the adversarial loss is log 2 whatever is
    wrong; and at learning rate 0.002 rounding errors grow to between 1e-2 and 1e-1 in ten steps. Here they stay below
    1e-5. Biases without influence are frozen at zero: their true gradient is zero, but Adam would blow the rounding
    noise of a computed one up to steps of full length.
    """
    torch.manual_seed(seed)
    width, content, pose = MAIN['width'], MAIN['contentDim'], MAIN['poseDim']
    heads = ('pooled', 'profiles') if content_adversary else ('convolution', 'convolution')
    norm = 'running' if content_adversary else 'batch'
    nets = dict(netEC=networks.Encoder(content, width, kind=heads[0]),
                netEP=networks.Encoder(pose, width, kind=heads[1], norm=norm), netD=networks.Decoder(content, pose, width))
    if content_adversary:
        nets['netCP'] = networks.ContentPredictor(pose, content)
    else:
        nets['netC'] = networks.SceneDiscriminator(pose)
    for net, network in nets.items():
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
                nn.init.normal_(module.weight, 0, 0.2 if net.startswith('netC') else 0.1)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1, 0.02)
                nn.init.zeros_(module.bias)
        if net == 'netEP' and content_adversary:
            # The largest elements are then about 0, where the sigmoid of the profiles is steep. Where it is flat, a batch
            # norm of eight almost equal poses would amplify roundings.
            nn.init.constant_(network.get_parameter('main.1.main.1.bias'), -2.5)
        for name in networks.biases_before_batch_norm(network):
            network.get_parameter(name).requires_grad_(False)
        shake(network.to(dtype).train(), shaken_by, roundings)
    return nets


def main_optimisers(nets, rate):
    return {net: torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=rate,
                                  betas=(MAIN['beta1'], MAIN['beta2']), eps=MAIN['epsilon'])
            for net, network in nets.items()}


class Reconstruction(nn.Module):
    """The networks; a forward pass decodes the content of x0 with the pose of x2, as in training."""

    def __init__(self, nets):
        super().__init__()
        self.nets = nn.ModuleDict(nets)

    def forward(self, frames):
        return self.nets['netD'](self.nets['netEC'](frames[0]), self.nets['netEP'](frames[2]))


def rising_average(average, weight, updates):
    """The decay rises to its setting: min(decay, (1 + t) / (10 + t)) after t updates; the first copy is none of them."""
    t = updates - 1
    decay = min(MAIN['averageDecay'], (1 + t) / (10 + t))
    return decay * average + (1 - decay) * weight


def main_run(batches, dtype, shaken_by=0):
    """Losses by name, one a step, and the tensors of the file."""
    nets = main_networks(dtype, shaken_by)
    content_encoder, pose_encoder, decoder, discriminator = nets.values()
    tensors = named_copy('initial', nets)
    optimisers = main_optimisers(nets, MAIN['learningRate'])
    model = Reconstruction(nets)
    average = AveragedModel(model, avg_fn=rising_average)
    average.update_parameters(model)  # copies the initial weights
    losses = {name: [] for name in
              ('sceneDiscriminator', 'sceneAccuracy', 'reconstruction', 'similarity', 'adversarial')}
    n = MAIN['batchSize']
    smallest_logit = float('inf')
    for step in range(STEPS):
        # Divided in float32, whatever the run computes in: both see the same images.
        x0, x1, x2, x3 = (batches[step % BATCHES].float() / 255).to(dtype)

        # 1. The scene discriminator, on poses held constant. First half of the batch: both poses of the same clip
        # (target 1); second half: the second pose comes from the next clip (target 0).
        with torch.no_grad():
            pose_a, pose_b = pose_encoder(x0), pose_encoder(x1)
        partner = [i if i < n // 2 else (i + 1) % n for i in range(n)]
        target = torch.tensor([[float(i < n // 2)] for i in range(n)], dtype=dtype)
        logits = discriminator(pose_a, pose_b[partner])
        scene_loss = F.binary_cross_entropy_with_logits(logits, target)
        optimisers['netC'].zero_grad()
        scene_loss.backward()
        if step == 0:
            tensors.update(named_gradients('netC', discriminator))
        optimisers['netC'].step()
        smallest_logit = min(smallest_logit, logits.abs().min().item())

        # 2. The encoders and the decoder, in this order of forward passes, which is that of the running statistics.
        content = content_encoder(x0)
        with torch.no_grad():
            content_held = content_encoder(x1)
            pose_held = pose_encoder(x3)
        pose = pose_encoder(x2)
        reconstruction = F.mse_loss(decoder(content, pose), x2)
        similarity = F.mse_loss(content, content_held)
        adversarial = F.binary_cross_entropy_with_logits(
            discriminator(pose, pose_held), torch.full((n, 1), 0.5, dtype=dtype))
        trained = ('netEC', 'netEP', 'netD')
        for net in trained:
            optimisers[net].zero_grad()
        (reconstruction + MAIN['alpha'] * similarity + MAIN['beta'] * adversarial).backward()
        if step == 0:
            for net in trained:
                tensors.update(named_gradients(net, nets[net]))
        for net in trained:
            optimisers[net].step()

        average.update_parameters(model)

        values = (scene_loss.item(), ((logits > 0) == (target > 0.5)).double().mean().item(), reconstruction.item(),
                  similarity.item(), adversarial.item())
        for name, value in zip(losses, values):
            losses[name].append(value)
    tensors.update({name: value for name, value in named_copy('final', nets).items() if 'running_' in name})
    # Statistics of the averaged weights, over the batches in order.
    update_bn([(batch.float() / 255).to(dtype) for batch in batches], average)
    tensors.update(named_copy('average', dict(average.module.nets)))
    # The accuracy counts signs: a logit next to zero would make it a matter of rounding.
    assert smallest_logit > 1e-3, smallest_logit
    return losses, tensors


# With the error of edges, InfoNCE, the cross-covariance, other heads, and the content predictor as adversary. Its race with
# the pose encoder amplifies rounding errors a hundred times as fast as the scene discriminator's at this learning rate, so
# the rate is lower.
CONTENT = dict(MAIN, learningRate=0.0001, edges=0.1, contrast=0.03, temperature=0.1, crossCovariance=0.5, beta=0.3,
               contentHead='pooled', poseHead='profiles', poseNorm='running', adversary='content', averageDecay=None)

SMOOTHING = 1 / 256  # of the error of edges: below a level of 8 bits it is a square


def content_run(batches, dtype, shaken_by=0, roundings=1):
    """As main_run; x3 is not used."""
    nets = main_networks(dtype, shaken_by, roundings, seed=4, content_adversary=True)
    content_encoder, pose_encoder, decoder, predictor = nets.values()
    tensors = named_copy('initial', nets)
    optimisers = main_optimisers(nets, CONTENT['learningRate'])
    losses = {name: [] for name in ('contentPrediction', 'reconstruction', 'edges', 'similarity', 'contrast',
                                    'crossCovariance', 'adversarial')}
    covariance = 0
    n = CONTENT['batchSize']
    for step in range(STEPS):
        x0, x1, x2, _ = (batches[step % BATCHES].float() / 255).to(dtype)
        content = content_encoder(x0)
        with torch.no_grad():
            content_held = content_encoder(x1)
        pose = pose_encoder(x2)
        error = decoder(content, pose) - x2
        reconstruction = (error**2).mean()
        edges = sum(((error.diff(dim=axis)**2 + SMOOTHING**2)**0.5 - SMOOTHING).mean() for axis in (2, 3))
        similarity = F.mse_loss(content, content_held)
        logits = F.normalize(content, dim=1) @ F.normalize(content_held, dim=1).T / CONTENT['temperature']
        contrast = F.cross_entropy(logits, torch.arange(n))

        # The adversary: the content, standardised over the batch, from the pose, both held constant.
        target = F.batch_norm(content.detach(), None, None, training=True)
        prediction_error = F.mse_loss(predictor(pose.detach()), target)
        optimisers['netCP'].zero_grad()
        prediction_error.backward()
        if step == 0:
            tensors.update(named_gradients('netCP', predictor))
        optimisers['netCP'].step()

        # What the content tells of the pose by the covariance of about the last hundred steps.
        standardised = F.batch_norm(pose, None, None, training=True)
        covariance = 0.99 * covariance + 0.01 * standardised.detach().T @ target / n
        cross_covariance = F.mse_loss(standardised, standardised.detach() - target @ covariance.T)

        adversarial = F.mse_loss(predictor(pose), target)
        trained = ('netEC', 'netEP', 'netD')
        for net in trained:
            optimisers[net].zero_grad()
        (reconstruction + CONTENT['edges'] * edges + CONTENT['alpha'] * similarity + CONTENT['contrast'] * contrast
         + CONTENT['crossCovariance'] * cross_covariance - CONTENT['beta'] * adversarial).backward()
        if step == 0:
            for net in trained:
                tensors.update(named_gradients(net, nets[net]))
        for net in trained:
            optimisers[net].step()
        values = (prediction_error, reconstruction, edges, similarity, contrast, cross_covariance, adversarial)
        for name, value in zip(losses, values):
            losses[name].append(value.item())
    tensors.update({name: value for name, value in named_copy('final', nets).items() if 'running_' in name})
    return losses, tensors


def make_main(run=main_run, settings=MAIN):
    generator = np.random.default_rng(4)
    batches = [moving_items(generator, MAIN['batchSize'], 4) for _ in range(BATCHES)]
    losses, tensors = run(batches, torch.float64)
    tensors.update(deviations('main model', losses, functools.partial(run, batches)))
    tensors.update({f'frames.{i}': frames for i, frames in enumerate(batches)})
    tensors.update({f'loss.{name}': torch.tensor(values, dtype=torch.float64) for name, values in losses.items()})
    return tensors, {'main': json.dumps(settings)}


def make_content():
    tensors, metadata = make_main(content_run, CONTENT)
    check_kinks(tensors, functools.partial(content_run, [tensors[f'frames.{i}'] for i in range(BATCHES)]))
    return tensors, metadata


# The pose LSTM

POSE = dict(contentDim=6, poseDim=3, rnnSize=16, rnnLayers=2, batchSize=4, nPast=5, nFuture=5,
            learningRate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8, steps=STEPS)


# A residual LSTM that makes the last four predictions from its own.
FREE_POSE = dict(POSE, residual=True, freeSteps=4)

# One with attention. The first true pose after the observed ones is not remembered; the last three are its own.
ATTENTION_POSE = dict(POSE, attention=True, freeSteps=3)


def pose_run(settings, batches, dtype, shaken_by=0):
    torch.manual_seed(5)
    lstm = networks.PoseLSTM(
        POSE['poseDim'], POSE['contentDim'], POSE['rnnSize'], POSE['rnnLayers'], settings.get('residual', False),
        settings.get('attention', False))
    free_steps = settings.get('freeSteps', 0)
    for parameter in lstm.parameters():
        nn.init.uniform_(parameter, -POSE['rnnSize']**-0.5, POSE['rnnSize']**-0.5)
    shake(lstm.to(dtype), shaken_by)
    tensors = named_copy('initial', dict(lstm=lstm))
    adam = torch.optim.Adam(lstm.parameters(), lr=POSE['learningRate'], betas=(POSE['beta1'], POSE['beta2']),
                            eps=POSE['epsilon'])
    losses = {'prediction': []}
    for step in range(STEPS):
        poses, content = (tensor.to(dtype) for tensor in batches[step % BATCHES])
        # The true pose goes in at every step but the free ones. The mean over all T - 1 steps and all elements.
        predictions = lstm(poses[:len(poses) - 1 - free_steps], content, free_steps, POSE['nPast'])
        loss = F.mse_loss(predictions, poses[1:])
        adam.zero_grad()
        loss.backward()
        if step == 0:
            tensors.update(named_gradients('lstm', lstm))
        adam.step()
        losses['prediction'].append(loss.item())
    tensors.update(named_copy('final', dict(lstm=lstm)))
    return losses, tensors


def make_pose(settings=POSE):
    torch.manual_seed(6)
    frames, n = POSE['nPast'] + POSE['nFuture'], POSE['batchSize']
    batches = []
    for _ in range(BATCHES):
        # Oscillating poses inside (-1, 1), as a tanh head gives; contents likewise.
        phase, speed = torch.rand(2, n, POSE['poseDim'])
        time = torch.arange(frames)[:, None, None]
        batches.append((0.9 * torch.sin(6.3 * phase + speed * time), torch.rand(n, POSE['contentDim']) * 2 - 1))
    losses, tensors = pose_run(settings, batches, torch.float64)
    tensors.update(deviations('pose LSTM', losses, functools.partial(pose_run, settings, batches)))
    for i, (poses, content) in enumerate(batches):
        tensors[f'poses.{i}'], tensors[f'content.{i}'] = poses, content
    tensors.update({f'loss.{name}': torch.tensor(values, dtype=torch.float64) for name, values in losses.items()})
    return tensors, {'pose': json.dumps(settings)}
