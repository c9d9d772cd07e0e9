"""Scores read elsewhere come in: the published study, and every export of ours."""

import json
from collections import defaultdict
from dataclasses import replace
from statistics import fmean

import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr

from app.domain.metric import MetricValue
from app.errors import InputError
from app.resources import resource
from app.store.csv_file import read_rows, write_rows
from app.store.key_file import SealHeader, unseal
from app.store.protocol_file import template_names
from app.store.score_mapping_file import read_mapping, write_mapping
from app.store.study_folder import StudyFolder
from app.store.tables import read_scores, write_metrics
from app.workflows.analyse import analyse, write_analysis
from app.workflows.export import export
from app.workflows.import_scores import import_scores, open_scores
from app.workflows.plan import lock, new_study
from app.workflows.simulate import simulate
from app.workflows.unblind import unblind
from tests.workflows.conftest import ARMS, CASES, finish

PASSPHRASE = "four words for tests"
LDCT = resource("studies", "ldct.yaml")


@pytest.fixture
def published(shared):
    return shared / "data" / "ldct-reader-study"


def bring(folder, output, mapping=None):
    opened = open_scores(
        folder / "reader_scores.csv",
        key=folder / "answer_key.csv",
        protocol=LDCT,
        mapping=mapping,
    )
    return finish(import_scores(opened, output))


def decide(path, **decisions):
    write_mapping(replace(read_mapping(path), **decisions), path)


@pytest.mark.shared
def test_both_slips_of_the_published_spreadsheet_are_reported_and_left_out(published, tmp_path):
    """By its README: one score outside its scale, and Set112 for set 12."""
    imported = bring(published, tmp_path / "observations.csv").imported

    scale = [odd for odd in imported.undecided if odd.kind == "outside its scale"]
    assert [(odd.row, odd.column, odd.value) for odd in scale] == [
        (405, "structure_preservation", "6")
    ]
    labels = [odd for odd in imported.undecided if odd.kind == "label"]
    assert len(labels) == 3 * 14
    assert {(odd.column, odd.value, odd.nearest) for odd in labels} == {("set", "Set112", "set12")}
    assert [odd.value for odd in imported.undecided if odd.kind == "unread"] == ["set12"]
    assert len(imported.undecided) == 1 + 42 + 1
    assert len(imported.rows) == 1890 - 1 - 3 * 42
    assert "set12" not in {row["case"] for row in imported.rows}


@pytest.mark.shared
def test_with_the_label_decided_the_published_means_and_correlations_come_out(published, tmp_path):
    """To the six decimals of expected_analysis.json, by our analysis and by SciPy."""
    observations = tmp_path / "observations.csv"
    mapping = bring(published, observations).mapping
    decide(mapping, labels={"Set112": "12"})
    imported = bring(published, observations, mapping).imported
    assert [odd.kind for odd in imported.undecided] == ["outside its scale"]
    assert sum(odd.decision == "read as set12" for odd in imported.oddities) == 42
    expected = json.loads((published / "expected_analysis.json").read_text())
    assert len(imported.rows) == expected["scores"] - expected["out_of_range"]

    metrics = tmp_path / "metrics.csv"
    values = list(published_values(published / "expected_metrics.csv"))
    write_metrics(metrics, values)
    findings = finish(analyse(observations, metrics))
    write_analysis(findings, tmp_path / "out", study=observations, metrics=metrics)
    found = {(one.quantity, one.group): one for one in findings.estimates}
    for arm, means in expected["method_mean"].items():
        for criterion, mean in means.items():
            assert found[f"mean {criterion}", arm].value == pytest.approx(mean, abs=5e-7)
    for pair, wanted in expected["metric_vs_reader"].items():
        metric, criterion = pair.split("~")
        estimate = found["srocc", f"{metric} whole ~ {criterion}"]
        assert estimate.n == expected["n_images"]
        assert estimate.value == pytest.approx(wanted["srocc"], abs=5e-7)
        ours, theirs = image_means(observations, values, metric, criterion)
        assert spearmanr(ours, theirs)[0] == pytest.approx(wanted["srocc"], abs=5e-7)
        assert kendalltau(ours, theirs)[0] == pytest.approx(wanted["krocc"], abs=5e-7)
        assert pearsonr(ours, theirs)[0] == pytest.approx(wanted["plcc_linear"], abs=5e-7)


