"""The window presets offered for an image, and their keys."""

from collections.abc import Sequence

from app.domain.image import Image, Window
from app.domain.metric import IntensityRange
from app.domain.windows import automatic_window, range_window
from app.ui.actions import nth

NamedWindow = tuple[str, Window]

CT_PRESETS = (
    ("Abdomen", 50.0, 400.0),
    ("Soft tissue", 50.0, 250.0),
    ("Lung", -600.0, 1500.0),
    ("Bone", 400.0, 1800.0),
    ("Brain", 40.0, 80.0),
    ("Mediastinum", 50.0, 350.0),
    ("Liver", 30.0, 150.0),
)
"""Name, centre and width in HU.

The values are those of Radiopaedia, "Windowing (CT)", radiopaedia.org/articles/windowing-ct;
soft tissue is the narrow one given there for the spine.
"""

_CT_KEYS = tuple((f"F{place + 2}", f"Shift+{place + 1}") for place in range(len(CT_PRESETS)))


def presets(reference: Image, full: IntensityRange) -> tuple[NamedWindow, ...]:
    """Return names and windows: the file's own first, then the modality's, then full range.

    Presets in HU are offered for CT alone; other images get an automatic window. It
    comes from the reference, so that a reconstruction cannot choose its own contrast.
    """
    own = [
        (window.explanation or ("From the file" if number == 0 else f"From the file, {number + 1}"))
        for number, window in enumerate(reference.windows)
    ]
    offered = list(zip(own, reference.windows, strict=True))
    if reference.modality == "CT" and reference.unit in ("HU", ""):
        offered += _ct_windows()
    else:
        offered.append(("Automatic", automatic_window(reference)))
    name = "Full range (8-bit)" if reference.bits_stored <= 8 else "Full range"
    offered.append((name, range_window(full.low, full.high)))
    return tuple(offered)


def preset_keys(windows: Sequence[NamedWindow]) -> tuple[tuple[str, ...], ...]:
    """Return the keys of each of the ``presets``.

    The first nine have their numbers, so that 1 is the file's own window, and those after
    them 0 and a number. Those for CT have F2 to F8, and Shift+1 to Shift+7, wherever they stand.
    """
    keys = [
        (str(place),) if place <= 9 else nth("0", place - 9) for place in range(1, len(windows) + 1)
    ]
    known = _ct_windows()
    first = len(windows) - 1 - len(known)
    if first >= 0 and list(windows[first:-1]) == known:
        for place, more in enumerate(_CT_KEYS, start=first):
            keys[place] = (*more, *keys[place])
    return tuple(keys)


def _ct_windows() -> list[NamedWindow]:
    return [(name, Window(center, width)) for name, center, width in CT_PRESETS]
