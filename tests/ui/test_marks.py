"""Marks are drawn on the panes, listed, described, kept at once and taken back."""

import csv
import itertools
import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from app.domain.mark import KINDS, Mark
from app.domain.progress import Progress
from app.errors import StoreError
from app.store import annotations
from app.ui import marks_panel
from app.ui.actions import ambiguous
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.marks_overlay import COLORS, LINES, SIGNS, _point
from app.ui.pane_content import PaneContent
from tests.ui.fakes import FakeWork

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def errors():
    return []


@pytest.fixture
def notices():
    return []


@pytest.fixture
def open_page(qtbot, tmp_path, errors, notices):
    def opened():
        context = Context()
        page = InspectPage(context, InspectModel(FakeWork(tmp_path).work()))
        context.error_raised.connect(errors.append)
        context.notice_raised.connect(notices.append)
        page.resize(1208, 740)
        qtbot.addWidget(page, before_close_func=lambda _: page.stop())
        page.show()
        context.open_source(tmp_path / "cases")
        qtbot.waitUntil(lambda: page.marks.marks.can_mark)
        qtbot.waitUntil(lambda: page.model.difference.map is not None)
        return page

    return opened


@pytest.fixture
def page(open_page):
    return open_page()


def on_screen(pane, pixel):
    target = pane.exact_target()
    rows, columns = pane.plane_shape
    row, column = pixel
    return QPointF(
        target.x() + column / columns * target.width(), target.y() + row / rows * target.height()
    )


def drag(qtbot, pane, *pixels):
    """Press on the first (row, column) in parts of pixels, and let go on the last."""
    points = [on_screen(pane, pixel) for pixel in pixels]
    none, plain = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier

    def send(kind, point, button, buttons):
        where = pane.mapToGlobal(point)
        QApplication.sendEvent(pane, QMouseEvent(kind, point, where, button, buttons, plain))

    send(QEvent.Type.MouseButtonPress, points[0], LEFT, LEFT)
    for point in points[1:]:
        send(QEvent.Type.MouseMove, point, none, LEFT)
    send(QEvent.Type.MouseButtonRelease, points[-1], LEFT, none)


def key(qtbot, page, *keys, modifiers=Qt.KeyboardModifier.NoModifier):
    for one in keys:
        qtbot.keyClick(page.panes.reference, one, modifiers)


def kept(tmp_path):
    return annotations.read(tmp_path / annotations.FILE)


def test_a_click_marks_a_point_and_a_drag_an_ellipse(qtbot, page, tmp_path):
    marks = page.marks.marks
    key(qtbot, page, Qt.Key.Key_T, Qt.Key.Key_2)
    assert marks.tool == "lost"
    assert page.sides.currentWidget() is page.marks

    drag(qtbot, page.panes.reconstruction, (20.5, 10.5))
    drag(qtbot, page.panes.difference, (10, 10), (15, 20), (20, 30))

    point, ellipse = marks.marks
    assert (point.kind, point.shape, point.case, point.arm) == ("lost", "point", "case-1", "mild")
    assert (point.slice, point.row, point.column) == (3, pytest.approx(20.5), pytest.approx(10.5))
    assert (ellipse.shape, ellipse.row, ellipse.column) == ("ellipse", 15, 20)
    assert (ellipse.height, ellipse.width) == (10, 20)
    assert [record.mark for record in kept(tmp_path)] == [point, ellipse]
    assert point.made_at.endswith("Z")
    assert page.model.state.window.center == 40.0  # the drag was not the window's


def test_a_drag_beyond_the_plane_is_cut_and_one_that_begins_there_is_none(qtbot, page):
    marks = page.marks.marks
    marks.draw("box")
    page.marks.use("added")

    drag(qtbot, page.panes.reference, (60, 40), (70, 55))
    drag(qtbot, page.panes.reference, (-2, 10), (10, 20))

    (box,) = marks.marks
    assert (box.shape, box.row, box.column, box.height, box.width) == ("box", 62, 44, 4, 8)


