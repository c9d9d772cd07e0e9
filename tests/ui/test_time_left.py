import pytest

from app.domain.progress import Progress
from app.ui.time_left import TimeLeft, in_words


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_ten_steps_in_ten_seconds_leave_ninety_of_a_hundred():
    clock = Clock()
    estimate = TimeLeft(clock)

    assert estimate.update(Progress(0, 100, "")) is None
    clock.now = 10.0
    assert estimate.update(Progress(10, 100, "")) == pytest.approx(90.0)


def test_what_was_finished_before_does_not_count_as_speed():
    """A run that begins at 50 of 100 and needs 10 s a step has 490 s left after one."""
    clock = Clock()
    estimate = TimeLeft(clock)
    estimate.update(Progress(50, 100, ""))
    clock.now = 10.0

    assert estimate.update(Progress(51, 100, "")) == pytest.approx(490.0)


def test_another_stage_begins_anew():
    clock = Clock()
    estimate = TimeLeft(clock)
    estimate.update(Progress(0, 10, "scan"))
    clock.now = 1.0
    estimate.update(Progress(10, 10, "scan"))
    clock.now = 2.0

    assert estimate.update(Progress(0, 500, "measure")) is None


def test_an_old_speed_is_forgotten():
    clock = Clock()
    estimate = TimeLeft(clock)
    for second in range(100):
        clock.now = float(second)
        estimate.update(Progress(second * 10, 2000, ""))  # ten a second
    for second in range(100, 160):
        clock.now = float(second)
        left = estimate.update(Progress(990 + second - 100, 2000, ""))  # then one a second

    assert left == pytest.approx(2000 - 1049, rel=0.05)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (3, "a few seconds left"),
        (42, "about 40 s left"),
        (200, "about 3 min left"),
        (7300, "about 2 h 2 min left"),
    ],
)
def test_a_duration_is_said_as_a_person_says_it(seconds, words):
    assert in_words(seconds) == words
