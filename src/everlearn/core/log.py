"""Structured logs: one event a line, with the tenant and request it belongs to; never a secret."""

from __future__ import annotations

import logging
import sys
from functools import lru_cache
from typing import Any

import msgspec
import structlog

_SECRETS = ("authorization", "cookie", "password", "secret", "token", "api_key")


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRETS)


def _hide_secrets(_: Any, __: str, event: Any) -> Any:
    for name in event:
        if _is_secret(name):
            event[name] = "***"
    return event


def _to_json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()


def configure(*, level: str = "info", style: str = "auto") -> None:
    """Set up logging once a process; lines go to standard error.

    Args:
        level: least severe level that is written.
        style: ``console``, ``json``, or ``auto`` (console on a terminal).
    """
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer(_to_json)
    )
    log.cache_clear()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide_secrets,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@lru_cache(maxsize=256)
def log(name: str) -> Any:
    """Give a logger whose lines carry `logger=name`."""
    return structlog.get_logger().bind(logger=name)
