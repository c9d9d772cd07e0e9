"""The table, the curves and the strip show one order; a click or a key goes to a slice."""

import sys

import pytest
from PySide6.QtCore import QPointF, Qt

from app.domain.worst_place import PlacesFound, WorstPlace
from app.ui.context import Context
from app.ui.heat_strip import HeatStrip
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.pane_content import PaneContent
from app.ui.slice_plot import SlicePlot
from app.ui.worst_overlay import WorstOverlay
from tests.ui.fakes import FakeWork, value

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CURVES = {"mild": {1: 0.9, 2: 0.8, 3: 0.7}, "strong": {1: 0.5, 2: 0.4, 4: 0.1}}


def places(pairs, _folder, *, only_kept):
    if not only_kept:
        yield PlacesFound(
            20,
            20,
            "",
            tuple(
                WorstPlace(pair.case, pair.arm, number, "local-ssim", 1.0 - number / 10, 30.5, 20.5)
                for pair in pairs
                for number in (1, 2, 3, 4, 5)
            ),
        )


@pytest.fixture
def page(qtbot, tmp_path):
    values = tuple(
        value(case=case, arm=arm, slice_number=number, metric=metric, number=number / 10 + worse)
        for case in ("case-1", "case-2")
        for arm, worse in (("mild", 0.3), ("strong", 0.0))
        for number in (1, 2, 3, 4, 5)
        for metric in ("ssim", "psnr", "mse", "niqe", "lpips-vgg")
    )
    fake = FakeWork(tmp_path, values=values, command=[sys.executable, "-c", ""])
    (tmp_path / "metrics.csv").write_text("measured")
    model = InspectModel(fake.work())
    model.finding.places.find_places = places
    page = InspectPage(Context(), model)
    page.resize(1208, 740)
    qtbot.addWidget(page, before_close_func=lambda _: page.stop())
    page.show()
    page._context.open_source(tmp_path / "cases")
    qtbot.waitUntil(lambda: model.view is not None and bool(model.rows))
    qtbot.waitUntil(lambda: page.values.plot is not None)
    return page


def view(page):
    model = page.model
    return model.pair.case, model.pair.arm, model.number_of(model.state.slice)


def test_one_click_shows_the_worst_slice_and_the_keys_walk_on(qtbot, page):
    values = page.values
    qtbot.mouseClick(values.find.worst, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.model.view is not None)

    assert view(page) == ("case-1", "strong", 1)
    assert values.find.told.text() == "1 of 20"
    qtbot.keyClick(page, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: page.model.view is not None)
    assert (view(page), values.find.told.text()) == (("case-2", "strong", 1), "2 of 20")
    qtbot.keyClick(page, Qt.Key.Key_J, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: page.model.view is not None)
    assert values.find.told.text() == "1 of 20"


def test_another_choice_sorts_the_table_and_draws_other_curves(qtbot, page):
    values = page.values
    place = values.find.by.findData("mse")
    values.find.by.setCurrentIndex(place)
    values.find.by.activated.emit(place)

    assert values.sorting.text() == "worst MSE first"
    assert values.order.index(0, 2).data() == "5"
    assert values.plot._title == "MSE"
    assert "mild" in values.slices.legend.text()
    assert values.here.text().startswith("Slice 3: MSE")


def test_no_name_of_a_case_is_shortened_where_there_is_room(qtbot, page):
    table, column = page.values.table, 0
    qtbot.waitUntil(lambda: table.viewport().width() > 400)

    widest = max(map(table.fontMetrics().horizontalAdvance, ("case-1", "case-2")))
    assert table.columnWidth(column) >= widest + 8


def test_a_click_on_the_head_of_a_column_chooses_its_metric(qtbot, page):
    header = page.values.table.horizontalHeader()
    where = QPointF(header.sectionViewportPosition(4) + 10, header.height() / 2).toPoint()
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)

    assert page.model.finding.chosen.id == "psnr"
    assert page.values.find.by.currentText() == "PSNR"
    assert header.sortIndicatorSection() == 4


def test_a_click_on_a_metric_beside_worst_places_sorts_by_it_where_it_stands_then(qtbot, page):
    values = page.values
    page.model.finding.choose("local-ssim")
    qtbot.waitUntil(lambda: not page.model.finding.searching)
    header = values.table.horizontalHeader()
    assert values.rows.metrics[2] == "psnr"
    header.resizeSections(header.ResizeMode.ResizeToContents)
    where = QPointF(header.sectionViewportPosition(5) + 10, header.height() / 2).toPoint()
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)

    assert page.model.finding.chosen.id == "psnr"
    assert values.rows.metrics[1] == "psnr"
    assert header.sortIndicatorSection() == 4
    assert values.sorting.text() == "worst PSNR first"


def test_worst_places_get_a_column_and_a_frame_on_the_panes(qtbot, page):
    page.model.finding.choose("local-ssim")
    qtbot.waitUntil(lambda: not page.model.finding.searching)
    values = page.values

    titles = [values.rows.headerData(i, Qt.Orientation.Horizontal) for i in range(9)]
    assert titles[3] == "LOCAL\nSSIM ↑"
    assert not any(values.table.isColumnHidden(column) for column in range(9))
    assert values.sorting.text() == "worst LOCAL-SSIM first"
    assert values.order.index(0, 2).data() in ("all", "5")
    overlay = WorstOverlay(page.model, page.panes.panes, page)
    assert overlay.frame() == (30.5, 20.5, 11.0)
    page.model.finding.choose("ssim")
    assert overlay.frame() is None
    assert values.rows.columnCount() == 9
    assert values.table.isColumnHidden(8)


