"""What the board draws stands out on light pages and on dark ones."""

import re

import pytest
from django.contrib.staticfiles import finders

from auctions.lifecycle import StepKind

GROUNDS = ("#ffffff", "#f8f8f8", "#121212", "#212121")  # of Django's admin: pages and every other row, light and dark
ENOUGH = 3.0  # https://www.w3.org/TR/WCAG22/#non-text-contrast


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colours() -> dict[str, str]:
    with open(finders.find("board/board.css")) as sheet:
        return dict(re.findall(r"--board-(\w+): (#\w{6});", sheet.read()))


def test_black_on_white_is_21_to_1_and_a_colour_on_itself_1():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


def test_each_kind_of_step_has_a_colour_that_stands_out_on_every_ground():
    assert colours().keys() == {kind.lower() for kind in StepKind} | {"open"}
    assert len(set(colours().values())) == len(colours())
    faint = {kind for kind, colour in colours().items() for ground in GROUNDS if contrast(colour, ground) < ENOUGH}
    assert faint == set()
