"""The sealed key: which picture was which, readable only with the coordinator's passphrase.

The file is text of four lines: a magic line, a header in JSON, the encrypted
payload in base64, and a checksum of the three. Scrypt (RFC 7914) stretches the
passphrase; ChaCha20-Poly1305 (RFC 8439) encrypts, and authenticates the header
too. The checksum has no key: it tells a damaged file from a wrong passphrase.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import unicodedata
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.domain.trial import Key, Trial
from app.errors import ProtocolError, ProtocolFrozen, StoreError, WrongPassphrase
from app.store.files import atomic_write, canonical_json, read_bytes, read_json

MAGIC = b"BLINDREAD SEALED KEY 1"
SHORTEST_PASSPHRASE = 8
_LIMIT = 512 * 2**20
_MOST_MEMORY = 2**29  # scrypt takes 128 * n * r bytes
_DAMAGED = "Take the file from a backup; without it the study cannot be unblinded."
UNBLIND_AGAIN = (
    "Delete it if it is there, then run 'blindread study unblind' again: "
    "the passphrase writes it anew."
)


@dataclass(frozen=True, slots=True)
class SealHeader:
    """What a sealed key says to everyone: its study and how it is encrypted."""

    study: str
    protocol_sha256: str
    salt: str
    nonce: str
    check: str
    n: int = 2**17
    r: int = 8
    p: int = 1
    kdf: str = "scrypt"
    cipher: str = "chacha20-poly1305"


def seal(key: Key, passphrase: str, path: Path) -> None:
    """Write a key, encrypted with a passphrase.

    Raises
    ------
    ProtocolError
        The passphrase has fewer than 8 characters.
    ProtocolFrozen
        There is a sealed key already; replacing it would destroy a study.
    StoreError
        The disk refused.
    """
    check_passphrase(passphrase)
    if path.exists():
        raise ProtocolFrozen(
            f"{path} is sealed already.", remedy="Make a new study in another folder."
        )
    _write(key, passphrase, path)


def reseal(key: Key, passphrase: str, path: Path, *, to: Path | None = None) -> None:
    """Replace a sealed key by one that knows more: trials at the end, or further pictures.

    Parameters
    ----------
    to
        Where the new key is written; by default in the place of the old one.

    Raises
    ------
    WrongPassphrase
        The passphrase does not open the key that is there.
    ProtocolFrozen
        The new key would change or lose something that the old one knows.
    StoreError
        The old key is damaged, or the disk refused.
    """
    old = unseal(path, passphrase)
    same = replace(key, trials=(), images={}) == replace(old, trials=(), images={})
    kept = old.images.items() <= key.images.items()
    if not same or not kept or key.trials[: len(old.trials)] != old.trials:
        raise ProtocolFrozen(
            f"{path} cannot be changed, only extended.", remedy="Make a new study instead."
        )
    _write(key, passphrase, to or path)


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short, before any slow work.

    Raises
    ------
    ProtocolError
        It has fewer than 8 characters.
    """
    if len(unicodedata.normalize("NFKC", passphrase)) < SHORTEST_PASSPHRASE:
        raise ProtocolError(
            f"The passphrase is shorter than {SHORTEST_PASSPHRASE} characters.",
            remedy="Choose a longer one, e.g. four words, and keep it safe: nobody can recover it.",
        )


