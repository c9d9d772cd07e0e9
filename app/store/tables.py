"""The tables that people script against: columns and formats are contracts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.domain.metric import Better, MetricValue
from app.domain.presentation import SLOTS, ReadingPlan, Response
from app.domain.result import Declined, Estimate, Observation, ScoreRow
from app.domain.trial import Trial
from app.errors import StoreError
from app.store import columns
from app.store.csv_file import Row, cell_text, read_rows, write_rows
from app.store.files import canonical_json

if TYPE_CHECKING:  # the ledger brings a whole database library, which a table of values needs not
    from app.store.ledger import LedgerEvent

FLAG_SEPARATOR = ";"
_COMMENT = "comment"  # the criterion of a comment, which has no value by its nature
_SCORED = ("reader", "case", "arm", "criterion", "value")


def write_pairs(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write ``pairs.csv`` from rows with its columns as keys."""
    write_rows(path, tuple(columns.PAIRS), ([row[c] for c in columns.PAIRS] for row in rows))


def write_metrics(path: Path, values: Iterable[MetricValue]) -> None:
    """Write ``metrics.csv``."""
    rows = (
        [
            FLAG_SEPARATOR.join(value.flags) if name == "flags" else getattr(value, name)
            for name in columns.METRICS
        ]
        for value in values
    )
    write_rows(path, tuple(columns.METRICS), rows)


def read_metrics(path: Path) -> tuple[MetricValue, ...]:
    """Read ``metrics.csv``.

    Raises
    ------
    InputError
        Names file, line and column.
    """
    return tuple(metric_values(path))


def metric_values(path: Path) -> Iterator[MetricValue]:
    """Yield the rows of ``metrics.csv`` one by one, as ``read_metrics`` reads them."""
    return map(_metric_value, read_rows(path, tuple(columns.METRICS)))


