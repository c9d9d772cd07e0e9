"""A dry run: simulated readers read a locked study; every trace of them says so."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from app import SOFTWARE
from app.domain.presentation import Response, Viewing
from app.domain.progress import Progress
from app.domain.trial import Key
from app.errors import InputError, StudyStateError
from app.store.key_file import reseal, unseal
from app.store.ledger import Submission
from app.store.protocol_file import read_protocol
from app.store.study_folder import StudyFolder, level_times
from app.study.schedule import blind, schedule_for
from app.study.simulate import simulate_answers
from app.workflows.clock import now
from app.workflows.read import open_ledger, progress

LEAD_METRIC = "ssim"


def simulate(
    study: Path,
    passphrase: str,
    count: int,
    *,
    metrics: Path | None = None,
    seed: int = 0,
) -> Generator[Progress, None, tuple[str, ...]]:
    """Let ``count`` simulated readers, SIM1 and on, read the whole study.

    Their schedules are drawn like a real reader's and kept in the sealed key;
    the schedules of real readers do not change. One reader's answers are
    recorded all or none.

    Parameters
    ----------
    metrics
        A ``metrics.csv`` whose SSIM the simulated readers lean on, so that a
        dry run of the analysis finds something; else arms and cases get random
        qualities.
    seed
        Another seed gives other readers.

    Returns
    -------
    tuple of str
        The codes of the simulated readers who have now read the study.

    Raises
    ------
    StudyStateError
        The study is not locked, or somebody has begun to read it.
    WrongPassphrase
        The key stays closed.
    """
    folder = StudyFolder.open(study)
    folder.must_be("locked")
    answered = [one.reader for one in progress(folder) if one.done and not one.simulated]
    if answered:
        raise StudyStateError(
            f"{', '.join(answered)} have read screens of {study}; a dry run belongs before that.",
            remedy="Simulate in a copy of the folder made before anybody read.",
        )
    protocol = read_protocol(folder.protocol)
    card = folder.read_card()
    yield Progress(0, count, "opening the key")
    key = unseal(folder.sealed_key, passphrase)
    quality = _quality(key, metrics, seed)
    names = tuple(f"SIM{number}" for number in range(1, count + 1))
    known = {trial.reader for trial in key.trials}
    drawn = tuple(
        trial
        for name in names
        if name not in known
        for trial in schedule_for(protocol, name, seed=key.seed, kind="simulated")
    )
    if drawn:
        key = replace(key, trials=key.trials + drawn)
        reseal(key, passphrase, folder.sealed_key)
    windows = {
        key.images[code][0]: shown.window
        for reader in folder.readers
        for shown in folder.read_plan(reader).presentations
        for code in shown.images
    }
    plans = blind(
        [trial for trial in key.trials if trial.reader in names],
        key.images,
        windows,
        protocol,
        study=card.study,
        protocol_sha256=card.protocol_sha256,
    )
    with open_ledger(folder) as ledger:
        for done, name in enumerate(names, start=1):
            plan = plans[name]
            folder.write_plan(plan)
            level_times([folder.plan(name)])
            if not ledger.submitted(name):
                finished: list[Submission] = []
                answers: list[Response] = []
                simulate_answers(
                    plan,
                    key.trials,
                    quality,
                    seed=seed,
                    now=_Ticker(),
                    record=answers.append,
                    submit=_keep(finished, name),
                    software=SOFTWARE,
                )
                ledger.record_all(answers, finished)
                ledger.event("simulated", at=now(), reader=name, seed=seed)
            yield Progress(done, count, name)
    return names


def _keep(finished: list[Submission], reader: str) -> Callable[[str, Viewing], None]:
    def keep(presentation: str, viewing: Viewing) -> None:
        finished.append(Submission(reader, presentation, viewing))

    return keep


class _Ticker:
    """Times that go on by seconds, so that simulated answers have an order."""

    def __init__(self) -> None:
        self._time = datetime.now(UTC)

    def __call__(self) -> str:
        self._time += timedelta(seconds=2)
        return self._time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _quality(key: Key, metrics: Path | None, seed: int) -> Mapping[tuple[str, str], float]:
    """Return a latent quality for every case and arm that was shown."""
    cells = sorted(set(key.images.values()))
    if metrics is None:
        chance = Random(seed)  # noqa: S311 - a simulation, no secret
        arms = {arm: chance.gauss(0, 1) for arm in sorted({arm for _, arm in cells})}
        return {(case, arm): arms[arm] + chance.gauss(0, 0.4) for case, arm in cells}
    from app.store.tables import read_metrics

    lead = {
        (value.case, value.arm): value.value
        for value in read_metrics(metrics)
        if value.metric == LEAD_METRIC
        and value.stands_for_image
        and value.region == "body"
        and value.value is not None
    }
    if not lead:
        raise InputError(
            f"{metrics} holds no volume value of {LEAD_METRIC} inside the body.",
            remedy="Measure the source of this study with the usual metrics first.",
        )
    best = max(lead.values())  # the reference as an arm is as good as can be
    return {cell: lead.get(cell, best) for cell in cells}
