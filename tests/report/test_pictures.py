"""A picture as SVG: planes inside, words that can be read and searched."""

import base64
import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from app.report.pictures import Plane, Words, svg

SVG = "{http://www.w3.org/2000/svg}"


def test_words_are_words_and_planes_are_pictures():
    made = svg(
        200, 100, [Plane(b"png", 10, 20, 30.5, 40)], [Words("A < B & C", 5, 90, 12)], title="Case 1"
    )

    root = ElementTree.fromstring(made)  # noqa: S314 - our own
    assert (root.get("width"), root.get("height")) == ("200", "100")
    assert root.find(f"{SVG}text").text == "A < B & C"
    assert root.find(f"{SVG}title").text == "Case 1"
    plane = root.find(f"{SVG}image")
    assert (plane.get("x"), plane.get("width")) == ("10", "30.5")
    assert base64.b64decode(plane.get("href").partition(",")[2]) == b"png"


@given(st.text())
def test_no_name_of_a_folder_breaks_the_picture(name):
    ElementTree.fromstring(svg(1, 1, [], [Words(name, 0, 0, 9)], title=name))  # noqa: S314
