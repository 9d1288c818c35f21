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
    parser.add_argument('--network', choices=('main', 'pose-lstm'), required=True)
    parser.add_argument('--weights', required=True, help='file with weights and batch')
    parser.add_argument('--variant', choices=('plain', 'eager', 'compile', 'graph'), default='plain',
                        help='as it comes; with channels-last layout and fused Adam; with torch.compile as well; or, on '
                        'a GPU, with the whole step as a CUDA graph as well')
    parser.add_argument('--device', choices=('cpu', 'cuda'), default='cpu')
    parser.add_argument('--tf32', action=argparse.BooleanOptionalAction, default=None,
                        help='let matrix units round factors to 10 bits: convolutions do, unasked; products do not')
    parser.add_argument('--warm-up', type=int, default=3, help='steps before the clock starts')
    parser.add_argument('--steps', type=int, default=5, help='steps that are timed')
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.tf32 is not None:
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = options.tf32
    weights = load_file(options.weights, device=options.device)
    variant = Variant(options.variant, options.device)
    step = variant.repeated((MainStep if options.network == 'main' else PoseStep)(weights, variant).run)
    losses, seconds = [], []
    first_step_ended = processor = 0.0
    for number in range(options.warm_up + options.steps):
        if number == options.warm_up:
            processor = time.process_time()
        start = time.perf_counter()
        losses_now = step()
        # One copy to the host, which waits for the step.
        values = dict(zip(losses_now, torch.stack(list(losses_now.values())).tolist()))
        seconds.append(time.perf_counter() - start)
        if number == 0:
            first_step_ended = time.time()
        if number < LOSSES_KEPT:
            losses.append(dict(step=number + 1, values=values))
    timed = seconds[options.warm_up:]
    print(json.dumps(dict(
        rounds=[timed], coresUsed=(time.process_time() - processor) / sum(timed), losses=losses,
        firstStepEnded=first_step_ended, deviceMemoryBytes=torch.cuda.max_memory_reserved(),
        device=f'PyTorch {torch.__version__}, {hardware(options.device)}')))


def hardware(device: str) -> str:
    return torch.cuda.get_device_name() if device == 'cuda' else f'{torch.get_num_threads()} threads'


if __name__ == '__main__':
    main()
