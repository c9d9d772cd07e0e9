"""Makes the coloured plane of a pane, away from the screen: what, of which slice, how."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.display import diverging, grey_levels, loss
from app.domain.image import Image, Window
from app.domain.metric import MapDefinition
from app.ui.inspect_work import InspectWork
from app.ui.jobs import Workflow, one_step
from app.ui.map_choice import coloured
from app.ui.maps import ColorMap
from app.ui.pane_content import PaneContent

if TYPE_CHECKING:
    from app.workflows.inspect import PairView

_HIGHEST_PERCENT = 99.5


def make_plane(
    work: InspectWork,
    content: PaneContent,
    view: "PairView",
    index: int,
    limit: float,
    chosen: MapDefinition | None,
) -> Workflow:
    """Return the workflow that makes one plane; it returns a ColorMap.

    Parameters
    ----------
    view, index
        The pair of which it is made, and the slice in it.
    limit
        The difference that gets the full colour, in the image's unit.
    chosen
        The local map, where the content is one.
    """
    if content.kind == "map" and chosen is not None:
        return coloured(work, view, index, chosen)
    if content.kind in ("difference", "absolute"):
        signed = content.kind == "difference"
        return one_step(partial(_difference, work, view, index, limit, signed=signed))()
    made = work.edges if content.kind == "edges" else work.fourier
    image = view.reference if content.of_reference else view.reconstruction

    def in_grey() -> ColorMap:
        ours = made(view.reference, index)  # so that all arms have the scale of the reference
        values = ours if image is view.reference else made(image, index)
        percent = _HIGHEST_PERCENT if content.kind == "edges" else 100.0
        return _grey(values, _highest(ours, percent))

    return one_step(in_grey)()


def _difference(
    work: InspectWork, view: "PairView", index: int, limit: float, *, signed: bool
) -> ColorMap:
    values = work.difference(view, index)
    if signed:
        return ColorMap(diverging(values, limit), values, limit)
    values = np.abs(values)
    return ColorMap(loss(values, 0.0, limit), values, limit)


def _highest(values: NDArray[np.float64], percent: float) -> float:
    finite = values[np.isfinite(values)]
    high = float(np.percentile(finite, percent)) if finite.size else 0.0
    return high if high > 0 else 1.0


def _grey(values: NDArray[np.float64], high: float) -> ColorMap:
    levels = grey_levels(values, 1.0, 0.0, Window(high / 2, high, "LINEAR_EXACT"))
    colors = np.repeat(levels.astype(np.uint8)[:, :, np.newaxis], 3, axis=2)
    return ColorMap(colors, values, high)


def image_of(content: PaneContent, view: "PairView") -> Image:
    """Return the image that a content is made of, or that it is."""
    of_reference = content.kind == "reference" or content.of_reference
    return view.reference if of_reference else view.reconstruction
