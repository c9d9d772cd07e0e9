"""Films are opened again by another reader: size, number, rate and colours of the frames."""

import cv2
import numpy as np
import pytest
from PIL import Image

from app.errors import StoreError
from app.store.film import film

ORANGE = (196, 84, 12)


def frames(count=5, rows=31, columns=47):
    """Grey ramps that become brighter."""
    across = np.linspace(0, 155, columns)
    for number in range(count):
        grey = np.rint(across + 20 * number + np.arange(rows)[:, np.newaxis] / 2).astype(np.uint8)
        yield np.repeat(grey[..., np.newaxis], 3, axis=2)


def test_a_gif_has_every_frame_with_its_greys_and_its_rate(tmp_path):
    place = tmp_path / "slices.gif"
    with film(place, 10) as add:
        for one in frames():
            add(one)

    with Image.open(place) as opened:
        assert (opened.size, opened.n_frames, opened.info["loop"]) == ((47, 31), 5, 0)
        for number, one in enumerate(frames()):
            opened.seek(number)
            assert opened.info["duration"] == 100
            assert np.array_equal(np.asarray(opened.convert("RGB")), one)


def test_a_gif_keeps_the_colours_it_was_told_of(tmp_path):
    place = tmp_path / "difference.gif"
    frame = next(frames())
    frame[5:10, 5:10] = ORANGE
    with film(place, 10, np.array([ORANGE], np.uint8)) as add:
        add(frame)

    with Image.open(place) as opened:
        read = np.asarray(opened.convert("RGB")).astype(int)
    assert tuple(read[7, 7]) == ORANGE
    assert np.abs(read - frame).max() <= 1


def test_an_mp4_has_every_frame(tmp_path):
    place = tmp_path / "slices.mp4"
    with film(place, 12.5) as add:
        for one in frames(rows=64, columns=80):
            add(one)

    opened = cv2.VideoCapture(str(place))
    assert opened.get(cv2.CAP_PROP_FPS) == pytest.approx(12.5)
    for one in frames(rows=64, columns=80):
        there, read = opened.read()
        assert there
        assert read.shape == (64, 80, 3)
        assert np.abs(read[..., ::-1].astype(int) - one).mean() < 4
    assert not opened.read()[0]
    opened.release()


@pytest.mark.parametrize("kind", [".gif", ".mp4"])
def test_a_film_that_is_given_up_leaves_nothing(tmp_path, kind):
    def work():
        with film(tmp_path / f"slices{kind}", 10) as add:
            for one in frames():
                add(one)
                yield

    started = work()
    next(started)
    next(started)
    started.close()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["film.gif", "film.mp4"])
def test_a_film_without_frames_is_refused(tmp_path, name):
    with pytest.raises(StoreError, match="without a picture"), film(tmp_path / name, 10):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "rate"), [("film.avi", 10), ("film.gif", 0), ("film.gif", 99)])
def test_what_cannot_be_written_is_refused(tmp_path, name, rate):
    with pytest.raises(StoreError), film(tmp_path / name, rate):
        pass


def test_a_folder_that_is_gone_is_a_sentence(tmp_path):
    with pytest.raises(StoreError), film(tmp_path / "gone" / "film.mp4", 10) as add:
        add(next(frames()))
