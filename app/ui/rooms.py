"""The four rooms, each built when it is first entered."""

import importlib
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.ui.context import Context
from app.ui.jobs import explained


@dataclass(frozen=True, slots=True)
class Room:
    """One room: its name in signals, its title, and where its page is."""

    name: str
    title: str
    purpose: str
    module: str
    page: str


ROOMS = (
    Room(
        "inspect",
        "Inspect",
        "Measure images and see where they differ",
        "app.ui.inspect_page",
        "InspectPage",
    ),
    Room(
        "study", "Study", "Design, lock and follow a reader study", "app.ui.study_page", "StudyPage"
    ),
    Room("read", "Read", "Open the reading room", "app.ui.read_page", "ReadPage"),
    Room(
        "results",
        "Results",
        "How far metrics and readers agree",
        "app.ui.results_page",
        "ResultsPage",
    ),
)


def build(room: Room, context: Context) -> QWidget:
    """Return a room's page; a room that cannot be built says why instead."""
    try:
        page_type = getattr(importlib.import_module(room.module), room.page)
        page: QWidget = page_type(context)
    except Exception as error:  # one broken room must not take the others with it
        context.show_error(error)
        return _closed_room(room, str(explained(error)))
    return page


def _closed_room(room: Room, reason: str) -> QWidget:
    page = QWidget()
    label = QLabel(f"The room {room.title} cannot be opened.\n{reason}")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    QVBoxLayout(page).addWidget(label)
    return page
