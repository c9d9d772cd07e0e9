"""Measuring by mouse and keys on the panes, with images in memory."""

import csv
import io
import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from app.domain.image import Window
from app.domain.measured import MeasuredRow
from app.domain.progress import Progress
from app.domain.shape import Shape
from app.metrics.regional.masks import mask_of
from app.ui import shape_overlay
from app.ui.actions import ambiguous, can
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.measure_panel import MeasurePanel
from app.ui.measure_rows import in_figures
from app.ui.measure_work import MeasureWork
from app.ui.pane_content import PaneContent
from app.ui.pane_grid import PaneGrid
from app.ui.probe import signed
from app.ui.shapes_model import ShapesModel
from tests.ui.fakes import FakeWork

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

ROWS, COLUMNS = 64, 48


class Scene:
    """A room's panes and the panel beside them."""

    def __init__(self, qtbot, folder):
        self.qtbot = qtbot
        self.inside_asked = []
        self.model = InspectModel(FakeWork(folder).work())
        self.panes = PaneGrid(self.model)
        self.panel = MeasurePanel(self.model, self.panes, MeasureWork(metrics=self.metrics))
        self.panel.resize(300, 700)
        self.panes.resize(800, 700)
        for widget in (self.panes, self.panel):
            widget.show()

    def open(self, folder):
        self.model.open(folder / "cases")
        self.qtbot.waitUntil(lambda: self.model.view is not None)

    def metrics(self, shape, sides, *_):
        self.inside_asked.append((shape, tuple(side.name for side in sides)))
        yield Progress(0, 1, "Measuring mild…")
        return (MeasuredRow("SSIM", "", (None, 0.75, None)),)

    def at(self, row, column, pane=0):
        """Return where a place of the image lies on a pane."""
        canvas = self.panes.panes[pane]
        target = canvas.exact_target()
        x = target.x() + column / COLUMNS * target.width()
        y = target.y() + row / ROWS * target.height()
        return QPointF(x, y).toPoint()

    def press(self, place, pane=0):
        QTest.mousePress(
            self.panes.panes[pane], Qt.MouseButton.LeftButton, pos=self.at(*place, pane)
        )

    def move(self, place, pane=0, buttons=Qt.MouseButton.LeftButton):
        canvas = self.panes.panes[pane]
        _move(canvas, self.at(*place, pane), buttons)

    def release(self, place, pane=0):
        QTest.mouseRelease(
            self.panes.panes[pane], Qt.MouseButton.LeftButton, pos=self.at(*place, pane)
        )

    def drag(self, start, end, pane=0):
        self.press(start, pane)
        self.move(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), pane)
        self.move(end, pane)
        self.release(end, pane)

    def draw(self, tool, start, end, pane=0):
        self.panel.use(tool)
        self.drag(start, end, pane)
        self.panel.drawing.use(None)
        return self.panel.shapes.chosen

    def settled(self):
        self.qtbot.waitUntil(
            lambda: self.panel.measuring.measured is not None and not self.panel.measuring.stale
        )
        # The panel follows a moment later.
        self.qtbot.waitUntil(lambda: self.panel.rows.rowCount() == len(self.panel.measuring.rows))
        return self.panel.measuring.measured

    def key(self, key, modifiers=Qt.KeyboardModifier.NoModifier, pane=0):
        QTest.keyClick(self.panes.panes[pane], key, modifiers)


