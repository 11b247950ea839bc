"""Writes vae_gan.safetensors: two updates of a small VAE-GAN by PyTorch in float64.

    python tests/reference/vae_gan.py

Made with torch 2.15.0 on the CPU. Update and discriminator are those of `benches/pytorch_side.py`, with automatic
differentiation, the VAE that of `../pytorch_module.py` at 32 pixels. Images are stored NHWC in [0, 1],
weights in PyTorch's layout: `before/` and `after/` both updates, `vae.` and `discriminator.`; `losses` are those of
each update (real, fake, generator, features, KL).
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE.parent.parent / "benches"), str(HERE.parent)]
from pytorch_module import VAE  # noqa: E402
from pytorch_side import Discriminator, vae_gan_update  # noqa: E402

SIZE, LATENT_DIM, WIDTH, BATCH, GAMMA = 32, 6, 4, 4, 0.25
torch.manual_seed(20160219)


def draw(module):
    """Values that float32 holds exactly, of a size at which every term counts."""
    for name, parameter in module.named_parameters():
        scale, shift = (0.15, 0.0) if parameter.dim() > 1 else (0.3, 1.0 if name.endswith("weight") else 0.0)
        parameter.data = (torch.randn(parameter.shape) * scale + shift).double()
    return module.double()


vae = draw(VAE(LATENT_DIM, (WIDTH, 2 * WIDTH, 4 * WIDTH)))
discriminator = draw(Discriminator(SIZE, WIDTH))
out = {}


def record(when):
    for side, network in {"vae": vae, "discriminator": discriminator}.items():
        for name, value in network.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                out[f"{when}/{side}.{name}"] = value.float().contiguous().clone()


record("before")
images = torch.rand(BATCH, SIZE, SIZE, 3)
noise = torch.randn(2, 2, BATCH, LATENT_DIM)
out |= {"images": images, "noise": noise}
nchw = images.permute(0, 3, 1, 2).double()
optimizers = [torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999)) for network in (vae, discriminator)]
losses = [
    vae_gan_update(vae, discriminator, optimizers, nchw, eps.double(), codes.double(), GAMMA) for eps, codes in noise
]
out["losses"] = torch.tensor(losses, dtype=torch.float64).float()
record("after")
save_file(out, HERE / "vae_gan.safetensors")
