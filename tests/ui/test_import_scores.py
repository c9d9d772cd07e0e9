"""File > Import scores: tables chosen, columns said, oddities decided, observations written."""

import threading

import pytest
import shiboken6
from PySide6.QtWidgets import QComboBox, QDialogButtonBox

from app.domain.score_sheet import Oddity
from app.store.score_mapping_file import read_mapping
from app.store.tables import read_scores
from app.ui import import_scores_dialog, jobs
from app.ui.context import Context
from app.ui.import_scores_decision import Decision, DecisionDialog
from app.ui.import_scores_dialog import ImportScoresDialog
from app.ui.inspect_page import InspectPage
from app.ui.settings import Settings
from app.ui.window import MainWindow
from app.workflows import import_scores as workflow

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

SCORES = """who,case,code,noise,remark
R1,case1,A,1,
R1,case1,B,2,dark
R2,case1,A,33,
R2,csae1,B,2,
"""
KEY = "case,code,method\ncase1,A,alpha\ncase1,B,beta\n"
PROTOCOL = """version: 1
title: A study
template: rating
source: nowhere
reference: truth
reference_as_arm: false
cases: [case1]
arms: [alpha, beta]
readers: [R1, R2]
slots: 1
ask_comment: true
seconds_per_read: 20.0
seed: 0
instructions: Rate it.
criteria:
- id: noise
  kind: rating
  prompt: Noise
  choices:
  - {value: 1, label: Bad}
  - {value: 2, label: Fair}
  - {value: 3, label: Good}
"""


@pytest.fixture
def tables(tmp_path):
    files = {"scores.csv": SCORES, "key.csv": KEY, "protocol.yaml": PROTOCOL}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def dialog(qtbot, tables):
    dialog = ImportScoresDialog(str(tables))
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    qtbot.waitUntil(lambda: not jobs._running.jobs, timeout=10_000)


def choose(qtbot, dialog, what, path):
    dialog.model.choose(what, path)
    settle(qtbot, dialog)


def settle(qtbot, dialog):
    qtbot.waitUntil(lambda: not dialog.model.busy, timeout=10_000)


def say(qtbot, dialog, column, meaning):
    """Say what a column holds, as a person does in the box above it."""
    index = dialog.model.sheet.columns.index(column)
    box = dialog.columns.cellWidget(0, index)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(meaning))
    box.activated.emit(box.currentIndex())
    settle(qtbot, dialog)


def select(dialog, value):
    place = next(i for i, line in enumerate(dialog.odd.rows) if line.oddity.value == value)
    dialog.odd_view.selectRow(place)


def ready(qtbot, dialog, tables):
    for what, name in (("scores", "scores.csv"), ("key", "key.csv"), ("protocol", "protocol.yaml")):
        choose(qtbot, dialog, what, tables / name)
    say(qtbot, dialog, "who", "reader")


def test_the_way_from_the_menu_to_the_observations(qtbot, tables, monkeypatch):
    main = MainWindow(Context(Settings()))
    monkeypatch.setattr(InspectPage, "_open_pair", lambda *_: None)
    qtbot.addWidget(main)
    main.show()
    action = next(one for one in main.program_actions() if one.title == "Import scores…")
    assert action.menu == "File"
    main.import_scores()
    dialog = main.findChild(ImportScoresDialog)
    ready(qtbot, dialog, tables)
    monkeypatch.setattr(
        import_scores_dialog, "ask_observations", lambda *_: tables / "observations.csv"
    )

    with qtbot.waitSignal(dialog.written, timeout=10_000):
        dialog.save_button.click()

    assert [score.arm for score in read_scores(tables / "observations.csv")] == ["alpha", "beta"]
    assert (tables / "observations.oddities.csv").is_file()
    assert read_mapping(tables / "observations.mapping.yaml").columns["reader"] == "who"
    assert "observations.csv" in main.banner.what.text()


def test_what_the_headings_do_not_say_is_asked_for(qtbot, dialog, tables):
    assert not dialog.save_button.isEnabled()
    choose(qtbot, dialog, "scores", tables / "scores.csv")

    assert "which column holds the reader" in dialog.told.text()
    assert not dialog.save_button.isEnabled()
    assert dialog.columns.item(1, 0).text() == "R1"
    say(qtbot, dialog, "who", "reader")
    assert "can be written" in dialog.told.text()
    assert dialog.save_button.isEnabled()


