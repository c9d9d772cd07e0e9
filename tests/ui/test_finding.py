"""Slices are put in order and walked through, from the worst on."""

import math

import pytest

from app.domain.progress import Progress
from app.domain.worst_place import PlacesFound, WorstPlace
from app.errors import WorkerDied
from app.ui.inspect_model import InspectModel
from tests.ui.fakes import FakeWork, value

VALUES = (
    *(
        value(case=case, arm=arm, slice_number=number, number=0.9 - 0.1 * number - worse)
        for case, worse in (("case-1", 0.0), ("case-2", 0.02))
        for arm in ("mild", "strong")
        for number in (1, 2, 3)
    ),
    value(case="case-1", arm="mild", slice_number=4, number=None),
    value(case="case-1", arm="mild", slice_number=1, metric="psnr", number=math.inf),
    value(case="case-1", arm="mild", slice_number=2, metric="psnr", number=30.0),
    value(case="case-1", arm="mild", slice_number=1, metric="hu-bias", number=-9.0),
    value(case="case-1", arm="mild", slice_number=2, metric="hu-bias", number=3.0),
)


def places(pairs, rule="local-ssim"):
    """The worst place of slice 4 is the worst of all; that of slice 5 is not defined."""
    return tuple(
        WorstPlace(pair.case, pair.arm, number, rule, found, 10.5, 20.5)
        for pair in pairs
        for number, found in ((1, 0.9), (2, 0.8), (3, 0.7), (4, 0.2), (5, None))
    )


class Search:
    """The search, without files: two steps."""

    def __init__(self, kept=False):
        self.kept, self.asked, self.error = kept, [], None

    def __call__(self, pairs, _folder, *, only_kept):
        self.asked.append((only_kept, [(pair.case, pair.arm) for pair in pairs]))
        yield Progress(0, 20, "case-1: mild")
        if only_kept and not self.kept:
            return
        if self.error is not None:
            raise self.error
        yield PlacesFound(5, 20, "case-1: mild", places(pairs[:1]))
        yield PlacesFound(20, 20, "case-2: strong", places(pairs[1:]), "one slice is damaged")


@pytest.fixture
def search():
    return Search()


@pytest.fixture
def opened(qtbot, tmp_path, search):
    models = []

    def open_source(values=VALUES, kept=False):
        search.kept = kept
        fake = FakeWork(tmp_path, values=values)
        if values:
            (tmp_path / "metrics.csv").write_text("measured")
        model = InspectModel(fake.work())
        models.append(model)
        model.finding.places.find_places = search
        model.open(tmp_path / "cases")
        qtbot.waitUntil(lambda: model.view is not None)
        qtbot.waitUntil(lambda: bool(model.rows) or not values)
        return model

    yield open_source
    for model in models:
        model.stop()


def view(model):
    return model.pair.case, model.pair.arm, model.number_of(model.state.slice)


def test_the_walk_begins_with_the_worst_slice_and_goes_over_all_cases_and_arms(qtbot, opened):
    model = opened()
    finding = model.finding
    seen = []
    for _ in range(3):
        finding.step(1)
        qtbot.waitUntil(lambda: model.view is not None)
        seen.append((view(model), finding.told))

    assert seen == [
        (("case-2", "mild", 3), "1 of 12"),
        (("case-2", "strong", 3), "2 of 12"),
        (("case-1", "mild", 3), "3 of 12"),
    ]
    finding.step(-1)
    assert finding.told == "2 of 12"


def test_the_walk_ends_at_both_ends(qtbot, opened):
    finding = opened().finding

    finding.worst()
    finding.step(-1)
    assert finding.told == "1 of 12"
    for _ in range(30):
        finding.step(1)
    assert finding.told == "12 of 12"
    finding.worst()
    assert finding.told == "1 of 12"


def test_looking_elsewhere_does_not_lose_the_place_in_the_walk(qtbot, opened):
    model = opened()
    finding = model.finding
    finding.step(1)
    finding.step(1)
    model.select("case-1", "strong", 5)
    qtbot.waitUntil(lambda: model.view is not None)
    assert finding.told == "12 slices"

    finding.step(1)

    assert finding.told == "3 of 12"


def test_a_click_on_a_slice_lets_the_walk_go_on_from_there(qtbot, opened):
    model = opened()
    model.finding.go_to("strong", 3)
    qtbot.waitUntil(lambda: model.view is not None)
    assert (view(model), model.finding.told) == (("case-1", "strong", 3), "4 of 12")

    model.finding.step(1)

    assert model.finding.told == "5 of 12"


