"""What was paired is written as a manifest, and the manifest pairs it again."""

import csv
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.workflows.pair import arrange, manifest_rows, pair, replay, write_manifest
from tests.images.dicom_files import phantom, write_ct, write_enhanced
from tests.images.workflow import finish


def told(pairing):
    """What two pairings must agree in."""
    return [
        (
            one.case,
            one.arm,
            files(one.reference),
            files(one.reconstruction),
            one.slices,
            one.slices_by,
            one.note,
        )
        for one in pairing.pairs
    ]


def files(series):
    return [(os.path.realpath(one.path), one.frame) for one in series.slices]


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


def again(found, target):
    """Write the manifest of an arrangement and pair it."""
    write_manifest(manifest_rows(found.placements, found.others), target)
    return finish(pair(target))


def by_folders(root):
    for case in ("p1", "p2"):
        write_ct(root / case / "reference", patient_number=len(case))
        write_ct(root / case / "mild", patient_number=len(case), seed=1)
        write_ct(root / case / "strong", patient_number=len(case), seed=2, slices=3)


def by_files(root):
    """Single files of one series: the name of each says what it is."""
    for name in ("reference", "mild", "strong"):
        write_ct(root / "p1", slices=1, names=[f"{name}.dcm"], series="one")


def mixed(root):
    """One folder with two series, a stray file and a note beside them."""
    write_ct(root / "p1" / "gt")
    write_ct(root / "p1" / "gan", series="a", names=[f"a{i}.dcm" for i in range(4)])
    write_ct(
        root / "p1" / "gan",
        series="b",
        rows=16,
        columns=16,
        names=[f"b{i}.dcm" for i in range(4)],
    )
    (root / "p1" / "gan" / "cut.dcm").write_bytes(b"\0" * 128 + b"DICM")


def without_names(root):
    """No name means the reference; the derived series names its source."""
    write_ct(root / "one", series="original")
    write_ct(root / "two", series="made", seed=3, ImageType=["DERIVED", "SECONDARY"])


def multiframe(root):
    write_enhanced(root / "p1" / "reference.dcm")
    write_enhanced(root / "p1" / "mild.dcm")


LAYOUTS = [by_folders, by_files, mixed, without_names, multiframe]


@pytest.mark.parametrize("make", LAYOUTS)
@pytest.mark.parametrize("place", ["inside", "beside", "elsewhere"])
def test_what_was_paired_is_paired_again_by_its_manifest(tmp_path, make, place):
    root = tmp_path / "in here" / "cases"
    make(root)
    target = {
        "inside": root / "manifest.csv",
        "beside": root.parent / "manifest.csv",
        "elsewhere": tmp_path / "other" / "manifest.csv",
    }[place]
    target.parent.mkdir(parents=True, exist_ok=True)
    found = finish(arrange(root))
    assert found.pairing.pairs

    replayed = again(found, target)

    assert told(replayed) == told(found.pairing)
    assert {one.matched_by for one in replayed.pairs} == {"manifest"}
    assert not any(Path(row[3]).is_absolute() for row in rows_of(target))


@pytest.mark.parametrize("make", LAYOUTS)
def test_a_replay_in_memory_tells_what_the_manifest_will(tmp_path, make):
    make(tmp_path / "cases")
    found = finish(arrange(tmp_path / "cases"))
    replayed = again(found, tmp_path / "manifest.csv")

    shown = finish(replay(tmp_path / "cases", found.placements, {}))

    assert told(shown) == told(replayed)


def test_a_folder_of_one_series_is_one_row_and_others_name_their_files(tmp_path):
    mixed(tmp_path)
    found = finish(arrange(tmp_path))

    again(found, tmp_path / "manifest.csv")

    rows = rows_of(tmp_path / "manifest.csv")
    assert ("p1", "gt", "reference", "p1/gt") in rows
    assert ("p1", "gan", "reconstruction", "p1/gan/a0.dcm") in rows
    assert len(rows) == 1 + 1 + 4 + 4


