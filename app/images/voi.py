"""The views a file offers of its values: VOI LUT Sequence and windows."""

from typing import get_args

from pydicom.dataset import Dataset

from app.domain.image import VoiFunction, VoiTable, Window
from app.errors import NotAnImage
from app.images import values
from app.images.frames import FrameGroups, rescale
from app.images.grey import lookup_table
from app.images.headers import Header


def views(header: Header, groups: FrameGroups, frame: int) -> tuple[Window, ...]:
    """Return the usable views of one frame: its tables first, then its windows.

    PS3.3 C.11.2: tables and windows are alternatives, and either may be chosen.
    The tables come first because a file that bothers to have one was made to
    be seen through it.
    """
    item = groups.find(frame, "FrameVOILUTSequence")
    scale = rescale(header, groups, frame)
    mapped = bool(values.items(header.dataset, "ModalityLUTSequence"))
    signed = not mapped and (header.signed or scale.slope < 0 or scale.intercept < 0)
    if (id(item), signed) not in groups.tables:
        groups.tables[id(item), signed] = _tables(header, item, signed)
    return (*groups.tables[id(item), signed], *_windows(item))


def _tables(header: Header, item: Dataset, signed: bool) -> tuple[VoiTable, ...]:
    """Return the tables of the VOI LUT Sequence; damaged ones are left out.

    PS3.3 C.11.2.1.1: the first number mapped is signed where the values that
    go in may be negative.
    """
    tables = []
    for one in values.items(item, "VOILUTSequence"):
        try:
            entries, first, bits = lookup_table(
                header, one, "LUTDescriptor", "LUTData", signed=signed
            )
        except NotAnImage:
            continue
        top = max(2**bits - 1, int(entries.max()))
        tables.append(
            VoiTable(
                center=first + (len(entries) - 1) / 2,
                width=float(len(entries)),
                function="LINEAR_EXACT",
                explanation=values.text(one, "LUTExplanation"),
                table=tuple((entries / top).tolist()),
            )
        )
    return tuple(tables)


def _windows(item: Dataset) -> tuple[Window, ...]:
    """Return the usable windows, the file's default first.

    PS3.3 C.11.2.1.2: LINEAR needs a width of at least 1, the others above 0.
    Centres without a width, or a function that is not known, are left out.
    """
    centres = values.numbers(item, "WindowCenter")
    widths = values.numbers(item, "WindowWidth")
    names = values.words(item, "WindowCenterWidthExplanation")
    function = values.text(item, "VOILUTFunction").upper() or "LINEAR"
    known: dict[str, VoiFunction] = {name: name for name in get_args(VoiFunction)}
    if function not in known:
        return ()
    return tuple(
        Window(center, width, known[function], names[index] if index < len(names) else "")
        for index, (center, width) in enumerate(zip(centres, widths, strict=False))
        if width >= (1 if function == "LINEAR" else 0) and width > 0
    )
