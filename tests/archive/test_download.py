"""Folders that cannot be escaped, files that are complete, and a second fetch that knows them."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archive.download import LONGEST, Shelf, safe_name
from app.domain.archived import ArchivedSeries
from app.errors import InputError, StoreError
from app.store import files as store
from app.store.files import atomic_write
from tests.images.dicom_files import uid, write_ct


def series(number=1, *, patient="P", description="SOFT", study="1.2.3", date="20240131"):
    return ArchivedSeries(
        study, f"1.2.3.{number}", patient, study_date=date, number=str(number),
        description=description, modality="CT",
    )  # fmt: skip


@given(st.text(max_size=300))
def test_any_text_becomes_the_name_of_one_visible_folder(text):
    name = safe_name(text, "series")

    assert name
    assert len(name) <= LONGEST + 1
    assert name not in (".", "..")
    assert not name.startswith(".")
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert Path("a", name).parent == Path("a")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\Windows", "C_Windows"),
        ("CON", "CON_"),
        ("Kopf nativ 1.0 H30s", "Kopf nativ 1.0 H30s"),
        ("頭部 CT", "頭部 CT"),
        ("...", "series"),
    ],
)
def test_names_by_hand(text, name):
    assert safe_name(text, "series") == name


def test_every_series_and_study_has_its_own_folder(tmp_path):
    shelf = Shelf(tmp_path, atomic_write)
    wanted = [
        series(1), series(2), series(3, description="soft"), series(4, description="../x"),
        series(5, study="1.2.4", date="20240201"), series(6, study="1.2.5", date="20240201"),
        series(7, study="1.2.6", patient=".."),
    ]  # fmt: skip
    folders = [shelf.folder(one) for one in wanted]
    for one, folder in zip(wanted, folders, strict=True):
        shelf.keep(one, f"{one.series_uid}.9", b"x")
        assert shelf.folder(one) == folder

    names = [folder.relative_to(tmp_path).as_posix() for folder in folders]
    assert names[:5] == ["P/SOFT", "P/SOFT (2)", "P/soft (3)", "P/x", "P 20240201/SOFT"]
    assert names[5].startswith("P ")
    assert names[6] == "study 20240131/SOFT"
    assert len({name.casefold() for name in names}) == len(names)


def test_folders_of_an_earlier_fetch_are_found_again_whatever_their_name(tmp_path):
    local = write_ct(tmp_path / "renamed" / "by hand", slices=2, series="a")
    shelf = Shelf(tmp_path, atomic_write)
    known = ArchivedSeries(str(uid("study", 2)), str(uid("series", "a")), description="SOFT")
    other = ArchivedSeries(str(uid("study", 2)), "1.2.9", description="by hand", number="9")

    assert shelf.folder(known) == tmp_path / "renamed" / "by hand"
    assert len(shelf.there(known)) == len(local)  # by their headers: the names are no UIDs
    assert shelf.folder(other) == tmp_path / "renamed" / "by hand (9)"


def test_an_empty_file_is_not_there_and_a_half_written_one_is_swept(tmp_path):
    write_ct(tmp_path / "P" / "SOFT", slices=1, series="a")
    known = ArchivedSeries(str(uid("study", 2)), str(uid("series", "a")))
    (tmp_path / "P" / "SOFT" / "1.2.3.dcm").touch()
    left = tmp_path / "P" / "SOFT" / ".1.2.4.dcm.00ff.part"
    left.touch()
    shelf = Shelf(tmp_path, atomic_write)
    shelf.sweep()

    assert "1.2.3" not in shelf.there(known)
    assert not left.exists()


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left") as failure:
        Shelf(tmp_path, atomic_write).keep(series(), "1.2.3", b"x")

    assert "free space" in failure.value.remedy
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(InputError, match="is a file"):
        Shelf(tmp_path / "file", atomic_write)
