"""A specification becomes the module it says; a network on disk is read only if it is whole and its own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from app.arithmetic.specification import NetworkSpec
from app.engine import checkpoints, recipes
from app.engine.checkpoints import BrokenNetwork, Card, Normalisation, Title, UnknownNetwork
from app.engine.folding import fold_batch_norm
from app.engine.networks import LocallyConnected2d, TooManyParameters, build
from app.settings import Settings

INPUT = {"channels": 3, "height": 8, "width": 6}
EVERYTHING: list[dict[str, Any]] = [
    {"type": "conv2d", "out_channels": 6, "kernel_size": [3, 2], "stride": [1, 2], "padding": [2, 1, 0, 1]},
    {"type": "batch_norm2d", "eps": 0.001},
    {"type": "gelu"},
    {
        "type": "residual",
        "layers": [{"type": "conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1, "groups": 2}],
        "shortcut": [{"type": "conv2d", "out_channels": 4, "kernel_size": 1, "bias": False}],
    },
    {"type": "residual", "layers": [{"type": "tanh"}]},
    {"type": "conv_transpose2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "output_padding": 1},
    {"type": "max_pool2d", "kernel_size": 2, "stride": 1, "ceil_mode": True},
    {"type": "avg_pool2d", "kernel_size": 2, "padding": 1, "count_include_pad": False},
    {"type": "locally_connected2d", "out_channels": 3, "kernel_size": 2},
    {"type": "adaptive_avg_pool2d", "output_size": [3, 2]},
    {"type": "sigmoid"},
    {"type": "flatten"},
    {"type": "dropout", "p": 0.3},
    {"type": "linear", "out_features": 7},
    {"type": "batch_norm1d"},
    {"type": "relu"},
    {"type": "linear", "out_features": 5, "bias": False},
    {"type": "softmax"},
]


def everything() -> NetworkSpec:
    return NetworkSpec.model_validate({"name": "everything", "input": INPUT, "layers": EVERYTHING})


def test_every_layer_type_is_built_with_its_arguments_and_runs() -> None:
    built = build(everything())
    output = built(torch.randn(2, 3, 8, 6))
    assert output.shape == (2, 5)
    torch.testing.assert_close(output.sum(1), torch.ones(2))
    assert isinstance(built[1], nn.BatchNorm2d)
    assert built[1].eps == 0.001
    assert "3.shortcut.0.weight" in built.state_dict()
    assert "3.layers.0.bias" in built.state_dict()


def test_a_locally_connected_layer_with_one_shared_kernel_is_a_convolution() -> None:
    layer = NetworkSpec.model_validate(
        {
            "input": INPUT,
            "layers": [
                {
                    "type": "locally_connected2d",
                    "out_channels": 4,
                    "kernel_size": [3, 2],
                    "stride": 2,
                    "padding": 1,
                }
            ],
        }
    )
    local = build(layer)[0]
    assert isinstance(local, LocallyConnected2d)
    convolution = nn.Conv2d(3, 4, (3, 2), stride=2, padding=1)
    with torch.no_grad():
        local.weight.copy_(convolution.weight.flatten(1).expand_as(local.weight))
        assert local.bias is not None
        assert convolution.bias is not None
        local.bias.copy_(convolution.bias[:, None, None].expand_as(local.bias))
    x = torch.randn(2, 3, 8, 6)
    torch.testing.assert_close(local(x), convolution(x))


def test_the_same_seed_builds_the_same_weights_and_none_is_left_unset() -> None:
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(build(everything()).state_dict())
    for key, value in states[0].items():
        assert torch.equal(value, states[1][key])
        assert value.isfinite().all()


def test_what_would_not_fit_in_memory_is_refused_before_it_is_allocated() -> None:
    huge = NetworkSpec.model_validate(
        {
            "input": {"channels": 3, "height": 224, "width": 224},
            "layers": [{"type": "flatten"}, {"type": "linear", "out_features": 60_000}],
        }
    )
    with pytest.raises(TooManyParameters) as caught:
        build(huge)
    assert caught.value.parameters == 3 * 224 * 224 * 60_000 + 60_000


def test_folding_batch_norms_leaves_fewer_layers_and_the_same_function() -> None:
    network = NetworkSpec.model_validate(
        {
            "input": INPUT,
            "layers": [
                {"type": "conv2d", "out_channels": 5, "kernel_size": 3, "bias": False},
                {"type": "batch_norm2d"},
                {"type": "relu"},
                {"type": "batch_norm2d"},
                {"type": "flatten"},
                {"type": "linear", "out_features": 4, "bias": False},
                {"type": "batch_norm1d"},
            ],
        }
    )
    built = build(network)
    for _ in range(5):
        built(torch.randn(64, 3, 8, 6))  # running statistics that are not the defaults
    built.eval()
    folded, smaller = fold_batch_norm(network, built)
    assert [layer.type for layer in folded.layers] == ["conv2d", "relu", "batch_norm2d", "flatten", "linear"]
    x = torch.randn(9, 3, 8, 6)
    torch.testing.assert_close(smaller(x), built(x))
    build(folded).load_state_dict(smaller.state_dict())


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    built = build(everything()).eval()
    weights = checkpoints.weights_of(built)
    card = Card(
        name="everything",
        title=Title(en="Everything", ko="전부"),
        classes=["a", "b", "c", "d", "e"],
        normalisation=Normalisation(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)),
        test_accuracy=0.2,
        parameters=sum(parameter.numel() for parameter in built.parameters()),
        sha256=hashlib.sha256(weights).hexdigest(),
        seed=0,
        epochs=1,
        command="convscope train --network everything",
        trained_seconds=1.0,
        device="CPU",
        torch_version=torch.__version__,
    )
    return checkpoints.save(tmp_path, everything(), weights, card)


def test_a_saved_network_comes_back_as_it_was(saved: Path) -> None:
    checkpoint = checkpoints.read(saved.parent, "everything")
    assert checkpoint.network == everything()
    built = checkpoints.load(checkpoint)
    assert not built.training
    assert checkpoints.weights_of(built) == (saved / checkpoints.WEIGHTS).read_bytes()
    assert checkpoints.names(saved.parent) == ["everything"]


@pytest.mark.parametrize("name", ["nothing", "..", "../everything", "", "everything/"])
def test_a_name_that_is_not_a_network_is_unknown(saved: Path, name: str) -> None:
    with pytest.raises(UnknownNetwork):
        checkpoints.read(saved.parent, name)


def test_altered_weights_are_not_loaded(saved: Path) -> None:
    path = saved / checkpoints.WEIGHTS
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(BrokenNetwork):
        checkpoints.load(checkpoints.read(saved.parent, "everything"))


def test_weights_of_another_specification_are_not_loaded(saved: Path) -> None:
    specification = json.loads((saved / checkpoints.NETWORK).read_text())
    specification["layers"][0]["out_channels"] = 8
    (saved / checkpoints.NETWORK).write_text(json.dumps(specification))
    with pytest.raises(BrokenNetwork):
        checkpoints.load(checkpoints.read(saved.parent, "everything"))


def test_the_digest_changes_with_whatever_changes_an_activation(saved: Path) -> None:
    before = checkpoints.read(saved.parent, "everything").digest
    card = json.loads((saved / checkpoints.CARD).read_text())
    card["normalisation"]["mean"] = [0.4, 0.5, 0.5]
    (saved / checkpoints.CARD).write_text(json.dumps(card))
    assert checkpoints.read(saved.parent, "everything").digest != before


@pytest.mark.parametrize("name", ["convnet", "lenet", "mlp", "tinyvgg"])
def test_each_shipped_network_is_the_one_its_recipe_and_card_tell_of(name: str) -> None:
    models = Settings().models_dir
    checkpoint = checkpoints.read(models, name)
    recipe = recipes.read(models, name)
    built = checkpoints.load(checkpoint)
    assert checkpoint.card.name == checkpoint.network.name == recipe.training.network.name == name
    assert checkpoint.card.parameters == sum(parameter.numel() for parameter in built.parameters())
    assert checkpoint.card.epochs == sum(part.epochs for part in recipe.parts)
    assert checkpoint.card.seed == recipe.training.seed
    assert checkpoint.card.command == f"convscope train --network {name}"
    assert (checkpoint.folder / checkpoints.WEIGHTS).stat().st_size <= 20_000_000
