"""Words of the devlab module that others may use."""

from __future__ import annotations

from enum import StrEnum


class Environment(StrEnum):
    """Where a project's code is meant to run."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class FileType(StrEnum):
    """What a file is for."""

    CODE = "code"
    TEST = "test"
    CONFIG = "config"
    DOCUMENTATION = "documentation"


class ExecutionStatus(StrEnum):
    """Where a run of code stands, or how it ended."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    KILLED = "killed"


class AnalysisType(StrEnum):
    """What code is looked at for."""

    SECURITY = "security"
    PERFORMANCE = "performance"
    QUALITY = "quality"
    COMPLEXITY = "complexity"
    DEPENDENCY = "dependency"


class Severity(StrEnum):
    """How bad a finding is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class TestType(StrEnum):
    """How much of a program a test runs through."""

    __test__ = False  # not a test case, whatever its name says

    UNIT = "unit"
    INTEGRATION = "integration"
    E2E = "e2e"


class Framework(StrEnum):
    """What runs a test."""

    JEST = "jest"
    PYTEST = "pytest"
    JUNIT = "junit"


class TestStatus(StrEnum):
    """A test's last result."""

    __test__ = False  # not a test case, whatever its name says

    PENDING = "pending"
    PASS = "pass"  # noqa: S105 - a result, no password
    FAIL = "fail"
    ERROR = "error"


class InsightType(StrEnum):
    """What a suggestion is about."""

    OPTIMIZATION = "optimization"
    SECURITY = "security"
    REFACTOR = "refactor"
    TEST = "test"
    DEPENDENCY = "dependency"


class Priority(StrEnum):
    """How soon a suggestion is worth following."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
