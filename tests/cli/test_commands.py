"""The command line as scripts see it: exit codes, one sentence for a failure, JSON lines."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.workflows.conftest import ARMS, CASES, source  # noqa: F401 - source is a fixture

PASSPHRASE = "four words for tests"


def blindread(*arguments, **environment):
    """Run the real program and return what it printed and its exit code."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "app", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"QT_QPA_PLATFORM": ""} | environment,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_no_screen_is_a_sentence():
    run = blindread(DISPLAY="", WAYLAND_DISPLAY="")

    assert run.returncode == 1
    assert "no screen" in run.stderr
    assert "Traceback" not in run.stderr


def test_wrong_usage_is_two_and_a_missing_folder_is_one(tmp_path):
    assert blindread("nonsense").returncode == 2
    assert blindread("measure", tmp_path, "--region", "nose").returncode == 2
    run = blindread("pair", tmp_path / "nowhere")
    assert run.returncode == 1
    assert run.stderr.strip().count("\n") == 0


def test_pairs_and_their_table(source, tmp_path):  # noqa: F811
    run = blindread("pair", source, "-o", tmp_path / "pairs.csv")

    assert run.returncode == 0
    assert f"{len(CASES) * len(ARMS)} pairs" in run.stdout
    header = (tmp_path / "pairs.csv").read_text().splitlines()[0]
    assert header == (
        "case,arm,role,series_uid,path,slices,matched_slices,matched_by,status,problem"
    )


def test_a_file_that_is_no_image_is_listed_and_gives_three(source, tmp_path):  # noqa: F811
    (source / CASES[0] / ARMS[0] / "notes.dcm").write_text("this is no image")
    run = blindread("measure", source, "-o", tmp_path / "m.csv", "--metrics", "mse")

    assert run.returncode == 3
    assert "notes.dcm" in run.stdout
    assert (tmp_path / "m.csv").is_file()


def test_machine_output_is_one_object_a_line(source, tmp_path):  # noqa: F811
    run = blindread("measure", source, "-o", tmp_path / "m.csv", "--metrics", "mse", "--json")
    lines = [json.loads(line) for line in run.stdout.splitlines()]

    assert run.returncode == 0
    assert lines[-1]["result"]["rows"] == len(CASES) * len(ARMS) * 5 * 2
    assert all({"done", "total", "what"} == set(line) for line in lines[:-1])


def test_a_failure_in_machine_output_is_an_object_too(tmp_path):
    run = blindread("measure", tmp_path / "nowhere", "--json")

    assert run.returncode == 1
    assert set(json.loads(run.stdout.splitlines()[-1])["error"]) == {"what", "remedy"}


def test_an_unknown_metric_names_the_nearest(source):  # noqa: F811
    run = blindread("measure", source, "--metrics", "snr,psnrr")

    assert run.returncode == 2
    assert "psnr" in run.stderr


@pytest.mark.parametrize(
    "option", [("--space", "window:abc"), ("--data-range", "0"), ("--device", "tpu")]
)
def test_an_option_that_means_nothing_is_wrong_usage(source, option):  # noqa: F811
    assert blindread("measure", source, *option).returncode == 2


def test_one_reason_for_many_files_is_told_once(source):  # noqa: F811
    for case in CASES:
        (source / case / "reference").rename(source / case / "best-there-is")
    run = blindread("pair", source)

    problems = [line for line in run.stdout.splitlines() if "problem:" in line]
    assert run.returncode == 3
    assert len(problems) <= 2
    assert "--reference" in problems[0]


def test_every_metric_is_explained():
    run = blindread("metrics", "--json")
    metrics = {entry["id"]: entry for entry in map(json.loads, run.stdout.splitlines())}

    assert {"mse", "psnr", "ssim", "niqe", "lpips-vgg"} <= set(metrics)
    for entry in metrics.values():
        assert entry["source"]
        assert entry["refuses"]
        assert entry["better"] in ("higher", "lower")


