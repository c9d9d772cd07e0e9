"""The body where the study has no intensity range: as it was drawn, else left out and told."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont

from app.domain.study_range import StudyRanges
from app.errors import InputError, MetricRefused
from app.store import body_masks
from app.ui import contact_sheet
from app.ui.canvas import Canvas
from app.ui.cine import FilmedPane, FilmOrder, Look, make_film
from app.ui.context import Context
from app.ui.drawings import Drawings, Outlines
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.inspect_work import InspectWork
from app.ui.pane_content import REFERENCE, PaneContent
from app.ui.share_caption import caption_of
from app.ui.value_rows import ValueRow
from app.ui.view_state import ViewState
from app.workflows.contact_sheet import SheetSlice
from app.workflows.inspect_maps import drawn_body, find_body
from tests.ui.fakes import FakeView, image, pair
from tests.ui.test_body import stroke
from tests.ui.test_study_range import REFUSED, MrWork
from tests.workflows.conftest import finish

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def seen():
    """A pair whose study has no range."""
    return FakeView(pair("case-1", "mild"), image(), image(noise=25.0), range=None)


def draw(folder, view, slice_number):
    mask = np.zeros((64, 48), bool)
    mask[20:44, 12:36] = True
    body_masks.save(folder, view.pair.reference.uid, slice_number, mask)
    return mask


def film(view, work, folder):
    """Return the order of a film of the first two slices of the reference."""
    place = QRect(0, 0, 240, 320)
    slices = tuple(range(view.slices))
    pane = FilmedPane(place, "Reference", REFERENCE, view, slices, first=True)
    look = Look(0, view.slices, view.window, False, "linear", "fit", 1.0, (0.5, 0.5))
    return FilmOrder(
        size=place.size(),
        scenes=((pane,),),
        indices=(0, 1),
        numbers=(1, 2),
        look=look,
        limit=100.0,
        amplified=1,
        caption="slice {slice}",
        rate=5.0,
        font=QFont(),
        drawings=Drawings(body=Outlines(work, folder)),
    )


def colored(picture):
    """Return how many pixels of a picture are not nearly grey, above its caption."""
    return int((np.ptp(picture[30:300].astype(int), axis=2) > 60).sum())


def frames_of(path):
    with Pillow.open(path) as opened:
        for number in range(opened.n_frames):
            opened.seek(number)
            yield np.asarray(opened.convert("RGB"))


# ---- films -------------------------------------------------------------------------------


def test_a_film_has_the_bodies_that_were_drawn_and_leaves_the_others_out(qapp, seen, tmp_path):
    draw(tmp_path / "bodies", seen, 1)
    order = film(seen, InspectWork(), tmp_path / "bodies")

    first, second = frames_of(finish(make_film(order, tmp_path / "body.gif", InspectWork())))

    assert colored(first) > 300
    assert colored(second) == 0


def test_the_caption_says_that_bodies_are_missing(seen, tmp_path):
    drawings = Drawings(body=Outlines(InspectWork(), tmp_path))

    assert "no intensity range" in drawings.notes(seen)[0]
    assert drawings.notes(FakeView(seen.pair, seen.reference, seen.reconstruction)) == (
        "body outlined",
    )
    assert Drawings().notes(seen) == ()


@pytest.mark.qt_log_ignore("saved states")
def test_a_film_whose_body_cannot_be_found_fails_and_everything_else_goes_on(qapp, seen, tmp_path):
    def fails(*_):
        raise InputError("The slice cannot be read.", remedy="Copy it again.")

    view = FakeView(seen.pair, seen.reference, seen.reconstruction)
    work = replace(InspectWork(), find_body=fails)

    with pytest.raises(InputError, match="cannot be read"):
        finish(make_film(film(view, work, tmp_path / "bodies"), tmp_path / "body.gif", work))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.qt_log_ignore("saved states")
def test_a_picture_whose_overlay_fails_leaves_no_painter_open(qtbot, seen):
    def fails(*_):
        raise InputError("The slice cannot be read.", remedy="Copy it again.")

    canvas = Canvas(ViewState())
    qtbot.addWidget(canvas)
    canvas.set_image(seen.reference)
    canvas.set_overlay(fails)

    with pytest.raises(InputError, match="cannot be read"):
        canvas.render(QSize(100, 100))


# ---- contact sheets ----------------------------------------------------------------------


def test_a_sheet_has_all_rows_and_says_where_a_body_is_missing(qapp, seen, tmp_path, monkeypatch):
    draw(tmp_path / "bodies", seen, 1)
    headings = []
    painted = contact_sheet._Paper.paint_row
    monkeypatch.setattr(
        contact_sheet._Paper,
        "paint_row",
        lambda paper, painter, top, row: (
            headings.append(row.heading),
            painted(paper, painter, top, row),
        ),
    )

    def slices(wanted, _map):
        for rank, (_, number) in enumerate(wanted, 1):
            values = seen.reconstruction.values(number - 1) - seen.reference.values(number - 1)
            yield SheetSlice(rank, 2, "", seen, number - 1, values)

    order = contact_sheet.SheetOrder(
        title="The 2 worst slices",
        wanted=((seen.pair, 1), (seen.pair, 2)),
        rows=tuple(ValueRow("case-1", "mild", number, "whole", {}) for number in (1, 2)),
        window=None,
        inverted=False,
        limit=100.0,
        drawings=Drawings(body=Outlines(InspectWork(), tmp_path / "bodies")),
    )
    target = finish(contact_sheet.make_sheet(order, tmp_path / "worst.png", slices))

    assert ["no intensity range" in one for one in headings] == [False, True]
    with Pillow.open(target) as opened:
        first = np.asarray(opened.convert("RGB"))[:, 30:400]
    half = len(first) // 2
    above, below = (np.ptp(part.astype(int), axis=2) > 60 for part in (first[:half], first[half:]))
    assert above.sum() > 300
    assert below.sum() == 0


# ---- the room ----------------------------------------------------------------------------


@pytest.fixture
def fake(tmp_path):
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "metrics.csv").write_text("measured")
    return MrWork(tmp_path / "values")


@pytest.fixture
def page(qtbot, fake, tmp_path):
    work = replace(fake.work(), find_body=find_body, drawn_body=drawn_body)
    page = InspectPage(Context(), InspectModel(work))
    page.resize(1280, 760)
    qtbot.addWidget(page, before_close_func=lambda _: (fake.go_on.set(), page.stop()))
    page.show()
    page._context.open_source(tmp_path / "cases")
    qtbot.waitUntil(lambda: page.model.view is not None and page.model.can_export)
    return page


def refuse(qtbot, page, fake):
    fake.found = StudyRanges({}, {"CT": REFUSED})
    fake.go_on.set()
    qtbot.waitUntil(lambda: page.model.ranges.complete)


def test_save_of_a_sheet_waits_for_the_range_only_where_it_is_needed(qtbot, page, fake):
    page.share.contact_sheet()
    dialog = page.share._dialogs[-1]
    assert dialog.save.isEnabled()
    page.model.body.show(True)
    assert not dialog.save.isEnabled()
    page.model.body.show(False)
    dialog.third.setCurrentIndex(1)
    assert not dialog.save.isEnabled()
    assert dialog.waiting.isVisible()

    refuse(qtbot, page, fake)
    assert dialog.save.isEnabled()
    assert not dialog.waiting.isVisible()
    dialog.close()


def test_a_film_of_a_map_says_why_there_is_no_range(qtbot, page, fake, tmp_path):
    page.model.set_content(1, PaneContent("map", map="ssim"))
    refuse(qtbot, page, fake)
    page.share.cine()
    dialog = page.share._dialogs[-1]

    with pytest.raises(MetricRefused, match="one single value"):
        dialog.workflow(tmp_path / "map.gif")
    page.model.set_content(1, PaneContent("reconstruction"))
    for pane in range(2, 4):
        page.model.set_content(pane, PaneContent("difference"))
    dialog.workflow(tmp_path / "plain.gif")
    dialog.close()


def test_the_search_for_worst_places_is_told_why_there_is_no_range(qtbot, page, fake, monkeypatch):
    told = []
    monkeypatch.setattr(
        "app.workflows.worst_places.find_places",
        lambda _pairs, _folder, study, **_: told.append(study) or iter(()),
    )

    refuse(qtbot, page, fake)
    page.model.finding.search()

    qtbot.waitUntil(lambda: not page.model.finding.searching)
    assert told[-1].refused == {"CT": REFUSED}


def test_a_body_that_was_drawn_is_shown_and_edited_without_a_range(qtbot, page, fake):
    model, body = page.model, page.model.body
    mask = draw(fake.folder / "body-masks", model.view, 5)
    body.show(True)
    model.state.set_slice(4)

    qtbot.waitUntil(lambda: body.mask is not None)  # while the range is unknown
    np.testing.assert_array_equal(body.mask, mask)
    assert page.panes.overlay.words == "Body, edited by hand"

    refuse(qtbot, page, fake)
    body.edit(True)
    np.testing.assert_array_equal(body.mask, mask)
    stroke(qtbot, page.panes.reference, (4, 10), (4, 38))
    assert body.mask[4, 12:36].all()
    assert not page.panes.tools.editing.reset.isEnabled()  # there is none to go back to
    body.edit(False)
    kept = body_masks.load(fake.folder / "body-masks", model.view.pair.reference.uid, 5)
    np.testing.assert_array_equal(kept, body.mask)
    assert kept[4, 12:36].all()


def test_a_body_that_cannot_be_found_says_why_and_arms_no_brush(qtbot, page, fake):
    overlay, reference = page.panes.overlay, page.panes.reference
    page.model.body.show(True)
    assert overlay.words == "Looking for the body…"
    before = reference.grab().toImage()

    refuse(qtbot, page, fake)
    assert (overlay.words, overlay.more) == ("No body", "No intensity range")
    told = page.panes.tools.body.toolTip()
    assert str(REFUSED) in told
    assert REFUSED.remedy in told
    qtbot.waitUntil(lambda: reference.grab().toImage() != before)

    page.model.body.edit(True)
    assert overlay.more == "No intensity range"
    stroke(qtbot, reference, (4, 10), (4, 38))
    assert reference.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert page.model.body.mask is None
    page.model.body.edit(False)
    assert not list((fake.folder / "body-masks").glob("**/*"))


def test_what_is_drawn_stays_when_the_range_comes(qtbot, page, fake):
    model, body = page.model, page.model.body
    draw(fake.folder / "body-masks", model.view, 5)
    model.state.set_slice(4)
    qtbot.waitUntil(lambda: body.mask is not None)
    body.edit(True)
    stroke(qtbot, page.panes.reference, (4, 10), (4, 38))
    drawn = body.mask.copy()

    fake.go_on.set()
    qtbot.waitUntil(lambda: body.editor.can_reset)
    np.testing.assert_array_equal(body.mask, drawn)
    assert page.panes.tools.editing.reset.isEnabled()

    body.editor.reset()
    np.testing.assert_array_equal(body.mask, find_body(model.view, 4))
    body.edit(False)
    assert not body.edited
    assert body_masks.load(fake.folder / "body-masks", model.view.pair.reference.uid, 5) is None


def test_a_picture_names_a_body_only_where_there_is_one(qtbot, page, fake):
    page.model.body.show(True)
    refuse(qtbot, page, fake)

    def notes():
        return caption_of(page.model, page.panes).notes

    assert "Body outlined" not in notes()
    draw(fake.folder / "body-masks", page.model.view, 5)
    page.model.state.set_slice(4)
    qtbot.waitUntil(lambda: page.model.body.mask is not None)
    assert "Body outlined" in notes()
