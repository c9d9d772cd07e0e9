"""blindread import as scripts see it."""

import json
import re

import pytest

from tests.cli.test_commands import blindread

SCORES = """reader,case,code,noise,remark
R1,case1,A,1,
R1,case1,B,2,dark
R2,case1,A,9x,
R2,csae1,B,2,
"""
KEY = "case,code,method\ncase1,A,alpha\ncase1,B,beta\n"


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "scores.csv").write_text(SCORES)
    (tmp_path / "key.csv").write_text(KEY)
    return tmp_path


def bring(tables, *more):
    scores, key, output = (tables / name for name in ("scores.csv", "key.csv", "out/o.csv"))
    return blindread("import", scores, "--key", key, "-o", output, *more)


def test_oddities_are_listed_with_row_and_column_and_give_three(tables):
    run = bring(tables)

    assert run.returncode == 3, run.stderr
    assert "problem: row 4, noise: '9x' not a number" in run.stdout
    assert (
        "problem: row 5, case: 'csae1' label: no case has this name; nearest: case1" in run.stdout
    )
    assert {path.name for path in (tables / "out").iterdir()} == {
        "o.csv",
        "o.oddities.csv",
        "o.mapping.yaml",
    }


def test_with_every_oddity_decided_the_code_is_zero(tables):
    bring(tables)
    mapping = tables / "out" / "o.mapping.yaml"
    said = mapping.read_text().replace("labels: {}", "labels: {csae1: case1}  # asked R2")
    cell = "corrections: [{row: 4, column: noise, was: 9x, value: 9}]"
    mapping.write_text(said.replace("corrections: []", cell))

    run = bring(tables, "--mapping", mapping, "--json")

    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])["result"]
    assert (result["rows"], result["undecided"]) == (5, 0)
    assert [odd["decision"] for odd in result["oddities"]] == ["taken as 9", "read as case1"]
    assert "# asked R2" in mapping.read_text()


def test_decisions_that_lie_beside_the_output_are_not_overwritten(tables):
    bring(tables)
    mapping = tables / "out" / "o.mapping.yaml"
    mapping.write_text(mapping.read_text().replace("labels: {}", "labels: {csae1: case1}"))

    run = bring(tables)

    assert run.returncode == 1
    assert "is there already and says something else" in run.stderr
    assert "csae1: case1" in mapping.read_text()


def test_what_the_headings_do_not_say_is_asked_for_with_a_mapping_to_complete(tables):
    (tables / "scores.csv").write_text(SCORES.replace("reader,case", "who,case"))

    run = bring(tables)

    assert run.returncode == 1
    assert "(who, case, code, noise, remark) says which column holds the reader." in run.stderr
    mapping = tables / "out" / "o.mapping.yaml"
    assert str(mapping) in run.stderr
    mapping.write_text(re.sub(r"columns:\n", "columns:\n  reader: who\n", mapping.read_text()))
    assert bring(tables, "--mapping", mapping).returncode == 3


def test_what_is_read_is_never_written_over(tables):
    scores = tables / "scores.csv"

    run = blindread("import", scores, "-o", scores)

    assert run.returncode == 1
    assert "is what is read" in run.stderr
    assert scores.read_text() == SCORES


def test_the_result_is_analysed_like_a_study_of_ours(tables):
    bring(tables)
    columns = (
        "case,arm,slice,region,metric,value,unit,better,space,data_range,parameters,"
        "reference_uid,reconstruction_uid,flags,software"
    )
    rows = [
        f"case1,{arm},,whole,psnr,{v},dB,higher,native,1,{{}},,,,"
        for arm, v in (("alpha", 30), ("beta", 20))
    ]
    (tables / "metrics.csv").write_text("\n".join([columns, *rows]) + "\n")

    run = blindread(
        *("analyze", tables / "out" / "o.csv", "--metrics", tables / "metrics.csv"),
        *("-o", tables / "results"),
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "mean noise,alpha,1.0" in (tables / "results" / "estimates.csv").read_text()