def test_a_correction_is_kept_by_the_manifest(tmp_path):
    """Another reference, another name, one left out: paired so again."""
    by_folders(tmp_path / "cases")
    found = finish(arrange(tmp_path / "cases"))
    placed = []
    for one in found.placements:
        if (one.case, one.arm) == ("p1", "mild"):
            one = replace(one, role="reference", arm="truth")
        elif (one.case, one.role) == ("p1", "reference"):
            one = replace(one, role="reconstruction", arm="was the reference")
        elif (one.case, one.arm) == ("p2", "strong"):
            one = replace(one, case="", arm="", role="", left_out=True)
        placed.append(one)
    known = {}

    shown = finish(replay(tmp_path / "cases", placed, known))
    write_manifest(manifest_rows(placed), tmp_path / "manifest.csv")
    replayed = finish(pair(tmp_path / "manifest.csv"))

    assert told(replayed) == told(shown)
    assert [(one.case, one.arm) for one in replayed.pairs] == [
        ("p1", "strong"),
        ("p1", "was the reference"),
        ("p2", "mild"),
    ]
    assert replayed.pairs[0].reference.folder.name == "mild"


def test_series_that_are_known_are_not_read_again(tmp_path, monkeypatch):
    by_folders(tmp_path)
    found = finish(arrange(tmp_path))
    known = {}
    first = finish(replay(tmp_path, found.placements, known))
    monkeypatch.setattr("app.images.manifest.scan_files", lambda *_, **__: pytest.fail("read"))

    assert finish(replay(tmp_path, found.placements, known)) == first


def test_frames_of_one_file_that_are_two_series_are_told_apart(tmp_path):
    """An enhanced file with two stacks of slices: only the frames tell which is meant."""
    write_ct(tmp_path / "p1" / "reference")
    write_enhanced(tmp_path / "p1" / "mild.dcm", frames=np.concatenate([phantom(), phantom()]),
                   heights=[100.0 + 5 * i for i in range(8)])  # fmt: skip
    found = finish(arrange(tmp_path))
    mild = next(one for one in found.placements if one.role == "reconstruction")
    halves = [
        replace(
            mild,
            arm=arm,
            series=replace(
                mild.series,
                slices=mild.series.slices[part],
                grid=replace(
                    mild.series.grid, slices=4, positions=mild.series.grid.positions[part]
                ),
            ),
        )
        for arm, part in (("low", slice(0, 4)), ("high", slice(4, 8)))
    ]
    others = [one for one in found.placements if one is not mild]

    write_manifest(manifest_rows([*others, *halves]), tmp_path / "manifest.csv")
    replayed = finish(pair(tmp_path / "manifest.csv"))

    assert told(replayed) == told(finish(replay(tmp_path, [*others, *halves], {})))
    assert [(one.arm, one.slices) for one in replayed.pairs] == [
        ("low", ((0, 0), (1, 1), (2, 2), (3, 3)))
    ]
    assert [one.arm for one in replayed.problems] == ["high"]
    rows = rows_of(tmp_path / "manifest.csv")
    assert rows[0] == ("case", "arm", "role", "path", "frames")
    assert ("p1", "low", "reconstruction", "p1/mild.dcm", "1-4") in rows


def test_rows_that_are_not_paired_yet_are_kept(tmp_path):
    write_ct(tmp_path / "x")
    write_ct(tmp_path / "y")
    write_ct(tmp_path / "z")
    source = tmp_path / "first.csv"
    source.write_text(
        "case,arm,role,path\np,gt,reference,x\np,gan,reconstruction,y\np,gan,mask,z\n"
    )

    found = finish(arrange(source))
    again(found, tmp_path / "second.csv")

    assert rows_of(tmp_path / "second.csv") == rows_of(source)


@pytest.mark.parametrize("name", ['comma, and "quotes"', " leading", "größe", "a'b"])
def test_any_name_of_a_folder_survives(tmp_path, name):
    write_ct(tmp_path / name / "reference")
    write_ct(tmp_path / name / "mild")
    found = finish(arrange(tmp_path))

    replayed = again(found, tmp_path / "manifest.csv")

    assert len(replayed.pairs) == 1
    assert not replayed.problems


def test_the_traps_are_paired_again_by_their_manifest(tmp_path, shared):
    found = finish(arrange(shared / "data/dicom/pairing_traps", reference="base"))

    replayed = again(found, tmp_path / "manifest.csv")

    assert told(replayed) == told(found.pairing)
    assert len(found.placements) == 20
    assert [one.what for one in replayed.problems] == [one.what for one in found.pairing.problems]
