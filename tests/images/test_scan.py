"""A folder becomes series; everything that is none gets a reason."""

import gzip
import shutil

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from app.domain.progress import Progress
from app.errors import InputError
from app.images import scan as scan_module
from app.images.scan import find_files, list_files, scan
from tests.images.dicom_files import phantom, save, uid, write_ct, write_enhanced
from tests.images.workflow import finish, scanned

SAGITTAL = (0, 1, 0, 0, 0, -1)


def test_slices_are_sorted_by_place_and_not_by_number(tmp_path):
    files = write_ct(tmp_path, instance_numbers=[4, 3, 2, 1])

    (series,) = scanned(tmp_path).series

    assert [one.path for one in series.slices] == files
    assert series.grid.shape == (4, 32, 32)


def test_a_tilted_gantry_keeps_its_order(tmp_path):
    files = write_ct(tmp_path, orientation=(1, 0, 0, 0, 0.8, -0.6), step=-5)

    (series,) = scanned(tmp_path).series

    assert [one.path for one in series.slices] == files[::-1]


def test_without_places_the_number_decides(tmp_path):
    files = write_ct(tmp_path, geometry=False, instance_numbers=[2, 1, 10, 9])

    (series,) = scanned(tmp_path).series

    assert [one.path for one in series.slices] == [files[i] for i in (1, 0, 3, 2)]
    assert series.grid.positions is None


def test_one_series_in_two_folders_is_two(tmp_path):
    write_ct(tmp_path / "a", series="same")
    write_ct(tmp_path / "b", series="same")

    found = scanned(tmp_path)

    assert [one.folder.as_posix() for one in found.series] == ["a", "b"]
    assert len({one.uid for one in found.series}) == 1


def test_directions_are_kept_apart(tmp_path):
    write_ct(tmp_path, series="both")
    write_ct(tmp_path, series="both", orientation=SAGITTAL, slices=2, names=["x.dcm", "y.dcm"])

    found = scanned(tmp_path)

    assert sorted(one.grid.slices for one in found.series) == [2, 4]
    assert not found.problems


def test_a_second_slice_at_one_place_is_told(tmp_path):
    write_ct(tmp_path, series="echoes")
    write_ct(tmp_path, series="echoes", slices=2, names=["e1.dcm", "e2.dcm"],
             instance_numbers=[9, 10])  # fmt: skip

    found = scanned(tmp_path)

    (series,), (problem,) = found.series, found.problems
    assert [one.path.name for one in series.slices] == ["001.dcm", "002.dcm", "003.dcm", "004.dcm"]
    assert "2 of 6 slices" in problem.what


def test_one_slice_without_a_place_does_not_spoil_the_others(tmp_path):
    files = write_ct(tmp_path)
    save(pydicom.dcmread(files[1]), files[1], {"ImagePositionPatient": None})

    found = scanned(tmp_path)

    (series,), (problem,) = found.series, found.problems
    assert series.grid.slices == 3
    assert series.grid.positions is not None
    assert "ImagePositionPatient" in problem.what


def test_localizers_are_set_apart(tmp_path):
    write_ct(tmp_path)
    write_ct(
        tmp_path, slices=1, names=["scout.dcm"], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]
    )

    found = scanned(tmp_path)

    assert [one.grid.slices for one in found.series] == [4]
    assert "localizer" in found.problems[0].what


def test_a_derived_series_names_its_source(tmp_path):
    files = write_ct(tmp_path / "a")
    by_instance, by_series = Dataset(), Dataset()
    by_instance.ReferencedSOPInstanceUID = pydicom.dcmread(files[0]).SOPInstanceUID
    by_series.SeriesInstanceUID = pydicom.dcmread(files[0]).SeriesInstanceUID
    kind = ["DERIVED", "PRIMARY"]
    write_ct(tmp_path / "b", ImageType=kind, SourceImageSequence=Items([by_instance]))
    write_ct(tmp_path / "c", ImageType=kind, ReferencedSeriesSequence=Items([by_series]))

    original, *others = scanned(tmp_path).series

    assert not original.derived
    for one in others:
        assert one.derived
        assert one.derived_from == (original.uid,)


