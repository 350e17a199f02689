"""The duels page: what was measured, in words, as curves and as tables, without any script."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from app.engine import duels
from app.engine.configuration import TrainingConfig
from app.settings import Settings
from app.web import duels_findings
from app.web.duels_chart import HEIGHT, WIDTH, Series, chart
from app.web.duels_findings import QUESTIONS
from app.web.duels_told import word_of_run
from app.web.numbers import percent
from app.web.update_rules import RULES
from tests.web.conftest import MakeClient

HTML = {"Accept": "text/html"}
REPORTS = duels.reports(Settings().models_dir)


def sections(page: str) -> dict[str, str]:
    return dict(re.findall(r'<section class="duel" id="(\w+)"(.*?)</section>', page, re.DOTALL))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_duel_says_what_was_measured(client: TestClient, language: str) -> None:
    found = sections(client.get(f"/duels?lang={language}", headers=HTML).text)
    assert list(found) == [report.name for report in REPORTS] == list(QUESTIONS)
    for report in REPORTS:
        section = found[report.name]
        assert f"<code>{report.command}</code>" in section
        assert "{" not in section
        has_groups = any(each.group for each in report.outcomes)
        again = re.findall(r'href="/training\?duel=([^"&]+)', section)
        assert len(again) == (len(report.chosen()) if has_groups else len(report.outcomes))
        for name in again:
            measured = report.outcome(unquote(name).partition("/")[2]).configuration
            asked = duels.contender(unquote(name)).config
            assert TrainingConfig.model_validate_json(json.dumps(measured)) == asked
        shown = report.chosen().values() if has_groups else report.outcomes
        for outcome in shown:
            if has_groups:
                assert f"<td>{percent(outcome.train_accuracy[-1])}</td>" in section
            elif not report.pruned:
                assert f"<td>{percent(outcome.test_accuracy[-1])}</td>" in section
        for pruned in report.pruned:
            assert f"<td>{percent(pruned.test_accuracy)}</td>" in section


def test_every_run_that_can_be_trained_again_has_a_name_for_people(client: TestClient) -> None:
    found = sections(client.get("/duels", headers=HTML).text)
    for name, section in found.items():
        words = re.findall(r'href="/training\?duel=[^>]*>([^<]+)<', section)
        assert len(words) == len(set(words)) > 0
        assert all(word[0].isupper() or " " in word or word == "shared" for word in words), (name, words)
        key = section[section.index('class="key"') : section.index("</ul>")]
        lines = {each.strip() for each in re.findall(r"</svg>([^<]+)</li>", key)}
        if name in ("pixels", "sharing", "batches"):
            assert set(words) <= lines
    assert ">SGD<" in found["optimizers"]


def test_the_questions_are_on_the_first_page_too(client: TestClient) -> None:
    page = client.get("/", headers=HTML).text
    assert all(f"/duels#{name}" in page for name in QUESTIONS)


def test_without_a_report_the_page_says_how_to_make_one(client_with: MakeClient, tmp_path: Path) -> None:
    page = client_with(models_dir=tmp_path).get("/duels", headers=HTML).text
    assert sections(page) == {}
    assert "convscope duel pixels" in page


def test_of_pruned_weights_the_most_is_told_that_does_no_harm_with_its_own_accuracy() -> None:
    (report,) = (each for each in REPORTS if each.name == "pruning")
    first = report.pruned[0]
    others = [(0.2, -0.5), (0.4, 0.0), (0.6, -0.004)]
    pruned = [
        first,
        *(duels.Pruned(share=share, test_accuracy=first.test_accuracy + by) for share, by in others),
    ]
    told = duels_findings.told(report.model_copy(update={"pruned": tuple(pruned)}))
    assert (told.values["share"], told.values["left"]) == ("60 %", percent(first.test_accuracy - 0.004))


def test_lines_go_from_their_first_to_their_last_point() -> None:
    drawn = chart([Series("", "input", dashed=False, x=(1, 2, 3), y=(0.0, 0.3, 0.6))], [("2", 2)])
    assert drawn.lines[0].path == f"M0.0 {HEIGHT:.1f}L{WIDTH / 2:.1f} {HEIGHT / 2:.1f}L{WIDTH:.1f} 0.0"
    assert [mark.text for mark in drawn.y_marks] == ["0 %", "20 %", "40 %", "60 %"]
    assert drawn.x_marks[0].at == WIDTH / 2


def test_the_race_of_optimizers_is_a_link_and_says_who_does_not_run(client: TestClient) -> None:
    for language, words in (("en", "all of them but Muon"), ("ko", "Muon을 뺀")):
        section = sections(client.get(f"/duels?lang={language}", headers=HTML).text)["optimizers"]
        assert re.search(rf'<a href="/optimizers\?lang={language}">[^<]*{words}', section)
    racers = {word_of_run("optimizers", name) for name in duels.RACERS}
    assert racers - {rule.title for rule in RULES.values()} == {"Muon"}


def test_what_trained_is_told_in_the_language_of_the_page(client: TestClient) -> None:
    english, korean = (client.get(f"/duels?lang={code}", headers=HTML).text for code in ("en", "ko"))
    for report in REPORTS:
        assert f"Trained on {report.device}, PyTorch" in english
    assert "스레드 1개" in korean
    assert "thread" not in korean
