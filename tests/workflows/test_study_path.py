"""A whole study: planned, locked, read, unblinded, analysed, exported."""

import csv
from dataclasses import asdict, replace

import pytest

from app.domain.findings import Findings
from app.domain.presentation import Viewing
from app.errors import (
    InputError,
    ProtocolError,
    ProtocolFrozen,
    StoreError,
    StudyStateError,
    WrongPassphrase,
)
from app.store.key_file import unseal
from app.store.protocol_file import read_protocol, write_protocol
from app.store.study_folder import StudyFolder
from app.workflows.analyse import analyse, write_analysis
from app.workflows.expect import expect
from app.workflows.export import export
from app.workflows.measure import Request, measure
from app.workflows.plan import lock, new_study, outlook, preview, status
from app.workflows.read import open_session
from app.workflows.simulate import DryRun, dry_run, simulate
from app.workflows.unblind import unblind
from app.workflows.verify import verify
from tests.workflows.conftest import ARMS, CASES, finish

PASSPHRASE = "four words for tests"
VIEWING = Viewing(shown_at="2026-01-01T00:00:00.000Z", answered_at="2026-01-01T00:00:05.000Z")
DESIGN = {
    "template": "side-by-side",
    "title": "A study",
    "arms": ARMS,
    "cases": CASES,
    "readers": ("R1", "R2"),
    "reference_as_arm": False,
    "seconds_per_read": 20.0,
}


@pytest.fixture
def study(pairing, tmp_path):
    folder = tmp_path / "study"
    new_study(pairing, folder=folder, **DESIGN)
    finish(lock(folder, PASSPHRASE))
    return folder


def read(study, reader, screens=None, prefer=2):
    """Answer some screens of one reader, or all of them."""
    session = open_session(study, reader)
    reading = session.reading
    while reading.current and (screens is None or screens > 0):
        session.load(reading.current)
        reading.present()
        reading.answer("preference", "", prefer, VIEWING)
        for slot, value in (("A", 4), ("B", 2)):
            reading.answer("quality", slot, value, VIEWING)
        reading.go_next(VIEWING)
        screens = None if screens is None else screens - 1
    session.close()


@pytest.mark.parametrize("protocol_too", [False, True])
def test_a_blinded_study_cannot_be_made_to_show_its_arms(study, protocol_too):
    """Neither by another plan, nor by another protocol."""
    folder = StudyFolder(study)
    plan = folder.read_plan("R1")
    code = plan.presentations[0].images[0]
    folder.write_plan(replace(plan, blinded=False, arms=((code, ARMS[0]),)))
    if protocol_too:
        write_protocol(replace(read_protocol(folder.protocol), blinded=False), folder.protocol)

    with pytest.raises(StoreError, match="changed"):
        open_session(study, "R1")
    assert verify(study)


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_preview_tells_reads_hours_and_balance(pairing):
    seen = preview(pairing, **DESIGN)

    assert seen.reads_per_reader == len(CASES) * 3
    assert seen.hours_per_reader == pytest.approx(9 * 20 / 3600)
    assert all(abs(row.left - row.right) <= 1 for row in seen.balance)


def test_an_arm_that_is_not_there_is_refused(pairing, tmp_path):
    with pytest.raises(ProtocolError, match="no arm 'delta-net'"):
        new_study(pairing, folder=tmp_path / "s", **(DESIGN | {"arms": ("delta-net", *ARMS)}))


def test_nothing_on_the_readers_side_names_case_arm_or_source(study):
    words = [*CASES, *ARMS, "reference", "source"]
    for path in (study / "reading").rglob("*"):
        assert not any(word in path.name for word in words)
        if path.suffix == ".json":
            text = path.read_text()
            assert [word for word in words if f'"{word}"' in text or f"/{word}" in text] == []


def test_a_locked_study_cannot_be_locked_or_replaced(study, pairing):
    with pytest.raises(ProtocolFrozen):
        finish(lock(study, PASSPHRASE))
    with pytest.raises(ProtocolFrozen):
        new_study(pairing, folder=study, **DESIGN)


def test_a_short_passphrase_is_refused_before_any_work(pairing, tmp_path):
    new_study(pairing, folder=tmp_path / "s", **DESIGN)
    with pytest.raises(ProtocolError, match="shorter"):
        finish(lock(tmp_path / "s", "short"))

    assert status(tmp_path / "s").state == "draft"


