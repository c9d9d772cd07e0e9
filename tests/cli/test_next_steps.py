"""What the demo hands to a person at its end: commands to type, and the application."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import printing
from app.cli.main import Windows, cli
from app.domain.progress import Progress
from app.workflows import demo as demo_module
from app.workflows import doctor
from app.workflows.measure import default_output


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A program beside its Python, in a folder that is not on the path."""
    scripts = tmp_path / ".venv" / "bin"
    scripts.mkdir(parents=True)
    for name in ("blindread", "blindread.exe", "python"):
        (scripts / name).touch()
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    monkeypatch.setattr(printing.shutil, "which", lambda _name: None)
    return scripts


def test_a_program_on_the_path_is_called_by_its_name(monkeypatch):
    monkeypatch.setattr(printing.shutil, "which", lambda name: f"/usr/bin/{name}")

    assert printing.program_as_typed() == "blindread"


def test_otherwise_it_is_named_from_here(installed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Path(printing.program_as_typed()).parent == Path(".venv/bin")

    monkeypatch.chdir(installed)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Path(printing.program_as_typed()).parent == installed


def test_without_a_script_python_runs_it(installed, monkeypatch):
    for name in ("blindread", "blindread.exe"):
        (installed / name).unlink()

    assert printing.program_as_typed() == f"{installed / 'python'} -m app"
    monkeypatch.chdir(installed)
    assert printing.program_as_typed() == "python -m app"


def test_the_demo_says_what_to_type_and_opens_the_application(monkeypatch, tmp_path):
    def demo(root):
        yield Progress(0, 1, "sample")
        return demo_module.DemoReport(
            root / "sample", root / "study", ("pairs  here",), (("read it", "read x --reader R1"),)
        )

    opened = []
    monkeypatch.setattr(demo_module, "demo", demo)
    monkeypatch.setattr(doctor, "screen", lambda: "a screen")
    monkeypatch.setattr(printing.shutil, "which", lambda name: name)
    windows = Windows(lambda *paths: opened.append(paths) or 0, lambda *_: 0)
    run = CliRunner().invoke(cli, ["demo", str(tmp_path)], obj=windows)

    assert run.exit_code == 0
    assert "pairs  here\nread it:   blindread read x --reader R1\n" in run.stdout
    assert opened == [(tmp_path / "sample", tmp_path / "study")]


def test_values_of_the_sample_are_there_at_once_and_never_replaced(tmp_path):
    metrics = tmp_path / "metrics.csv"
    metrics.write_text("first")

    demo_module.offer_values(metrics, tmp_path / "sample")
    metrics.write_text("second")
    demo_module.offer_values(metrics, tmp_path / "sample")

    assert default_output(tmp_path / "sample").read_text() == "first"


def test_the_commands_to_come_name_the_folder_as_the_shell_wants_it(tmp_path):
    study = tmp_path / "a folder" / "study"

    commands = demo_module._commands(study)

    assert commands[0] == ("read it blinded yourself", f"read '{study}' --reader R1")
    assert commands[1][1] == f"study unblind '{study}'"
