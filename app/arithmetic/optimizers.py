"""The update rules of torch.optim for two parameters, as static/src/lib/optimizers.ts has them.

Every rule treats each parameter by itself, so a rule here is about one number. tests/cases/optimizers.json
holds both languages to paths that torch.optim went.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite, sqrt

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Options:
    """PyTorch's arguments; each rule takes those that its class has."""

    lr: float
    weight_decay: float = 0.0
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    lr_decay: float = 0.0
    initial_accumulator_value: float = 0.0
    alpha: float = 0.99
    centered: bool = False
    betas: tuple[float, float] = (0.9, 0.999)
    amsgrad: bool = False
    eps: float = 1e-8


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one parameter after `time` steps."""

    theta: float
    time: int = 0
    velocity: float = 0.0
    mean: float = 0.0
    squares: float = 0.0
    largest: float = 0.0


Change = tuple[float, Memory]
"""What θ − lr · direction goes along, and the memory after it."""


def step(rule: str, before: Memory, gradient: float, options: Options) -> Memory:
    """One step of PyTorch's `rule` from the gradient of the loss at ``before.theta``."""
    decoupled = rule == "AdamW"
    pull = options.weight_decay * before.theta
    now = replace(before, time=before.time + 1)
    direction, after = _CHANGES[rule](now, gradient if decoupled else gradient + pull, options)
    start = before.theta * (1 - options.lr * options.weight_decay) if decoupled else before.theta
    return replace(after, theta=start - options.lr * direction)


def _sgd(now: Memory, g: float, options: Options) -> Change:
    """The first gradient enters the buffer whole, whatever the dampening."""
    if options.momentum == 0:
        return g, now
    fresh = g if now.time == 1 else options.momentum * now.velocity + (1 - options.dampening) * g
    direction = g + options.momentum * fresh if options.nesterov else fresh
    return direction, replace(now, velocity=fresh)


def _adagrad(now: Memory, g: float, options: Options) -> Change:
    squares = now.squares + g * g
    rate = 1 / (1 + (now.time - 1) * options.lr_decay)
    return rate * g / (sqrt(squares) + options.eps), replace(now, squares=squares)


def _rmsprop(now: Memory, g: float, options: Options) -> Change:
    squares = options.alpha * now.squares + (1 - options.alpha) * g * g
    mean = options.alpha * now.mean + (1 - options.alpha) * g if options.centered else 0.0
    scaled = g / (sqrt(squares - mean * mean) + options.eps)
    velocity = options.momentum * now.velocity + scaled if options.momentum else 0.0
    after = replace(now, squares=squares, mean=mean, velocity=velocity)
    return velocity if options.momentum else scaled, after


def _adam(now: Memory, g: float, options: Options) -> Change:
    first, second = options.betas
    mean = first * now.mean + (1 - first) * g
    squares = second * now.squares + (1 - second) * g * g
    largest = max(now.largest, squares) if options.amsgrad else 0.0
    spread = sqrt((largest if options.amsgrad else squares) / (1 - second**now.time))
    direction = mean / (1 - first**now.time) / (spread + options.eps)
    return direction, replace(now, mean=mean, squares=squares, largest=largest)


_CHANGES: Mapping[str, Callable[[Memory, float, Options], Change]] = {
    "SGD": _sgd,
    "Adagrad": _adagrad,
    "RMSprop": _rmsprop,
    "Adam": _adam,
    "AdamW": _adam,
}


def path(
    rule: str, options: Options, start: Point, gradient: Callable[[Point, int], Point]
) -> Iterator[Point]:
    """Where the rule goes from `start`, itself first; ends where a number would be infinite.

    `gradient` is asked for the gradient at a point, and told how many steps led there.
    """
    squares = options.initial_accumulator_value if rule == "Adagrad" else 0.0
    memory = tuple(Memory(theta, squares=squares) for theta in start)
    while True:
        theta = (memory[0].theta, memory[1].theta)
        yield theta
        try:
            slopes = gradient(theta, memory[0].time)
            memory = tuple(step(rule, *each, options) for each in zip(memory, slopes, strict=True))
        except OverflowError:
            return
        if not all(isfinite(each.theta) for each in memory):
            return
