"""The training page as HTML: forms that work without a script, numbers and tables; no trainer is started."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.engine import duels
from app.engine import epochs as engine_epochs
from app.engine.optimizers import OPTIMIZERS
from app.engine.schedules import SCHEDULES
from app.locale import Language
from app.main import create_app
from app.runs.claims import Claims
from app.runs.config import RunConfig
from app.runs.estimator import Expected
from app.runs.folder import RunFolder
from app.runs.identity import this_process
from app.runs.journal import EPOCH, START, STEP, Entry
from app.runs.store import RunStore
from app.settings import Settings
from app.web import networks, operations, training_form, training_page, training_rows
from app.web.training_meanings import MEANINGS
from tests.runs.examples import body
from tests.web.runs_untrained import untrained

HTML = {"accept": "text/html"}
ENGLISH = Language("en")
OWN = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}


@dataclass(frozen=True)
class Place:
    """The application while it runs, its store and its settings."""

    client: TestClient
    settings: Settings
    store: RunStore

    def get(self, path: str) -> str:
        answer = self.client.get(path, headers=HTML)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, texts: dict[str, str]) -> Any:
        return self.client.post(path, data=texts, headers={**HTML, **OWN}, follow_redirects=False)

    def first(self) -> dict[str, str]:
        return training_form.first_texts(self.settings)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("runs")
    settings = Settings(
        rate_burst=100_000,
        runs_dir=folder,
        data=folder / "none",
        runs_free_bytes=0,
        runs_waiting=10_000,
        runs_a_client=10_000,
        runs_look_seconds=3600,
    )
    app = create_app(settings, (operations.feature, networks.feature, untrained, training_page.feature))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        while not app.state.supervisor.is_ready:
            pass
        app.state.supervisor.wake = lambda: None
        yield Place(client, settings, app.state.runs)


@pytest.fixture
def place(application: Place) -> Iterator[Place]:
    """Without runs. None may be left at the end: this process seems to train it, and would be ended."""
    yield application
    for run in (*application.store.newest(), *application.store.deleted()):
        application.store.delete(run.id)
        application.store.remove(run.id)


def trained(place: Place, ending: tuple[Any, ...] = (), **changes: Any) -> str:
    """A run with one epoch behind it, whose weights are kept; it then ends, or goes on."""
    claims = Claims(place.store.database)
    run_id = str(place.client.post("/api/v1/runs", json=body(**changes)).json()["id"])
    assert claims.give_out(this_process(), 10) is not None
    claim = claims.take(run_id, this_process())[1]
    measured = {"train_loss": 1.25, "train_accuracy": 0.5, "test_loss": 1.5, "test_accuracy": 0.4375}
    entries = [
        Entry(START, {"step": 0, "steps": 36}, 0),
        Entry(STEP, {"step": 1, "loss": 2.5, "lr": 0.1, "examples_per_second": 320.0}, 1),
        Entry(EPOCH, {"epoch": 1, "step": 18, **measured, "seconds": 1.0}, 18, 1),
    ]
    claims.write(claim, entries, {"step": 18, "steps": 36, "steps_per_epoch": 18})
    for epoch in (0, 1):
        path = engine_epochs.path_of(RunFolder(place.settings.runs_dir, run_id).state, epoch)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"weights")
    if ending:
        claims.end(claim, *ending)
    return run_id


def run_of(place: Place, answer: Any) -> Any:
    """The run that an answer leads to."""
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/training\?run=([0-9a-f]{32})", answer.headers["location"])
    assert found
    return place.store.get(found[1])


def test_the_form_has_every_hyperparameter_of_every_kind(place: Place) -> None:
    page = place.get("/training")
    for kinds in (OPTIMIZERS, SCHEDULES):
        for name, kind in kinds.items():
            for field in kind.model_fields:
                wanted = f'value="{name}"' if field == "name" else f'name="{name}.{field}"'
                assert wanted in page
    left_out = {"optimizer", "schedule", "augmentation", "fold_batch_norm"}
    for field in set(RunConfig.model_fields) - left_out:
        assert f'name="{field}"' in page


def test_every_field_is_explained(place: Place) -> None:
    named = re.findall(r'<label for="(?:\w+\.)?(\w+)"><code>', place.get("/training?new=1"))
    assert set(named) == set(MEANINGS)
    korean = place.get("/training?new=1&lang=ko")
    assert "이 칸들의 뜻" in korean
    assert not any(html.escape(meaning) in korean for meaning in MEANINGS.values())


def test_it_begins_with_pictures_that_are_here(place: Place, tmp_path: Path) -> None:
    assert place.first()["dataset"] == "digits"
    assert "These pictures are not on this server." in place.get("/training")
    (tmp_path / "cifar-10-batches-py").mkdir()
    assert training_form.first_texts(Settings(data=tmp_path))["dataset"] == "cifar10"
    run = run_of(place, place.send("/training", place.first()))
    assert (run.config.dataset, run.config.network.name) == ("digits", place.first()["network"])


@pytest.mark.parametrize(
    ("changes", "field", "nearest"),
    [
        ({"batch_size": "99999"}, "batch_size", "50000"),
        ({"epochs": "0"}, "epochs", "1"),
        ({"epochs": "many"}, "epochs", ""),
        ({"epochs": "1_0"}, "epochs", ""),
        ({"epochs": "١٠"}, "epochs", ""),
        ({"adamw.lr": "-1"}, "adamw.lr", ""),
        ({"adamw.betas": "0.9"}, "adamw.betas", ""),
        ({"held_out": "2000"}, "held_out", "1435"),
        ({"augmentation.cutout": "40"}, "augmentation.cutout", "31"),
        ({"network": "own", "specification": "{"}, "specification", ""),
        ({"network": "own", "specification": '{"layers": 3}'}, "specification", ""),
        ({"network": "tinivgg"}, "network", ""),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(
    place: Place, changes: dict[str, str], field: str, nearest: str
) -> None:
    texts = {**place.first(), "seed": "77", **changes}
    answer = place.send("/training", texts)
    assert answer.status_code in (404, 422)
    assert f'id="{field}-wrong"' in answer.text
    assert 'name="seed"\n             value="77"' in answer.text
    assert field == "network" or changes.get(field, "") in html.unescape(answer.text)
    assert place.store.newest() == []
    if nearest:
        assert f'value="{field}={nearest}"' in answer.text
        mended = place.send("/training/form", {**texts, "use": f"{field}={nearest}"})
        assert mended.status_code == 200
        assert "-wrong" not in mended.text


def test_a_recipe_is_filled_in_and_layers_are_edited(place: Place) -> None:
    recipe = json.loads((place.settings.models_dir / "lenet" / "recipe.json").read_text())["training"]
    filled = place.send("/training/form", {**place.first(), "recipe": "lenet", "dataset": "digits"})
    assert f'name="epochs"\n             value="{recipe["epochs"]}"' in filled.text
    assert re.search(r'name="dataset" value="digits"[^>]* checked', filled.text), "CIFAR-10 is not here"
    edited = place.send("/training/form", {**place.first(), "edit": "mlp"})
    written = re.search(r"<textarea[^>]*>(.*?)</textarea>", edited.text, re.DOTALL)
    assert written
    own = {**place.first(), "network": "own", "specification": html.unescape(written[1])}
    assert run_of(place, place.send("/training", own)).config.network.name == "mlp"


class Estimating:
    """Says what it was asked about, without trying anything."""

    def __init__(self) -> None:
        self.asked: list[RunConfig] = []

    async def expected(self, config: RunConfig) -> Expected:
        self.asked.append(config)
        return Expected(
            seconds=754.2,
            seconds_an_epoch=4.25,
            memory_bytes=1_234_000_000,
            examples_per_second=1000.0,
            steps=3600,
            parameters=94_762,
        )


def test_what_a_run_would_cost_is_told_before_it_starts(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimating = Estimating()
    monkeypatch.setattr(place.client.app.state, "estimator", estimating)  # type: ignore[attr-defined]
    answer = place.send("/training/estimate", {**place.first(), "epochs": "3", "seed": "9"})
    assert "About 12 min 34 s" in answer.text
    assert "3,600 steps, 4.2 s an epoch, 1,234 MB of memory for 94,762 parameters" in answer.text
    assert 'name="seed"\n             value="9"' in answer.text
    assert [config.epochs for config in estimating.asked] == [3]
    wrong = place.send("/training/estimate", {**place.first(), "epochs": "0"})
    assert (wrong.status_code, len(estimating.asked)) == (422, 1)
    run_id = trained(place, ("stopped",))
    fork = {**training_form.texts_of_run(place.store.get(run_id).config), "fork": run_id, "epochs": "7"}
    assert place.send("/training/estimate", fork).status_code == 200
    assert (estimating.asked[-1].epochs, estimating.asked[-1].network.name) == (7, "small")
    assert [run.id for run in place.store.newest()] == [run_id]


def test_a_foreign_page_can_start_and_change_nothing(place: Place) -> None:
    run_id = trained(place)
    for path in (
        "/training",
        "/training/form",
        "/training/estimate",
        *(f"/training/{run_id}/{act}" for act in ("stop", "delete")),
    ):
        answer = place.client.post(path, data=place.first(), headers={"origin": "http://evil.example"})
        assert answer.status_code == 403
    assert [(run.id, run.state, run.wish) for run in place.store.newest()] == [(run_id, "running", None)]


def test_the_numbers_of_a_run_are_there_without_a_script(place: Place) -> None:
    run_id = trained(place)
    page = place.get(f"/training?run={run_id}")
    assert place.get("/training").count("<h2>") == page.count("<h2>")
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    for wanted in ("running", "43.8 %", "1 / 2", "small", "18", "1.25", "50.0 %", "1.8 s"):
        assert wanted in text, wanted
    assert "After epoch 1 of 2 the network names 43.8 % of the test pictures right." in page
    korean = place.get(f"/training?run={run_id}&lang=ko")
    assert "학습 중" in korean
    assert "time left" not in korean


def test_buttons_lead_back_to_the_run(place: Place) -> None:
    run_id = trained(place)
    for act, wish in (("pause", "pause"), ("resume", None), ("stop", "stop")):
        assert run_of(place, place.send(f"/training/{run_id}/{act}", {})).wish == wish
    assert place.send(f"/training/{run_id}/explode", {}).status_code == 422
    gone = place.send(f"/training/{run_id}/delete", {})
    assert (gone.status_code, gone.headers["location"]) == (303, "/training")
    assert place.client.get(f"/training?run={run_id}", headers=HTML).status_code == 404


def test_a_run_that_diverged_is_forked_from_before_it_with_a_tenth_of_the_rate(place: Place) -> None:
    message = "The loss is no longer a number at step {step}. Learning rate {lr} …"
    values = {"message": message, "step": 20, "lr": "0.003", "batch_size": 32, "lower": "0.0003"}
    run_id = trained(place, ("failed", "diverged", values))
    page = place.get(f"/training?run={run_id}")
    assert "no longer a number at step 20" in page
    form = page[page.index('<div class="wrong"') : page.index("tenth of the rate")]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    forked = run_of(place, place.send("/training", {name: html.unescape(text) for name, text in hidden}))
    origin = place.store.get(run_id)
    assert (forked.forked_from, forked.forked_epoch) == (run_id, 1)
    assert forked.config.optimizer.lr == pytest.approx(origin.config.optimizer.lr / 10)
    assert forked.config == origin.config.with_changes(
        {"optimizer": {**dict(origin.config.optimizer), "lr": forked.config.optimizer.lr}}
    )


def test_a_fork_says_where_it_begins_and_what_is_wrong(place: Place) -> None:
    run_id = trained(place, ("stopped",))
    page = place.get(f"/training?fork={run_id}")
    assert f'name="fork" value="{run_id}"' in page
    assert '<option value="1" selected>' in page
    texts = {**training_form.texts_of_run(place.store.get(run_id).config), "fork": run_id, "epoch": "7"}
    answer = place.send("/training", texts)
    assert answer.status_code == 404
    assert 'id="epoch-wrong"' in answer.text
    assert run_of(place, place.send("/training", {**texts, "epoch": "0"})).forked_epoch == 0


def test_a_field_that_is_emptied_in_a_fork_has_its_usual_value(place: Place) -> None:
    run_id = trained(place, ("stopped",), train_examples=200, warmup=0.5)
    texts = {**training_form.texts_of_run(place.store.get(run_id).config), "fork": run_id}
    assert (texts["train_examples"], texts["warmup"]) == ("200", "0.5")
    forked = run_of(place, place.send("/training", {**texts, "train_examples": "", "warmup": ""}))
    assert (forked.config.train_examples, forked.config.warmup) == (None, 0.2)


def test_a_run_of_a_duel_is_asked_for_with_its_configuration(place: Place) -> None:
    page = place.get("/training?duel=pixels/cnn-shuffled")
    assert re.search(r"<option selected>pixels</option>", page)
    texts = training_form.texts_of_run(RunConfig(**dict(duels.contender("pixels/cnn-shuffled").config)))
    run = run_of(place, place.send("/training", texts))
    assert run.config.training == duels.contender("pixels/cnn-shuffled").config
    for name in ("pixels", "pixels/none", "none/mlp", "../x"):
        assert place.client.get(f"/training?duel={name}", headers=HTML).status_code == 404


def test_several_runs_stand_in_one_table(place: Place) -> None:
    ids = [trained(place, ("stopped",), optimizer={"name": name}) for name in ("sgd", "adam", "adam")]
    page = place.get(f"/training?runs={ids[0]},{ids[1]}&runs={ids[2]}")
    rows = re.findall(r'<tr data-run="(\w+)" data-racer="(\w+)" data-line="(\d)"', page)
    assert rows == [(ids[0], "nesterov", "0"), (ids[1], "adam", "0"), (ids[2], "adam", "1")]
    assert page.count("43.8 %") == 3


def test_a_network_that_gets_none_right_has_0_percent_of_them(place: Place) -> None:
    run = place.store.get(trained(place, ("stopped",)))
    measured = place.store.measured(run.id)
    (row,) = training_rows.compared([(replace(run, test_accuracy=0.0), measured)], ENGLISH)
    assert row.accuracy == "0.0 %"


def test_the_configuration_is_told_in_words_of_its_own(place: Place) -> None:
    page = place.get(f"/training?run={trained(place, ('stopped',))}")
    told = dict(re.findall(r"<dt><code>(\w+)</code></dt><dd><code>(.*?)</code></dd>", page))
    assert told["optimizer"].startswith("name adamw, lr ")
    assert told["train_examples"] == "–" or told["train_examples"].isdigit()
    assert not [text for text in told.values() if re.search(r"None|True|False|[{}]", text)]


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.dictionaries(
        st.sampled_from(["network", "specification", "epoch", "adamw.betas", "smaller_until", "schedule"]),
        st.text(max_size=30) | st.just("own") | st.just("[" * 3000) | st.just("NaN, 1e999"),
        min_size=1,
    )
)
def test_whatever_a_form_says_is_answered_and_escaped(place: Place, changes: dict[str, str]) -> None:
    for path in ("/training", "/training/form"):
        answer = place.send(path, {**place.first(), **changes})
        assert answer.status_code in (200, 303, 404, 422), answer.text
    shown = place.send("/training", {**place.first(), "epochs": '"><script>alert(1)</script>'})
    assert "<script>alert" not in shown.text
    assert place.client.get("/training", params=changes, headers=HTML).status_code < 500


def test_what_is_no_form_is_refused(place: Place) -> None:
    for headers, sent, status in (
        ({"content-type": "application/json"}, b"{}", 415),
        ({"content-type": "application/x-www-form-urlencoded"}, b"a=%FF", 400),
        ({"content-type": "application/x-www-form-urlencoded"}, b"a=1&" * 300, 400),
        ({"content-type": "application/x-www-form-urlencoded"}, b"a" * 300_000, 413),
    ):
        answer = place.client.post("/training", content=sent, headers={**HTML, **headers})
        assert answer.status_code == status


def test_it_is_a_room_in_both_languages(place: Place) -> None:
    assert '<a href="/training"' in place.get("/training")
    page = place.get("/training?lang=ko")
    assert "새 학습" in page
    assert "A new run" not in page
    for name in ("Step", "SGD"):  # names of classes, although there are words like them
        assert f"<span>{name}</span>" in page


def test_the_list_is_of_the_latest_and_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [trained(place, ("stopped",)) for _ in range(3)]
    assert "These are the latest" not in place.get("/training")
    monkeypatch.setattr(training_rows, "MOST_ROWS", 2)
    page = place.get("/training")
    assert "These are the latest 2 runs." in page
    assert [run_id in page for run_id in ids] == [False, True, True]
