"""The optimizers page as HTML: complete rules without a script, and a state that is the address."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.web.first_steps import CLASSES, figures, points
from app.web.optimizers_page import BATCH_SIZES, RATES, SHARED, STARTS, SURFACES
from app.web.update_rules import RULES
from tests.cases.optimizers import EXAMPLES
from tests.cases.optimizers import SURFACES as GOLDEN_SURFACES

HTML = {"Accept": "text/html"}


def get(client: TestClient, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200
    return answer.text


def state(page: str) -> dict[str, list[str]]:
    found = re.search(r'data-query="([^"]*)"', page)
    assert found
    return parse_qs(html.unescape(found[1]), keep_blank_values=True)


@pytest.mark.parametrize("surface", SURFACES)
def test_each_surface_opens_with_a_race_that_is_set_up(client: TestClient, surface: str) -> None:
    asked = state(get(client, f"/optimizers?surface={surface}"))
    assert asked["surface"] == [surface]
    assert asked["sgd_lr"] == [RATES[surface][0]]
    assert asked["theta1"] == [STARTS[surface][0]]
    assert asked["optimizer"]


def test_what_is_asked_stays_as_it_was_typed(client: TestClient) -> None:
    query = "surface=beale&optimizer=adam&optimizer=sgd&sgd_lr=fast&momentum=0.5&step=7&speed=15&shown=adam"
    asked = state(get(client, f"/optimizers?{query}"))
    assert asked["optimizer"] == ["sgd", "adam"]
    assert asked["sgd_lr"] == ["fast"]
    assert asked["momentum"] == ["0.5"]
    assert (asked["step"], asked["speed"], asked["shown"]) == (["7"], ["15"], ["adam"])


def test_every_rule_is_there_without_a_script(client: TestClient) -> None:
    page = get(client, "/optimizers")
    for rule in RULES.values():
        assert f'<section data-racer="{rule.name}"' in page
        assert rule.call in page
    assert page.count('class="symbolic"') == sum(len(rule.equations) for rule in RULES.values())
    assert "\\" not in re.sub(r"<script.*?</script>", "", page)


def test_every_number_of_a_rule_has_a_place_for_both_parameters() -> None:
    for rule in RULES.values():
        written = "".join(equation.substituted for equation in rule.equations)
        places = set(re.findall(r'data-number="([a-z0-9-]+)"', written))
        assert {"theta-1", "theta-2", "theta-new-1", "theta-new-2", "eta", "lambda"} <= places | (
            {"lambda"} if rule.name not in ("sgd", "adamw") else set()
        )
        assert {name[:-2] for name in places if name.endswith("-1")} == {
            name[:-2] for name in places if name.endswith("-2")
        }


def test_the_names_are_those_of_the_golden_cases() -> None:
    assert list(SURFACES) == list(GOLDEN_SURFACES)
    assert set(RATES) == set(STARTS) == set(SURFACES)
    assert all(len(rates) == len(RULES) for rates in RATES.values())
    assert next(iter(BATCH_SIZES)) == str(len(EXAMPLES))


def test_the_first_steps_are_there_without_a_script(client: TestClient) -> None:
    page = get(client, "/optimizers?surface=ravine&optimizer=sgd&sgd_lr=0.02&theta1=-3.5&theta2=1.5")
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    second = re.sub(r"<[^>]+>|\s+", " ", table.split("</tr>")[1]).split()
    assert second == ["1", "−3.43", "0.75", "12.91"]
    assert table.count("<tr>") == 21
    gone = get(client, "/optimizers?surface=ravine&optimizer=sgd&sgd_lr=3")
    assert "gone" in gone


def test_a_number_that_cannot_be_read_is_explained_without_a_script(client: TestClient) -> None:
    page = get(client, "/optimizers?momentum=2")
    assert 'aria-describedby="momentum-wrong"' in page
    assert "A number from 0 to 0.9999." in page
    assert "<tbody>" not in page


def test_the_server_and_the_form_know_the_same_optimizers() -> None:
    assert list(CLASSES) == list(RULES)
    numbers = {"theta1": -3.5, "theta2": 1.5, "weight_decay": 0.0, "momentum": 0.9, "alpha": 0.99}
    numbers |= {"beta1": 0.9, "beta2": 0.999, **{f"{name}_lr": 0.01 for name in RULES}}
    ends = {name: points("ravine", name, numbers, 20)[-1] for name in RULES}
    assert ends.pop("adam") == ends["adamw"]
    assert len(set(ends.values())) == len(ends)


def test_figures_are_written_as_the_browser_writes_them() -> None:
    values = [0, 1.5, -0.012345, 12345.6, 37.5, 1e-9, -2.5e7, 0.1 + 0.2, 999.96]
    written = ["0", "1.5", "−0.01235", "12,346", "37.5", "1·10⁻⁹", "−2.5·10⁷", "0.3", "1,000"]
    assert [figures(value) for value in values] == written


def test_it_is_a_room_in_both_languages(client: TestClient) -> None:
    assert '<a href="/optimizers"' in get(client, "/")
    page = get(client, "/optimizers?lang=ko")
    assert "최적화" in page
    assert "Who runs" not in page


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.dictionaries(
        st.sampled_from(["surface", "sgd_lr", "theta1", "step", "speed", "shown", "batch_size", *SHARED]),
        st.text(max_size=12),
    )
)
def test_whatever_is_asked_is_answered_and_escaped(client: TestClient, asked: dict[str, str]) -> None:
    answer = client.get("/optimizers", params=asked, headers=HTML)
    assert answer.status_code == 200
    page = get(client, "/optimizers?sgd_lr=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page
    assert json.dumps(state(page)["sgd_lr"]) == json.dumps(['"><script>alert(1)</script>'])
