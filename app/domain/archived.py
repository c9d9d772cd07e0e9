"""What a person wants from an archive, and what the archive says it has."""

from dataclasses import dataclass, field

NO_IMAGES = frozenset(
    {
        "AU",
        "CTPROTOCOL",
        "DOC",
        "ECG",
        "EPS",
        "FID",
        "HD",
        "KER",
        "KO",
        "PLAN",
        "PR",
        "REG",
        "RESP",
        "RTDOSE",
        "RTPLAN",
        "RTRECORD",
        "RTSTRUCT",
        "SMR",
        "SR",
        "SRF",
        "STAIN",
        "TEXTUREMAP",
        "VA",
        "XAPROTOCOL",
    }
)
"""Modalities whose objects hold no image that could be measured."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which studies or series to look for; empty means any. ``*`` and ``?`` match as usual.

    ``study`` and ``series`` are UIDs and match exactly.
    """

    patient: str = ""
    accession: str = ""
    study: str = ""
    series: str = ""

    @property
    def words(self) -> str:
        """What is wanted, for a sentence."""
        return " and ".join(
            f"{name} {value}"
            for name, value in (
                ("patient ID", self.patient),
                ("accession number", self.accession),
                ("study UID", self.study),
                ("series UID", self.series),
            )
            if value
        )


@dataclass(frozen=True, slots=True)
class ArchivedSeries:
    """One series as an archive describes it; texts may be empty.

    ``instances`` is the number of files that the archive claims, 0 where it
    does not say. The patient's name is never asked for.
    """

    study_uid: str
    series_uid: str
    patient: str = ""
    accession: str = ""
    study_date: str = ""
    study_description: str = ""
    modality: str = ""
    number: str = ""
    description: str = ""
    instances: int = 0

    @property
    def holds_images(self) -> bool:
        """Whether its modality is one of images, or unknown."""
        return self.modality not in NO_IMAGES


@dataclass(frozen=True, slots=True)
class Secrets:
    """How a person signs in to an archive: name and password, or a token; never shown."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        """Return whether there is anything to sign in with."""
        return bool(self.user or self.password or self.token)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The end of a fetch: where the files lie, how many are new, and what is missing."""

    folders: tuple[str, ...]
    new: int
    already: int
    problems: tuple[str, ...] = ()
