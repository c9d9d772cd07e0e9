"""Carrying away: pictures, views, contact sheets and films, each opened again and looked at."""

import json
import sys
import threading
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage

import app.store
from app import __main__ as program
from app.domain.image import Window
from app.domain.progress import Progress
from app.errors import BlindReadError, NotAnImage
from app.store.view_file import KEY, read_view, view_from_json
from app.ui import settings, share, share_dialogs
from app.ui.actions import ambiguous
from app.ui.cine_order import film_order
from app.ui.context import Context
from app.ui.drawings import Drawings
from app.ui.inspect_model import InspectModel
from app.ui.inspect_page import InspectPage
from app.ui.pane_content import PaneContent
from app.ui.value_rows import pivot
from app.ui.view_record import seen_view
from app.ui.window import MainWindow
from tests.images.dicom_files import write_ct
from tests.ui.fakes import FakeWork, values_of
from tests.ui.test_contact_sheet import slices

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def fake(tmp_path):
    (tmp_path / "values").mkdir()
    (tmp_path / "cases").mkdir()
    (tmp_path / "values" / "metrics.csv").write_text("measured")
    return FakeWork(tmp_path / "values")


@pytest.fixture
def new_page(qtbot, fake):
    """Make a room of its own, as large as the others."""

    def make():
        page = InspectPage(Context(), InspectModel(fake.work()))
        page.errors, page.told = [], []
        page._context.error_raised.connect(page.errors.append)
        page._context.notice_raised.connect(page.told.append)
        page.resize(1280, 760)
        qtbot.addWidget(page, before_close_func=lambda _: page.stop())
        page.show()
        return page

    return make


@pytest.fixture
def page(qtbot, new_page, tmp_path):
    made = new_page()
    made._context.open_source(tmp_path / "cases")
    settled(qtbot, made)
    qtbot.waitUntil(lambda: made.model.can_export)
    return made


def settled(qtbot, page):
    """Wait until all that is in view is there and painted with care."""
    model = page.model
    qtbot.waitUntil(lambda: model.view is not None)
    qtbot.waitUntil(lambda: not model.state.moving)
    qtbot.waitUntil(
        lambda: all(
            page.panes.plane(pane).image is not None or page.panes.plane(pane).map is not None
            for pane in page.panes.shown
        )
    )
    qtbot.waitUntil(lambda: model.maps.shares is not None)


def saved(qtbot, page, target, save):
    save(target)
    qtbot.waitUntil(lambda: bool(page.told or page.errors))
    assert not page.errors
    assert str(target) in page.told.pop()
    return target


def numbers(picture):
    """Return a picture as (rows, columns, 3)."""
    same = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows, columns = same.height(), same.width()
    flat = np.frombuffer(same.constBits(), np.uint8).reshape(rows, same.bytesPerLine())
    return flat[:, : 3 * columns].reshape(rows, columns, 3).copy()


# ---- pictures ----------------------------------------------------------------------------


def test_the_picture_on_the_clipboard_holds_the_panes_and_a_caption(page):
    page.share.copy()

    copied = QGuiApplication.clipboard().image()
    panes = page.panes
    shown = [panes.panes[pane] for pane in panes.shown]
    width = shown[1].geometry().right() + 1
    assert copied.width() == width
    page.share.caption = False
    page.share.copy()
    bare = QGuiApplication.clipboard().image()
    assert bare.height() == shown[3].geometry().bottom() + 1
    assert copied.height() > bare.height() + 40
    first = shown[0]
    seen = numbers(first.render(first.size()))
    assert np.array_equal(numbers(bare)[: first.height(), : first.width()], seen)


def test_a_picture_at_twice_the_size_has_twice_the_pixels(page):
    once = page.share.picture().size()
    page.share.doubled = True

    assert page.share.picture().size() == once * 2


