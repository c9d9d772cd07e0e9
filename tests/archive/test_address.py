"""Addresses are read or refused in one sentence."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archive.address import DicomAddress, WebAddress, parse_address
from app.errors import InputError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("dicom://ORTHANC@10.0.0.5:4242", DicomAddress("ORTHANC", "10.0.0.5", 4242)),
        ("dicom://PACS@host", DicomAddress("PACS", "host", 104)),
        ("dicoms://PACS@host", DicomAddress("PACS", "host", 2762, tls=True)),
        (
            " DICOM://My_PACS@host:11112?calling=ME&listen=4006 ",
            DicomAddress("My_PACS", "host", 11112, calling="ME", listen=4006),
        ),
        ("dicomweb+https://h/dicom-web/", WebAddress("https://h/dicom-web")),
        ("https://h:8443/a/rs", WebAddress("https://h:8443/a/rs")),
        ("dicomweb+http://h", WebAddress("http://h")),
    ],
)
def test_addresses_of_both_protocols(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no host"),
        ("/home/me/pictures", "no host"),
        ("ftp://host/x", "ftp:// is not known"),
        ("dicom://host:104", "before @ is missing"),
        ("dicom://SEVENTEEN-LETTERS@host", "1 to 16"),
        ("dicom://A@host:port", "cannot be read"),
        ("dicom://A@host:99999", "cannot be read"),
        ("dicom://A@host/path", "nothing but options"),
        ("dicom://A@host?color=red", "color is not known"),
        ("dicom://A@host?listen=-1", "number of a port"),
        ("dicom://A@host?calling=", "1 to 16"),
        ("https://host/x?y=1", "no \\? or #"),
        ("https://[::1/x", "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(text, why):
    with pytest.raises(InputError, match=why) as failure:
        parse_address(text)

    assert failure.value.remedy


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(InputError) as failure:
        parse_address("https://me:hush@host/dicom-web")

    assert "hush" not in failure.value.sentence
    assert "BLINDREAD_ARCHIVE_PASSWORD" in failure.value.remedy


@given(st.text(max_size=60) | st.text(max_size=40).map("dicom://".__add__))
def test_any_text_is_an_address_or_a_sentence(text):
    with contextlib.suppress(InputError):
        assert parse_address(text).host
