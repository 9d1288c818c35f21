"""Weights of drnet-py as docs/drnet-py.md converts them, and what PyTorch makes of them.

The modules are saved whole, as drnet-py saves them, and the lines of the page are run on that file.
"""
import argparse
import os
import re
import tempfile

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

import networks

WIDTH, CONTENT, POSE, RNN_SIZE, OBSERVED, PREDICTED = 4, 6, 3, 8, 3, 5


class NormalisedLSTM(networks.PoseLSTM):
    """With predictions of unit length, as train_lstm.py --normalize trains it."""

    def forward(self, poses, content, count):
        """The `count` poses that follow `poses`, (count, N, P)."""
        states, predictions = [None] * len(self.lstm), []
        for step in range(len(poses) + count - 1):
            pose = poses[step] if step < len(poses) else predictions[-1]
            h = self.embed(torch.cat([pose, content], 1))
            for i, cell in enumerate(self.lstm):
                states[i] = cell(h, states[i])
                h = states[i][0]
            predictions.append(F.normalize(self.output(h), p=2, dim=1))
        return torch.stack(predictions[len(poses) - 1:])


def convert(path):
    """Runs the first Python lines of the page beside the file model.pth, and returns the tensors that they wrote."""
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'docs', 'drnet-py.md')
    with open(page) as text:
        lines = re.search('```python\n(.*?)```', text.read(), re.DOTALL).group(1)
    before = os.getcwd()
    os.chdir(path)
    try:
        exec(lines, {})
        return load_file('model.safetensors')
    finally:
        os.chdir(before)


def make():
    """The converted tensors under their own names, and `expected.*`."""
    torch.manual_seed(11)
    model = dict(netEC=networks.Encoder(CONTENT, WIDTH), netEP=networks.Encoder(POSE, WIDTH, normalize=True),
                 netD=networks.Decoder(CONTENT, POSE, WIDTH), lstm=NormalisedLSTM(POSE, CONTENT, RNN_SIZE, 2))
    model = {name: networks.randomise(module.double()).float().eval() for name, module in model.items()}
    with tempfile.TemporaryDirectory() as folder:
        torch.save({**model, 'opt': argparse.Namespace(normalize=True)}, os.path.join(folder, 'model.pth'))
        tensors = convert(folder)
    ours = {name: module.double() for name, module in model.items()}
    frames = torch.rand((OBSERVED, 2, 1, 64, 64), dtype=torch.float32).double()
    with torch.no_grad():
        content = ours['netEC'](frames[-1])
        poses = torch.stack([ours['netEP'](x) for x in frames])
        predicted = ours['lstm'](poses, content, PREDICTED)
        generated = torch.stack([ours['netD'](content, pose) for pose in predicted])
    tensors.update({'expected.frames': frames, 'expected.content': content, 'expected.poses': poses,
                    'expected.predicted': predicted, 'expected.generated': generated})
    # The file's own metadata are those of the conversion.
    return tensors, {'normalize': 'True'}
