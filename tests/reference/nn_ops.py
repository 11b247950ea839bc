"""Writes nn_ops.safetensors: what the layers of `nn` and AdamW must compute, by PyTorch in float64.

    python tests/reference/nn_ops.py

Made with torch 2.15.0 on the CPU. Inputs are float32 numbers; results are rounded to float32 at the end.
Images are stored NHWC, weights in PyTorch's layout. A case's name says what it is:
kind, then k (kernel), s (stride), p (padding), then the activation.
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(20240611)
ACTIVATIONS = {
    "none": lambda v: v,
    "relu": F.relu,
    "leaky": lambda v: F.leaky_relu(v, 0.2),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}
out = {}


def draw(*shape, scale=1.0):
    return (torch.randn(*shape) * scale).double().requires_grad_(True)


def nhwc(t):
    return t.permute(0, 2, 3, 1) if t.dim() == 4 else t


def record(name, y, x, parameters, extra=None):
    gy = torch.randn(y.shape).double()
    y.backward(gy)
    entries = {"x": nhwc(x), "y": nhwc(y), "gy": nhwc(gy), "dx": nhwc(x.grad)}
    for key, value in parameters.items():
        entries[key] = value
        entries["d" + key] = value.grad
    entries.update(extra or {})
    for key, value in entries.items():
        out[f"{name}/{key}"] = value.detach().float().contiguous().clone()


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
for index, (kind, n, h, w, ci, co, k, s, p, bias, act) in enumerate(CONVOLUTIONS):
    x = draw(n, ci, h, w)
    weight = draw(co, ci, k, k) if kind == "conv" else draw(ci, co, k, k)
    parameters = {"weight": weight, "bias": draw(co)} if bias else {"weight": weight}
    f = F.conv2d if kind == "conv" else F.conv_transpose2d
    y = ACTIVATIONS[act](f(x, weight, parameters.get("bias"), stride=s, padding=p))
    record(f"{kind}-{index}-k{k}-s{s}-p{p}-{act}", y, x, parameters)

for index, (n, ci, co, act) in enumerate([(5, 7, 3, "relu"), (1, 33, 9, "none"), (64, 6, 70, "tanh")]):
    x, parameters = draw(n, ci), {"weight": draw(co, ci), "bias": draw(co)}
    y = ACTIVATIONS[act](F.linear(x, parameters["weight"], parameters["bias"]))
    record(f"linear-{index}-k0-s0-p0-{act}", y, x, parameters)

NORMS = [(2, 3, 5, 4, "relu"), (4, 6, 6, 3, "none"), (1, 4, 3, 17, "leaky"), (40, 6, 5, 2, "sigmoid")]
for index, (n, h, w, c, act) in enumerate(NORMS):
    # Far from the origin, where a careless variance loses its digits.
    x = (draw(n, c, h, w) * 0.5 + 5.0).float().double().detach().requires_grad_(True)
    parameters = {"weight": draw(c), "bias": draw(c)}
    mean, var = draw(c).detach(), torch.rand(c).double() + 0.5
    extra = {"running_mean": mean.clone(), "running_var": var.clone()}
    y_eval = F.batch_norm(x.detach(), mean, var, *parameters.values(), training=False)
    extra["y_eval"] = nhwc(ACTIVATIONS[act](y_eval))
    y = F.batch_norm(x, mean, var, *parameters.values(), training=True, momentum=0.1, eps=1e-5)
    extra.update({"next_mean": mean, "next_var": var})
    record(f"norm-{index}-k0-s0-p0-{act}", ACTIVATIONS[act](y), x, parameters, extra)

for name, config in {
    "adam": dict(lr=1e-2),
    "adamw": dict(lr=3e-3, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1),
}.items():
    value = torch.randn(50).double().requires_grad_(True)
    optimizer = torch.optim.AdamW([value], **{"weight_decay": 0.0, **config})
    out[f"{name}/value0"] = value.detach().float().clone()
    for step in range(1, 8):
        value.grad = (torch.randn(50) * 10.0 ** (step - 5)).double()
        out[f"{name}/grad{step}"] = value.grad.float().clone()
        optimizer.step()
        out[f"{name}/value{step}"] = value.detach().float().clone()
    state = optimizer.state[value]
    out[f"{name}/exp_avg"] = state["exp_avg"].float().clone()
    out[f"{name}/exp_avg_sq"] = state["exp_avg_sq"].float().clone()

save_file(out, pathlib.Path(__file__).with_suffix(".safetensors"))
