"""The search for the code of a photo beside PyTorch doing the same, on the same cores, on faces that nothing was
trained on.

    python benches/inversion.py target/release/morphospace DIR --faces 50 --models vae-ffhq-64 ae-ffhq-64 dcgan-ffhq-64

Needs torch, safetensors, numpy, Pillow and xxhash. DIR is a folder of faces; the test split is chosen by their names as
`src/data/split.rs` does. Each model's row is a mean over the faces: RE and PSNR where the search begins and where it
ends, and the time of a search, the encoding and the news on the way included. For `vae-ffhq-64`, the shape that
`tests/pytorch_module.py` has, PyTorch goes the same steps of the same loss (Adam with the same rates and moments from
the code of its encoder) on as many threads, by turns, face by face.
"""
import argparse, json, math, pathlib, statistics, subprocess, sys, tempfile, time

import numpy as np
import torch
import xxhash
from PIL import Image
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from pytorch_module import VAE  # noqa: E402

STEPS, PRIOR_WEIGHT = 100, 0.05


def test_faces(folder, count):
    names = sorted(path.name for path in pathlib.Path(folder).glob("*.jpg"))
    held_out = [name for name in names if xxhash.xxh3_64_intdigest(name.encode()) % 20 == 19]
    return [str(pathlib.Path(folder) / name) for name in held_out[:count]]


def ours(binary, model, images):
    with tempfile.TemporaryDirectory() as out:
        line = [binary, "invert", model, *images, "--steps", str(STEPS), "--prior-weight", str(PRIOR_WEIGHT), "--out", out]
        return json.loads(subprocess.run([*line, "--json"], capture_output=True, check=True).stdout)["rows"]


def pytorch_module():
    kept = load_file(ROOT / "models" / "vae-ffhq-64.safetensors")
    net = VAE()
    net.load_state_dict({k: v.float() for k, v in kept.items() if not k.startswith(("latent.", "optimizer.", "data."))}, strict=False)
    return net.eval().requires_grad_(False)


def pytorch_search(net, path):
    began = time.perf_counter()
    picture = Image.open(path).convert("RGB").resize((64, 64), Image.BILINEAR)
    target = torch.from_numpy(np.asarray(picture, np.float32) / 255).permute(2, 0, 1)[None]
    code = net.encode(target)[0].clone().requires_grad_(True)
    optimizer = torch.optim.Adam([code], betas=(0.9, 0.99))
    best = math.inf
    for step in range(STEPS + 1):
        error = (net.decode(code) - target).square().sum()
        if step == 0:
            start = error.item() / target.numel()
        loss = error + PRIOR_WEIGHT * 0.5 * code.square().sum()
        best = min(best, loss.item())
        if step < STEPS:
            optimizer.param_groups[0]["lr"] = 0.1 * (0.55 + 0.45 * math.cos(math.pi * step / STEPS))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return {"re_start": start, "re": error.item() / target.numel(), "seconds": time.perf_counter() - began}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--faces", type=int, default=50)
    parser.add_argument("--models", nargs="+", default=["vae-ffhq-64"])
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    images = test_faces(args.folder, args.faces)
    print(f"{len(images)} faces, {STEPS} steps, prior weight {PRIOR_WEIGHT}")
    for model in args.models:
        rows = ours(args.binary, model, images)
        mean = lambda key: statistics.mean(row[key] for row in rows)
        print(
            f"{model}: RE {mean('re_start'):.5f} -> {mean('re'):.5f}, PSNR {mean('psnr_start'):.2f} -> {mean('psnr'):.2f} dB, "
            f"SSIM {mean('ssim_start'):.3f} -> {mean('ssim'):.3f}, {statistics.median(row['seconds'] for row in rows):.2f} s (median), "
            f"{mean('prior_distance'):.2f} standard deviations from the centre"
        )
    if "vae-ffhq-64" in args.models:
        net = pytorch_module()
        pytorch_search(net, images[0])
        ratios, theirs = [], []
        for image in images:
            [row], other = ours(args.binary, "vae-ffhq-64", [image]), pytorch_search(net, image)
            ratios.append(row["seconds"] / other["seconds"])
            theirs.append(other)
        mean = lambda key: statistics.mean(row[key] for row in theirs)
        print(
            f"PyTorch, vae-ffhq-64: RE {mean('re_start'):.5f} -> {mean('re'):.5f}, "
            f"{statistics.median(row['seconds'] for row in theirs):.2f} s (median); ours takes {statistics.median(ratios):.2f} of its time"
        )


if __name__ == "__main__":
    main()
