"""A locked study is amended in the Study room: a reader, cases, the next round of pairs."""

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog

from app.store.protocol_file import read_protocol
from app.store.study_folder import StudyFolder
from app.ui import study_amend_dialogs as dialogs
from app.ui.action_menus import MENUS
from app.ui.context import Context
from app.ui.settings import Settings
from app.ui.study_amending import KEPT
from app.ui.study_page import StudyPage
from app.ui.window import MainWindow
from app.workflows.plan import lock, new_study
from app.workflows.verify import verify
from tests.workflows.conftest import ARMS, CASES, finish, pairing, source
from tests.workflows.test_next_round import PASSPHRASE, read

__all__ = ["pairing", "source"]

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LEFT = Qt.MouseButton.LeftButton
WAIT_MS = 60_000


@pytest.fixture
def study(pairing, tmp_path):
    """An adaptive study of two of the three cases, read by R1."""
    folder = tmp_path / "study"
    new_study(
        pairing, folder=folder, template="preference", title="Pairs", arms=ARMS, cases=CASES[:2],
        readers=("R1", "R2"), catches=(), repeat_share=0.0, pairing="adaptive",
    )  # fmt: skip
    finish(lock(folder, PASSPHRASE))
    read(folder, "R1")
    return folder


@pytest.fixture
def page(qtbot, study):
    page = StudyPage(Context(Settings()))
    qtbot.addWidget(page)
    page.show()
    page._context.open_study(study)
    settle(qtbot, page)
    yield page
    settle(qtbot, page)
    page.stop()


def settle(qtbot, page):
    model = page.model
    qtbot.waitUntil(lambda: not model.busy and not model.computing, timeout=WAIT_MS)


@pytest.fixture
def answer(qtbot, monkeypatch):
    """Let a person fill in the next dialog and press its button; what was shown is kept."""
    seen = []

    def answered(fill, passphrase=PASSPHRASE):
        def show(dialog):
            qtbot.addWidget(dialog)
            dialog.show()
            accept = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
            assert not accept.isEnabled()
            fill(dialog)
            qtbot.keyClicks(dialog.passphrase, passphrase)
            qtbot.waitUntil(accept.isEnabled, timeout=WAIT_MS)
            seen.append(dialog.kept.text())
            qtbot.mouseClick(accept, LEFT)
            return dialog.result() == dialog.DialogCode.Accepted

        monkeypatch.setattr(dialogs, "accepted", show)
        return seen

    return answered


def read_of(page):
    return {row.reader: (row.done, row.total) for row in page.progress.rows}


def test_a_reader_is_added_and_every_table_counts_the_new_one(qtbot, page, study, answer):
    told = []
    page._context.notice_raised.connect(told.append)
    before = StudyFolder(study).read_plan("R1")
    seen = answer(lambda dialog: qtbot.keyClicks(dialog.reader, "R7"))

    assert page.action_set.run("amend.reader")
    settle(qtbot, page)

    assert read_of(page) == {"R1": (2, 2), "R2": (0, 2), "R7": (0, 2)}
    assert {row.reader for row in page.outlook.balance.rows} == {"R1", "R2", "R7"}
    assert page.model.expectation.plan.readers == 3
    assert seen == [KEPT]
    assert told == [f"R7 has 2 screens now. {KEPT}"]
    assert StudyFolder(study).read_plan("R1") == before
    assert verify(study) == ()


def test_cases_of_the_same_folder_are_added_after_all_that_there_is(qtbot, page, study, answer):
    before = StudyFolder(study).read_plan("R1").presentations

    def look(dialog):
        qtbot.waitUntil(lambda: dialog.cases.chosen() == ("case3",), timeout=WAIT_MS)
        assert dialog.cases.count.text() == "1 of 1 cases"

    answer(look)
    assert page.action_set.run("amend.cases")
    settle(qtbot, page)

    assert read_of(page) == {"R1": (2, 3), "R2": (0, 3)}
    assert page.outlook.reads.text().startswith("3 reads")
    assert page.model.expectation.plan.cases == 3
    assert StudyFolder(study).read_plan("R1").presentations[:2] == before


def test_cases_of_another_folder_are_added_and_the_incomplete_ones_are_told(
    qtbot, monkeypatch, page, study, source, tmp_path, answer
):
    more = tmp_path / "more"
    for case in ("case7", "case8"):
        shutil.copytree(source / "case3", more / case)
    shutil.rmtree(more / "case8" / ARMS[0])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(more))

    def choose(dialog):
        qtbot.mouseClick(dialog.choose_button, LEFT)
        qtbot.waitUntil(lambda: dialog.cases.chosen() == ("case7",), timeout=WAIT_MS)
        assert dialog.source.text() == str(more)
        assert dialog.told.text() == "Left out, for it lacks an arm: case8."

    answer(choose)
    page.add_cases()
    settle(qtbot, page)
    assert read_of(page)["R1"] == (2, 3)

    def look_again(dialog):
        qtbot.mouseClick(dialog.choose_button, LEFT)
        qtbot.waitUntil(lambda: "tick only what the study has not" in dialog.told.text())
        assert dialog.cases.chosen() == ()
        dialog.cases.list.item(0).setCheckState(Qt.CheckState.Checked)

    errors = []
    page._context.error_raised.connect(lambda error: errors.append(error.sentence))
    answer(look_again)
    page.add_cases()
    settle(qtbot, page)
    assert errors == ["The case 'case7' is in the study already. Leave it out."]
    assert verify(study) == ()


