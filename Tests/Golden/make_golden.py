"""Remakes the golden files next to this script; needs the packages that README.md names."""
import os

import torch

import golden_conversion
import golden_file
import golden_judge
import golden_networks
import golden_ops
import golden_pictures
import golden_probes
import golden_quality
import golden_trainers
import golden_videos

FILES = {
    'ops': golden_ops.make,
    'networks': golden_networks.make,
    'network_variants': golden_networks.make_variants,
    'spatial_networks': golden_networks.make_spatial,
    'main_training': golden_trainers.make_main,
    'content_training': golden_trainers.make_content,
    'pose_training': golden_trainers.make_pose,
    'free_pose_training': lambda: golden_trainers.make_pose(golden_trainers.FREE_POSE),
    'attention_pose_training': lambda: golden_trainers.make_pose(golden_trainers.ATTENTION_POSE),
    'conversion': golden_conversion.make,
    'quality': golden_quality.make,
    'pictures': golden_pictures.make,
    'probes': golden_probes.make,
    'judge': golden_judge.make,
    'videos': golden_videos.make,
}


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    folder = os.path.dirname(os.path.abspath(__file__))
    for name, make in FILES.items():
        tensors, metadata = make()
        metadata['torch'] = torch.__version__
        golden_file.write(os.path.join(folder, f'{name}.safetensors'), tensors, metadata)


if __name__ == '__main__':
    main()
