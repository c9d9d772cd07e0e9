"""Every shipped template, locked, read to its end by keyboard in the real window, exported."""

import csv
import json
from collections import Counter

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.store.protocol_file import read_protocol, template_names
from app.ui.reading_window import ReadingWindow
from app.workflows.export import export
from app.workflows.pair import pair
from app.workflows.plan import lock, new_study
from app.workflows.read import open_session
from app.workflows.verify import verify
from tests.images.dicom_files import phantom, write_ct
from tests.ui.reading_hands import REASON, read_to_the_end
from tests.ui.window_texts import cut_off, texts_of
from tests.workflows.conftest import finish

# The platform without a screen has no window manager to tell a size to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CASES, ARMS = ("case-sentinel-1", "case-sentinel-2"), ("alpha-net", "beta-net", "gamma-net")
TITLE = "Sentinel of the title"


@pytest.fixture(scope="module")
def pairing(tmp_path_factory):
    """Two cases, a reference and three arms each."""
    folder = tmp_path_factory.mktemp("sentinel-of-the-path")
    for number, case in enumerate(CASES):
        truth = phantom(slices=2, rows=48, columns=48, seed=number).astype(int)
        write_ct(folder / case / "reference", pixels=truth.astype("u2"), patient_number=number)
        for worse, arm in enumerate(ARMS, start=1):
            noise = np.random.default_rng(10 * number + worse).normal(0, 20 * worse, truth.shape)
            pixels = np.clip(truth + noise, 0, 4095).astype("u2")
            write_ct(folder / case / arm, pixels=pixels, patient_number=number)
    return finish(pair(folder))


@pytest.fixture(params=template_names())
def study(request, pairing, tmp_path):
    """A locked study of a template; one of them with everything that can stand before it."""
    gates = {"consent": "I take part.", "display_check": "required"}
    new_study(
        pairing,
        template=request.param,
        title=TITLE,
        arms=ARMS,
        cases=CASES,
        readers=("R1",),
        folder=tmp_path / "study",
        **(gates if request.param == "rating" else {}),
    )
    finish(lock(tmp_path / "study", "four words for tests"))
    return tmp_path / "study"


def slot_of(criterion, slots):
    """A question about several images stands for none of them."""
    return "" if criterion.kind == "question" and len(slots) > 1 else "A"


def test_every_template_is_read_to_its_end_by_keyboard(qtbot, study, tmp_path):
    window = ReadingWindow(open_session(study, "R1"))
    qtbot.addWidget(window)
    window.show()
    seen, looked_at = set(), set()

    def look():
        seen.update(texts_of(window))
        if window.model.screen not in looked_at:
            looked_at.add(window.model.screen)
            assert_nothing_is_cut_off(window)

    read_to_the_end(qtbot, window, look)
    window.close()

    assert_gives_nothing_away(seen, study, tmp_path)
    assert verify(study) == ()
    export(study, tmp_path / "tables")
    with (tmp_path / "tables" / "responses.csv").open(encoding="utf-8", newline="") as file:
        assert_answered_in_full(list(csv.DictReader(file)), study)


def assert_nothing_is_cut_off(window):
    """Neither on a large display nor on a small one, where the reading goes on."""
    for size in ((1920, 1080), (1280, 800)):
        window.resize(*size)
        QApplication.processEvents()  # lets the layouts follow
        assert cut_off(window) == []


def assert_gives_nothing_away(seen, study, tmp_path):
    codes = {path.stem for path in study.rglob("*.npy")}
    patients = {f"TEST{number:03}" for number in range(len(CASES))}
    secrets = {"sentinel", *ARMS, *patients, *codes, str(tmp_path), study.name + "/"}
    if not read_protocol(study / "protocol.yaml").blinded:  # an audit, which tells the arms
        assert all(any(arm in text for text in seen) for arm in ARMS)
        secrets -= set(ARMS)
    for secret in secrets:
        assert [text for text in seen if secret.lower() in text.lower()] == []


def assert_answered_in_full(rows, study):
    """Each criterion once for each slot of each screen, in the words of its kind."""
    protocol = read_protocol(study / "protocol.yaml")
    screens = {row["presentation"] for row in rows}
    slots = "ABCDEFGHIJKLMNOP"[: protocol.slots]
    expected = Counter(
        (screen, criterion.id, slot)
        for screen in screens
        for criterion in protocol.criteria
        for slot in (slots if criterion.per_slot else [slot_of(criterion, slots)])
    )
    assert Counter((row["presentation"], row["criterion"], row["slot"]) for row in rows) == expected
    assert {row["reader"] for row in rows} == {"R1"}
    assert {row["case"] for row in rows} == {""}
    assert not any(row["arm"] in (*ARMS, "reference") for row in rows)
    for row in rows:
        criterion = next(one for one in protocol.criteria if one.id == row["criterion"])
        assert int(row["slices_viewed"]) >= 1
        if criterion.kind == "marks":
            (mark,) = json.loads(row["comment"])
            assert mark["type"] in criterion.mark_types
            assert mark["places"] == [pytest.approx([24, 24], abs=0.5)]
            assert mark["places_mm"] == [pytest.approx([12, 12], abs=0.25)]
        elif row["value"] == "":
            assert row["comment"] == criterion.cannot_judge[0]
        else:
            assert row["comment"] == ""
            assert not criterion.values or int(row["value"]) in criterion.values
    declinable = [one.id for one in protocol.criteria if one.cannot_judge]
    first = [row for row in rows if row["position"] == "1" and row["criterion"] in declinable]
    assert all(row["value"] == "" for row in first)


def test_a_rest_that_was_overridden_stands_in_the_audit(qtbot, pairing, tmp_path):
    new_study(
        pairing, template="diagnosis", title=TITLE, arms=ARMS[:1], cases=CASES[:1],
        readers=("R1",), folder=tmp_path / "study",
    )  # fmt: skip
    finish(lock(tmp_path / "study", "four words for tests"))
    window = ReadingWindow(open_session(tmp_path / "study", "R1"))
    qtbot.addWidget(window)
    window.show()
    read_to_the_end(qtbot, window)
    window.close()

    export(tmp_path / "study", tmp_path / "tables")
    assert REASON in (tmp_path / "tables" / "audit.csv").read_text(encoding="utf-8")
