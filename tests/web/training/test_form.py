"""The form that starts or forks a run: each hyperparameter, what is wrong at its field, nothing lost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from markupsafe import escape

from app.engine import duels, recipes
from app.engine.optimizers import OPTIMIZERS
from app.engine.schedules import SCHEDULES
from app.runs.config import RunConfig
from app.runs.estimator import Expected
from app.settings import Settings
from app.web import training_filled
from app.web.training_meanings import MEANINGS
from tests.web.training.place import HTML, Place, run_of, trained


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
    assert not any(str(escape(meaning)) in korean for meaning in MEANINGS.values())


def test_it_begins_with_pictures_that_are_here(place: Place, tmp_path: Path) -> None:
    assert place.first()["dataset"] == "digits"
    assert "These pictures are not on this server." in place.get("/training")
    (tmp_path / "cifar-10-batches-py").mkdir()
    assert training_filled.first_texts(Settings(data=tmp_path))["dataset"] == "cifar10"
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


def test_what_cannot_be_used_is_named_beside_the_button_and_focused(place: Place) -> None:
    answer = place.send("/training", {**place.first(), "epochs": "0", "swa_start": "2"}).text
    assert '<a href="#epochs-wrong">' in answer
    assert '<a href="#swa_start-wrong">' in answer
    assert answer.index('id="epochs"') < answer.index("autofocus")


@pytest.mark.parametrize(
    ("specification", "said"),
    [
        ("", "This is missing."),
        ('{"layers": [\n  {},\n]}', "see line 3, column 1"),
        ('{"name": "\ub0b4", "layers": [{"type": "flatten"}]}', "at most 40 Latin letters"),
        ('{"layers": [{"type": "relu"}]}', ""),
    ],
)
def test_a_network_that_cannot_be_used_is_the_only_thing_that_is_wrong(
    place: Place, specification: str, said: str
) -> None:
    """What is usual for other fields is not known without a network, which is no fault of theirs."""
    texts = {**place.first(), "network": "own", "specification": specification}
    emptied = dict.fromkeys(("batch_size", "warmup", "held_out"), "")
    answer = html.unescape(place.send("/training", {**texts, **emptied}).text)
    assert re.findall(r'id="([\w.]+)-wrong"', answer) == ["specification"]
    assert said in answer


def test_an_emptied_pair_has_its_usual_values(place: Place) -> None:
    texts = {**place.first(), "optimizer": "adam", "adam.betas": ""}
    assert run_of(place, place.send("/training", texts)).config.optimizer.betas == (0.9, 0.999)


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


@pytest.fixture
def estimating(place: Place) -> Iterator[Estimating]:
    """In the estimator's place."""
    state = place.client.app.state  # type: ignore[attr-defined]
    own, state.estimator = state.estimator, Estimating()
    yield state.estimator
    state.estimator = own


def test_what_a_run_would_cost_is_told_before_it_starts(place: Place, estimating: Estimating) -> None:
    answer = place.send("/training/estimate", {**place.first(), "epochs": "3", "seed": "9"})
    assert "About 12 min 34 s" in answer.text
    assert "3,600 steps, 4.2 s an epoch, 1,234 MB of memory for 94,762 parameters" in answer.text
    assert 'name="seed"\n             value="9"' in answer.text
    assert [config.epochs for config in estimating.asked] == [3]
    wrong = place.send("/training/estimate", {**place.first(), "epochs": "0"})
    assert (wrong.status_code, len(estimating.asked)) == (422, 1)
    run_id = trained(place, ("stopped",))
    fork = {**training_filled.texts_of_run(place.store.get(run_id).config), "fork": run_id, "epochs": "7"}
    assert place.send("/training/estimate", fork).status_code == 200
    assert (estimating.asked[-1].epochs, estimating.asked[-1].network.name) == (7, "small")
    assert [run.id for run in place.store.newest()] == [run_id]


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
    texts = {**training_filled.texts_of_run(place.store.get(run_id).config), "fork": run_id, "epoch": "7"}
    answer = place.send("/training", texts)
    assert answer.status_code == 404
    assert 'id="epoch-wrong"' in answer.text
    assert run_of(place, place.send("/training", {**texts, "epoch": "0"})).forked_epoch == 0


