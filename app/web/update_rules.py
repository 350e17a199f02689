r"""The update rules of torch.optim as MathML: in letters, and with places for the numbers of one step.

A place is an element with ``data-number``, which the page's script fills: ``theta-1`` is the first parameter
before the step, ``theta-new-1`` after it. What belongs to weight decay alone has the class ``decay``, so that
a page can leave it out where the decay is 0. In the LaTeX below ``#eta`` is the place of one number and
``@theta`` that of a number for each parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from latex2mathml.converter import convert
from markupsafe import Markup

from app.locale import mark as _

_NUMBER = re.compile(r"#([a-z0-9-]+)")
_VECTOR = re.compile(r"@([a-z0-9-]+)")
_FIRST_SIGN = re.compile(r'(<math[^>]*><mrow>|<mrow class="decay">)<mo>(?=&#x0002B;|&#x02212;|&#x0003D;)')
_PLACE = re.compile(r'class="n-([a-z0-9-]+)"')


@dataclass(frozen=True)
class Equation:
    """One line of a rule: in letters, and the same with the numbers of a step."""

    symbolic: Markup
    substituted: Markup


@dataclass(frozen=True)
class UpdateRule:
    """How one optimizer goes a step; `idea` says in a sentence what it does other than the rest."""

    name: str
    title: str
    call: str
    idea: str
    equations: tuple[Equation, ...]


def _mathml(latex: str) -> str:
    """A ``<math>`` element; signs that a line or a term begins with are set apart as between terms."""
    paired = _VECTOR.sub(r"\\begin{matrix} #\1-1 \\\\ #\1-2 \\end{matrix}", latex)
    placed = _NUMBER.sub(r"\\class{n-\1}{0}", paired)
    element = _PLACE.sub(r'data-number="\1"', convert(placed, display="block"))
    return _FIRST_SIGN.sub(r'\1<mo form="infix">', element)


def _pieces(latex: str) -> list[str]:
    """The terms of a formula, so that a line of them can be broken between any two."""
    pieces, depth = [""], 0
    for part in re.split(r"(\\left|\\right|[{}]| (?=[-+=] ))", latex):
        depth += {"\\left": 1, "{": 1, "\\right": -1, "}": -1}.get(part, 0)
        if part == " " and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += part
    return pieces


def _line(symbolic: str, substituted: str) -> Equation:
    """Formulas of this module only: never a user's text."""
    terms = " ".join(map(_mathml, _pieces(substituted)))
    return Equation(Markup(_mathml(symbolic)), Markup(terms))  # noqa: S704


_GRADIENT = _line(
    r"g \leftarrow \nabla J(\theta) \class{decay}{+ \lambda \theta}",
    r"@gradient \class{decay}{+ #lambda \cdot @theta = @g}",
)
_VELOCITY = _line(r"v \leftarrow \mu v + g", r"#mu \cdot @v + @g = @v-new")
_SCALED = _line(r"u = \frac{g}{\sqrt{s} + \epsilon}", r"@u")
_ALONG_U = _line(
    r"\theta \leftarrow \theta - \eta \, u",
    r"@theta - #eta \cdot @u = @theta-new",
)
_MOMENTS = (
    _line(
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g",
        r"#beta1 \cdot @m + #rest1 \cdot @g = @m-new",
    ),
    _line(
        r"s \leftarrow \beta_2 s + (1 - \beta_2) g^2",
        r"#beta2 \cdot @s + #rest2 \cdot @g^2 = @s-new",
    ),
    _line(
        r"u = \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \epsilon}",
        r"@u \quad t = #time",
    ),
)

_RULES = (
    UpdateRule(
        "sgd",
        "SGD",
        "optim.SGD",
        _("Straight down the slope, as far as the rate says."),
        (
            _line(
                r"\theta \leftarrow \theta - \eta \, \nabla J(\theta) \class{decay}{- \eta \lambda \theta}",
                r"@theta - #eta \cdot @gradient \class{decay}{- #eta \cdot #lambda @theta} = @theta-new",
            ),
        ),
    ),
    UpdateRule(
        "momentum",
        "Momentum",
        "optim.SGD(momentum=…)",
        _("Rolls like a heavy ball: what points the same way adds up, what swings to and fro cancels."),
        (
            _GRADIENT,
            _VELOCITY,
            _line(r"\theta \leftarrow \theta - \eta \, v", r"@theta - #eta \cdot @v-new = @theta-new"),
        ),
    ),
    UpdateRule(
        "nesterov",
        "Nesterov",
        "optim.SGD(…, nesterov=True)",
        _("Momentum that looks one step ahead, and so brakes in time."),
        (
            _GRADIENT,
            _VELOCITY,
            _line(
                r"\theta \leftarrow \theta - \eta (g + \mu v)",
                r"@theta - #eta \cdot \left( @g + #mu \cdot @v-new \right) = @theta-new",
            ),
        ),
    ),
    UpdateRule(
        "adagrad",
        "Adagrad",
        "optim.Adagrad",
        _("Each parameter has a rate of its own, which shrinks with all the slopes it has seen."),
        (_GRADIENT, _line(r"s \leftarrow s + g^2", r"@s + @g^2 = @s-new"), _SCALED, _ALONG_U),
    ),
    UpdateRule(
        "rmsprop",
        "RMSprop",
        "optim.RMSprop",
        _("Like Adagrad, but old slopes are forgotten: the rate can grow again."),
        (
            _GRADIENT,
            _line(
                r"s \leftarrow \alpha s + (1 - \alpha) g^2",
                r"#alpha \cdot @s + #rest \cdot @g^2 = @s-new",
            ),
            _SCALED,
            _ALONG_U,
        ),
    ),
    UpdateRule(
        "adam",
        "Adam",
        "optim.Adam",
        _("Momentum over RMSprop's scale, both corrected for having begun at 0."),
        (_GRADIENT, *_MOMENTS, _ALONG_U),
    ),
    UpdateRule(
        "adamw",
        "AdamW",
        "optim.AdamW",
        _("Adam whose weight decay pulls at the parameters themselves, not through the gradient."),
        (
            _line(r"g \leftarrow \nabla J(\theta)", r"@gradient"),
            *_MOMENTS,
            _line(
                r"\theta \leftarrow \theta \class{decay}{- \eta \lambda \theta} - \eta \, u",
                r"@theta \class{decay}{- #eta \cdot #lambda \cdot @theta} - #eta \cdot @u = @theta-new",
            ),
        ),
    ),
)
RULES: Mapping[str, UpdateRule] = {rule.name: rule for rule in _RULES}
"""By the name that the page's address has for an optimizer."""
