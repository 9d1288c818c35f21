"""The networks in PyTorch, under the parameter names of drnet's checkpoints; activations work in place, as in the
authors' release."""
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, layer: nn.Module, filters: int) -> None:
        super().__init__()
        self.main = nn.Sequential(layer, nn.BatchNorm2d(filters), nn.LeakyReLU(0.2, inplace=True))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.main(x)


class Encoder(nn.Module):
    """(N, C, 64, 64) -> (N, D)."""

    def __init__(self, channels: int, dim: int, width: int) -> None:
        super().__init__()
        sizes = [channels, width, 2 * width, 4 * width, 8 * width]
        blocks = [Block(nn.Conv2d(a, b, 4, 2, 1), b) for a, b in zip(sizes, sizes[1:])]
        self.main = nn.Sequential(*blocks, nn.Conv2d(8 * width, dim, 4), nn.BatchNorm2d(dim), nn.Tanh())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.main(x).flatten(1)


class Decoder(nn.Module):
    """(N, content), (N, pose) -> (N, C, 64, 64)."""

    def __init__(self, channels: int, dim: int, width: int) -> None:
        super().__init__()
        sizes = [8 * width, 4 * width, 2 * width, width]
        blocks = [Block(nn.ConvTranspose2d(a, b, 4, 2, 1), b) for a, b in zip(sizes, sizes[1:])]
        self.main = nn.Sequential(
            nn.ConvTranspose2d(dim, 8 * width, 4), nn.BatchNorm2d(8 * width), nn.LeakyReLU(0.2, inplace=True), *blocks,
            nn.ConvTranspose2d(width, channels, 4, 2, 1), nn.Sigmoid())

    def forward(self, content: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        return self.main(torch.cat([content, pose], 1)[:, :, None, None])


class SceneDiscriminator(nn.Module):
    """Two poses (N, P) -> logit (N, 1) that both come from one clip."""

    def __init__(self, pose_dim: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2 * pose_dim, 100), nn.ReLU(inplace=True), nn.Linear(100, 100), nn.ReLU(inplace=True),
            nn.Linear(100, 1))

    def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        return self.main(torch.cat([first, second], 1))


class PoseLSTM(nn.Module):
    """Teacher-forced: poses (T, N, P) and content (N, C) -> the next pose after each, (T, N, P)."""

    def __init__(self, pose_dim: int, content_dim: int, size: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Linear(pose_dim + content_dim, size)
        self.lstm = nn.ModuleList(nn.LSTMCell(size, size) for _ in range(layers))
        self.output = nn.Sequential(nn.Linear(size, pose_dim), nn.Tanh())

    def forward(self, poses: torch.Tensor, content: torch.Tensor) -> torch.Tensor:
        states: list[tuple[torch.Tensor, torch.Tensor] | None] = [None] * len(self.lstm)
        predictions = []
        for pose in poses:
            h = self.embed(torch.cat([pose, content], 1))
            for i, cell in enumerate(self.lstm):
                states[i] = cell(h, states[i])
                h = states[i][0]
            predictions.append(self.output(h))
        return torch.stack(predictions)
