"""The Inspect room from an open folder to an exported table, with workflows in memory."""

import json
import sys
import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.domain.image import Window
from app.ui import inspect_page
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.inspect_values import InspectValues
from app.ui.layouts import LAYOUTS
from app.workflows.inspect import Glimpse
from tests.ui.fakes import FakeView, FakeWork, image, value

MEASURES = "import json; print(json.dumps({'result': {'rows': 1, 'problems': ['one']}}))"

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def fake(tmp_path):
    return FakeWork(tmp_path, command=[sys.executable, "-c", MEASURES])


@pytest.fixture
def errors():
    return []


@pytest.fixture
def page(qtbot, fake, errors):
    context = Context()
    page = InspectPage(context, InspectModel(fake.work()))
    context.error_raised.connect(errors.append)
    page.resize(1280, 760)
    qtbot.addWidget(page, before_close_func=lambda _: page.stop())
    page.show()
    return page


def opened(qtbot, page, source):
    page._context.open_source(source)
    qtbot.waitUntil(lambda: page.model.view is not None)
    qtbot.waitUntil(lambda: page.model.difference.map is not None)
    qtbot.waitUntil(lambda: page.model.maps.map is not None)
    return page.model


def measured(qtbot, page, fake):
    (fake.folder / "metrics.csv").write_text("measured")
    page.model.measure()
    qtbot.waitUntil(lambda: bool(page.model.rows), timeout=20000)


