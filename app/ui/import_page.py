"""The import view: what was found, what is paired and why, corrected by hand."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.ui.context import Context
from app.ui.import_form import ImportForm
from app.ui.import_model import ImportModel
from app.ui.import_rows import Node
from app.ui.import_tree import ImportTree
from app.ui.import_view import ImportView
from app.ui.import_words import headline, summary

SHORTCUTS = (
    ("Ctrl+Z, Ctrl+Y", "take a correction back, make it again"),
    ("F2", "change the name of a case or arm"),
    ("Del", "leave a series out"),
    ("Drag", "move a series to another case or arm; onto a reference to replace it"),
    ("Ctrl+S", "save as manifest"),
)


def ask_manifest(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a manifest; None where the person thinks better of it."""
    name, _ = QFileDialog.getSaveFileName(
        parent, "Save as manifest", str(suggestion), "Manifests (*.csv)"
    )
    if not name:
        return None
    path = Path(name)
    return path if path.suffix.lower() == ".csv" else path.with_name(f"{path.name}.csv")


def ask_to_discard(parent: QWidget, source: str) -> bool:
    """Ask whether corrections that no manifest holds may be given up."""
    answer = QMessageBox.question(
        parent,
        "Give up the corrections?",
        f"The corrections of {source} are not saved as a manifest. Give them up?",
    )
    return answer == QMessageBox.StandardButton.Yes


