"""Writes the golden tensors as safetensors files whose bytes depend on nothing but their contents."""
import json
import struct

import torch
from safetensors.torch import save


def write(path, tensors, metadata):
    """Stores floating-point tensors as float32, `loss.*` and `deviation.*` as float64, bytes as they are.

    All must be finite, but for the inputs of ops that look for what is not."""
    stored = {name: _stored(name, tensor) for name, tensor in tensors.items()}
    for name, tensor in stored.items():
        may_be_infinite = '.input.' in name and name.startswith(('findNonFinite.', 'scaledAdam.notFinite.'))
        if tensor.is_floating_point() and not may_be_infinite and not torch.isfinite(tensor).all():
            raise ValueError(f'{path}: {name} is not finite')
    image = save(stored, metadata)
    # The library writes the metadata in an order that differs between runs; sort it, pad as the library does.
    (length,) = struct.unpack('<Q', image[:8])
    header = json.loads(image[8:8 + length])
    header['__metadata__'] = dict(sorted(header['__metadata__'].items()))
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + image[8 + length:])
    print(f'{path}: {len(stored)} tensors, {(8 + len(text) + len(image) - 8 - length) / 1e6:.2f} MB')


def _stored(name, tensor):
    tensor = tensor.detach()
    if tensor.is_floating_point():
        tensor = tensor.to(torch.float64 if name.startswith(('loss.', 'deviation.')) else torch.float32)
    return tensor.contiguous().clone()
