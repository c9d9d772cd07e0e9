"""Whole journeys through the real application: its `run`, its windows, its processes."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from app.images.index import cache_folder
from app.metrics import registry
from app.store.tables import read_metrics, read_scores
from app.ui import inspect_page, main, study_page
from app.ui.reading_model import Screen
from app.ui.study_dialogs import Unblinding
from tests.images.dicom_files import phantom, write_ct

CASES, ARMS = ("case1", "case2", "case3"), ("alpha-net", "beta-net")
PASSPHRASE = "four words for tests"
LEFT = Qt.MouseButton.LeftButton
MEASURED_MS = 180_000

# The platform without a screen has no window manager to tell a size to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def write_cases(folder, slices):
    """Three cases, each with its reference and two arms, the second one worse."""
    for number, case in enumerate(CASES):
        truth = phantom(slices=slices, rows=48, columns=48, seed=number).astype(int)
        write_ct(folder / case / "reference", pixels=truth.astype("u2"), patient_number=number)
        for worse, arm in enumerate(ARMS, start=1):
            noise = np.random.default_rng(10 * number + worse).normal(0, 25 * worse, truth.shape)
            pixels = np.clip(truth + noise, 0, 4095).astype("u2")
            write_ct(folder / case / arm, pixels=pixels, patient_number=number)
    return folder


@pytest.fixture
def start(qtbot, monkeypatch):
    """Run the application as the command does, but hand over its window instead of waiting."""
    windows = []

    class Kept(main.MainWindow):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            windows.append(self)

    def run(*paths):
        assert main.run(["blindread", *map(str, paths)]) == 0
        qtbot.addWidget(windows[-1])
        return windows[-1]

    monkeypatch.setattr(main, "MainWindow", Kept)
    monkeypatch.setattr(QApplication, "exec", lambda *_: 0)
    application = QApplication.instance()
    worn = application.style().name(), application.palette(), application.property("theme")
    yield run
    application.setStyleSheet("")
    application.setStyle(worn[0])
    application.setPalette(worn[1])
    application.setProperty("theme", worn[2])


def opened(qtbot, window):
    """Wait until the first pair is in view."""
    page = window.page("inspect")
    qtbot.waitUntil(lambda: page.model.view is not None, timeout=10_000)
    return page


def measure(qtbot, page):
    qtbot.mouseClick(page.panel.measure_button, LEFT)
    qtbot.waitUntil(lambda: page.model.measuring.running)


def measured(qtbot, page):
    qtbot.waitUntil(lambda: not page.model.measuring.running, timeout=MEASURED_MS)
    qtbot.waitUntil(lambda: page.model.can_export)


def click_row(qtbot, view, row):
    index = view.model().index(row, 0)
    view.scrollTo(index)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())


def test_from_a_folder_to_the_metrics_against_the_readers(qtbot, start, monkeypatch, tmp_path):
    source, study = write_cases(tmp_path / "cases", slices=2), tmp_path / "study"
    window = start(source)
    page = opened(qtbot, window)
    assert len(page.model.pairing.pairs) == len(CASES) * len(ARMS)

    look_at_the_values(qtbot, window, page)
    compare_with_the_command_line(qtbot, page, source, monkeypatch, tmp_path)
    design_and_lock(qtbot, window, study, monkeypatch)
    read_by_keyboard(qtbot, window)
    unblind(qtbot, window, monkeypatch)
    point = click_a_point(qtbot, window)

    assert window.room == "inspect"
    qtbot.waitUntil(lambda: page.model.view is not None)
    assert (page.model.pair.case, page.model.pair.arm) == (point.case, point.arm)
    assert not window.banner.isVisible() or window.banner.property("kind") == "notice"
    window.close()

    again = start(source, study)
    opened(qtbot, again)
    assert (again.context.source, again.context.study) == (source, study)
    qtbot.waitUntil(lambda: again.page("inspect").model.can_export)  # the values are still there
    again.close()


def look_at_the_values(qtbot, window, page):
    """Measure in another process, sort, and let a row show its images."""
    measure(qtbot, page)
    measured(qtbot, page)
    table, header = page.values.table, page.values.table.horizontalHeader()
    metrics = [name for name in registry.DEFAULT if not registry.available(name)]
    assert page.values.rows.metrics == tuple(metrics)
    assert "listed" in page.panel.told.text()  # what could not be measured is told
    problems = " ".join(page.model.measuring.problems)
    assert "niqe" in problems.lower()
    assert ("lpips" in problems.lower()) is bool(registry.available("lpips-vgg"))

    worst = table.model().index(0, 0).data(), table.model().index(0, 1).data()
    assert worst[1] == "beta-net"
    mse = QPoint(header.sectionViewportPosition(3) + 5, header.height() // 2)
    for end in ("worst", "best"):
        qtbot.mouseClick(header.viewport(), LEFT, pos=mse)
        assert page.values.sorting.text() == f"{end} MSE first"
    assert table.model().index(0, 1).data() == "alpha-net"

    for row in (0, table.model().rowCount() - 1):
        case, arm = (table.model().index(row, column).data() for column in range(2))
        click_row(qtbot, table, row)
        qtbot.waitUntil(lambda: page.model.maps.map is not None)
        assert (page.model.pair.case, page.model.pair.arm) == (case, arm)
        assert page.panes.reconstruction.title == f"Reconstruction: {arm}"
    assert window.context.metrics == page.model.output


def compare_with_the_command_line(qtbot, page, source, monkeypatch, tmp_path):
    exported, command = tmp_path / "exported.csv", tmp_path / "command.csv"
    monkeypatch.setattr(inspect_page, "ask_target", lambda *_: exported)
    qtbot.mouseClick(page.values.export_button, LEFT)
    qtbot.waitUntil(exported.is_file)
    run = subprocess.run(
        [sys.executable, "-m", "app", "measure", str(source), "-o", str(command)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 3  # done, with problems listed: NIQE needs more pixels
    assert exported.read_bytes() == command.read_bytes()


def design_and_lock(qtbot, window, study, monkeypatch):
    window.enter("study")
    page = window.page("study")
    qtbot.waitUntil(lambda: page.model.can_create)
    template = page.form.template
    template.setCurrentIndex(next(
        place for place in range(template.count()) if "side-by-side" in template.itemText(place)
    ))  # fmt: skip
    template.textActivated.emit(template.currentText())
    page.form.readers.clear()
    qtbot.keyClicks(page.form.readers, "R1")
    qtbot.waitUntil(lambda: page.model.can_create and page.model.choices.readers == ("R1",))
    assert page.outlook.reads.text().startswith("3 reads")
    monkeypatch.setattr(study_page, "ask_new_folder", lambda *_: study)
    qtbot.mouseClick(page.create_button, LEFT)
    qtbot.waitUntil(lambda: page.model.can_lock)
    monkeypatch.setattr(study_page, "ask_to_lock", lambda _: PASSPHRASE)
    qtbot.mouseClick(page.lock_button, LEFT)
    qtbot.waitUntil(lambda: page.model.can_unblind, timeout=20_000)


def read_by_keyboard(qtbot, window):
    window.enter("read")
    page = window.page("read")
    qtbot.waitUntil(lambda: page.model.can_start)
    qtbot.mouseClick(page.start_button, LEFT)
    qtbot.waitUntil(lambda: page.reading is not None and page.reading.isVisible())
    reading = page.reading.page
    assert not window.isVisible()
    qtbot.keyClick(reading, Qt.Key.Key_Return)
    for position in range(1, len(CASES) + 1):
        qtbot.waitUntil(lambda: page.reading.model.screen is Screen.SHOWING)
        assert page.reading.model.position == position
        for key in f"{position}{position + 1}{6 - position}":
            qtbot.keyClick(reading, key)
        qtbot.keyClick(reading, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.reading.model.screen is Screen.DONE)
    qtbot.keyClick(reading, Qt.Key.Key_Return)
    qtbot.waitUntil(window.isVisible)


def unblind(qtbot, window, monkeypatch):
    window.enter("study")
    page = window.page("study")
    qtbot.waitUntil(lambda: page.model.missing_reads == 0)
    monkeypatch.setattr(
        study_page, "ask_to_unblind", lambda *_, **__: Unblinding(PASSPHRASE, reason="")
    )
    qtbot.mouseClick(page.unblind_button, LEFT)
    qtbot.waitUntil(lambda: page.model.state == "unblinded", timeout=20_000)
    observed = read_scores(page.model.study / "observations.csv")
    assert {(one.case, one.arm) for one in observed} == {(c, a) for c in CASES for a in ARMS}


def click_a_point(qtbot, window):
    """Click a mark of the scatter plot with the mouse, and return which image it stands for."""
    window.enter("results")
    page = window.page("results")
    qtbot.waitUntil(lambda: page.model.findings is not None, timeout=30_000)
    assert not page.banner.isVisible()
    assert page.scores.rowCount() == len(ARMS)
    shown = page.forest.estimates
    criterion = shown[0].quantity.removeprefix("mean ")
    given = [one for one in read_scores(page.model.study / "observations.csv")
             if one.criterion == criterion]  # fmt: skip
    means = {arm: np.mean([one.value for one in given if one.arm == arm]) for arm in ARMS}
    best_first = sorted(ARMS, key=lambda arm: (-means[arm], arm))
    assert [one.group for one in shown] == best_first
    assert [one.value for one in shown] == pytest.approx([means[arm] for arm in best_first])
    point = page.model.points[-1]
    place = page.scatter.getViewBox().mapViewToScene(QPointF(point.metric_value, point.score))
    qtbot.mouseClick(page.scatter.viewport(), LEFT, pos=page.scatter.mapFromScene(place))
    qtbot.waitUntil(lambda: window.room == "inspect")
    return point


def values_kept():
    """Count what a measuring process has kept for the next run."""
    store = cache_folder() / "values.sqlite"
    if not store.is_file():
        return 0
    with closing(sqlite3.connect(store, timeout=30)) as file:
        if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'").fetchone():
            return 0
        return file.execute("SELECT count(*) FROM entries").fetchone()[0]


def test_measuring_is_cancelled_goes_on_is_killed_and_goes_on(qtbot, start, tmp_path):
    window = start(write_cases(tmp_path / "cases", slices=10))
    page = opened(qtbot, window)
    measuring, output = page.model.measuring, page.model.output

    def some_slices_are_measured():
        return measuring.progress.done > 0 and values_kept() > 0

    measure(qtbot, page)
    qtbot.waitUntil(some_slices_are_measured, timeout=MEASURED_MS)
    qtbot.mouseClick(page.panel.cancel_button, LEFT)
    qtbot.waitUntil(lambda: not measuring.running, timeout=10_000)
    assert "goes on from here" in page.panel.told.text()
    assert not window.banner.isVisible()
    assert not output.exists()
    kept = values_kept()

    measure(qtbot, page)
    qtbot.waitUntil(lambda: measuring.progress.done > 0, timeout=MEASURED_MS)
    assert values_kept() >= kept
    os.kill(measuring._job._process.processId(), signal.SIGKILL)
    qtbot.waitUntil(lambda: not measuring.running)
    assert window.banner.isVisible()
    assert "ended from outside" in window.banner.what.text()
    assert "Press Measure again" in window.banner.remedy.text()

    measure(qtbot, page)
    measured(qtbot, page)
    values = read_metrics(output)
    assert {(one.case, one.arm) for one in values} == {(c, a) for c in CASES for a in ARMS}
    assert {one.slice for one in values} == {None, *range(1, 11)}
    window.close()
