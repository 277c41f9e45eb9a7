"""Which stretches a choice looks at closely is found in rounds, once; the next choice goes there at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.cut import choice, stretches
from pipeline.cut.choice import Chosen, choose_from
from pipeline.cut.order import read_order
from pipeline.cut.request import CutRequest, analyse
from pipeline.film import ResolvedSpan
from pipeline.plan.highlights import choose_highlights
from tests.conftest import Workplace


class Counted:
    """Choices of a film, counted as they are made."""

    def __init__(self, workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
        request = CutRequest(highlights="short")
        self.order, self.count = read_order(analyse(workplace.film, request), request), 0
        monkeypatch.setattr(choice, "choose_highlights", self._counting)

    def _counting(self, *asked: Any, **named: Any) -> Any:
        self.count += 1
        return choose_highlights(*asked, **named)

    def choose(self, *rejected: ResolvedSpan) -> tuple[Chosen, int]:
        """Return what is chosen, and in how many choices."""
        self.count, order = 0, self.order
        times = replace(order.main.times, rejected=rejected)
        return choose_from(order.subject.main, order.preset, times, order.store), self.count


def test_a_second_choice_is_made_at_once_and_is_the_same(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Counted(workplace, monkeypatch)
    made.order = replace(made.order, preset=made.order.preset.model_copy(update={"count": 1}))
    (first, rounds), (again, one) = made.choose(), made.choose()
    assert rounds > 2 and one == 1
    assert again.choice == first.choice and again.keys == first.keys
    assert again.analysis.features == first.analysis.features
    # What is rejected changes nothing of what is looked at.
    h1 = first.choice.highlights[0].edit.parts[0]
    other, one = made.choose(ResolvedSpan(h1.span, "", "moment"))
    assert one == 1 and other.keys == first.keys and other.choice.highlights[0] != first.choice.highlights[0]


def test_other_rules_or_presets_are_found_anew(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Counted(workplace, monkeypatch)
    made.choose()
    made.order = replace(made.order, preset=made.order.preset.model_copy(update={"count": 1}))
    assert made.choose()[1] > 1
    monkeypatch.setattr(stretches, "_rules", lambda: "others")
    assert made.choose()[1] > 1
