from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.protocol import Choice, Criterion, Protocol
from app.errors import ProtocolError, StoreError
from app.store.protocol_file import (
    load_template,
    protocol_from_yaml,
    protocol_sha256,
    protocol_to_yaml,
    read_protocol,
    template_names,
    write_protocol,
)

PROTOCOL = Protocol(
    title="Dose",
    template="comparison",
    source="/data/s",
    reference="truth",
    cases=("001", "no", "1e3", "ünï"),
    arms=("fbp", "dlr: v2"),
    readers=("R1",),
    criteria=(Criterion("q", "rating", "How?", (Choice(1, "Bad"), Choice(2, "Good"))),),
    seed=2**70,
)

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)


def test_round_trip(tmp_path):
    write_protocol(PROTOCOL, tmp_path / "protocol.yaml")

    assert read_protocol(tmp_path / "protocol.yaml") == PROTOCOL


@settings(max_examples=60, deadline=None)
@given(title=words, cases=st.lists(words), seed=st.integers(), seconds=st.floats(0.1, 1e6))
def test_any_protocol_survives_the_file(title, cases, seed, seconds):
    protocol = replace(
        PROTOCOL, title=title, cases=tuple(cases), seed=seed, seconds_per_read=seconds
    )

    assert protocol_from_yaml(protocol_to_yaml(protocol)) == protocol


def test_the_hash_is_of_what_is_said_not_of_how():
    text = protocol_to_yaml(PROTOCOL)
    other_layout = yaml.safe_dump(yaml.safe_load(text), default_flow_style=True, width=20)

    assert other_layout != text
    assert protocol_sha256(protocol_from_yaml(other_layout)) == protocol_sha256(PROTOCOL)
    assert protocol_sha256(replace(PROTOCOL, seconds_per_read=30)) == protocol_sha256(PROTOCOL)
    assert protocol_sha256(replace(PROTOCOL, cases=("001",))) != protocol_sha256(PROTOCOL)


@pytest.mark.parametrize(
    ("old", "new", "what", "advice"),
    [
        ("seconds_per_read: 30.0", "second_per_read: 30.0", "second_per_read", "seconds_per_read"),
        ("seconds_per_read: 30.0", "seconds_per_read: fast", "seconds_per_read", "Change it"),
        ("seconds_per_read: 30.0", "seconds_per_read: .nan", "seconds_per_read", "Change it"),
        ("title: Dose\n", "", "title", "Add it"),
        ("- '001'", "- 001", "cases.0", "quotes"),
        ("- 'no'", "- no", "cases.1", "quotes"),
        ("kind: rating", "kind: ratings", "criteria.0.kind", "Change it"),
        ("kind: rating", "kind: rating\n  better: more", "criteria.0.better", "Change it"),
        ("label: Bad", "lable: Bad", "criteria.0.choices.0", "label"),
        ("title: Dose", "title: Dose\ntitle: Other", "twice", "line"),
        ("title: Dose", "title: &a Dose\nx: *a", "alias", "line"),
        ("title: Dose", "title: [", "line", "Mend"),
        ("version: 1", "version: 2", "version 2", "newer"),
    ],
)
def test_a_wrong_field_is_named_with_advice(old, new, what, advice):
    text = protocol_to_yaml(PROTOCOL)
    assert old in text

    with pytest.raises(ProtocolError, match=what) as refusal:
        protocol_from_yaml(text.replace(old, new))
    assert advice in refusal.value.remedy


@pytest.mark.parametrize("data", [b"", b"- 1\n- 2\n", b"\xff\xfe\x00\xd8", b"a" * 100, b"[" * 5000])
def test_a_file_of_something_else_is_refused(tmp_path, data):
    path = tmp_path / "protocol.yaml"
    path.write_bytes(data)

    with pytest.raises(ProtocolError, match=r"protocol\.yaml"):
        read_protocol(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(StoreError, match="absent"):
        read_protocol(tmp_path / "absent.yaml")


def test_a_direction_is_kept_and_the_usual_one_changes_no_hash():
    """The hash is that of a protocol written before there were directions."""
    lower = replace(PROTOCOL, criteria=(replace(PROTOCOL.criteria[0], better="lower"),))

    assert protocol_from_yaml(protocol_to_yaml(lower)) == lower
    assert "better" not in protocol_to_yaml(PROTOCOL)
    named = protocol_to_yaml(PROTOCOL).replace("id: q", "id: q\n  better: higher")
    assert protocol_sha256(protocol_from_yaml(named)) == protocol_sha256(PROTOCOL)
    assert protocol_sha256(PROTOCOL) == (
        "3f8f8b0270f1db66b8debb7b80f6aa2155e3cb90613bb52b3ee1ace7c5be196a"
    )
    assert protocol_sha256(lower) != protocol_sha256(PROTOCOL)


@pytest.mark.parametrize(
    ("template", "directions"),
    [
        ("real-or-generated", {"generated": "lower", "giveaway": "lower"}),
        ("audit", {"difference": "lower", "consequence": "lower"}),
        ("diagnosis", {"finding": "neither", "lesions": "neither"}),
        ("impairment", {"impairment": "higher"}),  # 5 is 'Imperceptible'
    ],
)
def test_a_template_says_which_way_its_scales_go(template, directions):
    criteria = load_template(template)["criteria"]
    assert {one["id"]: one["better"] for one in criteria} == directions


def test_a_template_promises_no_analysis_that_is_not_made():
    for name in template_names():
        basis = load_template(name)["basis"]
        assert "Plackett" not in basis
        if "ROC" in basis or "VGC" in basis:
            assert "analyze gives" in basis


def test_every_shipped_template_is_valid():
    assert "comparison" in template_names()
    for name in template_names():
        assert load_template(name)["template"] == name


def test_an_unknown_template_names_the_nearest():
    with pytest.raises(ProtocolError) as refusal:
        load_template("comparision")
    assert "'comparison'" in refusal.value.remedy
