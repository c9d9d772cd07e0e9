"""Films of the panes in view: slice after slice, or reference and reconstruction in turn.

Frames are painted away from the screen, by what paints the canvases, and written one by
one; so a film may be as long as the series.
"""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from app.display import diverging, loss
from app.domain.image import Window
from app.domain.metric import MapDefinition
from app.domain.progress import Progress
from app.report.captions import wrapped
from app.store.film import film
from app.ui.canvas_labels import TEXT, ColorBar
from app.ui.canvas_scene import Room, Scene
from app.ui.drawings import Drawings
from app.ui.inspect_work import InspectWork
from app.ui.jobs import Workflow
from app.ui.map_choice import worst_value
from app.ui.maps import ColorMap
from app.ui.pane_bars import absolute_bar, difference_bar, grey_bar, map_bar
from app.ui.pane_content import PaneContent
from app.ui.pane_making import make_plane

if TYPE_CHECKING:
    from app.workflows.inspect import PairView

_BETWEEN = QColor("#2a2f34")
_MARGIN = 8
_SHADED = 0.6  # how bright a line is at its edges, about
_COLORS = 128  # of the 256 of a GIF; the others stay grey


@dataclass(frozen=True, slots=True)
class Look:
    """What a ViewState says, held still for a thread of its own."""

    slice: int
    slice_count: int
    window: Window
    inverted: bool
    interpolation: str
    scale: str
    zoom: float
    centre: tuple[float, float]
    cursor: None = None


@dataclass(frozen=True, slots=True, eq=False)
class FilmedPane:
    """One pane: its place in the frame, and what it shows of which pair.

    ``slices`` holds for each slice in view the slice of ``view``, -1 for none.
    ``own`` is None where the pane moves with the others. The ``first`` pane says where the
    outline of the body comes from.
    """

    place: QRect
    title: str
    content: PaneContent
    view: "PairView"
    slices: tuple[int, ...]
    unit: str = ""
    chosen: MapDefinition | None = None
    own: Look | None = None
    first: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FilmOrder:
    """What a film shows.

    Parameters
    ----------
    size
        Width and height of the panes together; the caption comes below.
    scenes
        The panes of each kind of frame; two kinds take turns on every slice.
    indices, numbers
        The slices in view, from 0, and their numbers in the tables.
    look
        How linked panes show them.
    limit, amplified
        The difference that gets the full colour, and how many times it is amplified.
    caption
        Words below, in which ``{slice}`` is the number of the slice.
    rate
        Frames a second.
    drawings
        What lies over the planes.
    per_mm
        How many of the screen's pixels make a millimetre.
    """

    size: QSize
    scenes: tuple[tuple[FilmedPane, ...], ...]
    indices: tuple[int, ...]
    numbers: tuple[int, ...]
    look: Look
    limit: float
    amplified: int
    caption: str
    rate: float
    font: QFont
    drawings: Drawings = field(default_factory=Drawings)
    per_mm: float = 96 / 25.4


def make_film(order: FilmOrder, target: Path, work: InspectWork) -> Workflow:
    """Return the workflow that writes a film, GIF or MP4 by its suffix.

    It may be ended between any two frames; then nothing is written.
    """
    total = len(order.indices) * len(order.scenes)
    done = 0
    with film(target, order.rate, _colors(order)) as add, _Maps() as maps:
        for index, number in zip(order.indices, order.numbers, strict=True):
            for panes in order.scenes:
                yield Progress(done, total, f"slice {number}")
                frame = yield from _painted(order, panes, index, number, work, maps, done, total)
                add(frame)
                done += 1
        yield Progress(total, total, "closing the file")
    return target