def write_marks(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write ``marks.csv`` from rows with its columns as keys."""
    write_rows(path, tuple(columns.MARKS), ([row[c] for c in columns.MARKS] for row in rows))


def write_responses(
    path: Path, responses: Iterable[Response], plans: Mapping[str, ReadingPlan]
) -> None:
    """Write ``responses.csv``, blind: picture codes for arms, no case, no kind.

    Parameters
    ----------
    plans
        The plan of each reader.

    Raises
    ------
    StoreError
        An answer is to no screen of its reader's plan.
    """
    pictures = {
        (plan.reader, planned.id): dict(zip(SLOTS, planned.images, strict=False)) | {"": ""}
        for plan in plans.values()
        for planned in plan.presentations
    }

    def blind(response: Response) -> dict[str, object]:
        try:
            code_in = pictures[response.reader, response.presentation]
            arm, opponent = code_in[response.slot], code_in[response.opponent]
        except KeyError as error:
            raise StoreError(
                f"The answer {response.id} of {response.reader} is to no screen of the plan.",
                remedy="Run 'blindread study verify'; a file may have been altered.",
            ) from error
        plan = plans[response.reader]
        return {
            "study": plan.study,
            "protocol_sha256": plan.protocol_sha256,
            "case": "",
            "arm": arm,
            "opponent": opponent,
            "kind": "simulated" if response.simulated else "",
            "repeat_of": "",
        }

    write_rows(path, tuple(columns.ANSWERS), _answer_rows(responses, blind))


def write_observations(path: Path, observations: Iterable[Observation]) -> None:
    """Write ``observations.csv``, with the true case, arm, opponent and kind."""
    write_rows(path, tuple(columns.ANSWERS), _observation_rows(observations))


def difference_from(path: Path, observations: Iterable[Observation]) -> str:
    """Return in a sentence where ``observations.csv`` says something else than its observations.

    Empty where it says the same. A column that it lacks, or has beside, is left out: another
    version may have written it.

    Raises
    ------
    InputError
        The table cannot be read; names file and line.
    """
    found = list(read_rows(path, _SCORED))
    recorded = [list(map(cell_text, row)) for row in _observation_rows(observations)]
    if len(found) != len(recorded):
        return f"{path} has {len(found)} answers, and the record {len(recorded)}."
    for row, cells in zip(found, recorded, strict=True):
        for column, text in zip(columns.ANSWERS, cells, strict=True):
            if row.text(column, text) != text:
                return f"{path} is not what the record says: line {row.line}, column '{column}'."
    return ""


def read_scores(path: Path) -> tuple[ScoreRow, ...]:
    """Return the scores of ``observations.csv``: answers that count and have a value.

    Amended answers, comments, and answers about several images of a screen together are
    left out. The table may come from elsewhere: ``reader``, ``case``, ``arm``, ``criterion``
    and ``value`` suffice.

    Raises
    ------
    InputError
        The table is blind, or a cell does not fit; names file, line and column.
    """
    rows = list(read_rows(path, _SCORED))
    return tuple(
        _score(row)
        for row in _counting(rows)
        if row.text("value").strip() and not _is_of_screen(row)
    )


def read_declined(path: Path) -> tuple[Declined, ...]:
    """Return what could not be judged in ``observations.csv``: answers that count, without a value.

    Amended answers and comments are left out. The reason is what the comment says.

    Raises
    ------
    InputError
        The table is blind, or a cell does not fit; names file, line and column.
    """
    rows = list(read_rows(path, ("reader", "case", "arm", "criterion", "value")))
    return tuple(
        Declined(
            reader=row.text("reader"),
            case=row.text("case"),
            arm=row.text("arm"),
            opponent=row.text("opponent"),
            criterion=row.text("criterion"),
            reason=row.text("comment").strip(),
            kind=row.text("kind", "test") or "test",
        )
        for row in _counting(rows)
        if not row.text("value").strip()
        and row.text("criterion") != _COMMENT
        and row.text("arm").strip()
        and not _is_of_screen(row)
    )


def write_estimates(path: Path, estimates: Iterable[Estimate]) -> None:
    """Write ``estimates.csv``."""
    names = tuple(columns.ESTIMATES)
    write_rows(path, names, ([getattr(estimate, n) for n in names] for estimate in estimates))


def write_schedule(path: Path, trials: Iterable[Trial]) -> None:
    """Write ``schedule.csv``: what was shown to whom, after unblinding."""
    rows = (
        [t.reader, t.position, t.presentation, t.case, "|".join(t.arms), t.kind, t.repeat_of]
        for t in trials
    )
    write_rows(path, tuple(columns.SCHEDULE), rows)


def write_blind_schedule(path: Path, plans: Iterable[ReadingPlan]) -> None:
    """Write ``schedule.csv`` before unblinding: picture codes for arms, no case.

    The kind is left out too, but that of simulated readers.
    """
    rows = (
        [
            plan.reader,
            p.position,
            p.id,
            "",
            "|".join(p.images),
            "simulated" if plan.simulated else "",
            "",
        ]
        for plan in plans
        for p in plan.presentations
    )
    write_rows(path, tuple(columns.SCHEDULE), rows)


def write_audit(path: Path, events: "Iterable[LedgerEvent]", head: tuple[int, str]) -> None:
    """Write ``audit.csv``: what happened to the study, in order, and the head of the record.

    Parameters
    ----------
    head
        The number of records and the hash of the last one; it stands in the last row.
    """
    rows = [[e.seq, e.at, e.reader, e.what, canonical_json(dict(e.details))] for e in events]
    rows.append([head[0], "", "", "head of the record", canonical_json({"sha256": head[1]})])
    write_rows(path, tuple(columns.AUDIT), rows)


def data_dictionary() -> tuple[tuple[str, str, str], ...]:
    """Return what every column means: (table, column, meaning)."""
    return tuple(
        (f"{table}.csv", column, meaning)
        for table, meanings in columns.TABLES.items()
        for column, meaning in meanings.items()
    )


def write_dictionary(path: Path) -> None:
    """Write the data dictionary as a table of its own."""
    write_rows(path, ("table", "column", "meaning"), data_dictionary())


def _observation_rows(observations: Iterable[Observation]) -> Iterator[list[object]]:
    joined = {observation.response.id: observation for observation in observations}

    def true(response: Response) -> dict[str, object]:
        observation = joined[response.id]
        kind = observation.trial.kind
        return {
            "study": observation.study,
            "protocol_sha256": observation.protocol_sha256,
            "case": observation.trial.case,
            "arm": observation.arm,
            "opponent": observation.opponent,
            "kind": "simulated" if kind == "test" and response.simulated else kind,
            "repeat_of": observation.trial.repeat_of,
        }

    return _answer_rows((observation.response for observation in joined.values()), true)


def _answer_rows(
    responses: Iterable[Response], identity: Callable[[Response], dict[str, object]]
) -> Iterator[list[object]]:
    answers = tuple(responses)
    answered_at = {response.id: response.viewing.answered_at for response in answers}
    for response in answers:
        known = identity(response) | {"amends": answered_at.get(response.amends, "")}
        yield [
            known[name]
            if name in known
            else getattr(response if hasattr(response, name) else response.viewing, name)
            for name in columns.ANSWERS
        ]


def _metric_value(row: Row) -> MetricValue:
    better = row.text("better")
    if better not in ("higher", "lower"):
        raise row.wrong("better", "is neither 'higher' nor 'lower'")
    data_range = row.number("data_range")
    if data_range is None:
        raise row.wrong("data_range", "is empty")
    return MetricValue(
        case=row.text("case"),
        arm=row.text("arm"),
        slice=row.whole("slice"),
        region=row.text("region"),
        metric=row.text("metric"),
        value=row.number("value"),
        unit=row.text("unit"),
        better=cast("Better", better),
        space=row.text("space"),
        data_range=data_range,
        parameters=row.text("parameters"),
        reference_uid=row.text("reference_uid"),
        reconstruction_uid=row.text("reconstruction_uid"),
        flags=tuple(flag for flag in row.text("flags").split(FLAG_SEPARATOR) if flag),
        software=row.text("software"),
    )


def _counting(rows: list[Row]) -> list[Row]:
    """Return the rows that no other row amends, in their order."""
    amended: set[tuple[str, ...]] = set()
    tied: set[tuple[str, ...]] = set()
    lowest: dict[tuple[str, ...], int] = {}
    for index, row in enumerate(rows):
        answer = _answer_key(row, row.text("answered_at"))
        lowest[answer] = index
        if row.text("amends"):
            replaced = _answer_key(row, row.text("amends"))
            # Two answers of one time: the row amends its twin, not itself.
            (tied if replaced == answer else amended).add(replaced)

    def counts(index: int, answer: tuple[str, ...]) -> bool:
        return answer not in amended and (answer not in tied or lowest[answer] == index)

    return [
        row
        for index, row in enumerate(rows)
        if counts(index, _answer_key(row, row.text("answered_at")))
    ]


def _answer_key(row: Row, time: str) -> tuple[str, ...]:
    names = ("study", "reader", "presentation", "slot", "criterion")
    return (*(row.text(name) for name in names), time)


def _is_of_screen(row: Row) -> bool:
    """Tell whether an answer of a study read here is about no single image."""
    return bool(row.text("presentation")) and not (row.text("slot") or row.text("arm"))


def _score(row: Row) -> ScoreRow:
    for column in ("reader", "case", "arm", "criterion"):
        if not row.text(column).strip():
            what = (
                "is empty; a blind table has no scores of arms" if column == "case" else "is empty"
            )
            raise row.wrong(column, what)
    value = row.number("value")
    if value is None or value in (float("inf"), float("-inf")):
        raise row.wrong("value", "is no score")
    return ScoreRow(
        reader=row.text("reader"),
        case=row.text("case"),
        arm=row.text("arm"),
        opponent=row.text("opponent"),
        criterion=row.text("criterion"),
        value=value,
        kind=row.text("kind", "test") or "test",
        presentation=row.text("presentation"),
    )
