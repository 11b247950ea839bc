"""Times `morphospace bench ingest` against torchvision on the same files.

Both read every image of a folder, cut out the central square, shrink it with antialiasing to
SIZE x SIZE and hold it as 8-bit RGB; ours writes it to a cache file on the way. The other side is what a PyTorch user writes: ImageFolder +
Resize(antialias=True) + CenterCrop + PILToTensor in a DataLoader with one worker a core. Its workers
are started and its files read once before the clock runs; ours starts its threads inside the time.
The two take turns, and the figures are medians over the rounds; the ratio is taken within each round.

    python benches/ingest.py target/release/morphospace FOLDER [--image-size 64] [--rounds 7] [--batch-size 128]

Needs torch, torchvision and pillow.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import PIL
import torch
import torchvision
from torchvision import transforms


def torchvision_loader(root, size, batch_size, cores):
    pipeline = transforms.Compose([
        transforms.Resize(size, antialias=True),
        transforms.CenterCrop(size),
        transforms.PILToTensor(),
    ])
    dataset = torchvision.datasets.ImageFolder(root, pipeline)
    return torch.utils.data.DataLoader(dataset, batch_size=batch_size, num_workers=cores, persistent_workers=True)


def time_torchvision(loader):
    start = time.perf_counter()
    count = sum(len(images) for images, _ in loader)
    return count, (time.perf_counter() - start) * 1e3


def time_morphospace(binary, folder, size):
    command = [binary, "bench", "ingest", "--data", folder, "--image-size", str(size), "--repeat", "1", "--json"]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return answer["n"], answer["milliseconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batch-size", type=int, default=128, help="of the DataLoader; small ones cost it time")
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()

    with tempfile.TemporaryDirectory() as root:
        # ImageFolder wants a folder a class.
        pathlib.Path(root, "all").symlink_to(pathlib.Path(options.folder).resolve(), target_is_directory=True)
        loader = torchvision_loader(root, options.image_size, options.batch_size, cores)
        time_torchvision(loader)
        rounds = []
        for _ in range(options.rounds):
            ours_count, ours = time_morphospace(options.binary, options.folder, options.image_size)
            theirs_count, theirs = time_torchvision(loader)
            if ours_count != theirs_count:
                raise SystemExit(f"not the same work: {ours_count} images here, {theirs_count} in torchvision")
            rounds.append((ours, theirs))

    print(json.dumps({
        "n": ours_count,
        "image_size": options.image_size,
        "cores": cores,
        "rounds": options.rounds,
        "morphospace_milliseconds": round(statistics.median(ours for ours, _ in rounds), 1),
        "torchvision_milliseconds": round(statistics.median(theirs for _, theirs in rounds), 1),
        "ratio": round(statistics.median(ours / theirs for ours, theirs in rounds), 4),
        "torchvision": torchvision.__version__,
        "pillow": PIL.__version__,
    }))


if __name__ == "__main__":
    main()
