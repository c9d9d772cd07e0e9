"""Answers of every kind that a protocol can ask for."""

from dataclasses import replace
from itertools import pairwise
from statistics import mean

import pytest

from app.domain.image import Window
from app.domain.presentation import PlannedPresentation, ReadingPlan, Viewing
from app.domain.protocol import Choice, Criterion
from app.domain.reader_mark import ReaderMark, marks_from_json, marks_to_json
from app.domain.trial import Key, Trial
from app.errors import StoreError, StudyStateError
from app.study.reading import CANNOT_JUDGE, Reading
from app.study.unblinding import observe, scores

VIEWING = Viewing(shown_at="2024-05-01T10:00:00Z", answered_at="2024-05-01T10:00:09Z")
FIVE = tuple(Choice(value, str(value)) for value in range(1, 6))
CRITERIA = (
    Criterion("noise", "rating", "Noise?", FIVE, cannot_judge=("motion", "wrong region")),
    Criterion("order", "ranking", "Order?", ()),
    Criterion("worth", "slider", "How good?", (Choice(0, "bad"), Choice(100, "good"))),
    Criterion("sure", "question", "How sure?", FIVE),
    Criterion(
        "lesions",
        "marks",
        "Where?",
        FIVE,
        cannot_judge=("motion",),
        mark_types=("lesion",),
        mark_shapes=("point", "box"),
    ),
)
MARK = ReaderMark("lesion", "point", 3, ((10.5, 20.25),), 4, ((5.25, 10.125),))


def reading_of(*ids, slots=3, submit=lambda *_: None, responses=(), **rules):
    """A reading of one screen, and the list of what was made durable."""
    fields = {
        "presentations": (PlannedPresentation("P1", 1, tuple("ABC")[:slots], Window(40, 400)),)
    } | rules
    plan = ReadingPlan(
        study="s",
        title="t",
        protocol_sha256="p",
        reader="R1",
        criteria=tuple(one for one in CRITERIA if one.id in ids),
        ask_comment=False,
        instructions="",
        **fields,
    )
    kept = []
    reading = Reading(plan, record=kept.append, submit=submit, responses=responses)
    reading.present(5)
    return reading, kept


def refuse(*_):
    raise StoreError("The disk is full.", remedy="Make room.")


def test_a_ranking_asks_a_place_of_every_slot_and_allows_ties():
    reading, kept = reading_of("order")
    for slot, place in zip("ABC", (1, 1, 3), strict=True):
        assert not reading.can_go_next
        reading.answer("order", slot, place, VIEWING)

    assert reading.can_go_next
    assert [(one.slot, one.value) for one in kept] == [("A", 1), ("B", 1), ("C", 3)]
    with pytest.raises(StudyStateError, match="4 is not an answer"):
        reading.answer("order", "A", 4, VIEWING)


def test_a_slider_takes_every_whole_number_between_its_ends():
    reading, kept = reading_of("worth", slots=1)
    reading.answer("worth", "A", 63, VIEWING)
    reading.answer("worth", "A", 100, VIEWING)

    assert [(one.value, one.label) for one in kept] == [(63, "63"), (100, "good")]
    with pytest.raises(StudyStateError):
        reading.answer("worth", "A", 101, VIEWING)


def test_a_question_is_asked_once_for_the_screen():
    reading, kept = reading_of("sure")
    reading.answer("sure", "", 5, VIEWING)

    assert reading.can_go_next
    assert (kept[0].slot, kept[0].opponent) == ("", "")
    assert reading.answer_of("sure", "A") == reading.answer_of("sure") == 5
    with pytest.raises(StudyStateError, match="not asked of slot B"):
        reading.answer("sure", "B", 5, VIEWING)


def test_a_question_about_one_image_is_about_its_slot():
    reading, kept = reading_of("sure", slots=1)
    reading.answer("sure", "", 5, VIEWING)

    assert kept[0].slot == "A"


def test_a_reason_stands_for_an_answer_that_cannot_be_given():
    reading, kept = reading_of("noise", slots=1)
    reading.decline("noise", "A", "motion", VIEWING)

    assert reading.can_go_next
    assert (kept[0].value, kept[0].label, kept[0].comment) == (None, CANNOT_JUDGE, "motion")
    assert reading.answer_of("noise", "A") is None
    reading.answer("noise", "A", 3, VIEWING)
    assert kept[1].amends == kept[0].id
    with pytest.raises(StudyStateError, match="no reason that the study offers"):
        reading.decline("noise", "A", "too lazy", VIEWING)


def test_marks_are_kept_together_and_are_never_missing():
    reading, kept = reading_of("lesions", slots=1)
    assert reading.can_go_next
    reading.mark("lesions", "A", [MARK], VIEWING)
    reading.mark("lesions", "A", [MARK, replace(MARK, slice=4)], VIEWING)

    assert [(one.value, one.label) for one in kept] == [(1, "1 mark"), (2, "2 marks")]
    assert reading.marks_of("lesions", "A") == (MARK, replace(MARK, slice=4))
    assert kept[1].amends == kept[0].id
    for wrong in (replace(MARK, type="cyst"), replace(MARK, shape="outline"),
                  replace(MARK, confidence=9)):  # fmt: skip
        with pytest.raises(StudyStateError, match="not asked for"):
            reading.mark("lesions", "A", [wrong], VIEWING)


