"""The Inspect room: where and why a reconstruction differs from its reference."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.context import Context
from app.ui.inspect_model import InspectModel
from app.ui.pairing_panel import PairingPanel
from app.ui.pane_grid import PaneGrid
from app.ui.values_panel import ValuesPanel
from app.ui.view_keys import handle_view_key

_SHIFT = Qt.KeyboardModifier.ShiftModifier
SHORTCUTS = (
    ("Mouse wheel, Up, Down", "previous or next slice"),
    ("PageUp, PageDown, Home, End", "five slices, first, last"),
    ("Left drag, Shift+arrows", "window: across the width, down the centre"),
    ("Right drag, Ctrl+wheel, + and −", "zoom"),
    ("Middle drag, Ctrl+arrows", "move the image"),
    ("Double click, F", "fit"),
    ("R", "reset window and zoom"),
    ("I", "invert"),
    ("1 to 9", "window presets"),
    ("Space", "exchange reference and reconstruction"),
    ("N, P", "next or previous pair"),
    ("M, Shift+M", "next or previous local map"),
    ("O, E", "outline the body; edit it: drag adds, Shift+drag removes"),
    ("[ and ], Ctrl+Z", "size of the brush, take the last stroke back"),
    ("L", "four panes, side by side, one pane"),
    ("B", "whole image or body: the region of the values"),
    ("Ctrl+M", "measure; the same again stops it"),
    ("Tab, then Enter on a row", "show the images of a row of the table"),
)


def ask_target(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a table; None where the person thinks better of it."""
    name, _ = QFileDialog.getSaveFileName(
        parent, "Export metric values", str(suggestion), "CSV tables (*.csv)"
    )
    return Path(name) if name else None


