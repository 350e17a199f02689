"""The arithmetic shown for a value gives that value, for every type of layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.layers import Layer
from app.engine import activations, units
from app.engine.activations import INPUT, LoadedNetwork, Trace
from app.engine.units import Explanation
from tests import small_networks
from tests.engine.test_activations import picture

Numbers = Any


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> list[LoadedNetwork]:
    folder = tmp_path_factory.mktemp("models")
    return [
        activations.load(small_networks.write(folder, "everything", small_networks.EVERYTHING)),
        activations.load(small_networks.write(folder, "plain", small_networks.PLAIN, seed=1)),
    ]


class Traced(list[tuple[LoadedNetwork, Trace]]):
    """Networks with traces; says little of itself, because hypothesis prints what it is given."""

    def __repr__(self) -> str:
        return f"{len(self)} traces"


@pytest.fixture(scope="module")
def traced(networks: list[LoadedNetwork]) -> Traced:
    return Traced(
        (network, activations.trace(network, picture(seed))) for network in networks for seed in range(3)
    )


def flat(numbers: Numbers) -> Iterator[float]:
    if isinstance(numbers, list):
        for inner in numbers:
            yield from flat(inner)
    elif numbers is not None:
        yield numbers


def deviation(facts: Mapping[str, Any]) -> float:
    return math.sqrt(float(facts["variance"]) + float(facts["eps"]))


def winner(facts: Mapping[str, Any]) -> float:
    row = facts["rows"].index(facts["winner"]["row"])
    largest: float = facts["operands"][row][facts["columns"].index(facts["winner"]["column"])]
    assert largest == max(flat(facts["operands"]))
    return largest


def normalised(facts: Mapping[str, Any]) -> float:
    standard: float = (facts["argument"] - facts["mean"]) / deviation(facts)
    return standard * float(facts["weight"]) + float(facts["bias"])


def share(facts: Mapping[str, Any]) -> float:
    assert facts["sum"] == pytest.approx(sum(facts["exponentials"]))
    return math.exp(facts["argument"] - facts["largest"]) / float(facts["sum"])


def prepared(facts: Mapping[str, Any]) -> float:
    assert facts["argument"] == facts["byte"] / 255
    standard: float = (facts["argument"] - facts["mean"]) / facts["standard_deviation"]
    return standard


FORMULAS: dict[str, Callable[[Mapping[str, Any]], float]] = {
    "max_pool2d": winner,
    "avg_pool2d": lambda facts: sum(flat(facts["operands"])) / facts["divisor"],
    "adaptive_avg_pool2d": lambda facts: sum(flat(facts["operands"])) / facts["divisor"],
    "batch_norm1d": normalised,
    "batch_norm2d": normalised,
    "softmax": share,
    "relu": lambda facts: max(facts["argument"], 0.0),
    "gelu": lambda facts: facts["argument"] * (1 + math.erf(facts["argument"] / math.sqrt(2))) / 2,
    "sigmoid": lambda facts: 1 / (1 + math.exp(-facts["argument"])),
    "tanh": lambda facts: math.tanh(facts["argument"]),
    "flatten": lambda facts: facts["argument"],
    "dropout": lambda facts: facts["argument"],
    "input": prepared,
}
"""What the facts of a kind must come to, beside the products of the kinds that have them."""


def check_arithmetic(explanation: Explanation) -> None:
    facts, value = explanation.facts, explanation.value
    assert "products" in facts or explanation.kind in FORMULAS
    if "products" in facts:
        operands, weights, products = (list(flat(facts[key])) for key in ("operands", "weights", "products"))
        assert products == pytest.approx([o * w for o, w in zip(operands, weights, strict=True)], rel=1e-12)
        rounding = 1e-6 * (sum(map(abs, products)) + abs(facts["bias"])) + 1e-7
        assert sum(products) + facts["bias"] == pytest.approx(value, abs=rounding)
        assert sum(facts["channel_sums"]) + facts["bias"] == pytest.approx(value, abs=rounding)
    if explanation.kind in FORMULAS:
        assert FORMULAS[explanation.kind](facts) == pytest.approx(value, rel=1e-5, abs=1e-6)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_the_arithmetic_of_any_value_gives_that_value(traced: Traced, data: st.DataObject) -> None:
    network, trace = traced[data.draw(st.integers(0, len(traced) - 1))]
    address = data.draw(st.sampled_from([INPUT, *network.steps]))
    shape = network.shapes[address]
    index = tuple(data.draw(st.integers(0, size - 1)) for size in shape)
    explanation = units.explain(network, trace, address, *index)
    assert explanation.value == trace.activation(address)[index]
    check_arithmetic(explanation)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_nothing_outside_its_receptive_field_changes_a_value(traced: Traced, data: st.DataObject) -> None:
    network, trace = traced[data.draw(st.integers(0, len(traced) - 1))]
    address = data.draw(st.sampled_from(list(network.steps)))
    index = tuple(data.draw(st.integers(0, size - 1)) for size in network.shapes[address])
    top, left, bottom, right = units.explain(network, trace, address, *index).receptive_field
    other = picture(data.draw(st.integers(10, 20))).copy()
    other[top:bottom, left:right] = trace.pixels[top:bottom, left:right]
    changed = activations.trace(network, other)
    assert changed.activation(address)[index] == pytest.approx(
        trace.activation(address)[index], rel=1e-6, abs=1e-6
    )


def test_every_type_of_layer_is_explained(networks: list[LoadedNetwork]) -> None:
    network = networks[0]
    trace = activations.trace(network, picture(0))
    kinds = set()
    for address in (INPUT, *network.steps):
        explanation = units.explain(network, trace, address, *(0 for _ in network.shapes[address]))
        check_arithmetic(explanation)
        kinds.add(explanation.kind)
    types = {
        kind.model_fields["type"].default
        for kind in all_subclasses(Layer)
        if "type" in kind.model_fields and kind.axes in (None, 2)  # a picture has no layer of one or three
    }
    assert kinds == {INPUT, *types}


def all_subclasses(kind: type[Any]) -> set[type[Any]]:
    return {kind, *(inner for below in kind.__subclasses__() for inner in all_subclasses(below))}


def test_a_convolution_of_groups_reads_its_own_groups_channels(networks: list[LoadedNetwork]) -> None:
    network = networks[0]
    trace = activations.trace(network, picture(0))
    facts = units.explain(network, trace, "3.layers.0", 5, 4, 7).facts
    assert facts["channels"] == [3, 4, 5]
    assert np.array(facts["operands"]).shape == (3, 3, 3)
    assert len(facts["channel_sums"]) == 3
    expected = trace.activations["2"][3:6, 3:6, 6:9]
    assert np.array_equal(np.array(facts["operands"], np.float32), expected)
    assert (facts["rows"], facts["columns"]) == ([3, 4, 5], [6, 7, 8])


def test_the_winner_of_a_max_pooling_is_the_one_whose_index_pytorch_returns(
    networks: list[LoadedNetwork],
) -> None:
    network = networks[0]
    trace = activations.trace(network, picture(2))
    step = network.steps["6"]
    entering = torch.tensor(trace.activation(step.sources[0]))[None]
    _, indices = F.max_pool2d(entering, [3, 2], 2, 1, 1, ceil_mode=True, return_indices=True)
    width = entering.shape[-1]
    for channel, row, column in [(0, 0, 0), (1, 5, 7), (3, 16, 30), (2, 9, 15)]:
        won = units.explain(network, trace, "6", channel, row, column).facts["winner"]
        assert won["row"] * width + won["column"] == int(indices[0, channel, row, column])


def test_equal_values_are_won_by_the_first(networks: list[LoadedNetwork]) -> None:
    network = networks[1]
    trace = activations.trace(network, np.full((32, 32, 3), 128, np.uint8))
    facts = units.explain(network, trace, "2", 0, 4, 5).facts
    assert facts["winner"] == {"row": 8, "column": 10}


def test_the_sums_of_a_dense_layer_behind_maps_are_by_map(networks: list[LoadedNetwork]) -> None:
    network = networks[1]
    trace = activations.trace(network, picture(0))
    facts = units.explain(network, trace, "4", 7).facts
    by_map = np.array(facts["products"]).reshape(4, 16, 16).sum((1, 2))
    assert facts["channel_sums"] == pytest.approx(by_map.tolist())


def test_a_flattened_value_sees_what_the_cell_sees_that_it_copies(
    networks: list[LoadedNetwork],
) -> None:
    network = networks[1]
    trace = activations.trace(network, picture(0))
    explanation = units.explain(network, trace, "3", 2 * 256 + 3 * 16 + 5)
    assert explanation.facts["source"] == {"channel": 2, "row": 3, "column": 5}
    assert explanation.receptive_field == (5, 9, 9, 13)
    assert explanation.receptive_field == units.explain(network, trace, "2", 2, 3, 5).receptive_field


@pytest.mark.parametrize(
    ("address", "asked", "field", "nearest"),
    [
        ("0", (6, 0, 0), "channel", 5),
        ("0", (0, -1, 0), "row", 0),
        ("0", (0, 0, 31), "column", 30),
        ("0", (0, None, None), "row", 0),
        ("0", (0, 3, None), "column", 0),
        ("13", (24, None, None), "channel", 23),
        ("13", (3, 0, None), "row", None),
        ("13", (3, None, 0), "column", None),
        (INPUT, (3, 0, 0), "channel", 2),
    ],
)
def test_a_value_that_is_not_there_is_refused_at_the_index_at_fault(
    networks: list[LoadedNetwork],
    address: str,
    asked: tuple[int, int | None, int | None],
    field: str,
    nearest: int | None,
) -> None:
    trace = activations.trace(networks[0], picture(0))
    with pytest.raises(InvalidSpec) as caught:
        units.explain(networks[0], trace, address, *asked)
    assert (caught.value.field, caught.value.nearest) == (field, nearest)
