"""The reading room: the images, the questions, and nothing else."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.ui.reading_choices import mark
from app.ui.reading_gate import GatePage
from app.ui.reading_keys import ReadingKeys
from app.ui.reading_marking import Marking
from app.ui.reading_model import ReadingModel, Screen
from app.ui.reading_screen import ReadingScreen
from app.ui.reading_style import SHEET
from app.ui.reading_words import Overlay, WordsPage
from app.ui.view_state import ViewState

_Key = Qt.Key


class ReadingPage(QWidget):
    """Shows what the model says and hands keys and clicks to it.

    ``leave_requested`` asks to end the reading; ``full_screen_requested`` asks
    the window to change its size. ``window_button_changed`` tells that the reader wants
    the window on a drag with the other button: ``left`` or ``right``.
    """

    leave_requested = Signal()
    full_screen_requested = Signal()
    window_button_changed = Signal(str)

    def __init__(
        self, model: ReadingModel, parent: QWidget | None = None, *, window_button: str = "left"
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._alone: int | None = None
        self._framed = ""
        self._state = ViewState(self)
        self.setObjectName("reading")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(SHEET)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._screen = ReadingScreen(model, self._state)
        self.canvases, self.rows = self._screen.canvases, self._screen.rows
        self.comment = self._screen.comment
        self.gate = GatePage(model)
        self._marking = Marking(model, self._screen, self._state)
        self.keys = ReadingKeys(self, model, self._state, self._marking)
        self._build()
        self._connect()
        self._take_window_button(window_button)
        self._repaint()

    # Construction

    def _build(self) -> None:
        model, noun = self._model, self._model.noun
        self._before = WordsPage("Begin (Enter)", keys=True)
        self._before.headline.setText("Before you begin")
        self._before.words.setText(
            f"{model.instructions}\n\nYou are reader {model.reader}, and there are "
            f"{model.total} {noun}s. You can stop at any time and go on later."
        )
        self._after = WordsPage("Close (Enter)", keys=False)
        read = f"{noun}s are" if model.total > 1 else f"{noun} is"
        self._after.headline.setText(f"All {model.total} {read} read. Thank you.")
        self._after.words.setText("Every answer is recorded. You can close this window.")
        self._stack = QStackedWidget()
        for page in (self._before, self._screen, self._after, self.gate):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._keys = Overlay(self, "Keys", "Any key: back to the images.", keys=True)
        self._leave = Overlay(
            self,
            "Leave the reading?",
            f"Nothing is lost: every answer is recorded, and you go on at this {noun} next "
            "time.\n\nEnter: leave      Esc: stay",
        )
        self._told = Overlay(self, "About this question", "")

    def _connect(self) -> None:
        model, screen = self._model, self._screen
        model.changed.connect(self._repaint)
        model.shown.connect(self._show_images)
        screen.answered.connect(self._answer)
        screen.decline_asked.connect(self._decline)
        for canvas in (*screen.declared, *self.canvases):
            canvas.touched.connect(model.touch)
            canvas.touched.connect(self.keys.cine.stop)
            canvas.pointed.connect(self._notice_mouse)
        for signal in (
            self._state.window_changed,
            self._state.slice_changed,
            self._state.view_changed,
        ):
            signal.connect(self._tell_view)
        self.comment.textEdited.connect(self._type)
        self.comment.left.connect(self._leave_comment)
        self.comment.editingFinished.connect(model.record_comment)
        screen.pause.clicked.connect(model.toggle_pause)
        screen.help.clicked.connect(self.show_keys)
        screen.next.clicked.connect(model.next)
        self.gate.begin_asked.connect(model.begin)
        self._before.button.clicked.connect(model.begin)
        self._after.button.clicked.connect(self.leave_requested)

    # What is seen

    def _repaint(self) -> None:
        model = self._model
        screen = self._screen
        gates = dict.fromkeys((Screen.CONSENT, Screen.DISPLAY, Screen.RESTING, Screen.BREAK), 3)
        page = (gates | {Screen.INSTRUCTIONS: 0, Screen.DONE: 2}).get(model.screen, 1)
        if page == 3:
            self.gate.refresh()
        if self._stack.currentIndex() != page:
            self._stack.setCurrentIndex(page)
            self.gate.take_focus(self) if page == 3 else self.setFocus()
        practice = "Practice   " if model.training else ""
        screen.position.setText(f"{practice}{model.position} of {model.total}")
        screen.bar.show_done(model.position - 1)
        screen.hint.setText(model.error or model.feedback or model.hint)
        mark(screen.hint, "failed", bool(model.error))
        screen.pause.setText("Continue (P)" if model.paused else "Pause (P)")
        screen.pause.setEnabled(model.screen is Screen.SHOWING)
        screen.next.setEnabled(model.can_go_next)
        if not self.comment.hasFocus() or not model.can_answer:
            self.comment.setText(model.comment)
        self.comment.setEnabled(model.can_answer)
        screen.show_answers()
        self._paint_canvases()

    def _paint_canvases(self) -> None:
        model = self._model
        if not model.images_visible:
            self.keys.cine.stop()
        message = {Screen.LOADING: "Loading …", Screen.UNREADABLE: "No image"}.get(model.screen, "")
        if model.paused:
            message = "Paused - press P to continue"
        for canvas in (*self._screen.declared, *self.canvases):
            canvas.set_message(message)
            if not model.images_visible:
                canvas.set_image(None)
            canvas.update()
        self._screen.images.show_alone(self._alone)

    def _show_images(self) -> None:
        shown = self._model.presentation
        if shown is None:
            return
        self._alone = None
        self.keys.cine.stop()
        self.comment.setText(self._model.comment)
        self.setFocus()
        images = (*shown.declared, *shown.images)
        for canvas, image in zip(
            (*self._screen.declared, *self.canvases[: len(shown.images)]), images, strict=True
        ):
            canvas.set_image(image)
        for canvas in self.canvases[len(shown.images) :]:
            canvas.set_image(None)
        self._screen.show_arms()
        if shown.id != self._framed:
            self._framed = ""  # what is set here is no look of the reader
            self._state.reset()
            self._state.set_home(shown.window)
            self._state.set_slice_count(min(image.grid.slices for image in images))
            self._state.set_slice(self._state.slice_count // 2)
            self._framed = shown.id
        self._tell_view()

    def _tell_view(self) -> None:
        self._screen.show_looking()
        if self._model.images_visible and self._framed:
            window = self._state.window
            zoom = self.canvases[0].magnification
            self._model.look(window.center, window.width, zoom, self._state.slice)

    # What the reader does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give a key its meaning; keys typed in the comment stay there."""
        self.keys.press(event)
        event.accept()

    def overlay_key(self, key: Qt.Key) -> bool:
        """Let what lies over the images take a key; False where nothing does."""
        for overlay in (self._keys, self._leave, self._told):
            if overlay.isVisible():
                leaving = overlay is self._leave and key in (_Key.Key_Return, _Key.Key_Enter)
                if leaving:
                    self.leave_requested.emit()
                if overlay is not self._leave or leaving or key == _Key.Key_Escape:
                    overlay.hide()
                return True
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Let Tab move between the questions, and out of the comment."""
        if self.comment.hasFocus():
            self._leave_comment()
        elif self._model.can_answer:
            (self._model.focus_next if forward else self._model.focus_previous)()
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close what lies over the images, and leave the comment field."""
        for overlay in (self._keys, self._leave, self._told):
            overlay.hide()
        self.setFocus()
        super().mousePressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the keyboard, and note on which display the images are."""
        super().showEvent(event)
        screen = self.window().screen()
        size, ratio = screen.size(), screen.devicePixelRatio()
        self._model.tell_display(f"{size.width()}x{size.height()}@{ratio:g}x")
        self.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what lies over the images in their middle."""
        super().resizeEvent(event)
        self._tell_view()
        for overlay in (self._keys, self._leave, self._told):
            if overlay.isVisible():
                overlay.show_centred()

    def let_go(self) -> None:
        """Show no image any more, and keep none; for when the window closes."""
        self.keys.cine.stop()
        for canvas in (*self._screen.declared, *self.canvases):
            canvas.set_image(None)

    def enter(self) -> None:
        """Go on: the next screen, past a gate, or out."""
        if self._model.screen in (
            Screen.CONSENT, Screen.INSTRUCTIONS, Screen.UNREADABLE, Screen.BREAK, Screen.RESTING,
        ):  # fmt: skip
            self._model.begin()
        elif self._model.screen is Screen.DONE:
            self.leave_requested.emit()
        elif not any(row.held for row in self.rows) and not self._model.take_typed():
            self._model.next()

    def _answer(self, index: int, value: int) -> None:
        self._model.touch()
        self._model.answer(index, value)

    def _type(self, text: str) -> None:
        self.keys.cine.stop()
        self._model.touch()
        self._model.type_comment(text)

    def enter_comment(self) -> None:
        """Begin to write a comment, where the study asks for one."""
        if self.comment.isEnabled() and self._model.asks_comment:
            self.comment.setFocus()

    def _leave_comment(self) -> None:
        self.setFocus()

    def _decline(self, index: int) -> None:
        self._model.touch()
        self._model.focus_on(index)
        self._model.ask_reason()

    def show_keys(self) -> None:
        """Show the keys and what they do."""
        self._keys.show_centred()

    def show_help(self) -> None:
        """Show what the protocol says about the question in focus."""
        index = self._model.focus
        if index < len(self._model.questions) and self._model.images_visible:
            criterion = self._model.questions[index].criterion
            lines = [criterion.help or criterion.prompt]
            lines += [f"{one.value}   {one.label}" for one in criterion.choices]
            self._told.set_words("\n".join(lines))
            self._told.show_centred()

    def flicker(self) -> None:
        """Show the images one at a time, in the same place."""
        if self._model.images_visible:
            count = len(self._screen.declared) + len(self.canvases)
            self._alone = 0 if self._alone is None else (self._alone + 1) % count
            self._paint_canvases()

    def show_one_to_one(self) -> None:
        """Show each pixel of the images on one of the screen."""
        if self._model.images_visible:
            self._state.set_scale("pixels")

    def change_window_button(self) -> None:
        """Let a drag with the other button change the window, and say so."""
        self._model.cancel()  # the hint that follows takes the place of the reasons
        self._take_window_button("left" if self._window_button == "right" else "right")
        self.window_button_changed.emit(self._window_button)
        self._model.hint = f"A {self._window_button} drag changes the window now. B: as before."
        self._repaint()

    def _take_window_button(self, button: str) -> None:
        self._window_button = button
        for canvas in (*self._screen.declared, *self.canvases):
            canvas.set_window_button(
                Qt.MouseButton.RightButton if button == "right" else Qt.MouseButton.LeftButton
            )
        for table in (self._before.keys, self._keys.keys):
            if table is not None:
                table.tell(button)

    def escape(self) -> None:
        """Leave what is being typed or chosen, else marking and flicker."""
        if self._model.choosing_reason or self._model.typed:
            self._model.cancel()
        else:
            self._marking.stop()
            self._side_by_side()

    def _side_by_side(self) -> None:
        self._alone = None
        self._paint_canvases()

    def ask_to_leave(self) -> None:
        """Ask whether to leave, unless all is read."""
        self._keys.hide()
        self.setFocus()
        if self._model.screen is Screen.DONE:
            self.leave_requested.emit()
        else:
            self._leave.show_centred()

    def _notice_mouse(self, *_: object) -> None:
        self._model.touch(interaction=False)
