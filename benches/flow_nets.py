"""Two networks for the flow of a prior at equal time: the multilayer perceptron over principal components that the
program has, and a transformer over the places of the grid (DiT: Peebles & Xie 2023, https://arxiv.org/abs/2212.09748).

    morphospace export MODEL --codes DATA --split train --out train.npy        likewise validation and test
    python benches/flow_nets.py train.npy validation.npy test.npy --grid 8 --minutes 20

Needs torch and numpy; both train in PyTorch, so that the network alone differs. Each has so many minutes of processor
time, summed over its threads; the mean of its weights is kept where its loss on the validation codes is lowest. Then, on
the test codes: the negative log-likelihood in nats per number, integrated with Hutchinson's estimate of the divergence,
which compares densities in different coordinates (their losses do not), and the time of a draw and of 64 in eight steps.
The rows are means of the posterior; the program trains on draws from it, so its own figure is not to be held against
these. With `--decoder MODEL.py`, a module that `morphospace export` wrote, `--pictures N` draws of each are decoded into
OUT/mlp and OUT/transformer for `morphospace compare`.
"""
import argparse, copy, importlib.util, math, statistics, sys, time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

parser = argparse.ArgumentParser()
for name in ("train", "validation", "test"):
    parser.add_argument(name)
parser.add_argument("--grid", type=int, required=True, help="places along a side of the code's grid")
parser.add_argument("--minutes", type=float, default=20)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--width", type=int, default=96, help="of the transformer")
parser.add_argument("--blocks", type=int, default=4, help="of the transformer")
parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
parser.add_argument("--only", choices=("mlp", "transformer"))
parser.add_argument("--decoder")
parser.add_argument("--pictures", type=int, default=0)
parser.add_argument("--out", type=Path)
args = parser.parse_args()
torch.set_num_threads(args.threads)

DROPOUT, TIME = 0.1, 128
train, validation, test = (torch.from_numpy(np.load(path)).float() for path in (args.train, args.validation, args.test))
D, PLACES = train.shape[1], args.grid**2
CHANNELS = D // PLACES
assert CHANNELS * PLACES == D, f"{D} numbers do not fill a grid of {args.grid} × {args.grid}"


class Time(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, TIME), nn.SiLU(), nn.Linear(TIME, TIME), nn.SiLU())
        self.register_buffer("frequencies", 100 * torch.exp(-math.log(1000) * torch.arange(32) / 32), persistent=False)

    def forward(self, t):
        angles = t * self.frequencies
        return self.layers(torch.cat([angles.sin(), angles.cos()], 1))


def zeroed(layer):
    nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)
    return layer


class Mlp(nn.Module):
    """As the program's: see src/priors/flow/net.rs."""

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.modulation = zeroed(nn.Linear(TIME, 3 * width))
            self.expand, self.shrink = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

        def forward(self, h, known):
            shift, gain, gate = self.modulation(known).chunk(3, -1)
            units = F.silu(self.expand(F.layer_norm(h, h.shape[-1:]) * (1 + gain) + shift))
            return h + gate * self.shrink(F.dropout(units, DROPOUT, self.training))

    def __init__(self, width=480):
        super().__init__()
        self.time, self.input, self.output = Time(), nn.Linear(D, width), zeroed(nn.Linear(width, D))
        self.blocks = nn.ModuleList(Mlp.Block(width) for _ in range(6))

    def forward(self, x, t):
        known, h = self.time(t), self.input(x)
        for block in self.blocks:
            h = block(h, known)
        return self.output(F.layer_norm(h, h.shape[-1:]))


