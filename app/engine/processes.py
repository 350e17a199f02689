"""The processes that train one network together, one under plain Python or N under ``torchrun``.

Every process goes through the same steps with the same weights; each takes its share of every batch, and what
is summed over all of them is what one process would have had of the whole batch.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor


@dataclasses.dataclass(frozen=True)
class Processes:
    """`world` processes, of which this one is number `rank`; the first one leads: it writes and tells."""

    rank: int = 0
    world: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and tells of the run."""
        return self.rank == 0

    @property
    def alone(self) -> bool:
        """Whether there is no other process."""
        return self.world == 1

    def share(self, start: int, stop: int) -> slice:
        """This process' part of the places from `start` to `stop`; shares differ in size by at most one."""
        count = stop - start
        return slice(start + count * self.rank // self.world, start + count * (self.rank + 1) // self.world)

    def sum_in_place(self, tensors: Sequence[Tensor]) -> None:
        """Each tensor becomes its sum over all processes; one exchange, float32."""
        if self.alone:
            return
        flat = torch.cat([tensor.reshape(-1).float() for tensor in tensors])
        dist.all_reduce(flat)
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view(tensor.shape))

    def any(self, flag: bool, device: torch.device) -> bool:  # noqa: FBT001  the question itself
        """Whether any process says so."""
        if self.alone:
            return flag
        told = torch.tensor([float(flag)], device=device)
        dist.all_reduce(told)
        return bool(told.item())

    def with_most(self, number: int, device: torch.device) -> int:
        """The rank of the process with the largest number, the first of them where several have it."""
        if self.alone:
            return self.rank
        numbers = torch.zeros(self.world, dtype=torch.int64, device=device)
        numbers[self.rank] = number
        dist.all_reduce(numbers)
        told: list[int] = numbers.tolist()
        return told.index(max(told))

    def from_first(self, data: bytes | None, device: torch.device) -> bytes:
        """The first process' bytes, in every process; the others' are not looked at."""
        return self.from_one(0, data, device)

    def from_one(self, rank: int, data: bytes | None, device: torch.device) -> bytes:
        """The bytes of the process `rank`, in every process; the others' are not looked at."""
        data = data or b""
        if self.alone:
            return data
        size = torch.tensor([len(data)], device=device)
        dist.broadcast(size, rank)
        if not int(size):
            return b""
        blob = torch.empty(int(size), dtype=torch.uint8, device=device)
        if self.rank == rank:
            blob.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        dist.broadcast(blob, rank)
        return blob.cpu().numpy().tobytes()


ALONE = Processes()


def join(device: torch.device) -> tuple[Processes, torch.device]:
    """The processes that ``torchrun`` started this one among, and this one's device; alone without it.

    Gloo carries what CPUs exchange, NCCL what GPUs do, one GPU a process.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return ALONE, device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        # PyTorch's optimizers import this. Its functions' defaults keep the group that is there then, which
        # would outlive `leave`, and its threads the interpreter: they abort it when they drop a tensor.
        importlib.import_module("torch.distributed.nn")
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Processes(dist.get_rank(), dist.get_world_size()), device


def leave() -> None:
    """Says goodbye to the others, where there are any."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