def _colors(order: FilmOrder) -> NDArray[np.uint8] | None:
    """Return the colours that the panes use beside grey."""
    kinds = {pane.content.kind for panes in order.scenes for pane in panes}
    made = []
    drawn = [one.getRgb()[:3] for one in order.drawings.colors]
    ours = [np.array(drawn, np.uint8)] if drawn else []
    ours += [np.rint(one * _SHADED).astype(np.uint8) for one in ours]
    if "difference" in kinds:
        made.append(partial(diverging, limit=1.0))
    if kinds & {"absolute", "map"}:
        made.append(partial(loss, neutral=-1.0, extreme=1.0))
    ramp = np.linspace(-1.0, 1.0, _COLORS // max(len(made), 1))
    ours += [paint(ramp) for paint in made]
    return np.concatenate(ours) if ours else None


class _Maps:
    """A process of our own for maps that need a network; the screen keeps its own."""

    def __init__(self) -> None:
        self._process: Any = None

    def make(self, view: "PairView", index: int, chosen: MapDefinition) -> Workflow:
        from app.workflows.inspect_maps import MapProcess, slice_inputs

        self._process = self._process or MapProcess()
        values = yield from self._process.make(chosen.id, slice_inputs(view, index))
        extreme = worst_value(values, chosen)
        return ColorMap(loss(values, chosen.neutral, extreme), values, extreme)

    def __enter__(self) -> "_Maps":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.end()


def _painted(
    order: FilmOrder,
    panes: tuple[FilmedPane, ...],
    index: int,
    number: int,
    work: InspectWork,
    maps: _Maps,
    done: int,
    total: int,
) -> Generator[Progress, None, NDArray[np.uint8]]:
    """Paint one frame, (rows, columns, 3)."""
    metrics = QFontMetricsF(order.font)
    width = order.size.width()
    lines = wrapped(
        order.caption.replace("{slice}", str(number)),
        width - 2 * _MARGIN,
        metrics.horizontalAdvance,
    )
    # As high for every frame, also where a longer number would need another line.
    longest = order.caption.replace("{slice}", "0" * len(str(max(order.numbers))))
    most = len(wrapped(longest, width - 2 * _MARGIN, metrics.horizontalAdvance)) + 1
    high = order.size.height() + round(most * metrics.lineSpacing()) + _MARGIN
    picture = QImage(width, high, QImage.Format.Format_RGB888)
    picture.fill(QColor("#000000"))
    planes = []
    for pane in panes:
        made = yield from _made(order, pane, index, work, maps, done, total)
        planes.append((pane, made))
    with QPainter(picture) as painter:  # one left open by an error would take the process down
        painter.fillRect(QRect(0, 0, width, order.size.height()), _BETWEEN)
        for pane, made in planes:
            painter.save()
            painter.translate(pane.place.topLeft())
            painter.setClipRect(QRect(0, 0, pane.place.width(), pane.place.height()))
            painter.setFont(order.font)
            room = Room(pane.place.size(), per_mm=order.per_mm)
            _scene(order, pane, index, made).paint(painter, room, careful=True)
            painter.restore()
        painter.setFont(order.font)
        painter.setPen(TEXT)
        for place, line in enumerate(lines):
            base = order.size.height() + _MARGIN + metrics.ascent() + place * metrics.lineSpacing()
            painter.drawText(QPointF(_MARGIN, base), line)
    return _pixels(picture)


def _made(
    order: FilmOrder,
    pane: FilmedPane,
    index: int,
    work: InspectWork,
    maps: _Maps,
    done: int,
    total: int,
) -> Generator[Progress, None, ColorMap | None]:
    """Make what is no image: a difference, a map."""
    at = pane.own.slice if pane.own is not None else index
    place = pane.slices[at] if at < len(pane.slices) else -1
    if pane.content.is_image or place < 0:
        return None
    if pane.content.kind == "map" and pane.chosen is not None and pane.chosen.needs_weights:
        making = maps.make(pane.view, place, pane.chosen)
    else:
        making = make_plane(work, pane.content, pane.view, place, order.limit, pane.chosen)
    while True:
        try:
            next(making)
        except StopIteration as ended:
            made: ColorMap = ended.value
            return made
        yield Progress(done, total, pane.title)


def _scene(order: FilmOrder, pane: FilmedPane, index: int, made: ColorMap | None) -> Scene:
    look = pane.own or replace(order.look, slice=index)
    scene = Scene(look)  # type: ignore[arg-type]  # a Look says all that a Scene asks for
    scene.title = pane.title
    scene.marks = True
    if pane.content.is_image:
        image = pane.view.reference
        if pane.content.kind == "reconstruction":
            image = pane.view.reconstruction
        scene.first.set_image(image, pane.slices)
    elif made is not None:
        grid = pane.view.reference.grid if pane.content.kind != "fourier" else None
        scene.first.set_colors(made.colors, made.values, grid, pane.slices)
        scene.bar = _bar(order, pane, made)
    place = pane.slices[look.slice] if look.slice < len(pane.slices) else -1
    grid = pane.view.reference.grid
    if (
        place >= 0
        and pane.content.kind != "fourier"
        and scene.first.shape == (grid.rows, grid.columns)
    ):
        arm = pane.view.pair.arm
        scene.overlays += order.drawings.over(pane.view, place, arm, told=pane.first)
    return scene


def _bar(order: FilmOrder, pane: FilmedPane, made: ColorMap) -> ColorBar:
    if pane.content.kind == "difference":
        return difference_bar(order.limit, pane.unit, order.amplified)
    if pane.content.kind == "absolute":
        return absolute_bar(order.limit, pane.unit, order.amplified)
    if pane.content.kind == "map" and pane.chosen is not None:
        return map_bar(pane.chosen, made, pane.unit)
    return grey_bar(made.extreme, pane.unit)


def _pixels(picture: QImage) -> NDArray[np.uint8]:
    rows, columns = picture.height(), picture.width()
    data = np.frombuffer(picture.constBits(), np.uint8).reshape(rows, picture.bytesPerLine())
    return data[:, : 3 * columns].reshape(rows, columns, 3).copy()
