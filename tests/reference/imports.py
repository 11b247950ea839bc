"""Models as people write them in PyTorch, exported to ONNX and saved as state dicts, with the pictures and codes that
PyTorch computes of them. Small, so that the files can lie beside this one.

    pip install torch onnx onnxscript safetensors
    python tests/reference/imports.py tests/reference/imports
"""

import sys
import warnings
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(7)


class DcganGenerator(nn.Module):
    """The generator of PyTorch's DCGAN example (nz = 100), with fewer channels."""

    def __init__(self, nz=100, ngf=2, nc=3):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 8, 4, 1, 0, bias=False),
            nn.BatchNorm2d(ngf * 8),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 8, ngf * 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ngf * 4),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 4, ngf * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ngf * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ngf),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, input):
        return self.main(input)


class VaeEncoder(nn.Module):
    """An encoder with two heads."""

    def __init__(self, latent_dim=16):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.LeakyReLU(),
            nn.Conv2d(8, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.LeakyReLU(),
            nn.Conv2d(16, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.LeakyReLU(),
            nn.Flatten(),
        )
        self.fc_mu = nn.Linear(16 * 16, latent_dim)
        self.fc_logvar = nn.Linear(16 * 16, latent_dim)

    def forward(self, x):
        h = self.net(x)
        return self.fc_mu(h), self.fc_logvar(h)


class VaeDecoder(nn.Module):
    """A decoder of ConvTranspose2d and BatchNorm2d."""

    def __init__(self, latent_dim=16):
        super().__init__()
        self.fc = nn.Linear(latent_dim, 16 * 4 * 4)
        self.net = nn.Sequential(
            nn.ConvTranspose2d(16, 16, 3, 2, 1, output_padding=1), nn.BatchNorm2d(16), nn.LeakyReLU(),
            nn.ConvTranspose2d(16, 8, 3, 2, 1, output_padding=1), nn.BatchNorm2d(8), nn.LeakyReLU(),
            nn.ConvTranspose2d(8, 3, 3, 2, 1, output_padding=1), nn.Sigmoid(),
        )

    def forward(self, z):
        return self.net(self.fc(z).view(-1, 16, 4, 4))


class UpsampleDecoder(nn.Module):
    """A decoder of Upsample and Conv2d."""

    def __init__(self, latent_dim=8, mode="nearest"):
        super().__init__()
        self.fc = nn.Linear(latent_dim, 8 * 8 * 8)
        kwargs = {} if mode == "nearest" else {"align_corners": False}
        self.net = nn.Sequential(
            nn.Upsample(scale_factor=2, mode=mode, **kwargs), nn.Conv2d(8, 8, 3, padding=1), nn.InstanceNorm2d(8),
            nn.ReLU(), nn.Upsample(scale_factor=2, mode=mode, **kwargs), nn.Conv2d(8, 3, 3, padding=1), nn.Tanh(),
        )

    def forward(self, z):
        return self.net(self.fc(z).view(z.size(0), 8, 8, 8))


class ClassConditional(nn.Module):
    """A generator that is told a class by its number."""

    def __init__(self, latent_dim=12, classes=10):
        super().__init__()
        self.embed = nn.Embedding(classes, latent_dim)
        self.decoder = VaeDecoder(2 * latent_dim)

    def forward(self, z, labels):
        return self.decoder(torch.cat([z, self.embed(labels)], 1))


class OneHotConditional(nn.Module):
    """A generator that is told a class by a vector."""

    def __init__(self, latent_dim=12, classes=10):
        super().__init__()
        self.decoder = VaeDecoder(latent_dim + classes)

    def forward(self, z, c):
        return self.decoder(torch.cat([z, c], 1))


class Autoencoder(nn.Module):
    """An autoencoder in one piece."""

    def __init__(self, latent_dim=10):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 8, 4, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 4, 2, 1), nn.ReLU(), nn.Flatten(),
            nn.Linear(8 * 8 * 8, latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, 8 * 8 * 8), nn.ReLU(), nn.Unflatten(1, (8, 8, 8)),
            nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 3, 4, 2, 1), nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


class WholeVae(nn.Module):
    """A VAE whose forward gives the reconstruction, mu and log_var, as most are written."""

    def __init__(self):
        super().__init__()
        self.encoder = VaeEncoder()
        self.decoder = VaeDecoder()

    def forward(self, x):
        mu, log_var = self.encoder(x)
        z = mu if not self.training else mu + torch.randn_like(mu) * (0.5 * log_var).exp()
        return self.decoder(z), mu, log_var


