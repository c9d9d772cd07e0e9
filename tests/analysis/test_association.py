"""Spearman's rho: by hand, as SciPy has it, and where it does not exist."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.analysis.association import associate, metric_tables
from app.analysis.cells import rating_cells
from app.analysis.ranks import midranks, midranks_of_one, spearman
from app.errors import InputError
from tests.analysis.builders import metric, pick, rating

small = st.lists(st.integers(0, 5), min_size=3, max_size=12)


def one(values):
    return np.asarray(values, dtype=float)[None]


@given(x=small, data=st.data())
def test_rho_equals_scipys_also_for_points_that_stand_for_many(x, data):
    n = len(x)
    y = data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    w = data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    ours = spearman(one(x)[0], one(y), one(w))[0]
    long_x, long_y = np.repeat(x, w), np.repeat(y, w)
    if len(set(long_x)) < 2 or len(set(long_y)) < 2:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(stats.spearmanr(long_x, long_y).statistic, abs=1e-12)
        assert spearman(-one(x)[0], one(y), one(w))[0] == pytest.approx(-ours)


def test_midranks_by_hand():
    """Values 3, 1, 3, 2 of weights 1, 2, 1, 0: 1 has the ranks 1 and 2, 3 has 3 and 4."""
    values, weights = one([3, 1, 3, 2]), one([1, 2, 1, 0])
    for ranks in (midranks(values, weights)[0], midranks_of_one(values[0], weights)[0]):
        assert ranks[[0, 1, 2]].tolist() == [3.5, 1.5, 3.5]


def study(scores, values, readers=("R1",)):
    """Cases as rows, arms as columns, the same score by each reader."""
    rows, metrics = [], []
    for case, (given_scores, given_values) in enumerate(zip(scores, values, strict=True)):
        for arm, (score, value) in enumerate(zip(given_scores, given_values, strict=True)):
            rows += [rating(reader, f"c{case}", f"a{arm}", score) for reader in readers]
            metrics.append(metric(f"c{case}", f"a{arm}", value))
    (table,) = metric_tables(metrics)
    return associate(rating_cells(rows), "quality", table, resamples=200)


def test_a_metric_that_only_knows_the_case_agrees_over_images_and_not_within():
    """Within each case the order is reversed, between cases it is right."""
    found, points = study(
        [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        [[3, 2, 1], [13, 12, 11], [23, 22, 21]],
        readers=("R1", "R2"),
    )
    over = pick(found, "srocc", "psnr whole ~ quality")
    within = pick(found, "srocc_within_case", "psnr whole ~ quality")
    # 1 - 6 * sum d^2 / (n (n^2 - 1)) with d = 2, 0, 2 three times: 1 - 6 * 24 / 720
    assert over.value == pytest.approx(0.8)
    assert within.value == pytest.approx(-1.0)
    assert (over.n, over.n_cases, over.n_readers) == (9, 3, 2)
    assert points[0].score == 1.0
    assert (within.low, within.high) == (None, None)  # it is -1 in every resample
    assert "no variation in the data" in within.note


def test_infinite_and_missing_values_are_left_out_and_counted():
    found, points = study([[1, 2, 3], [2, 3, 4]], [[math.inf, 2, 3], [None, 5, 6]])
    assert len(points) == found[0].n == 4
    assert "2 images left out: value infinite or undefined" in found[0].note


def test_constant_values_have_no_rho():
    found, _ = study([[1, 2, 3], [2, 3, 4]], [[1, 1, 1], [1, 1, 1]])
    assert [one.value for one in found] == [None, None]
    assert found[0].note.startswith("undefined")


def test_two_images_are_refused_in_words():
    found, _ = study([[1, 2]], [[1, 2]])
    assert found[0].value is None
    assert found[0].note.startswith("fewer than 3 images")


def test_one_case_has_a_rho_and_no_interval():
    found, _ = study([[1, 2, 3]], [[1, 2, 3]])
    assert [(one.value, one.low) for one in found] == [(1.0, None), (1.0, None)]
    assert found[0].note.startswith("no interval: one case")


def test_the_interval_narrows_with_more_cases():
    generator = np.random.default_rng(8)
    widths = []
    for cases in (6, 60):
        values = generator.normal(size=(cases, 4))
        scores = values + generator.normal(size=(cases, 4))
        found, _ = study(scores.tolist(), values.tolist())
        assert found[0].low < found[0].value < found[0].high
        widths.append(found[0].high - found[0].low)
    assert widths[1] < 0.6 * widths[0]


def test_a_space_is_part_of_the_group_and_slices_are_not_volumes():
    tables = metric_tables([
        metric("c", "a", 1.0),
        metric("c", "a", 2.0, space="window:40/400"),
        metric("c", "a", 3.0, slice=1),
        metric("c", "a", 4.0, region="body"),
    ])  # fmt: skip
    assert [t.label for t in tables] == ["psnr whole", "psnr whole window:40/400", "psnr body"]


def test_two_values_of_one_image_are_refused():
    with pytest.raises(InputError, match="two values of psnr"):
        metric_tables([metric("c", "a", 1.0), metric("c", "a", 2.0)])


def test_within_cases_counts_the_cases_that_have_a_rho():
    """Of three cases one has equal scores and one two arms only: one is left, so no interval."""
    found, _ = study(
        [[1, 2, 3], [2, 2, 2], [1, 3, 2]],
        [[1, 2, 3], [1, 2, 3], [1, None, 3]],
        readers=("R1", "R2"),
    )
    over = pick(found, "srocc", "psnr whole ~ quality")
    within = pick(found, "srocc_within_case", "psnr whole ~ quality")
    assert (over.n_cases, over.n) == (3, 8)
    assert (within.value, within.n_cases, within.n) == (1.0, 1, 3)
    assert within.low is None
    assert "1 of 3 cases have a rho" in within.note


def test_no_case_with_a_rho_counts_none():
    found, _ = study([[1, 2], [3, 4]], [[1, 2], [3, 4]])
    within = pick(found, "srocc_within_case", "psnr whole ~ quality")
    assert (within.value, within.n_cases, within.n) == (None, 0, 0)
