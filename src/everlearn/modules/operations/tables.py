"""Tables of the operations module; job_runs is declared by the kernel, which writes it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Moment, Name, Words, choice, column
from everlearn.core.job_table import JobRun
from everlearn.core.tables import Policy, Row
from everlearn.modules.operations.types import ArchiveStrategy

__all__ = ["DataRetentionPolicy", "JobRun"]


class DataRetentionPolicy(
    Row,
    module="operations",
    policy=Policy(rows="tenant", audit=True),
    expose=("list", "get"),
):
    """How long a tenant keeps the rows of a table, where it is not the table's own time."""

    __tablename__ = "data_retention_policies"
    __table_args__ = (
        UniqueConstraint("tenant_id", "table_name"),
        CheckConstraint("retention_period >= interval '1 day'", name="retention_period_valid"),
    )

    table_name: Mapped[Name] = column("Schema-qualified table, such as events.learning_events.")
    retention_period: Mapped[timedelta] = column("How long its rows are kept, at least a day.")
    archive_strategy: Mapped[Words] = choice(
        ArchiveStrategy, "What happens to them then.", default=ArchiveStrategy.DELETE
    )
    last_cleanup: Mapped[Moment | None] = column("When rows were last looked through.")
    created_at: Mapped[Moment] = column("When it was set.", default="now()")


# A CHECK cannot read another table, and app.retention is the kernel's, not a declared one.
AFTER = (
    """
    CREATE OR REPLACE FUNCTION operations.check_retained_table() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (SELECT FROM app.retention r WHERE r.parent = NEW.table_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
          MESSAGE = 'no rows are ever removed from such a table: ' || NEW.table_name;
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER check_table BEFORE INSERT OR UPDATE OF table_name
    ON operations.data_retention_policies
    FOR EACH ROW EXECUTE FUNCTION operations.check_retained_table()
    """,
)