def test_a_saved_png_is_the_picture_with_caption_and_view_as_texts(qtbot, page, tmp_path):
    target = saved(qtbot, page, tmp_path / "seen.png", page.share.save_picture)

    with Pillow.open(target) as opened:
        opened.load()
        assert np.array_equal(np.asarray(opened.convert("RGB")), numbers(page.share.picture()))
        words = opened.text["Description"]
        assert "Case case-1, arm mild, slice 3" in words
        assert "W 400 L 40 HU" in words
        assert "SSIM" in words
        assert "native values" in words
        assert "blindread" in words
        view = view_from_json(opened.text[KEY], name="inside", folder=tmp_path)
    assert view == seen_view(page.model, page.panes)
    assert read_view(target) == view


def test_a_png_without_its_view_names_no_folder(qtbot, page, tmp_path):
    page.share.view_inside = False
    target = saved(qtbot, page, tmp_path / "seen.png", page.share.save_picture)

    assert str(tmp_path).encode() not in target.read_bytes()


def test_a_saved_svg_has_planes_as_pictures_and_words_as_words(qtbot, page, tmp_path):
    target = saved(qtbot, page, tmp_path / "seen.svg", page.share.save_picture)

    root = ElementTree.parse(target).getroot()  # noqa: S314 - our own
    words = {"".join(one.itertext()).strip() for one in root.iter(f"{SVG}text")}
    assert "Case case-1, arm mild, slice 3" in words
    assert any(one.startswith("Reference") for one in words), sorted(words)
    assert len(list(root.iter(f"{SVG}image"))) >= 4


def test_the_text_of_a_header_is_in_no_picture_and_in_no_view(qtbot, page, tmp_path):
    window = Window(40.0, 400.0, explanation="JANE DOE")
    page.model.state.set_window(window)

    for name in ("seen.png", "seen.svg"):
        saved(qtbot, page, tmp_path / name, page.share.save_picture)
        assert b"JANE" not in (tmp_path / name).read_bytes()


def test_a_picture_of_another_kind_is_refused(qtbot, page, tmp_path):
    page.share.save_picture(tmp_path / "seen.bmp")

    assert ".svg" in page.errors[0].remedy


def test_a_folder_that_refuses_is_told(qtbot, page, tmp_path):
    page.share.save_picture(tmp_path / "gone" / "seen.png")
    qtbot.waitUntil(lambda: bool(page.errors))

    assert "could not be written" in str(page.errors[0])


# ---- the view ----------------------------------------------------------------------------


def change_everything(page):
    """Change all that a view keeps, but for the pair."""
    model, panes, state = page.model, page.panes, page.model.state
    state.set_window(Window(-600.0, 1500.0))
    state.set_interpolation("nearest")
    state.set_view(2.25, (0.31, 0.62))
    state.invert()
    panes.set_layout("One and three")
    model.set_content(1, PaneContent("absolute"))
    model.set_content(2, PaneContent("reconstruction", "mild"))
    model.panes.set_second(0, PaneContent("reconstruction", "mild"))
    model.panes.set_linked(3, False)
    model.panes.state(3).set_view(3.0, (0.5, 0.4))
    model.panes.state(3).set_slice(1)
    panes.compare.set_mode(0, "swipe", 0.4)
    model.maps.choose("error")
    model.difference.set_limit(80.0)
    model.set_region("body")
    model.body.show(True)
    model.shapes.add("ellipse", ((6.0, 8.0), (20.0, 30.0)))
    model.shapes.set_everywhere(False)
    model.shapes.set_background(True)
    model.shapes.set_everywhere(True)
    model.shapes.add("free", ((4.0, 4.5), (9.0, 18.0), (16.0, 6.0)))
    model.shapes.add("angle", ((30.0, 8.0), (24.0, 20.5), (33.0, 30.0)))
    model.shapes.choose(2)


def test_a_view_opens_again_in_a_new_room_exactly_as_it_was(qtbot, page, new_page, tmp_path):
    page.model.select("case-2", "strong", 4)
    settled(qtbot, page)
    change_everything(page)
    settled(qtbot, page)
    before, picture = seen_view(page.model, page.panes), numbers(page.share.picture())
    target = tmp_path / "seen view.json"
    saved(qtbot, page, target, lambda place: write(page, place))
    page.hide()

    other = new_page()
    with qtbot.waitSignal(other.share.opener.opened, timeout=10_000):
        other.share.open_view(target)
    settled(qtbot, other)
    qtbot.waitUntil(lambda: other.model.can_export)

    assert not other.errors
    assert seen_view(other.model, other.panes) == before
    assert other.panes.size() == page.panes.size()
    settled(qtbot, other)
    assert np.array_equal(numbers(other.share.picture()), picture)


