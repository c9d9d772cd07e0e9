"""The Inspect room: where and why a reconstruction differs from its reference."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.action_set import ActionSet
from app.ui.actions import Action, routed
from app.ui.context import Context, Look
from app.ui.drawings import Drawings, Outlines
from app.ui.inspect_actions import (
    attribute_actions,
    body_actions,
    map_actions,
    measure_actions,
    pair_actions,
)
from app.ui.inspect_model import InspectModel
from app.ui.marks_overlay import words_of
from app.ui.marks_panel import MarksPanel
from app.ui.measure_panel import MeasurePanel
from app.ui.pairing_panel import PairingPanel
from app.ui.pane_grid import PaneGrid
from app.ui.settings import Settings
from app.ui.share import Share
from app.ui.tag_browser import TagBrowser
from app.ui.values_panel import ValuesPanel
from app.ui.view_actions import view_actions, window_actions
from app.ui.view_state import Interpolation
from app.ui.worst_overlay import WorstOverlay

MOUSE = (
    ("Wheel", "previous or next slice"),
    ("Left drag", "window: across the width, down the centre"),
    ("Right drag, Ctrl+wheel", "zoom"),
    ("Middle drag", "move the image"),
    ("Double click", "maximise a pane, or restore all"),
    ("Drag the line, Alt+wheel", "swipe, fade and checkerboard: more or less of the second image"),
    ("Tab, then Enter on a row", "show the images of a row of the table"),
)
"""What no Action says, for the sheet of keys."""


def ask_target(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a table; None where the person thinks better of it."""
    name, _ = QFileDialog.getSaveFileName(
        parent, "Export metric values", str(suggestion), "CSV tables (*.csv)"
    )
    return Path(name) if name else None


