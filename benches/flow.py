"""The flow of a prior beside the same network in PyTorch, on the same cores, taking turns.

    python benches/flow.py target/release/morphospace --rounds 9

Needs torch. Each round times some updates (256 codes; loss, gradients, AdamW, running mean of the weights) and some
draws (1 and 64, eight steps of the same solver) of each side after the other, both staying warm; printed are the
medians and the median of the rounds' ratios. PyTorch runs eagerly, with fused AdamW and `_foreach` means; what it
would do compiled is not measured. Draws of one run on one thread on both sides, as the explorer does.
"""
import argparse, json, math, statistics, subprocess, time

import torch
import torch.nn.functional as F
from torch import nn

K, WIDTH, BLOCKS, TIME = 256, 480, 6, 128


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.modulation, self.expand, self.shrink = nn.Linear(TIME, 3 * WIDTH), nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, h, known):
        shift, gain, gate = self.modulation(known).chunk(3, -1)
        return h + gate * self.shrink(F.silu(self.expand(F.layer_norm(h, (WIDTH,)) * (1 + gain) + shift)))


class Flow(nn.Module):
    def __init__(self):
        super().__init__()
        self.input, self.output = nn.Linear(K, WIDTH), nn.Linear(WIDTH, K)
        self.time = nn.ModuleList([nn.Linear(64, TIME), nn.Linear(TIME, TIME)])
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.register_buffer("frequencies", 100 * torch.exp(-math.log(1000) * torch.arange(32) / 32), persistent=False)

    def forward(self, x, t):
        angles = t * self.frequencies
        known = torch.cat([angles.sin(), angles.cos()], 1)
        for layer in self.time:
            known = F.silu(layer(known))
        h = self.input(x)
        for block in self.blocks:
            h = block(h, known)
        return self.output(F.layer_norm(h, (WIDTH,)))


def update_call():
    torch.manual_seed(0)
    net, mean = Flow(), Flow()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, fused=True)
    codes, noise, times = torch.randn(256, K), torch.randn(256, K), torch.rand(256, 1)
    weights, means = list(net.parameters()), list(mean.parameters())

    def call():
        velocity = codes - noise
        loss = F.mse_loss(net(noise + times * velocity, times), velocity)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(means, weights, 0.001)

    return call


def sample_call(n):
    torch.manual_seed(0)
    net, noise = Flow().eval(), torch.randn(n, K)

    def call():
        with torch.inference_mode():
            x, before, h = noise, None, 1 / 8
            for step in range(8):
                now = net(x, torch.full((1, 1), step * h))
                if before is None:
                    x = x + 0.5 * h * (now + net(x + h * now, torch.full((1, 1), (step + 1) * h)))
                else:
                    x = x + h * (1.5 * now - 0.5 * before)
                before = now

    return call


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    threads = torch.get_num_threads()
    for name, options, make, calls, alone in [
        ("update of 256 codes", [], update_call, 5, False),
        ("one draw", ["--sample"], lambda: sample_call(1), 40, True),
        ("64 draws", ["--sample", "--batch-size", "64"], lambda: sample_call(64), 10, False),
    ]:
        torch.set_num_threads(1 if alone else threads)
        ours = subprocess.Popen([arguments.program, "bench", "flow", "--serve", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        theirs = make()
        for _ in range(3):
            theirs()
        rows = []
        for _ in range(arguments.rounds):
            ours.stdin.write(f"{calls}\n")
            ours.stdin.flush()
            a = statistics.median(json.loads(ours.stdout.readline())["milliseconds"])
            times = []
            for _ in range(calls):
                began = time.perf_counter()
                theirs()
                times.append(1e3 * (time.perf_counter() - began))
            rows.append((a, statistics.median(times)))
        ours.stdin.close()
        ours.wait()
        ratio = statistics.median(a / b for a, b in rows)
        print(f"{name}: ours {statistics.median(a for a, _ in rows):.2f} ms, PyTorch {statistics.median(b for _, b in rows):.2f} ms, ratio {ratio:.2f}", flush=True)


main()
