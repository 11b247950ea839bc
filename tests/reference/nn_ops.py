"""Writes nn_ops.safetensors: what the layers of `nn`, Adam and AdamW must compute, by PyTorch in float64.

    python tests/reference/nn_ops.py

Made with torch 2.15.0 on the CPU. Everything that goes in is a float32 number; what comes out stays float64.
Images are stored NHWC, weights in PyTorch's layout. A case's name says what it is:
kind, then k (kernel), s (stride), p (padding), then the activation.
"""

import itertools
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(20240611)
LEAK = torch.tensor(0.2).item()  # the slope is a float32 number too
ACTIVATIONS = {
    "none": lambda v: v,
    "relu": F.relu,
    "leaky": lambda v: F.leaky_relu(v, LEAK),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}
out = {}


def draw(*shape, scale=1.0):
    return (torch.randn(*shape) * scale).double().requires_grad_(True)


def nhwc(key, t):
    return t.permute(0, 2, 3, 1) if t.dim() == 4 and "weight" not in key else t


def store(name, inputs, results):
    for key, value in inputs.items():
        assert torch.equal(value, value.float().double()), f"{name}: {key} is no float32 number"
        out[f"{name}/{key}"] = nhwc(key, value).detach().float().contiguous().clone()
    for key, value in results.items():
        out[f"{name}/{key}"] = nhwc(key, value).detach().double().contiguous().clone()


def gradients(y, gy, x, parameters, suffix=""):
    """The result y and, with gy as its gradient, those of x and the parameters."""
    grads = torch.autograd.grad(y, [x, *parameters.values()], gy)
    named = zip(["dx", *("d" + key for key in parameters)], grads, strict=True)
    return {"y" + suffix: y, **{key + suffix: grad for key, grad in named}}


def record(name, y, x, parameters):
    gy = torch.randn(y.shape).double()
    store(name, {"x": x, "gy": gy, **parameters}, gradients(y, gy, x, parameters))


# kind, batch, height, width, in, out, kernel, stride, padding, bias, activation
CONVOLUTIONS = [
    ("conv", 2, 8, 8, 3, 5, 4, 2, 1, True, "relu"),
    ("conv", 1, 7, 9, 4, 3, 4, 2, 1, True, "leaky"),
    ("conv", 3, 5, 6, 2, 17, 3, 1, 1, True, "tanh"),
    ("conv", 2, 6, 5, 5, 4, 3, 2, 0, False, "sigmoid"),
    ("conv", 1, 5, 5, 3, 2, 5, 1, 2, True, "none"),
    ("conv", 2, 9, 7, 2, 3, 5, 2, 2, False, "none"),
    ("conv", 4, 4, 3, 6, 5, 1, 1, 0, True, "relu"),
    ("conv", 2, 5, 4, 3, 3, 1, 2, 0, True, "none"),
    ("conv", 2, 6, 6, 3, 4, 2, 2, 0, True, "sigmoid"),
    ("conv", 1, 3, 3, 1, 1, 2, 1, 1, False, "none"),
    ("conv", 5, 1, 1, 3, 4, 3, 1, 1, True, "none"),
    ("conv", 2, 4, 4, 2, 3, 3, 1, 3, True, "none"),
    ("conv", 37, 4, 4, 3, 2, 4, 2, 1, True, "none"),
    ("transposed", 2, 4, 4, 5, 3, 4, 2, 1, True, "sigmoid"),
    ("transposed", 1, 3, 5, 3, 4, 4, 2, 1, True, "leaky"),
    ("transposed", 3, 5, 4, 2, 17, 3, 1, 1, True, "tanh"),
    ("transposed", 2, 3, 4, 4, 5, 3, 2, 0, False, "relu"),
    ("transposed", 1, 5, 5, 3, 2, 5, 1, 2, True, "none"),
    ("transposed", 2, 4, 3, 2, 3, 5, 2, 2, False, "none"),
    ("transposed", 4, 4, 3, 6, 5, 1, 1, 0, True, "relu"),
    ("transposed", 2, 3, 3, 3, 4, 2, 2, 0, True, "none"),
    ("transposed", 2, 3, 2, 3, 3, 1, 2, 0, True, "none"),
    ("transposed", 5, 1, 1, 3, 4, 4, 1, 0, True, "none"),
    ("transposed", 37, 2, 2, 3, 2, 4, 2, 1, True, "none"),
]
# Every kernel from 1 to 5 with every stride and padding, both kinds, so that sides are odd and even and
# strides leave rows over; bias, activation and batch take turns.
for kind, bias, act, (k, s, p) in zip(
    ["conv"] * 30 + ["transposed"] * 30,
    itertools.cycle([True] * 5 + [False] * 5),
    itertools.cycle(ACTIVATIONS),
    itertools.cycle(itertools.product([1, 2, 3, 4, 5], [1, 2], [0, 1, 2])),
):
    h, w = (5, 6) if kind == "conv" else (3, 4)
    if kind == "conv" or min((side - 1) * s + k - 2 * p for side in (h, w)) > 0:
        CONVOLUTIONS.append((kind, 1 + len(CONVOLUTIONS) % 2, h, w, 2, 3, k, s, p, bias, act))
