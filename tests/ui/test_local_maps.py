"""The fourth pane shows any local map, by keyboard, and never one under another's name."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.domain.progress import Progress
from app.errors import MetricRefused
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.map_choice import worst_value
from app.ui.pane_bars import share_words
from tests.ui.fakes import MAPS, FakeWork

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

ERROR, ABSENT, SSIM = (one for one, _ in MAPS)


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
        return page

    return opened


def test_keys_go_through_the_maps_that_can_be_made(qtbot, open_page, fake):
    page = open_page(fake.work())
    maps, pane = page.model.maps, page.panes.local_map
    qtbot.waitUntil(lambda: maps.map is not None)
    assert (maps.chosen, pane.title) == (SSIM, "Map: SSIM")

    qtbot.keyClick(pane, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: maps.map is not None)
    assert (maps.chosen, pane.title) == (ERROR, "Map: Absolute error")
    assert page.panes.tools.maps.currentText() == "Absolute error"
    np.testing.assert_array_equal(maps.map.values, np.abs(fake.difference(page.model.view, 2)))

    qtbot.keyClick(pane, Qt.Key.Key_M)
    assert maps.chosen is SSIM  # not the one that is absent
    qtbot.keyClick(pane, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    assert maps.chosen is ERROR


def test_a_map_that_cannot_be_made_here_is_listed_with_the_reason(qtbot, open_page, fake):
    page = open_page(fake.work())
    maps, combo = page.model.maps, page.panes.tools.maps
    qtbot.waitUntil(lambda: maps.map is not None)

    place = combo.findText("Absent")
    item = combo.model().item(place)
    assert not item.isEnabled()
    assert "its weights are missing" in item.toolTip()
    assert combo.model().item(combo.findText("SSIM")).toolTip() == SSIM.summary
    maps.choose("absent")
    assert maps.chosen is SSIM


def test_the_legend_and_the_mouse_tell_what_the_colours_mean(qtbot, open_page, fake):
    page = open_page(fake.work())
    maps, pane = page.model.maps, page.panes.local_map
    told = []
    page.panes.pointed.connect(told.append)
    maps.choose("error")
    qtbot.waitUntil(lambda: maps.map is not None)

    values = maps.map.values
    bar = page.panes.plane(3).bar
    assert bar.low == "0"
    assert bar.high == f"{np.percentile(values, 99.5):.3g} HU"
    qtbot.mouseMove(pane, pane.rect().center())
    qtbot.waitUntil(lambda: any("HU" in words for words in told))
    row, column = (int(word) for word in (told[-1].split()[1], told[-1].split()[3]))
    assert told[-1].endswith(f"{values[row, column]:.5g} HU")


def test_a_map_that_comes_late_is_dropped(qtbot, open_page, fake):
    """The slice is turned and another map chosen while one is being made."""
    go_on = threading.Event()

    def metric_map(view, index, wanted):
        if (wanted.id, index) == ("ssim", 2):
            yield Progress(0, 1, "")
            go_on.wait(10)
        return (yield from fake.metric_map(view, index, wanted))

    page = open_page(replace(fake.work(), metric_map=metric_map))
    maps, pane = page.model.maps, page.panes.local_map
    qtbot.waitUntil(lambda: maps.chosen is not None)
    assert maps.map is None
    assert pane.is_empty
    assert pane.message == "Coming…"

    page.model.state.set_slice(4)
    maps.choose("error")
    assert maps.map is None
    go_on.set()
    qtbot.waitUntil(lambda: maps.map is not None)

    expected = np.abs(fake.difference(page.model.view, 4))
    np.testing.assert_array_equal(maps.map.values, expected)
    assert ("ssim", 4) not in fake.asked


def test_a_map_that_is_refused_says_why_in_its_pane_alone(qtbot, open_page, fake):
    def metric_map(_view, _index, _wanted):
        yield Progress(0, 1, "")
        raise MetricRefused("SSIM needs 11 pixels.", remedy="Take larger slices.")

    page = open_page(replace(fake.work(), metric_map=metric_map))
    errors = []
    page._context.error_raised.connect(errors.append)

    pane = page.panes.local_map
    qtbot.waitUntil(lambda: pane.message == "SSIM needs 11 pixels. Take larger slices.")
    assert not errors


def test_the_share_of_the_loss_stands_under_the_legend(qtbot, open_page, fake):
    page = open_page(fake.work())
    maps = page.model.maps
    maps.choose("error")
    qtbot.waitUntil(lambda: maps.shares is not None)

    inside, outside = maps.shares
    body = page.model.body.mask
    deficit = maps.map.values
    assert inside == pytest.approx(deficit[body].sum() / deficit.sum())
    assert inside + outside == pytest.approx(1)
    assert page.panes.plane(3).bar.note == share_words((inside, outside))


def test_the_shares_are_told_in_whole_percent_that_add_up():
    assert share_words((0.125, 0.875)) == "Loss: 12 % in body, 88 % outside"
    assert share_words(None) == ""


def test_the_process_of_the_maps_ends_with_the_room(open_page, fake):
    page = open_page(fake.work())

    page.stop()

    assert fake.maps_ended


@pytest.mark.parametrize(
    ("values", "wanted", "expected"),
    [
        (np.array([0.2, 0.9]), SSIM, 0.0),  # its own end
        (np.linspace(0.0, 1000.0, 1001), ERROR, 995.0),
        (np.array([np.nan, 4.0]), ERROR, 4.0),
        (np.zeros(4), ERROR, 1.0),  # nothing is lost: any end will do
        (np.full(4, np.nan), ERROR, 1.0),
        (np.append(np.zeros(5000), 7.0), ERROR, 7.0),  # less than half a percent
        (np.array([-3.0, -3.0]), replace(SSIM, low=None), -3.0),
    ],
)
def test_the_hottest_colour_is_the_maps_own_end_or_nearly_the_worst_pixel(values, wanted, expected):
    assert worst_value(values, wanted) == pytest.approx(expected)