def test_the_shapes_of_a_view_take_the_place_of_others_and_can_be_taken_back(qtbot, page, tmp_path):
    shapes = page.model.shapes
    seen = shapes.add("rectangle", ((2.0, 2.0), (8.0, 12.0)))
    saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))
    shapes.remove()
    other = shapes.add("distance", ((1.0, 1.0), (5.0, 5.0)))

    with qtbot.waitSignal(page.share.opener.opened):
        page.share.open_view(tmp_path / "v.json")

    assert shapes.shapes == (seen,)
    assert shapes.chosen == seen
    shapes.undo()
    assert shapes.shapes == (other,)
    assert shapes.add("distance", ((1.0, 1.0), (5.0, 5.0))).number > other.number


def test_a_view_that_says_nothing_of_shapes_leaves_them(qtbot, page, tmp_path):
    saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))
    data = json.loads((tmp_path / "v.json").read_text())
    old = {key: data[key] for key in data if key not in ("shapes", "chosen_shape")}
    (tmp_path / "v.json").write_text(json.dumps(old | {"version": 1}))
    drawn = page.model.shapes.add("distance", ((1.0, 1.0), (5.0, 5.0)))

    with qtbot.waitSignal(page.share.opener.opened):
        page.share.open_view(tmp_path / "v.json")

    assert page.model.shapes.shapes == (drawn,)


def test_the_field_of_the_difference_says_the_limit_of_the_view(qtbot, page, tmp_path):
    field, difference = page.panes.tools.limit, page.model.difference
    saved(qtbot, page, tmp_path / "auto.json", lambda place: write(page, place))
    data = json.loads((tmp_path / "auto.json").read_text()) | {"difference_limit": 50.0}
    (tmp_path / "fifty.json").write_text(json.dumps(data))
    field.setFocus()

    for name, words, limit in (("fifty", "50", 50.0), ("auto", "", difference.auto_limit)):
        with qtbot.waitSignal(page.share.opener.opened):
            page.share.open_view(tmp_path / f"{name}.json")
        qtbot.waitUntil(lambda words=words: field.text() == words)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert difference.limit == limit


def test_a_view_is_no_choice_of_the_person(qtbot, page, tmp_path):
    """The interpolation of a view comes and goes with it; a choice of the person's own stays."""
    context, state = page._context, page.model.state
    state.set_interpolation("nearest")
    saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))
    action = {one.id: one for one in page.actions()}["interpolation.cubic"]
    action.run()
    assert context.settings.interpolation == settings.load().interpolation == "cubic"

    with qtbot.waitSignal(page.share.opener.opened):
        page.share.open_view(tmp_path / "v.json")
    page.panes.compare.set_rate(4)  # another setting is kept; this one is not

    assert state.interpolation == "nearest"
    assert context.settings.flicker_rate == 4
    assert context.settings.interpolation == settings.load().interpolation == "cubic"


def write(page, place):
    """Save the view as the menu does, at this place."""
    share.ask_view_to_save, asked = (lambda *_: place), share.ask_view_to_save
    try:
        page.share.save_view()
    finally:
        share.ask_view_to_save = asked


def test_a_maximised_pane_is_maximised_again(qtbot, page, new_page, tmp_path):
    page.panes.maximise(2)
    saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))
    page.panes.maximise(2)

    page.share.open_view(tmp_path / "v.json")
    qtbot.waitUntil(lambda: page.panes.is_maximised)

    assert page.panes.shown == (2,)


