"""Facts about an image, in words."""

import pytest

from app.domain.image import Grid


@pytest.mark.parametrize(
    ("spacing", "kind", "words"),
    [
        ((0.5, 0.5), "", "0.5 mm"),
        ((0.6667, 0.7), "", "0.667 x 0.7 mm"),
        ((0.139, 0.139), "detector", "0.139 mm detector"),
        (None, "", ""),
    ],
)
def test_the_size_of_a_pixel_says_where_it_was_measured(spacing, kind, words):
    grid = Grid(rows=2, columns=2, slices=1, spacing=spacing, spacing_kind=kind)

    assert grid.spacing_words == words
