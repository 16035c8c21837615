from __future__ import annotations

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.modules.devlab import tables, types


def refused(tx, row, column, value) -> Invalid:
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: value})
    assert caught.value.field == column
    return caught.value


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (tables.DevlabProject, "environment", types.Environment),
        (tables.DevlabFile, "file_type", types.FileType),
        (tables.DevlabExecution, "status", types.ExecutionStatus),
        (tables.DevlabAnalysis, "analysis_type", types.AnalysisType),
        (tables.DevlabAnalysis, "severity", types.Severity),
        (tables.DevlabTest, "test_type", types.TestType),
        (tables.DevlabTest, "framework", types.Framework),
        (tables.DevlabTest, "status", types.TestStatus),
        (tables.DevlabVulnerability, "severity", types.Severity),
        (tables.DevlabInsight, "insight_type", types.InsightType),
        (tables.DevlabInsight, "priority", types.Priority),
    ],
)
def test_a_vocabulary_refuses_other_words(tx, row, column, words):
    error = refused(tx, row, column, "nonsense")
    assert error.facts["allowed"] == [word.value for word in words]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (tables.DevlabProject, "meta_data", []),
        (tables.DevlabFile, "file_path", ""),
        (tables.DevlabFile, "file_path", "x" * 501),
        (tables.DevlabFile, "size_bytes", -1),
        (tables.DevlabExecution, "execution_time_ms", -1.0),
        (tables.DevlabExecution, "memory_used_mb", float("nan")),
        (tables.DevlabExecution, "cpu_time_seconds", -0.1),
        (tables.DevlabExecution, "security_scan_result", []),
        (tables.DevlabAnalysis, "confidence", 1.2),
        (tables.DevlabAnalysis, "findings", {}),
        (tables.DevlabTest, "coverage_percentage", 100.5),
        (tables.DevlabTest, "duration_ms", -1.0),
        (tables.DevlabVulnerability, "cve_id", "2024-3094"),
        (tables.DevlabVulnerability, "code_location", []),
        (tables.DevlabInsight, "confidence", -0.1),
    ],
)
def test_refuses(tx, row, column, value):
    refused(tx, row, column, value)


def test_kinds_of_vulnerability_are_an_open_list(tx):
    made = make(
        tx, tables.DevlabVulnerability, vulnerability_type="path_traversal", cve_id="CVE-2024-3094"
    )
    assert made.is_fixed is False


@pytest.mark.parametrize(
    ("row", "keys"),
    [
        (tables.DevlabProject, ("project_id",)),
        (tables.DevlabFile, ("project_id", "file_path", "file_name")),
    ],
)
def test_a_key_is_there_once(tx, row, keys):
    first = make(tx, row)
    with pytest.raises(Duplicate), tx.savepoint():
        make(tx, row, **{key: getattr(first, key) for key in keys})


class TestDeletion:
    def delete(self, tx, project):
        tx.execute("DELETE FROM devlab_projects WHERE id = :id", {"id": project.id})

    def test_files_and_what_is_said_about_the_code_go_with_the_project(self, tx):
        project = make(tx, tables.DevlabProject)
        file = make(tx, tables.DevlabFile, project_id=project.id)
        for row in (tables.DevlabAnalysis, tables.DevlabVulnerability, tables.DevlabInsight):
            make(tx, row, project_id=project.id, file_id=file.id)
        make(tx, tables.DevlabTest, project_id=project.id)
        self.delete(tx, project)
        for name in ("files", "analyses", "tests", "vulnerabilities", "insights"):
            assert tx.scalar(f"SELECT count(*) FROM devlab_{name}") == 0, name

    def test_a_run_outlives_its_file(self, tx):
        file = make(tx, tables.DevlabFile)
        run = make(tx, tables.DevlabExecution, project_id=file.project_id, file_id=file.id)
        tx.execute("DELETE FROM devlab_files WHERE id = :id", {"id": file.id})
        query = "SELECT file_id FROM devlab_executions WHERE id = :id"
        assert tx.execute(query, {"id": run.id}).all() == [(None,)]

    def test_a_project_with_runs_stays(self, tx):
        run = make(tx, tables.DevlabExecution)
        with pytest.raises(Invalid), tx.savepoint():
            tx.execute("DELETE FROM devlab_projects WHERE id = :id", {"id": run.project_id})
