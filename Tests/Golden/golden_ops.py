"""Golden inputs and outputs of every op of the catalogue (Sources/TensorEngine/Ops/OpName.swift).

Inputs are drawn in float32. Outputs come from PyTorch in float64: backward ops from torch.autograd, LSTM layers from
torch.nn.LSTMCell, Adam from torch.optim.Adam, the moving average from torch.optim.swa_utils, loss scaling from
torch.amp.
"""
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import get_ema_avg_fn

from golden_resampling import global_averages, profiles, resampling
from op_file import OpFile, draw, gradients, rounded, variables

ACTIVATIONS = {
    'identity': (dict(activation='identity'), lambda x: x * 1),
    'leakyReLU': (dict(activation='leakyReLU', slope=0.2), lambda x: F.leaky_relu(x, 0.2)),
    'relu': (dict(activation='relu'), F.relu),
    'tanh': (dict(activation='tanh'), torch.tanh),
    'sigmoid': (dict(activation='sigmoid'), torch.sigmoid),
}


def convolutions(file):
    # case: stride, padding, (N, C, H, W), (K, R, S)
    cases = {
        'one': (1, 0, (1, 1, 1, 1), (1, 1, 1)),
        'odd': (1, 1, (3, 5, 7, 11), (13, 3, 3)),
        'encoderBlock': (2, 1, (2, 3, 8, 6), (17, 4, 4)),
        'encoderHead': (1, 0, (3, 18, 4, 4), (5, 4, 4)),
        'stem': (2, 3, (2, 3, 9, 13), (6, 5, 5)),
        'inexactStride': (2, 1, (2, 4, 8, 10), (7, 3, 3)),
        'oblongWindow': (1, 1, (2, 19, 6, 7), (33, 3, 5)),
    }
    for case, (stride, padding, image, (k, r, s)) in cases.items():
        step = dict(stride=stride, padding=padding)
        x, w, b = variables(draw(*image), draw(k, image[1], r, s), draw(k))
        y = F.conv2d(x, w, b, stride, padding)
        grad_y = draw(*y.shape)
        grad_x, grad_w = gradients(y, (x, w), grad_y)
        file.add('conv2DForward', case, (x, w, b), (y,), **step)
        file.add('conv2DBackwardInput', case, (grad_y, w), (grad_x,), **step, height=image[2], width=image[3])
        file.add('conv2DBackwardWeight', case, (x, grad_y), (grad_w,), **step, windowHeight=r, windowWidth=s)


def transposed_convolutions(file):
    cases = {
        'one': (1, 0, (1, 1, 1, 1), (1, 1, 1)),
        'odd': (1, 1, (3, 5, 7, 11), (13, 3, 3)),
        'decoderHead': (1, 0, (3, 21, 1, 1), (18, 4, 4)),
        'decoderBlock': (2, 1, (2, 17, 4, 3), (5, 4, 4)),
        'toImage': (2, 1, (2, 6, 5, 7), (1, 4, 4)),
        'oblongWindow': (2, 1, (2, 3, 4, 5), (7, 3, 5)),
    }
    for case, (stride, padding, image, (k, r, s)) in cases.items():
        step = dict(stride=stride, padding=padding)
        x, w, b = variables(draw(*image), draw(image[1], k, r, s), draw(k))
        y = F.conv_transpose2d(x, w, b, stride, padding)
        grad_y = draw(*y.shape)
        grad_x, grad_w = gradients(y, (x, w), grad_y)
        file.add('convTranspose2DForward', case, (x, w, b), (y,), **step)
        file.add('convTranspose2DBackwardInput', case, (grad_y, w), (grad_x,), **step)
        file.add('convTranspose2DBackwardWeight', case, (x, grad_y), (grad_w,), **step, windowHeight=r, windowWidth=s)


