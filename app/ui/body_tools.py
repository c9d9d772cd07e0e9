"""The tools while the body is edited."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.ui.body_model import BodyModel


class BodyTools(QWidget):
    """The brush's size, undo, reset and done."""

    def __init__(self, model: BodyModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.hint = QLabel("Brush")
        self.smaller = QPushButton("−")
        self.larger = QPushButton("+")
        self.size_shown = QLabel()
        self.undo = QPushButton("Undo")
        self.reset = QPushButton("Reset")
        self.done = QPushButton("Done")
        self._lay_out()
        self.smaller.clicked.connect(lambda: model.editor.resize_brush(-1))
        self.larger.clicked.connect(lambda: model.editor.resize_brush(1))
        self.undo.clicked.connect(model.editor.undo)
        self.reset.clicked.connect(model.editor.reset)
        self.done.clicked.connect(lambda: model.edit(False))
        model.changed.connect(self._refresh)
        model.editor.brush_changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.hint.setObjectName("muted")
        self.hint.setToolTip(
            "A left drag adds to the body, with Shift it takes away.\n"
            "The other buttons zoom and move as ever."
        )
        self.size_shown.setObjectName("muted")
        for button, words in (
            (self.smaller, "A smaller brush ([)"),
            (self.larger, "A larger brush (])"),
            (self.undo, "Take the last stroke back (Ctrl+Z)"),
            (self.reset, "Go back to the body as it was found (Shift+E)"),
            (self.done, "Keep this body and leave (Esc)"),
        ):
            button.setToolTip(words)
        for button in (self.smaller, self.larger):
            button.setObjectName("narrow")
            button.setFixedWidth(28)
            button.setStyleSheet("padding: 5px 0")
        self.done.setProperty("primary", True)
        for widget in (self.hint, self.smaller, self.size_shown, self.larger):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.undo, self.reset):
            row.addWidget(widget)
        row.addWidget(self.done)

    def _refresh(self) -> None:
        model = self._model
        self.undo.setEnabled(model.editor.can_undo)
        self.reset.setEnabled(model.editing and model.editor.can_reset)
        self.size_shown.setText(f"{2 * model.editor.radius:.0f} px")