def test_marks_are_painted_on_every_pane_and_only_on_their_slice_and_arm(qtbot, page):
    model, marks = page.model, page.marks.marks

    def pictures():
        return [page.panes.panes[number].grab().toImage() for number in page.panes.shown]

    qtbot.waitUntil(lambda: model.maps.map is not None)
    before = pictures()
    marks.add("distorted", "ellipse", (30, 20), (20, 20))
    assert all(one != other for one, other in zip(before, pictures(), strict=True))
    assert len(marks.here) == 1
    marks.show(False)
    assert pictures() == before
    marks.show(True)
    model.state.set_slice(3)
    assert marks.here == ()
    model.state.set_slice(2)
    model.select("case-1", "strong")
    qtbot.waitUntil(lambda: model.view is not None)
    assert marks.here == ()


def pictures(page, *panes):
    return [page.panes.panes[pane].grab().toImage() for pane in panes]


def test_a_mark_is_of_the_arm_whose_pane_was_pressed_and_is_painted_there(qtbot, page):
    model, marks, panes = page.model, page.marks.marks, page.panes.panes
    model.set_content(2, PaneContent("reconstruction", "strong"))
    qtbot.waitUntil(lambda: model.image_of("strong") is not None)
    page.marks.use("lost")
    mild, strong = pictures(page, 1, 2)

    drag(qtbot, panes[2], (20.5, 10.5))

    (mark,) = marks.marks
    assert (mark.arm, mark.slice) == ("strong", 3)
    assert marks.here == ()  # mild is in view
    assert pictures(page, 1) == [mild]
    assert pictures(page, 2) != [strong]
    model.select("case-1", "strong")
    qtbot.waitUntil(lambda: model.view is not None)
    assert marks.here == (mark,)


def test_a_mark_on_a_pane_that_moves_on_its_own_is_of_the_slice_seen_there(qtbot, page):
    model, marks, panes = page.model, page.marks.marks, page.panes.panes
    model.panes.set_linked(1, False)
    panes[1].state.set_slice(4)
    page.panes.activate(1)
    page.marks.use("added")
    linked, own = pictures(page, 0, 1)

    drag(qtbot, panes[1], (20.5, 10.5))

    (mark,) = marks.marks
    assert (mark.arm, mark.slice) == ("mild", 5)
    assert pictures(page, 0) == [linked]
    assert pictures(page, 1) != [own]
    marks.choose(None)
    model.state.set_slice(4)
    assert marks.here == (mark,)


def test_a_mark_that_grows_is_painted_where_it_will_be(qtbot, page):
    model, panes = page.model, page.panes.panes
    model.panes.set_linked(1, False)
    panes[1].state.set_slice(4)
    page.marks.use("added")
    linked, own = pictures(page, 0, 1)
    overlay, none = page.marks.overlay, Qt.MouseButton.NoButton
    plain, places = Qt.KeyboardModifier.NoModifier, [(10.0, 10.0), (30.0, 30.0)]
    points = [on_screen(panes[1], place) for place in places]
    kinds = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove)
    begin, grow = (
        QMouseEvent(kind, point, point, button, LEFT, plain)
        for kind, point, button in zip(kinds, points, (LEFT, none), strict=True)
    )
    assert overlay.press(panes[1], begin, places[0])
    assert overlay.move(panes[1], grow, places[1])

    assert pictures(page, 0) == [linked]
    assert pictures(page, 1) != [own]


def test_a_pane_of_two_arms_takes_no_mark_and_says_why(qtbot, page, notices):
    model, panes = page.model, page.panes
    model.set_content(2, PaneContent("reconstruction", "strong"))
    model.panes.set_second(2, PaneContent("reconstruction"))
    panes.compare.set_mode(2, "fade")
    qtbot.waitUntil(lambda: model.image_of("strong") is not None)
    page.marks.use("lost")

    drag(qtbot, panes.panes[2], (20.5, 10.5))
    assert page.marks.marks.marks == ()
    assert notices == [
        "This pane shows strong and mild at once. Mark where one of them is seen alone."
    ]

    panes.compare.set_mode(2, "none")
    panes.compare.flick()  # the arm in view comes to the front
    drag(qtbot, panes.panes[2], (20.5, 10.5))
    assert [mark.arm for mark in page.marks.marks.marks] == ["mild"]


def test_each_kind_has_a_colour_a_line_a_sign_and_a_form_of_its_own():
    forms = [_point(kind, QPointF()) for kind in KINDS]

    assert len({COLORS[kind] for kind in KINDS}) == 3
    assert len({LINES[kind] for kind in KINDS}) == 3
    assert len({SIGNS[kind] for kind in KINDS}) == 3
    assert all(one != other for one, other in itertools.combinations(forms, 2))


