"""`blindread measure` as a script sees it: regions, spaces, the ladder, a kill in the middle."""

import csv
import json
import os
import signal
import subprocess
import sys

import pytest

from tests.cli.test_commands import blindread
from tests.workflows.conftest import ARMS, CASES, source  # noqa: F401 - source is a fixture

CLASSICS = "mse,mae,psnr,ssim,gmsd"


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_killed_in_the_middle_goes_on_to_the_same_bytes(source, tmp_path):  # noqa: F811
    arguments = ["measure", str(source), "--metrics", CLASSICS, "--jobs", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *arguments, "-o", str(tmp_path / "killed.csv"), "--json"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        for line in process.stdout:
            step = json.loads(line)
            if step["total"] == 18 and step["done"] >= 6:
                break
        os.killpg(process.pid, signal.SIGKILL)
    assert not (tmp_path / "killed.csv").exists()

    resumed = blindread(*arguments, "-o", tmp_path / "killed.csv", "--resume", "--json")
    fresh = blindread(*arguments, "-o", tmp_path / "fresh.csv", "--fresh")

    assert (resumed.returncode, fresh.returncode) == (0, 0)
    assert 6 <= json.loads(resumed.stdout.splitlines()[-1])["result"]["resumed"] < 18
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "fresh.csv").read_bytes()


def test_a_rectangle_and_several_spaces_in_one_table(source, tmp_path):  # noqa: F811
    table = tmp_path / "m.csv"
    run = blindread(
        "measure", source, "-o", table, "--metrics", "psnr,ssim",
        "--region", "whole,roi:24x20+8+4", "--space", "native,window:40/400,8bit",
    )  # fmt: skip

    assert run.returncode == 0, run.stdout
    found = rows(table)
    assert {row["region"] for row in found} == {"whole", "roi:24x20+8+4"}
    assert list(dict.fromkeys(row["space"] for row in found)) == ["native", "window:40/400", "8bit"]
    assert all(row["value"] for row in found)


def test_a_rectangle_outside_the_slice_is_a_sentence(source, tmp_path):  # noqa: F811
    run = blindread("measure", source, "-o", tmp_path / "m.csv", "--metrics", "mse",
                    "--region", "roi:64x64+0+0")  # fmt: skip

    assert run.returncode == 3
    assert "48 columns" in run.stdout
    assert all(row["value"] == "" for row in rows(tmp_path / "m.csv"))


def test_a_mask_of_a_manifest_is_a_region(source, tmp_path):  # noqa: F811
    lines = ["case,arm,role,path"]
    for case in CASES:
        lines += [f"{case},reference,reference,source/{case}/reference"]
        lines += [f"{case},{arm},reconstruction,source/{case}/{arm}" for arm in ARMS]
        lines += [f"{case},bright,mask,source/{case}/reference"]
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join(lines) + "\n")
    run = blindread("measure", manifest, "-o", tmp_path / "m.csv", "--metrics", "mse",
                    "--region", "whole,mask:bright")  # fmt: skip

    assert run.returncode == 0, run.stdout + run.stderr
    found = rows(tmp_path / "m.csv")
    assert {row["region"] for row in found} == {"whole", "mask:bright"}
    assert all(row["value"] for row in found)
    unknown = blindread("measure", manifest, "--region", "mask:dark", "--metrics", "mse")
    assert unknown.returncode == 1
    assert "dark" in unknown.stderr


def test_the_ladder_says_what_a_metric_is_blind_to(source, tmp_path):  # noqa: F811
    run = blindread("measure", source, "--ladder", "--metrics", "psnr,ssim", "--region", "whole",
                    "-o", tmp_path / "ladder.csv")  # fmt: skip

    assert run.returncode == 0, run.stderr
    assert "lesion" in run.stdout
    assert {row["degradation"] for row in rows(tmp_path / "ladder.csv")} >= {"noise", "blur"}


@pytest.mark.parametrize(
    ("option", "value"),
    [("--region", "roi:0x4+1+1"), ("--space", "percentile:99/1"), ("--metrics", "ssimm")],
)
def test_what_means_nothing_is_wrong_usage(source, option, value):  # noqa: F811
    assert blindread("measure", source, option, value).returncode == 2
