import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.presentation import Response, Viewing
from app.errors import InputError, StoreError, StudyStateError
from app.store.ledger import UNBLINDED, Ledger, Submission

PROJECT = Path(__file__).resolve().parents[2]
VIEWING = Viewing("2024-05-01T10:00:00Z", "2024-05-01T10:00:09Z", 9000, 0, 40.0, 400.5, 1.25)
RESPONSE = Response(
    id="P1.1",
    reader="R1",
    session="1",
    position=1,
    presentation="P1",
    slot="A",
    opponent="B",
    criterion="preference",
    value=2,
    label="A much better",
    viewing=VIEWING,
    comment="“ünï”\n2nd line",
)


def open_ledger(path, *, create=True, study="s1", protocol="ab"):
    return Ledger(path, study=study, protocol_sha256=protocol, create=create)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "responses.db"


def filled(path):
    with open_ledger(path) as ledger:
        for number in range(3):
            ledger.record(replace(RESPONSE, id=f"P1.{number}"))
        ledger.submit("R1", "P1", VIEWING)
        ledger.event("opened", at="2024-05-01T10:00:00Z", reader="R1", screen="1280x800")
    return path


def change(path, *statements):
    """Change the file behind the ledger's back."""
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def test_what_is_recorded_is_read_back(path):
    with open_ledger(path) as ledger:
        ledger.record(RESPONSE)
        ledger.record(replace(RESPONSE, id="x", reader="R2", value=None, simulated=True))
        ledger.submit("R1", "P1", VIEWING)
        ledger.event("paused", at="2024-05-01T10:01:00Z", reader="R1", minutes=3)

    with open_ledger(path, create=False) as ledger:
        assert ledger.responses("R1") == (RESPONSE,)
        assert [r.id for r in ledger.responses()] == ["P1.1", "x"]
        assert (ledger.submitted("R1"), ledger.submitted("R2")) == (("P1",), ())
        assert ledger.submissions()[0].viewing == VIEWING
        (event,) = ledger.events()
        assert (event.seq, event.what, event.details) == (4, "paused", {"minutes": 3})
        assert ledger.verify() == ()
        assert ledger.head[0] == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET payload = '{}'",
        "DELETE FROM records WHERE seq = 3",
        "UPDATE about SET value = 'other' WHERE name = 'study'",
        "DELETE FROM about",
        "INSERT OR REPLACE INTO records SELECT * FROM records WHERE seq = 1",
    ],
)
def test_the_database_itself_refuses_a_change(path, statement):
    filled(path)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        change(path, statement)
    with open_ledger(path) as ledger:
        assert ledger.verify() == ()


GUARDS = ("DROP TRIGGER records_no_update", "DROP TRIGGER records_no_delete")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE records SET payload = replace(payload, '2', '1') WHERE seq = 2", "Record 2 was"),
        ("UPDATE records SET at = '2020' WHERE seq = 5", "Record 5 was changed"),
        ("UPDATE records SET reader = 'R2' WHERE seq = 1", "Record 1 was changed"),
        ("DELETE FROM records WHERE seq = 2", "Record 2 is missing"),
        ("DELETE FROM records WHERE seq = 1", "Record 1 is missing"),
        ("UPDATE records SET previous = 'x' WHERE seq = 3", "Record 3 does not follow"),
        ("SELECT 1", "guard"),
    ],
)
def test_a_change_behind_the_guards_breaks_the_chain(path, statement, words):
    change(filled(path), *GUARDS, statement)

    with open_ledger(path) as ledger:
        problems = ledger.verify()
    assert any(words in problem for problem in problems)


@pytest.mark.parametrize(
    ("statements", "name"),
    [
        (
            (
                "DROP TRIGGER records_no_update",
                "CREATE TRIGGER records_no_update BEFORE UPDATE ON records WHEN 0 "
                "BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END",
            ),
            "records_no_update",
        ),
        (
            (
                "DROP INDEX records_once",
                "CREATE INDEX records_once ON records (kind, reader, subject) "
                "WHERE kind IN ('response', 'submitted')",
            ),
            "records_once",
        ),
        (("DROP INDEX records_once",), "records_once"),
        (
            ("CREATE TRIGGER helpful AFTER INSERT ON records BEGIN DELETE FROM about; END",),
            "helpful",
        ),
    ],
)
def test_a_guard_of_the_right_name_that_guards_nothing_is_found(path, statements, name):
    change(filled(path), *statements)

    with open_ledger(path) as ledger:
        assert ledger.verify() == (f"The guards against changes are gone or altered: {name}.",)


def test_a_cut_off_end_shows_against_a_head_kept_elsewhere(path):
    filled(path)
    with open_ledger(path) as ledger:
        head = ledger.head
        assert ledger.holds(head[1])
    change(path, *GUARDS, "DELETE FROM records WHERE seq = 5")

    with open_ledger(path) as ledger:
        assert ledger.head != head
        assert ledger.head[0] == 4
        assert not ledger.holds(head[1])


def unblind(path):
    with open_ledger(path) as ledger:
        ledger.event(UNBLINDED, at="2024-05-02T10:00:00Z")


