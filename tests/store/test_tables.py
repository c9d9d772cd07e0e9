import csv
import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.image import Window
from app.domain.metric import MetricValue
from app.domain.presentation import PlannedPresentation, ReadingPlan, Response, Viewing
from app.domain.result import Declined, Estimate, Observation
from app.domain.trial import Trial
from app.errors import InputError, StoreError
from app.store.ledger import LedgerEvent
from app.store.tables import (
    data_dictionary,
    difference_from,
    read_declined,
    read_metrics,
    read_scores,
    write_audit,
    write_dictionary,
    write_estimates,
    write_metrics,
    write_observations,
    write_pairs,
    write_responses,
    write_schedule,
)

METRICS_HEADER = (
    "case,arm,slice,region,metric,value,unit,better,space,data_range,parameters,"
    "reference_uid,reconstruction_uid,flags,software"
)
ANSWERS_HEADER = (
    "study,protocol_sha256,reader,session,position,presentation,case,arm,slot,opponent,criterion,"
    "value,label,kind,repeat_of,shown_at,answered_at,active_ms,idle_ms,window_center,window_width,"
    "zoom,slices_viewed,interactions,amends,comment,display,software"
)
VALUE = MetricValue(
    case="case 1",
    arm="dlr",
    slice=None,
    region="whole",
    metric="psnr",
    value=0.1 + 0.2,
    unit="dB",
    better="higher",
    space="native",
    data_range=4096.0,
    parameters='{"pool":"mean","window":[1,2]}',
    reference_uid="1.2",
    reconstruction_uid="1.3",
    flags=("clipped", "identical"),
    software="blindread 1",
)


def answer(id_="1", *, at="10:00:01", **changes):
    fields = {
        "reader": "R1",
        "session": "1",
        "position": 1,
        "presentation": "P1",
        "slot": "A",
        "opponent": "B",
        "criterion": "preference",
        "value": 2,
        "label": "A much better",
        "viewing": Viewing("2024-05-01T10:00:00Z", f"2024-05-01T{at}Z", 900, 5, 40.0, None, 1.5),
    } | changes
    return Response(id=id_, **fields)


TRIAL = Trial("R1", 1, "P1", "case 1", ("dlr", "fbp"))
PLAN = ReadingPlan(
    study="s1",
    title="t",
    protocol_sha256="ab",
    reader="R1",
    criteria=(),
    ask_comment=True,
    instructions="",
    presentations=(PlannedPresentation("P1", 1, ("BCDF2345", "GHJK6789"), Window(40, 400)),),
)


def observed(response, trial=TRIAL):
    arm = dict(zip("AB", trial.arms, strict=True)) | {"": ""}
    return Observation("s1", "ab", response, trial, arm[response.slot], arm[response.opponent])


def cells(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


def test_metrics_have_the_columns_of_the_contract_and_the_shortest_decimals(path):
    write_metrics(
        path, [VALUE, replace(VALUE, value=float("inf"), slice=3), replace(VALUE, value=None)]
    )
    lines = path.read_bytes().decode("utf-8").split("\n")

    assert lines[0] == METRICS_HEADER
    assert lines[1].startswith(
        "case 1,dlr,,whole,psnr,0.30000000000000004,dB,higher,native,4096.0,"
    )
    assert lines[2].startswith("case 1,dlr,3,whole,psnr,inf,")
    assert lines[3].startswith("case 1,dlr,,whole,psnr,,")
    assert lines[4:] == [""]
    assert b"\r" not in path.read_bytes()


words = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)


@settings(max_examples=60, deadline=None)
@example(case="\r", value=None, slice_=None, data_range=0.0, flags=[])
@example(case="a\r\nb", value=None, slice_=None, data_range=0.0, flags=[])
@given(
    case=words,
    value=st.none() | st.floats(allow_nan=False),
    slice_=st.none() | st.integers(1, 999),
    data_range=st.floats(allow_nan=False),
    flags=st.lists(st.sampled_from(["identical", "clipped", "resampled"])),
)
def test_metrics_survive_the_file(tmp_path_factory, case, value, slice_, data_range, flags):
    path = tmp_path_factory.mktemp("t") / "metrics.csv"
    row = replace(
        VALUE, case=case, value=value, slice=slice_, data_range=data_range, flags=tuple(flags)
    )
    write_metrics(path, [row])

    assert read_metrics(path) == (row,)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"0.30000000000000004", b"good", "line 2, column 'value': 'good'"),
        (b"higher", b"up", "line 2, column 'better'"),
        (b"4096.0", b"", "line 2, column 'data_range'"),
        (b"4096.0", b"nan", "line 2, column 'data_range'"),
        (b"dlr,,whole", b"dlr,1.5,whole", "line 2, column 'slice'"),
        (b",software\n", b",program\n", "no column 'software'"),
        (b"dlr,", b"dlr,more,", "line 2: 16 cells"),
        (b"case 1", b"\xff\xfe", "UTF-8"),
        (b"case 1", b'"case', "line"),
        (b"region,", b"region,case,", "two columns"),
    ],
)
def test_a_wrong_table_is_refused_naming_file_line_and_column(path, old, new, words):
    write_metrics(path, [VALUE])
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))

    with pytest.raises(InputError, match=words) as refusal:
        read_metrics(path)
    assert "table.csv" in str(refusal.value)


