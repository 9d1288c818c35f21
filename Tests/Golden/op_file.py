"""The cases of ops.safetensors, and how their tensors are drawn."""
import json

import torch


class OpFile:
    """Collects cases: tensors `<op>.<case>.input.<i>`, `.output.<i>`; metadata `<op>.<case>` holds the attributes."""

    def __init__(self):
        self.tensors, self.metadata = {}, {}

    def add(self, op, case, inputs, outputs, **attributes):
        key = f'{op}.{case}'
        if key in self.metadata:
            raise ValueError(f'{key} is there twice')
        self.metadata[key] = json.dumps(attributes, sort_keys=True)
        for kind, tensors in (('input', inputs), ('output', outputs)):
            for i, tensor in enumerate(tensors):
                self.tensors[f'{key}.{kind}.{i}'] = tensor


def draw(*shape, scale=1.0, offset=0.0):
    """Uniform in offset + [-scale, scale), representable in float32, held in float64."""
    return ((torch.rand(shape, dtype=torch.float32) * 2 - 1) * scale + offset).double()


def rounded(tensor):
    """As the reader of the file will see it."""
    return tensor.detach().float().double()


def gradients(outputs, of, grad_outputs):
    return torch.autograd.grad(outputs, of, grad_outputs)


def variables(*tensors):
    return [tensor.clone().requires_grad_() for tensor in tensors]
