"""Times DRNET's training steps in PyTorch: the figure that drnet's own steps are compared with.

The released recipe on 64 px Moving Fashion-MNIST: dcgan networks, the scene discriminator's step and then that of the
encoders and the decoder, one Adam each; and the pose LSTM on the frozen encoders. Prints one JSON object: seconds a
step, median and least of the timed steps, of the main model (`step`), of the pose LSTM with the encoding of its frames
(`poseStep`) and without (`lstmStep`). A step of N clips counts as N frames, as a step of drnet does. Batches are made
before the clock starts. On a machine that others use, the least is the better guide: two threads that wait for each
other lose far more than their share.

  python Benchmarks/torch_peer.py                as people run it
  python Benchmarks/torch_peer.py --best         channels-last layout and fused Adam, the fastest settings found

On Linux processors PyTorch also gains from an allocator that keeps its memory; set, for either form:
  GLIBC_TUNABLES=glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=268435456
"""
import argparse
import gzip
import json
import os
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--width', type=int, default=64, help='filters of the first layer (default 64)')
    parser.add_argument('--content-dim', type=int, default=128)
    parser.add_argument('--pose-dim', type=int, default=5)
    parser.add_argument('--batch-size', type=int, default=100)
    parser.add_argument('--rnn-size', type=int, default=256)
    parser.add_argument('--rnn-layers', type=int, default=2)
    parser.add_argument('--n-past', type=int, default=10)
    parser.add_argument('--n-future', type=int, default=10)
    parser.add_argument('--steps', type=int, help='time this many steps of each trainer')
    parser.add_argument('--seconds', type=float, default=30, help='without --steps: time for this long (default 30)')
    parser.add_argument('--warmup', type=int, default=5, help='steps before the clock starts (default 5)')
    parser.add_argument('--main-only', action='store_true', help='leave out the pose LSTM')
    parser.add_argument('--best', action='store_true', help='--channels-last and --fused-adam')
    parser.add_argument('--channels-last', action='store_true')
    parser.add_argument('--fused-adam', action='store_true')
    parser.add_argument('--compile', action='store_true', help='torch.compile each network')
    parser.add_argument('--threads', type=int, help="threads (default: PyTorch's choice)")
    parser.add_argument('--data', default='/usr/share/datasets/fashion-mnist',
                        help='folder of train-images-idx3-ubyte.gz; "noise" for random items, which take as long')
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    options.channels_last |= options.best
    options.fused_adam |= options.best
    return options


def load_items(folder, generator):
    """Items of 32 px in [0, 1]: (count, 32, 32)."""
    if folder == 'noise':
        return generator.random((1000, 32, 32), np.float32)
    path = os.path.join(folder, 'train-images-idx3-ubyte.gz')
    try:
        with gzip.open(path) as file:
            small = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    except OSError as error:
        sys.exit(f'{path}: cannot be read ({error.strerror or error}); give the folder of Fashion-MNIST with --data, '
                 'or --data noise')
    small = torch.from_numpy(small.copy()).float()[:, None] / 255
    return F.interpolate(small, size=32, mode='bilinear', align_corners=False)[:, 0].numpy()


def clips(items, count, frames, generator):
    """Clips of one bouncing item each: (frames, count, 1, 64, 64)."""
    images = np.zeros((frames, count, 1, 64, 64), np.float32)
    for clip in range(count):
        item = items[generator.integers(len(items))]
        position, velocity = generator.integers(0, 33, 2), generator.integers(-4, 5, 2)
        for frame in range(frames):
            y, x = position
            images[frame, clip, 0, y:y + 32, x:x + 32] = item
            position = position + velocity
            velocity = np.where((position < 0) | (position > 32), -velocity, velocity)
            position = np.where(position < 0, -position, np.where(position > 32, 64 - position, position))
    return torch.from_numpy(images)


def block(layer, filters):
    return nn.Sequential(layer, nn.BatchNorm2d(filters), nn.LeakyReLU(0.2, inplace=True))


def encoder(dim, width):
    sizes = [1, width, 2 * width, 4 * width, 8 * width]
    blocks = [block(nn.Conv2d(a, b, 4, 2, 1), b) for a, b in zip(sizes, sizes[1:])]
    return nn.Sequential(*blocks, nn.Conv2d(8 * width, dim, 4), nn.BatchNorm2d(dim), nn.Tanh())


def decoder(dim, width):
    sizes = [8 * width, 4 * width, 2 * width, width]
    blocks = [block(nn.ConvTranspose2d(a, b, 4, 2, 1), b) for a, b in zip(sizes, sizes[1:])]
    return nn.Sequential(block(nn.ConvTranspose2d(dim, 8 * width, 4), 8 * width), *blocks,
                         nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Sigmoid())


def scene_discriminator(pose_dim):
    return nn.Sequential(nn.Linear(2 * pose_dim, 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 1))


class PoseLSTM(nn.Module):
    def __init__(self, pose_dim, content_dim, rnn_size, layers):
        super().__init__()
        self.embed = nn.Linear(pose_dim + content_dim, rnn_size)
        self.lstm = nn.ModuleList(nn.LSTMCell(rnn_size, rnn_size) for _ in range(layers))
        self.output = nn.Sequential(nn.Linear(rnn_size, pose_dim), nn.Tanh())

    def forward(self, poses, content):
        states, predictions = [None] * len(self.lstm), []
        for pose in poses:
            h = self.embed(torch.cat([pose, content], 1))
            for i, cell in enumerate(self.lstm):
                states[i] = cell(h, states[i])
                h = states[i][0]
            predictions.append(self.output(h))
        return torch.stack(predictions)


