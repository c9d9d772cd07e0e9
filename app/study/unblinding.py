"""Joining the answers to what was shown, once the key is open."""

from collections.abc import Iterable

from app.domain.presentation import SLOTS, Response
from app.domain.result import Observation, ScoreRow
from app.domain.trial import Key
from app.errors import StoreError


def observe(responses: Iterable[Response], key: Key) -> tuple[Observation, ...]:
    """Return every Response with its true case, arm and opponent, in the same order.

    Amended answers are kept: an Observation is evidence too. A comment belongs
    to the screen, so its arm and opponent are empty.

    Raises
    ------
    StoreError
        An answer belongs to no trial of the key: one of the two was altered.
    """
    trials = {trial.presentation: trial for trial in key.trials}
    observations = []
    for response in responses:
        trial = trials.get(response.presentation)
        if trial is None or trial.reader != response.reader:
            raise StoreError(
                f"The answer {response.id} of {response.reader} is to no screen of this key.",
                remedy="Run 'blindread study verify'; answers and key may be of different studies.",
            )
        arm_in = dict(zip(SLOTS, trial.arms, strict=False)) | {"": ""}
        if response.slot not in arm_in or response.opponent not in arm_in:
            raise StoreError(
                f"The answer {response.id} judges a slot that its screen does not have.",
                remedy="Run 'blindread study verify'; a file may have been altered.",
            )
        observations.append(
            Observation(
                study=key.study,
                protocol_sha256=key.protocol_sha256,
                response=response,
                trial=trial,
                arm=arm_in[response.slot],
                opponent=arm_in[response.opponent],
            )
        )
    return tuple(observations)


def final_responses(responses: Iterable[Response]) -> tuple[Response, ...]:
    """Return the answers that stand: those that no later one amends."""
    recorded = tuple(responses)
    amended = {response.amends for response in recorded}
    return tuple(response for response in recorded if response.id not in amended)


def kind_of(observation: Observation) -> str:
    """Return the kind of an observation: of a simulated reader's test screens ``simulated``."""
    kind = observation.trial.kind
    return "simulated" if kind == "test" and observation.response.simulated else kind


def scores(observations: Iterable[Observation]) -> tuple[ScoreRow, ...]:
    """Return the scores for analysis: the answers that stand and have a value."""
    joined = {observation.response.id: observation for observation in observations}
    standing = final_responses(observation.response for observation in joined.values())
    return tuple(
        ScoreRow(
            reader=response.reader,
            case=joined[response.id].trial.case,
            arm=joined[response.id].arm,
            opponent=joined[response.id].opponent,
            criterion=response.criterion,
            value=float(response.value),
            kind=kind_of(joined[response.id]),
            presentation=response.presentation,
        )
        for response in standing
        if response.value is not None and response.slot  # else of no arm
    )
