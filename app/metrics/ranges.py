"""Which range of real-world values counts as full scale: one per study and modality."""

import math
import re

from app.domain.metric import IntensityRange
from app.errors import InputError, MetricRefused

CT_LOW, CT_HIGH = -1024.0, 3071.0
"""What twelve bits hold with the usual intercept of CT, in Hounsfield units."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_SPAN = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*")


def is_hounsfield(
    modality: str, *, unit: str = "", limits: tuple[float, float] | None = None
) -> bool:
    """Tell whether values are Hounsfield units.

    They are when the files say so, or when a CT without a unit holds values far
    below zero (below -200), which windowed pictures never do.
    """
    if modality.upper() != "CT":
        return False
    if unit:
        return unit.upper() == "HU"
    return limits is not None and limits[0] < -200


def auto_range(
    modality: str,
    bits_stored: int,
    limits: tuple[float, float],
    *,
    unit: str = "",
) -> IntensityRange:
    """Return the range that ``--data-range auto`` stands for.

    The first rule that fits is taken: at most 8 bits stored with values inside
    0..255 is 0..255 (origin ``8-bit``); CT in Hounsfield units is -1024..3071
    (``CT 12-bit``); everything else is the least and greatest value of all
    references of the modality in the source (``references``).

    Parameters
    ----------
    modality
        DICOM Modality of the references.
    bits_stored
        The largest BitsStored among them.
    limits
        Least and greatest real-world value over all references of the modality.
    unit
        Unit of the values, ``HU`` or empty.

    Raises
    ------
    MetricRefused
        The references hold one single value, or values that are not finite.
    """
    low, high = (float(limit) for limit in limits)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise MetricRefused(
            f"The references of modality {modality or 'unknown'} hold values that are not finite.",
            remedy="Mend the references, or give the range with --data-range LOW..HIGH.",
        )
    if bits_stored <= 8 and low >= 0 and high <= 255:
        return IntensityRange(0.0, 255.0, "8-bit")
    if is_hounsfield(modality, unit=unit, limits=limits):
        return IntensityRange(CT_LOW, CT_HIGH, "CT 12-bit")
    if not high > low:
        raise MetricRefused(
            f"The references of modality {modality or 'unknown'} hold one single value, {low:g}, "
            "so they give no intensity range.",
            remedy="Measure on the command line, with --data-range LOW..HIGH.",
        )
    return IntensityRange(low, high, "references")


def fixed_range(modality: str, bits_stored: int, *, unit: str = "") -> IntensityRange | None:
    """Return the range that no value of any reference can change; None where there is none.

    It is what ``auto_range`` returns for a study of which one reference is like this.
    """
    if bits_stored > 8 and is_hounsfield(modality, unit=unit):
        return IntensityRange(CT_LOW, CT_HIGH, "CT 12-bit")
    return None


def given_range(
    text: str,
    modality: str,
    *,
    unit: str = "",
    limits: tuple[float, float] | None = None,
) -> IntensityRange:
    """Return the range that a person wrote: ``LOW..HIGH``, or a width ``N``.

    A width starts at 0, and at -1024 for CT in Hounsfield units.

    Raises
    ------
    InputError
        The text is neither, or the range is empty.
    """
    remedy = "Write auto, a width such as 4095, or LOW..HIGH such as -160..240."
    span = _SPAN.fullmatch(text)
    if span:
        low, high = float(span[1]), float(span[2])
    elif re.fullmatch(rf"\s*{_NUMBER}\s*", text):
        low = CT_LOW if is_hounsfield(modality, unit=unit, limits=limits) else 0.0
        high = low + float(text)
    else:
        raise InputError(f"The data range '{text}' cannot be understood.", remedy=remedy)
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        raise InputError(f"The data range '{text}' is empty or not finite.", remedy=remedy)
    return IntensityRange(low, high, "given")
