"""What all tests share: fresh settings, and the reference data where it is at hand."""

import os
from pathlib import Path

import hypothesis
import pytest

# The same examples every time, so that a failure is the change's own; the long
# campaigns look for new ones. No test fails because the computer was busy.
hypothesis.settings.register_profile("steady", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("long", deadline=None)
hypothesis.settings.load_profile("long" if os.environ.get("BLINDREAD_SOAK") else "steady")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def fresh_settings(tmp_path_factory, monkeypatch):
    """Keep every test away from the person's own settings."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("BLINDREAD_SETTINGS", str(home))
    monkeypatch.setenv("BLINDREAD_CACHE", str(home / "cache"))
    monkeypatch.delenv("BLINDREAD_PASSPHRASE", raising=False)


@pytest.fixture
def shared() -> Path:
    """The folder of reference data beside the project."""
    folder = PROJECT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"the reference data is not at hand ({folder.name}/ beside the project)")
    return folder
