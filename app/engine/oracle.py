"""Asks the real PyTorch module whether the arithmetic is right, aside: an answer never waits for it.

One daemon thread asks, torch is imported there, and verdicts are remembered. A layer small enough is run on
the CPU; a larger one is only measured on the meta device, which allocates nothing and runs nothing.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from app.arithmetic.description import describe
from app.engine.inference import use_threads

if TYPE_CHECKING:
    from app.arithmetic.geometry import Shape, Windowed

logger = logging.getLogger(__name__)

MAX_RUN_STEPS = 20_000_000
MAX_RUN_CELLS = 2_000_000
"""A layer with more multiply-accumulates or comparisons, or more cells in its input, output or weight, is not
run."""
MAX_MEASURED_CELLS = 2**48
"""Of a layer with more, PyTorch cannot even tell the sizes; it stays unchecked."""
MAX_WAITING = 256
MAX_REMEMBERED = 10_000

Question = tuple["Windowed", "Shape"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the real module says: sizes by axis after the channels, and counts."""

    output: tuple[int, ...]
    weight: int
    bias: int
    macs: int
    activation_bytes: int


class Oracle:
    """Remembers whether PyTorch agrees with a layer's description. Start it, ask it, stop it."""

    def __init__(self) -> None:
        self._verdicts: OrderedDict[Question, bool | None] = OrderedDict()
        self._questions: queue.Queue[Question | None] = queue.Queue(MAX_WAITING)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._answer, name="oracle", daemon=True)

    def start(self) -> None:
        """Begin to answer questions."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more; what waits is dropped. Returns when the question in hand is answered.

        That may be the seconds of importing torch: an interpreter that ends meanwhile crashes.
        """
        with self._lock:
            while not self._questions.empty():
                self._questions.get_nowait()
            self._questions.put(None)
        self._thread.join()

    def verdict(self, layer: Windowed, shape: Shape) -> bool | None:
        """Whether PyTorch agrees; None while that is not known, and then it is asked unless too many wait."""
        question = layer, shape
        with self._lock:
            if question in self._verdicts:
                self._verdicts.move_to_end(question)
                return self._verdicts[question]
            if not self._questions.full():
                self._questions.put_nowait(question)
                self._remember(question)
        return None

    def _remember(self, question: Question, *, verdict: bool | None = None) -> None:
        self._verdicts[question] = verdict
        while len(self._verdicts) > MAX_REMEMBERED:
            self._verdicts.popitem(last=False)

    def _answer(self) -> None:
        while (question := self._questions.get()) is not None:
            try:
                use_threads(1)
                verdict = agrees(*question)
            except Exception:
                logger.exception("PyTorch could not be asked about %r", question)
                continue
            with self._lock:
                self._remember(question, verdict=verdict)


def agrees(layer: Windowed, shape: Shape) -> bool | None:
    """Whether the real module gives the description's sizes and counts; None where it is too large to tell.

    A difference is logged as an error. Takes milliseconds, and the seconds of importing torch the first time.
    """
    described = describe(layer, shape)
    cells = max(prod(shape), prod(described.output.values()), described.parameters.total)
    if cells > MAX_MEASURED_CELLS:
        return None
    windows = prod(described.output.values()) * prod(getattr(layer, "kernel_size", ()))
    is_small = max(described.macs, windows) <= MAX_RUN_STEPS and cells <= MAX_RUN_CELLS
    try:
        measured: Measured | str = measure(layer, shape, run=is_small)
    except (RuntimeError, ValueError) as error:  # how torch refuses
        measured = str(error)
    expected = Measured(
        output=tuple(described.output.values()),
        weight=described.parameters.weight,
        bias=described.parameters.bias,
        macs=described.macs,
        activation_bytes=described.activation_bytes,
    )
    if measured != expected:
        logger.error("PyTorch disagrees on %r for %r: %s, not %s", layer, shape, measured, expected)
    return measured == expected


def measure(layer: Windowed, shape: Shape, *, run: bool) -> Measured:
    """What the real module says about an input of (C, …) `shape`, run on the CPU or on the meta device.

    Raises:
        RuntimeError, ValueError: PyTorch refuses the layer.
    """
    import torch  # noqa: PLC0415  takes seconds, and is not for the thread that answers requests
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415

    from app.engine.networks import module_of  # noqa: PLC0415

    with torch.device("meta"):
        module = module_of(layer, torch.empty(1, *shape)).eval()
    if run:
        module.to_empty(device="cpu")
        for parameter in module.parameters():
            torch.nn.init.zeros_(parameter)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        output = module(torch.zeros(1, *shape, device="cpu" if run else "meta"))
    counts = {name.rpartition(".")[2]: parameter.numel() for name, parameter in module.named_parameters()}
    return Measured(
        output=tuple(output.shape[1:]),
        weight=counts.get("weight", 0),
        bias=counts.get("bias", 0),
        macs=counter.get_total_flops() // 2,
        activation_bytes=output.element_size() * output.numel(),
    )
