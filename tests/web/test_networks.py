"""Networks over HTTP: the table of one that is asked about, where it breaks, and the trained ones."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.arithmetic.network import tabulate
from app.arithmetic.specification import NetworkSpec
from app.main import create_app
from app.settings import Settings
from app.web import networks
from app.web.networks import EXAMPLE
from tests.small_networks import EVERYTHING, PLAIN, write

API = "/api/v1/networks"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write(folder, "plain", PLAIN)
    write(folder, "everything", EVERYTHING)
    broken = folder / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def client(models: Path) -> TestClient:
    settings = Settings(rate_burst=100_000, models_dir=models)
    app = create_app(settings, (networks.feature,))
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def with_layer(index: int, **changes: Any) -> dict[str, Any]:
    network = copy.deepcopy(EXAMPLE)
    network["layers"][index] |= changes  # type: ignore[index]
    return network


def test_the_table_of_a_network(client: TestClient) -> None:
    answer = client.post(f"{API}/shape", json=EXAMPLE)
    assert answer.status_code == 200
    table = answer.json()
    assert table == tabulate(NetworkSpec.model_validate(EXAMPLE)).model_dump()
    assert table["layers"][0] == {
        "address": "0",
        "name": "conv2d_1",
        "type": "conv2d",
        "pytorch": "nn.Conv2d(3, 6, kernel_size=5)",
        "output_shape": [6, 28, 28],
        "parameters": 456,
        "macs": 352_800,
        "activation_bytes": 18_816,
        "receptive_field": {"size": [5, 5], "jump": [1, 1], "start": [0, 0]},
    }
    assert table["layers"][-1]["receptive_field"] == {"size": [32, 32], "jump": None, "start": [0, 0]}
    assert table["total"]["parameters"] == 456 + 1176 * 10 + 10


def test_where_it_breaks(client: TestClient) -> None:
    answer = client.post(f"{API}/shape", json=with_layer(2, kernel_size=40))
    problem = answer.json()
    assert answer.status_code == 422
    assert problem["address"] == "2"
    assert problem["errors"] == [
        {
            "field": "layers.2.kernel_size",
            "reason": "The kernel covers 40 cells, the padded input has 28 along height.",
            "nearest": 28,
        }
    ]
    assert [row["name"] for row in problem["layers"]] == ["conv2d_1", "relu_1"]
    mended = client.post(f"{API}/shape", json=with_layer(2, kernel_size=problem["errors"][0]["nearest"]))
    assert mended.status_code == 200


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (with_layer(0, kernel_size=0), [("layers.0.kernel_size", 1)]),
        (with_layer(0, padding=-1), [("layers.0.padding", 0)]),
        (with_layer(0, stride="1"), [("layers.0.stride", None)]),
        (with_layer(0, bias=1), [("layers.0.bias", None)]),
        (with_layer(0, in_channels=3), [("layers.0.in_channels", None)]),
        (with_layer(0, type="conv4d"), [("layers.0", None)]),
        (with_layer(0, name="same") | {"name": "Upper"}, [("name", None)]),
        ({"input": EXAMPLE["input"], "layers": []}, [("layers", None)]),
        ({"input": EXAMPLE["input"], "layers": [{"type": "relu"}] * 65}, [("layers", None)]),
        (
            {"input": EXAMPLE["input"], "layers": [{"type": "residual", "layers": [{"type": "relu"}] * 64}]},
            [("layers", None)],
        ),
        (
            {
                "input": EXAMPLE["input"],
                "layers": [{"type": "relu", "name": "a"}, {"type": "tanh", "name": "a"}],
            },
            [("layers.1.name", None)],
        ),
        (
            {
                "input": EXAMPLE["input"],
                "layers": [{"type": "residual", "layers": [{"type": "linear", "out_features": 0}]}],
            },
            [("layers.0.layers.0.out_features", 1)],
        ),
    ],
)
def test_a_specification_that_is_none_is_refused_at_its_field(
    client: TestClient, network: dict[str, Any], expected: list[tuple[str, object]]
) -> None:
    answer = client.post(f"{API}/shape", json=network)
    assert answer.status_code == 422
    assert [(each["field"], each["nearest"]) for each in answer.json()["errors"]] == expected


def test_a_size_that_is_text_is_told_what_a_size_is(client: TestClient) -> None:
    answer = client.post(f"{API}/shape", json=with_layer(0, kernel_size="3"))
    assert [each["reason"] for each in answer.json()["errors"]] == [
        "This must be a whole number, or one for each axis."
    ]


def test_the_break_is_explained_in_korean(client: TestClient) -> None:
    layers = [{"type": "linear", "out_features": 10}]
    answer = client.post(f"{API}/shape?lang=ko", json={"input": EXAMPLE["input"], "layers": layers})
    assert "flatten을 넣으십시오" in answer.json()["detail"]


def test_the_most_layers_are_counted_soon(client: TestClient) -> None:
    up = {"type": "conv_transpose2d", "out_channels": 1, "kernel_size": 3, "stride": 61}
    down = {"type": "conv2d", "out_channels": 1, "kernel_size": 3, "stride": 61}
    network = {"input": {"channels": 1, "height": 400, "width": 300}, "layers": [up, down] * 32}
    client.post(f"{API}/shape", json=network)
    started = time.process_time()
    assert client.post(f"{API}/shape", json=network).status_code == 200
    assert time.process_time() - started < 2


def test_the_trained_networks_are_listed_and_a_broken_one_is_left_out(client: TestClient) -> None:
    answer = client.get(API).json()
    assert [each["name"] for each in answer] == ["everything", "plain"]
    assert answer[1].keys() >= {
        "name",
        "title",
        "dataset",
        "test_accuracy",
        "parameters",
        "digest",
        "classes",
    }
    assert set(answer[1]["title"]) == {"en", "ko"}
    assert len(answer[1]["classes"]) == 10


def test_a_trained_network_has_its_card_its_specification_and_its_layers(
    client: TestClient, models: Path
) -> None:
    answer = client.get(f"{API}/everything").json()
    specification = json.loads((models / "everything" / "network.json").read_text(encoding="utf-8"))
    assert NetworkSpec.model_validate(answer["specification"]) == NetworkSpec.model_validate(specification)
    assert answer["card"] == json.loads((models / "everything" / "card.json").read_text(encoding="utf-8"))
    assert answer["layers"] == client.post(f"{API}/shape", json=answer["specification"]).json()["layers"]


def test_an_unknown_network_is_not_found_and_the_nearest_is_named(client: TestClient) -> None:
    answer = client.get(f"{API}/plane")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["nearest"] == "plain"


def test_a_broken_network_is_our_fault(client: TestClient) -> None:
    answer = client.get(f"{API}/broken")
    assert answer.status_code == 500
    assert "specification" not in answer.text
