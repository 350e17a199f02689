"""Writes the table of networks in README.md and README.ko.md from the cards and specifications in models/."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from app.arithmetic.layers import Conv2d, Linear
from app.arithmetic.specification import NetworkSpec, walk
from app.engine import checkpoints
from app.engine.checkpoints import Checkpoint

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- networks -->", "<!-- end of networks -->"


def english(maps: list[int], dense: int) -> str:
    """The layers with weights: `maps` of each convolution, how many are dense."""
    parts = [f"{len(maps)} convolutions of at most {max(maps)} maps"] if maps else []
    return ", ".join([*parts, f"{dense} dense layer{'' if dense == 1 else 's'}"])


def korean(maps: list[int], dense: int) -> str:
    """The same in Korean."""
    parts = [f"합성곱 {len(maps)}층(특징 맵 {max(maps)}개 이하)"] if maps else []
    return ", ".join([*parts, f"완전 연결 {dense}층"])


def layers(network: NetworkSpec) -> tuple[list[int], int]:
    """How many maps each convolution makes, and how many layers are dense."""
    all_layers = [place.layer for place in walk(network.layers)]
    maps = [layer.out_channels for layer in all_layers if isinstance(layer, Conv2d)]
    return maps, sum(isinstance(layer, Linear) for layer in all_layers)


READMES: dict[str, tuple[str, Callable[[list[int], int], str]]] = {
    "README.md": ("| name | what it is | parameters | test accuracy |", english),
    "README.ko.md": ("| 이름 | 설명 | 매개변수 | 시험 정확도 |", korean),
}


def table(readme: str, networks: list[Checkpoint]) -> str:
    """The whole table, the least accurate network first."""
    head, words = READMES[readme]
    rows = [
        f"| `{network.name}` | {words(*layers(network.network))} | {network.card.parameters:,}"
        f" | {100 * network.card.test_accuracy:.1f} % |"
        for network in sorted(networks, key=lambda network: network.card.test_accuracy)
    ]
    return "\n".join([head, "|---|---|---:|---:|", *rows])


def filled(readme: str, networks: list[Checkpoint]) -> str:
    """The text of a readme with its table as it should be."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    between = re.compile(f"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", re.DOTALL)
    if not between.search(text):
        sys.exit(f"{readme} lacks the lines {BEGIN} and {END}.")
    return between.sub(lambda _: f"{table(readme, networks)}\n", text)


def main() -> None:
    models = ROOT / "models"
    networks = [checkpoints.read(models, name) for name in checkpoints.names(models)]
    for readme in READMES:
        (ROOT / readme).write_text(filled(readme, networks), encoding="utf-8")


if __name__ == "__main__":
    main()
