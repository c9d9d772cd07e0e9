"""A person who presses, turns, drags and types at random, and a watch on the window."""

import gc
import os
import random
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.ui.canvas import Canvas

BEAT_MS = 5
MODIFIERS = (
    *(Qt.KeyboardModifier.NoModifier,) * 5,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
BUTTONS = (Qt.MouseButton.LeftButton,) * 4 + (
    Qt.MouseButton.RightButton,
    Qt.MouseButton.MiddleButton,
)
_TYPED = (
    "Up Down Left Right Home End PgUp PgDown Space Tab Return Esc Del Backspace F2 F5 F8 "
    "Shift+Up Shift+Left Ctrl+Down Ctrl+Z Ctrl+A Ctrl+C Ctrl+V 1 5 9 a m q t x [ ] + - . , ? é ß"
)
KEYS = tuple(_TYPED.split())


def waited(thread: int) -> float:
    """Return how long a thread has been ready and not let run, in seconds; 0 where unknown.

    On a machine that does other work too this is no fault of the program.
    """
    try:
        return int(Path(f"/proc/self/task/{thread}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class Watchdog(threading.Thread):
    """Measures how long the event loop leaves a beat waiting, and says what it was doing.

    ``freezes`` holds pairs of seconds and the stacks of all threads.
    """

    def __init__(self, freeze_s: float) -> None:
        super().__init__(daemon=True)
        self._freeze = freeze_s
        self.freezes: list[tuple[float, str]] = []
        self.longest = 0.0
        self._main, self._native = threading.main_thread().ident, threading.main_thread().native_id
        self._done = threading.Event()
        self._timer = QTimer()
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self.beat)
        self._beat = (time.monotonic(), 0.0)

    def begin(self) -> None:
        self.beat()
        self._timer.start()
        self.start()

    def end(self) -> None:
        self.beat()
        self._timer.stop()
        self._done.set()
        self.join()

    def beat(self) -> None:
        now, idle = time.monotonic(), waited(self._native)
        since, before = self._beat
        self._beat = (now, idle)
        if self.freezes and self.freezes[-1][0] < 0:  # it was seen while it lasted
            took = now - since - (idle - before)
            what = self.freezes.pop()[1]
            self.longest = max(self.longest, took)
            if took > self._freeze:
                self.freezes.append((took, what))

    def run(self) -> None:
        while not self._done.wait(0.02):
            since, _ = self._beat
            late = time.monotonic() - since > self._freeze
            if late and not (self.freezes and self.freezes[-1][0] < 0):
                self.freezes.append((-1.0, self._stacks()))

    def _stacks(self) -> str:
        """Return what every thread is doing; one of them may hold the interpreter's lock."""
        names = {one.ident: one.name for one in threading.enumerate()}
        told = []
        for thread, frame in sys._current_frames().items():
            if thread != self.ident:
                lines = "".join(traceback.format_stack(frame)[-6:])
                main = "the window's thread" if thread == self._main else names.get(thread, "?")
                told.append(f"{main}:\n{lines}")
        return "".join(told)


class Person(QObject):
    """Does one thing after another at random, from inside the event loop.

    Steps are timer events, so that they go on in menus and dialogs that have a loop
    of their own.

    Parameters
    ----------
    window
        The main window.
    seed
        The same seed does the same things, as far as the window answers alike.
    passed_over
        Ids of Actions that are not done, by their beginnings.
    """

    ended = Signal()

    def __init__(self, window, seed: int, seconds: float, passed_over: tuple[str, ...]) -> None:
        super().__init__()
        self._window = window
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._passed_over = passed_over
        self._until = time.monotonic() + seconds
        self.done: Counter[str] = Counter()
        self.last: list[str] = []
        self._stepping = False
        self._inside: list[QWidget] = []
        self._ways = (
            (self._act, 30),
            (self._press, 20),
            (self._click, 25),
            (self._drag, 12),
            (self._turn, 8),
            (self._resize, 1),
            (self._enter, 1),
            (self._escape, 6),
        )

    def begin(self) -> None:
        self._soon()

    def _soon(self) -> None:
        # One timer for each step: Qt lets none go off again inside its own step.
        QTimer.singleShot(1, self._step)

    @property
    def steps(self) -> int:
        """How many things were done."""
        return sum(self.done.values())

    # ---- steps -----------------------------------------------------------------------

    def _step(self) -> None:
        if time.monotonic() > self._until:
            self._close_others()
            if self._stepping:
                self._soon()
            else:
                self.ended.emit()
            return
        self._soon()
        if self._stepping:  # a step waits in a loop of its own: what it opened is next
            self._in_between()
            return
        self._stepping = True
        try:
            ways, weights = zip(*self._ways, strict=True)
            self._random.choices(ways, weights)[0]()
        finally:
            self._stepping = False

    def _in_between(self) -> None:
        popup = QApplication.activePopupWidget()
        modal = QApplication.activeModalWidget()
        if popup is not None:
            popup.close() if self._random.random() < 0.7 else self._click()
        elif modal is not None:
            modal.close() if self._random.random() < 0.5 else self._press()

    def _note(self, what: str) -> None:
        self.done[what.split(" ")[0]] += 1
        self.last = [*self.last[-30:], what]

    def _act(self) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        sets = self._window._menu_sets()
        group = self._random.choice(sets[-1:] * 4 + sets[:1])
        able = [one for one in group.actions if not one.id.startswith(self._passed_over)]
        if able:
            action = self._random.choice(able)
            self._note(f"act {action.id}")
            group.run(action.id)

    def _press(self) -> None:
        target = QApplication.focusWidget() or self._window
        known = [key for one in self._window._menu_sets()[-1].actions for key in one.keys]
        key = self._random.choice(known if known and self._random.random() < 0.5 else KEYS)
        if key in ("Ctrl+Q", "Ctrl+W", "Ctrl+M", "Ctrl+O", "Ctrl+Shift+O"):
            return
        self._note(f"press {key}")
        for number in range(QKeySequence(key).count()):
            both = QKeySequence(key)[number]
            QTest.keyClick(target, both.key(), both.keyboardModifiers())

    def _click(self) -> None:
        target = self._target()
        if target is None:
            return
        place = self._place(target)
        button, modifiers = self._random.choice(BUTTONS), self._random.choice(MODIFIERS)
        self._note(f"click {type(target).__name__} {target.objectName()}")
        if self._random.random() < 0.15:
            QTest.mouseDClick(target, Qt.MouseButton.LeftButton, modifiers, place)
        else:
            QTest.mouseClick(target, button, modifiers, place)

    def _drag(self) -> None:
        canvases = [one for one in self._window.findChildren(Canvas) if one.isVisible()]
        target = self._random.choice(canvases) if canvases else self._target()
        if target is None or QApplication.activeModalWidget() is not None:
            return
        button, modifiers = self._random.choice(BUTTONS), self._random.choice(MODIFIERS)
        here = self._place(target)
        self._note(f"drag {type(target).__name__}")
        QTest.mousePress(target, button, modifiers, here)
        for _ in range(self._random.randint(1, 12)):
            here += QPoint(self._random.randint(-40, 40), self._random.randint(-40, 40))
            QTest.mouseMove(target, here)
        QTest.mouseRelease(target, button, modifiers, here)

    def _turn(self) -> None:
        target = self._target()
        if target is None:
            return
        place = QPointF(self._place(target))
        turn = QPoint(0, self._random.choice((-360, -120, -15, 15, 120, 360)))
        self._note("turn")
        event = QWheelEvent(
            place,
            QPointF(target.mapToGlobal(place.toPoint())),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            self._random.choice(MODIFIERS),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)

    def _resize(self) -> None:
        self._note("resize")
        self._window.resize(self._random.randint(900, 1920), self._random.randint(600, 1080))

    def _enter(self) -> None:
        self._note("enter")
        self._window.enter(self._random.choice(("inspect",) * 6 + ("study", "read", "results")))

    def _escape(self) -> None:
        """Come back from wherever chance has led."""
        self._note("escape")
        target = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if target is not None:
            target.close()
        elif self._window.room != "inspect" and self._random.random() < 0.3:
            self._window.enter("inspect")

    # ---- where -----------------------------------------------------------------------

    def _target(self) -> QWidget | None:
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self._window
        # Kept: PySide takes the widgets in a window away from Python with the window's own object.
        self._inside = [top, *top.findChildren(QWidget)]
        shown = [
            one for one in self._inside if one.isVisible() and one.isEnabled() and self._safe(one)
        ]
        return self._random.choice(shown) if shown else None

    def _safe(self, widget: QWidget) -> bool:
        """Pass over what would start minutes of computing or leave the program."""
        panel = self._window.page("inspect").panel
        if isinstance(widget, QMenu) or widget is self._window.menuBar():
            return False  # its entries are done as Actions
        return widget is not panel.measure_button and "Measure" not in widget.accessibleName()

    def _place(self, widget: QWidget) -> QPoint:
        wide, high = max(widget.width(), 1), max(widget.height(), 1)
        return QPoint(self._random.randrange(wide), self._random.randrange(high))

    def _close_others(self) -> None:
        for popup in iter(QApplication.activePopupWidget, None):
            popup.close()
        for top in QApplication.topLevelWidgets():
            if top is not self._window and top.isVisible():
                top.close()


def memory() -> float:
    """Return the resident memory of this process in MiB; 0 where unknown."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def widgets() -> Counter[str]:
    """Return how many widgets of each type there are."""
    gc.collect()
    return Counter(type(one).__name__ for one in QApplication.allWidgets())
