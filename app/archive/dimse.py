"""The DICOM network protocol: C-ECHO, C-FIND, C-GET and C-MOVE.

References
----------
DICOM PS3.4 annex C (query and retrieve), PS3.7 section 9.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pynetdicom import build_context, evt
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

from app.archive.address import DicomAddress
from app.archive.association import Connections
from app.archive.base import Keep, Level, Listed, Row, nonsense
from app.archive.contexts import receiving_roles, storage_contexts
from app.archive.instance import hush
from app.archive.listener import Listener
from app.archive.receive import Receiver
from app.archive.statuses import refused
from app.archive.tls import Trust
from app.archive.watch import Limits, Watch
from app.domain.archived import ArchivedSeries, Secrets
from app.errors import ArchiveError, InputError

Method = Literal["get", "move"]

FIND = (StudyRootQueryRetrieveInformationModelFind, PatientRootQueryRetrieveInformationModelFind)
GET = (StudyRootQueryRetrieveInformationModelGet, PatientRootQueryRetrieveInformationModelGet)
MOVE = (StudyRootQueryRetrieveInformationModelMove, PatientRootQueryRetrieveInformationModelMove)

LIST_LENGTH = 200
"""Instances that one request names."""
PENDING = (0xFF00, 0xFF01)
SUCCESS = 0x0000
PARTLY = (0xB000, 0xA702, 0xFE00)
"""Ends of a retrieval after which some images may have arrived."""
PATIENT_ROOT = (FIND[1], GET[1], MOVE[1])


class DicomArchive:
    """One archive that speaks the DICOM network protocol.

    Parameters
    ----------
    method
        ``get``: instances come on the connection that asks for them;
        ``move``: the archive connects back, and must know this computer.
    """

    def __init__(
        self,
        address: DicomAddress,
        secrets: Secrets | None = None,
        trust: Trust | None = None,
        limits: Limits | None = None,
        method: Method = "get",
    ) -> None:
        self.address, self._method = address, method
        self.watch = Watch(limits or Limits(), str(address))
        self._trust = trust or Trust()
        self._find: Any = None
        self._listener: Listener | None = None
        if method == "move" and not address.listen:
            raise InputError(
                "C-MOVE needs a port on which this computer takes the images.",
                remedy=f"Add ?listen=PORT to the address, and have the archive's administrator "
                f"register the title {address.calling} with this computer's address and that port.",
            )
        self._connections = Connections(address, secrets or Secrets(), self._trust, self.watch)

    def __str__(self) -> str:
        """Return the archive's name for a sentence."""
        return str(self.address)

    def echo(self) -> None:
        """Ask the archive whether it is there (C-ECHO).

        Raises
        ------
        ArchiveError
            It is not, or it does not let this program in.
        """
        association = self._connections.associate([build_context(Verification)])
        with self._connections.ending(association):
            self._model(association, (Verification,), "answer C-ECHO")
            status = association.send_c_echo()
            if not status:
                raise self._connections.broken()
            if status.Status != SUCCESS:
                raise refused(self, "C-ECHO", status, self._titles)

    def query(self, level: Level, keys: Mapping[str, str], patient: str = "") -> Sequence[Row]:
        """Ask with C-FIND; see ``Archive``.

        Raises
        ------
        ArchiveError
            The archive cannot be asked, refuses, breaks off, or does not stop answering.
        """
        question = _question(level, keys)
        rows: list[Row] = []
        try:
            association = self._asking()
            model = self._model(association, FIND, "be searched (C-FIND)")
            _fill(question, model, patient)
            for status, match in association.send_c_find(question, model):
                if not status or "Status" not in status:
                    break
                if status.Status not in PENDING:
                    if status.Status != SUCCESS:
                        raise refused(self, "C-FIND", status, self._titles)
                    return rows
                if match is None:
                    raise nonsense(self, "answered a question with data that cannot be read")
                rows.append(_row(match, keys))
                if len(rows) > self.watch.limits.matches:
                    raise ArchiveError(
                        f"{self} lists more than {self.watch.limits.matches} matches.",
                        remedy="Ask for less: a study UID instead of a patient ID.",
                    )
            raise self._connections.broken()
        except BaseException:
            self._hang_up()
            raise
        finally:
            self.watch.stop()

    def retrieve(
        self, series: ArchivedSeries, wanted: Sequence[Listed], keep: Keep, *, whole: bool = False
    ) -> None:
        """Fetch with C-GET or C-MOVE; see ``Archive``.

        Raises
        ------
        ArchiveError
            As ``query``; or what was sent is not what was asked for.
        """
        if whole or not wanted:
            self._retrieve(series, wanted, (), keep)
            return
        for start in range(0, len(wanted), LIST_LENGTH):
            part = wanted[start : start + LIST_LENGTH]
            self._retrieve(series, part, [one.uid for one in part], keep)

    def stop(self) -> None:
        """End what is under way; see ``Archive``."""
        self._connections.stop()
        self._hang_up()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def _asking(self) -> Any:
        """Return an association for questions: the one of the last question, or a new one."""
        if self._find is None or not self._find.is_established:
            self._hang_up()
            self._find = self._connections.associate(_contexts(FIND))
        self.watch.start()
        return self._find

    def _hang_up(self) -> None:
        association, self._find = self._find, None
        if association is not None:
            self._connections.end(association)

    def _retrieve(
        self, series: ArchivedSeries, listed: Sequence[Listed], uids: Sequence[str], keep: Keep
    ) -> None:
        """Send one request: for the named instances, or without names for the whole series."""
        stop = self._connections.stop
        receiver = Receiver(str(self), series, uids, keep, self.watch, stop)
        question = _retrieval(series, uids)
        if self._method == "move":
            if self._listener is None:
                self._listener = Listener(self._connections, self._trust)
            self._listener.receiver = receiver
            association = self._connections.associate(_contexts(MOVE))
            with self._connections.ending(association):
                model = self._model(association, MOVE, "send images elsewhere (C-MOVE)")
                _fill(question, model, series.patient)
                answers = association.send_c_move(question, self.address.calling, model)
                self._follow(answers, receiver, "C-MOVE", len(listed))
            return
        storage = storage_contexts(one.class_uid for one in listed)
        association = self._connections.associate(
            [*_contexts(GET), *storage], receiving_roles(storage), [(evt.EVT_C_STORE, receiver)]
        )
        with self._connections.ending(association):
            model = self._model(association, GET, "send images on request (C-GET)")
            _fill(question, model, series.patient)
            self._follow(association.send_c_get(question, model), receiver, "C-GET", 0)

    def _follow(
        self, answers: Iterator[Any], receiver: Receiver, service: str, expected: int
    ) -> None:
        """Read the answers to a C-GET or C-MOVE to their end."""
        for status, _failed in answers:
            if receiver.failure is not None:
                raise receiver.failure
            if not status or "Status" not in status:
                break
            if status.Status in PENDING:
                continue
            completed = status.get("NumberOfCompletedSuboperations")
            if status.Status == SUCCESS:  # some answer before the last image has arrived
                promised = expected if completed is None else int(completed)
                receiver.wait_for(promised, self.watch.limits.idle)
            elif not (receiver.kept and status.Status in PARTLY):
                raise refused(self, service, status, self._titles)
            if receiver.failure is not None:
                raise receiver.failure
            return  # whoever asked counts what is missing
        raise receiver.failure or self._connections.broken()

    def _model(self, association: Any, models: Sequence[str], what: str) -> Any:
        """Return the information model that the archive has accepted."""
        accepted = {context.abstract_syntax for context in association.accepted_contexts}
        for model in models:
            if model in accepted:
                return model
        raise ArchiveError(
            f"{self} cannot {what}.",
            remedy="Try --method move, or the archive's DICOMweb address."
            if "C-GET" in what
            else "Ask its administrator, or use the archive's DICOMweb address.",
        )

    @property
    def _titles(self) -> dict[str, object]:
        return {"calling": self.address.calling, "listen": self.address.listen}


