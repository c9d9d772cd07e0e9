"""After the unblinding nothing is answered, and only what the record vouches for counts."""

import hashlib

import pytest

from app.errors import StoreError, StudyStateError
from app.store.ledger import Ledger
from app.store.study_folder import StudyFolder
from app.workflows import unblind as unblind_module
from app.workflows.export import export
from app.workflows.opened import observations_file
from app.workflows.plan import status
from app.workflows.read import open_ledger, open_session
from app.workflows.unblind import unblind
from app.workflows.verify import examine, verify
from tests.workflows.conftest import ARMS, finish
from tests.workflows.test_study_path import PASSPHRASE, VIEWING, read, study  # noqa: F401


@pytest.fixture
def unblinded(study):  # noqa: F811
    read(study, "R1", screens=2)
    finish(unblind(study, PASSPHRASE, reason="enough"))
    return StudyFolder(study)


def unblindings(folder):
    with open_ledger(folder) as ledger:
        return [event for event in ledger.events() if event.what == "unblinded"]


def swap_arms(path):
    """Call one arm by the name of another and the other way round."""
    first, second, _ = ARMS
    text = path.read_text(encoding="utf-8").replace(first, "?")
    path.write_text(text.replace(second, first).replace("?", second), encoding="utf-8")


def test_the_record_vouches_for_both_files_of_the_key(unblinded):
    (event,) = unblindings(unblinded)

    for name, path in (("key_json", unblinded.open_key), ("key_sealed", unblinded.sealed_key)):
        assert event.details[name] == hashlib.sha256(path.read_bytes()).hexdigest()
    found = examine(unblinded.path)
    assert (found.problems, found.notes) == ((), ())


def test_a_changed_key_is_found_and_nothing_is_made_with_it(unblinded, tmp_path):
    swap_arms(unblinded.open_key)

    (problem,) = verify(unblinded.path)
    assert "key.json is not the key that this study was unblinded with" in problem
    for use in (
        lambda: export(unblinded.path, tmp_path),
        lambda: observations_file(unblinded.path),
    ):
        with pytest.raises(StoreError, match=r"key\.json is not the key"):
            use()


def test_changed_observations_are_found_and_not_analysed(unblinded):
    swap_arms(unblinded.observations)

    (problem,) = verify(unblinded.path)
    assert "is not what the record says: line 2" in problem
    with pytest.raises(StoreError, match="is not what the record says"):
        observations_file(unblinded.path)
    unblinded.observations.unlink()
    observations_file(unblinded.path)
    assert verify(unblinded.path) == ()


def test_another_sealed_key_is_found(unblinded):
    sealed = unblinded.sealed_key.read_bytes()
    unblinded.sealed_key.unlink()
    assert verify(unblinded.path)[0].startswith("key.sealed is missing")

    unblinded.sealed_key.write_bytes(sealed)
    assert verify(unblinded.path) == ()


def test_without_its_key_a_study_stays_unblinded_until_the_passphrase_writes_it_again(unblinded):
    key = unblinded.open_key.read_bytes()
    unblinded.open_key.unlink()

    assert status(unblinded.path).state == "unblinded"
    assert status(unblinded.path).needs_key
    assert "key.json is missing" in status(unblinded.path).problems[0]
    assert "key.json" in verify(unblinded.path)[0]
    with pytest.raises(StudyStateError):
        open_session(unblinded.path, "R1")

    finish(unblind(unblinded.path, PASSPHRASE))

    assert unblinded.open_key.read_bytes() == key
    assert len(unblindings(unblinded)) == 1
    assert verify(unblinded.path) == ()


def test_an_unblinding_cut_short_after_its_record_is_finished_by_the_next(
    study,  # noqa: F811
    monkeypatch,
):
    read(study, "R1", screens=1)

    def power_cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(unblind_module, "write_open_key", power_cut)
        with pytest.raises(KeyboardInterrupt):
            finish(unblind(study, PASSPHRASE, reason="enough"))
    with pytest.raises(StudyStateError):
        open_session(study, "R1")

    finish(unblind(study, PASSPHRASE))

    assert verify(study) == ()
    assert len(unblindings(StudyFolder(study))) == 1


def test_whoever_cancels_before_the_record_leaves_a_locked_study(study):  # noqa: F811
    read(study, "R1", screens=1)
    work = unblind(study, PASSPHRASE, reason="enough")
    while "writing" not in next(work).what:
        pass
    work.close()

    assert status(study).state == "locked"
    read(study, "R1", screens=1)


def test_nobody_is_unblinded_while_reading(study):  # noqa: F811
    read(study, "R2", screens=1)
    session = open_session(study, "R1")
    with pytest.raises(StoreError, match="R1 has the reading room"):
        finish(unblind(study, PASSPHRASE, reason="enough"))
    assert status(study).state == "locked"
    session.close()

    finish(unblind(study, PASSPHRASE, reason="enough"))


def test_a_session_that_no_lock_holds_back_records_nothing_after_the_unblinding(
    study,  # noqa: F811
):
    """A network folder may not know locks."""
    read(study, "R2", screens=1)
    session = open_session(study, "R1")
    session.reading.present()
    session._held.close()
    finish(unblind(study, PASSPHRASE, reason="enough"))

    with pytest.raises(StudyStateError, match="was unblinded at"):
        session.reading.answer("preference", "", 1, VIEWING)

    session.close()
    assert verify(study) == ()


def test_an_open_key_without_a_recorded_unblinding_is_told_and_ends_reading(unblinded):
    """As where an older record was put in the place of the one that knows."""
    card = unblinded.read_card()
    with open_ledger(unblinded) as ledger:
        locked = ledger.events()[0]
    unblinded.responses.unlink()
    with Ledger(
        unblinded.responses, study=card.study, protocol_sha256=card.protocol_sha256, create=True
    ) as ledger:
        ledger.event("locked", at=locked.at, **locked.details)

    assert status(unblinded.path).state == "locked"
    assert "no unblinding" in status(unblinded.path).problems[0]
    assert "record tells of no unblinding" in verify(unblinded.path)[0]
    with pytest.raises(StoreError, match="key lies open"):
        open_session(unblinded.path, "R1")


def test_an_older_unblinding_verifies_and_what_it_lacks_is_said(study, monkeypatch):  # noqa: F811
    read(study, "R1", screens=1)
    monkeypatch.setattr(unblind_module, "key_marks", lambda *_: {})
    finish(unblind(study, PASSPHRASE, reason="enough"))

    found = examine(study)

    assert found.problems == ()
    assert "Not checked: whether key.json is the key that was sealed" in found.notes[0]
    monkeypatch.undo()
    StudyFolder(study).open_key.unlink()
    finish(unblind(study, PASSPHRASE))
    assert verify(study) == ()
