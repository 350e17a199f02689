"""A query's texts become a layer and a shape, or errors whose nearest values are accepted in place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.arithmetic import acceptance
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.layers import Conv2d, Conv3d, MaxPool2d
from app.arithmetic.parsing import OPERATIONS, argument_names, read, required_names
from tests.arithmetic.configurations import examples

NUMBERS = st.sampled_from(
    ["0", "1", "2", "3", "5", "7", "12", "-1", "16384", "16385", "9" * 25, "2,3", "3,1", "0,9"]
)
NONSENSE = st.sampled_from(
    ["", "x", "2.5", "+3", " 3", "3,", ",", "1,2,3", "1,2,3,4", "1_0", "３", "None", "true"]
)
WORDS = st.sampled_from(
    ["same", "valid", "Same", "zeros", "reflect", "circular", "mirror", "true", "false", "yes"]
)


def written(value: object) -> str:
    """A nearest value as a query writes it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("operation", OPERATIONS)
@examples(300)
@given(data=st.data())
def test_the_nearest_values_put_in_place_are_accepted(operation: str, data: st.DataObject) -> None:
    texts = {name: "7" if name in ("height", "length") else "3" for name in required_names(operation)}
    chosen = data.draw(st.lists(st.sampled_from(argument_names(operation)), max_size=4, unique=True))
    for name in chosen:
        texts[name] = data.draw(st.one_of(NUMBERS, NUMBERS, NONSENSE, WORDS), label=name)
    try:
        layer, shape = read(operation, texts)
    except InvalidSpec as error:
        errors = (error, *error.also)
        assert len({each.field for each in errors}) == len(errors)
        assert {each.field for each in errors} <= set(argument_names(operation))
        if all(each.nearest is not None for each in errors):
            read(operation, texts | {each.field: written(each.nearest) for each in errors})
        else:  # nothing is near to words and to signs
            assert any("This must be a whole number." in each.reason for each in errors)
    else:
        assert acceptance.violation(layer, shape) is None


def test_what_is_left_out_is_usual() -> None:
    layer, shape = read("conv2d", {"height": "7", "kernel_size": "3"})
    assert (layer, shape) == (Conv2d(out_channels=1, kernel_size=(3, 3)), (1, 7, 7))
    layer, shape = read("conv3d", {"height": "7", "width": "9", "kernel_size": "1,2,3", "in_channels": "2"})
    assert (layer, shape) == (Conv3d(out_channels=1, kernel_size=(1, 2, 3)), (2, 7, 7, 9))
    layer, _ = read("max_pool2d", {"height": "8", "kernel_size": "2"})
    assert isinstance(layer, MaxPool2d)
    assert (layer.stride, layer.step) == (None, (2, 2))


@pytest.mark.parametrize(
    ("operation", "texts", "expected"),
    [
        ("conv2d", {"height": "7"}, [("kernel_size", "This is missing.", None)]),
        ("conv1d", {"height": "7", "kernel_size": "3"}, [
            ("height", "There is no field of this name here.", None),
            ("length", "This is missing.", None),
        ]),
        ("conv2d", {"height": "7", "kernel_size": "0"}, [("kernel_size", "This must be at least 1.", 1)]),
        ("conv2d", {"height": "7", "kernel_size": "3,0"}, [
            ("kernel_size", "This must be at least 1.", [3, 1]),
        ]),
        ("conv2d", {"height": "7", "kernel_size": "99999"}, [
            ("kernel_size", "This must be at most 16384.", 7),
        ]),
        ("conv2d", {"height": "7", "kernel_size": "3", "stride": "2.5"}, [
            ("stride", "This must be a whole number.", 1),
        ]),
        ("conv2d", {"height": "7,7", "kernel_size": "3"}, [("height", "This takes one number.", 7)]),
        ("conv1d", {"length": "7", "kernel_size": "3,3"}, [("kernel_size", "This takes one number.", 3)]),
        ("conv3d", {"height": "7", "kernel_size": "3,2"}, [
            ("kernel_size", "This takes one number, or 3: one for each axis.", [3, 2, 2]),
        ]),
        ("conv2d", {"height": "7", "kernel_size": "3", "padding": "1,2,3"}, [
            ("padding", "This takes one number, two, or four: top, bottom, left, right.", [1, 2]),
        ]),
        ("conv2d", {"height": "7", "kernel_size": "3", "padding": "sane"}, [
            ("padding", "This must be one of: same, valid.", "same"),
        ]),
        ("max_pool2d", {"height": "7", "kernel_size": "3", "padding": "same"}, [
            ("padding", "This must be a whole number.", 0),
        ]),
        ("conv2d", {"height": "7", "kernel_size": "3", "padding_mode": "reflection"}, [
            ("padding_mode", "This must be one of: zeros, reflect, replicate, circular.", "reflect"),
        ]),
        ("conv_transpose2d", {"height": "7", "kernel_size": "3", "padding_mode": "reflect"}, [
            ("padding_mode", "This must be one of: zeros.", "zeros"),
        ]),
        ("conv2d", {"height": "7", "kernel_size": "3", "bias": "no"}, [
            ("bias", "This must be true or false.", False),
        ]),
        ("conv2d", {"height": "7", "kernel_size": "3", "type": "relu"}, [
            ("type", "There is no field of this name here.", None),
        ]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    operation: str, texts: dict[str, str], expected: list[tuple[str, str, object]]
) -> None:
    with pytest.raises(InvalidSpec) as refused:
        read(operation, texts)
    errors = (refused.value, *refused.value.also)
    assert [(each.field, each.reason, each.nearest) for each in errors] == expected
