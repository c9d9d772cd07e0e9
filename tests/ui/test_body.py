"""The body is outlined, edited by hand, kept, and found again."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.errors import StoreError
from app.store import body_masks
from app.ui.body_editor import BodyEditor
from app.ui.body_overlay import outline
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.inspect_work import _measure_command
from app.ui.pane_content import PaneContent
from tests.ui.fakes import FakeWork

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def fake(tmp_path):
    return FakeWork(tmp_path)


@pytest.fixture
def open_page(qtbot, tmp_path):
    def opened(work):
        context = Context()
        page = InspectPage(context, InspectModel(work))
        page.resize(1280, 760)
        qtbot.addWidget(page, before_close_func=lambda _: page.stop())
        page.show()
        context.open_source(tmp_path / "cases")
        qtbot.waitUntil(lambda: page.model.view is not None)
        qtbot.waitUntil(lambda: page.model.body.mask is not None)
        return page

    return opened


def stroke(qtbot, pane, *pixels, modifier=Qt.KeyboardModifier.NoModifier):
    """Drag over (row, column) of the plane in a pane."""
    target, (rows, columns) = pane._target(), pane.plane_shape
    points = [
        QPointF(
            target.x() + (column + 0.5) / columns * target.width(),
            target.y() + (row + 0.5) / rows * target.height(),
        )
        for row, column in pixels
    ]
    qtbot.mousePress(pane, LEFT, modifier, points[0].toPoint())
    for point in points[1:]:
        kind, none = QEvent.Type.MouseMove, Qt.MouseButton.NoButton
        where = pane.mapToGlobal(point)
        QApplication.sendEvent(pane, QMouseEvent(kind, point, where, none, LEFT, modifier))
    qtbot.mouseRelease(pane, LEFT, modifier, points[-1].toPoint())


def test_a_key_outlines_the_body_over_every_pane(qtbot, open_page, fake):
    page = open_page(fake.work())
    before = [pane.grab().toImage() for pane in page.panes.panes[:4]]

    qtbot.keyClick(page.panes.reference, Qt.Key.Key_O)

    assert page.panes.tools.body.isChecked()
    assert page.panes.overlay.words == "Body, as found"

    def outlined():
        after = [pane.grab().toImage() for pane in page.panes.panes[:4]]
        return all(one != other for one, other in zip(before, after, strict=True))

    qtbot.waitUntil(outlined)  # the body is found and the panes painted
    qtbot.keyClick(page.panes.reference, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: page.panes.reference.grab().toImage() == before[0])


def pictures(page, *panes):
    return [page.panes.panes[pane].grab().toImage() for pane in panes]


def looks_alike(page, pane):
    """Return whether a pane looks alike with and without the outline."""
    page.model.body.show(False)
    (without,) = pictures(page, pane)
    page.model.body.show(True)
    return pictures(page, pane) == [without]


def test_the_body_is_painted_where_the_slice_in_view_of_the_patient_is_seen(qtbot, open_page, fake):
    page = open_page(fake.work())
    model, own = page.model, page.model.panes.state
    page.panes.activate(3)
    model.body.show(True)
    model.panes.set_linked(1, False)
    assert not looks_alike(page, 1)
    own(1).set_slice(4)
    assert looks_alike(page, 1)
    model.state.set_slice(4)
    qtbot.waitUntil(lambda: model.body.mask is not None)
    assert not looks_alike(page, 1)

    model.set_content(2, PaneContent("fourier"))
    qtbot.waitUntil(lambda: page.panes.plane(2).map is not None)
    assert looks_alike(page, 2)
    model.set_content(2, PaneContent("reconstruction"))
    (outlined,) = pictures(page, 2)
    model.body.show(False)
    assert pictures(page, 2) != [outlined]  # it came back with the content


def test_the_brush_leaves_a_pane_alone_that_shows_something_else(qtbot, open_page, fake):
    page = open_page(fake.work())
    model, panes = page.model, page.panes.panes
    model.set_content(2, PaneContent("fourier"))
    model.panes.set_linked(1, False)
    model.panes.state(1).set_slice(4)
    qtbot.waitUntil(lambda: page.panes.plane(2).map is not None)
    qtbot.keyClick(page.panes.reference, Qt.Key.Key_E)
    before = model.body.mask.copy()
    window = model.panes.state(1).window

    stroke(qtbot, panes[1], (2, 10), (2, 38))
    assert panes[1].cursor().shape() == Qt.CursorShape.ArrowCursor
    stroke(qtbot, panes[2], (2, 10), (2, 38))
    np.testing.assert_array_equal(model.body.mask, before)
    assert model.panes.state(1).window != window  # the drag is the pane's own

    stroke(qtbot, panes[0], (2, 10), (2, 38))
    assert panes[0].cursor().shape() == Qt.CursorShape.CrossCursor
    assert model.body.mask[2, 10:39].all()


def test_the_cursor_of_a_tool_stays_when_slices_turn(qtbot, open_page, fake):
    page = open_page(fake.work())
    cross, split = Qt.CursorShape.CrossCursor, Qt.CursorShape.SplitHCursor
    page.marks.use("lost")
    pane = page.panes.panes[1]
    assert pane.cursor().shape() == cross

    page.model.state.step_slice(1)
    assert pane.cursor().shape() == cross
    qtbot.waitUntil(lambda: page.model.body.mask is not None)
    assert pane.cursor().shape() == cross
    page.model.body.edit(True)
    page.model.body.edit(False)
    assert pane.cursor().shape() == cross

    page.measure.use("distance")
    assert page.marks.marks.tool is None
    assert pane.cursor().shape() == cross
    page.measure.drawing.leave()
    pane.setCursor(split)  # at the line of a swipe
    page.model.state.step_slice(1)
    assert pane.cursor().shape() == split


def test_a_stroke_ends_with_the_button_also_where_its_pane_has_turned(qtbot, open_page, fake):
    page = open_page(fake.work())
    model, pane = page.model, page.panes.panes[1]
    model.panes.set_linked(1, False)
    qtbot.keyClick(page.panes.reference, Qt.Key.Key_E)
    place = pane.rect().center()
    qtbot.mousePress(pane, LEFT, Qt.KeyboardModifier.NoModifier, place)
    model.panes.state(1).set_slice(4)

    with qtbot.waitSignal(model.body.editor.stroke_ended):
        qtbot.mouseRelease(pane, LEFT, Qt.KeyboardModifier.NoModifier, place)


def test_a_body_edited_by_hand_is_found_again_after_reopening(qtbot, open_page, fake):
    page = open_page(fake.work())
    body, pane = page.model.body, page.panes.reference
    found = body.mask
    window = page.model.state.window
    assert found[32, 24]
    assert not found[2, 24]

    qtbot.keyClick(pane, Qt.Key.Key_E)
    body.editor.resize_brush(4)
    stroke(qtbot, page.panes.difference, (2, 10), (2, 38))
    stroke(qtbot, pane, (32, 24), (32, 25), modifier=SHIFT)
    assert page.model.state.window == window  # the drag drew, and did nothing else
    assert body.edited
    assert page.panes.overlay.words == "Body, edited by hand"
    qtbot.keyClick(pane, Qt.Key.Key_Escape)

    drawn = body.mask
    assert not body.editing
    assert drawn[2, 10:39].all()
    assert not drawn[32, 24]
    np.testing.assert_array_equal(
        body_masks.load(fake.folder / "body-masks", "1.2.reference", 3), drawn
    )
    page.model.select("case-1", "strong")  # another arm has the same body
    qtbot.waitUntil(lambda: page.model.view is not None)
    np.testing.assert_array_equal(body.mask, drawn)
    page.stop()

    again = open_page(fake.work())
    np.testing.assert_array_equal(again.model.body.mask, drawn)
    assert again.model.body.edited
    assert again.panes.tools.body.text() == "Body, edited"


def test_undo_and_reset_go_back_and_an_unchanged_body_leaves_no_file(qtbot, open_page, fake):
    page = open_page(fake.work())
    body, pane = page.model.body, page.panes.reference
    found = body.mask.copy()
    qtbot.keyClick(pane, Qt.Key.Key_E)

    stroke(qtbot, pane, (2, 10), (2, 38))
    once = body.mask.copy()
    stroke(qtbot, pane, (60, 10), (60, 38))
    qtbot.keyClick(pane, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(body.mask, once)
    body.keep()
    assert len(list((fake.folder / "body-masks").iterdir())) == 1

    qtbot.mouseClick(page.panes.tools.editing.reset, LEFT)
    np.testing.assert_array_equal(body.mask, found)
    assert not body.edited
    qtbot.mouseClick(page.panes.tools.editing.done, LEFT)
    assert not list((fake.folder / "body-masks").iterdir())


def test_turning_the_slice_keeps_what_was_drawn_on_the_last_one(qtbot, open_page, fake):
    page = open_page(fake.work())
    body, state = page.model.body, page.model.state
    qtbot.keyClick(page.panes.reference, Qt.Key.Key_E)
    stroke(qtbot, page.panes.reference, (2, 10), (2, 38))
    drawn = body.mask.copy()

    state.set_slice(4)
    qtbot.waitUntil(lambda: body.mask is not None)
    assert body.editing
    assert not body.edited
    assert not body.editor.can_undo
    state.set_slice(2)

    np.testing.assert_array_equal(body.mask, drawn)
    assert body.edited


def test_a_key_goes_back_to_the_body_as_it_was_found(qtbot, open_page, fake):
    page = open_page(fake.work())
    body, pane = page.model.body, page.panes.reference
    found = body.mask.copy()
    qtbot.keyClick(pane, Qt.Key.Key_E)
    stroke(qtbot, pane, (2, 10), (2, 38))
    assert not np.array_equal(body.mask, found)

    qtbot.keyClick(pane, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)

    np.testing.assert_array_equal(body.mask, found)


def test_brackets_change_the_brush_and_only_while_editing(qtbot, open_page, fake):
    page = open_page(fake.work())
    editor = page.model.body.editor
    qtbot.keyClicks(page.panes.reference, "]")
    assert editor.radius == 0.0
    qtbot.keyClick(page.panes.reference, Qt.Key.Key_E)
    first = editor.radius

    qtbot.keyClicks(page.panes.reference, "]]")
    larger = editor.radius
    qtbot.keyClicks(page.panes.reference, "[[[")

    assert editor.radius < first < larger


def test_the_shares_follow_the_edited_body(qtbot, open_page, fake):
    page = open_page(fake.work())
    maps = page.model.maps
    qtbot.waitUntil(lambda: maps.shares is not None)
    before = maps.shares
    qtbot.keyClick(page.panes.reference, Qt.Key.Key_E)
    page.model.body.editor.resize_brush(9)

    stroke(qtbot, page.panes.reference, (32, 5), (32, 40), modifier=SHIFT)

    qtbot.waitUntil(lambda: maps.shares is not None and maps.shares[0] < before[0])


def test_a_mask_that_cannot_be_read_is_told_and_the_one_found_is_shown(qtbot, open_page, fake):
    def drawn_body(*_):
        raise StoreError("The body mask is damaged.", remedy="Draw it again.")

    page = open_page(fake.work())
    found = page.model.body.mask
    page.stop()
    errors = []
    page._context.error_raised.connect(errors.append)
    page.model.body._work = replace(fake.work(), drawn_body=drawn_body)
    page.model.body.forget()
    page.model._make_maps()
    qtbot.waitUntil(lambda: bool(errors))

    np.testing.assert_array_equal(page.model.body.mask, found)
    assert not page.model.body.edited


def test_measuring_is_told_of_the_bodies_drawn_where_there_are_any(tmp_path):
    output = tmp_path / "metrics.csv"
    assert "--body-masks" not in _measure_command(tmp_path, output, None)

    body_masks.save(tmp_path / "body-masks", "1", 1, np.ones((2, 2), bool))

    command = _measure_command(tmp_path, output, None)
    assert command[command.index("--body-masks") + 1] == str(tmp_path / "body-masks")


def test_the_outline_runs_along_the_edges_of_pixels_in_as_few_lines_as_can_be():
    mask = np.zeros((4, 5), bool)
    mask[1:3, 1:4] = True

    lines = {tuple(line) for line in outline(mask).tolist()}

    assert lines == {(1, 1, 4, 1), (1, 3, 4, 3), (1, 1, 1, 3), (4, 1, 4, 3)}
    assert len(outline(np.ones((3, 3), bool))) == 4
    assert len(outline(np.zeros((3, 3), bool))) == 0


@given(points=st.lists(st.tuples(st.floats(-30, 60), st.floats(-30, 60)), min_size=1, max_size=4))
def test_a_stroke_taken_back_leaves_the_mask_as_it_was(points):
    editor = BodyEditor()
    mask = np.arange(24 * 32).reshape(24, 32) % 5 == 0
    editor.take(mask, mask)
    editor.resize_brush(3)

    for adding in (True, False):
        editor.begin(*points[0], adding=adding)
        for point in points[1:]:
            editor.move(*point)
        row, column = (int(np.floor(part)) for part in points[-1])
        if 0 <= row < 24 and 0 <= column < 32:
            assert editor.mask[row, column] == adding
        editor.end()
        editor.undo()

        np.testing.assert_array_equal(editor.mask, mask)
        assert not editor.edited
