"""Random actions, keys, clicks, drags and turns of the wheel do no harm.

Seconds in the tests, an hour under ``make soak``. BLINDREAD_RANDOM_SECONDS and
BLINDREAD_RANDOM_SEED choose others.
"""

import gc
import os
import sys

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from app.images.sample import build_sample
from app.images.sample.sources import SOURCES
from app.ui import theme
from app.ui.context import Context
from app.ui.main import serve_the_screen
from app.ui.settings import Settings
from app.ui.window import MainWindow
from tests.images.dicom_files import phantom, write_ct
from tests.ui.random_hour import Person, Watchdog, memory, widgets

SOAK = bool(os.environ.get("BLINDREAD_SOAK"))
SECONDS = float(os.environ.get("BLINDREAD_RANDOM_SECONDS", "3600" if SOAK else "6"))
SEED = int(os.environ.get("BLINDREAD_RANDOM_SEED", "5"))
FREEZE_S = 0.2 if SOAK else 2.0
"""The short run stands beside other tests on the same processors, and looks for hangs alone."""

PATIENCE_MS = int(1000 * (SECONDS + 120))
GROWTH_MIB = 400
"""Memory that may come on top after the first fifth: images, maps and planes that are kept."""

PASSED_OVER = (
    "program.quit",
    "metrics.measure",  # a process that measures for minutes has tests of its own
    "open.",
    "recent.",
    "cases.pairing",
    "find.places",
)
"""Beginnings of the ids of what is not done."""

pytestmark = [
    pytest.mark.soak,
    # The platform without a screen cannot do what a window manager does.
    pytest.mark.qt_log_ignore("This plugin does not support"),
]


@pytest.fixture
def cases(tmp_path_factory):
    """The cases of the sample study (one in the short run), and a CT volume in two arms."""
    root = tmp_path_factory.mktemp("cases")
    for _ in build_sample(root, SOURCES if SOAK else SOURCES[-1:]):
        pass
    truth = phantom(slices=12, rows=128, columns=128).astype(int)
    write_ct(root / "ct-volume" / "reference", pixels=truth.astype("u2"))
    for arm, noise in (("bicubic-4x", 15), ("invented", 60)):
        worse = truth + np.random.default_rng(noise).normal(0, noise, truth.shape)
        write_ct(root / "ct-volume" / arm, pixels=np.clip(worse, 0, 4095).astype("u2"))
    return root


@pytest.fixture
def answers(monkeypatch, tmp_path):
    """Answer the dialogs of the system, which a test cannot reach."""
    file, folder = str(tmp_path / "kept.csv"), str(tmp_path)
    answered = iter([])

    def now_and_then(chosen, otherwise):
        def ask(*_, **__):
            nonlocal answered
            said = next(answered, None)
            if said is None:
                answered = iter([False, True, False])
                said = False
            return chosen if said else otherwise

        return ask

    monkeypatch.setattr(QFileDialog, "getSaveFileName", now_and_then((file, ""), ("", "")))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", now_and_then(("", ""), ("", "")))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", now_and_then(folder, ""))
    monkeypatch.setattr(QInputDialog, "getText", now_and_then(("A name", True), ("", False)))
    no = QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", now_and_then(no, no))


def test_random_doing_causes_no_exception_leak_or_freeze(
    qtbot, capsys, monkeypatch, cases, answers
):
    # Qt styles every widget anew, which takes a slow processor 0.1 to 0.3 s: once, and asked for.
    monkeypatch.setattr(theme, "apply", lambda *_: None)
    usual = sys.getswitchinterval()
    collected = gc.get_threshold()
    serve_the_screen()
    window = MainWindow(Context(Settings()))
    qtbot.addWidget(window)
    unexpected = []
    window.context.error_raised.connect(
        lambda error: unexpected.append(str(error)) if "unexpected" in str(error) else None
    )
    with qtbot.waitActive(window):
        window.show()
    window.open_path(cases)
    page = window.page("inspect")
    qtbot.waitUntil(lambda: page.model.view is not None, timeout=60_000)
    for room in ("study", "read", "results", "inspect"):
        window.enter(room)

    warm = Person(window, SEED, SECONDS / 5, PASSED_OVER)
    with qtbot.waitSignal(warm.ended, timeout=PATIENCE_MS):
        warm.begin()
    before, held = widgets(), memory()
    watchdog = Watchdog(FREEZE_S)
    watchdog.begin()
    person = Person(window, SEED + 1, SECONDS * 4 / 5, PASSED_OVER)
    with qtbot.waitSignal(person.ended, timeout=PATIENCE_MS):
        person.begin()
    watchdog.end()
    sys.setswitchinterval(usual)
    gc.set_threshold(*collected)
    qtbot.wait(200)  # what was closed is deleted
    after, grown = widgets(), memory() - held
    more = {name: (before[name], count) for name, count in after.items() if count > before[name]}
    told = [f"{1000 * took:.0f} ms in\n{stack}" for took, stack in watchdog.freezes]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{person.steps} steps, seed {SEED}: {dict(person.done)}; longest "
            f"{1000 * watchdog.longest:.0f} ms, memory {grown:+.0f} MiB, widgets {more}\n"
            + "\n".join(told)
        )

    assert unexpected == [], person.last
    assert person.steps > 2 * SECONDS
    assert not told, "\n".join(told)
    assert sum(after.values()) < 1.5 * sum(before.values()), more
    assert grown < GROWTH_MIB
    window.close()