def test_the_next_round_is_planned_in_words_and_then_drawn(qtbot, page, study, answer):
    share = page.model.expectation.plan.share

    def look(dialog):
        qtbot.waitUntil(lambda: "Round 2" in dialog.plan.text(), timeout=WAIT_MS)
        assert "each of 2 cases for each of 2 readers" in dialog.plan.text()
        assert "after the 2 screens read so far" in dialog.plan.text()

    answer(look)
    assert page.action_set.run("amend.round")
    settle(qtbot, page)

    assert read_of(page) == {"R1": (2, 4), "R2": (0, 4)}
    assert page.model.expectation.plan.share == 2 * share
    assert "further rounds only the key knows" in page.outlook.notes.text()


def test_a_wrong_passphrase_is_told_in_the_banner_and_changes_nothing(qtbot, study, answer):
    window = MainWindow(Context(Settings()))
    qtbot.addWidget(window)
    window.show()
    window.context.open_study(study)
    window.enter("study")
    page = window.page("study")
    settle(qtbot, page)
    answer(lambda dialog: qtbot.keyClicks(dialog.reader, "R7"), passphrase="not this one")

    page.add_reader()
    qtbot.waitUntil(window.banner.isVisible, timeout=WAIT_MS)
    settle(qtbot, page)

    assert "does not open" in window.banner.what.text()
    assert set(read_of(page)) == {"R1", "R2"}
    assert MENUS["Study"] in {top.text() for top in window.menuBar().actions() if top.isVisible()}
    window.close()


def test_a_round_without_answers_says_why_it_cannot_be_drawn(qtbot, page, pairing, tmp_path):
    unread = tmp_path / "unread"
    new_study(
        pairing, folder=unread, template="preference", title="Unread", arms=ARMS, cases=CASES,
        readers=("R1",), pairing="adaptive",
    )  # fmt: skip
    finish(lock(unread, PASSPHRASE))
    page.model.open_study(unread)
    settle(qtbot, page)
    dialog = dialogs.NextRoundDialog(page.amending)
    qtbot.addWidget(dialog)
    dialog.passphrase.setText(PASSPHRASE)

    qtbot.waitUntil(lambda: "Nobody has compared anything" in dialog.plan.text())

    assert not dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def test_only_a_locked_study_is_amended_and_only_an_adaptive_one_has_rounds(
    qtbot, pairing, page, tmp_path
):
    able = {one.id: one.enabled for one in page.action_set.actions}
    page.amend_menu.aboutToShow.emit()
    offered = page.amend_menu.actions()
    assert [one.text() for one in offered] == [
        "Add a reader…", "Add cases…", "Draw the next round…",
    ]  # fmt: skip
    assert all(one.isEnabled() and one.toolTip() for one in offered)

    plain = tmp_path / "plain"
    new_study(
        pairing, folder=plain, template="comparison", title="Plain", arms=ARMS, cases=CASES,
        readers=("R1",),
    )  # fmt: skip
    page.model.open_study(plain)
    settle(qtbot, page)
    assert not page.amend_button.isEnabled()
    finish(lock(plain, PASSPHRASE))
    page.model.refresh()
    settle(qtbot, page)

    assert page.amend_button.isEnabled()
    assert able["amend.cases"]()
    assert not able["amend.round"]()


def test_another_name_for_the_reference_pairs_again_and_reaches_the_protocol(
    qtbot, source, tmp_path
):
    for case in CASES:
        (source / case / "reference").rename(source / case / "full-dose")
    page = StudyPage(Context(Settings()))
    qtbot.addWidget(page)
    page.show()
    page._context.open_source(source)
    model, form = page.model, page.form
    settle(qtbot, page)
    assert form.reference.isEnabled()

    form.reference.setText("no-such-name")
    form.reference.editingFinished.emit()
    settle(qtbot, page)
    assert "no-such-name" in page.outlook.objection.text()
    assert not page.create_button.isEnabled()
    assert form.reference.isEnabled()
    assert not form.pages.isEnabled()

    form.reference.clear()
    qtbot.keyClicks(form.reference, "full-dose")
    qtbot.keyClick(form.reference, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: model.can_create, timeout=WAIT_MS)
    assert form.source.text() == "source, reference: full-dose"
    assert set(model.choices.arms) == set(ARMS)
    model.create(tmp_path / "made")
    qtbot.waitUntil(lambda: model.can_lock, timeout=WAIT_MS)

    assert read_protocol(tmp_path / "made" / "protocol.yaml").reference == "full-dose"
    settle(qtbot, page)
    page.stop()


def test_the_name_of_the_reference_that_inspect_was_given_is_taken_over(qtbot, source):
    for case in CASES:
        (source / case / "reference").rename(source / case / "full-dose")
    window = MainWindow(Context(Settings()))
    qtbot.addWidget(window)
    window.show()
    window.context.open_source(source)
    inspect = window.page("inspect").model
    inspect.name_reference("full-dose")
    window.enter("study")
    page = window.page("study")
    qtbot.waitUntil(lambda: page.model.can_create, timeout=WAIT_MS)
    assert page.form.reference.text() == "full-dose"

    inspect.name_reference(ARMS[0])
    qtbot.waitUntil(lambda: page.model.can_create, timeout=WAIT_MS)
    assert set(page.model.choices.arms) == {*ARMS[1:], "full-dose"}
    window.context.open_source(source)
    settle(qtbot, page)
    assert page.model.reference_name == ""
    window.close()