def _move(canvas, place: QPoint, buttons):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(canvas.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        buttons,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(canvas, event)


@pytest.fixture
def scene(qtbot, tmp_path):
    scene = Scene(qtbot, tmp_path)
    scene.open(tmp_path)
    yield scene
    scene.panel.stop()
    scene.model.stop()
    scene.panes.stop()
    for widget in (scene.panel, scene.panes):
        widget.close()
        widget.deleteLater()


def row(measured, title):
    return next(one for one in measured.rows if one.title == title)


def action(scene, id):
    return next(one for one in scene.panel.actions() if one.id == f"measure.{id}")


def test_a_rectangle_drawn_on_any_pane_shows_what_numpy_says_of_the_images(scene):
    shape = scene.draw("rectangle", (20, 10), (44, 38), pane=2)

    measured = scene.settled()

    assert shape.points == ((20.0, 10.0), (44.0, 38.0))
    index = scene.model.state.slice
    mask = mask_of(shape, ROWS, COLUMNS)
    view = scene.model.view
    values = [image.values(index)[mask] for image in (view.reference, view.reconstruction)]
    assert row(measured, "Mean").values[:2] == tuple(one.mean() for one in values)
    assert row(measured, "SD").values[:2] == tuple(one.std(ddof=1) for one in values)
    assert scene.panel.rows.rowCount() == len(measured.rows)
    scene.qtbot.waitUntil(lambda: scene.panel.plot is not None)
    assert scene.panel.plot.isVisible()
    assert "Reference" in scene.panel.legend.text()


def test_the_numbers_follow_the_slice(scene):
    scene.draw("ellipse", (36, 16), (56, 32))
    first = scene.settled()

    scene.model.state.step_slice(1)
    scene.qtbot.waitUntil(lambda: scene.panel.measuring.measured is not first)
    second = scene.settled()

    index = scene.model.state.slice
    mask = mask_of(scene.panel.shapes.chosen, ROWS, COLUMNS)
    expected = scene.model.view.reference.values(index)[mask].mean()
    assert row(second, "Mean").values[0] == expected
    assert row(first, "Mean").values[0] != expected


def test_a_shape_is_moved_by_its_outline_and_pulled_by_its_handles(scene):
    scene.draw("rectangle", (20, 10), (30, 20))

    scene.drag((20, 12), (25, 22))
    assert scene.panel.shapes.chosen.points == ((25.0, 20.0), (35.0, 30.0))

    scene.drag((35, 30), (40, 40))
    assert scene.panel.shapes.chosen.points == ((25.0, 20.0), (40.0, 40.0))

    scene.drag((30, 30), (32, 30))  # inside the chosen region
    assert scene.panel.shapes.chosen.points == ((27.0, 20.0), (42.0, 40.0))


def test_a_drag_beside_every_shape_is_the_window_as_ever(scene):
    scene.draw("rectangle", (20, 10), (30, 20))
    before = scene.model.state.window

    scene.drag((50, 30), (55, 40))

    assert scene.model.state.window != before
    assert scene.panel.shapes.chosen is not None


def test_arrow_keys_move_the_chosen_shape_and_turn_slices_without_one(scene):
    scene.draw("rectangle", (20, 10), (30, 20))
    index = scene.model.state.slice

    scene.key(Qt.Key.Key_Down)
    scene.key(Qt.Key.Key_Right)
    assert scene.panel.shapes.chosen.points == ((21.0, 11.0), (31.0, 21.0))
    assert scene.model.state.slice == index

    action(scene, "leave").run()
    scene.key(Qt.Key.Key_Down)
    assert scene.model.state.slice == index + 1


def test_what_was_done_is_taken_back_and_done_again(scene):
    scene.draw("rectangle", (20, 10), (30, 20))
    scene.drag((20, 12), (25, 22))
    action(scene, "remove").run()
    assert scene.panel.shapes.shapes == ()

    action(scene, "undo").run()
    assert scene.panel.shapes.chosen.points == ((25.0, 20.0), (35.0, 30.0))
    action(scene, "undo").run()
    assert scene.panel.shapes.shapes[0].points == ((20.0, 10.0), (30.0, 20.0))
    action(scene, "redo").run()
    assert scene.panel.shapes.shapes[0].points == ((25.0, 20.0), (35.0, 30.0))
    action(scene, "undo").run()
    action(scene, "undo").run()
    assert scene.panel.shapes.shapes == ()
    assert not can(action(scene, "undo"))


def test_shapes_stay_with_their_case_and_on_their_slices(scene):
    scene.draw("distance", (10, 10), (10, 20))
    scene.panel.shapes.set_everywhere(False)
    number = scene.panel.shapes.chosen.number
    index = scene.model.state.slice

    scene.model.state.step_slice(1)
    assert scene.panel.shapes.on_slice(scene.model.state.slice) == ()
    assert scene.panel.shapes.chosen is None
    scene.model.state.set_slice(index)
    assert [one.number for one in scene.panel.shapes.on_slice(index)] == [number]

    scene.model.select("case-1", "strong")
    scene.qtbot.waitUntil(lambda: scene.model.view is not None)
    assert len(scene.panel.shapes.shapes) == 1
    scene.model.select("case-2", "mild")
    scene.qtbot.waitUntil(lambda: scene.model.view is not None)
    assert scene.panel.shapes.shapes == ()
    scene.model.select("case-1", "mild")
    scene.qtbot.waitUntil(lambda: scene.model.view is not None)
    assert len(scene.panel.shapes.shapes) == 1


def test_a_shape_on_a_pane_that_moves_on_its_own_lies_on_the_slice_seen_there(scene):
    shapes, model = scene.panel.shapes, scene.model
    shapes.set_everywhere(False)
    model.panes.set_linked(1, False)
    scene.panes.panes[1].state.set_slice(4)
    model.state.set_slice(1)

    shape = scene.draw("rectangle", (20, 10), (30, 20), pane=1)

    assert (shape.slice, shapes.on_slice(1), shapes.on_slice(4)) == (4, (), (shape,))
    assert scene.panel.measuring.measured is None  # the slice in view is another one
    assert not can(action(scene, "inside"))
    words = "Rectangle 1 lies on another slice than the one in view."
    scene.qtbot.waitUntil(lambda: words in scene.panel.notes.text())
    model.state.set_slice(4)
    shapes.choose(shape.number)
    scene.settled()


def test_a_shape_that_is_drawn_is_seen_on_its_slice_alone(scene):
    scene.panel.shapes.set_everywhere(False)
    scene.model.panes.set_linked(1, False)
    scene.panes.panes[1].state.set_slice(4)
    drawing = scene.panel.drawing
    scene.panel.use("rectangle")
    scene.press((20, 10), pane=1)
    scene.move((30, 20), pane=1)

    assert drawing.draft is not None
    assert drawing.draft_on(4) == drawing.draft
    assert drawing.draft_on(scene.model.state.slice) is None
    scene.release((30, 20), pane=1)
    scene.panel.use("angle")
    scene.drag((10, 10), (20, 10), pane=1)
    scene.press((20, 20), pane=0)  # of another slice: an angle begins there
    assert drawing.draft_on(4) is None
    assert drawing.draft_on(scene.model.state.slice) is not None
    drawing.use(None)


def test_a_shape_begun_on_a_case_is_given_up_with_it(scene):
    scene.panel.use("rectangle")
    scene.press((20, 10))
    scene.release((20, 10))
    assert scene.panel.drawing.draft_on(scene.model.state.slice) is not None
    scene.model.select("case-2", "mild")
    scene.qtbot.waitUntil(lambda: scene.model.view is not None)
    assert scene.panel.drawing.draft_on(scene.model.state.slice) is None

    scene.drag((30, 20), (40, 30))

    (shape,) = scene.panel.shapes.shapes
    assert np.round(shape.points).tolist() == [[30, 20], [40, 30]]
    scene.panel.drawing.use(None)
    scene.settled()


def test_a_distance_by_two_clicks_and_an_angle_by_drag_and_click(scene):
    scene.panel.use("distance")
    scene.press((10, 10))
    scene.release((10, 10))
    scene.move((10, 20), buttons=Qt.MouseButton.NoButton)
    scene.press((10, 40))
    scene.release((10, 40))
    found = scene.settled()
    assert found.rows[0].unit == "mm"
    assert found.rows[0].values[0] == pytest.approx(30, abs=0.3)

    scene.panel.use("angle")
    scene.drag((10, 30), (10, 10))
    scene.move((30, 10), buttons=Qt.MouseButton.NoButton)
    scene.press((30, 10))
    scene.release((30, 10))
    scene.qtbot.waitUntil(lambda: scene.settled().shape.kind == "angle")
    assert scene.settled().rows[0].values[0] == pytest.approx(90, abs=1.5)


def test_a_free_region_is_drawn_around_and_a_mere_click_draws_none(scene):
    scene.panel.use("free")
    scene.press((20, 20))
    scene.release((20, 20))
    assert scene.panel.shapes.shapes == ()

    scene.press((20, 20))
    for place in ((20, 30), (30, 30), (30, 20)):
        scene.move(place)
    scene.release((30, 20))

    (shape,) = scene.panel.shapes.shapes
    assert shape.kind == "free"
    assert mask_of(shape, ROWS, COLUMNS).sum() == pytest.approx(100, abs=12)


def test_escape_gives_up_the_draft_then_the_tool_then_the_choice(scene):
    scene.draw("rectangle", (20, 10), (30, 20))
    scene.panel.use("distance")
    scene.press((40, 10))
    scene.release((40, 10))
    assert scene.panel.drawing.draft is not None
    leave = action(scene, "leave")

    leave.run()
    assert scene.panel.drawing.draft is None
    assert scene.panel.drawing.tool == "distance"
    leave.run()
    assert scene.panel.drawing.tool is None
    assert scene.panel.shapes.chosen is not None
    leave.run()
    assert scene.panel.shapes.chosen is None
    assert not can(action(scene, "leave"))


def test_contrast_against_the_region_marked_as_background(scene):
    scene.draw("rectangle", (50, 18), (58, 30))
    scene.settled()
    scene.panel.background.click()
    scene.draw("rectangle", (24, 20), (34, 28))

    scene.qtbot.waitUntil(lambda: any(one.title == "CNR" for one in scene.settled().rows))

    assert scene.panel.shapes.background.points == ((50.0, 18.0), (58.0, 30.0))
    assert row(scene.settled(), "CNR").values[1] > 0


def test_metrics_inside_are_measured_only_when_asked_and_go_when_the_region_moves(scene):
    scene.draw("rectangle", (20, 10), (44, 38))
    scene.settled()
    assert scene.inside_asked == []

    scene.panel.inside.click()
    scene.qtbot.waitUntil(lambda: any(one.title == "SSIM" for one in scene.panel.measuring.rows))
    assert scene.inside_asked[0][1][0] == "Reference"
    scene.qtbot.waitUntil(scene.panel.inside.isEnabled)

    scene.key(Qt.Key.Key_Right)
    assert not any(one.title == "SSIM" for one in scene.panel.measuring.rows)


def test_metrics_of_images_that_may_have_changed_since_are_not_shown_again(scene):
    shape = scene.draw("rectangle", (20, 10), (44, 38))
    scene.settled()
    scene.panel.inside.click()
    scene.qtbot.waitUntil(lambda: any(one.title == "SSIM" for one in scene.panel.measuring.rows))

    scene.model.open(scene.model.source)
    scene.qtbot.waitUntil(lambda: scene.model.view is not None)
    scene.panel.measuring.shapes.choose(shape.number)
    scene.settled()

    assert scene.panel.measuring.rows
    assert not any(one.title == "SSIM" for one in scene.panel.measuring.rows)


def test_the_table_is_copied_as_csv_with_all_digits(scene):
    shape = scene.draw("rectangle", (20, 10), (44, 38))
    scene.settled()

    scene.panel.copy_button.click()

    lines = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text())))
    assert lines[0][:5] == ["case", "slice", "shape", "quantity", "unit"]
    assert lines[1][:5] == ["case-1", "3", "rectangle 20 10 .. 44 38", "Mean", "HU"]
    mask = mask_of(shape, ROWS, COLUMNS)
    mean = scene.model.view.reference.values(scene.model.state.slice)[mask].mean()
    assert float(lines[1][5]) == mean


