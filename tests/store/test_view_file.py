"""A view comes back from its file as it was, and a damaged file says so."""

import json
import shutil
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.image import VoiTable, Window
from app.domain.shape import Shape
from app.domain.view import Sight, View, ViewedContent, ViewedPane
from app.errors import StoreError
from app.store.beside import beside
from app.store.png_texts import texts_of, with_texts
from app.store.view_file import KEY, read_view, view_from_json, view_to_json, write_view


def sight(**changes):
    usual = {
        "slice": 2,
        "window": Window(40.0, 400.0),
        "scale": "pixels",
        "zoom": 2.5,
        "centre": (0.3, 0.6),
        "inverted": True,
        "interpolation": "linear",
    }
    return Sight(**{**usual, **changes})


def view(**changes):
    usual = {
        "source": "/data/cases",
        "reference": "",
        "case": "case-1",
        "arm": "mild",
        "number": 3,
        "sight": sight(),
        "layout": "Four panes",
        "maximised": 1,
        "panes": (
            ViewedPane(ViewedContent("edges", of_reference=True), own=sight(slice=0)),
            ViewedPane(
                ViewedContent("map", "mild", "ssim"), ViewedContent("reference"), "swipe", 0.25
            ),
        ),
        "flicked": True,
        "map": "ssim",
        "region": "body",
        "difference_limit": None,
        "amplified": 4,
        "body": False,
        "software": "blindread test",
    }
    return View(**{**usual, **changes})


numbers = st.floats(-1e6, 1e6)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(
    case=names,
    arm=names,
    center=numbers,
    width=st.floats(1.0, 1e6),
    zoom=st.floats(0.25, 40.0),
    centre=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    table=st.lists(st.floats(0, 1), max_size=5),
)
def test_every_view_comes_back_as_it_was(case, arm, center, width, zoom, centre, table):
    window = VoiTable(center, width, table=tuple(table)) if table else Window(center, width)
    seen = view(case=case, arm=arm, sight=sight(window=window, zoom=zoom, centre=centre))

    assert view_from_json(view_to_json(seen), name="view.json") == seen


places = st.tuples(st.floats(0, 512), st.floats(0, 512))
where = {"slice": st.none() | st.integers(0, 300), "background": st.booleans()}
number = st.integers(1, 999)
drawn = (
    st.builds(
        Shape,
        number=number,
        kind=st.sampled_from(["profile", "rectangle", "ellipse", "distance"]),
        points=st.tuples(places, places),
        **where,
    )
    | st.builds(
        Shape, number=number, kind=st.just("angle"), points=st.tuples(places, places, places)
    )
    | st.builds(
        Shape,
        number=number,
        kind=st.just("free"),
        points=st.lists(places, min_size=3).map(tuple),
        **where,
    )
)


@given(shapes=st.none() | st.lists(drawn, max_size=5).map(tuple), chosen=st.none() | number)
def test_every_shape_comes_back_as_it_was(shapes, chosen):
    seen = view(shapes=shapes, chosen_shape=chosen)

    assert view_from_json(view_to_json(seen), name="view.json") == seen


def test_a_view_of_version_1_says_nothing_of_shapes():
    data = json.loads(view_to_json(view(shapes=())))
    old = {key: data[key] for key in data if key not in ("shapes", "chosen_shape")}

    read = view_from_json(json.dumps(old | {"version": 1}), name="view.json")

    assert read == view(shapes=None, counted="pair")


def test_a_moved_folder_is_found_from_the_file(tmp_path):
    (tmp_path / "here" / "cases").mkdir(parents=True)
    write_view(view(source=str(tmp_path / "here" / "cases")), tmp_path / "here" / "view.json")
    shutil.move(tmp_path / "here", tmp_path / "there")

    assert read_view(tmp_path / "there" / "view.json").source == str(tmp_path / "there" / "cases")


def test_a_file_inside_the_cases_finds_them_too(tmp_path):
    (tmp_path / "cases" / "views").mkdir(parents=True)
    write_view(view(source=str(tmp_path / "cases")), tmp_path / "cases" / "views" / "v.json")
    shutil.move(tmp_path / "cases", tmp_path / "moved")

    assert read_view(tmp_path / "moved" / "views" / "v.json").source == str(tmp_path / "moved")


def test_cases_elsewhere_are_named_by_their_whole_path_alone(tmp_path):
    assert json.loads(view_to_json(view(), tmp_path))["source_from_here"] == ""


