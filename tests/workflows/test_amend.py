"""A locked study is amended: readers and cases more, and nothing that was there changes."""

import shutil

import pytest

from app.domain.presentation import Viewing
from app.errors import ProtocolError, StoreError, StudyStateError, WrongPassphrase
from app.store.key_file import unseal
from app.store.study_folder import StudyFolder
from app.workflows.amend import add_cases, add_reader, find_new_cases
from app.workflows.expect import expect
from app.workflows.plan import lock, new_study, outlook, status
from app.workflows.read import open_ledger, open_session
from app.workflows.unblind import unblind
from app.workflows.verify import verify
from tests.workflows.conftest import ARMS, CASES, finish

PASSPHRASE = "four words for tests"
VIEWING = Viewing(shown_at="2026-01-01T00:00:00.000Z", answered_at="2026-01-01T00:00:05.000Z")


@pytest.fixture
def study(pairing, tmp_path):
    folder = tmp_path / "study"
    new_study(
        pairing,
        folder=folder,
        template="side-by-side",
        title="A study",
        arms=ARMS,
        cases=CASES[:2],
        readers=("R1", "R2"),
        reference_as_arm=False,
        seconds_per_read=20.0,
    )
    finish(lock(folder, PASSPHRASE))
    return folder


def read(study, reader, screens=None):
    session = open_session(study, reader)
    reading = session.reading
    while reading.current and (screens is None or screens > 0):
        session.load(reading.current)
        reading.present()
        reading.answer("preference", "", 1, VIEWING)
        for slot in ("A", "B"):
            reading.answer("quality", slot, 3, VIEWING)
        reading.go_next(VIEWING)
        screens = None if screens is None else screens - 1
    session.close()


def contents(study):
    return {
        path.relative_to(study): path.read_bytes()
        for path in (study / "reading").rglob("*")
        if path.is_file()
    }


def test_a_reader_more_changes_no_byte_of_the_others(study):
    read(study, "R1", 2)
    before = contents(study)

    assert finish(add_reader(study, PASSPHRASE, "R3")) == 6

    after = contents(study)
    assert {path: after[path] for path in before} == before
    assert [path.name for path in set(after) - set(before)] == ["plan-R3.json"]
    assert verify(study) == ()
    read(study, "R3")
    read(study, "R1")
    assert [one.done for one in status(study).readers] == [6, 0, 6]


def test_the_added_reader_has_what_locking_would_have_drawn(study, pairing):
    finish(add_reader(study, PASSPHRASE, "R3"))
    key = unseal(StudyFolder(study).sealed_key, PASSPHRASE)
    own = [trial for trial in key.trials if trial.reader == "R3"]

    assert {(trial.case, frozenset(trial.arms)) for trial in own} == {
        (trial.case, frozenset(trial.arms)) for trial in key.trials if trial.reader == "R1"
    }
    assert len({trial.presentation for trial in key.trials}) == len(key.trials)


def test_an_added_reader_of_a_number_that_is_taken_begins_where_nobody_else_does(study):
    """Each reader sees the three pairs of a case in three rounds; all pairs are first for one."""
    finish(add_reader(study, PASSPHRASE, "site2-R1"))
    key = unseal(StudyFolder(study).sealed_key, PASSPHRASE)
    first = {}
    for trial in sorted(key.trials, key=lambda trial: trial.position):
        first.setdefault((trial.case, trial.reader), frozenset(trial.arms))

    for case in CASES[:2]:
        assert len({first[case, reader] for reader in ("R1", "R2", "site2-R1")}) == 3


def test_cases_more_come_after_all_that_a_reader_has(study):
    read(study, "R1", 4)
    before, plan = contents(study), StudyFolder(study).read_plan("R1")

    assert finish(add_cases(study, PASSPHRASE, ["case3"])) == {"R1": 9, "R2": 9}

    after = contents(study)
    plans = {path for path in before if path.name.startswith("plan-")}
    assert {p: after[p] for p in set(before) - plans} == {p: before[p] for p in set(before) - plans}
    longer = StudyFolder(study).read_plan("R1")
    assert longer.presentations[:6] == plan.presentations
    end = b'\n ],\n "protocol_sha256"'
    for path in plans:
        head, tail = before[path].split(end)
        assert after[path].startswith(head)
        assert after[path].endswith(tail)
    new = {code for shown in longer.presentations[6:] for code in shown.images}
    assert {path.stem for path in set(after) - set(before)} == new
    assert verify(study) == ()


def test_after_cases_and_a_reader_the_whole_way_goes_to_the_end(study):
    read(study, "R1")
    finish(add_cases(study, PASSPHRASE, ["case3"]))
    finish(add_reader(study, PASSPHRASE, "R9"))
    for reader in ("R1", "R2", "R9"):
        read(study, reader)

    finish(unblind(study, PASSPHRASE))

    key = StudyFolder(study)
    assert [one.done for one in status(study).readers] == [9, 9, 9]
    assert key.open_key.is_file()
    with open_ledger(key) as ledger:
        what = [event.what for event in ledger.events()]
    assert what.index("cases added") < what.index("reader added") < what.index("unblinded")


