"""Programs that are started in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def elsewhere(code, settings, *arguments):
    """Run Python code in a process of its own, with settings of its own and no screen."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "BLINDREAD_SETTINGS": str(settings)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
