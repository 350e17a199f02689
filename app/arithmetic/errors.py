"""The one error of the arithmetic, with the facts that a page, the API or the shell puts into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class InvalidSpec(ValueError):
    """A layer, input or network that cannot be computed.

    Attributes:
        field: the argument at fault, in PyTorch's spelling (``kernel_size``).
        message: the reason, an English sentence with ``{placeholders}``; also the key of its translation.
        values: what fills the placeholders.
        nearest: the value of the field nearest to the one given that would be accepted, or None.
        address: the layer at fault in a network (``3.layers.1``), or None outside one.
        also: further errors; with the nearest values of all put in place the layer is accepted.
        extra: what is known all the same, such as a network's rows up to the layer at fault.
    """

    address: str | None
    also: tuple[InvalidSpec, ...] = ()
    extra: Mapping[str, Any] | None = None

    def __init__(
        self,
        field: str,
        message: str,
        values: Mapping[str, object] | None = None,
        nearest: object = None,
        address: str | None = None,
    ) -> None:
        self.field = field
        self.message = message
        self.values = dict(values or {})
        self.nearest = nearest
        self.address = address
        super().__init__(field, self.reason)

    @property
    def reason(self) -> str:
        """The English sentence with its values filled in."""
        return self.message.format_map(self.values)
