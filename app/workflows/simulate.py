"""A dry run: simulated readers read a locked study; every trace of them says so."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isfinite, sqrt
from pathlib import Path
from random import Random
from statistics import fmean, pstdev

from app import SOFTWARE
from app.domain.presentation import Response, Viewing
from app.domain.progress import Progress
from app.domain.trial import Key
from app.errors import InputError, StudyStateError
from app.store.key_file import reseal, unseal
from app.store.ledger import Submission
from app.store.protocol_file import read_protocol
from app.store.record import SIMULATED, Record
from app.store.study_folder import StudyFolder, level_times
from app.study.schedule import blind, schedule_for
from app.study.simulate import ReaderModel, simulate_answers
from app.study.variants import BLUR, variant_of
from app.workflows.clock import now
from app.workflows.read import open_ledger, progress

LEAD_METRIC = "ssim"


@dataclass(frozen=True, slots=True)
class DryRun:
    """How the simulated readers of a dry run answer.

    Parameters
    ----------
    readers
        How many.
    metrics
        A ``metrics.csv`` that the readers lean on, so that a dry run of the analysis finds
        something; else arms and cases get random qualities.
    metric
        The id of the metric that they lean on.
    correlation
        Of the latent quality with that metric, over all cases and arms; the metric is turned
        round where lower is better.
    bias
        Deviation of the readers' leniency; ``noise`` of a single answer; both in standard
        deviations of the latent quality.
    lapse
        Probability of an answer at random.
    seed
        Another seed gives other readers.
    """

    readers: int = 3
    metrics: Path | None = None
    metric: str = LEAD_METRIC
    correlation: float = 1.0
    bias: float = ReaderModel().leniency
    noise: float = ReaderModel().noise
    lapse: float = ReaderModel().lapse
    seed: int = 0


def dry_run(
    study: Path, passphrase: str, run: DryRun
) -> Generator[Progress, None, tuple[str, ...]]:
    """Let the readers of a dry run read the whole study; see ``simulate``.

    Raises
    ------
    InputError
        A number is impossible, or the table has no value of the metric.
    """
    _check(run)
    return simulate(
        study,
        passphrase,
        run.readers,
        metrics=run.metrics,
        seed=run.seed,
        metric=run.metric,
        correlation=run.correlation,
        model=ReaderModel(leniency=run.bias, noise=run.noise, lapse=run.lapse),
    )


def simulate(
    study: Path,
    passphrase: str,
    count: int,
    *,
    metrics: Path | None = None,
    seed: int = 0,
    metric: str = LEAD_METRIC,
    correlation: float = 1.0,
    model: ReaderModel | None = None,
) -> Generator[Progress, None, tuple[str, ...]]:
    """Let ``count`` simulated readers, SIM1 and on, read the whole study.

    Their schedules are drawn like a real reader's and kept in the sealed key;
    the schedules of real readers do not change. One reader's answers are
    recorded all or none.

    Parameters
    ----------
    metrics, metric, correlation, seed
        As in ``DryRun``.
    model
        How the readers differ from the latent quality.

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
    quality = _quality(key, metrics, seed, metric=metric, correlation=correlation)
    model = model or ReaderModel()
    told = _told(model, metrics, metric, correlation)
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
        for reader in folder.readers()
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
        recorded = Record(ledger.events()).simulated
        for done, name in enumerate(names, start=1):
            plan = plans[name]
            folder.write_plan(plan)
            level_times([folder.plan(name)])
            if name not in recorded:  # first: nobody else has answers
                ledger.event(SIMULATED, at=now(), reader=name, seed=seed, **told)
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
                    model=model,
                    software=SOFTWARE,
                )
                ledger.record_all(answers, finished)
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


def _told(
    model: ReaderModel, metrics: Path | None, metric: str, correlation: float
) -> dict[str, object]:
    """Return what the record says of the readers."""
    leaning = {"metric": metric, "correlation": correlation} if metrics is not None else {}
    return {"bias": model.leniency, "noise": model.noise, "lapse": model.lapse, **leaning}


def _quality(
    key: Key, metrics: Path | None, seed: int, *, metric: str, correlation: float
) -> Mapping[tuple[str, str], float]:
    """Return a latent quality for every case and arm that was shown.

    What a catch trial shows is as good as the arm that it is made of; a blurred image is
    far worse.
    """
    shown = sorted(set(key.images.values()))
    cells = sorted({(case, variant_of(arm)[0]) for case, arm in shown})
    chance = Random(seed)  # noqa: S311 - a simulation, no secret
    if metrics is None:
        arms = {arm: chance.gauss(0, 1) for arm in sorted({arm for _, arm in cells})}
        level = {(case, arm): arms[arm] + chance.gauss(0, 0.4) for case, arm in cells}
    else:
        lead = _standardised(_lead(metrics, metric))
        best = max(lead.values())  # the reference as an arm is as good as can be
        rest = sqrt(1 - correlation**2)
        level = {
            cell: correlation * lead.get(cell, best) + rest * chance.gauss(0, 1) for cell in cells
        }
    worst = min(level.values()) - 2
    return {
        (case, arm): worst if variant_of(arm)[1] == BLUR else level[case, variant_of(arm)[0]]
        for case, arm in shown
    }


def _lead(metrics: Path, metric: str) -> dict[tuple[str, str], float]:
    """Return the values of a metric for each case and arm, higher for better."""
    from app.store.tables import read_metrics

    values = [
        value
        for value in read_metrics(metrics)
        if value.metric == metric and value.stands_for_image and value.value is not None
    ]
    regions = {value.region for value in values}
    region = "body" if "body" in regions else min(regions, default="")
    lead = {
        (value.case, value.arm): value.value * (1 if value.better == "higher" else -1)
        for value in values
        if value.region == region and value.value is not None and isfinite(value.value)
    }
    if not lead:
        raise InputError(
            f"{metrics} holds no volume value of {metric}.",
            remedy="Measure the source of this study with this metric first.",
        )
    return lead


def _standardised(values: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    mean, deviation = fmean(values.values()), pstdev(values.values()) or 1.0
    return {cell: (value - mean) / deviation for cell, value in values.items()}


def _check(run: DryRun) -> None:
    for name, number, low, high in (
        ("bias", run.bias, 0, 100),
        ("noise", run.noise, 0, 100),
        ("lapse rate", run.lapse, 0, 1),
        ("correlation", run.correlation, -1, 1),
    ):
        if not low <= number <= high:
            raise InputError(
                f"The {name} of simulated readers is {number:g}, not between {low} and {high}.",
                remedy="Choose another number.",
            )
