"""Draw every room with the sample study in it: the pictures of README, and others to look at.

    python resources/docs/screenshots.py [DEMO] [--all FOLDER]

DEMO is a folder that `blindread demo` has filled; where it is new, it is filled now. A virtual
screen is started where there is none. Nothing in DEMO and none of a person's settings change.
"""

import argparse
import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PICTURES = Path(__file__).with_suffix("")
PROJECT = Path(__file__).resolve().parents[2]
FOLDER = Path("blindread-demo")
NORMAL, LARGE = (1280, 800), (1920, 1080)
IN_README = ("inspect", "study", "read", "results")
LARGEST_FILE = 600_000
PATIENCE_S = 120.0


def main() -> int:
    """Draw the pictures and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("demo", nargs="?", type=Path, default=PROJECT / "demo")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="draw every room, in here")
    asked = parser.parse_args()
    demo = asked.demo.resolve()
    every = asked.all.resolve() if asked.all else None
    sys.path.insert(0, str(PROJECT))
    if not (demo / "results").is_dir():
        command = [sys.executable, "-m", "app", "demo", str(demo), "--no-open"]
        subprocess.run(command, check=True, cwd=PROJECT)  # noqa: S603 - our own program
    with screen(), stage(demo):
        draw(every)
    return 0


@contextlib.contextmanager
def screen() -> Iterator[None]:
    """Have a screen: the one that is there, or a virtual one."""
    there = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not sys.platform.startswith("linux") or there or os.environ.get("QT_QPA_PLATFORM"):
        yield
        return
    program = shutil.which("Xvfb")
    if program is None:
        sys.exit("There is no screen here. Install Xvfb, or set QT_QPA_PLATFORM=offscreen.")
    told, said = os.pipe()
    size = "{}x{}x24".format(*LARGE)
    server = subprocess.Popen(  # noqa: S603 - found above
        [program, "-displayfd", str(said), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=[said],
        stderr=subprocess.DEVNULL,
    )
    os.close(said)
    try:
        with os.fdopen(told) as answer:
            os.environ["DISPLAY"] = f":{answer.readline().strip()}"
        yield
    finally:
        server.terminate()
        server.wait()
        del os.environ["DISPLAY"]


@contextlib.contextmanager
def stage(demo: Path) -> Iterator[None]:
    """Work in a copy with short names, with settings of its own."""
    former = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="blindread-pictures-") as made:
        folder = Path(made) / FOLDER
        folder.mkdir()
        for name in ("study", "study-to-read", "results"):
            shutil.copytree(demo / name, folder / name)
        shutil.copy(demo / "metrics.csv", folder)
        (folder / "sample").symlink_to(demo / "sample", target_is_directory=True)
        os.environ["BLINDREAD_SETTINGS"] = made
        os.chdir(made)
        try:
            from app.workflows.measure import default_output

            values = default_output(FOLDER / "sample")
            values.parent.mkdir(parents=True)
            shutil.copy(demo / "metrics.csv", values)
            yield
        finally:
            os.chdir(former)


def draw(every: Path | None) -> None:
    """Go through the rooms, and keep a picture of each."""
    from app.ui.main import make_application

    make_application(["blindread"])
    album = Album(every)
    read(FOLDER / "study-to-read", album)
    for theme in ("dark", "light") if every is not None else ("dark",):
        mark = "" if theme == "dark" else "-light"
        with main_window(theme) as window:
            if every is not None:
                album.keep(f"empty{mark}", window)
            inspect(window)
            album.keep(f"inspect{mark}", window)
            if every is not None:
                more_of_inspect(window, album, mark)
            study(window, FOLDER / "study-to-read")
            album.keep(f"study{mark}", window)
            window.enter("read")
            settle()
            album.keep(f"launcher{mark}", window)
            results(window)
            album.keep(f"results{mark}", window)
            if every is not None:
                more_of_results(window, album, mark)


class Album:
    """Where the pictures go."""

    def __init__(self, every: Path | None) -> None:
        self._every = every
        if every is not None:
            every.mkdir(parents=True, exist_ok=True)
        PICTURES.mkdir(exist_ok=True)

    def keep(self, name: str, window: object) -> None:
        """Save a window at both sizes; the README's pictures at the normal one."""
        for size in (LARGE, NORMAL):
            wanted = size == NORMAL and name in IN_README
            if not wanted and self._every is None:
                continue
            window.resize(*size)
            settle()
            data = compact(picture_of(window))
            if wanted:
                save(PICTURES / f"{name}.png", data)
            if self._every is not None:
                save(self._every / f"{name}-{size[0]}.png", data)


def picture_of(window: object) -> bytes:
    """Return what a window shows, and the dialog over it, as PNG."""
    from PySide6.QtCore import QBuffer, QPoint
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QDialog

    shown = window.grab()
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            middle = window.rect().center() - dialog.rect().center()
            with QPainter(shown) as painter:
                painter.drawPixmap(QPoint(middle), dialog.grab())
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    shown.save(buffer, "PNG")
    return bytes(buffer.data().data())


