"""At 1:1 one pixel of an image is exactly one of the screen, whatever the screen's scale is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("factor", ["1", "1.25", "1.5", "2"])
def test_one_pixel_of_the_image_is_one_of_the_screen(factor):
    """In a process of its own: Qt reads the factor once, when it starts."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.device_pixels"],
        cwd=PROJECT,
        env={**os.environ, "QT_SCALE_FACTOR": factor},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    ratio, *looks = done.stdout.splitlines()
    assert ratio == f"ratio {float(factor)}", done.stderr
    found = [line.rsplit(" ", 3)[1::2] for line in looks]
    assert len(found) >= 4
    assert all(seen == wanted for seen, wanted in found), looks
