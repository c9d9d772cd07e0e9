"""Simulated readers, for a dry run: every answer is marked as simulated."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from statistics import fmean, pstdev

from app.domain.presentation import SLOTS, ReadingPlan, Response, Viewing
from app.domain.protocol import Criterion
from app.domain.trial import Trial
from app.errors import ProtocolError
from app.study.reading import Reading


@dataclass(frozen=True, slots=True)
class ReaderModel:
    """How a simulated reader differs from the latent quality.

    All in standard deviations of the latent quality over the study, but
    ``lapse``: the probability of an answer at random. ``spread`` is the steps
    of a rating scale to one standard deviation.
    """

    leniency: float = 0.5
    side: float = 0.1
    noise: float = 0.6
    lapse: float = 0.02
    spread: float = 1.0


def simulate_answers(
    plan: ReadingPlan,
    trials: Iterable[Trial],
    quality: Mapping[tuple[str, str], float],
    *,
    seed: int,
    now: Callable[[], str],
    record: Callable[[Response], None] = lambda _: None,
    submit: Callable[[str, Viewing], None] = lambda _presentation, _viewing: None,
    model: ReaderModel | None = None,
    session: str = "1",
    software: str = "",
) -> tuple[Response, ...]:
    """Answer a whole plan as one simulated reader, through the real reading.

    Each reader draws a leniency and a liking for the left side of their own; an
    answer is latent quality plus these plus noise, cut to the scale; now and
    then an answer is a lapse. The same seed gives the same answers.

    Parameters
    ----------
    trials
        The reader's trials, or those of all readers.
    quality
        Latent quality of each (case, arm), any unit, higher is better.
    now
        Gives one ISO 8601 time a call; for a list of times ``iter(times).__next__``.
    record, submit
        What makes answers durable, as for ``Reading``.

    Returns
    -------
    tuple of Response
        In order, each with ``simulated`` set.

    Raises
    ------
    ProtocolError
        The quality of a case and arm in the plan is not given.
    """
    model = model or ReaderModel()
    arms = {trial.presentation: trial for trial in trials if trial.reader == plan.reader}
    level = _standardised(quality)
    digest = hashlib.sha256(f"{seed}\n{plan.reader}\nanswers".encode()).digest()
    generator = Random(int.from_bytes(digest, "big"))  # noqa: S311 - a simulation, no secret
    leniency = generator.gauss(0, model.leniency)
    side = generator.gauss(0, model.side)
    answers: list[Response] = []

    def keep(response: Response) -> None:
        record(response)
        answers.append(response)

    reading = Reading(
        replace(plan, simulated=True),
        record=keep,
        submit=submit,
        session=session,
        software=software,
    )
    while (current := reading.current) is not None:
        trial = arms[current.id]
        shown = {
            slot: _level_of(level, trial.case, arm)
            for slot, arm in zip(SLOTS, trial.arms, strict=False)
        }
        shown_at = now()
        reading.present()
        for name, slot in reading.missing():
            criterion = next(c for c in plan.criteria if c.id == name)
            if criterion.kind == "preference":
                latent = shown["A"] - shown["B"] + side + generator.gauss(0, model.noise)
            elif criterion.kind == "question":
                latent = abs(shown["A"] - shown.get("B", 0.0)) + generator.gauss(0, model.noise)
            else:
                latent = shown[slot] + leniency + generator.gauss(0, model.noise)
            if criterion.kind == "ranking":
                seen = {one: shown[one] + generator.gauss(0, model.noise) for one in shown}
                value = 1 + sum(other > seen[slot] for other in seen.values())
            elif generator.random() < model.lapse:
                value = generator.choice(_scale(criterion))
            else:
                value = _on_scale(criterion, latent * model.spread)
            viewing = Viewing(
                shown_at=shown_at,
                answered_at=now(),
                active_ms=round(1000 * generator.lognormvariate(1.5, 0.4)),
                window_center=current.window.center,
                window_width=current.window.width,
                zoom=1.0,
                slices_viewed=1,
                interactions=1,
                display="simulated",
            )
            reading.answer(name, slot, value, viewing)
        last = Viewing(shown_at=shown_at, answered_at=now(), slices_viewed=1, display="simulated")
        reading.go_next(last)
    return tuple(answers)


def _standardised(quality: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    values = list(quality.values())
    mean = fmean(values) if values else 0.0
    deviation = (pstdev(values) if values else 0.0) or 1.0
    return {cell: (value - mean) / deviation for cell, value in quality.items()}


def _level_of(level: Mapping[tuple[str, str], float], case: str, arm: str) -> float:
    if (case, arm) not in level:
        raise ProtocolError(
            f"The quality of case '{case}' and arm '{arm}' is not given.",
            remedy="Give a latent quality for every case and arm of the study.",
        )
    return level[case, arm]


def _on_scale(criterion: Criterion, latent: float) -> int:
    """Return the value whose place, counted from the middle of the scale, is nearest.

    A standard deviation is a quarter of a slider. On a scale with a neutral value,
    quality lies between its low end and that value; where lower is better, it counts from
    the high end.
    """
    values = _scale(criterion)
    last = len(values) - 1
    if criterion.neutral is not None:
        last = values.index(min(values, key=lambda one: abs(one - (criterion.neutral or 0))))
    step = 0.25 * last if criterion.kind == "slider" else 1.0
    place = min(max(round(last / 2 + latent * step), 0), last)
    return values[last - place if criterion.better == "lower" else place]


def _scale(criterion: Criterion) -> list[int]:
    """Return every value that an answer may have, ascending."""
    values = sorted(choice.value for choice in criterion.choices)
    return list(range(values[0], values[-1] + 1)) if criterion.kind == "slider" else values
