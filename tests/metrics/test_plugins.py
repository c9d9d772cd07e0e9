"""Metrics from outside: found, measured, and never in the way of the others."""

import math
import re
import sys
import textwrap
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.metric import IntensityRange
from app.errors import MetricUnavailable
from app.metrics import plugins, pyiqa_names
from app.metrics.inputs import Prepared

PAGE = Path(__file__).resolve().parents[2] / "resources" / "docs" / "plugins.md"
FULL = IntensityRange(0.0, 100.0, "given")

DEFINITION = """
import math
from types import SimpleNamespace
from app.domain.metric import MetricDefinition
def define(id, **more):
    return MetricDefinition(id, "T", "S", "lower", 0.0, math.inf, "", "here", "", **more)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a distribution with entry points on the path, as pip does."""
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins._load.cache_clear()
    before = set(sys.modules)

    def put(name, code, points, release="1.2"):
        (tmp_path / f"{name}.py").write_text(DEFINITION + textwrap.dedent(code))
        info = tmp_path / f"{name}-{release}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {release}\n")
        lines = [f"{id} = {name}:{what}" for id, what in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[blindread.metrics]", *lines]) + "\n")

    yield put
    for name in set(sys.modules) - before:
        path = getattr(sys.modules[name], "__file__", None) or ""
        if path.startswith(str(tmp_path)):
            del sys.modules[name]


def prepared(masks=None, *, seed=0):
    rng = np.random.default_rng(seed)
    reference = rng.uniform(0, 100, (24, 20))
    reconstruction = np.clip(reference + rng.normal(0, 5, reference.shape), 0, 100)
    return pair(reference, reconstruction, masks)


def pair(reference, reconstruction, masks=None):
    return Prepared(reference, reconstruction, FULL, None, None, masks or {"whole": None})


def outcome(id, slice_):
    return plugins.measure_of(id)(id, slice_)["whole"]


def test_a_value_known_by_hand_comes_from_another_package(install):
    install(
        "middle_one",
        """
        def value(reference, reconstruction, *, low, high, mask):
            return abs(reconstruction - reference).max() / (high - low)
        far = SimpleNamespace(definition=define("far", parameters={"k": 1}), value=value)
        """,
        {"far": "far"},
    )
    slice_ = prepared()
    slice_ = pair(slice_.reference, slice_.reference + 7)

    assert outcome("far", slice_).value == pytest.approx(0.07)
    assert plugins.available("far") == ""
    assert [one.id for one in plugins.definitions()] == ["far"]
    assert plugins.find("far").definition.parameters == {"k": 1, "plugin": "middle_one 1.2"}


def test_each_region_is_handed_in_with_its_mask_and_nothing_can_be_spoilt(install):
    install(
        "greedy",
        """
        def value(reference, reconstruction, *, low, high, mask):
            reference[:] = 0
            return reconstruction.size if mask is None else mask.sum()
        area = SimpleNamespace(definition=define("area"), value=value)
        """,
        {"area": "area"},
    )
    body = np.zeros((24, 20), dtype=bool)
    body[2:6, 3:8] = True
    slice_ = prepared({"whole": None, "body": body})
    kept = slice_.reference.copy()

    found = plugins.measure_of("area")("area", slice_)

    assert {region: one.value for region, one in found.items()} == {"whole": 480, "body": 20}
    assert np.array_equal(slice_.reference, kept)


def test_a_metric_without_a_reference_gets_none(install):
    install(
        "lonely",
        """
        def value(reference, reconstruction, **_):
            return 1.0 if reference is None else 0.0
        alone = SimpleNamespace(definition=define("alone", needs_reference=False), value=value)
        """,
        {"alone": "alone"},
    )

    assert outcome("alone", prepared()).value == 1.0


@pytest.mark.parametrize(
    ("body", "flag", "words"),
    [
        ("raise KeyError('two\\nlines')", "refused:plugin", "KeyError: 'two"),
        ("return 'many'", "refused:plugin", "gave a str and not a number"),
        ("return None", "refused:plugin", "gave a NoneType"),
        ("return True", "refused:plugin", "gave a bool"),
        ("return 1j", "refused:plugin", "gave a complex"),
        ("return math.nan", "refused:undefined", "not defined"),
    ],
)
def test_what_goes_wrong_in_foreign_code_is_a_refusal(install, body, flag, words):
    install(
        "clumsy",
        f"""
        def value(reference, reconstruction, **_):
            {body}
        odd = SimpleNamespace(definition=define("odd"), value=value)
        """,
        {"odd": "odd"},
    )
    found = outcome("odd", prepared())

    assert (found.value, found.flags) == (None, (flag,))
    assert words in found.reason
    assert "\n" not in found.reason
    assert flag != "refused:plugin" or "clumsy 1.2" in found.reason


def test_infinity_is_a_number(install):
    install(
        "endless",
        """
        end = SimpleNamespace(definition=define("end"), value=lambda *_, **__: math.inf)
        """,
        {"end": "end"},
    )

    assert outcome("end", prepared()).value == math.inf


def test_broken_plugins_are_listed_with_their_reason_and_break_nothing(install):
    install("shattered", "raise SystemExit('no licence')", {"lost": "lost"})
    install(
        "wrong",
        """
        good = SimpleNamespace(definition=define("good"), value=lambda *_, **__: 1)
        mine = SimpleNamespace(definition=define("psnr"), value=lambda *_, **__: 1)
        array = SimpleNamespace(definition=define("array", parameters={"a": {1}}), value=print)
        bare = 3
        """,
        {
            **{"good": "good", "psnr": "mine", "other": "good", "UPPER": "good"},
            **{"bare": "bare", "array": "array", "absent": "nowhere", "pyiqa:x": "good"},
        },
    )

    assert [one.id for one in plugins.definitions()] == ["good"]
    reasons = plugins.unavailable()
    for id, words in {
        "lost": "SystemExit: no licence",
        "psnr": "BlindRead has a metric of that id",
        "other": "has the id 'good'",
        "UPPER": "characters a-z",
        "bare": "cannot be loaded",
        "array": "not plain values",
        "absent": "AttributeError",
        "pyiqa:x": "pyiqa",
    }.items():
        assert words in reasons[id], reasons[id]
        assert "\n" not in reasons[id]
    with pytest.raises(MetricUnavailable, match="no licence"):
        plugins.measure_of("lost")


def test_an_id_that_two_packages_give_is_refused(install):
    for name in ("first", "second"):
        install(
            name,
            """
            both = SimpleNamespace(definition=define("both"), value=lambda *_, **__: 1)
            """,
            {"both": "both"},
        )

    assert "two packages" in plugins.available("both")


def test_an_id_that_nobody_gives_is_not_found():
    assert plugins.find("no-such-metric") is None
    assert "no package" in plugins.available("no-such-metric")


@settings(max_examples=30)
@given(st.text(max_size=12))
def test_any_text_is_a_metric_or_a_reason(text):
    assert plugins.find("x" + text) is None


def test_the_example_of_the_page_works_as_pasted(install, tmp_path):
    """Half the contrast is lost where every value goes half the way to the mean."""
    text = PAGE.read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    project = tomllib.loads(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1])["project"]
    points = project["entry-points"]["blindread.metrics"]
    assert set(points.values()) == {"contrast_loss:metric"}
    install("contrast_loss", "", dict.fromkeys(points, "metric"), project["version"])
    (tmp_path / "contrast_loss.py").write_text(code)
    body = np.zeros((24, 20), dtype=bool)
    body[2:9, 3:18] = True
    slice_ = prepared({"whole": None, "body": body})
    slice_ = pair(slice_.reference, slice_.reference / 2 + 25, slice_.masks)

    found = plugins.measure_of("contrast-loss")("contrast-loss", slice_)

    assert found["whole"].value == pytest.approx(0.5)
    assert found["body"].value == pytest.approx(0.5)
    assert plugins.find("contrast-loss").definition.parameters["plugin"] == "contrast_loss 1.2"


