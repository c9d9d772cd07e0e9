"""The Read room: from here the reading opens as a window of its own."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QItemSelection, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.context import Context
from app.ui.read_model import ReadModel
from app.ui.reading_window import ReadingWindow
from app.ui.row_table import Column, RowTable, row_view
from app.ui.study_dialogs import ask_study

COLUMNS = (
    Column("Reader", lambda row: row.reader),
    Column("Read", lambda row: f"{row.done} of {row.total}", number=True),
    Column("", lambda row: "done" if row.done >= row.total else ""),
)

SHORTCUTS = (
    ("Up, Down", "choose a reader"),
    ("Enter", "start reading"),
    ("? or F1 while reading", "the keys of the reading room"),
)


class ReadPage(QWidget):
    """A study, its readers, and one button."""

    shortcuts = SHORTCUTS

    def __init__(
        self, context: Context, model: ReadModel | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self.model = model or ReadModel(parent=self)
        self.reading: ReadingWindow | None = None
        self.readers = RowTable(COLUMNS, self)
        self._lay_out()
        self._connect()
        self._refresh()
        self.model.open_study(context.study)

    def _lay_out(self) -> None:
        self.title = QLabel()
        self.title.setObjectName("title")
        self.place = QLabel()
        self.place.setObjectName("muted")
        self.sentence = QLabel()
        for label in (self.title, self.place, self.sentence):
            label.setWordWrap(True)
        self.view = row_view(self.readers, "Readers")
        self.setFocusProxy(self.view)
        self.open_button = QPushButton("Open a study …")
        self.start_button = QPushButton("Start reading")
        self.start_button.setProperty("primary", True)
        self.start_button.setMinimumHeight(36)
        words = QLabel(
            "The reading fills the screen, and this window hides until it is closed. "
            "Every answer is on disk before the next pair appears: you can stop at any time."
        )
        words.setObjectName("muted")
        words.setWordWrap(True)
        panel = QFrame()
        panel.setObjectName("panel")
        panel.setMaximumWidth(720)
        column = QVBoxLayout(panel)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        buttons = QHBoxLayout()
        buttons.addWidget(self.open_button)
        buttons.addStretch(1)
        buttons.addWidget(self.start_button)
        for widget in (self.title, self.place, self.sentence):
            column.addWidget(widget)
        column.addWidget(self.view, 1)
        column.addWidget(words)
        column.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 24, 24, 24)
        row.addStretch(1)
        row.addWidget(panel, 8)
        row.addStretch(1)

    def _connect(self) -> None:
        context, model = self._context, self.model
        context.study_changed.connect(model.open_study)
        model.changed.connect(self._refresh)
        model.failed.connect(context.show_error)
        model.opened.connect(self.show_reading)
        self.view.selectionModel().selectionChanged.connect(self._choose)
        self.view.doubleClicked.connect(lambda _: model.start())
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            enter = QShortcut(QKeySequence(key), self.view)
            enter.setContext(Qt.ShortcutContext.WidgetShortcut)
            enter.activated.connect(model.start)
        self.open_button.clicked.connect(self.open_study)
        self.start_button.clicked.connect(model.start)

    def _refresh(self) -> None:
        model = self.model
        self.title.setText(model.status.title if model.status is not None else "Reading room")
        self.place.setText(str(model.study) if model.study is not None else "")
        self.sentence.setText(model.sentence)
        self.readers.show_rows(model.readers)
        self.start_button.setEnabled(model.can_start)
        codes = [row.reader for row in self.readers.rows]
        if model.chosen in codes:
            self.view.selectRow(codes.index(model.chosen))

    def _choose(self, selected: QItemSelection) -> None:
        rows = selected.indexes()
        if rows:
            code = self.readers.rows[rows[0].row()].reader
            if code != self.model.chosen:
                self.model.choose(code)

    def open_study(self) -> None:
        """Ask for a study and open it in every room."""
        folder = ask_study(self, self._context.settings.last_study or str(Path.home()))
        if folder is not None:
            self._context.open_study(folder)

    def show_reading(self, session: Any) -> None:
        """Show a reading on the whole screen, and hide every other room."""
        self.reading = ReadingWindow(session, window_button=self._context.settings.window_button)
        self.reading.window_button_changed.connect(
            lambda button: self._context.update_settings(window_button=button)
        )
        self.reading.closed.connect(self._return)
        self.reading.show_full_screen()
        self.window().hide()

    def may_close(self) -> bool:
        """End an open reading; return False, once, where a comment in it cannot be recorded."""
        return self.reading is None or self.reading.model.close()

    def stop(self) -> None:
        """End all work; for when the window closes."""
        if self.reading is not None:
            self.reading.closed.disconnect(self._return)  # nothing is to be looked at again
            if not self.reading.close():
                self.reading.close()  # a comment that the disk refuses keeps it open once
            self.reading = None
        self.model.stop()

    def _return(self) -> None:
        reading, self.reading = self.reading, None
        if reading is not None:
            reading.deleteLater()
        self.window().show()
        if self.model.study is not None:
            self._context.open_study(self.model.study)
