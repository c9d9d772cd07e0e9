"""How far a study reaches now: what its protocol says, and what amendments have added."""

from dataclasses import dataclass

from app.domain.protocol import Protocol
from app.store.record import CASES_ADDED, ROUND_ADDED
from app.store.study_folder import StudyFolder


@dataclass(frozen=True, slots=True)
class Extent:
    """What is read beside the protocol.

    Parameters
    ----------
    readers
        All who read, without simulated ones.
    added_cases
        How many cases came after the study was locked.
    rounds
        How many further rounds of pairs there were.
    further_screens
        Their screens, of all readers together.
    """

    readers: tuple[str, ...]
    added_cases: int = 0
    rounds: int = 0
    further_screens: int = 0


def extent_of(folder: StudyFolder, protocol: Protocol) -> Extent:
    """Return how far a study reaches, as its record tells.

    Raises
    ------
    StoreError
        The record cannot be read.
    """
    if folder.state == "draft":
        return Extent(protocol.readers)
    record = folder.read_record()
    rounds = [event.details for event in record.events if event.what == ROUND_ADDED]
    cases = [event.details for event in record.events if event.what == CASES_ADDED]
    return Extent(
        readers=protocol.readers if record.readers is None else record.readers,
        added_cases=sum(_number(details.get("count")) for details in cases),
        rounds=len(rounds),
        further_screens=sum(_number(details.get("screens")) for details in rounds),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