def test_numbers_of_another_slice_are_marked_and_never_copied_as_those_in_view(scene, monkeypatch):
    scene.draw("rectangle", (20, 10), (44, 38))
    scene.settled()
    go_on = threading.Event()
    measure = scene.panel.measuring._work.measure

    def slow(*asked):
        go_on.wait(10)
        return measure(*asked)

    monkeypatch.setattr(
        scene.panel.measuring, "_work", replace(scene.panel.measuring._work, measure=slow)
    )
    scene.model.state.step_slice(1)

    assert scene.panel.measuring.outdated
    assert scene.panel.measuring.as_csv() == ""
    scene.qtbot.waitUntil(lambda: "Being measured" in scene.panel.notes.text())
    assert not scene.panel.table.isEnabled()
    go_on.set()
    scene.settled()
    scene.qtbot.waitUntil(scene.panel.table.isEnabled)
    assert scene.panel.measuring.as_csv()


def test_the_probe_tells_the_values_under_the_cursor_and_their_difference(scene):
    scene.move((30, 24), buttons=Qt.MouseButton.NoButton)

    view, index = scene.model.view, scene.model.state.slice
    cursor = scene.model.state.cursor
    place = int(cursor[1] * ROWS), int(cursor[0] * COLUMNS)
    truth, ours = (one.values(index)[place] for one in (view.reference, view.reconstruction))
    rows = {one.name: one for one in scene.panel.probe.rows}
    assert rows["Reference"].value == truth
    assert (rows["mild"].value, rows["mild"].unit) == (ours, "HU")
    assert rows["mild"].difference == ours - truth
    assert f"Row {place[0]}, column {place[1]}" in scene.panel.probe.place.text()


