"""Batches are the pictures, cropped, mirrored and blanked as said, and nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from app.engine import datasets
from app.engine.augmentation import Augmentation, Augmented
from app.engine.datasets import Pictures, cifar10, digits, load, normalise, split
from app.engine.sources import SOURCES
from app.settings import Settings
from tests.engine.training_data import coloured_pictures

REAL = next(
    (f for f in (Settings().data, Path("../shared/data")) if (f / "cifar-10-batches-py").is_dir()), None
)
needs_cifar10 = pytest.mark.skipif(REAL is None, reason="CIFAR-10 is not on this machine (CONVSCOPE_DATA)")


def test_without_augmentation_a_batch_is_the_pictures_normalised() -> None:
    pictures = coloured_pictures(20)
    chosen = torch.tensor([3, 0, 19])
    inputs, labels = Augmented(pictures, Augmentation(0, flip=False)).batch(chosen, epoch=0, seed=1)
    assert torch.equal(labels, pictures.labels[chosen])
    assert torch.equal(inputs, normalise(pictures.pixels[chosen]))


def test_normalisation_is_minus_mean_over_std_of_values_from_0_to_1() -> None:
    pixels = coloured_pictures(4).pixels
    mean, std = torch.tensor(datasets.MEAN), torch.tensor(datasets.STD)
    expected = ((pixels / 255 - mean) / std).permute(0, 3, 1, 2)
    torch.testing.assert_close(normalise(pixels), expected)


def test_every_crop_is_a_window_of_the_reflected_picture_or_its_mirror_image() -> None:
    pictures = coloured_pictures(8)
    inputs, _ = Augmented(pictures, Augmentation(2)).batch(torch.arange(8), epoch=0, seed=5)
    bordered = F.pad(normalise(pictures.pixels), (2, 2, 2, 2), mode="reflect")
    seen = set()
    for picture, got in zip(bordered, inputs, strict=True):
        places = _places(picture, got)
        assert len(places) == 1
        seen.add(places[0])
    assert len(seen) > 4


def _places(bordered: torch.Tensor, got: torch.Tensor) -> list[tuple[int, int, bool]]:
    return [
        (top, left, mirrored)
        for top, left, mirrored in itertools.product(range(5), range(5), (False, True))
        for window in (bordered[:, top : top + 32, left : left + 32],)
        if torch.allclose(window.flip(-1) if mirrored else window, got, atol=1e-5)
    ]


def test_cutout_blanks_one_square_to_the_mean() -> None:
    pictures = Pictures(
        torch.full((50, 32, 32, 3), 255, dtype=torch.uint8), torch.zeros(50, dtype=torch.int64)
    )
    inputs, _ = Augmented(pictures, Augmentation(0, flip=False, cutout=8)).batch(
        torch.arange(50), epoch=0, seed=3
    )
    for picture in inputs:
        blank = (picture == 0).all(0)
        rows, columns = blank.any(1).nonzero().squeeze(1), blank.any(0).nonzero().squeeze(1)
        assert 1 <= len(rows) <= 8
        assert 1 <= len(columns) <= 8
        assert blank.sum() == len(rows) * len(columns)
        assert rows[-1] - rows[0] == len(rows) - 1


def test_a_batch_is_a_function_of_its_seed_alone() -> None:
    batches = Augmented(coloured_pictures(30), Augmentation(4, cutout=4))
    chosen = torch.arange(30)
    first = batches.batch(chosen, epoch=0, seed=11)[0]
    other = batches.batch(chosen, epoch=0, seed=12)[0]
    assert torch.equal(first, batches.batch(chosen, epoch=0, seed=11)[0])
    assert not torch.equal(first, other)


def test_a_picture_is_mirrored_in_every_other_epoch() -> None:
    batches = Augmented(coloured_pictures(30), Augmentation(0))
    chosen = torch.arange(30)
    first, second, third = (batches.batch(chosen, epoch, seed=0)[0] for epoch in range(3))
    assert torch.equal(first, second.flip(-1))
    assert torch.equal(first, third)
    assert 0 < int(batches.coins.sum()) < 30


def test_the_split_is_the_same_for_every_run_and_shares_nothing() -> None:
    pictures = Pictures(torch.zeros(100, 1, 1, 3, dtype=torch.uint8), torch.arange(100))
    training, held_out = split(pictures, 10)
    assert len(held_out) == 10
    assert sorted([*training.labels.tolist(), *held_out.labels.tolist()]) == list(range(100))
    assert torch.equal(split(pictures, 10)[1].labels, held_out.labels)


def test_a_part_of_a_batch_is_what_it_is_in_the_whole_batch() -> None:
    batches = Augmented(coloured_pictures(30), Augmentation(3, cutout=6))
    chosen = torch.randperm(30)
    whole, labels = batches.batch(chosen, epoch=1, seed=5)
    parts = [batches.batch(chosen, 1, 5, part) for part in (slice(0, 7), slice(7, 30))]
    assert torch.equal(whole, torch.cat([inputs for inputs, _ in parts]))
    assert torch.equal(labels, torch.cat([those for _, those in parts]))


def test_the_digits_are_scikit_learns_four_times_as_large() -> None:
    from sklearn.datasets import load_digits  # noqa: PLC0415

    official = load_digits()
    train, test = digits(train=True), load("digits", Path("/nowhere"), train=False)
    pixels = torch.cat([train.pixels, test.pixels])
    assert pixels.shape == (1797, 32, 32, 3)
    assert pixels.dtype == torch.uint8
    assert torch.cat([train.labels, test.labels]).tolist() == official.target.tolist()
    assert torch.equal(pixels[..., 0], pixels[..., 1])
    assert torch.equal(pixels[..., 0], pixels[..., 2])
    shrunk = pixels[..., 0].float().unfold(1, 4, 4).unfold(2, 4, 4).mean((-1, -2)) / 255 * 16
    corner = torch.tensor(official.images, dtype=torch.float32)
    correlation = torch.corrcoef(torch.stack([shrunk.flatten(), corner.flatten()]))[0, 1]
    assert correlation > 0.97  # not turned, mirrored, or out of order
    assert all(count > 30 for count in test.labels.bincount().tolist())


def test_what_is_said_of_the_digits_is_so() -> None:
    source, train, test = SOURCES["digits"], digits(train=True), digits(train=False)
    assert (len(train), len(test)) == (source.train_pictures, source.test_pictures)
    values = train.pixels.double() / 255
    assert values.mean((0, 1, 2)).tolist() == pytest.approx(source.mean, abs=1e-4)
    assert values.std((0, 1, 2)).tolist() == pytest.approx(source.std, abs=1e-4)
    assert train.source == test[:5].source == source


def test_pictures_are_normalised_by_their_own_source() -> None:
    train = digits(train=True)[:4]
    inputs, _ = Augmented(train, Augmentation(0, flip=False)).batch(torch.arange(4), epoch=0, seed=0)
    assert torch.equal(inputs, normalise(train.pixels, train.source.mean, train.source.std))
    assert not torch.equal(inputs, normalise(train.pixels))


def test_data_out_of_reach_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("torchvision.datasets.cifar.download_and_extract_archive", refuse)
    with pytest.raises(datasets.DataUnreachable, match="--data"):
        cifar10(tmp_path, train=True, download=True)


@needs_cifar10
def test_the_official_pictures_are_read_as_they_are() -> None:
    assert REAL is not None
    train, test = cifar10(REAL, train=True), cifar10(REAL, train=False)
    assert train.pixels.shape == (50_000, 32, 32, 3)
    assert test.labels.bincount().tolist() == [1000] * 10
    mean = (train.pixels.float() / 255).mean((0, 1, 2))
    torch.testing.assert_close(mean, torch.tensor(datasets.MEAN), atol=1e-4, rtol=0)