def test_the_direction_is_the_metrics_own_and_infinity_is_the_best_psnr(opened):
    finding = opened().finding

    finding.choose("psnr")
    assert [place.value for place in finding.ranked] == [30.0, math.inf]
    finding.choose("hu-bias")
    assert [place.value for place in finding.ranked] == [-9.0, 3.0]
    assert [one.id for one in finding.choices][-3:] == ["local-ssim", "local-gmsd", "local-error"]


def test_curves_hold_the_finite_values_of_every_arm_of_the_case_in_view(opened):
    finding = opened().finding

    assert finding.curves()["strong"].keys() == {1, 2, 3}
    assert set(finding.curves()) == {"mild", "strong"}
    finding.choose("psnr")
    assert finding.curves() == {"mild": {2: 30.0}, "strong": {}}
    assert finding.slices() == (1, 2, 3, 4, 5)


def test_worst_places_are_looked_for_once_the_pair_in_view_first(qtbot, opened, search):
    model = opened()
    finding = model.finding
    qtbot.waitUntil(lambda: search.asked != [])
    model.select("case-1", "strong")

    finding.choose("local-ssim")
    qtbot.waitUntil(lambda: not finding.searching)

    assert [only for only, _ in search.asked] == [True, False]
    assert search.asked[-1][1][0] == ("case-1", "strong")
    assert len(finding.ranked) == 4 * 4
    assert (finding.ranked[0].slice, finding.ranked[0].row) == (4, 10.5)
    assert finding.problems == ("one slice is damaged",)
    finding.choose("psnr")
    finding.choose("local-ssim")
    assert len(search.asked) == 2


def test_without_values_the_worst_slice_is_shown_when_it_has_been_found(qtbot, opened, search):
    model = opened(values=())
    finding = model.finding
    qtbot.waitUntil(lambda: search.asked != [])
    assert finding.chosen.id == "local-ssim"

    finding.worst()
    assert finding.searching
    qtbot.waitUntil(lambda: not finding.searching)
    qtbot.waitUntil(lambda: model.view is not None)

    assert (model.number_of(model.state.slice), finding.told) == (4, "1 of 16")
    assert finding.metrics == ("local-ssim",)
    volumes = [row for row in finding.rows if row.slice is None]
    assert [row.values["local-ssim"].value for row in volumes] == [0.2] * 4


def test_more_places_leave_the_order_alone_while_slices_are_in_order_of_a_metric(
    qtbot, opened, monkeypatch
):
    finding = opened(kept=True).finding
    qtbot.waitUntil(lambda: finding.places.complete)
    told = []
    monkeypatch.setattr(finding, "_tell", lambda: told.append(finding.chosen.id))

    before = finding.rows
    finding.places.grown.emit()
    assert told == []
    assert finding.rows is before

    finding.choose("local-ssim")
    finding.places.grown.emit()
    assert told == ["local-ssim"]


def test_more_places_are_told_the_more_seldom_the_longer_it_takes(qtbot, opened, monkeypatch):
    finding = opened().finding
    clock = iter((10.0, 10.2, 20.0, 20.001))
    finding.choose("local-ssim")
    qtbot.waitUntil(lambda: not finding.searching)
    monkeypatch.setattr(finding.places, "_clock", lambda: next(clock))

    finding.places._tell()
    assert finding.places._timer.interval() == 2000
    finding.places._tell()
    assert finding.places._timer.interval() == 250


def test_some_kept_places_are_not_all(qtbot, opened):
    def only_some(pairs, _folder, *, only_kept):
        yield PlacesFound(5, 20, "case-1: mild", places(pairs[:1] if only_kept else pairs))

    model = opened(kept=True)
    finding = model.finding
    qtbot.waitUntil(lambda: finding.places.complete)
    finding.places.find_places = only_some
    finding.places.forget()
    finding.places.read_kept()
    qtbot.waitUntil(lambda: bool(finding.places.found("local-ssim")))
    qtbot.waitUntil(lambda: not finding.places._job.busy)
    assert not finding.places.complete

    finding.choose("local-ssim")
    qtbot.waitUntil(lambda: finding.places.complete)
    assert len(finding.ranked) == 16


def test_a_place_that_is_found_to_be_another_takes_the_room_of_the_old_one(qtbot, opened):
    finding = opened(kept=True).finding
    finding.choose("local-ssim")
    qtbot.waitUntil(lambda: len(finding.ranked) == 16)
    old = finding.ranked[0]
    better = WorstPlace(old.case, old.arm, old.slice, "local-ssim", 0.75, 1.5, 2.5)

    finding.places._take(PlacesFound(20, 20, "", (better,)))
    finding.places._tell()

    assert len(finding.ranked) == 16
    assert finding.ranked[0].key != old.key
    volume = finding.rows[finding.rows.find(old.case, old.arm, None)]
    assert volume.values["local-ssim"].value == 0.7


