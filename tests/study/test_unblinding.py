from dataclasses import replace

import pytest

from app.domain.presentation import Response, Viewing
from app.domain.trial import Key, Trial
from app.errors import StoreError
from app.study.unblinding import final_responses, observe, scores

VIEWING = Viewing(shown_at="2024-05-01T10:00:00Z", answered_at="2024-05-01T10:00:09Z")
KEY = Key(
    study="s",
    protocol_sha256="h",
    seed=1,
    images={},
    trials=(Trial("R1", 1, "P1", "case1", ("good", "bad")),),
)


def response(**changes):
    fields = {
        "id": "1",
        "reader": "R1",
        "session": "1",
        "position": 1,
        "presentation": "P1",
        "slot": "A",
        "opponent": "B",
        "criterion": "preference",
        "value": 2,
        "label": "A much better",
        "viewing": VIEWING,
    } | changes
    return Response(**fields)


def test_slots_become_arms():
    preference, rating, comment = observe(
        [
            response(),
            response(id="2", slot="B", opponent="", criterion="quality", value=1),
            response(id="3", slot="", opponent="", criterion="comment", value=None),
        ],
        KEY,
    )

    assert (preference.arm, preference.opponent) == ("good", "bad")
    assert (rating.arm, rating.opponent) == ("bad", "")
    assert (comment.arm, comment.opponent) == ("", "")
    assert preference.trial.case == "case1"


def test_only_the_last_of_a_chain_of_answers_stands():
    chain = [response(), response(id="2", amends="1"), response(id="3", amends="2", value=-2)]

    assert final_responses(chain) == (chain[2],)
    assert [(s.arm, s.opponent, s.value) for s in scores(observe(chain, KEY))] == [
        ("good", "bad", -2.0)
    ]


def test_simulated_wins_over_every_other_kind():
    (score,) = scores(observe([response(simulated=True)], KEY))

    assert score.kind == "simulated"


@pytest.mark.parametrize(
    "alien", [{"presentation": "P2"}, {"reader": "R2"}, {"slot": "C"}, {"opponent": "F"}]
)
def test_an_answer_to_no_trial_of_the_key_is_refused(alien):
    with pytest.raises(StoreError):
        observe([replace(response(), **alien)], KEY)