def test_the_status_line_tells_reference_arm_and_difference(scene):
    told = []
    scene.panes.pointed.connect(told.append)

    scene.move((30, 24), buttons=Qt.MouseButton.NoButton)

    rows = {one.name: one for one in scene.panel.probe.rows}
    assert f"reference {in_figures(rows['Reference'].value)}" in told[-1]
    assert f"mild {in_figures(rows['mild'].value)}" in told[-1]
    assert f"difference {signed(rows['mild'].difference)} HU" in told[-1]


def test_values_stand_on_every_pane_when_asked(scene):
    scene.move((30, 24), buttons=Qt.MouseButton.NoButton)
    without = [pane.grab().toImage() for pane in scene.panes.panes[:3]]

    action(scene, "probe").run()

    assert action(scene, "probe").checked()
    for pane, before in zip(scene.panes.panes[:3], without, strict=True):
        assert pane.grab().toImage() != before


def test_shapes_are_painted_on_every_pane_but_the_fourier_plane(scene):
    scene.model.set_content(1, PaneContent("fourier", of_reference=True))
    scene.qtbot.waitUntil(lambda: not scene.panes.panes[1].is_empty)
    panes = [scene.panes.panes[place] for place in (0, 1, 2)]
    scene.qtbot.waitUntil(lambda: not panes[2].is_empty and not scene.model.state.moving)
    before = [pane.grab().toImage() for pane in panes]

    scene.panel.shapes.add("rectangle", ((20, 10), (44, 38)))

    changed = [pane.grab().toImage() != one for pane, one in zip(panes, before, strict=True)]
    assert changed == [True, False, True]


