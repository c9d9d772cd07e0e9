"""Another arm of a case shows the same slice of the reference, also where it lacks some."""

import json
from dataclasses import replace

import pytest

from app.domain.image import Grid
from app.domain.progress import Progress
from app.store.view_file import read_view, write_view
from app.ui.case_images import nearest
from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.view_record import seen_view
from app.ui.view_state import ViewState
from app.workflows.inspect import Glimpse
from tests.ui.fakes import FakeView, FakeWork, image, pair, pairing

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Lacking(FakeWork):
    """``mild`` has all ten slices of the reference, ``strong`` only those from the fourth on."""

    def pair(self, source, _reference):
        yield Progress(0, 1, "")
        found = pairing(source, slices=10)
        from_fourth = tuple((index, index - 3) for index in range(3, 10))
        return replace(
            found,
            pairs=tuple(
                replace(one, slices=from_fourth) if one.arm == "strong" else one
                for one in found.pairs
            ),
        )

    def load(self, wanted, looking_at):
        whole = FakeView(wanted, *(image(slices=len(wanted.slices), noise=n) for n in (0, 25.0)))
        if self.glimpses:
            first = looking_at(len(wanted.slices))
            there = tuple(index == first for index in range(len(wanted.slices)))
            yield Glimpse(1, 5, "", whole.reference, whole.reconstruction, there)
        yield Progress(0, 1, "")
        return whole

    glimpses = False


@pytest.fixture
def fake(tmp_path):
    return Lacking(tmp_path)


@pytest.fixture
def page(qtbot, fake, tmp_path):
    context = Context()
    page = InspectPage(context, InspectModel(fake.work()))
    page.resize(1280, 760)
    qtbot.addWidget(page, before_close_func=lambda _: page.stop())
    page.show()
    (tmp_path / "cases").mkdir()
    context.open_source(tmp_path / "cases")
    qtbot.waitUntil(lambda: page.model.view is not None)
    return page


def choose(qtbot, page, arm, case="case-1"):
    page.model.select(case, arm)
    qtbot.waitUntil(lambda: page.model.view is not None)


def number(page):
    return page.model.number_of(page.model.state.slice)


@pytest.mark.parametrize("glimpses", [False, True])
def test_another_arm_shows_the_same_slice_or_the_next_one_that_it_has(qtbot, page, fake, glimpses):
    fake.glimpses = glimpses
    page.model.state.set_slice(5)
    assert number(page) == 6

    choose(qtbot, page, "strong")
    assert number(page) == 6
    choose(qtbot, page, "mild")
    assert number(page) == 6
    page.model.state.set_slice(1)
    choose(qtbot, page, "strong")
    assert number(page) == 4
    choose(qtbot, page, "strong", "case-2")
    assert page.model.state.slice == 3  # another case begins in its middle


def test_a_pane_that_moves_on_its_own_keeps_its_slice_too(qtbot, page):
    model = page.model
    model.panes.set_linked(1, False)
    model.panes.state(1).set_slice(8)

    choose(qtbot, page, "strong")
    assert model.number_of(model.panes.state(1).slice) == 9
    choose(qtbot, page, "mild")
    assert model.number_of(model.panes.state(1).slice) == 9


def test_a_shape_on_one_slice_stays_on_that_of_the_reference(qtbot, page):
    model, shapes = page.model, page.model.shapes
    shapes.set_everywhere(False)
    model.state.set_slice(1)
    early = shapes.add("rectangle", ((2.0, 2.0), (8.0, 12.0)))
    model.state.set_slice(5)
    late = shapes.add("rectangle", ((2.0, 2.0), (8.0, 12.0)))
    assert (early.slice, late.slice) == (1, 5)

    choose(qtbot, page, "strong")
    assert shapes.here == (late,)
    model.state.set_slice(5)
    assert shapes.here == ()
    choose(qtbot, page, "mild")
    model.state.set_slice(1)
    assert shapes.here == (early,)


def test_what_is_measured_is_of_the_slice_in_view_after_the_arm_has_changed(qtbot, page):
    model, measuring = page.model, page.measure.measuring
    model.state.set_slice(5)
    shape = model.shapes.add("rectangle", ((2.0, 2.0), (8.0, 12.0)))
    qtbot.waitUntil(lambda: measuring.measured is not None and not measuring.stale)
    model.state.set_slice(2)
    choose(qtbot, page, "strong")  # its third slice is the reference's sixth
    model.state.set_slice(2)
    model.shapes.choose(shape.number)
    qtbot.waitUntil(lambda: measuring.measured is not None and not measuring.stale)

    assert measuring.as_csv().splitlines()[1].startswith("case-1,6,")


def look(page, slice_of_pane, slice_of_shape):
    model = page.model
    model.panes.set_linked(1, False)
    model.panes.state(1).set_slice(slice_of_pane)
    model.shapes.set_everywhere(False)
    model.state.set_slice(slice_of_shape)
    model.shapes.add("rectangle", ((2.0, 2.0), (8.0, 12.0)))


@pytest.mark.parametrize("version", [2, 3])
def test_a_view_opens_at_its_slices_whatever_counted_them(qtbot, page, tmp_path, version):
    model, file = page.model, tmp_path / "view.json"
    choose(qtbot, page, "strong")
    look(page, 4, 2)  # the eighth and the sixth slice of the reference
    seen = seen_view(model, page.panes)
    write_view(seen, file)
    data = json.loads(file.read_text())
    assert (data["panes"][1]["own"]["slice"], data["shapes"][0]["slice"]) == (7, 5)
    if version == 2:  # counted among the slices of the pair
        data["version"] = 2
        data["panes"][1]["own"]["slice"], data["shapes"][0]["slice"] = 4, 2
        file.write_text(json.dumps(data))
    model.panes.set_linked(1, True)
    model.shapes.remove_all()
    choose(qtbot, page, "mild")

    with qtbot.waitSignal(page.share.opener.opened):
        page.share.opener.open(read_view(file))

    assert seen_view(model, page.panes) == seen
    assert [shape.slice for shape in model.shapes.shapes] == [5]
    assert model.panes.state(1).slice == 4


def test_the_place_in_the_patient_counts_where_each_arm_has_a_reference_of_its_own():
    def lying(name, places):
        grid = Grid(
            64, 48, len(places), spacing=(1.0, 1.0), orientation=(1, 0, 0, 0, 1, 0),
            positions=tuple((0.0, 0.0, z) for z in places),
        )  # fmt: skip
        one = pair("c", name, len(places))
        return replace(one, reference=replace(one.reference, uid=name, grid=grid))

    assert nearest(lying("a", (0, 3, 6, 9)), lying("b", (6, 9, 12))) == (0, 1, 0, 1)
    assert nearest(pair("c", "a"), replace(pair("c", "b"), slices=())) == (0,) * 5


def test_number_and_slice_change_in_one_step(qtbot):
    state, told = ViewState(), []
    state.set_slices(10, 8)
    state.slice_changed.connect(told.append)

    state.set_slices(4, 2)
    state.set_slices(20, 15)

    assert told == [2, 15]