def test_a_reader_goes_on_at_the_first_screen_not_finished(study):
    read(study, "R1", screens=4)
    session = open_session(study, "R1")
    reading = session.reading
    reading.present()
    reading.answer("preference", "", -1, VIEWING)
    session.close()

    session = open_session(study, "R1")

    assert session.reading.position == 5
    assert session.reading.answer_of("preference") == -1
    assert session.reading.missing() == (("quality", "A"), ("quality", "B"))
    session.close()


def test_one_reader_is_open_in_one_place_only(study):
    first = open_session(study, "R1")
    with pytest.raises(StoreError, match="another window"):
        open_session(study, "R1")
    first.close()

    open_session(study, "R1").close()


def test_unblinding_waits_for_every_reader_or_a_reason(study):
    read(study, "R1")
    with pytest.raises(StudyStateError, match="R2"):
        finish(unblind(study, PASSPHRASE))

    finish(unblind(study, PASSPHRASE, reason="R2 fell ill"))

    trail = rows(export(study, study.parent / "out")[2])
    assert [row["what"] for row in trail[-2:]] == ["unblinded", "head of the record"]
    assert "R2 fell ill" in str(trail[-2])


def test_unblinding_needs_the_passphrase_and_ends_reading(study):
    read(study, "R1")
    read(study, "R2")
    with pytest.raises(WrongPassphrase):
        finish(unblind(study, "not the passphrase"))
    assert status(study).state == "locked"

    observations = rows(finish(unblind(study, PASSPHRASE)))

    assert {row["arm"] for row in observations} == set(ARMS)
    assert {row["case"] for row in observations} == set(CASES)
    with pytest.raises(StudyStateError):
        open_session(study, "R1")
    with pytest.raises(StudyStateError, match="already"):
        finish(unblind(study, PASSPHRASE))


def test_observations_say_what_the_key_says(study):
    read(study, "R1")
    read(study, "R2")
    trials = {
        trial.presentation: trial
        for trial in unseal(StudyFolder(study).sealed_key, PASSPHRASE).trials
    }
    for row in rows(finish(unblind(study, PASSPHRASE))):
        left, right = trials[row["presentation"]].arms
        assert row["case"] == trials[row["presentation"]].case
        assert row["arm"] == (left if row["slot"] == "A" else right)
        if row["criterion"] == "preference":
            assert (row["opponent"], row["value"]) == (right, "2")


def test_a_changed_protocol_is_found(study):
    text = StudyFolder(study).protocol.read_text()
    StudyFolder(study).protocol.write_text(text.replace("A study", "Another study"))

    assert "protocol.yaml was changed" in verify(study)[0]


def test_a_changed_study_is_not_read_and_its_status_says_so(study):
    path = StudyFolder(study).protocol
    path.write_text(path.read_text().replace("A study", "Another study"))

    assert status(study).problems == ("protocol.yaml was changed after the study was locked.",)
    with pytest.raises(StoreError, match="changed after it was locked"):
        open_session(study, "R1")


@pytest.mark.parametrize("cut", ["seal", "adopt"])
def test_a_lock_that_is_cut_short_can_be_made_again_or_is_whole(
    pairing, tmp_path, monkeypatch, cut
):
    folder = tmp_path / "cut"
    new_study(pairing, folder=folder, **DESIGN)

    def power_cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if cut == "seal":
            patch.setattr("app.workflows.plan.seal", power_cut)
        else:
            patch.setattr(StudyFolder, "adopt_prepared", power_cut)
        with pytest.raises(KeyboardInterrupt):
            finish(lock(folder, PASSPHRASE))

    if cut == "seal":
        assert status(folder).state == "draft"
        finish(lock(folder, PASSPHRASE))
    read(folder, "R1", screens=1)
    assert status(folder).readers[0].done == 1
    assert verify(folder) == ()


def test_answers_that_vanished_are_told_and_never_begun_anew(study):
    read(study, "R1", screens=1)
    StudyFolder(study).responses.unlink()

    with pytest.raises(StoreError, match="does not exist"):
        open_session(study, "R1")


def test_a_dry_run_belongs_before_the_first_answer(study):
    read(study, "R1", screens=1)

    with pytest.raises(StudyStateError, match="R1 have read"):
        finish(simulate(study, PASSPHRASE, 1))


def test_a_changed_picture_or_plan_is_found(study):
    picture = next((study / "reading" / "pixels").glob("*.npy"))
    numbers = bytearray(picture.read_bytes())
    numbers[-1] ^= 1
    picture.write_bytes(numbers)
    assert verify(study) == ("The pictures were changed after the study was locked.",)

    numbers[-1] ^= 1
    picture.write_bytes(numbers)
    assert verify(study) == ()
    plan = StudyFolder(study).plan("R2")
    plan.write_text(plan.read_text().replace("quality", "qualitY"))
    assert verify(study) == ("The plans were changed after the study was locked.",)


