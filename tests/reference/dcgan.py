"""Writes dcgan.safetensors: two updates of a small DCGAN by PyTorch in float64.

    python tests/reference/dcgan.py

Made with torch 2.15.0 on the CPU. The networks and the update are those of `benches/pytorch_side.py`,
which are PyTorch's tutorial's. Images are stored NHWC in [0, 1], weights in PyTorch's layout: `before/`
and `after/` both updates, `generator.` and `discriminator.`; `fakes` are the first update's generated
images, `losses` the three of each update (real, fake, generator).
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "benches"))
from pytorch_side import Discriminator, Generator, adversarial_update  # noqa: E402

SIZE, LATENT_DIM, WIDTH, BATCH = 32, 8, 4, 4
torch.manual_seed(20161107)


def draw(module):
    """Larger weights than the paper's, so that every term counts; values that float32 holds exactly."""
    for name, parameter in module.named_parameters():
        scale, shift = (0.15, 0.0) if parameter.dim() == 4 else (0.3, 1.0 if name.endswith("weight") else 0.0)
        parameter.data = (torch.randn(parameter.shape) * scale + shift).double()
    return module.double()


networks = {"generator": draw(Generator(SIZE, LATENT_DIM, WIDTH)), "discriminator": draw(Discriminator(SIZE, WIDTH))}
out = {}


def record(when):
    for side, network in networks.items():
        for name, value in network.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                out[f"{when}/{side}.{name}"] = value.float().contiguous().clone()


record("before")
# As the program holds them, in f32; the networks see [-1, 1].
images = torch.rand(BATCH, SIZE, SIZE, 3)
codes = torch.randn(2, BATCH, LATENT_DIM)
out |= {"images": images, "codes": codes}
scaled = images.permute(0, 3, 1, 2).double() * 2 - 1
optimizers = [torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999)) for network in networks.values()]
kept = []
networks["generator"].register_forward_hook(lambda module, inputs, output: kept.append(output.detach()))
losses = [adversarial_update(*networks.values(), optimizers, scaled, code.double()) for code in codes]
out["losses"] = torch.tensor(losses, dtype=torch.float64).float()
out["fakes"] = ((kept[0] + 1) / 2).permute(0, 2, 3, 1).float().contiguous()
record("after")
save_file(out, HERE / "dcgan.safetensors")
