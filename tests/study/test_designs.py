"""Properties that hold for every design, whatever it asks."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.protocol import Declared, TrainingCase
from app.study.design import arms_shown, balance, check, screens_of_a_case, size
from app.study.schedule import build_schedule, extended, schedule_for
from app.study.variants import BLUR, COPY, OTHER
from tests.study.conftest import make_protocol


@st.composite
def designs(draw):
    """A protocol of any shape, with its secret seed."""
    slots = draw(st.sampled_from([1, 2, 2, 3, 4]))
    arms = draw(st.integers(max(slots, 2), 6))
    cases = draw(st.integers(2, 9))
    protocol = make_protocol(cases=cases, arms=arms, readers=draw(st.integers(1, 4)))
    rating = protocol.criteria[1]
    protocol = replace(
        protocol,
        slots=slots,
        criteria=protocol.criteria if slots == 2 else (rating,),
        repeat_share=draw(st.sampled_from([0.0, 0.1, 0.25])),
        repeat_distance=draw(st.integers(1, 6)),
        catches=draw(
            st.sampled_from(
                [(), (("blur", 2),), (("blur", 1), ("swapped", 2)), (("identical", 1),)]
            )
            if slots > 1
            else st.sampled_from([(), (("blur", 2),)])
        ),
        training=draw(st.sampled_from([(), (TrainingCase("practice", "Well."),)])),
        session_minutes=draw(st.sampled_from([0.0, 5.0])),
        washout_hours=draw(st.sampled_from([0.0, 24.0])),
        reference_as_arm=draw(st.booleans()),
    )
    check(protocol)
    return protocol, draw(st.integers(0, 2**64))


def only_tests(trials):
    return [trial for trial in trials if trial.kind == "test"]


@given(designs())
@settings(max_examples=60, deadline=None)
def test_every_reader_sees_every_cell_as_often_as_the_protocol_says(design):
    protocol, seed = design
    arms = arms_shown(protocol)
    for reader in protocol.readers:
        shown = only_tests(schedule_for(protocol, reader, seed=seed))
        assert len(shown) == len(protocol.cases) * screens_of_a_case(protocol)
        if protocol.slots == 2:
            pairs = Counter((trial.case, frozenset(trial.arms)) for trial in shown)
            assert set(pairs.values()) == {1}
            assert len(pairs) == len(protocol.cases) * len(list(combinations(arms, 2)))
            continue
        cells = Counter((trial.case, arm) for trial in shown for arm in trial.arms)
        assert set(cells) == {(case, arm) for case in protocol.cases for arm in arms}
        assert max(cells.values()) <= (1 if len(arms) % protocol.slots == 0 else 2)
        assert all(len(set(trial.arms)) == len(trial.arms) for trial in shown)


@given(designs())
@settings(max_examples=60, deadline=None)
def test_what_is_planned_is_what_the_size_says(design):
    protocol, seed = design
    trials = schedule_for(protocol, "R1", seed=seed)

    assert len(trials) == size(protocol).reads_per_reader
    assert [trial.position for trial in trials] == list(range(1, len(trials) + 1))
    assert len({trial.presentation for trial in trials}) == len(trials)


@given(designs())
@settings(max_examples=60, deadline=None)
def test_twins_are_apart_and_show_the_same(design):
    protocol, seed = design
    trials = schedule_for(protocol, "R1", seed=seed)
    at = {trial.presentation: trial for trial in trials}
    repeats = [trial for trial in trials if trial.kind == "repeat"]
    for repeat in repeats:
        twin = at[repeat.repeat_of]
        assert twin.kind == "test"
        assert (twin.case, twin.arms) == (repeat.case, repeat.arms)
        assert repeat.position - twin.position > protocol.repeat_distance
    assert len({repeat.repeat_of for repeat in repeats}) == len(repeats)


@given(designs())
@settings(max_examples=60, deadline=None)
def test_catches_are_never_first_and_hold_a_variant(design):
    protocol, seed = design
    trials = schedule_for(protocol, "R1", seed=seed)
    first = next(trial for trial in trials if trial.kind != "training")
    assert first.kind != "catch"
    catches = [trial for trial in trials if trial.kind == "catch"]
    assert Counter(trial.catch for trial in catches) == Counter(dict(protocol.catches))
    ends = {"identical": COPY, "blur": BLUR, "swapped": OTHER}
    for trial in catches:
        assert sum(arm.endswith(ends[trial.catch]) for arm in trial.arms) == 1


@given(designs())
@settings(max_examples=60, deadline=None)
def test_training_comes_first_and_sessions_only_go_up(design):
    protocol, seed = design
    trials = schedule_for(protocol, "R1", seed=seed)
    assert [t.kind for t in trials[: len(protocol.training)]] == ["training"] * len(
        protocol.training
    )
    assert all(b.session - a.session in (0, 1) for a, b in pairwise(trials))
    shown = Counter(trial.session for trial in trials)
    if protocol.session_minutes:
        assert max(shown.values()) * protocol.seconds_per_read <= 60 * protocol.session_minutes
    if protocol.washout_hours:
        assert set(Counter((trial.session, trial.case) for trial in trials).values()) == {1}


@given(designs(), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_adding_a_reader_or_a_case_changes_nothing_that_a_reader_has(design, more):
    protocol, seed = design
    mine = schedule_for(protocol, "R1", seed=seed)
    with_readers = replace(
        protocol, readers=(*protocol.readers, *(f"N{number}" for number in range(more)))
    )
    added = [f"new{number}" for number in range(more)]
    later = extended(protocol, mine, added, seed=seed)

    assert [t for t in build_schedule(with_readers, seed=seed) if t.reader == "R1"] == list(mine)
    assert later[0].position == len(mine) + 1
    assert {trial.case for trial in later} == set(added)
    assert not {t.presentation for t in later} & {t.presentation for t in mine}
    assert later[0].session > mine[-1].session


@pytest.mark.parametrize(
    "readers",
    [
        ("R1", "R2", "R3", "R4"),
        ("site1-R1", "site1-R2", "site2-R1", "site2-R2"),
        ("R101", "R201", "R301", "R401"),
        ("anna", "R1", "bert", "R2"),
    ],
)
def test_arms_come_equally_early_over_readers_who_see_one_image_at_a_time(readers):
    """Known by hand: four arms, four readers: a Williams square for every case."""
    protocol = make_protocol(cases=5, arms=4, readers=readers)
    protocol = replace(protocol, slots=1, criteria=protocol.criteria[1:])
    rounds = defaultdict(Counter)
    after = Counter()
    for reader in protocol.readers:
        of_case = defaultdict(list)
        for trial in schedule_for(protocol, reader, seed=9):
            of_case[trial.case].append(trial.arms[0])
        for case, order in of_case.items():
            for place, arm in enumerate(order):
                rounds[case, place][arm] += 1
            after.update((case, *pair) for pair in pairwise(order))

    assert all(set(count.values()) == {1} and len(count) == 4 for count in rounds.values())
    assert set(after.values()) == {1}


@given(designs())
@settings(max_examples=40, deadline=None)
def test_readers_who_are_numbered_have_what_each_would_have_alone(design):
    protocol, seed = design
    for reader in protocol.readers:
        alone = replace(protocol, readers=(reader,))
        assert schedule_for(protocol, reader, seed=seed) == schedule_for(alone, reader, seed=seed)


@given(st.integers(2, 6), st.integers(2, 8), st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_sides_are_balanced_to_within_one_for_every_pair(arms, cases, seed):
    protocol = make_protocol(cases=cases, arms=arms, readers=1)
    left = Counter(trial.arms for trial in schedule_for(protocol, "R1", seed=seed))
    for one, other in combinations(protocol.arms, 2):
        assert abs(left[one, other] - left[other, one]) <= 1
    for row in balance(schedule_for(protocol, "R1", seed=seed)):
        assert abs(row.left - row.right) <= 1


def test_an_adaptive_study_begins_with_each_arm_once_a_case():
    protocol = replace(make_protocol(cases=6, arms=6, readers=2), pairing="adaptive")
    trials = schedule_for(protocol, "R1", seed=5)

    assert len(trials) == 18 == size(protocol).reads_per_reader
    assert set(Counter((t.case, arm) for t in trials for arm in t.arms).values()) == {1}


def test_an_identical_catch_of_one_image_repeats_what_stands_beside_it():
    protocol = make_protocol(cases=3, arms=2, readers=1)
    protocol = replace(
        protocol,
        slots=1,
        criteria=protocol.criteria[1:],
        declared=(Declared("truth", "Reference"),),
        catches=(("identical", 1),),
    )
    (catch,) = [t for t in schedule_for(protocol, "R1", seed=2) if t.kind == "catch"]

    assert catch.arms == ("truth+copy",)


@pytest.mark.parametrize("kind", ["simulated", None])
def test_simulated_readers_keep_what_a_screen_is_for(kind):
    protocol = replace(make_protocol(cases=6, arms=3), repeat_share=0.2, catches=(("blur", 2),))
    trials = schedule_for(protocol, "SIM1", seed=4, kind=kind)

    assert sum(bool(trial.repeat_of) for trial in trials) == 4
    assert sum(bool(trial.catch) for trial in trials) == 2


@given(st.integers(3, 5), st.integers(0, 4), st.integers(1, 9), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_the_anchor_stands_on_every_screen_and_takes_each_slot_in_turn(slots, more, cases, seed):
    protocol = make_protocol(cases=cases, arms=slots + more, readers=2)
    protocol = replace(
        protocol, slots=slots, criteria=protocol.criteria[1:], anchor_arm=protocol.arms[-1]
    )
    check(protocol)
    trials = build_schedule(protocol, seed=seed)

    assert all(trial.arms.count(protocol.anchor_arm) == 1 for trial in trials)
    assert all(len(set(trial.arms)) == slots for trial in trials)
    assert len(trials) == 2 * size(protocol).reads_per_reader
    cells = {(t.reader, t.case, arm) for t in trials for arm in t.arms}
    assert len(cells) == 2 * cases * len(protocol.arms)
    if len(protocol.arms) == slots:  # one screen a case
        for reader in protocol.readers:
            mine = Counter(t.arms.index(protocol.anchor_arm) for t in trials if t.reader == reader)
            assert max(mine.values()) - min(mine[place] for place in range(slots)) <= 1