def test_going_on_without_a_mark_records_that_there_are_none():
    reading, kept = reading_of("noise", "lesions", slots=2)
    for slot in "AB":
        reading.answer("noise", slot, 3, VIEWING)
    reading.mark("lesions", "A", [MARK], VIEWING)
    assert [(one.criterion, one.slot) for one in kept] == [
        ("noise", "A"), ("noise", "B"), ("lesions", "A"),
    ]  # fmt: skip

    reading.go_next(VIEWING)

    none = kept[-1]
    assert len(kept) == 4
    assert (none.criterion, none.slot, none.value, none.label) == ("lesions", "B", 0, "0 marks")
    assert marks_from_json(none.comment) == ()


def test_the_mean_number_of_marks_counts_the_images_without_any():
    """Known by hand: one mark on one of four images of an arm is a mean of 1/4."""
    screens = tuple(PlannedPresentation(f"P{n}", n, ("A",), Window(40, 400)) for n in range(1, 9))
    trials = tuple(
        Trial("R1", n, f"P{n}", f"case{n}", ("good",) if n < 5 else ("bad",)) for n in range(1, 9)
    )
    reading, kept = reading_of("lesions", presentations=screens)
    while reading.current is not None:
        if reading.position in (2, 5, 6, 7, 8):
            reading.mark("lesions", "A", [MARK], VIEWING)
        reading.go_next(VIEWING)
        if reading.current is not None:
            reading.present(5)

    found = scores(observe(kept, Key("s", "p", 1, {}, trials)))

    assert mean(one.value for one in found if one.arm == "good") == 0.25
    assert mean(one.value for one in found if one.arm == "bad") == 1.0


def test_a_screen_that_is_not_left_says_nothing_of_its_marks():
    reading, kept = reading_of("lesions", slots=1, see_every_slice=True)
    with pytest.raises(StudyStateError, match="3 of 5 slices"):
        reading.go_next(replace(VIEWING, slices_viewed=2))

    assert kept == []


def test_a_mark_may_still_be_set_where_the_end_of_the_screen_was_not_recorded():
    """Stopped between the answer and the end of its screen, the reading goes on there."""
    reading, kept = reading_of("lesions", slots=1, may_amend=False, submit=refuse)
    with pytest.raises(StoreError):
        reading.go_next(VIEWING)
    again, more = reading_of("lesions", slots=1, may_amend=False, responses=kept)
    assert again.marks_of("lesions", "A") == ()
    again.mark("lesions", "A", [MARK], VIEWING)
    again.go_next(VIEWING)

    assert [(one.value, one.amends) for one in kept + more] == [(0, ""), (1, kept[0].id)]


def test_marks_that_cannot_be_judged_are_none_and_can_be_set_later():
    reading, kept = reading_of("lesions", slots=1)
    reading.mark("lesions", "A", [MARK], VIEWING)
    reading.decline("lesions", "A", "motion", VIEWING)
    assert reading.marks_of("lesions", "A") == ()
    reading.mark("lesions", "A", [MARK], VIEWING)
    reading.decline("lesions", "A", "motion", VIEWING)
    reading.go_next(VIEWING)

    assert [one.value for one in kept] == [1, None, 1, None]
    assert all(after.amends == before.id for before, after in pairwise(kept))


def test_only_a_question_that_asks_for_marks_takes_none():
    reading, kept = reading_of("noise", slots=1)
    with pytest.raises(StudyStateError, match="not asked for"):
        reading.mark("noise", "A", [], VIEWING)

    assert kept == []


def test_marks_come_back_from_their_text():
    marks = (MARK, ReaderMark("lesion", "box", 1, ((0.0, 1.0), (2.5, 3.0)), None))

    assert marks_from_json(marks_to_json(marks)) == marks
    assert marks_from_json("[]") == ()


def test_where_nothing_may_be_amended_the_first_answer_stands():
    reading, kept = reading_of("noise", "lesions", slots=1, may_amend=False)
    reading.answer("noise", "A", 3, VIEWING)
    reading.answer("noise", "A", 3, VIEWING)
    with pytest.raises(StudyStateError, match="stands once it is given"):
        reading.answer("noise", "A", 4, VIEWING)
    reading.mark("lesions", "A", [MARK], VIEWING)
    reading.mark("lesions", "A", [MARK, MARK], VIEWING)
    with pytest.raises(StudyStateError, match="stands once it is given"):
        reading.mark("lesions", "A", [MARK], VIEWING)
    assert len(kept) == 3
    reading, kept = reading_of("lesions", slots=1, may_amend=False)
    reading.decline("lesions", "A", "motion", VIEWING)
    with pytest.raises(StudyStateError, match="stands once it is given"):
        reading.mark("lesions", "A", [MARK], VIEWING)
    assert len(kept) == 1


def test_the_next_screen_waits_until_every_slice_was_seen_where_the_protocol_says_so():
    reading, _ = reading_of("noise", slots=1, see_every_slice=True)
    reading.answer("noise", "A", 3, VIEWING)
    with pytest.raises(StudyStateError, match="3 of 5 slices"):
        reading.go_next(replace(VIEWING, slices_viewed=2))
    reading.go_next(replace(VIEWING, slices_viewed=5))

    assert reading.current is None
