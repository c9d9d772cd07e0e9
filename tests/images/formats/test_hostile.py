"""Whatever is done to a file of any format, it is read or refused with one sentence."""

import gzip
import io
import random
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image as Pillow

from app.errors import BlindReadError, WorkerDied
from app.images.formats import serve
from app.images.formats.find import describe
from app.images.read import read_image
from tests.images.dicom_files import phantom
from tests.images.formats.files import (
    write_h5,
    write_nifti,
    write_npy,
    write_npz,
    write_pngs,
    write_tiff,
)
from tests.images.workflow import scanned

WRITERS = {
    "a.npy": write_npy,
    "a.npz": lambda path, pixels: write_npz(path, image=pixels),
    "a.h5": lambda path, pixels: write_h5(path, packed=True, reconstruction=pixels),
    "a.hdf5": lambda path, pixels: write_h5(path, reconstruction=pixels),
    "a.tif": write_tiff,
    "a.tiff": lambda path, pixels: write_tiff(path, pixels, compression="lzw"),
    "a.nii": write_nifti,
    "a.nii.gz": write_nifti,
    "a.png": lambda path, pixels: Pillow.fromarray(pixels[0]).save(path),
    "a.jpg": lambda path, pixels: Pillow.fromarray((pixels[0] >> 4).astype("u1")).save(path),
}
TIMES = 24


def damaged(data, chance, *, header):
    """Return a copy with bytes changed, cut out or doubled, in the header or anywhere."""
    copy = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 8])):
        at = chance.randrange(4, max(min(len(copy), 700) if header else len(copy), 5))
        kind = chance.randrange(2 if header else 5)
        if kind < 2:
            copy[at : at + 1] = bytes([chance.choice([0, 1, 127, 128, 255, chance.randrange(256)])])
        elif kind == 2:
            copy[at : at + 4] = b"\xff\xff\xff\xff"
        elif kind == 3:
            del copy[at : at + chance.randrange(1, 16)]
        else:
            copy[at:at] = copy[at : at + chance.randrange(1, 64)]
    return bytes(copy)


def read_or_refuse(path):
    """Return whether a file was read; a refusal must be one sentence that names it."""
    try:
        read_image(describe(path, path.parent))
    except BlindReadError as error:
        refusal = error
    else:
        return True
    assert path.name in str(refusal)
    assert "\n" not in refusal.sentence
    assert refusal.remedy
    return False


@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_file_is_read_or_refused(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](path, phantom(2, 24, 24))
    data = path.read_bytes()
    chance = random.Random(name)  # noqa: S311 - repeatable damage
    for index in range(TIMES):
        path.write_bytes(damaged(data, chance, header=bool(index % 2)))
        read_or_refuse(path)


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_is_cut_short_is_refused(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](path, phantom(2, 24, 24))
    data = path.read_bytes()
    for share in (0, 0.01, 0.5, 0.95):
        path.write_bytes(data[: int(len(data) * share)])
        if not read_or_refuse(path):
            continue
        assert name == "a.jpg", share  # Pillow fills what a JPEG lacks only where all rows began


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.nii", "a.nii.gz"])
def test_a_header_that_promises_more_than_there_is_takes_no_memory(tmp_path, name):
    path = tmp_path / name
    if "nii" in name:
        write_nifti(path, np.zeros((2, 4, 4), np.int16))
        opened = gzip.open if name.endswith("gz") else open
        with opened(path, "rb") as file:
            data = bytearray(file.read())
        data[42:48] = struct.pack("<hhh", 2000, 2000, 200)
        with opened(path, "wb") as file:
            file.write(data)
    else:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<u2", "fortran_order": False, "shape": (200, 2000, 2000)}
        )
        if name == "a.npy":
            path.write_bytes(header.getvalue() + bytes(100))
        else:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("image.npy", header.getvalue() + bytes(100))

    (problem,) = scanned(tmp_path).problems

    assert "cut short" in problem.what or "cannot hold" in problem.what


@pytest.mark.parametrize("name", ["a.nii", "a.npy"])
def test_more_than_the_limit_is_refused_before_it_is_read(tmp_path, name):
    path = tmp_path / name
    if name == "a.nii":
        write_nifti(path, np.zeros((2, 4, 4), np.float64))
        data = bytearray(path.read_bytes())
        data[42:48] = struct.pack("<hhh", 30000, 30000, 3000)
        path.write_bytes(data)
    else:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f8", "fortran_order": False, "shape": (3000, 30000, 30000)}
        )
        path.write_bytes(header.getvalue())

    assert "the limit is 4 GiB" in scanned(tmp_path).problems[0].what


def test_a_gzip_bomb_is_bounded(tmp_path):
    """300 MB of zeros in 300 kB: they are not numbers that the header declares."""
    whole = write_nifti(tmp_path / "b.nii", np.zeros((1, 4, 4), np.int16)).read_bytes()
    (tmp_path / "b.nii").unlink()
    with gzip.open(tmp_path / "a.nii.gz", "wb") as file:
        file.write(whole)
        for _ in range(30):
            file.write(bytes(10_000_000))

    (series,) = scanned(tmp_path).series

    assert read_image(series).pixels.nbytes == 32


def test_pickles_in_arrays_are_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    np.save(tmp_path / "a.npy", np.array([[Trap()]], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "b.npz", image=np.array([[Trap()]], dtype=object))

    found = scanned(tmp_path)

    assert not found.series
    assert len(found.problems) == 2
    assert not (tmp_path / "sprung").exists()


def test_a_reader_that_crashes_refuses_its_file_alone(tmp_path, monkeypatch):
    """The worker dies at one file; the next is read."""
    write_pngs(tmp_path, phantom(2), "{}.png")
    first, second = (describe(tmp_path / f"{n}.png", tmp_path) for n in (1, 2))
    real = serve.worker.ask

    def crash(path, request, limit, where):
        if path.name == "1.png":
            process = serve.worker._shared._running()
            process.kill()
            process.wait()
            process.poll = lambda: None  # as if it died between the question and the answer
        return real(path, request, limit, where)

    monkeypatch.setattr(serve.worker, "ask", crash)
    with pytest.raises(WorkerDied, match=r"1\.png: the decoder crashed at slice 1"):
        read_image(first)

    np.testing.assert_array_equal(read_image(second).pixels[0], phantom(2)[1])


def test_reading_leaves_nothing_behind(tmp_path):
    for name, write in WRITERS.items():
        write(tmp_path / name, phantom(2, 24, 24))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    for one in scanned(tmp_path).series:
        read_image(one)

    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
