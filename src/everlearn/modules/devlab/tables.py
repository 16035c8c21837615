"""Tables of the devlab module."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Double, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Bytes,
    Id,
    Json,
    JsonList,
    Millis,
    Moment,
    Name,
    Score,
    Seconds,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.devlab.types import (
    AnalysisType,
    Environment,
    ExecutionStatus,
    FileType,
    Framework,
    InsightType,
    Priority,
    Severity,
    TestStatus,
    TestType,
)

FilePath = Annotated[str, mapped_column(Text, info={"check": "{c} <> '' AND length({c}) <= 500"})]
Percent = Annotated[float, mapped_column(Double, info={"check": "{c} BETWEEN 0 AND 100"})]
Megabytes = Annotated[float, mapped_column(Double, info={"check": "{c} >= 0 AND {c} < 'infinity'"})]
CveId = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^CVE-[0-9]{{4}}-[0-9]{{4,}}$'"})]


class DevlabProject(
    Row, module="devlab", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A code project; one that has runs is made inactive, not deleted."""

    __tablename__ = "devlab_projects"
    __table_args__ = (UniqueConstraint("tenant_id", "project_id"),)

    project_id: Mapped[Name] = column("Id in the world outside, unique within the tenant.")
    name: Mapped[Name] = column("Name shown to people.")
    description: Mapped[Words | None] = column("What it is about.")
    # Free text: which languages can be run is a matter of the sandbox, not of the table.
    language: Mapped[Name] = column("Main language, such as python.", index=True)
    # Personal: says whose it is.
    user_id: Mapped[Id | None] = ref("tenancy.users", "Whose it is.", ondelete="SET NULL")
    environment: Mapped[Words] = choice(
        Environment, "Where its code is meant to run.", default=Environment.DEV
    )
    is_active: Mapped[bool] = column("Whether it is worked on.", default="true")
    meta_data: Mapped[Json] = column("Anything else the client keeps with it.", default="'{}'")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class DevlabFile(
    Row, module="devlab", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A file of a project; it goes with the project."""

    __tablename__ = "devlab_files"
    __table_args__ = (UniqueConstraint("tenant_id", "project_id", "file_path", "file_name"),)

    project_id: Mapped[Id] = ref("devlab.devlab_projects", "Its project.", ondelete="CASCADE")
    file_path: Mapped[FilePath] = column("Path within the project.")
    file_name: Mapped[Name] = column("Name without the path.")
    content: Mapped[Words | None] = column("Text of the file.")
    language: Mapped[Name | None] = column("Language it is written in.")
    file_type: Mapped[Words | None] = choice(FileType, "What it is for.")
    size_bytes: Mapped[Bytes | None] = column("Size in bytes.")
    encoding: Mapped[Name] = column("Encoding of the file outside.", default="'utf-8'")
    is_active: Mapped[bool] = column("Whether it is part of the project.", default="true")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class DevlabExecution(
    Row,
    module="devlab",
    policy=Policy(rows="tenant", keep_days=365),
    expose=("list", "get"),
):
    """One run of code in a container: what was run, how it ended and what it used."""

    __tablename__ = "devlab_executions"
    __table_args__ = (
        Index("ix_devlab_executions_status", "tenant_id", "status", "created_at"),
        Index("ix_devlab_executions_created_at", "tenant_id", "created_at"),
    )

    project_id: Mapped[Id] = ref("devlab.devlab_projects", "Its project.")
    file_id: Mapped[Id | None] = ref(
        "devlab.devlab_files", "File that was run; NULL for loose code.", ondelete="SET NULL"
    )
    # Personal: says who ran it.
    user_id: Mapped[Id | None] = ref("tenancy.users", "Who ran it.", ondelete="SET NULL")
    language: Mapped[Name] = column("Language it was run as.")
    code: Mapped[Words] = column("The code as it was run.")
    status: Mapped[Words] = choice(
        ExecutionStatus, "Where it stands.", default=ExecutionStatus.PENDING
    )
    output: Mapped[Words | None] = column("What it wrote to its output.")
    error: Mapped[Words | None] = column("What it wrote to its error output.")
    exit_code: Mapped[int | None] = column("Exit code of the process.")
    execution_time_ms: Mapped[Millis | None] = column("Wall-clock time in milliseconds.")
    memory_used_mb: Mapped[Megabytes | None] = column("Greatest memory in use, in MiB.")
    cpu_time_seconds: Mapped[Seconds | None] = column("Processor time in seconds.")
    container_id: Mapped[Name | None] = column("Container that kept it apart.")
    security_scan_result: Mapped[Json | None] = column("What the scan before the run found.")
    created_at: Mapped[Moment] = column("When it was asked for.", default="now()")


class DevlabAnalysis(
    Row,
    module="devlab",
    policy=Policy(rows="tenant", append_only=True, keep_days=365),
    expose=("list", "get"),
):
    """Result of one analysis of a project or a file."""

    __tablename__ = "devlab_analyses"
    __table_args__ = (
        Index("ix_devlab_analyses_type", "tenant_id", "analysis_type", "created_at"),
        Index("ix_devlab_analyses_created_at", "tenant_id", "created_at"),
    )

    project_id: Mapped[Id] = ref("devlab.devlab_projects", "Its project.", ondelete="CASCADE")
    file_id: Mapped[Id | None] = ref(
        "devlab.devlab_files", "File that was looked at.", ondelete="CASCADE"
    )
    analysis_type: Mapped[Words] = choice(AnalysisType, "What it was looked at for.")
    code_snippet: Mapped[Words | None] = column("The lines in question.")
    findings: Mapped[JsonList | None] = column("What was found, one entry each.")
    severity: Mapped[Words | None] = choice(Severity, "How bad the worst finding is.")
    confidence: Mapped[Score | None] = column("How sure the analysis is, 0 to 1.")
    suggestions: Mapped[JsonList | None] = column("What to do, one entry each.")
    model_version: Mapped[Name | None] = column("Version of the model that analysed.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")


class DevlabTest(Row, module="devlab", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A test, written or generated, and its last result."""

    __tablename__ = "devlab_tests"

    project_id: Mapped[Id] = ref("devlab.devlab_projects", "Its project.", ondelete="CASCADE")
    test_name: Mapped[Name] = column("Name of the test.")
    test_type: Mapped[Words | None] = choice(TestType, "How much it runs through.")
    framework: Mapped[Words | None] = choice(Framework, "What runs it.")
    test_code: Mapped[Words | None] = column("The test itself.")
    status: Mapped[Words] = choice(TestStatus, "Its last result.", default=TestStatus.PENDING)
    duration_ms: Mapped[Millis | None] = column("How long it took, in milliseconds.")
    coverage_percentage: Mapped[Percent | None] = column("Lines it runs through, in per cent.")
    generated_by_ai: Mapped[bool] = column("Whether a model wrote it.", default="false")
    model_version: Mapped[Name | None] = column("Version of the model that wrote it.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")


class DevlabVulnerability(
    Row, module="devlab", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """A vulnerability that was found in a project."""

    __tablename__ = "devlab_vulnerabilities"

    project_id: Mapped[Id] = ref("devlab.devlab_projects", "Its project.", ondelete="CASCADE")
    file_id: Mapped[Id | None] = ref("devlab.devlab_files", "File it is in.", ondelete="SET NULL")
    # Free text: sql_injection, xss and csrf are three of many hundred known kinds.
    vulnerability_type: Mapped[Name] = column("Kind, such as sql_injection.")
    severity: Mapped[Words] = choice(Severity, "How bad it is.")
    description: Mapped[Words] = column("What is wrong.")
    code_location: Mapped[Json | None] = column("Where: line, column and file_path.")
    cve_id: Mapped[CveId | None] = column("Its number in the public list, such as CVE-2024-3094.")
    fix_suggestion: Mapped[Words | None] = column("How to mend it.")
    is_fixed: Mapped[bool] = column("Whether it is mended.", default="false")
    detected_by: Mapped[Name | None] = column("Scanner, model or person that found it.")
    created_at: Mapped[Moment] = column("When it was found.", default="now()", index=True)


class DevlabInsight(Row, module="devlab", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A suggestion about a project, with how sure it is and what to do."""

    __tablename__ = "devlab_insights"
    __table_args__ = (Index("ix_devlab_insights_type", "tenant_id", "insight_type", "created_at"),)

    project_id: Mapped[Id | None] = ref(
        "devlab.devlab_projects", "Project it is about; NULL for all.", ondelete="CASCADE"
    )
    file_id: Mapped[Id | None] = ref(
        "devlab.devlab_files", "File it is about.", ondelete="SET NULL"
    )
    insight_type: Mapped[Words] = choice(InsightType, "What it is about.")
    title: Mapped[Name] = column("What it says, in one line.")
    description: Mapped[Words] = column("What it says, and why.")
    confidence: Mapped[Score] = column("How sure it is, 0 to 1.")
    action: Mapped[Name | None] = column("What to do.")
    code_reference: Mapped[Json | None] = column("The code it speaks of.")
    priority: Mapped[Words | None] = choice(Priority, "How soon it is worth it.")
    is_applied: Mapped[bool] = column("Whether it was followed.", default="false")
    model_version: Mapped[Name | None] = column("Version of the model that suggests it.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)