def test_the_frame_is_painted_where_the_slice_in_view_of_the_patient_is_seen(qtbot, page):
    model, panes = page.model, page.panes
    panes.activate(3)
    model.panes.set_linked(1, False)
    model.set_content(2, PaneContent("fourier"))
    qtbot.waitUntil(lambda: panes.plane(2).map is not None)

    def framed(pane):
        """Return whether a pane looks otherwise with the frame."""
        pictures = []
        for choice in ("ssim", "local-ssim"):
            model.finding.choose(choice)
            qtbot.waitUntil(lambda: not model.finding.searching)
            pictures.append(panes.panes[pane].grab().toImage())
        assert page.worst_place.frame() is not None
        return pictures[0] != pictures[1]

    assert [framed(pane) for pane in (0, 1, 2)] == [True, True, False]
    model.panes.state(1).set_slice(1)
    assert not framed(1)


def test_nothing_is_cut_off_in_the_narrowest_panel(qtbot, page):
    page.split.setSizes([200, 700, 300])
    qtbot.waitUntil(lambda: page.values.width() <= 330)
    bar = page.values.find

    qtbot.waitUntil(lambda: bar.worst.y() > bar.by.y())  # in a row of its own
    for widget in (bar.by, bar.worst, bar.back, bar.on, bar.told):
        assert widget.geometry().right() <= bar.width()
        qtbot.waitUntil(lambda w=widget: w.width() >= w.minimumSizeHint().width())
    slices = page.values.slices
    assert slices.strip.width() > 200
    assert slices.height() >= slices.minimumHeight()
    assert slices.legend.height() >= slices.legend.heightForWidth(slices.legend.width())


def test_a_click_on_a_point_means_its_arm_and_elsewhere_the_arm_in_view(qtbot):
    plot = SlicePlot()
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    plot.show()
    plot.show_curves("SSIM", CURVES, "mild")

    def scene(slice_number, number):
        return plot.getViewBox().mapViewToScene(QPointF(slice_number, number))

    qtbot.waitUntil(lambda: plot.getViewBox().width() > 200)
    assert plot.point_at(scene(4, 0.1)) == ("strong", 4)
    assert plot.point_at(scene(2, 0.8)) == ("mild", 2)
    assert plot.point_at(scene(1.1, 0.2)) == ("mild", 1)
    plot.show_curves("SSIM", {"mild": {}}, "mild")
    assert plot.point_at(scene(1, 0.5)) is None


def test_the_strip_is_brightest_where_the_metric_is_worst(qtbot):
    strip = HeatStrip()
    qtbot.addWidget(strip)
    strip.resize(318, 40)
    strip.show_values(CURVES, (1, 2, 3, 4), lambda number: -number, lambda number: f"{number:g}")

    lightness = {
        (arm, number): strip.color_of(arm, number).lightness()
        for arm, found in CURVES.items()
        for number in found
    }
    assert max(lightness, key=lightness.get) == ("strong", 4)
    assert min(lightness, key=lightness.get) == ("mild", 1)
    assert strip.color_of("mild", 4) is None
    assert strip.cell_at(QPointF(20, 2)) == ("mild", 1)
    assert strip.cell_at(QPointF(310, 38)) == ("strong", 4)
    assert strip.cell_at(QPointF(3, 2)) is None  # the signs of the arms
    assert strip.tip_at(QPointF(310, 38)) == "strong, slice 4: 0.1"
    assert strip.tip_at(QPointF(310, 2)) == "mild, slice 4: no value"


def test_a_press_on_the_strip_goes_there_and_the_arrow_keys_go_on(qtbot):
    strip = HeatStrip()
    qtbot.addWidget(strip)
    strip.resize(318, 40)
    strip.show_values(CURVES, (1, 2, 3, 4), lambda number: -number, str)
    strip.show()
    told = []
    strip.chosen.connect(lambda *cell: told.append(cell))
    strip.chosen.connect(strip.show_here)

    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPointF(130, 30).toPoint())
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    qtbot.keyClick(strip, Qt.Key.Key_Right)

    assert told == [("strong", 2), ("strong", 3), ("strong", 4)]


def test_the_strip_marks_what_is_in_view(qtbot):
    strip = HeatStrip()
    qtbot.addWidget(strip)
    strip.resize(318, 40)
    strip.show_values(CURVES, (1, 2, 3, 4), lambda number: -number, str)

    def picture():
        return strip.grab().toImage()

    before = picture()
    strip.show_here("strong", 2)
    assert picture() != before


def test_without_values_the_panel_says_what_to_do_and_worst_slice_still_works(qtbot, tmp_path):
    model = InspectModel(FakeWork(tmp_path).work())
    model.finding.places.find_places = places
    page = InspectPage(Context(), model)
    qtbot.addWidget(page, before_close_func=lambda _: page.stop())
    page.show()
    page._context.open_source(tmp_path / "cases")
    qtbot.waitUntil(lambda: model.view is not None)
    assert page.values._pages.currentIndex() == 0

    qtbot.mouseClick(page.values.find.worst, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.values._pages.currentIndex() == 1)
    qtbot.waitUntil(lambda: model.view is not None)

    assert model.number_of(model.state.slice) == 5
