"""Tables of the audit module."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Count, Id, Json, Moment, Name, Sha256, Words, choice, column
from everlearn.core.tables import By, Policy, Row
from everlearn.modules.audit.types import ActionType


class AuditLog(
    Row,
    module="audit",
    # hot: the trail has no reference to tenants, so it outlives them. No keep_days: never purged.
    # Whatever a user does is written down, though what others did is not his to read.
    policy=Policy(
        rows="tenant",
        see=("owner:user_id", "member:team_id"),
        add=("anyone",),
        append_only=True,
        hot=True,
        partition=By("created_at", "month"),
    ),
    expose=("get",),
):
    """Append-only audit trail; each row is chained to the one before it by a hash."""

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index("ix_audit_logs_seq", "tenant_id", "seq"),
        Index("ix_audit_logs_resource", "tenant_id", "resource_type", "resource_id"),
        Index("ix_audit_logs_user", "tenant_id", "user_id", "seq"),
        Index("ix_audit_logs_team", "tenant_id", "team_id", "seq"),
        Index("ix_audit_logs_action", "tenant_id", "action_type", "seq"),
        Index("ix_audit_logs_success", "tenant_id", "success", "seq"),
        Index("ix_audit_logs_created_at", "tenant_id", "created_at"),
    )

    # No reference: a user who is deleted must not change what the trail says.
    user_id: Mapped[Id | None] = column("User who did it; NULL for jobs and keys without one.")
    team_id: Mapped[Id | None] = column("Team on whose behalf it was done, if any.")
    action_type: Mapped[Words] = choice(ActionType, "What was done.")
    resource_type: Mapped[Name] = column("Kind of thing it was done to, such as model or users.")
    resource_id: Mapped[Words | None] = column("Which one.")
    action_details: Mapped[Json] = column(
        "What changed; for a table, column to [before, after].", default="'{}'"
    )
    ip_address: Mapped[Words | None] = column("Address the request came from.")
    user_agent: Mapped[Words | None] = column("Program the request came from.")
    success: Mapped[bool] = column("Whether it was done, or refused.", default="true")
    error_message: Mapped[Words | None] = column("Why it was refused.")
    meta: Mapped[Json] = column(
        "More about the circumstances, such as the actor's name.", name="metadata", default="'{}'"
    )
    created_at: Mapped[Moment] = column("When it was done.", primary_key=True, default="now()")
    # The three below are filled in by the trigger; whatever an INSERT says is overwritten.
    seq: Mapped[Count] = column("Place in the tenant's chain, 1, 2, 3 ...", default="0")
    previous_sha256: Mapped[Sha256] = column(
        "Hash of the row before; zeros for the first.", default="repeat('0', 64)"
    )
    sha256: Mapped[Sha256] = column(
        "Hash over this row and previous_sha256.", default="repeat('0', 64)"
    )


class AuditChainHead(Row, module="audit", policy=Policy(rows="tenant", append_only=True, hot=True)):
    """The newest place of each tenant's chain: rows cut off its end show too."""

    __tablename__ = "audit_chain_heads"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    seq: Mapped[Count] = column("Sequence number of the newest row.")
    sha256: Mapped[Sha256] = column("Hash of the newest row.")


