"""Six things that CIFAR-10 has a class for, drawn by hand."""

from __future__ import annotations

import math

import numpy as np

from app.pictures.canvas import Canvas
from app.pictures.picture import Pixels

_WHITE, _GLASS, _GLARE = "#f8f9fa", "#263442", "#96aaba"


def ship() -> Pixels:
    """A freighter on the open sea."""
    sea = Canvas(y0="#79a8d2", y40="#c4dbec", y52="#dee8ee", y52_01="#3a688c", y100="#14385c")
    sea.texture(1, 20, across=5, down=9, bottom=50)
    sea.texture(2, 26, across=6, down=60, octaves=2, top=52)
    sea.ellipse(50, 76, 46, 4, "#0c223c", soft=2, opacity=0.7)
    sea.polygon("6,58 95,54 86,75 14,75", "#20304e")
    sea.polygon("10.5,69 89,69 86,75 14,75", "#962a24")
    sea.polygon("6,58 95,54 94,56.5 7,60", "#e6e9ec")
    for left, top, colour in (
        (38, 46, "#ba5232"),
        (50, 46, "#467860"),
        (62, 45, "#c4963e"),
        (74, 47, "#546e96"),
    ):
        sea.polygon(f"{left},{top} {left + 11},{top} {left + 11},57 {left},57", colour)
        sea.polygon(
            f"{left + 8},{top} {left + 11},{top} {left + 11},57 {left + 8},57", "#141820", opacity=0.25
        )
    sea.polygon("13,34 35,34 36,58 12,58", _WHITE)
    sea.polygon("16,27 32,27 33,34 15,34", "#e2e6ea")
    sea.polygon("15.5,29 32.5,29 32.7,31.5 15.3,31.5", _GLASS)
    for row in (38, 44, 50):
        for column in range(6):
            sea.ellipse(16 + 3.4 * column, row, 0.9, 0.9, _GLASS)
    sea.polygon("19,14 27,14 28,27 18,27", "#ce462c")
    sea.polygon("19,14 27,14 27.3,18 18.7,18", "#1c1e22")
    sea.line("84,55 84,30", 0.9, "#464c54")
    sea.line("84,32 72,46", 0.5, "#464c54")
    sea.polygon("10,75 90,75 93,79 7,79", "#e8f0f6", soft=0.8, opacity=0.75)
    return sea.pixels()


def airplane() -> Pixels:
    """A passenger jet against the sky."""
    sky = Canvas(y0="#3a76be", y100="#b0d0ec")
    for x, y, rx, ry in ((20, 78, 26, 7), (84, 84, 30, 8), (78, 14, 22, 5), (10, 20, 16, 4)):
        sky.ellipse(x, y, rx, ry, "#f4f8fc", soft=5, opacity=0.75)
    sky.texture(4, 10, across=4, down=6)
    sky.polygon("52,46 66,45 84,22 78,22", "#96a0ac")
    sky.polygon("14,50 22,48 13,27 6,27", "#244c96")
    sky.blob("5,47 20,43.5 60,42.5 82,43.5 93,48 95,51 88,55 60,57 26,56 8,50.5", _WHITE)
    sky.blob("8,50.5 30,53 60,54 90,52.5 88,55 60,57 26,56", "#96a0ae", soft=1, opacity=0.7)
    sky.line("12,49.5 90,49.5", 0.9, "#244c96")
    for column in range(22):
        sky.ellipse(24 + 2.7 * column, 46.8, 0.65, 0.9, _GLASS)
    sky.polygon("86,45.6 90.5,47.6 87,48.4 84.5,47.6", _GLASS)
    sky.polygon("10,47 20,48 9,57 3,57", "#c4ccd6")
    sky.polygon("40,53 60,53 34,82 26,83", "#ced5de")
    sky.polygon("40,53 46,53 28,83 26,83", "#96a0ac", opacity=0.6)
    sky.blob("40,62 52,61 54,65 52,69 41,68", "#e4e8ee")
    sky.ellipse(53, 65, 1.6, 3.8, "#404854")
    return sky.pixels()


