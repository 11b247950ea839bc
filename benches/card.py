"""Times our training steps against PyTorch's on the same NVIDIA card, in one run.

    .ci/build-cuda --no-default-features
    python benches/card.py target/cuda/x86_64-unknown-linux-gnu/release/morphospace [--cases vae64-64] [--precision tf32]

For each case three processes are started and stay warm: `morphospace bench … --device cuda --serve`, PyTorch
eager, and PyTorch with `torch.compile`. They take turns; the ratios are taken within each round, and what is
printed are the medians over the rounds. The work is that of `pytorch.py`, whose modules these are, and a call ends
when the card is done. Without `--precision` all sides multiply in full f32; with bf16 PyTorch's are under autocast. What the first calls compile (PTX here,
Triton there) is not timed.

Needs torch with CUDA, and what `pytorch.py` needs.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import torch

import pytorch_side
from pytorch import PAUSE, Side


def vae(size, batch_size):
    return {"kind": "step", "image_size": size, "normalization": "batch", "batch_size": batch_size}


CASES = {f"vae{size}-{batch}": vae(size, batch) for size in (64, 128) for batch in (64, 512)}
CASES |= {
    f"{model}64-{batch}": {"kind": "adversarial", "model": model, "image_size": 64, "batch_size": batch}
    for model in ("dcgan", "vae-gan")
    for batch in (64, 512)
}
CALLS = 10


def serve(case, layout, precision):
    torch.set_default_device("cuda")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    if layout == "compiled":
        pytorch_side.vae_loss = torch.compile(pytorch_side.vae_loss)
        for network, calls in [
            (pytorch_side.Generator, ["forward"]),
            (pytorch_side.Discriminator, ["judge"]),
            (pytorch_side.Vae, ["encode", "decode"] if case.get("model") == "vae-gan" else []),
        ]:
            for call in calls:
                setattr(network, call, torch.compile(getattr(network, call)))
    torch.manual_seed(0)
    # Each ends with the value of a loss, for which the card is waited for.
    work = pytorch_side.CALLS[case["kind"]](case, torch.contiguous_format)
    with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
        for _ in range(5):
            work()
        for line in sys.stdin:
            print(json.dumps({"milliseconds": pytorch_side.timed(work, int(line))}), flush=True)


def measure(binary, case, rounds, precision):
    ours = [binary, "bench", case["kind"], "--image-size", case["image_size"], "--batch-size", case["batch_size"]]
    ours += ["--model", case["model"]] if "model" in case else []
    ours += ["--device", "cuda", "--serve", "--precision", precision]
    theirs = [sys.executable, __file__, "--serve", json.dumps(case), "--precision", precision, "--layout"]
    sides = {"ours": Side([str(word) for word in ours], 1)}
    sides |= {layout: Side([*theirs, layout], 1) for layout in ("eager", "compiled")}
    for side in sides.values():
        side.ask(CALLS)
    times = {side: [] for side in sides}
    for number in range(rounds):
        for side in sorted(sides, reverse=number % 2 == 1):
            time.sleep(PAUSE)
            times[side].append(statistics.median(sides[side].ask(CALLS)["milliseconds"]))
    for side in sides.values():
        side.close()
    medians = {side: statistics.median(values) for side, values in times.items()}
    ratios = {to: statistics.median(a / b for a, b in zip(times["ours"], times[to])) for to in ("eager", "compiled")}
    return medians, ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", help="a release build with the feature cuda")
    parser.add_argument("--cases", default=",".join(CASES), help="of " + ", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--precision", choices=["f32", "tf32", "bf16"], default="f32")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--layout", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(json.loads(options.serve), options.layout, options.precision)
    if not options.binary:
        parser.error("which binary?")
    if unknown := [name for name in options.cases.split(",") if name not in CASES]:
        parser.error(f"there is no case {', '.join(unknown)}")
    binary = str(pathlib.Path(options.binary).resolve())
    version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.split()[-1]
    card = torch.cuda.get_device_name()
    print(f"{card}, torch {torch.__version__}, morphospace {version}, {options.precision}; {options.rounds} rounds\n")
    print("| case | ours / eager | ours / compiled | ms: ours, eager, compiled | images a second |\n|---|---|---|---|---|")
    for name in options.cases.split(","):
        medians, ratios = measure(binary, CASES[name], options.rounds, options.precision)
        milliseconds = ", ".join(f"{medians[side]:.3g}" for side in ("ours", "eager", "compiled"))
        rate = CASES[name]["batch_size"] / medians["ours"] * 1e3
        print(f"| {name} | {ratios['eager']:.3f} | {ratios['compiled']:.3f} | {milliseconds} | {rate:.0f} |", flush=True)


if __name__ == "__main__":
    main()
