"""What could not be judged is told: how often, where, and why."""

from app.analysis.cells import rating_cells
from app.analysis.missing import cannot_judge, unlike_cells
from app.analysis.study import analyse
from app.domain.result import Declined
from tests.analysis.builders import pick, preference, rating


def refused(case, arm, reason, reader="R1", kind="test", criterion="quality", opponent=""):
    return Declined(reader, case, arm, opponent, criterion, reason, kind)


SCORED = [rating("R1", c, a, 3) for c, a in (("1", "a"), ("2", "a"), ("3", "a"), ("1", "b"))]
REFUSED = [refused("2", "b", "motion"), refused("3", "b", "")]


def test_the_share_is_known_by_hand_for_the_arm_and_each_reason():
    """Of b one image of three was judged; of a all three."""
    found = cannot_judge(REFUSED, SCORED, "quality")
    assert [(one.group, one.value, one.n, one.note) for one in found] == [
        ("a", 0.0, 3, "0 of 3"),
        ("b", 2 / 3, 3, "2 of 3"),
        ("b: motion", 1 / 3, 3, "1 of 3"),
        ("b: no reason given", 1 / 3, 3, "1 of 3"),
    ]
    assert {one.quantity for one in found} == {"cannot_judge quality"}
    assert found[1].n_cases == 3


def test_a_comparison_that_could_not_be_made_is_one_of_both_arms():
    found = cannot_judge(
        [refused("1", "a", "motion", opponent="b", criterion="preference")],
        [preference("R1", "2", "b", "a", 1)],
        "preference",
    )
    assert [one.value for one in found if ":" not in one.group] == [0.5, 0.5]


def test_a_comparison_whose_second_arm_is_not_named_counts_among_all():
    found = cannot_judge(
        [refused("1", "a", "motion", criterion="preference")],
        [preference("R1", case, "b", "a", 1) for case in "234"],
        "preference",
    )
    assert [(one.group, one.value) for one in found] == [
        ("all pairs", 0.25),
        ("all pairs: motion", 0.25),
    ]


def test_where_all_was_judged_nothing_is_said():
    assert cannot_judge([], SCORED, "quality") == []
    even = rating_cells([rating("R1", c, a, 3) for c in "12" for a in "ab"])
    assert unlike_cells(even, "quality") == ""


def test_the_analysis_tells_shares_and_warns_of_means_over_different_cells():
    found = analyse(SCORED, [], declined=REFUSED, resamples=20)
    assert pick(found.estimates, "cannot_judge quality", "b").value == 2 / 3
    assert pick(found.estimates, "mean quality", "b").n_cases == 1
    (warning,) = found.warnings
    assert "fewer scores than the 3 pairs of reader and case (b 1)" in warning


def test_what_was_declined_on_repeats_or_by_other_readers_does_not_count():
    others = [
        refused("1", "a", "motion", kind="repeat"),
        refused("1", "a", "motion", kind="simulated"),
    ]
    found = analyse(SCORED, [], declined=others, resamples=20)
    assert not [one for one in found.estimates if one.analysis == "missing"]


def test_of_simulated_readers_it_is_marked_too():
    rows = [rating("S", c, a, 3, kind="simulated") for c in "12" for a in "ab"]
    missed = [refused("3", "a", "motion", reader="S", kind="simulated")]
    found = analyse(rows, [], declined=missed, resamples=20)
    share = pick(found.estimates, "cannot_judge quality", "a: motion")
    assert share.note == "SIMULATED; 1 of 3"
