"""What every amendment of a locked study does: hold it, prepare aside, put in place, record."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.domain.image import Window
from app.domain.presentation import ReadingPlan
from app.domain.protocol import Protocol
from app.domain.trial import Key
from app.errors import ProtocolError, StoreError
from app.store.amendment import Act, Amendment
from app.store.key_file import reseal
from app.store.protocol_file import read_protocol
from app.store.study_folder import StudyFolder, level_times
from app.study.schedule import blind
from app.workflows.clock import now
from app.workflows.verify import fingerprints, verify


@dataclass(frozen=True, slots=True)
class Amendable:
    """A locked study that this program alone amends.

    ``new`` is laid out as the study's own folder is; ``put`` moves what lies there into it.
    """

    folder: StudyFolder
    protocol: Protocol
    new: StudyFolder
    amendment: Amendment

    def put(
        self,
        key: Key,
        passphrase: str,
        windows: Mapping[str, Window],
        *,
        event: str,
        readers: Sequence[str],
        planned: Sequence[str],
        reader: str = "",
        **details: object,
    ) -> dict[str, int]:
        """Seal a longer key, write the screens, put all in place and record it.

        Stopped before the end it has either not happened, or is finished when the study
        is opened next.

        Parameters
        ----------
        readers
            Whose screens the study vouches for from now on.
        planned
            Whose screens are written; what they have already stays as it is.

        Returns
        -------
        dict of str to int
            How many screens each of ``planned`` has now.
        """
        folder, new = self.folder, self.new
        reseal(key, passphrase, folder.sealed_key, to=new.sealed_key)
        plans = self._plans(key, planned, windows)
        for plan in plans.values():
            new.write_plan(plan)
        level_times(path for path in new.reading.rglob("*") if path.is_file())
        card = folder.read_card()
        marks = fingerprints(folder, readers, instead=new)
        self.amendment.decide(
            Act(
                study=card.study,
                protocol_sha256=card.protocol_sha256,
                what=event,
                at=now(),
                reader=reader,
                details={"readers": list(readers), **marks, **details},
            )
        )
        return {reader: len(plan.presentations) for reader, plan in plans.items()}

    def _plans(
        self, key: Key, planned: Sequence[str], windows: Mapping[str, Window]
    ) -> dict[str, ReadingPlan]:
        card = self.folder.read_card()
        plans = blind(
            [trial for trial in key.trials if trial.reader in planned],
            key.images,
            windows,
            self.protocol,
            study=card.study,
            protocol_sha256=card.protocol_sha256,
        )
        known = self.folder.readers()
        for reader, plan in plans.items():
            if reader in known:
                _check_kept(self.folder.read_plan(reader), plan)
        return plans


def coordinators(study: Path) -> StudyFolder:
    """Return the folder of a locked study that is the coordinator's.

    Raises
    ------
    StudyStateError, ProtocolError
        The study is not locked, or is a reader's package.
    """
    folder = StudyFolder.open(study)
    folder.must_be("locked")
    if folder.is_package:
        raise ProtocolError(
            f"{study} holds only what a reader sees, and no protocol.",
            remedy="Amend the coordinator's folder of the study.",
        )
    return folder


@contextmanager
def amending(study: Path) -> Generator[Amendable]:
    """Hold a locked study that is intact, to amend it; left without ``put``, nothing happens.

    Raises
    ------
    StudyStateError, ProtocolError
        The study is not locked, or is a reader's package.
    StoreError
        It was altered since it was locked, or is being amended by another program.
    """
    folder = coordinators(study)
    with Amendment(folder.path) as amendment:
        folder.must_be("locked")  # still, now that nobody can unblind it
        problems = verify(study)
        if problems:
            raise StoreError(
                f"The study in {study} was altered: {problems[0]}",
                remedy="Keep the folder as it is and compare it with your backup.",
            )
        new = StudyFolder(amendment.files)
        new.pixels.mkdir(parents=True)
        yield Amendable(folder, read_protocol(folder.protocol), new, amendment)


def _check_kept(old: ReadingPlan, new: ReadingPlan) -> None:
    """Refuse to write a plan that would change what its reader has."""
    count = len(old.presentations)
    if new.presentations[:count] != old.presentations or new.rests[: len(old.rests)] != old.rests:
        raise StoreError(
            f"The screens of {old.reader} do not follow from the key.",
            remedy="Take the reading folder from a backup.",
        )