def test_the_blind_export_names_no_case_and_no_arm(study, tmp_path):
    read(study, "R1")
    for path in export(study, tmp_path / "out"):
        if path.name in ("responses.csv", "schedule.csv", "audit.csv"):
            text = path.read_text()
            assert [name for name in (*CASES, *ARMS) if name in text] == []


def test_simulated_readers_are_marked_in_everything_they_touch(study, pairing, tmp_path):
    metrics = tmp_path / "m.csv"
    finish(measure(pairing, Request(metrics=("psnr", "ssim"), jobs=1), metrics))
    names = finish(simulate(study, PASSPHRASE, 2, metrics=metrics))
    assert names == ("SIM1", "SIM2")
    assert [one.simulated for one in status(study).readers] == [False, False, True, True]

    observations = rows(finish(unblind(study, PASSPHRASE)))
    findings = finish(analyse(study, metrics))
    written = write_analysis(findings, tmp_path / "out", study=study, metrics=metrics)

    assert {row["kind"] for row in observations} == {"simulated"}
    assert all("SIMULATED" in row["note"] for row in rows(written[0]))
    assert "SIMULATED" in written[1].read_text()


def locked(pairing, folder, template, **rules):
    new_study(
        pairing,
        folder=folder,
        template=template,
        title="Dry",
        arms=ARMS,
        cases=CASES,
        readers=("R1",),
        **rules,
    )
    finish(lock(folder, PASSPHRASE))
    return folder


def test_repeats_and_catches_of_a_dry_run_stay_out_of_its_analysis(pairing, tmp_path):
    """They did not once: a blurred arm stood among the results."""
    folder = locked(pairing, tmp_path / "s", "preference", repeat_share=0.5, repeat_distance=2)
    metrics = tmp_path / "m.csv"
    finish(measure(pairing, Request(metrics=("psnr",), jobs=1), metrics))
    finish(dry_run(folder, PASSPHRASE, DryRun(readers=2)))

    table = rows(finish(unblind(folder, PASSPHRASE)))
    findings = finish(analyse(folder, metrics))

    assert {row["kind"] for row in table} == {"simulated", "repeat", "catch"}
    assert findings.simulated
    named = {one.group for one in findings.estimates if one.quantity.startswith("rate")}
    assert named == set(ARMS)
    assert all(one.note.startswith("SIMULATED") for one in findings.estimates)


def test_every_file_and_picture_of_a_dry_run_is_stamped(pairing, tmp_path):
    folder = locked(pairing, tmp_path / "s", "rating", repeat_share=0.0)
    metrics = tmp_path / "m.csv"
    finish(measure(pairing, Request(metrics=("psnr",), jobs=1), metrics))
    asked = DryRun(readers=2, metrics=metrics, metric="psnr", correlation=0.9, lapse=0.0)
    finish(dry_run(folder, PASSPHRASE, asked))
    responses, schedule, audit, *_ = export(folder, tmp_path / "blind")
    assert {row["kind"] for row in rows(responses)} == {"simulated"}
    assert {row["kind"] for row in rows(schedule) if row["reader"] != "R1"} == {"simulated"}
    assert '""correlation"":0.9' in audit.read_text()

    finish(unblind(folder, PASSPHRASE))
    findings = finish(analyse(folder, metrics))
    _, report = write_analysis(findings, tmp_path / "out", study=folder, metrics=metrics)

    pictures = report.read_text().split("<svg")[1:]
    drawn = [one for one in pictures if 'role="img"' in one]
    assert drawn
    assert all(">SIMULATED<" in one.split("</svg>")[0] for one in drawn)


def test_simulated_readers_follow_the_metric_as_closely_as_they_are_asked_to(pairing, tmp_path):
    """Readers without noise and lapses that follow PSNR wholly rank the arms as it does."""
    metrics = tmp_path / "m.csv"
    finish(measure(pairing, Request(metrics=("psnr",), jobs=1), metrics))
    found = {}
    for correlation in (1.0, -1.0):
        folder = locked(pairing, tmp_path / f"s{correlation}", "rating", reference_as_arm=False)
        asked = DryRun(1, metrics, "psnr", correlation, bias=0, noise=0, lapse=0)
        finish(dry_run(folder, PASSPHRASE, asked))
        finish(unblind(folder, PASSPHRASE))
        means = {
            one.group: one.value
            for one in finish(analyse(folder, metrics)).estimates
            if one.quantity == "mean overall"
        }
        found[correlation] = sorted(means, key=means.get)

    assert found[1.0] == list(reversed(ARMS))
    assert found[-1.0] == list(ARMS)


