"""A further round of pairs for an adaptive study, drawn from the answers so far.

The key is opened in memory only and stays sealed; nobody is told what was answered.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from app.domain.progress import Progress
from app.domain.protocol import Protocol
from app.domain.trial import Trial
from app.errors import ProtocolError, StudyStateError
from app.store.key_file import unseal
from app.study.adaptive import Compared, Pair, next_screens
from app.study.design import arms_shown
from app.study.orders import generator
from app.study.rounds import appended
from app.study.unblinding import observe, scores
from app.workflows.amend import amendable, append_trials, readers_on_record
from app.workflows.read import open_ledger

EVENT = "round added"


@dataclass(frozen=True, slots=True)
class Round:
    """What a further round has brought: its number, answers used, screens per reader now."""

    number: int
    answers: int
    screens: dict[str, int]


def next_round(study: Path, passphrase: str) -> Generator[Progress, None, Round]:
    """Draw a further round of pairs for each reader, after all that they have.

    Raises
    ------
    StudyStateError
        The study is not locked, nobody has answered yet, or every pair is planned.
    ProtocolError
        The study does not pair adaptively.
    WrongPassphrase
        The key stays closed.
    StoreError
        The study was altered, or the disk refused.
    """
    folder, protocol = amendable(study)
    criterion = _compared_by(protocol)
    yield Progress(0, 2, "opening the key")
    key = unseal(folder.sealed_key, passphrase)
    readers = readers_on_record(folder)
    with open_ledger(folder) as ledger:
        rows = scores(observe(ledger.responses(), key))
        number = 2 + sum(event.what == EVENT for event in ledger.events())
    answers = tuple(
        Compared(row.arm, row.opponent, 0.5 + 0.5 * (row.value > 0) - 0.5 * (row.value < 0))
        for row in rows
        if row.kind == "test" and row.criterion == criterion and row.reader in readers
    )
    if not answers:
        raise StudyStateError(
            f"Nobody has compared anything in {study} yet.",
            remedy="Draw a further round when the readers have read.",
        )
    yield Progress(1, 2, "drawing the round")
    added: list[Trial] = []
    for reader in readers:
        own = [trial for trial in key.trials if trial.reader == reader]
        screens = next_screens(
            arms_shown(protocol),
            answers,
            _shown(own),
            each=max(1, len(arms_shown(protocol)) // 2),
            chance=generator(key.seed, reader, f"round {number}"),
        )
        added += appended(protocol, own, screens, seed=key.seed)
    if not added:
        raise StudyStateError(
            f"Every pair of every case is planned in {study}.", remedy="Add cases or readers."
        )
    counts = append_trials(folder, protocol, key, passphrase, added, event=EVENT)
    yield Progress(2, 2, "done")
    return Round(number, len(answers), counts)


def _compared_by(protocol: Protocol) -> str:
    """Return the criterion that ranks the arms."""
    if protocol.pairing != "adaptive":
        raise ProtocolError(
            "This study asks all pairs; it has no further rounds.",
            remedy="Set pairing: adaptive in the protocol of a new study.",
        )
    for criterion in protocol.criteria:
        if criterion.kind == "preference":
            return criterion.id
    raise ProtocolError(
        "No criterion of this study compares two arms.", remedy="Add one of kind preference."
    )


def _shown(own: list[Trial]) -> dict[str, list[Pair]]:
    """Return the pairs of each case that a reader has been planned."""
    found: dict[str, list[Pair]] = {}
    for trial in own:
        if trial.kind == "test":
            found.setdefault(trial.case, []).append((trial.arms[0], trial.arms[1]))
    return found
