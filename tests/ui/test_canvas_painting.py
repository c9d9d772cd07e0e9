"""What a canvas paints, to the grey level and the pixel."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from app.display import grey_levels
from app.domain.image import Grid, Image, Window
from app.ui import canvas_labels, canvas_scene
from app.ui.canvas import Blend, Canvas
from app.ui.view_state import ViewState
from tests.ui import fakes
from tests.ui.hands import drag, pixels, press, turn

SIDE = 200


@pytest.fixture
def state():
    return ViewState()


@pytest.fixture
def canvas(qtbot, state):
    canvas = Canvas(state)
    canvas.set_details(False)
    canvas.resize(SIDE, SIDE)
    qtbot.addWidget(canvas)
    return canvas


def image(kind, slope=1.0, intercept=0.0, *, inverted=False, slices=1, side=SIDE) -> Image:
    """Noise over all that a kind of number can hold."""
    generator = np.random.default_rng(5)
    if np.dtype(kind).kind == "f":
        stored = generator.normal(0, 1000, (slices, side, side)).astype(kind)
        stored[:, 3, 5] = np.nan
    else:
        ends = np.iinfo(kind)
        stored = generator.integers(ends.min, ends.max, (slices, side, side), kind, endpoint=True)
    grid = Grid(side, side, slices)
    return Image(stored, (slope,) * slices, (intercept,) * slices, grid, inverted=inverted)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("monochrome1", [False, True])
@pytest.mark.parametrize("kind", ["uint16", "int16", "uint8", "int8", "int32", "float32"])
def test_at_one_to_one_the_picture_at_rest_is_exactly_that_of_the_report(
    canvas,
    state,
    kind,
    monochrome1,
    inverted,
):
    shown = image(kind, 1.5, -20.0, inverted=monochrome1)
    window = Window(100.0, 300.0 if kind.endswith("8") else 30000.0)
    canvas.resize(150, 120)
    canvas.set_image(shown)
    state.set_home(window)
    state.set_scale("pixels")
    state.set_interpolation("cubic")
    if inverted:
        state.invert()

    seen = canvas.render(QSize(150, 120))

    expected = grey_levels(shown.pixels[0], 1.5, -20.0, window, inverted=monochrome1 != inverted)[
        40:160, 25:175
    ]
    assert np.array_equal(grey_of(seen), expected)


def grey_of(picture):
    picture = picture.convertToFormat(picture.Format.Format_RGB32)
    shape = (picture.height(), picture.width(), 4)
    return np.frombuffer(picture.constBits(), np.uint8).reshape(shape)[..., 0].copy()


def test_what_moves_is_painted_in_haste_and_with_care_when_it_rests(qtbot, canvas, state):
    """Enlarged five times, squares have one level for five pixels, lines have more."""
    canvas.set_image(image("uint16", slices=2, side=40))
    state.set_home(Window(32768.0, 65536.0))
    state.set_slice_count(2)
    careful = pixels(canvas)[..., 0]

    with qtbot.waitSignal(state.settled):
        state.set_slice(1)
        hasty = pixels(canvas)[..., 0]
    state.set_slice(0)
    qtbot.waitUntil(lambda: not state.moving)

    assert np.array_equal(hasty[:, ::5], hasty[:, 4::5])
    assert not np.array_equal(careful[:, ::5], careful[:, 4::5])
    assert np.array_equal(pixels(canvas)[..., 0], careful)


def test_a_window_that_is_dragged_keeps_the_care(canvas, state):
    canvas.set_image(image("uint16", side=40))
    state.set_home(Window(32768.0, 65536.0))
    pixels(canvas)

    press(canvas, QPointF(50, 50))
    drag(canvas, QPointF(60, 60))

    seen = pixels(canvas)[..., 0]
    assert not state.moving
    assert not np.array_equal(seen[:, ::5], seen[:, 4::5])


def test_interpolation_can_be_switched_off(canvas, state):
    canvas.set_image(image("uint16", side=40))
    state.set_home(Window(32768.0, 65536.0))

    state.set_interpolation("nearest")

    seen = pixels(canvas)[..., 0]
    assert np.array_equal(seen[:, ::5], seen[:, 4::5])
    assert np.array_equal(seen[::5], seen[4::5])


def test_a_single_bright_pixel_is_seen_when_the_image_is_made_small(canvas, state):
    stored = np.zeros((1, 1600, 1600), np.uint16)
    stored[0, 803, 1203] = 64000
    canvas.set_image(Image(stored, (1.0,), (0.0,), Grid(1600, 1600, 1)))
    state.set_home(Window(500.0, 1000.0))

    seen = pixels(canvas)[..., 0]

    assert seen[100, 150] == 255  # 64000 / 64 = 1000
    assert np.count_nonzero(seen) == 1


def test_a_map_and_its_colours_are_painted_as_they_are(canvas, state):
    colors = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    canvas.set_map(colors)

    assert np.array_equal(pixels(canvas), colors)


def test_a_finer_screen_shows_finer_pixels(canvas, state):
    """On a screen with two device pixels to one, 1:1 takes half the room."""
    shown = image("uint16")
    canvas.set_image(shown)
    state.set_home(Window(32768.0, 65536.0))
    state.set_scale("pixels")

    seen = canvas.render(QSize(200, 200), 2.0)

    expected = grey_levels(shown.pixels[0], 1.0, 0.0, state.window)
    assert seen.width() == 400
    assert np.array_equal(grey_of(seen)[100:300, 100:300], expected)


def test_the_true_size_is_that_of_the_patient(canvas, state):
    """64 rows of 2 mm are 128 mm on the screen."""
    canvas.set_image(fakes.image(rows=64, columns=64, spacing=(2.0, 1.0)))

    state.set_scale("true")

    per_mm = canvas.screen().physicalDotsPerInch() / 25.4
    assert canvas.exact_target().height() == pytest.approx(128 * per_mm)
    assert canvas.exact_target().width() == pytest.approx(64 * per_mm)


@pytest.mark.parametrize(
    ("blend", "second"),
    [
        (Blend("swipe", 0.25), lambda x, _: x >= 50),
        (Blend("swipe", 1.0), lambda x, _: x < 0),
        (Blend("checker", 20), lambda x, y: (x // 20 + y // 20) % 2 == 1),
        (Blend("fade", 1.0), lambda x, _: x >= 0),
        (Blend("none"), lambda x, _: x < 0),
    ],
)
def test_a_second_plane_lies_where_the_blend_says(canvas, blend, second):
    red, blue = (np.full((SIDE, SIDE, 3), color, np.uint8) for color in ((255, 0, 0), (0, 0, 255)))
    canvas.set_map(red)
    canvas.set_second_map(blue)
    canvas.set_blend(blend)

    seen = pixels(canvas)

    y, x = np.mgrid[:SIDE, :SIDE]
    assert np.array_equal(seen[..., 2] == 255, second(x, y))
    assert np.array_equal(seen[..., 0] == 255, ~second(x, y))


def test_a_fade_mixes_both(canvas):
    canvas.set_map(np.full((4, 4, 3), 200, np.uint8))
    canvas.set_second_map(np.full((4, 4, 3), 100, np.uint8))
    canvas.set_blend(Blend("fade", 0.5))

    assert pixels(canvas)[100, 100, 0] == pytest.approx(150, abs=2)


def test_overlays_lie_over_the_plane_in_the_order_they_came(canvas):
    canvas.set_map(np.zeros((4, 4, 3), np.uint8))

    def paint(color):
        def over(painter: QPainter, target: QRectF) -> None:
            painter.fillRect(target, QColor(color))

        return over

    red, blue, body = paint("#ff0000"), paint("#0000ff"), paint("#00ff00")
    canvas.add_overlay(red)
    canvas.add_overlay(blue)
    canvas.set_overlay(body)
    both = tuple(pixels(canvas)[100, 100])
    canvas.remove_overlay(blue)
    one = tuple(pixels(canvas)[100, 100])
    canvas.remove_overlay(red)
    canvas.remove_overlay(red)

    assert (both, one) == ((0, 0, 255), (255, 0, 0))
    assert tuple(pixels(canvas)[100, 100]) == (0, 255, 0)


class Tool:
    """Uses the left button and notes where."""

    def __init__(self):
        self.told = []

    def press(self, _, event, place):
        return self._note("press", event.button() == Qt.MouseButton.LeftButton, place)

    def move(self, _, event, place):
        return self._note("move", bool(event.buttons() & Qt.MouseButton.LeftButton), place)

    def release(self, _, event, place):
        return self._note("release", event.button() == Qt.MouseButton.LeftButton, place)

    def _note(self, what, mine, place):
        if mine:
            self.told.append((what, *place))
        return mine


def test_a_tool_takes_what_it_uses_and_leaves_the_rest(qtbot, canvas, state):
    canvas.set_image(image("uint16", side=100))
    before = state.window
    tool = Tool()
    canvas.set_tool(tool)

    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPointF(20, 40).toPoint())
    drag(canvas, QPointF(60, 50))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPointF(60, 300).toPoint())
    drag(canvas, QPointF(60, 10), Qt.MouseButton.RightButton)

    assert tool.told == [("press", 20.0, 10.0), ("move", 25.0, 30.0), ("release", 150.0, 30.0)]
    assert state.window == before
    assert state.zoom > 1


def test_a_double_click_asks_for_the_room_where_somebody_listens(qtbot, canvas, state):
    canvas.set_image(fakes.image())
    state.set_view(3.0, (0.4, 0.4))
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton)
    assert state.zoom == 1.0

    state.set_view(3.0, (0.4, 0.4))
    with qtbot.waitSignal(canvas.maximise_asked):
        canvas.maximise_asked.connect(lambda: None)
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton)
    assert state.zoom == 3.0


def test_the_pixels_in_view_are_told(canvas, state):
    canvas.set_image(image("uint16", side=100))
    assert canvas.visible_pixels() == (0, 0, 99, 99)

    state.set_view(4.0, (0.5, 0.25))

    assert canvas.visible_pixels() == (12, 37, 37, 62)
    canvas.set_image(None)
    assert canvas.visible_pixels() is None


def test_marks_say_where_the_plane_lies_and_are_off_by_themselves(qtbot, canvas, state):
    axial = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    grid = Grid(64, 64, 2, (1.0, 1.0), axial, ((0.0, 0.0, -12.5), (0.0, 0.0, 5.0)))
    canvas.set_image(Image(np.zeros((2, 64, 64), np.uint16), (1.0,) * 2, (0.0,) * 2, grid))
    canvas.set_details(True)
    state.set_slice_count(2)
    without = pixels(canvas)

    canvas.set_marks(True)

    room = canvas._room()
    assert not np.array_equal(pixels(canvas), without)
    assert canvas._scene._place_words() == "−12.5 mm"
    assert canvas._scene.sampling_words(room) == "linear"
    state.set_scale("pixels")
    assert canvas._scene.sampling_words(room) == "1:1"
    state.set_view(0.5, (0.5, 0.5))
    assert canvas._scene.sampling_words(room) == "mean"
    state.set_scale("true")
    state.set_interpolation("nearest")
    assert canvas._scene.sampling_words(room) == "true size"


def test_a_map_is_marked_as_an_image_is_where_it_lies_in_the_patient(canvas, state):
    axial = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    grid = Grid(64, 64, 2, (1.0, 1.0), axial, ((0.0, 0.0, -12.5), (0.0, 0.0, 5.0)))
    image = Image(np.zeros((2, 64, 64), np.uint16), (1.0,) * 2, (0.0,) * 2, grid)
    canvas.set_details(True)
    canvas.set_marks(True)
    state.set_slices(2, 1)

    def marked():
        seen = pixels(canvas)
        return seen[:24, 90:110], seen[90:110, :24], seen[90:110, -24:], seen[-44:-26, -80:]

    canvas.set_image(image)
    as_image = marked()
    canvas.set_map(np.zeros((64, 64, 3), np.uint8), None, grid)

    assert canvas._scene._place_words() == "5.0 mm"
    for ours, its in zip(marked(), as_image, strict=True):
        assert ours.max() > 100
        np.testing.assert_array_equal(ours, its)
    canvas.set_map(np.zeros((64, 64, 3), np.uint8))  # of frequencies, say
    assert max(one.max() for one in marked()[:3]) == 0


def test_one_image_is_painted_once_however_many_events_come(qtbot, state, monkeypatch):
    painted = []

    class Counted(Canvas):
        def paintEvent(self, event):
            painted.append(event)
            super().paintEvent(event)

    shown = Counted(state)
    qtbot.addWidget(shown)
    shown.set_image(fakes.image())
    shown.show()
    qtbot.waitUntil(lambda: bool(painted))
    qtbot.waitUntil(lambda: not state.moving)
    painted.clear()

    for step in range(30):
        drag(shown, QPointF(50 + step, 60))
        turn(shown, -120)
    qtbot.waitUntil(lambda: bool(painted))

    assert len(painted) == 1


@pytest.mark.parametrize(
    ("shows", "bar"),
    [
        ("image", None),
        ("image", ("0", "1453 HU/mm", "")),  # of a map that lies over it
        ("map", ("0", "1453 HU/mm", "")),
        ("map", ("0", "1", "Loss: 9 %, 91 %")),
    ],
)
@pytest.mark.parametrize("wide", [140, 161, 200, 243, 400, 900])
def test_no_words_touch_others_however_narrow_the_pane(
    monkeypatch, canvas, state, wide, shows, bar
):
    boxes = []
    paint = canvas_labels._paint_box
    monkeypatch.setattr(
        canvas_labels,
        "_paint_box",
        lambda painter, box, words: boxes.append((words, box)) or paint(painter, box, words),
    )
    paint_bar = canvas_labels.paint_bar
    monkeypatch.setattr(
        canvas_scene,
        "paint_bar",
        lambda *given: boxes.append(("", paint_bar(*given))) or boxes[-1][1],
    )
    axial = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    grid = Grid(64, 64, 2, (0.5, 0.5), axial, ((0.0, 0.0, -1120.5), (0.0, 0.0, 5.0)))
    if shows == "image":
        canvas.set_image(Image(np.zeros((2, 64, 64), np.uint16), (1.0,) * 2, (0.0,) * 2, grid))
    if bar is not None:
        if shows == "map":
            canvas.set_map(np.zeros((64, 64, 3), np.uint8), None, grid)
        canvas.set_color_bar(canvas_labels.ColorBar(np.zeros((1, 9, 3), np.uint8), *bar))
    canvas.set_details(True)
    canvas.set_marks(True)
    state.set_slice_count(2)

    canvas.render(QSize(wide, 300))

    apart = [box for _, box in boxes]
    for first, second in itertools.combinations(apart, 2):
        assert not first.intersects(second), boxes
    assert all(box.left() >= 0 and box.right() < wide for box in apart), boxes
    said = " ".join(words for words, _ in boxes)
    assert ("W " in said) == (shows == "image")
    assert "mm" in said
    assert bar[2][:5] in said if bar is not None else "−1120.5 mm" in said