class InspectPage(QWidget):
    """Cases on the left, linked panes in the middle, values on the right."""

    open_asked = Signal()
    sample_asked = Signal()
    pairing_asked = Signal()
    pointed = Signal(str)
    shortcuts = SHORTCUTS

    def __init__(
        self,
        context: Context,
        model: InspectModel | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self.model = model or InspectModel(parent=self)
        self.panel = PairingPanel(self.model)
        self.panes = PaneGrid(self.model)
        self.values = ValuesPanel(self.model)
        self.sentence = QLabel()
        self.detail = QLabel()
        self.scan_bar = QProgressBar()
        self.open_button = QPushButton("Open a folder of cases")
        self.sample_button = QPushButton("Open the sample study")
        self.pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self._refresh()
        if context.source is not None:
            self.model.open(context.source)

    # ---- layout ----------------------------------------------------------------------

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(4)
        for part, stretch in ((self.panel, 0), (self.panes, 3), (self.values, 1)):
            split.addWidget(part)
            split.setStretchFactor(split.count() - 1, stretch)
        self.panel.setMinimumWidth(190)
        self.values.setMinimumWidth(300)
        split.setCollapsible(1, False)
        split.setSizes([208, 486, 506])
        self.split = split
        self.pages.addWidget(self._empty_state())
        self.pages.addWidget(split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)

    def _empty_state(self) -> QWidget:
        page = QWidget()
        self.sentence.setObjectName("title")
        self.detail.setObjectName("muted")
        for label in (self.sentence, self.detail):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self.scan_bar.setFixedWidth(320)
        self.scan_bar.setTextVisible(False)
        self.open_button.setProperty("primary", True)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.sample_button)
        buttons.addStretch(1)
        column = QVBoxLayout(page)
        column.setContentsMargins(48, 48, 48, 48)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(self.sentence)
        column.addWidget(self.detail)
        column.addWidget(self.scan_bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(buttons)
        column.addStretch(3)
        return page

    def _connect(self) -> None:
        context, model = self._context, self.model
        context.source_changed.connect(model.open)
        context.open_pair_requested.connect(self._open_pair)
        context.settings_changed.connect(lambda _: self.values.recolor())
        model.failed.connect(context.show_error)
        model.measured.connect(context.publish_metrics)
        model.exported.connect(lambda path: context.show_notice(f"Saved {path}."))
        model.changed.connect(self._refresh)
        model.pairing_changed.connect(self._refresh)
        self.panel.pair_chosen.connect(self._choose_pair)
        self.panel.pairing_button.clicked.connect(self.pairing_asked)
        self.values.row_chosen.connect(self._open_pair)
        self.values.export_asked.connect(self.export)
        self.panes.pointed.connect(self._point)
        self.open_button.clicked.connect(self.open_asked)
        self.sample_button.clicked.connect(self.sample_asked)
        measure = QShortcut(QKeySequence("Ctrl+M"), self)
        measure.activated.connect(self._measure_or_stop)

    # ---- what is shown ---------------------------------------------------------------

    def _refresh(self) -> None:
        model = self.model
        found = model.pairing is not None and bool(model.pairing.pairs or model.pairing.problems)
        self.pages.setCurrentIndex(int(found))
        progress = model.scan_progress
        self.scan_bar.setVisible(model.scanning)
        self.scan_bar.setRange(0, progress.total)
        self.scan_bar.setValue(progress.done)
        self.open_button.setVisible(not model.scanning)
        self.sample_button.setVisible(not model.scanning)
        if model.scanning:
            self.sentence.setText(f"Looking through {model.source.name if model.source else ''}")
            self.detail.setText(progress.what)
        elif model.source is not None:
            self.sentence.setText("There are no images to compare here.")
            self.detail.setText(
                f"{model.source}\n\nA case is a folder that holds one folder or file called "
                "reference, and one for each arm."
            )
        else:
            self.sentence.setText("Open a folder of cases to compare images with their reference.")
            self.detail.setText(
                "Or drop a folder on this window. Each case is a folder that holds "
                "the reference and one folder or file for each arm."
            )

    def _point(self, words: str) -> None:
        self.pointed.emit(words or self.values.sentence_in_view())

    def _measure_or_stop(self) -> None:
        if self.model.measuring.running:
            self.model.measuring.cancel()
        else:
            self.model.measure()

    # ---- what can be done ------------------------------------------------------------

    def export(self) -> None:
        """Ask where to, and copy the table there."""
        source = self.model.source
        if not self.model.can_export or source is None:
            return
        folder = source if source.is_dir() else source.parent
        target = ask_target(self, folder.parent / "metrics.csv")
        if target is not None:
            self.model.export(target)

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self.model.stop()

    def _choose_pair(self, case: str, arm: str) -> None:
        self.model.select(case, arm)

    def _open_pair(self, case: str, arm: str, number: int) -> None:
        self.model.select(case, arm, number or None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Look around by the keyboard, wherever the focus is in this room."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = event.key()
        windows = self.model.windows
        if handle_view_key(self.model.state, event) or self._handle_body_key(event):
            return
        if plain and key == Qt.Key.Key_Space:
            self.panes.toggle_flicker()
        elif plain and key == Qt.Key.Key_L:
            self.panes.next_layout()
        elif key == Qt.Key.Key_M and (plain or event.modifiers() == _SHIFT):
            self.model.maps.step(1 if plain else -1)
        elif plain and key == Qt.Key.Key_B:
            self.values.next_region()
        elif plain and key in (Qt.Key.Key_N, Qt.Key.Key_P):
            self.model.step_pair(1 if key == Qt.Key.Key_N else -1)
        elif plain and 0 <= key - Qt.Key.Key_1.value < min(9, len(windows)):
            self.model.state.set_window(windows[key - Qt.Key.Key_1.value][1])
        else:
            super().keyPressEvent(event)

    def _handle_body_key(self, event: QKeyEvent) -> bool:
        """Outline and edit the body; False where the key is another's."""
        body = self.model.body
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and event.key() == Qt.Key.Key_O:
            body.show(not body.shown)
        elif plain and event.key() == Qt.Key.Key_E and self.model.view is not None:
            body.edit(not body.editing)
        elif not body.editing:
            return False
        elif event.key() == Qt.Key.Key_Escape:
            body.edit(False)
        elif event.text() in ("[", "]"):  # by what it writes: layouts differ in where it lies
            body.editor.resize_brush(1 if event.text() == "]" else -1)
        elif event.matches(QKeySequence.StandardKey.Undo):
            body.editor.undo()
        else:
            return False
        return True