def test_a_click_in_the_list_goes_to_the_mark_and_shows_its_facts(qtbot, page):
    model, marks, panel = page.model, page.marks.marks, page.marks
    marks.add("lost", "point", (5.5, 6.5))
    model.select("case-2", "strong", 5)
    qtbot.waitUntil(lambda: model.view is not None)
    marks.choose(None)
    page.sides.setCurrentWidget(panel)

    place = panel.table.visualRect(panel.rows.index(0, 1)).center()
    qtbot.mouseClick(panel.table.viewport(), LEFT, pos=place)
    qtbot.waitUntil(lambda: model.view is not None)

    assert (model.pair.case, model.pair.arm, model.state.slice) == ("case-1", "mild", 2)
    assert panel.facts.isVisible()
    assert panel.facts.made.text().startswith("Point at row 5.5, column 6.5")


def test_severity_and_note_are_kept_and_come_back_with_the_source(qtbot, page, open_page, tmp_path):
    panel = page.marks
    panel.marks.add("lost", "point", (5.5, 6.5))
    page.sides.setCurrentWidget(panel)

    panel.facts.severity.setCurrentIndex(3)
    panel.facts.severity.activated.emit(3)
    qtbot.keyClicks(panel.facts.note, "a vessel")
    qtbot.keyClick(panel.facts.note, Qt.Key.Key_Return)

    (mark,) = panel.marks.marks
    assert (mark.severity, mark.note) == (3, "a vessel")
    assert len(kept(tmp_path)) == 3
    again = open_page()
    assert again.marks.marks.marks == (mark,)
    assert panel.rows.index(0, 5).data() == "a vessel"


def test_a_note_typed_but_not_finished_stays_with_its_mark(qtbot, page):
    panel = page.marks
    first = panel.marks.add("lost", "point", (5.5, 6.5))
    page.sides.setCurrentWidget(panel)
    qtbot.keyClicks(panel.facts.note, "first")

    panel.marks.add("added", "point", (9.5, 6.5))

    assert [mark.note for mark in panel.marks.marks] == ["first", ""]
    assert panel.facts.note.text() == ""
    assert panel.marks.marks[0].id == first.id


def test_undo_and_redo_by_key_and_what_is_undone_is_told(qtbot, page, tmp_path):
    panel, marks = page.marks, page.marks.marks
    made = marks.add("lost", "point", (5.5, 6.5))
    marks.change(made, note="a vessel")
    page.sides.setCurrentWidget(panel)
    assert marks.undo_words == "Undo lost, case-1, slice 3"
    control = Qt.KeyboardModifier.ControlModifier

    key(qtbot, page, Qt.Key.Key_Z, modifiers=control)
    assert [mark.note for mark in marks.marks] == [""]
    assert panel.facts.note.text() == ""
    key(qtbot, page, Qt.Key.Key_Z, modifiers=control)
    assert marks.marks == ()
    for _ in range(2):
        key(qtbot, page, Qt.Key.Key_Z, modifiers=control | Qt.KeyboardModifier.ShiftModifier)

    assert [mark.note for mark in marks.marks] == ["a vessel"]
    assert [record.deed for record in kept(tmp_path)][-4:] == ["undo", "undo", "redo", "redo"]


def test_undo_takes_back_what_was_done_last_be_it_a_mark_a_shape_or_a_protocol(qtbot, page):
    panel, shapes, hanging = page.marks, page.model.shapes, page.panes.hanging
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    mark = panel.marks.add("lost", "point", (5.5, 6.5))
    hanging._keep(hanging._kept.with_protocol(hanging.protocol_now("mine", "Four panes")))
    hanging.remove("mine")
    region = shapes.add("rectangle", ((2.0, 2.0), (8.0, 12.0)))
    page.sides.setCurrentWidget(panel)
    shapes.choose(None)
    panel.marks.choose(mark)

    key(qtbot, page, Qt.Key.Key_Delete)
    assert panel.marks.marks == ()
    key(qtbot, page, Qt.Key.Key_Z, modifiers=control)
    assert (panel.marks.marks, shapes.shapes, hanging.protocols) == ((mark,), (region,), ())
    key(qtbot, page, Qt.Key.Key_Z, modifiers=control | shift)
    assert (panel.marks.marks, shapes.shapes) == ((), (region,))

    panel.marks.undo()
    shapes.remove_all()
    panel.marks.choose(mark)  # which is in use, but was not changed
    key(qtbot, page, Qt.Key.Key_Z, modifiers=control)
    assert (panel.marks.marks, shapes.shapes, hanging.protocols) == ((mark,), (region,), ())
    hanging.undo()
    hanging.remove("mine")
    key(qtbot, page, Qt.Key.Key_Z, modifiers=control)
    assert [one.name for one in hanging.protocols] == ["mine"]
    assert (panel.marks.marks, shapes.shapes) == ((mark,), (region,))


