"""All that the analysis of one study found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.protocol import Direction
from app.domain.result import Estimate


@dataclass(frozen=True, slots=True)
class Point:
    """One reconstruction: its metric value and its mean score over the readers.

    The score is turned so that higher is better, whichever way the criterion goes.
    """

    case: str
    arm: str
    metric_value: float
    score: float


@dataclass(frozen=True, slots=True)
class Best:
    """Which values of a quantity are the better ones.

    Parameters
    ----------
    better
        The direction, where there is one.
    value
        The one value that is best: the first place, or a scale's neutral value.
    place
        Whether the values are places of a ranking.
    comparable
        Whether the groups can be compared by them at all.
    order
        The groups, where their values alone do not put them in order.
    """

    better: Direction = "higher"
    value: int | None = None
    place: bool = False
    comparable: bool = True
    order: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What a heading says of it; empty for the usual, higher is better.

        >>> Best("lower").words, Best("lower", value=1, place=True).words, Best().words
        ('lower is better', '1 is best', '')
        """
        if not self.comparable:
            return "not comparable between arms that met different opponents"
        if self.value is not None:
            return f"{self.value} is best"
        return {
            "higher": "",
            "lower": "lower is better",
            "neither": "neither more nor less is better",
        }[self.better]

    @property
    def words_of_difference(self) -> str:
        """What a heading says of the first group minus the second.

        >>> Best("lower", value=1, place=True).words_of_difference
        'negative where the first is better'
        >>> Best("neither", value=7).words_of_difference, Best().words_of_difference
        ('', '')
        """
        if self.better == "lower":
            return "negative where the first is better"
        return self.words if self.value is None else ""

    def first(self, estimates: Iterable[Estimate]) -> tuple[Estimate, ...]:
        """Return the estimates, the best first; those without a value last, equal ones by name.

        Where nothing is better they are in the order of their names.
        """
        place = {group: index for index, group in enumerate(self.order)}
        sign = {"higher": -1.0, "lower": 1.0, "neither": 0.0}[self.better]

        def key(one: Estimate) -> tuple[bool, float, str]:
            if self.order:
                return False, float(place.get(one.group, len(place))), one.group
            return one.value is None, sign * (one.value or 0.0), one.group

        return tuple(sorted(estimates, key=key))


@dataclass(frozen=True, slots=True)
class Findings:
    """Estimates, the points behind the associations, and what a reader must know.

    ``points`` has the keys of the groups of the association estimates, e.g.
    ``psnr whole ~ quality``, and so has ``better``: whether ``higher`` or ``lower`` values of
    that metric are better, as its table says. ``best`` has the quantities of the estimates of
    scores and preferences; of one that it does not have higher is better. ``simulated`` is true
    where no person has scored.
    """

    estimates: tuple[Estimate, ...]
    points: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    simulated: bool = False
    better: Mapping[str, str] = field(default_factory=dict)
    best: Mapping[str, Best] = field(default_factory=dict)

    def best_of(self, quantity: str) -> Best:
        """Return which values of a quantity are the better ones."""
        return self.best.get(quantity, Best())
