"""One training step of each network in PyTorch, with the losses that drnet names."""
from collections.abc import Callable

import torch
import torch.nn as nn
import torch.nn.functional as F

from torch_networks import PoseLSTM, SceneDiscriminator, autoencoder, pose_encoder

Tensors = dict[str, torch.Tensor]
Step = Callable[[], Tensors]
# Before a graph is captured, so that compilers and libraries have chosen their kernels.
EAGER_STEPS = 2


class Variant:
    """How PyTorch is used: as it comes; channels-last with fused Adam; the same compiled; or, on a GPU, channels-last
    with fused Adam and the whole step captured as one CUDA graph."""

    def __init__(self, name: str, device: str = 'cpu') -> None:
        self.device = device
        self.is_compiled = name == 'compile'
        self.is_captured = name == 'graph'
        self.is_fused = name != 'plain'
        # On GPUs PyTorch 2.11 fails on compiled transposed convolutions in channels-last layout.
        contiguous = name == 'plain' or self.is_compiled and device == 'cuda'
        self.layout = torch.contiguous_format if contiguous else torch.channels_last
        # One graph for each network, call shape and gradient mode: more than PyTorch allows unasked, after which it
        # would silently go on without compiling.
        torch._dynamo.config.recompile_limit = 256

    def ready(self, network: nn.Module, weights: Tensors, prefix: str) -> nn.Module:
        state = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        missing, unexpected = network.load_state_dict(state, strict=False)
        wrong = unexpected + [name for name in missing if not name.endswith('num_batches_tracked')]
        if wrong:
            raise SystemExit(f'weights do not fit: {prefix}{wrong[0]}')
        network.to(device=self.device, memory_format=self.layout)
        return torch.compile(network, dynamic=False) if self.is_compiled else network

    def adam(self, network: nn.Module, rate: float, beta1: float) -> torch.optim.Adam:
        return torch.optim.Adam(network.parameters(), lr=rate, betas=(beta1, 0.999), fused=self.is_fused or None,
                                capturable=self.is_captured)

    def repeated(self, step: Step) -> Step:
        """The step, or what replays it."""
        if not self.is_captured:
            return step
        graph, losses, calls = torch.cuda.CUDAGraph(), {}, 0

        def run() -> Tensors:
            nonlocal losses, calls
            calls += 1
            if calls <= EAGER_STEPS:
                side = torch.cuda.Stream()
                side.wait_stream(torch.cuda.current_stream())
                with torch.cuda.stream(side):
                    losses = step()
                torch.cuda.current_stream().wait_stream(side)
                return losses
            if calls == EAGER_STEPS + 1:
                # Capturing runs nothing.
                with torch.cuda.graph(graph):
                    losses = step()
            graph.replay()
            return losses
        return run


class MainStep:
    """The scene discriminator's step, then that of both encoders and the decoder."""

    def __init__(self, weights: Tensors, variant: Variant) -> None:
        image_size = weights['batch.0'].shape[-1]
        content_encoder, decoder = autoencoder(weights, image_size)
        self.content_encoder = variant.ready(content_encoder, weights, 'netEC.')
        self.pose_encoder = variant.ready(pose_encoder(weights, image_size), weights, 'netEP.')
        self.decoder = variant.ready(decoder, weights, 'netD.')
        pose_dim = weights['netC.main.0.weight'].shape[1] // 2
        self.discriminator = variant.ready(SceneDiscriminator(pose_dim), weights, 'netC.')
        self.autoencoder_adams = [
            variant.adam(network, 2e-3, 0.5) for network in (self.content_encoder, self.pose_encoder, self.decoder)]
        self.discriminator_adam = variant.adam(self.discriminator, 2e-3, 0.5)
        self.frames = [weights[f'batch.{i}'].contiguous(memory_format=variant.layout) for i in range(4)]

    def run(self) -> Tensors:
        x, count = self.frames, len(self.frames[0])
        half = count // 2
        with torch.no_grad():
            first, second = self.pose_encoder(x[0]), self.pose_encoder(x[1])
            # Pairs of one clip, then pairs of a clip and the next.
            second = torch.cat([second[:half], second.roll(-1, 0)[half:]])
        target = (torch.arange(count, device=first.device) < half).float()[:, None]
        logits = self.discriminator(first, second)
        discriminator = F.binary_cross_entropy_with_logits(logits, target)
        accuracy = ((logits > 0) == (target > 0.5)).float().mean()
        update([self.discriminator_adam], discriminator)

        content, *maps = parts(self.content_encoder(x[0]))
        with torch.no_grad():
            other_content, other_pose = parts(self.content_encoder(x[1]))[0], self.pose_encoder(x[3])
        pose = self.pose_encoder(x[2])
        reconstruction = F.mse_loss(self.decoder(content, *maps, pose), x[2])
        similarity = F.mse_loss(content, other_content)
        logits = self.discriminator(pose, other_pose)
        adversarial = F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, 0.5))
        update(self.autoencoder_adams, reconstruction + similarity + 0.1 * adversarial)
        return detached(
            discriminator=discriminator, discriminatorAccuracy=accuracy, reconstruction=reconstruction,
            similarity=similarity, adversarial=adversarial)


class PoseStep:
    """The pose LSTM on features that are there already."""

    def __init__(self, weights: Tensors, variant: Variant) -> None:
        size, inputs = weights['lstm.embed.weight'].shape
        pose = weights['lstm.output.0.weight'].shape[0]
        layers = sum(name.startswith('lstm.lstm.') and name.endswith('.weight_ih') for name in weights)
        self.lstm = variant.ready(PoseLSTM(pose, inputs - pose, size, layers), weights, 'lstm.')
        self.adam = variant.adam(self.lstm, 2e-4, 0.9)
        batch = [weights[f'batch.{i}'] for i in range(sum(name.startswith('batch.') for name in weights))]
        self.poses, self.content = torch.stack(batch[:-1]), batch[-1]

    def run(self) -> Tensors:
        loss = F.mse_loss(self.lstm(self.poses[:-1], self.content), self.poses[1:])
        update([self.adam], loss)
        return detached(posePrediction=loss)


def parts(encoding: torch.Tensor | tuple) -> tuple:
    """The content vector, and its feature maps where the decoder has skips."""
    return encoding if isinstance(encoding, tuple) else (encoding,)


def detached(**losses: torch.Tensor) -> Tensors:
    return {name: value.detach() for name, value in losses.items()}


def update(adams: list[torch.optim.Adam], loss: torch.Tensor) -> None:
    for adam in adams:
        adam.zero_grad()
    loss.backward()
    for adam in adams:
        adam.step()