def test_precision_and_balance_count_what_was_added_later(study):
    before, planned = expect(study), outlook(study)

    finish(add_cases(study, PASSPHRASE, ["case3"]))
    with_cases = expect(study)
    assert (before.plan.cases, with_cases.plan.cases) == (2, 3)
    assert with_cases.precision.standard_error < before.precision.standard_error
    assert any("3 cases and 2 readers" in sentence for sentence in with_cases.assumptions)
    finish(add_reader(study, PASSPHRASE, "R3"))
    assert (expect(study).plan.cases, expect(study).plan.readers) == (3, 3)

    seen = outlook(study)
    assert (planned.reads_per_reader, seen.reads_per_reader) == (6, 9)
    assert {row.reader for row in seen.balance} == {"R1", "R2", "R3"}
    assert {row.first_half + row.second_half for row in seen.balance} == {6}  # 3 cases, 2 pairs


def test_new_cases_are_found_in_the_source_or_elsewhere_without_the_key(study, source, tmp_path):
    elsewhere = tmp_path / "more"
    shutil.copytree(source / "case3", elsewhere / "case7")
    shutil.copytree(source / "case3", elsewhere / "case8")
    shutil.rmtree(elsewhere / "case8" / ARMS[0])

    assert finish(find_new_cases(study)).cases == ("case3",)
    found = finish(find_new_cases(study, elsewhere))

    assert (found.cases, found.incomplete, found.added_before) == (("case7",), ("case8",), 0)
    assert finish(add_cases(study, PASSPHRASE, found.cases, elsewhere)) == {"R1": 9, "R2": 9}
    assert verify(study) == ()
    assert finish(find_new_cases(study, elsewhere)).added_before == 1
    for reader in ("R1", "R2"):
        read(study, reader)
    finish(unblind(study, PASSPHRASE))


def test_an_amendment_is_on_the_record_without_names_of_cases(study):
    finish(add_cases(study, PASSPHRASE, ["case3"]))

    with open_ledger(StudyFolder(study)) as ledger:
        event = ledger.events()[-1]

    assert (event.what, event.details["count"]) == ("cases added", 1)
    assert "case3" not in str(event.details)


def test_a_change_after_an_amendment_is_found(study):
    finish(add_reader(study, PASSPHRASE, "R3"))
    plan = StudyFolder(study).plan("R3")
    plan.write_text(plan.read_text().replace("quality", "qualitY"))

    assert verify(study) == ("The plans were changed after the study was locked.",)
    with pytest.raises(StoreError, match="altered"):
        finish(add_reader(study, PASSPHRASE, "R4"))


@pytest.mark.parametrize("reader", ["r1", "R2", "SIM4", "a b", ""])
def test_a_code_that_is_taken_or_unsafe_is_refused(study, reader):
    with pytest.raises(ProtocolError, match="reader"):
        finish(add_reader(study, PASSPHRASE, reader))


@pytest.mark.parametrize("cases", [["case1"], ["case9"], []])
def test_cases_that_are_there_already_or_nowhere_are_refused(study, cases):
    before = contents(study)

    with pytest.raises(ProtocolError):
        finish(add_cases(study, PASSPHRASE, cases))

    assert contents(study) == before


def test_the_wrong_passphrase_changes_nothing(study):
    before = contents(study)
    for act in (
        add_reader(study, "not the passphrase", "R3"),
        add_cases(study, "not the passphrase", ["case3"]),
    ):
        with pytest.raises(WrongPassphrase):
            finish(act)

    assert contents(study) == before
    assert verify(study) == ()


def test_cases_that_are_stopped_halfway_leave_the_study_as_it_was(study):
    before = contents(study)
    work = add_cases(study, PASSPHRASE, ["case3"])
    while "blinding" not in next(work).what:
        pass
    work.close()

    assert contents(study) == before
    assert verify(study) == ()
    assert not list(study.glob("*amendment*/"))
    assert finish(add_cases(study, PASSPHRASE, ["case3"])) == {"R1": 9, "R2": 9}


def test_an_amendment_cannot_be_stopped_any_more_once_it_is_on_the_record(study):
    """Whoever stops between two steps is told that nothing has happened, and that is so."""
    before = contents(study)
    for work in (add_reader(study, PASSPHRASE, "R3"), add_cases(study, PASSPHRASE, ["case3"])):
        for _ in work:
            assert contents(study) == before
        assert verify(study) == ()
        before = contents(study)

    with open_ledger(StudyFolder(study)) as ledger:
        assert [event.what for event in ledger.events()][1:] == ["reader added", "cases added"]


def test_a_draft_is_not_amended(pairing, tmp_path):
    new_study(
        pairing,
        folder=tmp_path / "s",
        template="rating",
        title="A draft",
        arms=ARMS,
        cases=CASES,
        readers=("R1",),
    )
    with pytest.raises(StudyStateError):
        finish(add_reader(tmp_path / "s", PASSPHRASE, "R3"))
