"""A sheet of the worst slices, opened again: rows, pages, planes and what is left after a stop."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.domain.progress import Progress
from app.domain.shape import Shape
from app.errors import StoreError
from app.ui.contact_sheet import SheetOrder, make_sheet, worst_rows
from app.ui.drawings import Drawings
from app.ui.value_rows import pivot
from app.workflows.contact_sheet import SheetSlice
from tests.images.workflow import finish
from tests.ui.fakes import FakeView, image, pair, pairing, value, values_of

ROWS = pivot(values_of(pairing(Path("cases")))).of("whole")


def slices(wanted, local_map, broken=()):
    for rank, (one, number) in enumerate(wanted):
        yield Progress(rank, len(wanted), "reading")
        seen = FakeView(one, image(), image(noise=40.0))
        index = number - 1
        values = seen.reconstruction.values(index) - seen.reference.values(index)
        if rank in broken:
            yield SheetSlice(rank + 1, len(wanted), "", None, 0, None, "It is gone. Look for it.")
        else:
            yield SheetSlice(rank + 1, len(wanted), "", seen, index, values)


def order(count=3):
    rows = worst_rows(ROWS, "ssim", count)
    return SheetOrder(
        title=f"The {count} worst slices by SSIM",
        wanted=tuple((pair(row.case, row.arm), row.slice) for row in rows),
        rows=rows,
        window=None,
        inverted=False,
        limit=120.0,
    )


def test_the_worst_slices_come_first_and_volumes_do_not():
    rows = worst_rows(ROWS, "ssim", 4)

    found = [row.values["ssim"].value for row in rows]
    every = [row.values["ssim"].value for row in ROWS if row.slice is not None]
    assert found == sorted(every)[:4]


def test_the_largest_error_is_the_worst_and_a_bias_counts_either_way():
    numbers = {"mse": (1.0, 9.0, 3.0), "hu-bias": (-50.0, 1.0, 20.0)}
    values = [
        value(slice_number=place + 1, metric=metric, number=number)
        for metric, listed in numbers.items()
        for place, number in enumerate(listed)
    ]
    values.append(value(slice_number=4, metric="mse", number=None))
    rows = pivot(values).of("whole")

    assert [row.slice for row in worst_rows(rows, "mse", 9)] == [2, 3, 1]
    assert [row.slice for row in worst_rows(rows, "hu-bias", 9)] == [1, 3, 2]


def test_a_picture_has_a_row_for_each_slice_with_three_planes(qapp, tmp_path):
    target = finish(make_sheet(order(3), tmp_path / "worst.png", slices))

    opened = QImage(str(target))
    assert opened.width() == 1260
    # Down the left edge of each column, where there is air, planes and paper take turns.
    for column in (34, 439, 844):
        middle = [opened.pixelColor(column, y).lightness() for y in range(opened.height())]
        dark = np.array(middle) < 235
        runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], dark, [0]]))))[::2]
        assert (runs > 250).sum() == 3


def test_the_shapes_of_a_case_lie_on_its_rows(qapp, tmp_path):
    box = Shape(1, "rectangle", ((8.0, 8.0), (24.0, 28.0)))
    case = order(1).rows[0].case
    drawn = replace(order(1), drawings=Drawings(shapes={case: (box,)}))
    others = replace(order(1), drawings=Drawings(shapes={"another": (box,)}))

    colored = []
    for one in (drawn, others):
        target = finish(make_sheet(one, tmp_path / "worst.png", slices))
        picture = QImage(str(target))
        counted = [
            picture.pixelColor(x, y).saturation() > 90
            for y in range(picture.height())
            for x in range(30, 420)
        ]
        colored.append(sum(counted))

    assert colored[0] > 300
    assert colored[1] == 0


def test_pages_of_a_pdf_hold_all_rows(qapp, tmp_path):
    target = finish(make_sheet(order(8), tmp_path / "worst.pdf", slices))

    data = target.read_bytes()
    assert data.startswith(b"%PDF")
    assert data.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == 4  # two such tall rows on each
    assert len(re.findall(rb"/Subtype\s*/Image", data)) >= 3 * 8


def test_a_slice_that_is_gone_is_told_in_its_row(qapp, tmp_path):
    whole = finish(make_sheet(order(3), tmp_path / "whole.png", slices))
    less = finish(
        make_sheet(order(3), tmp_path / "less.png", lambda *asked: slices(*asked, broken=(1,)))
    )

    assert QImage(str(less)).height() < QImage(str(whole)).height()


@pytest.mark.parametrize("name", ["worst.png", "worst.pdf"])
def test_a_sheet_that_is_given_up_leaves_nothing(qapp, tmp_path, name):
    work = make_sheet(order(3), tmp_path / name, slices)
    for _ in range(3):
        next(work)
    work.close()

    assert list(tmp_path.iterdir()) == []


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(StoreError):
        next(make_sheet(order(), tmp_path / "worst.docx", slices))
