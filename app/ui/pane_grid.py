"""The linked panes, how they lie, and what is painted in each."""

from functools import partial

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.actions import Action
from app.ui.body_overlay import BodyOverlay
from app.ui.canvas import Blend, Canvas
from app.ui.compare import AMOUNTS, Compare, Mode
from app.ui.compare_mouse import CompareMouse, in_reach, paint_split
from app.ui.hanging_model import HangingModel
from app.ui.inspect_model import InspectModel
from app.ui.layouts import LAYOUTS, Layout, layout_named
from app.ui.magnifier import paint_crosshair, paint_lens
from app.ui.pane_actions import pane_actions
from app.ui.pane_head import PaneHead
from app.ui.pane_set import PANES
from app.ui.pane_source import PanePlane
from app.ui.pane_tools import PaneTools
from app.ui.probe import plane_value, status_words
from app.ui.view_state import ViewState


class PaneGrid(QWidget):
    """The panes and the few tools above them.

    ``panes`` holds all six canvases, counted from 0; a layout shows the first few. The
    active pane is the one touched last: keys and menus act on it.

    Signals
    -------
    pointed(str)
        The place under the mouse and its value, in words; empty when it has left.
    """

    pointed = Signal(str)

    def __init__(self, model: InspectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.compare = Compare(self)
        self.panes = tuple(Canvas(model.state, parent=self) for _ in range(PANES))
        self.reference, self.reconstruction, self.difference, self.local_map = self.panes[:4]
        self.heads = tuple(
            PaneHead(model, self.compare, number, pane) for number, pane in enumerate(self.panes)
        )
        self._planes = [(PanePlane(""), PanePlane(""))] * PANES
        self._active = 0
        self._maximised: int | None = None
        self._layout = LAYOUTS[0]
        self.tools = PaneTools(model, self.compare, self.actions, lambda: self.active_state)
        self.hanging = HangingModel(model, self)
        self.overlay = BodyOverlay(model, self.panes, self)
        self._mouse = CompareMouse(self.compare, self.panes, self)
        self._grid = QGridLayout()
        self._lay_out()
        self._connect()
        self.set_layout(LAYOUTS[0].name)

    def _lay_out(self) -> None:
        ground = QFrame()
        ground.setObjectName("ground")
        ground.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tools)
        column.addWidget(ground, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _connect(self) -> None:
        for number, (pane, head) in enumerate(zip(self.panes, self.heads, strict=True)):
            pane.set_linked_cursor(True)
            pane.set_marks(True)
            pane.pointed.connect(partial(self._point, number))
            pane.touched.connect(partial(self.activate, number))
            pane.maximise_asked.connect(partial(self.maximise, number))
            head.maximise_asked.connect(partial(self.maximise, number))
            pane.add_overlay(partial(self._paint_over, number))
        model = self._model
        model.panes.plane_changed.connect(self._show)
        model.panes.changed.connect(self._link)
        self.compare.changed.connect(self._show_compared)
        self.tools.layout_chosen.connect(self.set_layout)
        self.hanging.layout_asked.connect(self.set_layout)

    # ---- layout ----------------------------------------------------------------------

    @property
    def layout_name(self) -> str:
        """The name of the layout."""
        return self._layout.name

    @property
    def shown(self) -> tuple[int, ...]:
        """The panes that can be seen."""
        if self._maximised is not None:
            return (self._maximised,)
        return tuple(range(len(self._layout.cells)))

    def set_layout(self, name: str) -> None:
        """Lay the panes in another way; an unknown name changes nothing."""
        layout = layout_named(name)
        if layout is not None:
            self._layout, self._maximised = layout, None
            self._arrange()

    def next_layout(self) -> None:
        """Go to the next layout, round to the first."""
        now = LAYOUTS.index(self._layout)
        self.set_layout(LAYOUTS[(now + 1) % len(LAYOUTS)].name)

    def maximise(self, pane: int) -> None:
        """Give a pane the whole room, or all panes theirs again."""
        self._maximised = None if self._maximised is not None else pane
        self.activate(pane)
        self._arrange()

    @property
    def is_maximised(self) -> bool:
        """Whether one pane has the whole room for a while."""
        return self._maximised is not None

    def _arrange(self) -> None:
        layout, shown = self._layout, self.shown
        if self._maximised is not None:
            layout = Layout("", "", ((0, 0, 1, 1),))
        for pane in self.panes:
            self._grid.removeWidget(pane)
        for number, cell in zip(shown, layout.cells, strict=True):
            self._grid.addWidget(self.panes[number], *cell)
        for number, pane in enumerate(self.panes):
            pane.setVisible(number in shown)
        rows, columns = layout.size
        for line in range(3):
            self._grid.setRowStretch(line, int(line < rows))
            self._grid.setColumnStretch(line, int(line < columns))
        if self._active not in shown:
            self._active = shown[0]
        self._mark_active()
        self._model.panes.set_shown(shown)
        self._show_all()
        self.tools.name_layout(self._layout)

    # ---- the active pane ---------------------------------------------------------------

    @property
    def active(self) -> int:
        """The pane that keys and menus act on."""
        return self._active

    @property
    def active_state(self) -> ViewState:
        """How the active pane is looked at; its own where it is unlinked."""
        return self._model.panes.state(self._active)

    def activate(self, pane: int) -> None:
        """Let keys and menus act on a pane."""
        if pane != self._active:
            self._active = pane
            self._mark_active()

    def _mark_active(self) -> None:
        for number, head in enumerate(self.heads):
            head.set_active(number == self._active and len(self.shown) > 1)
        self.tools.name_window()

    def choose_content(self) -> None:
        """Open the menu of the active pane."""
        self.heads[self._active].open_menu()

    # ---- what is painted ---------------------------------------------------------------

    def plane(self, pane: int) -> PanePlane:
        """Return what a pane paints in front."""
        return self._planes[pane][0]

    def planes_seen(self, pane: int) -> tuple[PanePlane, ...]:
        """Return what a pane paints, the front first; two where one lies over the other."""
        front, back = self._planes[pane]
        return (front, back) if self.panes[pane].blend.kind != "none" else (front,)

    def planes_at(self, pane: int, place: tuple[float, float]) -> tuple[PanePlane, ...]:
        """Return what is seen at a place, a fraction (across, down) of what a pane shows.

        Two planes where one shines through the other.
        """
        canvas = self.panes[pane]
        target = canvas.exact_target()
        x = target.left() + place[0] * target.width()
        y = target.top() + place[1] * target.height()
        return tuple(self._planes[pane][layer] for layer in canvas.layers_at(QPointF(x, y)))

    def toggle_flicker(self) -> None:
        """Exchange each image with what it is compared with."""
        self.compare.flick()

    def toggle_mode(self, mode: Mode) -> None:
        """Lay the second plane over the first in the active pane, or take it away.

        The split of a swipe begins where it can be seen and dragged.
        """
        pane, compare = self._active, self.compare
        compare.toggle(pane, mode)
        if compare.mode(pane) == "swipe":
            canvas = self.panes[pane]
            amount = in_reach(canvas.exact_target(), QRectF(canvas.rect()), AMOUNTS["swipe"][0])
            compare.set_amount(pane, amount)

    def _show_all(self) -> None:
        for pane in range(PANES):
            self._show(pane)

    def _show_compared(self) -> None:
        self._model.panes.set_comparing(self.compare.comparing, flicked=self.compare.flicked)
        self._show_all()

    def _show(self, pane: int) -> None:
        """Hand a pane what it paints; one that is hidden gets it when it is shown."""
        if pane not in self.shown:
            return
        panes, canvas = self._model.panes, self.panes[pane]
        front, back = panes.fronts[pane].plane, panes.backs[pane].plane
        if panes.exchanged(pane):
            front, back = back, front
        self._planes[pane] = front, back
        mode, amount = self.compare.mode(pane), self.compare.amount(pane)
        canvas.set_message(front.message)
        missing = f" – {back.message}" if back.message and not back.is_there else ""
        canvas.set_title(_joined(front.title, f"{back.title}{missing}", mode))
        self.heads[pane].set_words(canvas.title, _joined(front.short, back.short, mode))
        if panes.seen(pane)[0].is_image:
            canvas.set_image(front.image, front.slices)
        else:
            made = front.map
            canvas.set_map(made.colors if made else None, made.values if made else None, front.grid)
        canvas.set_linked_cursor(front.of_patient)
        if mode == "none" or not back.is_there:
            canvas.set_color_bar(front.bar)
            canvas.set_second(None)
            canvas.set_blend(Blend())
            return
        canvas.set_color_bar(front.bar or back.bar)
        if back.map is not None:
            canvas.set_second_map(back.map.colors, back.map.values, back.grid)
        else:
            canvas.set_second(back.image, back.slices)
        canvas.set_blend(
            Blend(mode, amount * (canvas.devicePixelRatioF() if mode == "checker" else 1))
        )

    def _paint_over(self, pane: int, painter: QPainter, target: QRectF) -> None:
        """Paint what compares: the split, the lines, the lens."""
        compare, state = self.compare, self._model.panes.state(pane)
        if compare.mode(pane) == "swipe" and self.panes[pane].blend.kind == "swipe":
            paint_split(painter, target, compare.amount(pane))
        if not self.plane(pane).of_patient:
            return
        if compare.crosshair:
            paint_crosshair(painter, target, state)
        if compare.magnifier and state.cursor is not None:
            canvas = self.panes[pane]
            room = min(canvas.width(), canvas.height())
            planes = [one for one in self.planes_at(pane, state.cursor) if one.of_patient]
            paint_lens(painter, target, state, planes, room, compare.amount(pane))

    def _link(self) -> None:
        for number, pane in enumerate(self.panes):
            pane.set_state(self._model.panes.state(number))
        self._show_all()

    def _point(self, pane: int, row: int, column: int, value: float | None) -> None:
        if row < 0:
            self.pointed.emit("")
            return
        canvas, index = self.panes[pane], self._model.panes.state(pane).slice
        rows, columns = canvas.plane_shape or (1, 1)
        place = (column + 0.5) / columns, (row + 0.5) / rows
        planes = [self._planes[pane][layer] for layer in canvas.pointed_layers]
        values = [value, *(plane_value(one, index, place) for one in planes[1:])]
        shown = "  +  ".join(
            ("–" if one is None else f"{one:.5g}") + plane.unit
            for one, plane in zip(values, planes, strict=True)
        )
        words = f"row {row}  column {column}   {shown}"
        panes = self._model.panes
        here = panes.is_linked(pane) and any(one.of_patient for one in planes)
        beside = status_words(self._model, row, column) if here else ""
        self.pointed.emit(f"{words}     {beside}".rstrip())

    # ---- what can be done --------------------------------------------------------------

    def actions(self) -> tuple[Action, ...]:  # type: ignore[override]  # Qt's own are not needed
        """Return everything that can be done with the panes and by comparing in them."""
        return pane_actions(self, self._model)

    def stop(self) -> None:
        """Flicker no more; for when the window closes."""
        self.compare.stop()


def _joined(front: str, back: str, mode: str) -> str:
    between = {"swipe": " | ", "fade": " + ", "checker": " # "}.get(mode)
    return f"{front}{between}{back}" if between else front