def published_values(path):
    """Yield the published metric values of the blinded arms; the low dose is named."""
    for row in read_rows(path, ("set", "method", "mse", "psnr", "ssim")):
        for metric in ("mse", "psnr", "ssim"):
            if row.text("method") != "LDCT":
                yield MetricValue(
                    case=row.text("set"),
                    arm=row.text("method"),
                    slice=None,
                    region="whole",
                    metric=metric,
                    value=row.number(metric),
                    unit="",
                    better="lower" if metric == "mse" else "higher",
                    space="native",
                    data_range=255.0,
                    parameters='{"pooling":"mean"}',
                    reference_uid="",
                    reconstruction_uid="",
                    flags=(),
                    software="",
                )


def image_means(observations, values, metric, criterion):
    given = defaultdict(list)
    for score in read_scores(observations):
        if score.criterion == criterion:
            given[score.case, score.arm].append(score.value)
    rows = [value for value in values if value.metric == metric]
    return [v.value for v in rows], [round(fmean(given[v.case, v.arm]), 9) for v in rows]


@pytest.mark.shared
def test_a_decided_score_counts_and_a_decision_on_another_table_is_refused(published, tmp_path):
    observations = tmp_path / "observations.csv"
    mapping = bring(published, observations).mapping
    text = mapping.read_text()
    cell = "{row: 405, column: structure_preservation, was: 6, value: 5, reason: by phone}"
    mapping.write_text(
        text.replace("labels: {}", "labels: {Set112: set12}").replace(
            "corrections: []", f"corrections: [{cell}]"
        )
    )

    imported = bring(published, observations, mapping).imported

    assert imported.undecided == ()
    assert len(imported.rows) == 1890
    decided = next(odd for odd in imported.oddities if odd.row == 405)
    assert decided.decision == "taken as 5: by phone"
    mapping.write_text(mapping.read_text().replace("was: 6", "was: 7"))
    with pytest.raises(InputError, match=r"row 405.*'7'; the table has '6'"):
        bring(published, observations, mapping)


@pytest.mark.shared
def test_without_the_protocol_the_named_arms_match_no_code(published, tmp_path):
    opened = open_scores(published / "reader_scores.csv", key=published / "answer_key.csv")
    imported = finish(import_scores(opened, tmp_path / "observations.csv")).imported

    named = {odd.value for odd in imported.undecided if odd.column == "code"}
    assert named == {"LDCT", "NDCT"}
    assert any("no score can be outside its scale" in note for note in imported.notes)


@pytest.mark.parametrize("template", template_names())
def test_what_a_study_of_each_template_exports_comes_in_with_the_same_scores(
    template, pairing, tmp_path, monkeypatch
):
    cheap = (2**14, *SealHeader.__init__.__defaults__[1:])  # nobody guesses this passphrase
    monkeypatch.setattr(SealHeader.__init__, "__defaults__", cheap)
    folder = tmp_path / "study"
    readers = ("R1", "R2")
    new_study(
        pairing,
        template=template,
        title="A study",
        arms=ARMS,
        cases=CASES,
        readers=readers,
        folder=folder,
        catches=(("identical", 1),) if template == "comparison" else None,
    )
    finish(lock(folder, PASSPHRASE))
    finish(simulate(folder, PASSPHRASE, 2))
    export(folder, tmp_path / "blind")
    pictures = unseal(StudyFolder(folder).sealed_key, PASSPHRASE).images
    key, itself = tmp_path / "key.csv", tmp_path / "itself.csv"
    names = ("case", "code", "arm")
    write_rows(key, names, ((case, code, arm) for code, (case, arm) in pictures.items()))
    write_rows(itself, names[1:], ((code, code) for code in pictures))
    finish(unblind(folder, PASSPHRASE))
    export(folder, tmp_path / "true")
    protocol = tmp_path / "true" / "protocol.yaml"
    responses, true = tmp_path / "blind/responses.csv", tmp_path / "true/observations.csv"

    again = tmp_path / "again.csv"
    opened = open_scores(true, protocol=protocol)
    imported = finish(import_scores(opened, again)).imported
    assert imported.oddities == ()
    assert read_scores(again) == read_scores(true)
    assert answers(again) == answers(true)

    mapped = tmp_path / "mapped.csv"
    opened = open_scores(responses, key=key, protocol=protocol)
    imported = finish(import_scores(opened, mapped)).imported
    assert {odd.kind for odd in imported.oddities} <= {"unread"}
    assert places(mapped) == places(true)

    opened = open_scores(responses, key=itself, protocol=protocol)
    assert opened.missing == ("case",)  # nothing tells the case of a code that is its own arm


def answers(path):
    """Return the rows of a table of answers, but for who wrote it."""
    rows = read_rows(path, ("software",))
    return [{**row.cells, "software": ""} for row in rows]


def places(path):
    return [
        (score.reader, score.case, score.arm, score.opponent, score.criterion, score.value)
        for score in read_scores(path)
    ]
