"""What `pytorch.py` compares with: our models built of plain torch.nn, under our tensor names.

`Vae`, `Generator` and `Discriminator` load the weights of ours (`load_state_dict`), which is how
`pytorch.py` and `tests/reference/dcgan.py` know that both sides compute the same function.
Run by `pytorch.py` it is a process of its own that stays warm: a number on stdin is answered by a line of
JSON with the milliseconds of so many calls and the memory so far, as `morphospace bench … --serve` does.
"""

import json
import pathlib
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def widths(image_size, base_width):
    """Channels after each halving down to 4 x 4."""
    return [base_width * min(2**level, 8) for level in range((image_size // 4).bit_length() - 1)]


class Vae(nn.Module):
    def __init__(self, image_size=64, latent_dim=128, base_width=32, batch_norm=True):
        super().__init__()
        channels = [3, *widths(image_size, base_width)]
        pairs = list(zip(channels, channels[1:]))

        def between(width, activation):
            return [nn.BatchNorm2d(width), activation] if batch_norm else [activation]

        encoder, decoder = [], []
        for outer, inner in pairs:
            encoder.append(nn.Conv2d(outer, inner, 4, 2, 1, bias=not batch_norm))
            encoder += between(inner, nn.LeakyReLU(0.2, inplace=True))
        for outer, inner in reversed(pairs[1:]):
            decoder.append(nn.ConvTranspose2d(inner, outer, 4, 2, 1, bias=not batch_norm))
            decoder += between(outer, nn.ReLU(inplace=True))
        decoder += [nn.ConvTranspose2d(channels[1], 3, 4, 2, 1), nn.Sigmoid()]
        self.channels = channels[-1]
        features = self.channels * 4 * 4
        self.encoder = nn.Sequential(*encoder)
        self.mu = nn.Linear(features, latent_dim)
        self.log_var = nn.Linear(features, latent_dim)
        self.decoder_input = nn.Linear(latent_dim, features)
        self.decoder = nn.Sequential(*decoder)
        self.memory_format = torch.contiguous_format

    def encode(self, images):
        features = self.encoder(images).flatten(1)
        return self.mu(features), self.log_var(features)

    def decode(self, codes):
        features = F.relu(self.decoder_input(codes)).view(-1, self.channels, 4, 4)
        return self.decoder(features.contiguous(memory_format=self.memory_format))


def vae_loss(model, images, eps):
    """Squared error summed over an image plus KL, both averaged over the batch."""
    mu, log_var = model.encode(images)
    reconstruction = model.decode(mu + torch.exp(0.5 * log_var) * eps)
    squared_error = F.mse_loss(reconstruction, images, reduction="sum") / len(images)
    kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum() / len(images)
    return squared_error + kl


class Generator(nn.Module):
    """Of the DCGAN, as in PyTorch's tutorial; images in [-1, 1]."""

    def __init__(self, image_size=64, latent_dim=100, base_width=64):
        super().__init__()
        channels = [*reversed(widths(image_size, base_width)), 3]
        layers = [nn.ConvTranspose2d(latent_dim, channels[0], 4, 1, 0, bias=False)]
        for inner, outer in zip(channels, channels[1:]):
            layers += [nn.BatchNorm2d(inner), nn.ReLU(inplace=True)]
            layers.append(nn.ConvTranspose2d(inner, outer, 4, 2, 1, bias=False))
        self.main = nn.Sequential(*layers, nn.Tanh())

    def forward(self, codes):
        return self.main(codes[:, :, None, None])


class Discriminator(nn.Module):
    """Of the DCGAN, as in PyTorch's tutorial but for the sigmoid, which the loss applies."""

    def __init__(self, image_size=64, base_width=64):
        super().__init__()
        channels = widths(image_size, base_width)
        layers = [nn.Conv2d(3, channels[0], 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
        for outer, inner in zip(channels, channels[1:]):
            layers += [nn.Conv2d(outer, inner, 4, 2, 1, bias=False), nn.BatchNorm2d(inner)]
            layers.append(nn.LeakyReLU(0.2, inplace=True))
        self.main = nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 4, 1, 0, bias=False))
        self.compared = [at for at, layer in enumerate(self.main) if isinstance(layer, nn.Conv2d)][-2]

    def forward(self, images):
        return self.judge(images)[0]

    def judge(self, images):
        """Logits, and the activations two layers before them, in which a VAE-GAN compares pictures."""
        x = images
        for at, layer in enumerate(self.main):
            if at == self.compared:
                features = x
            x = layer(x)
        return x.flatten(), features


def initialise(module):
    """The paper's and the tutorial's first weights."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def adversarial_update(generator, discriminator, optimizers, images, codes):
    """The tutorial's update: the discriminator on a real and a generated batch, then the generator.
    Returns the three losses."""
    for_generator, for_discriminator = optimizers
    real, fake = torch.ones(len(images)).to(images.dtype), torch.zeros(len(images)).to(images.dtype)
    for_discriminator.zero_grad()
    on_real = F.binary_cross_entropy_with_logits(discriminator(images), real)
    on_real.backward()
    fakes = generator(codes)
    on_fake = F.binary_cross_entropy_with_logits(discriminator(fakes.detach()), fake)
    on_fake.backward()
    for_discriminator.step()
    for_generator.zero_grad()
    of_generator = F.binary_cross_entropy_with_logits(discriminator(fakes), real)
    of_generator.backward()
    for_generator.step()
    return on_real.item(), on_fake.item(), of_generator.item()


def vae_gan_update(vae, discriminator, optimizers, images, eps, codes, gamma):
    """Algorithm 1 of Larsen et al. 2016: each network takes the gradient of its own loss, and the encoder none of the
    adversarial one. Images are in [0, 1]. Returns the losses: real, fake, generator, features, KL."""
    for_vae, for_discriminator = optimizers

    def judge(pictures):
        return discriminator.judge(pictures * 2 - 1)

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
    for parameters, loss in [(encoder, features + kl), (decoder, gamma * features + fooling)]:
        for value, grad in zip(parameters.values(), torch.autograd.grad(loss, parameters.values(), retain_graph=True)):
            value.grad = grad
    for_vae.step()
    return [value.item() for value in (real, fake, fooling, features, kl)]


def vae_gan_call(case, memory_format):
    model = vae(case, memory_format)
    discriminator = Discriminator(case["image_size"], base_width=32).apply(initialise).to(memory_format=memory_format)
    networks = [model, discriminator]
    optimizers = [torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999)) for network in networks]
    images = torch.rand(case["batch_size"], 3, case["image_size"], case["image_size"])
    images = images.contiguous(memory_format=memory_format)
    eps, codes = torch.randn(2, case["batch_size"], 128)
    return lambda: vae_gan_update(*networks, optimizers, images, eps, codes, 0.01)


def adversarial_call(case, memory_format):
    if case["model"] == "vae-gan":
        return vae_gan_call(case, memory_format)
    shape = {"image_size": case["image_size"], "base_width": 64}
    generator, discriminator = Generator(latent_dim=100, **shape), Discriminator(**shape)
    networks = [network.apply(initialise).to(memory_format=memory_format) for network in (generator, discriminator)]
    optimizers = [torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999)) for network in networks]
    images = torch.rand(case["batch_size"], 3, case["image_size"], case["image_size"]) * 2 - 1
    images = images.contiguous(memory_format=memory_format)
    codes = torch.randn(case["batch_size"], 100)
    return lambda: adversarial_update(*networks, optimizers, images, codes)


def decode_call(case, memory_format):
    model = vae(case, memory_format).eval()
    codes = torch.randn(case["batch_size"], 128)

    def decode():
        with torch.inference_mode():
            model.decode(codes)

    return decode


def step_call(case, memory_format):
    model = vae(case, memory_format)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    images = torch.rand(case["batch_size"], 3, case["image_size"], case["image_size"])
    images = images.contiguous(memory_format=memory_format)
    eps = torch.randn(case["batch_size"], 128)

    def step():
        optimizer.zero_grad()
        loss = vae_loss(model, images, eps)
        loss.backward()
        optimizer.step()
        # Ours reads the loss as well.
        return loss.item()

    return step


def vae(case, memory_format):
    model = Vae(case["image_size"], batch_norm=case.get("normalization", "batch") == "batch")
    model.memory_format = memory_format
    return model.to(memory_format=memory_format)


CALLS = {"step": step_call, "decode": decode_call, "adversarial": adversarial_call}


def peak_mib():
    """The most memory the process has held at once. `ru_maxrss` would count the parent's before the exec."""
    try:
        lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) / 1024


def timed(work, count):
    """Milliseconds that each of so many calls takes."""
    milliseconds = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        milliseconds.append((time.perf_counter() - start) * 1e3)
    return milliseconds


def serve(case, layout, threads):
    torch.set_num_threads(threads)
    # Importing has its own peak, which is little above what stays: growth counts from there.
    before = peak_mib()
    torch.manual_seed(0)
    memory_format = {"eager": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    work = CALLS[case["kind"]](case, memory_format)
    for _ in range(3):
        work()
    for line in sys.stdin:
        milliseconds = timed(work, int(line))
        peak = peak_mib()
        growth = None if peak is None else peak - before
        answer = {"milliseconds": milliseconds, "peak_rss_mib": peak, "peak_growth_mib": growth}
        print(json.dumps({**answer, "threads": torch.get_num_threads()}), flush=True)


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