class InspectPage(QWidget):
    """Cases on the left, linked panes in the middle, values on the right.

    What can be done here are the Actions of the parts: see ``actions``. A new
    feature adds its function or method there, and has menus, keys, tooltips, a line
    on the sheet of keys and a place in the command palette.
    """

    open_asked = Signal()
    sample_asked = Signal()
    pairing_asked = Signal()
    pointed = Signal(str)
    mouse = MOUSE

    def __init__(
        self,
        context: Context,
        model: InspectModel | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._worn: Settings | None = None
        self._changed = ""  # how the ids of what was changed last begin
        self.model = model or InspectModel(parent=self)
        self.panel = PairingPanel(self.model)
        self.panes = PaneGrid(self.model)
        self.values = ValuesPanel(self.model)
        self.worst_place = WorstOverlay(self.model, self.panes.panes, self)
        self.measure = MeasurePanel(self.model, self.panes)
        self.marks = MarksPanel(self.model, self.panes)
        self.sides = QTabWidget()
        self.attributes: TagBrowser | None = None
        self.share = Share(context, self.model, self.panes, self._drawn)
        self.sentence = QLabel()
        self.detail = QLabel()
        self.scan_bar = QProgressBar()
        self.open_button = QPushButton("Open a folder of cases")
        self.sample_button = QPushButton("Open the sample study")
        self.pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self._refresh()
        self.action_set = ActionSet(self, self.actions)
        if context.source is not None:
            self.model.open(context.source)

    # ---- layout ----------------------------------------------------------------------

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(4)
        self.sides.setDocumentMode(True)
        self.sides.addTab(self.values, "Values")
        self.sides.addTab(self.measure, "Measure")
        self.sides.addTab(self.marks, "Marks")
        for part, stretch in ((self.panel, 0), (self.panes, 1), (self.sides, 0)):
            split.addWidget(part)
            split.setStretchFactor(split.count() - 1, stretch)
        self.panel.setMinimumWidth(190)
        self.sides.setMinimumWidth(300)
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
        model.pairing_changed.connect(self._tell_look)  # before another name of the reference
        model.failed.connect(self._tell_look)  # nothing is looked for any more
        model.pairing_changed.connect(lambda: context.name_reference(model.reference_name))
        context.open_pair_requested.connect(self._open_pair)
        context.settings_changed.connect(lambda _: self._recolor())
        context.settings_changed.connect(self._wear)
        self._wear(context.settings)
        self.panes.compare.changed.connect(
            lambda: context.update_settings(flicker_rate=self.panes.compare.rate)
        )
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
        model.shapes.acted.connect(partial(self._note_change, "measure"))
        self.marks.marks.acted.connect(partial(self._note_change, "marks"))
        self.panes.hanging.removed.connect(partial(self._note_change, "hanging-remove"))
        self.measure.shown_asked.connect(lambda: self.sides.setCurrentWidget(self.measure))
        self.measure.noticed.connect(context.show_notice)
        self.measure.drawing.changed.connect(self._leave_marks)
        self.marks.shown_asked.connect(lambda: self.sides.setCurrentWidget(self.marks))
        self.marks.tool_taken.connect(self._leave_shapes)
        self.marks.noticed.connect(context.show_notice)
        self.marks.failed.connect(context.show_error)
        self.share.told.connect(context.show_notice)
        self.share.failed.connect(context.show_error)
        self.open_button.clicked.connect(self.open_asked)
        self.sample_button.clicked.connect(self.sample_asked)

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

    def _tell_look(self, *_: object) -> None:
        """Let the other rooms have what is found here, so that no folder is read twice."""
        model = self.model
        look = Look(model.source, model.reference_name, model.pairing, model.scanning)
        self._context.tell_look(look)

    def _point(self, words: str) -> None:
        self.pointed.emit(words or self.values.sentence_in_view())

    # ---- what can be done ------------------------------------------------------------

    def actions(self) -> tuple[Action, ...]:  # type: ignore[override]  # Qt's own are not needed
        """Return everything that can be done in this room, as it is now.

        Asked before every key and menu, so each part must answer at once. Undo,
        leave and remove are routed: see ``app.ui.actions.routed``.
        """
        model = self.model
        joined = (
            *view_actions(self.panes.active_state, self._interpolate),
            *window_actions(self.panes.active_state, model.windows),
            *self.panes.actions(),
            *map_actions(model),
            *measure_actions(model, self.values),
            *self.measure.actions(),
            *self.marks.actions(),
            *body_actions(model),
            *pair_actions(model),
            *self.values.actions(),
            *attribute_actions(model, self.toggle_attributes, self._shows_attributes),
            *self.share.actions(),
        )
        return routed(joined, self._in_front(), "" if model.body.editing else self._changed)

    def _note_change(self, part: str) -> None:
        self._changed = part

    def _in_front(self) -> str:
        """Return how the ids of what is in use begin."""
        if self.model.body.editing:
            return "body"
        if self.marks.in_use:
            return "marks"
        return "measure" if self.measure.in_use else ""

    def export(self) -> None:
        """Ask where to, and copy the table there."""
        source = self.model.source
        if not self.model.can_export or source is None:
            return
        folder = source if source.is_dir() else source.parent
        target = ask_target(self, folder.parent / "metrics.csv")
        if target is not None:
            self.model.export(target)

    def toggle_attributes(self) -> None:
        """Show the DICOM attributes of the slice in view in a window of their own, or hide it."""
        if self.attributes is None:
            self.attributes = TagBrowser(self.model, self)
        self.attributes.toggle()

    def _shows_attributes(self) -> bool:
        return self.attributes is not None and self.attributes.isVisible()

    def _drawn(self) -> Drawings:
        """Return what lies over the planes now; a body that is being drawn is kept first."""
        model, marks = self.model, self.marks.marks
        model.body.keep()
        folder = model.body_folder
        cases = {one.case for one in model.pairing.pairs} if model.pairing is not None else set()
        return Drawings(
            shapes={case: model.shapes.of((model.source, case)) for case in cases},
            chosen=model.shapes.chosen,
            words=self.measure.measuring.size_words,
            marks=tuple((one, words_of(one, number)) for number, one in enumerate(marks.marks, 1))
            if marks.shown
            else (),
            body=Outlines(model.work, folder) if folder is not None and model.body.shown else None,
        )

    def _leave_marks(self) -> None:
        """Let the mouse measure: it does one thing at a time."""
        if self.measure.drawing.tool is not None:
            self.marks.marks.use(None)

    def _leave_shapes(self) -> None:
        """Let the mouse mark."""
        self.measure.drawing.use(None)

    def stop(self) -> None:
        """End all work; for when the window closes."""
        if self.attributes is not None:
            self.attributes.close()
            self.attributes.stop()
        self.share.stop()
        self.measure.stop()
        self.marks.stop()
        self.panes.stop()
        self.model.stop()

    def _recolor(self) -> None:
        self.values.recolor()
        self.measure.recolor()
        self.marks.recolor()

    def _wear(self, settings: Settings) -> None:
        """Look as the person likes to; what has not been set anew stays as the view has it."""
        state, worn, self._worn = self.model.state, self._worn, settings
        if worn is None or settings.left_drag != worn.left_drag:
            state.set_left_drag(settings.left_drag)
        if worn is None or settings.interpolation != worn.interpolation:
            state.set_interpolation(settings.interpolation)
        if self.panes.compare.rate != settings.flicker_rate:
            self.panes.compare.set_rate(settings.flicker_rate)

    def _interpolate(self, interpolation: Interpolation) -> None:
        """Show the active pane so, and keep it as the person's own choice where all panes are."""
        state = self.panes.active_state
        state.set_interpolation(interpolation)
        if state is self.model.state:
            self._context.update_settings(interpolation=interpolation)

    def _choose_pair(self, case: str, arm: str) -> None:
        self.model.select(case, arm)

    def _open_pair(self, case: str, arm: str, number: int) -> None:
        self.model.select(case, arm, number or None)
