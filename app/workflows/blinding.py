"""From the images of a case to its blinded pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.image import Image, Window
from app.domain.pair import Pair, Pairing, borrows_polarity
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
    wanted = {case: {arm: pairs[case, arm] for arm in arms} for case in cases_of(protocol)}
    for case, own in wanted.items():
        if len({pair.reference.slices for pair in own.values()}) > 1:
            raise ProtocolError(
                f"The arms of case '{case}' are paired with different series of its reference.",
                remedy="Keep one series in the reference's folder, or leave the case out.",
            )
    return wanted


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

    All lie on the reference's grid, and where one image has no data none shows any: a
    smaller field of view, or corners that are padding in one alone, would tell the arm.

    Raises
    ------
    ProtocolError
        The images share no slice, or nothing says that low values look alike in them.
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
    for arm, pair in pairs.items():
        _check_polarity(case, arm, pair, reference, images[arm])
    covered = _seen_in_all(list(images.values()))
    return {
        arm: replace(
            image,
            grid=reference.grid,
            inverted=reference.inverted,
            covered=covered,
            padding=None,
        )
        for arm, image in images.items()
    }


def _seen_in_all(images: Sequence[Image]) -> NDArray[np.bool_] | None:
    """Return where every image of a case has a number that is tissue; None for everywhere."""
    seen = np.ones(images[0].grid.shape, dtype=np.bool_)
    for image in images:
        for index, plane in enumerate(seen):
            valid = image.valid(index)
            if valid is not None:
                plane &= valid
            if image.pixels.dtype.kind == "f":
                plane &= np.isfinite(image.pixels[index])
    return None if seen.all() else seen


def _check_polarity(case: str, arm: str, pair: Pair, reference: Image, image: Image) -> None:
    """Refuse an arm that may look like a negative where it is shown as its reference is.

    In one unit, and where a manifest states the values, a number means the same in both.
    """
    one_meaning = image.unit == reference.unit != "" or pair.reconstruction.mapping is not None
    if image.inverted == reference.inverted or one_meaning or borrows_polarity(pair.reconstruction):
        return
    bright, dark = ("arm", "reference") if image.inverted else ("reference", "arm")
    raise ProtocolError(
        f"Case '{case}', arm '{arm}': the {bright} is stored with its low values bright "
        f"(MONOCHROME1, MINISWHITE), the {dark} is not, and nothing gives their unit; one may "
        "look like a negative of the other.",
        remedy="Write the arm as the reference is written, or state in a manifest by which slope "
        "and intercept its values are the reference's (a slope of -1 turns them).",
    )


def window_of(reference: Image) -> Window:
    """Return the opening window of a case: the reference's own, common to all arms."""
    from app.workflows.inspect import value_limits

    if reference.windows:
        return replace(reference.windows[0].plain(), explanation="")
    return range_window(*value_limits(reference))