def test_a_field_that_is_emptied_in_a_fork_has_its_usual_value(place: Place) -> None:
    run_id = trained(place, ("stopped",), train_examples=200, warmup=0.5)
    texts = {**training_filled.texts_of_run(place.store.get(run_id).config), "fork": run_id}
    assert (texts["train_examples"], texts["warmup"]) == ("200", "0.5")
    forked = run_of(place, place.send("/training", {**texts, "train_examples": "", "warmup": ""}))
    assert (forked.config.train_examples, forked.config.warmup) == (None, 0.2)


def test_a_run_of_a_duel_is_asked_for_with_its_configuration(place: Place) -> None:
    page = place.get("/training?duel=pixels/cnn-shuffled")
    assert 'href="/duels#pixels"' in page
    assert "CNN, pixels shuffled" in page
    assert '<input type="hidden" name="duel" value="pixels/cnn-shuffled">' in page
    shown_again = {**place.first(), "duel": "pixels/cnn-shuffled", "epochs": "0"}
    assert "CNN, pixels shuffled" in place.send("/training/form", shown_again).text
    assert "Filled in for" not in place.send("/training/form", {**shown_again, "duel": "none/none"}).text
    assert re.search(r"<option selected>pixels</option>", page)
    texts = training_filled.texts_of_run(RunConfig(**dict(duels.contender("pixels/cnn-shuffled").config)))
    run = run_of(place, place.send("/training", texts))
    assert run.config.training == duels.contender("pixels/cnn-shuffled").config
    for name in ("pixels", "pixels/none", "none/mlp", "../x"):
        assert place.client.get(f"/training?duel={name}", headers=HTML).status_code == 404


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


@pytest.mark.usefixtures("estimating")
def test_more_pictures_than_there_are_come_to_all_of_them_and_it_is_said(place: Place) -> None:
    texts = {**place.first(), "held_out": "0", "batch_size": "50000", "train_examples": "50000"}
    wanted = (
        "50,000 pictures to learn from were asked for: it learns from all 1,437 that are not held out.",
        "Batches of 50,000 were asked for: each update takes all 1,437 pictures, a full batch.",
    )
    run = run_of(place, place.send("/training", texts))
    for page in (place.send("/training/estimate", texts).text, place.get(f"/training?run={run.id}")):
        assert all(sentence in page for sentence in wanted)
    assert "· full batch ·" in place.get("/training")
    for exactly in (
        {"batch_size": "full", "train_examples": ""},
        {"batch_size": "50", "train_examples": "50"},
    ):
        asked = run_of(place, place.send("/training", {**texts, **exactly}))
        assert "asked for:" not in place.get(f"/training?run={asked.id}")


def test_a_value_that_is_suggested_says_what_its_button_does(place: Place) -> None:
    answer = place.send("/training", {**place.first(), "epochs": "0"}).text
    wrong = answer[answer.index('id="epochs-wrong"') :]
    assert re.match(r"[^<]*<p>This must be at least 1\.\s*<button[^>]*>Use 1</button>", wrong)


@pytest.mark.parametrize("changes", [{"smaller_until": "[0.4]"}, {"optimizer": "adam", "adam.betas": "0.9"}])
def test_a_list_that_is_too_short_is_called_that(place: Place, changes: dict[str, str]) -> None:
    network = {"network": "speedrun"}  # takes pictures of any size
    assert "This list is too short" in place.send("/training", {**place.first(), **network, **changes}).text


def test_a_recipe_of_several_trainings_says_that_a_run_is_its_first(place: Place) -> None:
    counts = {
        name: len(recipes.read(place.settings.models_dir, name).parts) for name in ("convnet", "tinyvgg")
    }
    assert counts["tinyvgg"] == 1 < counts["convnet"]
    for name, count in counts.items():
        page = place.get(f"/training?new=1&network={name}")
        said = f"Its recipe is {count} trainings, one after the other"
        assert (said in page) == (f"convscope train --network {name}<" in page) == (count > 1)
