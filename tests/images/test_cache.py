"""Images read lately are at hand; what is kept stays within its bytes."""

import threading
import tracemalloc
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import RLELossless

from app.errors import NotAnImage
from app.images.cache import ImageCache, stamps_of
from app.images.gradual import Gathering, is_slow, next_slice
from app.images.read import read_image
from tests.images.dicom_files import phantom, write_ct
from tests.images.workflow import scanned

MEBI = 2**20


def series_in(folder, **more):
    write_ct(folder, **more)
    return scanned(folder).series[0]


def reader(cache, series):
    files = tuple(one.path for one in series.slices)
    return lambda: cache.get(series, files, lambda: read_image(series))


def test_an_image_is_read_once_and_again_when_a_file_changes(tmp_path):
    series, cache = series_in(tmp_path), ImageCache()
    read = reader(cache, series)

    first = read()
    assert read() is first
    assert cache.bytes == first.pixels.nbytes
    path = series.slices[0].path
    path.write_bytes(path.read_bytes() + bytes(2))
    assert read() is not first
    assert cache.bytes == first.pixels.nbytes


def test_a_kept_image_cannot_be_written_to(tmp_path):
    image = reader(ImageCache(), series_in(tmp_path))()

    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0] = 0


def test_the_images_used_last_are_kept_within_the_bytes(tmp_path):
    a, b, c = (series_in(tmp_path / name) for name in "abc")
    size = read_image(a).pixels.nbytes
    cache = ImageCache(limit=2 * size)
    for series in (a, b, a, c):
        reader(cache, series)()

    assert [cache.holds(one) for one in (a, b, c)] == [True, False, True]
    assert cache.bytes == 2 * size


def test_an_image_larger_than_the_cache_is_not_kept(tmp_path):
    cache = ImageCache(limit=10)
    reader(cache, series_in(tmp_path))()

    assert cache.bytes == 0


def test_a_missing_file_is_refused_by_its_name(tmp_path):
    series = series_in(tmp_path)
    series.slices[1].path.unlink()

    with pytest.raises(NotAnImage, match=r"002\.dcm"):
        reader(ImageCache(), series)()


def test_a_slow_drive_can_be_left_after_each_of_its_files(tmp_path, monkeypatch):
    series, asked = series_in(tmp_path), []
    files = tuple(one.path for one in series.slices)
    stat = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **more: asked.append(path) or stat(path, **more))
    steps = stamps_of(files)

    next(steps)
    next(steps)
    steps.close()

    assert asked == list(files[:2])


def test_two_that_ask_at_once_make_one_reading(tmp_path):
    series, cache, reads = series_in(tmp_path), ImageCache(), []
    begun, go_on = threading.Event(), threading.Event()

    def read():
        reads.append(1)
        begun.set()
        go_on.wait(10)
        return read_image(series)

    threads = [threading.Thread(target=cache.get, args=(series, (), read)) for _ in range(3)]
    threads[0].start()
    begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(10)

    assert reads == [1]


def test_memory_stays_flat_over_fifty_series(tmp_path):
    found = [series_in(tmp_path / f"{i:02}", rows=128, columns=128) for i in range(50)]
    size = read_image(found[0]).pixels.nbytes
    cache = ImageCache(limit=8 * size)
    tracemalloc.start()
    try:
        held = []
        for series in found:
            reader(cache, series)()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert cache.bytes == 8 * size
    assert max(held[10:]) - min(held[10:]) < size


def test_slices_gathered_one_by_one_make_the_same_image(tmp_path):
    series = series_in(tmp_path, pixels=phantom(5), syntax=RLELossless, PixelPaddingValue=3000)
    whole, parts = read_image(series), Gathering(5)
    for index in (3, 0, 4, 2, 1):
        assert index not in parts
        parts.add(index, read_image(series, [index]))
        np.testing.assert_array_equal(parts.image().pixels[index], whole.pixels[index])

    made = parts.image()
    np.testing.assert_array_equal(made.pixels, whole.pixels)
    for name in (field.name for field in fields(whole)):
        if name != "pixels":
            assert getattr(made, name) == getattr(whole, name), name


def test_only_compressed_series_are_slow(tmp_path):
    assert is_slow(series_in(tmp_path / "a", syntax=RLELossless))
    assert not is_slow(series_in(tmp_path / "b"))


def test_the_slice_in_view_comes_first_and_then_those_ahead():
    part = read_part()
    done, order = Gathering(8), []
    while (index := next_slice(done, 4, True)) is not None:
        order.append(index)
        done.add(index, part)

    assert order == [4, 5, 6, 3, 7, 2, 1, 0]
    assert next_slice(Gathering(8), 4, False) == 4


def read_part():
    from app.domain.image import Grid, Image

    return Image(np.zeros((1, 2, 2), np.uint8), (1.0,), (0.0,), Grid(2, 2, 1))
