"""The two languages of ConvScope, at run time.

A message is an English sentence with named placeholders (``"Use {nearest}."``); the sentence is the key of
its translation. Python marks it with ``_("…")`` (:func:`mark`), a template writes ``{{ _("…", nearest=3) }}``
and TypeScript ``t("…", { nearest: 3 })``. Translations are in ``ko/*.po``, one file a feature; the build
merges them (:mod:`app.locale.build`) and ``python -m app.locale.check`` refuses what is untranslated, unused
or has other placeholders than its English.
"""

from app.locale.catalogues import load
from app.locale.language import LANGUAGES, Language, mark

__all__ = ["LANGUAGES", "Language", "load", "mark"]
