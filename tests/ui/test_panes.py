"""What panes show, how they lie and move: through the whole window, with workflows in memory."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication

from app.domain.image import Grid, Window
from app.domain.progress import Progress
from app.ui.actions import ambiguous, can
from app.ui.case_images import matching
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.pane_content import KINDS, PaneContent
from app.ui.pane_menu import offered
from app.ui.pane_source import PaneSource
from app.ui.settings import Settings
from app.ui.window import MainWindow
from tests.ui.fakes import FakeWork, pair

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def fake(tmp_path):
    return FakeWork(tmp_path)


@pytest.fixture
def open_room(qtbot, monkeypatch, tmp_path):
    """Open the whole window on a source, and return its Inspect room."""

    def opened(work, size=(1280, 800)):
        usual = InspectPage.__init__
        monkeypatch.setattr(
            InspectPage,
            "__init__",
            lambda page, context: usual(page, context, InspectModel(work)),
        )
        window = MainWindow(Context(Settings()))
        qtbot.addWidget(window)
        window.resize(*size)
        with qtbot.waitActive(window):
            window.show()
        window.open_path(tmp_path / "cases")
        page = window.page("inspect")
        qtbot.waitUntil(lambda: page.model.view is not None)
        page.panes.panes[0].setFocus()
        return page

    return opened


@pytest.fixture
def room(open_room, fake):
    return open_room(fake.work())


def press(qtbot, room, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(room.panes.panes[room.panes.active], key, modifier)


def shows(room, pane):
    """Return what a pane paints: values of a map, or the stored numbers of an image."""
    plane = room.panes.plane(pane)
    if plane.map is not None:
        return plane.map.values
    if plane.image is None:
        return None
    index = room.model.panes.state(pane).slice
    return plane.image.values(index if plane.slices is None else plane.slices[index])


def test_a_pane_shows_any_content_and_what_is_made_comes_in_the_background(qtbot, room, fake):
    model, view = room.model, room.model.view
    reference, reconstruction = view.reference.values(2), view.reconstruction.values(2)
    down, across = np.gradient(reconstruction)
    expected = {
        "reference": reference,
        "reconstruction": reconstruction,
        "difference": reconstruction - reference,
        "absolute": np.abs(reconstruction - reference),
        "edges": np.hypot(down, across),
    }
    for kind in KINDS:
        model.set_content(1, PaneContent(kind))
        qtbot.waitUntil(lambda: shows(room, 1) is not None)
        if kind in expected:
            np.testing.assert_allclose(shows(room, 1), expected[kind])
        assert not room.panes.panes[1].is_empty
        assert room.panes.panes[1].title == room.panes.plane(1).title


def test_several_arms_stand_beside_each_other(qtbot, room, fake):
    model = room.model
    assert model.arms() == ("mild", "strong")
    assert model.image_of("mild") is model.view.reconstruction

    model.set_content(2, PaneContent("reconstruction", "strong"))
    assert room.panes.panes[2].message == "Coming…"
    assert room.panes.panes[2].is_empty
    qtbot.waitUntil(lambda: model.image_of("strong") is not None)
    model.set_content(3, PaneContent("difference", "strong"))
    qtbot.waitUntil(lambda: shows(room, 3) is not None)

    strong, reference = model.image_of("strong"), model.view.reference
    np.testing.assert_array_equal(shows(room, 2), strong.values(2))
    np.testing.assert_array_equal(shows(room, 3), strong.values(2) - reference.values(2))
    assert room.panes.panes[3].title == "Difference: strong"
    assert room.panes.plane(3).map.extreme == model.difference.limit  # one scale for all arms


def test_the_next_pair_of_the_case_takes_the_places_of_the_arm_in_view_alone(qtbot, room):
    model = room.model
    model.set_content(2, PaneContent("reconstruction", "mild"))
    press(qtbot, room, Key.Key_N)
    qtbot.waitUntil(lambda: model.view is not None)

    assert room.panes.panes[1].title == "Reconstruction: strong"
    assert room.panes.panes[2].title == "Reconstruction: mild"
    qtbot.waitUntil(lambda: shows(room, 2) is not None)
    assert room.panes.plane(2).image is model.image_of("mild")


def test_an_arm_that_comes_when_another_case_is_in_view_is_dropped(
    qtbot, open_room, fake, monkeypatch
):
    go_on, asked = threading.Event(), []

    def load(wanted, looking_at):
        asked.append((wanted.case, wanted.arm))
        if (wanted.case, wanted.arm) == ("case-1", "strong"):
            yield Progress(0, 1, "")
            go_on.wait(10)
        return (yield from fake.load(wanted, looking_at))

    room = open_room(replace(fake.work(), load=load))
    model = room.model
    model.set_content(2, PaneContent("reconstruction", "strong"))
    qtbot.waitUntil(lambda: ("case-1", "strong") in asked)
    model.select("case-2", "mild")
    go_on.set()
    qtbot.waitUntil(lambda: model.image_of("strong") is not None)

    assert model.images.view_of("strong").pair.case == "case-2"


def test_the_pair_that_was_in_view_is_not_taken_for_the_same_arm_of_another_case(qtbot, room):
    model = room.model
    model.set_content(2, PaneContent("reconstruction", "mild"))
    former = model.view
    assert former.pair.arm == "mild"

    model.select("case-2", "strong")

    assert model.images.view_of("mild") is not former
    qtbot.waitUntil(lambda: model.image_of("mild") is not None)
    assert model.images.view_of("mild").pair.case == "case-2"


def test_an_arm_that_the_case_has_not_is_told(room):
    room.model.set_content(2, PaneContent("reconstruction", "nobody"))

    assert room.panes.panes[2].message == "This case has no arm nobody."


def test_a_plane_of_another_slice_is_never_left_standing(qtbot, room):
    model = room.model
    model.set_content(1, PaneContent("edges", of_reference=True))
    qtbot.waitUntil(lambda: shows(room, 1) is not None)

    model.state.set_slice(4)
    assert shows(room, 1) is None
    assert room.panes.panes[1].message == "Coming…"
    qtbot.waitUntil(lambda: shows(room, 1) is not None)
    np.testing.assert_allclose(
        shows(room, 1), np.hypot(*np.gradient(model.view.reference.values(4)))
    )


def test_nothing_is_made_for_a_pane_that_is_not_seen(qtbot, open_room, fake):
    made = []

    def edges(image, index):
        made.append(index)
        return np.zeros((image.grid.rows, image.grid.columns))

    room = open_room(replace(fake.work(), edges=edges))
    room.model.state.set_slice(1)
    room.panes.set_layout("Six panes")  # whose last pane shows edges
    qtbot.waitUntil(lambda: shows(room, 5) is not None)

    assert set(made) == {1}


def test_two_panes_show_two_maps_and_one_follows_the_choice_above(qtbot, room):
    model = room.model
    model.set_content(2, PaneContent("map", map="error"))
    qtbot.waitUntil(lambda: shows(room, 2) is not None and model.maps.map is not None)
    assert [room.panes.panes[pane].title for pane in (2, 3)] == ["Map: Absolute error", "Map: SSIM"]

    press(qtbot, room, Key.Key_M)
    qtbot.waitUntil(lambda: model.maps.map is not None)

    assert room.panes.panes[3].title == room.panes.panes[2].title == "Map: Absolute error"


def test_a_map_never_stands_under_the_name_and_the_bar_of_another(qtbot, room, fake):
    """Whoever hears of another choice before the pane's own source does may ask it."""
    model, seen = room.model, []
    model.maps.changed.connect(lambda: seen.append(source.plane))
    source = PaneSource(model, fake.work(), model.state, PaneContent("map", "strong"))
    source.set_active(True)
    model.set_content(3, source.content)  # which has the arm's images read
    qtbot.waitUntil(lambda: source.plane.map is not None)
    of_ssim = source.plane.map.values
    seen.clear()

    model.maps.choose("error")
    qtbot.waitUntil(lambda: source.plane.map is not None)

    assert source.plane.title == "Map: Absolute error, strong"
    assert source.plane.map.values is not of_ssim
    assert seen
    assert all(one.map is None or one.map.values is not of_ssim for one in seen)
    source.stop()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_of_a_pane_is_reached_by_key_and_chooses(qtbot, room):
    menu = room.panes.heads[0].chooser.menu()
    qtbot.keyClick(room.panes.heads[0].chooser, Key.Key_Return)
    qtbot.waitUntil(menu.isVisible)
    inner = {one.text(): one.menu() for one in menu.actions()}
    edges = next(one for one in inner["Edges"].actions() if one.text() == "Reference")
    edges.trigger()
    menu.close()

    assert list(inner)[:3] == ["Reference", "Reconstruction", "Difference"]
    assert room.model.content(0) == PaneContent("edges", of_reference=True)


