"""Sets of features that Python and Rust make alike, with integer arithmetic alone: a few hidden variables,
mixed, with noise on top. They are exact in single precision."""

import numpy as np

HIDDEN = 6


def hash_byte(a, b, c, seed):
    """A byte that looks random, from 32-bit wrapping arithmetic."""
    mask = 0xFFFFFFFF
    h = (a * 374761393 + b * 668265263 + c * 2246822519 + seed * 3266489917) & mask
    h = ((h ^ (h >> 13)) * 1274126177) & mask
    return (h ^ (h >> 16)) & 255


def features(dim, images, seed, spread, shift, period):
    i, j, m = np.arange(images)[:, None], np.arange(dim)[None, :], np.arange(HIDDEN)
    if period:
        i = i % period
    hidden = (hash_byte(i, m[None, :], 0, seed) % 17 - 8) * spread
    mix = hash_byte(m[:, None], j, 1, 99) % 5 - 2
    noise = hash_byte(i, j, 2, seed) % 7 - 3
    values = hidden @ mix + noise + np.where(j % 3 == 0, shift, 0)
    return (values / 8).astype(np.float32)
