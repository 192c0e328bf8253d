"""Bytes that carry their own digest, so that not one bit can change unseen.

Somewhere in them stands ``"sha256": "…"``: the SHA-256 of all of them with 64 zeros in its place.
"""

import re
from hashlib import sha256

SEAL = "sha256"
OPEN = "0" * 64
"""What stands in the place of the digest until it is known."""

PLACE = re.compile(rb'"%s": "([0-9a-f]{64})"' % SEAL.encode())
"""Inside a JSON text a quotation mark has a backslash before it, so that no name looks like it."""


def sealed(data: bytes) -> bytes:
    """The same bytes with their digest in its place.

    Examples
    --------
    >>> from ncviz.sweeps.sealing import OPEN, sealed, is_whole
    >>> data = sealed(b'{"S": 2, "sha256": "%s"}' % OPEN.encode())
    >>> is_whole(data), is_whole(data.replace(b"2", b"3", 1)), is_whole(b"{}")
    (True, False, None)
    """
    (place,) = PLACE.finditer(data)
    assert place[1] == OPEN.encode()
    return _with(data, place, sha256(data).hexdigest().encode())


def is_whole(data: bytes) -> bool | None:
    """Whether bytes are as they were when they were sealed; None if they carry no digest."""
    places = [*PLACE.finditer(data)]
    if not places:
        return None
    opened = _with(data, places[0], OPEN.encode())
    return len(places) == 1 and sha256(opened).hexdigest().encode() == places[0][1]


def _with(data: bytes, place: "re.Match[bytes]", digits: bytes) -> bytes:
    return data[: place.start(1)] + digits + data[place.end(1) :]
