"""Columns of numbers put rows in the order in which sorting row by row does."""

import math

from hypothesis import given
from hypothesis import strategies as st

from app.domain.worst_place import WorstPlace
from app.ui.finding_order import Choice, JoinedRows, Ranking
from app.ui.value_rows import pivot
from app.ui.value_sheet import ValueSheet
from tests.ui.fakes import value

CASES, ARMS, NUMBERS = ("b", "a", "ö"), ("mild", "Strong"), (None, 10, 2, 1)
KEYS = [(case, arm, number) for number in NUMBERS for case in CASES for arm in ARMS]
values = st.sampled_from((None, math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 2.0))
tables = st.lists(values, min_size=len(KEYS), max_size=len(KEYS))
metrics = st.sampled_from(("ssim", "mse", "hu-bias"))
LOCAL = Choice("local-ssim", "Lowest local SSIM", "higher", local=True)


def sheet(numbers, metric="ssim", keys=KEYS):
    listed = zip(keys, numbers, strict=False)
    mean = {"parameters": '{"pooling": "mean"}'}
    table = pivot([value(*key, metric=metric, number=number, **mean) for key, number in listed])
    return table.sheet("whole")


def defined(row, metric):
    one = row.values.get(metric)
    return one is not None and one.value is not None and not math.isnan(one.value)


@given(tables, metrics, st.booleans())
def test_the_table_sorts_stably_and_what_is_not_defined_is_last(numbers, metric, descending):
    found = sheet(numbers, metric)
    rows = list(found)
    known = [row for row in rows if defined(row, metric)]
    sign = abs if metric == "hu-bias" else float
    known.sort(key=lambda row: sign(row.values[metric].value), reverse=descending)
    unknown = [row for row in rows if not defined(row, metric)]

    order = found.arranged(3, descending=descending)

    assert [found[place] for place in order.tolist()] == known + unknown
    pair = CASES[1], ARMS[0]
    of_pair = found.arranged(3, descending=descending, pair=pair)
    assert of_pair.tolist() == [i for i in order.tolist() if found.key(i)[:2] == pair]
    volumes = found.arranged(3, descending=descending, volumes=True)
    assert volumes.tolist() == [i for i in order.tolist() if found.key(i)[2] is None]


@given(st.booleans(), st.integers(0, 2))
def test_names_sort_as_names_and_slices_as_numbers(descending, column):
    found = sheet([1.0] * len(KEYS))
    rows = sorted(
        found,
        key=lambda row: (row.case, row.arm, row.slice or 0)[column],
        reverse=descending,
    )

    order = found.arranged(column, descending=descending)

    assert [found[place] for place in order.tolist()] == rows


@given(tables, metrics)
def test_the_worst_are_first_and_as_bad_ones_in_order_of_their_names(numbers, metric):
    choice = Choice(metric, metric, "higher" if metric == "ssim" else "lower")
    found = sheet(numbers, metric)
    rows = [row for row in found if row.slice is not None and defined(row, metric)]
    rows.sort(
        key=lambda row: (
            -choice.badness(row.values[metric].value),
            (row.case, row.arm, row.slice),
        )
    )

    ranking = Ranking(choice, found, {})

    keys = [(row.case, row.arm, row.slice) for row in rows]
    assert [place.key for place in ranking.places()] == keys
    assert [place.value for place in ranking.places()] == [r.values[metric].value for r in rows]
    assert [ranking.number_of(key) for key in keys] == list(range(len(keys)))
    assert ranking.number_of(("b", "mild", 77)) is None
    assert [key for key, _ in ranking.of_case("a")] == [key for key in keys if key[0] == "a"]
    stable = sorted(
        (row for row in found if row in rows),
        key=lambda row: -choice.badness(row.values[metric].value),
    )
    assert found.worst(metric, 5) == tuple(stable[:5])
    assert all(row.case == "a" for row in found.worst(metric, 5, {("a", arm) for arm in ARMS}))


places = st.dictionaries(
    st.tuples(st.sampled_from(CASES), st.sampled_from(ARMS), st.integers(1, 6)),
    st.sampled_from((None, 0.1, 0.2, 0.3)),
)


@given(places, st.integers(0, 12), st.integers(0, 24))
def test_worst_places_join_the_rows_whether_they_come_at_once_or_one_by_one(
    listed, before, measured
):
    found = {key: WorstPlace(*key, LOCAL.id, one, 1.5, 2.5) for key, one in listed.items()}
    base = sheet([0.5] * measured, keys=KEYS[:measured])
    some = dict(list(found.items())[:before])
    grown = JoinedRows(base, "whole", LOCAL)
    first = grown.sheet(some)
    kept = list(first)

    at_once, by_steps = JoinedRows(base, "whole", LOCAL).sheet(found), grown.sheet(found)

    assert list(by_steps) == list(at_once)
    assert list(first) == kept  # the table that is on the screen does not change under it
    assert all(first.find(*key) is None or first.find(*key) < len(first) for key in KEYS)
    assert grown.sheet(found) is by_steps
    known = {key: one.value for key, one in found.items() if one.value is not None}
    shown = {
        (row.case, row.arm, row.slice): row.values[LOCAL.id].value
        for row in at_once
        if LOCAL.id in row.values
    }
    for case, arm in {key[:2] for key in known}:
        known[case, arm, None] = min(v for key, v in known.items() if key[:2] == (case, arm))
    assert shown == known
    assert [row for row in at_once if "ssim" in row.values] == [
        at_once[place] for place in range(len(base))
    ]
    assert all(set(row.values) - {LOCAL.id} == {"ssim"} for row in at_once[: len(base)])
    ranking = Ranking(LOCAL, at_once, found)
    assert {place.key for place in ranking.places()} == {key for key in known if key[2]}
    assert all((place.row, place.column) == (1.5, 2.5) for place in ranking.places())


def test_a_column_of_worst_places_says_where_they_were_looked_for():
    found = {("a", "mild", 1): WorstPlace("a", "mild", 1, LOCAL.id, 0.1, 1.5, 2.5)}
    joined = JoinedRows(sheet([0.5] * 24), "whole", LOCAL).sheet(found)

    assert joined.metrics == (LOCAL.id, "ssim")
    assert joined.heads[LOCAL.id].circumstances[0] == "body"
    assert joined.heads["ssim"].circumstances[0] == "whole"


def test_a_sheet_of_nothing_is_empty():
    nothing = ValueSheet.of((), ())

    assert len(nothing) == 0
    assert nothing.find("a", "mild", 1) is None
    assert nothing.arranged(1).tolist() == []
    assert nothing.arranged(pair=("a", "mild"), volumes=True).tolist() == []
    assert Ranking(None, nothing, {}).places() == ()
    assert Ranking(LOCAL, nothing, {}).of_case("a") == []