def test_missing_and_empty_tables_are_refused(path):
    with pytest.raises(InputError, match="could not be read"):
        read_metrics(path)
    path.touch()
    with pytest.raises(InputError, match="no column"):
        read_scores(path)


def test_responses_are_blind(path):
    comment = answer("2", slot="", opponent="", criterion="comment", value=None, label="")
    write_responses(path, [answer(), replace(comment, comment='a "b",\nc')], {"R1": PLAN})
    first, second = cells(path)

    assert path.read_text().startswith(ANSWERS_HEADER + "\n")
    assert (first["case"], first["arm"], first["opponent"]) == ("", "BCDF2345", "GHJK6789")
    assert (first["kind"], first["repeat_of"], first["value"]) == ("", "", "2")
    assert (first["window_center"], first["window_width"], first["zoom"]) == ("40.0", "", "1.5")
    assert (second["arm"], second["value"], second["comment"]) == ("", "", 'a "b",\nc')


def test_simulated_answers_are_marked_in_both_tables(path):
    simulated = answer(simulated=True)
    write_responses(path, [simulated], {"R1": PLAN})
    assert cells(path)[0]["kind"] == "simulated"
    write_observations(path, [observed(simulated, TRIAL)])
    assert cells(path)[0]["kind"] == "simulated"
    write_observations(path, [observed(simulated, replace(TRIAL, kind="repeat"))])
    assert cells(path)[0]["kind"] == "repeat"  # else it would count as one more test


def test_an_answer_outside_the_plan_is_refused(path):
    with pytest.raises(StoreError):
        write_responses(path, [answer(presentation="P9")], {"R1": PLAN})


def test_observations_name_case_and_arms(path):
    write_observations(path, [observed(answer(), replace(TRIAL, kind="repeat", repeat_of="P0"))])
    (row,) = cells(path)

    assert path.read_text().startswith(ANSWERS_HEADER + "\n")
    assert (row["case"], row["arm"], row["opponent"]) == ("case 1", "dlr", "fbp")
    assert (row["kind"], row["repeat_of"], row["study"]) == ("repeat", "P0", "s1")


CHAIN = [
    answer("1"),
    answer("2", at="10:00:02", amends="1", value=-1),
    answer("3", at="10:00:03", amends="2", value=1),
    answer("4", criterion="quality", opponent="", value=5),
    answer("5", criterion="quality", opponent="", slot="B", value=3),
    answer("6", criterion="comment", slot="", opponent="", value=None),
]


@pytest.mark.parametrize("order", [list, lambda rows: list(reversed(rows))])
def test_scores_are_the_answers_that_count_whatever_the_order_of_rows(path, order):
    write_observations(path, [observed(response) for response in CHAIN])
    header, *lines = path.read_text().splitlines()
    path.write_text("\n".join([header, *order(lines)]) + "\n")
    found = {(s.arm, s.opponent, s.criterion): s.value for s in read_scores(path)}

    assert found == {
        ("dlr", "fbp", "preference"): 1.0,
        ("dlr", "", "quality"): 5.0,
        ("fbp", "", "quality"): 3.0,
    }


def test_of_answers_at_one_time_the_last_counts(path):
    tied = [answer("1"), answer("2", amends="1", value=-1), answer("3", amends="2", value=0)]
    write_observations(path, [observed(response) for response in tied])

    assert [score.value for score in read_scores(path)] == [0.0]


ODD = answer("9", criterion="comment", value=None, comment="“a, b”\r\n\rc \ud800\n")


