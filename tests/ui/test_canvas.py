import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtWidgets import QApplication

from app.display import grey_levels
from app.domain.image import Window
from app.ui.canvas import Canvas
from app.ui.view_state import ViewState
from tests.ui import fakes
from tests.ui.hands import drag, pixels, slide, turn


@pytest.fixture
def state():
    return ViewState()


@pytest.fixture
def canvas(qtbot, state):
    canvas = Canvas(state)
    canvas.set_details(False)
    canvas.resize(200, 200)
    qtbot.addWidget(canvas)
    return canvas


def test_the_screen_shows_the_levels_of_the_one_place_that_makes_them(canvas, state):
    image = fakes.image(slices=1, rows=200, columns=200)
    canvas.set_image(image)
    state.set_home(Window(40.0, 400.0))
    state.set_interpolation("nearest")

    shown = pixels(canvas)

    expected = grey_levels(image.pixels[0], 1.0, -1024.0, Window(40.0, 400.0))
    assert np.array_equal(shown[..., 0], expected)


def test_a_plane_of_tall_pixels_is_letterboxed_with_its_true_aspect(canvas, state):
    """64 x 64 pixels of 2 x 1 mm stand twice as high as wide."""
    canvas.set_image(fakes.image(rows=64, columns=64, spacing=(2.0, 1.0)))
    state.set_window(Window(-2000.0, 10.0))  # everything is white

    white = pixels(canvas)[100, :, 0] == 255

    assert white.sum() == pytest.approx(100, abs=2)
    assert not white[:45].any()
    assert not white[155:].any()


def test_linked_canvases_share_window_slice_and_place(qtbot, canvas, state):
    other = Canvas(state)
    qtbot.addWidget(other)
    for one in (canvas, other):
        one.set_image(fakes.image())
        one.resize(150, 150)
        one.set_details(False)
    state.set_slice_count(5)
    before = pixels(other)

    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    drag(canvas, QPointF(90, 20))
    turn(canvas, -120)
    turn(canvas, 120, Qt.KeyboardModifier.ControlModifier)

    assert state.window.width > 256
    assert state.window.center < 128
    assert state.slice == 1
    assert state.zoom == pytest.approx(1.2)
    assert not np.array_equal(pixels(other), before)
    assert np.array_equal(pixels(other), pixels(canvas))


def test_a_drag_to_the_right_widens_and_a_drag_down_raises_the_centre(state):
    state.set_home(Window(40.0, 500.0))

    state.move_window(25, 10)

    assert state.window == Window(60.0, 550.0)


def test_a_window_cannot_be_dragged_below_its_least_width(state):
    state.set_home(Window(40.0, 400.0))

    state.move_window(-10_000, 0)

    assert state.window.width == 1.0


def test_zooming_keeps_what_lies_under_the_mouse(canvas, state):
    canvas.set_image(fakes.image(rows=100, columns=100))
    before = canvas.place_in_pixels(QPointF(50, 50))

    turn(canvas, 240, Qt.KeyboardModifier.ControlModifier)

    assert canvas.place_in_pixels(QPointF(50, 50)) == pytest.approx(before)


def test_the_mouse_tells_row_column_and_real_value(qtbot, canvas, state):
    image = fakes.image(slices=1, rows=100, columns=100)
    canvas.set_image(image)
    told = []
    canvas.pointed.connect(lambda *where: told.append(where))

    canvas._point(QPointF(100.5, 100.5))
    canvas._point(QPointF(100.5, 1000.0))

    assert told == [(50, 50, float(image.values(0)[50, 50])), (-1, -1, None)]


def test_a_map_tells_none_where_it_is_not_defined(canvas):
    told = []
    canvas.pointed.connect(lambda *where: told.append(where[2]))
    colors = np.zeros((2, 2, 3), np.uint8)
    canvas.set_map(colors, np.array([[np.nan, 1.0], [2.0, 3.0]]))

    canvas._point(QPointF(10, 10))
    canvas._point(QPointF(190, 10))

    assert told == [None, 1.0]


