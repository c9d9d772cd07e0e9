"""The window presets and their keys."""

import pytest

from app.domain.image import Window
from app.domain.metric import IntensityRange
from app.ui.windows import CT_PRESETS, preset_keys, presets
from tests.ui.fakes import image

FULL = IntensityRange(-1024.0, 3071.0, "CT 12-bit")


def test_ct_offers_the_file_s_own_window_first_then_the_usual_ones():
    offered = presets(image(), FULL)

    assert offered[0][0] == "ABDOMEN"
    names = [name for name, _, _ in CT_PRESETS]
    assert [name for name, _ in offered] == ["ABDOMEN", *names, "Full range"]
    assert dict(offered)["Lung"] == Window(-600.0, 1500.0)


def test_every_ct_preset_has_its_function_key_and_shifted_digit_wherever_it_stands():
    many = tuple(Window(number, 100.0) for number in range(1, 6))
    for windows in ((), many):
        offered = presets(image(windows=windows), FULL)
        keys = dict(zip((name for name, _ in offered), preset_keys(offered), strict=True))

        assert keys["Abdomen"][:2] == ("F2", "Shift+1")
        assert keys["Liver"][:2] == ("F8", "Shift+7")
        assert [own[-1] for own in preset_keys(offered)[:8]] == list("12345678")


def test_a_window_beyond_the_ninth_has_two_keys():
    offered = presets(image(windows=tuple(Window(n, 100.0) for n in range(1, 11))), FULL)

    assert [own[-1] for own in preset_keys(offered)[8:11]] == ["9", "0, 1", "0, 2"]


@pytest.mark.parametrize("modality", ["MR", "US", ""])
def test_presets_in_hu_are_not_offered_where_values_are_not_in_hu(modality):
    offered = presets(image(modality=modality, unit=""), FULL)

    assert [name for name, _ in offered] == ["ABDOMEN", "Automatic", "Full range"]
    assert preset_keys(offered) == (("1",), ("2",), ("3",))


def test_ct_that_is_not_in_hu_gets_no_preset_in_hu():
    assert "Lung" not in dict(presets(image(unit="counts"), FULL))
