"""Pictures filtered by SciPy and scikit-image, for src/filters/reference_tests.rs.

    python tests/reference/filters.py        rewrites filters.safetensors beside it

The pictures are stored as well: a smooth scene with an edge, noise of two kinds on it. They are float32, as the
program's are; the filters compute in float64, and what comes out is stored as float32.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter
from skimage.filters import median
from skimage.restoration import denoise_nl_means


def pictures():
    rng = np.random.default_rng(0)
    for height, width in [(24, 31), (7, 4)]:
        y, x = np.mgrid[:height, :width]
        scene = np.stack([0.5 + 0.4 * np.sin(x / (3 + c) + y / (5 - c)) for c in range(3)], axis=-1)
        scene[x > y + 3] *= 0.5
        normal = np.clip(scene + 0.1 * rng.standard_normal(scene.shape), 0, 1)
        salted = scene.copy()
        hit = rng.random(scene.shape[:2])
        salted[hit < 0.1], salted[hit > 0.9] = 0, 1
        yield f"normal-{width}x{height}", normal.astype(np.float32)
        yield f"salted-{width}x{height}", salted.astype(np.float32)


def filtered(picture):
    for size in [3, 5]:
        yield f"median:{size}", median(picture, np.ones((size, size, 1)))
    for sigma in [0.4, 1.0, 2.5]:
        yield f"gaussian:{sigma}", gaussian_filter(picture, (sigma, sigma, 0))
    for patch, distance, h, sigma in [(3, 6, 0.1, 0.1), (5, 6, 0.08, 0.0), (5, 3, 0.3, 0.2), (7, 11, 0.1, 0.05)]:
        means = denoise_nl_means(
            picture, patch_size=patch, patch_distance=distance, h=h, sigma=sigma, channel_axis=-1
        )
        yield f"means:{patch},{distance},{h},{sigma}", means


if __name__ == "__main__":
    tensors = {}
    for name, picture in pictures():
        tensors[name] = picture
        for how, result in filtered(picture.astype(np.float64)):
            tensors[f"{name}/{how}"] = np.ascontiguousarray(result.astype(np.float32))
    made_with = {name: version(name) for name in ["scikit-image", "scipy", "numpy"]}
    save_file(tensors, Path(__file__).with_suffix(".safetensors"), {"made_with": json.dumps(made_with)})
