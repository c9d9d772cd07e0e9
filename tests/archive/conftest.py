"""Archives for the tests: two real ones, and what is put into them."""

import datetime
import ipaddress
import threading

import pytest

from app.archive.connect import open_archive
from app.archive.watch import Limits
from app.domain.archived import Secrets, Wanted
from app.workflows import fetch as workflow
from app.workflows.fetch import Source, fetch, find
from tests.archive.orthanc import PASSWORD, USER, Orthanc, binary, plugin
from tests.images.dicom_files import phantom, write_ct
from tests.images.workflow import finish

SECRETS = Secrets(USER, PASSWORD)
STUDY = {"StudyDate": "20240131", "AccessionNumber": "ACC7", "StudyDescription": "Abdomen"}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """Keep the tests away from proxies and from a person's own archive."""
    for name in ("USER", "PASSWORD", "TOKEN"):
        monkeypatch.delenv(f"BLINDREAD_ARCHIVE_{name}", raising=False)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")


@pytest.fixture(autouse=True)
def no_thread_is_left():
    """Fail where a thread of a fetch goes on after its test."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith(("archive", "AssocThread", "Acceptor")):
            thread.join(5)
            assert not thread.is_alive(), thread


@pytest.fixture
def impatient(monkeypatch):
    """Give up after fractions of a second, and after few bytes and matches."""
    limits = Limits(connect=1.0, idle=0.5, whole=1.0, size=3 * 2**20, matches=50)

    def opened(source):
        return open_archive(
            source.address, secrets=source.secrets, method=source.method, limits=limits
        )

    monkeypatch.setattr(workflow, "_open", opened)
    return limits


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """One patient as a folder of a case: a reference and two arms, one of them compressed."""
    root = tmp_path_factory.mktemp("local")
    truth = phantom(slices=3, rows=48, columns=48, seed=1)
    for number, (arm, shift, syntax) in enumerate(
        (
            ("reference", 0, "1.2.840.10008.1.2.1"),
            ("alpha-net", 7, "1.2.840.10008.1.2.1"),
            ("beta-net", 21, "1.2.840.10008.1.2.4.80"),
        ),
        start=1,
    ):
        write_ct(
            root / "TEST007" / arm,
            pixels=truth + shift,
            patient_number=7,
            syntax=syntax,
            SeriesDescription=arm,
            SeriesNumber=number,
            **STUDY,
        )
    return root


def put(orthanc, folder):
    """Store every file below a folder."""
    orthanc.upload(sorted(folder.rglob("*.dcm")))
    return orthanc


def _needed():
    if binary() is None or plugin() is None:
        pytest.skip("Orthanc is not installed (Debian packages orthanc and orthanc-dicomweb)")


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory, study):
    _needed()
    server = Orthanc(tmp_path_factory.mktemp("orthanc")).start()
    try:
        yield put(server, study)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def secure(tmp_path_factory, study, certificates):
    """An Orthanc that speaks HTTPS and DICOM with TLS only."""
    _needed()
    server = Orthanc(tmp_path_factory.mktemp("secure"), certificates).start()
    try:
        yield put(server, study)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """An authority of our own, a server's certificate and key, and both in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    folder = tmp_path_factory.mktemp("certificates")
    now = datetime.datetime.now(datetime.UTC)

    def named(name):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    def builder(name, key, issuer):
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    def pem(key):
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    authority = (
        builder("Tests", authority_key, "Tests")
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **usage),
            critical=True,
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    server = (
        builder("localhost", key, "Tests")
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    contents = {
        "authority": authority.public_bytes(serialization.Encoding.PEM),
        "certificate": server.public_bytes(serialization.Encoding.PEM),
        "key": pem(key),
    }
    contents["both"] = contents["certificate"] + contents["key"]
    files = {}
    for name, content in contents.items():
        files[name] = folder / f"{name}.pem"
        files[name].write_bytes(content)
    return files


def fetched(source, output, **wanted):
    """Find and fetch all, and return how it ended."""
    return finish(fetch(source, finish(find(source, Wanted(**wanted))), output))


def files(folder):
    """Return the files below a folder, by their path in it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def way(orthanc, name, **more):
    """Return the source for one of the three ways to an archive."""
    if name == "web":
        return Source(orthanc.web, SECRETS, **more)
    if name == "move":
        return Source(orthanc.dicom_address(listen=orthanc.move), method="move", **more)
    return Source(orthanc.dicom_address(), **more)
