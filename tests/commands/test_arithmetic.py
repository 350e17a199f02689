"""`convscope conv` and `convscope shape`: readable, or with --json what the API answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from app.cli import app
from app.commands.arithmetic import readable
from app.engine.oracle import Oracle
from app.main import create_app
from app.settings import Settings
from app.web import arithmetic, networks
from app.web.networks import EXAMPLE


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


def conv(line: str) -> Result:
    """`convscope conv` with the arguments of a line."""
    return run("conv", *line.split())


@pytest.fixture(scope="module")
def client() -> TestClient:
    made = create_app(Settings(), (arithmetic.feature, networks.feature))
    made.state.oracle = Oracle()  # not started: nothing is known yet
    return TestClient(made, base_url="http://localhost")


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ("--height 7 --kernel-size 3 --stride 3", "conv2d?height=7&kernel_size=3&stride=3"),
        (
            "--operation max_pool2d --height 7 --width 9 --kernel-size 3,2 --ceil-mode",
            "max_pool2d?height=7&width=9&kernel_size=3,2&ceil_mode=true",
        ),
        (
            "--operation conv1d --length 9 --kernel-size 3 --padding same --no-bias",
            "conv1d?length=9&kernel_size=3&padding=same&bias=false",
        ),
        (
            "--operation conv_transpose2d --height 4 --kernel-size 3 --stride 2 --output-padding 1",
            "conv_transpose2d?height=4&kernel_size=3&stride=2&output_padding=1",
        ),
    ],
)
def test_json_is_the_apis_answer(client: TestClient, arguments: str, url: str) -> None:
    result = conv(f"{arguments} --json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == client.get(f"/api/v1/arithmetic/{url}").json()


def test_a_layer_is_explained_in_words() -> None:
    result = conv("--in-channels 3 --out-channels 10 --height 7 --kernel-size 3 --stride 3")
    assert result.exit_code == 0
    for line in (
        "nn.Conv2d(3, 10, kernel_size=3, stride=3)",
        "3 × 7 × 7 → 10 × 2 × 2",
        "⌊(7 - 3 + 2·0)/3 + 1⌋ = ⌊2.33⌋ = 2",
        "1 at the bottom, 1 at the right",
        "padding=1 → 3 × 3",
        "280 = 10·3·3·3 + 10",
        "1,080",
    ):
        assert line in result.stdout


def test_pytorch_is_asked_when_wanted() -> None:
    result = conv("--height 7 --kernel-size 3 --check")
    assert "agrees" in result.stdout
    result = conv("--height 7 --kernel-size 3 --check --json")
    assert json.loads(result.stdout)["checked_by_torch"] is True


def test_an_impossible_layer_ends_with_two_and_says_what_would_do() -> None:
    result = conv("--height 7 --kernel-size 9")
    assert result.exit_code == 2
    assert "kernel_size: The kernel covers 9 cells" in result.stderr
    assert "The nearest that works: 7." in result.stderr
    answer = json.loads(conv("--height 7 --kernel-size 9 --json").stdout)
    assert [(each["field"], each["nearest"]) for each in answer["errors"]] == [("kernel_size", 7)]


@pytest.mark.parametrize("query", ["stride=0", "kernel_size=9", "kernel_size=9&groups=2", "height=x"])
def test_a_refusal_as_json_is_the_apis_problem(client: TestClient, query: str) -> None:
    asked = {"height": "7", "kernel_size": "3", **dict(each.split("=") for each in query.split("&"))}
    answer = client.get("/api/v1/arithmetic/conv2d", params=asked)
    result = run("conv", *(f"--{name.replace('_', '-')}={text}" for name, text in asked.items()), "--json")
    assert result.exit_code == 2
    expected = answer.json()
    assert expected.pop("request_id")
    assert json.loads(result.stdout) == expected


def test_the_networks_as_json_are_the_apis_answer(client: TestClient) -> None:
    result = run("models", "--json")
    assert json.loads(result.stdout) == client.get("/api/v1/networks").json()
    assert all(each["digest"] for each in json.loads(result.stdout))


def test_an_operation_that_is_not_is_refused() -> None:
    assert run("conv", "--operation", "conv4d", "--height", "7").exit_code == 2


@pytest.fixture
def network(tmp_path: Path) -> Path:
    file = tmp_path / "network.json"
    file.write_text(json.dumps(EXAMPLE), encoding="utf-8")
    return file


def test_a_networks_json_is_the_apis_answer(client: TestClient, network: Path) -> None:
    result = run("shape", str(network), "--json")
    assert json.loads(result.stdout) == client.post("/api/v1/networks/shape", json=EXAMPLE).json()


def test_a_network_is_a_table_from_a_file_or_from_standard_input(network: Path) -> None:
    from_file = run("shape", str(network))
    assert from_file.exit_code == 0
    assert "12,226 parameters" in from_file.stdout
    assert "conv2d_1      6×28×28" in from_file.stdout
    assert run("shape", "-", given=json.dumps(EXAMPLE)).stdout == from_file.stdout


def test_a_network_is_printed_as_a_module(network: Path) -> None:
    assert "class Lenet(nn.Sequential):" in run("shape", str(network), "--pytorch").stdout


def test_a_network_that_breaks_shows_the_rows_before_and_the_repair() -> None:
    layers: Any = EXAMPLE["layers"]
    broken = json.dumps({**EXAMPLE, "layers": [layers[0], layers[-1]]})
    result = run("shape", "-", given=broken)
    assert result.exit_code == 2
    assert "conv2d_1" in result.stdout
    assert "layers.1.type: linear takes features in one row" in result.stderr
    answer = json.loads(run("shape", "-", "--json", given=broken).stdout)
    assert (answer["address"], len(answer["layers"])) == ("1", 1)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"input": {"channels": 3, "height": 8, "width": 8}, "layers": [{"type": "linear"}]}',
         "layers.0.out_features"),
        ('{"layers": [{"type": "relu"}]}', "input"),
        ("{", ""),
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused_at_its_field(text: str, field: str) -> None:
    result = run("shape", "-", given=text)
    assert result.exit_code == 2
    assert field in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    assert run("shape", str(tmp_path / "none.json")).exit_code == 2
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 70_000)
    assert run("shape", str(large)).exit_code == 2


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (
            r"\left\lceil \frac{7 - 3}{3} + 1 \right\rceil = \left\lceil 2.33 \right\rceil - 1 = 2",
            "⌈(7 - 3)/3 + 1⌉ = ⌈2.33⌉ - 1 = 2",
        ),
        (r"n < \left\lceil \frac{(i + 1) \cdot 7}{3} \right\rceil", "n < ⌈((i + 1)·7)/3⌉"),
        (r"\left\lfloor \frac{i \cdot 7}{3} \right\rfloor \le n", "⌊(i·7)/3⌋ ≤ n"),
    ],
)
def test_latex_is_readable_as_text(latex: str, text: str) -> None:
    assert readable(latex) == text
