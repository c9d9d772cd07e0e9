"""Tables of scores as people fill them: taken as they are, and every slip pointed at."""

from dataclasses import replace

import pytest

from app.domain.protocol import Anchor, Choice, Criterion, Declared, Protocol
from app.domain.score_sheet import Correction, KeyEntry, ScoreMapping, Sheet, SheetRow
from app.errors import InputError
from app.study.score_columns import (
    check_mapping,
    guess_key,
    guess_mapping,
    key_entries,
    missing_roles,
)
from app.study.score_import import import_scores
from app.study.score_labels import Labels, folded

FIVE = tuple(Choice(value, word) for value, word in enumerate(("Bad", "Poor", "Fair"), start=1))
PROTOCOL = Protocol(
    title="A study",
    template="rating",
    source="",
    reference="truth",
    cases=("case1", "case2"),
    arms=("alpha", "beta"),
    readers=("R1", "R2"),
    criteria=(
        Criterion("noise", "rating", "How noisy?", FIVE, anchors=(Anchor("Low", 1),)),
        Criterion("quality", "slider", "Quality", (Choice(0, "Bad"), Choice(100, "Good"))),
        Criterion("rank", "ranking", "Order", ()),
    ),
    seed=0,
    slots=3,
    declared=(Declared("low", "Low"),),
)
KEY = tuple(
    KeyEntry(row, case, code, arm)
    for row, (case, code, arm) in enumerate(
        [
            ("case1", "A", "alpha"),
            ("case1", "B", "beta"),
            ("case2", "A", "beta"),
            ("case2", "B", "alpha"),
        ],
        start=2,
    )
)
WIDE = ScoreMapping(
    columns={"reader": "reader", "case": "case", "arm": "code"}, criteria={"noise": "noise"}
)
FULL = [
    ("R1", "case1", "A", "1"),
    ("R1", "case1", "B", "2"),
    ("R1", "case2", "A", "3"),
    ("R1", "case2", "B", "3"),
    ("R2", "case1", "A", "1"),
    ("R2", "case1", "B", "2"),
    ("R2", "case2", "A", "3"),
    ("R2", "case2", "B", "3"),
]


def sheet(rows, headings=("reader", "case", "code", "noise"), as_text=()):
    filled = tuple(
        SheetRow(number, dict(zip(headings, row, strict=True)), frozenset(as_text))
        for number, row in enumerate(rows, start=2)
    )
    return Sheet("scores.csv", tuple(headings), filled)


def bring(rows, mapping=WIDE, **options):
    return import_scores(sheet(rows), mapping, **({"key": KEY, "protocol": PROTOCOL} | options))


def changed(row, **cells):
    """Return the full table with one row changed; rows count as in a spreadsheet."""
    rows = [dict(zip(("reader", "case", "code", "noise"), one, strict=True)) for one in FULL]
    rows[row - 2] |= cells
    return [tuple(one.values()) for one in rows]


def told(imported):
    return [(odd.row, odd.column, odd.value, odd.kind) for odd in imported.undecided]


def test_a_clean_table_has_no_oddity_and_the_key_gives_the_arms():
    imported = bring(FULL)

    assert imported.oddities == ()
    arms = [(row["reader"], row["case"], row["arm"], row["value"]) for row in imported.rows]
    assert arms[:3] == [
        ("R1", "case1", "alpha", 1),
        ("R1", "case1", "beta", 2),
        (
            "R1",
            "case2",
            "beta",
            3,
        ),
    ]
    first = imported.rows[0]
    assert (first["kind"], first["label"], first["criterion"]) == ("test", "Bad", "noise")
    assert str(first["software"]).startswith("imported by")


@pytest.mark.parametrize(
    ("cells", "oddity"),
    [
        ({"noise": "4"}, (4, "noise", "4", "outside its scale")),
        ({"noise": "2.5"}, (4, "noise", "2.5", "outside its scale")),
        ({"noise": "inf"}, (4, "noise", "inf", "not a number")),
        ({"noise": "nan"}, (4, "noise", "nan", "not a number")),
        ({"noise": "2,0"}, (4, "noise", "2,0", "text")),
        ({"noise": "'3"}, (4, "noise", "'3", "text")),
        ({"noise": "about 2"}, (4, "noise", "about 2", "not a number")),
        ({"noise": ""}, (4, "noise", "", "missing")),
        ({"reader": ""}, (4, "reader", "", "missing")),
        ({"case": ""}, (4, "case", "", "missing")),
        ({"code": ""}, (4, "code", "", "missing")),
        ({"reader": "R11"}, (4, "reader", "R11", "label")),
        ({"case": "case22"}, (4, "case", "case22", "label")),
        ({"code": "C"}, (4, "code", "C", "label")),
    ],
)
def test_each_slip_is_pointed_at_and_its_score_left_out(cells, oddity):
    imported = bring(changed(4, **cells))

    assert oddity in told(imported)
    assert len(imported.rows) == len(FULL) - 1


