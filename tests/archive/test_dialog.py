"""The dialog: search, choose, fetch with progress, and the folder opens."""

import threading

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from app.domain.progress import Progress
from app.ui import fetch_model, jobs
from app.ui.context import Context
from app.ui.fetch_dialog import FetchDialog
from app.ui.inspect_page import InspectPage
from app.ui.settings import Settings
from app.ui.window import MainWindow
from tests.archive.conftest import files
from tests.archive.orthanc import PASSWORD, USER

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def opened(qtbot, address, folder):
    dialog = FetchDialog(address, folder)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def searched(qtbot, dialog, patient="TEST007"):
    dialog.patient.setText(patient)
    click(qtbot, dialog.search_button)
    qtbot.waitUntil(lambda: not dialog.model.doing, timeout=20000)


def test_series_are_found_chosen_fetched_and_opened(qtbot, orthanc, tmp_path, monkeypatch):
    monkeypatch.setattr(InspectPage, "_open_pair", lambda *_: None)
    window = MainWindow(Context(Settings(last_source=str(tmp_path / "x"))))
    qtbot.addWidget(window)
    monkeypatch.setattr(window.page("inspect").model, "open", lambda *_: None)
    window.show()
    window.fetch_from_archive()
    (dialog,) = window.findChildren(FetchDialog)
    dialog.address.setText(orthanc.web)
    dialog.user.setText(USER)
    dialog.password.setText(PASSWORD)
    searched(qtbot, dialog)

    assert [one.description for one in dialog.chosen] == ["reference", "alpha-net", "beta-net"]
    dialog.tree.topLevelItem(0).child(2).setCheckState(0, Qt.CheckState.Unchecked)
    assert dialog.fetch_button.text() == "Fetch 2 series"
    with qtbot.waitSignal(dialog.fetched, timeout=20000):
        click(qtbot, dialog.fetch_button)

    out = tmp_path / "archive"
    assert {name.split("/")[1] for name in files(out)} == {"reference", "alpha-net"}
    assert window.context.source == out
    assert window.context.settings.last_archive == orthanc.web
    assert PASSWORD not in repr(window.context.settings)


def test_a_failure_is_shown_in_the_dialog_with_its_remedy(qtbot, tmp_path):
    dialog = opened(qtbot, "nowhere", tmp_path)
    searched(qtbot, dialog)

    assert dialog.banner.isVisible()
    assert "nowhere is no archive" in dialog.banner.what.text()
    assert dialog.banner.remedy.text()
    assert not dialog.fetch_button.isEnabled()


def test_the_password_is_hidden_and_plain_http_is_warned_of(qtbot, tmp_path):
    dialog = opened(qtbot, "http://10.0.0.5/dicom-web", tmp_path)
    assert dialog.password.echoMode() == QLineEdit.EchoMode.Password
    assert not dialog.caution.isVisible()
    assert not dialog.method.isVisible()

    dialog.user.setText("me")
    assert "not encrypted" in dialog.caution.text()
    dialog.address.setText("dicoms://A@10.0.0.5")
    assert not dialog.caution.isVisible()
    assert dialog.method.isVisible()


def test_closing_stops_the_work(qtbot, orthanc, tmp_path, monkeypatch):
    dialog = opened(qtbot, orthanc.dicom_address(), tmp_path / "out")
    searched(qtbot, dialog)
    steps = []
    real = fetch_model.fetch

    def slow(*given):
        for step in real(*given):
            steps.append(step)
            yield step

    monkeypatch.setattr(fetch_model, "fetch", slow)
    click(qtbot, dialog.fetch_button)
    qtbot.waitUntil(lambda: bool(steps), timeout=5000)
    click(qtbot, dialog.close_button)

    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: not dialog.model.doing, timeout=5000)
    assert not [name for name in files(tmp_path) if not name.endswith(".dcm")]


def test_closing_does_not_wait_for_an_archive_that_does_not_answer(qtbot, tmp_path, monkeypatch):
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def silent(*_):
        yield Progress(0, 1, "")
        begun.set()
        go_on.wait(10)
        ended.set()
        return ()

    monkeypatch.setattr(fetch_model, "find", silent)
    dialog = FetchDialog("http://10.0.0.5/dicom-web", tmp_path)
    dialog.show()
    dialog.patient.setText("TEST007")
    click(qtbot, dialog.search_button)
    assert begun.wait(10)

    click(qtbot, dialog.close_button)
    assert not dialog.isVisible()
    assert not ended.is_set()
    shiboken6.delete(dialog)
    go_on.set()

    qtbot.waitUntil(lambda: ended.is_set() and not jobs._running.jobs, timeout=10_000)