def compact(png: bytes) -> bytes:
    """Return a picture in fewer bytes; with coarser colours where it would be large."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    for dropped in range(4):  # low bits of every colour, which nobody sees
        made = io.BytesIO()
        kept = 0xFF << dropped & 0xFF
        picture.point(lambda level, kept=kept: level & kept).save(made, "PNG", optimize=True)
        if made.tell() <= LARGEST_FILE:
            break
    return made.getvalue()


def save(path: Path, data: bytes) -> None:
    """Write a picture and say so."""
    path.write_bytes(data)
    sys.stdout.write(f"{path}  {len(data) // 1024} KB\n")


# ---- the rooms ---------------------------------------------------------------------------


@contextlib.contextmanager
def main_window(theme: str = "dark") -> Iterator[object]:
    """Open the application in a theme."""
    from PySide6.QtWidgets import QApplication

    from app.ui import theme as themes
    from app.ui.context import Context
    from app.ui.settings import Settings
    from app.ui.window import MainWindow

    themes.apply(QApplication.instance(), theme)
    window = MainWindow(Context(Settings(theme=theme)))
    window.resize(*NORMAL)
    window.show()
    settle()
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()
        settle()


def inspect(window: object) -> None:
    """Open the sample; show its worst slice."""
    window.open_path(FOLDER / "sample")
    page = window.page("inspect")
    wait(lambda: page.model.can_export and page.model.view is not None, window)
    page.values.table.clicked.emit(page.values.order.index(0, 0))
    show_maps(window)


def show_maps(window: object) -> None:
    """Wait for the difference and the local map."""
    model = window.page("inspect").model
    wait(lambda: None not in (model.view, model.difference.map, model.maps.map), window)
    settle()


def more_of_inspect(window: object, album: "Album", mark: str) -> None:
    """Show several slices, the body, a study's design and the keys."""
    page = window.page("inspect")
    many = next(pair for pair in page.model.pairing.pairs if len(pair.slices) > 1)
    page.model.select(many.case, many.arm, 3)
    show_maps(window)
    page.values.region.setCurrentText("body")
    page.values.shown.setCurrentText("This pair")
    settle()
    album.keep(f"inspect-slices{mark}", window)
    window.show_shortcuts()
    settle()
    album.keep(f"keys{mark}", window)
    close_dialogs(window)
    study(window, None)
    album.keep(f"study-design{mark}", window)


def more_of_results(window: object, album: "Album", mark: str) -> None:
    """Show the other tables of the results, and the study they come from."""
    page = window.page("results")
    page.quantity.setCurrentIndex(page.quantity.count() - 1)
    page.rho_view.parentWidget().parentWidget().setCurrentIndex(1)
    settle()
    album.keep(f"results-more{mark}", window)
    window.enter("study")
    settle()
    album.keep(f"study-unblinded{mark}", window)


def close_dialogs(window: object) -> None:
    """Close what lies over a window."""
    from PySide6.QtWidgets import QDialog

    for dialog in window.findChildren(QDialog):
        dialog.close()
    settle()


def study(window: object, folder: Path | None) -> None:
    """Show the design of a study, and the open study where there is one."""
    window.enter("study")
    page = window.page("study")
    wait(lambda: page.model.size is not None, window)
    if folder is not None:
        window.context.open_study(folder)
        wait(lambda: page.model.status is not None, window)
    settle()


def results(window: object) -> None:
    """Show the findings of the study that simulated readers have read."""
    window.enter("results")
    window.context.open_study(FOLDER / "study")
    page = window.page("results")
    wait(lambda: page.model.findings is not None, window)
    settle()


def read(folder: Path, album: Album) -> None:
    """Read some pairs; show the room while it is asked, answered and paused."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from app.ui.reading_model import Screen
    from app.ui.reading_window import ReadingWindow
    from app.workflows.read import open_session

    window = ReadingWindow(open_session(folder, "R1"))
    window.resize(*NORMAL)
    window.show()
    settle()
    album.keep("read-before", window)
    page, model = window.page, window.model

    def press(key: Qt.Key) -> None:
        QTest.keyClick(page, key)

    press(Qt.Key.Key_Return)
    for _ in range(3):
        wait(lambda: model.screen is Screen.SHOWING, window)
        for key in (Qt.Key.Key_2, Qt.Key.Key_4, Qt.Key.Key_3):
            press(key)
        press(Qt.Key.Key_Return)
    wait(lambda: model.screen is Screen.SHOWING, window)
    album.keep("read-asked", window)
    for key in (Qt.Key.Key_2, Qt.Key.Key_4):
        press(key)
    album.keep("read", window)
    press(Qt.Key.Key_Question)
    album.keep("read-keys", window)
    press(Qt.Key.Key_Escape)
    press(Qt.Key.Key_P)
    album.keep("read-paused", window)
    window.close()
    window.deleteLater()
    settle()


def wait(condition: Callable[[], bool], window: object) -> None:
    """Let the application work until something is so."""
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + PATIENCE_S
    while not condition():
        banner = getattr(window, "banner", None)
        if banner is not None and banner.property("kind") == "error" and banner.isVisible():
            sys.exit(banner.what.text())
        if time.monotonic() > end:
            sys.exit("The application did not come so far in two minutes.")
        QApplication.processEvents()
        time.sleep(0.01)


def settle() -> None:
    """Let the application finish what it has begun to show."""
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
