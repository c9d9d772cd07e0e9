"""A web server that answers anything but what it should: one sentence, and nothing is kept."""

import contextlib
import http.server
import json
import socket
import threading

import pytest

from app.domain.archived import ArchivedSeries, Secrets, Wanted
from app.errors import ArchiveDenied, ArchiveError, InputError
from app.workflows.fetch import Source, fetch, find
from tests.archive.conftest import files
from tests.archive.orthanc import free_ports
from tests.images.dicom_files import uid, write_ct
from tests.images.workflow import finish

STUDY, SERIES = str(uid("study", 2)), str(uid("series", "one"))
WANTED = Wanted(study=STUDY)
ONE = ArchivedSeries(STUDY, SERIES, "TEST002", description="SOFT", instances=1)
HTML = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
JSON, PART = "application/dicom+json", 'multipart/related; type="application/dicom"; boundary=B'


class Server(http.server.ThreadingHTTPServer):
    """Answers as an archive with one instance does, but for the level that a test replaces."""

    block_on_close = True

    def __init__(self, instance):
        super().__init__(("127.0.0.1", 0), Answer)
        self.instance, self.uid = instance.read_bytes(), ""
        self.answers = {
            "studies": (200, JSON, rows(("0020000D", STUDY), ("00100020", "TEST002"))),
            "series": (200, JSON, rows(("0020000D", STUDY), ("0020000E", SERIES))),
            "instances": (200, JSON, rows(("00080018", uid("instance", instance)))),
            "image": (200, PART, wrapped(self.instance)),
        }
        self.over = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="Acceptor")
        self._thread.start()

    @property
    def source(self):
        return Source(f"http://127.0.0.1:{self.server_port}/rs")

    def close(self):
        self.over.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        last = self.path.partition("?")[0].split("/")
        level = last[-1] if last[-1] in self.server.answers else "image"
        answer = self.server.answers[level]
        self.close_connection = True
        with contextlib.suppress(OSError):
            if callable(answer):
                answer(self)
                return
            code, kind, body = answer
            if "offset=" in self.path and body.startswith(b"["):
                body = b"[]"
            self.head(code, kind, len(body))
            self.wfile.write(body)

    def head(self, code, kind, length=None):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if code in (301, 302):
            self.send_header("Location", "https://login.example.org/")
        self.end_headers()

    def log_message(self, *_args):
        """Say nothing."""


def rows(*pairs):
    return json.dumps([{tag: {"vr": "UI", "Value": [str(value)]} for tag, value in pairs}]).encode()


def wrapped(*parts, end=b"\r\n--B--\r\n"):
    heads = b"Content-Type: application/dicom\r\n\r\n"
    return b"--B\r\n" + b"\r\n--B\r\n".join(heads + part for part in parts) + end


def endless(kind, chunk):
    def answer(handler):
        handler.head(200, kind)
        while not handler.server.over.is_set():
            handler.wfile.write(chunk)

    return answer


def trickling(kind):
    def answer(handler):
        handler.head(200, kind)
        while not handler.server.over.wait(0.1):
            handler.wfile.write(b" ")

    return answer


def silent(handler):
    handler.server.over.wait(20)


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_short(kind, body):
    def answer(handler):
        handler.head(200, kind, len(body) + 1000)
        handler.wfile.write(body)

    return answer


@pytest.fixture
def server(tmp_path):
    (path,) = write_ct(tmp_path / "local", slices=1, series="one")
    server = Server(path)
    yield server
    server.close()


def test_the_same_server_with_right_answers_is_fetched_from(server, tmp_path):
    found = finish(find(server.source, WANTED))
    done = finish(fetch(server.source, found, tmp_path / "out"))

    assert (done.new, done.problems) == (1, ())


@pytest.mark.parametrize(
    ("level", "answer", "words"),
    [
        ("studies", (200, "text/html", HTML), "something else than DICOM JSON"),
        ("studies", (200, JSON, b'["a", 1]'), "something else than DICOM JSON"),
        ("studies", (200, JSON, b"[" * 100_000), "something else than DICOM JSON"),
        ("studies", (200, JSON, b'[{"0020000D": {"Value": ["../../x"]}}]'), "study with the UID"),
        ("series", (200, JSON, b'[{"0020000E": 7}]'), "series with the UID"),
        ("studies", (500, "text/plain", b"oops"), "has failed: 500"),
        ("studies", (503, "text/plain", b""), "has failed: 503"),
        ("studies", (400, "text/plain", b""), "refuses the question: 400"),
        ("studies", (302, "text/plain", b""), "login.example.org"),
        ("studies", cut_short(JSON, b"[]"), "broke off"),
        ("studies", hang_up, "broke off"),
        ("studies", silent, "sent nothing for 0.5 seconds"),
        ("studies", endless(JSON, b"[" * 65536), "larger than 3 MiB"),
        ("studies", trickling(JSON), "does not end in 1 seconds"),
    ],
)
def test_a_wrong_answer_to_a_question_is_a_sentence(server, impatient, level, answer, words):
    server.answers[level] = answer

    with pytest.raises(ArchiveError, match=words) as failure:
        finish(find(server.source, WANTED))

    assert failure.value.remedy


