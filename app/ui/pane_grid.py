"""Four linked panes: reference, reconstruction, signed difference, SSIM map."""

import numpy as np
from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QDoubleValidator
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.display import diverging, heat
from app.domain.image import Window
from app.ui.canvas import Canvas, ColorBar, in_short
from app.ui.inspect_model import InspectModel

_LONGEST_NAME = 16
LAYOUTS = ("Four panes", "Side by side", "One pane")


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
        self.structure = Canvas(state, title="SSIM map", parent=self)
        self.panes = (self.reference, self.reconstruction, self.difference, self.structure)
        self.windows = _menu_button("Window")
        self.layouts = _menu_button("Four panes")
        self.limit = QLineEdit()
        self.flick = QPushButton("Flicker")
        self._grid = QGridLayout()
        self._lay_out()
        for pane in self.panes:
            pane.set_linked_cursor(True)
            pane.pointed.connect(self._point)
        self.limit.editingFinished.connect(self._choose_limit)
        self.flick.toggled.connect(self._flick)
        model.view_changed.connect(self._show_view)
        model.glimpsed.connect(self._show_images)
        model.pairing_changed.connect(self._show_images)
        model.difference_changed.connect(self._show_difference)
        model.structure_changed.connect(self._show_structure)
        model.changed.connect(self._show_limit)
        state.window_changed.connect(self._name_window)
        self.set_layout(LAYOUTS[0])
        self._show_view()

    def _lay_out(self) -> None:
        menu = self.layouts.menu()
        group = QActionGroup(self)
        for name in LAYOUTS:
            action = QAction(name, group, checkable=True)
            action.triggered.connect(lambda _=False, name=name: self.set_layout(name))
            menu.addAction(action)
        self.layouts.setToolTip("Which panes are shown")
        self.windows.setToolTip(
            "Window presets (1 to 9). Drag with the left button for any other window."
        )
        numbers = QDoubleValidator(0.0, 1e9, 6, self)
        numbers.setLocale(QLocale.c())
        self.limit.setValidator(numbers)
        self.limit.setFixedWidth(76)
        self.limit.setAccessibleName("Difference that gets the full colour")
        self.limit.setToolTip(
            "The difference that gets the full colour; the same sign, the same colour.\n"
            "Empty lets each pair choose its own."
        )
        self.flick.setCheckable(True)
        self.flick.setToolTip("Exchange reference and reconstruction in their panes (Space)")
        tools = QHBoxLayout()
        tools.setContentsMargins(8, 6, 8, 6)
        tools.setSpacing(6)
        tools.addWidget(self.windows)
        tools.addWidget(self.layouts)
        tools.addWidget(self.flick)
        tools.addStretch(1)
        difference = QLabel("Diff. ±")
        difference.setObjectName("muted")
        tools.addWidget(difference)
        tools.addWidget(self.limit)
        ground = QFrame()
        ground.setObjectName("ground")
        ground.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(tools)
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
        self.layouts.setText(name)
        for action in self.layouts.menu().actions():
            action.setChecked(action.text() == name)

    def next_layout(self) -> None:
        """Go to the next layout, round to the first."""
        now = LAYOUTS.index(self.layouts.text())
        self.set_layout(LAYOUTS[(now + 1) % len(LAYOUTS)])

    def toggle_flicker(self) -> None:
        """Exchange reference and reconstruction."""
        self.flick.toggle()

    def _flick(self, flicked: bool) -> None:
        self._flicked = flicked
        self._show_images()

    def _show_view(self) -> None:
        self._show_images()
        self._show_difference()
        self._show_structure()
        menu = self.windows.menu()
        menu.clear()
        for number, (name, window) in enumerate(self._model.windows, start=1):
            action = menu.addAction(
                f"{name}    W {in_short(window.width)}  L {in_short(window.center)}"
            )
            if number <= 9:
                action.setShortcut(f"{number}")
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(
                lambda _=False, window=window: self._model.state.set_window(window)
            )
        self.windows.setEnabled(bool(self._model.windows))
        self._name_window()
        self._show_limit()

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
        made, limit = self._model.difference, self._model.difference_limit
        self.difference.set_map(
            made.colors if made else None, made.values if made else None, self._spacing()
        )
        ramp = np.linspace(-limit, limit, 64)[np.newaxis, :]
        self.difference.set_color_bar(
            ColorBar(diverging(ramp, limit), f"−{limit:g}", f"+{limit:g}{self._unit()}")
        )

    def _show_structure(self) -> None:
        made = self._model.structure
        self.structure.set_map(
            made.colors if made else None, made.values if made else None, self._spacing()
        )
        ramp = np.linspace(0.0, 1.0, 64)[np.newaxis, :]
        self.structure.set_color_bar(ColorBar(heat(ramp), "0", "1"))

    def _unit(self) -> str:
        view = self._model.view
        return f" {view.reference.unit}" if view is not None and view.reference.unit else ""

    def _show_limit(self) -> None:
        model = self._model
        self.limit.setPlaceholderText("" if model.view is None else f"{model.auto_limit:g}  auto")

    def _choose_limit(self) -> None:
        words = self.limit.text().strip()
        self._model.set_difference_limit(float(words) if words else None)

    def _name_window(self) -> None:
        known = self._model.windows
        current = self._model.state.window
        name = next((name for name, window in known if same_window(window, current)), "Custom")
        short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        self.windows.setText(short if known else "Window")

    def _point(self, row: int, column: int, value: float | None) -> None:
        if row < 0:
            self.pointed.emit("")
            return
        shown = "–" if value is None else f"{value:.5g}"
        unit = "" if self.sender() is self.structure else self._unit()
        self.pointed.emit(f"row {row}  column {column}   {shown}{unit}")


def same_window(first: Window, second: Window) -> bool:
    """Return whether two windows show the same grey levels."""
    return (first.center, first.width) == (second.center, second.width)


def _menu_button(words: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("plain")
    button.setText(words)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(QMenu(button))
    return button
