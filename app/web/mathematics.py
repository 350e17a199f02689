"""LaTeX of ours as MathML; never a user's text."""

from __future__ import annotations

import re
from functools import lru_cache

from latex2mathml.converter import convert
from markupsafe import Markup

IDEAS = {
    "N": "input",
    "F": "kernel",
    "P": "padding",
    "S": "stride",
    "D": "dilation",
    "O": "output",
    "A": "padding",
}
"""The idea, and with it the colour, of each letter of the formulas."""
_MARKED = re.compile(r'class="v-([A-Z])"')


@lru_cache(maxsize=512)
def mathml(latex: str) -> Markup:
    r"""A formula as a ``<math>`` element; what ``\class{v-F}{…}`` marks carries its idea."""
    element = convert(latex, display="block")
    return Markup(_MARKED.sub(lambda found: f'class="symbol" data-idea="{IDEAS[found[1]]}"', element))  # noqa: S704
