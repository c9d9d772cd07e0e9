"""What needs the range of the study waits for it; the images do not."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from app.domain.metric import IntensityRange
from app.domain.progress import Progress
from app.domain.study_range import StudyRanges
from app.errors import MetricRefused, WorkerDied
from app.ui.inspect_model import InspectModel
from app.ui.measure_model import MeasureModel
from app.ui.measure_work import MeasureWork
from app.workflows.inspect_measure import end_process, metrics_inside
from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from tests.ui.fakes import FakeWork, pairing
from tests.workflows.conftest import finish
from tests.workflows.mr_study import write_mr

STUDY = IntensityRange(0.0, 3000.0, "references")
REFUSED = MetricRefused("The references hold one single value.", remedy="Take others.")


class MrWork(FakeWork):
    """A source whose images do not tell the range; it is found when ``go_on`` is set."""

    def __init__(self, folder):
        super().__init__(folder)
        self.go_on = threading.Event()
        self.looked = 0
        self.found = StudyRanges({"CT": STUDY}, {})  # the modality of these series
        self.ranges = []

    def load(self, wanted, looking_at):
        return replace((yield from super().load(wanted, looking_at)), range=None)

    def study_ranges(self, _pairing):
        self.looked += 1
        yield Progress(3, 20, "")
        while not self.go_on.wait(0.01):
            yield Progress(3, 20, "")
        return self.found

    def metric_map(self, view, index, wanted):
        self.ranges.append(view.range)
        return (yield from super().metric_map(view, index, wanted))

    def find_body(self, view, index):
        self.ranges.append(view.range)
        return view.reference.values(index) > -500

    def metrics(self, _shape, _sides, _grid, range, *_):
        self.ranges.append(range)
        yield Progress(0, 1, "")
        return ()

    def work(self):
        return replace(
            super().work(),
            study_ranges=self.study_ranges,
            find_body=self.find_body,
            drawn_body=lambda *_: None,
        )


@pytest.fixture
def fake(tmp_path):
    return MrWork(tmp_path)


@pytest.fixture
def model(qtbot, fake, tmp_path):
    model = InspectModel(fake.work())
    model.finding.places.find_places = lambda *_, **__: iter(())
    model.open(tmp_path / "cases")
    qtbot.waitUntil(lambda: model.view is not None and model.difference.map is not None)
    yield model
    fake.go_on.set()
    model.stop()


def test_images_and_differences_come_first_and_the_map_says_what_it_waits_for(qtbot, model, fake):
    qtbot.waitUntil(lambda: "3 of 20" in model.maps.message)

    assert model.view.range is None
    assert model.windows  # as for looking at any image
    assert model.maps.map is None
    assert model.body.mask is None
    assert fake.ranges == []


def test_map_and_body_are_made_with_the_range_when_it_comes(qtbot, model, fake):
    fake.go_on.set()
    qtbot.waitUntil(lambda: model.maps.map is not None and model.body.mask is not None)

    assert model.view.range == STUDY
    assert set(fake.ranges) == {STUDY}
    np.testing.assert_array_equal(model.body.mask, model.view.reference.values(2) > -500)


def test_the_next_pairs_have_it_at_once(qtbot, model, fake):
    fake.go_on.set()
    qtbot.waitUntil(lambda: model.view is not None and model.view.range == STUDY)

    model.select("case-2", "strong")
    qtbot.waitUntil(lambda: model.view is not None and model.maps.map is not None)

    assert model.view.range == STUDY
    assert fake.looked == 1


def test_metrics_in_a_region_wait_and_are_then_measured(qtbot, model, fake):
    measuring = MeasureModel(
        model, MeasureWork(metrics=fake.metrics, measure=lambda *_, **__: iter(()))
    )
    model.shapes.add("rectangle", ((4.0, 4.0), (20.0, 20.0)))
    measuring.measure_inside()
    assert "all references" in measuring.doing
    assert fake.ranges == []

    fake.go_on.set()
    qtbot.waitUntil(lambda: measuring.doing == "" and len(fake.ranges) > 2)
    measuring.stop()

    assert set(fake.ranges) == {STUDY}


def test_a_study_without_a_range_says_so_where_the_map_would_be(qtbot, model, fake):
    fake.found = StudyRanges({}, {"CT": REFUSED})
    fake.go_on.set()

    qtbot.waitUntil(lambda: model.maps.message == REFUSED.sentence)
    assert model.ranges.complete
    assert model.view.range is None
    told = []
    measuring = MeasureModel(model, MeasureWork(measure=lambda *_, **__: iter(())))
    measuring.failed.connect(told.append)
    model.shapes.add("rectangle", ((4.0, 4.0), (20.0, 20.0)))
    measuring.measure_inside()
    assert told == [REFUSED]
    assert measuring.doing == ""
    measuring.stop()


def test_what_may_pass_is_asked_again_with_the_next_images(qtbot, model, fake):
    died = WorkerDied("It died.", remedy="Ask again.")
    fake.found = StudyRanges({}, {"CT": died}, frozenset({"CT"}))
    fake.go_on.set()
    qtbot.waitUntil(lambda: model.maps.message == died.sentence)
    assert fake.looked == 1

    fake.found = StudyRanges({"CT": STUDY}, {})
    model.select("case-2", "strong")
    qtbot.waitUntil(lambda: model.view is not None and model.view.range == STUDY)

    assert fake.looked == 2


def test_what_is_refused_for_good_is_not_asked_again(qtbot, model, fake):
    fake.found = StudyRanges({}, {"CT": REFUSED})
    fake.go_on.set()
    qtbot.waitUntil(lambda: model.ranges.complete)

    model.select("case-2", "strong")
    qtbot.waitUntil(lambda: model.view is not None and model.maps.message == REFUSED.sentence)

    assert fake.looked == 1


@pytest.mark.parametrize("first", ["case-1", "case-2"])
def test_images_of_two_units_have_no_range_whichever_comes_first(qtbot, fake, tmp_path, first):
    """Those of case-1 tell the range of CT in HU, those of case-2 do not."""
    hounsfield, load = IntensityRange(-1024.0, 3071.0, "CT 12-bit"), fake.load
    fake.load = lambda wanted, at: replace(
        (yield from load(wanted, at)), range=hounsfield if wanted.case == "case-1" else None
    )
    fake.found = StudyRanges({}, {"CT": REFUSED})
    fake.go_on.set()
    model = InspectModel(fake.work())
    model.finding.places.find_places = lambda *_, **__: iter(())
    try:
        model.open(tmp_path / "cases")
        for case in (first, "case-2"):
            model.select(case, "strong")
            qtbot.waitUntil(lambda: model.view is not None and model.pair.arm == "strong")
        qtbot.waitUntil(lambda: model.maps.message == REFUSED.sentence)

        assert model.view.range is None
        assert model.ranges.study.ranges == {}
    finally:
        model.stop()


def test_the_search_for_worst_places_begins_when_the_range_is_known(qtbot, model, fake):
    asked = []

    def search(pairs, _folder, *, only_kept):
        asked.append((len(pairs), only_kept))
        yield Progress(0, 1, "")

    model.finding.places.find_places = search
    model.finding.search()
    assert model.finding.searching
    assert asked == []

    fake.go_on.set()
    qtbot.waitUntil(lambda: not model.finding.searching)
    assert asked == [(len(pairing(model.source).pairs), False)]


def test_another_source_is_looked_through_anew(qtbot, model, fake, tmp_path):
    fake.go_on.set()
    qtbot.waitUntil(lambda: model.ranges.complete)

    fake.go_on.clear()
    model.open(tmp_path / "others")
    qtbot.waitUntil(lambda: model.view is not None)
    assert model.view.range is None
    qtbot.waitUntil(lambda: fake.looked == 2)


def test_metrics_over_a_whole_slice_are_those_of_metrics_csv(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("BLINDREAD_CACHE", str(tmp_path / "cache"))
    source = write_mr(tmp_path / "mr")
    wanted = ("psnr", "ssim", "mae", "gmsd")
    request = Request(metrics=wanted, regions=("whole",), jobs=1)
    values = finish(measure(finish(pair(source)), request, tmp_path / "metrics.csv")).values
    model = InspectModel()
    measuring = MeasureModel(
        model, MeasureWork(metrics=lambda *given: metrics_inside(*given[:5], metrics=wanted))
    )
    try:
        model.open(source)
        qtbot.waitUntil(lambda: model.view is not None, timeout=20000)
        model.select("a", "net", 2)
        qtbot.waitUntil(lambda: model.view is not None and model.state.slice == 1, timeout=20000)
        rows, columns = model.view.reference.grid.shape[1:]
        model.shapes.add("rectangle", ((0.0, 0.0), (float(columns), float(rows))))
        measuring.measure_inside()
        titles = {id.upper() for id in wanted}
        qtbot.waitUntil(
            lambda: not measuring.doing and titles <= {row.title for row in measuring.rows},
            timeout=60000,
        )
        found = {row.title: row.values[1] for row in measuring.rows}
        expected = {v.metric: v.value for v in values if (v.case, v.slice) == ("a", 2)}
        for id in wanted:
            assert found[id.upper()] == pytest.approx(expected[id], rel=1e-9), id
    finally:
        measuring.stop()
        end_process()
        model.stop()
