"""The images of the next screens, read on another thread."""

import threading

import pytest
import shiboken6

from app.errors import StoreError
from app.ui.reading_loader import PresentationLoader
from app.ui.reading_window import ReadingWindow
from tests.ui.fake_session import FakeSession, plan

# The platform without a screen has no window manager to tell a size to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

PLANNED = plan().presentations


@pytest.fixture
def gate():
    """A load that waits until it is let through."""
    opened = threading.Event()
    yield opened
    opened.set()


def test_screens_come_in_the_order_asked_for_each_once(qtbot):
    session, arrived = FakeSession(), []
    loader = PresentationLoader(session.load)
    loader.loaded.connect(arrived.append)

    for planned in (*PLANNED, *PLANNED):
        loader.want(planned)
    qtbot.waitUntil(lambda: len(arrived) == 3)

    assert arrived == session.loaded == ["p1", "p2", "p3"]
    loader.keep({"p2"})
    assert (loader.at_hand("p1"), loader.at_hand("p2").position) == (None, 2)
    loader.close()


def test_a_screen_that_cannot_be_read_is_told_and_can_be_asked_for_again(qtbot):
    session, failed = FakeSession(), []
    session.refuse_reading = StoreError("The picture is damaged.", remedy="Ask for it again.")
    loader = PresentationLoader(session.load)
    loader.failed.connect(lambda name, error: failed.append((name, error)))

    loader.want(PLANNED[0])
    qtbot.waitUntil(lambda: bool(failed))
    session.refuse_reading = None
    loader.want(PLANNED[0])
    qtbot.waitUntil(lambda: loader.at_hand("p1") is not None)

    assert failed == [("p1", failed[0][1])]
    loader.close()


def test_a_load_may_end_after_its_loader_is_gone(qtbot, gate):
    """The window closed while a slow disk was read: the answer reaches nobody."""
    session, begun = FakeSession(), threading.Event()

    def slowly(planned):
        begun.set()
        gate.wait(10)
        return session.load(planned)

    loader = PresentationLoader(slowly)
    loader.want(PLANNED[0])
    assert begun.wait(10)
    under_way = loader._under_way["p1"]
    shiboken6.delete(loader)
    del loader
    gate.set()

    assert under_way.result(10) is None
    assert session.loaded == ["p1"]


def test_closing_waits_for_nothing_and_keeps_nothing(qtbot, gate):
    session, begun, told = FakeSession(), threading.Event(), []

    def slowly(planned):
        begun.set()
        gate.wait(10)
        return session.load(planned)

    loader = PresentationLoader(slowly)
    loader.loaded.connect(told.append)
    for planned in PLANNED:
        loader.want(planned)
    assert begun.wait(10)
    under_way = loader._under_way["p1"]

    loader.close()
    assert session.loaded == []
    gate.set()
    under_way.result(10)
    qtbot.waitUntil(lambda: "p1" not in loader._under_way)

    assert session.loaded == ["p1"]
    assert told == []
    assert loader.at_hand("p1") is None


def test_a_reading_closes_while_its_images_are_still_on_their_way(qtbot, gate):
    session, begun = FakeSession(), threading.Event()
    load = session.load

    def slowly(planned):
        begun.set()
        gate.wait(10)
        return load(planned)

    session.load = slowly
    window = ReadingWindow(session)
    window.show()
    assert begun.wait(10)

    window.close()

    assert session.closed
    assert not window.isVisible()
    assert session.loaded == []
    under_way = window.model._loader._under_way["p1"]
    shiboken6.delete(window)
    gate.set()
    assert under_way.result(10) is None
