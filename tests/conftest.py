"""The tests use the public kit."""

from __future__ import annotations

pytest_plugins = ["everlearn.core.testing.plugin"]
