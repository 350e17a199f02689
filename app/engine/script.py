"""A training run as one Python file that needs PyTorch but nothing of ours, and ends with its weights."""

from __future__ import annotations

from pathlib import Path

from app.arithmetic.network import trace
from app.arithmetic.network_source import class_name, definition
from app.engine import script_parts as parts
from app.engine import script_program as program
from app.engine.configuration import TrainingConfig
from app.engine.optimizers import SGD, AnyOptimizer, Muon
from app.engine.schedules import Constant, Cosine, LinearDecay, OneCycle, Step
from app.engine.trainable import needs_channels_first

_TORCH_NAMES = {
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}


def script(config: TrainingConfig, *, device: str, bfloat16: bool, title: str, start: str | None) -> str:
    """The file.

    Args:
        device: its name, or "auto".
        bfloat16: the number format that the run computes in.
        title: what its first line says.
        start: for a run that begins with the weights of another one, from where these are had.
    """
    shapes = {each.place.address: (each.entering, each.leaving) for each in trace(config.network)}
    network = definition(config.network, shapes)
    is_whitened = config.initialisation == "whitened"
    body = [
        _constants(config, device, bfloat16=bfloat16),
        network,
        *([_code_of("beginning")[1] + "\n"] if is_whitened else []),
        parts.DIGITS if config.dataset == "digits" else parts.CIFAR10,
        parts.PICTURES,
        _schedule(config),
        _optimizers(config.optimizer),
        *_learning(config),
        *([_code_of("averaging")[1] + "\n", parts.FURTHER] if config.swa_start < 1 else []),
        parts.ACCURACY,
        program.main(
            class_name(config.network.name),
            is_fork=start is not None,
            is_whitened=is_whitened,
            is_averaged=config.swa_start < 1,
            shuffled=config.shuffled,
        ),
    ]
    text = "\n\n".join(body)
    begun = f"\n\n{parts.FORKED.format(start=start)}" if start else ""
    needs = "torch and scikit-learn" if config.dataset == "digits" else "torch and torchvision"
    needs += " and safetensors" if start else ""
    about = f'"""{title}\n\n{parts.ABOUT.format(needs=needs)}{begun}\n"""'
    used = {"muon": isinstance(config.optimizer, Muon), "sharpness": config.sam_rho > 0}
    also = [line for module, is_used in used.items() if is_used for line in _code_of(module)[0]]
    return f"{about}\n\n{program.imports(text, also)}\n\n{text}"


def _constants(config: TrainingConfig, device: str, *, bfloat16: bool) -> str:
    source, augmentation = config.source, config.augmentation
    values = {
        "DEVICE": device,
        "SEED": config.seed,
        "EPOCHS": config.epochs,
        "EXAMPLES": config.examples,
        "HELD_OUT": config.held_out,
        "BATCH_SIZE": config.batch_of(config.examples),
        "LABEL_SMOOTHING": config.label_smoothing,
        "BFLOAT16": bfloat16,
        "CROP_PADDING": augmentation.crop_padding,
        "FLIP": config.mirrors,
        "CUTOUT": augmentation.cutout,
        "SMALLER_UNTIL": list(config.smaller_until),
        "WARMUP": config.warmup,
        **({"SWA_START": config.swa_start} if config.swa_start < 1 else {}),
        **({"SAM_RHO": config.sam_rho} if config.sam_rho else {}),
        "MEAN": source.mean,
        "STD": source.std,
        "CLASSES": list(source.classes),
    }
    lines = (f"{name} = {value!r}{parts.MEANINGS.get(name, '')}" for name, value in values.items())
    return "\n".join(lines) + "\n"


def _schedule(config: TrainingConfig) -> str:
    schedule = config.schedule
    averaged = parts.AVERAGED.format(fraction=config.swa_fraction) if config.swa_start < 1 else ""
    match schedule:
        case OneCycle():
            return parts.ONE_CYCLE.format(
                averaged=averaged,
                start=f"1 / {schedule.div_factor!r}",
                end=f"1 / {schedule.div_factor!r} / {schedule.final_div_factor!r}",
                between=parts.BETWEEN[schedule.anneal_strategy],
            )
        case Cosine():
            after = "0.5 * (1 + math.cos(math.pi * done / falling))"
        case LinearDecay():
            after = "1 - done / falling"
        case Step():
            milestones = list(schedule.milestones)
            after = f"{schedule.gamma!r} ** sum(step >= milestone * steps for milestone in {milestones!r})"
        case Constant():
            after = "1.0"
    return parts.FRACTION.format(averaged=averaged, after=after)


def _optimizers(config: AnyOptimizer) -> str:
    arguments = config.model_dump(exclude={"name", "weight_decay"})
    match config:
        case Muon():
            _imports, code = _code_of("muon")
            dense_lr = config.other_lr if config.dense_lr is None else config.dense_lr
            return f"{code}\n\n\n{parts.MUON.format(**{**dict(config), 'dense_lr': dense_lr})}"
        case SGD():
            name, arguments["nesterov"] = "SGD", config.looks_ahead
        case _:
            name = _TORCH_NAMES[config.name]
    written = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    made = f"torch.optim.{name}(groups(kernels, others, {config.weight_decay!r}), {written})"
    return parts.OPTIMIZER.format(made=made)


def _learning(config: TrainingConfig) -> list[str]:
    # The other layout on a CPU would break there: see `needs_channels_first`.
    is_last = "BFLOAT16" if needs_channels_first(config.network) else 'BFLOAT16 or device.type == "cpu"'
    descend = parts.DOWN_FROM_ABOVE if config.sam_rho else parts.DOWN
    learning = parts.LEARNING.format(most=config.at_once, descend=descend, is_last=is_last)
    return [_code_of("sharpness")[1] + "\n", learning] if config.sam_rho else [learning]


def _code_of(module: str) -> tuple[list[str], str]:
    """Of a module beside this one, which imports nothing of ours, Python's own imports and its code."""
    lines = (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8").splitlines()
    ends = [number for number, line in enumerate(lines) if line.startswith(("import ", "from "))]
    begin = next(number for number in range(ends[-1] + 1, len(lines)) if lines[number])
    imports = [line for line in lines[:begin] if line.startswith(("import ", "from "))]
    own = [line for line in imports if line.split()[1].partition(".")[0] not in ("torch", "__future__")]
    return own, "\n".join(line.partition("  # ")[0] for line in lines[begin:])
