"""A reading session in memory: three pairs, no disk, a clock that is set by hand."""

from datetime import UTC, datetime

import numpy as np

from app.domain.image import Grid, Image, Window
from app.domain.presentation import (
    SLOTS,
    PlannedPresentation,
    Presentation,
    ReadingPlan,
)
from app.domain.protocol import Choice, Criterion
from app.errors import StoreError
from app.study.reading import Reading

PREFERENCE = Criterion(
    "preference",
    "preference",
    "Which image would you rather read?",
    tuple(
        Choice(value, label)
        for value, label in (
            (2, "A much better"),
            (1, "A slightly better"),
            (0, "No difference"),
            (-1, "B slightly better"),
            (-2, "B much better"),
        )
    ),
)
QUALITY = Criterion(
    "quality",
    "rating",
    "Diagnostic quality",
    tuple(
        Choice(value, label)
        for value, label in enumerate(("Bad", "Poor", "Fair", "Good", "Excellent"), start=1)
    ),
)


def picture(code: str, slices: int = 3) -> Image:
    """A picture that differs from code to code."""
    rows, columns = np.mgrid[0:96, 0:128]
    plane = (rows * 7 + columns * (3 + len(code)) + sum(map(ord, code))) % 1000
    pixels = np.stack([plane + 10 * index for index in range(slices)]).astype(np.int16)
    return Image(pixels, (1.0,) * slices, (0.0,) * slices, Grid(96, 128, slices))


def plan(pairs: int = 3) -> ReadingPlan:
    return ReadingPlan(
        study="s",
        title="Name of the study",
        protocol_sha256="0" * 64,
        reader="R1",
        criteria=(PREFERENCE, QUALITY),
        ask_comment=True,
        instructions="Two images of one case stand side by side. Say which you would rather read.",
        presentations=tuple(
            PlannedPresentation(f"p{n}", n, (f"x{n}", f"y{n}"), Window(500.0, 1000.0))
            for n in range(1, pairs + 1)
        ),
    )


class FakeSession:
    """What `app.workflows.read.Session` is to the page, without a disk."""

    def __init__(self, pairs: int = 3, *, slices: int = 3) -> None:
        self.plan = plan(pairs)
        self.slices = slices
        self.responses = []
        self.submitted = []
        self.notes = []
        self.loaded = []
        self.refuse_writing = None
        self.refuse_reading = None
        self.closed = False
        self.rests, self.overridden = {}, set()
        self.restart()

    def restart(self) -> None:
        """Open the reading again from what was recorded."""
        self.closed = False
        self.reading = Reading(
            self.plan,
            record=self._record,
            submit=self._submit,
            responses=tuple(self.responses),
            submitted=tuple(self.submitted),
        )

    def load(self, planned: PlannedPresentation) -> Presentation:
        if self.refuse_reading is not None:
            raise self.refuse_reading
        self.loaded.append(planned.id)
        return Presentation(
            planned.id,
            planned.position,
            len(self.plan.presentations),
            SLOTS[: len(planned.images)],
            tuple(picture(code, self.slices) for code in planned.images),
            planned.window,
            tuple(picture(code, self.slices) for code in planned.declared),
        )

    def note(self, event: str, detail: str = "") -> None:
        self._write()
        self.notes.append((event, detail))

    def rest_until(self, session: int) -> datetime | None:
        return None if session in self.overridden else self.rests.get(session)

    def override_rest(self, session: int, reason: str) -> None:
        self.note("rest overridden", f"session {session}: {reason}")
        self.overridden.add(session)

    def close(self) -> None:
        self.note("closed")
        self.closed = True

    def _record(self, response) -> None:
        self._write()
        self.responses.append(response)

    def _submit(self, presentation: str, _viewing) -> None:
        self._write()
        self.submitted.append(presentation)

    def _write(self) -> None:
        if self.refuse_writing is not None:
            raise self.refuse_writing


DISK_FULL = StoreError("The disk is full.", remedy="Make room, then answer again.")


class Clock:
    """Seconds set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def noon() -> datetime:
    return datetime(2025, 6, 1, 12, 0, 0, tzinfo=UTC)