def test_delete_removes_the_chosen_mark_and_escape_leaves_the_tool(qtbot, page):
    marks = page.marks.marks
    page.marks.use("added")
    drag(qtbot, page.panes.reference, (20.5, 10.5))
    assert marks.chosen is not None

    key(qtbot, page, Qt.Key.Key_Delete)
    assert marks.marks == ()
    key(qtbot, page, Qt.Key.Key_Escape)
    assert marks.tool is None
    drag(qtbot, page.panes.reference, (20.5, 10.5), (30, 10.5))
    assert marks.marks == ()
    assert page.model.state.window.center != 40.0  # the drag is the window's again


def test_measuring_and_marking_do_not_share_the_mouse(page):
    page.marks.use("added")
    page.measure.drawing.use("distance")
    assert page.marks.marks.tool is None

    page.marks.use("lost")
    assert page.measure.drawing.tool is None
    assert page.marks.marks.tool == "lost"


def test_what_the_disk_refuses_is_told_and_not_shown(qtbot, page, errors):
    marks = page.marks.marks

    def refuse(*_):
        raise StoreError("The disk is full.", remedy="Make room.")

    marks._work = replace(marks._work, keep=refuse)
    assert marks.add("lost", "point", (5.5, 6.5)) is None

    assert marks.marks == ()
    assert errors[0].remedy == "Make room."


def test_marks_leave_as_a_table_and_the_notice_says_where(
    qtbot, page, tmp_path, notices, monkeypatch
):
    page.marks.marks.add("lost", "point", (5.5, 6.5))
    target = tmp_path / "marks.csv"
    monkeypatch.setattr(marks_panel, "ask_csv", lambda *_: target)

    page.action_set.sync()
    page.action_set.run("marks.csv")
    qtbot.waitUntil(lambda: bool(notices))

    assert notices == [f"Saved 1 mark in {target}."]
    with target.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["type"], row["row"], row["slice"]) == ("lost", "5.5", "3")


@pytest.fixture
def reports(page, tmp_path, monkeypatch):
    """Reports go to a folder, and hold no more than their names."""
    folder, written = tmp_path / "sr", []
    folder.mkdir()
    marks = page.marks.marks

    def write(found, pairing, folder):
        yield Progress(0, 1, "")
        paths = tuple(path for path, _, _ in marks._work.plan_report(found, pairing, folder).files)
        written.extend(path.name for path in paths)
        return paths

    marks._work = replace(marks._work, export_report=write)
    monkeypatch.setattr(marks_panel, "ask_folder", lambda *_: folder)
    return folder, written


def test_reports_that_are_there_are_replaced_only_where_that_is_wanted(
    qtbot, page, reports, notices, monkeypatch
):
    folder, written = reports
    page.marks.marks.add("lost", "point", (5.5, 6.5))
    (folder / "marks-case-1-mild.dcm").write_text("older")
    asked, answers = [], [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]

    def question(_parent, _title, words):
        asked.append(words)
        return answers[len(asked) - 1]

    monkeypatch.setattr(QMessageBox, "question", question)

    page.marks.export_report()
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert written == []
    assert "marks-case-1-mild.dcm" in asked[0]
    assert str(folder) in asked[0]
    page.marks.export_report()
    qtbot.waitUntil(lambda: bool(notices))
    assert written == ["marks-case-1-mild.dcm"]

    (folder / "marks-case-1-mild.dcm").unlink()
    page.marks.export_report()
    qtbot.waitUntil(lambda: len(notices) == 2)
    assert len(asked) == 2
    assert notices == [f"Saved 1 DICOM SR file in {folder}."] * 2