def initialise(network):
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(layer.weight, 0, 0.02)
            nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02)
            nn.init.zeros_(layer.bias)


class Peer:
    def __init__(self, options):
        self.options = options
        width, content, pose = options.width, options.content_dim, options.pose_dim
        self.content_encoder, self.pose_encoder = encoder(content, width), encoder(pose, width)
        self.decoder, self.discriminator = decoder(content + pose, width), scene_discriminator(pose)
        self.lstm = PoseLSTM(pose, content, options.rnn_size, options.rnn_layers)
        names = ('content_encoder', 'pose_encoder', 'decoder', 'discriminator', 'lstm')
        self.optimisers = {}
        for name in names:
            network = getattr(self, name)
            if name != 'lstm':
                initialise(network)
            if options.channels_last:
                network.to(memory_format=torch.channels_last)
            rate, beta1 = (2e-4, 0.9) if name == 'lstm' else (2e-3, 0.5)
            self.optimisers[name] = torch.optim.Adam(
                network.parameters(), lr=rate, betas=(beta1, 0.999), fused=options.fused_adam or None)
            if options.compile:
                setattr(self, name, torch.compile(network))

    def update(self, names, loss):
        for name in names:
            self.optimisers[name].zero_grad()
        loss.backward()
        for name in names:
            self.optimisers[name].step()

    def main_step(self, x):
        """x: four batches of frames (N, 1, 64, 64), each batch from the same clips."""
        n, half = len(x[0]), len(x[0]) // 2
        with torch.no_grad():
            pose_a, pose_b = self.pose_encoder(x[0]).flatten(1), self.pose_encoder(x[1]).flatten(1)
        pose_b = torch.cat([pose_b[:half], pose_b.roll(-1, 0)[half:]])
        target = (torch.arange(n) < half).float()[:, None]
        logits = self.discriminator(torch.cat([pose_a, pose_b], 1))
        self.update(['discriminator'], F.binary_cross_entropy_with_logits(logits, target))
        accuracy = ((logits > 0) == (target > 0.5)).float().mean().item()

        content = self.content_encoder(x[0])
        with torch.no_grad():
            content_held, pose_held = self.content_encoder(x[1]), self.pose_encoder(x[3])
        pose = self.pose_encoder(x[2])
        reconstruction = F.mse_loss(self.decoder(torch.cat([content, pose], 1)), x[2])
        similarity = F.mse_loss(content, content_held)
        logits = self.discriminator(torch.cat([pose.flatten(1), pose_held.flatten(1)], 1))
        adversarial = F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, 0.5))
        self.update(['content_encoder', 'pose_encoder', 'decoder'], reconstruction + similarity + 0.1 * adversarial)
        return reconstruction.item(), similarity.item(), accuracy

    def encode(self, x):
        """The features that the pose LSTM trains on: poses (T, N, P), content of the last observed frame (N, C)."""
        with torch.no_grad():
            poses = torch.stack([self.pose_encoder(frame).flatten(1) for frame in x])
            return poses, self.content_encoder(x[self.options.n_past - 1]).flatten(1)

    def lstm_step(self, poses, content):
        loss = F.mse_loss(self.lstm(poses[:-1], content), poses[1:])
        self.update(['lstm'], loss)
        return loss.item()


def timed(options, batches, step):
    """Median and least of the timed steps, and their number."""
    times, begin = [], None
    while True:
        if len(times) == options.warmup:
            begin = time.perf_counter()
        if begin is not None:
            done = len(times) - options.warmup
            if done >= options.steps if options.steps else done and time.perf_counter() - begin >= options.seconds:
                counted = times[options.warmup:]
                return dict(median=round(statistics.median(counted), 6), least=round(min(counted), 6), steps=done)
        batch = batches[len(times) % len(batches)]
        start = time.perf_counter()
        step(batch)
        times.append(time.perf_counter() - start)


def main():
    options = arguments()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    generator = np.random.default_rng(options.seed)
    items = load_items(options.data, generator)
    layout = torch.channels_last if options.channels_last else torch.contiguous_format

    def batch(frames, drawn):
        x = clips(items, options.batch_size, frames, generator)
        chosen = generator.permutation(frames)[:drawn] if drawn < frames else range(frames)
        return [x[i].contiguous(memory_format=layout) for i in chosen]

    peer = Peer(options)
    step = timed(options, [batch(12, 4) for _ in range(4)], peer.main_step)
    times = dict(step=step, framesPerSecond=round(options.batch_size / step['median'], 1))
    if not options.main_only:
        length = options.n_past + options.n_future
        sequences = [batch(length, length) for _ in range(2)]
        peer.pose_encoder.eval()
        peer.content_encoder.eval()
        times['poseStep'] = timed(options, sequences, lambda x: peer.lstm_step(*peer.encode(x)))
        features = [peer.encode(x) for x in sequences]
        times['lstmStep'] = timed(options, features, lambda x: peer.lstm_step(*x))
    print(json.dumps(dict(
        **times, torch=torch.__version__, threads=torch.get_num_threads(), width=options.width,
        contentDim=options.content_dim, poseDim=options.pose_dim, batchSize=options.batch_size,
        rnnSize=options.rnn_size, rnnLayers=options.rnn_layers,
        nPast=options.n_past, nFuture=options.n_future, channelsLast=options.channels_last,
        fusedAdam=options.fused_adam, compile=options.compile, tunables=os.environ.get('GLIBC_TUNABLES', ''))))


if __name__ == '__main__':
    main()