def test_what_was_kept_is_there_at_once(qtbot, opened, search):
    finding = opened(kept=True).finding
    qtbot.waitUntil(lambda: finding.places.complete)

    finding.choose("local-ssim")

    assert not finding.searching
    assert len(finding.ranked) == 16
    assert [only for only, _ in search.asked] == [True]


def test_worst_places_stand_in_the_rows_of_what_was_measured(qtbot, opened):
    finding = opened(kept=True).finding
    finding.choose("local-ssim")
    qtbot.waitUntil(lambda: len(finding.ranked) == 16)

    assert finding.metrics == ("local-ssim", "psnr", "ssim", "hu-bias")
    wanted = ("case-1", "mild", 3)
    row = next(one for one in finding.rows if (one.case, one.arm, one.slice) == wanted)
    assert (row.values["local-ssim"].value, row.values["ssim"].value) == (0.7, pytest.approx(0.6))


def test_a_search_that_fails_is_told_and_can_be_begun_again(qtbot, opened, search):
    model = opened()
    told = []
    model.failed.connect(told.append)
    search.error = WorkerDied("It died.", remedy="Again.")
    model.finding.choose("local-ssim")
    qtbot.waitUntil(lambda: bool(told))
    assert not model.finding.searching

    search.error = None
    model.finding.search()
    qtbot.waitUntil(lambda: not model.finding.searching)

    assert len(model.finding.ranked) == 16


def test_another_source_forgets_what_was_found(qtbot, opened, tmp_path):
    model = opened(kept=True)
    model.finding.choose("local-ssim")
    qtbot.waitUntil(lambda: len(model.finding.ranked) == 16)

    model.open(None)

    assert model.finding.choices == ()
    assert model.finding.ranked == ()
    assert not any(action.enabled() for action in model.finding.actions() if action.enabled)


def draw_a_body(qtbot, model, row):
    """Draw on the slice in view, and go on editing."""
    body = model.body
    qtbot.waitUntil(lambda: body.mask is not None)
    body.edit(True)
    body.editor.begin(row, 10.0, adding=True)
    body.editor.end()


def looks(model):
    return {one.id: one for one in model.finding.actions()}["find.places"].enabled()


def test_places_are_looked_for_again_when_a_body_is_drawn(qtbot, opened, search):
    """Both cases of the test have one reference, so that all four slices 3 are given up."""
    model = opened(kept=True)
    finding, number = model.finding, model.number_of(model.state.slice)
    qtbot.waitUntil(lambda: finding.places.complete)
    finding.choose("local-ssim")
    assert not looks(model)

    draw_a_body(qtbot, model, 2.0)
    assert len(finding.ranked) == 16
    model.body.keep()
    assert number == 3
    assert {one.slice for one in finding.ranked} == {1, 2, 4}
    assert len(finding.ranked) == 12
    assert finding.here is None
    assert looks(model)
    assert [only for only, _ in search.asked] == [True]  # not between two strokes

    model.body.edit(False)
    qtbot.waitUntil(lambda: finding.places.complete)
    assert [only for only, _ in search.asked] == [True, False]
    assert len(finding.ranked) == 16
    assert not looks(model)


def test_a_body_drawn_while_places_are_looked_for_is_not_forgotten(qtbot, opened, search):
    model = opened()
    finding = model.finding
    qtbot.waitUntil(lambda: search.asked != [])

    draw_a_body(qtbot, model, 2.0)
    finding.choose("local-ssim")
    assert finding.searching
    model.body.edit(False)
    qtbot.waitUntil(lambda: finding.places.complete)

    assert [only for only, _ in search.asked] == [True, False, False]
    assert len(finding.ranked) == 16


def test_a_body_starts_no_search_that_nobody_asked_for(qtbot, opened, search):
    model = opened(kept=True)
    finding = model.finding
    qtbot.waitUntil(lambda: finding.places.complete)
    finding.choose("ssim")

    draw_a_body(qtbot, model, 2.0)
    model.body.edit(False)
    assert not finding.searching
    finding.choose("local-ssim")
    assert finding.searching
    qtbot.waitUntil(lambda: finding.places.complete)

    assert [only for only, _ in search.asked] == [True, False]


def test_keys_walk_and_the_menu_says_by_what(opened):
    model = opened()
    actions = {action.id: action for action in model.finding.actions()}

    assert actions["find.next"].keys == ("J",)
    assert actions["find.previous"].keys == ("Shift+J",)
    actions["find.by.psnr"].run()
    assert actions["find.by.psnr"].checked()
    assert actions["find.worst"].enabled()
