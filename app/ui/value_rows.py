"""Metric values as rows of a table: one row a slice, one column a metric."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.domain.metric import MetricValue
from app.domain.pair import Pair
from app.ui.value_sheet import ValueSheet

NATIVE = "native"
"""The intensity space of a file's own real-world values, as tables write it."""

FIRST_METRICS = ("mse", "psnr", "ssim", "niqe", "lpips-vgg")


@dataclass(frozen=True, slots=True)
class ValueRow:
    """All values of one slice (or, with ``slice`` None, the volume) in one region."""

    case: str
    arm: str
    slice: int | None
    region: str
    values: Mapping[str, MetricValue]

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of all its values, each once."""
        return tuple(dict.fromkeys(flag for one in self.values.values() for flag in one.flags))


@dataclass(frozen=True)
class ValueTable:
    """The rows of all regions, and the metrics that they hold; what is asked for often is kept.

    ``outdated`` tells that others were left out, because they are of another reference.
    """

    rows: tuple[ValueRow, ...] = ()
    metrics: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    outdated: bool = False

    def of(self, region: str) -> tuple[ValueRow, ...]:
        """Return the rows of one region, each time the same tuple."""
        return self._of_regions.get(region, ())

    def sheet(self, region: str) -> ValueSheet:
        """Return the rows of one region in columns, each time the same sheet."""
        return self._sheets.get(region, self._no_rows)

    def row(self, region: str, case: str, arm: str, number: int | None) -> ValueRow | None:
        """Return the row of one slice, or of the volume for None."""
        sheet = self.sheet(region)
        place = sheet.find(case, arm, number)
        return None if place is None else sheet[place]

    def spaces(self, region: str) -> frozenset[str]:
        """Return the intensity spaces of a region's values."""
        return self._spaces.get(region, frozenset())

    def flagged(self, region: str) -> bool:
        """Return whether any value of a region has a flag."""
        return region in self._flagged

    def look_through(self) -> None:
        """Find out now, on a thread that nobody waits for, what will be asked."""
        _ = self._sheets, self._spaces, self._flagged, self.first

    @cached_property
    def first(self) -> Mapping[str, MetricValue]:
        """The first value of each metric."""
        found: dict[str, MetricValue] = {}
        for row in self.rows:
            if len(found) == len(self.metrics):
                break
            for name, value in row.values.items():
                found.setdefault(name, value)
        return found

    @cached_property
    def _of_regions(self) -> Mapping[str, tuple[ValueRow, ...]]:
        found: dict[str, list[ValueRow]] = {}
        for row in self.rows:
            found.setdefault(row.region, []).append(row)
        return {region: tuple(rows) for region, rows in found.items()}

    @cached_property
    def _sheets(self) -> Mapping[str, ValueSheet]:
        return {
            region: ValueSheet.of(rows, self.metrics) for region, rows in self._of_regions.items()
        }

    @cached_property
    def _no_rows(self) -> ValueSheet:
        return ValueSheet.of((), self.metrics)

    @cached_property
    def _spaces(self) -> Mapping[str, frozenset[str]]:
        return {
            region: frozenset(value.space for row in rows for value in row.values.values())
            for region, rows in self._of_regions.items()
        }

    @cached_property
    def _flagged(self) -> frozenset[str]:
        return frozenset(region for region, sheet in self._sheets.items() if sheet.flags.any())


def of_pairs(values: Sequence[MetricValue], pairs: Iterable[Pair]) -> tuple[MetricValue, ...]:
    """Return the values of these pairs, as far as they are of the images that a pair has now.

    Values of all images of an arm together name no case and no image. They stay where
    every other value of the arm does.
    """
    images = {(one.case, one.arm): (one.reference.uid, one.reconstruction.uid) for one in pairs}
    arms = {arm for _, arm in images}

    def of_now(value: MetricValue) -> bool:
        now = images.get((value.case, value.arm))
        return now == (value.reference_uid, value.reconstruction_uid)

    changed = {value.arm for value in values if value.case and not of_now(value)}
    together = arms - changed
    return tuple(one for one in values if (of_now(one) if one.case else one.arm in together))


def pivot(values: Sequence[MetricValue], *, outdated: bool = False) -> ValueTable:
    """Gather values by case, arm, slice and region, in order of first sight.

    The row of a volume holds the means over its slices. Values of another intensity
    space than the native one have columns of their own, with the space after an ``@``.
    """
    shown = [value for value in values if value.slice is not None or value.stands_for_image]
    gathered: dict[tuple[str, str, int | None, str], dict[str, MetricValue]] = {}
    columns: dict[str, None] = {}
    for value in shown:
        key = (value.case, value.arm, value.slice, value.region)
        column = value.metric if value.space == NATIVE else f"{value.metric}@{value.space}"
        columns[column] = None
        gathered.setdefault(key, {})[column] = value
    table = ValueTable(
        rows=tuple(ValueRow(*key, values=of_metric) for key, of_metric in gathered.items()),
        metrics=_in_order(columns),
        regions=tuple(dict.fromkeys(value.region for value in shown)),
        outdated=outdated,
    )
    table.look_through()
    return table


def _in_order(metrics: Iterable[str]) -> tuple[str, ...]:
    """Return each metric once: the usual five first, the rest as they come."""
    found = dict.fromkeys(metrics)
    return tuple(
        [name for name in FIRST_METRICS if name in found]
        + [name for name in found if name not in FIRST_METRICS]
    )
