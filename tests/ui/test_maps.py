"""Maps that were made are kept within a number of bytes, and never taken for others."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from app.ui import pane_source
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.jobs import one_step
from app.ui.maps import ColorMap, MapMaker, MapMemory
from app.ui.pane_content import PaneContent
from tests.ui.fakes import FakeView, FakeWork, image

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

SIDE = 32
SIZE = SIDE * SIDE * (3 + 8)


def flat(value):
    return ColorMap(np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE), float(value)), 1.0)


def made(qtbot, maker, key):
    maker.want(key, one_step(partial(flat, key)))
    qtbot.waitUntil(lambda: maker.map is not None)
    return maker.map


@pytest.fixture
def makers(qtbot):
    memory = MapMemory(limit=5 * SIZE)
    found = tuple(MapMaker(memory) for _ in range(2))
    yield memory, *found
    for one in found:
        one.stop()


def test_all_makers_together_keep_no_more_than_the_limit(qtbot, makers):
    memory, first, second = makers
    for key in range(6):
        for maker in (first, second):
            made(qtbot, maker, key)
            assert memory.bytes <= 5 * SIZE

    assert memory.bytes == 5 * SIZE
    assert memory.find(first, 4) is not None
    assert memory.find(first, 2) is None


def test_what_was_looked_at_lately_is_at_hand_and_the_oldest_goes(qtbot, makers):
    memory, first, _ = makers
    kept = [made(qtbot, first, key) for key in range(5)]
    assert made(qtbot, first, 0) is kept[0]

    made(qtbot, first, 5)

    assert memory.find(first, 0) is kept[0]
    assert memory.find(first, 1) is None


def test_maps_in_view_stay_however_large_they_are(qtbot):
    memory = MapMemory(limit=SIZE // 2)
    makers = [MapMaker(memory) for _ in range(3)]
    for key, maker in enumerate(makers):
        made(qtbot, maker, key)

    assert all(maker.map is not None for maker in makers)
    makers[0].rest()
    made(qtbot, makers[1], 7)
    assert memory.bytes == 2 * SIZE
    for maker in makers:
        maker.clear()
        maker.stop()
    assert memory.bytes == 0


def test_no_image_has_the_number_of_one_that_is_gone():
    memory, numbers = MapMemory(), set()
    for _ in range(50):
        one = image(slices=1, rows=8, columns=8)
        number = memory.number_of(one)
        assert memory.number_of(one) == number
        assert number not in numbers
        numbers.add(number)
        del one


# ---- in the room -------------------------------------------------------------------------


@pytest.fixture
def open_page(qtbot, tmp_path):
    def opened(work):
        page = InspectPage(Context(), InspectModel(work))
        page.resize(1208, 740)
        qtbot.addWidget(page, before_close_func=lambda _: page.stop())
        page.show()
        show(qtbot, page, tmp_path / "first")
        return page

    return opened


def show(qtbot, page, source):
    page._context.open_source(source)
    qtbot.waitUntil(lambda: page.model.source == source and page.model.view is not None)


def edges(page):
    """Return the edges that the second pane shows; None while they are made."""
    plane = page.panes.plane(1)
    return plane.map.values if plane.map is not None else None


def test_another_source_with_the_same_names_shows_its_own_maps(
    qtbot, open_page, tmp_path, monkeypatch
):
    """As if its image came to lie where the first one lay in the memory of the computer."""
    monkeypatch.setattr(pane_source, "id", lambda _: 1, raising=False)
    brighter = image()
    brighter = replace(brighter, pixels=brighter.pixels * 2)
    fake, shown = FakeWork(tmp_path), []

    def load(wanted, looking_at):
        view = yield from fake.load(wanted, looking_at)
        return FakeView(wanted, brighter, view.reconstruction) if shown else view

    page = open_page(replace(fake.work(), load=load))
    page.model.set_content(1, PaneContent("edges", of_reference=True))
    qtbot.waitUntil(lambda: edges(page) is not None)
    shown.append(edges(page))

    show(qtbot, page, tmp_path / "second")
    qtbot.waitUntil(lambda: edges(page) is not None)

    np.testing.assert_allclose(edges(page), np.hypot(*np.gradient(brighter.values(2))))
    assert not np.allclose(edges(page), shown[0])


def test_an_arm_that_was_read_anew_has_maps_of_its_own(qtbot, open_page, tmp_path):
    fake, reference, read = FakeWork(tmp_path), image(), []

    def load(wanted, _looking_at):
        yield from ()
        read.append(wanted.arm)
        return FakeView(wanted, reference, image(noise=5.0 * len(read)))

    page = open_page(replace(fake.work(), load=load))
    page.model.set_content(1, PaneContent("edges"))
    qtbot.waitUntil(lambda: edges(page) is not None)
    before = edges(page)

    page.model.select("case-2", "mild")
    qtbot.waitUntil(lambda: page.model.view is not None)
    page.model.select("case-1", "mild")
    qtbot.waitUntil(lambda: page.model.view is not None)
    qtbot.waitUntil(lambda: edges(page) is not None)

    reconstruction = page.model.view.reconstruction
    np.testing.assert_allclose(edges(page), np.hypot(*np.gradient(reconstruction.values(2))))
    assert not np.allclose(edges(page), before)


def test_a_source_that_is_closed_leaves_no_map(qtbot, open_page, tmp_path):
    page = open_page(FakeWork(tmp_path).work())
    page.panes.set_layout("Six panes")
    for index in (1, 3, 4):
        page.model.state.set_slice(index)
        qtbot.waitUntil(lambda: page.panes.plane(5).map is not None)
    assert page.model.made.bytes > 0

    page.model.open(None)

    assert page.model.made.bytes == 0