def test_the_cases_of_a_view_that_are_gone_are_told(qtbot, page, new_page, tmp_path):
    target = saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))
    (tmp_path / "cases").rename(tmp_path / "elsewhere")
    other = new_page()

    other.share.open_view(target)
    qtbot.waitUntil(lambda: bool(other.errors))

    assert str(tmp_path / "cases") in str(other.errors[0])
    assert other.model.source is None


def test_a_view_of_a_pair_that_is_gone_is_told(qtbot, page, new_page, tmp_path):
    target = saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))
    target.write_text(target.read_text().replace("case-1", "case-9"))
    other = new_page()

    other.share.open_view(target)
    qtbot.waitUntil(lambda: bool(other.errors))

    assert "case-9" in str(other.errors[0])
    qtbot.waitUntil(lambda: other.model.view is not None)


@pytest.mark.parametrize("text", ["", "{}", '{"version": 99}'])
def test_a_damaged_view_is_told_and_nothing_changes(qtbot, page, tmp_path, text):
    before = seen_view(page.model, page.panes)
    (tmp_path / "v.json").write_text(text)

    page.share.open_view(tmp_path / "v.json")
    qtbot.waitUntil(lambda: bool(page.errors))

    assert page.errors[0].remedy
    assert seen_view(page.model, page.panes) == before


def test_a_view_with_an_unknown_layout_is_told(qtbot, page, tmp_path):
    target = saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))
    target.write_text(target.read_text().replace("Four panes", "Nine panes"))

    page.share.open_view(target)
    qtbot.waitUntil(lambda: bool(page.errors))

    assert "Nine panes" in str(page.errors[0])


@pytest.fixture
def on_screen(monkeypatch):
    """The paths that are looked for, and the modules imported, on the screen's thread."""
    found = []

    def note(what):
        if threading.current_thread() is threading.main_thread():
            found.append(str(what))

    for name in ("resolve", "exists", "stat", "is_file"):
        usual = getattr(Path, name)

        def looked(path, *how, usual=usual, **more):
            note(path)
            return usual(path, *how, **more)

        monkeypatch.setattr(Path, name, looked)

    class Finder:
        @staticmethod
        def find_spec(name, *_):
            note(name)

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    monkeypatch.delitem(sys.modules, "app.store.view_file")
    monkeypatch.delattr(app.store, "view_file")
    return found


def test_a_view_is_written_and_read_away_from_the_screen(qtbot, page, tmp_path, on_screen):
    """A path on a network takes its time, and so does the check of what a file holds."""
    saved(qtbot, page, tmp_path / "seen.png", page.share.save_picture)
    saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))
    with qtbot.waitSignal(page.share.opener.opened, timeout=10_000):
        page.share.open_view(tmp_path / "v.json")

    assert [one for one in on_screen if one.startswith((str(tmp_path), "app.store"))] == []
    assert (tmp_path / "seen.png").stat().st_size > 0
    assert on_screen


def test_a_view_follows_links_to_its_cases(qtbot, page, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "cases")
    page._context.open_source(tmp_path / "link")
    settled(qtbot, page)

    target = saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))

    assert read_view(target).source == str(tmp_path / "cases")
    page.share.open_view(target)
    with qtbot.waitSignal(page.share.opener.opened, timeout=10_000):
        pass
    assert page.model.source == tmp_path / "link"  # it is the same: nothing is paired again


@pytest.fixture
def view_of_three(qtbot, page, tmp_path):
    """A view with another layout and a shape, of cases of the same names as all others."""
    page.panes.set_layout("One and three")
    page.model.maps.choose("error")
    page.model.shapes.add("rectangle", ((2.0, 2.0), (8.0, 12.0)))
    return saved(qtbot, page, tmp_path / "v.json", lambda place: write(page, place))


