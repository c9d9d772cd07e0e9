"""The body where the study has no intensity range: as it was drawn, else left out and told."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFont

from app.errors import InputError
from app.store import body_masks
from app.ui.canvas import Canvas
from app.ui.cine import FilmedPane, FilmOrder, Look, make_film
from app.ui.drawings import Drawings, Outlines
from app.ui.inspect_work import InspectWork
from app.ui.pane_content import REFERENCE
from app.ui.view_state import ViewState
from tests.ui.fakes import FakeView, image, pair
from tests.workflows.conftest import finish


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
