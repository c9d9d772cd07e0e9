"""What a film shows, read off the panes on the screen."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QRect, QSize

from app import SOFTWARE
from app.report.captions import window_words
from app.ui.cine import FilmedPane, FilmOrder, Look
from app.ui.drawings import Drawings
from app.ui.inspect_model import InspectModel
from app.ui.pane_content import RECONSTRUCTION, REFERENCE
from app.ui.pane_grid import PaneGrid
from app.ui.view_state import ViewState


def film_order(
    model: InspectModel,
    panes: PaneGrid,
    indices: tuple[int, ...],
    rate: float,
    *,
    flicker: bool = False,
    share: float = 1.0,
    drawings: Drawings | None = None,
) -> FilmOrder | None:
    """Return what a film of the panes in view shows; None while there is no image.

    Parameters
    ----------
    indices
        The slices, from 0, in their order.
    rate
        Frames a second.
    flicker
        Reference and reconstruction take turns in one pane.
    share
        The size of the film as a part of that on the screen.
    drawings
        What lies over the planes.
    """
    pair, view = model.pair, model.view
    if pair is None or view is None:
        return None
    look_of = partial(_look, share=share, by_pixels=share / panes.devicePixelRatioF())
    shown = [panes.panes[number] for number in panes.shown]
    places = [_scaled(QRect(one.mapTo(panes, QPoint(0, 0)), one.size()), share) for one in shown]
    if flicker:
        largest = max(places, key=lambda place: place.width() * place.height())
        place = QRect(QPoint(0, 0), largest.size())
        whole = place
        here = tuple(range(view.slices))
        scenes = tuple(
            (FilmedPane(place, title, content, view, here, first=content is REFERENCE),)
            for title, content in (
                ("Reference", REFERENCE),
                (f"Reconstruction: {pair.arm}", RECONSTRUCTION),
            )
        )
    else:
        whole = QRect()
        for place in places:
            whole = whole.united(place)
        corner = whole.topLeft()
        scenes = (
            tuple(
                filmed
                for number, place in zip(panes.shown, places, strict=True)
                if (filmed := _filmed(model, number, place.translated(-corner), look_of))
            ),
        )
    drawings = drawings or Drawings()
    how = (window_words(model.state.window, view.reference.unit), *drawings.notes(view), SOFTWARE)
    return FilmOrder(
        size=QSize(whole.width(), whole.height()),
        scenes=scenes,
        indices=indices,
        numbers=tuple(model.number_of(index) or index + 1 for index in indices),
        look=look_of(model.state),
        limit=model.difference.limit,
        amplified=model.difference.amplified,
        caption=f"Case {pair.case}, arm {pair.arm}, slice {{slice}}, {', '.join(how)}",
        rate=rate,
        font=panes.font(),
        drawings=drawings,
        per_mm=panes.screen().physicalDotsPerInch() / 25.4,
    )


def _filmed(
    model: InspectModel, number: int, place: QRect, look_of: Callable[[ViewState], Look]
) -> FilmedPane | None:
    content, pair = model.content(number), model.pair
    here = pair.arm if pair is not None else ""
    arm = content.arm or here if content.needs_arm else here
    view = model.images.view_of(arm)
    if view is None:
        return None
    chosen = model.maps.chosen
    if content.kind == "map" and content.map:
        chosen = next((one for one, _ in model.maps.choices if one.id == content.map), None)
    linked = model.panes.is_linked(number)
    plane = model.panes.fronts[number].plane  # also where the pane shows what it is compared with
    return FilmedPane(
        place=place,
        title=plane.title,
        content=content,
        view=view,
        slices=model.images.slices_of(arm),
        unit=plane.unit,
        chosen=chosen,
        own=None if linked else look_of(model.panes.state(number)),
        first=number == 0,
    )


def _look(state: ViewState, *, share: float, by_pixels: float) -> Look:
    """Return how planes are shown in a film so many times as large as the screen.

    One that fits its pane is as large as that; of others ``by_pixels`` is the size of a
    pixel where it is one of the screen's, and ``share`` that of a millimetre.
    """
    smaller = {"fit": 1.0, "true": share}.get(state.scale, by_pixels)
    return Look(
        slice=state.slice,
        slice_count=state.slice_count,
        window=state.window,
        inverted=state.inverted,
        interpolation=state.interpolation,
        scale=state.scale,
        zoom=state.zoom * smaller,
        centre=state.centre,
    )


def _scaled(place: QRect, share: float) -> QRect:
    left, top = round(place.left() * share), round(place.top() * share)
    right, bottom = round((place.right() + 1) * share), round((place.bottom() + 1) * share)
    return QRect(left, top, right - left, bottom - top)
