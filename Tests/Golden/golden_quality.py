"""SSIM of frames as scikit-image computes it: gaussian window of 11 x 11, sigma 1.5, borders left out, 0-255."""
import numpy
import skimage
import torch
from skimage.metrics import structural_similarity


def make():
    generator = numpy.random.default_rng(1)
    tensors = {}
    # Odd and even sizes, and the smallest that the window fits into; grey and colour.
    for name, (count, channels, height, width) in {
        'grey': (3, 1, 64, 64), 'colour': (2, 3, 33, 20), 'smallest': (2, 1, 11, 11),
    }.items():
        truth = _smooth(generator, (count, channels, height, width))
        # From nearly the same to unrelated.
        amounts = numpy.geomspace(0.01, 1, count).reshape(-1, 1, 1, 1)
        noise = generator.random(truth.shape)
        frames = ((1 - amounts) * truth + amounts * noise).astype(numpy.float32)
        tensors[f'{name}.truth'] = torch.from_numpy(truth)
        tensors[f'{name}.frames'] = torch.from_numpy(frames)
        values = [
            structural_similarity(
                255 * a.astype(numpy.float64), 255 * b.astype(numpy.float64), gaussian_weights=True, sigma=1.5,
                use_sample_covariance=False, data_range=255, channel_axis=0)
            for a, b in zip(frames, truth)]
        tensors[f'ssim.{name}'] = torch.tensor(values, dtype=torch.float64)
    return tensors, {'scikit-image': skimage.__version__}


def _smooth(generator, shape):
    """Waves of a few pixels in [0, 1], and a corner without any structure."""
    count, channels, height, width = shape
    y, x = numpy.mgrid[:height, :width]
    frequencies = generator.uniform(0.05, 0.6, (count, channels, 2, 1, 1))
    waves = 0.5 + 0.5 * numpy.sin(frequencies[:, :, 0] * y + frequencies[:, :, 1] * x)
    waves[:, :, :height // 3, :width // 3] = 0
    return waves.astype(numpy.float32)