class MnistVae(nn.Module):
    """The VAE of PyTorch's examples: linear layers on 784 numbers, with fewer of them."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 32)
        self.fc21 = nn.Linear(32, 6)
        self.fc22 = nn.Linear(32, 6)
        self.fc3 = nn.Linear(6, 32)
        self.fc4 = nn.Linear(32, 784)

    def encode(self, x):
        h1 = torch.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def decode(self, z):
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z))))


class MnistEncoder(nn.Module):
    """The way in of a module whose forward is the whole."""

    def __init__(self, of):
        super().__init__()
        self.of = of

    def forward(self, x):
        return self.of.encode(x)


class MnistDecoder(nn.Module):
    """The way out."""

    def __init__(self, of):
        super().__init__()
        self.of = of

    def forward(self, z):
        return self.of.decode(z)


class WideGrey(nn.Module):
    """A generator of grey pictures that are no squares, whose numbers have no bounds."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 8 * 6 * 10)
        self.net = nn.Sequential(
            nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.PReLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1),
        )

    def forward(self, z):
        return self.net(self.fc(z).view(-1, 8, 6, 10))


class Halves(nn.Module):
    """An encoder that gives mean and logarithm of the variance in one array."""

    def __init__(self):
        super().__init__()
        self.inner = VaeEncoder(9)

    def forward(self, x):
        return torch.cat(self.inner(x), 1)


class ConditionalVae(nn.Module):
    """A VAE in one piece whose encoder and decoder are told a class."""

    def __init__(self, latent_dim=7, classes=4):
        super().__init__()
        self.encoder = VaeEncoder(latent_dim)
        self.shift = nn.Linear(classes, latent_dim)
        self.decoder = VaeDecoder(latent_dim + classes)

    def forward(self, x, c):
        mu, log_var = self.encoder(x)
        mu = mu + self.shift(c)
        return self.decoder(torch.cat([mu, c], 1)), mu, log_var


class ChannelsLast(nn.Module):
    """A generator whose pictures have their channels last."""

    def __init__(self):
        super().__init__()
        self.inner = VaeDecoder(9)

    def forward(self, z):
        return self.inner(z).permute(0, 2, 3, 1)


class PytorchVae(nn.Module):
    """The stack of PyTorch-VAE's VanillaVAE, with fewer channels."""

    def __init__(self, widths=(4, 4, 4, 8, 8), latent_dim=6):
        super().__init__()
        down = zip((3,) + widths, widths)
        self.encoder = nn.Sequential(
            *(nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.LeakyReLU()) for a, b in down)
        )
        self.fc_mu, self.fc_var = (nn.Linear(widths[-1] * 4, latent_dim) for _ in range(2))
        self.decoder_input = nn.Linear(latent_dim, widths[-1] * 4)
        grow = lambda a, b: nn.ConvTranspose2d(a, b, 3, 2, 1, output_padding=1)
        up = widths[::-1]
        self.decoder = nn.Sequential(
            *(nn.Sequential(grow(a, b), nn.BatchNorm2d(b), nn.LeakyReLU()) for a, b in zip(up, up[1:]))
        )
        self.final_layer = nn.Sequential(
            grow(up[-1], up[-1]), nn.BatchNorm2d(up[-1]), nn.LeakyReLU(), nn.Conv2d(up[-1], 3, 3, padding=1), nn.Tanh()
        )

    def encode(self, x):
        h = self.encoder(x).flatten(1)
        return self.fc_mu(h), self.fc_var(h)

    def decode(self, z):
        h = self.decoder_input(z)
        return self.final_layer(self.decoder(h.view(len(z), -1, 2, 2)))


