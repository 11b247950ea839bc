"""Makes feature_loss.safetensors: the distance of two batches of pictures in the layers of a small network, and its
gradient, in double precision. With --inception FOLDER it prints the distance of the images there in the first layers
of Inception instead. Needs torch and safetensors."""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

EPS = 1e-4


def direction(v):
    return v / (v.pow(2).sum(1, keepdim=True) + EPS * v.shape[1]).sqrt()


def distance(layers, x, target):
    """`layers` gives the maps to compare of an NCHW batch."""
    terms = [(direction(a) - direction(b)).pow(2).sum(1).mean() for a, b in zip(layers(x), layers(target))]
    return torch.stack(terms).mean()


def small():
    torch.manual_seed(7)
    shapes = {"a": (12, 3, 3), "b": (8, 12, 3), "c": (16, 8, 4)}
    tensors = {}
    for name, (outs, ins, kernel) in shapes.items():
        tensors[f"{name}.weight"] = (torch.randn(outs, ins, kernel, kernel) / (ins * kernel**2 / 2) ** 0.5).float()
        tensors[f"{name}.bias"] = (0.1 * torch.randn(outs)).float()
    wide = {name: t.double() for name, t in tensors.items()}

    def conv(name, x, stride, padding):
        return F.conv2d(x, wide[f"{name}.weight"], wide[f"{name}.bias"], stride, padding)

    def layers(x):
        a = F.relu(conv("a", x, 2, 0))
        b = F.max_pool2d(F.leaky_relu(conv("b", a, 1, 1), 0.2), 3, 2)
        return [a, F.leaky_relu(conv("c", b, 2, 1), 0.2)]

    x = torch.randn(3, 21, 18, 3).float()
    target = (x + 0.5 * torch.randn_like(x)).float()
    seen = x.double().requires_grad_()
    value = distance(layers, seen.permute(0, 3, 1, 2), target.double().permute(0, 3, 1, 2))
    value.backward()
    tensors |= {"x": x, "target": target, "distance": value.detach().reshape(1), "gradient": seen.grad}
    save_file({name: t.contiguous() for name, t in tensors.items()}, Path(__file__).with_suffix(".safetensors"))


def inception(folder):
    tensors = load_file(next(folder.glob("inception*.safetensors")))
    tensors = {name: t.double() for name, t in tensors.items()}
    images = load_file(folder / "expected_features.safetensors")["images_u8"].double() / 255

    def conv(name, x, stride=1, padding=0):
        x = F.conv2d(x, tensors[f"{name}.conv.weight"], None, stride, padding)
        norm = (tensors[f"{name}.bn.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return F.relu(F.batch_norm(x, *norm, eps=1e-3))

    def layers(x):
        a = conv("Conv2d_1a_3x3", 2 * x - 1, stride=2)
        b = conv("Conv2d_2b_3x3", conv("Conv2d_2a_3x3", a), padding=1)
        c = conv("Conv2d_4a_3x3", conv("Conv2d_3b_1x1", F.max_pool2d(b, 3, 2)))
        return [a, b, c]

    print(float(distance(layers, images[:4], images[4:])))


if len(sys.argv) == 3 and sys.argv[1] == "--inception":
    inception(Path(sys.argv[2]))
else:
    small()
