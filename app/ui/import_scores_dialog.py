"""File > Import scores: which column is what, what is odd, and where to."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.ui.banner import Banner
from app.ui.dialog_parts import button_row, named_field, row_of, under_banner
from app.ui.import_scores_decision import ask_decision
from app.ui.import_scores_model import KEY_PARTS, ImportScoresModel, Line, What
from app.ui.row_table import Column, RowTable, row_view

SHOWN_ROWS = 5
BOX_EXTRA = 48
"""What a box needs beside its words: margins and the arrow."""
TABLES = "Tables (*.csv *.xlsx);;All files (*)"
_FILES: dict[What, tuple[str, str]] = {
    "scores": ("Scores", TABLES),
    "key": ("Key", TABLES),
    "protocol": ("Protocol", "Protocols (*.yaml *.yml);;All files (*)"),
    "mapping": ("Mapping", "Mappings (*.yaml *.yml *.json);;All files (*)"),
}
_HINTS = {
    "scores": "the table of the readers' scores: CSV or XLSX",
    "key": "what each code stands for; empty where the table names the arms",
    "protocol": "the scales, readers and named arms; without it no scale is checked",
    "mapping": "decisions made before, if there are any",
}
_ODD = (
    Column("Rows", lambda line: line.rows or "–"),
    Column("Column", lambda line: line.oddity.column or line.oddity.table),
    Column("Value", lambda line: line.oddity.value),
    Column("What is odd", lambda line: line.oddity.what),
    Column("Nearest", lambda line: line.oddity.nearest),
    Column("Decision", lambda line: line.oddity.decision or _undecided(line)),
)


def _undecided(line: Line) -> str:
    return "left out" if line.oddity.table == "scores" else ""


def ask_file(parent: QWidget, title: str, start: str, kinds: str) -> Path | None:
    """Ask for a file to read; None where the person thinks better of it."""
    name, _ = QFileDialog.getOpenFileName(parent, title, start, kinds)
    return Path(name) if name else None


def ask_observations(parent: QWidget, start: str) -> Path | None:
    """Ask for the file to write."""
    name, _ = QFileDialog.getSaveFileName(parent, "Write the observations", start, "CSV (*.csv)")
    return Path(name) if name else None


class ImportScoresDialog(QDialog):
    """Choose the tables, say what the columns hold, decide on what is odd, and write.

    Signals
    -------
    written(Written)
        The observations are on the disk.
    """

    written = Signal(object)

    def __init__(self, start: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import scores")
        self._start = start
        self.model = ImportScoresModel(self)
        self.banner = Banner()
        self.files: dict[What, QLineEdit] = {
            what: named_field(title, _HINTS[what]) for what, (title, _) in _FILES.items()
        }
        self.columns = QTableWidget()
        self.key_boxes = {part: QComboBox() for part in KEY_PARTS}
        self.told = QLabel()
        self.odd = RowTable(_ODD, self)
        self.odd_view = row_view(self.odd, "What is odd")
        self.decide_button = QPushButton("Decide…")
        self.back_button = QPushButton("Take back")
        self.text_box = QCheckBox("Numbers written as text count")
        self.unread_box = QCheckBox("I know that scores are missing")
        self.close_button = QPushButton("Close")
        self.save_button = QPushButton("Write observations…")
        self.save_button.setProperty("primary", True)
        self._lay_out()
        self._connect()
        self._show()

    def reject(self) -> None:
        """Give the work under way up and close; a large table may take long to read."""
        self.model.drop()
        super().reject()

    # ---- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for what, (title, kinds) in _FILES.items():
            button = QPushButton("Choose…")
            button.setAutoDefault(False)
            button.setAccessibleName(f"Choose {title.lower()}")
            button.clicked.connect(partial(self._choose, what, title, kinds))
            form.addRow(title, row_of(self.files[what], button))
        self._form = form
        key: list[QWidget] = []
        for part, box in self.key_boxes.items():
            box.setAccessibleName(f"Column of the key with the {part}")
            key += (QLabel(f"{part.capitalize()} in"), box)
        self._key_row = row_of(*key)
        form.addRow("Key columns", self._key_row)
        self.columns.setAccessibleName("What each column holds, and its first rows")
        self.columns.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.columns.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.columns.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.columns.verticalHeader().setDefaultSectionSize(26)
        self.columns.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.told.setWordWrap(True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.odd_view.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.odd_view.horizontalHeader().setSectionResizeMode(
            5, QHeaderView.ResizeMode.ResizeToContents
        )
        choices = row_of(self.decide_button, self.back_button, self.text_box, self.unread_box)
        for button in (self.decide_button, self.back_button):
            button.setAutoDefault(False)
        inside = under_banner(self, self.banner)
        inside.addLayout(form)
        inside.addWidget(self.columns)
        inside.addWidget(self.told)
        inside.addWidget(self.odd_view, 1)
        inside.addWidget(choices)
        inside.addLayout(button_row(self.close_button, self.save_button))
        self.resize(980, 720)

    def _connect(self) -> None:
        self.decide_button.clicked.connect(self._decide)
        self.back_button.clicked.connect(self._take_back)
        self.text_box.toggled.connect(partial(self.model.accept, "text"))
        self.unread_box.toggled.connect(partial(self.model.accept, "unread"))
        self.close_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self._save)
        self.odd_view.doubleClicked.connect(self._decide)
        self.odd_view.selectionModel().selectionChanged.connect(self._show_choices)
        for part, box in self.key_boxes.items():
            box.activated.connect(partial(self._mean_key, part))
        for what, field in self.files.items():
            field.editingFinished.connect(partial(self._type, what))
        self.model.changed.connect(self._show)
        self.model.failed.connect(self.banner.show_error)
        self.model.written.connect(self._finish)

    # ---- what the buttons do -----------------------------------------------------------

    def _choose(self, what: What, title: str, kinds: str, _pressed: bool = False) -> None:
        start = self.model.paths.get(what) or self.model.paths.get("scores")
        path = ask_file(self, title, str(start.parent if start else self._start), kinds)
        if path is not None:
            self.banner.hide()
            self.model.choose(what, path)

    def _type(self, what: What) -> None:
        name = self.files[what].text().strip()
        if name != str(self.model.paths.get(what, "")):
            self.banner.hide()
            self.model.choose(what, Path(name).expanduser() if name else None)

    def _mean_key(self, part: str, _index: int) -> None:
        self.model.mean_key(part, self.key_boxes[part].currentData())

    def _mean(self, column: str, box: QComboBox, _index: int) -> None:
        self.model.mean(column, box.currentData())

    def _chosen(self) -> Line | None:
        rows = self.odd_view.selectionModel().selectedRows()
        return self.odd.rows[rows[0].row()] if rows else None

    def _decide(self) -> None:
        line = self._chosen()
        if line is None or not self.model.can_decide(line.oddity):
            return
        decision = ask_decision(self, line.oddity)
        if decision is None:
            return
        self.banner.hide()
        if line.oddity.kind == "label":
            self.model.decide_label(line.oddity.value, decision.meant or "")
        else:
            value = None if decision.meant is None else float(decision.meant)
            self.model.decide_score(line.oddity, value, decision.reason)

    def _take_back(self) -> None:
        line = self._chosen()
        if line is not None:
            self.model.take_back(line.oddity)

    def _save(self) -> None:
        scores = self.model.paths.get("scores")
        folder = scores.parent if scores else Path(self._start)
        output = ask_observations(self, str(folder / "observations.csv"))
        if output is not None:
            self.banner.hide()
            self.model.save(output)

    def _finish(self, written: object) -> None:
        self.written.emit(written)
        self.accept()

    # ---- what is shown -----------------------------------------------------------------

    def _show(self) -> None:
        for what, field in self.files.items():
            if not field.hasFocus() or what in self.model.paths:
                field.setText(str(self.model.paths.get(what, "")))
        self._show_columns()
        self._show_key()
        self.odd.show_rows(self.model.lines)
        self.told.setText(self._words())
        for box, what in ((self.text_box, "text"), (self.unread_box, "unread")):
            box.blockSignals(True)
            box.setChecked(what in self.model.mapping.accept)
            box.blockSignals(False)
            kinds = {line.oddity.kind for line in self.model.lines}
            box.setVisible(what in kinds or what in self.model.mapping.accept)
        self._show_choices()
        self.save_button.setEnabled(self.model.can_save)

    def _show_choices(self) -> None:
        line = self._chosen()
        can = line is not None and self.model.can_decide(line.oddity)
        self.decide_button.setEnabled(can)
        self.back_button.setEnabled(can and line is not None and bool(line.oddity.decision))

    def _show_columns(self) -> None:
        sheet = self.model.sheet
        names = sheet.columns if sheet else ()
        rows = sheet.rows[:SHOWN_ROWS] if sheet else ()
        self.columns.clear()
        self.columns.setColumnCount(len(names))
        self.columns.setRowCount(1 + len(rows) if names else 0)
        self.columns.setHorizontalHeaderLabels(names)
        self.columns.setVerticalHeaderLabels(["is", *(str(row.number) for row in rows)])
        for index, name in enumerate(names):
            box = QComboBox()
            box.setAccessibleName(f"What the column {name} holds")
            for meaning, words in self.model.meanings(name):
                box.addItem(words, meaning)
            box.setCurrentIndex(max(0, box.findData(self.model.meaning(name))))
            box.activated.connect(partial(self._mean, name, box))
            box.view().setMinimumWidth(box.sizeHint().width())
            self.columns.setCellWidget(0, index, box)
            for place, row in enumerate(rows, start=1):
                self.columns.setItem(place, index, QTableWidgetItem(row.cells.get(name, "")))
        width = self.columns.horizontalHeader().fontMetrics().horizontalAdvance
        for index, name in enumerate(names):
            told = dict(self.model.meanings(name))[self.model.meaning(name)]
            texts = (name, told, *(row.cells.get(name, "")[:40] for row in rows))
            self.columns.setColumnWidth(index, max(map(width, texts)) + BOX_EXTRA)
        if names:
            self.columns.setRowHeight(0, 34)
        header = self.columns.horizontalHeader().sizeHint().height()
        self.columns.setFixedHeight(header + 34 + 26 * SHOWN_ROWS + 24)

    def _show_key(self) -> None:
        names = self.model.key_columns
        self._form.setRowVisible(self._key_row, bool(names))
        for part, box in self.key_boxes.items():
            box.clear()
            box.addItem("–", "")
            for name in names:
                box.addItem(name, name)
            box.setCurrentIndex(max(0, box.findData(self.model.mapping.key.get(part, ""))))

    def _words(self) -> str:
        """Return in one line where the import stands."""
        if self.model.sheet is None:
            return "Choose the table of scores; the headings suggest what each column holds."
        if self.model.missing:
            *first, last = self.model.missing
            roles = f"{', '.join(first)} and {last}" if first else last
            return f"Say above which column holds the {roles}."
        imported = self.model.imported
        if imported is None:
            return ""
        left = len(imported.undecided)
        odd = ""
        if left:
            odd = f"; {left} {'oddity waits' if left == 1 else 'oddities wait'} for a decision"
        notes = "".join(f"\n{note[:1].upper()}{note[1:]}." for note in imported.notes[:3])
        return f"{len(imported.rows)} scores can be written{odd}.{notes}"