def _fill(question: Dataset, model: str, patient: str) -> None:
    """Add the patient where the information model begins with it."""
    if model in PATIENT_ROOT and "PatientID" not in question:
        question.PatientID = patient


def _contexts(models: Sequence[str]) -> list[Any]:
    return [build_context(model) for model in models]


def _question(level: Level, keys: Mapping[str, str]) -> Dataset:
    hush()
    question = Dataset()
    if not all(text.isascii() for text in keys.values()):
        question.SpecificCharacterSet = "ISO_IR 192"
    question.QueryRetrieveLevel = level
    for key, text in keys.items():
        setattr(question, key, text)
    return question


def _retrieval(series: ArchivedSeries, uids: Sequence[str]) -> Dataset:
    keys = {"StudyInstanceUID": series.study_uid, "SeriesInstanceUID": series.series_uid}
    question = _question("IMAGE" if uids else "SERIES", keys)
    if uids:
        question.SOPInstanceUID = list(uids)
    return question


def _row(match: Dataset, keys: Mapping[str, str]) -> Row:
    row: dict[str, str] = {}
    for key in keys:
        try:
            value = match[key].value if key in match else None
            if isinstance(value, MultiValue):
                value = value[0] if value else None
            if value is not None:
                row[key] = str(value).strip(" \0")
        except Exception:  # noqa: S112 - pydicom raises what hostile data makes it raise
            continue
    return row
