"""A stranger's path: from an empty study folder to a locked study, counted in clicks."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox

from app.store.protocol_file import read_protocol
from app.ui import study_page as page_module
from app.ui.context import Context
from app.ui.settings import Settings
from app.ui.study_dialogs import LockDialog
from app.ui.study_page import StudyPage
from app.workflows.plan import status
from app.workflows.verify import verify
from tests.workflows.conftest import ARMS, source

__all__ = ["source"]

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
PASSPHRASE = "four words for tests"


def test_from_an_empty_folder_to_a_locked_study_in_at_most_ten_clicks(
    qtbot, monkeypatch, source, tmp_path
):
    folder = tmp_path / "study"
    folder.mkdir()
    clicks = ["open the Study room"]

    def click(widget, what):
        clicks.append(what)
        qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)

    def choose_folder(*_):
        clicks.append("Save, in the folder dialog")
        return folder

    def give_passphrase(parent):
        dialog = LockDialog(parent)
        qtbot.addWidget(dialog)
        qtbot.keyClicks(dialog.first, PASSPHRASE)
        clicks.append("into the second field")
        qtbot.keyClicks(dialog.second, PASSPHRASE)
        dialog.show()
        click(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), "Lock, in the dialog")
        assert dialog.result() == LockDialog.DialogCode.Accepted
        return dialog.first.text()

    monkeypatch.setattr(page_module, "ask_new_folder", choose_folder)
    monkeypatch.setattr(page_module, "ask_to_lock", give_passphrase)
    context = Context(Settings())
    page = StudyPage(context)
    qtbot.addWidget(page)
    page.show()
    clicks += ["open a folder of cases", "choose it"]
    context.open_source(source)
    qtbot.waitUntil(lambda: page.model.can_create, timeout=20_000)

    click(page.create_button, "Create")
    qtbot.waitUntil(page.lock_button.isEnabled, timeout=20_000)
    click(page.lock_button, "Lock")
    qtbot.waitUntil(lambda: page.model.state == "locked", timeout=60_000)

    assert status(folder).state == "locked"
    assert verify(folder) == ()
    assert set(page.model.choices.arms) == set(ARMS)
    assert len(clicks) <= 10, clicks
    page.stop()


def test_every_rule_of_the_form_reaches_the_protocol(qtbot, source, tmp_path):
    context = Context(Settings())
    page = StudyPage(context)
    qtbot.addWidget(page)
    context.open_source(source)
    model, rules = page.model, page.form.rules
    qtbot.waitUntil(lambda: model.can_create, timeout=20_000)

    model.use_template("preference")
    rules.pairing.setCurrentIndex(1)
    rules.pairing.activated.emit(1)
    rules.repeats.setValue(0)
    rules.catches["swapped"].setValue(1)
    rules.washout.setValue(24)
    rules.takes_part.setChecked(True)
    model.train_on(("case3",))
    qtbot.waitUntil(lambda: model.can_create, timeout=20_000)
    model.create(tmp_path / "study")
    qtbot.waitUntil(lambda: model.can_lock, timeout=20_000)

    made = read_protocol(tmp_path / "study" / "protocol.yaml")
    assert (made.pairing, made.repeat_share, made.washout_hours) == ("adaptive", 0.0, 24.0)
    assert made.reference_as_arm
    assert dict(made.catches) == {"swapped": 1, "blur": 2}
    assert [one.case for one in made.training] == ["case3"]
    assert made.cases == ("case1", "case2")
    qtbot.waitUntil(lambda: not model.computing, timeout=20_000)
    page.stop()
