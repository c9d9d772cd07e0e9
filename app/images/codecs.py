"""Which transfer syntaxes can be read here, and by which decoder."""

from functools import cache

from pydicom.uid import UID

from app.images.files import refuse
from app.images.headers import Header

PLUGINS = {
    "1.2.840.10008.1.2.5": "pydicom",
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.51": "pillow",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.4.201": "pylibjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg",
    "1.2.840.10008.1.2.4.203": "pylibjpeg",
}
"""The decoder of each syntax, named so that every machine gives the same numbers."""

EXTENDED = "1.2.840.10008.1.2.4.51"
LOSSLESS = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
CONVERT = (
    "Convert the file to an uncompressed, JPEG-LS or JPEG 2000 copy "
    "(for example dcmdjpeg of DCMTK), and use the copy."
)


@cache
def plugin_of(syntax: str, bits_stored: int) -> str | None:
    """Return the decoder for a compressed syntax, or None where there is none.

    An empty name leaves the choice to pydicom: the syntax is none of ours, but
    the person has installed something that reads it.
    """
    from pydicom.pixels import get_decoder

    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        return None
    available = decoder.available_plugins
    plugin = PLUGINS.get(syntax, "")
    if syntax == EXTENDED and bits_stored > 8:  # Pillow reads 8 bits alone
        available, plugin = tuple(one for one in available if one != "pillow"), ""
    if not available:
        return None
    return plugin if plugin in available else ""


def check_decoder(header: Header) -> None:
    """Refuse a compressed file that nothing here can decode.

    Raises
    ------
    NotAnImage
        No decoder is installed; the sentence names the transfer syntax.
    """
    if not header.compressed or plugin_of(header.syntax, header.bits_stored) is not None:
        return
    bits = f" with {header.bits_stored} bits" if header.syntax == EXTENDED else ""
    raise refuse(header.path, f"no decoder is installed for {header.syntax_name}{bits}.", CONVERT)


def support() -> list[tuple[str, str]]:
    """Return every compressed syntax by name, with nothing or the reason why it is not read."""
    rows = []
    for syntax in (*PLUGINS, *LOSSLESS):
        bits = 12 if syntax == EXTENDED else 8
        reason = "" if plugin_of(syntax, bits) is not None else "not read: no decoder is installed"
        name = f"{UID(syntax).name}{', 12 bits' if syntax == EXTENDED else ''}"
        rows.append((name, reason))
    return rows
