"""Times our training and decoding against PyTorch's on the same cores, in one run.

    python benches/pytorch.py target/release/morphospace [--cases vae64-bn,decode1] [--rounds 15] [--json]

For each case three processes are started and stay warm: `morphospace bench … --serve`, PyTorch eager and
PyTorch with channels_last memory (`pytorch_side.py`). They take turns, forwards in one round and
backwards in the next; the ratios are taken within each round, and what is printed are the medians over
the rounds. A machine that is busy with other things makes the figures worthless: PyTorch's threads suffer
more from it than ours.

Both sides do the same work. A step is forward, squared error summed over an image + KL, backward, Adam
with PyTorch's defaults; `dcgan` and `vae-gan` are one update of a discriminator (a real and a generated batch) and of
what it judges. Before the clock runs a checkpoint of ours is loaded into the PyTorch VAE, and both must find
the same error and KL on the same pictures; `tests/adversarial.rs` and the tests of `src/train/adversarial/vae_gan.rs`
hold the others to these modules.

All sides use the same number of threads (`--threads`, all cores by default), but for one thing: a single
code is decoded by ours on one thread, as the program does, and by PyTorch on all of them. Memory is the
peak of the process, and its growth from the start (for PyTorch from after the import).

Needs torch, numpy, pillow and safetensors, and for memory Linux.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import PIL.Image
import torch
from safetensors.torch import load_file

from pytorch_side import Vae


def vae(size, normalization, target, calls):
    shape = {"kind": "step", "image_size": size, "normalization": normalization, "batch_size": 64}
    return {**shape, "target": target, "calls": calls}


def decode(batch_size, target, calls):
    shape = {"kind": "decode", "image_size": 64, "normalization": "batch", "batch_size": batch_size}
    return {**shape, "target": target, "calls": calls}


# `target` is the share of eager's time that we want to stay below, `calls` how many make a round.
CASES = {
    "vae64-bn": vae(64, "batch", 0.80, 4),
    "vae64-none": vae(64, "none", 0.80, 4),
    "vae128-bn": vae(128, "batch", 0.85, 2),
    "vae128-none": vae(128, "none", 0.85, 2),
    "decode1": decode(1, 1.00, 200),
    "decode64": decode(64, 0.70, 10),
    "dcgan": {"kind": "adversarial", "model": "dcgan", "image_size": 64, "batch_size": 64, "target": 0.85, "calls": 1},
    "vae-gan": {"kind": "adversarial", "model": "vae-gan", "image_size": 64, "batch_size": 64, "target": 1.00, "calls": 1},
}
HERE = pathlib.Path(__file__).parent
# Between two turns, for the threads of the one before to fall asleep.
PAUSE = 0.05


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}"


class Side:
    """A process that answers a number of calls with their times."""

    def __init__(self, command, threads):
        env = dict(os.environ, RAYON_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE
        )

    def ask(self, calls):
        self.process.stdin.write(f"{calls}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args} has died")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def ours(binary, case):
    command = [binary, "bench", case["kind"], "--image-size", case["image_size"], "--batch-size", case["batch_size"]]
    for option in ("model", "normalization"):
        command += [f"--{option}", case[option]] if option in case else []
    return [str(word) for word in [*command, "--serve"]]


def theirs(case, layout, threads):
    return [sys.executable, str(HERE / "pytorch_side.py"), json.dumps(case), layout, str(threads)]


def measure(binary, name, case, rounds, threads):
    sides = {
        "ours": Side(ours(binary, case), threads),
        "eager": Side(theirs(case, "eager", threads), threads),
        "channels_last": Side(theirs(case, "channels_last", threads), threads),
    }
    # Each is ready, and has settled, when it has answered once.
    answers = {side: process.ask(case["calls"]) for side, process in sides.items()}
    times = {side: [] for side in sides}
    for number in range(rounds):
        for side in sorted(sides, reverse=number % 2 == 1):
            time.sleep(PAUSE)
            answers[side] = sides[side].ask(case["calls"])
            times[side].append(statistics.median(answers[side]["milliseconds"]))
    for process in sides.values():
        process.close()

    def ratio(to):
        return statistics.median(a / b for a, b in zip(times["ours"], times[to]))

    return {
        "name": name,
        "target": case["target"],
        "ratio": round(ratio("eager"), 3),
        "ratio_channels_last": round(ratio("channels_last"), 3),
        "milliseconds": {side: round(statistics.median(values), 3) for side, values in times.items()},
        **{
            key: {side: answer[key] and round(answer[key]) for side, answer in answers.items()}
            for key in ("peak_rss_mib", "peak_growth_mib")
        },
        "threads": {side: answer["threads"] for side, answer in answers.items()},
    }


def check_same_function(binary, normalization):
    """Trains ours for some steps, loads the checkpoint into the PyTorch module, and compares what both
    find on the same pictures. Returns the relative differences of mean squared error and KL."""
    size = 64
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        generator = numpy.random.default_rng(0)
        pictures = []
        (folder / "pictures").mkdir()
        for index in range(48):
            coarse = generator.integers(0, 256, (8, 8, 3), dtype=numpy.uint8)
            picture = PIL.Image.fromarray(coarse).resize((size, size), PIL.Image.Resampling.BICUBIC)
            picture.save(folder / "pictures" / f"{index:02}.png")
            pictures.append(numpy.asarray(picture))

        def run(*words):
            command = [binary, *map(str, words), "--json"]
            return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

        data = folder / "pictures"
        options = ["--normalization", normalization, "--image-size", size, "--steps", 8, "--batch-size", 16]
        summary = run("train", "--model", "vae", "--data", data, "--out", folder / "run", *options)
        row = run("evaluate", folder / "run", "--data", data, "--split", "all")
        weights = load_file(summary["checkpoint"])

    model = Vae(size, batch_norm=normalization == "batch").eval()
    names = model.state_dict().keys()
    # What else is in the file is the state of the run; what PyTorch counts besides is of no use here.
    found = model.load_state_dict({k: v for k, v in weights.items() if k in names}, strict=False)
    missing = [key for key in found.missing_keys if not key.endswith("num_batches_tracked")]
    if missing:
        raise SystemExit(f"our checkpoint lacks {missing}")
    images = torch.from_numpy(numpy.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        mu, log_var = model.encode(images)
        re = (model.decode(mu) - images).square().mean().item()
        kl = (0.5 * (mu.square() + log_var.exp() - log_var - 1)).sum(1).mean().item()
    differences = {"re": abs(row["re"] / re - 1), "kl": abs(row["kl"] / kl - 1)}
    if max(differences.values()) > 1e-4:
        raise SystemExit(f"not the same function: {row} here, RE {re} and KL {kl} in PyTorch")
    return differences


def table(rows):
    sides = ["ours", "eager", "channels_last"]
    yield "| case | target | ours / eager | ours / channels_last | ms: " + ", ".join(sides) + " | MiB grown (peak) |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        milliseconds = ", ".join(f"{row['milliseconds'][side]:.4g}" for side in sides)
        memory = ", ".join(f"{row['peak_growth_mib'][side]} ({row['peak_rss_mib'][side]})" for side in sides)
        cells = [row["name"], f"{row['target']:.2f}", f"{row['ratio']:.3f}", f"{row['ratio_channels_last']:.3f}"]
        yield "| " + " | ".join([*cells, milliseconds, memory]) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", help="the release build of morphospace")
    parser.add_argument("--cases", default=",".join(CASES), help="of " + ", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=15)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser.add_argument("--threads", type=int, default=cores)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    names = options.cases.split(",")
    if unknown := [name for name in names if name not in CASES]:
        parser.error(f"there is no case {', '.join(unknown)}")

    differences = {n: check_same_function(binary, n) for n in ("batch", "none")}
    load = os.getloadavg()[0]
    rows = []
    for name in names:
        rows.append(measure(binary, name, CASES[name], options.rounds, options.threads))
        print(f"{name}: {rows[-1]['ratio']:.3f} of eager", file=sys.stderr)
    result = {
        "processor": processor(),
        "threads": options.threads,
        "torch": torch.__version__,
        "morphospace": subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.split()[-1],
        "rounds": options.rounds,
        "load_before": round(load, 2),
        "difference_to_pytorch": differences,
        "rows": rows,
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{result['processor']}, {options.threads} threads, load {load:.1f} before; torch {result['torch']}")
    print(f"{options.rounds} rounds in turn, medians; a code by itself is decoded by ours on one thread")
    worst = max(value for pair in differences.values() for value in pair.values())
    print(f"the same checkpoint gives the same RE and KL on both sides, to {worst:.0e}\n")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
