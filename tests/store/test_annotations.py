"""Marks are kept durably, never changed, and come back as they were."""

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mark import KINDS, Mark, MarkHistory, MarkRecord
from app.errors import StoreError
from app.store import annotations
from tests.conftest import PROJECT

MARK = Mark("m1", "case-1", "mild", 3, "lost", "ellipse", 10.5, 20.25, 6.0, 4.0, 2, "a vessel")


def put(mark=MARK, at="2026-01-01T00:00:00Z"):
    return MarkRecord("put", at, "anna", mark)


def step(deed):
    return MarkRecord(deed, "2026-01-01T00:00:01Z", "anna")


def test_records_come_back_as_they_were_and_in_order(tmp_path):
    path = tmp_path / "new folder" / annotations.FILE
    records = [put(), put(replace(MARK, note="two vessels; «é»")), step("undo"), step("redo")]

    for record in records:
        annotations.append(path, record)

    assert annotations.read(path) == tuple(records)


def test_no_file_is_no_marks(tmp_path):
    assert annotations.read(tmp_path / "marks.sqlite") == ()
    assert list(tmp_path.iterdir()) == []


def test_nothing_in_the_file_can_be_changed_or_deleted(tmp_path):
    path = tmp_path / "marks.sqlite"
    annotations.append(path, put())
    file = sqlite3.connect(path)

    for statement in ("UPDATE records SET author = 'x'", "DELETE FROM records"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            file.execute(statement)
    file.close()


def test_a_killed_program_loses_no_mark_that_it_told_of(tmp_path):
    path = tmp_path / "marks.sqlite"
    endless = (
        "import sys, itertools\n"
        "from pathlib import Path\n"
        "from tests.store.test_annotations import put, MARK, replace\n"
        "from app.store import annotations\n"
        "for number in itertools.count():\n"
        f"    annotations.append(Path({str(path)!r}), put(replace(MARK, id=str(number))))\n"
        "    print(number, flush=True)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", endless], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    told = -1
    for line in child.stdout:
        told = int(line)
        if told == 8:
            os.kill(child.pid, signal.SIGKILL)
            break
    told = max([told, *(int(line) for line in child.stdout if line.endswith("\n"))])
    child.stdout.close()
    child.wait()

    ids = [record.mark.id for record in annotations.read(path)]
    assert ids[: told + 1] == [str(number) for number in range(told + 1)]
    annotations.append(path, put())
    assert len(annotations.read(path)) == len(ids) + 1


def test_a_damaged_file_is_told_and_left_alone(tmp_path):
    path = tmp_path / "marks.sqlite"
    path.write_bytes(b"this is no database, and it is long enough to be one" * 40)

    with pytest.raises(StoreError, match="marks") as told:
        annotations.read(path)
    with pytest.raises(StoreError):
        annotations.append(path, put())

    assert "Move the file away" in told.value.remedy
    assert path.read_bytes().startswith(b"this is no database")


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "marks.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE other (x)")
    file.close()

    with pytest.raises(StoreError, match="no marks"):
        annotations.append(path, put())


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreError):
        annotations.append(tmp_path / "file" / "marks.sqlite", put())


def test_undo_and_redo_go_back_and_forth():
    changed = replace(MARK, note="changed")
    history = MarkHistory.of([put(), put(changed), MarkRecord("remove", "", "", changed)])

    assert history.marks == ()
    history = history.then(step("undo"))
    assert history.marks == (changed,)
    history = history.then(step("undo"))
    assert history.marks == (MARK,)
    history = history.then(step("redo"))
    assert history.marks == (changed,)
    history = history.then(put(replace(MARK, id="m2")))
    assert [mark.id for mark in history.marks] == ["m1", "m2"]
    assert history.then(step("redo")) == history


deeds = st.one_of(
    st.tuples(st.just("put"), st.sampled_from("abc"), st.sampled_from(KINDS)),
    st.tuples(st.just("remove"), st.sampled_from("abc"), st.just("lost")),
    st.tuples(st.sampled_from(["undo", "redo"]), st.just(""), st.just("lost")),
)


@given(st.lists(deeds, max_size=30))
def test_undoing_all_and_redoing_all_changes_nothing(steps):
    records = [
        MarkRecord(deed, "", "", replace(MARK, id=id, kind=kind) if id else None)
        for deed, id, kind in steps
    ]
    history = MarkHistory.of(records)
    back = MarkHistory.of([*records, *[step("undo")] * len(records)])
    again = MarkHistory.of(
        [*records, *[step("undo")] * len(history.done), *[step("redo")] * len(history.done)]
    )

    assert back.marks == ()
    assert again.marks == history.marks