def test_observations_are_compared_with_the_record_cell_by_cell(path):
    observations = [observed(response) for response in (*CHAIN, ODD)]
    write_observations(path, observations)
    assert difference_from(path, observations) == ""

    lines = path.read_text(encoding="utf-8").split("\n")
    for wrong, words in (
        ([lines[0], lines[1].replace("dlr", "fbp", 1), *lines[2:]], "line 2, column 'arm'"),
        ([lines[0], *lines[2:]], f"{len(CHAIN)} answers, and the record {len(CHAIN) + 1}"),
    ):
        path.write_text("\n".join(wrong), encoding="utf-8")
        assert words in difference_from(path, observations)


def test_a_column_that_another_version_wrote_is_no_difference(path):
    write_observations(path, [observed(answer())])
    rows = cells(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        names = [name for name in rows[0] if name != "display"] + ["mood"]
        writer = csv.DictWriter(file, names, restval="x", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)

    assert difference_from(path, [observed(answer())]) == ""


def test_scores_of_a_plain_table_are_all_read(path):
    path.write_text("reader,case,arm,criterion,value\nR1,c,a,q,4\nR1,c,b,q,2.5\nR1,d,a,q,4\n")

    assert [(s.case, s.arm, s.value, s.kind) for s in read_scores(path)] == [
        ("c", "a", 4.0, "test"),
        ("c", "b", 2.5, "test"),
        ("d", "a", 4.0, "test"),
    ]


def test_what_could_not_be_judged_is_no_score_and_is_not_lost(path):
    """Neither an answer that was given after all, nor a comment, nor one of several images."""
    asked = {"criterion": "quality", "opponent": "", "value": None, "label": "cannot be judged"}
    write_observations(
        path,
        [
            observed(response)
            for response in (
                answer("1", **asked, comment="motion"),
                answer("2", **(asked | {"slot": "B"}), comment="motion"),
                answer("3", at="10:00:02", criterion="quality", opponent="", slot="B", amends="2"),
                answer("4", **(asked | {"criterion": "comment", "slot": ""}), comment="dark"),
                answer("5", **(asked | {"criterion": "sure", "slot": ""}), comment="motion"),
            )
        ],
    )

    assert read_declined(path) == (Declined("R1", "case 1", "dlr", "", "quality", "motion"),)
    assert [(score.arm, score.criterion) for score in read_scores(path)] == [("fbp", "quality")]


def test_an_empty_cell_of_a_plain_table_is_an_answer_without_a_reason(path):
    path.write_text("reader,case,arm,criterion,value\nR1,c,a,q,4\nR1,c,b,q,\n")
    assert read_declined(path) == (Declined("R1", "c", "b", "", "q", ""),)


def test_blind_and_senseless_scores_are_refused(path):
    write_responses(path, [answer()], {"R1": PLAN})
    with pytest.raises(InputError, match=r"line 2, column 'case'.*blind"):
        read_scores(path)
    path.write_text("reader,case,arm,criterion,value\nR1,c,a,q,inf\n")
    with pytest.raises(InputError, match="line 2, column 'value'"):
        read_scores(path)


def test_estimates_pairs_schedule_and_audit_are_written(path):
    write_estimates(path, [Estimate("mean", "quality", "dlr", 4.5, None, 5.0, 0.95, 2, 1, 2, "m")])
    assert cells(path)[0]["low"] == ""
    assert path.read_text().startswith(
        "analysis,quantity,group,value,low,high,level,n_cases,n_readers,n,method,note\n"
    )
    names = "case,arm,role,series_uid,path,slices,matched_slices,matched_by,status,problem"
    write_pairs(path, [dict.fromkeys(names.split(","), "x")])
    assert path.read_text() == f"{names}\nx,x,x,x,x,x,x,x,x,x\n"
    write_schedule(path, [TRIAL])
    assert cells(path)[0]["arms"] == "dlr|fbp"
    event = LedgerEvent(1, "2024-05-01T10:00:00Z", "R1", "opened", {"b": 1, "a": 2})
    write_audit(path, [event], (7, "abc"))
    opened, head = cells(path)
    assert json.loads(opened["details"]) == {"a": 2, "b": 1}
    assert (head["seq"], head["what"]) == ("7", "head of the record")
    assert json.loads(head["details"]) == {"sha256": "abc"}


def test_the_dictionary_explains_every_column_of_every_table(path):
    explained = {(table, column) for table, column, meaning in data_dictionary() if meaning}

    assert {("metrics.csv", column) for column in METRICS_HEADER.split(",")} <= explained
    assert {("responses.csv", column) for column in ANSWERS_HEADER.split(",")} <= explained
    write_dictionary(path)
    assert len(cells(path)) == len(explained)
