"""Read the compiled catalogues."""

from __future__ import annotations

import logging
from gettext import GNUTranslations, NullTranslations
from importlib.util import find_spec
from pathlib import Path

from app.locale.language import LANGUAGES, Language, LanguageCode

LOCALE_DIR = Path(__file__).resolve().parent
DOMAIN = "convscope"

logger = logging.getLogger(__name__)


def compiled(code: LanguageCode, locale_dir: Path = LOCALE_DIR) -> Path:
    """Where the merged, compiled catalogue of a language is."""
    return locale_dir / code / "LC_MESSAGES" / f"{DOMAIN}.mo"


def sources(code: LanguageCode, locale_dir: Path = LOCALE_DIR) -> list[Path]:
    """The feature catalogues of a language that people edit, in a fixed order; none in an installed wheel."""
    return sorted((locale_dir / code).glob("*.po"))


def load(locale_dir: Path = LOCALE_DIR) -> dict[LanguageCode, Language]:
    """Every language, English first. In a source checkout an outdated catalogue is compiled anew."""
    return {code: Language(code, _catalogue(code, locale_dir)) for code in LANGUAGES}


def _catalogue(code: LanguageCode, locale_dir: Path) -> NullTranslations:
    path = compiled(code, locale_dir)
    files = sources(code, locale_dir)
    if not files and not path.exists():
        return NullTranslations()
    if _is_outdated(path, files) and find_spec("babel") is not None:
        from app.locale.build import compile_language  # noqa: PLC0415  Babel is a build requirement

        compile_language(code, locale_dir)
    if not path.exists():
        logger.warning("no compiled catalogue for %s: run python -m app.locale.build", code)
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)


def _is_outdated(path: Path, files: list[Path]) -> bool:
    if not path.exists():
        return True
    return any(file.stat().st_mtime > path.stat().st_mtime for file in files)
