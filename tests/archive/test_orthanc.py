"""A real archive: everything that is in it comes back as it was put there."""

import pydicom
import pytest

from app.archive.connect import open_archive
from app.archive.dimse import DicomArchive
from app.domain.archived import Secrets, Wanted
from app.errors import ArchiveDenied, ArchiveError, InputError
from app.workflows.fetch import Source, fetch, find
from app.workflows.measure import Request, measure
from app.workflows.pair import pair
from tests.archive.conftest import SECRETS, fetched, files, way
from tests.images.dicom_files import uid
from tests.images.workflow import finish

WAYS = ("web", "get", "move")
ARMS = ("alpha-net", "beta-net", "reference")


def metrics(source, output):
    """Return the table of a few metrics as bytes."""
    request = Request(metrics=("mse", "psnr", "ssim"), regions=("whole", "body"), jobs=1)
    finish(measure(finish(pair(source)), request, output))
    return output.read_bytes()


@pytest.fixture(scope="module")
def local_metrics(study, tmp_path_factory):
    return metrics(study, tmp_path_factory.mktemp("metrics") / "local.csv")


@pytest.mark.parametrize("name", WAYS)
def test_a_study_fetched_and_measured_is_the_local_one_byte_for_byte(
    orthanc, study, local_metrics, tmp_path, name
):
    done = fetched(way(orthanc, name), tmp_path / "out", patient="TEST007")

    assert (done.new, done.already, done.problems) == (9, 0, ())
    assert {path.rsplit("/", 1)[0] for path in files(tmp_path / "out")} == {
        f"TEST007/{arm}" for arm in ARMS
    }
    assert metrics(tmp_path / "out", tmp_path / "m.csv") == local_metrics
    for local in study.rglob("*.dcm"):  # as they are stored, the compressed ones too
        here = pydicom.dcmread(local)
        path = tmp_path / "out" / "TEST007" / here.SeriesDescription / f"{here.SOPInstanceUID}.dcm"
        there = pydicom.dcmread(path)
        assert there == here
        assert there.file_meta.TransferSyntaxUID == here.file_meta.TransferSyntaxUID
        assert name != "web" or path.read_bytes() == local.read_bytes()


@pytest.mark.parametrize("name", WAYS)
def test_a_second_fetch_takes_only_what_is_missing(orthanc, tmp_path, name):
    fetched(way(orthanc, "web"), tmp_path, patient="TEST007")
    gone = sorted((tmp_path / "TEST007" / "alpha-net").glob("*.dcm"))[1]
    content = gone.read_bytes()
    gone.unlink()

    done = fetched(way(orthanc, name), tmp_path, patient="TEST007")

    assert (done.new, done.already) == (1, 8)
    assert pydicom.dcmread(gone).SOPInstanceUID == gone.stem
    assert len(gone.read_bytes()) == pytest.approx(len(content), abs=300)


@pytest.mark.parametrize("name", ["web", "get"])
@pytest.mark.parametrize(
    "wanted",
    [
        {"patient": "TEST007"},
        {"patient": "TEST*7"},
        {"accession": "ACC7"},
        {"study": uid("study", 7)},
        {"patient": "TEST007", "accession": "ACC7"},
    ],
)
def test_every_key_finds_the_study(orthanc, name, wanted):
    found = finish(find(way(orthanc, name), Wanted(**wanted)))

    assert [(one.number, one.description, one.instances) for one in found] == [
        ("1", "reference", 3),
        ("2", "alpha-net", 3),
        ("3", "beta-net", 3),
    ]
    assert {(one.patient, one.accession, one.study_date) for one in found} == {
        ("TEST007", "ACC7", "20240131")
    }


@pytest.mark.parametrize("name", ["web", "get"])
def test_a_series_uid_alone_finds_its_study_and_patient(orthanc, study, name):
    path = next((study / "TEST007" / "beta-net").iterdir())
    series = str(pydicom.dcmread(path).SeriesInstanceUID)

    (one,) = finish(find(way(orthanc, name), Wanted(series=series)))

    assert (one.series_uid, one.description, one.patient) == (series, "beta-net", "TEST007")


@pytest.mark.parametrize("name", ["web", "get"])
@pytest.mark.parametrize(
    "wanted", [{"patient": "NOBODY"}, {"study": "1.2.3"}, {"series": "1.2.3"}, {"accession": "0"}]
)
def test_nothing_found_says_what_was_asked(orthanc, name, wanted):
    with pytest.raises(InputError, match=next(iter(wanted.values()))) as failure:
        finish(find(way(orthanc, name), Wanted(**wanted)))

    assert "nothing with" in str(failure.value)


def test_an_echo_is_answered(orthanc):
    archive = open_archive(orthanc.dicom_address())

    assert isinstance(archive, DicomArchive)
    archive.echo()
    archive.stop()


def test_a_wrong_title_of_the_archive_is_named(orthanc):
    with pytest.raises(ArchiveError, match="is not called PACS"):
        finish(find(Source(orthanc.dicom_address("PACS")), Wanted(patient="x")))


def test_a_calling_title_that_the_archive_does_not_know_is_refused_with_a_remedy(orthanc):
    source = Source(orthanc.dicom_address(calling="STRANGER"))

    with pytest.raises(ArchiveError) as failure:
        finish(find(source, Wanted(patient="x")))

    assert "title" in failure.value.sentence


def test_c_move_to_a_title_that_is_not_registered_says_so(orthanc, tmp_path):
    series = finish(find(way(orthanc, "get"), Wanted(patient="TEST007")))
    stranger = Source(orthanc.dicom_address(listen=orthanc.move, calling="STRANGER"), method="move")

    with pytest.raises(ArchiveError):
        finish(fetch(stranger, series, tmp_path / "out"))

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("secrets", [Secrets(), Secrets("reader", "wrong")])
def test_a_wrong_password_is_denied_and_not_repeated(orthanc, secrets):
    with pytest.raises(ArchiveDenied) as failure:
        finish(find(Source(orthanc.web, secrets), Wanted(patient="x")))

    assert "BLINDREAD_ARCHIVE_PASSWORD" in failure.value.remedy
    assert "wrong" not in failure.value.sentence


def test_a_wrong_path_is_told(orthanc):
    source = Source(orthanc.web.replace("dicom-web", "dicomweb"), SECRETS)

    with pytest.raises(ArchiveError, match="no such DICOMweb service"):
        finish(find(source, Wanted(patient="x")))


@pytest.mark.parametrize("name", WAYS)
def test_cancel_keeps_complete_files_and_the_next_fetch_goes_on(orthanc, tmp_path, name):
    source = way(orthanc, name)
    series = finish(find(source, Wanted(patient="TEST007")))
    work = fetch(source, series, tmp_path)
    for step in work:
        if step.done >= 2 and step.total == 9:
            break
    work.close()

    here = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert 2 <= len(here) <= 9
    assert all(pydicom.dcmread(path).SOPInstanceUID == path.stem for path in here)
    done = finish(fetch(source, series, tmp_path))
    assert (done.new, done.already) == (9 - len(here), len(here))
