"""Here PyTorch decides, over thousands of configurations; the tests beside this folder never load it.

On one thread: the tensors are tiny.
"""

import torch

torch.set_num_threads(1)
