"""The Study room: choices, their size, and the way from draft to unblinded."""

import errno
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QLineEdit

from app.domain.image import Grid
from app.domain.pair import Pair, Pairing, Series
from app.domain.progress import Progress
from app.errors import ProtocolError, WrongPassphrase
from app.ui import study_page as page_module
from app.ui.context import Context, Look
from app.ui.row_table import RowTable
from app.ui.settings import Settings
from app.ui.study_asking import AssumptionsDialog, DryRunAsked, DryRunDialog
from app.ui.study_choices import Assumed, reader_codes
from app.ui.study_dialogs import LockDialog, UnblindDialog, Unblinding, strength
from app.ui.study_model import StudyModel
from app.ui.study_outlook import BALANCE_COLUMNS
from app.ui.study_page import StudyPage
from app.ui.study_work import StudyWork
from app.workflows.extent import Extent
from tests.images.workflow import finish

# The platform without a screen has no window manager to tell a size to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@dataclass(frozen=True)
class Design:
    slots: int = 2
    pairing: str = "all"


@dataclass(frozen=True)
class Size:
    reads_per_reader: int
    hours_per_reader: float
    balance: tuple
    seconds_per_read: float = 30.0
    measured_reads: int = 0
    protocol: Design = Design()
    extent: Extent = field(default_factory=lambda: Extent(("R1", "R2")))


@dataclass(frozen=True)
class Seen:
    half_width: float
    power: float
    difference: float


@dataclass(frozen=True)
class Expected:
    precision: Seen
    step: float = 1.0
    notes: tuple = ()
    assumptions: tuple = ("Everything is normal.",)


@dataclass(frozen=True)
class Balance:
    reader: str
    arm: str
    left: int
    right: int
    first_half: int
    second_half: int


@dataclass(frozen=True)
class Reader:
    reader: str
    done: int
    total: int
    simulated: bool = False


R2 = Reader("R2", 4, 4)


@dataclass(frozen=True)
class Status:
    state: str
    title: str
    readers: tuple
    needs_key: bool = False


class FakeWork:
    """The workflows behind the room, in memory."""

    def __init__(self) -> None:
        self.state = ""
        self.needs_key = False
        self.done = 0
        self.made = {}
        self.passphrase = ""
        self.reasons = []
        self.readers = ()
        self.measured = 0
        self.dry_runs = []
        self.wait = lambda: None

    def as_work(self) -> StudyWork:
        return StudyWork(
            pair=self.pair,
            preview=self.preview,
            new_study=self.new_study,
            lock=self.lock,
            outlook=self.outlook,
            expectation=self.expectation,
            simulate=self.simulate,
            metrics_of=lambda _folder: None,
            status=self.status,
            unblind=self.unblind,
        )

    def pair(self, source, _reference):
        yield Progress(0, 1, "")
        series = Series("1", Path("x"), "CT", Grid(4, 4, 1), ())
        pairs = tuple(
            Pair(case, arm, series, series, ((0, 0),), "folder")
            for case in ("c1", "c2")
            for arm in ("fbp", "net")
        )
        return Pairing(source, "reference", pairs, ())

    def preview(self, _pairing, **choices):
        if len(choices["arms"]) < 2:
            raise ProtocolError("The study has 1 arm.", remedy="Choose two.")
        reads = len(choices["cases"])
        rows = tuple(Balance(r, a, 1, 1, 1, 1) for r in choices["readers"] for a in choices["arms"])
        seconds = choices.get("seconds_per_read", 35.0)
        return Size(reads, reads * seconds / 3600, rows, seconds)

    def outlook(self, _folder):
        return Size(9, 9 * 20 / 3600, (Balance("R1", "fbp", 1, 1, 1, 1),), 20.0, self.measured)

    def expectation(self, _seen, assumed):
        return Expected(Seen(0.6 * assumed.error, 0.8, assumed.difference))

    def simulate(self, _folder, asked):
        yield Progress(0, 1, "SIM1")
        self.dry_runs.append(asked)
        self.readers = (*self.readers, Reader("SIM1", 4, 4, simulated=True))
        return ("SIM1",)

    def new_study(self, _pairing, **choices):
        self.wait()
        self.made = choices
        self.state = "draft"

    def lock(self, _folder, passphrase):
        yield Progress(0, 1, "blinding")
        self.wait()
        self.passphrase, self.state = passphrase, "locked"
        return "ab" * 32

    def status(self, _folder):
        readers = self.readers or (Reader("R1", self.done, 4), R2)
        return Status(self.state, "Two arms", readers, self.needs_key)

    def unblind(self, folder, passphrase, reason):
        yield Progress(0, 1, "opening the key")
        if passphrase != self.passphrase:
            raise WrongPassphrase("The passphrase does not open the key.", remedy="Try again.")
        self.reasons.append(reason)
        self.state = "unblinded"
        return folder / "observations.csv"


