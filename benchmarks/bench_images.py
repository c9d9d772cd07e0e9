"""Finding and opening images against other readers: ``pytest benchmarks/bench_images.py``.

Every figure is a ratio of medians measured in turns within one run, so that a
busy computer slows all of them alike. BLINDREAD_BENCH_FILES makes the folder
smaller than 10,000 files, for a quick look.
"""

import gc
import os
import statistics
import time
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import JPEG2000Lossless

from app.domain.pair import Pair
from app.images import headers, index, scan
from app.images.cache import ImageCache
from app.images.read import read_image
from app.workflows import inspect
from tests.images.dicom_files import write_ct
from tests.images.workflow import finish

sitk = pytest.importorskip("SimpleITK", reason="the peer SimpleITK is not installed: make bench")

FILES = int(os.environ.get("BLINDREAD_BENCH_FILES", "10000"))
SLICES = 140
ROUNDS = 5


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("BLINDREAD_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Series of 140 files with the header of a real CT, 256 elements."""
    folder = tmp_path_factory.mktemp("many")
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    for number in range(FILES):
        series, slice_number = divmod(number, SLICES)
        dataset.SeriesInstanceUID = f"1.2.826.0.1.3680043.8.498.{series}"
        instance = f"{dataset.SeriesInstanceUID}.{slice_number * 7 + 1}"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = instance
        dataset.InstanceNumber = slice_number + 1
        height = round(-75.7 + 2.5 * slice_number, 3)
        dataset.ImagePositionPatient = [-158.135803, -179.035797, height]
        dataset.SliceLocation = height
        place = folder / f"case{series:03}" / "reference"
        place.mkdir(parents=True, exist_ok=True)
        dataset.save_as(place / f"{slice_number:04}.dcm")
    return folder


@pytest.fixture(scope="module")
def volume(tmp_path_factory):
    """One uncompressed CT series of 140 slices, 512 x 512."""
    folder = tmp_path_factory.mktemp("volume")
    write_ct(folder, slices=SLICES, rows=512, columns=512)
    return finish(scan.scan(folder)).series[0]


def in_turns(ways, rounds=ROUNDS, clock=time.perf_counter):
    """Return the median seconds of each way, measured one after the other in every round."""
    times = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            gc.collect()
            begun = clock()
            way()
            if turn:  # the first round warms up
                times[name].append(clock() - begun)
    return {name: statistics.median(taken) for name, taken in times.items()}


def report(benchmark, capsys, ours, medians, unit=1.0):
    """Print the medians and their ratios, and give ours to the table of benchmarks."""
    benchmark.extra_info["medians"] = medians
    with capsys.disabled():
        print()
        for name, seconds in medians.items():
            ratio = seconds / medians[ours]
            print(f"  {name:42} {seconds * 1e3 * unit:10.1f} ms   x {ratio:.2f}")


def by_pydicom(folder, tags):
    for path in scan.list_files(folder):
        dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=tags)
        for element in dataset:
            _ = element.value


def without_values(folder, tags):
    for path in scan.list_files(folder):
        pydicom.dcmread(path, stop_before_pixels=True, specific_tags=tags)


def by_simpleitk(folder):
    for place in sorted(folder.glob("*/*")):
        for uid in sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(place)):
            assert sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(place), uid)


def found_anew(folder):
    """Find the series, with no index from before and none for later."""
    files = list(scan.list_files(folder))
    assert len(finish(scan.scan_files(files, folder)).series) == len(list(folder.glob("*/*")))


def indexed(folder):
    """Find the series and write the index."""
    for old in (index.cache_folder() / "index").glob("*"):
        old.unlink()
    assert finish(scan.scan(folder)).series


def test_indexing_a_folder(benchmark, capsys, folder, monkeypatch):
    """Every way uses one thread and files the system has at hand: processor time is compared."""
    monkeypatch.setattr(index, "FRESH", -(10**15))  # the files have just been made
    tags = sorted(headers.WANTED)
    medians = in_turns(
        {
            "blindread": lambda: found_anew(folder),
            "blindread, index written": lambda: indexed(folder),
            "pydicom, values read": lambda: by_pydicom(folder, tags),
            "pydicom, values left raw": lambda: without_values(folder, tags),
            "SimpleITK": lambda: by_simpleitk(folder),
        },
        rounds=3,
        clock=time.process_time,
    )
    benchmark.pedantic(indexed, (folder,), rounds=1)
    report(benchmark, capsys, "blindread", medians)

    assert medians["pydicom, values read"] >= 10 * medians["blindread"]
    assert medians["SimpleITK"] >= 3 * medians["blindread"]


def test_indexing_it_again(benchmark, monkeypatch, folder):
    monkeypatch.setattr(index, "FRESH", -(10**15))  # the files have just been made
    finish(scan.scan(folder))
    benchmark.pedantic(lambda: finish(scan.scan(folder)), rounds=ROUNDS)

    assert benchmark.stats.stats.median < 1.0


def test_opening_an_uncompressed_series(benchmark, capsys, volume):
    places = [(one.path, headers.read_header(one.path).pixels.offset) for one in volume.slices]

    def raw():
        pixels = np.empty((SLICES, 512, 512), np.int16)
        for plane, (path, offset) in zip(pixels, places, strict=True):
            with path.open("rb", buffering=0) as file:
                file.seek(offset)
                file.readinto(plane)

    medians = in_turns(
        {
            "seek and readinto": raw,
            "blindread": lambda: read_image(volume),
            "pydicom": lambda: np.stack([pydicom.dcmread(p).pixel_array for p, _ in places]),
            "SimpleITK": lambda: sitk.ReadImage([str(path) for path, _ in places]),
        }
    )
    benchmark.pedantic(read_image, (volume,), rounds=ROUNDS)
    report(benchmark, capsys, "seek and readinto", medians)

    assert medians["blindread"] <= 2 * medians["seek and readinto"]


def test_the_first_slice_of_a_compressed_pair(benchmark, capsys, tmp_path):
    for name in ("reference", "arm"):
        write_ct(
            tmp_path / name, slices=40, rows=512, columns=512, syntax=JPEG2000Lossless,
            seed=len(name), series=name,
        )  # fmt: skip
    arm, reference = finish(scan.scan(tmp_path)).series
    pair = Pair("case", "arm", reference, arm, tuple((i, i) for i in range(40)), "folder")

    def first():
        inspect._images().clear()
        inspect._begun.clear()
        steps = inspect.load(pair)
        assert next(steps).reference is not None
        return steps

    def whole():
        return finish(first())

    first().close()
    medians = in_turns(
        {
            "first slice": lambda: first().close(),
            "all 40 slices": whole,
            "the same pair again": lambda: finish(inspect.load(pair)),
        },
        rounds=3,
    )
    benchmark.pedantic(lambda: first().close(), rounds=ROUNDS)
    report(benchmark, capsys, "all 40 slices", medians)

    assert medians["first slice"] < medians["all 40 slices"] / 10
    assert medians["the same pair again"] < medians["all 40 slices"] / 10


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_over_fifty_series(benchmark, capsys, volume):
    """Fifty series of 73 MB through a cache of 512 MB."""
    cache, held = ImageCache(), []

    def fifty():
        for number in range(50):
            cache.get(number, (), lambda: read_image(volume))
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            held.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)

    benchmark.pedantic(fifty, rounds=1)
    with capsys.disabled():
        print(f"\n  resident after 10, 30 and 50 series: "
              f"{held[9]:.0f}, {held[29]:.0f}, {held[49]:.0f} MiB")  # fmt: skip

    assert max(held[10:]) - min(held[10:]) < 160