def test_everything_that_is_offered_is_an_action_of_the_active_pane(room):
    room.panes.activate(2)
    actions = {one.title: one for one in room.actions() if one.menu == "Panes/The pane shows"}
    assert len(actions) == len(offered(room.model))

    actions["Absolute difference: strong"].run()

    assert room.model.content(2) == PaneContent("absolute", "strong")
    assert actions["Absolute difference: strong"].checked()
    assert ambiguous(room.actions()) == ()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_the_name_and_the_helps_of_a_pane_lie_inside_it(qtbot, open_room, fake, size):
    room = open_room(fake.work(), size)
    room.panes.set_layout("Six panes")
    for pane in range(6):
        room.model.set_content(pane, PaneContent("reconstruction", "strong"))
        room.model.panes.set_linked(pane, False)
        room.panes.compare.set_mode(pane, "fade")
    qtbot.waitUntil(lambda: room.panes.panes[5].width() > 96)
    QGuiApplication.processEvents()

    for canvas, head in zip(room.panes.panes, room.panes.heads, strict=True):
        widgets = (head.chooser, head.unlinked, head.fader)
        for number, widget in enumerate(widgets):
            assert canvas.rect().contains(widget.geometry())
            for other in widgets[number + 1 :]:
                assert not widget.geometry().intersects(other.geometry())