@pytest.fixture
def fake():
    return FakeWork()


@pytest.fixture
def model(qtbot, fake):
    model = StudyModel(fake.as_work())
    yield model
    qtbot.waitUntil(lambda: not model.computing)
    model.stop()


@pytest.fixture
def page(qtbot, fake, model):
    page = StudyPage(Context(Settings()), model)
    qtbot.addWidget(page)
    page.resize(1196, 740)
    page.show()
    return page


def test_a_source_gives_the_choices_and_their_size(qtbot, model):
    model.open_source(Path("/cases"))

    qtbot.waitUntil(lambda: model.size is not None)

    assert model.choices.arms == ("fbp", "net")
    assert model.choices.cases == ("c1", "c2")
    assert model.size.reads_per_reader == 2
    assert model.can_create


def test_an_impossible_choice_says_why_and_can_not_be_created(qtbot, model):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.size is not None)

    model.choose(arms=("fbp",))
    qtbot.waitUntil(lambda: bool(model.objection))

    assert model.objection == "The study has 1 arm. Choose two."
    assert not model.can_create


def test_only_the_newest_choice_counts(qtbot, model):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.pairing is not None)
    for seconds in range(10, 20):
        model.choose(seconds_per_read=float(seconds))

    qtbot.waitUntil(lambda: model.size is not None and not model._size_job.busy)

    assert model.size.hours_per_reader == pytest.approx(2 * 19 / 3600)


def test_from_draft_to_unblinded(qtbot, monkeypatch, fake, model, page, tmp_path):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: page.create_button.isEnabled())
    monkeypatch.setattr(page_module, "ask_new_folder", lambda *_: tmp_path / "study")
    monkeypatch.setattr(page_module, "ask_to_lock", lambda *_: "four words of it")

    qtbot.mouseClick(page.create_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.lock_button.isEnabled())
    assert fake.made["folder"] == tmp_path / "study"
    assert fake.made["readers"] == ("R1", "R2")
    assert not page.unblind_button.isEnabled()

    qtbot.mouseClick(page.lock_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.unblind_button.isEnabled())
    assert fake.passphrase == "four words of it"
    assert not page.lock_button.isEnabled()

    asked = []

    def answer(_parent, missing, *, dry_run):
        asked.append((missing, dry_run))
        return Unblinding("four words of it", "R1 has left")

    monkeypatch.setattr(page_module, "ask_to_unblind", answer)
    qtbot.mouseClick(page.unblind_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: model.state == "unblinded")
    assert asked == [(4, False)]
    assert fake.reasons == ["R1 has left"]
    assert not page.unblind_button.isEnabled()