def in_numbers(pane):
    """Return what a pane shows as (rows, columns, 4)."""
    picture = pane.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    shape = picture.height(), picture.width(), 4
    return np.frombuffer(picture.constBits(), np.uint8).reshape(shape).copy()


def draw_many(scene):
    """Draw as many shapes as are kept as a picture."""
    scene.qtbot.waitUntil(
        lambda: not scene.panes.panes[0].is_empty and not scene.model.state.moving
    )
    for place in range(shape_overlay.MANY // 2 + 1):
        scene.panel.shapes.add("rectangle", ((place, place), (place + 12, place + 9)))


def all_at_once(pane, monkeypatch):
    """Return what a pane shows when every shape is painted for itself."""
    with monkeypatch.context() as other:
        other.setattr(shape_overlay, "MANY", 100_000)
        return in_numbers(pane).astype(int)


def test_many_shapes_look_as_few_do_and_are_painted_again_only_when_they_change(scene, monkeypatch):
    pane, shapes = scene.panes.panes[0], scene.panel.shapes
    draw_many(scene)
    monkeypatch.setattr(shape_overlay, "PART_S", 60)
    kept = in_numbers(pane)
    assert np.abs(kept - all_at_once(pane, monkeypatch)).max() <= 3

    painted = []
    paint = shape_overlay.paint_shapes
    monkeypatch.setattr(
        shape_overlay,
        "paint_shapes",
        lambda *a: (painted.extend(one.number for one in a[3]), paint(*a)),
    )
    pane.grab()
    scene.model.state.set_window(Window(0.0, 90.0))
    brighter = in_numbers(pane)
    shapes.nudge(1, 0)
    moved = in_numbers(pane)
    assert set(painted) == {shapes.chosen.number}  # what a person moves, and no other
    assert not np.array_equal(brighter, kept)
    assert not np.array_equal(moved, brighter)
    shapes.remove()
    shapes.choose(1)
    shapes.remove()
    assert not np.array_equal(in_numbers(pane), moved)
    assert len(set(painted)) > 20


def test_many_shapes_are_painted_bit_by_bit_until_they_are_whole(scene, monkeypatch):
    pane = scene.panes.panes[0]
    monkeypatch.setattr(shape_overlay, "PART_S", -1)  # one shape at a time
    draw_many(scene)
    scene.panel.shapes.choose(None)
    exact = all_at_once(pane, monkeypatch)
    assert np.abs(in_numbers(pane) - exact).max() > 3

    scene.qtbot.waitUntil(lambda: np.abs(in_numbers(pane) - exact).max() <= 3)

    painted = []
    paint = shape_overlay.paint_shapes
    monkeypatch.setattr(
        shape_overlay, "paint_shapes", lambda *a: (painted.append(len(a[3])), paint(*a))
    )
    scene.model.state.zoom_by(1.25)
    nearly = in_numbers(pane)
    assert painted.count(1) == 1  # of all these shapes
    exact = all_at_once(pane, monkeypatch)
    monkeypatch.setattr(scene.panel.shapes, "on_slice", lambda _: ())
    without = in_numbers(pane).astype(int)
    drawn = np.abs(exact - without).sum(axis=2) > 60
    seen = np.abs(nearly - without).sum(axis=2) > 60
    assert np.count_nonzero(drawn & seen) > 0.5 * np.count_nonzero(drawn)  # the last ones, moved


def test_a_picture_that_is_carried_away_has_all_of_many_shapes(scene, monkeypatch):
    pane = scene.panes.panes[0]
    draw_many(scene)
    with monkeypatch.context() as other:
        other.setattr(shape_overlay, "MANY", 100_000)
        at_once = pane.render(pane.size())
    monkeypatch.setattr(shape_overlay, "PART_S", -1)

    assert pane.render(pane.size()) == at_once


def test_the_keys_of_the_actions_are_those_agreed_and_none_twice(scene):
    keys = {one.id: one.keys for one in scene.panel.actions()}

    assert ambiguous(scene.panel.actions()) == ()
    assert keys["measure.rectangle"] == ("Alt+R",)
    assert keys["measure.probe"] == ("Q",)
    assert keys["measure.undo"] == keys["measure.remove"] == keys["measure.leave"] == ()


def test_the_panel_fits_into_three_hundred_pixels(scene):
    scene.draw("rectangle", (20, 10), (44, 38))
    scene.settled()

    inside = scene.panel.widget()

    assert inside.minimumSizeHint().width() <= 300
    for button in scene.panel.buttons.values():
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()) + 8