def test_two_columns_never_hold_the_same(qtbot, dialog, tables):
    ready(qtbot, dialog, tables)

    say(qtbot, dialog, "remark", "reader")

    assert dialog.model.meaning("remark") == "reader"
    assert dialog.model.meaning("who") == ""


def test_oddities_are_decided_one_by_one_and_taken_back(qtbot, dialog, tables, monkeypatch):
    ready(qtbot, dialog, tables)
    told = {line.oddity.value: line for line in dialog.odd.rows}
    assert {"33", "csae1"} <= set(told)
    assert (told["33"].rows, told["33"].oddity.column) == ("4", "noise")
    assert told["csae1"].oddity.nearest == "case1"

    monkeypatch.setattr(import_scores_dialog, "ask_decision", lambda *_: Decision("3", "asked R2"))
    select(dialog, "33")
    dialog.decide_button.click()
    settle(qtbot, dialog)
    monkeypatch.setattr(import_scores_dialog, "ask_decision", lambda _, odd: Decision(odd.nearest))
    select(dialog, "csae1")
    dialog.decide_button.click()
    settle(qtbot, dialog)

    assert dialog.model.imported.undecided == ()
    assert {line.oddity.decision for line in dialog.odd.rows} == {
        "taken as 3: asked R2",
        "read as case1",
    }
    select(dialog, "33")
    dialog.back_button.click()
    settle(qtbot, dialog)
    assert [odd.value for odd in dialog.model.imported.undecided] == ["33"]


def test_a_decision_that_does_not_fit_is_told_and_not_made(qtbot, dialog, tables):
    ready(qtbot, dialog, tables)
    before = dialog.model.mapping

    dialog.model.decide_label("csae1", "case9")
    settle(qtbot, dialog)

    assert "which is no case" in dialog.banner.what.text()
    assert dialog.model.mapping == before
    assert "csae1" in {line.oddity.value for line in dialog.odd.rows}


def test_missing_scores_can_be_known_and_key_columns_chosen(qtbot, dialog, tables):
    ready(qtbot, dialog, tables)
    assert any(line.oddity.kind == "unread" for line in dialog.odd.rows)
    assert dialog.unread_box.isVisible()
    dialog.unread_box.click()
    settle(qtbot, dialog)
    assert not any(odd.kind == "unread" for odd in dialog.model.imported.undecided)

    dialog.model.mean_key("arm", "code")
    settle(qtbot, dialog)
    assert "which column is the code" in dialog.banner.what.text()
    assert not dialog.save_button.isEnabled()


def test_a_file_that_is_no_table_is_a_sentence(qtbot, dialog, tables):
    (tables / "broken.xlsx").write_bytes(b"no workbook")

    choose(qtbot, dialog, "scores", tables / "broken.xlsx")

    assert "no XLSX workbook" in dialog.banner.what.text()
    assert not dialog.save_button.isEnabled()


def test_a_score_is_asked_for_as_a_number_or_left_out_with_a_reason(qtbot):
    odd = Oddity("scores", 4, "noise", "33", "outside its scale", "noise goes from 1 to 3")
    dialog = DecisionDialog(odd)
    qtbot.addWidget(dialog)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)

    dialog.meant.setText("three")
    assert not ok.isEnabled()
    dialog.meant.setText("3")
    assert ok.isEnabled()
    dialog.reason.setText("asked R2")
    assert dialog.decision == Decision("3", "asked R2")
    dialog.meant.clear()
    assert ok.isEnabled()
    assert dialog.decision == Decision(None, "asked R2")


def test_closing_does_not_wait_for_a_large_table(qtbot, tables, monkeypatch):
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    real = workflow.open_scores

    def slow(*given, **more):
        begun.set()
        go_on.wait(10)
        ended.set()
        return real(*given, **more)

    monkeypatch.setattr(workflow, "open_scores", slow)
    dialog = ImportScoresDialog(str(tables))
    dialog.show()
    dialog.model.choose("scores", tables / "scores.csv")
    assert begun.wait(10)

    dialog.reject()
    assert not dialog.isVisible()
    assert not ended.is_set()
    shiboken6.delete(dialog)
    go_on.set()

    qtbot.waitUntil(lambda: ended.is_set() and not jobs._running.jobs, timeout=10_000)