def test_no_answer_follows_the_unblinding_and_it_happens_once(path):
    unblind(filled(path))

    with open_ledger(path) as ledger:
        assert ledger.unblinded
        for late in (
            lambda: ledger.record(replace(RESPONSE, id="late")),
            lambda: ledger.submit("R1", "P2", VIEWING),
            lambda: ledger.record_all([], [Submission("R1", "P2", VIEWING)]),
            lambda: ledger.event(UNBLINDED, at="2024-05-03T10:00:00Z"),
        ):
            with pytest.raises(StudyStateError, match="unblinded at 2024-05-02"):
                late()
        ledger.event("closed", at="2024-05-02T10:00:01Z", reader="R1")
        assert ledger.verify() == ()
        assert len(ledger.responses()) == 3


def test_a_window_that_was_open_before_the_unblinding_records_nothing_after_it(path):
    """Not even where a refused batch of its own came in between."""
    filled(path)
    with open_ledger(path) as ledger:
        ledger.record(replace(RESPONSE, id="in time"))
        with pytest.raises(StoreError, match="already"):
            ledger.record_all([replace(RESPONSE, id=one) for one in ("a", "b", "in time")], [])
        unblind(path)

        with pytest.raises(StudyStateError, match="unblinded"):
            ledger.record(replace(RESPONSE, id="late"))


def test_answers_after_the_unblinding_are_found_however_they_came_there(path, monkeypatch):
    unblind(filled(path))
    monkeypatch.setattr(Ledger, "_must_be_blind", lambda *_: None)

    with open_ledger(path) as ledger:
        ledger.record(replace(RESPONSE, id="late"))
        ledger.submit("R1", "P2", VIEWING)
        assert ledger.verify() == (
            "Answers were recorded after the unblinding, the first as record 7.",
        )


@pytest.mark.parametrize("other", [{"study": "s2"}, {"protocol": "cd"}])
@pytest.mark.parametrize("create", [True, False])
def test_answers_of_another_study_are_not_opened(path, other, create):
    filled(path)

    with pytest.raises(StoreError, match="another study"):
        open_ledger(path, create=create, **other)


@pytest.mark.parametrize(
    "data", [b"no database at all" * 100, b"SQLite format 3\x00" + b"x" * 4000]
)
def test_a_damaged_file_is_a_sentence(path, data):
    path.write_bytes(data)

    for create in (True, False):
        with pytest.raises(StoreError, match=r"responses\.db"):
            open_ledger(path, create=create)


def test_no_file_an_empty_one_and_a_foreign_one_are_refused(path, tmp_path):
    with pytest.raises(StoreError, match="does not exist"):
        open_ledger(path, create=False)
    assert not path.exists()
    path.touch()
    with pytest.raises(StoreError, match="no answers"):
        open_ledger(path, create=False)
    change(tmp_path / "foreign.db", "CREATE TABLE cats (name)")
    with pytest.raises(StoreError, match="no answers"):
        open_ledger(tmp_path / "foreign.db")
    with pytest.raises(StoreError):
        open_ledger(tmp_path / "absent" / "responses.db")


def test_an_unusable_url_is_refused_without_its_password():
    for url in ("nosuch://user:sesame@host/db", "://", "postgresql+nosuch://u:sesame@h/d"):
        with pytest.raises(InputError) as refusal:
            open_ledger(url)
        assert "sesame" not in refusal.value.sentence


def test_a_path_may_hold_what_means_something_in_a_url(tmp_path):
    folder = tmp_path / "50% of a?b#c"
    folder.mkdir()
    filled(folder / "responses.db")

    assert [entry.name for entry in folder.iterdir()] == ["responses.db"]


def test_the_same_answer_is_not_recorded_twice(path):
    filled(path)
    with open_ledger(path) as ledger:
        with pytest.raises(StoreError, match="already"):
            ledger.record(replace(RESPONSE, id="P1.1"))
        with pytest.raises(StoreError, match="already"):
            ledger.submit("R1", "P1", VIEWING)
        assert ledger.verify() == ()
        assert len(ledger.responses()) == 3


def test_two_writers_never_fork_the_chain(path):
    ledgers = [open_ledger(path) for _ in range(2)]

    def write(ledger, reader):
        for number in range(15):
            ledger.record(replace(RESPONSE, id=f"P1.{number}", reader=reader))

    threads = [
        threading.Thread(target=write, args=(ledger, f"R{n}")) for n, ledger in enumerate(ledgers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledgers[0].verify() == ()
    assert len(ledgers[0].responses()) == 30
    for ledger in ledgers:
        ledger.close()


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.store.test_ledger import RESPONSE, open_ledger

ledger = open_ledger(Path(sys.argv[1]))
for number in range(10_000):
    ledger.record(replace(RESPONSE, id=str(number)))
    print(number, flush=True)
"""


def test_an_acknowledged_answer_survives_a_killed_process(path):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as writer:
        acknowledged = [int(writer.stdout.readline()) for _ in range(25)]
        writer.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]

    with open_ledger(path, create=False) as ledger:
        kept = [int(response.id) for response in ledger.responses()]
        assert kept[: len(acknowledged)] == acknowledged
        assert len(kept) - len(acknowledged) <= 1  # one may be durable and not yet acknowledged
        assert ledger.verify() == ()
        ledger.record(replace(RESPONSE, id="after"))
        assert ledger.verify() == ()


def test_a_record_that_makes_no_sense_is_a_sentence(path):
    change(filled(path), *GUARDS, "UPDATE records SET payload = '{\"id\": 1}' WHERE seq = 1")

    with open_ledger(path) as ledger, pytest.raises(StoreError, match="no sense"):
        ledger.responses()
