"""Where settings come from, and which are refused."""

from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from everlearn.core.settings import Settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("EVERLEARN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_need_nothing():
    made = Settings()
    assert (made.host, made.port, made.tenant, made.database_url) == (
        "127.0.0.1",
        8686,
        "default",
        None,
    )


def test_arguments_win_over_the_environment_over_the_file(monkeypatch, tmp_path):
    (tmp_path / "everlearn.toml").write_text('port = 1\nhost = "file"\ntenant = "file"\n')
    monkeypatch.setenv("EVERLEARN_HOST", "environment")
    monkeypatch.setenv("EVERLEARN_TENANT", "environment")
    made = Settings(tenant="argument")
    assert (made.port, made.host, made.tenant) == (1, "environment", "argument")


def test_a_word_of_the_file_that_means_nothing_is_refused(tmp_path):
    (tmp_path / "everlearn.toml").write_text("prot = 1\n")
    with pytest.raises(ValidationError, match="prot"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "many"),
        ("LOG_LEVEL", "loud"),
        ("POOL_SIZE", "0"),
        ("LOCK_TIMEOUT_S", "-1"),
        ("MAX_BODY_BYTES", "0"),
        ("THREADS", "0"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"EVERLEARN_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_a_password_is_not_printed():
    made = Settings(database_url="postgresql://u:hunter2@h/d")  # type: ignore[arg-type]  # pydantic parses it
    assert "hunter2" not in f"{made!r} {made}"


def test_they_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]  # refused, as it says


def test_every_one_is_described():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
