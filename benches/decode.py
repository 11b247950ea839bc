"""Decoding by models in ONNX files: this program beside ONNX Runtime, in turn.

python benches/decode.py target/release/morphospace DECODER.onnx... [--rounds 5]          (numpy, onnxruntime)

One code on one thread, as a slider asks for it, and 64 codes on all cores. Medians of the rounds, each of which times
both, one after the other; loading is left out. Numbers beside a code (classes, noise) are zeros in both.
"""

import argparse
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np
import onnxruntime

arguments = argparse.ArgumentParser()
arguments.add_argument("program", type=Path)
arguments.add_argument("models", type=Path, nargs="+")
arguments.add_argument("--rounds", type=int, default=5)
arguments = arguments.parse_args()


def ours(model, batch):
    line = [arguments.program, "bench", "decode", "--file", model, "--batch-size", str(batch), "--json"]
    return json.loads(subprocess.run(line, check=True, capture_output=True).stdout)["milliseconds"]


def theirs(model, batch):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1 if batch == 1 else os.cpu_count()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    sides = lambda given: [batch] + [side for side in given.shape[1:]]
    feed = {given.name: np.zeros(sides(given), kinds[given.type]) for given in session.get_inputs()}
    first = session.get_inputs()[0].name
    feed[first] = np.random.default_rng(0).standard_normal(feed[first].shape).astype(np.float32)
    for _ in range(5):
        session.run(None, feed)
    times = []
    for _ in range(30):
        began = time.perf_counter()
        session.run(None, feed)
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


for model in arguments.models:
    for batch in (1, 64):
        pairs = [(ours(model, batch), theirs(model, batch)) for _ in range(arguments.rounds)]
        mine, other = (statistics.median(column) for column in zip(*pairs))
        print(f"{model.name}, {batch} at once: {mine:.2f} ms, ONNX Runtime {other:.2f} ms, ratio {mine / other:.2f}")
