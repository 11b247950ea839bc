"""Reference numbers for the tests in `src/data/`. Needs pillow and xxhash.

    python tests/reference/data.py
"""

import pathlib

import numpy
import PIL
import xxhash
from PIL import Image

print("pillow", PIL.__version__, "xxhash", xxhash.VERSION)

print("split.rs: name, XXH3-64 modulo 20")
for name in ["00000.jpg", "00006.jpg", "a/b.png", "faces/Ünï.webp", ""]:
    print(" ", repr(name), xxhash.xxh3_64_intdigest(name.encode()) % 20)
buckets = [xxhash.xxh3_64_intdigest(f"{i:05}.jpg".encode()) % 20 for i in range(4000)]
print("  00000.jpg to 03999.jpg: train, validation, test =",
      sum(b < 18 for b in buckets), buckets.count(18), buckets.count(19),
      "first validation", buckets.index(18), "first test", buckets.index(19))

print("resize.rs: central square of a 37 x 23 picture at 6 x 6, red channel")
y, x, c = numpy.mgrid[0:23, 0:37, 0:3]
picture = Image.fromarray(((x * 7 + y * 13 + c * 50) % 256).astype(numpy.uint8))
small = picture.resize((6, 6), Image.BILINEAR, box=(7, 0, 30, 23))
print(" ", numpy.asarray(small)[..., 0].tolist())

print("decode.rs: cmyk.jpg, a left half and a right half in the four inks of print, as Pillow shows them")
halves = numpy.zeros((16, 32, 4), numpy.uint8)
halves[:, :16] = (0, 230, 200, 20)
halves[:, 16:] = (200, 40, 10, 60)
file = pathlib.Path(__file__).with_name("cmyk.jpg")
Image.fromarray(halves, "CMYK").save(file, quality=95, optimize=True)
shown = Image.open(file)
print(" ", shown.mode, [shown.convert("RGB").getpixel((x, 8)) for x in (4, 28)])
