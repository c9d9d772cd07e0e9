"""Screens of many images: how they stand, which one is asked about, and putting them in order."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from app.domain.image import Window
from app.domain.presentation import SLOTS, PlannedPresentation
from app.domain.protocol import Criterion
from app.resources import resource
from app.store.protocol_file import read_protocol
from app.ui.reading_model import Screen
from app.ui.reading_order import moved
from app.ui.reading_window import ReadingWindow
from tests.ui.fake_session import QUALITY, Clock, FakeSession, noon

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Key = Qt.Key
RANK = Criterion("rank", "ranking", "Order by diagnostic quality", ())


@pytest.fixture
def open_window(qtbot):
    windows = []

    def opened(criteria, slots, *, labels=(), size=(1280, 800), **rules):
        session = FakeSession(slices=2)
        screens = tuple(
            PlannedPresentation(
                f"p{n}", n, tuple(f"{slot}{n}" for slot in SLOTS[:slots]), Window(500.0, 1000.0),
                declared=tuple(f"d{n}{place}" for place in range(len(labels))),
            )
            for n in (1, 2)
        )  # fmt: skip
        session.plan = replace(
            session.plan, criteria=tuple(criteria), presentations=screens, labels=labels, **rules
        )
        session.restart()
        window = ReadingWindow(session, clock=Clock(), now=noon)
        qtbot.addWidget(window)
        windows.append(window)
        window.resize(*size)
        window.show()
        qtbot.keyClick(window.page, Key.Key_Return)
        qtbot.waitUntil(lambda: window.model.screen is Screen.SHOWING)
        return window, session

    yield opened
    for window in windows:
        window.close()


def published():
    return read_protocol(resource("studies/ldct.yaml"))


def mouse(widget, kind, here):
    """Let the mouse do something at a point of the whole display."""
    place = QPointF(widget.mapFromGlobal(here))
    held = Qt.MouseButton.LeftButton
    QApplication.sendEvent(
        widget,
        QMouseEvent(kind, place, QPointF(here), held, held, Qt.KeyboardModifier.NoModifier),
    )


def drag(head, target, *, drop=True):
    start = head.mapToGlobal(head.rect().center())
    mouse(head, QEvent.Type.MouseButtonPress, start)
    mouse(head, QEvent.Type.MouseMove, target)
    if drop:
        mouse(head, QEvent.Type.MouseButtonRelease, target)


def middle_of(widget):
    return widget.mapToGlobal(widget.rect().center())


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
@pytest.mark.parametrize("slots", [3, 4, 5, 6, 12, 14])
def test_all_images_of_a_screen_have_one_size_and_none_lies_over_another(open_window, size, slots):
    window, _ = open_window([RANK], slots, size=size)
    places = [canvas.geometry() for canvas in window.page.canvases]

    assert len({place.size().toTuple() for place in places}) == 1
    assert all(window.page._screen.images.rect().contains(place) for place in places)
    for index, one in enumerate(places):
        assert not any(one.intersects(other) for other in places[index + 1 :])


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_the_published_study_shows_the_questions_of_one_image_and_cuts_nothing_off(
    qtbot, open_window, size
):
    window, session = open_window(
        published().criteria, 12, labels=("LDCT", "NDCT"), size=size, ask_comment=False
    )
    page = window.page
    qtbot.keyClicks(page, "745")
    assert [(r.criterion, r.slot) for r in session.responses] == [
        ("noise_reduction", "A"), ("contrast_retention", "A"), ("structure_preservation", "A"),
    ]  # fmt: skip
    shown = [row.question.slot for row in page.rows if row.isVisible()]
    assert shown == ["B", "B", "B"]
    assert page._screen.about.text() == "Image B"
    assert page._screen.images._framed is page.canvases[1]
    assert "✓" in page._screen.heads["A"].text()
    assert "✓" not in page._screen.heads["B"].text()
    assert min(page.canvases[0].width(), page.canvases[0].height()) >= size[1] / 5
    nothing_is_cut_off(window, size)


def nothing_is_cut_off(window, size):
    QApplication.processEvents()  # lets the layouts follow what changed
    for widget in window.page.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
            continue
        place = widget.mapTo(window, QPoint(0, 0))
        assert place.x() >= 0
        assert place.y() >= 0
        assert place.x() + widget.width() <= size[0]
        assert place.y() + widget.height() <= size[1]
        if isinstance(widget, QLabel) and widget.text():
            longest = max(widget.text().split(), key=len) if widget.wordWrap() else widget.text()
            assert widget.fontMetrics().horizontalAdvance(longest) <= widget.width(), widget.text()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_twelve_images_are_ranked_by_typing_their_places(qtbot, open_window, size):
    window, session = open_window([RANK], 12, size=size)
    for place in range(1, 13):
        qtbot.keyClicks(window.page, str(place))
        if window.model.typed:
            qtbot.keyClick(window.page, Key.Key_Return)
    nothing_is_cut_off(window, size)

    assert [(r.slot, r.value) for r in session.responses] == list(
        zip(SLOTS[:12], range(1, 13), strict=True)
    )
    assert window.page.rows[0].letters_at(12) == ["L"]
    assert window.model.can_go_next


def test_a_click_on_the_letter_of_an_image_asks_about_it(qtbot, open_window):
    window, _ = open_window([QUALITY, replace(QUALITY, id="noise")], 4)
    qtbot.mouseClick(window.page._screen.heads["C"], Qt.MouseButton.LeftButton)

    assert window.model.questions[window.model.focus].slot == "C"
    assert window.page._screen.images._framed is window.page.canvases[2]


def test_an_image_is_dragged_to_a_place_and_the_others_make_room(qtbot, open_window):
    window, session = open_window([RANK], 4)
    screen = window.page._screen
    row = window.page.rows[0]
    qtbot.keyClicks(window.page, "123")
    drag(screen.heads["D"], middle_of(row.buttons[1]))

    assert window.model.places_of("rank") == {"A": 2, "B": 3, "C": 4, "D": 1}
    assert [row.letters_at(place) for place in row.buttons] == [["D"], ["A"], ["B"], ["C"]]
    assert session.responses[-1].slot == "D"
    assert window.model.can_go_next


def test_an_image_is_dragged_onto_another_and_takes_its_place(qtbot, open_window):
    window, _ = open_window([RANK], 4)
    screen = window.page._screen
    qtbot.keyClicks(window.page, "1234")
    drag(screen.heads["A"], middle_of(window.page.canvases[2]), drop=False)
    assert screen.images._target is window.page.canvases[2]
    drag(screen.heads["A"], middle_of(window.page.canvases[2]))

    assert screen.images._target is None
    assert window.model.places_of("rank") == {"B": 1, "C": 2, "A": 3, "D": 4}


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_a_letter_is_dragged_from_its_place_to_another(qtbot, open_window, size):
    window, session = open_window([RANK], 4, size=size)
    row = window.page.rows[0]
    qtbot.keyClicks(window.page, "1234")
    letter = row.letter("D")
    assert window.childAt(letter.mapTo(window, letter.rect().center())) is letter

    drag(letter, middle_of(row.buttons[1]), drop=False)
    assert window.page._screen._ranking._ghost.isVisible()
    assert row.buttons[1].property("aimed")
    drag(letter, middle_of(row.buttons[1]))

    assert window.model.places_of("rank") == {"A": 2, "B": 3, "C": 4, "D": 1}
    assert row.place_at(middle_of(row.letter("D"))) == 1
    assert session.responses[-1].slot == "D"


def test_each_letter_of_a_tie_is_dragged_alone_and_stays_where_it_was_dropped(qtbot, open_window):
    window, session = open_window([RANK], 4)
    row = window.page.rows[0]
    qtbot.keyClicks(window.page, "1114")
    told = len(session.responses)
    where = middle_of(row.letter("B"))
    drag(row.letter("B"), where + QPoint(QApplication.startDragDistance() + 1, 0))

    assert window.model.places_of("rank") == {"A": 1, "B": 1, "C": 1, "D": 4}
    assert len(session.responses) == told
    drag(row.letter("B"), middle_of(row.buttons[2]))
    assert window.model.places_of("rank") == {"A": 1, "B": 2, "C": 1, "D": 4}
    assert [row.letters_at(place) for place in row.buttons] == [["A", "C"], ["B"], [], ["D"]]


def test_a_click_on_a_letter_is_one_on_its_place(qtbot, open_window):
    window, _ = open_window([RANK], 3)
    row = window.page.rows[0]
    qtbot.keyClicks(window.page, "1")

    qtbot.mouseClick(row.letter("A"), Qt.MouseButton.LeftButton)

    assert window.model.places_of("rank") == {"A": 1, "B": 1}


def test_letters_that_share_a_place_lie_beside_each_other_inside_it(qtbot, open_window):
    window, _ = open_window([RANK], 12)
    row = window.page.rows[0]
    for _ in range(12):
        qtbot.keyClicks(window.page, "7")
    nothing_is_cut_off(window, (1280, 800))
    spots = [row.letter(slot).geometry() for slot in SLOTS[:12]]

    assert all(row.buttons[7].geometry().contains(spot) for spot in spots)
    for index, one in enumerate(spots):
        assert not any(one.intersects(other) for other in spots[index + 1 :])


def test_two_images_alone_can_be_dragged_into_order_too(open_window):
    window, _ = open_window([RANK], 2)
    drag(window.page._screen.heads["B"], middle_of(window.page.rows[0].buttons[1]))
    drag(window.page._screen.heads["A"], middle_of(window.page.canvases[1]))

    assert window.model.places_of("rank") == {"A": 1, "B": 2}


def test_dropping_beside_everything_changes_nothing(qtbot, open_window):
    window, session = open_window([RANK], 4)
    head = window.page._screen.heads["B"]
    drag(head, middle_of(window.page._screen.next))
    drag(head, middle_of(window.page.canvases[1]))

    assert session.responses == []
    assert window.page._screen._ranking._ghost.isHidden()


def test_where_answers_stand_dragging_moves_no_other_image(qtbot, open_window):
    window, session = open_window([RANK], 4, may_amend=False)
    qtbot.keyClicks(window.page, "123")
    drag(window.page._screen.heads["D"], middle_of(window.page.rows[0].buttons[1]))

    assert len(session.responses) == 3
    assert "stands once it is given" in window.page._screen.hint.text()
    drag(window.page._screen.heads["D"], middle_of(window.page.rows[0].buttons[4]))
    assert window.model.places_of("rank") == {"A": 1, "B": 2, "C": 3, "D": 4}


@pytest.mark.parametrize(
    ("places", "slot", "to", "expected"),
    [
        ({}, "A", 2, {"A": 2}),
        ({"A": 1, "B": 2, "C": 3}, "C", 1, {"A": 2, "B": 3, "C": 1}),
        ({"A": 1, "B": 2, "C": 3}, "A", 3, {"B": 1, "C": 2, "A": 3}),
        ({"A": 1, "B": 1, "C": 2}, "D", 1, {"A": 2, "B": 2, "C": 3, "D": 1}),
        ({"A": 3, "B": 4}, "C", 4, {"B": 3, "A": 2, "C": 4}),
        ({"A": 2, "B": 2}, "A", 2, {"B": 3, "A": 2}),
    ],
)
def test_moving_makes_room_towards_the_nearest_free_place(places, slot, to, expected):
    assert moved(places, slot, to, 4) == expected
