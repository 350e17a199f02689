"""The training page as HTML: forms that work without a script, numbers and tables; no trainer is started."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.locale import Language
from app.runs import learned
from app.runs.claims import Claims
from app.runs.identity import this_process
from app.runs.store import RunStore
from app.web import training_filled, training_rows
from tests.runs.examples import body
from tests.web.training.place import HTML, Place, run_of, trained

ENGLISH = Language("en")


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
    assert (gone.status_code, gone.headers["location"]) == (303, f"/training?deleted={run_id}")
    assert place.client.get(f"/training?run={run_id}", headers=HTML).status_code == 404


def test_several_runs_stand_in_one_table(place: Place) -> None:
    ids = [trained(place, ("stopped",), optimizer={"name": name}) for name in ("sgd", "adam", "adam")]
    page = place.get(f"/training?runs={ids[0]},{ids[1]}&runs={ids[2]}")
    rows = re.findall(r'<tr data-run="(\w+)" data-racer="(\w+)" data-line="(\d)"', page)
    assert rows == [(ids[0], "nesterov", "0"), (ids[1], "adam", "0"), (ids[2], "adam", "1")]
    assert page.count("43.8 %") == 6  # in the table and in the list


def test_the_list_tells_of_the_last_epoch_where_a_run_has_not_finished(place: Place) -> None:
    stopped = trained(place, ("stopped",))
    waiting = place.client.post("/api/v1/runs", json=body()).json()["id"]
    texts = training_filled.texts_of_run(place.store.get(stopped).config)
    fork = run_of(place, place.send("/training", {**texts, "fork": stopped, "epoch": "1"})).id
    rows = {row.id: row for row in training_rows.rows(place.store, ENGLISH, "", ())}
    assert (rows[stopped].accuracy, rows[waiting].accuracy) == ("43.8 %", "–")
    assert rows[fork].recipe.endswith("forked after epoch 1")
    assert "forked" not in rows[stopped].recipe


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


def test_a_script_says_what_it_needs_beside_pytorch(place: Place) -> None:
    for dataset, needs in (("cifar10", "PyTorch alone"), ("digits", "PyTorch and scikit-learn")):
        page = place.get(f"/training?run={trained(place, ('stopped',), dataset=dataset)}")
        assert f"Script ({needs})" in page


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


def test_runs_are_told_apart_and_called_as_their_networks_are(place: Place) -> None:
    ids = [trained(place, ("stopped",), dataset="digits", epochs=epochs) for epochs in (2, 3)]
    rows = {row.id: row for row in training_rows.rows(place.store, ENGLISH, "", ())}
    for run_id, epochs in zip(ids, (2, 3), strict=True):
        title = f"small on digits ({run_id[:4]})"
        assert rows[run_id].title == title
        assert rows[run_id].recipe.endswith(f"· batch 32 · {epochs} epochs")
        assert learned.facts(place.store.get(run_id)).title.en.startswith(f"{title}:")
        assert f'<h2><i class="dash"></i>{title}</h2>' in place.get(f"/training?run={run_id}")
        assert f"what {title} had learned" in place.get(f"/training?fork={run_id}")
    one, other = (rows[run_id].recipe for run_id in ids)
    assert one != other
    full = training_rows.rows(place.store, ENGLISH, trained(place, batch_size="full"), ())
    assert "· full batch ·" in next(row.recipe for row in full if row.is_open)


def test_what_was_deleted_is_said_where_the_focus_goes(place: Place) -> None:
    gone, other = trained(place, ("stopped",)), trained(place, ("stopped",))
    said = f'role="status" tabindex="-1" autofocus>Run {gone[:4]} was deleted. This is another one.'
    assert said not in place.get(f"/training?deleted={gone}"), "it is still there"
    leads_to = place.send(f"/training/{gone}/delete", {}).headers["location"]
    assert said in place.get(leads_to)
    assert "지웠습니다" in place.get(f"{leads_to}&lang=ko")
    assert "was deleted" not in place.get("/training?deleted=everything")
    leads_to = place.send(f"/training/{other}/delete", {}).headers["location"]
    assert re.search(r"Run \w{4} was deleted.</p>", place.get(leads_to)), "and there is no other"


@pytest.mark.parametrize("ticked", [0, 1])
def test_one_run_alone_is_compared_with_nothing(place: Place, ticked: int) -> None:
    ids = [trained(place, ("stopped",)) for _ in range(2)]
    hidden = r"data-too-few hidden><p>Tick two runs or more"
    assert re.search(hidden, place.get("/training"))
    query = "".join(f"&runs={run_id}" for run_id in ids[:ticked])
    assert re.search(hidden.replace(" hidden", ""), place.get(f"/training?runs={query}"))
    assert re.search(hidden, place.get(f"/training?runs=&runs={ids[0]}&runs={ids[1]}"))


def test_a_run_says_why_it_is_no_network_and_what_a_rewind_is_for(place: Place) -> None:
    run_id = trained(place, ("stopped",))
    page = place.get(f"/training?run={run_id}")
    assert "Only a run that has finished becomes a network" in page
    assert f'href="/training?fork={run_id}&amp;epoch=0">Change settings from the same start' in page
    assert '<option value="0" selected>' in place.get(f"/training?fork={run_id}&epoch=0")
    finished = place.get(f"/training?run={trained(place, ('finished',))}")
    assert "Open in activations" in finished
    assert "Only a run that has finished" not in finished


def test_pictures_have_one_name_in_korean(place: Place) -> None:
    pages = [place.get(f"/training?lang=ko&{query}") for query in ("new=1", f"run={trained(place)}")]
    assert all("사진" in page and "그림" not in page for page in pages)


def test_a_run_that_has_made_no_step_is_not_called_running(place: Place) -> None:
    run_id = place.client.post("/api/v1/runs", json=body()).json()["id"]
    state = r'<p class="state"><b>(\w+)</b>'
    assert re.findall(state, place.get(f"/training?run={run_id}")) == ["waiting"]
    Claims(place.store.database).give_out(this_process(), 10)
    assert re.findall(state, place.get(f"/training?run={run_id}")) == ["starting"]
    assert re.findall(state, place.get(f"/training?run={trained(place)}")) == ["running"]


@pytest.mark.parametrize("asked", ["bfloat16", "float32", "auto"])
def test_a_number_format_that_is_not_built_in_is_said(
    place: Place, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    run_id = trained(place, ("finished",), precision=asked)
    sentence = "bfloat16 was asked for: it computes in float32"
    assert sentence not in place.get(f"/training?run={run_id}")
    monkeypatch.setattr(RunStore, "precision", lambda *_: "float32")
    assert (sentence in place.get(f"/training?run={run_id}")) == (asked == "bfloat16")


def test_a_run_that_waits_says_how_many_are_before_it(place: Place) -> None:
    first, second, third = (
        str(place.client.post("/api/v1/runs", json=body()).json()["id"]) for _ in range(3)
    )
    said = [place.get(f"/training?run={run_id}") for run_id in (first, second, third)]
    assert "It begins in a moment." in said[0]
    for page, count in zip(said[1:], (1, 2), strict=True):
        assert f"It begins when its turn comes; runs before it: {count}" in page
    place.store.stop(first)
    assert "runs before it: 1" in place.get(f"/training?run={third}")
    assert "It begins" not in place.get(f"/training?run={first}")