FUNCTIONS = (
    # As the kernel's first version, and: names the team, so that its members read what was changed
    # in it, save in the tables that are for the team's admins alone; blanks the set-up of a single
    # sign-on, which holds the provider's secrets.
    """
    CREATE OR REPLACE FUNCTION app.audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
      new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
      either jsonb := old_row || new_row;
      changed jsonb;
    BEGIN
      SELECT coalesce(jsonb_object_agg(k.key, CASE
               WHEN k.key ~ '(secret|password|hashed|encrypted|api_key)'
                 OR (TG_TABLE_NAME = 'sso_configurations' AND k.key = 'config') THEN '"***"'::jsonb
               ELSE jsonb_build_array(old_row -> k.key, new_row -> k.key) END), '{}')
        INTO changed
        FROM (SELECT jsonb_object_keys(either) AS key) k
       WHERE (old_row -> k.key) IS DISTINCT FROM (new_row -> k.key) AND k.key <> 'updated_at';
      PERFORM app.ensure_partition('audit.audit_logs', clock_timestamp());
      INSERT INTO audit.audit_logs (tenant_id, user_id, team_id, action_type, resource_type,
        resource_id, action_details, created_at)
      VALUES ((either ->> 'tenant_id')::uuid, app.user_id(),
              CASE WHEN TG_TABLE_NAME = 'teams' THEN (either ->> 'id')::uuid
                   WHEN TG_TABLE_NAME NOT IN ('sso_configurations', 'enterprise_settings')
                     THEN (either ->> 'team_id')::uuid END,
              CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END,
              TG_TABLE_NAME, either ->> 'id', changed, clock_timestamp());
      RETURN NULL;
    END $$
    """,
    # A row is broken when it does not hash to what it says, does not follow the row before, or when
    # a number is missing before it. The head, kept apart, shows rows that were cut off at the end.
    # SECURITY DEFINER: whoever may not read every row must still learn whether the trail is whole,
    # and would else be told that what he does not see is missing.
    """
    CREATE OR REPLACE FUNCTION audit.check_chain(OUT rows bigint, OUT head_seq bigint,
      OUT head_sha256 text, OUT first_broken bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      WITH chain AS (
        SELECT l.seq, l.previous_sha256, l.sha256,
          coalesce(lag(l.seq) OVER w, 0) AS seq_before,
          coalesce(lag(l.sha256) OVER w, repeat('0', 64)) AS sha256_before,
          app.audit_sha256(l.previous_sha256, l.seq, l.created_at, app.audit_content(l.tenant_id,
            l.id, l.user_id, l.team_id, l.action_type, l.resource_type, l.resource_id,
            l.action_details, l.ip_address, l.user_agent, l.success, l.error_message, l.metadata)
          ) AS computed
        FROM audit.audit_logs l
        WHERE l.tenant_id = app.tenant_id()
        WINDOW w AS (ORDER BY l.seq, l.id)
      ), found AS (
        SELECT count(*) AS n, coalesce(max(c.seq), 0) AS last_seq,
          (array_agg(c.sha256 ORDER BY c.seq DESC))[1] AS last_sha256,
          min(CASE WHEN c.seq > c.seq_before + 1 THEN c.seq_before + 1 ELSE c.seq END) FILTER (
            WHERE c.computed <> c.sha256 OR c.previous_sha256 <> c.sha256_before
              OR c.seq <> c.seq_before + 1
          ) AS broken
        FROM chain c
      ), head AS (
        SELECT h.seq, h.sha256 FROM audit.audit_chain_heads h WHERE h.tenant_id = app.tenant_id()
      )
      SELECT f.n, coalesce(h.seq, 0), coalesce(h.sha256, repeat('0', 64)),
        CASE
          WHEN f.broken IS NOT NULL THEN f.broken
          WHEN coalesce(h.seq, 0) > f.last_seq THEN f.last_seq + 1
          WHEN coalesce(h.seq, 0) < f.last_seq THEN coalesce(h.seq, 0) + 1
          WHEN h.sha256 <> f.last_sha256 THEN f.last_seq
        END
      INTO rows, head_seq, head_sha256, first_broken
      FROM found f LEFT JOIN head h ON true;
    END $$
    """,
    "REVOKE EXECUTE ON FUNCTION audit.check_chain() FROM PUBLIC",
    """
    GRANT EXECUTE ON FUNCTION audit.check_chain()
    TO everlearn_app, everlearn_reader, everlearn_service
    """,
    (
        "COMMENT ON FUNCTION audit.check_chain() IS"
        " 'Whether the trail of this transaction''s tenant is whole, and where it breaks first.'"
    ),
)

AFTER = (
    """
    CREATE OR REPLACE TRIGGER chain BEFORE INSERT ON audit.audit_logs
    FOR EACH ROW EXECUTE FUNCTION app.chain_audit()
    """,
)