def automobile() -> Pixels:
    """A red car, from the side."""
    road = _road(6)
    road.ellipse(50, 79, 45, 4, "#1c1c1e", soft=2, opacity=0.85)
    road.blob(
        "5,62 9,56 26,53 34,42 44,38.5 60,38.5 70,43 79,53 92,57 96,64 95,73 88,76 12,76 5,73", "#bc1a20"
    )
    road.blob("6,68 50,66 95,68 94,73 88,76 12,76 6,74", "#6e0a12", soft=1.2, opacity=0.8)
    road.blob("30,53 37,43.5 45,41 51,41 51,53", _GLASS)
    road.blob("54,53 54,41 60,41.2 68,45 74,53", _GLASS)
    road.polygon("33,52 39,44 42,44 37,52", _GLARE, opacity=0.5)
    road.line("10,57.5 28,55 78,55 92,59", 0.7, "#ec605c", opacity=0.8)
    road.line("52.5,54 52,72", 0.4, "#60080e")
    road.line("56,58.5 60,58.5", 0.9, "#e6c8c8")
    road.ellipse(93, 61, 2.6, 1.8, "#faf4d6", turn=25)
    road.ellipse(6.5, 62, 1.4, 2.4, "#ff9646")
    for x in (25, 76):
        road.ellipse(x, 75, 11, 11, "#24080c")
        _wheel(road, x, 76, 9.2)
    return road.pixels()


def truck() -> Pixels:
    """A lorry with a white box, from the side."""
    road = _road(9)
    road.ellipse(50, 84, 48, 4, "#1c1c1e", soft=2, opacity=0.85)
    road.polygon("4,74 94,74 94,79 4,79", "#303236")
    road.polygon("3,20 66,20 66,73 3,73", "#e8eaea")
    road.polygon("3,20 66,20 66,22.5 3,22.5", "#b0b6ba")
    for x in np.arange(8, 66, 5.8):
        road.line(f"{x},23 {x},72", 0.3, "#bec4c8")
    road.polygon("3,58 66,58 66,64 3,64", "#1e5ca0")
    road.blob("69,74 69,40 71,34 82,34 88,37 93,54 96,58 96,76 70,77", "#2262aa")
    road.blob("74,53 74,40 80,38.5 86,40 90,53", _GLASS)
    road.polygon("76,52 80,41 83,41 79,52", _GLARE, opacity=0.5)
    road.line("72,56 72,74", 0.4, "#103460")
    road.line("74,60 78,60", 0.9, "#d6e0ec")
    road.polygon("91,64 96.5,64 96.5,69 91,69", "#fcf6dc")
    road.polygon("88,72 98,72 98,78 88,78", "#3c3e42")
    for x in (15, 34, 82):
        road.ellipse(x, 79, 10, 10, "#1a1b1e")
        _wheel(road, x, 80, 8.4)
    return road.pixels()


def cat() -> Pixels:
    """The face of a tabby cat."""
    fur, dark, light = "#a87e54", "#5c3e28", "#e8d6be"
    face = Canvas(y0="#78685c", y100="#48403c")
    face.texture(13, 20, across=4, down=4, octaves=3)
    face.blob("12,108 16,84 30,72 70,72 84,84 88,108", "#926c48")
    face.blob("62,26 86,3 89,6 89,40 80,46", fur, mirrored=True)
    face.blob("70,27 84,10 85,34 80,38", "#ce9282", soft=0.8, mirrored=True)
    face.blob("50,18 68,21 84,36 89,56 78,76 60,87 50,89 40,87 22,76 11,56 16,36 32,21", fur)
    face.ellipse(50, 32, 26, 14, "#be9264", soft=4, opacity=0.6)
    face.blob("48.2,17.5 51.8,17.5 51.1,38 48.9,38", dark, soft=0.5)
    face.blob("54.2,19 57.8,19 55.9,38 53.7,38", dark, soft=0.5, mirrored=True)
    for y in (52, 60, 68):
        face.blob(f"88,{y - 2} 88,{y + 2.4} 76,{y + 3.6} 75,{y + 2.4}", dark, soft=0.6, mirrored=True)
    face.blob("83,30 86,33 72,40 70,39", dark, soft=0.7, opacity=0.8, mirrored=True)
    face.ellipse(50, 74, 21, 15, light, soft=2)
    face.ellipse(50, 60, 7, 14, "#ccac88", soft=2.5)
    face.ellipse(69, 49, 10.2, 8.2, "#281c16", turn=-10, mirrored=True)
    face.ellipse(69, 49, 9, 7.2, "#a6b846", turn=-10, mirrored=True)
    face.ellipse(69, 49, 6.5, 5.6, "#cece5c", soft=1.2, mirrored=True)
    face.ellipse(69, 49, 2.4, 6.8, "#0c0c0c", mirrored=True)
    for x in (28.2, 66.2):
        face.ellipse(x, 46.2, 1.7, 1.7, "#ffffff")
    face.blob("44.5,64.5 50,63.5 55.5,64.5 52,69.5 50,70.5 48,69.5", "#ce6e68")
    face.line("50,70 50,74", 0.7, "#54322c")
    face.line("50,74 54,77.5 59,77", 0.8, "#54322c", mirrored=True)
    for whisker in ("64,71 80,69 96,64.6", "64,73.6 80,73.8 96,74.4", "64,76.2 80,78.7 96,84.2"):
        face.line(whisker, 0.4, "#faf6f0", opacity=0.9, mirrored=True)
    face.texture(14, 10, across=60, down=40, octaves=1)
    return face.pixels()


