"""A DICOM peer that answers anything but what it should: one sentence, and nothing is kept."""

import contextlib
import socket
import threading

import pydicom
import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)
from pynetdicom.transport import ThreadedAssociationServer

from app.archive.contexts import SYNTAXES
from app.domain.archived import ArchivedSeries, Secrets, Wanted
from app.errors import ArchiveError, InputError
from app.workflows.fetch import Source, fetch, find
from tests.archive.orthanc import free_ports
from tests.images.dicom_files import uid, write_ct
from tests.images.workflow import finish

STUDY, SERIES = str(uid("study", 2)), str(uid("series", "one"))
WANTED = Wanted(study=STUDY)
ONE = ArchivedSeries(STUDY, SERIES, "TEST002", description="SOFT", instances=1)
MODELS = (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)


def data(**elements):
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


class Peer:
    """An archive with one instance; a test replaces how it answers."""

    def __init__(self, instance, models=MODELS, **settings):
        self.instance = pydicom.dcmread(instance)
        self.over = threading.Event()
        self.find, self.get, self.asked = self._find, self._get, []
        entity = AE(ae_title="PEER")
        for name, value in settings.items():
            setattr(entity, name, value)
        for model in models:
            entity.add_supported_context(model)
        entity.add_supported_context(CTImageStorage, SYNTAXES, scu_role=True, scp_role=True)
        self._server = entity.make_server(
            ("127.0.0.1", 0),
            server_class=ThreadedAssociationServer,
            evt_handlers=[
                (evt.EVT_C_FIND, lambda event: self.find(event)),
                (evt.EVT_C_GET, lambda event: self.get(event)),
                (evt.EVT_C_MOVE, lambda event: self.get(event)),
                (evt.EVT_USER_ID, lambda _event: (True, None)),
            ],
        )
        entity._servers.append(self._server)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="Acceptor"
        )
        self._thread.start()
        self.port = self._server.socket.getsockname()[1]
        self.entity = entity

    @property
    def source(self):
        return Source(f"dicom://PEER@127.0.0.1:{self.port}")

    def close(self):
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        for association in self.entity.active_associations:
            association.join(5)

    def _find(self, event):
        question = event.identifier
        self.asked.append(question)
        answer = data(QueryRetrieveLevel=question.QueryRetrieveLevel, PatientID="TEST002")
        answer.StudyInstanceUID, answer.SeriesInstanceUID = STUDY, SERIES
        if question.QueryRetrieveLevel == "IMAGE":
            answer.SOPInstanceUID = self.instance.SOPInstanceUID
            answer.SOPClassUID = self.instance.SOPClassUID
        yield 0xFF00, answer

    def _get(self, event):
        self.asked.append(event.identifier)
        yield 1
        yield 0xFF00, self.instance


@pytest.fixture
def peer(tmp_path, request):
    (path,) = write_ct(tmp_path / "local", slices=1, series="one")
    peer = Peer(path, **getattr(request, "param", {}))
    yield peer
    peer.close()


def test_the_same_peer_with_right_answers_is_fetched_from(peer, tmp_path):
    found = finish(find(peer.source, WANTED))
    done = finish(fetch(peer.source, found, tmp_path / "out"))

    assert (done.new, done.problems) == (1, ())


@pytest.mark.parametrize(
    "peer",
    [{"models": (PatientRootQueryRetrieveInformationModelFind,
                 PatientRootQueryRetrieveInformationModelGet)}],
    indirect=True,
)  # fmt: skip
def test_an_archive_that_begins_with_the_patient_is_told_the_patient(peer, tmp_path):
    found = finish(find(peer.source, WANTED))
    done = finish(fetch(peer.source, found, tmp_path / "out"))

    assert done.new == 1
    assert [one.get("PatientID") for one in peer.asked[1:]] == ["TEST002"] * 3


def bad_uid(event):
    yield 0xFF00, data(QueryRetrieveLevel="STUDY", StudyInstanceUID="../../x")


def out_of_resources(_event):
    yield 0xA700, None


def not_allowed(_event):
    yield 0x0124, None


def without_end(event):
    number = 0
    while not event.assoc.is_aborted and event.assoc.is_established:
        number += 1
        yield 0xFF00, data(QueryRetrieveLevel="STUDY", StudyInstanceUID=f"1.2.{number}")


def hang_up(event):
    event.assoc.abort()
    yield 0xFF00, data()


@pytest.mark.parametrize(
    ("find_answer", "words"),
    [
        (bad_uid, "study with the UID"),
        (out_of_resources, "0xA700: it is out of resources"),
        (not_allowed, "does not allow this"),
        (without_end, "more than 50 matches"),
        (hang_up, "broke off"),
    ],
)
def test_a_wrong_answer_to_c_find_is_a_sentence(peer, impatient, find_answer, words):
    peer.find = find_answer

    with pytest.raises(ArchiveError, match=words) as failure:
        finish(find(peer.source, WANTED))

    assert failure.value.remedy


def test_an_archive_that_never_answers_is_given_up(peer, impatient):
    def never(_event):
        peer.over.wait(20)
        yield 0x0000, None

    peer.find = never
    with pytest.raises(ArchiveError, match="sent nothing for"):
        finish(find(peer.source, WANTED))


