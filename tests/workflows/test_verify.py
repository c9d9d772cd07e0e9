"""What a study says of itself is compared with its record, and the record with its head."""

import shutil

import pytest

from app.errors import InputError, StoreError
from app.store.ledger import Ledger
from app.store.study_folder import StudyFolder
from app.workflows import plan as plan_module
from app.workflows.plan import lock, new_study, status
from app.workflows.read import open_session
from app.workflows.unblind import unblind
from app.workflows.verify import examine, verify
from tests.workflows.conftest import finish
from tests.workflows.test_study_path import DESIGN, PASSPHRASE, read, study  # noqa: F401


def test_a_fresh_record_in_the_place_of_the_answers_is_found(study):  # noqa: F811
    """It would vouch for whatever lies in the folder."""
    read(study, "R1", screens=1)
    folder = StudyFolder(study)
    card = folder.read_card()
    folder.responses.unlink()
    Ledger(
        folder.responses, study=card.study, protocol_sha256=card.protocol_sha256, create=True
    ).close()

    assert "does not begin with the lock" in verify(study)[0]
    with pytest.raises(InputError, match="no reader 'R1'"):
        open_session(study, "R1")
    with pytest.raises(StoreError, match="altered"):
        finish(unblind(study, PASSPHRASE, reason="none left"))


def test_a_record_rolled_back_shows_against_a_head_that_was_noted(study, tmp_path):  # noqa: F811
    responses = StudyFolder(study).responses
    read(study, "R1", screens=1)
    early = examine(study)
    shutil.copyfile(responses, tmp_path / "early.db")
    read(study, "R1", screens=1)
    late = examine(study)
    assert (status(study).records, status(study).head) == (late.records, late.head)
    assert late.records > early.records
    assert examine(study, head=early.head.upper()).problems == ()

    shutil.copyfile(tmp_path / "early.db", responses)

    assert examine(study).problems == ()
    assert f"does not hold the head {late.head[:12]}" in examine(study, head=late.head).problems[0]


@pytest.mark.parametrize("head", ["abc", "x" * 64, "0" * 65])
def test_a_head_that_is_none_is_refused(study, head):  # noqa: F811
    with pytest.raises(InputError, match="no head of a record"):
        examine(study, head=head)


def test_a_sealed_key_that_is_gone_is_told(study):  # noqa: F811
    StudyFolder(study).sealed_key.unlink()

    assert verify(study) == ("key.sealed is missing: nothing else can prove what was shown.",)


def test_a_copy_of_a_plan_is_noted_and_stands_in_nobodys_way(study):  # noqa: F811
    """A cloud drive leaves such copies behind."""
    folder = StudyFolder(study)
    shutil.copyfile(folder.plan("R1"), folder.plan("R1 (2)"))
    read(study, "R1")
    read(study, "R2")

    assert [one.reader for one in status(study).readers] == ["R1", "R2"]
    with pytest.raises(InputError, match="no reader"):
        open_session(study, "R1 (2)")
    found = examine(study)
    assert found.problems == ()
    assert "plan-R1 (2).json is of no reader" in found.notes[0]
    finish(unblind(study, PASSPHRASE))


def test_what_an_older_lock_did_not_record_is_said_to_be_unchecked(pairing, tmp_path, monkeypatch):
    folder = tmp_path / "old"
    new_study(pairing, folder=folder, **DESIGN)
    monkeypatch.setattr(plan_module, "fingerprints", lambda *_: {})
    finish(lock(folder, PASSPHRASE))

    found = examine(folder)

    assert found.problems == ()
    assert found.notes == (
        "Not checked: pictures, plans. The version that locked this study did not record them.",
    )