def test_opening_a_folder_shows_its_first_pair_in_four_panes(qtbot, page, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")

    assert (model.pair.case, model.pair.arm) == ("case-1", "mild")
    assert page.panes.reconstruction.title == "Reconstruction: mild"
    assert model.state.slice == 2  # the middle
    assert model.state.window.center == 40.0
    assert model.difference.map.colors.shape == (64, 48, 3)


def test_the_other_rooms_are_told_what_is_found_and_that_it_is_looked_for(qtbot, page, tmp_path):
    looks = []
    page._context.looked.connect(looks.append)

    opened(qtbot, page, tmp_path)
    page.model.name_reference("gold")
    qtbot.waitUntil(lambda: page.model.pairing is not None)

    told = [(one.source, one.reference, one.under_way, one.pairing is not None) for one in looks]
    assert told == [
        (tmp_path, "", True, False),
        (tmp_path, "", False, True),
        (tmp_path, "gold", True, False),
        (tmp_path, "gold", False, True),
    ]


def test_slices_that_have_come_are_shown_while_the_others_are_decoded(
    qtbot, page, fake, tmp_path, monkeypatch
):
    go_on = threading.Event()

    def load(wanted, looking_at):
        whole = FakeView(wanted, image(), image(noise=25.0))
        first = looking_at(5)
        there = tuple(index == first for index in range(5))
        yield Glimpse(1, 5, "", whole.reference, whole.reconstruction, there, whole.window)
        go_on.wait(10)
        return whole

    monkeypatch.setattr(page.model, "_work", replace(fake.work(), load=load))
    page._context.open_source(tmp_path / "cases")
    qtbot.waitUntil(lambda: page.model.shown_images[0] is not None)

    model = page.model
    assert model.view is None
    assert model.shown_images[1] == (-1, -1, 2, -1, -1)
    assert model.state.slice == 2
    assert not page.panes.reference.is_empty
    model.state.set_slice(3)
    assert page.panes.reference.is_empty
    go_on.set()
    qtbot.waitUntil(lambda: model.view is not None)
    assert model.state.slice == 3
    assert not page.panes.reference.is_empty


def test_what_is_set_while_a_series_loads_stays_when_it_is_complete(
    qtbot, page, fake, tmp_path, monkeypatch
):
    go_on = threading.Event()

    def load(wanted, looking_at):
        whole = FakeView(wanted, image(windows=(Window(70.0, 300.0),)), image(noise=25.0))
        there = tuple(index == looking_at(5) for index in range(5))
        first = Window(500.0, 2000.0)  # as far as the first slice can tell it
        yield Glimpse(1, 5, "", whole.reference, whole.reconstruction, there, first)
        go_on.wait(10)
        return whole

    def begin(case):
        go_on.clear()
        page.model.select(case, "mild")
        qtbot.waitUntil(lambda: page.model.shown_images[0] is not None)

    def complete():
        go_on.set()
        qtbot.waitUntil(lambda: model.view is not None)

    model, state, own = page.model, page.model.state, Window(0.0, 50.0)
    model.panes.set_linked(1, False)
    monkeypatch.setattr(model, "_work", replace(fake.work(), load=load))
    page._context.open_source(tmp_path / "cases")
    qtbot.waitUntil(lambda: model.shown_images[0] is not None)
    early = state.home
    assert early != Window(70.0, 300.0)
    state.set_view(3.0, (0.2, 0.3))
    state.set_scale("pixels")
    state.set_view(2.0, (0.2, 0.3))
    state.set_window(own)
    complete()
    assert (state.zoom, state.centre, state.scale) == (2.0, (0.2, 0.3), "pixels")
    assert (state.window, state.home) == (own, Window(70.0, 300.0))
    assert model.panes.state(1).window == Window(70.0, 300.0)  # which nobody has set

    begin("case-2")
    assert (state.zoom, state.window) == (1.0, early)
    model.select("case-2", "mild", 2)
    assert state.slice == 1  # at once, as where all is there
    complete()
    assert (state.window, state.home, state.slice) == (Window(70.0, 300.0),) * 2 + (1,)


def test_a_folder_without_images_says_so_and_offers_another(qtbot, page, tmp_path):
    page._context.open_source(tmp_path / "empty")
    qtbot.waitUntil(lambda: page.model.pairing is not None)

    assert page.pages.currentIndex() == 0
    assert "no images" in page.sentence.text()
    assert page.open_button.isVisible()


def test_a_folder_that_cannot_be_read_is_an_error_with_a_remedy(qtbot, page, tmp_path, errors):
    page._context.open_source(tmp_path / "broken")
    qtbot.waitUntil(lambda: bool(errors))

    assert errors[0].remedy == "Remove it."
    assert not page.model.scanning


def test_a_problem_in_the_list_tells_what_to_do(qtbot, page, tmp_path):
    opened(qtbot, page, tmp_path / "cases")
    tree = page.panel.tree
    problems = tree.topLevelItem(tree.topLevelItemCount() - 1)

    tree.setCurrentItem(problems.child(0))

    assert "Copy it again" in page.panel.note.text()


def test_the_pair_in_view_stays_in_sight_where_the_window_becomes_smaller(
    qtbot, page, tmp_path, monkeypatch
):
    monkeypatch.setattr("tests.ui.fakes.CASES", tuple(f"case-{number}" for number in range(40)))
    opened(qtbot, page, tmp_path / "cases")
    tree = page.panel.tree

    def in_sight():
        place = tree.visualItemRect(tree.currentItem())
        return tree.viewport().rect().contains(place)

    lowest = tree.itemAt(10, tree.viewport().height() - 30)
    tree.setCurrentItem(lowest)
    assert in_sight()

    page.resize(1280, 620)
    assert in_sight()

    tree.scrollToTop()
    page.resize(1280, 600)
    assert not in_sight()  # whoever scrolled away stays there


def test_problems_without_a_pair_say_what_to_do(qtbot, page, tmp_path):
    page._context.open_source(tmp_path / "unnamed")
    qtbot.waitUntil(lambda: page.model.pairing is not None)

    assert "Copy it again" in page.panel.note.text()
    assert "reference" in page.panes.reference.message
    assert not page.panel.measure_button.isEnabled()


def test_a_named_reference_pairs_again(qtbot, page, fake, tmp_path):
    opened(qtbot, page, tmp_path / "cases")

    page.panel.reference.setText("full dose")
    page.panel.reference.editingFinished.emit()
    qtbot.waitUntil(lambda: page.model.view is not None)

    assert fake.paired == [None, "full dose"]


def test_values_stay_with_the_reference_that_they_were_measured_against(
    qtbot, page, fake, tmp_path
):
    model = opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)
    told = []
    page._context.metrics_ready.connect(told.append)

    model.name_reference("full dose")
    qtbot.waitUntil(lambda: model.view is not None)
    qtbot.waitUntil(lambda: not model.values._reading.busy)
    assert model.rows == ()
    assert model.values_in_view() is None
    assert not model.can_export
    assert told == []
    assert model.output.parent == fake.folder  # where marks and bodies lie

    model.name_reference("")
    qtbot.waitUntil(lambda: bool(model.rows))
    assert model.can_export
    assert told == [fake.folder / "metrics.csv"]


