"""Golden cases of the ops between maps of different sizes, and of the sum that follows them in resnet-18."""
import torch
import torch.nn.functional as F

from op_file import draw, gradients, variables


def resampling(file):
    # case: window, stride, padding, (N, C, H, W)
    cases = {
        'one': (1, 1, 0, (1, 1, 1, 1)),
        'odd': (3, 2, 1, (3, 5, 7, 11)),
        'vgg': (2, 2, 0, (2, 18, 8, 6)),
        'apart': (2, 3, 0, (2, 3, 8, 7)),
        'toOnePixel': (2, 2, 0, (3, 17, 2, 3)),
    }
    for case, (window, stride, padding, shape) in cases.items():
        x, = variables(draw(*shape))
        y, flat = F.max_pool2d(x, window, stride, padding, return_indices=True)
        # Where the largest element is in its window, from where it is in the map.
        row = flat // shape[3] - (torch.arange(y.shape[2]) * stride - padding)[:, None]
        column = flat % shape[3] - (torch.arange(y.shape[3]) * stride - padding)
        places = (row * window + column).double()
        grad_y = draw(*y.shape)
        attributes = dict(window=window, stride=stride, padding=padding)
        file.add('maxPool2DForward', case, (x,), (y, places), **attributes)
        file.add('maxPool2DBackward', case, (grad_y, places), gradients(y, x, grad_y), **attributes, height=shape[2],
                 width=shape[3])
    for case, (factor, shape) in {'one': (1, (1, 1, 1, 1)), 'odd': (3, (3, 5, 7, 3)), 'vgg': (2, (2, 18, 4, 3)),
                                  'fromOnePixel': (2, (2, 17, 1, 1))}.items():
        x, = variables(draw(*shape))
        y = F.interpolate(x, scale_factor=factor, mode='nearest')
        grad_y = draw(*y.shape)
        file.add('upsampleNearest2DForward', case, (x,), (y,), factor=factor)
        file.add('upsampleNearest2DBackward', case, (grad_y,), gradients(y, x, grad_y), factor=factor)
    for case, shape in {'residualOdd': (3, 5, 7, 3), 'residual': (2, 18, 4, 4)}.items():
        a, b = draw(*shape), draw(*shape)
        file.add('add', case, (a, b), (F.relu(a + b),), activation='relu')


def global_averages(file):
    for case, shape in {'one': (1, 1, 1, 1), 'odd': (3, 5, 7, 11), 'colour': (2, 3, 6, 5), 'manyChannels': (2, 34, 4, 4)}.items():
        x, = variables(draw(*shape))
        y = F.adaptive_avg_pool2d(x, 1)
        grad_y = draw(*y.shape)
        file.add('globalAveragePool2DForward', case, (x,), (y,))
        file.add('globalAveragePool2DBackward', case, (grad_y,), gradients(y, x, grad_y),
                 height=shape[2], width=shape[3])


def profiles(file):
    for case, shape in {'one': (1, 1, 1, 1), 'odd': (3, 5, 7, 7), 'colour': (2, 3, 6, 6), 'manyChannels': (2, 34, 4, 4)}.items():
        x, = variables(draw(*shape))
        values, places = zip(*(x.max(axis) for axis in (2, 3)))
        y, places = torch.stack(values, 2), torch.stack(places, 2).double()
        grad_y = draw(*y.shape)
        file.add('maxProfiles2DForward', case, (x,), (y, places))
        file.add('maxProfiles2DBackward', case, (grad_y, places), gradients(y, x, grad_y))
