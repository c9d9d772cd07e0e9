"""The Results room: nothing before unblinding, everything after."""

import errno
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.findings import Best, Findings, Point
from app.domain.progress import Progress
from app.domain.result import Estimate
from app.errors import InputError
from app.ui import results_page as page_module
from app.ui.context import Context
from app.ui.disagreement import disagreements
from app.ui.results_model import ResultsModel
from app.ui.results_page import GALLERY_COLUMNS, ResultsPage
from app.ui.results_plots import legend_of, title_of, words_of
from app.ui.row_table import RowTable
from app.ui.settings import Settings
from app.ui.study_work import ResultsWork
from tests.ui.test_study_room import Reader, Status

# The platform without a screen has no window manager to tell a size to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

PSNR, MSE = "psnr whole ~ quality", "mse whole ~ quality"


def estimate(analysis, quantity, group, value, low=None, high=None) -> Estimate:
    return Estimate(analysis, quantity, group, value, low, high, 0.95, 3, 2, 6, "bootstrap")


def findings(*, simulated=False) -> Findings:
    points = (
        Point("c1", "fbp", 20.0, 4.5),
        Point("c2", "fbp", 30.0, 3.0),
        Point("c3", "net", 40.0, 1.5),
    )
    return Findings(
        estimates=(
            estimate("scores", "mean quality", "fbp", 3.7, 3.1, 4.2),
            estimate("scores", "mean quality", "net", 1.5, 1.0, 2.0),
            estimate("preference", "rate preference", "fbp", 0.8, 0.6, 0.9),
            estimate("association", "srocc", PSNR, -1.0, -1.0, -0.5),
            estimate("association", "srocc", MSE, 0.4),
        ),
        points={PSNR: points, MSE: points},
        warnings=("2 scores are left out.",),
        simulated=simulated,
        better={PSNR: "higher", MSE: "lower"},
    )


@dataclass
class FakeResults:
    state: str = "unblinded"
    simulated: bool = False
    beside: Path | None = Path("/study/metrics.csv")
    refuse: Exception | None = None
    exports: tuple = ()

    def as_work(self) -> ResultsWork:
        return ResultsWork(
            status=lambda _: Status(
                self.state, "Two arms", (Reader("R1", 1, 4), Reader("R2", 2, 4, self.simulated))
            ),
            analyse=self.analyse,
            export=self.export,
            metrics_of=lambda _: self.beside,
        )

    def analyse(self, _study, _metrics):
        yield Progress(0, 1, "reading the tables")
        if self.refuse is not None:
            raise self.refuse
        return findings(simulated=self.simulated)

    def export(self, *arguments):
        self.exports = (*self.exports, arguments)
        return (arguments[-1] / "observations.csv", arguments[-1] / "report.html")


@pytest.fixture
def open_page(qtbot):
    pages = []

    def opened(fake):
        page = ResultsPage(Context(Settings()), ResultsModel(fake.as_work()))
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(1196, 740)
        page.show()
        page._context.open_study(Path("/study"))
        return page

    yield opened
    for page in pages:
        page.stop()


def test_before_unblinding_only_the_progress_is_told(qtbot, open_page):
    page = open_page(FakeResults(state="locked"))

    qtbot.waitUntil(lambda: "3 of 8 reads are done" in page.sentence.text())

    assert page.pages.currentIndex() == 0
    assert page.model.findings is None
    assert not page.export_button.isEnabled()


def test_after_unblinding_the_findings_are_there(qtbot, open_page):
    page = open_page(FakeResults())

    qtbot.waitUntil(lambda: page.model.findings is not None)

    assert page.scores.rowCount() == 2
    assert page.rhos.rowCount() == 2
    assert [one.group for one in page.forest.estimates] == ["fbp", "net"]
    assert page.warnings.text() == "2 scores are left out."
    assert not page.banner.isVisible()
    assert page.pages.currentIndex() == 1


def test_a_drive_that_stops_answering_does_not_leave_the_room_waiting(
    qtbot, open_page, monkeypatch
):
    def stale(path):
        raise OSError(errno.ESTALE, "Stale file handle", str(path))

    monkeypatch.setattr(Path, "is_file", stale)
    fake, looked = FakeResults(), []
    work = replace(
        fake.as_work(),
        metrics_of=lambda folder: (
            looked.append(threading.current_thread()) or ResultsWork().metrics_of(folder)
        ),
    )
    fake.as_work = lambda: work
    page = open_page(fake)
    qtbot.waitUntil(lambda: page.model.status is not None)

    assert "Choose the metrics.csv" in page.sentence.text()
    assert looked
    assert threading.main_thread() not in looked


def test_simulated_readers_are_called_so(qtbot, open_page):
    page = open_page(FakeResults(simulated=True))

    qtbot.waitUntil(lambda: page.model.findings is not None)

    assert page.banner.isVisible()
    assert "SIMULATED" in page.banner.text()


def test_a_click_on_the_gallery_opens_the_pair(qtbot, open_page):
    page = open_page(FakeResults())
    qtbot.waitUntil(lambda: page.model.findings is not None)

    with qtbot.waitSignal(page._context.open_pair_requested) as asked:
        page.gallery_view.clicked.emit(page.gallery.index(0, 0))

    assert asked.args == ["c1", "fbp", 0]


