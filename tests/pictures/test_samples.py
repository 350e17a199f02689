"""The bundled pictures."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from app import locale
from app.pictures import samples, scenes, stimuli
from app.pictures.errors import PictureUnknown

IDS = list(samples.SAMPLES)


def test_there_are_scenes_and_stimuli_with_ids_of_their_own() -> None:
    assert len(IDS) == 11
    assert all(re.fullmatch(samples.ID_PATTERN, sample_id) for sample_id in IDS)


@pytest.mark.parametrize("sample_id", IDS)
def test_a_sample_is_a_picture_with_something_on_it(sample_id: str) -> None:
    pixels = samples.picture(sample_id).pixels
    assert pixels.dtype == np.uint8
    assert pixels.shape == (samples.SAMPLES[sample_id].height, samples.SAMPLES[sample_id].width, 3)
    assert pixels.std() > 20
    assert not pixels.flags.writeable


@pytest.mark.parametrize("sample_id", IDS)
def test_drawing_again_gives_the_same_picture(sample_id: str) -> None:
    assert np.array_equal(samples.SAMPLES[sample_id].draw(), samples.picture(sample_id).pixels)


@pytest.mark.parametrize("sample_id", IDS)
def test_files_and_thumbnails(sample_id: str) -> None:
    with Image.open(io.BytesIO(samples.file(sample_id))) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), samples.picture(sample_id).pixels)
    with Image.open(io.BytesIO(samples.thumbnail(sample_id))) as image:
        assert (image.format, image.size) == ("WEBP", (samples.THUMBNAIL_PX, samples.THUMBNAIL_PX))
    assert len(samples.file(sample_id)) < 64_000
    assert len(samples.thumbnail(sample_id)) < 3_000


def test_no_two_samples_look_alike() -> None:
    small = [samples.picture(sample_id).pixels[::8, ::8].astype(int) for sample_id in IDS]
    for index, one in enumerate(small):
        assert all(np.abs(one - other).mean() > 20 for other in small[:index])


def test_every_name_is_translated() -> None:
    korean = locale.load()["ko"]
    assert all(korean.say(sample.name) != sample.name for sample in samples.SAMPLES.values())


def test_nobody_elses_id_is_a_sample() -> None:
    for ask in (samples.picture, samples.file, samples.thumbnail):
        with pytest.raises(PictureUnknown):
            ask("sample-nothing")


def test_the_bar_is_bright_and_leans_right() -> None:
    bright = np.argwhere(stimuli.bar()[..., 0] > 200)
    top, bottom = bright[bright[:, 0] < 128], bright[bright[:, 0] >= 128]
    assert top[:, 1].mean() > 128 > bottom[:, 1].mean()


def test_the_digit_is_open_to_the_left() -> None:
    bright = (stimuli.three()[..., 0] > 128).astype(int)
    assert (np.diff(bright[:, 120]) == 1).sum() == 3  # from top to bottom three strokes
    for bow in (80, 170):
        (begins,) = np.flatnonzero(np.diff(bright[bow]) == 1)
        assert begins > 128
    assert not bright[[0, -1]].any()


def test_gratings_have_eight_periods() -> None:
    row = stimuli.gratings()[10, :128, 0].astype(float)
    assert np.abs(np.fft.rfft(row - row.mean())).argmax() == 4  # half of the picture is vertical


def test_a_scene_is_symmetrical_where_it_is_mirrored() -> None:
    face = scenes.frog().astype(int)
    eyes = face[50:85, 40:216]
    assert np.abs(eyes - eyes[:, ::-1]).mean() < 25