def test_work_that_ends_leaves_the_study_open_that_was_opened_meanwhile(qtbot, fake, model):
    go_on, told, made = threading.Event(), [], []
    model.notice.connect(told.append)
    model.study_made.connect(made.append)
    fake.state, fake.wait = "draft", lambda: go_on.wait(5)
    model.open_study(Path("/first"))
    qtbot.waitUntil(lambda: model.can_lock)
    model.lock("four words of it")

    model.open_study(Path("/second"))
    go_on.set()
    qtbot.waitUntil(lambda: bool(told))

    assert model.study == Path("/second")
    assert made == []
    assert told[0].startswith(str(Path("/first")))


def test_a_study_that_is_written_is_not_opened_over_another_that_was_opened_meanwhile(
    qtbot, fake, model
):
    go_on, told, made = threading.Event(), [], []
    model.notice.connect(told.append)
    model.study_made.connect(made.append)
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.can_create)
    fake.wait = lambda: go_on.wait(5)
    model.create(Path("/new"))

    model.open_study(Path("/second"))
    go_on.set()
    qtbot.waitUntil(lambda: bool(told))

    assert (model.study, made) == (Path("/second"), [])
    assert str(Path("/new")) in told[0]


def test_the_protocol_is_looked_for_once_and_away_from_the_screen(qtbot, monkeypatch, fake, model):
    looked = []

    def protocol_of(folder):
        looked.append(threading.current_thread())
        return folder / "protocol.yaml"

    model.work = replace(fake.as_work(), protocol_of=protocol_of)
    page = StudyPage(Context(Settings()), model)
    qtbot.addWidget(page)
    fake.state = "draft"
    model.open_study(Path("/study"))
    qtbot.waitUntil(lambda: model.can_lock)
    opened = []
    monkeypatch.setattr(page_module, "open_file", lambda path: opened.append(path) or True)

    for _ in range(20):
        page.action_set.sync()
        model.changed.emit()
    page.protocol_button.click()

    assert len(looked) == 1
    assert looked[0] is not threading.main_thread()
    assert opened == [Path("/study/protocol.yaml")]


def test_a_protocol_with_a_mistake_can_still_be_opened_to_mend_it(qtbot, fake, model, page):
    def status(_folder):
        raise ProtocolError("protocol.yaml, line 3: this is no YAML.", remedy="Mend that line.")

    model.work = replace(fake.as_work(), status=status, protocol_of=lambda folder: folder / "p")

    with qtbot.waitSignal(model.failed):
        model.open_study(Path("/study"))

    assert page.protocol_button.isEnabled()
    assert model.study == Path("/study")


def test_a_drive_that_does_not_answer_is_told_in_a_sentence(qtbot, fake, model, page):
    def protocol_of(_folder):
        raise OSError(errno.ESTALE, "Stale file handle")

    model.work = replace(fake.as_work(), protocol_of=protocol_of)

    with qtbot.waitSignal(model.failed) as failed:
        model.open_study(Path("/study"))

    assert "Stale file handle" in str(failed.args[0])
    assert "connected" in failed.args[0].remedy
    assert not page.protocol_button.isEnabled()


def test_a_study_whose_key_was_not_written_can_be_unblinded_again_and_nothing_else(
    qtbot, fake, model, page
):
    fake.state, fake.needs_key = "unblinded", True
    model.open_study(Path("/study"))
    qtbot.waitUntil(lambda: page.unblind_button.isEnabled())

    assert "key.json is missing" in page.state.text()
    assert model.missing_reads == 0  # the reason is on the record
    assert not page.dry_run_button.isEnabled()


def test_a_wrong_passphrase_is_told_and_changes_nothing(qtbot, fake, model):
    fake.state, fake.passphrase = "locked", "right"
    model.open_study(Path("/study"))
    qtbot.waitUntil(lambda: model.can_unblind)

    with qtbot.waitSignal(model.failed) as told:
        model.unblind("wrong", "")

    assert "does not open" in str(told.args[0])
    qtbot.waitUntil(lambda: model.can_unblind)
    assert model.state == "locked"


