"""From what a person wants to the series an archive has, over either protocol."""

from collections.abc import Iterable, Sequence
from fnmatch import translate
from re import compile as pattern

from app.archive.base import Archive, Level, Listed, Row, is_uid, nonsense
from app.domain.archived import ArchivedSeries, Wanted
from app.errors import ArchiveError, InputError

STUDY_KEYS = ("PatientID", "AccessionNumber", "StudyInstanceUID", "StudyDate", "StudyDescription")
SERIES_KEYS = (
    "StudyInstanceUID", "SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription",
    "NumberOfSeriesRelatedInstances",
)  # fmt: skip
IMAGE_KEYS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")


def check_wanted(wanted: Wanted) -> None:
    """Refuse a question that could not be answered.

    Raises
    ------
    InputError
        Nothing is wanted, a UID is none, or a text holds what DICOM forbids.
    """
    if wanted == Wanted():
        raise InputError(
            "Nothing says which images to look for.",
            remedy="Give a patient ID, an accession number, a study UID or a series UID.",
        )
    for name, value in (("study", wanted.study), ("series", wanted.series)):
        if value and not is_uid(value):
            raise InputError(
                f"{value} is no {name} UID.",
                remedy="A UID has digits and dots only, such as 1.2.840.113619.2.55.",
            )
    for value in (wanted.patient, wanted.accession):
        if len(value) > 64 or "\\" in value or not value.isprintable():
            raise InputError(
                "The patient ID or accession number holds what DICOM does not allow.",
                remedy="Give at most 64 characters, without backslash and line break.",
            )


def find(archive: Archive, wanted: Wanted) -> tuple[ArchivedSeries, ...]:
    """Return the series that an archive has of what is wanted, by patient, study and number.

    Raises
    ------
    InputError
        The archive has none of it.
    ArchiveError
        The archive cannot be asked, or its answer is nonsense.
    """
    check_wanted(wanted)
    matched = _studies(archive, wanted)
    found: dict[str, ArchivedSeries] = {}
    for uid, study in matched.items():
        keys = {**_blank(SERIES_KEYS), "StudyInstanceUID": uid, "SeriesInstanceUID": wanted.series}
        for row in _rows(archive, "SERIES", keys, study.get("PatientID", "")):
            if row.get("StudyInstanceUID") in (uid, "", None) and _same(row, wanted, "SERIES"):
                series = _series(study, row, uid)
                found.setdefault(series.series_uid, series)
    if not found:
        raise _nothing(archive, wanted)
    return tuple(sorted(found.values(), key=_order))


def instances(archive: Archive, series: ArchivedSeries) -> tuple[Listed, ...]:
    """Return the instances of a series; empty where the archive does not list them."""
    keys = {
        **_blank(IMAGE_KEYS),
        "StudyInstanceUID": series.study_uid,
        "SeriesInstanceUID": series.series_uid,
    }
    listed: dict[str, Listed] = {}
    for row in archive.query("IMAGE", keys, series.patient):
        uid, kind = row.get("SOPInstanceUID", ""), row.get("SOPClassUID", "")
        if not is_uid(uid):
            raise nonsense(archive, f"lists an instance with the UID {uid[:70]!r}")
        if row.get("SeriesInstanceUID") in (series.series_uid, "", None):
            listed[uid] = Listed(uid, kind if is_uid(kind) else "")
    return tuple(listed.values())


def _studies(archive: Archive, wanted: Wanted) -> dict[str, Row]:
    """Return the matching studies by their UID."""
    keys = {
        **_blank(STUDY_KEYS),
        "PatientID": wanted.patient,
        "AccessionNumber": wanted.accession,
        "StudyInstanceUID": wanted.study,
    }
    if not wanted.series or any((wanted.patient, wanted.accession, wanted.study)):
        return _by_study(archive, _rows(archive, "STUDY", keys), wanted)
    found: dict[str, Row] = {}
    series_keys = {**_blank(SERIES_KEYS), "SeriesInstanceUID": wanted.series}
    for row in _rows(archive, "SERIES", series_keys):
        uid = row.get("StudyInstanceUID", "")
        if not _same(row, wanted, "SERIES"):
            continue
        if not is_uid(uid):
            raise ArchiveError(
                f"{archive} does not say to which study series {wanted.series} belongs.",
                remedy="Give the study's UID as well.",
            )
        rows = _rows(archive, "STUDY", {**keys, "StudyInstanceUID": uid})
        found |= _by_study(archive, rows, Wanted(study=uid))
    return found


def _by_study(archive: Archive, rows: Iterable[Row], wanted: Wanted) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        uid = row.get("StudyInstanceUID", "")
        if not is_uid(uid):
            raise nonsense(archive, f"lists a study with the UID {uid[:70]!r}")
        if _same(row, wanted, "STUDY"):
            found[uid] = row
    return found


def _rows(archive: Archive, level: Level, keys: dict[str, str], patient: str = "") -> Sequence[Row]:
    rows = archive.query(level, keys, patient)
    if level == "SERIES":
        for row in rows:
            uid = row.get("SeriesInstanceUID", "")
            if not is_uid(uid):
                raise nonsense(archive, f"lists a series with the UID {uid[:70]!r}")
    return rows


def _same(row: Row, wanted: Wanted, level: Level) -> bool:
    """Return whether a match is one: some archives leave out keys that they do not know."""
    asked = (
        (("SeriesInstanceUID", wanted.series),)
        if level == "SERIES"
        else (
            ("PatientID", wanted.patient),
            ("AccessionNumber", wanted.accession),
            ("StudyInstanceUID", wanted.study),
        )
    )
    return all(
        not value or key not in row or pattern(_glob(value)).fullmatch(row[key].strip().casefold())
        for key, value in asked
    )


def _glob(value: str) -> str:
    return translate(value.strip().casefold().replace("[", "[[]"))


def _blank(keys: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(keys, "")


def _series(study: Row, row: Row, study_uid: str) -> ArchivedSeries:
    count = row.get("NumberOfSeriesRelatedInstances", "")
    return ArchivedSeries(
        study_uid=study_uid,
        series_uid=row["SeriesInstanceUID"],
        patient=study.get("PatientID", ""),
        accession=study.get("AccessionNumber", ""),
        study_date=study.get("StudyDate", ""),
        study_description=study.get("StudyDescription", ""),
        modality=row.get("Modality", ""),
        number=row.get("SeriesNumber", ""),
        description=row.get("SeriesDescription", ""),
        instances=int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 0,
    )


def _order(one: ArchivedSeries) -> tuple[object, ...]:
    number = int(one.number) if one.number.isascii() and one.number.isdigit() else 0
    return one.patient, one.study_date, one.study_uid, number, one.series_uid


def _nothing(archive: Archive, wanted: Wanted) -> InputError:
    return InputError(
        f"{archive} has nothing with {wanted.words}.",
        remedy="Check the spelling; * and ? may stand for unknown parts of a patient ID.",
    )
