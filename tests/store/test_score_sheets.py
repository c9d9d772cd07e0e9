"""Tables filled by hand are taken as they are, whoever wrote the file."""

import io
import zipfile
from pathlib import Path

import pytest

from app.domain.score_sheet import Correction, Oddity, ScoreMapping
from app.errors import InputError
from app.store.columns import ODDITIES
from app.store.csv_file import read_rows
from app.store.score_mapping_file import mapping_to_yaml, read_mapping, write_mapping
from app.store.score_sheets import letters, read_sheet, write_oddities

FILES = Path(__file__).parent / "files"
PARTS = {
    "xl/_rels/workbook.xml.rels": (
        '<Relationships><Relationship Id="r1" Target="s.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns:r="x"><sheets><sheet name="one" r:id="r1"/></sheets></workbook>'
    ),
    "xl/s.xml": "<worksheet><sheetData>{}</sheetData></worksheet>",
}
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>reader</t></is></c></row>'


def workbook(path, rows, **parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (PARTS | parts).items():
            archive.writestr(name, text.format(rows))
    return path


def written(tmp_path, text, name="scores.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(("name", "first"), [("by_openpyxl", 1), ("by_xlsxwriter", 3)])
def test_workbooks_of_two_writers_read_alike(name, first):
    sheet = read_sheet(FILES / f"{name}.xlsx", header_row=first)

    assert sheet.columns == ("reader", "set", "code", "noise", "remark")
    assert [row.number for row in sheet.rows] == [first + n for n in range(1, 5)]
    assert [row.text("noise") for row in sheet.rows] == ["4", "", "5", "3.5"]
    assert ["noise" in row.as_text for row in sheet.rows] == [False, False, True, False]
    assert sheet.rows[3].text("remark") == "ä < ö & ü"


def test_a_sheet_is_chosen_by_name_and_the_others_are_told():
    assert read_sheet(FILES / "by_openpyxl.xlsx").notes == ("sheet 'abdomen' is read, not brain",)
    with pytest.raises(InputError, match="no sheet 'spine'") as caught:
        read_sheet(FILES / "by_openpyxl.xlsx", sheet="spine")
    assert "abdomen, brain" in caught.value.remedy


def test_cells_may_be_left_out_and_numbers_are_written_plainly(tmp_path):
    cells = '<row r="2"><c r="B2"><v>3</v></c><c r="D2"><v>0.10000000000000001</v></c></row>'
    head = '<row r="1">' + "".join(
        f'<c r="{letter}1" t="str"><f>X</f><v>{letter.lower()}</v></c>' for letter in "ABCD"
    )
    sheet = read_sheet(workbook(tmp_path / "w.xlsx", f"{head}</row>{cells}"))

    assert dict(sheet.rows[0].cells) == {"a": "", "b": "3", "c": "", "d": "0.1"}


@pytest.mark.parametrize(
    "broken",
    [
        b"no workbook",
        b"PK\x03\x04 neither",
        b"",
    ],
)
def test_what_is_no_workbook_is_a_sentence(broken, tmp_path):
    path = tmp_path / "w.xlsx"
    path.write_bytes(broken)

    with pytest.raises(InputError, match="no XLSX workbook"):
        read_sheet(path)


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        (HEAD + '<row r="2"><c r="A2" t="s"><v>5</v></c></row>', {}),
        (HEAD + '<row r="2"><c r="XFE2"><v>5</v></c></row>', {}),
        (HEAD + '<row r="2"><c r="B2"><v>5</v></c><c r="A2"><v>5</v></c></row>', {}),
        (HEAD + '<row r="2"><c r="A2"><v>many</v></c></row>', {}),
        ("<row>", {}),
        (HEAD, {"xl/workbook.xml": '<!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>'}),
        (HEAD, {"xl/workbook.xml": "<workbook/>"}),
    ],
)
def test_a_hostile_workbook_is_a_sentence(rows, parts, tmp_path):
    with pytest.raises(InputError, match="no XLSX workbook"):
        read_sheet(workbook(tmp_path / "w.xlsx", rows, **parts))


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("app.store.xlsx_file.MOST_BYTES", 10_000)
    with pytest.raises(InputError, match="no XLSX workbook"):
        read_sheet(workbook(tmp_path / "w.xlsx", HEAD + " " * 20_000))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_may_be_separated_as_spreadsheets_do(delimiter, tmp_path):
    text = f"\ufeffreader{delimiter}score\r\n\r\nR1{delimiter}4\r\n{delimiter}\r\nR2\r\n"

    sheet = read_sheet(written(tmp_path, text))

    assert sheet.columns == ("reader", "score")
    assert [(row.number, row.text("reader"), row.text("score")) for row in sheet.rows] == [
        (3, "R1", "4"),
        (5, "R2", ""),
    ]
    assert bool(sheet.notes) == (delimiter != ",")


