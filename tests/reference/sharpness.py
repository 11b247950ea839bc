"""Variance of the Laplacian by SciPy and radially averaged power spectra by NumPy, for src/metrics/sharpness.rs.

    python tests/reference/sharpness.py        rewrites sharpness.json beside it

The pictures are made with integer arithmetic, so that the Rust test makes the same ones.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.ndimage import laplace
from scipy.signal.windows import hann


def picture(side, seed):
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")
    wave = (x * (3 + c) + y * 5 + seed * 17) % 64 + (x * y + 7 * c * seed) % 29
    edge = np.where(2 * x > y + 9, 90, 0)
    return ((wave + edge).astype(np.float32) / np.float32(255)).astype(np.float64)


def power(luma):
    """|FFT|² of the windowed luma less its mean, averaged over rings of whole distances up to half the side."""
    side = luma.shape[0]
    window = hann(side, sym=False)
    squared = np.abs(np.fft.fft2((luma - luma.mean()) * np.outer(window, window))) ** 2
    frequency = np.fft.fftfreq(side, 1 / side)
    distance = np.hypot(*np.meshgrid(frequency, frequency, indexing="ij"))
    # Halves round away from 0, as in Rust.
    ring = np.floor(distance + 0.5).astype(int)
    return [float(squared[ring == r].mean()) for r in range(side // 2 + 1)]


if __name__ == "__main__":
    cases = []
    for side in [8, 32, 33, 64]:
        for seed in [1, 2] if side in (32, 64) else [1]:
            luma = picture(side, seed) @ np.array([0.299, 0.587, 0.114])
            variance = float(laplace(luma).var())
            cases.append({"side": side, "seed": seed, "laplacian_variance": variance, "power": power(luma)})
    made_with = {name: version(name) for name in ["scipy", "numpy"]}
    rows = ",\n".join("  " + json.dumps(case) for case in cases)
    text = f'{{"made_with": {json.dumps(made_with)}, "cases": [\n{rows}\n]}}\n'
    Path(__file__).with_suffix(".json").write_text(text)
