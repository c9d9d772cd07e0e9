"""The one part of a multipart/related message, with its end proven."""

import re

_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,200})\"|([^;\s\"]{1,200}))", re.IGNORECASE)


class Broken(Exception):
    """The message is no multipart message, is cut short, or holds another number of parts."""


def only_part(content_type: str, body: bytes) -> bytes:
    """Return the content of the only part of a message.

    A body with the type ``application/dicom`` itself is returned as it is:
    some archives answer so.

    Raises
    ------
    Broken
        See there; the text completes "The archive ...".

    References
    ----------
    RFC 2387, RFC 2046 section 5.1.1; DICOM PS3.18 section 8.6.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/dicom":
        return body
    found = _BOUNDARY.search(content_type)
    if kind != "multipart/related" or found is None:
        raise Broken(f"answered with {kind or 'no content type'} instead of DICOM files")
    mark = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    start = 0 if body.startswith(mark) else body.find(b"\r\n" + mark) + 2
    if not body.startswith(mark, start):
        raise Broken("answered with a message that has no part")
    head_end = body.find(b"\r\n\r\n", start)
    end = body.find(b"\r\n" + mark, max(head_end, 0))
    if head_end < 0 or end < 0:
        raise Broken("broke off in the middle of an image")
    after = body[end + 2 + len(mark) :]
    if after.startswith(b"--"):
        return body[head_end + 4 : end]
    if after.startswith((b"\r\n", b" ", b"\t")):
        raise Broken("sent several images where one was asked for")
    raise Broken("broke off in the middle of an image")
