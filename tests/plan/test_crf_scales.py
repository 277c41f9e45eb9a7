"""CRFs of every codec come back from libx264's, and go one way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.crf_scales import CRF_SCALES, CrfScale

codecs = st.sampled_from(sorted(CRF_SCALES.items()))


@given(codecs, st.floats(0, 63), st.floats(0.01, 20))
def test_a_crf_comes_back_and_a_higher_one_is_worse(codec: tuple[str, CrfScale], crf: float, more: float) -> None:
    _, scale = codec
    assert scale.own(scale.as_x264(crf)) == pytest.approx(crf, abs=1e-9)
    assert scale.as_x264(crf + more) > scale.as_x264(crf)
    assert scale.own(crf + more) > scale.own(crf)


def test_beyond_its_bend_a_step_of_x265_is_worth_more() -> None:
    hevc = CRF_SCALES["hevc"]
    assert hevc.as_x264(28) == pytest.approx(32.4)
    assert hevc.as_x264(27) == pytest.approx(31.6) and hevc.as_x264(29) == pytest.approx(33.6)
    assert hevc.own(33.6) == pytest.approx(29) and hevc.own(31.6) == pytest.approx(27)


def test_x264s_own_crf_is_itself() -> None:
    assert CRF_SCALES["h264"].as_x264(23.25) == CRF_SCALES["h264"].own(23.25) == 23.25