def test_a_click_on_a_point_opens_the_pair(qtbot, open_page):
    page = open_page(FakeResults())
    qtbot.waitUntil(lambda: page.model.findings is not None)
    scatter = page.scatter.plotItem.items[-1]

    with qtbot.waitSignal(page._context.open_pair_requested) as asked:
        scatter.sigClicked.emit(scatter, scatter.points(), None)

    assert asked.args == ["c3", "net", 0]


def test_the_metric_chosen_decides_plot_and_gallery(qtbot, open_page):
    page = open_page(FakeResults())
    qtbot.waitUntil(lambda: page.model.findings is not None)
    by_psnr = [row.metric_rank for row in page.model.gallery]

    page.key.setCurrentText(MSE)

    assert page.model.key == MSE
    assert page.model.rho.value == 0.4
    assert [row.metric_rank for row in page.model.gallery] != by_psnr


@pytest.mark.parametrize(("better", "worst_by_metric"), [("lower", "c3"), ("higher", "c1")])
def test_the_gallery_takes_the_direction_that_the_table_names(
    qtbot, open_page, better, worst_by_metric
):
    """The id is that of no metric of ours."""
    page = open_page(FakeResults())
    qtbot.waitUntil(lambda: page.model.findings is not None)
    key = "theirs@9 whole ~ quality"
    points = page.model.findings.points[PSNR]
    page.model.findings = replace(page.model.findings, points={key: points}, better={key: better})

    page.model.choose_key(key)

    assert max(page.model.gallery, key=lambda row: row.metric_rank).point.case == worst_by_metric


def test_the_room_says_which_way_a_scale_goes():
    assert words_of("mean generated", Best("lower")) == "mean generated (lower is better)"
    assert words_of("mean rank", Best("lower", value=1, place=True)).endswith("(1 is best)")
    assert words_of("mean quality", Best()) == "mean quality"
    assert "arm minus arm" in words_of("difference quality", Best())


def test_metric_values_are_asked_for_where_none_lie_beside(qtbot, open_page, monkeypatch):
    page = open_page(FakeResults(beside=None))
    qtbot.waitUntil(lambda: "Choose the metrics.csv" in page.sentence.text())
    monkeypatch.setattr(page_module, "ask_metrics", lambda *_: Path("/other/metrics.csv"))

    page.open_metrics()

    qtbot.waitUntil(lambda: page.model.findings is not None)
    assert page.model.metrics == Path("/other/metrics.csv")


def test_a_failed_analysis_is_told_and_can_be_tried_with_others(qtbot, open_page):
    fake = FakeResults(refuse=InputError("metrics.csv has no value.", remedy="Name another."))
    page = open_page(fake)

    with qtbot.waitSignal(page._context.error_raised) as told:
        pass
    assert str(told.args[0]) == "metrics.csv has no value."
    assert page.metrics_button.isEnabled()

    fake.refuse = None
    page.model.choose_metrics(Path("/better.csv"))
    qtbot.waitUntil(lambda: page.model.findings is not None)


def test_export_writes_where_it_is_told(qtbot, open_page, monkeypatch, tmp_path):
    fake = FakeResults()
    page = open_page(fake)
    qtbot.waitUntil(lambda: page.export_button.isEnabled())
    monkeypatch.setattr(page_module, "ask_output", lambda *_: tmp_path)

    with qtbot.waitSignal(page._context.notice_raised) as told:
        page.export()

    assert str(tmp_path) in told.args[0]
    assert fake.exports[0][1:] == (Path("/study"), Path("/study/metrics.csv"), tmp_path)


def test_the_title_of_the_plot_gives_rho_and_its_interval():
    rho = estimate("association", "srocc", PSNR, 0.812, 0.55, 0.93)

    assert title_of(PSNR, rho) == f"{PSNR}:  ρ = 0.81 (0.55 to 0.93), 6 images"
    assert title_of(PSNR, None) == PSNR


def test_an_arm_that_looks_like_markup_is_shown_as_it_is():
    assert "<b>" not in legend_of([Point("c", "<b>net", 1.0, 2.0)])


def test_disagreement_known_by_hand():
    """PSNR ranks c3 first and c1 last; the readers say the reverse."""
    points = (Point("c1", "a", 20.0, 5.0), Point("c2", "a", 30.0, 3.0), Point("c3", "a", 40.0, 1.0))

    first, second, last = disagreements(points, lower_is_better=False)

    assert (first.point.case, first.metric_rank, first.reader_rank) == ("c1", 3.0, 1.0)
    assert second.difference == 2.0
    assert last.difference == 0.0


@given(
    st.lists(
        st.builds(
            Point,
            st.just("c"),
            st.just("a"),
            st.floats(-1e6, 1e6),
            st.floats(1, 5),
        )
    ),
    st.booleans(),
)
def test_ranks_add_up_to_all_places(points, lower_is_better):
    rows = disagreements(points, lower_is_better=lower_is_better)
    places = len(points) * (len(points) + 1) / 2

    assert sum(row.metric_rank for row in rows) == pytest.approx(places)
    assert sum(row.reader_rank for row in rows) == pytest.approx(places)


def test_the_gallery_is_a_proper_qt_model(qtmodeltester):
    table = RowTable(GALLERY_COLUMNS)
    table.show_rows(disagreements(findings().points[PSNR], lower_is_better=False))

    qtmodeltester.check(table)
