"""Writes vae_gan.safetensors: two updates of a small VAE-GAN by PyTorch in float64.

    python tests/reference/vae_gan.py

Made with torch 2.15.0 on the CPU. The update is algorithm 1 of Larsen et al. 2016 with automatic differentiation:
each network takes the gradient of its own loss, and the encoder none of the adversarial one. The discriminator is that
of `benches/pytorch_side.py`, the VAE that of `../pytorch_module.py` at 32 pixels. Images are stored NHWC in [0, 1],
weights in PyTorch's layout: `before/` and `after/` both updates, `vae.` and `discriminator.`; `losses` are those of
each update (real, fake, generator, features, KL).
"""

import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE.parent.parent / "benches"), str(HERE.parent)]
from pytorch_module import VAE  # noqa: E402
from pytorch_side import Discriminator  # noqa: E402

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


def judge(images):
    """Logits, and the activations two layers before them; the network sees [-1, 1]."""
    x, features = images * 2 - 1, None
    convolutions = [at for at, layer in enumerate(discriminator.main) if isinstance(layer, torch.nn.Conv2d)]
    for at, layer in enumerate(discriminator.main):
        if at == convolutions[-2]:
            features = x.clone()
        x = layer(x.clone())  # the activations work in place
    return x.flatten(), features


def update(optimizers, images, eps, codes):
    for_vae, for_discriminator = optimizers
    mu, log_var = vae.encode(images)
    z = mu + (0.5 * log_var).exp() * eps
    fakes = torch.cat([vae.decode(z), vae.decode(codes)])
    for_discriminator.zero_grad()
    (on_real, _), (on_fake, _) = judge(images), judge(fakes.detach())
    real = F.binary_cross_entropy_with_logits(on_real, torch.ones_like(on_real))
    fake = F.binary_cross_entropy_with_logits(on_fake, torch.zeros_like(on_fake))
    (real + fake).backward()
    for_discriminator.step()
    logits, seen = judge(fakes)
    with torch.no_grad():
        _, target = judge(images)
    features = 0.5 * (seen[: len(images)] - target).square().sum() / len(images)
    fooling = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum() / len(images)
    named = dict(vae.named_parameters())
    decoder = {name: value for name, value in named.items() if name.startswith("decoder")}
    encoder = {name: value for name, value in named.items() if name not in decoder}
    for parameters, loss in [(encoder, features + kl), (decoder, GAMMA * features + fooling)]:
        for value, grad in zip(parameters.values(), torch.autograd.grad(loss, parameters.values(), retain_graph=True)):
            value.grad = grad
    for_vae.step()
    return [value.item() for value in (real, fake, fooling, features, kl)]


record("before")
images = torch.rand(BATCH, SIZE, SIZE, 3)
noise = torch.randn(2, 2, BATCH, LATENT_DIM)
out |= {"images": images, "noise": noise}
nchw = images.permute(0, 3, 1, 2).double()
optimizers = [torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999)) for network in (vae, discriminator)]
losses = [update(optimizers, nchw, eps.double(), codes.double()) for eps, codes in noise]
out["losses"] = torch.tensor(losses, dtype=torch.float64).float()
record("after")
save_file(out, HERE / "vae_gan.safetensors")
