"""The command fetch as scripts see it, against a real archive and without one."""

import json

import pytest

from tests.archive.conftest import files
from tests.archive.orthanc import PASSWORD, USER
from tests.cli.test_commands import blindread

SIGNED_IN = {
    "BLINDREAD_ARCHIVE_USER": USER,
    "BLINDREAD_ARCHIVE_PASSWORD": PASSWORD,
    "NO_PROXY": "localhost",
}


def test_a_patient_is_fetched_and_can_be_paired(orthanc, tmp_path):
    run = blindread(
        "fetch", orthanc.web, "--patient", "TEST007", "-o", tmp_path / "out", **SIGNED_IN
    )

    assert run.returncode == 0, run.stderr
    assert "9 images fetched, 0 were there already" in run.stdout
    assert "2 pairs" in blindread("pair", tmp_path / "out").stdout
    again = blindread(
        *("fetch", orthanc.dicom_address(), "--patient", "TEST007", "-o", tmp_path / "out")
    )
    assert "0 images fetched, 9 were there already" in again.stdout


def test_list_shows_and_writes_nothing(orthanc, tmp_path):
    run = blindread("fetch", orthanc.dicom_address(), "--accession", "ACC7", "--list", "--json")
    lines = [json.loads(line) for line in run.stdout.splitlines()]

    assert run.returncode == 0
    rows = lines[-1]["result"]["series"]
    assert [(row["description"], row["instances"]) for row in rows] == [
        ("reference", 3), ("alpha-net", 3), ("beta-net", 3),
    ]  # fmt: skip


def test_tls_by_the_authority_that_is_given(secure, certificates, tmp_path):
    words = ("fetch", secure.web, "--patient", "TEST007", "-o", tmp_path / "out")

    refused = blindread(*words, **SIGNED_IN)
    assert refused.returncode == 1
    assert "--ca" in refused.stderr
    assert not (tmp_path / "out").exists()
    run = blindread(*words, "--ca", certificates["authority"], **SIGNED_IN)
    assert run.returncode == 0, run.stderr
    assert len(files(tmp_path / "out")) == 9


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("dicom://A@localhost", "--list"), 1, "patient ID"),
        (("nowhere", "--patient", "x", "--list"), 1, "dicom://TITLE@host:port"),
        (("dicom://A@localhost:1", "--patient", "x"), 2, "-o"),
        (("dicom://A@localhost:1", "--patient", "x", "--list"), 1, "nothing listens"),
    ],
)
def test_what_is_wrong_is_one_sentence(words, code, sentence):
    run = blindread("fetch", *words)

    assert run.returncode == code
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr


def test_a_password_is_never_printed(orthanc):
    run = blindread("fetch", orthanc.web, "--patient", "x", "--list", "--json", **SIGNED_IN)
    wrong = blindread(
        *("fetch", orthanc.web, "--patient", "x", "--list"),
        **(SIGNED_IN | {"BLINDREAD_ARCHIVE_PASSWORD": "hush hush"}),
    )

    assert run.returncode == wrong.returncode == 1
    assert PASSWORD not in run.stdout + run.stderr
    assert "hush" not in wrong.stdout + wrong.stderr
