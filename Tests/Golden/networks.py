"""The dcgan networks and the pose LSTM under the parameter names of the authors' PyTorch release."""
import torch
import torch.nn as nn
import torch.nn.functional as F

NEGATIVE_SLOPE = 0.2


class ConvBlock(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(channels, filters, 4, 2, 1), nn.BatchNorm2d(filters), nn.LeakyReLU(NEGATIVE_SLOPE))

    def forward(self, x):
        return self.main(x)


class UpConvBlock(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(channels, filters, 4, 2, 1), nn.BatchNorm2d(filters), nn.LeakyReLU(NEGATIVE_SLOPE))

    def forward(self, x):
        return self.main(x)


class Encoder(nn.Module):
    """Content or pose encoder: (N, C, 64, 64) -> (N, D)."""

    def __init__(self, dim, width, image_channels=1, normalize=False):
        super().__init__()
        self.normalize = normalize
        self.main = nn.Sequential(
            ConvBlock(image_channels, width), ConvBlock(width, 2 * width), ConvBlock(2 * width, 4 * width),
            ConvBlock(4 * width, 8 * width), nn.Conv2d(8 * width, dim, 4, 1, 0), nn.BatchNorm2d(dim), nn.Tanh())

    def forward(self, x):
        h = self.main(x).flatten(1)
        return F.normalize(h, p=2, dim=1) if self.normalize else h


class Decoder(nn.Module):
    """(N, content), (N, pose) -> (N, C, 64, 64)."""

    def __init__(self, content_dim, pose_dim, width, image_channels=1):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(content_dim + pose_dim, 8 * width, 4, 1, 0), nn.BatchNorm2d(8 * width),
            nn.LeakyReLU(NEGATIVE_SLOPE), UpConvBlock(8 * width, 4 * width), UpConvBlock(4 * width, 2 * width),
            UpConvBlock(2 * width, width), nn.ConvTranspose2d(width, image_channels, 4, 2, 1), nn.Sigmoid())

    def forward(self, content, pose):
        return self.main(torch.cat([content, pose], 1)[:, :, None, None])


class SceneDiscriminator(nn.Module):
    """Two poses (N, P) -> logit (N, 1) that both come from the same clip; the probability is its sigmoid."""

    def __init__(self, pose_dim, hidden=100):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2 * pose_dim, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, pose_a, pose_b):
        return self.main(torch.cat([pose_a, pose_b], 1))


class PoseLSTM(nn.Module):
    """Poses (T, N, P), content (N, C) -> predicted next poses (T, N, P); the states start at zero."""

    def __init__(self, pose_dim, content_dim, rnn_size, layers):
        super().__init__()
        self.embed = nn.Linear(pose_dim + content_dim, rnn_size)
        self.lstm = nn.ModuleList(nn.LSTMCell(rnn_size, rnn_size) for _ in range(layers))
        self.output = nn.Sequential(nn.Linear(rnn_size, pose_dim), nn.Tanh())

    def forward(self, poses, content):
        states = [None] * len(self.lstm)
        predictions = []
        for pose in poses:
            h = self.embed(torch.cat([pose, content], 1))
            for i, cell in enumerate(self.lstm):
                states[i] = cell(h, states[i])
                h = states[i][0]
            predictions.append(self.output(h))
        return torch.stack(predictions)


def biases_before_batch_norm(network):
    """Names of biases without influence: the batch norm that follows subtracts them, so their true gradient is zero."""
    names = []
    for name, module in network.named_modules():
        if isinstance(module, nn.Sequential):
            layers = list(module.named_children())
            names += [f'{name}.{key}.bias' for (key, _), (_, following) in zip(layers, layers[1:])
                      if isinstance(following, nn.BatchNorm2d)]
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
