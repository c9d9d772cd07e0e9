import json
from collections import Counter
from dataclasses import asdict, replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.image import Window
from app.domain.protocol import Declared
from app.study.design import balance
from app.study.schedule import blind, build_schedule, draw_codes, schedule_for
from tests.study.conftest import make_protocol

sizes = {"cases": st.integers(1, 9), "arms": st.integers(2, 6), "seed": st.integers(0, 2**128)}


@settings(max_examples=40, deadline=None)
@given(**sizes)
def test_every_reader_sees_every_pair_of_every_case_exactly_once(cases, arms, seed):
    protocol = make_protocol(cases=cases, arms=arms)
    seen = Counter(
        (t.reader, t.case, frozenset(t.arms)) for t in build_schedule(protocol, seed=seed)
    )

    assert set(seen.values()) == {1}
    assert len(seen) == 2 * cases * arms * (arms - 1) // 2


@settings(max_examples=40, deadline=None)
@given(**sizes)
def test_arms_and_pairs_stand_left_and_right_equally_often(cases, arms, seed):
    trials = schedule_for(make_protocol(cases=cases, arms=arms), "R1", seed=seed)
    order = Counter(trial.arms for trial in trials)

    assert all(abs(row.left - row.right) <= 1 for row in balance(trials))
    for one, other in combinations({arm for trial in trials for arm in trial.arms}, 2):
        assert abs(order[one, other] - order[other, one]) <= 1


@settings(max_examples=40, deadline=None)
@given(**sizes)
def test_a_case_never_follows_itself_and_pairs_come_equally_early(cases, arms, seed):
    protocol = make_protocol(cases=cases, arms=arms)
    trials = schedule_for(protocol, "R1", seed=seed)
    pairs = arms * (arms - 1) // 2

    assert [trial.position for trial in trials] == list(range(1, cases * pairs + 1))
    if cases > 1:
        assert all(one.case != next_.case for one, next_ in pairwise(trials))
    for start in range(0, len(trials), cases):
        in_round = trials[start : start + cases]
        shown = Counter(frozenset(trial.arms) for trial in in_round)
        counts = [shown[frozenset(pair)] for pair in combinations(protocol.arms, 2)]
        assert {trial.case for trial in in_round} == set(protocol.cases)
        assert max(counts) - min(counts) <= 1


def test_other_readers_never_change_a_readers_schedule():
    few = make_protocol(readers=("R1", "R2"))
    more = make_protocol(readers=("R9", "R2", "R1"))

    def of(protocol, reader):
        return [t for t in build_schedule(protocol, seed=3) if t.reader == reader]

    assert of(few, "R1") == of(more, "R1")
    assert of(few, "R1") == list(schedule_for(few, "R1", seed=3))
    assert [t.case for t in of(few, "R1")] != [t.case for t in of(few, "R2")]


def test_the_public_seed_does_not_give_the_schedule_away():
    protocol = make_protocol(cases=6)

    assert build_schedule(protocol, seed=8) == build_schedule(replace(protocol, seed=99), seed=8)
    assert build_schedule(protocol, seed=8) != build_schedule(protocol, seed=protocol.seed)


def test_codes_are_distinct_and_their_order_says_nothing():
    cases = tuple(f"case{n:02d}" for n in range(40))
    codes = draw_codes(cases, ("arm1", "arm2"), 11)
    first_arm = [arm == "arm1" for _case, arm in codes.values()]

    assert len(codes) == 80
    assert set(codes.values()) == {(case, arm) for case in cases for arm in ("arm1", "arm2")}
    assert all(len(code) == 8 and code[0].isalpha() for code in codes)
    assert 10 < sum(first_arm[:40]) < 30
    assert draw_codes(cases, ("arm1", "arm2"), 12).keys() != codes.keys()


def test_presentation_ids_are_unique_over_all_readers():
    trials = build_schedule(make_protocol(cases=9, arms=5, readers=4), seed=2)

    assert len({trial.presentation for trial in trials}) == len(trials)


@pytest.fixture
def sentinels():
    return make_protocol(
        title="Plain title",
        source="/data/SENTINELSOURCE",
        reference="SENTINELTRUTH",
        cases=("SENTINELCASE1", "SENTINELCASE2"),
        arms=("SENTINELARM1", "SENTINELARM2"),
        reference_as_arm=True,
    )


def test_a_plan_names_no_case_no_arm_and_no_source(sentinels):
    trials = build_schedule(sentinels, seed=4)
    codes = draw_codes(sentinels.cases, (*sentinels.arms, sentinels.reference), 4)
    windows = {case: Window(40, 400, explanation="SENTINELWINDOW") for case in sentinels.cases}
    plans = blind(trials, codes, windows, sentinels, study="s1", protocol_sha256="abc")

    assert set(plans) == {"R1", "R2"}
    for plan in plans.values():
        assert "SENTINEL" not in json.dumps(asdict(plan)).upper()
        assert len(plan.presentations) == 6


def test_only_a_plan_of_a_study_that_is_not_blinded_names_the_arms_and_nothing_else(sentinels):
    shown = replace(sentinels, blinded=False, declared=(Declared("SENTINELTRUTH", "Reference"),))
    trials = build_schedule(shown, seed=4)
    arms = (*shown.arms, shown.reference)
    codes = draw_codes(
        shown.cases, arms, 4, more=[(case, "SENTINELTRUTH+shown") for case in shown.cases]
    )
    windows = {case: Window(40, 400) for case in shown.cases}
    plan = blind(trials, codes, windows, shown, study="s1", protocol_sha256="abc")["R1"]

    used = {code for screen in plan.presentations for code in screen.images}
    assert dict(plan.arms) == {code: codes[code][1] for code in used}
    for secret in ("SENTINELCASE", "SENTINELSOURCE"):
        assert secret not in json.dumps(asdict(plan)).upper()
    hidden = replace(shown, blinded=True)
    plan = blind(trials, codes, windows, hidden, study="s1", protocol_sha256="abc")["R1"]
    assert (plan.blinded, plan.arms) == (True, ())


def test_blinding_keeps_order_sides_and_marks_simulated_readers(sentinels):
    trials = schedule_for(sentinels, "S1", seed=4, kind="simulated")
    codes = draw_codes(sentinels.cases, (*sentinels.arms, sentinels.reference), 4)
    windows = {case: Window(40, 400) for case in sentinels.cases}
    plan = blind(trials, codes, windows, sentinels, study="s1", protocol_sha256="abc")["S1"]

    assert plan.simulated
    for trial, planned in zip(trials, plan.presentations, strict=True):
        assert planned.id == trial.presentation
        assert [codes[code] for code in planned.images] == [(trial.case, a) for a in trial.arms]
