"""PNG files of every kind, and what Pillow, or for 16 bits OpenCV, reads of them."""
import io
import struct
import zlib

import cv2
import numpy
import PIL
import png
import torch
from PIL import Image

# Channels by the options of pypng.
KINDS = {
    'grey': (1, dict(greyscale=True)),
    'greyAlpha': (2, dict(greyscale=True, alpha=True)),
    'rgb': (3, dict(greyscale=False)),
    'rgba': (4, dict(greyscale=False, alpha=True)),
}


def make():
    generator = numpy.random.default_rng(1)
    files = {}

    def add(name, size, depth, channels, options):
        """With and without interlacing."""
        height, width = size
        samples = generator.integers(0, 1 << depth, (height, width * channels))
        for interlace in (False, True):
            file = io.BytesIO()
            png.Writer(width=width, height=height, bitdepth=depth, interlace=interlace, **options).write(
                file, samples.tolist())
            files[name + ('.interlaced' if interlace else '')] = file.getvalue()

    for kind, (channels, options) in KINDS.items():
        for depth in (1, 2, 4, 8, 16) if kind == 'grey' else (8, 16):
            add(f'{kind}{depth}', (11, 13), depth, channels, options)
    for depth in (1, 2, 4, 8):
        colours = [tuple(colour) for colour in generator.integers(0, 256, (1 << depth, 3)).tolist()]
        faded = [tuple(colour) for colour in generator.integers(0, 256, (1 << depth, 4)).tolist()]
        add(f'palette{depth}', (11, 13), depth, 1, dict(palette=colours))
        add(f'fadedPalette{depth}', (11, 13), depth, 1, dict(palette=faded))
    # One level of grey is transparent; the picture holds it. Of fewer bits, Pillow compares it with the level times 85.
    add('greyKey8', (40, 40), 8, 1, dict(greyscale=True, transparent=1))
    # Interlacing leaves some passes of a small picture empty.
    for width, height in ((1, 1), (3, 2), (4, 5), (9, 1)):
        add(f'rgb16.{width}x{height}', (height, width), 16, 3, KINDS['rgb'][1])
    # What the file says of its brightness does not change what is stored.
    for kind, depth in (('grey', 8), ('rgb', 8), ('rgb', 16)):
        for gamma in (45455, 50994, 100000):
            files[f'{kind}{depth}.gamma{gamma}'] = _with_chunk(
                files[f'{kind}{depth}'], b'gAMA', struct.pack('>I', gamma))

    tensors = {}
    for name, file in files.items():
        tensors[f'{name}.file'] = _bytes(numpy.frombuffer(file, numpy.uint8))
        tensors[f'{name}.pixels'] = _bytes(_on_black(_read(file)))
    return tensors, {'Pillow': PIL.__version__, 'OpenCV': cv2.__version__, 'pypng': png.__version__}


def _read(file):
    """(H, W, C) of 8 bits: grey, grey and alpha, RGB, or RGB and alpha; 16 bits are divided by 257."""
    if file[24] == 16:
        is_grey = file[25] in (0, 4)
        if file[25] == 4:
            # OpenCV gives grey with alpha as BGRA.
            image = cv2.imdecode(numpy.frombuffer(file, numpy.uint8), cv2.IMREAD_UNCHANGED)[..., [0, 3]]
        else:
            image = cv2.imdecode(numpy.frombuffer(file, numpy.uint8), cv2.IMREAD_UNCHANGED)
            image = image[..., None] if is_grey else image[..., [2, 1, 0, 3][:image.shape[2]]]
        assert image.dtype == numpy.uint16
        return ((image.astype(numpy.int64) + 128) // 257).astype(numpy.uint8)
    image = Image.open(io.BytesIO(file))
    is_grey, has_alpha = file[25] in (0, 4), file[25] in (4, 6) or 'transparency' in image.info
    mode = ('LA' if has_alpha else 'L') if is_grey else ('RGBA' if has_alpha else 'RGB')
    if mode == 'LA' and image.mode != 'LA':
        return numpy.asarray(image.convert('RGBA'))[..., [0, 3]]
    pixels = numpy.asarray(image.convert(mode))
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _on_black(pixels):
    if pixels.shape[2] in (1, 3):
        return pixels
    wide = pixels.astype(numpy.int64)
    return ((wide[..., :-1] * wide[..., -1:] + 127) // 255).astype(numpy.uint8)


def _with_chunk(file, name, data):
    """The file with a chunk after its header."""
    chunk = struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
    return file[:33] + chunk + file[33:]


def _bytes(array):
    return torch.from_numpy(numpy.array(array))