def test_a_view_whose_images_cannot_be_read_leaves_the_next_cases_alone(
    qtbot, fake, new_page, tmp_path, view_of_three
):
    (tmp_path / "others").mkdir()
    other, able = new_page(), []

    def load(wanted, looking_at):
        if not able:
            raise NotAnImage("The file 3.dcm ends in the middle.", remedy="Copy it again.")
        return (yield from fake.load(wanted, looking_at))

    other.model._work = replace(fake.work(), load=load)
    opened = []
    other.share.opener.opened.connect(lambda: opened.append(True))
    other.share.open_view(view_of_three)
    qtbot.waitUntil(lambda: bool(other.errors))
    able.append(True)
    other._context.open_source(tmp_path / "others")
    settled(qtbot, other)

    assert opened == []
    assert other.panes.layout_name == "Four panes"
    assert other.model.shapes.shapes == ()
    assert other.model.maps.chosen.id == "ssim"


def test_other_cases_opened_before_a_view_has_come_are_shown_as_they_are(
    qtbot, fake, new_page, tmp_path, view_of_three
):
    (tmp_path / "others").mkdir()
    other, go_on, asked = new_page(), threading.Event(), []

    def pair(source, reference):
        asked.append(source)
        yield Progress(0, 1, "")
        if source == tmp_path / "cases":
            go_on.wait(10)
        return (yield from fake.pair(source, reference))

    other.model._work = replace(fake.work(), pair=pair)
    other.share.open_view(view_of_three)
    qtbot.waitUntil(lambda: asked == [tmp_path / "cases"])
    other._context.open_source(tmp_path / "others")
    go_on.set()
    settled(qtbot, other)

    assert other.model.source == tmp_path / "others"
    assert other.panes.layout_name == "Four panes"
    assert other.model.maps.chosen.id == "ssim"


# ---- sheets and films --------------------------------------------------------------------


def dialog_of(page):
    return page.share._dialogs[-1]


def made(qtbot, page, dialog, ask, target, monkeypatch):
    """Press Save, and wait for the file."""
    monkeypatch.setattr(share_dialogs, ask, lambda *_: target)
    dialog.save.click()
    qtbot.waitUntil(lambda: bool(page.told), timeout=20_000)
    assert str(target) in page.told.pop()


def test_the_worst_slices_become_a_sheet(qtbot, page, tmp_path, monkeypatch):
    monkeypatch.setattr("app.ui.contact_sheet._slices", lambda _ranges, *given: slices(*given))
    page.share.contact_sheet()
    dialog = dialog_of(page)
    dialog.worst_by.setCurrentIndex(list(page.model.table.metrics).index("ssim"))
    dialog.count.setValue(4)
    worst = [row.values["ssim"].value for row in dialog.rows()]
    assert worst == sorted(worst)
    assert len(worst) == 4

    made(qtbot, page, dialog, "ask_sheet", tmp_path / "worst.png", monkeypatch)

    assert QImage(str(tmp_path / "worst.png")).height() > 4 * 400
    qtbot.waitUntil(lambda: not page.share._dialogs)


def test_a_sheet_keeps_the_metrics_that_it_offered_when_there_are_others(page, tmp_path):
    page.share.contact_sheet()
    dialog = dialog_of(page)
    few = [one for one in values_of(page.model.pairing) if one.metric in ("psnr", "ssim")]

    page.model.values._take_values(page.model.output, pivot(few))
    assert page.model.table.metrics == ("psnr", "ssim")
    for name in ("PSNR", "SSIM"):
        dialog.worst_by.setCurrentText(name)
        found = [row.values[name.lower()].value for row in dialog.rows()]
        assert found == sorted(found)
        assert len(found) == dialog.count.value()
    for gone in ("MSE", "NIQE"):
        dialog.worst_by.setCurrentText(gone)
        with pytest.raises(BlindReadError, match="no slice with a value of this metric"):
            dialog.workflow(tmp_path / "sheet.png")
    dialog.close()


def test_a_sheet_can_be_of_the_pair_in_view_alone(page):
    page.share.contact_sheet()
    dialog = dialog_of(page)
    dialog.scope.setCurrentText("The pair in view")

    assert {(row.case, row.arm) for row in dialog.rows()} == {("case-1", "mild")}
    dialog.close()


def film_of(path):
    """Return the frames of a film as another reader sees them."""
    if path.suffix == ".gif":
        with Pillow.open(path) as opened:
            found = []
            for number in range(opened.n_frames):
                opened.seek(number)
                found.append(np.asarray(opened.convert("RGB")))
            return found
    reader, found = cv2.VideoCapture(str(path)), []
    while True:
        there, frame = reader.read()
        if not there:
            reader.release()
            return found
        found.append(frame[..., ::-1])


