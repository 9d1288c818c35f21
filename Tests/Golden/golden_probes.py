"""Probes and measures of disentanglement as scikit-learn, PyTorch and disent compute them on small arrays.

Training clips 250, held-out clips 200. Content (6 dimensions) holds the class, and the position at a thousandth of the scale;
pose (3) holds the position bent, and the class a little.
"""
import warnings

import numpy
import sklearn
import torch
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

TRAINING, HELD_OUT, CLASSES = 250, 200, 4
PENALTIES = [10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8]
SEEDS = range(10)


def make():
    generator = numpy.random.default_rng(1)
    centres = generator.normal(size=(CLASSES, 6))
    sets = {name: _clips(generator, centres, count) for name, count in (('training', TRAINING), ('heldOut', HELD_OUT))}
    tensors = {}
    for name, clips in sets.items():
        for key, values in clips.items():
            tensors[f'{name}.{key}'] = torch.from_numpy(values.astype(numpy.float32))
    known, asked = sets['training'], sets['heldOut']
    for features in ('content', 'pose'):
        scale = StandardScaler().fit(known[features])
        x, z = scale.transform(known[features]), scale.transform(asked[features])
        for factor in ('class', 'position'):
            for name, value in _readings(x, known[factor], z, asked[factor], factor).items():
                tensors[f'{features}.{factor}.{name}'] = torch.as_tensor(numpy.asarray(value, dtype=numpy.float64))
    tensors.update(_networks())
    tensors.update(_disentanglement(known, asked))
    return tensors, {'scikit-learn': sklearn.__version__, 'disent': '0.8.0'}


def _clips(generator, centres, count):
    """Everything is rounded to float32, which the tests read."""
    label = generator.choice(CLASSES, size=count, p=[0.4, 0.3, 0.2, 0.1])
    position = generator.integers(33, size=(count, 2)).astype(numpy.float64)
    place = position / 16 - 1
    content = centres[label] + 0.9 * generator.normal(size=(count, 6))
    content[:, 4:] = 1e-3 * (place + 0.3 * generator.normal(size=(count, 2))) + [0.5, -0.25]
    pose = numpy.stack([
        numpy.sin(2 * place[:, 0]) + 0.3 * place[:, 1], numpy.tanh(2 * place[:, 1]) - 0.2 * place[:, 0] ** 2,
        0.5 * place.prod(1) + 0.2 * label], 1) + 0.1 * generator.normal(size=(count, 3))
    def rounded(values):
        return values.astype(numpy.float32).astype(numpy.float64)
    return {'class': label, 'position': position, 'content': rounded(content), 'pose': rounded(pose)}


def _readings(x, y, z, truth, factor):
    """Ridge: lambda chosen on the last fifth. Neighbours: shares of the classes, or means. MLP: scores over seeds."""
    is_class = factor == 'class'
    targets = numpy.eye(CLASSES)[y] if is_class else y
    kept = TRAINING - TRAINING // 5
    errors = [
        ((Ridge(alpha=p * kept).fit(x[:kept], targets[:kept]).predict(x[kept:]) - targets[kept:]) ** 2).sum()
        for p in PENALTIES]
    penalty = PENALTIES[int(numpy.argmin(errors))]
    linear = Ridge(alpha=penalty * TRAINING).fit(x, targets).predict(z)
    if is_class:
        neighbours = KNeighborsClassifier(10).fit(x, y).predict_proba(z)
    else:
        neighbours = KNeighborsRegressor(10).fit(x, y).predict(z)
    def score(predicted):
        if is_class:
            return accuracy_score(truth, predicted.argmax(1))
        return r2_score(truth, predicted, multioutput='variance_weighted')
    networks = [score(_mlp(x, targets, z, is_class, seed)) for seed in SEEDS]
    return {
        'linear.penalty': [penalty], 'linear.predicted': linear, 'linear.score': [score(linear)],
        'neighbours.predicted': neighbours, 'neighbours.score': [score(neighbours)], 'mlp.scores': networks}


def _network(sizes):
    layers = [layer for i, o in zip(sizes, sizes[1:]) for layer in (torch.nn.Linear(i, o), torch.nn.ReLU())]
    return torch.nn.Sequential(*layers[:-1])