def test_the_status_shows_progress_and_no_arm(qtbot, fake, model, page):
    fake.state, fake.done = "locked", 1
    model.open_study(Path("/study"))

    qtbot.waitUntil(lambda: page.progress.rowCount() == 2)

    shown = [
        page.progress.data(page.progress.index(row, column))
        for row in range(2)
        for column in range(page.progress.columnCount())
    ]
    assert shown == ["R1", "1 of 4", "25 %", "", "R2", "4 of 4", "100 %", ""]


def test_the_table_of_rows_is_a_proper_qt_model(qtmodeltester):
    table = RowTable(BALANCE_COLUMNS)
    table.show_rows([Balance("R1", "fbp", 1, 2, 3, 4)])

    qtmodeltester.check(table)


def test_a_new_passphrase_is_entered_twice(qtbot):
    dialog = LockDialog()
    qtbot.addWidget(dialog)
    accept = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not accept.isEnabled()

    qtbot.keyClicks(dialog.first, "plum orbit cello frost")
    assert not accept.isEnabled()
    qtbot.keyClicks(dialog.second, "plum orbit cello frosT")
    assert not accept.isEnabled()
    dialog.second.setText("plum orbit cello frost")

    assert accept.isEnabled()
    assert dialog.first.echoMode() == dialog.first.EchoMode.Password


@pytest.mark.parametrize(("missing", "shown"), [(0, False), (7, True)])
def test_a_reason_is_asked_only_where_reads_are_missing(qtbot, missing, shown):
    dialog = UnblindDialog(missing)
    qtbot.addWidget(dialog)
    dialog.show()
    accept = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)

    dialog.passphrase.setText("four words of it")

    assert dialog.reason.isVisible() is shown
    assert accept.isEnabled() is not shown
    dialog.reason.setText("R1 has left")
    assert accept.isEnabled()


@pytest.mark.parametrize(
    ("readers", "dry", "missing"),
    [
        ((Reader("R1", 0, 9), Reader("SIM1", 9, 9, simulated=True)), True, 0),
        ((Reader("R1", 0, 9), Reader("SIM1", 4, 9, simulated=True)), True, 5),
        ((Reader("R1", 3, 9), Reader("SIM1", 9, 9, simulated=True)), False, 6),
        ((Reader("R1", 0, 9),), False, 9),
    ],
)
def test_reads_of_people_are_not_missing_in_a_dry_run(qtbot, fake, model, readers, dry, missing):
    fake.state, fake.readers = "locked", readers
    model.open_study(Path("/study"))
    qtbot.waitUntil(lambda: model.can_unblind)

    assert (model.dry_run, model.missing_reads) == (dry, missing)

    dialog = UnblindDialog(model.missing_reads, dry_run=model.dry_run)
    qtbot.addWidget(dialog)
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert ("SIMULATED" in words) is dry
    assert ("still missing" in words) is bool(missing)


def test_strength_of_a_passphrase_in_words():
    assert strength("short").startswith("Too short")
    assert strength("aaaaaaaaaaaa").startswith("Weak")
    assert strength("Tr0ub4dor").startswith("Fair")
    assert strength("plum orbit cello frost") == "Strong."


@given(st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True), unique=True))
def test_reader_codes_come_back_from_their_line(codes):
    assert reader_codes(" , ".join(codes)) == tuple(codes)


def test_what_a_study_asks_and_tells_is_always_in_view(qtbot, model, page):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.expectation is not None)
    panel = page.outlook

    assert panel.reads.text().startswith("2 reads")
    assert "35 s a read that the protocol expects" in panel.time.text()
    assert "±0.36 steps" in panel.precision.text()
    assert "80 % power" in panel.precision.text()
    assert panel.balance.rowCount() == 4


def test_once_somebody_has_read_the_time_is_the_measured_one(qtbot, fake, model, page):
    fake.state, fake.measured = "locked", 7
    model.open_study(Path("/study"))

    qtbot.waitUntil(lambda: "Measured" in page.outlook.time.text())

    assert "the mean of the 7 screens" in page.outlook.time.text()
    assert page.outlook.heading.text().startswith("What the open study asks")


