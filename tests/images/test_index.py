"""A second scan finds what the first one found, without reading the files again."""

import hashlib
import json
import os
import time
from dataclasses import replace

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


def older_layout(content):
    """Return an index as it was before it had lines: a hash, and one JSON text of all."""
    first, *lines = map(json.loads, content.splitlines()[:-1])
    whole = {**first, "shared": [], "files": {}}
    for line in lines:
        whole["shared"] += line["shared"]
        whole["files"].update(line["files"])
    text = json.dumps(whole).encode()
    return hashlib.sha256(text).hexdigest().encode() + b"\n" + text


@pytest.mark.parametrize(
    "damage",
    ["cut", "changed", "other version", "not json", "empty", "a line short", "older layout"],
)
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
                "a line short": b"".join(content.splitlines(keepends=True)[:-2]),
                "older layout": older_layout(content),
            }[damage]
        )

    assert scanned(source) == first
    (file,) = index_files(tmp_path)
    assert len(file.read_bytes()) == len(content) or damage == "other version"


def test_an_index_of_many_lines_finds_the_same(source, read, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "LINE", 2)
    first = scanned(source)
    read.clear()
    assert scanned(source) == first
    assert read == ["README.md"]
    write_ct(source / "z", slices=3)  # the facts of the others are written again from the index
    third = scanned(source)
    read.clear()

    assert scanned(source) == third
    assert read == ["README.md"]
    (file,) = index_files(tmp_path)
    assert len(file.read_bytes().splitlines()) > 6


def test_no_line_of_an_index_is_long_however_many_files_there_are(source, tmp_path):
    """While Python reads or writes one line, nothing else runs: not the screen either."""
    path, reader = source / "a" / "001.dcm", FactReader()
    (found,) = reader.ordinary(path, path.parent) or reader.unusual(path, path.parent)
    index = module.Index(source)
    for number in range(5000):
        name = f"{number:05}.dcm"
        index._stamps[name] = (1, 2, 3)
        index._new[name] = [replace(found, instance_uid=f"1.2.{number}", sources=(f"1.{number}",))]
    index.save()

    (file,) = index_files(tmp_path)
    lines = file.read_bytes().splitlines()
    assert max(map(len, lines)) < 200_000
    assert len(module.Index(source)._old) == 5000


def test_an_index_that_cannot_be_written_to_its_end_leaves_the_one_before(
    source, tmp_path, monkeypatch
):
    scanned(source)
    (file,) = index_files(tmp_path)
    before = file.read_bytes()
    write_ct(source / "z", slices=3)

    def full(self):
        yield {"made_by": "", "root": ""}
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.Index, "_lines", full)
    scanned(source)

    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == [file.name]


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
