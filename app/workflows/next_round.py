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
from app.store.protocol_file import read_protocol
from app.store.record import ROUND_ADDED
from app.study.adaptive import Compared, Pair, next_screens
from app.study.design import arms_shown
from app.study.orders import generator
from app.study.rounds import appended
from app.study.unblinding import observe, scores
from app.workflows.amend import append_trials
from app.workflows.amending import amending, coordinators
from app.workflows.extent import extent_of
from app.workflows.read import open_ledger, progress


@dataclass(frozen=True, slots=True)
class Round:
    """What a further round has brought: its number, answers used, screens per reader now."""

    number: int
    answers: int
    screens: dict[str, int]


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """What a further round would bring, told before the key is opened.

    Parameters
    ----------
    read
        Screens that have been read so far.
    pairs
        Of each case, for each reader; fewer where nearly all are planned.
    """

    number: int
    read: int
    pairs: int
    cases: int
    readers: int

    @property
    def sentence(self) -> str:
        """The plan in words.

        >>> RoundPlan(2, 9, 1, 3, 2).sentence[:72]
        'Round 2: up to 1 further pair of each of 3 cases for each of 2 readers, '
        """
        pairs = "pair" if self.pairs == 1 else "pairs"
        cases = f"each of {self.cases} cases" if self.cases > 1 else "the one case"
        readers = f"each of {self.readers} readers" if self.readers > 1 else "the one reader"
        screens = "screen" if self.read == 1 else "screens"
        return (
            f"Round {self.number}: up to {self.pairs} further {pairs} of {cases} for {readers}, "
            f"where the ranking is least certain after the {self.read} {screens} read so far."
        )


def plan_round(study: Path) -> RoundPlan:
    """Return what a further round would bring; nothing is opened or changed.

    Raises
    ------
    StudyStateError
        The study is not locked, or nobody has read yet.
    ProtocolError
        The study does not pair adaptively, or is a reader's package.
    """
    folder = coordinators(study)
    protocol = read_protocol(folder.protocol)
    _compared_by(protocol)
    extent = extent_of(folder, protocol)
    read = sum(one.done for one in progress(folder) if not one.simulated)
    if not read:
        raise _nobody_has_read(study)
    return RoundPlan(
        number=2 + extent.rounds,
        read=read,
        pairs=_pairs_of_a_round(protocol),
        cases=len(protocol.cases) + extent.added_cases,
        readers=len(extent.readers),
    )


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
    with amending(study) as held:
        folder, protocol = held.folder, held.protocol
        criterion = _compared_by(protocol)
        yield Progress(0, 2, "opening the key")
        key = unseal(folder.sealed_key, passphrase)
        extent = extent_of(folder, protocol)
        readers, number = extent.readers, 2 + extent.rounds
        with open_ledger(folder) as ledger:
            rows = scores(observe(ledger.responses(), key))
        answers = tuple(
            Compared(row.arm, row.opponent, 0.5 + 0.5 * (row.value > 0) - 0.5 * (row.value < 0))
            for row in rows
            if row.kind == "test" and row.criterion == criterion and row.reader in readers
        )
        if not answers:
            raise _nobody_has_read(study)
        yield Progress(1, 2, "drawing the round")
        added: list[Trial] = []
        for reader in readers:
            own = [trial for trial in key.trials if trial.reader == reader]
            screens = next_screens(
                arms_shown(protocol),
                answers,
                _shown(own),
                each=_pairs_of_a_round(protocol),
                chance=generator(key.seed, reader, f"round {number}"),
            )
            added += appended(protocol, own, screens, seed=key.seed)
        if not added:
            raise StudyStateError(
                f"Every pair of every case is planned in {study}.", remedy="Add cases or readers."
            )
        counts = append_trials(held, key, passphrase, added, event=ROUND_ADDED)
    return Round(number, len(answers), counts)


def _pairs_of_a_round(protocol: Protocol) -> int:
    return max(1, len(arms_shown(protocol)) // 2)


def _nobody_has_read(study: Path) -> StudyStateError:
    return StudyStateError(
        f"Nobody has compared anything in {study} yet.",
        remedy="Draw a further round when the readers have read.",
    )


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
