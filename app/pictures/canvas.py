"""A sheet to draw on: smooth shapes, soft edges and cloudy textures, the same on every machine.

Coordinates run from 0 to 100, x to the right and y down; points are written as in SVG, ``"6,58 95,54
86,75"``, colours as in CSS, ``"#20304e"``. A shape's edge is drawn four times as fine as the picture and
averaged."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from app.pictures.picture import Pixels

SIDE_PX = 256
"""Height and width of what is drawn."""

_UNIT_PX = SIDE_PX / 100
_FINER = 4

_Points = npt.NDArray[np.float64]
"""(n, 2): x and y."""


class Canvas:
    """A square picture being drawn.

    Every shape takes ``soft`` (its edge is blurred over so many units), ``opacity`` (0 to 1) and ``mirrored``
    (its reflection in the vertical axis is drawn too).
    """

    def __init__(self, **stops: str) -> None:
        """A background from colour to colour on the way down: ``Canvas(y0="#fff", y100="#48c")``."""
        heights = [float(name.removeprefix("y").replace("_", ".")) for name in stops]
        colours = np.array([ImageColor.getrgb(colour)[:3] for colour in stops.values()])
        y = np.linspace(0, 100, SIDE_PX)
        column = np.stack([np.interp(y, heights, colours[:, band]) for band in range(3)], axis=-1)
        self._image = Image.fromarray(np.repeat(column.round().astype(np.uint8)[:, None], SIDE_PX, axis=1))

    def polygon(
        self, points: str, colour: str, *, soft: float = 0, opacity: float = 1, mirrored: bool = False
    ) -> None:
        """A polygon."""
        self._paint(_parse(points), None, colour, soft, opacity, mirrored=mirrored)

    def blob(
        self, points: str, colour: str, *, soft: float = 0, opacity: float = 1, mirrored: bool = False
    ) -> None:
        """A smooth closed curve through the points."""
        self._paint(_smooth(_parse(points)), None, colour, soft, opacity, mirrored=mirrored)

    def ellipse(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        colour: str,
        *,
        turn: float = 0,
        soft: float = 0,
        opacity: float = 1,
        mirrored: bool = False,
    ) -> None:
        """An ellipse round (x, y), turned clockwise by so many degrees."""
        angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        across, down = rx * np.cos(angle), ry * np.sin(angle)
        cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        outline = np.stack([x + across * cosine - down * sine, y + across * sine + down * cosine], axis=-1)
        self._paint(outline, None, colour, soft, opacity, mirrored=mirrored)

    def line(
        self, points: str, width: float, colour: str, *, opacity: float = 1, mirrored: bool = False
    ) -> None:
        """A line through the points, so many units wide."""
        self._paint(_parse(points), width, colour, 0, opacity, mirrored=mirrored)

    def texture(
        self,
        seed: int,
        strength: float,
        *,
        across: float,
        down: float,
        octaves: int = 4,
        top: float = 0,
        bottom: float = 100,
    ) -> None:
        """Makes a band of it cloudy: ± ``strength`` levels, ``across`` × ``down`` clouds and finer ones."""
        band = slice(round(top * _UNIT_PX), round(bottom * _UNIT_PX))
        pixels = np.asarray(self._image).astype(np.float32)
        pixels[band] += _clouds(seed, across, down, octaves)[band, :, None] * strength
        self._image = Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))

    def pixels(self) -> Pixels:
        """uint8 (256, 256, 3)."""
        return np.array(self._image)

    def _paint(
        self,
        outline: _Points,
        width: float | None,
        colour: str,
        soft: float,
        opacity: float,
        *,
        mirrored: bool,
    ) -> None:
        margin = math.ceil(((width or 0) / 2 + 3 * soft) * _UNIT_PX) + 2
        corners = outline * _UNIT_PX
        left, top = (max(0, math.floor(low) - margin) for low in corners.min(axis=0))
        right, bottom = (min(SIDE_PX, math.ceil(high) + margin) for high in corners.max(axis=0))
        fine = [(float(x), float(y)) for x, y in (corners - (left, top)) * _FINER]
        mask = Image.new("L", ((right - left) * _FINER, (bottom - top) * _FINER))
        if width is None:
            ImageDraw.Draw(mask).polygon(fine, fill=255)
        else:
            ImageDraw.Draw(mask).line(fine, 255, round(width * _UNIT_PX * _FINER), joint="curve")
        mask = mask.reduce(_FINER)
        if soft:
            mask = mask.filter(ImageFilter.GaussianBlur(soft * _UNIT_PX))
        if opacity < 1:
            mask = mask.point([round(level * opacity) for level in range(256)])
        self._image.paste(colour, (left, top), mask)
        if mirrored:
            reflection = (100, 0) + outline * (-1, 1)
            self._paint(reflection, width, colour, soft, opacity, mirrored=False)


def _parse(points: str) -> _Points:
    return np.array([[float(number) for number in point.split(",")] for point in points.split()])


def _smooth(knots: _Points, steps: int = 12) -> _Points:
    """A closed Catmull-Rom curve through the knots."""
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (np.roll(knots, shift, axis=0)[:, None] for shift in (1, 0, -1, -2))
    slope, bend, twist = p2 - p0, 2 * p0 - 5 * p1 + 4 * p2 - p3, 3 * p1 - p0 - 3 * p2 + p3
    curve: _Points = p1 + (slope * t + bend * t**2 + twist * t**3) / 2
    return curve.reshape(-1, 2)


def _clouds(seed: int, across: float, down: float, octaves: int) -> npt.NDArray[np.float32]:
    """float32 (side, side) in about −1…1: noise of several scales, the finer the weaker."""
    random = np.random.default_rng(seed)
    total = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    for octave in range(octaves):
        coarse = random.uniform(-1, 1, (round(down * 2**octave), round(across * 2**octave)))
        smooth = Image.fromarray(coarse.astype(np.float32)).resize(total.shape, Image.Resampling.BICUBIC)
        total += np.asarray(smooth) / 2**octave
    return total / 1.5
