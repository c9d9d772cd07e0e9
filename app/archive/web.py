"""DICOMweb: QIDO-RS for questions, WADO-RS for instances, one at a time and as they are stored.

Questions go through dicomweb-client. Instances are taken as bytes from the same
session: the client would parse them, and could write only its own encoding.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dicomweb_client import DICOMwebClient
from pydicom.datadict import tag_for_keyword

from app.archive.address import WebAddress
from app.archive.base import Keep, Level, Listed, Row, nonsense
from app.archive.instance import check_instance, hush
from app.archive.multipart import Broken, only_part
from app.archive.session import BoundedSession
from app.archive.tls import Trust
from app.archive.watch import Limits, Watch
from app.domain.archived import ArchivedSeries, Secrets
from app.errors import ArchiveError, InputError

PAGE = 1000
ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'


class WebArchive:
    """One DICOMweb service.

    Raises
    ------
    InputError
        The address, or a file for TLS, cannot be used.
    """

    def __init__(
        self,
        address: WebAddress,
        secrets: Secrets | None = None,
        trust: Trust | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._name = str(address)
        self.watch = Watch(limits or Limits(), self._name)
        self._session = BoundedSession(
            self._name, self.watch, trust or Trust(), secrets or Secrets()
        )
        try:
            self._client = DICOMwebClient(self._name, session=self._session, permissive_uid=True)
        except ValueError as error:
            raise InputError(
                f"{self._name} cannot be used as an address.",
                remedy="Give it as https://host:port/path, in plain letters.",
            ) from error
        self._client.set_http_retry_params(retry=False)

    def __str__(self) -> str:
        """Return the archive's name for a sentence."""
        return self._name

    def query(self, level: Level, keys: Mapping[str, str], patient: str = "") -> Sequence[Row]:
        """Ask with QIDO-RS, page by page; see ``Archive``.

        Raises
        ------
        ArchiveError
            See ``BoundedSession.get``; or the answer is no DICOM JSON.
        """
        del patient  # the address of a study says enough
        rows: list[Row] = []
        seen: set[tuple[tuple[str, str], ...]] = set()
        while True:
            page = self._page(level, keys, len(rows))
            new = [row for row in page if tuple(sorted(row.items())) not in seen]
            seen.update(tuple(sorted(row.items())) for row in new)
            rows += new
            if len(rows) > self.watch.limits.matches:
                raise ArchiveError(
                    f"{self._name} lists more than {self.watch.limits.matches} matches.",
                    remedy="Ask for less: a study UID instead of a patient ID.",
                )
            if not new or len(page) != len(new):
                return rows

    def retrieve(
        self, series: ArchivedSeries, wanted: Sequence[Listed], keep: Keep, *, whole: bool = False
    ) -> None:
        """Fetch with WADO-RS, one instance after the other; see ``Archive``."""
        del whole  # instances are asked for by their UID in any case
        path = f"/studies/{series.study_uid}/series/{series.series_uid}/instances/"
        for one in wanted:
            answer = self._session.get(f"{self._name}{path}{one.uid}", headers={"Accept": ACCEPT})
            try:
                data = only_part(answer.headers.get("Content-Type", ""), answer.content)
            except Broken as error:
                raise nonsense(self._name, str(error)) from error
            check_instance(self._name, data, series, one.uid)
            keep(one.uid, data)

    def stop(self) -> None:
        """End what is under way; see ``Archive``."""
        self.watch.stop()
        self._session.cut()
        self._session.close()

    def _page(self, level: Level, keys: Mapping[str, str], offset: int) -> list[Row]:
        hush()
        study, series = keys.get("StudyInstanceUID", ""), keys.get("SeriesInstanceUID", "")
        options: dict[str, Any] = {"fields": list(keys), "limit": PAGE}
        if offset:
            options["offset"] = offset
        if level == "IMAGE":
            path = {"study_instance_uid": study, "series_instance_uid": series}
            ask, inside = (
                self._client.search_for_instances,
                {"StudyInstanceUID", "SeriesInstanceUID"},
            )
        elif level == "SERIES":
            path = {"study_instance_uid": study} if study else {}
            ask, inside = self._client.search_for_series, {"StudyInstanceUID"}
        else:
            path, ask, inside = {}, self._client.search_for_studies, set()
        filters = {key: text for key, text in keys.items() if text and key not in inside}
        try:
            answer = ask(**path, **options, search_filters=filters)
        except (ArchiveError, InputError):
            raise
        except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
            raise nonsense(self._name, "answered with something else than DICOM JSON") from error
        if not isinstance(answer, list):
            raise nonsense(self._name, "answered with something else than DICOM JSON")
        return [_row(self._name, one, keys) for one in answer]


def _row(name: str, data: object, keys: Mapping[str, str]) -> Row:
    """Return the texts of one match in the DICOM JSON model (PS3.18 annex F)."""
    if not isinstance(data, dict):
        raise nonsense(name, "answered with something else than DICOM JSON")
    row: dict[str, str] = {}
    for key in keys:
        element = data.get(f"{tag_for_keyword(key):08X}")
        values = element.get("Value") if isinstance(element, dict) else None
        if isinstance(values, list) and values and isinstance(values[0], (str, int, float)):
            row[key] = str(values[0]).strip()
    return row
