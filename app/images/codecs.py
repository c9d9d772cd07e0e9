"""Which transfer syntaxes can be read here, and by which decoder."""

from functools import cache
from importlib.util import find_spec

from pydicom.uid import UID

from app.images.files import refuse
from app.images.headers import JPEG_XL, Header

ENCAPSULATED = "1.2.840.10008.1.2.1.98"
PLUGINS = {
    ENCAPSULATED: "none",
    "1.2.840.10008.1.2.5": "pydicom",
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.51": "imagecodecs",
    "1.2.840.10008.1.2.4.53": "imagecodecs",
    "1.2.840.10008.1.2.4.55": "imagecodecs",
    "1.2.840.10008.1.2.4.57": "imagecodecs",
    "1.2.840.10008.1.2.4.70": "imagecodecs",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    **dict.fromkeys(JPEG_XL, "imagecodecs"),
    "1.2.840.10008.1.2.4.201": "pylibjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg",
    "1.2.840.10008.1.2.4.203": "pylibjpeg",
}
"""The decoder of each syntax, named so that every machine gives the same numbers."""

CONVERT = (
    "Convert the file to an uncompressed, JPEG-LS or JPEG 2000 copy "
    "(for example dcmdjpeg of DCMTK), and use the copy."
)
INSTALL = "Install it with 'pip install imagecodecs', or convert the file to an uncompressed copy."


@cache
def plugin_of(syntax: str) -> str | None:
    """Return the decoder for a compressed syntax, or None where there is none.

    An empty name leaves the choice to pydicom: the syntax is none of ours, but
    the person has installed something that reads it.
    """
    plugin = PLUGINS.get(syntax, "")
    if plugin == "none":
        return plugin
    if plugin == "imagecodecs":  # looked for, and imported in the worker alone
        return plugin if find_spec("imagecodecs") is not None else None
    from pydicom.pixels import get_decoder

    try:
        available = get_decoder(syntax).available_plugins
    except NotImplementedError:
        return None
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
    if not header.compressed or plugin_of(header.syntax) is not None:
        return
    wanted = PLUGINS.get(header.syntax) == "imagecodecs"
    raise refuse(
        header.path,
        f"no decoder is installed for {header.syntax_name}.",
        INSTALL if wanted else CONVERT,
    )


def support() -> list[tuple[str, str]]:
    """Return every compressed syntax by name, with nothing or the reason why it is not read."""
    return [
        (
            f"JPEG XL ({syntax})" if syntax in JPEG_XL else UID(syntax).name,
            "" if plugin_of(syntax) is not None else "not read: no decoder is installed",
        )
        for syntax in PLUGINS
    ]
