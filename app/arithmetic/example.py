"""The numbers on the stage before anyone edits them: whole, small, the same on each visit and for every size.

The browser computes them too (``static/src/lib/example.ts``); ``tests/cases/browser.json`` holds both to the
same.
"""

from __future__ import annotations


def example_input(channel: int, row: int, column: int) -> int:
    """Soft hills of 0…4, different in every channel."""
    hill = _wave(3 * row + column + 5 * channel, 20) + _wave(3 * column - row + 7 * channel, 14)
    return hill * 5 // 18


def example_weight(filter_index: int, channel: int, row: int, column: int, size: tuple[int, int]) -> int:
    """Prewitt's edges, turned by an eighth from filter to filter and from channel to channel: −1, 0 or 1.

    A kernel of one cell has 1, −1, 2 or −2.
    """
    rows, columns = size
    turn = (filter_index + channel) % 4
    sign = 1 if filter_index % 8 < 4 else -1
    if rows * columns == 1:
        return sign * (1, -1, 2, -2)[turn]
    right = 1 if columns == 1 else 2 * column - (columns - 1)
    down = 1 if rows == 1 else 2 * row - (rows - 1)
    turned = (-right, -down, -right - down, down - right)[turn]
    return sign * ((turned > 0) - (turned < 0))


def example_bias(filter_index: int) -> int:
    """1, 0, −1 and again."""
    return 1 - filter_index % 3


def _wave(at: int, period: int) -> int:
    """A triangle of the given even period: 0 at its multiples, half the period between them."""
    inside = at % period
    return min(inside, period - inside)
