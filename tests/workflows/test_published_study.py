"""The published study of low-dose CT denoising, as a protocol of ours."""

from dataclasses import replace

import pytest

from app.domain.protocol import Criterion
from app.resources import resource
from app.store.csv_file import read_rows
from app.store.key_file import unseal
from app.store.protocol_file import read_protocol, write_protocol
from app.store.study_folder import StudyFolder
from app.store.tables import read_scores
from app.study.design import check, size
from app.workflows.export import export
from app.workflows.plan import lock
from app.workflows.simulate import simulate
from app.workflows.unblind import unblind
from tests.workflows.conftest import finish

PASSPHRASE = "four words for tests"


@pytest.fixture
def published():
    return read_protocol(resource("studies", "ldct.yaml"))


def criterion(protocol, name):
    return next(one for one in protocol.criteria if one.id == name)


def test_it_is_expressed_as_it_was_published(published):
    """By the README of the published data: scales, neutral point and fixed anchors."""
    check(published)

    assert (len(published.cases), len(published.arms), len(published.readers)) == (15, 12, 3)
    assert published.slots + len(published.declared) == 14
    noise = criterion(published, "noise_reduction")
    assert noise.values == tuple(range(1, 15))
    assert noise.neutral == 7
    assert [(one.label, one.value) for one in noise.anchors] == [("LDCT", 1), ("NDCT", 7)]
    for name in ("contrast_retention", "structure_preservation"):
        scale = criterion(published, name)
        assert scale.values == (1, 2, 3, 4, 5)
        assert [(one.label, one.value) for one in scale.anchors] == [("LDCT", 1), ("NDCT", 5)]


def test_one_screen_shows_a_whole_set_to_each_reader(published):
    assert size(published).reads_per_reader == 15


def test_fourteen_images_can_be_ranked_too(published):
    """Twelve blinded places and the two named images, or all fourteen blinded."""
    order = Criterion("order", "ranking", "Order by quality", ())

    check(replace(published, criteria=(*published.criteria, order)))
    blinded = replace(
        published,
        arms=(*published.arms, "LDCT"),
        reference_as_arm=True,
        declared=(),
        slots=14,
        instructions="Put the images in order.",
        criteria=(order,),
    )
    check(blinded)
    assert size(blinded).reads_per_reader == 15


@pytest.mark.shared
def test_it_locks_on_its_images_and_a_dry_reading_is_exported(published, shared, tmp_path):
    images = shared / "data" / "ldct-reader-study" / "dicom"
    few = replace(published, source=str(images), cases=published.cases[:3])
    folder = tmp_path / "study"
    write_protocol(few, StudyFolder.create(folder).protocol)

    finish(lock(folder, PASSPHRASE))
    finish(simulate(folder, PASSPHRASE, 2))
    export(folder, tmp_path / "blind")
    responses = list(read_rows(tmp_path / "blind" / "responses.csv", ("arm", "value")))

    assert len(responses) == 2 * 3 * 12 * 3
    assert {row.text("kind") for row in responses} == {"simulated"}
    codes = set(unseal(StudyFolder(folder).sealed_key, PASSPHRASE).images)
    assert {row.text("arm") for row in responses} < codes
    finish(unblind(folder, PASSPHRASE))
    scores = read_scores(folder / "observations.csv")
    assert {score.arm for score in scores} == set(few.arms)
    assert {int(s.value) for s in scores if s.criterion == "noise_reduction"} <= set(range(1, 15))
