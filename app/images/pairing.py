"""Which series belong together, which do not, and why.

By folder and file names first (``app.images.layouts``), otherwise by what the
files say about each other (``app.images.derivation``). Geometry then decides
which slices of a pair show the same plane, and how another pixel grid is brought
onto the reference's; what cannot be brought there is refused with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.domain.pair import Pair, Pairing, Problem, Role, Series
from app.errors import GeometryMismatch, InputError
from app.images.derivation import links
from app.images.formats.borrow import BESIDE, complete, prepare, set_apart
from app.images.layouts import Layout, find_layout, parts_of, split_named
from app.images.matching import Match, match
from app.images.names import REFERENCE_NAMES, did_you_mean, listed, stem_of
from app.images.scan import Found


@dataclass(slots=True)
class CaseSeries:
    """The series of one case: those of the reference, and those of each arm."""

    references: list[Series] = field(default_factory=list)
    arms: dict[str, list[Series]] = field(default_factory=dict)


def pair(found: Found, source: Path, *, reference: str | None) -> Pairing:
    """Pair every reconstruction with the reference of its case.

    Parameters
    ----------
    found
        What the scan of ``source`` gave.
    source
        The folder or file that was scanned.
    reference
        The name of the reference's folder or file, case ignored; None for the
        usual names (reference, ground_truth, gt, truth, target).

    Raises
    ------
    InputError
        Nothing is called ``reference``.
    """
    series = split_named(found.series, reference)
    layout = find_layout(series, source, reference)
    if layout is None:
        if reference is not None:
            raise _no_such_reference(series, source, reference)
        return _without_names(found, series, source)
    cases: dict[str, CaseSeries] = {}
    outside: list[Problem] = []
    for one in series:
        placed = layout.place_series(one)
        if placed is None:
            outside.append(
                problem_of(
                    one,
                    f"It lies outside the folders of the cases, so it has no case beside the "
                    f"reference {layout.reference_name}.",
                    "Put it beside the reference it belongs to.",
                )
            )
            continue
        case, arm = placed
        entry = cases.setdefault(case, CaseSeries())
        if layout.is_reference(arm):
            entry.references.append(one)
        else:
            entry.arms.setdefault(arm, []).append(one)
    pairs, problems = pair_cases(cases, layout.reference_name, "folder")
    scanned = tuple(_placed(problem, layout) for problem in found.problems)
    return Pairing(source, layout.reference_name, pairs, (*scanned, *outside, *problems))


def pair_cases(
    cases: Mapping[str, CaseSeries], reference_name: str, matched_by: str
) -> tuple[tuple[Pair, ...], tuple[Problem, ...]]:
    """Pair the series of each case, one for each arm; tell what stays alone."""
    pairs: list[Pair] = []
    problems: list[Problem] = []
    for case in sorted(cases):
        entry, beside = _prepared(cases[case], case, reference_name)
        problems += beside
        if not entry.references:
            problems += [
                problem_of(
                    one,
                    f"Case {case} has no image named '{reference_name}' to be its reference.",
                    f"Add the reference of case {case}, or leave the case out.",
                    case,
                    arm,
                )
                for arm, members in entry.arms.items()
                for one in members
            ]
            continue
        if not entry.arms:
            problems += [
                problem_of(
                    one,
                    f"Case {case} has a reference and nothing to compare with it.",
                    f"Add the reconstructions of case {case}, or leave the case out.",
                    case,
                    reference_name,
                    "reference",
                )
                for one in entry.references
            ]
        for arm in sorted(entry.arms):
            one_pair, alone = _pair_arm(case, arm, entry, matched_by)
            pairs += one_pair
            problems += alone
    return tuple(pairs), tuple(problems)


def _prepared(
    entry: CaseSeries, case: str, reference_name: str
) -> tuple[CaseSeries, list[Problem]]:
    """Give what is not DICOM what it takes from its case; set pictures beside DICOM apart."""
    found = CaseSeries()
    apart: list[Problem] = []
    every = [*entry.references, *(one for members in entry.arms.values() for one in members)]
    named: list[tuple[str, Role, list[Series]]] = [
        (reference_name, "reference", entry.references),
        *((arm, "reconstruction", members) for arm, members in entry.arms.items()),
    ]
    for name, role, members in named:
        kept, pictures = set_apart(members)
        apart += [problem_of(one, *BESIDE, case, name, role) for one in pictures]
        kept = prepare(every, kept)
        if role == "reference":
            found.references = kept
        else:
            found.arms[name] = kept
    return found, apart


def _pair_arm(
    case: str, arm: str, entry: CaseSeries, matched_by: str
) -> tuple[list[Pair], list[Problem]]:
    """Pair the one series of an arm that fits one reference; refuse to choose among several."""
    fitting: list[tuple[Series, Series, Match]] = []
    problems: list[Problem] = []
    for one in entry.arms[arm]:
        matches, reason = _matches(entry.references, one)
        if reason is not None:
            problems.append(problem_of(one, str(reason), reason.remedy, case, arm))
        elif len(matches) > 1:
            problems.append(
                problem_of(
                    one,
                    f"It fits {len(matches)} series of the reference of case {case} equally well.",
                    "Keep one series in the reference's folder.",
                    case,
                    arm,
                )
            )
        else:
            fitting.append((matches[0][0], one, matches[0][1]))
    fitting, others = _on_own_grid(fitting)
    problems += [
        problem_of(
            one,
            f"Another series of arm {arm} of case {case} lies on the reference's own grid, "
            "and that one is taken.",
            "Give this one a folder of its own to measure it too.",
            case,
            arm,
        )
        for one in others
    ]
    if len(fitting) > 1:
        problems += [
            problem_of(
                one,
                f"Case {case} has {len(fitting)} series of arm {arm} that fit the reference.",
                "Keep one series for each case and arm, or give each a folder of its own.",
                case,
                arm,
            )
            for _, one, _ in fitting
        ]
        return [], problems
    return [
        complete(
            Pair(
                case,
                arm,
                reference,
                one,
                how.slices,
                matched_by,
                how.slices_by,
                how.note,
                how.regrid,
            )
        )
        for reference, one, how in fitting
    ], problems


def _on_own_grid(
    fitting: list[tuple[Series, Series, Match]],
) -> tuple[list[tuple[Series, Series, Match]], list[Series]]:
    """Prefer the series that need no regridding; return them, and those set apart."""
    own = [found for found in fitting if found[2].regrid is None]
    if not own or len(own) == len(fitting):
        return fitting, []
    return own, [one for _, one, how in fitting if how.regrid is not None]


def _matches(
    references: Sequence[Series], one: Series
) -> tuple[list[tuple[Series, Match]], GeometryMismatch | None]:
    """Return the references that fit best, or the reason why none does."""
    found: list[tuple[Series, Match]] = []
    reason: GeometryMismatch | None = None
    for reference in references:
        try:
            found.append((reference, match(reference, one)))
        except GeometryMismatch as error:
            reason = reason or error
    if not found:
        return [], reason
    best = max(_fit(how) for _, how in found)
    return [(reference, how) for reference, how in found if _fit(how) == best], None


def _fit(how: Match) -> tuple[bool, bool, int]:
    """Return how well a match fits: by position, then on one grid, then with more slices."""
    return how.slices_by == "position", how.regrid is None, len(how.slices)


def _without_names(found: Found, series: Sequence[Series], source: Path) -> Pairing:
    """Pair by source and geometry where no name means the reference."""
    name = (source.resolve().stem if source.is_file() else source.resolve().name) or "case"
    joined, alone = links(series, name)
    pairs = []
    for link in joined:
        how = match(link.reference, link.reconstruction)
        pairs.append(
            Pair(link.case, link.arm, link.reference, link.reconstruction, how.slices,
                 link.matched_by, how.slices_by, how.note, how.regrid)
        )  # fmt: skip
    remedy = (
        f"Call the reference's folder or file '{REFERENCE_NAMES[0]}', or give the name it has "
        "(on the command line: --reference NAME)."
        if len(series) > 1
        else "Add the image to compare it with, and name one of the folders reference."
    )
    problems = tuple(
        problem_of(one, "Nothing says which image is its reference.", remedy) for one in alone
    )
    return Pairing(source, REFERENCE_NAMES[0], tuple(pairs), (*found.problems, *problems))


def _placed(problem: Problem, layout: Layout) -> Problem:
    """Give a file's problem its case and arm, where the layout says so."""
    path = Path(problem.path)
    folders = path.parts[:-1]
    placed = layout.place((*folders, stem_of(path)), len(folders))
    if placed is None or problem.case:
        return problem
    role: Role = "reference" if layout.is_reference(placed[1]) else "reconstruction"
    return replace(problem, case=placed[0], arm=placed[1], role=role)


def _no_such_reference(series: Sequence[Series], source: Path, reference: str) -> InputError:
    if not series:
        return InputError(
            f"There are no images in {source}.", remedy="Give the folder that holds them."
        )
    arms = sorted({one.folder.name or parts_of(one)[-1] for one in series})
    every = sorted({name for one in series for name in parts_of(one)})
    return InputError(
        f"Nothing in {source} is called {reference}; there are {listed(arms)}."
        f"{did_you_mean(reference, every)}",
        remedy="Give the name of the reference's folder or file.",
    )


def path_of(series: Series) -> str:
    """Return where a series lies below the source: its file, or its folder."""
    files = {one.path for one in series.slices}
    if len(files) == 1:
        return (series.folder / next(iter(files)).name).as_posix()
    return series.folder.as_posix()


def problem_of(
    series: Series, what: str, remedy: str, case: str = "", arm: str = "",
    role: Role = "reconstruction",
) -> Problem:  # fmt: skip
    """Return the reason why a whole series is not paired."""
    return Problem(
        path=path_of(series),
        what=what,
        remedy=remedy,
        case=case,
        arm=arm,
        role=role if case else "",
        series_uid=series.uid,
        slices=series.grid.slices,
    )