def test_the_nearest_label_is_one_that_nothing_else_uses():
    """Case12 and case11 are as near to case112; case12 has no row of its own."""
    cases = tuple(f"case{number}" for number in range(1, 16))
    protocol = replace(PROTOCOL, cases=cases)
    rows = [("R1", case, "alpha", "1") for case in cases if case != "case12"]
    rows.append(("R1", "case112", "alpha", "1"))

    imported = import_scores(sheet(rows), WIDE, protocol=protocol)

    assert [odd.nearest for odd in imported.oddities if odd.kind == "label"] == ["case12"]


def test_capitals_and_leading_zeros_are_told_though_they_are_no_slip():
    imported = bring(changed(2, case="Case 01", reader="r1"))

    assert imported.oddities == ()
    assert {row["case"] for row in imported.rows} == {"case1", "case2"}
    assert any("Case 01 as case1" in note for note in imported.notes)
    assert any("r1 as R1" in note for note in imported.notes)


def test_a_decided_label_counts_and_stays_in_the_list():
    mapping = replace(WIDE, labels={"case22": "2", "C": "A"})

    imported = bring(changed(4, case="case22", code="C"), mapping)

    assert imported.undecided == ()
    assert {odd.decision for odd in imported.oddities} == {"read as case2", "read as A"}
    assert imported.rows[2]["arm"] == "beta"


def test_a_decision_for_a_name_that_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"reads 'case22' as 'case9', which is no case"):
        bring(changed(4, case="case22"), replace(WIDE, labels={"case22": "case9"}))


def test_of_two_alike_scores_one_counts_and_of_two_that_differ_none():
    alike = bring([*FULL, FULL[0]])
    assert told(alike) == [(10, "noise", "1", "duplicate")]
    assert len(alike.rows) == len(FULL)

    differ = bring([*FULL, (*FULL[0][:3], "3")])
    assert told(differ) == [(2, "noise", "1", "duplicate"), (10, "noise", "3", "duplicate")]
    assert len(differ.rows) == len(FULL) - 1


def test_what_the_key_has_and_nobody_scored_is_told_once_for_a_case_an_arm_or_an_image():
    no_case = bring([row for row in FULL if row[1] != "case2"])
    assert [(odd.value, odd.what) for odd in no_case.undecided] == [
        ("case2", "no row scores this case")
    ]
    no_arm = bring(
        [row for row in FULL if (row[1], row[2]) not in (("case1", "A"), ("case2", "B"))]
    )
    assert [(odd.value, odd.what) for odd in no_arm.undecided] == [
        ("alpha", "no row scores this arm")
    ]
    no_reader = bring(FULL[:-1])
    assert [odd.what for odd in no_reader.undecided] == ["no row scores this arm of case2 by R2"]
    assert bring(FULL[:-1], replace(WIDE, accept=("unread",))).undecided == ()


def test_numbers_stored_as_text_count_only_when_a_person_accepts_them():
    table = sheet(FULL, as_text=("noise",))

    odd = import_scores(table, WIDE, key=KEY, protocol=PROTOCOL)
    assert len(odd.undecided) == len(FULL)
    assert odd.rows == ()
    accepted = replace(WIDE, accept=("text",))
    taken = import_scores(table, accepted, key=KEY, protocol=PROTOCOL)
    assert taken.undecided == ()
    assert taken.rows == bring(FULL).rows
    assert {one.decision for one in taken.oddities} == {
        "taken as 1",
        "taken as 2",
        "taken as 3",
    }


def test_a_number_written_as_text_is_still_held_against_its_scale():
    imported = bring(changed(4, noise="9,0"), replace(WIDE, accept=("text",)))

    assert told(imported) == [(4, "noise", "9,0", "outside its scale")]


