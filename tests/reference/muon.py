"""Writes muon.safetensors: eight steps of Muon on matrices that are wide, tall and a convolution's.

    python tests/reference/muon.py

Made with torch 2.15.0 on the CPU. The steps are those of torch.optim.Muon with adjust_lr_fn="match_rms_adamw", but with
Newton-Schulz in float64 where PyTorch takes bfloat16; that both agree as far as bfloat16 goes is asserted here.
"""

import pathlib

import torch
import torch.optim._muon as reference
from safetensors.torch import save_file

torch.manual_seed(20261125)
LEARNING_RATE, WEIGHT_DECAY, STEPS = 2e-3, 0.1, 8
SHAPES = {"wide": (6, 20), "tall": (30, 8), "convolution": (8, 5, 4, 4), "transposed": (20, 4, 2, 2)}


def in_float64(grad, coefficients, rounds, eps):
    a, b, c = coefficients
    x = grad.double()
    x = x.T if grad.size(0) > grad.size(1) else x
    x = x / x.norm().clamp(min=eps)
    for _ in range(rounds):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if grad.size(0) > grad.size(1) else x


def run(start, grads, newton_schulz):
    reference._zeropower_via_newtonschulz = newton_schulz
    value = start.flatten(1).clone().requires_grad_(True)
    optimizer = torch.optim.Muon(
        [value], lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"
    )
    values = []
    for grad in grads:
        value.grad = grad.flatten(1).clone()
        optimizer.step()
        values.append(value.detach().clone().reshape(start.shape))
    return values, optimizer.state[value]["momentum_buffer"].reshape(start.shape)


in_bfloat16 = reference._zeropower_via_newtonschulz
out = {}
for name, shape in SHAPES.items():
    start = torch.randn(shape).float().double()
    grads = [torch.randn(shape).float().double() for _ in range(STEPS)]
    values, momentum = run(start, grads, in_float64)
    rough, _ = run(start, grads, in_bfloat16)
    moved = (values[-1] - start).norm()
    apart = ((values[-1] - rough[-1]).norm() / moved).item()
    print(name, "float64 and bfloat16 apart by", apart, "of the way")
    assert apart < 0.02
    out[f"{name}/value0"] = start.float().contiguous()
    assert torch.equal(out[f"{name}/value0"].double(), start)
    for step, (grad, value) in enumerate(zip(grads, values, strict=True), 1):
        out[f"{name}/grad{step}"] = grad.float().contiguous()
    out[f"{name}/value{STEPS}"] = values[-1].contiguous()
    out[f"{name}/momentum_buffer"] = momentum.contiguous()

save_file(out, pathlib.Path(__file__).with_suffix(".safetensors"))
