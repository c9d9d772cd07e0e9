"""The page on metrics is what its script makes, and each row of it holds."""

import importlib.util
import sys

import pytest

from app.metrics import weights
from app.metrics.catalog import ENTRIES
from tests.conftest import PROJECT

SCRIPT = PROJECT / "resources" / "docs" / "metrics_table.py"


@pytest.fixture(scope="module")
def table():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("metrics_table", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def values():
    folder = PROJECT.parent / "shared" / "reference" / "metrics"
    if not folder.is_dir():
        pytest.skip("the published values are not at hand (shared/ beside the project)")
    return folder


@pytest.fixture(scope="module")
def found(table, values):
    if any(one.state != "installed" for one in weights.status()):
        pytest.skip("the weights are not installed (blindread weights)")
    return table.agreements(values, table.read(values / "expected.csv"))


def test_the_page_lists_every_metric_as_the_catalogue_does(table):
    """After a change: python resources/docs/metrics_table.py."""
    assert table.catalogue() in table.PAGE.read_text("utf-8")


@pytest.mark.shared
def test_every_published_quantity_is_ours_or_said_not_to_be(table, values):
    published = {
        (line["metric"].split("[")[0], line["definition"])
        for line in table.read(values / "expected.csv")
    }

    assert published == table.OURS.keys() | table.ABSENT.keys()
    assert set(table.OURS.values()) <= {entry.definition.id for entry in ENTRIES}


@pytest.mark.shared
@pytest.mark.weights
def test_every_value_is_as_near_as_packages_are_to_each_other(found):
    too_far = [
        (one.ours, one.key, one.largest) for one in found if not one.largest <= one.tolerance
    ]

    assert not too_far
    assert sum(len(one.differences) for one in found) > 900


@pytest.mark.shared
@pytest.mark.weights
def test_the_page_is_what_the_script_makes(table, values, found):
    former = table.PAGE.read_text("utf-8")

    assert table.page(former, table.agreement_part(values, found)) == former


def test_a_difference_is_rounded_up_to_one_two_or_five(table):
    """Known by hand."""
    assert table.bound(3e-11) == "< 1e-10"
    assert table.bound(1.04e-6) == "< 2e-06"
    assert table.bound(9.7e-7) == "< 1e-06"
    assert table.bound(2.0e-3) == "< 5e-03"
