"""The networks of the authors' PyTorch release under its parameter names, for any width; activations work in place."""
import torch
import torch.nn as nn
import torch.nn.functional as F

NEGATIVE_SLOPE = 0.2


def halvings(image_size):
    """From a frame to 4 x 4 pixels: 4 at 64 px, 5 at 128."""
    return (image_size // 4).bit_length() - 1


def pyramid(image_size, width):
    """Filters of each level, finest first."""
    return [width * min(2**level, 8) for level in range(halvings(image_size))]


def normalised(layer, filters):
    return nn.Sequential(layer, nn.BatchNorm2d(filters), nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True))


class Block(nn.Module):
    """A convolution, batch norm and an activation as `main`."""

    def __init__(self, layer, filters):
        super().__init__()
        self.main = normalised(layer, filters)

    def forward(self, x):
        return self.main(x)


def down(inputs, outputs):
    return Block(nn.Conv2d(inputs, outputs, 4, 2, 1), outputs)


def up(inputs, outputs):
    return Block(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), outputs)


def same(inputs, outputs):
    return Block(nn.Conv2d(inputs, outputs, 3, 1, 1), outputs)


class BatchRenorm(nn.BatchNorm2d):
    """Batch renormalisation (Ioffe 2017) without bounds; not in the authors' release."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        variance, mean = torch.var_mean(x, (0, 2, 3), correction=0, keepdim=True)
        deviation = torch.sqrt(variance + self.eps)
        count = x.numel() // x.shape[1]
        with torch.no_grad():
            self.running_mean.lerp_(mean.flatten(), self.momentum)
            self.running_var.lerp_(variance.flatten() * count / (count - 1), self.momentum)
        running_mean = self.running_mean.clone()[:, None, None]
        running_deviation = torch.sqrt(self.running_var.clone()[:, None, None] + self.eps)
        r = (deviation / running_deviation).detach()
        d = ((mean - running_mean) / running_deviation).detach()
        return self.weight[:, None, None] * ((x - mean) / deviation * r + d) + self.bias[:, None, None]


NORMS = {'batch': nn.BatchNorm2d, 'running': BatchRenorm}


def head(inputs, dim, window=4, norm='batch'):
    return nn.Conv2d(inputs, dim, window), NORMS[norm](dim), nn.Tanh()


# Heads that are not in the authors' release: the filter of the last convolution, over what is made of the map. Profiles are
# made of a map of 16 x 16 pixels.
WINDOWS = {'convolution': 4, 'pooled': 1, 'profiles': (2, 16)}


def seen_by(kind, x):
    """What the head of that kind makes of the map x, for its convolution."""
    if kind == 'pooled':
        return x.mean((2, 3), keepdim=True)
    if kind == 'profiles':
        return torch.sigmoid(torch.stack([x.max(2).values, x.max(3).values], 2))
    return x


def vector(x, normalize):
    x = x.flatten(1)
    return F.normalize(x, p=2, dim=1) if normalize else x


class Encoder(nn.Module):
    """dcgan: (N, C, S, S) -> (N, D)."""

    def __init__(self, dim, width, image_channels=1, normalize=False, image_size=64, kind='convolution',
                 norm='batch'):
        super().__init__()
        self.normalize, self.kind = normalize, kind
        levels = halvings(image_size) - (2 if kind == 'profiles' else 0)
        filters = [image_channels, *pyramid(image_size, width)[:levels]]
        blocks = [down(a, b) for a, b in zip(filters, filters[1:])]
        if kind == 'pooled':  # keeps the size of 8 x 8
            blocks[-1] = same(*filters[-2:])
        self.main = nn.Sequential(*blocks, *head(filters[-1], dim, WINDOWS[kind], norm))

    def forward(self, x):
        return vector(self.main[-3:](seen_by(self.kind, self.main[:-3](x))), self.normalize)


class Decoder(nn.Module):
    """dcgan: (N, content), (N, pose) -> (N, C, S, S)."""

    def __init__(self, content_dim, pose_dim, width, image_channels=1, image_size=64):
        super().__init__()
        filters = pyramid(image_size, width)[::-1]
        self.main = nn.Sequential(
            *normalised(nn.ConvTranspose2d(content_dim + pose_dim, filters[0], 4, 1, 0), filters[0]),
            *(up(a, b) for a, b in zip(filters, filters[1:])), nn.ConvTranspose2d(width, image_channels, 4, 2, 1),
            nn.Sigmoid())

    def forward(self, content, pose):
        return self.main(torch.cat([content, pose], 1)[:, :, None, None])


class UNetEncoder(nn.Module):
    """dcgan with skips: (N, C, S, S) -> (N, D) and the maps of its levels, finest first."""

    def __init__(self, dim, width, image_channels=1, image_size=64):
        super().__init__()
        filters = [image_channels, *pyramid(image_size, width)]
        self.count = len(filters) - 1
        for level, (a, b) in enumerate(zip(filters, filters[1:])):
            setattr(self, f'c{level + 1}', down(a, b))
        setattr(self, f'c{self.count + 1}', nn.Sequential(*head(filters[-1], dim)))

    def forward(self, x):
        maps = []
        for level in range(self.count):
            x = getattr(self, f'c{level + 1}')(x)
            maps.append(x)
        return vector(getattr(self, f'c{self.count + 1}')(x), False), maps


class UNetDecoder(nn.Module):
    """dcgan with skips: (N, content), its maps, (N, pose) -> (N, C, S, S)."""

    def __init__(self, content_dim, pose_dim, width, image_channels=1, image_size=64):
        super().__init__()
        filters = pyramid(image_size, width)[::-1]
        self.count = len(filters)
        self.upc1 = normalised(nn.ConvTranspose2d(content_dim + pose_dim, filters[0], 4, 1, 0), filters[0])
        for level, (a, b) in enumerate(zip(filters, filters[1:])):
            setattr(self, f'upc{level + 2}', up(2 * a, b))
        setattr(self, f'upc{self.count + 1}',
                nn.Sequential(nn.ConvTranspose2d(2 * width, image_channels, 4, 2, 1), nn.Sigmoid()))

    def forward(self, content, maps, pose):
        x = self.upc1(torch.cat([content, pose], 1)[:, :, None, None])
        for level, skip in enumerate(maps[::-1]):
            x = getattr(self, f'upc{level + 2}')(torch.cat([x, skip], 1))
        return x


class VGGEncoder(nn.Module):
    """vgg: (N, C, S, S) -> (N, D) and the maps of its levels, finest first."""

    def __init__(self, dim, width, image_channels=1, image_size=64, kind='convolution'):
        super().__init__()
        self.kind = kind
        filters = pyramid(image_size, width)[:halvings(image_size) - (2 if kind == 'profiles' else 0)]
        self.count = len(filters)
        inputs = image_channels
        for level, outputs in enumerate(filters):
            layers = [same(inputs if index == 0 else outputs, outputs) for index in range(2 if level < 2 else 3)]
            setattr(self, f'c{level + 1}', nn.Sequential(*layers))
            inputs = outputs
        setattr(self, f'c{self.count + 1}', nn.Sequential(*head(inputs, dim, WINDOWS[kind])))

    def forward(self, x):
        maps = []
        for level in range(self.count):
            maps.append(getattr(self, f'c{level + 1}')(x))
            x = F.max_pool2d(maps[-1], 2)
        return vector(getattr(self, f'c{self.count + 1}')(seen_by(self.kind, x)), False), maps


class VGGDecoder(nn.Module):
    """vgg with skips: (N, content), its maps, (N, pose) -> (N, C, S, S)."""

    def __init__(self, content_dim, pose_dim, width, image_channels=1, image_size=64):
        super().__init__()
        filters = pyramid(image_size, width)
        self.count = len(filters)
        self.upc1 = normalised(nn.ConvTranspose2d(content_dim + pose_dim, filters[-1], 4, 1, 0), filters[-1])
        for level in reversed(range(1, self.count)):
            middle = [same(filters[level], filters[level])] if level >= 2 else []
            setattr(self, f'upc{self.count + 1 - level}', nn.Sequential(
                same(2 * filters[level], filters[level]), *middle, same(filters[level], filters[level - 1])))
        setattr(self, f'upc{self.count + 1}', nn.Sequential(
            same(2 * width, width), nn.ConvTranspose2d(width, image_channels, 3, 1, 1), nn.Sigmoid()))

    def forward(self, content, maps, pose):
        x = self.upc1(torch.cat([content, pose], 1)[:, :, None, None])
        for level, skip in enumerate(maps[::-1]):
            x = F.interpolate(x, scale_factor=2, mode='nearest')
            x = getattr(self, f'upc{level + 2}')(torch.cat([x, skip], 1))
        return x


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        residual = x if self.downsample is None else self.downsample(x)
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        y += residual
        return F.relu(y, inplace=True)


class ResNet18(nn.Module):
    def __init__(self, dim, width, image_channels, image_size):
        super().__init__()
        self.count = halvings(image_size)
        self.conv1 = nn.Conv2d(image_channels, width, 5, 2, 3)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage in range(self.count):
            outputs = width * 2**stage
            setattr(self, f'layer{stage + 1}', nn.Sequential(
                BasicBlock(inputs, outputs, 1 if stage == 0 else 2), BasicBlock(outputs, outputs, 1)))
            inputs = outputs
        self.conv_out, self.bn_out, _ = head(inputs, dim, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x)), inplace=True), 3, 2, 1)
        for stage in range(self.count):
            x = getattr(self, f'layer{stage + 1}')(x)
        return torch.tanh(self.bn_out(self.conv_out(x)))


class ResNetEncoder(nn.Module):
    """resnet-18: (N, C, S, S) -> (N, D)."""

    def __init__(self, dim, width, image_channels=1, normalize=False, image_size=64):
        super().__init__()
        self.normalize = normalize
        self.main = ResNet18(dim, width, image_channels, image_size)

    def forward(self, x):
        return vector(self.main(x), self.normalize)


class SpatialDecoder(nn.Module):
    """Content and pose -> frames, from sines of pose and coordinates at 8 x 8 places; not in the authors' release."""

    def __init__(self, content_dim, pose_dim, width, image_channels=1, image_size=64):
        super().__init__()
        filters = 8 * width
        axis = ((torch.arange(8) + 0.5) / 8 * 2 - 1) * 3
        self.register_buffer('coordinates', torch.stack(torch.meshgrid(axis, axis, indexing='ij'))[None], persistent=False)
        self.place = nn.Conv2d(pose_dim + 2, filters, 1)
        self.hidden = normalised(nn.Conv2d(filters, filters, 1), filters)
        self.gate_norm = nn.BatchNorm2d(filters)
        self.gate = nn.Conv2d(content_dim, filters, 1)
        self.mix = normalised(nn.Conv2d(filters, filters, 1), filters)
        sizes = [filters, *pyramid(image_size, width)[:halvings(image_size) - 2][::-1]]
        self.ups = len(sizes) - 1
        for level in range(self.ups):
            setattr(self, f'up{level + 1}', up(sizes[level], sizes[level + 1]))
        self.last = nn.ConvTranspose2d(width, image_channels, 4, 2, 1)

    def forward(self, content, pose):
        n = len(pose)
        x = torch.cat([pose[..., None, None].expand(-1, -1, 8, 8), self.coordinates.to(pose.dtype).expand(n, -1, -1, -1)], 1)
        x = self.hidden(torch.sin(self.place(x))) * self.gate(content[..., None, None])
        x = self.mix(F.leaky_relu(self.gate_norm(x), NEGATIVE_SLOPE))
        for level in range(self.ups):
            x = getattr(self, f'up{level + 1}')(x)
        return torch.sigmoid(self.last(x))


