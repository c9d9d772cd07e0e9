"""Choices as a line of text, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.protocol import Choice
from app.errors import ProtocolError
from app.study.scale_words import choices_from_text, choices_to_text

words = st.from_regex(r"[A-Za-z][A-Za-z ,.()/-]{0,18}[A-Za-z.)]", fullmatch=True)
choices = st.builds(Choice, st.integers(-999, 999), words)


@given(st.lists(choices, max_size=9))
def test_choices_come_back_from_their_line(given_choices):
    assert choices_from_text(choices_to_text(given_choices)) == tuple(given_choices)


def test_a_number_alone_is_its_own_label():
    assert choices_from_text("1; 2 ;3") == (Choice(1, "1"), Choice(2, "2"), Choice(3, "3"))


@pytest.mark.parametrize("text", ["Bad; Good", "1 Bad; Good", "1.5 half", "one"])
def test_what_is_no_choice_is_named(text):
    with pytest.raises(ProtocolError, match="whole number"):
        choices_from_text(text)