def test_what_a_reader_could_not_judge_is_told_for_its_arm(pairing, tmp_path):
    """It once vanished: the mean was of what could be judged, and nothing said so."""
    folder = locked(pairing, tmp_path / "s", "rating", reference_as_arm=False, repeat_share=0.0)
    session = open_session(folder, "R1")
    reading = session.reading
    while reading.current:
        first = reading.position == 1
        session.load(reading.current)
        reading.present()
        for criterion, slot in reading.missing():
            if criterion == "acceptability" and first:
                reading.decline(criterion, slot, "motion", VIEWING)
            else:
                reading.answer(criterion, slot, 1, VIEWING)
        reading.go_next(VIEWING)
    session.close()
    table = rows(finish(unblind(folder, PASSPHRASE)))
    (arm,) = [row["arm"] for row in table if row["label"] == "cannot be judged"]
    metrics = tmp_path / "m.csv"
    finish(measure(pairing, Request(metrics=("psnr",), jobs=1), metrics))

    findings = finish(analyse(folder, metrics))

    shares = {
        one.group: (one.value, one.note)
        for one in findings.estimates
        if one.quantity == "cannot_judge acceptability"
    }
    assert shares[f"{arm}: motion"] == (pytest.approx(1 / len(CASES)), f"1 of {len(CASES)}")
    assert {group for group in shares if ":" not in group} == set(ARMS)
    assert [f"({arm} {len(CASES) - 1})" in warning for warning in findings.warnings] == [True]


@pytest.mark.parametrize("wrong", [{"lapse": 1.5}, {"noise": -1.0}, {"correlation": 2.0}])
def test_impossible_simulated_readers_are_refused(study, wrong):
    with pytest.raises(InputError, match="simulated readers"):
        dry_run(study, PASSPHRASE, DryRun(**wrong))


def test_the_outlook_takes_measured_seconds_once_somebody_has_read(study):
    planned = outlook(study)
    assert (planned.measured_reads, planned.seconds_per_read) == (0, 20.0)
    session = open_session(study, "R1")
    reading = session.reading
    reading.present()
    spent = Viewing(**{**asdict(VIEWING), "active_ms": 8000})
    reading.answer("preference", "", 1, spent)
    for slot in ("A", "B"):
        reading.answer("quality", slot, 4, spent)
    reading.go_next(spent)
    session.close()

    seen = outlook(study)

    assert (seen.measured_reads, seen.seconds_per_read) == (1, 8.0)
    assert seen.hours_per_reader == pytest.approx(9 * 8 / 3600)


def test_the_precision_of_a_study_is_told_with_its_assumptions(study):
    found = expect(study)

    assert (found.criterion, found.plan.cases, found.plan.readers) == ("preference", 3, 2)
    assert found.plan.direct
    assert found.precision.half_width > 0
    assert any("3 cases and 2 readers" in sentence for sentence in found.assumptions)
    assert any("too narrow" in note for note in found.notes)


def test_a_simulated_run_leaves_the_real_readers_schedule_alone(study):
    before = StudyFolder(study).read_plan("R1")
    finish(simulate(study, PASSPHRASE, 1))
    finish(simulate(study, PASSPHRASE, 2))

    assert StudyFolder(study).read_plan("R1") == before
    assert verify(study) == ()


def test_the_analysis_finds_the_better_arm_from_tables_alone(study, pairing, tmp_path):
    metrics = tmp_path / "m.csv"
    finish(measure(pairing, Request(metrics=("psnr", "ssim"), jobs=1), metrics))
    finish(simulate(study, PASSPHRASE, 3, metrics=metrics))
    table = finish(unblind(study, PASSPHRASE))

    from_study = finish(analyse(study, metrics)).estimates
    from_table = finish(analyse(table, metrics)).estimates

    assert from_study == from_table
    told = [
        write_analysis(Findings(()), tmp_path / name, study=path, metrics=metrics)[1].read_text()
        for name, path in (("study", study), ("table", table))
    ]
    assert ["higher is taken as better" in page for page in told] == [False, True]
    means = {e.group: e.value for e in from_study if e.quantity == "mean quality"}
    assert max(means, key=means.get) == ARMS[0]
    assert min(means, key=means.get) == ARMS[-1]


def test_the_protocol_file_says_what_was_chosen(study):
    protocol = read_protocol(StudyFolder(study).protocol)

    assert (protocol.cases, protocol.arms, protocol.readers) == (CASES, ARMS, ("R1", "R2"))
    assert protocol.reference == "reference"