def linear(file):
    for case, (n, c, k) in {'one': (1, 1, 1), 'odd': (3, 7, 5), 'wide': (9, 37, 100)}.items():
        x, w, b = variables(draw(n, c), draw(k, c), draw(k))
        y = F.linear(x, w, b)
        grad_y = draw(n, k)
        grad_x, grad_w, grad_b = gradients(y, (x, w, b), grad_y)
        file.add('linearForward', case, (x, w, b), (y,))
        file.add('linearBackwardInput', case, (grad_y, w), (grad_x,))
        file.add('linearBackwardWeight', case, (x, grad_y), (grad_w,))
        file.add('biasBackward', 'vectors' + case.capitalize(), (grad_y,), (grad_b,))
    for case, shape in {'odd': (3, 5, 7, 11), 'manyChannels': (2, 34, 6, 6), 'image': (2, 1, 9, 8)}.items():
        b, = variables(draw(shape[1]))
        grad_y = draw(*shape)
        y = F.conv2d(torch.zeros(shape[0], 1, *shape[2:]).double(), torch.zeros(shape[1], 1, 1, 1).double(), b)
        file.add('biasBackward', case, (grad_y,), gradients(y, b, grad_y))


def batch_norms(file):
    cases = {
        'odd': ((3, 5, 7, 11), 'identity'),
        'encoderBlock': ((2, 18, 5, 4), 'leakyReLU'),
        'vectors': ((7, 5), 'tanh'),
        'rectified': ((4, 3, 3, 5), 'relu'),
        'squashed': ((3, 17, 2, 3), 'sigmoid'),
        'twoVectors': ((2, 1), 'identity'),
    }
    momentum, epsilon = 0.1, 1e-5
    for case, (shape, activation) in cases.items():
        attributes, activate = ACTIVATIONS[activation]
        channels = shape[1]
        running_mean, running_variance = draw(channels), draw(channels, scale=0.5, offset=1)
        # Redrawn until no element is within 1e-3 of the rectifier's kink, where rounding would choose the branch.
        while True:
            x, gamma, beta = variables(
                draw(*shape, scale=2, offset=0.5), draw(channels, offset=1.5), draw(channels))
            new_mean, new_variance = running_mean.clone(), running_variance.clone()
            normal = F.batch_norm(x, new_mean, new_variance, gamma, beta, True, momentum, epsilon)
            frozen = F.batch_norm(x, running_mean, running_variance, gamma, beta, False, momentum, epsilon)
            if min(normal.abs().min(), frozen.abs().min()) > 1e-3:
                break
        y = activate(normal)
        _, mean, inverse_deviation = torch.native_batch_norm(x, gamma, beta, None, None, True, momentum, epsilon)
        grad_y = draw(*shape)
        file.add('batchNormForward', case, (x, gamma, beta, running_mean, running_variance),
                 (y, mean, inverse_deviation, new_mean, new_variance), **attributes, momentum=momentum, epsilon=epsilon)
        file.add('batchNormBackward', case, (x, grad_y, gamma, beta, mean, inverse_deviation),
                 gradients(y, (x, gamma, beta), grad_y), **attributes)
        # Batch norm with the relative moments, after batch norm with those of the batch, is batch norm with the running ones.
        relative = ((running_mean - mean) * inverse_deviation, (running_variance + epsilon) * inverse_deviation**2)
        normal = F.batch_norm(x, None, None, None, None, True, momentum, epsilon)
        assert torch.allclose(F.batch_norm(normal, *relative, gamma, beta, False, momentum, 0), frozen)
        file.add('relativeMoments', case, (running_mean, running_variance, mean, inverse_deviation), relative,
                 epsilon=epsilon)
        y = activate(frozen)
        file.add('batchNormFrozenForward', case, (x, gamma, beta, running_mean, running_variance), (y,),
                 **attributes, epsilon=epsilon)
        file.add('batchNormFrozenBackward', case, (x, grad_y, gamma, beta, running_mean, running_variance),
                 gradients(y, (x, gamma, beta), grad_y), **attributes, epsilon=epsilon)


def activations(file):
    for name, (attributes, activate) in ACTIVATIONS.items():
        for case, shape in {'Odd': (3, 5, 7, 3), 'Vectors': (2, 17), 'One': (1, 1)}.items():
            drawn = draw(*shape, scale=4)
            x, = variables(rounded(drawn + 0.05 * drawn.sign()))
            y = activate(x)
            grad_y = draw(*shape)
            file.add('activationForward', name + case, (x,), (y,), **attributes)
            file.add('activationBackward', name + case, (y, grad_y), gradients(y, x, grad_y), **attributes)


