import hashlib
import json
import re

import pytest

from app.domain.trial import Key, Trial
from app.errors import ProtocolError, ProtocolFrozen, StoreError, WrongPassphrase
from app.store.key_file import read_header, read_open_key, seal, unseal, write_open_key

KEY = Key(
    study="s1",
    protocol_sha256="ab" * 32,
    seed=2**127 + 1,
    images={"BCDF2345": ("case1", "fbp"), "GHJK6789": ("case1", "dlr")},
    trials=(Trial("R1", 1, "P1", "case1", ("fbp", "dlr"), "repeat", "P0"),),
)
PASSPHRASE = "correct hörse"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "key.sealed"
    seal(KEY, PASSPHRASE, path)
    return path


def altered(sealed, tmp_path, change):
    """The sealed key with something changed and the checksum put right again."""
    magic, head, body, *_ = sealed.read_bytes().split(b"\n")
    content = b"\n".join(change(magic, head, body))
    path = tmp_path / "altered.sealed"
    path.write_bytes(content + b"\n" + hashlib.sha256(content).hexdigest().encode() + b"\n")
    return path


def with_header(**changes):
    def change(magic, head, body):
        return magic, json.dumps(json.loads(head) | changes).encode(), body

    return change


def test_the_passphrase_opens_what_it_sealed(sealed):
    assert unseal(sealed, PASSPHRASE) == KEY
    assert unseal(sealed, "correct ho\u0308rse") == KEY  # the same letters, typed elsewhere


def test_the_sealed_file_says_nothing_of_arms(sealed):
    assert not re.search(rb"fbp|dlr|case1|BCDF2345", sealed.read_bytes())
    assert read_header(sealed).study == "s1"


def test_a_wrong_passphrase_is_told_from_a_damaged_file(sealed, tmp_path):
    with pytest.raises(WrongPassphrase):
        unseal(sealed, "correct horse")
    data = bytearray(sealed.read_bytes())
    data[len(data) // 2] ^= 1
    damaged = tmp_path / "damaged.sealed"
    damaged.write_bytes(data)
    with pytest.raises(StoreError):
        unseal(damaged, PASSPHRASE)


def test_an_altered_header_or_payload_does_not_open(sealed, tmp_path):
    other_study = altered(sealed, tmp_path, with_header(study="s2"))
    with pytest.raises(StoreError, match="altered"):
        unseal(other_study, PASSPHRASE)
    swapped = altered(sealed, tmp_path, lambda magic, head, body: (magic, head, b"AAAA" + body[4:]))
    with pytest.raises(StoreError, match="altered"):
        unseal(swapped, PASSPHRASE)


@pytest.mark.parametrize(
    "hostile",
    [
        {"n": 2**40},
        {"n": 2**20, "r": 2**20},
        {"p": 10**9},
        {"n": 2},
        {"n": 2**17 + 1},
        {"n": True},
        {"n": "131072"},
        {"salt": ""},
        {"nonce": "00"},
        {"kdf": "none"},
        {"extra": 1},
        {"check": "zz"},
    ],
)
def test_a_hostile_header_is_refused_before_any_work(sealed, tmp_path, hostile):
    with pytest.raises(StoreError):
        unseal(altered(sealed, tmp_path, with_header(**hostile)), PASSPHRASE)


@pytest.mark.parametrize(
    "data", [b"", b"BLINDREAD SEALED KEY 2\n", b"BLINDREAD SEALED KEY 1", b"x"]
)
def test_a_file_that_is_no_key_is_refused(tmp_path, data):
    path = tmp_path / "key.sealed"
    path.write_bytes(data)

    with pytest.raises(StoreError, match=r"key\.sealed"):
        unseal(path, PASSPHRASE)


def test_a_short_passphrase_is_refused(tmp_path):
    with pytest.raises(ProtocolError, match="8"):
        seal(KEY, "1234567", tmp_path / "key.sealed")
    assert list(tmp_path.iterdir()) == []


def test_a_sealed_key_is_never_replaced(sealed):
    with pytest.raises(ProtocolFrozen):
        seal(KEY, "another passphrase", sealed)


def test_the_open_key_round_trips(tmp_path):
    write_open_key(KEY, tmp_path / "key.json")
    assert read_open_key(tmp_path / "key.json") == KEY

    (tmp_path / "key.json").write_text('{"version": 1}')
    with pytest.raises(StoreError):
        read_open_key(tmp_path / "key.json")