def frog() -> Pixels:
    """A green frog on a wet stone."""
    dark, light = "#34601c", "#ced682"
    pond = Canvas(y0="#3a4e2c", y60="#585c3c", y100="#60543e")
    pond.texture(15, 26, across=5, down=5)
    pond.blob("-8,82 20,74 60,72 108,80 108,110 -8,110", "#70685c", soft=1)
    pond.texture(16, 20, across=8, down=16, octaves=3, top=74)
    pond.ellipse(50, 86, 44, 5, "#22201a", soft=2, opacity=0.8)
    pond.blob("70,60 90,56 96,70 90,84 74,84", "#508226", mirrored=True)
    pond.blob("80,82 98,84 96,89 76,88", dark, mirrored=True)
    pond.blob("50,34 72,40 82,58 80,76 66,86 34,86 20,76 18,58 28,40", "#60962c")
    pond.ellipse(50, 76, 24, 12, light, soft=2.5)
    pond.blob("50,27 70,29 82,42 80,54 64,62 50,63.5 36,62 20,54 18,42 30,29", "#6ea634")
    pond.ellipse(50, 36, 22, 7, "#96c654", soft=3, opacity=0.7)
    pond.blob("21,52 36,57.5 50,58.5 64,57.5 79,52 72,59 50,64 28,59", light, soft=0.5)
    pond.line("20,50.5 30,54.5 50,57 70,54.5 80,50.5", 0.9, "#284216")
    pond.ellipse(70, 27, 10.5, 10, "#689e30", mirrored=True)
    pond.ellipse(70, 27, 7.8, 7.4, "#c49e30", mirrored=True)
    pond.ellipse(70, 27, 5.6, 3.6, "#0a0a08", mirrored=True)
    for x in (27.4, 67.4):
        pond.ellipse(x, 24, 1.6, 1.4, "#fffff6")
    pond.ellipse(55, 44, 0.9, 0.6, "#284216", mirrored=True)
    pond.blob("72,62 80,64 79,82 72,86", "#5c922a", mirrored=True)
    for toe in (70, 75, 80):
        pond.line(f"75,83 {toe},90", 2.4, "#568a28", mirrored=True)
    random = np.random.default_rng(17)
    for x, y, size in random.uniform((24, 36, 0.8), (76, 70, 2.2), (22, 3)).tolist():
        pond.ellipse(x, y, size, 0.8 * size, dark, soft=0.5, opacity=0.7)
    pond.texture(18, 8, across=50, down=50, octaves=1)
    return pond.pixels()


def _road(seed: int) -> Canvas:
    """A road before a hedge, under a white sky."""
    road = Canvas(y0="#ced8de", y30="#a4b2a8", y58="#a4b2a8", y58_01="#7e7e7e", y100="#545456")
    road.blob("-5,40 8,28 22,34 38,24 56,33 74,25 90,32 106,28 106,60 -5,60", "#54704c", soft=2)
    road.texture(seed, 18, across=9, down=9, bottom=58)
    road.texture(seed + 1, 10, across=20, down=60, octaves=2, top=58)
    return road


def _wheel(canvas: Canvas, x: float, y: float, radius: float) -> None:
    for share, colour in ((1, "#18181b"), (0.62, "#a8acb2"), (0.46, "#5c6066")):
        canvas.ellipse(x, y, share * radius, share * radius, colour)
    for spoke in range(5):
        angle = 2 * math.pi * spoke / 5
        end = f"{x + 0.56 * radius * math.cos(angle)},{y + 0.56 * radius * math.sin(angle)}"
        canvas.line(f"{x},{y} {end}", 0.16 * radius, "#bec2c8")
    canvas.ellipse(x, y, 0.14 * radius, 0.14 * radius, "#3c3e42")
