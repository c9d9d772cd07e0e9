"""Where the marks of a figure lie; the template draws them, nothing is estimated here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.findings import Point
from app.domain.result import Estimate

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#000000", "#7f7f7f")
"""Colours that stay apart for every common colour blindness (after Okabe & Ito)."""

MARKS = ("circle", "square", "diamond", "triangle")
ROW_HEIGHT = 24
LABEL_WIDTH = 190
PLOT_WIDTH = 420
SIDE = 190


@dataclass(frozen=True, slots=True)
class Tick:
    """One labelled place of an axis, in pixels."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One estimate as a mark with its interval, in pixels."""

    label: str
    y: float
    x: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Forest:
    """A forest plot: a row an estimate."""

    title: str
    rows: tuple[ForestRow, ...]
    ticks: tuple[Tick, ...]
    reference: float | None
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Dot:
    """One reconstruction in a scatter plot, in pixels."""

    x: float
    y: float
    colour: str
    mark: str
    words: str


@dataclass(frozen=True, slots=True)
class Scatter:
    """A metric against a criterion: a dot a reconstruction."""

    title: str
    across: str
    up: str
    caption: str
    dots: tuple[Dot, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    side: int = SIDE


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """What one colour and mark stand for."""

    arm: str
    colour: str
    mark: str


def forest(
    title: str, estimates: Sequence[Estimate], *, reference: float | None = None
) -> Forest | None:
    """Lay out a forest plot in the order given, or None where no estimate has a value.

    ``reference`` is a value to mark, such as 0.5 for no preference.
    """
    shown = [(one.value, one) for one in estimates if one.value is not None]
    if not shown:
        return None
    ends = [end for _, one in shown for end in (one.value, one.low, one.high) if end is not None]
    ends += [reference] if reference is not None else []
    ticks = nice_ticks(min(ends), max(ends))
    scale = _Scale(ticks[0], ticks[-1], LABEL_WIDTH, LABEL_WIDTH + PLOT_WIDTH)
    rows = tuple(
        ForestRow(
            label=one.group,
            y=ROW_HEIGHT * (index + 0.5),
            x=scale(value),
            low=None if one.low is None else scale(one.low),
            high=None if one.high is None else scale(one.high),
        )
        for index, (value, one) in enumerate(shown)
    )
    return Forest(
        title=title,
        rows=rows,
        ticks=tuple(Tick(scale(tick), f"{tick:g}") for tick in ticks),
        reference=None if reference is None else scale(reference),
        width=LABEL_WIDTH + PLOT_WIDTH + 24,
        height=ROW_HEIGHT * len(rows) + 26,
    )


def scatter(
    key: str, points: Sequence[Point], caption: str, legend: Mapping[str, LegendEntry]
) -> Scatter | None:
    """Lay out one scatter plot, or None where there is no point.

    ``key`` is the group of the association, ``metric region ~ criterion``.
    """
    if not points:
        return None
    across, _, up = key.partition(" ~ ")
    xs, ys = [point.metric_value for point in points], [point.score for point in points]
    x_ticks, y_ticks = nice_ticks(min(xs), max(xs), 4), nice_ticks(min(ys), max(ys), 4)
    x_scale = _Scale(x_ticks[0], x_ticks[-1], 0, SIDE)
    y_scale = _Scale(y_ticks[0], y_ticks[-1], SIDE, 0)
    dots = tuple(
        Dot(
            x=x_scale(point.metric_value),
            y=y_scale(point.score),
            colour=legend[point.arm].colour,
            mark=legend[point.arm].mark,
            words=f"{point.case}, {point.arm}: {point.metric_value:.4g}, {point.score:.3g}",
        )
        for point in points
    )
    return Scatter(
        title=key,
        across=across,
        up=up,
        caption=caption,
        dots=dots,
        x_ticks=tuple(Tick(x_scale(tick), f"{tick:g}") for tick in x_ticks),
        y_ticks=tuple(Tick(y_scale(tick), f"{tick:g}") for tick in y_ticks),
    )


def legend_of(points: Mapping[str, Sequence[Point]]) -> dict[str, LegendEntry]:
    """Give every arm a colour and a mark, the same in all plots."""
    arms = sorted({point.arm for group in points.values() for point in group})
    return {
        arm: LegendEntry(
            arm,
            PALETTE[index % len(PALETTE)],
            MARKS[(index // len(PALETTE) + index) % len(MARKS)],
        )
        for index, arm in enumerate(arms)
    }


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round numbers, evenly spaced, that enclose a range.

    The step is 1, 2 or 5 times a power of ten; a range of no width is widened.
    """
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
        half = abs(low) / 10 or 0.5
        low, high = low - half, high + half
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) + 0.0 for index in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)
