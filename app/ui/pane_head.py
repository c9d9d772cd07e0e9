"""What lies on a pane beside its plane: its name, which is a menu, and two small helps."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QMenu, QSlider, QToolButton

from app.ui.canvas import Canvas
from app.ui.compare import Compare
from app.ui.inspect_model import InspectModel
from app.ui.pane_content import PaneContent, counterpart
from app.ui.pane_menu import USUAL_SECOND, empty, fill_contents

_STYLE = """
QToolButton { background: #0b0d0f; color: #d8dde2; border: 1px solid #0b0d0f; border-radius: 3px;
    padding: 1px 4px; font-weight: bold; }
QToolButton:hover, QToolButton:focus { border-color: #56b4e9; }
QToolButton[active="true"] { color: #8fd0ff; }
QToolButton::menu-indicator { image: none; }
QSlider { background: #0b0d0f; }
QSlider::groove:horizontal { background: #4a535b; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: #56b4e9; border-radius: 2px; }
QSlider::handle:horizontal { background: #d8dde2; width: 10px; margin: -5px 0; border-radius: 5px; }
"""
_EDGE = 4
_SLIDER = 84
_LEAST = 110  # as wide the name must be able to get
_INSIDE = 8
_ARROW = " ▾"


class PaneHead(QObject):
    """The name of a pane as a flat button, the word Unlinked, and a slider while it fades.

    They are small widgets of their own on the canvas, so that all the rest of it stays free
    for the mouse.

    Signals
    -------
    maximise_asked()
        The pane wants the whole room, or to give it back.
    """

    maximise_asked = Signal()

    def __init__(self, model: InspectModel, compare: Compare, number: int, pane: Canvas) -> None:
        super().__init__(pane)
        self._model, self._compare = model, compare
        self._number, self._pane = number, pane
        self._words = self._short = ""
        self.chooser = _Chooser(pane)
        self.unlinked = QToolButton(pane)
        self.fader = QSlider(Qt.Orientation.Horizontal, pane)
        self._set_up()
        pane.set_headed(True)
        pane.installEventFilter(self)
        compare.changed.connect(self._place)
        model.panes.changed.connect(self._place)

    def _set_up(self) -> None:
        for widget in (self.chooser, self.unlinked, self.fader):
            widget.setStyleSheet(_STYLE)
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the pane
        menu = QMenu(self.chooser)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self.chooser.setMenu(menu)
        self.chooser.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.chooser.setToolTip("Choose what this pane shows (S)")
        self.unlinked.setText("Unlinked")
        self.unlinked.setToolTip("This pane moves on its own; press to link it again (U)")
        self.unlinked.clicked.connect(lambda: self._model.panes.set_linked(self._number, True))
        self.fader.setRange(0, 100)
        self.fader.setAccessibleName("How much of the second image is seen")
        self.fader.setToolTip("How much of the second image is seen (Alt+wheel)")
        self.fader.valueChanged.connect(
            lambda value: self._compare.set_amount(self._number, value / 100)
        )
        for widget in (self.unlinked, self.fader):
            widget.hide()

    def set_words(self, words: str, short: str) -> None:
        """Say what the pane shows; in short where there is no room for the whole title."""
        self._words, self._short = words, short
        self.chooser.setAccessibleName(f"Pane {self._number + 1} shows {words}")
        self._place()

    def set_active(self, active: bool) -> None:
        """Mark the pane that keys and menus act on."""
        if self.chooser.property("active") != active:
            self.chooser.setProperty("active", active)
            self.chooser.setStyleSheet(_STYLE)  # so that the property is looked at again

    def open_menu(self) -> None:
        """Open the menu."""
        self.chooser.open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corners of the canvas."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.FontChange):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        compare, room = self._compare, self._pane.width()
        fading = compare.mode(self._number) == "fade"
        unlinked = not self._model.panes.is_linked(self._number)
        self.fader.setVisible(fading)
        self.unlinked.setVisible(unlinked)
        if fading:
            self.fader.blockSignals(True)
            self.fader.setValue(round(100 * compare.amount(self._number)))
            self.fader.blockSignals(False)
        bold = QFont(self._pane.font())
        bold.setBold(True)
        metrics = QFontMetrics(bold)
        tall = metrics.height() + 8
        left = _EDGE
        free = room - 2 * _EDGE
        if unlinked:
            free -= self.unlinked.sizeHint().width() + _EDGE
        if fading and free - _SLIDER > _LEAST:
            self.fader.setGeometry(room - _EDGE - _SLIDER, _EDGE, _SLIDER, tall)
            free -= _SLIDER + _EDGE
        elif fading:  # in a line of its own
            self.fader.setGeometry(left, _EDGE + tall + 2, min(_SLIDER, free), tall)
        room = free - 2 * _INSIDE - metrics.horizontalAdvance(_ARROW)
        middle = Qt.TextElideMode.ElideMiddle
        words = metrics.elidedText(self._words, middle, room)
        if words != self._words:
            words = metrics.elidedText(self._short, middle, room)
        words += _ARROW
        self.chooser.setText(words)
        wide = metrics.horizontalAdvance(words) + 2 * _INSIDE
        self.chooser.setGeometry(left, _EDGE, wide, tall)
        if unlinked:
            self.unlinked.setGeometry(
                left + wide + _EDGE, _EDGE, self.unlinked.sizeHint().width(), tall
            )

    def _fill(self) -> None:
        menu, model, number = self.chooser.menu(), self._model, self._number
        empty(menu)
        panes = model.panes

        def show(content: PaneContent) -> None:
            model.set_content(number, content)

        def compare(content: PaneContent | None) -> None:
            panes.set_second(number, content)

        fill_contents(menu, model, panes.content(number), show)
        menu.addSeparator()
        seconds = menu.addMenu("Compare with")
        seconds.setToolTipsVisible(True)
        chosen = panes.is_second_chosen(number)
        usual = seconds.addAction(f"The usual: {counterpart(panes.content(number)).words}")
        usual.setToolTip(USUAL_SECOND)
        usual.setCheckable(True)
        usual.setChecked(not chosen)
        usual.triggered.connect(lambda: compare(None))
        seconds.addSeparator()
        fill_contents(seconds, model, panes.second(number) if chosen else None, compare)
        moving = menu.addAction("Move on its own")
        moving.setCheckable(True)
        moving.setChecked(not panes.is_linked(number))
        moving.triggered.connect(lambda alone: panes.set_linked(number, not alone))
        menu.addAction("Maximise or restore").triggered.connect(self.maximise_asked)


class _Chooser(QToolButton):
    """A button whose menu opens by Enter and Down too."""

    def open(self) -> None:
        """Open the menu and go on; ``showMenu`` would wait for it to close."""
        self.menu().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the menu; every other key is the button's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.open()
        else:
            super().keyPressEvent(event)
