"""A reading room that is killed has lost nothing, and goes on where it was."""

import os
import subprocess
import sys

import pytest

from app.workflows.plan import lock, new_study
from app.workflows.read import open_ledger, open_session
from app.workflows.verify import verify
from tests.conftest import PROJECT
from tests.workflows.conftest import finish, pairing, source  # noqa: F401 - fixtures
from tests.workflows.test_study_path import DESIGN, PASSPHRASE

KILLS = 25 if os.environ.get("BLINDREAD_SOAK") else 3


@pytest.fixture
def study(pairing, tmp_path):  # noqa: F811
    folder = tmp_path / "study"
    new_study(pairing, folder=folder, **DESIGN)
    finish(lock(folder, PASSPHRASE))
    return folder


def start(study):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ui.reading_process", str(study), "R1"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )


@pytest.mark.soak
def test_killed_again_and_again_nothing_is_lost(study):
    acknowledged = 0
    for _ in range(KILLS):
        with start(study) as process:
            for line in process.stdout:
                assert int(line) >= acknowledged  # it goes on, never back
                acknowledged = max(acknowledged, int(line))
                if acknowledged % 2 == 1:
                    break
            process.kill()
        assert verify(study) == ()
        session = open_session(study, "R1")
        assert session.reading.finished >= acknowledged
        acknowledged = session.reading.finished
        session.close()

    with start(study) as process:
        *_, last = process.stdout
        assert process.wait() == 0

    assert int(last) == 9
    with open_ledger_of(study) as ledger:
        responses = ledger.responses("R1")
        asked = [(r.presentation, r.criterion, r.slot) for r in responses]
        assert len(asked) == len(set(asked)) == 9 * 3
        assert len(ledger.submitted("R1")) == 9


def open_ledger_of(study):
    from app.store.study_folder import StudyFolder

    return open_ledger(StudyFolder(study))