def _write(key: Key, passphrase: str, path: Path) -> None:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    blank = SealHeader(key.study, key.protocol_sha256, salt.hex(), nonce.hex(), check="")
    cipher_key, check = _stretch(passphrase, blank)
    header = SealHeader(key.study, key.protocol_sha256, salt.hex(), nonce.hex(), check)
    head = MAGIC + b"\n" + canonical_json(_header_data(header)).encode("ascii")
    payload = canonical_json(_key_data(key)).encode("ascii")
    sealed = ChaCha20Poly1305(cipher_key).encrypt(nonce, payload, head)
    body = head + b"\n" + base64.b64encode(sealed)
    atomic_write(path, body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n")


def unseal(path: Path, passphrase: str) -> Key:
    """Return the key of a sealed file.

    Raises
    ------
    WrongPassphrase
        The file is whole, but this passphrase does not open it.
    StoreError
        The file is missing, damaged or altered, or asks for more than 512 MiB.
    """
    head, header, sealed = _read(path)
    cipher_key, check = _stretch(passphrase, header)
    if not hmac.compare_digest(check, header.check):
        raise WrongPassphrase(
            f"The passphrase does not open {path}.",
            remedy="Type it again; mind capitals and the keyboard layout.",
        )
    try:
        payload = ChaCha20Poly1305(cipher_key).decrypt(bytes.fromhex(header.nonce), sealed, head)
        key = _key_from(json.loads(payload))
    except (InvalidTag, ValueError, TypeError, KeyError) as error:
        raise StoreError(f"{path} was altered after it was sealed.", remedy=_DAMAGED) from error
    if (key.study, key.protocol_sha256) != (header.study, header.protocol_sha256):
        raise StoreError(f"{path} was altered after it was sealed.", remedy=_DAMAGED)
    return key


def read_header(path: Path) -> SealHeader:
    """Return what a sealed key says without a passphrase.

    Raises
    ------
    StoreError
        The file is missing, damaged or altered.
    """
    return _read(path)[1]


def write_open_key(key: Key, path: Path) -> None:
    """Write a key in plain JSON, once the study is unblinded."""
    atomic_write(path, _open_key_text(key))


def read_open_key(path: Path) -> Key:
    """Read a key in plain JSON.

    Raises
    ------
    StoreError
        The file is missing or damaged.
    """
    data = read_json(path, limit=_LIMIT, remedy=UNBLIND_AGAIN)
    try:
        return _key_from(data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"{path} is damaged: it holds no key.", remedy=UNBLIND_AGAIN) from error


def open_key_sha256(key: Key) -> str:
    """Return the SHA-256 of the file that ``write_open_key`` writes."""
    return hashlib.sha256(_open_key_text(key).encode("ascii")).hexdigest()


def key_file_sha256(path: Path) -> str:
    """Return the SHA-256 of a key's file, sealed or open.

    Raises
    ------
    StoreError
        The file is missing or cannot be read.
    """
    data = read_bytes(path, limit=_LIMIT, remedy=_DAMAGED)
    return hashlib.sha256(data).hexdigest()


def _open_key_text(key: Key) -> str:
    return canonical_json(_key_data(key)) + "\n"


def _read(path: Path) -> tuple[bytes, SealHeader, bytes]:
    """Return the authenticated lines, the header and the encrypted payload."""
    data = read_bytes(path, limit=_LIMIT, remedy=_DAMAGED)
    lines = data.split(b"\n")
    if not data.startswith(b"BLINDREAD SEALED KEY "):
        raise StoreError(f"{path} is no sealed key.", remedy=_DAMAGED)
    if lines[0] != MAGIC:
        raise StoreError(
            f"{path} has a format that this program does not know.",
            remedy="Open it with a newer BlindRead.",
        )
    try:
        magic, head, body, checksum, end = lines
        whole = hashlib.sha256(b"\n".join((magic, head, body))).hexdigest().encode()
        if end or not hmac.compare_digest(whole, checksum):
            raise ValueError("the checksum differs")
        header = SealHeader(**json.loads(head))
        sealed = base64.b64decode(body, validate=True)
        _check_bounds(header)
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise StoreError(f"{path} is damaged or was altered.", remedy=_DAMAGED) from error
    return magic + b"\n" + head, header, sealed


def _check_bounds(header: SealHeader) -> None:
    """Refuse a header that would take too much memory or time, or too little care."""
    if (header.kdf, header.cipher) != ("scrypt", "chacha20-poly1305"):
        raise ValueError("unknown algorithm")
    numbers = (header.n, header.r, header.p)
    if not all(type(number) is int for number in numbers):
        raise TypeError("a parameter is no whole number")
    n, r, p = numbers
    power_of_two = n > 0 and n & (n - 1) == 0
    if not (power_of_two and n >= 2**14 and r >= 1 and 1 <= p <= 4 and 128 * n * r <= _MOST_MEMORY):
        raise ValueError("parameters out of bounds")
    if len(bytes.fromhex(header.salt)) < 16 or len(bytes.fromhex(header.nonce)) != 12:
        raise ValueError("salt or nonce of the wrong length")
    bytes.fromhex(header.check)


def _stretch(passphrase: str, header: SealHeader) -> tuple[bytes, str]:
    """Return the cipher key, and the check by which a wrong passphrase is known."""
    kdf = Scrypt(salt=bytes.fromhex(header.salt), length=64, n=header.n, r=header.r, p=header.p)
    derived = kdf.derive(unicodedata.normalize("NFKC", passphrase).encode("utf-8"))
    return derived[:32], hashlib.sha256(b"check" + derived[32:]).hexdigest()


def _header_data(header: SealHeader) -> dict[str, object]:
    return {name: getattr(header, name) for name in SealHeader.__dataclass_fields__}


def _key_data(key: Key) -> dict[str, object]:
    return {
        "version": 1,
        "study": key.study,
        "protocol_sha256": key.protocol_sha256,
        "seed": key.seed,
        "images": {code: list(cell) for code, cell in key.images.items()},
        "trials": [list(astuple(trial)) for trial in key.trials],
    }


def _key_from(data: Any) -> Key:
    if data["version"] != 1:
        raise ValueError("unknown version")
    return Key(
        study=data["study"],
        protocol_sha256=data["protocol_sha256"],
        seed=data["seed"],
        images={code: (case, arm) for code, (case, arm) in data["images"].items()},
        trials=tuple(
            Trial(reader, position, presentation, case, tuple(arms), *more)
            for reader, position, presentation, case, arms, *more in data["trials"]
        ),
    )
