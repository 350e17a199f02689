"""Messages with their values, and English where there is no translation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from app.locale import LANGUAGES, Language, load
from app.locale.language import fill, placeholders


def test_values_take_the_places_of_their_names() -> None:
    assert fill("{a} of {b}, {a}", {"a": 1, "b": "two"}) == "1 of two, 1"


def test_braces_around_anything_else_stay() -> None:
    assert fill("{} {A} {a b} {a.b} {a[0]} {a!r} {{a}}", {"a": 1}) == "{} {A} {a b} {a.b} {a[0]} {a!r} {1}"


def test_a_value_is_not_filled_in_again() -> None:
    assert fill("{a}", {"a": "{b}", "b": "no"}) == "{b}"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("{a}", {})


def test_markup_makes_markup_and_escapes_the_rest() -> None:
    filled = fill("<{a}> {link}", {"a": "<i>", "link": Markup("<a>x</a>")})
    assert isinstance(filled, Markup)
    assert filled == "&lt;&lt;i&gt;&gt; <a>x</a>"


@given(st.text(), st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), st.text(alphabet="xyz")))
def test_filling_changes_only_placeholders(message: str, values: dict[str, str]) -> None:
    complete = dict.fromkeys(placeholders(message), "v") | values
    filled = fill(message, complete)
    if not placeholders(message):
        assert filled == message


def test_without_a_translation_it_is_english() -> None:
    english = Language("en")
    assert english.say("Nobody has translated {this}.", this="it") == "Nobody has translated it."
    assert english.say("") == ""


def test_counts_choose_the_form() -> None:
    english = Language("en")
    assert english.say_count("{count} map", "{count} maps", 1) == "1 map"
    assert english.say_count("{count} map", "{count} maps", 3) == "3 maps"


def test_every_language_is_loaded_and_korean_is_korean() -> None:
    languages = load()
    assert tuple(languages) == LANGUAGES
    assert languages["ko"].say("Too large") == "너무 큽니다"
    assert languages["ko"].say("Too large") != languages["en"].say("Too large")


@pytest.mark.parametrize("code", LANGUAGES)
def test_an_empty_message_is_not_the_catalogues_head(code: str) -> None:
    assert load()[code].say("") == ""  # type: ignore[index]


def test_thousands_of_a_count_stand_apart() -> None:
    assert Language("en").say_count("{count} map", "{count} maps", 4096) == "4,096 maps"