def joins(file):
    for case, (a, b) in {'one': ((1, 1), (1, 1)), 'vectors': ((3, 18), (3, 5)), 'odd': ((3, 5, 7, 3), (3, 17, 7, 3)),
                         'blocks': ((2, 16, 4, 4), (2, 32, 4, 4)), 'copies': ((6, 5), (2, 18)),
                         'copiesOfBlocks': ((6, 16, 2, 2), (2, 32, 2, 2))}.items():
        a, b = variables(draw(*a), draw(*b))
        copies = a.shape[0] // b.shape[0]
        y = torch.cat([a, torch.cat([b] * copies)], 1)
        grad_y = draw(*y.shape)
        file.add('concatenateForward', case, (a, b), (y,))
        file.add('concatenateBackward', case, (grad_y,), gradients(y, (a, b), grad_y), firstChannels=a.shape[1],
                 copies=copies)
    for case, shape in {'one': (1,), 'odd': (3, 5, 7, 3), 'vectors': (2, 17), 'filter': (13, 5, 3, 3)}.items():
        a, b = draw(*shape), draw(*shape)
        file.add('add', case, (a, b), (torch.add(a, b),))
    for case, shape in {'one': (1, 3), 'two': (2, 3), 'odd': (5, 7), 'even': (8, 17), 'images': (6, 3, 5, 7)}.items():
        x = draw(*shape)
        n = shape[0]
        file.add('shiftRows', case, (x,), (torch.cat([x[:n // 2], torch.roll(x, -1, 0)[n // 2:]]),))
    for case, (count, *shape) in {'one': (1, 1, 1), 'odd': (3, 2, 5), 'blocks': (2, 3, 17)}.items():
        parts = [draw(*shape) for _ in range(count)]
        file.add('stackRows', case, parts, (torch.cat(parts),))
    parts = [draw(rows, 5) for rows in (3, 1, 7)]
    file.add('stackRows', 'ofSeveralHeights', parts, (torch.cat(parts),))
    for case, (rows, length, first, count) in {
            'one': (1, 1, 0, 1), 'odd': (7, 17, 2, 3), 'last': (9, 33, 5, 4)}.items():
        x, = variables(draw(rows, length))
        y, grad_y = x[first:first + count], draw(count, length)
        file.add('sliceRows', case, (x,), (y,), first=first, count=count)
        file.add('padRows', case, (grad_y,), gradients(y, x, grad_y), first=first, rows=rows)


def unit_length(file):
    epsilon = 1e-12
    for case, shape in {'odd': (3, 5), 'blocks': (4, 33), 'one': (1, 1), 'withZeroRow': (3, 17)}.items():
        x = draw(*shape)
        if case == 'withZeroRow':
            x[1] = 0
        x, = variables(x)
        y = F.normalize(x, p=2, dim=1, eps=epsilon)
        file.add('unitLengthForward', case, (x,), (y,), epsilon=epsilon)
        if case == 'withZeroRow':
            continue  # PyTorch's gradient there is gradY / epsilon: nothing that a comparison could use.
        grad_y = draw(*shape)
        file.add('unitLengthBackward', case, (x, grad_y), gradients(y, x, grad_y), epsilon=epsilon)


def lstm_layers(file):
    for case, (t, n, h) in {'one': (1, 1, 1), 'odd': (3, 3, 5), 'blocks': (4, 2, 17)}.items():
        # Input weights that make torch.nn.LSTMCell see given gates: the identity.
        from_input, initial_h, initial_c, w, b, grad_h, grad_c = (
            draw(t * n, 4 * h, scale=2), draw(n, h), draw(n, h), draw(4 * h, h), draw(4 * h), draw(t * n, h),
            draw(t * n, h))
        cell = torch.nn.LSTMCell(4 * h, h).double()
        with torch.no_grad():
            cell.weight_ih.copy_(torch.eye(4 * h))
            cell.bias_ih.zero_()
            cell.weight_hh.copy_(w)
            cell.bias_hh.copy_(b)
        gates, initial_c = variables(from_input, initial_c)
        states, activated = [(initial_h, initial_c)], []
        for step in gates.split(n):
            i, f, g, o = (step + states[-1][0] @ w.T + b).chunk(4, 1)
            activated.append(torch.cat([i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()], 1))
            states.append(cell(step, states[-1]))
        h_before = torch.cat([h for h, _ in states[:-1]])
        new_h, new_c = (torch.cat(list(parts)) for parts in zip(*states[1:]))
        activated = torch.cat(activated)
        file.add('lstmForward', case, (from_input, initial_h, initial_c, w, b), (new_h, new_c, activated, h_before))
        file.add(
            'lstmBackward', case, (activated, new_c, initial_c, w, grad_h),
            torch.autograd.grad(new_h, (gates, initial_c), grad_h, retain_graph=True))
        file.add(
            'lstmBackward', case + 'OfC', (activated, new_c, initial_c, w, grad_h, grad_c),
            torch.autograd.grad((new_h, new_c), (gates, initial_c), (grad_h, grad_c)))


def losses(file):
    for case, shape in {'one': (1, 1), 'odd': (3, 5, 7, 3), 'vectors': (2, 17), 'images': (2, 1, 32, 24)}.items():
        x, = variables(draw(*shape))
        target, grad_loss = draw(*shape), draw(1, offset=1.5)
        loss = F.mse_loss(x, target).reshape(1)
        file.add('meanSquaredErrorForward', case, (x, target), (loss,))
        file.add('meanSquaredErrorBackward', case, (x, target, grad_loss), gradients(loss, x, grad_loss))
    cases = {
        'one': (draw(1, 1), torch.ones(1, 1)),
        'odd': (draw(7, 1, scale=3), torch.randint(0, 2, (7, 1))),
        'maximumEntropy': (draw(6, 1, scale=3), torch.full((6, 1), 0.5)),
        'farOut': (torch.tensor([[-90.0], [90.0], [-90.0], [90.0], [-20.0], [0.0]]),
                   torch.tensor([[0.0], [1.0], [1.0], [0.0], [0.0], [1.0]])),
        'many': (draw(301, 1, scale=5), torch.randint(0, 2, (301, 1))),
    }
    for case, (logits, targets) in cases.items():
        logits, = variables(logits.double())
        targets, grad_loss = targets.double(), draw(1, offset=1.5)
        loss = F.binary_cross_entropy_with_logits(logits, targets).reshape(1)
        accuracy = ((logits > 0) == (targets > 0.5)).double().mean().reshape(1)
        file.add('binaryCrossEntropyForward', case, (logits, targets), (loss, accuracy))
        file.add('binaryCrossEntropyBackward', case, (logits, targets, grad_loss), gradients(loss, logits, grad_loss))


def optimisers(file):
    # case: shape, step count t, beta1, learning rate
    cases = {
        'firstStep': ((3, 5, 3, 3), 1, 0.5, 2e-3),
        'seventhStep': ((17, 5, 4, 4), 7, 0.5, 2e-3),
        'seventhStepLinear': ((5, 19), 7, 0.9, 2e-4),
        'seventhStepChannels': ((21,), 7, 0.9, 2e-4),
        'one': ((1,), 2, 0.5, 2e-3),
    }
    beta2, epsilon = 0.999, 1e-8
    for case, (shape, t, beta1, rate) in cases.items():
        w = torch.nn.Parameter(draw(*shape))
        adam = torch.optim.Adam([w], lr=rate, betas=(beta1, beta2), eps=epsilon)
        m = v = torch.zeros(shape).double()
        for _ in range(t - 1):
            w.grad = draw(*shape, scale=0.1)
            adam.step()
        if t > 1:
            # Continue from the state as the file can hold it.
            state = adam.state[w]
            m, v = rounded(state['exp_avg']), rounded(state['exp_avg_sq'])
            state['exp_avg'].copy_(m)
            state['exp_avg_sq'].copy_(v)
            w.data = rounded(w)
        before, w.grad = w.detach().clone(), draw(*shape, scale=0.1)
        adam.step()
        schedule = torch.tensor([rate / (1 - beta1**t), (1 - beta2**t)**0.5], dtype=torch.float64)
        state = adam.state[w]
        file.add('adam', case, (before, w.grad, m, v, schedule), (w, state['exp_avg'], state['exp_avg_sq']),
                 beta1=beta1, beta2=beta2, epsilon=epsilon)
    for case, (shape, decay) in {'odd': ((5, 3, 4, 4), 0.995), 'channels': ((21,), 0.9), 'one': ((1,), 0.5)}.items():
        average, value = draw(*shape), draw(*shape)
        weights = torch.tensor([decay, 1 - decay], dtype=torch.float64)
        file.add('exponentialMovingAverage', case, (average, value, weights),
                 (get_ema_avg_fn(decay)(average, value, 1),))


def loss_scaling(file):
    state = torch.tensor([1024., 6., 0.]).double()
    bad_state = torch.tensor([1024., 6., 1.]).double()
    loss = draw(1)
    file.add('scaleLoss', 'one', (loss, state), (torch.amp.GradScaler('cpu', init_scale=1024.).scale(loss),))
    gradients = [draw(5, 3, 4, 4), draw(21), draw(3, 5, 1, 1)]
    infinite = [gradients[0], gradients[1].clone(), gradients[2]]
    infinite[1][20] = float('inf')
    nan = [gradients[0].clone(), *gradients[1:]]
    nan[0][4, 2, 3, 3] = float('nan')
    for case, tensors in {'finite': gradients, 'infinite': infinite, 'nan': nan}.items():
        found = torch.zeros(1)
        torch._amp_foreach_non_finite_check_and_unscale_([t.clone() for t in tensors], found, torch.ones(1))
        file.add('findNonFinite', case, (state, *tensors), (torch.cat([state[:2], found.double()]),))
    cases = {'finite': (state, 2000), 'growing': (state, 7), 'notFinite': (bad_state, 7)}
    for case, (before, interval) in cases.items():
        scale, good = before[:1].float(), before[1:2].int()
        torch._amp_update_scale_(scale, good, before[2:].float(), 2.0, 0.5, interval)
        file.add('updateLossScale', case, (before,), (torch.cat([scale, good, torch.zeros(1)]).double(),),
                 interval=interval)
    for case, before in {'finite': state, 'notFinite': bad_state}.items():
        w = torch.nn.Parameter(draw(17, 5, 4, 4))
        m, v = draw(17, 5, 4, 4, scale=0.1), draw(17, 5, 4, 4, scale=0.5, offset=0.6)
        scaler = torch.amp.GradScaler('cpu', init_scale=1024.)
        adam = torch.optim.Adam([w], lr=2e-3, betas=(0.5, 0.999), eps=1e-8)
        scaler.scale(w.sum()).backward()
        old, w.grad = w.detach().clone(), draw(17, 5, 4, 4, scale=100)
        adam.state[w] = dict(step=torch.tensor(6.), exp_avg=m.clone(), exp_avg_sq=v.clone())
        gradient = w.grad.clone()
        if case == 'notFinite':
            w.grad[0, 0, 0, 0] = gradient[0, 0, 0, 0] = float('inf')
        scaler.step(adam)
        schedule = torch.tensor([2e-3 / (1 - 0.5**7), (1 - 0.999**7)**0.5], dtype=torch.float64)
        moments = adam.state[w]
        file.add('scaledAdam', case, (old, gradient, m, v, schedule, before),
                 (w, moments['exp_avg'], moments['exp_avg_sq']), beta1=0.5, beta2=0.999, epsilon=1e-8)


def contrastive(file):
    for case, (n, d, temperature) in {'one': (1, 1, 1.0), 'odd': (7, 5, 0.5), 'cosine': (33, 20, 0.125)}.items():
        queries, keys = variables(draw(n, d), draw(n, d))
        if case == 'cosine':
            queries, keys = variables(*(rounded(F.normalize(v, dim=1)) for v in (queries, keys)))
        logits = queries @ keys.T / temperature
        loss = F.cross_entropy(logits, torch.arange(n))
        probabilities = logits.softmax(1)
        grad_loss = draw(1)
        file.add('infoNCEForward', case, (queries, keys), (loss.reshape(1), probabilities), temperature=temperature)
        # From the rounded probabilities, as the reader will see them.
        given = rounded(probabilities)
        grad_queries = grad_loss / (n * temperature) * (given @ keys - keys)
        expected, = gradients(loss, queries, grad_loss[0])
        assert torch.allclose(grad_queries, expected, atol=1e-6)
        file.add('infoNCEBackward', case, (given, keys, grad_loss), (grad_queries,), temperature=temperature)


def products_and_sines(file):
    for case, shape in {'one': (1, 1), 'odd': (3, 5, 7, 11), 'colour': (2, 3, 6, 5), 'vectors': (7, 37)}.items():
        a, b = draw(*shape), draw(*shape)
        file.add('multiply', case, (a, b), (a * b,))
        x, = variables(draw(*shape, scale=12))
        y = torch.sin(x)
        grad_y = draw(*shape)
        file.add('sineForward', case, (x,), (y,))
        file.add('sineBackward', case, (x, grad_y), gradients(y, x, grad_y))


def attention(file):
    # case: S, N, H, M, the first query's time step
    for case, (s, n, h, m, first) in {'one': (1, 1, 1, 1, 0), 'odd': (5, 3, 7, 3, 0), 'blocks': (3, 2, 33, 5, 1),
                                      'afterMemory': (1, 4, 17, 3, 3)}.items():
        queries, memory = variables(draw(s * n, h, scale=2), draw(m * n, h, scale=2))
        seen = torch.arange(m) <= torch.arange(s)[:, None] + first
        # Row s N + n is time step s of clip n.
        q, k = (rows.view(-1, n, h).transpose(0, 1) for rows in (queries, memory))
        context = F.scaled_dot_product_attention(q, k, k, seen).transpose(0, 1).reshape(s * n, h)
        weights = (q @ k.transpose(1, 2) / h**0.5).masked_fill(~seen, -torch.inf).softmax(2)
        weights = weights.transpose(0, 1).reshape(s * n, m)
        grad_context = draw(s * n, h)
        attributes = dict(batch=n, first=first)
        file.add('attentionForward', case, (queries, memory), (context, weights), **attributes)
        file.add('attentionBackward', case, (weights, queries, memory, grad_context),
                 gradients(context, (queries, memory), grad_context), **attributes)


def edges(file):
    def mean_charbonnier(difference):
        smoothing = 1 / 256
        return ((difference**2 + smoothing**2)**0.5 - smoothing).sum() / max(difference.numel(), 1)

    cases = {
        'one': ((1, 1, 1, 1), 1), 'vectors': ((3, 5), 1), 'row': ((2, 3, 1, 9), 1), 'column': ((2, 1, 7, 1), 1),
        'odd': ((3, 5, 7, 3), 1), 'small': ((2, 3, 6, 5), 0.005), 'images': ((2, 1, 32, 24), 1),
    }
    for case, (shape, scale) in cases.items():
        x, = variables(draw(*shape, scale=scale))
        target, grad_loss = draw(*shape, scale=scale), draw(1, offset=1.5)
        error = (x - target).reshape(*shape, *(1,) * (4 - len(shape)))
        loss = (mean_charbonnier(error.diff(dim=3)) + mean_charbonnier(error.diff(dim=2))).reshape(1)
        file.add('edgeErrorForward', case, (x, target), (loss,))
        file.add('edgeErrorBackward', case, (x, target, grad_loss), gradients(loss, x, grad_loss))


def cross_entropies(file):
    # case: N, K, scale of the logits, whether the targets are classes
    for case, (n, k, scale, is_class) in {'one': (1, 1, 1, True), 'odd': (7, 5, 3, False), 'actions': (33, 9, 5, True),
                                          'pastABlock': (5, 19, 2, True), 'farOut': (6, 3, 90, True)}.items():
        logits, = variables(draw(n, k, scale=scale))
        targets = F.one_hot(torch.randint(k, (n,)), k).double() if is_class else draw(n, k, scale=0.5, offset=0.5)
        loss = torch.nn.CrossEntropyLoss()(logits, targets.argmax(1) if is_class else targets)
        probabilities, grad_loss = logits.softmax(1), draw(1, offset=1.5)
        file.add('crossEntropyForward', case, (logits, targets), (loss.reshape(1), probabilities))
        file.add('crossEntropyBackward', case, (probabilities, targets, grad_loss), gradients(loss, logits, grad_loss[0]))


def make():
    torch.manual_seed(1)
    file = OpFile()
    for family in (convolutions, transposed_convolutions, linear, batch_norms, activations, joins, unit_length,
                   lstm_layers, losses, optimisers, loss_scaling, resampling, global_averages,
                   contrastive, products_and_sines, profiles, attention, edges, cross_entropies):
        family(file)
    return file.tensors, file.metadata