def _mlp(x, targets, z, is_class, seed):
    """As many epochs, at most 30, as have the least loss on the last fifth when fitted on the others."""
    kept = TRAINING - TRAINING // 5
    losses = [loss for _, loss in _epochs(x[:kept], targets[:kept], x[kept:], targets[kept:], is_class, seed)]
    epochs = 1 + int(numpy.argmin(losses))
    return [outputs for outputs, _ in _epochs(x, targets, z, None, is_class, seed)][epochs - 1]


def _epochs(x, targets, z, truth, is_class, seed):
    """Outputs for z, and their loss, after each epoch."""
    torch.manual_seed(seed)
    mean, deviation = (0, 1) if is_class else (targets.mean(0), targets.std(0))
    x, z, y = (torch.tensor(a, dtype=torch.float32) for a in (x, z, (targets - mean) / deviation))
    network = _network([x.shape[1], 128, 128, y.shape[1]])
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=1e-2)
    loss = torch.nn.CrossEntropyLoss() if is_class else torch.nn.MSELoss()
    for _ in range(30):
        for rows in torch.randperm(len(x)).split(200):
            optimiser.zero_grad()
            loss(network(x[rows]), y[rows]).backward()
            optimiser.step()
        with torch.no_grad():
            outputs = network(z)
            value = None if truth is None else loss(outputs, torch.tensor((truth - mean) / deviation).float()).item()
            yield outputs.numpy() * deviation + mean, value


def _networks():
    """Five steps of AdamW on one batch with either loss: weights before and after."""
    tensors = {}
    for name, loss in (('crossEntropy', torch.nn.CrossEntropyLoss()), ('squaredError', torch.nn.MSELoss())):
        generator = torch.Generator().manual_seed(1)
        torch.manual_seed(1)
        network = _network([3, 8, 5, 2]).double()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.copy_(parameter.float())
        x = torch.randn(20, 3, generator=generator).double()
        if name == 'crossEntropy':
            y = torch.eye(2)[torch.randint(2, (20,), generator=generator)].double()
        else:
            y = torch.randn(20, 2, generator=generator).double()
        tensors.update({f'network.{name}.x': x, f'network.{name}.y': y})
        optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=1e-2)
        def store(when):
            for index, layer in enumerate(m for m in network if isinstance(m, torch.nn.Linear)):
                tensors[f'network.{name}.{when}.{index}'] = torch.cat([layer.weight.flatten(), layer.bias])
        store('before')
        for _ in range(5):
            optimiser.zero_grad()
            loss(network(x), y).backward()
            optimiser.step()
        store('after')
    return tensors


def _disentanglement(known, asked):
    """MIG on held-out clips; SAP; DCI by disent over seeds, since its trees break ties at random."""
    from disent.metrics import _dci, _mig, _sap

    from disent.metrics.utils import histogram_discretize
    def code(clips):
        parts = [StandardScaler().fit(known[f]).transform(clips[f]) for f in ('content', 'pose')]
        return numpy.concatenate(parts, 1).astype(numpy.float32).astype(numpy.float64).T
    x, z = code(known), code(asked)
    def binned(clips):
        edges = [numpy.histogram(column, 20)[1][:-1] for column in known['position'].T]
        places = [numpy.digitize(column, edge) for column, edge in zip(clips['position'].T, edges)]
        return numpy.stack([clips['class'], *places])
    y, truth = binned(known), binned(asked)
    assert (histogram_discretize(known['position'].T) == y[1:]).all()
    scores = {
        'mig': _mig._compute_mig(z, truth)['mig.discrete_score'],
        'sap.class': _sap._compute_sap(x, y[:1], z, truth[:1], False)['sap.score'],
        'sap.position': _sap._compute_sap(x, known['position'].T, z, asked['position'].T, True)['sap.score'],
    }
    tensors = {name: torch.tensor([value], dtype=torch.float64) for name, value in scores.items()}
    rows = []
    for seed in SEEDS:
        numpy.random.seed(seed)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            importance, _, informativeness = _dci._compute_importance_gbt(x, y, z, truth)
        rows.append([_dci._disentanglement(importance), _dci._completeness(importance), informativeness])
        tensors[f'dci.importance.{seed}'] = torch.from_numpy(importance)
    tensors['dci.scores'] = torch.tensor(rows, dtype=torch.float64)
    return tensors