def test_the_disk_is_asked_once_where_things_are_kept_and_not_by_the_screen(
    qtbot, page, fake, tmp_path, monkeypatch
):
    asked, work = [], fake.work()

    def place(name):
        asked.append((name, threading.current_thread() is threading.main_thread()))
        return tmp_path / name

    work = replace(
        work, default_output=lambda _: place("values.csv"), body_folder=lambda _: place("bodies")
    )
    monkeypatch.setattr(page.model, "_work", work)
    monkeypatch.setattr(page.model.values, "_work", work)
    model = opened(qtbot, page, tmp_path / "cases")
    for index in (0, 1, 2):
        model.state.set_slice(index)

    assert sorted(asked) == [("bodies", False), ("values.csv", False)]
    assert (model.output, model.body_folder) == (tmp_path / "values.csv", tmp_path / "bodies")
    model.open(None)
    assert (model.output, model.body_folder) == (None, None)


def test_values_of_a_reference_that_was_exchanged_are_not_shown(
    qtbot, page, fake, tmp_path, monkeypatch
):
    opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)
    assert page.values.outdated.isHidden()
    told = []
    page._context.metrics_ready.connect(told.append)
    before = fake.pair

    def exchanged(source, reference):
        found = yield from before(source, reference)
        first, *others = found.pairs
        first = replace(first, reference=replace(first.reference, uid="1.2.new"))
        return replace(found, pairs=(first, *others))

    monkeypatch.setattr(page.model, "_work", replace(fake.work(), pair=exchanged))
    model = opened(qtbot, page, tmp_path / "cases")
    qtbot.waitUntil(lambda: bool(model.rows))

    assert ("case-1", "mild") not in {(row.case, row.arm) for row in model.rows}
    assert ("case-1", "strong") in {(row.case, row.arm) for row in model.rows}
    assert page.values.outdated.isVisible()
    assert "another reference" in page.values.outdated.text()
    assert not page.values.export_button.isEnabled()
    assert told == []


def test_a_large_table_of_values_can_be_left_in_the_middle(qtbot, fake, tmp_path):
    begun = threading.Event()

    def endless(_csv):
        while True:
            yield value()
            begun.set()

    (fake.folder / "metrics.csv").write_text("measured")
    values = InspectValues(replace(fake.work(), read_values=endless))
    values.set_source(tmp_path, "")
    values.set_home(fake.folder / "metrics.csv")
    values.read(())
    assert begun.wait(10)

    values.stop()

    qtbot.waitUntil(lambda: not values._reading.busy)
    assert values.table.rows == ()


def test_measuring_fills_the_table_and_tells_the_other_rooms(qtbot, page, fake, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")
    told = []
    page._context.metrics_ready.connect(told.append)
    assert not page.values.export_button.isEnabled()

    measured(qtbot, page, fake)

    assert told == [fake.folder / "metrics.csv"]
    assert model.measuring.problems == ("one",)
    assert page.values.order.rowCount() == 4 * 6
    assert page.values.export_button.isEnabled()
    assert page.values.table.horizontalHeader().sortIndicatorSection() == 5  # SSIM
    qtbot.waitUntil(lambda: page.values.plot is not None)


def test_a_click_on_a_row_shows_that_pair_and_slice(qtbot, page, fake, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)
    values = page.values
    row = values.rows.find("case-2", "strong", 5)
    index = values.order.mapFromSource(values.rows.index(row, 3))

    values.table.scrollTo(index)
    place = values.table.visualRect(index).center()
    qtbot.mouseClick(values.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: model.view is not None)

    assert (model.pair.case, model.pair.arm) == ("case-2", "strong")
    assert model.state.slice == 4
    assert "PSNR" in values.sentence_in_view()
    assert values.here.text().startswith("Slice 5: SSIM")


def test_the_body_region_has_rows_of_its_own(qtbot, page, fake, tmp_path):
    opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)

    page.values.region.setCurrentText("body")

    assert {row.region for row in page.model.rows} == {"body"}