@pytest.mark.parametrize("name", ["slices.mp4", "slices.gif"])
def test_the_panes_in_view_become_a_film(qtbot, page, tmp_path, monkeypatch, name):
    page.share.cine()
    dialog = dialog_of(page)
    dialog.first.setValue(2)
    dialog.last.setValue(4)
    panes = page.panes
    shown = [panes.panes[pane] for pane in panes.shown]
    seen = []
    for index in (1, 2, 3):
        page.model.state.set_slice(index)
        seen.append(numbers(shown[0].render(shown[0].size())))

    made(qtbot, page, dialog, "ask_film", tmp_path / name, monkeypatch)

    frames = film_of(tmp_path / name)
    assert len(frames) == 3
    for frame, pane in zip(frames, seen, strict=True):
        part = frame[: pane.shape[0], : pane.shape[1]].astype(int)
        middle = slice(30, -30)  # beside the words
        assert np.abs(part - pane)[middle, middle].mean() < 6


def test_what_is_drawn_is_on_the_film_too(qtbot, page, tmp_path, monkeypatch):
    """Body, a shape on all slices, one on the second, a mark on the third, as on the pane."""
    model, canvas = page.model, page.panes.panes[0]
    model.body.show(True)
    qtbot.waitUntil(lambda: model.body.mask is not None)
    model.shapes.add("rectangle", ((20.0, 15.0), (34.0, 30.0)))
    model.state.set_slice(1)
    model.shapes.set_everywhere(False)
    model.shapes.add("distance", ((5.0, 5.0), (12.0, 30.0)))
    model.shapes.choose(None)
    model.state.set_slice(2)
    page.marks.marks.add("lost", "box", (24.0, 24.0), (8.0, 8.0))
    page.marks.marks.choose(None)
    seen = []
    for index in (1, 2):
        model.state.set_slice(index)
        qtbot.waitUntil(lambda: model.body.mask is not None)
        seen.append(colored(numbers(canvas.render(canvas.size()))))
    page.share.cine()
    dialog = dialog_of(page)
    dialog.first.setValue(2)
    dialog.last.setValue(3)

    made(qtbot, page, dialog, "ask_film", tmp_path / "drawn.gif", monkeypatch)

    frames = [colored(one) for one in film_of(tmp_path / "drawn.gif")]
    for frame, pane in zip(frames, seen, strict=True):
        part = frame[: pane.shape[0], : pane.shape[1]]
        assert pane.sum() > 500
        assert (part != pane).sum() < 0.1 * pane.sum()
    assert (frames[0] != frames[1]).any()


def test_every_pane_of_a_film_has_the_marks_of_its_own_arm(qtbot, page, tmp_path, monkeypatch):
    model = page.model
    model.set_content(2, PaneContent("reconstruction", "strong"))
    qtbot.waitUntil(lambda: model.images.view_of("strong") is not None)
    asked = set()
    over = Drawings.over

    def asking(drawings, view, place, arm, **more):
        asked.add((view.pair.arm, arm))
        return over(drawings, view, place, arm, **more)

    monkeypatch.setattr(Drawings, "over", asking)
    page.share.cine()

    made(qtbot, page, dialog_of(page), "ask_film", tmp_path / "marks.gif", monkeypatch)

    assert asked == {("mild", "mild"), ("strong", "strong")}


def test_a_film_names_what_it_shows_and_not_what_lies_over_it(page):
    """Comparisons in a pane are left out of films; a map of SSIM has no unit, images have HU."""
    panes, model = page.panes, page.model
    model.panes.set_second(0, PaneContent("map", map="ssim"))

    def filmed():
        order = film_order(model, panes, (2,), 1.0)
        return [(one.content.kind, one.title, one.unit) for one in order.scenes[0][:2]]

    plain = filmed()
    assert [kind for kind, _, _ in plain] == ["reference", "reconstruction"]
    assert plain[0][1].startswith("Reference")
    assert plain[1][1:] == ("Reconstruction: mild", " HU")
    for mode in ("swipe", "fade", "checker"):
        panes.compare.set_mode(1, mode)
        assert filmed() == plain
    panes.compare.set_mode(1, "none")
    panes.toggle_flicker()
    assert panes.panes[0].title.startswith("Map: SSIM")
    assert panes.panes[1].title.startswith("Reference")

    assert filmed() == plain


