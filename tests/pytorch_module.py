"""The default VAE in plain PyTorch, with the weights of a Morphospace checkpoint.

    python tests/pytorch_module.py CHECKPOINT OUT     (needs torch, safetensors, numpy)

Writes to OUT, computed in float64: what the checkpoint's encoder says about two pictures (`mu`, `log_var`)
and what its decoder draws from three codes (`decoded`, NHWC), together with `pictures` and `codes`.
`tests/pytorch.rs` holds ours against it. What it recorded of the shipped model lies beside the other
reference numbers, made with torch 2.15.0 on the CPU by

    python tests/pytorch_module.py models/vae-ffhq-64.safetensors tests/reference/pytorch_module.safetensors
"""

import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn


class VAE(nn.Module):
    def __init__(self, latent_dim=128, widths=(32, 64, 128, 256), side=4):
        super().__init__()
        encoder, decoder = [], []
        for before, after in zip((3, *widths), widths):
            encoder += [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
        for before, after in zip(widths[:0:-1], widths[-2::-1]):
            decoder += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        decoder += [nn.ConvTranspose2d(widths[0], 3, 4, 2, 1), nn.Sigmoid()]
        self.features = (widths[-1], side, side)
        self.encoder = nn.Sequential(*encoder)
        self.mu = nn.Linear(widths[-1] * side * side, latent_dim)
        self.log_var = nn.Linear(widths[-1] * side * side, latent_dim)
        self.decoder_input = nn.Linear(latent_dim, widths[-1] * side * side)
        self.decoder = nn.Sequential(*decoder)

    def encode(self, images):
        features = self.encoder(images).flatten(1)
        return self.mu(features), self.log_var(features)

    def decode(self, codes):
        return self.decoder(torch.relu(self.decoder_input(codes)).unflatten(1, self.features))


def main(checkpoint, out):
    kept = {k: v for k, v in load_file(checkpoint).items() if not k.startswith(("latent.", "optimizer.", "data."))}
    model = VAE()
    model.load_state_dict(kept)
    model.double().eval()
    # Pictures of stripes and slopes, and codes, that need no file and no random numbers.
    y, x, c = torch.meshgrid(torch.arange(64), torch.arange(64), torch.arange(3), indexing="ij")
    pictures = torch.stack([(x * 7 + y * 3 + c * 50) % 256, (x * y + 255 - 2 * y + c * 20) % 256]).to(torch.uint8)
    codes = ((torch.arange(3 * 128) * 37 % 101 - 50) / 25.0).reshape(3, 128)
    with torch.no_grad():
        mu, log_var = model.encode(pictures.double().permute(0, 3, 1, 2) / 255)
        decoded = model.decode(codes.double()).permute(0, 2, 3, 1)
    result = {"pictures": pictures, "codes": codes, "mu": mu, "log_var": log_var, "decoded": decoded}
    save_file({k: (v.float() if v.is_floating_point() else v).contiguous() for k, v in result.items()}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
