"""What a run would cost, from a few real steps of it on made-up pictures: nothing has to be read or kept."""

from __future__ import annotations

import dataclasses
import functools
import math
import time
import weakref
from collections import defaultdict
from collections.abc import Callable

import torch
from torch import Tensor, nn

from app.arithmetic.network import trace
from app.engine.allocation import memory_kept
from app.engine.augmentation import Augmentation, Augmented
from app.engine.averaging import SETTLED_ON
from app.engine.configuration import AT_ONCE, TrainingConfig
from app.engine.datasets import Pictures
from app.engine.devices import choose_pace
from app.engine.evaluation import measure
from app.engine.learner import Learner
from app.engine.networks import build
from app.engine.sources import SIDE
from app.engine.trainable import needs_channels_first

STEPS = 3
"""Steps that are timed at each picture size, after one that is not."""
_MOST_VALUES = 2 * 10**7
"""Values that the activations of the pictures of a trial step have at most together: 80 MB."""
_MOST_MACS = 10**10
"""Multiply-accumulates that a trial's forward pass takes at most: about a second with its way back."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A run's cost on this machine when it has nothing else to do, in one process.

    Attributes:
        seconds: of the whole run, looking at the held-out and the test pictures included.
        steps: of the whole run.
        memory_bytes: at its peak, on the device, beyond what PyTorch itself takes: weights, gradients,
            optimizer state, averaged weights and activations, on the CPU also the pictures.
        examples_per_second: trained on, the mean over the run.
    """

    seconds: float
    steps: int
    memory_bytes: int
    examples_per_second: float


def estimate(config: TrainingConfig, device: torch.device, tested: int = 0) -> Estimate:
    """Measures a few steps at each picture size, of no more pictures than take about a second.

    `tested` pictures are looked at after each epoch beside those held out. The global generator is left as
    it was.
    """
    with torch.random.fork_rng(devices=[]), memory_kept():
        return _estimate(config, device, tested)


