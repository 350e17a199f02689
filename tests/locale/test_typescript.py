"""Calls of ``t`` are found wherever TypeScript can hide them, and nowhere else."""

from __future__ import annotations

import pytest

from app.locale.typescript import calls


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ('t("One")', ["One"]),
        ("t('One')", ["One"]),
        ("t(`One`)", ["One"]),
        ('t( /* why */ "One" , { row: 1 })', ["One"]),
        ('t(\n  "One" +\n    " and two",\n)', ["One and two"]),
        (r't("It\'s \"quoted\" \u00d7 \u{1F600} \n end")', ['It\'s "quoted" × 😀 \n end']),
        ('html`<p>${t("Inside")}</p>`', ["Inside"]),
        (
            "html`<p>${rows.map((row) => html`<b>${t(\"Deep\", { row })}</b>`)}</p> ${t('Last')}`",
            ["Deep", "Last"],
        ),
        ('html`a ${ { b: `c ${t("Deeper")} d` }.b } e` + t("After")', ["Deeper", "After"]),
        ("html`don't ${t(\"Yes\")} isn't`", ["Yes"]),
        ('html`// ${t("Yes")} /* ${t("Too")} */`', ["Yes", "Too"]),
        ('`\\${t("No")}` + `$ {t("No")}`', []),
        ('// t("No")\n/* t("No") */ t("Yes")', ["Yes"]),
        ('"t(\'No\')"; \'x t("No")\'; t("Yes")', ["Yes"]),
        ('const quote = /["\'`]/g; t("Yes")', ["Yes"]),
        ('const half = a / b; t("Yes"); c / d', ["Yes"]),
        ('x.replace(/\\/\\*"/, \'\') + t("Yes")', ["Yes"]),
        ("return /`/.test(x) ? t(\"Yes\") : ''", ["Yes"]),
        ('what("No"); at("No"); x.t("No"); this.t ("No"); t2("No"); $t("No")', []),
        ("export function t(message: string) { return message }", []),
        ('import { t } from "./i18n.ts"; t("Yes")', ["Yes"]),
        ('if (a) { b } t("Yes")', ["Yes"]),
        ('`${{}}` + t("Yes")', ["Yes"]),
        ('t("Brace {row}")', ["Brace {row}"]),
        ("", []),
        ("t(", [None]),
        ('`unclosed ${t("Yes")', ["Yes"]),
    ],
)
def test_messages(source: str, messages: list[str | None]) -> None:
    assert [call.message for call in calls(source)] == messages


@pytest.mark.parametrize(
    "source", ["t(message)", "t(`a ${b}`)", 't(a ? "b" : "c")', 't("a" + b)', 't("a" as string)', "t()"]
)
def test_a_message_that_is_not_a_plain_string_is_found_too(source: str) -> None:
    assert [call.message for call in calls(source)] == [None]


def test_lines_are_counted_from_one() -> None:
    assert [call.line for call in calls('\n/*\n*/ t("One")\n`\n${t("Two")}`')] == [3, 5]