def test_a_double_click_maximises_a_pane_and_restores_all(qtbot, room):
    panes = room.panes

    qtbot.mouseDClick(panes.difference, LEFT, pos=panes.difference.rect().center())
    assert [pane.isVisible() for pane in panes.panes[:4]] == [False, False, True, False]
    qtbot.mouseDClick(panes.difference, LEFT, pos=panes.difference.rect().center())
    assert all(pane.isVisible() for pane in panes.panes[:4])

    press(qtbot, room, Key.Key_Z)
    assert panes.is_maximised
    press(qtbot, room, Key.Key_L)
    assert not panes.is_maximised


def test_an_unlinked_pane_moves_on_its_own_and_says_so(qtbot, room):
    model, panes = room.model, room.panes
    panes.activate(3)
    press(qtbot, room, Key.Key_U)
    assert panes.heads[3].unlinked.isVisible()

    qtbot.waitUntil(lambda: shows(room, 3) is not None)
    model.state.set_slice(4)
    model.state.zoom_by(2.0)
    own = panes.panes[3].state
    assert (own.slice, own.zoom) == (2, 1.0)
    press(qtbot, room, Key.Key_Up)
    assert (own.slice, model.state.slice) == (1, 4)
    qtbot.waitUntil(lambda: shows(room, 3) is not None)

    press(qtbot, room, Key.Key_U)
    assert panes.panes[3].state is model.state
    assert not panes.heads[3].unlinked.isVisible()


def test_keys_of_the_window_act_on_the_active_pane_alone_where_it_moves_on_its_own(qtbot, room):
    shared, panes = room.model.state, room.panes
    home = shared.window
    panes.activate(1)
    press(qtbot, room, Key.Key_U)
    own = panes.panes[1].state

    press(qtbot, room, Key.Key_2)
    preset = room.model.windows[1][1]
    assert (own.window, shared.window) == (preset, home)
    press(qtbot, room, Key.Key_I)
    assert (own.inverted, shared.inverted) == (True, False)
    press(qtbot, room, Key.Key_Right, SHIFT)
    assert own.window.width > preset.width
    assert shared.window == home

    panes.activate(0)
    press(qtbot, room, Key.Key_I)
    press(qtbot, room, Key.Key_1)
    assert (own.inverted, shared.inverted) == (True, True)
    assert own.window.width > preset.width


def test_the_window_menu_is_that_of_the_active_pane(qtbot, room):
    model, panes = room.model, room.panes
    (_, home), (second, other) = model.windows[:2]
    home_name = panes.tools.windows.text()
    model.panes.set_linked(1, False)
    panes.activate(1)

    panes.tools.windows.menu().actions()[1].trigger()

    assert (panes.panes[1].state.window, model.state.window) == (other, home)
    ticks = {one.id: one.checked() for one in room.actions() if one.id.startswith("window.preset")}
    assert ticks["window.preset-2"]
    assert not ticks["window.preset-1"]
    assert panes.tools.windows.text() == second
    panes.activate(0)
    assert panes.tools.windows.text() == home_name
    assert {one.id: one for one in room.actions()}["window.preset-1"].checked()
    panes.activate(1)
    model.panes.set_linked(1, True)
    assert panes.tools.windows.text() == home_name


