"""`blindread map` as a script sees it."""

import json

import numpy as np

from tests.cli.test_commands import blindread
from tests.workflows.conftest import ARMS, source  # noqa: F401 - source is a fixture


def test_a_map_is_two_files_and_what_means_nothing_is_a_sentence(source, tmp_path):  # noqa: F811
    which = ["map", source, "--case", "case1", "--arm", ARMS[0], "--slice", "1"]
    run = blindread(*which, "--map", "gmsd", "-o", tmp_path / "gmsd.npy", "--json")
    again = blindread(*which, "--map", "gmsd", "-o", tmp_path / "again.npy")

    assert (run.returncode, run.stderr) == (0, "")
    result = json.loads(run.stdout.splitlines()[-1])["result"]
    assert np.load(result["array"]).shape == (result["rows"], result["columns"]) == (48, 48)
    assert json.loads((tmp_path / "gmsd.json").read_text())["id"] == "gmsd"
    assert "again.json" in again.stdout
    assert (tmp_path / "again.npy").read_bytes() == (tmp_path / "gmsd.npy").read_bytes()

    assert blindread(*which, "--map", "gmsd", "-o", tmp_path / "gmsd.bmp").returncode == 2
    unknown = blindread(*which, "--map", "sism", "-o", tmp_path / "x.npy")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    assert "Known are" in unknown.stderr