def test_files_are_looked_for_away_from_the_screen_and_what_was_asked_for_is_written(
    qtbot, page, reports, notices, monkeypatch
):
    _, written = reports
    marks = page.marks.marks
    marks.add("lost", "point", (5.5, 6.5))
    go_on, threads, plan = threading.Event(), [], marks._work.plan_report

    def slow(*asked):
        threads.append(threading.current_thread())
        go_on.wait(10)
        return plan(*asked)

    marks._work = replace(marks._work, plan_report=slow)
    page.marks.export_report()
    qtbot.waitUntil(lambda: bool(threads))
    made = marks.add("added", "point", (9.5, 9.5))
    marks.change(made, note="after it was asked for")
    marks.add("added", "point", (4.5, 9.5), where=("case-1", "strong", 1))
    go_on.set()
    qtbot.waitUntil(lambda: bool(notices))

    assert threading.main_thread() not in threads
    assert written == ["marks-case-1-mild.dcm"]


def test_a_report_is_not_asked_about_when_another_source_is_open(
    qtbot, page, reports, tmp_path, monkeypatch
):
    marks = page.marks.marks
    marks.add("lost", "point", (5.5, 6.5))
    go_on, begun, plan = threading.Event(), [], marks._work.plan_report

    def slow(*asked):
        begun.append(True)
        go_on.wait(10)
        return plan(*asked)

    marks._work = replace(
        marks._work, plan_report=slow, marks_file=lambda _: tmp_path / "other.sqlite"
    )
    page.marks.export_report()
    qtbot.waitUntil(lambda: bool(begun))
    page._context.open_source(tmp_path / "others")
    go_on.set()
    qtbot.waitUntil(lambda: marks.can_mark)
    qtbot.waitUntil(lambda: not marks._planning.busy)

    assert reports[1] == []


def test_marks_that_no_report_holds_are_told_with_their_cases(
    qtbot, page, reports, notices, tmp_path
):
    marks = page.marks.marks
    made = marks.add("lost", "point", (5.5, 6.5))
    for number in range(7):
        for _ in range(2 if number == 0 else 1):
            gone = replace(made, id=f"{len(marks.marks)}", case=f"gone-{number}")
            marks._do(replace(kept(tmp_path)[0], mark=gone))

    page.marks.export_report()
    qtbot.waitUntil(lambda: bool(notices))

    assert notices[0].startswith(f"Saved 1 DICOM SR file in {reports[0]}. 8 marks are in no report")
    assert "2 of gone-0, mild (no longer in this source); 1 of gone-1, mild" in notices[0]
    assert notices[0].endswith("2 of others. The CSV holds all.")


def test_a_report_that_cannot_be_made_says_why(qtbot, page, tmp_path, errors, monkeypatch):
    page.marks.marks.add("lost", "point", (5.5, 6.5))
    monkeypatch.setattr(marks_panel, "ask_folder", lambda *_: tmp_path / "sr")

    qtbot.mouseClick(page.marks.report, LEFT) if page.marks.report.isVisible() else (
        page.marks.export_report()
    )
    qtbot.waitUntil(lambda: bool(errors))

    assert errors[0].remedy


def test_no_two_keys_of_the_room_are_the_same(page):
    assert ambiguous(page.actions()) == ()
    page.marks.marks.add("lost", "point", (5.5, 6.5))
    assert ambiguous(page.actions()) == ()


def test_the_tab_is_whole_at_its_least_width(qtbot, page):
    panel = page.marks
    panel.marks.add("lost", "ellipse", (30, 20), (10, 10))
    page.sides.setCurrentWidget(panel)
    page.split.setSizes([200, 700, 300])
    qtbot.waitUntil(lambda: panel.width() <= 320)

    for widget in (
        *panel.buttons.values(),
        panel.csv,
        panel.report,
        panel.facts.remove,
        panel.facts.note,
    ):
        inside = widget.mapTo(panel, widget.rect().topRight()).x()
        assert inside <= panel.width()
        qtbot.waitUntil(lambda w=widget: w.width() >= w.minimumSizeHint().width())


def test_another_source_has_other_marks(qtbot, page, tmp_path):
    page.marks.marks.add("lost", "point", (5.5, 6.5))

    page.model.open(None)

    assert page.marks.marks.marks == ()
    assert not page.marks.marks.can_mark


def test_a_mark_without_a_slice_in_view_is_not_made(page):
    page.model.open(None)

    assert page.marks.marks.add("lost", "point", (1, 1)) is None
    assert isinstance(Mark("", "", "", 1, "lost", "point", 0, 0), Mark)
