"""The check of the catalogues finds each kind of fault; and ours have none."""

from __future__ import annotations

import json
import os
from gettext import GNUTranslations
from pathlib import Path

import pytest

from app.locale import check
from app.locale.build import ConflictingTranslationError, compile_language, merged, write_browser_messages
from app.locale.catalogues import load
from app.locale.extract import browser_messages

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
PYTHON = 'ONE = _("One {side}.")\nlanguage.say("Two")\nInvalidSpec("f", "Three")\n'
TEMPLATE = '<p title="{{ _("Four") }}">{{ ngettext("{count} map", "{count} maps", 2) }}</p>\n'
SCRIPT = "html`<p>${t('Five {row}', { row })} ${t(\"Two\")}</p>`;\n"
KOREAN = {
    "One {side}.": "하나 {side}.",
    "Two": "둘",
    "Three": "셋",
    "Four": "넷",
    "Five {row}": "다섯 {row}",
}
PLURAL = 'msgid "{count} map"\nmsgid_plural "{count} maps"\nmsgstr[0] "맵 {count}개"\n\n'


def entries(translations: dict[str, str]) -> str:
    return "".join(
        f"msgid {json.dumps(key, ensure_ascii=False)}\nmsgstr {json.dumps(value, ensure_ascii=False)}\n\n"
        for key, value in translations.items()
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tiny source tree where everything is translated."""
    for folder in ("app/locale/ko", "templates", "static/src/elements"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "app" / "module.py").write_text(PYTHON)
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "static/src/elements/element.ts").write_text(SCRIPT)
    write(tmp_path, "first", KOREAN)
    return tmp_path


def write(root: Path, feature: str, translations: dict[str, str], plural: str = PLURAL) -> None:
    path = root / "app/locale/ko" / f"{feature}.po"
    path.write_text(HEAD + entries(translations) + plural)


def faults(root: Path) -> list[str]:
    return check.faults(root, root / "app" / "locale")


def test_our_own_catalogues_are_complete() -> None:
    assert check.faults() == []


def test_a_complete_tree_has_no_fault(root: Path) -> None:
    assert faults(root) == []


def test_several_features_make_one_catalogue(root: Path) -> None:
    write(root, "first", {"Two": "둘", "Three": "셋"})
    write(root, "second", {key: KOREAN[key] for key in KOREAN if key != "Three"}, plural="")
    assert faults(root) == []


@pytest.mark.parametrize("message", KOREAN)
def test_what_is_untranslated_is_named_with_its_place(root: Path, message: str) -> None:
    write(root, "first", {key: value for key, value in KOREAN.items() if key != message})
    (fault,) = faults(root)
    assert fault.endswith(f"ko has no translation of {message!r}")
    assert fault.startswith(("app/module.py:", "templates/page.html:", "static/src/elements/element.ts:"))


def test_a_plural_must_be_translated_too(root: Path) -> None:
    write(root, "first", KOREAN, plural="")
    (fault,) = faults(root)
    assert "'{count} map'" in fault


def test_what_is_unused_is_named(root: Path) -> None:
    write(root, "first", {**KOREAN, "Six": "여섯"})
    assert faults(root) == ["ko: 'Six' is used nowhere"]


@pytest.mark.parametrize("translation", ["하나.", "하나 {row}.", "하나 {side} {row}."])
def test_other_placeholders_are_named(root: Path, translation: str) -> None:
    write(root, "first", {**KOREAN, "One {side}.": translation})
    assert faults(root) == ["ko: 'One {side}.' has other placeholders in its translation"]


def test_an_empty_translation_is_named(root: Path) -> None:
    write(root, "first", {**KOREAN, "Two": ""})
    assert faults(root) == ["ko: 'Two' has no translation"]


def test_a_fuzzy_translation_is_named(root: Path) -> None:
    path = root / "app/locale/ko/first.po"
    path.write_text(path.read_text().replace('msgid "Two"', '#, fuzzy\nmsgid "Two"'))
    assert faults(root) == ["ko: 'Two' is marked fuzzy"]


def test_two_translations_of_one_message_are_named(root: Path) -> None:
    write(root, "second", {"Two": "두 개"}, plural="")
    assert len(faults(root)) == 1
    with pytest.raises(ConflictingTranslationError, match="Two"):
        merged("ko", root / "app" / "locale")


def test_a_message_made_at_run_time_is_named(root: Path) -> None:
    (root / "static/src/elements/element.ts").write_text(f"{SCRIPT}t(name);\n")
    assert faults(root) == ["static/src/elements/element.ts:2: the message is not a plain string"]


def test_the_compiled_catalogue_says_what_the_sources_say(root: Path) -> None:
    path = compile_language("ko", root / "app" / "locale")
    with path.open("rb") as file:
        compiled = GNUTranslations(file)
    assert compiled.gettext("Two") == "둘"
    assert compiled.ngettext("{count} map", "{count} maps", 5) == "맵 {count}개"
    assert not list(path.parent.glob("*.tmp"))


def test_the_browser_gets_only_what_its_scripts_use(root: Path) -> None:
    used = browser_messages(root)
    assert used == {"Five {row}", "Two"}
    path = write_browser_messages("ko", root / "out", used, root / "app" / "locale")
    assert json.loads(path.read_text()) == {"Five {row}": "다섯 {row}", "Two": "둘"}


def test_an_edited_catalogue_is_compiled_anew_when_loaded(root: Path) -> None:
    locale_dir = root / "app" / "locale"
    assert load(locale_dir)["ko"].say("Two") == "둘"
    write(root, "first", {**KOREAN, "Two": "두 개"})
    compiled = locale_dir / "ko/LC_MESSAGES/convscope.mo"
    later = compiled.stat().st_mtime + 5
    os.utime(locale_dir / "ko/first.po", (later, later))
    assert load(locale_dir)["ko"].say("Two") == "두 개"


def test_without_any_catalogue_everything_is_english(tmp_path: Path) -> None:
    assert load(tmp_path)["ko"].say("Two") == "Two"