def test_a_map_keeps_its_colours_when_the_window_changes(canvas, state):
    canvas.set_map(np.full((4, 4, 3), (10, 200, 30), np.uint8))

    state.set_window(Window(0.0, 1.0))

    assert tuple(pixels(canvas)[100, 100]) == (10, 200, 30)


def test_a_window_that_cannot_be_shown_is_a_sentence_and_no_crash(canvas, state):
    canvas.set_image(fakes.image())
    state.set_window(Window(0.0, 0.0))

    assert pixels(canvas).any()  # the words
    assert "window" in canvas.message


def test_keys_look_around(qtbot, canvas, state):
    canvas.set_image(fakes.image())
    state.set_slice_count(5)
    state.set_home(Window(40.0, 400.0))
    for key, check in (
        (Qt.Key.Key_Down, lambda: state.slice == 1),
        (Qt.Key.Key_End, lambda: state.slice == 4),
        (Qt.Key.Key_PageUp, lambda: state.slice == 0),
        (Qt.Key.Key_Plus, lambda: state.zoom > 1),
        (Qt.Key.Key_I, lambda: state.inverted),
        (Qt.Key.Key_R, lambda: not state.inverted and state.zoom == 1.0),
    ):
        qtbot.keyClick(canvas, key)
        assert check(), key


@pytest.mark.parametrize(
    ("key", "window", "centre"),
    [
        (Qt.Key.Key_Left, (40.0, 384.0), (0.45, 0.5)),
        (Qt.Key.Key_Right, (40.0, 416.0), (0.55, 0.5)),
        (Qt.Key.Key_Up, (24.0, 400.0), (0.5, 0.45)),
        (Qt.Key.Key_Down, (56.0, 400.0), (0.5, 0.55)),
    ],
)
def test_arrows_do_what_drags_do(qtbot, canvas, state, key, window, centre):
    """Ten pixels of a drag are 10/250 of the home window's width: 16 of 400."""
    canvas.set_image(fakes.image())
    state.set_home(Window(40.0, 400.0))

    qtbot.keyClick(canvas, key, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(canvas, key, Qt.KeyboardModifier.ControlModifier)

    assert (state.window.center, state.window.width) == pytest.approx(window)
    assert state.centre == pytest.approx(centre)
    assert state.slice == 0


def test_a_canvas_holds_no_word_but_its_title(canvas):
    canvas.set_title("A")
    canvas.set_image(fakes.image())

    assert not canvas.toolTip()
    assert canvas.contextMenuPolicy() == Qt.ContextMenuPolicy.PreventContextMenu


def test_a_left_drag_can_turn_slices(qtbot, canvas, state):
    """200 pixels of height for 20 slices: ten pixels are one."""
    canvas.set_image(fakes.image())
    state.set_slice_count(20)
    state.set_left_drag("slice")
    before = state.window

    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    for y in range(52, 86):
        drag(canvas, QPointF(50, y))

    assert state.slice == 3
    assert state.window == before


def test_a_touchpad_slides_through_the_slices_and_pinches_to_zoom(canvas, state):
    """Forty pixels of a slide are a slice; what is left over counts for the next."""
    canvas.set_image(fakes.image())
    state.set_slice_count(9)

    for down in (-25, -25, -25, -25):
        slide(canvas, down)
    assert state.slice == 2

    pinch = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        QPointF(100, 100),
        QPointF(100, 100),
        QPointF(100, 100),
        0.25,
        QPointF(),
    )
    QApplication.sendEvent(canvas, pinch)
    assert state.zoom == pytest.approx(1.25)


def test_a_canvas_follows_only_the_state_it_shares_now(canvas, state):
    canvas.set_image(fakes.image())
    other = ViewState()
    other.set_slice_count(5)

    canvas.set_state(other)
    turn(canvas, -120)

    assert (state.slice, other.slice) == (0, 1)
    assert canvas.state is other


def test_reset_and_fit_go_back_from_any_scale(state):
    for back in (state.reset, state.fit):
        state.set_scale("pixels")
        state.set_view(2.0, (0.1, 0.1))

        back()

        assert (state.scale, state.zoom, state.centre) == ("fit", 1.0, (0.5, 0.5))
