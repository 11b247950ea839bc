"""Times `morphospace bench features` against pytorch-fid's Inception on the same cores, in one run.

    python benches/inception.py target/release/morphospace WEIGHTS.safetensors [--rounds 9] [--images 32] [--json]

Three processes are started and stay warm: ours, pytorch-fid's `InceptionV3` eager, and the same with
channels_last memory, all with the weights of the file. They take turns, forwards in one round and backwards
in the next; the ratios are taken within each round, and what is printed are the medians over the rounds. A
machine that is busy with other things makes the figures worthless.

All begin with images of 64x64 pixels, ours with bytes, PyTorch with floats, which it is given as one batch.
Before the clock runs both must find the same features of the same pictures.

Needs torch, torchvision, pytorch-fid, numpy, pillow and safetensors.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import torch
from safetensors.torch import load_file

SIZE = 64
# Between two turns, for the threads of the one before to fall asleep.
PAUSE = 0.05


def network(weights):
    """pytorch-fid's own network with the weights of a file instead of a download."""
    import pytorch_fid.inception
    import torchvision

    state = torchvision.models.inception_v3(num_classes=1008, aux_logits=False, init_weights=False).state_dict()
    state.update({name: tensor.float() for name, tensor in load_file(weights).items()})
    pytorch_fid.inception.load_state_dict_from_url = lambda *_, **__: state
    return pytorch_fid.inception.InceptionV3().eval()


def features(model, images):
    """Of images in [0, 1], (n, 3, height, width): (n, 2048)."""
    with torch.inference_mode():
        return model(images)[0][:, :, 0, 0]


def serve(weights, count, layout, threads):
    """Answers each line, a number of calls, with the milliseconds of each."""
    torch.set_num_threads(threads)
    memory_format = {"eager": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    model = network(weights).to(memory_format=memory_format)
    images = torch.rand(count, 3, SIZE, SIZE).contiguous(memory_format=memory_format)
    features(model, images)
    for line in sys.stdin:
        milliseconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            features(model, images)
            milliseconds.append((time.perf_counter() - start) * 1e3)
        print(json.dumps({"milliseconds": milliseconds}), flush=True)


class Side:
    """A process that answers a number of calls with their times."""

    def __init__(self, command, threads):
        env = dict(os.environ, RAYON_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
        command = [str(word) for word in command]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def milliseconds(self):
        self.process.stdin.write("1\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args} has died")
        return json.loads(line)["milliseconds"][0]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def check_same_function(binary, weights):
    """The largest difference of the features of the same pictures, over the largest feature."""
    from PIL import Image

    pixels = numpy.random.default_rng(0).integers(0, 256, (6, SIZE // 8, SIZE // 8, 3), dtype=numpy.uint8)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pictures = []
        (folder / "pictures").mkdir()
        for index, coarse in enumerate(pixels):
            picture = Image.fromarray(coarse).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
            picture.save(folder / "pictures" / f"{index}.png")
            pictures.append(numpy.asarray(picture))
        out = folder / "features.npy"
        command = [binary, "features", folder / "pictures", "--extractor", f"inception:{weights}", "--out", out]
        env = dict(os.environ, MORPHOSPACE_CACHE_DIR="")
        subprocess.run([str(word) for word in command], check=True, capture_output=True, env=env)
        ours = numpy.load(out)
    images = torch.from_numpy(numpy.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    theirs = features(network(weights), images).numpy()
    difference = float(abs(ours - theirs).max() / abs(theirs).max())
    if difference > 1e-4:
        raise SystemExit(f"not the same function: the features differ by {difference}")
    return difference


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", help="the release build of morphospace")
    parser.add_argument("weights", help="Inception's weights as .safetensors")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--images", type=int, default=32, help="in a call")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser.add_argument("--threads", type=int, default=cores)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the lines")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    binary, weights = (str(pathlib.Path(path).resolve()) for path in (options.binary, options.weights))
    if options.serve:
        serve(weights, options.images, options.serve, options.threads)
        return

    difference = check_same_function(binary, weights)
    load = os.getloadavg()[0]
    ours = [binary, "bench", "features", "--extractor", f"inception:{weights}", "--count", options.images, "--serve"]
    theirs = [sys.executable, __file__, binary, weights, "--images", options.images, "--threads", options.threads]
    commands = {
        "ours": ours,
        "eager": [*theirs, "--serve", "eager"],
        "channels_last": [*theirs, "--serve", "channels_last"],
    }
    sides = {name: Side(command, options.threads) for name, command in commands.items()}
    times = {name: [] for name in sides}
    for side in sides.values():
        # Each is ready, and has settled, when it has answered once.
        side.milliseconds()
    for number in range(options.rounds):
        for name in sorted(sides, reverse=number % 2 == 1):
            time.sleep(PAUSE)
            times[name].append(sides[name].milliseconds())
    for side in sides.values():
        side.close()
    result = {
        "threads": options.threads,
        "images": options.images,
        "rounds": options.rounds,
        "load_before": round(load, 2),
        "torch": torch.__version__,
        "difference": difference,
        "images_per_second": {n: round(options.images / statistics.median(t) * 1e3, 1) for n, t in times.items()},
        **{
            f"ratio_to_{name}": round(statistics.median(a / b for a, b in zip(times["ours"], times[name])), 3)
            for name in ("eager", "channels_last")
        },
    }
    if options.json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
