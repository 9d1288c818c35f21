"""Small videos of many kinds that ffmpeg makes, and what PyAV decodes of them.

The frames have fine detail in their brightness and slow changes in their colours, so that the places of chroma samples, which
files rarely tell, do not count.
"""
import os
import subprocess
import tempfile

import av
import numpy
import torch
import torch.nn.functional as F

FRAMES = 5
# Width and height.
SIZE = (64, 48)

X264 = ['-codec:v', 'libx264', '-crf', '10']
BT709 = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709']
BT2020 = ['-colorspace', 'bt2020nc', '-color_primaries', 'bt2020', '-color_trc', 'bt2020-10']


def _formats(ending, codec, *formats):
    return {f'{codec[1]}.{format}.{ending}': (codec + ['-pix_fmt', format], {}) for format in formats}


def _rates(ending, codec, *rates):
    return {f'rate.{rate.replace("/", "-")}.{ending}': (codec, dict(rate=rate)) for rate in rates}


# Options of ffmpeg by the video's name; `rate` in frames a second, `turn` in degrees, `size`.
VIDEOS = {
    **_formats('mp4', X264, 'yuv420p', 'yuv422p', 'yuv444p', 'yuv420p10le', 'yuv444p10le', 'gray', 'yuvj420p'),
    **_formats('mp4', ['-codec:v', 'libx265', '-x265-params', 'log-level=error:crf=10'], 'yuv420p', 'yuv420p10le'),
    **_formats('mp4', ['-codec:v', 'libaom-av1', '-cpu-used', '8', '-crf', '10'], 'yuv420p'),
    **_formats('mkv', ['-codec:v', 'ffv1'], 'yuv410p', 'yuv411p', 'yuv440p', 'yuv422p10le', 'bgr0', 'bgra', 'gbrp', 'gray',
               'gray10le'),
    **_formats('mkv', ['-codec:v', 'zlib'], 'bgr24'),
    **_formats('mkv', ['-codec:v', 'vc2', '-b:v', '4M'], 'yuv422p'),
    **_formats('webm', ['-codec:v', 'libvpx-vp9', '-lossless', '1'], 'yuv420p', 'yuv444p', 'gbrp'),
    **_formats('webm', ['-codec:v', 'libvpx', '-crf', '4', '-b:v', '4M'], 'yuv420p'),
    **_formats('avi', ['-codec:v', 'rawvideo'], 'bgr24', 'yuv420p', 'uyvy422', 'nv12'),
    **_formats('avi', ['-codec:v', 'mjpeg', '-q:v', '1'], 'yuvj420p', 'yuvj422p', 'yuvj444p'),
    **_formats('avi', ['-codec:v', 'huffyuv'], 'yuv422p', 'rgb24', 'bgra'),
    **_formats('avi', ['-codec:v', 'utvideo'], 'yuv420p', 'gbrp'),
    **_formats('avi', ['-codec:v', 'mpeg4', '-q:v', '1'], 'yuv420p'),
    **_formats('avi', ['-codec:v', 'libxvid', '-q:v', '1'], 'yuv420p'),
    **_formats('avi', ['-codec:v', 'msmpeg4', '-q:v', '1'], 'yuv420p'),
    **_formats('mov', ['-codec:v', 'qtrle'], 'rgb24', 'gray'),
    **_formats('mov', ['-codec:v', 'png'], 'rgb24', 'gray'),
    **_formats('mov', ['-codec:v', 'prores_ks', '-profile:v', 'hq'], 'yuv422p10le'),
    **_formats('mov', ['-codec:v', 'jpeg2000'], 'rgb24'),
    **_formats('mpg', ['-codec:v', 'mpeg1video', '-q:v', '1'], 'yuv420p'),
    **_formats('vob', ['-codec:v', 'mpeg2video', '-q:v', '1'], 'yuv420p'),
    **_formats('ts', ['-codec:v', 'mpeg2video', '-q:v', '1'], 'yuv422p'),
    **_formats('ts', X264, 'yuv420p'),
    **_formats('flv', ['-codec:v', 'flv', '-q:v', '1'], 'yuv420p'),
    **_formats('flv', X264, 'yuv420p'),
    **_formats('wmv', ['-codec:v', 'wmv2', '-q:v', '1'], 'yuv420p'),
    **_formats('ogv', ['-codec:v', 'libtheora', '-q:v', '10'], 'yuv420p', 'yuv444p'),
    **_formats('y4m', ['-codec:v', 'wrapped_avframe'], 'yuv420p', 'yuv444p'),
    **_formats('gif', ['-codec:v', 'gif'], 'rgb8', 'gray'),
    **_rates('mp4', X264, '10', '24000/1001', '30000/1001', '12.5', '59.94'),
    **_rates('mkv', X264, '24000/1001', '60'),
    'b-frames.mp4': (X264 + ['-bf', '3', '-pix_fmt', 'yuv420p'], {}),
    'open-gop.mkv': (X264 + ['-bf', '2', '-g', '2', '-x264-params', 'open-gop=1'], {}),
    'fields.ts': (['-codec:v', 'mpeg2video', '-q:v', '1', '-flags', '+ildct+ilme', '-top', '1'], {}),
    **{f'turn.{turn}.{ending}': (X264 + ['-pix_fmt', 'yuv420p'], dict(turn=turn)) for turn in (90, 180, 270)
       for ending in ('mp4', 'mov')},
    **{f'aspect.{aspect.replace("/", "-")}.{ending}': (X264 + ['-aspect', aspect], {})
       for aspect, ending in (('2', 'mp4'), ('16/9', 'mkv'), ('1/2', 'mov'))},
    'bt709.mp4': (['-filter:v', 'scale=out_color_matrix=bt709,format=yuv420p'] + X264 + BT709, {}),
    'bt2020.mkv': (['-filter:v', 'scale=out_color_matrix=bt2020,format=yuv420p10le'] + X264 + BT2020, {}),
    'full-range.mkv': (['-filter:v', 'scale=out_range=full,format=yuv444p'] + X264 + ['-color_range', 'pc'], {}),
    'odd-size.mkv': (['-codec:v', 'ffv1', '-pix_fmt', 'yuv420p'], dict(size=(37, 29))),
    'odd-size.webm': (['-codec:v', 'libvpx-vp9', '-lossless', '1', '-pix_fmt', 'yuv420p'], dict(size=(65, 31))),
}