def colored(picture):
    """Return where a picture is not nearly grey."""
    return np.ptp(picture.astype(int), axis=2) > 60


def test_a_flicker_takes_turns_and_is_never_fast(qtbot, page, tmp_path, monkeypatch):
    page.share.cine()
    dialog = dialog_of(page)
    dialog.what.setCurrentIndex(1)
    assert dialog.rate.maximum() == 5
    assert (dialog.first.value(), dialog.last.value()) == (3, 3)

    made(qtbot, page, dialog, "ask_film", tmp_path / "flicker.gif", monkeypatch)

    first, second = film_of(tmp_path / "flicker.gif")
    assert first.shape == second.shape
    assert not np.array_equal(first, second)


def test_a_film_of_half_the_size(qtbot, page, tmp_path, monkeypatch):
    page.share.cine()
    dialog = dialog_of(page)
    dialog.share.setCurrentIndex(1)
    made(qtbot, page, dialog, "ask_film", tmp_path / "half.gif", monkeypatch)

    panes = page.panes
    width = panes.panes[1].geometry().right() + 1
    assert abs(film_of(tmp_path / "half.gif")[0].shape[1] - width / 2) <= 1


@pytest.mark.parametrize("scale", ["pixels", "true"])
def test_a_film_of_half_the_size_shows_as_much_of_the_image(page, scale):
    page.model.state.set_scale(scale)

    whole, half = (film_order(page.model, page.panes, (2,), 1.0, share=share) for share in (1, 0.5))

    assert half.look.zoom == whole.look.zoom / 2
    assert half.per_mm == pytest.approx(page.screen().physicalDotsPerInch() / 25.4)


class Uneven(FakeWork):
    """The second case has three slices, with gaps between their numbers."""

    def pair(self, source, reference):
        found = yield from super().pair(source, reference)
        uneven = ((2, 0), (4, 1), (5, 2))
        pairs = [
            replace(one, slices=uneven) if one.case == "case-2" else one for one in found.pairs
        ]
        return replace(found, pairs=tuple(pairs))

    def load(self, wanted, looking_at):
        self.slices = len(wanted.slices)
        return (yield from super().load(wanted, looking_at))


def test_an_open_film_dialog_follows_the_pair_by_the_numbers_of_its_tables(qtbot, tmp_path):
    page = InspectPage(Context(), InspectModel(Uneven(tmp_path).work()))
    qtbot.addWidget(page, before_close_func=lambda _: page.stop())
    page.show()
    page._context.open_source(tmp_path)
    qtbot.waitUntil(lambda: page.model.view is not None)
    page.share.cine()
    dialog = dialog_of(page)
    assert dialog.indices() == (0, 1, 2, 3, 4)

    page.model.select("case-2", "mild")
    qtbot.waitUntil(lambda: page.model.view is not None and page.model.view.slices == 3)

    assert (dialog.first.value(), dialog.last.value()) == (3, 6)
    assert dialog.indices() == (0, 1, 2)
    dialog.first.setValue(6)
    dialog.last.setValue(4)
    assert dialog.indices() == (2, 1)


def test_a_film_that_is_cancelled_leaves_no_file(qtbot, page, tmp_path, monkeypatch):
    folder = tmp_path / "films"
    folder.mkdir()
    page.share.cine()
    dialog = dialog_of(page)
    monkeypatch.setattr(share_dialogs, "ask_film", lambda *_: folder / "film.mp4")
    dialog.errand.progressed.connect(lambda _: dialog.errand.cancel())

    dialog.save.click()
    assert not dialog.save.isEnabled()
    qtbot.waitUntil(lambda: not dialog.errand.busy, timeout=20_000)

    assert list(folder.iterdir()) == []
    assert dialog.save.isEnabled()
    dialog.close()


