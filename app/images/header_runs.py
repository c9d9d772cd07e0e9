"""Runs of elements that lie in file after file with the same tags and lengths."""

from collections.abc import Container, Iterable
from struct import Struct
from typing import NamedTuple

from app.images.fields import Raw

LEAST = 4
"""Elements that are worth a run."""

KNOWN_LIMIT = 50_000
ALTERNATIVES = 4
LONGEST = 4096
"""Bytes of the longest element within a run."""


class Step(NamedTuple):
    """One element that was walked over: where its header, value and successor begin."""

    pos: int
    head: int
    end: int
    tag: int
    vr: str | None
    kept: bool


class Run:
    """Elements that follow each other; their headers are checked all at once."""

    __slots__ = (
        "_headers", "_tags", "_values", "_vrs", "expected", "first", "last", "size", "unpack"
    )  # fmt: skip

    def __init__(self, data: bytes, steps: list[Step]) -> None:
        headers, values, gap = "<", "<", 0
        for step in steps:
            length = step.end - step.pos - step.head
            headers += f"{step.head}s{length}x"
            gap += step.head
            if step.kept:
                values += f"{gap}x{length}s"
                gap = 0
            else:
                gap += length
        self._headers, self._values = Struct(headers), Struct(values)
        self.unpack = self._headers.unpack_from
        self.expected = self.unpack(data, steps[0].pos)
        self._tags = [step.tag for step in steps if step.kept]
        self._vrs = [step.vr for step in steps if step.kept]
        self.first, self.last = steps[0].tag, steps[-1].tag
        self.size = self._headers.size

    def taken(self, data: bytes, pos: int) -> Iterable[tuple[int, Raw]]:
        """Return the wanted elements of a place where the run lies."""
        found = self._values.unpack_from(data, pos)
        return zip(self._tags, zip(self._vrs, found, strict=True), strict=True)


class Runs:
    """The runs known so far, by the header of their first element.

    What is known changes how fast a file is read, never what is read.
    """

    def __init__(self) -> None:
        self._runs: dict[bytes, list[Run]] = {}
        self._seen: set[bytes] = set()
        self._wanted: Container[int] | None = None

    def match(self, data: bytes, pos: int, last: int, wanted: Container[int]) -> Run | None:
        """Return a run that lies here as a whole, or None."""
        found = self._runs.get(data[pos : pos + 8])
        if found is None or wanted is not self._wanted:
            if wanted is not self._wanted:
                self._forget(wanted)
            return None
        for run in found:
            if (
                run.first > last
                and pos + run.size <= len(data)
                and run.unpack(data, pos) == run.expected
            ):
                return run
        return None

    def learn(self, data: bytes, trail: list[Step]) -> None:
        """Take note of the elements of a file that no run was known for."""
        if len(trail) < LEAST:
            return
        if len(self._seen) > KNOWN_LIMIT:
            self._forget(self._wanted)
        run: list[Step] = []
        for step in trail:
            header = data[step.pos : step.pos + step.head]
            known = header in self._seen and step.end - step.pos <= LONGEST
            self._seen.add(header)
            if run and (not known or run[-1].end != step.pos):
                self._keep(data, run)
                run = []
            if known:
                run.append(step)
        self._keep(data, run)

    def _keep(self, data: bytes, steps: list[Step]) -> None:
        if len(steps) < LEAST:
            return
        key = data[steps[0].pos : steps[0].pos + 8]
        self._runs[key] = [Run(data, steps), *self._runs.get(key, [])[: ALTERNATIVES - 1]]

    def _forget(self, wanted: Container[int] | None) -> None:
        self._runs, self._seen, self._wanted = {}, set(), wanted
