"""The DICOM attributes of the slice in view, in a window of their own."""

import threading

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt

from app.domain.progress import Progress
from app.errors import NotAnImage
from app.ui.inspect_model import InspectModel
from app.ui.tag_browser import TagBrowser
from app.ui.tag_model import TagModel, short
from app.workflows.tags import AttributeRow
from tests.ui.fakes import FakeWork

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Files:
    """Attributes that tell which file they are of; counts what was read."""

    def __init__(self):
        self.read_files, self.threads, self.broken = [], [], False

    def read(self, first, second):
        yield Progress(0, 1, "")
        self.threads.append(threading.current_thread())
        self.read_files.append((first, second))
        if self.broken:
            raise NotAnImage(f"{first.name}: it is no DICOM file.", remedy="Leave it out.")
        other = str(second) if second is not None else None
        inside = AttributeRow("(0008,0100)", "CodeValue", "Code Value", "SH", "17", "18", (), True)
        item = AttributeRow("Item 1", "", "", "", "", "", (inside,), True)
        return (
            AttributeRow("(0008,0018)", "SOPInstanceUID", "UID", "UI", str(first), other, (), True),
            AttributeRow("(0008,2112)", "SourceImageSequence", "S", "SQ", "1", "1", (item,), True),
            AttributeRow("(0028,0010)", "Rows", "Rows", "US", "64", other and "64"),
        )


@pytest.fixture
def files():
    return Files()


@pytest.fixture
def browser(qtbot, tmp_path, files):
    model = InspectModel(FakeWork(tmp_path).work())
    model.open(tmp_path / "cases")
    qtbot.waitUntil(lambda: model.view is not None)
    browser = TagBrowser(model, read=files.read)
    browser.inspected = model
    qtbot.addWidget(browser, before_close_func=lambda one: (one.stop(), model.stop()))
    browser.toggle()
    qtbot.waitUntil(lambda: browser.rows.count > 0)
    return browser


def column(browser, place):
    rows = browser.rows
    return [rows.index(row, place).data() for row in range(rows.rowCount())]


def choose(qtbot, browser, place):
    browser.which.setCurrentIndex(place)
    qtbot.waitUntil(lambda: not browser._reading.busy)


def test_the_file_of_the_slice_in_view_is_told_and_followed(qtbot, browser, files):
    assert column(browser, 3)[0] == "reference/2.dcm"
    browser.inspected.state.set_slice(4)
    qtbot.waitUntil(lambda: column(browser, 3)[0] == "reference/4.dcm")

    choose(qtbot, browser, 1)
    assert column(browser, 3)[0] == "mild/4.dcm"
    assert "mild/4.dcm: 5 attributes" in browser.sentence.text()
    assert threading.main_thread() not in files.threads


def test_two_files_stand_beside_each_other_and_only_what_differs_is_left(qtbot, browser):
    choose(qtbot, browser, 2)
    assert browser.rows.columnCount() == 5
    heads = [browser.rows.headerData(place, Qt.Orientation.Horizontal) for place in range(5)]
    assert heads[3:] == ["Reference", "Reconstruction"]
    browser.different.click()

    assert column(browser, 1) == ["SOPInstanceUID", "SourceImageSequence"]
    assert browser.tree.isExpanded(browser.rows.index(1, 0))


def test_words_typed_find_what_stands_in_sequences(qtbot, browser):
    qtbot.keyClicks(browser.field, "codeval")

    assert column(browser, 1) == ["SourceImageSequence"]
    assert browser.sentence.text().endswith("3 attributes found")
    browser.field.clear()
    assert len(column(browser, 1)) == 3


def test_the_tag_chosen_stays_chosen_on_another_slice(qtbot, browser):
    browser.tree.setCurrentIndex(browser.rows.index(2, 0))
    browser.inspected.state.set_slice(0)
    qtbot.waitUntil(lambda: column(browser, 3)[0] == "reference/0.dcm")

    assert browser.tree.currentIndex().row() == 2


def test_a_file_that_is_no_dicom_says_so_in_a_sentence(qtbot, browser, files):
    files.broken = True
    browser.inspected.state.set_slice(1)
    qtbot.waitUntil(lambda: "no DICOM file" in browser.sentence.text())

    assert browser.rows.rowCount() == 0


def test_nothing_is_read_while_nobody_looks(qtbot, browser, files):
    browser.toggle()
    read = len(files.read_files)
    browser.inspected.state.set_slice(0)
    assert not browser._reading.busy
    browser.toggle()
    qtbot.waitUntil(lambda: len(files.read_files) == read + 1)


def test_the_tree_keeps_qt_s_rules(qtmodeltester):
    model = TagModel()
    leaf = AttributeRow("(0008,0100)", "CodeValue", "Code Value", "SH", "a" * 300)
    item = AttributeRow("Item 1", "", "", "", "", children=(leaf, leaf))
    model.show((leaf, AttributeRow("(1,1)", "S", "S", "SQ", "1", children=(item,))), ("Value",))

    assert isinstance(model, QAbstractItemModel)
    assert model.count == 5
    qtmodeltester.check(model)


def test_a_long_value_is_cut_in_the_tree_and_told_in_the_tip():
    model = TagModel()
    model.show((AttributeRow("(1,1)", "C", "C", "LT", "word " * 100),), ("Value",))
    index = model.index(0, 3)

    assert len(index.data()) == 160
    assert index.data().endswith("…")
    assert len(index.data(Qt.ItemDataRole.ToolTipRole)) == 499
    assert short("a\n b", 10) == "a b"
