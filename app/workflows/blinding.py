"""From the images of a case to its blinded pictures."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.domain.image import Image, Window
from app.domain.pair import Pair, Pairing
from app.domain.protocol import Protocol
from app.domain.windows import range_window
from app.errors import ProtocolError
from app.store.pixels import write_blinded
from app.study.extras import cases_of
from app.study.variants import BLUR, OTHER, variant_of

Wanted = Mapping[str, Mapping[str, Pair]]
"""The pair of each case and arm."""


def blind_case(
    pixels: Path,
    protocol: Protocol,
    case: str,
    wanted: Wanted,
    codes: Mapping[str, tuple[str, str]],
) -> Window:
    """Write all pictures of a case that have a code; return the window that opens them.

    Raises
    ------
    ProtocolError
        The images of the case do not go together.
    StoreError
        The disk refused.
    """
    images = images_of(protocol, case, wanted[case])
    window = window_of(images[protocol.reference])
    names = {code: cell for code, cell in codes.items() if cell[0] == case}
    shown = {
        code: _variant(arm, images, protocol, case, wanted) for code, (_, arm) in names.items()
    }
    write_blinded(pixels, shown, names=names, window=window)
    return window


def pairs_of(protocol: Protocol, pairing: Pairing) -> dict[str, dict[str, Pair]]:
    """Return the pair of each case and arm; name what is missing."""
    missing = missing_of(protocol, pairing)
    if missing:
        some = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        raise ProtocolError(
            f"{len(missing)} images of the study are not there or not paired: {some}.",
            remedy="Leave these cases or arms out, or run `blindread pair` to see the reasons.",
        )
    pairs = {(pair.case, pair.arm): pair for pair in pairing.pairs}
    arms = _arms_of(protocol)
    return {case: {arm: pairs[case, arm] for arm in arms} for case in cases_of(protocol)}


def missing_of(protocol: Protocol, pairing: Pairing) -> tuple[str, ...]:
    """Return what a study needs and a pairing lacks, as ``case/arm``."""
    there = {(pair.case, pair.arm) for pair in pairing.pairs}
    return tuple(
        f"{case}/{arm}"
        for case in cases_of(protocol)
        for arm in _arms_of(protocol)
        if (case, arm) not in there
    )


def _arms_of(protocol: Protocol) -> tuple[str, ...]:
    """Return the arms whose images a study needs, judged or shown beside."""
    declared = [one.arm for one in protocol.declared if one.arm != protocol.reference]
    return tuple(dict.fromkeys((*protocol.arms, *declared)))


def _variant(
    name: str,
    images: Mapping[str, Image],
    protocol: Protocol,
    case: str,
    pairs: Mapping[str, Mapping[str, Pair]],
) -> Image:
    """Return the picture of an arm of a case, or what a catch trial shows in its place."""
    from app.images.catch_images import blurred, in_place_of

    arm, suffix = variant_of(name)
    if suffix == BLUR:
        return blurred(images[arm])
    if suffix == OTHER:
        place = protocol.cases.index(case)
        other = protocol.cases[(place + 1) % len(protocol.cases)]
        return in_place_of(images[arm], images_of(protocol, other, pairs[other])[arm])
    return images[arm]


def images_of(protocol: Protocol, case: str, pairs: Mapping[str, Pair]) -> dict[str, Image]:
    """Read the arms and the reference of one case, on the slices that all of them have.

    All lie on the reference's grid, and where one arm has no data none shows any:
    a smaller field of view would tell the arm.
    """
    from app.images.read import read_image
    from app.images.regrid import read_reconstruction

    common = set.intersection(*({first for first, _ in pair.slices} for pair in pairs.values()))
    if not common:
        raise ProtocolError(
            f"Case {case}: its arms share no slice.", remedy="Leave the case out of the study."
        )
    order = sorted(common)
    first = next(iter(pairs.values()))
    images = {protocol.reference: read_image(first.reference, order)}
    for arm, pair in pairs.items():
        place = {index: at for at, (index, _) in enumerate(pair.slices)}
        images[arm] = read_reconstruction(pair, [place[index] for index in order])
    reference = images[protocol.reference]
    masks = [image.covered for image in images.values() if image.covered is not None]
    covered = np.logical_and.reduce(masks) if masks else None
    return {
        arm: replace(image, grid=reference.grid, inverted=reference.inverted, covered=covered)
        for arm, image in images.items()
    }


def window_of(reference: Image) -> Window:
    """Return the opening window of a case: the reference's own, common to all arms."""
    from app.workflows.inspect import value_limits

    if reference.windows:
        return replace(reference.windows[0].plain(), explanation="")
    return range_window(*value_limits(reference))