def make():
    tensors = {}
    for name, (options, settings) in VIDEOS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, f'video.{name.rsplit(".", 1)[1]}')
            _write(path, options, **settings)
            with open(path, 'rb') as file:
                tensors[f'{name}.file'] = torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8).copy())
            frames = [_resampled(picture) for picture in _decoded(path)]
        assert len(frames) == FRAMES, (name, len(frames))
        tensors[f'{name}.frames'] = torch.stack(frames)
    version = subprocess.run(['ffmpeg', '-version'], capture_output=True, text=True, check=True).stdout.split()[2]
    return tensors, {'PyAV': av.__version__, 'ffmpeg': version}


def _drawn(size):
    """(T, H, W, 3) of 8 bits."""
    width, height = size
    time, y, x = numpy.meshgrid(
        numpy.arange(FRAMES), numpy.arange(height) / height, numpy.arange(width) / width, indexing='ij')
    light = 128 + 50 * numpy.sin(9 * x + 2 * time) * numpy.cos(8 * y - time)
    warm = 30 * numpy.sin(2 * x + 0.7 * time)
    green = 20 * numpy.cos(2 * y + time)
    return numpy.stack([light + warm, light + green, light - warm], -1).round().astype(numpy.uint8)


def _write(path, options, rate='25', turn=0, size=SIZE):
    plain = path if not turn else path + '.plain.mp4'
    _ffmpeg(['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-video_size', f'{size[0]}x{size[1]}', '-framerate', rate, '-i', '-']
            + options + ['-fflags', '+bitexact', '-flags:v', '+bitexact', plain], _drawn(size).tobytes())
    if turn:
        _ffmpeg(['-i', plain, '-codec', 'copy', '-metadata:s:v', f'rotate={turn}', path])


def _ffmpeg(options, data=b''):
    subprocess.run(['ffmpeg', '-loglevel', 'error', '-y'] + options, input=data, check=True)


def _decoded(path):
    """The pictures as shown, (H, W, 3), 8 bits."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        for frame in container.decode(stream):
            # Degrees, counter-clockwise, as numpy counts its quarters.
            yield numpy.rot90(frame.to_ndarray(format='rgba')[..., :3], frame.rotation // 90)


def _resampled(picture, side=16):
    wide = torch.from_numpy(picture.copy()).double().permute(2, 0, 1)[None]
    small = F.interpolate(wide, size=(side, side), mode='bilinear', align_corners=False, antialias=True)
    return small[0].permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8)
