"""Reference values of MSE, PSNR and SSIM by scikit-image, for src/metrics/reference_tests.rs.

    python tests/reference/pixel_metrics.py        rewrites pixel_metrics.json beside it

The pictures are made with integer arithmetic alone, so that the Rust test makes the same bytes. Each is
8-bit RGB, taken to [0, 1] as float32 (as the program does) and measured in float64.
"""

import json
import math
from importlib.metadata import version
from pathlib import Path

import numpy as np
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

SIZES = [(64, 64), (33, 47), (11, 11), (96, 12)]  # width, height


def coordinates(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return x.astype(np.int64), y.astype(np.int64), c.astype(np.int64)


def hash_byte(x, y, c, seed):
    """A byte that looks random, from 32-bit wrapping arithmetic."""
    mask = 0xFFFFFFFF
    h = (x * 374761393 + y * 668265263 + c * 2246822519 + seed * 3266489917) & mask
    h = ((h ^ (h >> 13)) * 1274126177) & mask
    return (h ^ (h >> 16)) & 255


def triangle(v, period):
    """A wave between 0 and 255."""
    return np.abs(v % period * 510 // period - 255)


def scene(width, height, shift=0):
    """Smooth waves in several directions and a hard edge."""
    x, y, c = coordinates(width, height)
    x = x + shift
    waves = triangle(x * (c + 3) + y * 2, 90) + triangle(y * 5 - x * (2 - c) + 1000, 140)
    return np.where(x * 2 > y + 30, waves // 2, waves // 3)


def picture(recipe, width, height):
    x, y, c = coordinates(width, height)
    match recipe:
        case "scene":
            v = scene(width, height)
        case "shift":
            v = scene(width, height, shift=2)
        case "noise":
            v = scene(width, height) + hash_byte(x, y, c, 1) % 61 - 30
        case "faint noise":
            v = scene(width, height) + hash_byte(x, y, c, 2) % 3 - 1
        case "blur":
            padded = np.pad(scene(width, height), ((1, 1), (1, 1), (0, 0)), mode="edge")
            v = sum(padded[i : i + height, j : j + width] for i in range(3) for j in range(3)) // 9
        case "inverted":
            v = 255 - scene(width, height)
        case "hash":
            v = hash_byte(x, y, c, 3)
        case "black":
            v = np.zeros((height, width, 3), np.int64)
        case "grey":
            v = np.full((height, width, 3), 128)
        case "light grey":
            v = np.full((height, width, 3), 131)
    return np.clip(v, 0, 255).astype(np.uint8)


PAIRS = [
    ("scene", "scene"),
    ("scene", "noise"),
    ("scene", "faint noise"),
    ("scene", "blur"),
    ("scene", "shift"),
    ("scene", "inverted"),
    ("scene", "grey"),
    ("scene", "hash"),
    ("hash", "hash"),
    ("grey", "light grey"),
    ("grey", "grey"),
    ("black", "light grey"),
]


def checksum(pixels):
    """Says whether the test made the same picture: the bytes, each times its place, modulo 2^32."""
    flat = pixels.reshape(-1).astype(np.int64)
    return int((flat * (np.arange(flat.size) + 1)).sum() % 2**32)


def measure(first, second, width, height):
    a, b = picture(first, width, height), picture(second, width, height)
    x = (a.astype(np.float32) / np.float32(255)).astype(np.float64)
    y = (b.astype(np.float32) / np.float32(255)).astype(np.float64)
    with np.errstate(divide="ignore"):
        psnr = float(peak_signal_noise_ratio(x, y, data_range=1))
    ssim = structural_similarity(
        x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=-1
    )
    return {
        "first": first,
        "second": second,
        "width": width,
        "height": height,
        "checksums": [checksum(a), checksum(b)],
        "mse": float(mean_squared_error(x, y)),
        "psnr": None if math.isinf(psnr) else psnr,
        "ssim": float(ssim),
    }


if __name__ == "__main__":
    cases = [measure(*pair, *size) for size in SIZES for pair in PAIRS]
    made_with = {name: version(name) for name in ["scikit-image", "numpy", "scipy"]}
    out = Path(__file__).with_suffix(".json")
    rows = ",\n".join("  " + json.dumps(case) for case in cases)
    out.write_text(f'{{"made_with": {json.dumps(made_with)}, "cases": [\n{rows}\n]}}\n')
