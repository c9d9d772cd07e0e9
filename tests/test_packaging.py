"""The built wheel stands on its own, and no floor drags in what it does not need."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import PROJECT


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's content, unpacked as pip would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        (
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--wheel-dir", str(folder), str(PROJECT)),
        ),
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(code, path):
    """Run code in a fresh interpreter that finds the program only at a path."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=path,
        env=os.environ | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def test_resources_are_found_in_the_wheel(installed):
    found = run(
        "import json, app.resources as r; from app.store.protocol_file import load_template\n"
        "assert load_template('comparison')['criteria']\n"
        "parts = [('themes', 'dark.json'), ('icons', 'blindread.svg'),"
        " ('reference', 'niqe_official_model.npz'), ('report', 'report.html.j2')]\n"
        "print(json.dumps([str(r.resource(*p)) for p in parts if r.resource(*p).is_file()]))",
        installed,
    )

    assert len(json.loads(found)) == 4
    assert all(path.startswith(str(installed)) for path in json.loads(found))


def test_the_command_is_the_one_promised(installed):
    (entry,) = installed.glob("blindread-*.dist-info/entry_points.txt")

    assert "blindread = app.__main__:main" in entry.read_text()


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("app.cli.main", ("torch", "pydicom", "PySide6", "skimage", "pandas", "scipy")),
        ("app.workflows.read", ("torch", "pydicom", "PySide6", "skimage", "pandas")),
        ("app.domain.image", ("pydicom", "scipy")),
    ],
)
def test_importing_a_floor_stays_light(module, unwanted):
    loaded = run(f"import sys, {module}; print(' '.join(sys.modules))", PROJECT).split()

    assert [name for name in unwanted if name in loaded] == []
