"""A state dict in both kinds of file that PyTorch has written, for src/features/torch_file.rs.

    python tests/reference/torch_files.py        rewrites state_dict.pth and state_dict_legacy.pth beside it
"""

from collections import OrderedDict
from pathlib import Path

import torch

weight = torch.arange(12, dtype=torch.float32).reshape(2, 3, 1, 2) / 4
state = OrderedDict([
    ("conv.weight", torch.nn.Parameter(weight)),
    ("half", torch.tensor([0.5, -1.5, 65504.0], dtype=torch.float16)),
    ("num_batches_tracked", torch.tensor(3)),
    # Shares the memory of the first one.
    ("part", weight.flatten()[6:].reshape(2, 3, 1, 1)),
    ("scalar", torch.tensor(7.0, dtype=torch.float64)),
])
here = Path(__file__).parent
torch.save(state, here / "state_dict.pth")
torch.save(state, here / "state_dict_legacy.pth", _use_new_zipfile_serialization=False)