@pytest.mark.parametrize("method", ["get", "move"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"StudyInstanceUID": "1.2.3"}, "another study .1.2.3."),
        ({"SeriesInstanceUID": "1.2.3"}, "another series .1.2.3."),
        ({"SOPInstanceUID": "1.2.3"}, "under the UID of another|was not asked for"),
        ({"StudyInstanceUID": ""}, "without a valid UID"),
    ],
)
def test_an_image_that_was_not_asked_for_is_refused(peer, tmp_path, method, change, words):
    wrong = peer.instance
    for keyword, value in change.items():
        setattr(wrong, keyword, value)
    (mine,) = free_ports(1)

    def other(event):
        if method == "move":
            yield "127.0.0.1", mine, {"contexts": [_context()]}
        yield 1
        yield 0xFF00, wrong

    peer.get = other
    listed = str(uid("instance", f"{tmp_path / 'local'}/001.dcm"))
    peer.find = lambda _event: iter([(0xFF00, data(SOPInstanceUID=listed, SOPClassUID=CT))])
    source = Source(f"{peer.source.address}?listen={mine}", method=method)

    if list(change) == ["SOPInstanceUID"]:  # one is missing, so it is asked for by its UID
        write_ct(tmp_path / "out" / "a" / "b", slices=1, series="one", names=["x.dcm"])
        both = [listed, str(uid("instance", f"{tmp_path / 'out' / 'a' / 'b'}/x.dcm"))]
        peer.find = lambda _event: iter(
            [(0xFF00, data(SOPInstanceUID=one, SOPClassUID=CT)) for one in both]
        )
    with pytest.raises(ArchiveError, match=words):
        finish(fetch(source, [ONE], tmp_path / "out"))

    assert len([path for path in tmp_path.glob("out/**/*") if path.is_file()]) <= 1
    assert not list(tmp_path.glob("out/**/1.2.3.dcm"))


CT = str(CTImageStorage)


def _context():
    from pynetdicom import build_context

    return build_context(CTImageStorage)


def nothing(_event):
    yield 1
    yield 0x0000, None


def unable(_event):
    yield 1
    yield 0xC123, None


@pytest.mark.parametrize(
    ("get", "words"), [(unable, "0xC123"), (out_of_resources, "broke off|0x"), (hang_up, "broke")]
)
def test_a_retrieval_that_fails_is_a_sentence(peer, tmp_path, get, words):
    peer.get = get

    with pytest.raises(ArchiveError, match=words):
        finish(fetch(peer.source, [ONE], tmp_path / "out"))

    assert not (tmp_path / "out").exists()


def test_images_that_do_not_come_are_counted(peer, tmp_path):
    peer.get = nothing

    done = finish(fetch(peer.source, [ONE], tmp_path / "out"))

    assert done.new == 0
    assert "1 of 1 images did not come" in done.problems[0]


@pytest.mark.parametrize("peer", [{"models": MODELS[:1]}], indirect=True)
def test_a_service_that_is_not_offered_is_named(peer, tmp_path):
    with pytest.raises(ArchiveError, match="C-GET") as failure:
        finish(fetch(peer.source, [ONE], tmp_path / "out"))

    assert "--method move" in failure.value.remedy


@pytest.mark.parametrize("peer", [{"require_calling_aet": ["FRIEND"]}], indirect=True)
def test_an_unknown_calling_title_is_named(peer):
    with pytest.raises(ArchiveError, match="does not know the calling title BLINDREAD") as failure:
        finish(find(peer.source, WANTED))

    assert "?calling=" in failure.value.remedy


def test_name_and_password_travel_in_the_association(peer):
    finish(find(Source(peer.source.address, Secrets("me", "hush")), WANTED))


def test_c_move_needs_a_port_and_says_so_when_it_is_taken(peer, tmp_path):
    with pytest.raises(InputError, match="needs a port"):
        finish(fetch(Source(peer.source.address, method="move"), [ONE], tmp_path / "out"))

    source = Source(f"{peer.source.address}?listen={peer.port}", method="move")
    with pytest.raises(InputError, match=f"Port {peer.port} of this computer cannot be used"):
        finish(fetch(source, [ONE], tmp_path / "out"))


def accept_and(answer):
    """Serve one kind of bytes on a plain socket until the test is over."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    over = threading.Event()
    taken = []

    def run():
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                taken.append(server.accept()[0])
                with contextlib.suppress(OSError):
                    answer(taken[-1], over)

    thread = threading.Thread(target=run, name="Acceptor")
    thread.start()

    def close():
        over.set()
        thread.join()
        for wire in (*taken, server):
            wire.close()

    return server.getsockname()[1], close


def half_a_pdu_then_drops(wire, over):
    wire.sendall(b"\x02\x00\x00\x00\xff\xff" + bytes(10))
    while not over.wait(0.1):
        wire.sendall(b"\0")


def half_a_pdu_then_a_flood(wire, over):
    wire.sendall(b"\x02\x00\xff\xff\xff\xff")
    while not over.is_set():
        wire.sendall(bytes(65536))


@pytest.mark.parametrize(
    "answer",
    [
        lambda wire, _over: wire.close(),
        lambda wire, _over: wire.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        lambda _wire, _over: None,
        half_a_pdu_then_drops,
        half_a_pdu_then_a_flood,
    ],
    ids=["closes", "speaks HTTP", "says nothing", "trickles", "floods"],
)
def test_a_port_that_speaks_no_dicom_is_given_up(impatient, answer):
    port, close = accept_and(answer)
    try:
        with pytest.raises(ArchiveError) as failure:
            finish(find(Source(f"dicom://A@127.0.0.1:{port}"), WANTED))
    finally:
        close()

    assert failure.value.remedy