def test_a_score_in_the_words_of_the_scale_is_its_value():
    imported = bring(changed(4, noise="fair"))

    assert imported.oddities == ()
    assert imported.rows[2]["value"] == 3
    assert any("in the words of the scale" in note for note in imported.notes)


def test_a_correction_counts_only_for_the_cell_it_was_made_for():
    slip = changed(4, noise="33")
    put = Correction(4, "noise", "33", 3.0, "typed twice")
    imported = bring(slip, replace(WIDE, corrections=(put,)))
    assert imported.undecided == ()
    assert imported.oddities[0].decision == "taken as 3: typed twice"
    assert imported.rows[2]["value"] == 3

    out = bring(slip, replace(WIDE, corrections=(replace(put, value=None),)))
    assert out.undecided == ()
    assert len(out.rows) == len(FULL) - 1
    for wrong, words in (
        (replace(put, was="34"), "it says '34'; the table has '33'"),
        (replace(put, value=7.0), "to 7; noise is 1 to 3"),
        (replace(put, row=99), "row 99.*there is no score"),
    ):
        with pytest.raises(InputError, match=words):
            bring(slip, replace(WIDE, corrections=(wrong,)))


def test_a_named_arm_needs_no_code_and_its_fixed_score_must_hold():
    held = bring([*FULL, ("R1", "case1", "low", "1")])
    assert held.oddities == ()
    assert held.rows[-1]["arm"] == "low"

    odd = bring([*FULL, ("R1", "case1", "low", "2")])
    assert told(odd) == [(10, "noise", "2", "anchor")]
    unnamed = bring([*FULL, ("R1", "case1", "low", "2")], protocol=None)
    assert told(unnamed) == [(10, "code", "low", "label")]
    named = replace(WIDE, named_arms=("low",))
    assert bring([*FULL, ("R1", "case1", "low", "2")], named, protocol=None).oddities == ()


@pytest.mark.parametrize(
    ("criterion", "good", "bad"),
    [("quality", ("0", "57", "100"), ("-1", "101", "5.5")), ("rank", ("1", "3"), ("0", "4"))],
)
def test_sliders_and_ranks_have_their_scales_too(criterion, good, bad):
    mapping = replace(WIDE, criteria={"noise": criterion})
    for text in good:
        assert bring(changed(4, noise=text), mapping).rows[2]["value"] == int(text)
    for text in bad:
        assert (4, "noise", text, "outside its scale") in told(
            bring(changed(4, noise=text), mapping)
        )


def test_a_long_table_names_its_criteria_and_keeps_comments():
    headings = ("rater", "patient", "method", "question", "score", "remarks")
    table = sheet(
        [
            ("R1", "case1", "alpha", "noise", "2", ""),
            ("R1", "case1", "alpha", "How noisy", "1", ""),
            ("R1", "case1", "beta", "comment", "", "streaks, left"),
        ],
        headings,
    )
    mapping = guess_mapping(table, protocol=PROTOCOL)
    assert missing_roles(mapping) == ()

    imported = import_scores(table, mapping, protocol=PROTOCOL)

    assert told(imported)[0] == (3, "question", "How noisy", "label")
    assert [(row["criterion"], row["value"]) for row in imported.rows] == [
        ("noise", 2),
        ("comment", None),
    ]
    assert imported.rows[1]["comment"] == "streaks, left"


def test_a_comment_beside_scores_becomes_a_row_of_its_own():
    table = sheet([(*FULL[0], "dark")], ("reader", "case", "code", "noise", "remark"))
    mapping = replace(WIDE, columns={**WIDE.columns, "comment": "remark"})

    rows = import_scores(table, mapping, key=KEY, protocol=PROTOCOL).rows

    assert [(row["criterion"], row["comment"]) for row in rows] == [
        ("noise", ""),
        ("comment", "dark"),
    ]


def test_what_holds_for_all_rows_may_be_fixed():
    table = sheet([row[1:] for row in FULL[:4]], ("case", "code", "noise"))
    columns = {"case": "case", "arm": "code"}
    mapping = ScoreMapping(columns=columns, criteria={"noise": "noise"}, fixed={"reader": "R1"})
    assert missing_roles(mapping) == ()

    imported = import_scores(table, mapping, key=KEY, protocol=replace(PROTOCOL, readers=("R1",)))

    assert {row["reader"] for row in imported.rows} == {"R1"}
    assert imported.oddities == ()