def test_other_assumptions_give_another_precision(qtbot, monkeypatch, model, page):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.expectation is not None)
    shown = []

    def answer(_parent, assumed, sentences):
        shown.append((assumed, sentences))
        return Assumed(difference=1.0, error=0.2)

    monkeypatch.setattr(page_module, "ask_assumptions", answer)
    qtbot.mouseClick(page.outlook.assumptions_button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: "±0.12 steps" in page.outlook.precision.text())
    assert shown == [(Assumed(), ("Everything is normal.",))]


def test_every_template_is_offered_with_its_words_and_its_rules(qtbot, model, page):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.size is not None)
    assert page.form.template.count() == len(model.templates) == 11

    for name, about in model.templates.items():
        page.form.template.textActivated.emit(name)
        assert about.summary in page.form.about.text()
        assert about.basis in page.form.about.text()
        assert page.form.rules.slots.value() == model.rule("slots")
        assert page.form.questions.table.rowCount() == len(model.rule("criteria"))


def test_templates_are_read_away_from_the_screen_and_not_before_there_are_pairs(qtbot, fake):
    asked, shipped = [], StudyWork()

    def templates():
        asked.append(threading.current_thread())
        return shipped.templates()

    model = StudyModel(replace(fake.as_work(), templates=templates))
    page = StudyPage(Context(Settings()), model)
    qtbot.addWidget(page, before_close_func=lambda one: one.stop())
    assert asked == []
    assert page.form.template.currentText() == model.choices.template

    for source in ("/cases", "/others"):
        model.open_source(Path(source))
        qtbot.waitUntil(lambda: model.size is not None)

    assert len(asked) == 1
    assert asked[0] is not threading.main_thread()
    assert page.form.template.count() == 11


def test_what_inspect_finds_is_not_looked_for_again(qtbot, model, page, fake):
    context, source, looked = page._context, Path("/cases"), []
    model.work = replace(fake.as_work(), pair=lambda *asked: looked.append(asked))
    found = finish(fake.pair(source, None))
    context.tell_look(Look(source, under_way=True))
    context.open_source(source)
    assert model.looking
    assert model.pairing is None

    context.tell_look(Look(source, pairing=found))
    qtbot.waitUntil(lambda: model.size is not None)

    assert model.pairing is found
    assert looked == []


def test_a_room_that_is_entered_later_takes_what_inspect_has_found(qtbot, fake):
    context, source, looked = Context(Settings()), Path("/cases"), []
    model = StudyModel(replace(fake.as_work(), pair=lambda *asked: looked.append(asked)))
    found = finish(fake.pair(source, None))
    context.open_source(source)
    context.tell_look(Look(source, pairing=found))
    page = StudyPage(context, model)
    qtbot.addWidget(page, before_close_func=lambda one: one.stop())
    qtbot.waitUntil(lambda: model.size is not None)

    assert model.pairing is found
    assert looked == []


def test_pairs_are_looked_for_here_where_inspect_found_none_or_others(qtbot, model, page):
    context, source = page._context, Path("/cases")
    context.tell_look(Look(source, under_way=True))
    context.open_source(source)
    context.tell_look(Look(source))  # the drive was gone for a moment
    qtbot.waitUntil(lambda: model.size is not None)
    first = model.pairing

    model.name_reference("gold")
    qtbot.waitUntil(lambda: model.size is not None)

    assert model.pairing is not first


