"""The Read room: who may read what, and the way into the reading and back."""

import weakref
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from app.errors import StoreError
from app.ui.context import Context
from app.ui.read_model import ReadModel
from app.ui.read_page import ReadPage
from app.ui.reading_model import Screen
from app.ui.settings import Settings
from app.ui.study_work import ReadWork
from app.ui.window import MainWindow
from tests.ui.fake_session import DISK_FULL, FakeSession
from tests.ui.test_study_room import Reader, Status

# The platform without a screen has no window manager to tell a size to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@dataclass
class FakeReads:
    state: str = "locked"
    refuse: Exception | None = None
    opened: list = field(default_factory=list)

    def status(self, _study):
        readers = (Reader("R1", 2, 3), Reader("R2", 0, 3), Reader("SIM1", 3, 3, simulated=True))
        return Status(self.state, "Two arms", readers)

    def open_session(self, study, reader):
        if self.refuse is not None:
            raise self.refuse
        self.opened.append((study, reader))
        return FakeSession()


@pytest.fixture
def open_page(qtbot):
    windows = []

    def opened(fake):
        work = ReadWork(status=fake.status, open_session=fake.open_session)
        window = QMainWindow()
        page = ReadPage(Context(Settings()), ReadModel(work))
        window.setCentralWidget(page)
        qtbot.addWidget(window)
        window.show()
        windows.append((window, page))
        page._context.open_study(Path("/study"))
        return page

    yield opened
    for _window, page in windows:
        page.stop()


def test_the_reading_opens_alone_and_gives_the_window_back(qtbot, open_page):
    fake = FakeReads()
    page = open_page(fake)
    qtbot.waitUntil(lambda: page.readers.rowCount() == 2)
    assert not page.start_button.isEnabled()

    page.view.selectRow(1)
    qtbot.mouseClick(page.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.reading is not None)

    assert fake.opened == [(Path("/study"), "R2")]
    assert page.reading.isVisible()
    assert page.reading.windowTitle() == "Reading"
    assert not page.window().isVisible()

    page.reading.close()
    qtbot.waitUntil(page.window().isVisible)


def test_a_reading_that_is_over_keeps_no_image(qtbot, open_page):
    page = open_page(FakeReads())
    qtbot.waitUntil(lambda: page.readers.rowCount() == 2)
    page.model.choose("R1")
    page.model.start()
    qtbot.waitUntil(lambda: page.reading is not None)
    window, model = page.reading, page.reading.model
    qtbot.keyClick(window.page, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: model.screen is Screen.SHOWING)
    qtbot.waitUntil(lambda: model._loader.at_hand("p2") is not None)  # the one that is next
    images = [*model.presentation.images, *model._loader.at_hand("p2").images]
    pixels = [weakref.ref(image.pixels) for image in images]
    window.grab()
    del images

    window.close()
    qtbot.waitUntil(lambda: not shiboken6.isValid(window))

    assert page.reading is None
    assert [one() for one in pixels] == [None] * 4


def test_the_keyboard_alone_chooses_a_reader_and_starts(qtbot, open_page):
    fake = FakeReads()
    page = open_page(fake)
    qtbot.waitUntil(lambda: page.readers.rowCount() == 2)
    page.setFocus()

    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert fake.opened == []  # nobody is chosen yet
    qtbot.keyClick(page.view, Qt.Key.Key_Down)
    qtbot.keyClick(page.view, Qt.Key.Key_Down)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.reading is not None)

    assert fake.opened == [(Path("/study"), "R2")]


def test_the_program_stays_while_a_reading_holds_a_comment_that_cannot_be_kept(qtbot):
    session = FakeSession()
    window = MainWindow(Context(Settings()))
    qtbot.addWidget(window)
    window.show()
    window.enter("read")
    page = window.page("read")
    page.show_reading(session)
    qtbot.keyClick(page.reading.page, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.reading.model.screen is Screen.SHOWING)
    page.reading.model.type_comment("streak")
    session.refuse_writing = DISK_FULL

    assert not window.close()
    assert page.reading.isVisible()
    session.refuse_writing = None

    assert window.close()
    assert session.responses[-1].comment == "streak"


@pytest.mark.parametrize("state", ["draft", "unblinded"])
def test_only_a_locked_study_can_be_read(qtbot, open_page, state):
    page = open_page(FakeReads(state=state))
    qtbot.waitUntil(lambda: page.model.status is not None)

    page.model.choose("R1")

    assert not page.model.can_start
    assert {"draft": "not locked", "unblinded": "has ended"}[state] in page.sentence.text()


def test_a_reading_that_cannot_be_opened_says_why(qtbot, open_page):
    fake = FakeReads(refuse=StoreError("The reading of R1 is open elsewhere.", remedy="Close it."))
    page = open_page(fake)
    qtbot.waitUntil(lambda: page.model.status is not None)
    page.model.choose("R1")

    with qtbot.waitSignal(page._context.error_raised) as told:
        page.model.start()

    assert "open elsewhere" in str(told.args[0])
    assert page.window().isVisible()