def test_a_key_without_cases_holds_for_all_and_one_of_unique_codes_tells_the_case():
    general = (KeyEntry(2, "", "A", "alpha"), KeyEntry(3, "", "B", "beta"))
    assert bring(FULL, key=general).oddities == ()

    pictures = tuple(replace(entry, code=f"p{number}") for number, entry in enumerate(KEY))
    table = sheet(
        [(reader, f"p{n}", "1") for reader in ("R1", "R2") for n in range(4)],
        ("reader", "code", "noise"),
    )
    mapping = replace(WIDE, columns={"reader": "reader", "arm": "code"})
    assert missing_roles(mapping) == ("case",)
    assert missing_roles(mapping, case_in_key=True) == ()
    imported = import_scores(table, mapping, key=pictures, protocol=PROTOCOL)
    assert imported.oddities == ()
    assert {row["case"] for row in imported.rows} == {"case1", "case2"}


def test_headings_of_a_published_table_and_key_are_understood():
    table = sheet([("R1", "Set1", "AA", "4")], ("Reader", "Set", "Code", "noise"))
    key = sheet([("set01", "AA", "DDPM")], ("set", "code", "method"))

    mapping = guess_mapping(table, key=key)

    assert mapping.columns == {"reader": "Reader", "case": "Set", "arm": "Code"}
    assert mapping.criteria == {"noise": "noise"}
    assert mapping.key == guess_key(key) == {"case": "set", "code": "code", "arm": "method"}


def test_a_mapping_that_does_not_fit_is_a_sentence():
    table = sheet(FULL)
    wrong = replace(WIDE, columns={**WIDE.columns, "reader": "raeder"})
    with pytest.raises(InputError, match="no column 'raeder'") as caught:
        check_mapping(wrong, table)
    assert caught.value.remedy == "Did you mean 'reader'?"
    with pytest.raises(InputError, match="uses the column 'noise' twice"):
        check_mapping(replace(WIDE, columns={**WIDE.columns, "comment": "noise"}), table)


def test_a_key_that_contradicts_itself_is_refused():
    rows = [("case1", "A", "alpha"), ("Case1", "a", "beta")]
    columns = ("case", "code", "arm")
    with pytest.raises(InputError, match="rows 2 and 3: the code 'a' of Case1 stands for alpha"):
        key_entries(sheet(rows, columns), {name: name for name in columns})
    with pytest.raises(InputError, match="row 2: a cell is empty"):
        key_entries(sheet([("A", "")], ("code", "arm")), {"code": "code", "arm": "arm"})
    with pytest.raises(InputError, match="no heading says which column is the code"):
        key_entries(sheet([("A", "x")], ("what", "arm")), {"arm": "arm"})


def test_labels_that_fold_to_two_names_match_neither():
    labels = Labels("case", ("a1", "a01"), {})

    assert folded("A-001") == "a 1"
    assert labels.find("a1") == "a1"
    assert labels.find("A1") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UNet", "UNet++"),
        ("dose 0.5", "dose 0.05"),
        ("dose 0.5", "dose 0,5"),
        ("dose 1.0", "dose 10"),
        ("tilt -5", "tilt 5"),
        ("CNN (mild)", "CNN mild"),
        ("a*", "a"),
        ("case 1-1", "case 11"),
    ],
)
def test_without_a_key_arms_that_differ_in_a_sign_or_a_decimal_are_two(one, other):
    rows = [
        (reader, case, arm, score)
        for reader in ("R1", "R2")
        for case in ("case1", "case2")
        for arm, score in ((one, "1"), (other, "2"))
    ]

    imported = bring(rows, key=(), protocol=None)

    assert imported.oddities == ()
    assert [(row["arm"], row["value"]) for row in imported.rows] == [(one, 1), (other, 2)] * 4


def test_without_a_key_a_slip_in_the_name_of_an_arm_is_mended_and_told():
    rows = [("R1", case, arm, "1") for case in ("c1", "c2", "c3") for arm in ("U_Net", "CNN")]
    rows[2] = ("R1", "c2", "u-net", "1")

    imported = bring(rows, key=(), protocol=None)

    assert imported.oddities == ()
    assert {row["arm"] for row in imported.rows} == {"U_Net", "CNN"}
    assert any(note.endswith("so read arm u-net as U_Net") for note in imported.notes)