class ImportPage(QWidget):
    """The tree on the left, the chosen row and its correction on the right.

    Signals
    -------
    left()
        Back to where the page was opened from.
    """

    left = Signal()
    shortcuts = SHORTCUTS

    def __init__(
        self, context: Context, model: ImportModel | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self.model = model or ImportModel(parent=self)
        self.rows = ImportTree(self)
        self.tree = ImportView(self.rows)
        self.form = ImportForm(self.model)
        self.title = QLabel()
        self.summary = QLabel()
        self.bar = QProgressBar()
        self.back_button = QPushButton("‹ Inspect")
        self.undo_button = QPushButton("Undo")
        self.redo_button = QPushButton("Redo")
        self.save_button = QPushButton("Save as manifest…")
        self.use_button = QPushButton("Use it")
        self._lay_out()
        self._connect()
        self._fill()
        self._refresh()

    def look_at(self, source: Path, reference: str = "") -> None:
        """Show a source; corrections of another one are given up only when the person says so."""
        other = (source, reference) != (self.model.source, self.model.reference)
        if other and self.model.unsaved:
            name = self.model.source.name if self.model.source is not None else ""
            if not ask_to_discard(self, name):
                return
        self.model.open(source, reference)

    def _forget(self, _source: object) -> None:
        """Look through the source anew when next asked: it may have changed on the disk."""
        if not self.isVisible() and not self.model.unsaved:
            self.model.open(None)

    # ---- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.title.setObjectName("title")
        self.summary.setObjectName("muted")
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.RichText)  # also where it holds no link
        self.summary.linkActivated.connect(self.tree.show_problems)
        self.use_button.setProperty("primary", True)
        self.save_button.setToolTip(
            "Save what is paired, corrections and all, as a CSV that blindread pair, measure\n"
            "and study read again (Ctrl+S). Your images are not touched."
        )
        self.use_button.setToolTip("Work on with this pairing: the manifest is saved and opened.")
        self.bar.setFixedHeight(6)
        self.bar.setTextVisible(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.undo_button, self.redo_button, self.save_button, self.use_button):
            buttons.addWidget(button)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.summary)
        top = QHBoxLayout()
        top.setContentsMargins(14, 10, 14, 8)
        top.setSpacing(14)
        top.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        top.addLayout(buttons)
        top.setAlignment(buttons, Qt.AlignmentFlag.AlignTop)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(4)
        split.addWidget(self.tree)
        split.addWidget(self.form)
        split.setStretchFactor(0, 1)
        split.setCollapsible(0, False)
        split.setCollapsible(1, False)
        self.form.setMinimumWidth(290)
        split.setSizes([900, 300])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.bar)
        column.addWidget(split, 1)

    def _connect(self) -> None:
        model, stack = self.model, self.model.undo_stack
        queued = Qt.ConnectionType.QueuedConnection  # the tree is made anew, not while it tells
        self.rows.renamed.connect(self._rename, queued)
        self.rows.dropped.connect(self._drop, queued)
        self.tree.selectionModel().selectionChanged.connect(self._choose)
        self.back_button.clicked.connect(self.left)
        self.undo_button.clicked.connect(stack.undo)
        self.redo_button.clicked.connect(stack.redo)
        self.save_button.clicked.connect(self.save)
        self.use_button.clicked.connect(self.use)
        for keys, slot in (
            (QKeySequence.StandardKey.Undo, stack.undo),
            (QKeySequence.StandardKey.Redo, stack.redo),
            (QKeySequence.StandardKey.Save, self.save),
        ):
            QShortcut(keys, self, context=_HERE).activated.connect(slot)
        self.tree.delete_pressed.connect(self.form.leave_out)
        model.reviewed.connect(self._fill)
        model.changed.connect(self._refresh)
        model.failed.connect(self._context.show_error)
        model.saved.connect(lambda path: self._context.show_notice(f"Saved {path}."))
        model.used.connect(self._use)
        self._context.settings_changed.connect(lambda _: self.tree.recolor())
        self._context.source_changed.connect(self._forget)

    # ---- what is shown -------------------------------------------------------------------------

    def _fill(self) -> None:
        self.tree.show_review(self.model.state, self.model.review)
        self._choose()

    def _refresh(self) -> None:
        model, stack = self.model, self.model.undo_stack
        self.title.setText(headline(model))
        self.summary.setText(summary(model))
        progress = model.progress
        if progress is not None:
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        self.bar.setVisible(progress is not None)
        self.undo_button.setEnabled(stack.canUndo())
        self.redo_button.setEnabled(stack.canRedo())
        self.undo_button.setToolTip(f"Undo: {stack.undoText()} (Ctrl+Z)" if stack.canUndo() else "")
        self.redo_button.setToolTip(f"Redo: {stack.redoText()}" if stack.canRedo() else "")
        self.save_button.setEnabled(model.can_save)
        self.use_button.setEnabled(model.can_save and bool(model.corrections))

    def _choose(self) -> None:
        if not self.tree.filling:
            self.form.show_nodes(self.tree.chosen())

    # ---- what can be done ------------------------------------------------------------------------

    def _rename(self, node: Node, name: str) -> None:
        if node.kind == "case":
            self.model.rename_case(node.case, name)
        else:
            self.model.rename_arm(node.arm, name, node.case)

    def _drop(self, which: tuple[int, ...], node: Node) -> None:
        if node.kind == "section":
            self.model.leave_out(which)
        elif node.kind == "arm" and node.status == "reference":
            self.model.make_reference(which[:1], node.case)
        else:
            self.model.move(which, node.case, node.arm if node.kind == "arm" else "")

    def save(self) -> None:
        """Ask where to, and save the pairing as a manifest."""
        self._save(use=False)

    def use(self) -> None:
        """Open the manifest in place of the source; save it first where it is not."""
        if not self.model.use():
            self._save(use=True)

    def _save(self, *, use: bool) -> None:
        if not self.model.can_save:
            return
        target = ask_manifest(self, self.model.suggestion)
        if target is not None:
            self.model.save(target, use=use)

    def _use(self, manifest: Path) -> None:
        self._context.open_source(manifest)
        self.left.emit()

    def stop(self) -> None:
        """End all work; for when the window closes."""
        self.model.stop()


_HERE = Qt.ShortcutContext.WidgetWithChildrenShortcut