def test_two_hundred_random_hands_break_nothing_and_leave_shapes_inside_the_image(scene):
    generator = np.random.default_rng(11)
    tools = (*scene.panel.buttons, None)
    keys = (Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_PageDown, Qt.Key.Key_Home)
    for _ in range(200):
        pane = int(generator.integers(4))
        places = generator.uniform((-5, -5), (ROWS + 5, COLUMNS + 5), (3, 2))
        match int(generator.integers(9)):
            case 0 | 1:
                scene.panel.drawing.use(tools[int(generator.integers(len(tools)))])
            case 2 | 3 | 4:
                scene.drag(tuple(places[0]), tuple(places[1]), pane)
            case 5:
                scene.move(tuple(places[2]), pane, Qt.MouseButton.NoButton)
            case 6:
                scene.key(keys[int(generator.integers(len(keys)))], pane=pane)
            case 7:
                able = [one for one in scene.panel.actions() if can(one)]
                able[int(generator.integers(len(able)))].run()
            case _:
                scene.press(tuple(places[0]), pane)
                scene.release(tuple(places[0]), pane)
        for shape in scene.panel.shapes.shapes:
            top, left, bottom, right = shape.box
            assert top >= -1e-9
            assert left >= -1e-9
            assert bottom <= ROWS + 1e-9
            assert right <= COLUMNS + 1e-9

    scene.qtbot.waitUntil(lambda: not scene.panel.measuring.stale)


