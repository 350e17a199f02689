"""Update rules and surfaces against the golden cases: paths of torch.optim itself, autograd's gradients."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from app.arithmetic.optimizers import Options, Point, path
from app.arithmetic.surfaces import EXAMPLES, SURFACES, line_gradient

CASES = json.loads((Path(__file__).parents[1] / "cases/optimizers.json").read_text(encoding="utf-8"))
DEFAULTS: dict[str, dict[str, Any]] = {"AdamW": {"weight_decay": 0.01}, "Adagrad": {"eps": 1e-10}}


@pytest.mark.parametrize("case", CASES["paths"], ids=lambda case: f"{case['rule']} {case['surface']}")
def test_a_rule_goes_where_torch_optim_goes(case: dict[str, Any]) -> None:
    given: dict[str, Any] = {**DEFAULTS.get(case["rule"], {}), **case["options"]}
    if "betas" in given:
        given["betas"] = tuple(given["betas"])
    options = Options(**given)

    def gradient(theta: Point, taken: int) -> Point:
        if "batches" in case:
            return line_gradient(theta, case["batches"][taken])
        return SURFACES[case["surface"]].gradient(theta)

    last = max(map(int, case["path"]))
    gone = list(islice(path(case["rule"], options, tuple(case["start"]), gradient), last + 1))
    for index, expected in case["path"].items():
        assert gone[int(index)] == pytest.approx(expected, rel=1e-6, abs=1e-12), index


@pytest.mark.parametrize("name", SURFACES)
def test_height_and_gradient_are_those_of_autograd(name: str) -> None:
    slopes = [case for case in CASES["slopes"] if case["surface"] == name]
    assert len(slopes) >= 10
    for case in slopes:
        theta = (case["theta"][0], case["theta"][1])
        assert SURFACES[name].height(theta) == pytest.approx(case["height"], rel=1e-9)
        assert SURFACES[name].gradient(theta) == pytest.approx(case["gradient"], rel=1e-9, abs=1e-12)


def test_the_examples_are_those_that_pytorch_was_given() -> None:
    assert [list(example) for example in EXAMPLES] == CASES["examples"][0]


def test_a_path_ends_before_a_number_is_infinite() -> None:
    gone = list(path("SGD", Options(lr=1.0), (1.0, 1.0), lambda t, _: SURFACES["beale"].gradient(t)))
    assert 2 <= len(gone) < 30
    assert all(abs(value) < float("inf") for point in gone for value in point)