def _estimate(config: TrainingConfig, device: torch.device, tested: int) -> Estimate:
    batch = config.batch_of(config.examples)
    timed = min(batch, AT_ONCE)
    count = _count(config, timed)
    network = build(config.network)
    channels_first = needs_channels_first(config.network)
    pace = choose_pace(config.precision, network, count, device, channels_first=channels_first)
    learner = Learner(config, network, pace, device)
    pictures = _noise(count, config)
    draws = Augmentation(**{**dict(config.augmentation), "flip": config.mirrors})
    batches = Augmented(pictures, draws, device=device)
    steps = max(1, config.examples // batch) * config.epochs

    def step_at(progress: float, pictures_shown: int) -> None:
        step = min(math.ceil(progress * steps), steps - 1)
        learned = learner.learn(batches, torch.arange(pictures_shown), 0, step, steps)
        learned.figures.tolist()  # the device has done it then

    def seconds_at(progress: float, pictures_shown: int) -> float:
        trial = functools.partial(step_at, progress, pictures_shown)
        return min(_seconds(trial, device) for _ in range(STEPS))

    passing = min(count, config.at_once)
    times = min(timed, config.at_once) / passing
    memory = _peak_bytes(learner, lambda: step_at(1.0, passing), passing, times)
    training = 0.0
    for begin, end in config.stages():
        once = seconds_at(begin, count)
        if count < timed:
            fewer = max(2, count // 4)
            once = _extrapolated(once, count, seconds_at(begin, fewer), fewer, timed)
        training += once * (batch / timed) * steps * (end - begin)
    looking = _seconds(lambda: measure(learner.network, pictures, pace, device), device) / count
    looked_at = (config.held_out + tested) * config.epochs
    if learner.average:
        looked_at += min(SETTLED_ON, config.examples)
    seconds = training + looking * looked_at
    if device.type == "cpu":
        memory += _picture_bytes(config)
    return Estimate(seconds, steps, memory, steps * batch / training)


def _count(config: TrainingConfig, most: int) -> int:
    """How many pictures a trial step takes: `most`, or as many as it can be given the time and memory for."""
    traced = list(trace(config.network))
    values = sum(math.prod(each.leaving) for each in traced)
    macs = sum(each.cost.macs for each in traced)
    # A batch norm behind a dense layer has no variance of one picture.
    return min(most, max(2, min(_MOST_VALUES // values, _MOST_MACS // max(1, macs))))


def _noise(count: int, config: TrainingConfig) -> Pictures:
    draw = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, SIDE, SIDE, 3), generator=draw, dtype=torch.uint8)
    labels = torch.randint(0, len(config.source.classes), (count,), generator=draw)
    return Pictures(pixels, labels, config.source)


def _extrapolated(seconds: float, count: int, less: float, fewer: int, wanted: int) -> float:
    """What `wanted` pictures take where `count` take `seconds` and `fewer` take `less`.

    A part of a step takes as long for any number: what the optimizer does, and what is made of the weights.
    """
    each = (seconds - less) / (count - fewer) if count > fewer else seconds / count
    # Below 0 where what a picture takes is less than what the two trials differ by chance.
    return seconds + max(0.0, each) * (wanted - count)


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """How long it takes this machine when it has nothing else to do.

    On the CPU the time that this thread computes, which takes part in all that the others do: what else the
    machine is at now, another run perhaps, is not what it will be at then. Where threads wait for each other
    by spinning (OMP_WAIT_POLICY) that counts as well.
    """
    clock = time.thread_time if device.type == "cpu" else time.perf_counter
    began = clock()
    work()
    return clock() - began


def _peak_bytes(learner: Learner, step: Callable[[], object], count: int, times: float) -> int:
    """What a step of so many `times` the `count` pictures of this one, which go through at once, needs.

    Weights, gradients, optimizer state and averaged weights are included. Asked of CUDA's allocator;
    elsewhere what is kept for the backward pass, counted.
    """
    if learner.device.type == "cuda":
        fixed = torch.cuda.memory_allocated(learner.device)
        torch.cuda.reset_peak_memory_stats(learner.device)
        step()
        return int(fixed + times * (torch.cuda.max_memory_allocated(learner.device) - fixed))
    own = [*learner.network.parameters(), *learner.network.buffers()]
    kept = _Kept({tensor.untyped_storage().data_ptr() for tensor in own}, count, times)
    with torch.autograd.graph.saved_tensors_hooks(kept.pack, lambda held: held.tensor):
        step()
    gradients = [p.grad for p in learner.network.parameters() if p.grad is not None]
    averaged = learner.average.means if learner.average else []
    # Where the loss is worst nearby (`sharpness`) is found by gradients of its own, and the way back is kept.
    above = 2 * gradients if learner.config.sam_rho else []
    return int(kept.most) + _bytes([*own, *gradients, *_state(learner), *averaged, *above])


@dataclasses.dataclass(frozen=True)
class _Held:
    tensor: Tensor


class _Kept:
    """How many bytes are kept for a backward pass at the `most`: of `count` pictures, times `times`."""

    def __init__(self, own: set[int], count: int, times: float) -> None:
        self.most = self._now = 0.0
        self._holders: dict[int, int] = defaultdict(int)
        self._sizes: dict[int, float] = {}
        self._own, self._count, self._times = own, count, times

    def pack(self, tensor: Tensor) -> _Held:
        """For ``saved_tensors_hooks``; a storage counts until nothing holds it any more."""
        storage, held = tensor.untyped_storage(), _Held(tensor.detach())
        if (place := storage.data_ptr()) not in self._own:
            if not self._holders[place]:
                of_pictures = tensor.ndim > 0 and len(tensor) == self._count
                self._sizes[place] = storage.nbytes() * (self._times if of_pictures else 1)
                self._now += self._sizes[place]
                self.most = max(self.most, self._now)
            self._holders[place] += 1
            weakref.finalize(held, self._let_go, place)
        return held

    def _let_go(self, place: int) -> None:
        self._holders[place] -= 1
        if not self._holders[place]:
            self._now -= self._sizes[place]


def _state(learner: Learner) -> list[Tensor]:
    states = (state for optimizer in learner.optimizers for state in optimizer.state.values())
    return [value for state in states for value in state.values() if isinstance(value, Tensor)]


def _bytes(tensors: list[Tensor] | list[nn.Parameter]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _picture_bytes(config: TrainingConfig) -> int:
    """The pictures as read, those of the run, and the run's again with their borders, four bytes a pixel."""
    bordered = 4 * (SIDE + 2 * config.augmentation.crop_padding) ** 2
    return 3 * SIDE**2 * 2 * config.source.train_pictures + bordered * config.examples
