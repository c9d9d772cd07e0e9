"""Finished values outlive a run, a crash and a damaged file."""

import signal
import subprocess
import sys

import pytest

from app.store.value_store import ValueStore, key_of


def test_what_was_put_is_found_again_by_another_run(tmp_path):
    path = tmp_path / "cache" / "values.sqlite"
    with ValueStore(path) as store:
        store.put([(key_of("a", 1), ["0.1", ["clipped"], "", None, 25.0]), (key_of("b"), {"x": 1})])

    with ValueStore(path) as again:
        assert again.kept
        assert again.get([key_of("a", 1), key_of("b"), key_of("c")]) == {
            key_of("a", 1): ["0.1", ["clipped"], "", None, 25.0],
            key_of("b"): {"x": 1},
        }


def test_more_keys_than_one_question_holds_are_found(tmp_path):
    with ValueStore(tmp_path / "v.sqlite") as store:
        store.put({key_of(number): number for number in range(2000)})

        assert len(store.get([key_of(number) for number in range(3000)])) == 2000


def test_keys_tell_apart_whatever_they_are_made_of():
    parts = [("a",), ("a", ""), ("a", None), (["a"],), ("a", 0), ("a", 0.0), ("a", {"b": 1})]

    assert len({key_of(*one) for one in parts}) == len(parts)
    assert key_of({"b": 1, "a": 2}) == key_of({"a": 2, "b": 1})


def test_a_second_process_may_look_while_the_first_writes(tmp_path):
    path = tmp_path / "v.sqlite"
    with ValueStore(path) as writer:
        writer.put({key_of(1): "one"})
        with ValueStore(path, reading=True) as reader:
            assert reader.get([key_of(1)]) == {key_of(1): "one"}
            writer.put({key_of(2): "two"})
            assert reader.get([key_of(2)]) == {key_of(2): "two"}


def test_looking_where_nothing_is_finds_nothing(tmp_path):
    with ValueStore(tmp_path / "absent.sqlite", reading=True) as store:
        assert store.get([key_of(1)]) == {}
    assert not (tmp_path / "absent.sqlite").exists()


@pytest.mark.parametrize("content", [b"no database" * 500, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_begun_anew(tmp_path, content):
    path = tmp_path / "v.sqlite"
    path.write_bytes(content)

    with ValueStore(path) as store:
        store.put({key_of(1): 1})
        assert store.kept
        assert store.get([key_of(1)]) == {key_of(1): 1}


def test_where_no_file_can_be_the_run_at_hand_goes_on(tmp_path):
    (tmp_path / "file").write_text("")
    with ValueStore(tmp_path / "file" / "v.sqlite") as store:
        store.put({key_of(1): 1})

        assert not store.kept
        assert store.get([key_of(1)]) == {key_of(1): 1}


def test_what_was_put_before_a_kill_is_there(tmp_path):
    path = tmp_path / "v.sqlite"
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from app.store.value_store import ValueStore, key_of\n"
        "store = ValueStore(Path(sys.argv[1]))\n"
        "store.put({key_of(1): 'kept'})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False)

    assert ended.returncode == -signal.SIGKILL
    with ValueStore(path) as store:
        assert store.get([key_of(1)]) == {key_of(1): "kept"}
