from __future__ import annotations

import hashlib

import lightgbm
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from everlearn.modules.registry.maths.artifact import lightgbm_header, pack, unpack


@given(st.binary(max_size=5000))
def test_what_is_packed_comes_back_and_is_named_by_its_content(plain: bytes) -> None:
    packed = pack(plain)
    assert unpack(packed.content) == plain
    assert packed.sha256 == hashlib.sha256(plain).hexdigest()
    assert packed.size_bytes == len(plain)


@given(st.binary(min_size=20, max_size=400), st.data())
def test_one_changed_byte_never_gives_the_same_content(plain: bytes, data: st.DataObject) -> None:
    packed = pack(plain)
    at = data.draw(st.integers(0, len(packed.content) - 1))
    damaged = bytearray(packed.content)
    damaged[at] ^= 0x20
    found = unpack(bytes(damaged))
    assert found is None or found == plain or hashlib.sha256(found).hexdigest() != packed.sha256


def test_the_header_is_read_from_a_text_that_lightgbm_wrote() -> None:
    rows = np.random.default_rng(1).normal(size=(60, 3))
    data = lightgbm.Dataset(rows, rows[:, 0] > 0, feature_name=["speed", "crew", "delay"])
    booster = lightgbm.train({"verbose": -1, "objective": "binary"}, data, 2)
    header = lightgbm_header(booster.model_to_string().encode())
    assert header is not None
    assert header.n_features == 3
    assert header.names == ("speed", "crew", "delay")


@given(st.binary(max_size=200))
def test_other_bytes_are_no_model_text(noise: bytes) -> None:
    assert lightgbm_header(b"x" + noise) is None
