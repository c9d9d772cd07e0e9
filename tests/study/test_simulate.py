from dataclasses import replace
from itertools import count

import pytest

from app.domain.image import Window
from app.domain.trial import Key
from app.errors import ProtocolError
from app.study.schedule import blind, draw_codes, schedule_for
from app.study.simulate import ReaderModel, simulate_answers
from app.study.unblinding import observe, scores
from tests.study.conftest import make_protocol

PROTOCOL = make_protocol(cases=8, arms=3)
TRIALS = schedule_for(PROTOCOL, "S1", seed=1, kind="simulated")
PLAN = blind(
    TRIALS,
    draw_codes(PROTOCOL.cases, PROTOCOL.arms, 1),
    dict.fromkeys(PROTOCOL.cases, Window(40, 400)),
    PROTOCOL,
    study="s",
    protocol_sha256="h",
)["S1"]
QUALITY = {(c, a): n for c in PROTOCOL.cases for n, a in enumerate(PROTOCOL.arms)}


def simulate(**changes):
    ticks = count()
    fields = {"seed": 1, "now": lambda: f"2024-05-01T10:00:{next(ticks):06d}Z"} | changes
    return simulate_answers(PLAN, TRIALS, QUALITY, **fields)


def test_every_question_is_answered_and_marked_as_simulated():
    submitted = []
    answers = simulate(submit=lambda presentation, _viewing: submitted.append(presentation))

    assert len(answers) == len(TRIALS) * 3
    assert all(answer.simulated for answer in answers)
    assert submitted == [trial.presentation for trial in TRIALS]


def test_the_same_seed_gives_the_same_answers():
    assert simulate() == simulate()
    assert simulate() != simulate(seed=2)


def test_a_reader_without_noise_follows_the_quality():
    exact = ReaderModel(leniency=0, side=0, noise=0, lapse=0)
    key = Key("s", "h", 1, {}, TRIALS)
    found = scores(observe(simulate(model=exact), key))
    preferred = {s.arm if s.value > 0 else s.opponent for s in found if s.opponent}
    rating = {s.arm: s.value for s in found if s.criterion == "quality"}

    assert preferred == {"arm2", "arm3"}
    assert rating["arm1"] < rating["arm2"] == 3 < rating["arm3"]


def test_a_missing_quality_is_refused():
    with pytest.raises(ProtocolError, match="is not given"):
        simulate_answers(PLAN, TRIALS, {}, seed=1, now=str)


def test_where_lower_is_better_a_reader_without_noise_answers_lower():
    exact = ReaderModel(leniency=0, side=0, noise=0, lapse=0)
    turned = tuple(
        replace(one, better="lower") if one.kind == "rating" else one for one in PLAN.criteria
    )
    answers = simulate_answers(
        replace(PLAN, criteria=turned),
        TRIALS,
        QUALITY,
        seed=1,
        now=lambda: "2024-05-01T10:00:00Z",
        model=exact,
    )
    found = scores(observe(answers, Key("s", "h", 1, {}, TRIALS)))
    rating = {s.arm: s.value for s in found if s.criterion == "quality"}

    assert rating["arm1"] > rating["arm2"] == 3 > rating["arm3"]
