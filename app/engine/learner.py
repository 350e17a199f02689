"""A network that learns from batches: one update at a time, in one process or as one of several."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from app.engine import beginning, sharpness, stepping
from app.engine.augmentation import Augmented
from app.engine.averaging import SETTLED_ON, WeightAverage, settle
from app.engine.configuration import AT_ONCE, TrainingConfig
from app.engine.devices import Pace, autocast, sent
from app.engine.processes import ALONE, Processes
from app.engine.rearrangement import rearrange
from app.engine.sources import SIDE
from app.engine.synchronised import synchronise


@dataclasses.dataclass(frozen=True)
class Learned:
    """What one update was made of, which the device may still be working out (`readings`).

    `figures` is float32 (3,): the mean loss of the batch's `examples`, how many it got right, and the norm of
    the gradient.
    """

    figures: Tensor
    examples: int
    lr: float


class Learner:
    """A network with its optimizers on a device; the network is taken over, and trained in place."""

    def __init__(
        self,
        config: TrainingConfig,
        network: nn.Sequential,
        pace: Pace,
        device: torch.device,
        processes: Processes = ALONE,
    ) -> None:
        synchronise(network, processes)
        rearrange(network)
        self.config, self.pace, self.device, self.processes = config, pace, device, processes
        self.network = network.to(device).to(memory_format=pace.memory_format)
        self.optimizers = stepping.make(config.optimizer, self.network, bfloat16=pace.bfloat16)
        self.average = WeightAverage(self.network) if config.swa_start < 1 else None
        self._peaks = [[group["lr"] for group in each.param_groups] for each in self.optimizers]

    def learn(self, batches: Augmented, chosen: Tensor, epoch: int, step: int, steps: int) -> Learned:
        """Update number `step`, from 0, of `steps`, with the pictures `chosen`; no device is asked."""
        self.network.train()
        if self.config.initialisation == "whitened" and step >= steps * beginning.SHIFTS_UNTIL:
            beginning.freeze_first(self.network)
        lr = self._set_rates(self.config.rate_at(step, steps))
        side = self.config.side_at(step / steps)
        drawn = sent(batches.drawn(chosen, epoch, seed_of(self.config.seed, 2, step)), self.device)
        figures = self._update(batches, drawn, side, step)
        if self.average and self.config.averages_at(step, steps):
            self.average.add()
        return Learned(figures, len(chosen), lr)

    def _update(self, batches: Augmented, drawn: Tensor, side: int, step: int) -> Tensor:
        """One update with the batch that `drawn` decides; its figures. All of it is the device's work."""
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        count, sums = drawn.shape[1], torch.zeros(2, device=self.device)
        for number, piece in enumerate(pieces(count, self.config.at_once)):
            inputs, labels = batches.made(drawn[:, self.processes.share(piece.start, piece.stop)])
            inputs = _shrunk(inputs, side).contiguous(memory_format=self.pace.memory_format)
            seed = seed_of(self.config.seed, 3, step, *([number] if number else []))
            if self.config.sam_rho:
                with sharpness.following(self.network, (piece.stop - piece.start) / count):
                    sums += self._add_worst(inputs, labels, len(labels) / count, seed)
            else:
                sums += self._add_gradients(inputs, labels, len(labels) / count, seed)
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        self.processes.sum_in_place([*gradients, sums])
        norm = torch.nn.utils.get_total_norm(gradients)
        for optimizer in self.optimizers:
            optimizer.step()
        return torch.cat([sums, norm.view(1)])

    def finish(self, batches: Augmented, order: Tensor, epoch: int, steps: int) -> None:
        """After the last step: where weights were averaged, their mean takes their place.

        Batch norms look at pictures once more, in this order, drawn as in a further epoch.
        """
        if self.average and self.average.count:
            self.average.put_in()
            with autocast(self.pace, self.device):
                settle(self.network, self._further(batches, order[:SETTLED_ON], epoch, steps))

    def _further(self, batches: Augmented, chosen: Tensor, epoch: int, step: int) -> Iterator[Tensor]:
        for number, piece in enumerate(pieces(len(chosen), AT_ONCE)):
            part = self.processes.share(0, piece.stop - piece.start)
            inputs, _ = batches.batch(chosen[piece], epoch, seed_of(self.config.seed, 2, step + number), part)
            torch.manual_seed(seed_of(self.config.seed, 3, step + number))
            yield inputs.contiguous(memory_format=self.pace.memory_format)

    def is_finite(self) -> bool:
        """Whether weights, statistics and optimizer state are all numbers, which no loss has shown yet."""
        states = (state for optimizer in self.optimizers for state in optimizer.state.values())
        own = [value for state in states for value in state.values() if isinstance(value, Tensor)]
        return all(bool(value.isfinite().all()) for value in [*self.network.state_dict().values(), *own])

    def _set_rates(self, fraction: float) -> float:
        for optimizer, peaks in zip(self.optimizers, self._peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * fraction
        return float(self.optimizers[0].param_groups[0]["lr"])

    def _add_gradients(self, inputs: Tensor, labels: Tensor, share: float, seed: int) -> Tensor:
        """Adds the gradients of a piece, this `share` of the batch; its loss, how many are right."""
        loss, figures = self._loss(inputs, labels, share, seed)
        loss.backward()  # type: ignore[no-untyped-call]
        return figures

    def _add_worst(self, inputs: Tensor, labels: Tensor, share: float, seed: int) -> Tensor:
        """The same with the gradients of where the piece's loss is worst nearby (`sharpness`)."""
        learning = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        loss, figures = self._loss(inputs, labels, share, seed)
        gradients = list(torch.autograd.grad(loss, learning))
        self.processes.sum_in_place(gradients)
        with sharpness.uphill(learning, gradients, self.config.sam_rho), sharpness.following(self.network, 0):
            self._add_gradients(inputs, labels, share, seed)
        return figures

    def _loss(self, inputs: Tensor, labels: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
        """This `share` of the batch's loss; it and how many are right as figures. `seed` decides dropout."""
        torch.manual_seed(seed)
        with autocast(self.pace, self.device):
            logits = self.network(inputs)
        smoothing = self.config.label_smoothing
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=smoothing) * share
        return loss, torch.stack([loss.detach(), (logits.detach().argmax(1) == labels).sum().float()])


def pieces(count: int, most: int) -> Iterator[slice]:
    """`count` pictures in as few pieces of nearly equal size, of at most `most`, as can be."""
    number = -(-count // most)
    for index in range(number):
        yield slice(count * index // number, count * (index + 1) // number)


def seed_of(seed: int, *path: int) -> int:
    """A seed for one purpose at one step: the same path always draws the same, different paths differ."""
    mixed = seed
    for part in path:
        mixed = (mixed * 6364136223846793005 + part + 1442695040888963407) % 2**63
    return mixed


def _shrunk(inputs: Tensor, side: int) -> Tensor:
    if side == SIDE:
        return inputs
    return F.interpolate(inputs, size=(side, side), mode="bilinear", antialias=True)
