import math

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt

from app.ui.value_rows import of_pairs, pivot
from app.ui.value_table import ValueOrder, ValueTableModel, in_figures, short_title
from tests.ui.fakes import pair, value

ACROSS = Qt.Orientation.Horizontal


def filled(*values):
    table, model = pivot(values), ValueTableModel()
    model.set_rows(table.of("whole"), table.metrics)
    return model


def shown(order, column=2):
    return [order.index(row, column).data() for row in range(order.rowCount())]


def ordered(model):
    return ValueOrder(model)


VALUES = (
    value(slice_number=None, number=0.8, parameters='{"pooling": "mean"}'),
    value(slice_number=1, number=0.9),
    value(slice_number=2, number=0.5, flags=("clipped",)),
    value(slice_number=3, number=None, flags=("undefined",)),
    value(slice_number=10, number=0.7),
    value(slice_number=10, metric="psnr", number=math.inf),
    value(slice_number=10, region="body", number=0.1),
)


def test_the_model_keeps_the_rules_of_qt(qtmodeltester):
    model = filled(*VALUES)

    qtmodeltester.check(model)
    qtmodeltester.check(ordered(model))


def test_values_of_one_slice_stand_in_one_row_and_regions_apart():
    table = pivot(VALUES)

    assert table.metrics == ("psnr", "ssim")
    assert table.regions == ("whole", "body")
    assert [row.slice for row in table.of("whole")] == [None, 1, 2, 3, 10]
    assert set(table.of("whole")[-1].values) == {"psnr", "ssim"}


def test_columns_of_native_values_keep_their_names_beside_those_of_a_window():
    table = pivot([value(), value(space="window:40/400"), value(metric="mse")])

    assert table.metrics == ("mse", "ssim", "ssim@window:40/400")


def test_values_of_another_reference_or_of_changed_images_are_left_out():
    pairs = (pair("c", "mild"), pair("c", "strong"), pair("d", "mild"))
    kept = (value("c", "mild"), value("d", "mild"), together("mild"))
    left_out = (
        value("c", "strong", reference_uid="1.2.other"),
        value("d", "mild", reconstruction_uid="1.2.new"),
        value("d", "strong"),
    )

    assert of_pairs((*kept[:2], *left_out, together("strong")), pairs) == kept[:2]
    assert of_pairs((*kept, together("gone")), pairs) == kept
    assert of_pairs((*kept, left_out[0], together("strong")), pairs) == kept
    assert of_pairs((*kept, left_out[1]), pairs) == kept[:2]


def together(arm):
    """Return a value of all images of an arm, which names none of them."""
    return value("", arm, None, "fid", 3.0, reference_uid="", reconstruction_uid="")


def test_a_click_on_a_metric_shows_the_worst_first_and_the_undefined_last():
    model = filled(*VALUES)
    order = ordered(model)
    first = model.headerData(4, ACROSS, Qt.ItemDataRole.InitialSortOrderRole)

    order.sort(4, first)
    assert shown(order) == ["2", "10", "all", "1", "3"]

    order.sort(4, Qt.SortOrder.DescendingOrder)
    assert shown(order) == ["1", "all", "10", "2", "3"]


def test_a_row_that_is_chosen_stays_chosen_in_another_order():
    order = ordered(filled(*VALUES))
    chosen = QPersistentModelIndex(order.index(4, 2))
    assert chosen.data() == "10"

    order.sort(4, Qt.SortOrder.AscendingOrder)

    assert (chosen.row(), chosen.data()) == (1, "10")
    order.sort(-1)
    assert chosen.row() == 4


def test_the_order_is_kept_for_other_values():
    model = filled(*VALUES)
    order = ordered(model)
    order.sort(2, Qt.SortOrder.DescendingOrder)

    table = pivot([value(slice_number=number) for number in (1, 5, 3)])
    model.set_rows(table.of("whole"), table.metrics)

    assert shown(order) == ["5", "3", "1"]


def test_slices_sort_as_numbers():
    order = ordered(filled(*VALUES))

    order.sort(2, Qt.SortOrder.AscendingOrder)

    assert shown(order) == ["all", "1", "2", "3", "10"]


def test_the_header_tells_direction_unit_and_parameters():
    model = filled(*VALUES, value(metric="mse", number=3.0, unit="HU²"))
    titles = [model.headerData(i, ACROSS) for i in range(model.columnCount())]

    assert titles == ["Case", "Arm", "Slice", "MSE\nHU² ↓", "PSNR\ndB ↑", "SSIM\n↑", "Flags"]
    assert "sigma" in model.headerData(5, ACROSS, Qt.ItemDataRole.ToolTipRole)
    assert (
        model.headerData(3, ACROSS, Qt.ItemDataRole.InitialSortOrderRole)
        == Qt.SortOrder.DescendingOrder
    )


def test_a_cell_tells_its_exact_value_and_its_flags():
    model = filled(*VALUES)
    tip = model.index(2, 4).data(Qt.ItemDataRole.ToolTipRole)

    assert "0.5" in tip
    assert "clipped" in tip
    assert model.index(2, 5).data() == "clipped"


def test_only_one_pair_or_only_volumes_can_be_shown():
    order = ordered(filled(*VALUES, value(arm="b")))

    order.keep(volumes=True)
    assert shown(order) == ["all"]
    order.keep(pair=("c", "b"))
    assert shown(order, 1) == ["b"]
    order.keep()
    assert order.rowCount() == 6


def test_the_volume_of_a_single_slice_is_not_shown_twice():
    order = ordered(filled(value(slice_number=None), value(slice_number=1)))

    assert shown(order) == ["1"]
    order.keep(volumes=True)
    assert shown(order) == ["all"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0.123456, "0.1235"),
        (38.0, "38.00"),
        (1.0, "1.000"),
        (9999.4, "9999"),
        (9999.9, "10.00k"),
        (281843.2, "281.8k"),
        (999960.0, "1.000M"),
        (-2.5e9, "-2.500G"),
        (1e15, "1.000e+15"),
        (0.0000812, "8.1e-05"),
        (0.0, "0"),
        (None, "–"),
        (math.inf, "∞"),
        (math.nan, "–"),
    ],
)
def test_numbers_have_four_figures(number, words):
    assert in_figures(number) == words


def test_the_head_of_a_column_says_only_what_all_its_values_share():
    model = filled(value(metric="mse", unit="HU²"), value(metric="mse", unit="", arm="b"))

    assert model.headerData(3, ACROSS) == "MSE\n↓"
    assert "Region: whole" in model.headerData(3, ACROSS, Qt.ItemDataRole.ToolTipRole)


def test_a_value_with_a_flag_has_a_star():
    model = filled(value(number=0.5, flags=("clipped",)))

    assert model.index(0, 3).data() == "*0.5000"


def test_the_name_of_a_variant_stands_on_the_second_line():
    names = ("ssim", "ms-gmsd", "lpips-vgg", "ssim@box7", "haarpsi")

    assert [short_title(name) for name in names] == [
        "SSIM",
        "MS-GMSD",
        "LPIPS\nVGG",
        "SSIM\nBOX7",
        "HAARPSI",
    ]
