"""A message inside the window that stops nothing: what happened, and what to do."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.errors import BlindReadError
from app.ui.icons import icon

NOTICE_MS = 8000


class Banner(QFrame):
    """An error stays until it is closed; good news leaves by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._sign = QLabel()
        self.what = QLabel()
        self.what.setObjectName("what")
        self.remedy = QLabel()
        for label in (self.what, self.remedy):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = QToolButton()
        self.close_button.setAccessibleName("Close this message")
        self.close_button.setToolTip("Close (Esc)")
        self.close_button.clicked.connect(self.hide)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.what)
        words.addWidget(self.remedy)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(10)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_error(self, error: BlindReadError) -> None:
        """Show an error and its remedy."""
        self._timer.stop()
        self._show("error", str(error), error.remedy)

    def show_notice(self, sentence: str) -> None:
        """Show one sentence for a while; an error in view stays."""
        if self.isVisible() and self.property("kind") == "error":
            return
        self._show("notice", sentence, "")
        self._timer.start(NOTICE_MS)

    def _show(self, kind: str, what: str, remedy: str) -> None:
        self.setProperty("kind", kind)
        self.what.setText(what)
        self.remedy.setText(remedy)
        self.remedy.setVisible(bool(remedy))
        self._sign.setPixmap(icon(kind, "error" if kind == "error" else "good").pixmap(20, 20))
        self.close_button.setIcon(icon("close", "muted"))
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
