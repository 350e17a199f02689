"""The golden cases, which PyTorch answered and the TypeScript geometry is held to as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.arithmetic.description import describe
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import AXES, axes
from tests.arithmetic.configurations import layer_of

CASES = json.loads((Path(__file__).parents[1] / "cases" / "geometry.json").read_text(encoding="utf-8"))


def name_of(case: dict[str, Any]) -> str:
    return f"{case['operation']} {case.get('about', case['layer'])}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_case_is_as_pytorch_says(case: dict[str, Any]) -> None:
    layer = layer_of(case["operation"], case["layer"])
    shape = tuple(case["input"].values())
    if not case["accepted"]:
        with pytest.raises(InvalidSpec) as refused:
            describe(layer, shape)
        errors = (refused.value, *refused.value.also)
        assert [(each.field, each.nearest) for each in errors] == [
            (each["field"], each["nearest"]) for each in case["errors"]
        ]
        return
    described = describe(layer, shape).model_dump()
    for member in ("output", "exact", "fits", "unread", "repairs"):
        assert described[member] == case[member], member
    found = dict(zip(AXES[len(shape) - 1], axes(layer, shape), strict=True))
    taps = {name: [axis.taps(cell) for cell in range(axis.output)] for name, axis in found.items()}
    assert {name: [[list(tap) for tap in each] for each in along] for name, along in taps.items()} == case[
        "taps"
    ]
    if case["layer"].get("padding_mode", "zeros") == "zeros":
        reads = {
            name: [[cell for cell, _ in each if 0 <= cell < found[name].size] for each in along]
            for name, along in taps.items()
        }
        if not all(any(along) for along in reads.values()):  # along one axis there is only padding to read
            reads = {name: [[] for _ in along] for name, along in reads.items()}
        assert reads == case["reads"]


def test_there_are_enough_of_every_kind() -> None:
    kinds = [(case["operation"], case["accepted"]) for case in CASES]
    for operation in {operation for operation, _ in kinds} - {"adaptive_avg_pool2d"}:
        assert min(kinds.count((operation, True)), kinds.count((operation, False))) >= 10
    assert kinds.count(("adaptive_avg_pool2d", True)) >= 40
