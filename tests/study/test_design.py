from dataclasses import replace

import pytest

from app.domain.protocol import Anchor, Choice, TrainingCase
from app.errors import ProtocolError
from app.study.design import arms_shown, balance, check, size
from app.study.schedule import build_schedule
from tests.study.conftest import make_protocol


def test_size_of_four_cases_and_three_arms():
    """Known by hand: 4 cases x 3 pairs = 12 screens of 30 s = 0.1 h."""
    reading = size(make_protocol(cases=4, arms=3, readers=5))

    assert reading.reads_per_reader == 12
    assert reading.reads == 60
    assert reading.hours_per_reader == pytest.approx(0.1)


def test_the_reference_can_take_part():
    protocol = make_protocol(arms=1, reference_as_arm=True)

    assert arms_shown(protocol) == ("arm1", "truth")
    assert size(protocol).reads_per_reader == 4


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"title": " "}, "title"),
        ({"cases": ()}, "case"),
        ({"arms": ("one",)}, "arm"),
        ({"arms": ("same", "same")}, "same"),
        ({"readers": ()}, "reader"),
        ({"readers": ("../R1",)}, "safe"),
        ({"readers": ("R1", "r1")}, "capitals"),
        ({"slots": 3}, "A with B"),
        ({"slots": 0}, "1 to 16 images"),
        ({"slots": 4}, "at least 4"),
        ({"repeat_share": 1.5}, "repeat_share"),
        ({"washout_hours": -1.0}, "washout_hours"),
        ({"training": (TrainingCase("case1"),)}, "trained on and tested"),
        ({"catches": (("swapped", 1),), "cases": ("one",)}, "second case"),
        ({"anchor_arm": "nobody"}, "anchor_arm"),
        ({"anchor_arm": "arm1"}, "fewer than 3"),
        ({"arms": ("good", "bad+blur")}, "made pictures"),
        ({"seconds_per_read": 0.0}, "seconds_per_read"),
        ({"seconds_per_read": float("nan")}, "seconds_per_read"),
        ({"criteria": ()}, "question"),
        ({"title": "Is ARM1 better?"}, "arm1"),
        ({"reference_as_arm": True, "reference": "arm1"}, "arm1"),
    ],
)
def test_a_contradiction_is_refused_with_advice(protocol, changes, word):
    with pytest.raises(ProtocolError, match=word) as refusal:
        check(replace(protocol, **changes))
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"choices": (Choice(1, "As good as ARM1"), Choice(2, "Better"))}, "choice 'As good as"),
        ({"anchors": (Anchor("arm1", 3),)}, "anchor 'arm1'"),
        ({"cannot_judge": ("motion", "arm1 failed")}, "reason 'arm1 failed'"),
        (
            {"kind": "marks", "mark_types": ("lesion", "arm1"), "mark_shapes": ("point",)},
            "mark type 'arm1'",
        ),
        ({"id": "like_arm1"}, "criterion id like_arm1"),
        ({"id": "arm1"}, "criterion id arm1"),
    ],
)
def test_whatever_a_question_shows_readers_names_no_arm(protocol, changes, named):
    question = replace(protocol.criteria[1], **changes)
    naming = replace(protocol, criteria=(protocol.criteria[0], question))
    with pytest.raises(ProtocolError, match=named):
        check(naming)

    check(replace(naming, blinded=False))
    assert build_schedule(naming, seed=1)  # a study that was locked before can still be looked at


def test_an_arm_whose_name_is_a_letter_or_part_of_a_word_is_not_taken_for_named():
    quality = replace(
        make_protocol().criteria[1],
        choices=(Choice(1, "A good one"), Choice(2, "Bad")),
        cannot_judge=("a streak, not in the image",),
    )

    check(make_protocol(arms=("a", "goo", "streaks"), criteria=(quality,)))


def test_two_criteria_of_one_id_are_refused(protocol):
    first = protocol.criteria[0]

    with pytest.raises(ProtocolError, match="2 times"):
        check(replace(protocol, criteria=(first, first)))


def test_a_lopsided_preference_is_refused(protocol):
    first = protocol.criteria[0]
    lopsided = replace(first, choices=first.choices[:3])

    with pytest.raises(ProtocolError, match="both sides"):
        check(replace(protocol, criteria=(lopsided,)))


def test_a_scale_of_more_than_twenty_choices_is_refused(protocol):
    quality = protocol.criteria[1]
    many = replace(quality, choices=tuple(Choice(value, f"{value}") for value in range(21)))

    check(replace(protocol, criteria=(replace(many, choices=many.choices[:20]),)))
    with pytest.raises(ProtocolError, match="21 choices"):
        check(replace(protocol, criteria=(many,)))


def test_balance_counts_every_appearance():
    protocol = make_protocol(cases=4, arms=2, readers=1)
    rows = balance(build_schedule(protocol, seed=5))

    assert [(row.arm, row.left, row.right) for row in rows] == [("arm1", 2, 2), ("arm2", 2, 2)]
    assert all(row.first_half == row.second_half == 2 for row in rows)


def test_a_direction_is_refused_where_the_answers_say_it_already(protocol):
    preference, quality = protocol.criteria
    check(replace(protocol, criteria=(preference, replace(quality, better="lower"))))
    ranking = replace(quality, kind="ranking", choices=())
    for one, why in (
        (preference, "A is better"),
        (ranking, "first place"),
        (replace(quality, neutral=3), "neutral value 3"),
    ):
        for better in ("lower", "neither"):
            with pytest.raises(ProtocolError, match=why) as refusal:
                check(replace(protocol, criteria=(replace(one, better=better),)))
            assert "Leave 'better' out" in refusal.value.remedy