@pytest.fixture
def pyiqa(tmp_path, monkeypatch):
    """A package that looks like pyiqa from where we stand."""
    package = tmp_path / "pyiqa"
    package.mkdir()
    (package / "default_model_configs.py").write_text(
        "DEFAULT_CONFIGS = {"
        "'far': {'metric_mode': 'FR', 'lower_better': True, 'score_range': '0, 1'},"
        "'Bright': {'metric_mode': 'NR'}, 'heavy': {'metric_mode': 'NR'}}"
    )
    (package / "__init__.py").write_text(
        textwrap.dedent("""
        import urllib.request
        def create_metric(name, device):
            assert device.type == "cpu"
            print("chatter")
            if name == "heavy":
                urllib.request.urlopen("http://weights.invalid/heavy.pth")
            def far(target, ref):
                assert target.shape[1] == 3 and str(ref.dtype) == "torch.float32"
                return (target - ref).abs().max()
            return far if name == "far" else lambda target: target.mean()
        """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pyiqa", raising=False)
    pyiqa_names.model_of.cache_clear()
    yield
    sys.modules.pop("pyiqa", None)
    pyiqa_names.model_of.cache_clear()


def test_a_name_of_pyiqa_is_measured_on_planes_from_0_to_1(pyiqa, capsys):
    slice_ = prepared()
    reference = np.full((24, 20), 50.0)
    reconstruction = reference.copy()
    reconstruction[3, 4] = 75
    slice_ = pair(reference, reconstruction)

    assert outcome("pyiqa:far", slice_).value == 0.25
    definition = plugins.find("pyiqa:far").definition
    assert (definition.better, definition.needs_reference) == ("lower", True)
    assert plugins.find("pyiqa:bright").definition.needs_reference is False
    assert outcome("pyiqa:bright", slice_).value == pytest.approx(0.5, abs=0.01)
    assert capsys.readouterr().out == ""


def test_pixels_outside_the_body_do_not_change_what_pyiqa_says_of_it(pyiqa):
    body = np.zeros((24, 20), dtype=bool)
    body[2:9, 3:18] = True
    slice_ = prepared({"body": body})
    before = plugins.measure_of("pyiqa:far")("pyiqa:far", slice_)["body"]
    slice_ = pair(slice_.reference, np.where(body, slice_.reconstruction, 90.0), slice_.masks)

    assert plugins.measure_of("pyiqa:far")("pyiqa:far", slice_)["body"] == before


def test_pyiqa_downloads_nothing(pyiqa):
    with pytest.raises(MetricUnavailable, match=r"download .* heavy from weights\.invalid") as told:
        outcome("pyiqa:heavy", prepared())

    assert "create_metric('heavy')" in told.value.remedy
    assert "weights.invalid" in plugins.available("pyiqa:heavy")


def test_a_name_that_pyiqa_lacks_is_a_sentence(pyiqa):
    assert "near are far" in plugins.available("pyiqa:fare")
    assert plugins.note() == "pyiqa's 3 metrics can be named too: pyiqa:NAME"


def test_without_pyiqa_its_names_say_what_to_install():
    if plugins.note():
        pytest.skip("pyiqa is installed")
    assert "pip install pyiqa" in plugins.available("pyiqa:vif")
