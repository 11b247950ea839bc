"""Writes r3gan.safetensors: two updates of a small DCGAN and of a small VAE-GAN by the recipe of R3GAN (Huang et al.
2024, arXiv 2501.05441), by PyTorch in float64 with double backward.

    python tests/reference/r3gan.py

Made with torch 2.15.0 on the CPU. Generator and VAE are those of `benches/pytorch_side.py` and `../pytorch_module.py`;
the discriminator is that of DCGAN without batch norm, with biases. Every update has both penalties. Images are stored
NHWC in [0, 1], weights in PyTorch's layout: `dcgan/before/generator.` and so on; `losses` are those of each update
(discriminator, generator, R1, R2; of the VAE-GAN also features and KL), `numbers` gamma of R1 and of R2, beta2 and the
learning rate of each, the weight of the features.
"""

import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE.parent.parent / "benches"), str(HERE.parent)]
from pytorch_module import VAE  # noqa: E402
from pytorch_side import Generator, widths  # noqa: E402

SIZE, LATENT_DIM, WIDTH, BATCH, RATE, FEATURES = 32, 6, 4, 4, 2e-4, 0.25
# Of each update.
R1, R2, BETA2 = (1.5, 0.3), (0.7, 0.9), (0.9, 0.95)
torch.manual_seed(20250109)
out = {"numbers": torch.tensor([*R1, *R2, *BETA2, RATE, FEATURES])}


class Discriminator(nn.Module):
    """Images in [-1, 1] to logits, and the activations that a VAE-GAN compares."""

    def __init__(self):
        super().__init__()
        channels = [3, *widths(SIZE, WIDTH)]
        layers = []
        for outer, inner in zip(channels, channels[1:]):
            layers += [nn.Conv2d(outer, inner, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.main = nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 4, 1, 0))

    def forward(self, images):
        features = self.main[:-3](images)
        return self.main[-3:](features).flatten(), features


def draw(module):
    """Values that float32 holds exactly, of a size at which every term counts."""
    of_biases = 0.05 if isinstance(module, Discriminator) else 0.3
    for name, parameter in module.named_parameters():
        scale, shift = (0.15, 0.0) if parameter.dim() > 1 else (of_biases, 1.0 if name.endswith("weight") else 0.0)
        parameter.data = (torch.randn(parameter.shape) * scale + shift).double()
    return module.double()


def penalty(logits, images):
    (slope,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return slope.square().sum() / len(images)


def discriminator_step(discriminator, optimizer, images, fakes, update):
    """Pairs each fake with an image, the same again where there are several for each."""
    images, fakes = images.detach().requires_grad_(), fakes.detach().requires_grad_()
    real, fake = discriminator(images)[0], discriminator(fakes)[0]
    loss = F.softplus(fake - real.repeat(len(fakes) // len(images))).mean()
    r1, r2 = 0.5 * R1[update] * penalty(real, images), 0.5 * R2[update] * penalty(fake, fakes)
    optimizer.zero_grad()
    (loss + r1 + r2).backward()
    # That of a unit which is open for all pictures or none is 0, as the last one's is: pairs cancel. Adam would make
    # steps of what rounding leaves of it.
    biases = [value.grad.abs().min() for name, value in discriminator.named_parameters() if name.endswith("bias")]
    assert min(biases[:-1]) > 1e-6, biases
    optimizer.step()
    return [loss.item(), r1.item(), r2.item()]


def optimizers_of(networks):
    return [torch.optim.Adam(network.parameters(), lr=RATE, betas=(0.0, BETA2[0])) for network in networks]


def begin(optimizers, update):
    for optimizer in optimizers:
        optimizer.param_groups[0]["betas"] = (0.0, BETA2[update])


def record(when, networks):
    for name, network in networks.items():
        for key, value in network.state_dict().items():
            if not key.endswith("num_batches_tracked"):
                out[f"{when}/{name}.{key}"] = value.float().contiguous().clone()


def dcgan():
    generator, discriminator = draw(Generator(SIZE, LATENT_DIM, WIDTH)), draw(Discriminator())
    networks = {"generator": generator, "discriminator": discriminator}
    record("dcgan/before", networks)
    images, codes = torch.rand(BATCH, SIZE, SIZE, 3), torch.randn(2, BATCH, LATENT_DIM)
    out.update({"dcgan/images": images, "dcgan/noise": codes})
    nchw = images.permute(0, 3, 1, 2).double() * 2 - 1
    of_generator, of_discriminator = optimizers = optimizers_of(networks.values())
    losses = []
    for update, code in enumerate(codes.double()):
        begin(optimizers, update)
        fakes = generator(code)
        loss, r1, r2 = discriminator_step(discriminator, of_discriminator, nchw, fakes, update)
        fooling = F.softplus(discriminator(nchw)[0].detach() - discriminator(fakes)[0]).mean()
        of_generator.zero_grad()
        fooling.backward()
        of_generator.step()
        losses.append([loss, fooling.item(), r1, r2])
    out["dcgan/losses"] = torch.tensor(losses, dtype=torch.float64).float()
    record("dcgan/after", networks)


def vae_gan():
    vae, discriminator = draw(VAE(LATENT_DIM, (WIDTH, 2 * WIDTH, 4 * WIDTH))), draw(Discriminator())
    networks = {"generator": vae, "discriminator": discriminator}
    record("vae-gan/before", networks)
    images, noise = torch.rand(BATCH, SIZE, SIZE, 3), torch.randn(2, 2, BATCH, LATENT_DIM)
    out.update({"vae-gan/images": images, "vae-gan/noise": noise})
    nchw = images.permute(0, 3, 1, 2).double()
    of_vae, of_discriminator = optimizers = optimizers_of(networks.values())
    named = dict(vae.named_parameters())
    decoder = [name for name in named if name.startswith("decoder")]
    losses = []
    for update, (eps, codes) in enumerate(noise.double()):
        begin(optimizers, update)
        mu, log_var = vae.encode(nchw)
        fakes = torch.cat([vae.decode(mu + (0.5 * log_var).exp() * eps), vae.decode(codes)]) * 2 - 1
        loss, r1, r2 = discriminator_step(discriminator, of_discriminator, nchw * 2 - 1, fakes, update)
        logits, seen = discriminator(fakes)
        with torch.no_grad():
            real, target = discriminator(nchw * 2 - 1)
        features = 0.5 * (seen[:BATCH] - target).square().sum() / BATCH
        fooling = F.softplus(real.repeat(2) - logits).mean()
        kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum() / BATCH
        for is_decoder, objective in [(False, features + kl), (True, FEATURES * features + fooling)]:
            moving = [value for name, value in named.items() if (name in decoder) == is_decoder]
            for value, grad in zip(moving, torch.autograd.grad(objective, moving, retain_graph=True)):
                value.grad = grad
        of_vae.step()
        losses.append([loss, fooling.item(), r1, r2, features.item(), kl.item()])
    out["vae-gan/losses"] = torch.tensor(losses, dtype=torch.float64).float()
    record("vae-gan/after", networks)


dcgan()
vae_gan()
save_file(out, HERE / "r3gan.safetensors")
