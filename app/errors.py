"""Everything BlindRead raises on purpose.

BlindReadError
├── InputError            the files are not what we need
│   ├── NotAnImage
│   ├── GeometryMismatch
│   └── UnpairedImage
├── MetricError           a metric cannot be given for this input
│   ├── MetricRefused     the input lies outside the metric's definition
│   └── MetricUnavailable something the metric needs is not installed
├── ProtocolError         the design contradicts itself
├── ProtocolFrozen        a locked study cannot change
├── StudyStateError       the step does not fit the state of the study
├── WrongPassphrase       the key does not open
├── StoreError            the disk refused, or a file was altered
├── ArchiveError          a DICOM archive cannot be reached or does not answer as it must
│   └── ArchiveDenied     it asks who is there, or refuses who is
└── WorkerDied            a helper process ended; the program goes on
"""


class BlindReadError(Exception):
    """An expected failure: what happened, then what to do."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with the remedy."""
        return _rebuild, (type(self), str(self), self.remedy)

    @property
    def sentence(self) -> str:
        """What happened and what to do, on one line."""
        return f"{self} {self.remedy}"


def _rebuild(kind: type[BlindReadError], what: str, remedy: str) -> BlindReadError:
    return kind(what, remedy=remedy)


class InputError(BlindReadError):
    """The files are not what we need."""


class NotAnImage(InputError):
    """A file holds no image that can be read."""


class GeometryMismatch(InputError):
    """Two images do not lie on the same grid or have other units."""


class UnpairedImage(InputError):
    """An image has no partner to be compared with."""


class MetricError(BlindReadError):
    """A metric cannot be given for this input."""


class MetricRefused(MetricError):
    """The input lies outside the metric's definition."""


class MetricUnavailable(MetricError):
    """Something that the metric needs is not installed."""


class ProtocolError(BlindReadError):
    """The design of a study contradicts itself."""


class ProtocolFrozen(BlindReadError):
    """A locked study cannot change."""


class StudyStateError(BlindReadError):
    """The step does not fit the state of the study."""


class WrongPassphrase(BlindReadError):
    """The sealed key does not open with this passphrase."""


class StoreError(BlindReadError):
    """The disk refused, or a file was altered."""


class ArchiveError(BlindReadError):
    """A DICOM archive cannot be reached, or does not answer as it must."""


class ArchiveDenied(ArchiveError):
    """A DICOM archive asks who is there, or refuses who is."""


class WorkerDied(BlindReadError):
    """A helper process ended before its work; the program itself goes on."""
