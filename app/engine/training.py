"""Training: ``train(run)`` yields events, and whatever kills it, it resumes to the same weights.

Every random draw (order, crops, flips, dropout) is a function of the seed and the step, so that a checkpoint
holds weights, optimizer state and a step number, and a resumed run on the CPU ends with the weights of an
unbroken one, bit for bit.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn import functional as F

from app.engine import resume, stepping
from app.engine.configuration import TrainingConfig
from app.engine.datasets import Augmentation, Augmented, Pictures, split
from app.engine.devices import Pace, autocast, choose_pace
from app.engine.evaluation import accuracy
from app.engine.networks import build


@dataclasses.dataclass(frozen=True)
class Started:
    """The run is set up; `step` is where it goes on from, 0 for a new one. `network` is being trained."""

    step: int
    steps: int
    steps_per_epoch: int
    pace: Pace
    network: nn.Module


@dataclasses.dataclass(frozen=True)
class Stepped:
    """One update was made; `loss` is the batch's mean, `lr` a fraction of the peak rate."""

    step: int
    loss: float
    lr: float
    examples_per_second: float


@dataclasses.dataclass(frozen=True)
class EpochEnded:
    """One pass ended; `held_out_accuracy` is a fraction, None where nothing is held out.

    `network` is the one that is being trained: what is kept of it must be copied before the next event.
    """

    epoch: int
    train_loss: float
    held_out_accuracy: float | None
    seconds: float
    network: nn.Module


@dataclasses.dataclass(frozen=True)
class Saved:
    """A checkpoint of `step` is on the disk: what dies after this goes on from here."""

    step: int


@dataclasses.dataclass(frozen=True)
class Finished:
    """The last event: the trained network, in evaluation mode on the CPU, float32."""

    network: nn.Sequential
    seconds: float


class Diverged(RuntimeError):
    """The loss stopped being a number at `step`, under the learning rate `lr` (a fraction of the peak)."""

    def __init__(self, step: int, lr: float) -> None:
        self.step = step
        self.lr = lr
        super().__init__(f"The loss is no longer a number at step {step}: try a lower learning rate.")


TrainingEvent = Started | Stepped | EpochEnded | Saved | Finished


def rate(step: int, steps: int, warmup: float) -> float:
    """Learning rate as a fraction of its peak: linear up over the share `warmup`, then a cosine to zero."""
    rising = warmup * steps
    if step < rising:
        return (step + 1) / (rising + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1.0, steps - rising)))


def seed_of(seed: int, *path: int) -> int:
    """A seed for one purpose at one step: the same path always draws the same, different paths differ."""
    mixed = seed
    for part in path:
        mixed = (mixed * 6364136223846793005 + part + 1442695040888963407) % 2**63
    return mixed


def train(  # noqa: PLR0915  one loop, read from its top to its bottom
    config: TrainingConfig,
    pictures: Pictures,
    device: torch.device,
    state_folder: Path,
    checkpoint_seconds: float = 60.0,
    *,
    start: bytes | None = None,
    save_now: Callable[[], bool] = lambda: False,
) -> Iterator[TrainingEvent]:
    """Trains to the end, from the newest sound checkpoint of the same configuration in `state_folder`.

    Args:
        checkpoint_seconds: a checkpoint is written when the last is so old, and at the end.
        start: weights to begin with, as safetensors, instead of those that the seed draws.
        save_now: asked after every step's event, whether to write a checkpoint before the next step.

    Raises:
        Diverged: the loss became NaN or infinite.
    """
    torch.set_flush_denormal(True)
    training, held_out = split(pictures, config.held_out)
    training = training[: config.train_examples]
    torch.manual_seed(seed_of(config.seed, 0))
    network = build(config.network)
    saved = resume.newest(state_folder, resume.fingerprint(config))
    if start is not None and not saved:
        network.load_state_dict(load(start))
    pace = saved.pace if saved else choose_pace(config.precision, network, config.batch_size, device)
    network = network.to(device).to(memory_format=pace.memory_format)
    optimizers = stepping.make(config.optimizer, network)
    if saved:
        resume.restore(saved, network, optimizers)
    augmentation = Augmentation(**dict(config.augmentation))
    batches = Augmented(training, augmentation, seed_of(config.seed, 4))
    steps_per_epoch = max(1, len(training) // config.batch_size)
    steps = steps_per_epoch * config.epochs
    step = saved.step if saved else 0
    seconds_before = saved.seconds if saved else 0.0
    peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    began = last_saved = epoch_began = time.monotonic()
    loss_sum, loss_count = torch.zeros((), device=device), 0
    yield Started(step, steps, steps_per_epoch, pace, network)
    while step < steps:
        epoch, position = divmod(step, steps_per_epoch)
        if position == 0 or loss_count == 0:
            order = torch.randperm(
                len(training), generator=torch.Generator().manual_seed(seed_of(config.seed, 1, epoch))
            )
        step_began = time.monotonic()
        fraction = rate(step, steps, config.warmup)
        for optimizer, rates in zip(optimizers, peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = peak * fraction
        chosen = order[position * config.batch_size : (position + 1) * config.batch_size]
        inputs, labels = batches.batch(chosen, epoch, seed_of(config.seed, 2, step))
        inputs = _smaller(inputs, step / steps, config)
        torch.manual_seed(seed_of(config.seed, 3, step))
        loss = _update(network.train(), optimizers, inputs.to(device), labels.to(device), config, pace)
        loss_sum, loss_count, step = loss_sum + loss, loss_count + 1, step + 1
        if not math.isfinite(value := loss.item()):
            raise Diverged(step, fraction)
        yield Stepped(step, value, fraction, len(chosen) / (time.monotonic() - step_began))
        if step % steps_per_epoch == 0:
            held = accuracy(network, held_out, pace, device) if len(held_out) else None
            now = time.monotonic()
            loss = loss_sum / loss_count
            yield EpochEnded(step // steps_per_epoch, loss.item(), held, now - epoch_began, network)
            loss_sum, loss_count, epoch_began = torch.zeros((), device=device), 0, now
        if save_now() or time.monotonic() - last_saved > checkpoint_seconds or step == steps:
            seconds = seconds_before + time.monotonic() - began
            resume.save(state_folder, resume.fingerprint(config), step, seconds, pace, network, optimizers)
            last_saved = time.monotonic()
            yield Saved(step)
    plain = network.to("cpu").to(memory_format=torch.contiguous_format).eval()
    yield Finished(plain, seconds_before + time.monotonic() - began)


def _smaller(inputs: Tensor, progress: float, config: TrainingConfig) -> Tensor:
    for until, side in config.smaller_until:
        if progress < until:
            return F.interpolate(inputs, size=(side, side), mode="bilinear", antialias=True)
    return inputs


def _update(
    network: nn.Module,
    optimizers: list[torch.optim.Optimizer],
    inputs: Tensor,
    labels: Tensor,
    config: TrainingConfig,
    pace: Pace,
) -> Tensor:
    inputs = inputs.contiguous(memory_format=pace.memory_format)
    with autocast(pace, inputs.device):
        logits = network(inputs)
    loss = F.cross_entropy(logits.float(), labels, label_smoothing=config.label_smoothing)
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    for optimizer in optimizers:
        optimizer.step()
    return loss.detach()
