"""Which device computes, and at what pace: number format and memory layout, by a short measurement."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import platform
import time
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from app.engine.rearrangement import rearrange


@dataclasses.dataclass(frozen=True)
class Pace:
    """How a network is run on a device: bfloat16 autocast or not, channels-last memory or not."""

    bfloat16: bool
    channels_last: bool

    @property
    def memory_format(self) -> torch.memory_format:
        """What ``Tensor.to(memory_format=…)`` takes."""
        return torch.channels_last if self.channels_last else torch.contiguous_format


NumberFormat = Literal["float32", "bfloat16"]
Precision = Literal["auto"] | NumberFormat
CPU = torch.device("cpu")
FLOAT32 = Pace(bfloat16=False, channels_last=False)


class NoDevice(RuntimeError):
    """This machine has no device of that name."""


def choose_device(name: str = "auto") -> torch.device:
    """The device called `name`; ``auto`` prefers an accelerator (CUDA, MPS) that is really there.

    Raises:
        NoDevice
    """
    found = torch.accelerator.current_accelerator(check_available=True)
    if name == "auto":
        return found if found is not None else CPU
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise NoDevice(f"There is no device called {name}.") from error
    if device != CPU and (found is None or found.type != device.type):
        raise NoDevice(f"There is no {name} here.")
    return device


def use_threads(count: int | None) -> None:
    """How many threads PyTorch uses inside an operation from now on; None for as many as it likes."""
    if count is not None:
        torch.set_num_threads(count)


def usual_precision(device: torch.device) -> NumberFormat:
    """The number format that is usually the faster one, always the same on one machine.

    Where runs must be repeatable, this decides in place of a measurement.
    """
    if device.type == "cuda":
        return "float32" if _emulates_bfloat16(device) else "bfloat16"
    return "bfloat16" if device.type == "cpu" and _processor_has_bfloat16() else "float32"


def _emulates_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return not torch.cuda.is_bf16_supported(including_emulation=False)
    is_x86 = platform.machine() in {"x86_64", "AMD64"}
    return device.type == "cpu" and is_x86 and not _processor_has_bfloat16()


@functools.cache
def _processor_has_bfloat16() -> bool:
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return "amx_bf16" in flags or "avx512_bf16" in flags


def named_pace(precision: NumberFormat, device: torch.device, *, channels_first: bool = False) -> Pace:
    """The pace of a number format on a device.

    Where bfloat16 would be emulated, on an x86 processor some thirty times slower, it is float32. There
    convolutions are faster channels-last, unless the network needs `channels_first` (`trainable`).
    """
    bfloat16 = precision == "bfloat16" and not _emulates_bfloat16(device)
    return Pace(bfloat16, channels_last=bfloat16 or (device.type == "cpu" and not channels_first))


def repeatable(precision: Precision, device: torch.device) -> NumberFormat:
    """The number format of a run that must end alike whenever it is trained: nothing is measured for it."""
    return usual_precision(device) if precision == "auto" else precision


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on the device, which is not waited for: nobody may write to `tensor` from here on."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether an operation failed for want of memory, of an accelerator or of the machine."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def torch_version() -> str:
    """PyTorch's, for those who do not import it."""
    return str(torch.__version__)


def autocast(pace: Pace, device: torch.device) -> contextlib.AbstractContextManager[None]:
    """The autocast context of a pace; does nothing in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=pace.bfloat16)


def choose_pace(
    precision: Precision,
    network: nn.Sequential,
    batch_size: int,
    device: torch.device,
    *,
    channels_first: bool = False,
) -> Pace:
    """The pace that `precision` names (:func:`named_pace`), or for ``auto`` the fastest in a few real steps.

    A measurement may fall out differently another time, so a run that must be repeatable names its
    precision. The network given is left as it was.
    """
    if precision != "auto":
        return named_pace(precision, device, channels_first=channels_first)
    formats = {False, not _emulates_bfloat16(device)}
    layouts = [False] if channels_first else [False, True]
    paces = [Pace(bfloat16, last) for bfloat16 in sorted(formats) for last in layouts]
    return min(paces, key=lambda pace: _seconds_a_step(pace, network, min(batch_size, 256), device))


def _seconds_a_step(pace: Pace, network: nn.Sequential, batch_size: int, device: torch.device) -> float:
    trial = copy.deepcopy(network)
    rearrange(trial)
    trial = trial.to(device).to(memory_format=pace.memory_format)
    side = torch.randn(batch_size, 3, 32, 32, generator=torch.Generator().manual_seed(0)).to(device)
    inputs = side.contiguous(memory_format=pace.memory_format)
    seconds = []
    for _ in range(4):
        began = time.perf_counter()
        with autocast(pace, device):
            trial(inputs).float().square().mean().backward()
        if device.type != "cpu":
            torch.accelerator.synchronize()
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:])