@pytest.mark.parametrize(
    "rows",
    [
        [("R1", "c1", "UNet", "1"), ("R1", "c1", "unet", "2"), ("R1", "c2", "UNet", "3")],
        [("R1", f"c{at}", "UNet", "1") for at in range(6)]
        + [("R2", f"d{at}", "unet", "1") for at in range(3)],
    ],
    ids=["in one case", "both often"],
)
def test_arms_that_cannot_be_slips_of_each_other_are_left_to_a_person(rows):
    pending = sum(row[2] == "unet" for row in rows)

    imported = bring(rows, key=(), protocol=None)

    assert {(odd.value, odd.kind, odd.nearest) for odd in imported.undecided} == {
        ("unet", "label", "UNet")
    }
    assert len(imported.undecided) == pending
    assert "'UNet' but for capitals" in imported.oddities[0].what
    assert [row["arm"] for row in imported.rows] == ["UNet"] * (len(rows) - pending)
    for meant in ("unet", "UNet"):
        decided = bring(rows, replace(WIDE, labels={"unet": meant}), key=(), protocol=None)
        arms = {one["arm"] for one in decided.rows if one["arm"] != "UNet"}
        assert arms == {meant} - {"UNet"}


def test_a_reader_who_spells_every_case_another_way_is_understood():
    rows = [(who, case, arm, "1") for who, case in (("R1", "Set1"), ("R1", "Set2"),
            ("R2", "set 01"), ("R2", "set 02")) for arm in ("a", "b", "c")]  # fmt: skip

    imported = bring(rows, key=(), protocol=None)

    assert imported.oddities == ()
    assert {row["case"] for row in imported.rows} == {"Set1", "Set2"}


def test_headings_that_differ_in_a_sign_name_their_own_criteria():
    signed = replace(PROTOCOL.criteria[0], id="noise+", prompt="How noisy, with contrast?")
    protocol = replace(PROTOCOL, criteria=(PROTOCOL.criteria[0], signed))
    table = sheet([("R1", "c", "A", "1", "2")], ("reader", "case", "code", "noise", "noise+"))

    found = guess_mapping(table, protocol=protocol)

    assert found.criteria == {"noise": "noise", "noise+": "noise+"}


@pytest.mark.parametrize("protocol", [PROTOCOL, None])
def test_a_table_of_ours_keeps_changes_of_mind_marks_and_reasons(protocol):
    """As the reading room exports them, simulated readers and hidden kinds too."""
    marks = '[{"type":"lesion","shape":"point","slice":1}]'
    headings = (
        *("reader", "presentation", "case", "arm", "slot", "criterion", "value", "label", "kind"),
        *("answered_at", "amends", "comment"),
    )
    rows = [
        ("SIM1", "p1", "case1", "alpha", "A", "noise", "2", "Poor", "simulated", "t1", "", ""),
        ("SIM1", "p1", "case1", "alpha", "A", "noise", "3", "Fair", "simulated", "t2", "t1", ""),
        ("SIM1", "p2", "case1", "alpha", "A", "noise", "3", "Fair", "repeat", "t3", "", ""),
        ("SIM1", "p3", "case9", "beta+blur", "A", "lesions", "1", "1", "catch", "t4", "", marks),
        ("SIM1", "p4", "case2", "beta", "A", "finding", "", "", "simulated", "t5", "", "motion"),
        ("SIM1", "p4", "case2", "", "", "comment", "", "", "simulated", "t6", "", "dark"),
    ]
    criteria = (
        Criterion("noise", "rating", "How noisy?", FIVE),
        Criterion("lesions", "marks", "Where?", (), mark_types=("lesion",), mark_shapes=("point",)),
        Criterion("finding", "rating", "Sure?", FIVE, cannot_judge=("motion",)),
    )
    table = sheet(rows, headings)
    design = replace(protocol, criteria=criteria) if protocol else None

    imported = import_scores(table, guess_mapping(table), protocol=design, carry=headings)

    assert imported.oddities == ()
    taken = [tuple(str(row[name] or "") for name in headings) for row in imported.rows]
    assert taken == rows


def test_of_names_equally_near_the_unused_one_is_named_whatever_their_order():
    """10 of 12 letters: 0.8333..., which no rounding may push above its equal."""
    for known in (("abcdx", "abcdy"), ("abcdy", "abcdx")):
        assert Labels("case", known, {}).nearest("abcdxyz", {"abcdx"}) == "abcdy"
