"""The judge's network at tiny sizes, and what is computed of its probabilities."""
import json

import numpy
import torch

import golden_networks
import networks

FRAMES, FEATURES, HIDDEN, CLASSES, WIDTH = 3, 6, 5, [4, 3], 2


def make():
    torch.manual_seed(11)
    metadata = {'judge': json.dumps(dict(
        width=WIDTH, channels=1, imageSize=64, frames=FRAMES, features=FEATURES, hidden=HIDDEN, classes=CLASSES))}
    tensors = {}
    network = networks.Judge(FRAMES, FEATURES, HIDDEN, CLASSES, WIDTH).double()
    def draw():
        return dict(x=torch.cat([golden_networks.images(1) for _ in range(FRAMES)]))
    golden_networks.record(tensors, 'judge', 'judge', *golden_networks.draw_stable(network, draw))
    _compare_with_lstm(network, tensors['judge/input/judge.x'].detach())
    tensors.update(_scores())
    return tensors, metadata


def _compare_with_lstm(network, x):
    """The two LSTMs are one of PyTorch's that goes in both directions."""
    lstm = torch.nn.LSTM(FEATURES, HIDDEN, bidirectional=True).double()
    for cell, suffix in zip(network.lstm, ('', '_reverse')):
        for name, value in cell.named_parameters():
            getattr(lstm, f'{name}_l0{suffix}').data.copy_(value)
    network.eval()
    _, (last, _) = lstm(networks.Encoder.forward(network, x).view(FRAMES, -1, FEATURES))
    states = torch.cat([last[0], last[1]], 1)
    assert torch.allclose(torch.cat([head(states) for head in network.heads], 1), network(x), atol=1e-12)


def _scores():
    """Accuracy, IS, H(y|x) and H(y) of probabilities p (N, K), as the published protocol has them."""
    generator = numpy.random.default_rng(12)
    cases = {
        'odd': generator.dirichlet([0.5] * 5, 17), 'sure': numpy.eye(9)[generator.integers(9, size=90)],
        'nearlySure': generator.dirichlet([0.02] * 6, 100), 'uniform': numpy.full((8, 4), 0.25),
    }
    tensors = {}
    for name, drawn in cases.items():
        p = drawn.astype(numpy.float32)
        labels = numpy.where(generator.random(len(p)) < 0.8, p.argmax(1), generator.integers(p.shape[1], size=len(p)))
        q = p.astype(numpy.float64)
        mean = q.mean(0, keepdims=True)
        tiny = numpy.finfo(numpy.float64).tiny  # for 0 log 0
        divergences = (q * (numpy.log(q + tiny) - numpy.log(mean + tiny))).sum(1)
        scores = [
            (q.argmax(1) == labels).mean(), numpy.exp(divergences.mean()), -(q * numpy.log(q + tiny)).sum(1).mean(),
            -(mean * numpy.log(mean + tiny)).sum()]
        tensors[f'scores/{name}.probabilities'] = torch.from_numpy(p)
        tensors[f'scores/{name}.labels'] = torch.from_numpy(labels.astype(numpy.float32))
        tensors[f'scores/{name}.scores'] = torch.tensor(scores, dtype=torch.float64)
    return tensors