class SceneDiscriminator(nn.Module):
    """Two poses (N, P) -> logit (N, 1) that both come from the same clip; the probability is its sigmoid."""

    def __init__(self, pose_dim, hidden=100):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2 * pose_dim, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, hidden), nn.ReLU(inplace=True),
            nn.Linear(hidden, 1))

    def forward(self, pose_a, pose_b):
        return self.main(torch.cat([pose_a, pose_b], 1))


class ContentPredictor(nn.Module):
    """Pose (N, P) -> standardised content (N, C); not in the authors' release."""

    def __init__(self, pose_dim, content_dim, hidden=100):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(pose_dim, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, hidden), nn.ReLU(inplace=True),
            nn.Linear(hidden, content_dim))

    def forward(self, pose):
        return self.main(pose)


class PoseLSTM(nn.Module):
    """Poses (T, N, P), content (N, C) -> predicted next poses (T + F, N, P); the states start at zero.

    The last F are predicted from its own predictions. A residual one predicts differences, without tanh. With attention
    the output layer also reads what the top layer's state finds among its states at the `observed` time steps so far.
    """

    def __init__(self, pose_dim, content_dim, rnn_size, layers, residual=False, attention=False):
        super().__init__()
        self.residual, self.attention = residual, attention
        self.embed = nn.Linear(pose_dim + content_dim, rnn_size)
        self.lstm = nn.ModuleList(nn.LSTMCell(rnn_size, rnn_size) for _ in range(layers))
        self.output = nn.Sequential(
            nn.Linear(2 * rnn_size if attention else rnn_size, pose_dim), nn.Identity() if residual else nn.Tanh())

    def forward(self, poses, content, free_steps=0, observed=None):
        states = [None] * len(self.lstm)
        predictions, memory = [], []
        for step in range(len(poses) + free_steps):
            pose = poses[step] if step < len(poses) else predictions[-1]
            h = self.embed(torch.cat([pose, content], 1))
            for i, cell in enumerate(self.lstm):
                states[i] = cell(h, states[i])
                h = states[i][0]
            if self.attention:
                if step < observed:
                    memory.append(h)
                keys = torch.stack(memory, 1)
                h = torch.cat([h, F.scaled_dot_product_attention(h[:, None], keys, keys)[:, 0]], 1)
            predictions.append(self.output(h) + pose if self.residual else self.output(h))
        return torch.stack(predictions)


