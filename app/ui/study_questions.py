"""The questions of a new study: a list in which wording and choices can be edited."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.protocol import Criterion
from app.study.scale_words import choices_to_text
from app.ui.study_model import StudyModel

KIND, PROMPT, CHOICES = range(3)


class QuestionsForm(QWidget):
    """One line a question; a double click or F2 edits its words or its choices."""

    def __init__(self, model: StudyModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._shown: tuple[Criterion, ...] = ()
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels(["Kind", "Question", "Choices"])
        self.table.setAccessibleName("Questions")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(True)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(KIND, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(PROMPT, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(CHOICES, QHeaderView.ResizeMode.Stretch)
        self.add_button, self.remove_button = QPushButton("Add"), QPushButton("Remove")
        hint = QLabel(
            "Double-click to edit. Choices: value and words, with semicolons between. "
            "Everything else stands in protocol.yaml."
        )
        hint.setObjectName("muted")
        hint.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(hint, 1)
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 10, 8, 8)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        self.table.cellChanged.connect(self._edit)
        self.add_button.clicked.connect(model.add_question)
        self.remove_button.clicked.connect(self._remove)

    def refresh(self) -> None:
        """Show the questions, unless they stand there already.

        What is objected to stays as it was typed, to be mended.
        """
        questions = self._model.rule("criteria") or ()
        if questions == self._shown:
            return
        self._shown = questions
        with QSignalBlocker(self.table):
            self.table.setRowCount(len(questions))
            for row, one in enumerate(questions):
                words = choices_to_text(one.choices)
                for column, text in ((KIND, one.kind), (PROMPT, one.prompt), (CHOICES, words)):
                    item = QTableWidgetItem(text)
                    item.setToolTip(one.help if column == PROMPT else text)
                    if column == KIND or (column == CHOICES and one.kind == "ranking"):
                        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                    self.table.setItem(row, column, item)

    def _edit(self, row: int, column: int) -> None:
        if self._model.rule("criteria") is None:  # another source is being paired
            self._shown = ()  # what was typed goes with the question that it worded
            return
        text = self.table.item(row, column).text()
        if column == PROMPT:
            self._model.edit_question(row, prompt=text)
        elif column == CHOICES:
            self._model.edit_question(row, choices=text)

    def _remove(self) -> None:
        row = self.table.currentRow()
        if row >= 0:
            self._model.remove_question(row)
