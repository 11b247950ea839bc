"""Exported models in ONNX Runtime and in PyTorch beside the program's own numbers.

    python tests/reference/onnx_export.py PROGRAM MODEL...         (needs numpy, onnx, onnxruntime, torch, Pillow)
    python tests/reference/onnx_export.py --compare FOLDER...      (needs numpy, onnx, onnxruntime, torch)

The first exports each model with the program and holds what comes of it against `export --codes` and against the
pictures of `reconstruct`, of a model without an encoder of `traverse`; pictures are bytes, so that half a step of 255
is as near as it gets. The second takes folders in which `tests/interchange` has laid `model.decoder.onnx`,
`model.encoder.onnx`, `model.py` and arrays of what the program computes in single precision, and fails if anything is
off by more than 1e-4. Both print a line a model: the largest differences.
"""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

TOLERANCE = 1e-4


def session(file):
    """A checked model, as a function from a batch to its outputs by name."""
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    run = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    [given] = run.get_inputs()
    assert given.shape[0] == "n", given.shape
    names = [output.name for output in run.get_outputs()]
    return lambda batch: dict(zip(names, run.run(None, {given.name: batch.astype(np.float32)})))


def module(file):
    """A model of `--format pytorch`, loaded as its file says."""
    spec = importlib.util.spec_from_file_location("exported", file)
    exported = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(exported)
    return exported.load()


class Both:
    """An exported model in ONNX Runtime and in PyTorch."""

    def __init__(self, folder):
        self.decoder = session(folder / "model.decoder.onnx")
        encoder = folder / "model.encoder.onnx"
        self.encoder = session(encoder) if encoder.exists() else None
        self.module = module(folder / "model.py")

    @torch.no_grad()
    def decoded(self, codes):
        ours = self.module.decode(torch.from_numpy(codes.astype(np.float32))).numpy()
        return {"onnx image": self.decoder(codes)["image"], "torch image": ours}

    @torch.no_grad()
    def encoded(self, images):
        outputs = self.encoder(images)
        found = self.module.encode(torch.from_numpy(images.astype(np.float32)))
        found = found if isinstance(found, tuple) else (found,)
        return {f"onnx {k}": v for k, v in outputs.items()} | {
            f"torch {k}": v.numpy() for k, v in zip(outputs, found, strict=True)
        }


def off(found, wanted):
    assert found.shape == wanted.shape, (found.shape, wanted.shape)
    return float(np.abs(found - wanted).max())


def line(name, differences):
    print(name, *(f"{what} {value:.1e}" for what, value in differences.items()), sep="  ", flush=True)


def compare(folder):
    """Differences from the arrays beside an exported model."""
    load = lambda name: np.load(folder / f"{name}.npy")
    both = Both(folder)
    codes = load("codes")
    found = both.decoded(codes)
    differences = {what: off(image, load("decoded")) for what, image in found.items()}
    # A batch of another size.
    differences["onnx one image"] = off(both.decoder(codes[:1])["image"], load("decoded")[:1])
    if both.encoder:
        for what, code in both.encoded(load("images")).items():
            differences[what] = off(code, load(what.split()[1]))
    assert (both.module.sample(2) >= 0).all()
    line(folder.name, differences)
    return max(differences.values())


def of_program(program, model):
    """Differences of a model from what the program says and draws."""
    from PIL import Image

    def run(*arguments):
        return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True)

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for ending in ["onnx", "py"]:
            run("export", model, "--out", folder / f"model.{ending}")
        both = Both(folder)
        pictures = folder / "pictures"
        pictures.mkdir()
        read = lambda file: np.asarray(Image.open(file).convert("RGB"), np.float32).transpose(2, 0, 1)[None] / 255
        [[_, latent_dim], [_, _, size, _]] = shapes(folder / "model.decoder.onnx")
        if both.encoder is None:
            codes = np.random.default_rng(0).standard_normal((4, latent_dim)).astype(np.float32)
            drawn = []
            for number, code in enumerate(codes):
                np.save(folder / "code.npy", code[None])
                file = folder / f"{number}.png"
                run("traverse", model, "--code", folder / "code.npy", "--dims", 0, "--span", 0, "--steps", 2, "--out", file)
                # Two equal pictures in a row, with two pixels around each.
                drawn.append(read(file)[:, :, 2 : 2 + size, 2 : 2 + size])
            wanted, differences = np.concatenate(drawn), {}
        else:
            run("faces", "--count", 8, "--seed", 7, "--image-size", size, "--out", pictures)
            run("export", model, "--codes", pictures, "--out", folder / "codes.npy")
            run("export", model, "--codes", pictures, "--out", folder / "codes.csv")
            codes = np.load(folder / "codes.npy")
            names = (folder / "codes.names.txt").read_text().splitlines()
            rows = [row.split(",") for row in (folder / "codes.csv").read_text().splitlines()[1:]]
            assert [row[0] for row in rows] == names and len(names) == len(codes) == 8
            assert (np.array([row[1:] for row in rows], np.float32) == codes).all()
            encoded = both.encoded(np.concatenate([read(pictures / name) for name in names]))
            differences = {what: off(code, codes) for what, code in encoded.items() if what.split()[1] != "log_var"}
            run("reconstruct", model, *(pictures / name for name in names), "--align", "none", "--out", folder / "out")
            [files] = [sorted((folder / "out").glob("*.png"))]
            # Picture and reconstruction side by side.
            wanted = np.concatenate([read(file)[:, :, -2 - size : -2, -2 - size : -2] for file in files])
        for what, image in both.decoded(codes).items():
            differences[f"{what} (bytes)"] = off(image.clip(0, 1), wanted)
        line(model, differences)


def shapes(file):
    graph = onnx.load(file).graph
    return [[side.dim_value for side in v.type.tensor_type.shape.dim] for v in (*graph.input, *graph.output)]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--compare", *folders]:
            worst = max(compare(Path(folder)) for folder in folders)
            sys.exit(f"off by {worst:.1e}" if worst > TOLERANCE else 0)
        case [program, *models]:
            for model in models:
                of_program(program, model)