class Judge(Encoder):
    """Frames (T N, C, S, S), those of one time step together -> the logits of all classes, (N, sum of K).

    A dcgan encoder, an LSTM over the frames and one over the frames in reverse, and two linear layers for each class.
    """

    def __init__(self, frames, features, hidden, classes, width, image_channels=1, image_size=64):
        super().__init__(features, width, image_channels, image_size=image_size)
        self.frames = frames
        self.lstm = nn.ModuleList(nn.LSTMCell(features, hidden) for _ in range(2))
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(2 * hidden, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, values))
            for values in classes)

    def forward(self, x):
        steps = super().forward(x).chunk(self.frames)
        last = []
        for cell, order in zip(self.lstm, (steps, steps[::-1])):
            state = None
            for step in order:
                state = cell(step, state)
            last.append(state[0])
        states = torch.cat(last, 1)
        return torch.cat([head(states) for head in self.heads], 1)


def biases_before_batch_norm(network):
    """Names of biases without influence: the batch norm that follows subtracts them, so their true gradient is zero."""
    names = []
    for name, module in network.named_modules():
        layers = [child for child in module.named_children() if not isinstance(child[1], nn.ModuleList)]
        names += [f'{name}.{key}.bias'.lstrip('.') for (key, layer), (_, following) in zip(layers, layers[1:])
                  if isinstance(following, nn.BatchNorm2d) and isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d))]
    return names


def randomise(network):
    """Draws every parameter and running statistic, so that none is 0 or 1; all representable in float32."""
    for name, value in network.state_dict().items():
        if name.endswith('num_batches_tracked'):
            continue
        if value.dim() > 1:
            drawn = torch.randn(value.shape) * (value.numel() / value.shape[0])**-0.5
        elif name.endswith('running_var'):
            drawn = torch.rand(value.shape) + 0.5
        elif name.endswith('running_mean') or name.endswith('bias'):
            drawn = torch.randn(value.shape) * 0.2
        else:
            drawn = torch.rand(value.shape) + 0.5
        value.copy_(drawn.double())
    return network
