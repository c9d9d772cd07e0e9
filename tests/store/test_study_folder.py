import json
import shutil
from dataclasses import replace

import pytest

from app.domain.image import Window
from app.domain.presentation import PlannedPresentation, ReadingPlan
from app.domain.protocol import Choice, Criterion
from app.errors import InputError, ProtocolFrozen, StoreError, StudyStateError
from app.store.files import atomic_write
from app.store.ledger import Ledger
from app.store.study_folder import StudyCard, StudyFolder

PLAN = ReadingPlan(
    study="s1",
    title="Plain",
    protocol_sha256="ab",
    reader="R1",
    criteria=(Criterion("q", "rating", "How?", (Choice(1, "Bad"), Choice(2, "Good"))),),
    ask_comment=True,
    instructions="Look.",
    presentations=(
        PlannedPresentation("P1", 1, ("BCDF2345", "GHJK6789"), Window(40.0, 400.0)),
        PlannedPresentation("P2", 2, ("GHJK6789", "BCDF2345"), Window(1.5, 2.0, "SIGMOID")),
    ),
)


def draft(tmp_path):
    folder = StudyFolder.create(tmp_path / "study")
    folder.protocol.write_text("title: x\n")
    folder.clear_reading()
    return folder


def record_of(folder):
    """The record that locking begins, of one reader."""
    ledger = Ledger(folder.responses, study="s1", protocol_sha256="ab", create=True)
    ledger.event("locked", at="2024-05-01T09:00:00Z", protocol="ab", readers=["R1"])
    return ledger


def test_a_study_comes_from_draft_to_unblinded(tmp_path):
    folder = draft(tmp_path)
    assert folder.state == "draft"
    folder.write_card(StudyCard("s1", "Plain", "ab"))
    folder.write_plan(PLAN)
    assert folder.state == "draft"  # a lock cut short here leaves a draft
    folder.sealed_key.write_text("sealed")
    assert folder.state == "locked"
    with record_of(folder) as ledger:
        assert folder.state == "locked"
        folder.open_key.write_text("open")
        assert folder.state == "locked"  # a file alone unblinds nothing
        ledger.event("unblinded", at="2024-05-01T10:00:00Z")
    folder.open_key.unlink()
    assert folder.state == "unblinded"  # nor does its loss blind again


def test_a_study_whose_sealed_key_is_gone_is_no_draft_again(tmp_path):
    folder = draft(tmp_path)
    folder.write_card(StudyCard("s1", "Plain", "ab"))
    record_of(folder).close()

    assert folder.state == "locked"
    with pytest.raises(ProtocolFrozen):
        folder.must_be_draft()


def test_a_draft_may_be_made_again_and_a_locked_study_not(tmp_path):
    folder = draft(tmp_path)
    assert StudyFolder.create(folder.path) == folder
    folder.sealed_key.write_text("sealed")

    for change in (folder.must_be_draft, folder.clear_reading):
        with pytest.raises(ProtocolFrozen):
            change()
    with pytest.raises(ProtocolFrozen):
        StudyFolder.create(folder.path)


def test_a_folder_of_other_files_is_never_used(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(StoreError, match="not empty"):
        StudyFolder.create(tmp_path)
    with pytest.raises(InputError, match="no study"):
        StudyFolder.open(tmp_path)


def test_a_step_out_of_order_is_refused_with_the_next_step(tmp_path):
    with pytest.raises(StudyStateError) as refusal:
        draft(tmp_path).must_be("unblinded", "locked")
    assert "study lock" in refusal.value.remedy


def test_a_package_is_the_blind_side_alone(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.reading.mkdir()
    folder.write_card(StudyCard("s1", "Plain", "ab"))

    assert folder.is_package
    assert StudyFolder.open(tmp_path).state == "locked"
    assert folder.read_card() == StudyCard("s1", "Plain", "ab")


def test_a_plan_round_trips_and_a_damaged_one_is_refused(tmp_path):
    folder = draft(tmp_path)
    folder.write_plan(PLAN)
    assert folder.planned == ("R1",)
    assert folder.read_plan("R1") == PLAN

    data = json.loads(folder.plan("R1").read_text())
    for wrong in ({}, data | {"version": 2}, data | {"arm": "fbp"}, [1], data | {"criteria": 3}):
        folder.plan("R1").write_text(json.dumps(wrong))
        with pytest.raises(StoreError, match="plan-R1"):
            folder.read_plan("R1")
    folder.plan("R1").write_text("{")
    with pytest.raises(StoreError, match="plan-R1"):
        folder.read_plan("R1")


def test_a_copy_of_a_plan_makes_no_reader(tmp_path):
    """A cloud drive leaves such copies behind."""
    folder = draft(tmp_path)
    folder.write_card(StudyCard("s1", "Plain", "ab"))
    folder.write_plan(PLAN)
    record_of(folder).close()
    shutil.copyfile(folder.plan("R1"), folder.plan("R1 (2)"))
    folder.write_plan(replace(PLAN, reader="R9"))

    assert folder.planned == ("R1", "R1 (2)", "R9")
    assert folder.readers() == ("R1",)
    with pytest.raises(StoreError, match="holds the screens of R1"):
        folder.read_plan("R1 (2)")


@pytest.mark.parametrize("reader", ["R2", "../../etc", ""])
def test_an_unknown_reader_is_told_who_there_is(tmp_path, reader):
    folder = draft(tmp_path)
    folder.write_plan(PLAN)

    with pytest.raises(InputError) as refusal:
        folder.read_plan(reader)
    assert "R1" in refusal.value.remedy


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path):
    path = tmp_path / "file.txt"
    atomic_write(path, "old")
    with pytest.raises(StoreError):
        atomic_write(tmp_path / "absent" / "file.txt", "new")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").write_text("x")
    with pytest.raises(StoreError):
        atomic_write(tmp_path / "taken", "new")

    assert path.read_text() == "old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file.txt", "taken"]


def test_a_study_does_not_begin_inside_another(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "protocol.yaml").touch()

    with pytest.raises(StoreError, match="inside the study"):
        StudyFolder.create(tmp_path / "study" / "mine")
