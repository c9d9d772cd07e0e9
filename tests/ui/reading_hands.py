"""A reader who answers whatever the screen asks, by keyboard, as the keys of the room say."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.ui.reading_model import Screen

Key = Qt.Key
REASON = "the scanner is gone tomorrow"


def read_to_the_end(qtbot, window, look=lambda: None) -> None:
    """Answer every screen; ``look`` is called whenever another one is in view."""
    model = window.model
    ways = {
        Screen.CONSENT: enter,
        Screen.INSTRUCTIONS: enter,
        Screen.DISPLAY: read_the_display,
        Screen.RESTING: begin_before_the_time,
        Screen.BREAK: enter,
        Screen.SHOWING: answer_the_screen,
    }
    while model.screen is not Screen.DONE:
        qtbot.waitUntil(lambda: model.screen is not Screen.LOADING)
        look()
        before = model.screen, model.position
        ways[model.screen](window)
        qtbot.waitUntil(lambda before=before: (model.screen, model.position) != before)
    look()


def enter(window) -> None:
    QTest.keyClick(window.page, Key.Key_Return)


def read_the_display(window) -> None:
    check = window.page.gate.display
    for name, field in check.fields.items():
        QTest.keyClicks(field, check.pattern.digits[name])
    QTest.keyClick(check.light, Key.Key_Return)


def begin_before_the_time(window) -> None:
    field = window.page.gate.reason
    QTest.keyClicks(field, REASON)
    QTest.keyClick(field, Key.Key_Return)


def answer_the_screen(window) -> None:
    """Answer all questions in their order; say of the first that may be that it cannot be."""
    model, page = window.model, window.page
    for index, question in enumerate(model.questions):
        model.focus_on(index)
        if question.criterion.kind == "marks":
            mark_the_middle(window, index)
        elif question.criterion.cannot_judge and model.position == 1:
            QTest.keyClick(page, Key.Key_X)
            if model.choosing_reason:
                QTest.keyClicks(page, "1")
        elif question.criterion.kind == "slider":
            QTest.keyClicks(page, str(10 + index))
            QTest.keyClick(page, Key.Key_Return)
        else:
            QTest.keyClicks(page, str(1 + index % 2))
            if model.typed:
                QTest.keyClick(page, Key.Key_Return)
    QTest.keyClick(page, Key.Key_Home)
    for _ in range(page._state.slice_count):
        QTest.keyClick(page, Key.Key_Down)
    QTest.keyClick(page, Key.Key_Return)


def mark_the_middle(window, index: int) -> None:
    canvas = window.page.canvases[window.model.slots.index(window.model.questions[index].slot)]
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle)
