"""A network as a PyTorch module in one file, whose weights have the names that ConvScope gives them."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping, Sequence

from app.arithmetic.geometry import Shape, written
from app.arithmetic.layers import AnyLayer, LocallyConnected2d, Residual
from app.arithmetic.source import arguments, expression, four_sides
from app.arithmetic.specification import NetworkSpec, Place, walk

Shapes = Mapping[str, tuple[Shape, Shape]]
"""By a layer's address: the shape that enters it and the shape that leaves it."""

RESIDUAL = '''\
class Residual(nn.Module):
    """layers(x) + shortcut(x); an empty shortcut adds x itself."""

    def __init__(self, layers: nn.Sequential, shortcut: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x) + self.shortcut(x)
'''
PADDED = '''\
class PaddedConv2d(nn.Conv2d):
    """A convolution with zeros of its own number at the left, right, top and bottom."""

    def __init__(self, sides: tuple[int, int, int, int], *arguments: int, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.sides = sides

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.sides))
'''
LOCALLY_CONNECTED = '''\
class LocallyConnected2d(nn.Module):
    """A convolution that shares no weights: every output place has a kernel and biases of its own."""

    def __init__(
        self,
        places: tuple[int, int],
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.places, self.stride, self.padding = places, stride, padding
        self.kernel_size = (kernel_size,) * 2 if isinstance(kernel_size, int) else kernel_size
        operands = in_channels * self.kernel_size[0] * self.kernel_size[1]
        bound = operands**-0.5
        self.weight = nn.Parameter(torch.empty(*places, out_channels, operands).uniform_(-bound, bound))
        self.register_parameter(
            "bias", nn.Parameter(torch.empty(out_channels, *places).uniform_(-bound, bound)) if bias else None
        )

    def forward(self, x: Tensor) -> Tensor:
        windows = F.unfold(x, self.kernel_size, padding=self.padding, stride=self.stride)
        windows = windows.unflatten(2, self.places)  # (N, operands, height, width)
        output = torch.einsum("nihw,hwoi->nohw", windows, self.weight)
        return output if self.bias is None else output + self.bias
'''


def source(network: NetworkSpec, shapes: Shapes, parameters: int) -> str:
    """A Python file with the network as a class that takes no arguments, and a forward pass to try it."""
    classes, name = _classes(network), class_name(network.name)
    entering, leaving = _ends(network, shapes)
    about = f"{network.name}: {written(entering)} → {written(leaving)}, {parameters:,} parameters."
    main = f"""\
if __name__ == "__main__":
    network = {name}().eval()
    # The weights that ConvScope ships: pip install safetensors, then
    # network.load_state_dict(safetensors.torch.load_file("weights.safetensors"))
    print(network(torch.zeros(1, {", ".join(map(str, entering))})).shape)
"""
    return "\n\n".join([f'"""{about}"""\n\n{_imports(classes)}', definition(network, shapes), main])


def definition(network: NetworkSpec, shapes: Shapes) -> str:
    """The network's class, :func:`class_name`, and before it those that it needs."""
    places = {place.address: place for place in walk(network.layers)}
    entering, leaving = _ends(network, shapes)
    inside = "\n".join(_lines(network.layers, "", 12, places, shapes))
    network_class = f'''\
class {class_name(network.name)}(nn.Sequential):
    """{written(entering)} → {written(leaving)}."""

    def __init__(self) -> None:
        super().__init__(
{inside}
        )
'''
    return "\n\n".join([*_classes(network), network_class])


def _classes(network: NetworkSpec) -> list[str]:
    """The classes that PyTorch does not have."""
    layers = [place.layer for place in walk(network.layers)]
    classes = [RESIDUAL] if any(isinstance(layer, Residual) for layer in layers) else []
    classes += [PADDED] if any(four_sides(layer) for layer in layers) else []
    classes += [LOCALLY_CONNECTED] if any(isinstance(layer, LocallyConnected2d) for layer in layers) else []
    return classes


def _ends(network: NetworkSpec, shapes: Shapes) -> tuple[Shape, Shape]:
    """What enters the network, and what leaves it."""
    entering = (network.input.channels, network.input.height, network.input.width)
    return entering, shapes[str(len(network.layers) - 1)][1]


def class_name(name: str) -> str:
    """A network's name as a class is named: ``tiny-vgg`` as ``TinyVgg``."""
    camel = "".join(part.capitalize() for part in name.replace("-", "_").split("_"))
    free = camel[0].isalpha() and not keyword.iskeyword(camel) and camel not in {"Residual", "Tensor", "F"}
    return camel if free else f"Network{camel}"


def row_expression(layer: AnyLayer, entering: Shape, leaving: Shape) -> str:
    """The layer's line of source; of a residual only its name, for its layers have lines of their own."""
    sides = four_sides(layer)
    if isinstance(layer, Residual):
        return "Residual(layers, shortcut)"
    if isinstance(layer, LocallyConnected2d):
        return f"LocallyConnected2d({', '.join([str(leaving[1:]), *arguments(layer, entering[0])])})"
    if sides is not None:
        top, bottom, left, right = sides
        bare = layer.model_copy(update={"padding": (0, 0)})
        return f"PaddedConv2d({', '.join([str((left, right, top, bottom)), *arguments(bare, entering[0])])})"
    return expression(layer, entering[0])


def _imports(classes: Sequence[str]) -> str:
    """Only what the file uses."""
    lines = ["from typing import Any", ""] if PADDED in classes else []
    lines += ["import torch", "from torch import Tensor, nn" if classes else "from torch import nn"]
    lines += ["from torch.nn import functional as F"] if {PADDED, LOCALLY_CONNECTED} & set(classes) else []
    return "\n".join(lines) + "\n"


def _lines(
    layers: Sequence[AnyLayer], prefix: str, indent: int, places: Mapping[str, Place], shapes: Shapes
) -> Iterator[str]:
    margin = " " * indent
    for index, layer in enumerate(layers):
        address = f"{prefix}{index}"
        about = f"  # {places[address].name}: {written(shapes[address][1])}"
        if not isinstance(layer, Residual):
            yield f"{margin}{row_expression(layer, *shapes[address])},{about}"
            continue
        yield f"{margin}Residual("
        for name, inner in (("layers", layer.layers), ("shortcut", layer.shortcut or ())):
            if inner:
                yield f"{margin}    nn.Sequential("
                yield from _lines(inner, f"{address}.{name}.", indent + 8, places, shapes)
                yield f"{margin}    ),"
            else:
                yield f"{margin}    nn.Sequential(),"
        yield f"{margin}),{about}"
