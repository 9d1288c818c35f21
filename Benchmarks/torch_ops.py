"""Times PyTorch's own operations on the shapes of drnet's: channels-last layout, fused Adam.

Reads the JSON of `drnet bench --ops --json` and prints, for each op that has a counterpart, its number in that list and
its samples in seconds a run.
"""
import json
import re
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F

SAMPLES, SAMPLE_SECONDS = 5, 0.04
Run = Callable[[], object]


def number(op: str, attribute: str) -> int:
    return int(re.search(rf'\b{attribute}: (\d+)', op)[1])


def tensor(shape: list[int]) -> torch.Tensor:
    value = 0.1 + 0.9 * torch.rand(shape)
    return value.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else value


def convolution(op: str, inputs: list[torch.Tensor]) -> Run:
    """Forward, or one of the gradients alone."""
    transposed = op.startswith('ConvTranspose')
    stride, padding = [number(op, 'stride')] * 2, [number(op, 'padding')] * 2
    if 'Forward' in op:
        return lambda: torch.convolution(*inputs, stride, padding, [1, 1], transposed, [0, 0], 1)
    if 'BackwardInput' in op:
        grad, w = inputs
        size = (grad.shape[2] - w.shape[2] + 2 * padding[0]) // stride[0] + 1 if transposed else number(op, 'height')
        x, mask = tensor([len(grad), w.shape[0 if transposed else 1], size, size]), [True, False, False]
    else:
        x, grad = inputs
        outer, inner = (x, grad) if transposed else (grad, x)
        w = tensor([outer.shape[1], inner.shape[1], number(op, 'windowHeight'), number(op, 'windowWidth')])
        mask = [False, True, False]
    return lambda: torch.ops.aten.convolution_backward(
        grad, x, w, None, stride, padding, [1, 1], transposed, [0, 0], 1, mask)


def linear(op: str, inputs: list[torch.Tensor]) -> Run:
    if 'Forward' in op:
        return lambda: F.linear(*inputs)
    first, second = inputs
    return (lambda: first @ second) if 'BackwardInput' in op else (lambda: second.T @ first)


def batch_norm(op: str, inputs: list[torch.Tensor]) -> Run:
    slope = 0.2 if 'leakyReLU' in op else None
    if 'Forward' in op:
        x, gamma, beta, mean, variance = inputs

        def forward() -> torch.Tensor:
            y = F.batch_norm(x, mean, variance, gamma, beta, training=True)
            return F.leaky_relu_(y, slope) if slope else torch.tanh_(y)
        return forward
    x, grad, gamma, _, mean, deviation = inputs

    def backward() -> object:
        g = torch.ops.aten.leaky_relu_backward(grad, x, slope, True) if slope else torch.ops.aten.tanh_backward(grad, x)
        return torch.ops.aten.native_batch_norm_backward(
            g, x, gamma, None, None, mean, deviation, True, 1e-5, [True, True, True])
    return backward


def adam(_: str, inputs: list[torch.Tensor]) -> Run:
    w, grad, first, second = ([value] for value in inputs[:4])
    steps = [torch.ones(())]
    return lambda: torch._fused_adam_(
        w, grad, first, second, [], steps, lr=1e-3, beta1=0.5, beta2=0.999, weight_decay=0, eps=1e-8, amsgrad=False,
        maximize=False)


COUNTERPARTS = {'Conv2D': convolution, 'ConvTranspose2D': convolution, 'Linear': linear, 'BatchNorm': batch_norm,
                'Adam': adam}


def samples(run: Run) -> list[float]:
    def seconds(runs: int) -> float:
        start = time.perf_counter()
        for _ in range(runs):
            run()
        return time.perf_counter() - start
    seconds(1)
    runs = min(max(round(SAMPLE_SECONDS / max(seconds(1), 1e-7) + 0.5), 1), 1000)
    return [seconds(runs) / runs for _ in range(SAMPLES)]


def main() -> None:
    result = {}
    with torch.no_grad():
        for index, op in enumerate(json.load(sys.stdin)):
            family = re.match(r'(.*?)(Forward|Backward|\()', op['op'])[1]
            if family in COUNTERPARTS:
                run = COUNTERPARTS[family](op['op'], [tensor(shape) for shape in op['inputs']])
                result[index] = samples(run)
    print(json.dumps(result))


if __name__ == '__main__':
    main()