def test_an_archive_that_lists_without_end_is_given_up(server, impatient):
    numbers = iter(range(10**6))

    def more(handler):
        body = rows(("0020000D", f"1.2.{next(numbers)}"))
        handler.head(200, JSON, len(body))
        handler.wfile.write(body)

    server.answers["studies"] = more
    with pytest.raises(ArchiveError, match="more than 50 matches"):
        finish(find(server.source, WANTED))


def test_an_archive_that_knows_no_pages_is_asked_twice_only(server):
    asked = []
    body = server.answers["studies"][2]

    def same(handler):
        asked.append(handler.path)
        handler.head(200, JSON, len(body))
        handler.wfile.write(body)

    server.answers["studies"] = same
    finish(find(server.source, WANTED))

    assert len(asked) == 2


def test_studies_that_were_not_asked_for_are_not_found(server):
    server.answers["studies"] = (200, JSON, rows(("0020000D", "1.2.3"), ("00100020", "OTHER")))

    for wanted in (WANTED, Wanted(patient="TEST002")):
        with pytest.raises(InputError, match="nothing with"):
            finish(find(server.source, wanted))


@pytest.mark.parametrize("code", [401, 403])
def test_a_denial_is_one_and_secrets_are_not_shown(server, code):
    server.answers["studies"] = (code, "text/plain", b"")
    source = Source(server.source.address, Secrets("me", "hush", "token-hush"))

    with pytest.raises(ArchiveDenied) as failure:
        finish(find(source, WANTED))

    assert "hush" not in failure.value.sentence + repr(source)


def other(tmp_path, **elements):
    (path,) = write_ct(tmp_path / "other", slices=1, series="one", **elements)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _good, _tmp: (200, "text/html", HTML), "text/html instead of DICOM"),
        (lambda _good, _tmp: (200, "application/dicom", HTML), "a web page instead"),
        (lambda _good, _tmp: (200, PART, wrapped(HTML)), "a web page instead"),
        (lambda _good, _tmp: (200, PART, b""), "no part"),
        (lambda good, _tmp: (200, PART, wrapped(good)[: len(good) // 2]), "broke off"),
        (lambda good, _tmp: (200, PART, wrapped(good, end=b"")), "broke off"),
        (lambda good, _tmp: (200, PART, wrapped(good, end=b"\r\n--B")), "broke off"),
        (lambda good, _tmp: (200, PART, wrapped(good, good)), "several images"),
        (lambda good, _tmp: cut_short(PART, wrapped(good)), "broke off"),
        (lambda _good, _tmp: (200, PART, wrapped(bytes(128) + b"DICM" + bytes(2**21))), "damaged"),
        (lambda _good, tmp: (200, PART, wrapped(other(tmp))), "another SOP instance"),
        (
            lambda _good, tmp: (200, PART, wrapped(other(tmp, StudyInstanceUID="1.2.3"))),
            "another study .1.2.3.",
        ),
        (lambda _good, tmp: (200, PART, wrapped(other(tmp, SeriesInstanceUID="1.2"))), "series"),
        (lambda _good, _tmp: (404, "text/plain", b""), "answers 404"),
        (lambda _good, _tmp: (500, "text/plain", b""), "has failed: 500"),
        (lambda _good, _tmp: hang_up, "broke off"),
        (lambda _good, _tmp: silent, "sent nothing"),
        (lambda _good, _tmp: endless(PART, b"x" * 65536), "larger than 3 MiB"),
        (lambda _good, _tmp: trickling(PART), "does not end"),
    ],
)
def test_a_wrong_image_is_a_sentence_and_leaves_no_file(server, impatient, tmp_path, make, words):
    server.answers["image"] = make(server.instance, tmp_path)

    with pytest.raises(ArchiveError, match=words) as failure:
        finish(fetch(server.source, [ONE], tmp_path / "out"))

    assert failure.value.remedy
    assert not (tmp_path / "out").exists()


def test_what_came_before_the_trouble_is_kept_and_complete(server, tmp_path):
    first = json.loads(server.answers["instances"][2])
    second = [{"00080018": {"Value": ["1.2.3"]}}]
    server.answers["instances"] = (200, JSON, json.dumps(first + second).encode())

    with pytest.raises(ArchiveError, match="another SOP instance"):
        finish(fetch(server.source, [ONE], tmp_path / "out"))

    (name,) = files(tmp_path / "out")
    assert (tmp_path / "out" / name).read_bytes() == server.instance


def test_cancelling_a_silent_archive_does_not_wait_for_it(server, tmp_path):
    server.answers["image"] = trickling(PART)
    work = fetch(server.source, [ONE], tmp_path / "out")
    while next(work).total != 1:
        pass
    work.close()

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("scheme", ["http", "dicom"])
def test_a_host_or_port_that_is_not_there_is_told(scheme):
    (port,) = free_ports(1)
    title = "A@" if scheme == "dicom" else ""

    with pytest.raises(ArchiveError, match="nothing listens on this port"):
        finish(find(Source(f"{scheme}://{title}127.0.0.1:{port}"), WANTED))
    with pytest.raises(ArchiveError, match="the host is not known"):
        finish(find(Source(f"{scheme}://{title}nowhere.invalid:{port}"), WANTED))