def test_a_pane_that_moves_on_its_own_begins_another_case_with_its_window(qtbot, open_room, fake):
    window = Window(300.0, 1500.0)

    def load(wanted, looking_at):
        view = yield from fake.load(wanted, looking_at)
        if wanted.case == "case-2":
            view = replace(view, reference=replace(view.reference, windows=(window,)))
        return view

    room = open_room(replace(fake.work(), load=load))
    model = room.model
    model.panes.set_linked(1, False)
    own = model.panes.state(1)
    own.set_window(Window(0.0, 10.0))
    own.set_view(3.0, (0.2, 0.2))

    model.select("case-1", "strong")
    qtbot.waitUntil(lambda: model.view is not None)
    assert (own.window.width, own.zoom) == (10.0, 3.0)  # the same case
    model.select("case-2", "mild")
    qtbot.waitUntil(lambda: model.view is not None)

    assert (own.home, own.window, own.zoom) == (window, window, 1.0)


def test_all_panes_are_linked_again_at_once(qtbot, room):
    for pane in (0, 2):
        room.model.panes.set_linked(pane, False)

    press(qtbot, room, Key.Key_U, SHIFT)

    assert all(pane.state is room.model.state for pane in room.panes.panes)


def test_an_unlinked_pane_keeps_inside_a_case_with_fewer_slices(qtbot, open_room, fake):
    room = open_room(fake.work())
    room.model.panes.set_linked(1, False)
    room.panes.panes[1].state.set_slice(4)
    fake.slices = 3
    room.model.select("case-2", "mild")
    qtbot.waitUntil(lambda: room.model.view is not None)

    assert room.panes.panes[1].state.slice <= 4
    room.model.state.set_slice_count(3)
    room.model.view_changed.emit()
    assert room.panes.panes[1].state.slice == 2


def test_the_value_under_the_mouse_is_that_of_the_pane(qtbot, room):
    told = []
    room.panes.pointed.connect(told.append)
    room.model.set_content(1, PaneContent("absolute"))
    qtbot.waitUntil(lambda: shows(room, 1) is not None)

    qtbot.mouseMove(room.panes.panes[1], room.panes.panes[1].rect().center())
    qtbot.waitUntil(lambda: bool(told and told[-1]))
    words = told[-1].split()

    value = shows(room, 1)[int(words[1]), int(words[3])]
    assert told[-1].endswith(f"{value:.5g} HU")


def test_slices_of_another_arm_match_by_number_or_by_place():
    ours, other = pair("c", "a"), pair("c", "b")
    assert matching(ours, replace(other, slices=((1, 0), (4, 1)))) == (-1, 0, -1, -1, 1)

    def lying(one, name, places):
        grid = Grid(
            64,
            48,
            5,
            spacing=(1.0, 1.0),
            orientation=(1, 0, 0, 0, 1, 0),
            positions=tuple((0.0, 0.0, z) for z in places),
        )
        return replace(one, reference=replace(one.reference, uid=name, grid=grid))

    first = lying(ours, "1.2.first", (0, 3, 6, 9, 12))
    assert matching(first, lying(other, "1.2.second", (6, 9, 12, 15, 18))) == (-1, -1, 0, 1, 2)
    nowhere = replace(other, reference=replace(other.reference, uid="1.2.third"))
    assert matching(first, nowhere) == (-1,) * 5


def test_a_pane_is_filled_by_keys_and_a_map_is_that_of_another_arm(qtbot, room):
    model = room.model
    room.panes.activate(3)
    press(qtbot, room, Key.Key_S, SHIFT)
    press(qtbot, room, Key.Key_D)
    press(qtbot, room, Key.Key_2)
    assert model.content(3) == PaneContent("difference", "strong")
    of_map = [one for one in room.actions() if one.menu == "Panes/Map of arm"]
    assert not any(can(one) for one in of_map)

    press(qtbot, room, Key.Key_S, SHIFT)
    press(qtbot, room, Key.Key_M)
    press(qtbot, room, Key.Key_0)
    press(qtbot, room, Key.Key_Y, SHIFT)
    press(qtbot, room, Key.Key_2)
    assert model.content(3) == PaneContent("map", "strong")


def test_a_content_comes_back_from_a_file_and_others_are_refused():
    content = PaneContent("edges", "strong", "", of_reference=True)
    assert PaneContent.from_json(content.to_json()) == content

    for damaged in ({}, {"kind": "photo"}, {"kind": "map", "map": 3}, {"kind": "map", "x": ""}):
        with pytest.raises(ValueError, match="no content"):
            PaneContent.from_json(damaged)


def test_what_was_listed_for_a_pane_of_its_own_is_done_to_the_shared_way_after_linking(qtbot, room):
    model = room.model
    model.panes.set_linked(0, False)
    room.action_set.sync()  # lists what can be done to the pane's own way of looking
    model.panes.set_linked(0, True)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    assert room.action_set.run("interpolation.cubic")

    assert model.state.interpolation == "cubic"
