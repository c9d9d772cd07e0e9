"""What the record of a study says counts; what only lies there does not."""

from app.store.ledger import LedgerEvent
from app.store.record import Record

LOCK = LedgerEvent(1, "t", "", "locked", {"readers": ["R1", "R2"], "plans": "p", "pictures": "q"})


def event(seq, what, reader="", **details):
    return LedgerEvent(seq, "t", reader, what, details)


def test_readers_are_those_of_the_lock_of_amendments_and_of_dry_runs():
    record = Record(
        [
            LOCK,
            event(2, "reader added", "R3", readers=["R1", "R2", "R3"], plans="later"),
            event(3, "simulated", "SIM1"),
        ]
    )

    assert record.readers == ("R1", "R2", "R3")
    assert record.simulated == {"SIM1"}
    assert record.marks["plans"] == "later"
    assert record.marks["pictures"] == "q"
    assert record.unblinding is None


def test_a_lock_counts_only_where_it_began_the_record():
    again = event(5, "locked", readers=["R9"], plans="forged")

    assert Record([LOCK, again]).readers == ("R1", "R2")
    assert Record([LOCK, again]).marks["plans"] == "p"
    assert Record([again]).lock is None
    assert Record([again]).readers == ()
    assert Record([]).readers == ()


def test_a_lock_that_is_older_than_its_list_of_readers_says_so():
    assert Record([event(1, "locked", detail="protocol ab")]).readers is None


def test_the_first_unblinding_counts():
    record = Record([LOCK, event(7, "unblinded"), event(9, "unblinded")])

    assert record.unblinding.seq == 7
