"""Answers of every kind that a protocol can ask for."""

from dataclasses import replace

import pytest

from app.domain.image import Window
from app.domain.presentation import PlannedPresentation, ReadingPlan, Viewing
from app.domain.protocol import Choice, Criterion
from app.domain.reader_mark import ReaderMark, marks_from_json, marks_to_json
from app.errors import StudyStateError
from app.study.reading import CANNOT_JUDGE, Reading

VIEWING = Viewing(shown_at="2024-05-01T10:00:00Z", answered_at="2024-05-01T10:00:09Z")
FIVE = tuple(Choice(value, str(value)) for value in range(1, 6))
CRITERIA = (
    Criterion("noise", "rating", "Noise?", FIVE, cannot_judge=("motion", "wrong region")),
    Criterion("order", "ranking", "Order?", ()),
    Criterion("worth", "slider", "How good?", (Choice(0, "bad"), Choice(100, "good"))),
    Criterion("sure", "question", "How sure?", FIVE),
    Criterion(
        "lesions", "marks", "Where?", FIVE, mark_types=("lesion",), mark_shapes=("point", "box")
    ),
)
MARK = ReaderMark("lesion", "point", 3, ((10.5, 20.25),), 4, ((5.25, 10.125),))


def reading_of(*ids, slots=3, **rules):
    """A reading of one screen, and the list of what was made durable."""
    plan = ReadingPlan(
        study="s",
        title="t",
        protocol_sha256="p",
        reader="R1",
        criteria=tuple(one for one in CRITERIA if one.id in ids),
        ask_comment=False,
        instructions="",
        presentations=(PlannedPresentation("P1", 1, tuple("ABC")[:slots], Window(40, 400)),),
        **rules,
    )
    kept = []
    reading = Reading(plan, record=kept.append, submit=lambda *_: None)
    reading.present(5)
    return reading, kept


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


def test_the_next_screen_waits_until_every_slice_was_seen_where_the_protocol_says_so():
    reading, _ = reading_of("noise", slots=1, see_every_slice=True)
    reading.answer("noise", "A", 3, VIEWING)
    with pytest.raises(StudyStateError, match="3 of 5 slices"):
        reading.go_next(replace(VIEWING, slices_viewed=2))
    reading.go_next(replace(VIEWING, slices_viewed=5))

    assert reading.current is None
