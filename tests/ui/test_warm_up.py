"""What is slow to import comes on a thread of its own, after the first image."""

import json
import sys
import threading
from importlib.util import find_spec

import pytest

from app.ui.warm_up import LATER, Brought
from tests.images.dicom_files import write_ct
from tests.ui.processes import elsewhere

STARTED = """
import json, sys, threading
from pathlib import Path

threads, shown = {}, []

class Finder:
    @staticmethod
    def find_spec(name, *_):
        here = threading.current_thread() is threading.main_thread()
        threads.setdefault(name, "screen" if here else "aside")

sys.meta_path.insert(0, Finder)
from PySide6.QtCore import QTimer
from app.ui import main, warm_up

warm_up.IDLE_MS = 400
usual = main.MainWindow.__init__

def built(window, context):
    usual(window, context)
    model = window.page("inspect").model

    def look():
        if model.view is not None and not shown:
            shown.append("pyqtgraph" in sys.modules)
        if all(name in sys.modules for name in warm_up.LATER):
            window.timer.stop()
            print(json.dumps({
                "threads": {name: threads.get(name) for name in (*warm_up.LATER, "pyqtgraph")},
                "before_image": shown, "heavy": sorted({"torch", "piq"} & set(sys.modules)),
            }), flush=True)
            window.close()

    window.timer = QTimer(window, interval=20)
    window.timer.timeout.connect(look)
    window.timer.start()

main.MainWindow.__init__ = built
sys.exit(main.run(["blindread", *sys.argv[1:]]))
"""


def told(tmp_path, *arguments):
    """Start the application, and return what it says once all is there."""
    done = elsewhere(STARTED, tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_charts_and_rooms_are_imported_aside_after_the_first_image(tmp_path):
    for series in ("reference", "mild"):
        write_ct(tmp_path / "cases" / "case1" / series, slices=3, patient_number=1)

    found = told(tmp_path, tmp_path / "cases")

    assert set(found["threads"].values()) == {"aside"}
    assert found["before_image"] == [False]
    assert found["heavy"] == []


def test_they_come_too_where_nothing_is_opened(tmp_path):
    found = told(tmp_path)

    assert set(found["threads"].values()) == {"aside"}
    assert found["before_image"] == []
    assert found["heavy"] == []


def test_what_is_brought_is_told_once_and_is_at_hand_from_then_on(qtbot, tmp_path, monkeypatch):
    (tmp_path / "brought_module.py").write_text("import threading\nmade = threading.get_ident()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    brought = Brought("brought_module")
    with qtbot.waitSignal(brought.ready):
        assert not brought.ask()

    assert brought.ask()
    assert sys.modules.pop("brought_module").made != threading.get_ident()


def test_a_module_that_cannot_be_brought_is_told_once(qtbot):
    brought = Brought("no_such_module_at_all")
    with qtbot.waitSignal(brought.failed) as caught:
        assert not brought.ask()

    assert "no_such_module_at_all" in str(caught.args[0])
    with qtbot.assertNotEmitted(brought.failed, wait=100):
        assert not brought.ask()


@pytest.mark.parametrize("name", LATER)
def test_everything_that_is_imported_later_is_there(name):
    assert find_spec(name) is not None
