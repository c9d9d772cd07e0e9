"""The DICOM attributes of the slice in view: of the reference, the reconstruction, or both."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.errors import BlindReadError
from app.ui.inspect_model import InspectModel
from app.ui.jobs import LatestJob, Workflow
from app.ui.tag_model import TagModel, short

if TYPE_CHECKING:
    from app.workflows.tags import AttributeRow

Read = Callable[[Path, Path | None], Workflow]
_EXPANDED = 400
"""So many rows found are all unfolded; more would bury what is looked for."""
_LONGEST_ARM = 24


def _read(first: Path, second: Path | None) -> Workflow:
    from app.workflows.tags import read_tags

    return read_tags(first, second)


class TagBrowser(QDialog):
    """A window beside the room that follows the slice in view."""

    def __init__(
        self, model: InspectModel, parent: QWidget | None = None, read: Read = _read
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("DICOM attributes")
        self._model, self._read = model, read
        self._rows: tuple[AttributeRow, ...] = ()
        self._files: tuple[Path, Path | None] | None = None
        self._reading = LatestJob(self)
        self.which = QComboBox()
        self.field = QLineEdit()
        self.different = QCheckBox("Only what differs")
        self.sentence = QLabel()
        self.tree = QTreeView()
        self.rows = TagModel(self)
        self._set_up()
        self._lay_out()
        self._reading.ready.connect(self._take)
        self._reading.failed.connect(self._fail)
        self.which.currentIndexChanged.connect(self._look)
        self.field.textChanged.connect(self._show_rows)
        self.different.toggled.connect(self._show_rows)
        model.state.slice_changed.connect(self._look)
        model.view_changed.connect(self._look)

    def toggle(self) -> None:
        """Show this window, or hide it."""
        if self.isVisible():
            self.hide()
        else:
            self.show()
            self.field.setFocus()

    def stop(self) -> None:
        """Wait for the thread to end."""
        self._reading.stop()

    def _set_up(self) -> None:
        self.which.setAccessibleName("Which file")
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.field.setPlaceholderText("Keyword, tag or value")
        self.field.setAccessibleName("Words to look for in the attributes")
        self.field.setClearButtonEnabled(True)
        self.sentence.setObjectName("muted")
        self.sentence.setWordWrap(True)
        tree = self.tree
        tree.setModel(self.rows)
        tree.setUniformRowHeights(True)
        tree.setAlternatingRowColors(True)
        tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        tree.setAccessibleName("Attributes")
        tree.header().setSectionsMovable(False)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.which)
        row.addWidget(self.field, 1)
        row.addWidget(self.different)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.tree, 1)
        column.addWidget(self.sentence)
        self.resize(900, 560)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to follow the slice in view."""
        super().showEvent(event)
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no more while nobody looks."""
        self._reading.drop()
        self._files = None
        super().hideEvent(event)

    # ---- what is shown ---------------------------------------------------------------

    def _look(self, *_: object) -> None:
        """Read the files of the slice in view, if they are other ones."""
        if not self.isVisible():
            return
        pair, index = self._model.pair, self._model.state.slice
        if pair is None or index >= len(pair.slices):
            self._files = None
            self._tell("There is no slice in view.")
            return
        self._name_files(pair.arm)
        ours, theirs = pair.slices[index]
        first = pair.reference.slices[ours].path
        second = pair.reconstruction.slices[theirs].path
        which = self.which.currentIndex()
        files = ((first, None), (second, None), (first, second))[max(which, 0)]
        if files != self._files:
            self._files = files
            self._reading.request(files, partial(self._read, *files))

    def _name_files(self, arm: str) -> None:
        known = short(arm, _LONGEST_ARM)
        titles = ("Reference", f"Reconstruction: {known}", f"Reference against {known}")
        if [self.which.itemText(place) for place in range(self.which.count())] == list(titles):
            return
        chosen = max(self.which.currentIndex(), 0)
        blocked = self.which.blockSignals(True)
        self.which.clear()
        self.which.addItems(titles)
        self.which.setCurrentIndex(chosen)
        self.which.blockSignals(blocked)

    @property
    def comparing(self) -> bool:
        """Whether two files are shown beside each other."""
        return self._files is not None and self._files[1] is not None

    def _take(self, files: object, rows: "tuple[AttributeRow, ...]") -> None:
        if files == self._files:
            self._rows = rows
            self._show_rows()

    def _fail(self, error: BlindReadError) -> None:
        self._tell(error.sentence)

    def _tell(self, sentence: str) -> None:
        self._rows = ()
        self.rows.show((), ("Value",))
        self.sentence.setText(sentence)

    def _show_rows(self, *_: object) -> None:
        from app.workflows.tags import chosen

        comparing, files = self.comparing, self._files
        self.different.setEnabled(comparing)
        if files is None or not self._rows:
            return
        typed = self.field.text().strip()
        only = comparing and self.different.isChecked()
        found = chosen(self._rows, typed, only_different=only)
        kept = self._place()
        self.rows.show(found, ("Reference", "Reconstruction") if comparing else ("Value",))
        if (typed or only) and self.rows.count <= _EXPANDED:
            self.tree.expandAll()
        self._set_widths()
        self._go_back(kept)
        names = " and ".join(f"{one.parent.name}/{one.name}" for one in files if one is not None)
        self.sentence.setText(f"{names}: {self._count_words(typed, only)}")

    def _count_words(self, typed: str, only: bool) -> str:
        count = self.rows.count
        if count == 0 and only and not typed:
            return "no attribute differs"
        words = f"{count:,} attribute{'s' if count != 1 else ''}"
        return f"{words} found" if typed or only else words

    def _set_widths(self) -> None:
        header = self.tree.header()
        for column, width in enumerate((150, 230, 44)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            if header.sectionSize(column) < width:
                header.resizeSection(column, width)
        header.resizeSection(2, 44)
        for column in range(3, self.rows.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _place(self) -> tuple[str, int]:
        """Return the tag chosen and how far the tree is scrolled."""
        index = self.tree.currentIndex()
        tag = index.siblingAtColumn(0).data() if index.isValid() else ""
        return str(tag), self.tree.verticalScrollBar().value()

    def _go_back(self, kept: tuple[str, int]) -> None:
        """Stay at the same tag when another slice is shown."""
        tag, scrolled = kept
        root = self.rows.index(0, 0)
        flag = Qt.MatchFlag.MatchExactly
        found = self.rows.match(root, Qt.ItemDataRole.DisplayRole, tag, 1, flag) if tag else []
        if found:
            choose = QItemSelectionModel.SelectionFlag.ClearAndSelect
            rows = QItemSelectionModel.SelectionFlag.Rows
            self.tree.selectionModel().setCurrentIndex(found[0], choose | rows)
        self.tree.verticalScrollBar().setValue(scrolled)
