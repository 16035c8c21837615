"""Words of the patterns module."""

from __future__ import annotations

from enum import StrEnum


class PatternType(StrEnum):
    """What kind of thing a pattern is."""

    CODE_SMELL = "code_smell"
    PERFORMANCE_BOTTLENECK = "performance_bottleneck"
    USAGE_PATTERN = "usage_pattern"
    SECURITY_VULNERABILITY = "security_vulnerability"
    DESIGN_PATTERN = "design_pattern"
    ANTI_PATTERN = "anti_pattern"


class Severity(StrEnum):
    """How much a pattern matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class PatternStatus(StrEnum):
    """What was decided about a pattern."""

    ACTIVE = "active"
    INVESTIGATING = "investigating"
    RESOLVED = "resolved"
    IGNORED = "ignored"
    FALSE_POSITIVE = "false_positive"


class SourceType(StrEnum):
    """What a pattern was seen in."""

    GIT_COMMIT = "git_commit"
    CODE_FILE = "code_file"
    USER_SESSION = "user_session"
