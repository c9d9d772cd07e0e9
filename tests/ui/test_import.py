"""The import view: what is paired and why, corrected by hand, undone, saved and used."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QAbstractItemModelTester

from app.domain.arrangement import Arrangement, NamedFile, Placement
from app.domain.image import Grid
from app.domain.pair import Pair, Pairing, Problem, Series, SliceFile
from app.domain.progress import Progress
from app.errors import StoreError
from app.ui import import_page, inspect_page
from app.ui.context import Context
from app.ui.import_delegate import ImportDelegate
from app.ui.import_model import ImportModel
from app.ui.import_page import ImportPage
from app.ui.import_rows import MATCHED, NAME, NOT_PAIRED, REMARK, RULE, plant
from app.ui.import_state import State, review
from app.ui.import_tree import MIME, ImportTree
from app.ui.import_view import ImportView
from app.ui.import_work import ImportWork
from app.ui.settings import Settings
from app.ui.window import MainWindow
from app.workflows.pair import pair as pair_source
from tests.images.dicom_files import write_ct
from tests.images.workflow import finish

# The offscreen platform has no window manager that could be told a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

ROOT = Path("/cases")


def series(path, slices=3):
    return Series(
        uid=f"1.2.{path}",
        folder=Path(path),
        modality="CT",
        grid=Grid(rows=8, columns=8, slices=slices),
        slices=tuple(SliceFile(ROOT / path / f"{i}.dcm") for i in range(slices)),
    )


def placed(case, arm, role="reconstruction"):
    path = f"{case}/{arm}"
    return Placement(series(path), path, arm, case, case, arm, role)


def alone(path):
    return Placement(series(path), path, Path(path).name, "cases")


USUAL = (
    placed("p1", "gt", "reference"),
    placed("p1", "gan"),
    placed("p1", "unet"),
    placed("p2", "gt", "reference"),
    placed("p2", "gan"),
    alone("stray"),
)
GAN1, UNET1, GT1, GAN2, STRAY = 1, 2, 0, 4, 5
BAD_FILE = Problem("p1/gan/cut.dcm", "cut.dcm: it ends too early.", "Copy it again.", "p1", "gan")
NO_PLACE = Problem("stray", "It has no case.", "Put it into one.", series_uid="1.2.stray", slices=3)


def fake_pairing(placements, matched_by="manifest"):
    """Pair each reconstruction with the reference of its case; refuse the arm called bad."""
    cases = {one.case: one for one in placements if one.role == "reference"}
    pairs, problems = [], []
    for one in placements:
        if one.role != "reconstruction":
            continue
        reference = cases.get(one.case)
        if reference is None or one.arm == "bad":
            problems.append(
                Problem(
                    one.path,
                    "It does not fit.",
                    "Resample it.",
                    one.case,
                    one.arm,
                    one.role,
                    one.series.uid,
                    3,
                )
            )
        else:
            slices = tuple((i, i) for i in range(3))
            note = "8 bits stored" if one.arm == "unet" else ""
            pairs.append(
                Pair(one.case, one.arm, reference.series, one.series, slices, matched_by, note=note)
            )
    return Pairing(ROOT, "gt", tuple(pairs), tuple(problems))


class FakeWork:
    """Workflows in memory."""

    def __init__(self, placements=USUAL):
        self.placements = placements
        self.replayed = []
        self.saved = {}
        self.error = None

    def arrange(self, _source, _reference):
        yield Progress(0, 1, "reading headers")
        if self.error:
            raise self.error
        found = fake_pairing(self.placements, "folder")
        problems = (BAD_FILE, *((NO_PLACE,) if len(self.placements) > STRAY else ()))
        found = Pairing(ROOT, "gt", found.pairs, (*problems, *found.problems))
        return Arrangement(found, self.placements, (NamedFile("p1", "gan", "mask", ROOT / "m"),))

    def replay(self, _source, state, _known):
        self.replayed.append(state)
        yield Progress(0, 1, "reading headers")
        if self.error:
            raise self.error
        return fake_pairing(state.placements)

    def save(self, state, target):
        self.saved[target] = state
        return target

    def work(self):
        return ImportWork(self.arrange, self.replay, self.save)


@pytest.fixture
def fake():
    return FakeWork()


@pytest.fixture
def errors():
    return []


@pytest.fixture
def page(qtbot, fake, errors):
    context = Context(Settings())
    context.error_raised.connect(errors.append)
    page = ImportPage(context, ImportModel(fake.work()))
    page.resize(1200, 760)
    qtbot.addWidget(page, before_close_func=lambda _: page.stop())
    page.show()
    page.look_at(ROOT)
    settled(qtbot, page)
    return page


def settled(qtbot, page):
    qtbot.waitUntil(lambda: page.model.progress is None)


def row(page, *key):
    index = page.rows.find(key)
    assert index.isValid(), (key, [node.key for node in page.rows.nodes()])
    return page.rows.node(index)


def outcome(page, index):
    return page.model.review.outcomes[index].status


# ---- the tree --------------------------------------------------------------------------------


def test_the_tree_keeps_the_rules_of_qt(qtbot, fake):
    tree = ImportTree()
    tester = QAbstractItemModelTester(tree, QAbstractItemModelTester.FailureReportingMode.Fatal)
    found = finish(fake.arrange(ROOT, None))
    state = State(found.placements)

    tree.show_review(state, review(found, state, found.pairing))
    tree.show_review(state.without([GAN1]), review(found, state, found.pairing))

    assert tree.rowCount() == 4
    del tester


def test_an_index_of_a_former_tree_finds_nothing(fake):
    tree = ImportTree()
    found = finish(fake.arrange(ROOT, None))
    state = State(found.placements)
    told = review(found, state, found.pairing)
    tree.show_review(state, told)
    former = tree.index(0, 0)

    tree.show_review(state, told)

    assert tree.node(former).kind == "root"


def test_the_tree_tells_cases_arms_slices_rule_and_remark(page):
    gan, unet = row(page, "arm", "p1", True, "gan"), row(page, "arm", "p1", True, "unet")

    assert gan.cells == ("gan", "3", "3", "folder names", "position", "")
    assert (unet.status, unet.cells[REMARK]) == ("remark", "8 bits stored")
    assert row(page, "arm", "p1", False, "gt").cells[RULE] == "reference"
    assert row(page, "case", "p1").cells[REMARK] == "all paired"
    assert page.title.text() == "All 3 reconstructions are paired"


def test_what_is_not_paired_stands_with_reason_and_remedy(page):
    told = {
        node.cells[NAME]: (node.cells[REMARK], node.remedy)
        for node in page.rows.nodes()
        if node.kind == "problem"
    }

    assert told == {
        "p1/gan/cut.dcm": ("cut.dcm: it ends too early.", "Copy it again."),
        "stray": ("It has no case.", "Put it into one."),
    }
    assert "2 not paired" in page.summary.text()


def test_a_reason_that_several_share_stands_above_them(fake):
    fake.placements = (alone("a"), alone("b"))
    found = finish(fake.arrange(ROOT, None))
    problems = tuple(
        Problem(one.path, "No reference.", "Name it.", series_uid=one.series.uid, slices=3)
        for one in found.placements
    )
    found = Arrangement(Pairing(ROOT, "gt", (), problems), found.placements)
    state = State(found.placements)

    root = plant(state, review(found, state, found.pairing))

    (section,) = root.children
    (reason,) = section.children
    assert (reason.cells[NAME], reason.cells[REMARK]) == ("2 series", "No reference.")
    assert reason.members == (0, 1)
    assert [child.cells[NAME] for child in reason.children] == ["a", "b"]


def test_another_width_asks_no_row_but_those_whose_words_wrap_otherwise(qtbot, fake, monkeypatch):
    asked = []
    hint = ImportDelegate.sizeHint
    monkeypatch.setattr(
        ImportDelegate, "sizeHint", lambda *given: asked.append(given[2].row()) or hint(*given)
    )
    fake.placements = (
        *(placed("p", f"arm{number:03}") for number in range(200)),
        placed("p", "gt", "reference"),
    )
    found = finish(fake.arrange(ROOT, None))
    state = State(found.placements)
    tree = ImportView(ImportTree())
    qtbot.addWidget(tree)
    tree.resize(1100, 700)
    tree.show_review(state, review(found, state, found.pairing))
    with qtbot.waitExposed(tree):
        tree.show()
    one = tree.rows.find(("section", NOT_PAIRED))
    below = tree.rows.index(0, 0, one)

    def as_high_as_its_words(index):
        return tree.rowHeight(index) == tree.indexRowSizeHint(index)

    qtbot.waitUntil(lambda: as_high_as_its_words(below))
    flat = tree.rowHeight(below)
    asked.clear()
    tree.resize(520, 700)
    qtbot.waitUntil(lambda: tree.rowHeight(below) > flat)
    assert len(asked) < 200
    assert as_high_as_its_words(below)
    tree.resize(1100, 700)
    qtbot.waitUntil(lambda: tree.rowHeight(below) == flat)


def test_of_many_cases_only_those_with_a_problem_are_open(qtbot, page, fake):
    cases = [f"p{number:02}" for number in range(40)]
    fake.placements = tuple(
        placed(case, arm, "reference" if arm == "gt" else "reconstruction")
        for case in cases
        for arm in ("gt", "bad" if case == "p07" else "gan")
    )
    page.look_at(ROOT, "many")
    settled(qtbot, page)

    is_open = [case for case in cases if page.tree.isExpanded(page.rows.find(("case", case)))]
    assert is_open == ["p07"]


def test_what_is_chosen_stays_chosen_without_the_rows_being_listed_for_each(qtbot, page, fake):
    fake.placements = tuple(
        placed(
            "p1",
            "gt" if not number else f"arm{number:03}",
            "reconstruction" if number else "reference",
        )
        for number in range(300)
    )
    page.look_at(ROOT, "many")
    settled(qtbot, page)
    tree, listed = page.tree, []
    page.tree.choose(*(node.key for node in page.rows.nodes() if node.kind == "arm"))
    chosen = [node.key for node in tree.chosen()]
    nodes = page.rows.nodes
    page.rows.nodes = lambda: listed.append("all") or nodes()

    tree.show_review(page.model.state, page.model.review)

    assert len(chosen) == 300
    assert {node.key for node in tree.chosen()} == set(chosen)
    assert tree.rows.node(tree.currentIndex()).key in chosen
    assert len(listed) < 5


# ---- corrections -----------------------------------------------------------------------------


def test_another_reference_pairs_again_through_the_manifest(qtbot, page, fake):
    page.tree.choose(("arm", "p1", True, "gan"))
    assert page.form.title.text().replace("\u200b", "") == "Arm gan"

    qtbot.mouseClick(page.form.reference_button, Qt.MouseButton.LeftButton)
    assert outcome(page, UNET1) == "waiting"
    settled(qtbot, page)

    assert len(fake.replayed) == 1
    assert row(page, "arm", "p1", False, "gan").cells[RULE] == "reference"
    former = row(page, "arm", "p1", True, "gt")
    assert (former.cells[RULE], former.cells[MATCHED]) == ("manifest", "3")
    assert outcome(page, GAN2) == "paired"
    assert "1 correction by hand, not saved" in page.summary.text()


def test_a_path_is_never_read_as_markup(qtbot, page):
    page.look_at(Path("/<b>bold</b> & more"))
    settled(qtbot, page)

    assert page.summary.textFormat() == Qt.TextFormat.RichText
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more" in page.summary.text()


def test_undo_and_redo_show_each_state_again(qtbot, page, fake):
    before = page.model.state
    page.model.rename_case("p1", "patient")
    settled(qtbot, page)
    assert page.undo_button.toolTip() == "Undo: rename case p1 to patient (Ctrl+Z)"

    qtbot.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)
    assert page.model.state == before
    assert row(page, "arm", "p1", True, "gan").cells[RULE] == "folder names"
    assert not page.model.unsaved

    qtbot.mouseClick(page.redo_button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)
    assert page.model.state.cases == ("p2", "patient")


def test_a_name_is_written_over_in_place(qtbot, page):
    index = page.rows.find(("arm", "p1", True, "gan"))
    assert page.rows.flags(index) & Qt.ItemFlag.ItemIsEditable

    assert page.rows.setData(index, " mine ", Qt.ItemDataRole.EditRole)
    qtbot.waitUntil(lambda: page.model.corrections == 1)
    settled(qtbot, page)

    assert row(page, "arm", "p1", True, "mine").members == (GAN1,)
    assert row(page, "arm", "p2", True, "gan").members == (GAN2,)


def test_an_empty_name_is_refused(page, errors):
    page.model.rename_case("p1", " ")

    assert "needs a name" in str(errors[0])
    assert page.model.corrections == 0


def test_an_arm_is_renamed_in_every_case(qtbot, page):
    page.tree.choose(("arm", "p1", True, "gan"))
    page.form.everywhere.setChecked(True)
    page.form.arm.setCurrentText("diffusion")

    qtbot.mouseClick(page.form.move_button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)

    assert page.model.state.arms == ("diffusion", "unet")
    assert page.model.state.others[0].arm == "diffusion"  # the mask goes with it


def test_an_unpaired_series_is_taken_in_and_a_refusal_is_told(qtbot, page):
    key = next(node.key for node in page.rows.nodes() if node.cells[NAME] == "stray")
    page.tree.choose(key)
    assert page.form.move_button.text() == "Take it in"
    page.form.case.setCurrentText("p2")
    page.form.arm.setCurrentText("bad")

    qtbot.mouseClick(page.form.move_button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)

    refused = row(page, "arm", "p2", True, "bad")
    assert (refused.cells[RULE], refused.cells[REMARK]) == ("not paired", "It does not fit.")
    assert page.form.remedy.text() == "Resample it."  # the row stays chosen
    assert page.title.text() == "3 of 4 reconstructions are paired"
    problems = [node.cells[NAME] for node in page.rows.nodes() if node.kind == "problem"]
    assert problems == ["stray", "p1/gan/cut.dcm"]


def test_what_is_left_out_is_listed_and_can_come_back(qtbot, page):
    page.tree.choose(("arm", "p1", True, "gan"))
    qtbot.keyClick(page.tree, Qt.Key.Key_Delete)
    settled(qtbot, page)
    assert row(page, "section", "left out").members == (GAN1,)
    assert outcome(page, GAN1) == "out"

    page.tree.choose(("series", GAN1))
    qtbot.mouseClick(page.form.move_button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)

    assert row(page, "arm", "p1", True, "gan").cells[MATCHED] == "3"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (("case", "p2"), ("p2", "unet", "reconstruction")),
        (("arm", "p2", True, "gan"), ("p2", "gan", "reconstruction")),
        (("arm", "p2", False, "gt"), ("p2", "unet", "reference")),
        (("section", "not paired"), ("p1", "unet", "")),
    ],
)
def test_a_row_dropped_on_another_goes_there(qtbot, page, target, expected):
    dragged = page.rows.mimeData([page.rows.find(("arm", "p1", True, "unet"))])
    assert bytes(dragged.data(MIME).data()) == b"2"

    page.rows.dropMimeData(dragged, Qt.DropAction.MoveAction, -1, -1, page.rows.find(target))
    qtbot.waitUntil(lambda: page.model.corrections == 1)
    settled(qtbot, page)

    one = page.model.placement(UNET1)
    assert (one.case, one.arm, one.role) == expected
    references = [one for one in page.model.state.placements if one.role == "reference"]
    assert len({one.case for one in references}) == len(references)


def test_what_is_dropped_from_elsewhere_is_nothing(page):
    assert not page.rows.dropMimeData(
        QMimeData(), Qt.DropAction.MoveAction, -1, -1, page.rows.find(("case", "p1"))
    )


def test_nothing_named_is_paired_in_two_steps(qtbot, fake, page):
    fake.placements = tuple(alone(name) for name in ("base", "gan", "unet"))
    page.look_at(ROOT, "other")
    settled(qtbot, page)
    assert page.title.text() == "Nothing is paired yet"

    page.model.make_reference([0])
    settled(qtbot, page)
    assert "take the others in" in page.summary.text()
    page.model.move([1, 2])
    settled(qtbot, page)

    assert page.title.text() == "All 2 reconstructions are paired"
    assert page.model.state.cases == ("cases",)


def test_series_of_one_name_taken_into_one_case_keep_names_of_their_own():
    state = State((alone("a/gan"), alone("b/gan")))

    arms = [one.arm for one in state.moved([0, 1], "p").placements]

    assert arms == ["gan", "b/gan"]


def test_a_pairing_that_fails_says_why_where_it_waited(qtbot, page, fake, errors):
    fake.error = StoreError("The disk is gone.", remedy="Plug it in.")

    page.model.leave_out([UNET1])
    settled(qtbot, page)

    assert outcome(page, GAN1) == "refused"
    assert "disk" in str(errors[0])


def test_a_source_that_cannot_be_read_is_an_error(qtbot, page, fake, errors):
    fake.error = StoreError("The disk is gone.", remedy="Plug it in.")

    page.look_at(Path("/elsewhere"))
    settled(qtbot, page)

    assert "disk" in str(errors[0])
    assert page.title.text() == "Nothing found in elsewhere"


# ---- the manifest ----------------------------------------------------------------------------


def test_saving_asks_where_and_using_opens_what_was_saved(qtbot, page, fake, monkeypatch):
    target = Path("/somewhere/pairs.csv")
    asked = []
    monkeypatch.setattr(import_page, "ask_manifest", lambda *_: asked.append(1) or target)
    page.model.leave_out([UNET1])
    settled(qtbot, page)

    with qtbot.waitSignal(page.model.saved):
        page.save()
    assert fake.saved[target] == page.model.state
    assert not page.model.unsaved

    with qtbot.waitSignal(page.left):
        page.use()
    assert page._context.source == target
    assert len(asked) == 1


def test_using_what_is_not_saved_saves_it_first(qtbot, page, fake, monkeypatch):
    monkeypatch.setattr(import_page, "ask_manifest", lambda *_: Path("/x.csv"))
    assert not page.use_button.isEnabled()
    page.model.leave_out([UNET1])
    settled(qtbot, page)

    with qtbot.waitSignal(page.left):
        page.use()

    assert list(fake.saved) == [Path("/x.csv")]


def test_corrections_are_given_up_only_when_the_person_says_so(qtbot, page, monkeypatch):
    page.model.leave_out([UNET1])
    settled(qtbot, page)
    monkeypatch.setattr(import_page, "ask_to_discard", lambda *_: False)
    page.look_at(Path("/elsewhere"))
    assert page.model.source == ROOT

    monkeypatch.setattr(import_page, "ask_to_discard", lambda *_: True)
    page.look_at(Path("/elsewhere"))
    settled(qtbot, page)
    assert page.model.source == Path("/elsewhere")
    assert page.model.corrections == 0


# ---- the whole way, with files ---------------------------------------------------------------


@pytest.fixture
def main(qtbot, monkeypatch):
    monkeypatch.setattr(inspect_page.InspectPage, "_open_pair", lambda *_: None)
    main = MainWindow(Context(Settings()))
    qtbot.addWidget(main)
    main.resize(1280, 800)
    main.show()
    return main


def test_the_window_says_that_there_is_nothing_to_pair_yet(main):
    main.show_pairing()

    assert "open a folder" in main.banner.what.text()


def test_from_a_folder_to_a_manifest_that_the_command_pairs(qtbot, main, tmp_path, monkeypatch):
    """Two folders that nothing tells apart: named by hand, saved, used, paired by the command."""
    for name in ("first", "second"):
        write_ct(tmp_path / "cases" / name, seed=len(name))
    (tmp_path / "cases" / "second" / "cut.dcm").write_bytes(b"\0" * 128 + b"DICM")
    target = tmp_path / "out" / "manifest.csv"
    target.parent.mkdir()
    monkeypatch.setattr(import_page, "ask_manifest", lambda *_: target)
    main.open_path(tmp_path / "cases")
    inspect = main.page("inspect")
    qtbot.waitUntil(lambda: inspect.model.pairing is not None, timeout=20000)
    assert inspect.model.pairing.pairs == ()

    qtbot.mouseClick(inspect.panel.pairing_button, Qt.MouseButton.LeftButton)
    page = main._pages["pairing"]
    qtbot.waitUntil(lambda: page.model.loaded, timeout=20000)
    assert main._stack.currentWidget() is page
    first, second = (
        next(i for i, one in enumerate(page.model.state.placements) if one.path == name)
        for name in ("first", "second")
    )
    page.model.make_reference([first], "p1")
    page.model.move([second], "p1", "gan")
    qtbot.waitUntil(lambda: page.model.progress is None, timeout=20000)
    assert page.title.text() == "1 of 1 reconstruction is paired"
    page.use()
    qtbot.waitUntil(lambda: main.context.source == target, timeout=20000)
    qtbot.waitUntil(lambda: inspect.model.view is not None, timeout=20000)

    assert main.room == "inspect"
    assert target.read_text().splitlines() == [
        "case,arm,role,path",
        "p1,first,reference,../cases/first",
        *(f"p1,gan,reconstruction,../cases/second/{i:03}.dcm" for i in range(1, 5)),
    ]
    replayed = finish(pair_source(target))
    assert [(one.case, one.arm, len(one.slices)) for one in replayed.pairs] == [("p1", "gan", 4)]
    main.close()