def test_a_study_from_the_command_line_alone(source, tmp_path):  # noqa: F811
    study, metrics = tmp_path / "study", tmp_path / "m.csv"
    words = {"BLINDREAD_PASSPHRASE": PASSPHRASE}
    steps = (
        ("measure", source, "-o", metrics, "--metrics", "psnr,ssim"),
        ("study", "new", source, "--template", "side-by-side", "-o", study),
        ("study", "lock", study),
        ("study", "status", study),
        ("study", "simulate", study, "--readers", 2),
        ("study", "verify", study),
        ("study", "unblind", study),
        ("analyze", study, "--metrics", metrics, "-o", tmp_path / "results"),
        ("export", study, "-o", tmp_path / "tables"),
    )
    for step in steps:
        run = blindread(*step, **words)
        assert run.returncode == 0, (step, run.stdout, run.stderr)

    report = (tmp_path / "results" / "report.html").read_text()
    assert "SIM1 9 of 9 (SIMULATED)" in report
    assert "R1 0 of 9" in report
    blocked = blindread("analyze", study, "--metrics", metrics, "-o", metrics)
    assert blocked.returncode == 1
    assert "Traceback" not in blocked.stderr
    exported = (tmp_path / "tables" / "observations.csv").read_bytes()
    assert exported == (study / "observations.csv").read_bytes()


def test_a_head_that_was_noted_is_looked_for_in_the_record(source, tmp_path):  # noqa: F811
    study = tmp_path / "study"
    blindread("study", "new", source, "--template", "side-by-side", "-o", study)
    blindread("study", "lock", study, BLINDREAD_PASSPHRASE=PASSPHRASE)

    now = json.loads(blindread("study", "status", study, "--json").stdout)["result"]
    seen = blindread("study", "verify", study)
    assert f"1 row, sha256 {now['head']}" in seen.stdout
    assert now["head"] in blindread("study", "status", study).stdout
    found = json.loads(blindread("study", "verify", study, "--json").stdout)["result"]
    assert found == {"problems": [], "notes": [], "records": 1, "head": now["head"]}
    assert blindread("study", "verify", study, "--head", now["head"]).returncode == 0
    other = blindread("study", "verify", study, "--head", "0" * 64)
    assert other.returncode == 3
    assert "does not hold the head" in other.stdout
    assert blindread("study", "verify", study, "--head", "nonsense").returncode == 1


def test_a_study_of_a_manifest_is_amended_from_the_command_line(source, tmp_path):  # noqa: F811
    manifest, study, more = tmp_path / "kept.csv", tmp_path / "study", tmp_path / "more"
    roles = {"reference": "reference"} | dict.fromkeys(ARMS, "reconstruction")
    rows = [
        f"{case},{arm},{role},{source / case / arm}"
        for case in CASES[:2]
        for arm, role in roles.items()
    ]
    manifest.write_text("\n".join(["case,arm,role,path", *rows]) + "\n")
    shutil.copytree(source / CASES[2], more / "case7")
    steps = (
        ("study", "new", manifest, "--template", "side-by-side", "--readers", "R1", "-o", study),
        ("study", "lock", study),
        ("study", "add-reader", study, "--reader", "R2"),
        ("study", "add-cases", study, "--cases", "case7", "--source", more),
    )
    for step in steps:
        run = blindread(*step, BLINDREAD_PASSPHRASE=PASSPHRASE)
        assert run.returncode == 0, (step, run.stdout, run.stderr)

    assert "R1 has 9 screens now" in run.stdout
    assert "R2 has 9 screens now" in run.stdout
    expected = json.loads(blindread("study", "expect", study, "--json").stdout)["result"]["plan"]
    assert (expected["cases"], expected["readers"]) == (3, 2)


@pytest.mark.parametrize("step", ["lock", "unblind"])
def test_a_passphrase_that_nobody_can_give_is_a_sentence(source, tmp_path, step):  # noqa: F811
    study = tmp_path / "study"
    blindread("study", "new", source, "-o", study)
    if step == "unblind":
        blindread("study", "lock", study, BLINDREAD_PASSPHRASE=PASSPHRASE)
    run = blindread("study", step, study)

    assert run.returncode == 1
    assert "BLINDREAD_PASSPHRASE" in run.stderr