def test_rules_stay_those_of_the_template_until_they_are_changed(qtbot, model, page):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.size is not None)
    model.use_template("rating")
    assert "seconds_per_read" not in model.choices.as_arguments()
    rules = page.form.rules

    rules.seconds.setValue(50)
    rules.repeats.setValue(20)
    rules.catches["blur"].setValue(3)
    rules.minutes.setValue(45)
    rules.washout.setValue(12)

    made = model.choices.as_arguments()
    assert (made["seconds_per_read"], made["repeat_share"]) == (50.0, 0.2)
    assert (made["catches"], made["session_minutes"]) == ((("blur", 3),), 45.0)
    assert made["washout_hours"] == 12.0
    assert not rules.pairing.isEnabled()
    model.use_template("preference")
    assert rules.pairing.isEnabled()
    assert rules.seconds.value() == 15


def test_cases_of_the_training_are_left_out_of_the_test(qtbot, model):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.size is not None)

    model.train_on(("c2",))
    assert model.choices.cases == ("c1",)
    assert [one.case for one in model.rule("training")] == ["c2"]
    model.train_on(())

    assert model.choices.cases == ("c1", "c2")


def test_questions_are_worded_in_the_list_and_a_bad_scale_is_told_at_once(qtbot, model, page):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.size is not None)
    model.use_template("rating")
    table = page.form.questions.table

    table.item(0, 1).setText("How sharp is it?")
    assert model.rule("criteria")[0].prompt == "How sharp is it?"
    table.item(0, 2).setText("Bad; Good")

    assert "'Bad' is no choice" in page.outlook.objection.text()
    assert table.item(0, 2).text() == "Bad; Good"
    assert not model.can_create
    table.item(0, 2).setText("0 Bad; 1 Good")
    qtbot.waitUntil(lambda: model.can_create)
    assert [one.label for one in model.rule("criteria")[0].choices] == ["Bad", "Good"]
    page.form.questions.add_button.click()
    assert table.rowCount() == 6


def test_a_question_that_is_being_worded_is_let_go_when_another_source_is_opened(
    qtbot, model, page
):
    model.open_source(Path("/cases"))
    qtbot.waitUntil(lambda: model.size is not None)
    table = page.form.questions.table
    page.form.pages.setCurrentWidget(page.form.questions)
    table.setFocus()
    table.setCurrentCell(0, 1)
    table.editItem(table.item(0, 1))
    editor = table.findChild(QLineEdit)
    editor.setText("Half a quest")

    model.open_source(Path("/others"))  # the form is disabled, and the field gives its text up
    qtbot.waitUntil(lambda: model.size is not None)

    assert model.objection == ""
    assert model.rule("criteria")[0].prompt == table.item(0, 1).text()


def test_simulated_readers_read_as_they_are_asked_to(qtbot, monkeypatch, fake, model, page):
    fake.state = "locked"
    model.open_study(Path("/study"))
    qtbot.waitUntil(lambda: page.dry_run_button.isEnabled())
    asked = DryRunAsked("four words of it", 2, None, "ssim", 0.8, 0.1, 0.2, 0.05)
    monkeypatch.setattr(page_module, "ask_dry_run", lambda *_: asked)

    qtbot.mouseClick(page.dry_run_button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: page.progress.rowCount() == 1)
    assert fake.dry_runs == [asked]
    assert page.progress.rows[0].simulated


def test_the_questions_of_a_dry_run_come_back_as_answers(qtbot):
    dialog = DryRunDialog(Path("/study/metrics.csv"))
    qtbot.addWidget(dialog)
    accept = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not accept.isEnabled()

    dialog.passphrase.setText("four words of it")
    dialog.lapse.setValue(10)

    assert accept.isEnabled()
    assert dialog.asked() == DryRunAsked(
        "four words of it", 3, Path("/study/metrics.csv"), "ssim", 0.8, 0.5, 0.6, 0.1
    )


def test_the_assumptions_come_back_as_they_stand(qtbot):
    dialog = AssumptionsDialog(Assumed(0.25, 0.1, 0.2, 0.3), ("One sentence.",))
    qtbot.addWidget(dialog)

    assert dialog.assumed() == Assumed(0.25, 0.1, 0.2, 0.3)
    assert any("One sentence." in label.text() for label in dialog.findChildren(QLabel))
