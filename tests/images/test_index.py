"""A second scan finds what the first one found, without reading the files again."""

import os
import time

import pytest

from app.errors import NotAnImage
from app.images import index as module
from app.images import scan as scan_module
from app.images.fact_reader import FactReader
from tests.images.dicom_files import phantom, write_ct, write_enhanced
from tests.images.workflow import scanned


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A folder of every kind of file, old enough to be trusted."""
    monkeypatch.setattr(scan_module, "LEAST_FILES", 1)
    monkeypatch.setattr(module, "FRESH", -(10**15))
    monkeypatch.setenv("BLINDREAD_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "source"
    write_ct(folder / "a", slices=3)
    write_ct(folder / "b", slices=2, SeriesDescription="Ü", SpecificCharacterSet="ISO_IR 100")
    write_ct(folder / "c", slices=2, geometry=False)
    write_enhanced(folder / "many.dcm", frames=phantom(3))
    (folder / "text.dcm").write_text("not an image")
    (folder / "README.md").write_text("not an image")
    return folder


@pytest.fixture
def read(monkeypatch):
    """The files that are read."""
    names = []
    for way in ("ordinary", "unusual"):
        original = getattr(FactReader, way)

        def told(self, path, folder, original=original):
            if path.name not in names:
                names.append(path.name)
            return original(self, path, folder)

        monkeypatch.setattr(FactReader, way, told)
    return names


def index_files(tmp_path):
    return sorted((tmp_path / "cache" / "index").glob("*.json"))


def test_the_second_scan_reads_no_image_and_finds_the_same(source, read, tmp_path):
    first = scanned(source)
    read.clear()

    second = scanned(source)

    assert second == first
    assert read == ["README.md"]
    assert len(first.series) == 4
    assert len(index_files(tmp_path)) == 1


def test_what_has_changed_is_read_again(source, read):
    scanned(source)
    read.clear()
    write_ct(source / "a", slices=1, names=["002.dcm"], start=(0, 0, 500))
    (source / "a" / "003.dcm").unlink()
    os.utime(source / "a" / "001.dcm", (time.time() + 9, time.time() + 9))

    found = scanned(source)

    assert sorted(read) == ["001.dcm", "002.dcm", "README.md"]
    assert found == scanned(source)
    assert sum(len(one.slices) for one in found.series) == 9


def test_a_file_that_has_just_changed_is_not_trusted(source, read, monkeypatch):
    monkeypatch.setattr(module, "FRESH", 3600 * 10**9)
    scanned(source)
    read.clear()
    scanned(source)

    assert len(read) > 5


@pytest.mark.parametrize("damage", ["cut", "changed", "other version", "not json", "empty"])
def test_a_damaged_index_counts_as_none_and_is_made_again(source, tmp_path, damage, monkeypatch):
    first = scanned(source)
    (file,) = index_files(tmp_path)
    content = file.read_bytes()
    if damage == "other version":
        monkeypatch.setattr(module, "made_by", lambda: "another")
    else:
        file.write_bytes(
            {
                "cut": content[:-20],
                "changed": content.replace(b'"CT"', b'"MR"'),
                "not json": b"\x00\xff",
                "empty": b"",
            }[damage]
        )

    assert scanned(source) == first
    (file,) = index_files(tmp_path)
    assert len(file.read_bytes()) == len(content) or damage == "other version"


def test_nothing_is_written_among_the_inputs(source, monkeypatch):
    monkeypatch.setenv("BLINDREAD_CACHE", str(source / "cache"))

    scanned(source)

    assert not (source / "cache").exists()


def test_a_folder_that_cannot_be_written_is_no_failure(source, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BLINDREAD_CACHE", str(tmp_path / "file"))

    assert len(scanned(source).series) == 4


def test_a_refusal_is_kept_with_its_sentence(source):
    index = module.Index(source)
    path = source / "text.dcm"
    assert index.find(path, source) is None
    index.keep(path, NotAnImage("text.dcm: no.", remedy="Leave it out."))
    index.save()

    with pytest.raises(NotAnImage, match=r"text.dcm: no\.") as caught:
        module.Index(source).find(path, source)
    assert caught.value.remedy == "Leave it out."


def test_few_files_leave_no_index(tmp_path, monkeypatch):
    monkeypatch.setenv("BLINDREAD_CACHE", str(tmp_path / "cache"))
    write_ct(tmp_path / "a")

    scanned(tmp_path / "a")

    assert not (tmp_path / "cache").exists()
