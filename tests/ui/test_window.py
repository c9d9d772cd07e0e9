import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

from app.errors import InputError
from app.ui import settings, theme, window
from app.ui.context import Context
from app.ui.dialogs import AboutDialog, ShortcutsDialog
from app.ui.inspect_page import InspectPage
from app.ui.rooms import ROOMS, Room, build
from app.ui.settings import Settings
from app.ui.window import MainWindow
from tests.ui.processes import elsewhere

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def main(qtbot, monkeypatch):
    main = MainWindow(Context(Settings()))
    monkeypatch.setattr(InspectPage, "_open_pair", lambda *_: None)
    monkeypatch.setattr(main.page("inspect").model, "open", lambda *_: None)
    qtbot.addWidget(main)
    main.show()
    return main


@pytest.fixture(autouse=True)
def plain_theme(qapp):
    yield
    qapp.setStyleSheet("")
    qapp.setPalette(qapp.style().standardPalette())
    qapp.setProperty("theme", None)


def drop(main, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    main.dropEvent(event)


def test_the_window_opens_in_inspect_and_builds_no_other_room(main):
    assert main.room == "inspect"
    assert list(main._pages) == ["inspect"]


def test_an_error_is_shown_inside_the_window_with_its_remedy(qtbot, main):
    main.context.show_error(InputError("x.dcm is no image.", remedy="Remove it."))
    assert main.banner.isVisible()
    assert main.banner.what.text() == "x.dcm is no image."
    assert main.banner.remedy.text() == "Remove it."

    main.context.show_notice("Saved.")
    assert main.banner.what.text() == "x.dcm is no image."  # good news do not hide bad ones

    qtbot.mouseClick(main.banner.close_button, Qt.MouseButton.LeftButton)
    assert not main.banner.isVisible()


def test_a_message_is_never_read_as_markup(main):
    main.context.show_error(InputError("<img src=x> <b>bold</b>", remedy="<i>do</i>"))

    assert main.banner.what.textFormat() == Qt.TextFormat.PlainText


def test_a_foreign_error_is_explained(main):
    main.context.show_error(KeyError("slices"))

    assert "KeyError" in main.banner.what.text()
    assert main.banner.remedy.text()


def test_a_folder_dropped_on_the_window_is_opened(main, tmp_path):
    drop(main, tmp_path)

    assert main.context.source == tmp_path
    assert tmp_path.name in main.windowTitle()
    assert settings.load().last_source == str(tmp_path)


def test_a_file_that_is_no_source_is_not_opened(main, tmp_path):
    (tmp_path / "notes.txt").write_text("")

    drop(main, tmp_path / "notes.txt")

    assert main.context.source is None


def test_a_pair_asked_for_elsewhere_leads_to_inspect(main):
    main._stack.setCurrentIndex(main._stack.addWidget(QLabel("another room")))
    main.context.open_pair_requested.emit("c", "a", 3)

    assert main.room == "inspect"


def test_open_asks_for_a_folder(main, tmp_path, monkeypatch):
    monkeypatch.setattr(window, "ask_folder", lambda *_: tmp_path)
    main.open_folder()
    monkeypatch.setattr(window, "ask_folder", lambda *_: None)
    main.open_folder()

    assert main.context.source == tmp_path


def test_a_study_is_opened_from_the_menu_and_leads_to_its_room(main, tmp_path, monkeypatch):
    monkeypatch.setattr(window, "ask_study", lambda *_: None)
    main.open_study()
    assert (main.context.study, main.room) == (None, "inspect")

    monkeypatch.setattr(window, "ask_study", lambda *_: tmp_path)
    main.open_study()

    assert (main.context.study, main.room) == (tmp_path, "study")


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_tells_its_keys(main, room):
    main.enter(room.name)

    page = main.page(room.name)
    assert getattr(page, "shortcuts", ()) or page.action_set.actions


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_theme_is_worn_at_once_and_remembered(main, qapp, name):
    theme.apply(qapp, "light" if name == "dark" else "dark")
    main.context.update_settings(theme="light" if name == "dark" else "dark")
    main.context.update_settings(theme=name)

    assert theme.current(qapp) == name
    assert settings.load().theme == name
    assert "$" not in qapp.styleSheet()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_words_stand_out_from_their_ground(name):
    """WCAG asks for a contrast of 4.5; the muted words keep it too."""
    colors = theme.colors(name)
    for front, back in (
        ("text", "window"),
        ("text", "base"),
        ("muted", "window"),
        ("muted", "panel"),
        ("on_selection", "selection"),
        ("on_accent", "accent"),
        ("text", "error_back"),
        ("error", "window"),
        ("warning", "window"),
        ("good", "window"),
    ):
        assert contrast(colors[front], colors[back]) >= 4.5, (front, back)


def contrast(first, second):
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_the_help_tells_the_keys_of_the_room(qtbot, main):
    main.show_shortcuts()
    dialog = main.findChild(ShortcutsDialog)
    words = {label.text() for label in dialog.findChildren(QLabel)}

    assert {"Space", "Ctrl+O", "Ctrl+M"} <= words
    dialog.close()


def test_about_tells_version_and_licence(main):
    main.show_about()
    dialog = main.findChild(AboutDialog)
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))

    assert "0.1.0" in words
    assert "Apache" in words
    dialog.close()


def test_a_room_that_cannot_be_built_says_why_and_harms_no_other(qtbot):
    context, told = Context(Settings()), []
    context.error_raised.connect(told.append)

    page = build(Room("x", "X", "", "app.ui.no_such_page", "Page"), context)
    qtbot.addWidget(page)

    assert told
    assert "cannot be opened" in page.findChild(QLabel).text()


def test_the_window_comes_back_where_it_was_left(qtbot, main):
    main.resize(920, 640)
    main.close()

    again = MainWindow(Context())
    qtbot.addWidget(again)
    assert again.height() == 640


def test_closing_hides_the_window_and_asks_everything_to_stop_before_it_waits(main, monkeypatch):
    seen, page = [], main.page("inspect")
    ask, stop = window.ask_all_to_stop, page.stop

    def noted(name, function):
        return lambda: (seen.append((name, main.isVisible())), function())

    monkeypatch.setattr(window, "ask_all_to_stop", noted("asked", ask))
    monkeypatch.setattr(page, "stop", noted("stopped", stop))

    assert main.close()

    assert seen == [("asked", False), ("stopped", False)]


def test_the_program_ends_when_its_window_is_closed(tmp_path):
    code = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.ui.main as main
application = main.make_application(["blindread"])
def close():
    for one in QApplication.topLevelWidgets():
        if isinstance(one, main.MainWindow):
            one.close()
QTimer.singleShot(200, close)
sys.exit(main.run(["blindread"]))
"""
    done = elsewhere(code, tmp_path)

    assert done.returncode == 0, done.stderr


def test_damaged_geometry_is_no_crash(qtbot):
    again = MainWindow(Context(Settings(geometry="!!", state="AAAA")))
    qtbot.addWidget(again)

    assert isinstance(QApplication.instance(), QApplication)


def test_the_window_starts_without_the_heavy_libraries(tmp_path):
    """What takes seconds to import is imported when it is first used."""
    code = """
import sys
import app.ui.main as main
application = main.make_application(["blindread"])
window = main.MainWindow()
window.show()
application.processEvents()
window.close()
heavy = {"torch", "piq", "pydicom", "skimage", "scipy", "pandas", "sqlalchemy", "pyqtgraph"}
print(sorted(heavy & set(sys.modules)))
"""
    done = elsewhere(code, tmp_path)

    assert done.stdout.strip() == "[]", done.stderr
