"""What `pytorch.py` compares with: our models built of plain torch.nn, under our tensor names.

`Vae`, `Generator` and `Discriminator` load the weights of ours (`load_state_dict`), which is how
`pytorch.py` and `tests/reference/dcgan.py` know that both sides compute the same function.
Run by `pytorch.py` as a process of its own that stays warm: a number on stdin is answered by a line of
JSON with the milliseconds of so many calls and the memory so far, as `morphospace bench … --serve` does.
"""

import json
import resource
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


def call(case, memory_format):
    """The call to time."""
    kind, size, batch = case["kind"], case["image_size"], case["batch_size"]
    torch.manual_seed(0)
    model = Vae(size, batch_norm=case["normalization"] == "batch").to(memory_format=memory_format)
    model.memory_format = memory_format
    if kind == "decode":
        model.eval()
        codes = torch.randn(batch, 128)

        def decode():
            with torch.inference_mode():
                model.decode(codes)

        return decode
    images = torch.rand(batch, 3, size, size).contiguous(memory_format=memory_format)
    eps = torch.randn(batch, 128)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)

    def step():
        optimizer.zero_grad()
        loss = vae_loss(model, images, eps)
        loss.backward()
        optimizer.step()
        # Ours reads the loss as well.
        return loss.item()

    return step


def peak_mib():
    """The most memory the process has held at once. `ru_maxrss` is in KiB, on macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def serve(case, layout, threads):
    torch.set_num_threads(threads)
    # Importing has its own peak, which is little above what stays: growth counts from there.
    before = peak_mib()
    work = call(case, {"eager": torch.contiguous_format, "channels_last": torch.channels_last}[layout])
    for _ in range(3):
        work()
    for line in sys.stdin:
        milliseconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            work()
            milliseconds.append((time.perf_counter() - start) * 1e3)
        peak = peak_mib()
        answer = {"milliseconds": milliseconds, "peak_rss_mib": peak, "growth_mib": peak - before}
        print(json.dumps({**answer, "threads": torch.get_num_threads()}), flush=True)


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