class Pythae(nn.Module):
    """The stacks of pythae: of linear layers ("mlp"), and those for MNIST, CIFAR and CelebA, with fewer channels."""

    WINDOWS = {
        "mnist": [(3, 2, 1, 0), (3, 2, 1, 1), (3, 2, 1, 1)],
        "cifar": [(4, 2, 1, 0), (4, 2, 1, 1), (4, 1, 2, 0)],
        "celeba": [(5, 2, 2, 0), (5, 2, 1, 0), (5, 2, 2, 1), (5, 1, 1, 0)],
    }
    SIDES = {"mlp": (1, 28), "mnist": (1, 28), "cifar": (3, 32), "celeba": (3, 64)}

    def __init__(self, kind, latent_dim=5, variational=True):
        super().__init__()
        self.kind = kind
        channels, side = self.SIDES[kind]
        self.encoder, self.decoder = nn.Module(), nn.Module()
        if kind == "mlp":
            numbers = channels * side * side
            self.encoder.layers = nn.ModuleList([nn.Sequential(nn.Linear(numbers, 24), nn.ReLU())])
            features = 24
            self.decoder.layers = nn.ModuleList([
                nn.Sequential(nn.Linear(latent_dim, 24), nn.ReLU()),
                nn.Sequential(nn.Linear(24, numbers), nn.Sigmoid()),
            ])
        else:
            widths = (channels, 2, 4, 4, 8)
            self.encoder.layers = nn.ModuleList(
                nn.Sequential(nn.Conv2d(a, b, 4, 2, 1), nn.BatchNorm2d(b), nn.ReLU())
                for a, b in zip(widths, widths[1:])
            )
            features = 8 * (side // 16) ** 2
            start = 4 if kind == "mnist" else 8
            first = nn.Linear(latent_dim, 8 * start * start)
            layers = [nn.Sequential(first) if kind == "celeba" else first]
            windows = self.WINDOWS[kind]
            up = [8, 4, 4, 2][: len(windows)] + [channels]
            for at, (k, s, p, more) in enumerate(windows):
                conv = nn.ConvTranspose2d(up[at], up[at + 1], k, s, p, output_padding=more)
                last = at + 1 == len(windows)
                rest = [nn.Sigmoid()] if last else [nn.BatchNorm2d(up[at + 1]), nn.ReLU()]
                layers.append(nn.Sequential(conv, *rest))
            self.decoder.layers = nn.ModuleList(layers)
        self.encoder.embedding = nn.Linear(features, latent_dim)
        if variational:
            self.encoder.log_var = nn.Linear(features, latent_dim)

    def encode(self, x):
        h = x.flatten(1) if self.kind == "mlp" else x
        for layer in self.encoder.layers:
            h = layer(h)
        h = h.flatten(1)
        codes = (self.encoder.embedding(h),)
        return codes + (self.encoder.log_var(h),) if hasattr(self.encoder, "log_var") else codes

    def decode(self, z):
        h = z
        for at, layer in enumerate(self.decoder.layers):
            h = layer(h)
            if at == 0 and self.kind != "mlp":
                h = h.view(len(z), 8, *(2 * [int((h.shape[1] // 8) ** 0.5)]))
        return h


def save(folder, name, model, pictures, codes, wrap, **options):
    """Writes the state dict of a model as NAME.pt, wrapped as people wrap them, with what PyTorch says."""
    for _ in range(3):
        model.train()
        with torch.no_grad():
            model.decode(codes)
            if pictures is not None:
                model.encode(pictures)
    model.eval()
    arrays = {"code": codes}
    with torch.no_grad():
        arrays["picture"] = model.decode(codes)
        if pictures is not None:
            arrays["x"] = pictures
            arrays.update(zip(("mu", "log_var"), model.encode(pictures)))
    save_file({n: t.contiguous() for n, t in arrays.items()}, folder / f"{name}.safetensors")
    torch.save(wrap(model.state_dict()), folder / f"{name}.pt", **options)


def settle(module, *inputs):
    """Gives batch norms running statistics that are not those of a new layer, and ends training."""
    module.train()
    with torch.no_grad():
        for _ in range(3):
            module(*inputs)
    return module.eval()


def export(folder, name, module, inputs, names, outputs, old_opset=11):
    """Writes NAME.onnx by today's exporter and NAME.old.onnx by the old one, with what PyTorch says."""
    with torch.no_grad():
        given = module(*inputs)
    given = given if isinstance(given, tuple) else (given,)
    arrays = {n: t.contiguous() for n, t in zip(names + outputs, list(inputs) + list(given))}
    save_file(arrays, folder / f"{name}.safetensors")
    batch = {n: {0: "n"} for n in names + outputs}
    torch.onnx.export(
        module, inputs, folder / f"{name}.old.onnx", input_names=names, output_names=outputs, dynamic_axes=batch,
        opset_version=old_opset, dynamo=False,
    )
    dim = torch.export.Dim("n")
    torch.onnx.export(
        module, inputs, folder / f"{name}.onnx", input_names=names, output_names=outputs, dynamo=True,
        external_data=False, dynamic_shapes=tuple({0: dim} for _ in names), verbose=False,
    )


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    z = lambda *shape: torch.randn(2, *shape)
    x = torch.rand(2, 3, 32, 32)

    dcgan = settle(DcganGenerator(), z(100, 1, 1))
    export(folder, "dcgan", dcgan, (z(100, 1, 1),), ["input"], ["output"])
    vae_encoder, vae_decoder = settle(VaeEncoder(), x), settle(VaeDecoder(), z(16))
    export(folder, "vae.encoder", vae_encoder, (x,), ["x"], ["mu", "logvar"])
    export(folder, "vae.decoder", vae_decoder, (z(16),), ["z"], ["picture"])
    export(folder, "upsample", settle(UpsampleDecoder(), z(8)), (z(8),), ["z"], ["picture"])
    export(folder, "bilinear", settle(UpsampleDecoder(mode="bilinear"), z(8)), (z(8),), ["z"], ["picture"])
    labels = torch.tensor([3, 3])
    export(folder, "labels", settle(ClassConditional(), z(12), labels), (z(12), labels), ["z", "labels"], ["picture"])
    one_hot = nn.functional.one_hot(labels, 10).float()
    export(folder, "one_hot", settle(OneHotConditional(), z(12), one_hot), (z(12), one_hot), ["z", "c"], ["picture"])
    export(folder, "autoencoder", settle(Autoencoder(), x), (x,), ["x"], ["reconstruction"], old_opset=13)
    export(folder, "whole_vae", settle(WholeVae(), x), (x,), ["x"], ["reconstruction", "mu", "log_var"])
    mnist = MnistVae().eval()
    flat = torch.rand(2, 784)
    export(folder, "mnist.encoder", MnistEncoder(mnist), (flat,), ["x"], ["mu", "logvar"])
    export(folder, "mnist.decoder", MnistDecoder(mnist), (z(6),), ["z"], ["picture"])
    export(folder, "wide_grey", WideGrey().eval(), (z(5),), ["z"], ["picture"])
    prefixed = lambda prefix: lambda state: {prefix + name: tensor for name, tensor in state.items()}
    dcgan.decode = dcgan.forward
    save(
        folder, "dcgan_checkpoint", dcgan, None, z(100, 1, 1),
        lambda state: {"epoch": 3, "discriminator": {"main.0.weight": torch.zeros(4, 3, 4, 4)},
                       "generator": {"module." + name: tensor * 0 for name, tensor in state.items()},
                       "g_ema": prefixed("module.")(state)},
    )
    lightning = lambda state: {"state_dict": prefixed("model.")(state), "hyper_parameters": {"lr": 0.1}}
    save(folder, "pytorch_vae", PytorchVae(), torch.rand(2, 3, 64, 64) * 2 - 1, z(6), lightning)
    pythae = lambda state: {"model_state_dict": state}
    save(folder, "pythae_mlp", Pythae("mlp"), torch.rand(2, 1, 28, 28), z(5), pythae)
    save(folder, "pythae_mnist", Pythae("mnist"), torch.rand(2, 1, 28, 28), z(5), pythae)
    save(
        folder, "pythae_cifar", Pythae("cifar", variational=False), torch.rand(2, 3, 32, 32), z(5), pythae,
        _use_new_zipfile_serialization=False,
    )
    save(folder, "pythae_celeba", Pythae("celeba"), torch.rand(2, 3, 64, 64), z(5), pythae)
    save(folder, "mnist_example", MnistVae(), torch.rand(2, 784), z(6), lambda state: state)
    torch.save({"resnet.conv1.weight": torch.zeros(4, 3, 7, 7)}, folder / "unknown.pt")
    export(folder, "channels_last", settle(ChannelsLast(), z(9)), (z(9),), ["z"], ["picture"])
    classes = nn.functional.one_hot(torch.tensor([2, 2]), 4).float()
    export(
        folder, "conditional_vae", settle(ConditionalVae(), x, classes), (x, classes), ["x", "c"],
        ["reconstruction", "mu", "log_var"],
    )
    export(folder, "halves.encoder", settle(Halves(), x), (x,), ["x"], ["moments"])
    export(folder, "halves.decoder", settle(VaeDecoder(9), z(9)), (z(9),), ["z"], ["picture"])
    small = DcganGenerator(nz=8, ngf=1, nc=1)
    small.decode = small.forward
    adam = torch.optim.Adam(small.parameters(), lr=0.0)
    small(z(8, 1, 1)).sum().backward()
    adam.step()
    save(
        folder, "legacy_checkpoint", small, None, z(8, 1, 1),
        lambda state: {"epoch": 3, "model": state, "optimizer": adam.state_dict(), "losses": [torch.ones(2)]},
        _use_new_zipfile_serialization=False,
    )


if __name__ == "__main__":
    main()
