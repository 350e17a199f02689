"""The program at the end of a script that :mod:`script` makes, and what the script imports."""

from __future__ import annotations

_MAIN = """\
def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", default="data", help="folder of torchvision's data sets")
    options.add_argument("--output", default="weights.pt", help="where the state dict is saved")
{options}    given = options.parse_args()
    found = torch.accelerator.current_accelerator(check_available=True)
    device = (found or torch.device("cpu")) if DEVICE == "auto" else torch.device(DEVICE)
    torch.set_flush_denormal(True)

    pixels, labels = pictures(given.data, train=True)
{shuffle}    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    held_out, chosen = order[:HELD_OUT], order[HELD_OUT:][:EXAMPLES]
    batches = Batches(pixels[chosen], labels[chosen])
    test_pixels, test_labels = pictures(given.data, train=False)
{shuffle_test}
    torch.manual_seed(seed_of(0))
    network = {network}()
{begin}{start}    network = network.to(device).to(memory_format=layout_on(device))
    print(f"{{sum(p.numel() for p in network.parameters()):,}} parameters")
    optimizers = optimizers_of(network)
{average}    steps_per_epoch = max(1, EXAMPLES // BATCH_SIZE)
    steps = EPOCHS * steps_per_epoch
    for epoch in range(EPOCHS):
        draw = torch.Generator().manual_seed(seed_of(1, epoch))
        order, losses = torch.randperm(EXAMPLES, generator=draw), []
        for position in range(steps_per_epoch):
            batch = order[position * BATCH_SIZE : (position + 1) * BATCH_SIZE]
            step = epoch * steps_per_epoch + position
{shifts}            losses += [learn(network, optimizers, batches, batch, step, steps, device)]
{add}{put_in}        told = f"epoch {{epoch + 1}}: loss {{sum(losses) / len(losses):.4f}}"
        if HELD_OUT:
            right = accuracy(network, pixels[held_out], labels[held_out], device)
            told += f", held out {{right:.2%}}"
        print(f"{{told}}, test {{accuracy(network, test_pixels, test_labels, device):.2%}}", flush=True)
    torch.save(network.state_dict(), given.output)


if __name__ == "__main__":
    main()
"""


_SHUFFLES = {
    "nothing": ("", ""),
    "pixels": (
        """\
    disorder = torch.randperm(1024, generator=torch.Generator().manual_seed(1))
    pixels = pixels.view(-1, 1024, 3)[:, disorder].view_as(pixels)
""",
        "    test_pixels = test_pixels.view(-1, 1024, 3)[:, disorder].view_as(test_pixels)\n",
    ),
    "labels": (
        "    labels = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))]\n",
        "",
    ),
}


_SHIFTS = """\
            if step >= steps * SHIFTS_UNTIL:
                freeze_first(network)
"""


_AVERAGE = "    average = WeightAverage(network)\n"
_ADD = """\
            if step >= SWA_START * steps:
                average.add()
"""
_PUT_IN = """\
        if epoch == EPOCHS - 1 and average.count:
            average.put_in()
            with torch.autocast(device.type, torch.bfloat16, enabled=BFLOAT16):
                settle(network, further(batches, device))
"""


def main(network: str, *, is_fork: bool, is_whitened: bool, is_averaged: bool, shuffled: str) -> str:
    """The program, for a network's class."""
    shuffle, shuffle_test = _SHUFFLES[shuffled]
    begin = "    begin(network, normalised(pixels[chosen][:LOOKED_AT]))\n" if is_whitened else ""
    shifts = _SHIFTS if is_whitened else ""
    start = "    network.load_state_dict(safetensors.torch.load_file(given.start))\n" if is_fork else ""
    option = '    options.add_argument("--start", required=True, help="the weights to begin with")\n'
    shuffles = {"shuffle": shuffle, "shuffle_test": shuffle_test}
    return _MAIN.format(
        **shuffles,
        network=network,
        begin=begin,
        shifts=shifts,
        average=_AVERAGE if is_averaged else "",
        add=_ADD if is_averaged else "",
        put_in=_PUT_IN if is_averaged else "",
        start=start,
        options=option if is_fork else "",
    )


def imports(text: str, also: list[str]) -> str:
    """Those that the text needs, and others of Python's own."""
    own = {"import argparse", "from typing import Any", *also, *(["import math"] if "math." in text else [])}
    own = {line for line in own if not line.startswith("from collections.abc ")}
    if named := [name for name in ("Iterable", "Iterator", "Sequence") if f"{name}[" in text]:
        own |= {f"from collections.abc import {', '.join(named)}"}
    lines = sorted(own, key=lambda line: (line.startswith("from "), line))
    lines += [""]
    lines += ["import safetensors.torch"] if "safetensors.torch" in text else []
    lines += ["import torch"]
    lines += ["import torchvision"] if "torchvision.datasets" in text else []
    lines += ["from sklearn.datasets import load_digits"] if "load_digits" in text else []
    lines += ["from torch import Tensor, nn", "from torch.nn import functional as F", ""]
    return "\n".join(lines)
