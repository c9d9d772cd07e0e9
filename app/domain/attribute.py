"""What a file says about itself, as a tree of attributes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attribute:
    """One DICOM attribute in words.

    ``tag`` is written as in the standard, ``(0028,0010)``; an item of a sequence has
    ``Item 1`` there and its attributes as children. ``value`` has the parts of a
    multiple value parted by backslashes; bytes are told by their number and a checksum.
    """

    tag: str
    keyword: str
    name: str
    vr: str
    value: str
    children: tuple["Attribute", ...] = ()
