"""What stands among the test screens: hidden repeats, catch trials, and training before them."""

from dataclasses import dataclass
from random import Random

from app.domain.protocol import CatchKind, Protocol
from app.domain.trial import TrialKind
from app.study.design import arms_shown, repeats_of
from app.study.orders import generator
from app.study.variants import BLUR, COPY, OTHER, SHOWN


@dataclass(frozen=True, slots=True)
class Planned:
    """One screen before it has a place: what it shows and what it is for.

    ``twin`` is the index, among the test screens, of the screen that it repeats.
    """

    case: str
    arms: tuple[str, ...]
    kind: TrialKind = "test"
    twin: int | None = None
    catch: str = ""
    own: int | None = None


def with_repeats(screens: list[Planned], protocol: Protocol, chance: Random) -> list[Planned]:
    """Return the screens with some that come again, with enough others between the twins."""
    wanted, distance = repeats_of(protocol, len(screens)), protocol.repeat_distance
    chosen = chance.sample(range(len(screens) - distance), wanted) if wanted else []
    result = list(screens)
    for twin in sorted(chosen, reverse=True):
        first = next(i for i, one in enumerate(result) if one.own == twin)
        places = range(first + distance + 1, len(result) + 1)
        screen = result[first]
        free = [i for i in places if not _beside(result, i, screen.case)] or list(places)
        repeat = Planned(screen.case, screen.arms, "repeat", twin)
        result.insert(chance.choice(free), repeat)
    return result


def with_catches(screens: list[Planned], catches: list[Planned], chance: Random) -> list[Planned]:
    """Return the screens with catch trials among them, never first, never two together."""
    result = list(screens)
    for catch in catches:
        order = list(catch.arms)
        chance.shuffle(order)
        places = [
            i
            for i in range(1, len(result) + 1)
            if not result[i - 1].catch and not (i < len(result) and result[i].catch)
        ] or list(range(1, len(result) + 1))
        quiet = [i for i in places if not _beside(result, i, catch.case)] or places
        made = Planned(catch.case, tuple(order), "catch", None, catch.catch)
        result.insert(chance.choice(quiet), made)
    return result


def catches_of(protocol: Protocol, seed: int) -> list[Planned]:
    """Return the catch trials of a study; every reader gets the same, in places of their own."""
    chance = generator(seed, "", "catches")
    arms = arms_shown(protocol)
    found = []
    for kind, count in protocol.catches:
        for _ in range(count):
            case = chance.choice(protocol.cases)
            some = chance.sample(arms, min(protocol.slots, len(arms)))
            found.append(Planned(case, _caught(kind, some, protocol), "catch", None, kind))
    chance.shuffle(found)
    return found


def _caught(kind: CatchKind, arms: list[str], protocol: Protocol) -> tuple[str, ...]:
    if kind == "identical":
        if len(arms) == 1:  # the same as the picture that stands beside it
            return (f"{protocol.declared[0].arm}{COPY}",)
        return (*arms[:-1], f"{arms[0]}{COPY}")
    if kind == "swapped":
        return (*arms[:-1], f"{arms[-1]}{OTHER}")
    return (*arms[:-1], f"{arms[0]}{BLUR}")


def training_of(protocol: Protocol, seed: int) -> list[Planned]:
    """Return the screens of the training block, the same for every reader."""
    chance = generator(seed, "", "training")
    arms = arms_shown(protocol)
    return [
        Planned(one.case, tuple(chance.sample(arms, min(protocol.slots, len(arms)))), "training")
        for one in protocol.training
    ]


def variants(protocol: Protocol, seed: int) -> tuple[tuple[str, str], ...]:
    """Return the case and name of every picture beside those of the arms that are judged."""
    shown = [
        (case, f"{one.arm}{SHOWN}") for case in cases_of(protocol) for one in protocol.declared
    ]
    caught = [
        (catch.case, arm)
        for catch in catches_of(protocol, seed)
        for arm in catch.arms
        if arm.endswith((COPY, BLUR, OTHER))
    ]
    return tuple(dict.fromkeys([*shown, *caught]))


def cases_of(protocol: Protocol) -> tuple[str, ...]:
    """Return the cases that readers see, those of the training too."""
    return (*protocol.cases, *(one.case for one in protocol.training))


def _beside(screens: list[Planned], place: int, case: str) -> bool:
    """Tell whether a screen put in this place would stand beside one of the same case."""
    around = screens[max(place - 1, 0) : place + 1]
    return any(one.case == case for one in around)