def test_a_hundred_steps_are_kept_and_numbers_are_never_used_twice():
    shapes = ShapesModel()
    shapes.set_case("case", ROWS, COLUMNS)
    for _ in range(150):
        shapes.add("distance", ((1, 1), (5, 5)))
        shapes.remove()

    undone = 0
    while shapes.can_undo:
        shapes.undo()
        undone += 1
    assert undone == 100
    assert shapes.add("distance", ((1, 1), (5, 5))).number == 151


def test_random_edits_are_all_taken_back_and_all_done_again():
    """Undo to the beginning and redo to the end give the very shapes, whatever was done."""
    generator = np.random.default_rng(3)
    shapes = ShapesModel()
    shapes.set_case("case", ROWS, COLUMNS)
    for _ in range(60):
        match int(generator.integers(5)):
            case 0 | 1:
                start, end = generator.uniform(0, 48, (2, 2))
                kind = ("rectangle", "ellipse", "distance")[int(generator.integers(3))]
                shapes.add(kind, (tuple(start), tuple(end)))
            case 2:
                shapes.nudge(*(int(n) for n in generator.integers(-2, 3, 2)))
            case 3:
                shapes.pull(0, tuple(generator.uniform(0, 48, 2)))
            case _:
                shapes.remove()
    final = shapes.shapes
    while shapes.can_undo:
        shapes.undo()
    assert shapes.shapes == ()
    while shapes.can_redo:
        shapes.redo()
    assert shapes.shapes == final
    assert all(isinstance(one, Shape) for one in final)


def test_the_keys_of_the_room_draw_move_undo_and_delete(qtbot, tmp_path):
    """The journey of a person who never opens a menu."""
    page = InspectPage(Context(), InspectModel(FakeWork(tmp_path).work()))
    qtbot.addWidget(page, before_close_func=lambda _: page.stop())
    page.resize(1280, 800)
    with qtbot.waitExposed(page):
        page.show()
    page._context.open_source(tmp_path / "cases")
    qtbot.waitUntil(lambda: page.model.view is not None)
    page.activateWindow()
    canvas, panel = page.panes.panes[0], page.measure
    canvas.setFocus()
    alt, control = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier

    def at(row, column):
        target = canvas.exact_target()
        return QPointF(
            target.x() + column / COLUMNS * target.width(),
            target.y() + row / ROWS * target.height(),
        ).toPoint()

    QTest.keyClick(canvas, Qt.Key.Key_R, alt)
    assert panel.drawing.tool == "rectangle"
    assert page.sides.currentWidget() is panel
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at(20, 10))
    _move(canvas, at(44, 38), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at(44, 38))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert panel.drawing.tool is None
    assert panel.shapes.chosen.points == ((20.0, 10.0), (44.0, 38.0))
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert panel.shapes.chosen.points == ((20.0, 11.0), (44.0, 39.0))
    QTest.keyClick(canvas, Qt.Key.Key_Z, control)
    assert panel.shapes.chosen.points == ((20.0, 10.0), (44.0, 38.0))
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert panel.shapes.shapes == ()
    QTest.keyClick(canvas, Qt.Key.Key_Z, control)
    assert len(panel.shapes.shapes) == 1
    QTest.keyClick(canvas, Qt.Key.Key_Q)
    assert panel.pane_probe.shown
