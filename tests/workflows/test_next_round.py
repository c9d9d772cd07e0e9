"""A further round of an adaptive study: drawn from answers, appended, the key sealed."""

import pytest

from app.domain.presentation import Viewing
from app.errors import ProtocolError, StudyStateError
from app.store.key_file import unseal
from app.store.study_folder import StudyFolder
from app.workflows.expect import expect
from app.workflows.next_round import next_round, plan_round
from app.workflows.plan import lock, new_study, status
from app.workflows.read import open_session
from app.workflows.unblind import unblind
from app.workflows.verify import verify
from tests.workflows.conftest import ARMS, CASES, finish

PASSPHRASE = "four words for tests"
VIEWING = Viewing(shown_at="2026-01-01T00:00:00.000Z", answered_at="2026-01-01T00:00:05.000Z")


def locked(found, folder, **rules):
    new_study(
        found,
        folder=folder,
        template="preference",
        title="Pairs",
        arms=ARMS,
        cases=CASES,
        readers=("R1", "R2"),
        catches=(),
        repeat_share=0.0,
        **rules,
    )
    finish(lock(folder, PASSPHRASE))
    return folder


@pytest.fixture
def study(pairing, tmp_path):
    return locked(pairing, tmp_path / "study", pairing="adaptive")


def read(study, reader):
    """Prefer the arm that comes first by name, whatever its side."""
    trials = unseal(StudyFolder(study).sealed_key, PASSPHRASE).trials
    arms = {trial.presentation: trial.arms for trial in trials}
    session = open_session(study, reader)
    reading = session.reading
    while reading.current:
        reading.present()
        left, right = arms[reading.current.id]
        reading.answer("preference", "", 1 if left < right else -1, VIEWING)
        reading.answer("confidence", "", 2, VIEWING)
        reading.go_next(VIEWING)
    session.close()


def test_rounds_follow_one_another_until_every_pair_is_asked(study):
    for reader in ("R1", "R2"):
        read(study, reader)
    former = StudyFolder(study).read_plan("R1").presentations
    pictures = {p: p.read_bytes() for p in (study / "reading" / "pixels").iterdir()}

    plan, planned = plan_round(study), expect(study).plan
    assert (plan.number, plan.read, plan.pairs, plan.cases, plan.readers) == (2, 6, 1, 3, 2)
    assert "after the 6 screens read so far" in plan.sentence

    drawn = finish(next_round(study, PASSPHRASE))

    assert (planned.share, expect(study).plan.share) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert plan_round(study).number == 3
    assert (drawn.number, drawn.answers, drawn.screens) == (2, 6, {"R1": 6, "R2": 6})
    longer = StudyFolder(study).read_plan("R1").presentations
    assert longer[:3] == former
    assert {p: p.read_bytes() for p in (study / "reading" / "pixels").iterdir()} == pictures
    assert verify(study) == ()
    assert status(study).state == "locked"
    for reader in ("R1", "R2"):
        read(study, reader)
    assert finish(next_round(study, PASSPHRASE)).screens == {"R1": 9, "R2": 9}
    with pytest.raises(StudyStateError, match="Every pair"):
        finish(next_round(study, PASSPHRASE))
    for reader in ("R1", "R2"):
        read(study, reader)
    finish(unblind(study, PASSPHRASE))

    trials = unseal(StudyFolder(study).sealed_key, PASSPHRASE).trials
    for reader in ("R1", "R2"):
        asked = [(t.case, frozenset(t.arms)) for t in trials if t.reader == reader]
        assert len(set(asked)) == len(asked) == 9


def test_nobody_has_read_so_there_is_nothing_to_draw_from(study):
    with pytest.raises(StudyStateError, match="Nobody"):
        finish(next_round(study, PASSPHRASE))
    with pytest.raises(StudyStateError, match="Nobody"):
        plan_round(study)


def test_a_study_of_all_pairs_has_no_further_round(pairing, tmp_path):
    study = locked(pairing, tmp_path / "all")

    with pytest.raises(ProtocolError, match="all pairs"):
        finish(next_round(study, PASSPHRASE))
    with pytest.raises(ProtocolError, match="all pairs"):
        plan_round(study)
