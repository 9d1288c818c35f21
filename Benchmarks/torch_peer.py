"""Times PyTorch's training steps from the weights and on the batch of a file that `drnet bench --save-weights` wrote.

Prints one JSON object with the fields that `drnet bench --json` gives of its own steps.
"""
import argparse
import json
import time

import torch
from safetensors.torch import load_file

from torch_steps import MainStep, PoseStep, Variant

LOSSES_KEPT = 3


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--network', choices=('dcgan64', 'pose-lstm'), required=True)
    parser.add_argument('--weights', required=True, help='file with weights and batch')
    parser.add_argument('--variant', choices=('plain', 'eager', 'compile'), default='plain',
                        help='as it comes; with channels-last layout and fused Adam; or with torch.compile as well')
    parser.add_argument('--warm-up', type=int, default=3, help='steps before the clock starts')
    parser.add_argument('--steps', type=int, default=5, help='steps that are timed')
    return parser.parse_args()


def main() -> None:
    options = arguments()
    weights = load_file(options.weights)
    step = (MainStep if options.network == 'dcgan64' else PoseStep)(weights, Variant(options.variant))
    losses, seconds = [], []
    first_step_ended = processor = 0.0
    for number in range(options.warm_up + options.steps):
        if number == options.warm_up:
            processor = time.process_time()
        start = time.perf_counter()
        values = step.run()
        seconds.append(time.perf_counter() - start)
        if number == 0:
            first_step_ended = time.time()
        if number < LOSSES_KEPT:
            losses.append(dict(step=number + 1, values=values))
    timed = seconds[options.warm_up:]
    print(json.dumps(dict(
        rounds=[timed], coresUsed=(time.process_time() - processor) / sum(timed), losses=losses,
        firstStepEnded=first_step_ended, device=f'PyTorch {torch.__version__}, {torch.get_num_threads()} threads')))


if __name__ == '__main__':
    main()