class Transformer(nn.Module):
    """A token for each place of the grid, with a learned position."""

    class Block(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.modulation = zeroed(nn.Linear(TIME, 6 * width))
            self.qkv, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.expand, self.shrink = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, h, known):
            n, tokens, width = h.shape
            shift, gain, gate, shift2, gain2, gate2 = self.modulation(known)[:, None].chunk(6, -1)
            x = F.layer_norm(h, (width,)) * (1 + gain) + shift
            q, k, v = self.qkv(x).view(n, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            x = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, width)
            h = h + gate * self.join(x)
            x = F.layer_norm(h, (width,)) * (1 + gain2) + shift2
            units = F.dropout(F.silu(self.expand(x)), DROPOUT, self.training)
            return h + gate2 * self.shrink(units)

    def __init__(self, width, blocks):
        super().__init__()
        self.time, self.input, self.output = Time(), nn.Linear(CHANNELS, width), zeroed(nn.Linear(width, CHANNELS))
        self.position = nn.Parameter(0.02 * torch.randn(PLACES, width))
        self.blocks = nn.ModuleList(Transformer.Block(width, max(1, width // 32)) for _ in range(blocks))

    def forward(self, x, t):
        # The numbers of a code lie channel by channel.
        known, h = self.time(t), self.input(x.view(-1, CHANNELS, PLACES).transpose(1, 2)) + self.position
        for block in self.blocks:
            h = block(h, known)
        return self.output(F.layer_norm(h, h.shape[-1:])).transpose(1, 2).reshape(x.shape)


class Components:
    """Whitened principal components by the square root of their deviation, as the program's flow has them."""

    def __init__(self, codes):
        self.mean = codes.mean(0)
        _, s, self.axes = torch.linalg.svd((codes - self.mean).double(), full_matrices=False)
        self.axes, deviation = self.axes.float(), (s / len(codes) ** 0.5).float()
        # From a whitened number to one that flows: √(deviation / mean deviation).
        self.scale = deviation / (deviation / deviation.mean()).sqrt()

    def into(self, codes):
        return (codes - self.mean) @ self.axes.T / self.scale

    def back(self, rows):
        return (rows * self.scale) @ self.axes + self.mean

    def log_volume(self):
        return self.scale.double().log().sum().item()


class Channels:
    """Each number less its mean, each channel divided by its deviation."""

    def __init__(self, codes):
        self.mean = codes.mean(0)
        by_channel = (codes - self.mean).view(len(codes), CHANNELS, PLACES)
        self.scale = by_channel.std((0, 2))[:, None].expand(-1, PLACES).reshape(-1)

    def into(self, codes):
        return (codes - self.mean) / self.scale

    def back(self, rows):
        return rows * self.scale + self.mean

    def log_volume(self):
        return self.scale.double().log().sum().item()


def learned(net, rows, held_out):
    """The mean weights with the lowest loss on the held-out rows, and what happened."""
    mean = copy.deepcopy(net).eval()
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    weights, means = list(net.parameters()), list(mean.parameters())
    random = torch.Generator().manual_seed(9)
    x1 = held_out.repeat(8, 1)
    x0, t = torch.randn(x1.shape, generator=random), torch.rand(len(x1), 1, generator=random)
    best, best_loss, best_step, step = copy.deepcopy(mean.state_dict()), math.inf, 0, 0
    began, looked, looking = time.process_time(), 0.0, 0.0
    while (spent := time.process_time() - began - looking) < 60 * args.minutes:
        part = spent / (60 * args.minutes)
        rate = args.rate * min(1, (step + 1) / 200) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * part)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        codes = rows[torch.randint(len(rows), (args.batch,))]
        noise, times = torch.randn_like(codes), torch.rand(len(codes), 1)
        velocity = codes - noise
        loss = F.mse_loss(net(noise + times * velocity, times), velocity)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(means, weights, 1 - min(0.999, (1 + step) / (10 + step)))
        step += 1
        if spent - looked > args.minutes * 60 / 40:
            now = time.process_time()
            with torch.inference_mode():
                pairs = zip(x1.split(256), x0.split(256), t.split(256))
                losses = [F.mse_loss(mean(b + u * (a - b), u), a - b, reduction="sum").item() for a, b, u in pairs]
            value = sum(losses) / x1.numel()
            if value < best_loss:
                best, best_loss, best_step = copy.deepcopy(mean.state_dict()), value, step
            print(f"  {spent / 60:5.1f} min, {step} updates: loss {loss.item():.4f}, held out {value:.4f}", flush=True)
            looked = spent
            looking += time.process_time() - now
    mean.load_state_dict(best)
    return mean, best_step, step


def nll(net, space, codes, steps=32):
    """In nats per number: against the flow from the codes to the noise by Heun's rule."""
    random = torch.Generator().manual_seed(3)
    x, total = space.into(codes), torch.zeros(len(codes), dtype=torch.double)
    signs = torch.randint(0, 2, x.shape, generator=random).float() * 2 - 1

    def velocity(x, t):
        x = x.detach().requires_grad_()
        v = net(x, torch.full((len(x), 1), t))
        (slope,) = torch.autograd.grad((v * signs).sum(), x)
        return v.detach(), (slope * signs).sum(1).double()

    h = 1 / steps
    for step in range(steps):
        t = 1 - step * h
        v, divergence = velocity(x, t)
        v2, divergence2 = velocity(x - h * v, t - h)
        x, total = x - h / 2 * (v + v2), total - h / 2 * (divergence + divergence2)
    log_density = -0.5 * (x.double() ** 2).sum(1) - D / 2 * math.log(2 * math.pi) + total - space.log_volume()
    return -log_density / D


@torch.inference_mode()
def draws(net, space, count, seed, steps=8):
    x, before, h = torch.randn(count, D, generator=torch.Generator().manual_seed(seed)), None, 1 / steps
    for step in range(steps):
        now = net(x, torch.full((len(x), 1), step * h))
        if before is None:
            x = x + 0.5 * h * (now + net(x + h * now, torch.full((len(x), 1), (step + 1) * h)))
        else:
            x = x + h * (1.5 * now - 0.5 * before)
        before = now
    return space.back(x)


def pictures(codes, name):
    """Decodes them into OUT/NAME."""
    from PIL import Image

    spec = importlib.util.spec_from_file_location("exported", args.decoder)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load()
    folder = args.out / name
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(codes), 64):
        with torch.inference_mode():
            images = model.decode(codes[start : start + 64]).clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)
        for i, image in enumerate(images.numpy()):
            Image.fromarray(image).save(folder / f"{start + i:05}.png")


for name, Space, Net in (("mlp", Components, Mlp), ("transformer", Channels, lambda: Transformer(args.width, args.blocks))):
    if args.only not in (None, name):
        continue
    torch.manual_seed(0)
    space, net = Space(train), Net()
    parameters = sum(p.numel() for p in net.parameters())
    print(f"{name}: {parameters:,} weights", flush=True)
    net, best, updates = learned(net, space.into(train), space.into(validation))
    values = nll(net, space, test)
    error = values.std().item() / len(values) ** 0.5
    times = {1: [], 64: []}
    for seed in range(7):
        for count in times:
            began = time.monotonic()
            draws(net, space, count, seed)
            times[count].append(1000 * (time.monotonic() - began))
    one, many = (statistics.median(values) for values in times.values())
    print(f"{name}: {values.mean().item():.4f} ± {error:.4f} nats per number on {len(test)} test codes; best after {best} of "
          f"{updates} updates in {args.minutes:g} min; a draw in {one:.0f} ms, 64 in {many:.0f} ms", flush=True)
    if args.pictures and args.decoder:
        pictures(torch.cat([draws(net, space, min(64, args.pictures - k), k) for k in range(0, args.pictures, 64)]), name)
