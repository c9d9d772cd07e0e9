"""TLS is verified, with the authority that was given and no other."""

import pytest

from app.domain.archived import Wanted
from app.errors import ArchiveError, InputError
from app.workflows.fetch import Source, caution, find
from tests.archive.conftest import SECRETS, fetched, way
from tests.images.workflow import finish


@pytest.mark.parametrize("name", ["web", "get", "move"])
def test_a_study_comes_through_tls(secure, certificates, tmp_path, name):
    source = way(secure, name, authority=certificates["authority"], identity=certificates["both"])
    if name == "move":  # the archive must be told to use TLS on its way back
        secure.rest(
            "PUT",
            "/modalities/me",
            b'{"AET": "BLINDREAD", "Host": "127.0.0.1", "Port": %d, "UseDicomTls": true}'
            % secure.move,
        )

    assert fetched(source, tmp_path, patient="TEST007").new == 9


@pytest.mark.parametrize("name", ["web", "get"])
def test_a_certificate_that_nobody_known_has_signed_is_refused(secure, name):
    with pytest.raises(ArchiveError, match="is not trusted") as failure:
        finish(find(way(secure, name), Wanted(patient="TEST007")))

    assert "--ca" in failure.value.remedy


@pytest.mark.parametrize("name", ["web", "get"])
def test_a_certificate_of_another_host_is_refused(secure, certificates, name):
    address = secure.web if name == "web" else secure.dicom_address()
    source = Source(
        address.replace("localhost", "127.0.0.2"), SECRETS, authority=certificates["authority"]
    )

    with pytest.raises(ArchiveError, match="another host"):
        finish(find(source, Wanted(patient="TEST007")))


def test_plain_dicom_to_a_tls_port_and_tls_to_a_plain_one_are_told(secure, orthanc, certificates):
    plain = Source(secure.dicom_address().replace("dicoms", "dicom"))
    with pytest.raises(ArchiveError, match="does not open a DICOM association") as failure:
        finish(find(plain, Wanted(patient="x")))
    assert "dicoms://" in failure.value.remedy

    for address in (
        orthanc.dicom_address().replace("dicom:", "dicoms:"),
        orthanc.web.replace("http:", "https:"),
    ):
        with pytest.raises(ArchiveError, match="does not answer with TLS"):
            finish(find(Source(address, authority=certificates["authority"]), Wanted(patient="x")))


@pytest.mark.parametrize("which", ["authority", "identity"])
@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_that_holds_no_certificate_is_named(tmp_path, which, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match=r"ca\.pem"):
        finish(find(Source("https://localhost:1/x", **{which: path}), Wanted(patient="x")))


def test_a_password_without_encryption_is_warned_of():
    assert "not encrypted" in caution(Source("http://10.0.0.5/dicom-web", SECRETS))
    assert "not encrypted" in caution(Source("dicom://A@10.0.0.5", SECRETS))
    assert not caution(Source("https://10.0.0.5/dicom-web", SECRETS))
    assert not caution(Source("http://10.0.0.5/dicom-web"))
