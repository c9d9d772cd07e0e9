"""Runs of elements that lie in file after file with the same tags and lengths."""

from collections.abc import Container, Sequence
from struct import Struct
from typing import NamedTuple

from app.images.fields import Raw

LEAST = 4
"""Elements that are worth a run."""

WORTH_LEARNING = 8
"""Elements of a file that were walked over one by one."""

KNOWN_LIMIT = 50_000
ALTERNATIVES = 4
LONGEST = 4096
"""Bytes of the longest element within a run."""

PATIENCE = 3
"""Times that one element may break a run before the run is divided there."""


class Step(NamedTuple):
    """One element that was walked over: where its header, value and successor begin."""

    pos: int
    head: int
    end: int
    tag: int
    vr: str | None
    kept: bool


class Run:
    """Elements that follow each other; their headers are checked all at once.

    Parameters
    ----------
    steps, headers
        The elements as they lay in one file, and the bytes of their headers.
    """

    __slots__ = (
        "_latest",
        "_tags",
        "_values",
        "_vrs",
        "expected",
        "first",
        "last",
        "misses",
        "size",
        "steps",
        "unpack",
    )

    def __init__(self, steps: Sequence[Step], headers: Sequence[bytes]) -> None:
        formats, values, gap = "<", "<", 0
        for step in steps:
            length = step.end - step.pos - step.head
            formats += f"{step.head}s{length}x"
            gap += step.head
            if step.kept:
                values += f"{gap}x{length}s"
                gap = 0
            else:
                gap += length
        self._values = Struct(values)
        self._tags = [step.tag for step in steps if step.kept]
        self._vrs = [step.vr for step in steps if step.kept]
        self.unpack = Struct(formats).unpack_from
        self.expected = tuple(headers)
        self.steps = steps
        self.first, self.last = steps[0].tag, steps[-1].tag
        self.size = steps[-1].end - steps[0].pos
        self.misses = 0
        self._latest: tuple[tuple[bytes, ...], dict[int, Raw]] = ((), {})

    def taken(self, data: bytes, pos: int) -> dict[int, Raw]:
        """Return the wanted elements of a place where the run lies; most often the last ones."""
        found = self._values.unpack_from(data, pos)
        values, elements = self._latest
        if values != found:
            pairs = zip(self._vrs, found, strict=True)
            elements = dict(zip(self._tags, pairs, strict=True))
            self._latest = found, elements
        return elements


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
        key = data[pos : pos + 8]
        known = self._runs.get(key)
        if known is None:
            return None
        if wanted is not self._wanted:
            self._forget(wanted)
            return None
        for run in known:
            if run.first > last and pos + run.size <= len(data):
                found = run.unpack(data, pos)
                if found == run.expected:
                    run.misses = 0
                    return run
                run.misses += 1
                if run.misses >= PATIENCE:
                    self._divide(key, run, found)
                    return None
        return None

    def learn(self, data: bytes, trail: list[Step], wanted: Container[int]) -> None:
        """Take note of the elements of a file that no run was known for."""
        if len(trail) < WORTH_LEARNING:
            return
        if len(self._seen) > KNOWN_LIMIT or wanted is not self._wanted:
            self._forget(wanted)
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
        self._add(steps, [data[step.pos : step.pos + step.head] for step in steps])

    def _add(self, steps: Sequence[Step], headers: Sequence[bytes]) -> None:
        if len(steps) >= LEAST:
            others = self._runs.get(headers[0][:8], [])
            new = [run for run in others if run.expected != tuple(headers)]
            self._runs[headers[0][:8]] = [Run(steps, headers), *new[: ALTERNATIVES - 1]]

    def _divide(self, key: bytes, run: Run, found: Sequence[bytes]) -> None:
        """Leave an element out of a run that is of another length in file after file."""
        self._runs[key] = [one for one in self._runs[key] if one is not run]
        odd = next(i for i, header in enumerate(run.expected) if header != found[i])
        if odd:
            self._add(run.steps[:odd], run.expected[:odd])
        self._add(run.steps[odd + 1 :], run.expected[odd + 1 :])

    def _forget(self, wanted: Container[int] | None) -> None:
        self._runs, self._seen, self._wanted = {}, set(), wanted