def test_closing_the_room_while_a_film_is_made_leaves_no_file(qtbot, page, tmp_path, monkeypatch):
    folder = tmp_path / "films"
    folder.mkdir()
    page.share.cine()
    dialog = dialog_of(page)
    monkeypatch.setattr(share_dialogs, "ask_film", lambda *_: folder / "film.gif")
    dialog.save.click()
    page.stop()

    assert all(one.suffix == ".gif" and not one.name.startswith(".") for one in folder.iterdir())


def test_a_film_that_cannot_be_written_says_so_and_can_be_tried_again(
    qtbot, page, tmp_path, monkeypatch
):
    page.share.cine()
    dialog = dialog_of(page)
    monkeypatch.setattr(share_dialogs, "ask_film", lambda *_: tmp_path / "gone" / "film.gif")
    dialog.save.click()
    qtbot.waitUntil(lambda: dialog.problem.isVisible())

    assert "could not be written" in dialog.problem.text()
    assert dialog.save.isEnabled()
    dialog.close()


# ---- what can be done --------------------------------------------------------------------


def test_every_action_has_a_key_of_its_own_and_a_sentence(page):
    actions = page.share.actions()

    assert not ambiguous(page.actions())
    for one in actions:
        assert one.keys
        assert one.hint


def test_without_an_image_nothing_can_be_carried_away(new_page):
    empty = new_page()

    able = {one.id: one.enabled() for one in empty.share.actions() if one.enabled is not None}
    assert not any(able.values())


def test_what_is_asked_for_gets_its_suffix(monkeypatch, page, tmp_path):
    answers = [
        (str(tmp_path / "a"), "SVG picture (*.svg)"),
        (str(tmp_path / "b.png"), "SVG picture (*.svg)"),
        ("", ""),
    ]
    monkeypatch.setattr(share_dialogs.QFileDialog, "getSaveFileName", lambda *_: answers.pop(0))

    asked = [share_dialogs.ask_picture(page, tmp_path / "s.png") for _ in range(3)]

    assert asked == [tmp_path / "a.svg", tmp_path / "b.png", None]


def test_the_application_opens_a_view_that_is_dropped_on_it(qtbot, tmp_path):
    for name, value in (("reference", 100), ("alpha-net", 130)):
        planes = np.full((3, 24, 24), value, "u2") + np.arange(24, dtype="u2")
        write_ct(tmp_path / "cases" / "case1" / name, pixels=planes, patient_number=1)
    first = MainWindow(Context())
    qtbot.addWidget(first)
    first.show()
    first.open_path(tmp_path / "cases")
    page = first.page("inspect")
    qtbot.waitUntil(lambda: page.model.view is not None, timeout=10_000)
    qtbot.waitUntil(lambda: page.model.maps.chosen is not None)
    page.model.state.set_slice(2)
    page.model.state.set_view(3.0, (0.25, 0.75))
    before = seen_view(page.model, page.panes)
    write(page, tmp_path / "v.json")
    qtbot.waitUntil((tmp_path / "v.json").is_file)
    first.close()

    second = MainWindow(Context())
    qtbot.addWidget(second)
    second.show()
    second.open_path(tmp_path / "v.json")
    again = second.page("inspect")
    qtbot.waitUntil(lambda: again.model.view is not None, timeout=10_000)

    qtbot.waitUntil(lambda: seen_view(again.model, again.panes) == before)
    assert second.context.source == tmp_path / "cases"
    second.close()


def test_a_view_alone_on_the_command_line_opens_the_application_with_it(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(program, "_application", lambda *paths: opened.append(paths) or 0)
    (tmp_path / "v.json").write_text("{}")
    for arguments in ([str(tmp_path / "v.json")], []):
        monkeypatch.setattr("sys.argv", ["blindread", *arguments])
        assert program.main() == 0

    assert opened == [(tmp_path / "v.json", None), (None, None)]