def test_the_text_of_a_header_is_not_written():
    seen = view(sight=sight(window=Window(40.0, 400.0, explanation="JANE DOE")))

    assert "JANE" not in view_to_json(seen)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 4}, "newer"),
        ({"version": 0}, "version"),
        ({"number": 0}, "number"),
        ({"number": "3"}, "number"),
        ({"colour": "red"}, "colour"),
        ({"panes": [{}] * 17}, "panes"),
    ],
)
def test_a_view_that_says_something_impossible_is_refused(change, told):
    text = json.dumps(json.loads(view_to_json(view())) | change)

    with pytest.raises(StoreError) as refused:
        view_from_json(text, name="view.json")

    assert told in refused.value.sentence


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"slice": -1}, "slice"),
        ({"zoom": -1.0}, "zoom"),
        ({"centre": [0.5]}, "centre"),
        ({"scale": "large"}, "scale"),
        ({"window": {"center": 1.0, "width": 0.0}}, "width"),
        ({"window": {"center": 1.0, "width": 1.0, "function": "CUBE"}}, "function"),
    ],
)
def test_a_sight_that_is_impossible_is_refused(change, told):
    data = json.loads(view_to_json(view()))

    with pytest.raises(StoreError) as refused:
        view_from_json(json.dumps(data | {"sight": data["sight"] | change}), name="view.json")

    assert told in refused.value.sentence


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "star"}, "kind"),
        ({"number": 0}, "number"),
        ({"points": [[1.0, 2.0]]}, "1 points"),
        ({"points": [[1.0], [2.0]]}, "points"),
        ({"slice": -1}, "slice"),
        ({"kind": "free"}, "free"),
    ],
)
def test_a_shape_that_is_impossible_is_refused(change, told):
    line = Shape(1, "distance", ((1.0, 2.0), (3.0, 4.0)))
    data = json.loads(view_to_json(view(shapes=(line,))))
    data["shapes"][0].update(change)

    with pytest.raises(StoreError) as refused:
        view_from_json(json.dumps(data), name="view.json")

    assert told in refused.value.sentence


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '{"version": true}', "[" * 100_000])
def test_what_is_no_view_is_refused(text):
    with pytest.raises(StoreError):
        view_from_json(text, name="view.json")


def test_numbers_without_an_end_are_refused():
    text = view_to_json(view()).replace("2.5", "NaN")

    with pytest.raises(StoreError):
        view_from_json(text, name="view.json")


# ---- inside a picture --------------------------------------------------------------------


def png():
    """One grey pixel."""

    def chunk(kind, data):
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0\x80")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b""))
    )


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_text_comes_back_from_a_picture(text):
    assert texts_of(with_texts(png(), {"Description": text})) == {"Description": text}


def test_other_programs_read_the_picture_and_its_texts(tmp_path):
    from PIL import Image

    place = tmp_path / "one.png"
    place.write_bytes(with_texts(png(), {"Plain": "grey", "Greek": "λ"}))

    with Image.open(place) as opened:
        opened.load()
        assert opened.text == {"Plain": "grey", "Greek": "λ"}
        assert opened.getpixel((0, 0)) == 128


def test_a_picture_opens_the_view_inside(tmp_path):
    place = tmp_path / "seen.png"
    place.write_bytes(with_texts(png(), {KEY: view_to_json(view())}))

    assert read_view(place) == view()


def test_a_picture_without_a_view_says_so(tmp_path):
    place = tmp_path / "plain.png"
    place.write_bytes(png())

    with pytest.raises(StoreError, match="holds no view"):
        read_view(place)


@given(st.binary(max_size=80))
def test_no_damage_to_a_picture_breaks_the_reader(tail):
    texts_of(png()[:33] + tail)
    texts_of(tail)


# ---- beside, then replaced ---------------------------------------------------------------


def fail_halfway(place):
    place.write_bytes(b"half")
    raise ZeroDivisionError


def test_a_file_that_failed_leaves_the_old_one_and_nothing_else(tmp_path):
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")

    with pytest.raises(ZeroDivisionError), beside(target) as place:
        fail_halfway(place)

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_succeeded_replaces_the_old_one(tmp_path):
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")

    with beside(target) as place:
        assert place.suffix == ".mp4"
        place.write_bytes(b"new")

    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_refuses_is_a_sentence(tmp_path):
    with pytest.raises(StoreError), beside(tmp_path / "absent" / "film.mp4") as place:
        place.write_bytes(b"new")