def test_cancel_leaves_everything_ready_to_go_on(qtbot, page, fake, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")
    line = json.dumps({"done": 1, "total": 9, "what": "case-1"})
    fake.command = [sys.executable, "-c", f"import time; print('{line}'); time.sleep(600)"]

    model.measure()
    assert not page.panel.measure_button.isEnabled()
    qtbot.waitUntil(lambda: model.measuring.progress.total == 9, timeout=20000)
    qtbot.mouseClick(page.panel.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not model.measuring.running, timeout=20000)

    assert page.panel.measure_button.isEnabled()
    assert "goes on" in page.panel.told.text()


def test_the_last_request_wins_whatever_comes_back_first(qtbot, page, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")

    for case, arm in (("case-1", "strong"), ("case-2", "mild"), ("case-2", "strong")):
        model.select(case, arm, 4)
    qtbot.waitUntil(lambda: model.view is not None)

    assert model.view.pair is model.pair
    assert (model.pair.case, model.pair.arm, model.state.slice) == ("case-2", "strong", 3)


def test_a_pair_asked_for_while_the_folder_is_read_is_shown_then(qtbot, page, tmp_path):
    page._context.open_source(tmp_path / "cases")
    page._context.open_pair_requested.emit("case-2", "mild", 1)
    qtbot.waitUntil(lambda: page.model.view is not None)

    assert (page.model.pair.case, page.model.state.slice) == ("case-2", 0)


def test_a_pair_that_is_not_there_is_told(qtbot, page, tmp_path, errors):
    opened(qtbot, page, tmp_path / "cases")

    page._context.open_pair_requested.emit("nobody", "mild", 1)

    assert "nobody" in str(errors[0])


def test_the_map_of_another_slice_is_never_left_standing(qtbot, page, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")

    model.state.set_slice(4)
    assert model.difference.map is None
    qtbot.waitUntil(lambda: model.difference.map is not None)
    assert model.difference.map.values[32, 24] == pytest.approx(
        model._work.difference(model.view, 4)[32, 24]
    )


def test_a_limit_by_hand_stays_and_an_empty_one_is_automatic(qtbot, page, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")
    automatic = model.difference.limit

    page.panes.tools.limit.setText("50")
    page.panes.tools.limit.editingFinished.emit()
    assert model.difference.limit == 50.0

    page.panes.tools.limit.clear()
    page.panes.tools.limit.editingFinished.emit()
    assert model.difference.limit == automatic


def test_a_limit_that_is_being_typed_stays_until_it_is_finished(qtbot, page, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")
    field, automatic = page.panes.tools.limit, model.difference.limit
    field.setFocus()
    qtbot.keyClicks(field, "5")
    model.difference.set_limit(70.0)
    model.difference.changed.emit()
    qtbot.keyClicks(field, "0")
    assert field.text() == "50"

    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert (model.difference.limit, field.text()) == (50.0, "50")
    field.selectAll()
    qtbot.keyClicks(field, "0")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert (model.difference.limit, field.text()) == (automatic, "")


def test_space_exchanges_the_images_and_keys_choose_windows(qtbot, page, tmp_path):
    model = opened(qtbot, page, tmp_path / "cases")

    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert page.panes.reference.title == "Reconstruction: mild"
    qtbot.keyClick(page, Qt.Key.Key_F4)
    assert (model.state.window.center, model.state.window.width) == (-600.0, 1500.0)
    assert page.panes.tools.windows.text() == "Lung"
    qtbot.keyClick(page, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: model.view is not None)
    assert model.pair.arm == "strong"
    assert model.state.window.center == -600.0  # the same case keeps its window


def test_keys_change_layout_and_region_and_stop_the_measuring(qtbot, page, fake, tmp_path):
    opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)

    for layout in (*LAYOUTS[1:], LAYOUTS[0]):
        qtbot.keyClick(page.panes.reference, Qt.Key.Key_L)
        assert page.panes.tools.layouts.text() == layout.short
    for region in ("body", "whole"):
        qtbot.keyClick(page.panes.reference, Qt.Key.Key_B)
        assert page.model.region == page.values.region.currentText() == region

    fake.command = [sys.executable, "-c", "import time; time.sleep(60)"]
    page.action_set.run("metrics.measure")
    assert page.model.measuring.running
    page.action_set.run("metrics.measure")
    qtbot.waitUntil(lambda: not page.model.measuring.running)


def test_a_layout_shows_a_pane_in_each_of_its_cells(page):
    for layout in LAYOUTS:
        page.panes.set_layout(layout.name)
        seen = [pane.isVisibleTo(page.panes) for pane in page.panes.panes]

        assert seen == [number < len(layout.cells) for number in range(6)]


def test_export_copies_the_finished_table(qtbot, page, fake, tmp_path, monkeypatch):
    opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)
    target = tmp_path / "mine.csv"
    monkeypatch.setattr(inspect_page, "ask_target", lambda *_: target)

    with qtbot.waitSignal(page.model.exported):
        page.export()

    assert target.read_text() == "measured"
    assert [file.name for file in tmp_path.glob("mine*")] == ["mine.csv"]


def test_opening_another_folder_forgets_the_values_of_the_first(qtbot, page, fake, tmp_path):
    opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)
    (fake.folder / "metrics.csv").unlink()

    opened(qtbot, page, tmp_path / "others")

    assert page.model.rows == ()
    assert not page.model.can_export


def test_a_run_that_was_stopped_for_another_folder_is_not_told_there(qtbot, page, fake, tmp_path):
    line = json.dumps({"done": 1, "total": 4, "what": "case-1"})
    forever = f"import time; print('{line}'); time.sleep(600)"
    fake.command = [sys.executable, "-c", forever]
    opened(qtbot, page, tmp_path / "cases")
    page.model.measure()
    measuring = page.model.measuring
    qtbot.waitUntil(lambda: measuring.progress.done == 1, timeout=20000)

    opened(qtbot, page, tmp_path / "others")
    qtbot.waitUntil(lambda: not measuring.running)
    assert measuring.sentence == ""

    page.model.measure()  # and a run of this folder is told
    qtbot.waitUntil(lambda: measuring.progress.done == 1, timeout=20000)
    measuring.cancel()
    qtbot.waitUntil(lambda: not measuring.running)
    assert measuring.sentence == "Stopped; Measure goes on from here."


def test_at_1280_every_metric_is_in_view_and_the_order_is_told(qtbot, page, fake, tmp_path):
    """The room is 1208 wide in a window of 1280; five metrics fit without scrolling."""
    page.resize(1208, 740)
    opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)
    table, header = page.values.table, page.values.table.horizontalHeader()

    qtbot.waitUntil(lambda: table.viewport().width() > 400)

    titles = [page.values.rows.headerData(i, Qt.Orientation.Horizontal) for i in range(8)]
    assert [title.split("\n")[0] for title in titles] == [
        "Case", "Arm", "Slice", "MSE", "PSNR", "SSIM", "NIQE", "LPIPS",
    ]  # fmt: skip
    assert table.horizontalScrollBar().maximum() == 0
    assert header.sectionViewportPosition(7) + header.sectionSize(7) <= table.viewport().width()
    assert header.isSortIndicatorShown()
    assert (header.sortIndicatorSection(), page.values.sorting.text()) == (5, "worst SSIM first")


def test_flags_get_a_column_of_their_own_where_there_is_room(qtbot, page, fake, tmp_path):
    opened(qtbot, page, tmp_path / "cases")
    measured(qtbot, page, fake)
    page.resize(1208, 740)
    qtbot.waitUntil(lambda: page.values.table.isColumnHidden(8))
    page.split.setSizes([100, 200, 900])
    page.resize(1900, 1000)

    qtbot.waitUntil(lambda: not page.values.table.isColumnHidden(8))