for index, (kind, n, h, w, ci, co, k, s, p, bias, act) in enumerate(CONVOLUTIONS):
    x = draw(n, ci, h, w)
    weight = draw(co, ci, k, k) if kind == "conv" else draw(ci, co, k, k)
    parameters = {"weight": weight, "bias": draw(co)} if bias else {"weight": weight}
    f = F.conv2d if kind == "conv" else F.conv_transpose2d
    y = ACTIVATIONS[act](f(x, weight, parameters.get("bias"), stride=s, padding=p))
    record(f"{kind}-{index}-k{k}-s{s}-p{p}-{act}", y, x, parameters)

for index, (n, ci, co, act) in enumerate([(5, 7, 3, "relu"), (1, 33, 9, "none"), (64, 6, 70, "tanh"), (3, 17, 5, "leaky"), (2, 5, 33, "sigmoid")]):
    x, parameters = draw(n, ci), {"weight": draw(co, ci), "bias": draw(co)}
    y = ACTIVATIONS[act](F.linear(x, parameters["weight"], parameters["bias"]))
    record(f"linear-{index}-k0-s0-p0-{act}", y, x, parameters)

NORMS = [
    (2, 3, 5, 4, "relu"),
    (4, 6, 6, 3, "none"),
    (1, 4, 3, 17, "leaky"),
    (40, 6, 5, 2, "sigmoid"),
    (3, 1, 1, 33, "tanh"),
    (1, 3, 2, 1, "none"),
]
for index, (n, h, w, c, act) in enumerate(NORMS):
    # Far from the origin, where a careless variance loses its digits.
    x = (draw(n, c, h, w) * 0.5 + 5.0).float().double().detach().requires_grad_(True)
    parameters = {"weight": draw(c), "bias": draw(c)}
    mean, var = draw(c).detach(), (torch.rand(c) + 0.5).double()
    gy = torch.randn(n, c, h, w).double()
    inputs = {"x": x, "gy": gy, **parameters, "running_mean": mean.clone(), "running_var": var.clone()}
    y_eval = ACTIVATIONS[act](F.batch_norm(x, mean, var, *parameters.values(), training=False))
    results = gradients(y_eval, gy, x, parameters, "_eval")
    y = F.batch_norm(x, mean, var, *parameters.values(), training=True, momentum=0.1, eps=1e-5)
    results.update(gradients(ACTIVATIONS[act](y), gy, x, parameters))
    results.update({"next_mean": mean, "next_var": var})
    store(f"norm-{index}-k0-s0-p0-{act}", inputs, results)

for name, optimizer in {
    "adam": lambda values: torch.optim.Adam(values, lr=1e-2),
    "adamw": lambda values: torch.optim.AdamW(values, lr=3e-3, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1),
}.items():
    value = torch.randn(50).double().requires_grad_(True)
    inputs, results = {"value0": value.detach().clone()}, {}
    optimizer = optimizer([value])
    for step in range(1, 8):
        value.grad = (torch.randn(50) * 10.0 ** (step - 5)).double()
        inputs[f"grad{step}"] = value.grad.clone()
        optimizer.step()
        results[f"value{step}"] = value.detach().clone()
    state = optimizer.state[value]
    results.update({"exp_avg": state["exp_avg"], "exp_avg_sq": state["exp_avg_sq"]})
    store(name, inputs, results)

save_file(out, pathlib.Path(__file__).with_suffix(".safetensors"))