def test_headings_that_are_empty_or_the_same_get_their_letter(tmp_path):
    sheet = read_sheet(written(tmp_path, "reader,,noise,noise\nR1,x,1,2\n"))

    assert sheet.columns == ("reader", "column B", "noise", "noise (D)")
    assert [letters(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "no row of headings"),
        ("a,b\n1,2\n", {"header_row": 9}, "no row of headings in row 9"),
        ("a,b\n1,2,3\n", {}, "row 2: '3' stands beyond the last heading"),
        ('a,b\n"1"2,3\n', {}, "this is no CSV"),
    ],
)
def test_what_is_no_table_is_a_sentence(text, options, words, tmp_path):
    with pytest.raises(InputError, match=words):
        read_sheet(written(tmp_path, text), **options)


def test_files_of_other_kinds_are_a_sentence(tmp_path):
    with pytest.raises(InputError, match="no UTF-8"):
        read_sheet(written(tmp_path, "reader,größe\n", encoding="latin-1"))
    with pytest.raises(InputError, match="old kind"):
        read_sheet(written(tmp_path, "x", name="scores.xls"))
    with pytest.raises(InputError, match="could not be read"):
        read_sheet(tmp_path / "nowhere.csv")
    workbook = (FILES / "by_openpyxl.xlsx").read_bytes()
    disguised = tmp_path / "scores.csv"
    disguised.write_bytes(io.BytesIO(workbook).getvalue())
    with pytest.raises(InputError, match="no CSV but a workbook"):
        read_sheet(disguised)


def test_a_mapping_comes_back_from_its_file_as_it_was(tmp_path):
    mapping = ScoreMapping(
        columns={"reader": "Leser:in", "case": "set", "arm": "no"},
        criteria={"7": "noise", "yes": "contrast"},
        fixed={"reader": "R1"},
        key={"code": "code", "arm": "arm"},
        labels={"Set112": "12", "011": "set11"},
        named_arms=("LDCT",),
        accept=("text",),
        corrections=(Correction(5, "noise", "33", 3.0, "said so"), Correction(6, "a", "x", None)),
        sheet="abdomen",
        header_row=3,
    )

    write_mapping(mapping, tmp_path / "m.yaml")

    assert read_mapping(tmp_path / "m.yaml") == mapping
    assert "labels" in mapping_to_yaml(ScoreMapping())
    write_mapping(ScoreMapping(), tmp_path / "m.yaml")
    assert read_mapping(tmp_path / "m.yaml") == ScoreMapping()


def test_a_mapping_may_be_json_and_numbers_may_be_labels(tmp_path):
    path = written(tmp_path, '{"columns": {"reader": "who"}, "labels": {"Set112": 12}}', "m.json")

    assert read_mapping(path).labels == {"Set112": "12"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colums: {}", "unknown field 'colums'"),
        ("columns: {raeder: x}", "unknown field 'columns.raeder'"),
        ("labels: {a: &b 1, c: *b}", "alias"),
        ("accept: [all]", "'accept.0' does not fit"),
        ("- 1", "holds no fields"),
        (": :", "m.yaml"),
    ],
)
def test_a_mapping_that_is_none_is_a_sentence(text, words, tmp_path):
    with pytest.raises(InputError, match=words):
        read_mapping(written(tmp_path, text, "m.yaml"))


def test_oddities_are_a_table_with_a_decision_column(tmp_path):
    path = tmp_path / "o.csv"
    odd = Oddity("key", 0, "", "set12", "unread", "no row scores this case")

    write_oddities(path, [odd])

    (row,) = read_rows(path, tuple(ODDITIES))
    assert row.cells["row"] == ""
    assert row.cells["decision"] == ""
    assert row.cells["value"] == "set12"
