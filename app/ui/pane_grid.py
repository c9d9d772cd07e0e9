"""Four linked panes: reference, reconstruction, signed difference, a local map."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.display import diverging, loss
from app.ui.body_overlay import BodyOverlay
from app.ui.canvas import Canvas
from app.ui.canvas_labels import ColorBar
from app.ui.inspect_model import InspectModel
from app.ui.pane_tools import LAYOUTS, PaneTools


class PaneGrid(QWidget):
    """The panes and the few tools above them."""

    pointed = Signal(str)

    def __init__(self, model: InspectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._flicked = False
        state = model.state
        self.reference = Canvas(state, title="Reference", parent=self)
        self.reconstruction = Canvas(state, title="Reconstruction", parent=self)
        self.difference = Canvas(state, title="Difference", parent=self)
        self.local_map = Canvas(state, title="Map", parent=self)
        self.panes = (self.reference, self.reconstruction, self.difference, self.local_map)
        self.tools = PaneTools(model)
        self.overlay = BodyOverlay(model.body, self.panes, self)
        self._layout_name = LAYOUTS[0]
        self._grid = QGridLayout()
        self._lay_out()
        for pane in self.panes:
            pane.set_linked_cursor(True)
            pane.pointed.connect(self._point)
        self.tools.flick.toggled.connect(self._flick)
        self.tools.layout_chosen.connect(self.set_layout)
        model.view_changed.connect(self._show_view)
        model.glimpsed.connect(self._show_images)
        model.pairing_changed.connect(self._show_images)
        model.difference.changed.connect(self._show_difference)
        for signal in (model.maps.changed, model.maps.listed, model.maps.shared):
            signal.connect(self._show_map)
        self.set_layout(LAYOUTS[0])
        self._show_view()

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

    def set_layout(self, name: str) -> None:
        """Show four panes, the two images, or one that flickers."""
        shown = {LAYOUTS[0]: 4, LAYOUTS[1]: 2, LAYOUTS[2]: 1}[name]
        for place, pane in enumerate(self.panes):
            self._grid.removeWidget(pane)
            if place < shown:
                self._grid.addWidget(pane, place // 2, place % 2)
            pane.setVisible(place < shown)
        for line in (0, 1):
            self._grid.setRowStretch(line, int(shown > 2 * line))
            self._grid.setColumnStretch(line, int(shown > line))
        self._layout_name = name
        self.tools.name_layout(name)

    def next_layout(self) -> None:
        """Go to the next layout, round to the first."""
        now = LAYOUTS.index(self._layout_name)
        self.set_layout(LAYOUTS[(now + 1) % len(LAYOUTS)])

    def toggle_flicker(self) -> None:
        """Exchange reference and reconstruction."""
        self.tools.flick.toggle()

    def _flick(self, flicked: bool) -> None:
        self._flicked = flicked
        self._show_images()

    def _show_view(self) -> None:
        self._show_images()
        self._show_difference()
        self._show_map()

    def _show_images(self) -> None:
        pair = self._model.pair
        view, there = self._model.shown_images
        arm = f"Reconstruction: {pair.arm}" if pair is not None else "Reconstruction"
        size = view.reference.grid.spacing_words if view is not None else ""
        shown = [
            (f"Reference  {size}".rstrip(), view.reference if view is not None else None),
            (arm, view.reconstruction if view is not None else None),
        ]
        if self._flicked:
            shown.reverse()
        words = (self._message(), "")
        for pane, message, (title, image) in zip(self.panes[:2], words, shown, strict=True):
            pane.set_message(message)
            pane.set_title(title)
            pane.set_image(image, there)

    def _message(self) -> str:
        """Say why there is nothing to see."""
        model = self._model
        if model.pair is not None and model.view is None:
            return "Loading…"
        if model.pairing is not None and not model.pairing.pairs:
            return (
                "Nothing could be paired.\n\nType the name of the reference's folder or file into "
                "the field on the left, or choose a problem there to see what to do."
            )
        return ""

    def _spacing(self) -> tuple[float, float] | None:
        view = self._model.view
        return view.reference.grid.spacing if view is not None else None

    def _show_difference(self) -> None:
        made, limit = self._model.difference.map, self._model.difference.limit
        self.difference.set_map(
            made.colors if made else None, made.values if made else None, self._spacing()
        )
        ramp = np.linspace(-limit, limit, 64)[np.newaxis, :]
        self.difference.set_color_bar(
            ColorBar(diverging(ramp, limit), f"−{limit:g}", f"+{limit:g}{self._unit()}")
        )

    def _show_map(self) -> None:
        maps = self._model.maps
        made, chosen = maps.map, maps.chosen
        self.local_map.set_title(f"Map: {chosen.title}" if chosen is not None else "Map")
        self.local_map.set_message(maps.message)
        self.local_map.set_map(
            made.colors if made else None, made.values if made else None, self._spacing()
        )
        if made is None or chosen is None:
            self.local_map.set_color_bar(None)
            return
        # The smaller number stands left, as on every scale.
        low, high = sorted((chosen.neutral, made.extreme))
        ramp = np.linspace(low, high, 64)[np.newaxis, :]
        self.local_map.set_color_bar(
            ColorBar(
                loss(ramp, chosen.neutral, made.extreme),
                in_figures(low),
                f"{in_figures(high)}{self._map_unit()}",
                share_words(maps.shares),
            )
        )

    def _unit(self) -> str:
        view = self._model.view
        return f" {view.reference.unit}" if view is not None and view.reference.unit else ""

    def _map_unit(self) -> str:
        """Return the unit of the map; that of the error is the images' own."""
        chosen = self._model.maps.chosen
        if chosen is None:
            return ""
        return self._unit() if chosen.id == "error" else f" {chosen.unit}".rstrip()

    def _point(self, row: int, column: int, value: float | None) -> None:
        if row < 0:
            self.pointed.emit("")
            return
        shown = "–" if value is None else f"{value:.5g}"
        unit = self._map_unit() if self.sender() is self.local_map else self._unit()
        self.pointed.emit(f"row {row}  column {column}   {shown}{unit}")


def in_figures(value: float) -> str:
    """Return an end of a scale in three figures, with a true minus."""
    return f"{value:.3g}".replace("-", "−")


def share_words(shares: tuple[float, float] | None) -> str:
    """Return where the loss lies, e.g. ``Loss: 12 % in body, 88 % outside``."""
    if shares is None:
        return ""
    inside = round(100 * shares[0])
    return f"Loss: {inside} % in body, {100 - inside} % outside"
