"""Receptive fields against the gradients of real networks with random layers."""

from __future__ import annotations

import random

import pytest
import torch

from app.arithmetic.network import Row, box, tabulate
from app.arithmetic.specification import NetworkSpec
from tests.arithmetic.configurations import TIMES
from tests.arithmetic.oracle.networks import Data, draw, last_address, seen, telling


@pytest.mark.parametrize("seed", range(150 * TIMES))
def test_the_box_of_a_unit_is_where_its_gradient_is(seed: int) -> None:
    torch.manual_seed(seed)
    network = draw(seed, height=17, width=14)
    built = telling(network)
    output = tabulate(network).layers[-1].output_shape
    dice = random.Random(seed)
    for corner in range(4):
        place = [dice.choice([0, size - 1, dice.randrange(size)]) for size in output]
        if corner == 0:
            place = [0] * len(output)
        row, column = place[1:] if len(place) == 3 else (0, 0)
        found = seen(network, built, tuple(place))
        assert box(network, last_address(network), row, column) == (found or (0, 0, 0, 0)), network


@pytest.mark.parametrize("seed", range(100 * TIMES))
def test_size_jump_and_start_describe_the_units_that_see_no_padding(seed: int) -> None:
    torch.manual_seed(seed)
    network = draw(seed, height=97, width=81, transposed=False, whole=False)
    built = telling(network)
    row = tabulate(network).layers[-1]
    for axis in range(2):
        check_middle(network, built, row, axis)


def check_middle(network: NetworkSpec, built: torch.nn.Sequential, row: Row, axis: int) -> None:
    """In the middle of the output: what a unit sees begins at start + i · jump and is `size` long."""
    field = row.receptive_field
    assert field.jump is not None
    middle = [size // 2 for size in row.output_shape[1:]]
    first = field.start[axis] + middle[axis] * field.jump[axis]
    length = (network.input.height, network.input.width)[axis]
    inside = first >= field.size[axis] and first + 2 * field.size[axis] <= length
    found = seen(network, built, (0, *middle))
    assert found is not None
    if inside:
        assert (found[axis], found[2 + axis]) == (first, first + field.size[axis]), network
    else:  # the input is too small for the field; what is seen is inside of it
        assert max(first, 0) <= found[axis]
        assert found[2 + axis] <= first + field.size[axis] or "circular" in network.model_dump_json()


def fields(*layers: Data, side: int = 32) -> list[tuple[int, float | None, int]]:
    """Size, jump and start along the rows, layer by layer."""
    network = NetworkSpec.model_validate(
        {"input": {"channels": 1, "height": side, "width": side}, "layers": list(layers)}
    )
    rows = [row.receptive_field for row in tabulate(network).layers]
    jumps = [None if each.jump is None else each.jump[0] for each in rows]
    return [(each.size[0], jump, each.start[0]) for each, jump in zip(rows, jumps, strict=True)]


def conv(kernel_size: int, **more: object) -> Data:
    return {"type": "conv2d", "out_channels": 1, "kernel_size": kernel_size, **more}


def test_the_field_grows_from_the_input_on() -> None:
    """A rival computes it from the wrong end: 3×3 then stride 2 is not stride 2 then 3×3."""
    assert fields(conv(3), conv(3, stride=2)) == [(3, 1, 0), (5, 2, 0)]
    assert fields(conv(3, stride=2), conv(3)) == [(3, 2, 0), (7, 2, 0)]


def test_padding_moves_the_start_before_the_input() -> None:
    assert fields(conv(3, padding=1), conv(3, padding=1), conv(5, padding=2, stride=2)) == [
        (3, 1, -1),
        (5, 1, -2),
        (9, 2, -4),
    ]


def test_dilation_and_pooling_widen_the_field() -> None:
    pool = {"type": "max_pool2d", "kernel_size": 2}
    assert fields(conv(3, dilation=2), pool, conv(3)) == [(5, 1, 0), (6, 2, 0), (10, 2, 0)]


def test_an_odd_cell_of_same_padding_is_after_the_input() -> None:
    assert fields(conv(4, padding="same")) == [(4, 1, -1)]


def test_four_paddings_start_at_the_top() -> None:
    assert fields(conv(3, padding=[2, 0, 1, 1])) == [(3, 1, -2)]


def test_a_residual_sees_what_any_branch_sees() -> None:
    block: Data = {"type": "residual", "layers": [conv(3, padding=1), conv(3, padding=1)]}
    assert fields(block)[-1] == (5, 1, -2)
    only_shortcut: Data = {"type": "residual", "layers": [conv(1)], "shortcut": [conv(5, padding=2)]}
    assert fields(only_shortcut)[-1] == (5, 1, -2)


def test_inside_a_residual_a_layer_sees_its_own_branch() -> None:
    block: Data = {"type": "residual", "layers": [conv(3, padding=1)], "shortcut": [conv(1)]}
    assert fields(conv(3), block) == [(3, 1, 0), (5, 1, -1), (3, 1, 0), (5, 1, -1)]


def test_a_transposed_convolution_halves_the_jump() -> None:
    up = {"type": "conv_transpose2d", "out_channels": 1, "kernel_size": 2, "stride": 2}
    assert fields(up) == [(1, 0.5, 0)]
    assert fields(conv(3, stride=2), up)[-1] == (3, 1, 0)


def test_behind_flattening_and_adaptive_pooling_it_is_the_whole_input() -> None:
    flat: list[Data] = [
        conv(3),
        {"type": "flatten"},
        {"type": "linear", "out_features": 2},
        {"type": "softmax"},
    ]
    assert fields(*flat)[1:] == [(32, None, 0)] * 3
    assert (
        fields(conv(3), {"type": "adaptive_avg_pool2d", "output_size": 2}, conv(2))[1:] == [(32, None, 0)] * 2
    )


def test_a_unit_that_sees_only_padding_has_an_empty_box() -> None:
    data = {"input": {"channels": 1, "height": 4, "width": 4}, "layers": [conv(2, padding=2)]}
    network = NetworkSpec.model_validate(data)
    assert box(network, "0", 0, 0) == (0, 0, 0, 0)
    assert box(network, "0", 1, 1) == (0, 0, 1, 1)


def test_a_unit_sees_nothing_of_rows_that_no_window_reads() -> None:
    """With 3×3 kernels and a stride of 4 the last of 8 rows is not read, so nothing behind sees it."""
    head: list[Data] = [{"type": "flatten"}, {"type": "linear", "out_features": 1}]
    for layer, seen_rows in ((conv(2, stride=3), 8), (conv(3, stride=4), 7)):
        data = {"input": {"channels": 1, "height": 8, "width": 8}, "layers": [layer, *head]}
        assert box(NetworkSpec.model_validate(data), "2") == (0, 0, seen_rows, seen_rows)
