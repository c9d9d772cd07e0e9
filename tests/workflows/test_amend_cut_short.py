"""An amendment killed at any moment has not happened, or is finished at the next opening."""

import gc
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.errors import StoreError
from app.store import key_file
from app.store.amendment import Amendment
from app.store.key_file import SealHeader, unseal
from app.store.ledger import Ledger
from app.store.study_folder import StudyFolder
from app.workflows.amend import add_cases, add_reader
from app.workflows.next_round import next_round
from app.workflows.plan import lock, new_study, status
from app.workflows.read import open_ledger, open_session
from app.workflows.verify import verify
from tests.workflows.conftest import ARMS, CASES, finish
from tests.workflows.test_amend import PASSPHRASE, VIEWING, contents

AMENDMENTS = {
    "reader": lambda study: add_reader(study, PASSPHRASE, "R3"),
    "cases": lambda study: add_cases(study, PASSPHRASE, ["case3"]),
    "round": lambda study: next_round(study, PASSPHRASE),
}
ACTS = [(Path, "replace"), (Path, "mkdir"), (shutil, "rmtree"), (Ledger, "event")]


SOAK = bool(os.environ.get("BLINDREAD_SOAK"))


@dataclass(frozen=True, slots=True)
class QuickSeal(SealHeader):
    """A seal that is opened in no time: many are made here."""

    n: int = 2**14


class Killed(BaseException):
    """The end of a process: nothing is tidied up after it."""


class Death:
    """Lets so many acts on the disk pass, and none after them; counts those that passed."""

    def __init__(self, monkeypatch, passing):
        self.passing = passing
        self.passed = 0
        for owner, name in ACTS:
            monkeypatch.setattr(owner, name, self._mortal(getattr(owner, name)))

    def _mortal(self, act):
        def done(*arguments, **more):
            if self.passing <= 0:
                raise Killed
            self.passing -= 1
            self.passed += 1
            return act(*arguments, **more)

        return done


@pytest.fixture
def study(pairing, tmp_path, monkeypatch):
    monkeypatch.setattr(key_file, "SealHeader", QuickSeal)
    folder = tmp_path / "study"
    new_study(
        pairing,
        folder=folder,
        template="preference",
        title="Pairs",
        arms=ARMS,
        cases=CASES[:2],
        readers=("R1", "R2"),
        pairing="adaptive",
        catches=(),
        repeat_share=0.0,
    )
    finish(lock(folder, PASSPHRASE))
    session = open_session(folder, "R1")
    session.reading.present()
    session.reading.answer("preference", "", 1, VIEWING)
    session.reading.answer("confidence", "", 2, VIEWING)
    session.reading.go_next(VIEWING)
    session.close()
    return folder


def held(study):
    """All that an amendment changes, but for the time of the act and the salt of the seal."""
    folder = StudyFolder(study)
    with open_ledger(folder) as ledger:
        events = [(event.what, event.reader, event.details) for event in ledger.events()]
    return contents(study), unseal(folder.sealed_key, PASSPHRASE), events


@pytest.mark.soak
@pytest.mark.parametrize("name", AMENDMENTS)
def test_killed_at_any_write_it_is_wholly_there_or_not_at_all(study, tmp_path, name):
    amend = AMENDMENTS[name]
    before = held(study)
    whole = tmp_path / "whole"
    shutil.copytree(study, whole)
    with pytest.MonkeyPatch.context() as patched:
        watched = Death(patched, sys.maxsize)
        finish(amend(whole))
    after = held(whole)
    healed = set()

    for passing in kills(watched.passed):
        copy = tmp_path / f"killed-{passing}"
        shutil.copytree(study, copy)
        with pytest.MonkeyPatch.context() as patched:
            Death(patched, passing)
            with pytest.raises(Killed):
                finish(amend(copy))
            gc.collect()  # the system lets go of what a dead process held
        status(copy)
        assert verify(copy) == ()
        assert not (copy / "amendment").exists()
        found = held(copy)
        assert found in (before, after)
        healed.add(found == after)
        if found == before:
            finish(amend(copy))
            assert held(copy) == after
        shutil.rmtree(copy)

    assert healed == {True, False}


def kills(acts):
    """At which acts to end: some in the tests, the last one among them; all under make soak."""
    return range(acts) if SOAK else sorted({0, acts // 3, 2 * acts // 3, acts - 2, acts - 1})


def test_a_reader_who_opens_the_study_finds_a_decided_amendment_in_place(study, monkeypatch):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ledger, "event", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            finish(add_reader(study, PASSPHRASE, "R3"))
    gc.collect()
    assert (study / "amendment").is_dir()

    open_session(study, "R3").close()

    assert verify(study) == ()
    assert not (study / "amendment").exists()


def test_two_do_not_amend_a_study_at_once(study):
    before = held(study)
    with Amendment(study), pytest.raises(StoreError, match="being amended at this moment"):
        finish(add_reader(study, PASSPHRASE, "R3"))

    assert held(study) == before


def test_an_amendment_that_is_damaged_on_the_disk_is_told_of(study):
    (study / "amendment").mkdir()

    with pytest.raises(StoreError, match=r"act\.json"):
        status(study)