def test_only_what_pretends_to_be_dicom_is_told(tmp_path):
    (good,) = write_ct(tmp_path, slices=1)
    (tmp_path / "README.md").write_text("not an image")
    (tmp_path / ".hidden.dcm").write_text("hidden")
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "notes.dcm").write_text("not an image")
    (tmp_path / "empty.dcm").touch()
    (tmp_path / "packed.dcm.gz").write_bytes(gzip.compress(good.read_bytes()))
    shutil.copy(good, tmp_path / "without_suffix")

    found = scanned(tmp_path)

    assert {one.path: one.what.split(": ")[1] for one in found.problems} == {
        "empty.dcm": "the file is empty.",
        "notes.dcm": "it does not begin as a DICOM file.",
        "packed.dcm.gz": "it is a gzip archive, not a DICOM file.",
    }
    assert sum(one.grid.slices for one in found.series) == 2


def test_a_bare_data_set_is_read(tmp_path):
    (path,) = write_ct(tmp_path, slices=1)
    ds = pydicom.dcmread(path)
    bare = tmp_path / "bare"
    with bare.open("wb") as file:
        pydicom.dcmwrite(file, Dataset(ds), implicit_vr=True, little_endian=True)
    path.unlink()

    (series,) = scanned(tmp_path).series

    assert series.slices[0].path == bare


def test_sequences_nested_without_end_are_a_problem(tmp_path):
    (path,) = write_ct(tmp_path, slices=1)
    head, pixels = path.read_bytes().split(b"\xe0\x7f\x10\x00", 1)
    nest = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 2000
    path.write_bytes(head + nest + b"\xe0\x7f\x10\x00" + pixels)

    found = scanned(tmp_path)

    assert not found.series
    assert "nested too deeply" in found.problems[0].what


def test_a_multiframe_file_is_a_series_of_its_own(tmp_path):
    for name in ("a.dcm", "b.dcm"):
        write_enhanced(tmp_path / name, frames=phantom(3), SeriesInstanceUID=uid("one"))

    found = scanned(tmp_path)

    assert [one.grid.slices for one in found.series] == [3, 3]
    assert [[part.frame for part in one.slices] for one in found.series] == [[0, 1, 2]] * 2


def test_an_empty_folder_holds_nothing_and_a_missing_one_is_refused(tmp_path):
    assert scanned(tmp_path).series == ()
    with pytest.raises(InputError, match="no folder or file"):
        scanned(tmp_path / "missing")


def test_a_whole_drive_is_listed_in_small_steps_and_can_be_left_between_them(tmp_path, monkeypatch):
    monkeypatch.setattr(scan_module, "LONGEST_S", 1000)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(scan_module.LISTED):
            (tmp_path / name / f"{number:04}.txt").touch()
    steps = scan(tmp_path)

    told = [next(steps).what for _ in range(4)]
    steps.close()

    assert told[0] == "looking for files"
    assert all("so far" in what for what in told[1:])
    assert finish(find_files(tmp_path)) == list(list_files(tmp_path))
    assert len(list(list_files(tmp_path))) == 2 * scan_module.LISTED


def test_a_slow_drive_is_left_after_a_moment(tmp_path, monkeypatch):
    write_ct(tmp_path)
    monkeypatch.setattr(scan_module, "LONGEST_S", -1)
    steps = scan(tmp_path)

    told = [step.what for step in steps]

    assert told.count("reading headers") == 5
    assert sum("so far" in what for what in told) >= 8


def test_progress_is_reported_and_the_scan_can_be_closed(tmp_path):
    write_ct(tmp_path)
    steps = scan(tmp_path)

    next(steps)
    assert next(steps) == Progress(0, 4, "reading headers")
    steps.close()
