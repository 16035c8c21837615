-- Written by `make schema` from the migrations; not to be edited.

CREATE SCHEMA analytics;

CREATE SCHEMA app;

COMMENT ON SCHEMA app IS 'Shared functions and the registers of partitions and retention.';

CREATE SCHEMA audit;

CREATE SCHEMA caching;

CREATE SCHEMA catalog;

CREATE SCHEMA codequality;

CREATE SCHEMA commerce;

CREATE SCHEMA content;

CREATE SCHEMA datasets;

CREATE SCHEMA devlab;

CREATE SCHEMA discovery;

CREATE SCHEMA drift;

CREATE SCHEMA ensembles;

CREATE SCHEMA events;

CREATE SCHEMA evolution;

CREATE SCHEMA experiments;

CREATE SCHEMA features;

CREATE SCHEMA federated;

CREATE SCHEMA feedback;

CREATE SCHEMA finetuning;

CREATE SCHEMA jobs;

COMMENT ON SCHEMA jobs IS 'The job queue (procrastinate); holds ids only, reached by everlearn_queue.';

CREATE SCHEMA loop;

CREATE SCHEMA nas;

CREATE SCHEMA operations;

CREATE SCHEMA parts;

COMMENT ON SCHEMA parts IS 'Partitions; never granted, so that nobody goes around the parents'' policies.';

CREATE SCHEMA patterns;

CREATE SCHEMA predictions;

CREATE SCHEMA registry;

CREATE SCHEMA tenancy;

CREATE SCHEMA training;

CREATE SCHEMA transfer;

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

CREATE TYPE jobs.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);

CREATE TYPE jobs.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);

CREATE TYPE jobs.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);

CREATE FUNCTION analytics.mark_stale_usage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO analytics.stale_usage_days (tenant_id, used_on)
        SELECT DISTINCT n.tenant_id, (n.hour_start AT TIME ZONE 'UTC')::date
        FROM new_rows n WHERE n.role = 'live';
      ELSE
        INSERT INTO analytics.stale_usage_days (tenant_id, used_on)
        SELECT DISTINCT o.tenant_id, (o.hour_start AT TIME ZONE 'UTC')::date
        FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE o.role = 'live' AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      END IF;
      RETURN NULL;
    END $$;

COMMENT ON FUNCTION analytics.mark_stale_usage() IS 'Notes the days whose usage a statement on hourly_prediction_usage made stale.';

CREATE FUNCTION app.audit_content(tenant_id uuid, id uuid, user_id uuid, team_id uuid, action_type text, resource_type text, resource_id text, details jsonb, ip_address text, user_agent text, success boolean, error text, metadata jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT jsonb_build_array(tenant_id, id, user_id, team_id, action_type, resource_type, resource_id,
    details, ip_address, user_agent, success, error, metadata)
$$;

CREATE FUNCTION app.audit_row() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
    END $$;

COMMENT ON FUNCTION app.audit_row() IS 'Writes a change of an audited table to audit_logs.';

CREATE FUNCTION app.audit_sha256(previous text, seq bigint, at timestamp with time zone, content jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT encode(sha256(convert_to(jsonb_build_array(previous, seq, extract(epoch FROM at), content)::text,
    'UTF8')), 'hex')
$$;

COMMENT ON FUNCTION app.audit_sha256(previous text, seq bigint, at timestamp with time zone, content jsonb) IS 'Hash of an audit row and of the one before it.';

CREATE FUNCTION app.authenticate(secret_hash text, at timestamp with time zone) RETURNS TABLE(tenant_id uuid, tenant_slug text, tenant_name text, key_id uuid, kind text, user_id uuid, user_name text, role text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  before text := coalesce(current_setting('app.tenant_id', true), '');
  known record;
BEGIN
  FOR known IN SELECT r.key_id, r.tenant_id FROM app.secret_register r WHERE r.secret_sha256 = secret_hash LOOP
    PERFORM set_config('app.tenant_id', known.tenant_id::text, true);
    RETURN QUERY
    SELECT k.tenant_id, t.slug, t.name, k.id, k.kind, k.user_id, u.username, k.role
    FROM tenancy.api_keys k
    JOIN tenancy.tenants t ON t.id = k.tenant_id
    LEFT JOIN tenancy.users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
    WHERE k.tenant_id = known.tenant_id AND k.id = known.key_id
      AND k.kind IN ('key', 'session') AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > at) AND t.is_active
      AND (u.id IS NULL OR u.is_active);
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;

COMMENT ON FUNCTION app.authenticate(secret_hash text, at timestamp with time zone) IS 'Whom a key or session belongs to; no row when it is not valid.';

CREATE FUNCTION app.chain_audit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  head record;
BEGIN
  INSERT INTO audit.audit_chain_heads (tenant_id, seq, sha256) VALUES (NEW.tenant_id, 0, repeat('0', 64))
  ON CONFLICT (tenant_id) DO NOTHING;
  SELECT h.seq, h.sha256 INTO head FROM audit.audit_chain_heads h WHERE h.tenant_id = NEW.tenant_id FOR UPDATE;
  NEW.seq := head.seq + 1;
  NEW.previous_sha256 := head.sha256;
  NEW.sha256 := app.audit_sha256(NEW.previous_sha256, NEW.seq, NEW.created_at, app.audit_content(
    NEW.tenant_id, NEW.id, NEW.user_id, NEW.team_id, NEW.action_type, NEW.resource_type, NEW.resource_id,
    NEW.action_details, NEW.ip_address, NEW.user_agent, NEW.success, NEW.error_message, NEW.metadata));
  UPDATE audit.audit_chain_heads h SET seq = NEW.seq, sha256 = NEW.sha256 WHERE h.tenant_id = NEW.tenant_id;
  RETURN NEW;
END $$;

CREATE FUNCTION app.cleanup_old_learning_events() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  each record;
  at timestamptz := clock_timestamp();
  removed bigint := 0;
BEGIN
  FOR each IN
    SELECT l.partition FROM app.list_partitions() l
    WHERE l.parent = 'events.learning_events' AND l.upper_at <= at - (
      SELECT min(k.keep) FROM (SELECT make_interval(days => r.keep_days) AS keep FROM app.retention r
        WHERE r.parent = 'events.learning_events'
        UNION ALL SELECT s.keep FROM app.retention_rules('events.learning_events') s) k)
    ORDER BY l.lower_at
  LOOP
    BEGIN
      removed := removed + app.drop_expired_partition('events.learning_events', each.partition, at);
    EXCEPTION WHEN raise_exception OR lock_not_available THEN
      RAISE NOTICE '% is left: %', each.partition, SQLERRM;
    END;
  END LOOP;
  RETURN least(removed, 2147483647);
END $$;

COMMENT ON FUNCTION app.cleanup_old_learning_events() IS 'Drops months of events that are expired and archived; gives the number of events removed.';

CREATE FUNCTION app.create_monthly_partition(table_name text, start_date date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  matches app.partitioned[] := ARRAY(SELECT p FROM app.partitioned p
    WHERE p.parent = table_name OR split_part(p.parent, '.', 2) = table_name);
  child text;
BEGIN
  IF cardinality(matches) = 0 THEN
    RAISE EXCEPTION 'table % is not partitioned by Everlearn', table_name USING ERRCODE = 'undefined_table',
      HINT = (SELECT 'tables by month: ' || coalesce(string_agg(p.parent, ', ' ORDER BY p.parent), 'none')
              FROM app.partitioned p WHERE p.unit = 'month');
  ELSIF cardinality(matches) > 1 THEN
    RAISE EXCEPTION 'several tables are called %; write its schema too', table_name
      USING ERRCODE = 'ambiguous_alias';
  ELSIF matches[1].unit <> 'month' THEN
    RAISE EXCEPTION 'table % is partitioned by %, not by month', matches[1].parent, matches[1].unit
      USING ERRCODE = 'wrong_object_type';
  END IF;
  child := app.ensure_partition(matches[1].parent, start_date::timestamp AT TIME ZONE 'UTC');
  IF matches[1].key_column <> 'id' THEN
    -- BRIN: rows come in the order of time, so it costs next to nothing and finds a day of all tenants.
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON parts.%I USING brin (%I)',
      'idx_' || child || '_' || matches[1].key_column, child, matches[1].key_column);
  END IF;
END $$;

COMMENT ON FUNCTION app.create_monthly_partition(table_name text, start_date date) IS 'Creates, when missing, the partition of a table by month that holds this day.';

CREATE FUNCTION app.create_partitions_ahead(at timestamp with time zone, periods integer) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
DECLARE
  before text[] := ARRAY(SELECT l.partition FROM app.list_partitions() l);
BEGIN
  PERFORM app.ensure_partition(p.parent, date_trunc(p.unit, at) + n * ('1 ' || p.unit)::interval)
  FROM app.partitioned p CROSS JOIN generate_series(0, periods) n
  WHERE to_regclass(p.parent) IS NOT NULL
  ORDER BY p.parent, n;
  RETURN ARRAY(SELECT l.partition FROM app.list_partitions() l WHERE l.partition <> ALL (before) ORDER BY 1);
END $$;

COMMENT ON FUNCTION app.create_partitions_ahead(at timestamp with time zone, periods integer) IS 'Creates what is missing of every table''s partition of this time and of so many periods after it.';

CREATE FUNCTION app.drop_expired_partition(wanted text, child text, at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '5s'
    AS $$
    DECLARE
      before text := coalesce(current_setting('app.tenant_id', true), '');
      bounds record;
      each record;
      rule record;
      archived bigint;
      total bigint := 0;
    BEGIN
      IF NOT EXISTS (SELECT FROM app.retention r WHERE r.parent = wanted) THEN
        RAISE EXCEPTION 'rows of % are never removed', wanted;
      ELSIF at > clock_timestamp() + interval '1 hour' THEN
        RAISE EXCEPTION 'nothing can be judged by a time to come, %', at;
      END IF;
      SELECT l.lower_at, l.upper_at INTO bounds FROM app.list_partitions() l
      WHERE l.parent = wanted AND l.partition = child;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'table % has no partition %', wanted, child;
      END IF;
      EXECUTE format('LOCK TABLE ONLY parts.%I IN SHARE MODE', child);
      FOR each IN EXECUTE
        format('SELECT tenant_id, count(*) AS n FROM parts.%I GROUP BY 1', child)
      LOOP
        total := total + each.n;
        PERFORM set_config('app.tenant_id', each.tenant_id::text, true);
        SELECT * INTO rule FROM app.retention_rule(wanted);
        CONTINUE WHEN NOT FOUND;
        IF rule.held OR bounds.upper_at > at - rule.keep THEN
          RAISE EXCEPTION 'partition % has % rows that tenant % still keeps', child, each.n,
            each.tenant_id;
        END IF;
        IF EXISTS (SELECT FROM operations.archive_manifests m
          WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted AND m.held_until > at
            AND m.period_start < bounds.upper_at AND m.period_end > bounds.lower_at) THEN
          RAISE EXCEPTION 'partition % has rows of tenant % that were restored and are kept', child,
            each.tenant_id;
        END IF;
        UPDATE operations.archive_manifests m SET dropped_at = at
        WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted
          AND m.period_start = bounds.lower_at AND m.verified_at IS NOT NULL
          AND m.dropped_at IS NULL
        RETURNING m.row_count INTO archived;
        IF rule.strategy <> 'delete' AND archived IS DISTINCT FROM each.n THEN
          RAISE EXCEPTION 'partition % has % rows of tenant %, and % of them are archived', child,
            each.n, each.tenant_id, coalesce(archived, 0);
        END IF;
        UPDATE operations.archive_manifests m SET replaced_at = at
        WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted
          AND m.period_start = bounds.lower_at AND m.restored_at IS NOT NULL
          AND m.replaced_at IS NULL;
      END LOOP;
      PERFORM set_config('app.tenant_id', before, true);
      EXECUTE format('ALTER TABLE %s DETACH PARTITION parts.%I', wanted, child);
      EXECUTE format('DROP TABLE parts.%I', child);
      RETURN total;
    END $$;

COMMENT ON FUNCTION app.drop_expired_partition(wanted text, child text, at timestamp with time zone) IS 'Drops a partition whose rows are all expired, and archived where wanted; gives their number.';

CREATE FUNCTION app.enqueue_job(run_id uuid, queue text, priority integer, lock text, scheduled_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
  made bigint[];
BEGIN
  -- The tenant is the caller's own, not an argument: nobody queues for somebody else.
  IF app.tenant_id() IS NULL THEN
    RAISE EXCEPTION 'a job needs a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(
    queue, 'everlearn.run', priority,
    CASE WHEN lock IS NULL THEN NULL ELSE app.tenant_id()::text || ':' || lock END, NULL,
    jsonb_build_object('tenant_id', app.tenant_id(), 'run_id', run_id), scheduled_at
  )::jobs.procrastinate_job_to_defer_v1]) INTO made;
  RETURN made[1];
END $$;

CREATE FUNCTION app.ensure_partition(wanted text, at timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  rule app.partitioned;
  bare text := split_part(wanted, '.', 2);
  lower_at timestamptz;
  upper_at timestamptz;
  child text;
  low text;
  high text;
BEGIN
  SELECT * INTO rule FROM app.partitioned p WHERE p.parent = wanted;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'table % is not partitioned by Everlearn', wanted USING ERRCODE = 'undefined_table';
  END IF;
  IF at < '2000-01-01' OR at > clock_timestamp() + interval '2 years' THEN
    RAISE EXCEPTION 'no partition of % for %: the time is before 2000 or more than two years ahead',
      wanted, at USING ERRCODE = 'datetime_field_overflow';
  END IF;
  lower_at := date_trunc(rule.unit, at, 'UTC');
  upper_at := (lower_at AT TIME ZONE 'UTC' + ('1 ' || rule.unit)::interval) AT TIME ZONE 'UTC';
  child := bare || '_' || to_char(lower_at AT TIME ZONE 'UTC', CASE rule.unit
    WHEN 'month' THEN '"y"YYYY"m"MM' WHEN 'week' THEN '"y"IYYY"w"IW' ELSE '"y"YYYY"m"MM"d"DD' END);
  IF to_regclass('parts.' || quote_ident(child)) IS NOT NULL THEN
    RETURN child;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('everlearn.partition.' || wanted, 0));
  -- Read from the catalog, not to_regclass: waiting for an advisory lock does not renew its cache, so
  -- what the one who held the lock has just committed would be missed.
  IF EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'parts'::regnamespace AND c.relname = child) THEN
    RETURN child;
  END IF;
  IF rule.key_column = 'id' THEN
    low := app.uuid_floor(lower_at);
    high := app.uuid_floor(upper_at);
  ELSE
    low := lower_at;
    high := upper_at;
  END IF;
  EXECUTE format('CREATE TABLE parts.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
    'INCLUDING STORAGE INCLUDING GENERATED INCLUDING COMMENTS)', child, wanted);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION parts.%I FOR VALUES FROM (%L) TO (%L)',
    wanted, child, low, high);
  RETURN child;
END $$;

COMMENT ON FUNCTION app.ensure_partition(wanted text, at timestamp with time zone) IS 'Creates, when missing, the partition of a registered table that holds this time.';

CREATE FUNCTION app.find_tenant(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  SELECT r.tenant_id FROM app.tenant_register r WHERE r.slug = wanted
$$;

COMMENT ON FUNCTION app.find_tenant(wanted text) IS 'Id of a tenant by its slug, or NULL.';

CREATE FUNCTION app.is_team_admin(team uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF team IS NULL OR app.user_id() IS NULL THEN
    RETURN false;
  END IF;
  RETURN EXISTS (SELECT FROM tenancy.team_members m
      WHERE m.tenant_id = app.tenant_id() AND m.team_id = team AND m.user_id = app.user_id()
        AND m.role IN ('owner', 'admin'))
    OR EXISTS (SELECT FROM tenancy.teams t
      WHERE t.tenant_id = app.tenant_id() AND t.id = team AND t.owner_id = app.user_id());
END $$;

COMMENT ON FUNCTION app.is_team_admin(team uuid) IS 'Whether the user of this transaction owns or administers the team.';

CREATE FUNCTION app.is_team_member(team uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF team IS NULL OR app.user_id() IS NULL THEN
    RETURN false;
  END IF;
  RETURN EXISTS (SELECT FROM tenancy.team_members m
      WHERE m.tenant_id = app.tenant_id() AND m.team_id = team AND m.user_id = app.user_id())
    OR EXISTS (SELECT FROM tenancy.teams t
      WHERE t.tenant_id = app.tenant_id() AND t.id = team AND t.owner_id = app.user_id());
END $$;

COMMENT ON FUNCTION app.is_team_member(team uuid) IS 'Whether the user of this transaction is in the team.';

CREATE FUNCTION app.list_partitions() RETURNS TABLE(parent text, partition text, lower_at timestamp with time zone, upper_at timestamp with time zone, row_estimate bigint, size_bytes bigint)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET "DateStyle" TO 'ISO'
    AS $$
BEGIN
  RETURN QUERY
  SELECT p.parent, c.relname::text,
    CASE p.key_column WHEN 'id' THEN app.uuid_time(b.found[1]::uuid) ELSE b.found[1]::timestamptz END,
    CASE p.key_column WHEN 'id' THEN app.uuid_time(b.found[2]::uuid) ELSE b.found[2]::timestamptz END,
    nullif(c.reltuples, -1)::bigint, pg_total_relation_size(c.oid)
  FROM app.partitioned p
  JOIN pg_inherits i ON i.inhparent = to_regclass(p.parent)
  JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL (SELECT regexp_match(pg_get_expr(c.relpartbound, c.oid),
    'FROM \(''([^'']*)''\) TO \(''([^'']*)''\)') AS found) b
  ORDER BY 1, 3;
END $$;

COMMENT ON FUNCTION app.list_partitions() IS 'Every partition with its bounds, rows (by estimate) and bytes.';

CREATE FUNCTION app.partition_gaps() RETURNS TABLE(parent text, lower_at timestamp with time zone, upper_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET "TimeZone" TO 'UTC'
    AS $$
  SELECT s.parent, g.at, g.at + s.step
  FROM (SELECT l.parent, min(l.lower_at) AS first_at, max(l.lower_at) AS last_at, ('1 ' || p.unit)::interval AS step
        FROM app.list_partitions() l JOIN app.partitioned p ON p.parent = l.parent
        GROUP BY l.parent, p.unit) s
  CROSS JOIN LATERAL generate_series(s.first_at, s.last_at, s.step) AS g(at)
  WHERE NOT EXISTS (SELECT FROM app.list_partitions() o WHERE o.parent = s.parent AND o.lower_at = g.at)
  ORDER BY 1, 2
$$;

COMMENT ON FUNCTION app.partition_gaps() IS 'Periods between the first and the last partition of a table that have none.';

CREATE FUNCTION app.partition_tenants(wanted text, child text) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
BEGIN
  IF NOT EXISTS (SELECT FROM app.list_partitions() l WHERE l.parent = wanted AND l.partition = child) THEN
    RAISE EXCEPTION 'table % has no partition %', wanted, child;
  END IF;
  RETURN QUERY EXECUTE format(
    'WITH RECURSIVE f AS ((SELECT p.tenant_id FROM parts.%1$I p ORDER BY 1 LIMIT 1) UNION ALL'
    ' SELECT (SELECT p.tenant_id FROM parts.%1$I p WHERE p.tenant_id > f.tenant_id ORDER BY 1 LIMIT 1)'
    ' FROM f WHERE f.tenant_id IS NOT NULL) SELECT tenant_id FROM f WHERE tenant_id IS NOT NULL', child);
END $_$;

COMMENT ON FUNCTION app.partition_tenants(wanted text, child text) IS 'Tenants that have rows in a partition.';

CREATE FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  before text := coalesce(current_setting('app.tenant_id', true), '');
  known record;
  token record;
BEGIN
  SELECT r.key_id, r.tenant_id INTO known FROM app.secret_register r WHERE r.secret_sha256 = secret_hash;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM set_config('app.tenant_id', known.tenant_id::text, true);
  UPDATE tenancy.api_keys k SET revoked_at = at
  WHERE k.tenant_id = known.tenant_id AND k.id = known.key_id AND k.kind = 'sign_in'
    AND k.revoked_at IS NULL AND k.expires_at > at
  RETURNING * INTO token;
  IF FOUND THEN
    INSERT INTO tenancy.api_keys (tenant_id, name, kind, role, user_id, prefix, secret_sha256, created_at, expires_at)
    VALUES (token.tenant_id, 'browser session', 'session', token.role, token.user_id, left(session_hash, 8),
            session_hash, at, at + make_interval(days => session_days));
  END IF;
  PERFORM set_config('app.tenant_id', before, true);
  RETURN token.id IS NOT NULL;
END $$;

COMMENT ON FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) IS 'Turns a one-time sign-in token into a session; false when it is used up or expired.';

CREATE FUNCTION app.register_partitioned(parent text, key_column text, unit text) RETURNS void
    LANGUAGE sql
    AS $$
  INSERT INTO app.partitioned VALUES (parent, key_column, unit)
  ON CONFLICT (parent) DO UPDATE SET key_column = excluded.key_column, unit = excluded.unit
$$;

CREATE FUNCTION app.register_secret() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM app.secret_register r WHERE r.key_id = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO app.secret_register (key_id, secret_sha256, tenant_id)
    VALUES (NEW.id, NEW.secret_sha256, NEW.tenant_id);
  END IF;
  RETURN NULL;
END $$;

COMMENT ON FUNCTION app.register_secret() IS 'Keeps app.secret_register.';

CREATE FUNCTION app.register_tenant() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM app.tenant_register r WHERE r.tenant_id = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO app.tenant_register (tenant_id, slug) VALUES (NEW.id, NEW.slug);
  END IF;
  RETURN NULL;
END $$;

COMMENT ON FUNCTION app.register_tenant() IS 'Keeps app.tenant_register.';

CREATE FUNCTION app.retention_rule(wanted text, OUT keep interval, OUT strategy text, OUT held boolean) RETURNS SETOF record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  RETURN QUERY
  SELECT coalesce(p.retention_period, make_interval(days => r.keep_days)),
    -- Events are the memory of the system: they are archived unless their tenant says otherwise.
    coalesce(p.archive_strategy, CASE wanted WHEN 'events.learning_events' THEN 'archive_to_s3' ELSE 'delete' END),
    coalesce(p.legal_hold, false) OR t.job_queue LIKE 'replay:%'
  FROM app.retention r
  JOIN tenancy.tenants t ON t.id = app.tenant_id()
  LEFT JOIN operations.data_retention_policies p ON p.tenant_id = t.id AND p.table_name = r.parent
  WHERE r.parent = wanted;
END $$;

COMMENT ON FUNCTION app.retention_rule(wanted text, OUT keep interval, OUT strategy text, OUT held boolean) IS 'What holds for the tenant''s old rows of a table.';

CREATE FUNCTION app.retention_rules(wanted text) RETURNS TABLE(tenant_id uuid, keep interval, strategy text, held boolean)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  before text := coalesce(current_setting('app.tenant_id', true), '');
BEGIN
  FOR tenant_id IN SELECT t FROM app.tenants() t LOOP
    PERFORM set_config('app.tenant_id', tenant_id::text, true);
    FOR keep, strategy, held IN SELECT r.keep, r.strategy, r.held FROM app.retention_rule(wanted) r LOOP
      RETURN NEXT;
    END LOOP;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $$;

COMMENT ON FUNCTION app.retention_rules(wanted text) IS 'What holds for each tenant''s old rows of a table.';

CREATE FUNCTION app.set_retention(parent text, days integer) RETURNS void
    LANGUAGE sql
    AS $$
  INSERT INTO app.retention VALUES (parent, days)
  ON CONFLICT (parent) DO UPDATE SET keep_days = excluded.keep_days
$$;

CREATE FUNCTION app.sketch_add(merged bigint[], sketch bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
  IF merged IS NULL OR sketch IS NULL THEN
    RETURN coalesce(merged, sketch);
  ELSIF cardinality(merged) > 16384 THEN
    RETURN app.sketch_compact(merged || sketch);
  END IF;
  RETURN merged || sketch;
END $$;

COMMENT ON FUNCTION app.sketch_add(merged bigint[], sketch bigint[]) IS 'Both sketches in one, not compacted.';

CREATE FUNCTION app.sketch_key(x double precision) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (x > (0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001)::double precision) THEN CASE WHEN (x < 'Infinity'::double precision) THEN (40000 + (ceil((ln(x) * (49.998333288886556)::double precision)))::integer) WHEN (x = 'Infinity'::double precision) THEN 100000 ELSE 100001 END WHEN (x < (- (0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001)::double precision)) THEN CASE WHEN (x > '-Infinity'::double precision) THEN ('-40000'::integer - (ceil((ln((- x)) * (49.998333288886556)::double precision)))::integer) ELSE '-100000'::integer END WHEN (x IS NOT NULL) THEN 0 ELSE NULL::integer END;

COMMENT ON FUNCTION app.sketch_key(x double precision) IS 'Key of the bucket that a number falls into; NULL for NULL.';

CREATE FUNCTION app.sketch_bucket(x double precision) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((app.sketch_key(x))::bigint << 45) + 1);

COMMENT ON FUNCTION app.sketch_bucket(x double precision) IS 'The bucket of one number: app.sketch_compact(array_agg(app.sketch_bucket(x))) is a sketch of x.';

CREATE FUNCTION app.sketch_bucket(key integer, n bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((key)::bigint << 45) + n);

COMMENT ON FUNCTION app.sketch_bucket(key integer, n bigint) IS 'A bucket of a sketch: its key and how many numbers, below 2^45, it holds.';

CREATE FUNCTION app.sketch_value(key bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (key = 0) THEN (0)::double precision WHEN (abs(key) < 100000) THEN (sign((key)::double precision) * exp(LEAST((709.78)::double precision, ((((abs(key) - 40000))::double precision * (0.020000666706669525)::double precision) - (0.01005033585350145)::double precision)))) WHEN (key = 100000) THEN 'Infinity'::double precision WHEN (key = '-100000'::integer) THEN '-Infinity'::double precision WHEN (key = 100001) THEN 'NaN'::double precision ELSE NULL::double precision END;

COMMENT ON FUNCTION app.sketch_value(key bigint) IS 'Number that stands for a bucket: at most 1 % away from each number in it.';

CREATE FUNCTION app.sketch_buckets(sketch bigint[]) RETURNS TABLE(value double precision, n bigint)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT app.sketch_value((b.b >> 45)) AS sketch_value,
     (sum((b.b & '35184372088831'::bigint)))::bigint AS sum
    FROM unnest(sketch_buckets.sketch) b(b)
   WHERE (b.b IS NOT NULL)
   GROUP BY (b.b >> 45)
   ORDER BY (b.b >> 45);
END;

COMMENT ON FUNCTION app.sketch_buckets(sketch bigint[]) IS 'A sketch as a histogram: the number that stands for each bucket and how many it holds.';

CREATE FUNCTION app.sketch_compact(sketch bigint[]) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT array_agg(((k.key << 45) + k.n) ORDER BY k.key) AS array_agg FROM (SELECT (b.b >> 45) AS key, (sum((b.b & '35184372088831'::bigint)))::bigint AS n FROM unnest(sketch_compact.sketch) b(b) WHERE (b.b IS NOT NULL) GROUP BY (b.b >> 45)) k);

COMMENT ON FUNCTION app.sketch_compact(sketch bigint[]) IS 'The same sketch, sorted and with each key once; NULL when it holds nothing.';

CREATE FUNCTION app.sketch_count(sketch bigint[]) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT (COALESCE(sum((b.b & '35184372088831'::bigint)), (0)::numeric))::bigint AS "coalesce" FROM unnest(sketch_count.sketch) b(b));

COMMENT ON FUNCTION app.sketch_count(sketch bigint[]) IS 'How many numbers a sketch holds.';

CREATE FUNCTION app.sketch_minus(sketch bigint[], other bigint[]) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT array_agg(((k.key << 45) + k.n) ORDER BY k.key) AS array_agg FROM (SELECT b.key, (sum(b.n))::bigint AS n FROM (SELECT (s.s >> 45) AS key, (s.s & '35184372088831'::bigint) AS n FROM unnest(sketch_minus.sketch) s(s) UNION ALL SELECT (o.o >> 45), (- (o.o & '35184372088831'::bigint)) FROM unnest(sketch_minus.other) o(o)) b WHERE (b.key IS NOT NULL) GROUP BY b.key HAVING (sum(b.n) > (0)::numeric)) k);

COMMENT ON FUNCTION app.sketch_minus(sketch bigint[], other bigint[]) IS 'A sketch without what another holds that was merged into it; NULL when nothing is left.';

CREATE FUNCTION app.sketch_quantile(sketch bigint[], share double precision) RETURNS double precision
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
  total CONSTANT bigint := app.sketch_count(sketch);
  rank CONSTANT double precision := share * (total - 1);
  bucket bigint;
  before bigint;
  upto bigint := 0;
  low bigint;
  high bigint;
BEGIN
  IF total = 0 OR share IS NULL OR NOT share BETWEEN 0 AND 1 THEN
    RETURN NULL;
  END IF;
  FOREACH bucket IN ARRAY sketch LOOP
    IF bucket IS NULL OR bucket < before THEN
      RETURN app.sketch_quantile(app.sketch_compact(sketch), share);
    END IF;
    before := bucket;
    IF high IS NULL THEN
      upto := upto + (bucket & 35184372088831);
      IF low IS NULL AND upto > floor(rank) THEN
        low := bucket >> 45;
      END IF;
      IF upto > ceil(rank) THEN
        high := bucket >> 45;
      END IF;
    END IF;
  END LOOP;
  IF low = high THEN
    RETURN app.sketch_value(low);
  END IF;
  RETURN app.sketch_value(low) * (1 - rank + floor(rank)) + app.sketch_value(high) * (rank - floor(rank));
END $$;

COMMENT ON FUNCTION app.sketch_quantile(sketch bigint[], share double precision) IS 'Quantile of a sketch by its share, 0 to 1, as percentile_cont() gives it, at most 1 % off; NULL for another share, or without numbers.';

CREATE FUNCTION app.sketch_quantiles(sketch bigint[], shares double precision[]) RETURNS double precision[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT array_agg(app.sketch_quantile(sketch_quantiles.sketch, s.share) ORDER BY s.place) AS array_agg FROM unnest(sketch_quantiles.shares) WITH ORDINALITY s(share, place));

COMMENT ON FUNCTION app.sketch_quantiles(sketch bigint[], shares double precision[]) IS 'Several quantiles of a sketch, in the order of their shares.';

CREATE FUNCTION app.tenant_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
  SELECT coalesce(
    nullif(current_setting('app.tenant_id', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'tenant_id')::uuid
$$;

COMMENT ON FUNCTION app.tenant_id() IS 'Tenant of this transaction; NULL when none is set.';

CREATE FUNCTION app.tenants() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  SELECT r.tenant_id FROM app.tenant_register r ORDER BY r.tenant_id
$$;

COMMENT ON FUNCTION app.tenants() IS 'Ids of all tenants; for maintenance only.';

CREATE FUNCTION app.tenants_with(wanted regclass) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
  before text := coalesce(current_setting('app.tenant_id', true), '');
  each uuid;
  found_one boolean;
BEGIN
  FOR each IN SELECT t FROM app.tenants() AS t LOOP
    PERFORM set_config('app.tenant_id', each::text, true);
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1)', wanted) INTO found_one USING each;
    IF found_one THEN
      RETURN NEXT each;
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
END $_$;

COMMENT ON FUNCTION app.tenants_with(wanted regclass) IS 'Tenants that have a row in a table; for maintenance.';

CREATE FUNCTION app.unregister_partitioned(gone text) RETURNS void
    LANGUAGE sql
    AS $$ DELETE FROM app.partitioned WHERE parent = gone $$;

CREATE FUNCTION app.unset_retention(gone text) RETURNS void
    LANGUAGE sql
    AS $$ DELETE FROM app.retention WHERE parent = gone $$;

CREATE FUNCTION app.update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END $$;

COMMENT ON FUNCTION app.update_updated_at_column() IS 'Sets updated_at on every update.';

CREATE FUNCTION app.user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
  SELECT nullif(current_setting('app.user_id', true), '')::uuid
$$;

COMMENT ON FUNCTION app.user_id() IS 'User of this transaction; NULL for jobs and keys without one.';

CREATE FUNCTION app.uuid_floor(at timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

COMMENT ON FUNCTION app.uuid_floor(at timestamp with time zone) IS 'Smallest uuid that sorts at or after every v7 id made before this millisecond.';

CREATE FUNCTION app.uuid_time(id uuid) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0)
$$;

COMMENT ON FUNCTION app.uuid_time(id uuid) IS 'The millisecond that a version 7 id begins with.';

CREATE FUNCTION audit.check_chain(OUT rows bigint, OUT head_seq bigint, OUT head_sha256 text, OUT first_broken bigint) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
    END $$;

COMMENT ON FUNCTION audit.check_chain(OUT rows bigint, OUT head_seq bigint, OUT head_sha256 text, OUT first_broken bigint) IS 'Whether the trail of this transaction''s tenant is whole, and where it breaks first.';

CREATE FUNCTION catalog.give_use_cases(receiver uuid) RETURNS void
    LANGUAGE sql
    AS $$
  INSERT INTO catalog.use_cases
    (tenant_id, id, use_case_id, display_name, industry_id, category_id, category,
     short_description, long_description, theory_content, keywords, tips, icon, display_order)
  SELECT receiver, t.id, t.use_case_id, t.display_name, t.industry_id, t.category_id, t.category,
    t.short_description, t.long_description, t.theory_content, t.keywords, t.tips, t.icon,
    t.display_order
  FROM catalog.use_case_templates t WHERE t.is_active
  ON CONFLICT DO NOTHING
$$;

COMMENT ON FUNCTION catalog.give_use_cases(receiver uuid) IS 'Gives a tenant the copies of active use case templates that it does not have.';

CREATE FUNCTION catalog.on_tenant() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM catalog.give_use_cases(NEW.id);
  RETURN NULL;
END $$;

COMMENT ON FUNCTION catalog.on_tenant() IS 'Lets a new tenant begin with its copies.';

CREATE FUNCTION discovery.give_tools(receiver uuid) RETURNS void
    LANGUAGE sql
    AS $$
  INSERT INTO discovery.discovery_tools
    (tenant_id, id, tool_id, name, icon, description, category, interaction_type,
     interaction_label, interaction_placeholder, interaction_options, model_message,
     model_prompt_template, visualization_type, visualization_animation, surprise_type,
     surprise_message_template, display_order)
  SELECT receiver, t.id, t.tool_id, t.name, t.icon, t.description, t.category, t.interaction_type,
    t.interaction_label, t.interaction_placeholder, t.interaction_options, t.model_message,
    t.model_prompt_template, t.visualization_type, t.visualization_animation, t.surprise_type,
    t.surprise_message_template, t.display_order
  FROM discovery.discovery_tool_templates t WHERE t.is_active
  ON CONFLICT DO NOTHING
$$;

COMMENT ON FUNCTION discovery.give_tools(receiver uuid) IS 'Gives a tenant the copies of active tool templates that it does not have.';

CREATE FUNCTION discovery.on_tenant() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM discovery.give_tools(NEW.id);
  RETURN NULL;
END $$;

COMMENT ON FUNCTION discovery.on_tenant() IS 'Lets a new tenant begin with its copies.';

CREATE FUNCTION events.find_learning_event() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    DECLARE
      found timestamptz;
    BEGIN
      SELECT e.timestamp INTO found FROM events.learning_events e
      WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.learning_event_id
        AND e.timestamp = coalesce(NEW.learning_event_timestamp, e.timestamp)
      LIMIT 1;
      -- In another tenant's name nothing is found; that is for the policy to refuse.
      IF found IS NULL AND NEW.tenant_id = coalesce(app.tenant_id(), NEW.tenant_id) THEN
        RAISE EXCEPTION 'learning_events has no event % at this time', NEW.learning_event_id
          USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'learning_event_is_there';
      END IF;
      NEW.learning_event_timestamp := coalesce(found, NEW.learning_event_timestamp);
      RETURN NEW;
    END $$;

COMMENT ON FUNCTION events.find_learning_event() IS 'Checks that the event of a git operation is there, and fills in its time.';

CREATE FUNCTION events.mark_stale_days() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO events.stale_learning_days (tenant_id, date)
        SELECT DISTINCT n.tenant_id, (n.timestamp AT TIME ZONE 'UTC')::date FROM new_rows n;
      END IF;
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO events.stale_learning_days (tenant_id, date)
        SELECT DISTINCT o.tenant_id, (o.timestamp AT TIME ZONE 'UTC')::date FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      END IF;
      RETURN NULL;
    END $$;

COMMENT ON FUNCTION events.mark_stale_days() IS 'Notes the days whose daily metrics a statement on learning_events made stale.';

CREATE FUNCTION evolution.fill_evolution_generations() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.experiment_id IS NULL AND NEW.parent_generation_id IS NOT NULL THEN
          SELECT g.experiment_id INTO NEW.experiment_id FROM evolution.evolution_generations AS g
          WHERE g.tenant_id = NEW.tenant_id AND g.id = NEW.parent_generation_id;
        END IF;
        IF NEW.experiment_id IS NULL THEN
          INSERT INTO evolution.evolution_experiments (tenant_id, name, engine, problem_definition,
            objective_function, evolution_strategy, population_size, mutation_rate, crossover_rate,
            status)
          VALUES (NEW.tenant_id, 'lineage ' || NEW.id, 'autonomous', '{}',
            coalesce(NEW.fitness_function, '{}'), NEW.evolution_strategy,
            coalesce(NEW.population_size, 50), coalesce(NEW.mutation_rate, 0.1),
            coalesce(NEW.crossover_rate, 0.7), 'running')
          RETURNING id INTO NEW.experiment_id;
        END IF;
        -- A default is the moment of the transaction: the other of the two was given.
        IF NEW.started_at = now() THEN
          NEW.started_at := NEW.generation_start;
        END IF;
        NEW.completed_at := coalesce(NEW.completed_at, NEW.generation_end);
      ELSE
        IF NEW.started_at = OLD.started_at THEN
          NEW.started_at := NEW.generation_start;
        END IF;
        IF NEW.completed_at IS NOT DISTINCT FROM OLD.completed_at THEN
          NEW.completed_at := NEW.generation_end;
        END IF;
      END IF;
      NEW.generation_start := NEW.started_at;
      NEW.generation_end := NEW.completed_at;
      RETURN NEW;
    END $$;

CREATE FUNCTION feedback.complete_feedback() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND NEW.comments IS NOT DISTINCT FROM OLD.comments THEN
        NEW.comments := NEW.feedback_text;
      END IF;
      NEW.comments := coalesce(NEW.comments, NEW.feedback_text);
      NEW.feedback_text := NEW.comments;
      NEW.feedback_id := coalesce(NEW.feedback_id, NEW.id::text);
      IF TG_OP = 'INSERT' THEN
        -- Within its range only, so that an error names the column that was written.
        IF NEW.feedback_score IS NULL AND NEW.accuracy_rating BETWEEN 0 AND 5 THEN
          NEW.feedback_score := NEW.accuracy_rating / 5;
        ELSIF NEW.accuracy_rating IS NULL AND NEW.feedback_score BETWEEN 0 AND 1 THEN
          NEW.accuracy_rating := NEW.feedback_score * 5;
        END IF;
        IF NEW.service_name IS NULL
           AND NEW.feedback_type NOT IN ('user', 'system', 'automated') THEN
          NEW.service_name := (SELECT p.service_name FROM predictions.ml_predictions AS p
            WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.prediction_id);
        END IF;
      END IF;
      RETURN NEW;
    END $$;

CREATE FUNCTION feedback.copy_quality_feedback() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    DECLARE
      score constant double precision :=
        coalesce(1 - abs(NEW.actual_quality - NEW.predicted_quality), NEW.helpful::integer);
      more constant jsonb := jsonb_build_object('repo', NEW.repo,
        'predicted_quality', NEW.predicted_quality, 'actual_quality', NEW.actual_quality,
        'helpful', NEW.helpful, 'quality_feedback_id', NEW.id);
    BEGIN
      UPDATE feedback.ml_feedback AS f
      SET feedback_score = score, accuracy_rating = score * 5, comments = NEW.comments,
          feedback_text = NEW.comments, metadata = more
      WHERE f.tenant_id = NEW.tenant_id AND f.id = NEW.id;
      IF NOT FOUND THEN
        INSERT INTO feedback.ml_feedback (tenant_id, id, prediction_id, service_name, feedback_type,
          feedback_score, comments, user_id, metadata, created_at)
        SELECT NEW.tenant_id, NEW.id, p.id, p.service_name, 'user', score, NEW.comments,
               NEW.user_id::text, more, NEW.created_at
        FROM predictions.ml_predictions AS p
        WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.ml_prediction_id
        ON CONFLICT DO NOTHING;
      END IF;
      RETURN NULL;
    END $$;

CREATE FUNCTION feedback.mark_stale_days() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)
        SELECT DISTINCT n.tenant_id, n.created_on FROM new_rows n;
      ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)
        SELECT DISTINCT o.tenant_id, o.created_on FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      ELSE
        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)
        SELECT DISTINCT o.tenant_id, d.day
        FROM old_rows o JOIN new_rows n ON n.tenant_id = o.tenant_id AND n.id = o.id,
          unnest(ARRAY[o.created_on, n.created_on]) AS d (day)
        WHERE (o.created_at, o.feedback_type, o.prediction_id)
          IS DISTINCT FROM (n.created_at, n.feedback_type, n.prediction_id);
      END IF;
      RETURN NULL;
    END $$;

COMMENT ON FUNCTION feedback.mark_stale_days() IS 'Notes the days whose hours a statement on ml_feedback made stale.';

CREATE FUNCTION jobs.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION jobs.procrastinate_defer_jobs_v1(jobs jobs.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION jobs.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

CREATE TABLE jobs.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lock text,
    queueing_lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status jobs.procrastinate_job_status DEFAULT 'todo'::jobs.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::jobs.procrastinate_job_status) AND (abort_requested = true))))
);

CREATE FUNCTION jobs.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS jobs.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION jobs.procrastinate_finish_job_v1(job_id bigint, end_status jobs.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION jobs.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION jobs.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION jobs.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION jobs.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION jobs.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION jobs.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION jobs.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION operations.check_retained_table() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF NOT EXISTS (SELECT FROM app.retention r WHERE r.parent = NEW.table_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
          MESSAGE = 'no rows are ever removed from such a table: ' || NEW.table_name;
      END IF;
      RETURN NEW;
    END $$;

CREATE FUNCTION operations.note_metric_chunks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      -- Chunks that are merged, or come back from the archive, are counted already.
      IF current_setting('app.known_samples', true) = 'on' THEN
        RETURN NULL;
      END IF;
      INSERT INTO operations.metric_arrivals (tenant_id, series_ids, chunk_ends)
      SELECT n.tenant_id, array_agg(n.series_id), array_agg(n.end_at)
      FROM new_rows n GROUP BY n.tenant_id;
      RETURN NULL;
    END $$;

COMMENT ON FUNCTION operations.note_metric_chunks() IS 'Notes the chunks of samples that a statement wrote, for the rollups.';

CREATE FUNCTION operations.note_metric_rows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF current_setting('app.known_samples', true) = 'on' THEN
        RETURN NULL;
      END IF;
      INSERT INTO operations.metric_arrivals (tenant_id, row_ids, row_times)
      SELECT n.tenant_id, array_agg(n.id), array_agg(n.timestamp)
      FROM new_rows n WHERE n.aggregation_level = 'raw' GROUP BY n.tenant_id;
      RETURN NULL;
    END $$;

COMMENT ON FUNCTION operations.note_metric_rows() IS 'Notes the raw rows that a statement wrote to system_performance_metrics, for the rollups.';

CREATE FUNCTION operations.refuse_held() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    DECLARE
      held text := (SELECT string_agg(p.table_name, ', ' ORDER BY p.table_name)
        FROM operations.data_retention_policies p WHERE p.tenant_id = OLD.id AND p.legal_hold);
    BEGIN
      IF held IS NOT NULL THEN
        RAISE EXCEPTION 'a legal hold keeps the rows of tenant % in %', OLD.slug, held;
      END IF;
      RETURN OLD;
    END $$;

CREATE FUNCTION operations.sample_at(end_at timestamp with time zone, offset_us integer) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
      SELECT date_bin('1 hour', end_at, '2000-01-01 00:00:00+00')
        + (1800000000 + offset_us::bigint) * interval '1 microsecond'
    $$;

COMMENT ON FUNCTION operations.sample_at(end_at timestamp with time zone, offset_us integer) IS 'Time of a sample of metric_samples, from the end of its chunk and its offset.';

CREATE FUNCTION patterns.mark_days_of_pattern() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR old.pattern_type <> new.pattern_type THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT c.tenant_id, c.date FROM patterns.daily_pattern_counts c
        WHERE c.tenant_id = old.tenant_id AND c.pattern_id = old.id
          -- What is left of a tenant that is gone is being cleared away.
          AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = old.tenant_id);
      END IF;
      RETURN CASE WHEN TG_OP = 'DELETE' THEN old ELSE new END;
    END $$;

COMMENT ON FUNCTION patterns.mark_days_of_pattern() IS 'Notes the days of a pattern that goes or becomes one of another type.';

CREATE FUNCTION patterns.mark_stale_days() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT DISTINCT n.tenant_id, (n.detection_timestamp AT TIME ZONE 'UTC')::date
        FROM new_rows n;
      END IF;
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT DISTINCT o.tenant_id, (o.detection_timestamp AT TIME ZONE 'UTC')::date
        FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      END IF;
      RETURN NULL;
    END $$;

COMMENT ON FUNCTION patterns.mark_stale_days() IS 'Notes the days whose counts a statement on pattern_occurrences made stale.';

CREATE FUNCTION predictions.complete_prediction() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  mark text;
BEGIN
  IF NEW.violation_probability IS NOT NULL OR NEW.confidence_score IS NOT NULL
     OR NEW.risk_level IS NOT NULL THEN
    NEW.service_name := coalesce(NEW.service_name, 'policy-engine');
    NEW.prediction_type := coalesce(NEW.prediction_type, 'policy_violation');
    NEW.predicted_value := coalesce(NEW.predicted_value, NEW.violation_probability);
    NEW.confidence := coalesce(NEW.confidence, NEW.confidence_score);
    NEW.entity_id := coalesce(NEW.entity_id, NEW.resource_id);
    NEW.resource_id := coalesce(NEW.resource_id, NEW.entity_id);
    mark := concat_ws(' ', NEW.tenant_id, (NEW.prediction_timestamp AT TIME ZONE 'UTC')::date,
      NEW.model_id);
    IF NEW.model_id IS NOT NULL AND NEW.model_version_id IS NULL
       AND current_setting('everlearn.marked', true) IS DISTINCT FROM mark THEN
      INSERT INTO predictions.performance_marks (tenant_id, model_id, made_on) VALUES
        (NEW.tenant_id, NEW.model_id, (NEW.prediction_timestamp AT TIME ZONE 'UTC')::date);
      PERFORM set_config('everlearn.marked', mark, true);
    END IF;
  END IF;
  IF NEW.prediction_id IS NOT NULL
     AND current_setting('everlearn.keyed', true) IS DISTINCT FROM 'yes' THEN
    INSERT INTO predictions.prediction_keys (tenant_id, prediction_key, id)
    VALUES (NEW.tenant_id, md5(NEW.prediction_id)::uuid, NEW.id);
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION predictions.free_prediction_ids() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  DELETE FROM predictions.prediction_keys k USING old_rows o
  WHERE k.tenant_id = o.tenant_id AND k.prediction_key = md5(o.prediction_id)::uuid
    AND k.id = o.id;
  RETURN NULL;
END $$;

CREATE FUNCTION predictions.insert_service_prediction() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
  given CONSTANT jsonb := to_jsonb(NEW);
  kept jsonb := coalesce(NEW.context, '{}');
  kind text := TG_ARGV[1];
  made_at CONSTANT timestamptz := coalesce(NEW.created_at, now());
  period timestamptz := made_at;
  predicted double precision;
  happened double precision;
  field record;
  value jsonb;
BEGIN
  FOR field IN SELECT * FROM jsonb_to_recordset(TG_ARGV[2]::jsonb)
    AS f (name text, type text, part text, required boolean, "values" jsonb)
  LOOP
    value := nullif(given -> field.name, 'null');
    IF value IS NULL THEN
      IF field.required THEN
        RAISE not_null_violation USING MESSAGE = format('%s.%s needs a value', TG_TABLE_NAME,
          field.name), SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = field.name;
      END IF;
      CONTINUE;
    END IF;
    IF field.type = 'float' AND jsonb_typeof(value) = 'string' THEN
      RAISE invalid_parameter_value USING MESSAGE = format('%s.%s must be a finite number',
        TG_TABLE_NAME, field.name), COLUMN = field.name;
    END IF;
    IF NOT field."values" @> value THEN
      RAISE invalid_parameter_value USING MESSAGE = format('%s.%s must be one of %s', TG_TABLE_NAME,
        field.name, (SELECT string_agg(word, ', ') FROM jsonb_array_elements_text(field."values")
                     AS word)), COLUMN = field.name;
    END IF;
    CASE field.part
      WHEN 'predicted' THEN predicted := value::double precision;
      WHEN 'type' THEN kind := value #>> '{}';
      WHEN 'actual' THEN happened := CASE jsonb_typeof(value)
        WHEN 'boolean' THEN value::boolean::integer ELSE value::double precision END;
      ELSE
        IF kept -> field.name <> value THEN
          RAISE invalid_parameter_value USING MESSAGE = format(
            '%s.%s is given twice: the context says something else', TG_TABLE_NAME, field.name),
            COLUMN = field.name;
        END IF;
        kept := kept || jsonb_build_object(field.name, value);
    END CASE;
  END LOOP;
  NEW.tenant_id := coalesce(NEW.tenant_id, app.tenant_id());
  NEW.created_at := made_at;
  IF NEW.id IS NULL THEN
    NEW.id := encode(overlay(uuid_send(uuidv7())
      PLACING substring(uuid_send(app.uuid_floor(made_at)) FROM 1 FOR 6) FROM 1 FOR 6), 'hex');
  ELSIF substr(NEW.id::text, 15, 1) <> '7' THEN
    RAISE invalid_parameter_value USING COLUMN = 'id', MESSAGE = format(
      '%s.id must be a version 7 uuid, whose time says where the row lies; it may be left out',
      TG_TABLE_NAME);
  ELSE
    period := to_timestamp(
      ('x' || left(replace(NEW.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);
  END IF;
  PERFORM app.ensure_partition('predictions.ml_predictions', period);
  INSERT INTO predictions.ml_predictions (tenant_id, id, service_name, prediction_type,
    predicted_value, context, model_version, prediction_timestamp)
  VALUES (NEW.tenant_id, NEW.id, TG_ARGV[0], kind, predicted, kept, NEW.model_version, made_at);
  IF happened IS NOT NULL THEN
    PERFORM app.ensure_partition('predictions.prediction_outcomes', period);
    INSERT INTO predictions.prediction_outcomes (tenant_id, id, role, predicted_value, actual_value,
      error, loss, predicted_at, happened_at, known_at)
    VALUES (NEW.tenant_id, NEW.id, 'live', predicted, happened, happened - predicted,
      (happened - predicted) ^ 2, made_at, made_at, now());
  END IF;
  NEW.context := coalesce(NEW.context, '{}');
  RETURN NEW;
END $$;

CREATE FUNCTION predictions.mark_changed_outcomes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)
  SELECT DISTINCT o.tenant_id, o.ml_model_id, p.model_id,
         (o.predicted_at AT TIME ZONE 'UTC')::date
  FROM old_rows o
  LEFT JOIN predictions.ml_predictions p
    ON o.ml_model_id IS NULL AND p.tenant_id = o.tenant_id AND p.id = o.id
  WHERE (o.ml_model_id IS NOT NULL OR p.model_id IS NOT NULL)
    AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
  RETURN NULL;
END $$;

CREATE FUNCTION predictions.mark_changed_predictions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)
  SELECT DISTINCT o.tenant_id, o.ml_model_id, CASE WHEN o.ml_model_id IS NULL THEN o.model_id END,
         o.made_on
  FROM old_rows o
  WHERE (o.ml_model_id IS NOT NULL OR o.model_id IS NOT NULL)
    -- What is left of a tenant that is gone is being cleared away.
    AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)
    SELECT DISTINCT n.tenant_id, n.ml_model_id, CASE WHEN n.ml_model_id IS NULL THEN n.model_id END,
           n.made_on
    FROM new_rows n WHERE n.ml_model_id IS NOT NULL OR n.model_id IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION predictions.mark_stale_performance() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO predictions.stale_performance_days (tenant_id, ml_model_id, made_on)
    SELECT DISTINCT n.tenant_id, n.ml_model_id, n.made_on FROM new_rows n;
  ELSE
    INSERT INTO predictions.stale_performance_days (tenant_id, ml_model_id, made_on)
    SELECT DISTINCT o.tenant_id, o.ml_model_id, o.made_on FROM old_rows o
    -- What is left of a tenant that is gone is being cleared away.
    WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION registry.fill_ml_models() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        NEW.model_id := coalesce(NEW.model_id, NEW.id::text);
        NEW.name := coalesce(NEW.name, NEW.model_name);
        IF coalesce(NEW.metrics, '{}') = '{}' THEN
          NEW.metrics := coalesce(NEW.performance_metrics, '{}');
        END IF;
      ELSE
        IF NEW.name = OLD.name THEN
          NEW.name := NEW.model_name;
        END IF;
        IF NEW.metrics = OLD.metrics THEN
          NEW.metrics := coalesce(NEW.performance_metrics, '{}');
        END IF;
      END IF;
      NEW.model_name := NEW.name;
      NEW.performance_metrics := NEW.metrics;
      RETURN NEW;
    END $$;

CREATE FUNCTION registry.fill_model_versions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      NEW.is_active := coalesce(NEW.is_active, false);
      IF TG_OP = 'INSERT' THEN
        NEW.model_name := coalesce(NEW.model_name, NEW.model_id);
        NEW.model_id := coalesce(NEW.model_id, NEW.model_name);
        NEW.model_path := coalesce(NEW.model_path, NEW.file_path);
        IF NEW.is_active AND NEW.status = 'draft' THEN
          NEW.status := 'active';
        END IF;
      ELSE
        IF NEW.model_path IS NOT DISTINCT FROM OLD.model_path THEN
          NEW.model_path := NEW.file_path;
        END IF;
        IF NEW.is_active <> OLD.is_active AND NEW.status = OLD.status THEN
          NEW.status := CASE WHEN NEW.is_active THEN 'active' ELSE 'superseded' END;
        END IF;
      END IF;
      NEW.file_path := NEW.model_path;
      NEW.is_active := NEW.status = 'active';
      RETURN NEW;
    END $$;

CREATE FUNCTION tenancy.can(wanted_user uuid, wanted_action text, wanted_type text, wanted_id text, wanted_team uuid, context jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    DECLARE
      tenant_roles constant text[] := '{tenant.admin,tenant.writer,tenant.reader}';
      team_roles constant text[] := '{owner,admin,member,viewer}';
      account record;
      team uuid := wanted_team;
      held text[];
    BEGIN
      IF app.user_id() IS NOT NULL AND app.user_id() IS DISTINCT FROM wanted_user THEN
        RAISE EXCEPTION 'a user asks about himself only' USING ERRCODE = 'insufficient_privilege';
      END IF;
      SELECT u.role, u.is_superuser INTO account FROM tenancy.users u
      WHERE u.tenant_id = app.tenant_id() AND u.id = wanted_user AND u.is_active;
      IF NOT FOUND THEN
        RETURN false;
      END IF;
      IF account.is_superuser THEN
        RETURN true;
      END IF;
      -- A workspace belongs to one team, whatever team the question names.
      IF wanted_type = 'workspace' AND wanted_id IS NOT NULL THEN
        SELECT w.team_id INTO team FROM tenancy.shared_workspaces w
        WHERE w.tenant_id = app.tenant_id() AND w.id::text = lower(wanted_id);
      END IF;
      -- A role includes those below it.
      held := tenant_roles[array_position(tenant_roles, 'tenant.' || account.role):];
      SELECT held || team_roles[array_position(team_roles, m.role):] INTO held
      FROM (SELECT) one LEFT JOIN (
        tenancy.team_members m JOIN tenancy.teams t
          ON t.tenant_id = m.tenant_id AND t.id = m.team_id AND t.is_active
      ) ON m.tenant_id = app.tenant_id() AND m.team_id = team AND m.user_id = wanted_user;
      RETURN EXISTS (
        SELECT FROM tenancy.role_permissions p
        WHERE p.tenant_id = app.tenant_id() AND p.is_active AND p.role_name = ANY (held)
          AND p.resource_type = wanted_type
          AND (p.resource_id IS NULL OR p.resource_id = wanted_id)
          AND CASE p.permission_type
                WHEN 'admin' THEN true
                WHEN 'custom' THEN coalesce(p.custom_permissions -> wanted_action = 'true', false)
                ELSE p.permission_type = wanted_action
              END
          AND context @> p.conditions);
    END $$;

COMMENT ON FUNCTION tenancy.can(wanted_user uuid, wanted_action text, wanted_type text, wanted_id text, wanted_team uuid, context jsonb) IS 'Whether role_permissions let a user do something with a resource.';

CREATE FUNCTION tenancy.guard_owners() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    DECLARE
      -- Cascades of a deleted team or user are the deletion's own business.
      checked boolean := app.user_id() IS NOT NULL AND pg_trigger_depth() = 1;
      leaves boolean := TG_OP <> 'INSERT' AND OLD.role = 'owner';
      enters boolean := TG_OP <> 'DELETE' AND NEW.role = 'owner';
    BEGIN
      IF checked AND ((leaves AND NOT tenancy.owns_team(OLD.team_id))
                   OR (enters AND NOT tenancy.owns_team(NEW.team_id))) THEN
        RAISE EXCEPTION 'only an owner of the team decides who owns it'
          USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$;

CREATE FUNCTION tenancy.guard_team() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
      IF app.user_id() IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id
         AND NOT tenancy.owns_team(OLD.id) THEN
        RAISE EXCEPTION 'only an owner of the team hands it over'
          USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN NEW;
    END $$;

CREATE FUNCTION tenancy.owns_team(wanted uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    BEGIN
      RETURN EXISTS (
        SELECT FROM tenancy.teams t
        WHERE t.tenant_id = app.tenant_id() AND t.id = wanted AND t.owner_id = app.user_id()
      ) OR EXISTS (
        SELECT FROM tenancy.team_members m
        WHERE m.tenant_id = app.tenant_id() AND m.team_id = wanted AND m.user_id = app.user_id()
          AND m.role = 'owner');
    END $$;

COMMENT ON FUNCTION tenancy.owns_team(wanted uuid) IS 'Whether the user of this transaction is an owner of the team.';

CREATE AGGREGATE app.sketch_merge(bigint[]) (
    SFUNC = app.sketch_add,
    STYPE = bigint[],
    FINALFUNC = app.sketch_compact,
    COMBINEFUNC = app.sketch_add,
    PARALLEL = safe
);

COMMENT ON AGGREGATE app.sketch_merge(bigint[]) IS 'One sketch of what all these sketches hold.';

CREATE TABLE analytics.analytics_dashboards (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    team_id uuid,
    name text NOT NULL,
    description text,
    dashboard_config jsonb NOT NULL,
    is_shared boolean DEFAULT false NOT NULL,
    is_public boolean DEFAULT false NOT NULL,
    view_count bigint DEFAULT 0 NOT NULL,
    last_viewed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_analytics_dashboards_dashboard_config_valid CHECK ((jsonb_typeof(dashboard_config) = 'object'::text)),
    CONSTRAINT ck_analytics_dashboards_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_analytics_dashboards_view_count_valid CHECK ((view_count >= 0))
);

ALTER TABLE ONLY analytics.analytics_dashboards FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE analytics.analytics_dashboards IS 'A saved dashboard: its owner''s alone, shared with a team, or public within the tenant.';

COMMENT ON COLUMN analytics.analytics_dashboards.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN analytics.analytics_dashboards.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN analytics.analytics_dashboards.user_id IS 'User whose it is; NULL when a job or a key made it.';

COMMENT ON COLUMN analytics.analytics_dashboards.team_id IS 'Team that sees it when is_shared is true.';

COMMENT ON COLUMN analytics.analytics_dashboards.name IS 'Name shown to people.';

COMMENT ON COLUMN analytics.analytics_dashboards.description IS 'What it shows.';

COMMENT ON COLUMN analytics.analytics_dashboards.dashboard_config IS 'What it is made of, and how it is laid out.';

COMMENT ON COLUMN analytics.analytics_dashboards.is_shared IS 'Whether the team''s members see it.';

COMMENT ON COLUMN analytics.analytics_dashboards.is_public IS 'Whether every user of the tenant sees it.';

COMMENT ON COLUMN analytics.analytics_dashboards.view_count IS 'Times it was looked at.';

COMMENT ON COLUMN analytics.analytics_dashboards.last_viewed_at IS 'When it was last looked at.';

COMMENT ON COLUMN analytics.analytics_dashboards.created_at IS 'When it was made.';

COMMENT ON COLUMN analytics.analytics_dashboards.updated_at IS 'When it was last changed.';

CREATE TABLE analytics.analytics_reports (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    dashboard_id uuid,
    user_id uuid,
    report_name text NOT NULL,
    report_type text NOT NULL,
    report_data jsonb NOT NULL,
    file_path text,
    file_size_bytes bigint,
    generated_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    download_count bigint DEFAULT 0 NOT NULL,
    CONSTRAINT ck_analytics_reports_download_count_valid CHECK ((download_count >= 0)),
    CONSTRAINT ck_analytics_reports_expires_at_valid CHECK ((expires_at >= generated_at)),
    CONSTRAINT ck_analytics_reports_file_size_bytes_valid CHECK ((file_size_bytes >= 0)),
    CONSTRAINT ck_analytics_reports_report_data_valid CHECK ((jsonb_typeof(report_data) = 'object'::text)),
    CONSTRAINT ck_analytics_reports_report_name_valid CHECK (((report_name <> ''::text) AND (length(report_name) <= 255))),
    CONSTRAINT ck_analytics_reports_report_type_valid CHECK ((report_type = ANY (ARRAY['pdf'::text, 'csv'::text, 'json'::text, 'html'::text])))
);

ALTER TABLE ONLY analytics.analytics_reports FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE analytics.analytics_reports IS 'A report made from a dashboard; seen by the user it was made for.';

COMMENT ON COLUMN analytics.analytics_reports.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN analytics.analytics_reports.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN analytics.analytics_reports.dashboard_id IS 'Dashboard it was made from.';

COMMENT ON COLUMN analytics.analytics_reports.user_id IS 'User it was made for; NULL for jobs and keys.';

COMMENT ON COLUMN analytics.analytics_reports.report_name IS 'Name shown to people.';

COMMENT ON COLUMN analytics.analytics_reports.report_type IS 'Form of the file.';

COMMENT ON COLUMN analytics.analytics_reports.report_data IS 'What it says.';

COMMENT ON COLUMN analytics.analytics_reports.file_path IS 'Where the file is.';

COMMENT ON COLUMN analytics.analytics_reports.file_size_bytes IS 'Size of the file, in bytes.';

COMMENT ON COLUMN analytics.analytics_reports.generated_at IS 'When it was made.';

COMMENT ON COLUMN analytics.analytics_reports.expires_at IS 'When it may be thrown away; NULL means never.';

COMMENT ON COLUMN analytics.analytics_reports.download_count IS 'Times it was fetched.';

CREATE TABLE analytics.stale_usage_days (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    used_on date NOT NULL
);

ALTER TABLE ONLY analytics.stale_usage_days FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE analytics.stale_usage_days IS 'A note that a day''s usage by hour changed since usage_trends was made of it.';

COMMENT ON COLUMN analytics.stale_usage_days.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN analytics.stale_usage_days.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN analytics.stale_usage_days.used_on IS 'Day of the usage, in UTC.';

CREATE TABLE analytics.usage_trends (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    team_id uuid,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    period_type text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_usage_trends_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_usage_trends_metric_name_valid CHECK ((metric_name = ANY (ARRAY['api_calls'::text, 'predictions'::text, 'storage'::text, 'cost'::text]))),
    CONSTRAINT ck_usage_trends_metric_unit_valid CHECK ((metric_unit = ANY (ARRAY['count'::text, 'bytes'::text, 'dollars'::text, 'percentage'::text]))),
    CONSTRAINT ck_usage_trends_period_end_valid CHECK ((period_end >= period_start)),
    CONSTRAINT ck_usage_trends_period_type_valid CHECK ((period_type = ANY (ARRAY['hour'::text, 'day'::text, 'week'::text, 'month'::text])))
);

ALTER TABLE ONLY analytics.usage_trends FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE analytics.usage_trends IS 'How much of something a user, a team or the whole tenant used in a period.';

COMMENT ON COLUMN analytics.usage_trends.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN analytics.usage_trends.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN analytics.usage_trends.user_id IS 'User who used it.';

COMMENT ON COLUMN analytics.usage_trends.team_id IS 'Team that used it.';

COMMENT ON COLUMN analytics.usage_trends.metric_name IS 'What was used.';

COMMENT ON COLUMN analytics.usage_trends.metric_value IS 'How much, in metric_unit.';

COMMENT ON COLUMN analytics.usage_trends.metric_unit IS 'What it is counted in.';

COMMENT ON COLUMN analytics.usage_trends.period_start IS 'Beginning of the period.';

COMMENT ON COLUMN analytics.usage_trends.period_end IS 'End of the period.';

COMMENT ON COLUMN analytics.usage_trends.period_type IS 'Length of the period.';

COMMENT ON COLUMN analytics.usage_trends.metadata IS 'Whatever else the writer notes.';

COMMENT ON COLUMN analytics.usage_trends.recorded_at IS 'When it was written.';

CREATE TABLE caching.cache_performance (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    cache_tier text NOT NULL,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    sample_size bigint,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_cache_performance_cache_tier_valid CHECK ((cache_tier = ANY (ARRAY['L1'::text, 'L2'::text, 'L3'::text, 'all'::text]))),
    CONSTRAINT ck_cache_performance_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_cache_performance_metric_name_valid CHECK (((metric_name <> ''::text) AND (length(metric_name) <= 255))),
    CONSTRAINT ck_cache_performance_metric_unit_valid CHECK ((metric_unit = ANY (ARRAY['percentage'::text, 'ms'::text, 'mb'::text, 'count'::text]))),
    CONSTRAINT ck_cache_performance_period_in_order CHECK ((period_end >= period_start)),
    CONSTRAINT ck_cache_performance_sample_size_valid CHECK ((sample_size >= 0))
);

ALTER TABLE ONLY caching.cache_performance FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE caching.cache_performance IS 'One measured number of a tier over a period.';

COMMENT ON COLUMN caching.cache_performance.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN caching.cache_performance.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN caching.cache_performance.cache_tier IS 'The tier, or all of them together.';

COMMENT ON COLUMN caching.cache_performance.metric_name IS 'Any name: hit_rate, miss_rate, latency, size, eviction_rate ...';

COMMENT ON COLUMN caching.cache_performance.metric_value IS 'The number, in metric_unit.';

COMMENT ON COLUMN caching.cache_performance.metric_unit IS 'Its unit.';

COMMENT ON COLUMN caching.cache_performance.period_start IS 'Beginning of the period.';

COMMENT ON COLUMN caching.cache_performance.period_end IS 'End of the period.';

COMMENT ON COLUMN caching.cache_performance.sample_size IS 'Reads it was measured on.';

COMMENT ON COLUMN caching.cache_performance.metadata IS 'How it was measured.';

COMMENT ON COLUMN caching.cache_performance.created_at IS 'When it was recorded.';

CREATE TABLE ensembles.ensemble_performance (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ensemble_config_id uuid NOT NULL,
    service_name text NOT NULL,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text,
    sample_size bigint,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ensemble_performance_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_ensemble_performance_metric_name_valid CHECK ((metric_name = ANY (ARRAY['accuracy'::text, 'mse'::text, 'mae'::text, 'r2'::text, 'latency'::text]))),
    CONSTRAINT ck_ensemble_performance_metric_unit_valid CHECK ((metric_unit = ANY (ARRAY['percentage'::text, 'ms'::text, 'count'::text]))),
    CONSTRAINT ck_ensemble_performance_period CHECK ((period_end >= period_start)),
    CONSTRAINT ck_ensemble_performance_sample_size_valid CHECK ((sample_size >= 0)),
    CONSTRAINT ck_ensemble_performance_service_name_valid CHECK (((service_name <> ''::text) AND (length(service_name) <= 255)))
);

ALTER TABLE ONLY ensembles.ensemble_performance FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE ensembles.ensemble_performance IS 'One measured number of an ensemble over a period.';

COMMENT ON COLUMN ensembles.ensemble_performance.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN ensembles.ensemble_performance.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN ensembles.ensemble_performance.ensemble_config_id IS 'Ensemble that is measured.';

COMMENT ON COLUMN ensembles.ensemble_performance.service_name IS 'Client service whose answers are measured.';

COMMENT ON COLUMN ensembles.ensemble_performance.metric_name IS 'What is measured.';

COMMENT ON COLUMN ensembles.ensemble_performance.metric_value IS 'The number, in `metric_unit`.';

COMMENT ON COLUMN ensembles.ensemble_performance.metric_unit IS 'Unit; NULL when the number has none, as r2.';

COMMENT ON COLUMN ensembles.ensemble_performance.sample_size IS 'Answers it was measured on.';

COMMENT ON COLUMN ensembles.ensemble_performance.period_start IS 'When the period begins.';

COMMENT ON COLUMN ensembles.ensemble_performance.period_end IS 'When it ends.';

COMMENT ON COLUMN ensembles.ensemble_performance.metadata IS 'Whatever else the writer notes.';

COMMENT ON COLUMN ensembles.ensemble_performance.created_at IS 'When it was measured.';

CREATE TABLE evolution.evolution_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    generation_id uuid,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_evolution_metrics_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_evolution_metrics_metric_name_valid CHECK (((metric_name <> ''::text) AND (length(metric_name) <= 255))),
    CONSTRAINT ck_evolution_metrics_metric_unit_valid CHECK ((metric_unit = ANY (ARRAY['score'::text, 'percentage'::text, 'count'::text])))
);

ALTER TABLE ONLY evolution.evolution_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE evolution.evolution_metrics IS 'One measured number of a generation.';

COMMENT ON COLUMN evolution.evolution_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN evolution.evolution_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN evolution.evolution_metrics.generation_id IS 'The generation.';

COMMENT ON COLUMN evolution.evolution_metrics.metric_name IS 'Any name: best_fitness, avg_fitness, diversity, convergence_rate ...';

COMMENT ON COLUMN evolution.evolution_metrics.metric_value IS 'The number, in metric_unit.';

COMMENT ON COLUMN evolution.evolution_metrics.metric_unit IS 'Its unit.';

COMMENT ON COLUMN evolution.evolution_metrics.metadata IS 'How it was measured.';

COMMENT ON COLUMN evolution.evolution_metrics.recorded_at IS 'When it was measured.';

CREATE TABLE federated.federated_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    round_number bigint,
    node_id text,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_federated_metrics_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_federated_metrics_metric_name_valid CHECK ((metric_name = ANY (ARRAY['accuracy'::text, 'loss'::text, 'privacy_budget'::text, 'communication_cost'::text]))),
    CONSTRAINT ck_federated_metrics_metric_unit_valid CHECK ((metric_unit = ANY (ARRAY['percentage'::text, 'count'::text, 'bytes'::text, 'seconds'::text]))),
    CONSTRAINT ck_federated_metrics_node_id_valid CHECK (((node_id <> ''::text) AND (length(node_id) <= 255))),
    CONSTRAINT ck_federated_metrics_round_from_one CHECK ((round_number >= 1)),
    CONSTRAINT ck_federated_metrics_round_number_valid CHECK ((round_number >= 0))
);

ALTER TABLE ONLY federated.federated_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE federated.federated_metrics IS 'One measured number of a round, of one node, or of a node in a round.';

COMMENT ON COLUMN federated.federated_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN federated.federated_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN federated.federated_metrics.round_number IS 'Round it was measured in, from 1; NULL when outside of rounds.';

COMMENT ON COLUMN federated.federated_metrics.node_id IS 'Node it was measured on; NULL for the whole round, or when the node is gone.';

COMMENT ON COLUMN federated.federated_metrics.metric_name IS 'What was measured.';

COMMENT ON COLUMN federated.federated_metrics.metric_value IS 'The number, in `metric_unit`.';

COMMENT ON COLUMN federated.federated_metrics.metric_unit IS 'Unit; NULL when it has none.';

COMMENT ON COLUMN federated.federated_metrics.metadata IS 'Whatever else the writer notes.';

COMMENT ON COLUMN federated.federated_metrics.recorded_at IS 'When it was measured.';

CREATE TABLE finetuning.fine_tuning_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    job_id uuid NOT NULL,
    epoch bigint NOT NULL,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    step bigint,
    "timestamp" timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_fine_tuning_metrics_epoch_valid CHECK ((epoch >= 0)),
    CONSTRAINT ck_fine_tuning_metrics_metric_name_valid CHECK ((metric_name = ANY (ARRAY['loss'::text, 'accuracy'::text, 'val_loss'::text, 'val_accuracy'::text, 'learning_rate'::text]))),
    CONSTRAINT ck_fine_tuning_metrics_step_valid CHECK ((step >= 0))
);

ALTER TABLE ONLY finetuning.fine_tuning_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE finetuning.fine_tuning_metrics IS 'One measured number of one epoch, or step, of a job.';

COMMENT ON COLUMN finetuning.fine_tuning_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN finetuning.fine_tuning_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN finetuning.fine_tuning_metrics.job_id IS 'The job.';

COMMENT ON COLUMN finetuning.fine_tuning_metrics.epoch IS 'Epoch it was measured in.';

COMMENT ON COLUMN finetuning.fine_tuning_metrics.metric_name IS 'What was measured.';

COMMENT ON COLUMN finetuning.fine_tuning_metrics.metric_value IS 'The number, in the metric''s own unit.';

COMMENT ON COLUMN finetuning.fine_tuning_metrics.step IS 'Step within the job, when finer than an epoch.';

COMMENT ON COLUMN finetuning.fine_tuning_metrics."timestamp" IS 'When it was measured.';

CREATE TABLE nas.architecture_performance (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    candidate_id uuid NOT NULL,
    search_run_id uuid NOT NULL,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text,
    training_time_seconds double precision,
    inference_time_ms double precision,
    model_size_mb double precision,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    evaluated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_architecture_performance_inference_time_ms_valid CHECK (((inference_time_ms >= (0)::double precision) AND (inference_time_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_architecture_performance_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_architecture_performance_metric_name_valid CHECK ((metric_name = ANY (ARRAY['accuracy'::text, 'latency'::text, 'cost'::text, 'memory'::text, 'throughput'::text]))),
    CONSTRAINT ck_architecture_performance_metric_unit_valid CHECK ((metric_unit = ANY (ARRAY['percentage'::text, 'ms'::text, 'dollars'::text, 'mb'::text, 'requests_per_sec'::text]))),
    CONSTRAINT ck_architecture_performance_model_size_mb_valid CHECK (((model_size_mb >= (0)::double precision) AND (model_size_mb < 'Infinity'::double precision))),
    CONSTRAINT ck_architecture_performance_training_time_seconds_valid CHECK (((training_time_seconds >= (0)::double precision) AND (training_time_seconds < 'Infinity'::double precision)))
);

ALTER TABLE ONLY nas.architecture_performance FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE nas.architecture_performance IS 'One measured number of a candidate, with what the measurement took.';

COMMENT ON COLUMN nas.architecture_performance.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN nas.architecture_performance.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN nas.architecture_performance.candidate_id IS 'Candidate that was measured.';

COMMENT ON COLUMN nas.architecture_performance.search_run_id IS 'The candidate''s run; whoever writes the row copies it.';

COMMENT ON COLUMN nas.architecture_performance.metric_name IS 'What was measured.';

COMMENT ON COLUMN nas.architecture_performance.metric_value IS 'The number, in `metric_unit`.';

COMMENT ON COLUMN nas.architecture_performance.metric_unit IS 'Unit; NULL when it has none.';

COMMENT ON COLUMN nas.architecture_performance.training_time_seconds IS 'Time the fit took, in s.';

COMMENT ON COLUMN nas.architecture_performance.inference_time_ms IS 'Time one answer took, in ms.';

COMMENT ON COLUMN nas.architecture_performance.model_size_mb IS 'Size of the fitted model, in MB.';

COMMENT ON COLUMN nas.architecture_performance.metadata IS 'Whatever else the writer notes.';

COMMENT ON COLUMN nas.architecture_performance.evaluated_at IS 'When it was measured.';

CREATE TABLE operations.system_performance_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    metric_name text NOT NULL,
    metric_category text,
    "timestamp" timestamp with time zone DEFAULT now() NOT NULL,
    value double precision NOT NULL,
    unit text,
    tags jsonb,
    source_component text,
    aggregation_level text DEFAULT 'raw'::text NOT NULL,
    metadata jsonb,
    CONSTRAINT ck_system_performance_metrics_aggregation_level_valid CHECK ((aggregation_level = ANY (ARRAY['raw'::text, 'minute'::text, 'hour'::text, 'day'::text]))),
    CONSTRAINT ck_system_performance_metrics_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_system_performance_metrics_metric_category_valid CHECK ((metric_category = ANY (ARRAY['database'::text, 'api'::text, 'ml_model'::text, 'user_experience'::text]))),
    CONSTRAINT ck_system_performance_metrics_metric_name_valid CHECK (((metric_name <> ''::text) AND (length(metric_name) <= 255))),
    CONSTRAINT ck_system_performance_metrics_source_component_valid CHECK (((source_component <> ''::text) AND (length(source_component) <= 255))),
    CONSTRAINT ck_system_performance_metrics_tags_valid CHECK ((jsonb_typeof(tags) = 'object'::text)),
    CONSTRAINT ck_system_performance_metrics_unit_valid CHECK ((unit = ANY (ARRAY['ms'::text, 'mb'::text, 'percentage'::text, 'count'::text])))
)
PARTITION BY RANGE ("timestamp");

ALTER TABLE ONLY operations.system_performance_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.system_performance_metrics IS 'One measured value of the running system.';

COMMENT ON COLUMN operations.system_performance_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.system_performance_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.system_performance_metrics.metric_name IS 'What is measured, in the sender''s words.';

COMMENT ON COLUMN operations.system_performance_metrics.metric_category IS 'Part it is about.';

COMMENT ON COLUMN operations.system_performance_metrics."timestamp" IS 'When it was measured.';

COMMENT ON COLUMN operations.system_performance_metrics.value IS 'The value, in its unit.';

COMMENT ON COLUMN operations.system_performance_metrics.unit IS 'Unit of the value.';

COMMENT ON COLUMN operations.system_performance_metrics.tags IS 'Words to tell series of one name apart.';

COMMENT ON COLUMN operations.system_performance_metrics.source_component IS 'Part that sent it, in the sender''s words.';

COMMENT ON COLUMN operations.system_performance_metrics.aggregation_level IS 'How much time it stands for.';

COMMENT ON COLUMN operations.system_performance_metrics.metadata IS 'Anything else.';

CREATE TABLE predictions.ml_performance_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    service_name text NOT NULL,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ml_performance_metrics_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_ml_performance_metrics_metric_name_valid CHECK (((metric_name <> ''::text) AND (length(metric_name) <= 255))),
    CONSTRAINT ck_ml_performance_metrics_metric_unit_valid CHECK ((metric_unit = ANY (ARRAY['percentage'::text, 'ms'::text, 'count'::text]))),
    CONSTRAINT ck_ml_performance_metrics_period_end_after_start CHECK ((period_end >= period_start)),
    CONSTRAINT ck_ml_performance_metrics_service_name_valid CHECK (((service_name <> ''::text) AND (length(service_name) <= 255)))
);

ALTER TABLE ONLY predictions.ml_performance_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.ml_performance_metrics IS 'A number on a service''s models over a period, as the service measured it.';

COMMENT ON COLUMN predictions.ml_performance_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.ml_performance_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.ml_performance_metrics.service_name IS 'Client service it is about.';

COMMENT ON COLUMN predictions.ml_performance_metrics.metric_name IS 'What is measured, such as accuracy, error_rate, latency or cache_hit_rate.';

COMMENT ON COLUMN predictions.ml_performance_metrics.metric_value IS 'The number, in metric_unit.';

COMMENT ON COLUMN predictions.ml_performance_metrics.metric_unit IS 'What the number is counted in.';

COMMENT ON COLUMN predictions.ml_performance_metrics.period_start IS 'Beginning of the period.';

COMMENT ON COLUMN predictions.ml_performance_metrics.period_end IS 'End of the period.';

COMMENT ON COLUMN predictions.ml_performance_metrics.metadata IS 'Anything else the sender adds.';

COMMENT ON COLUMN predictions.ml_performance_metrics.created_at IS 'When it was written.';

CREATE TABLE registry.model_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_version_id uuid NOT NULL,
    metric_type text NOT NULL,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    dataset_type text DEFAULT 'validation'::text NOT NULL,
    evaluation_date timestamp with time zone DEFAULT now() NOT NULL,
    notes text,
    CONSTRAINT ck_model_metrics_dataset_type_valid CHECK ((dataset_type = ANY (ARRAY['train'::text, 'validation'::text, 'test'::text]))),
    CONSTRAINT ck_model_metrics_metric_name_valid CHECK (((metric_name <> ''::text) AND (length(metric_name) <= 255))),
    CONSTRAINT ck_model_metrics_metric_type_valid CHECK ((metric_type = ANY (ARRAY['accuracy'::text, 'precision'::text, 'recall'::text, 'f1'::text, 'latency'::text, 'loss'::text, 'ranking'::text, 'calibration'::text, 'other'::text])))
);

ALTER TABLE ONLY registry.model_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE registry.model_metrics IS 'One measured number of a version.';

COMMENT ON COLUMN registry.model_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.model_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.model_metrics.model_version_id IS 'The version.';

COMMENT ON COLUMN registry.model_metrics.metric_type IS 'What it speaks of.';

COMMENT ON COLUMN registry.model_metrics.metric_name IS 'Its name, such as log_loss.';

COMMENT ON COLUMN registry.model_metrics.metric_value IS 'The number, in the metric''s own unit.';

COMMENT ON COLUMN registry.model_metrics.dataset_type IS 'Part of the data it was measured on.';

COMMENT ON COLUMN registry.model_metrics.evaluation_date IS 'When it was measured.';

COMMENT ON COLUMN registry.model_metrics.notes IS 'How it was measured.';

CREATE TABLE transfer.domain_adaptation_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    transfer_run_id uuid NOT NULL,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text,
    evaluation_phase text,
    sample_size bigint,
    confidence_interval jsonb,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    evaluated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_domain_adaptation_metrics_confidence_interval_valid CHECK (jsonb_path_exists(confidence_interval, 'strict $?((@."lower".type() == "number" && @."upper".type() == "number") && @."lower" <= @."upper")'::jsonpath, '{}'::jsonb, true)),
    CONSTRAINT ck_domain_adaptation_metrics_evaluation_phase_valid CHECK ((evaluation_phase = ANY (ARRAY['before_transfer'::text, 'after_transfer'::text, 'target_domain_only'::text]))),
    CONSTRAINT ck_domain_adaptation_metrics_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_domain_adaptation_metrics_metric_name_valid CHECK ((metric_name = ANY (ARRAY['accuracy'::text, 'f1'::text, 'domain_shift'::text, 'adaptation_gain'::text]))),
    CONSTRAINT ck_domain_adaptation_metrics_metric_unit_valid CHECK ((metric_unit = ANY (ARRAY['percentage'::text, 'score'::text]))),
    CONSTRAINT ck_domain_adaptation_metrics_sample_size_valid CHECK ((sample_size >= 0))
);

ALTER TABLE ONLY transfer.domain_adaptation_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE transfer.domain_adaptation_metrics IS 'One measured number of a transfer: before it, after it, or of the target domain alone.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.transfer_run_id IS 'The transfer.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.metric_name IS 'What was measured.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.metric_value IS 'The number, in `metric_unit`.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.metric_unit IS 'Unit; NULL when it has none.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.evaluation_phase IS 'Which model was measured; NULL for a number of the whole transfer.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.sample_size IS 'Rows it was measured on.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.confidence_interval IS 'Bounds of metric_value: lower and upper, two numbers in that order.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.metadata IS 'Whatever else the writer notes.';

COMMENT ON COLUMN transfer.domain_adaptation_metrics.evaluated_at IS 'When it was measured.';

CREATE VIEW analytics.v_all_metrics WITH (security_invoker='true') AS
 SELECT 'model_metrics'::text AS source_table,
    m.id,
    m.tenant_id,
    'model_version'::text AS owner_type,
    (m.model_version_id)::text AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    NULL::text AS unit,
    m.evaluation_date AS period_start,
    m.evaluation_date AS period_end
   FROM registry.model_metrics m
UNION ALL
 SELECT 'ml_performance_metrics'::text AS source_table,
    m.id,
    m.tenant_id,
    'service'::text AS owner_type,
    m.service_name AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    m.metric_unit AS unit,
    m.period_start,
    m.period_end
   FROM predictions.ml_performance_metrics m
UNION ALL
 SELECT 'ensemble_performance'::text AS source_table,
    m.id,
    m.tenant_id,
    'ensemble'::text AS owner_type,
    (m.ensemble_config_id)::text AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    m.metric_unit AS unit,
    m.period_start,
    m.period_end
   FROM ensembles.ensemble_performance m
UNION ALL
 SELECT 'architecture_performance'::text AS source_table,
    m.id,
    m.tenant_id,
    'architecture_candidate'::text AS owner_type,
    (m.candidate_id)::text AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    m.metric_unit AS unit,
    m.evaluated_at AS period_start,
    m.evaluated_at AS period_end
   FROM nas.architecture_performance m
UNION ALL
 SELECT 'fine_tuning_metrics'::text AS source_table,
    m.id,
    m.tenant_id,
    'fine_tuning_job'::text AS owner_type,
    (m.job_id)::text AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    NULL::text AS unit,
    m."timestamp" AS period_start,
    m."timestamp" AS period_end
   FROM finetuning.fine_tuning_metrics m
UNION ALL
 SELECT 'domain_adaptation_metrics'::text AS source_table,
    m.id,
    m.tenant_id,
    'transfer_learning_run'::text AS owner_type,
    (m.transfer_run_id)::text AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    m.metric_unit AS unit,
    m.evaluated_at AS period_start,
    m.evaluated_at AS period_end
   FROM transfer.domain_adaptation_metrics m
UNION ALL
 SELECT 'federated_metrics'::text AS source_table,
    m.id,
    m.tenant_id,
        CASE
            WHEN (m.node_id IS NULL) THEN 'federated_round'::text
            ELSE 'federated_node'::text
        END AS owner_type,
    COALESCE(m.node_id, (m.round_number)::text) AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    m.metric_unit AS unit,
    m.recorded_at AS period_start,
    m.recorded_at AS period_end
   FROM federated.federated_metrics m
UNION ALL
 SELECT 'evolution_metrics'::text AS source_table,
    m.id,
    m.tenant_id,
    'evolution_generation'::text AS owner_type,
    (m.generation_id)::text AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    m.metric_unit AS unit,
    m.recorded_at AS period_start,
    m.recorded_at AS period_end
   FROM evolution.evolution_metrics m
UNION ALL
 SELECT 'cache_performance'::text AS source_table,
    m.id,
    m.tenant_id,
    'cache_tier'::text AS owner_type,
    m.cache_tier AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    m.metric_unit AS unit,
    m.period_start,
    m.period_end
   FROM caching.cache_performance m
UNION ALL
 SELECT 'usage_trends'::text AS source_table,
    m.id,
    m.tenant_id,
        CASE
            WHEN (m.user_id IS NOT NULL) THEN 'user'::text
            WHEN (m.team_id IS NOT NULL) THEN 'team'::text
            ELSE 'tenant'::text
        END AS owner_type,
    (COALESCE(m.user_id, m.team_id, m.tenant_id))::text AS owner_id,
    m.metric_name AS name,
    m.metric_value AS value,
    m.metric_unit AS unit,
    m.period_start,
    m.period_end
   FROM analytics.usage_trends m
UNION ALL
 SELECT 'system_performance_metrics'::text AS source_table,
    m.id,
    m.tenant_id,
    'component'::text AS owner_type,
    m.source_component AS owner_id,
    m.metric_name AS name,
    m.value,
    m.unit,
    m."timestamp" AS period_start,
    m."timestamp" AS period_end
   FROM operations.system_performance_metrics m;

COMMENT ON VIEW analytics.v_all_metrics IS 'Every measured number with whose it is: owner_type, and owner_id as text; what was measured at one moment has a period that ends as it begins.';

CREATE TABLE ensembles.ensemble_predictions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ensemble_config_id uuid NOT NULL,
    service_name text NOT NULL,
    prediction_type text NOT NULL,
    input_context jsonb NOT NULL,
    individual_predictions jsonb NOT NULL,
    ensemble_prediction double precision NOT NULL,
    confidence double precision,
    model_weights_used jsonb DEFAULT '{}'::jsonb NOT NULL,
    actual_value double precision,
    error double precision GENERATED ALWAYS AS ((actual_value - ensemble_prediction)) STORED,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ensemble_predictions_confidence_valid CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT ck_ensemble_predictions_individual_predictions_valid CHECK (((jsonb_typeof(individual_predictions) = 'object'::text) AND (NOT jsonb_path_exists(individual_predictions, 'strict $.*?(@.type() != "number")'::jsonpath, '{}'::jsonb, true)) AND (individual_predictions <> '{}'::jsonb))),
    CONSTRAINT ck_ensemble_predictions_input_context_valid CHECK ((jsonb_typeof(input_context) = 'object'::text)),
    CONSTRAINT ck_ensemble_predictions_model_weights_used_valid CHECK (((jsonb_typeof(model_weights_used) = 'object'::text) AND (NOT jsonb_path_exists(model_weights_used, 'strict $.*?(@.type() != "number" || @ < 0)'::jsonpath, '{}'::jsonb, true)))),
    CONSTRAINT ck_ensemble_predictions_prediction_type_valid CHECK (((prediction_type <> ''::text) AND (length(prediction_type) <= 255))),
    CONSTRAINT ck_ensemble_predictions_service_name_valid CHECK (((service_name <> ''::text) AND (length(service_name) <= 255)))
);

ALTER TABLE ONLY ensembles.ensemble_predictions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE ensembles.ensemble_predictions IS 'One answer of an ensemble, with what each member said and how much it weighed.';

COMMENT ON COLUMN ensembles.ensemble_predictions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN ensembles.ensemble_predictions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN ensembles.ensemble_predictions.ensemble_config_id IS 'Ensemble that answered.';

COMMENT ON COLUMN ensembles.ensemble_predictions.service_name IS 'Client service that asked.';

COMMENT ON COLUMN ensembles.ensemble_predictions.prediction_type IS 'What is predicted, in the service''s words, such as quality.';

COMMENT ON COLUMN ensembles.ensemble_predictions.input_context IS 'What the members were asked about.';

COMMENT ON COLUMN ensembles.ensemble_predictions.individual_predictions IS 'Member -> its answer, for those that answered: at least one.';

COMMENT ON COLUMN ensembles.ensemble_predictions.ensemble_prediction IS 'The combined answer.';

COMMENT ON COLUMN ensembles.ensemble_predictions.confidence IS 'How far the members agree, 0 to 1.';

COMMENT ON COLUMN ensembles.ensemble_predictions.model_weights_used IS 'Member -> weight in this answer, 0 or more.';

COMMENT ON COLUMN ensembles.ensemble_predictions.actual_value IS 'What really happened, once it is known.';

COMMENT ON COLUMN ensembles.ensemble_predictions.error IS 'actual_value minus ensemble_prediction; NULL while the truth is unknown.';

COMMENT ON COLUMN ensembles.ensemble_predictions.created_at IS 'When it was made.';

CREATE TABLE predictions.ml_predictions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    prediction_id text,
    service_name text NOT NULL,
    prediction_type text NOT NULL,
    ml_model_id uuid,
    model_version_id uuid,
    model_version text,
    role text DEFAULT 'live'::text NOT NULL,
    source text DEFAULT 'ml_model'::text NOT NULL,
    entity_id text,
    feature_row_id uuid,
    raw_margin double precision,
    predicted_value double precision,
    confidence_interval_lower double precision,
    confidence_interval_upper double precision,
    confidence double precision,
    confidence_score double precision,
    reasons real[],
    violation_probability double precision,
    time_to_violation_hours double precision,
    risk_level text,
    risk_score double precision,
    impact_factors jsonb,
    uncertainty_sources jsonb,
    recommendations text[],
    attention_weights jsonb,
    context jsonb DEFAULT '{}'::jsonb,
    inference_time_ms double precision,
    prediction_timestamp timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    remediation_status text,
    remediation_id uuid,
    prediction_kind text GENERATED ALWAYS AS (
CASE
    WHEN ((violation_probability IS NOT NULL) OR (confidence_score IS NOT NULL) OR (risk_level IS NOT NULL)) THEN 'compliance'::text
    WHEN (model_version_id IS NOT NULL) THEN 'model'::text
    ELSE 'service'::text
END) STORED NOT NULL,
    model_id text,
    resource_id text,
    features_used jsonb,
    shap_values jsonb,
    tenant_key integer GENERATED ALWAYS AS (uuid_hash(tenant_id)) STORED,
    entity_key integer GENERATED ALWAYS AS (hashtext(entity_id)) STORED,
    made_on date GENERATED ALWAYS AS (((prediction_timestamp AT TIME ZONE 'UTC'::text))::date) STORED,
    CONSTRAINT ck_ml_predictions_attention_weights_valid CHECK ((jsonb_typeof(attention_weights) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_confidence_score_valid CHECK ((((confidence_score >= (0)::double precision) AND (confidence_score <= (1)::double precision)) AND ((confidence_score IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL))))),
    CONSTRAINT ck_ml_predictions_confidence_valid CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT ck_ml_predictions_context_valid CHECK ((jsonb_typeof(context) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_entity_id_valid CHECK (((entity_id <> ''::text) AND (length(entity_id) <= 255))),
    CONSTRAINT ck_ml_predictions_features_used_valid CHECK ((jsonb_typeof(features_used) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_impact_factors_valid CHECK ((jsonb_typeof(impact_factors) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_inference_time_ms_valid CHECK (((inference_time_ms >= (0)::double precision) AND (inference_time_ms < 'Infinity'::double precision) AND ((inference_time_ms IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL))))),
    CONSTRAINT ck_ml_predictions_model_complete CHECK (((model_version_id IS NULL) OR ((ml_model_id IS NOT NULL) AND (model_version IS NOT NULL) AND (entity_id IS NOT NULL) AND (inference_time_ms IS NOT NULL)))),
    CONSTRAINT ck_ml_predictions_model_has_version CHECK (((ml_model_id IS NULL) OR (model_version_id IS NOT NULL))),
    CONSTRAINT ck_ml_predictions_model_id_valid CHECK (((model_id <> ''::text) AND (length(model_id) <= 255) AND ((model_id IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL))))),
    CONSTRAINT ck_ml_predictions_model_version_valid CHECK (((model_version <> ''::text) AND (length(model_version) <= 255) AND ((model_version IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL))))),
    CONSTRAINT ck_ml_predictions_predicted_value_valid CHECK (((predicted_value > '-Infinity'::double precision) AND (predicted_value < 'Infinity'::double precision) AND ((predicted_value IS NOT NULL) OR (violation_probability IS NOT NULL) OR (confidence_score IS NOT NULL) OR (risk_level IS NOT NULL)))),
    CONSTRAINT ck_ml_predictions_prediction_id_valid CHECK (((prediction_id <> ''::text) AND (length(prediction_id) <= 255) AND ((prediction_id IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL))))),
    CONSTRAINT ck_ml_predictions_prediction_type_valid CHECK (((prediction_type <> ''::text) AND (length(prediction_type) <= 255))),
    CONSTRAINT ck_ml_predictions_remediation_status_valid CHECK ((remediation_status = ANY (ARRAY['pending'::text, 'in_progress'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT ck_ml_predictions_resource_id_valid CHECK (((resource_id <> ''::text) AND (length(resource_id) <= 255) AND ((resource_id IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL))))),
    CONSTRAINT ck_ml_predictions_risk_level_valid CHECK (((risk_level = ANY (ARRAY['critical'::text, 'high'::text, 'medium'::text, 'low'::text])) AND ((risk_level IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL))))),
    CONSTRAINT ck_ml_predictions_risk_score_valid CHECK (((risk_score >= (0)::double precision) AND (risk_score <= (1)::double precision))),
    CONSTRAINT ck_ml_predictions_role_valid CHECK ((role = ANY (ARRAY['live'::text, 'shadow'::text]))),
    CONSTRAINT ck_ml_predictions_service_name_valid CHECK (((service_name <> ''::text) AND (length(service_name) <= 255))),
    CONSTRAINT ck_ml_predictions_shap_values_valid CHECK ((jsonb_typeof(shap_values) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_source_valid CHECK ((source = ANY (ARRAY['ml_model'::text, 'heuristic'::text, 'ensemble'::text]))),
    CONSTRAINT ck_ml_predictions_time_to_violation_hours_valid CHECK (((time_to_violation_hours >= (0)::double precision) AND (time_to_violation_hours < 'Infinity'::double precision))),
    CONSTRAINT ck_ml_predictions_uncertainty_sources_valid CHECK ((jsonb_typeof(uncertainty_sources) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_violation_probability_valid CHECK ((((violation_probability >= (0)::double precision) AND (violation_probability <= (1)::double precision)) AND ((violation_probability IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL)))))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY predictions.ml_predictions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.ml_predictions IS 'One answer about one entity, by a model or by a client; its outcome: prediction_outcomes.';

COMMENT ON COLUMN predictions.ml_predictions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.ml_predictions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.ml_predictions.prediction_id IS 'Id the client gave it; unique, see prediction_keys.';

COMMENT ON COLUMN predictions.ml_predictions.service_name IS 'Client service that asked; policy-engine''s is filled in.';

COMMENT ON COLUMN predictions.ml_predictions.prediction_type IS 'What is predicted, in the service''s words.';

COMMENT ON COLUMN predictions.ml_predictions.ml_model_id IS 'Registered model that answered.';

COMMENT ON COLUMN predictions.ml_predictions.model_version_id IS 'Registered version that answered.';

COMMENT ON COLUMN predictions.ml_predictions.model_version IS 'Name of the version, such as v1.2.0.';

COMMENT ON COLUMN predictions.ml_predictions.role IS 'Whether the answer was given or only kept.';

COMMENT ON COLUMN predictions.ml_predictions.source IS 'What made it.';

COMMENT ON COLUMN predictions.ml_predictions.entity_id IS 'What the prediction is about.';

COMMENT ON COLUMN predictions.ml_predictions.feature_row_id IS 'Row of ml_feature_store it was made from.';

COMMENT ON COLUMN predictions.ml_predictions.raw_margin IS 'The model''s own output before calibration.';

COMMENT ON COLUMN predictions.ml_predictions.predicted_value IS 'Calibrated probability, or the predicted number; of a violation its probability.';

COMMENT ON COLUMN predictions.ml_predictions.confidence_interval_lower IS 'Lower bound of predicted_value.';

COMMENT ON COLUMN predictions.ml_predictions.confidence_interval_upper IS 'Upper bound of predicted_value.';

COMMENT ON COLUMN predictions.ml_predictions.confidence IS 'Probability of the likelier of two outcomes.';

COMMENT ON COLUMN predictions.ml_predictions.confidence_score IS 'As confidence, for compliance predictions.';

COMMENT ON COLUMN predictions.ml_predictions.reasons IS 'Contribution of each feature of the version, in its order, then the base; sum: raw_margin.';

COMMENT ON COLUMN predictions.ml_predictions.violation_probability IS 'Probability of a policy violation.';

COMMENT ON COLUMN predictions.ml_predictions.time_to_violation_hours IS 'Hours until it is expected.';

COMMENT ON COLUMN predictions.ml_predictions.risk_level IS 'How much it matters.';

COMMENT ON COLUMN predictions.ml_predictions.risk_score IS 'Risk, 0 to 1.';

COMMENT ON COLUMN predictions.ml_predictions.impact_factors IS 'Security, compliance, operational, financial.';

COMMENT ON COLUMN predictions.ml_predictions.uncertainty_sources IS 'Epistemic, aleatoric, model, calibration.';

COMMENT ON COLUMN predictions.ml_predictions.recommendations IS 'What to do about it, most useful first.';

COMMENT ON COLUMN predictions.ml_predictions.attention_weights IS 'Attention by time step, for such models.';

COMMENT ON COLUMN predictions.ml_predictions.context IS 'What the client wants kept with it.';

COMMENT ON COLUMN predictions.ml_predictions.inference_time_ms IS 'Its share of the batch''s scoring time, in ms.';

COMMENT ON COLUMN predictions.ml_predictions.prediction_timestamp IS 'As of when it was made; also created_at.';

COMMENT ON COLUMN predictions.ml_predictions.expires_at IS 'When it is no longer worth anything.';

COMMENT ON COLUMN predictions.ml_predictions.remediation_status IS 'How far the remedy is.';

COMMENT ON COLUMN predictions.ml_predictions.remediation_id IS 'The remedy.';

COMMENT ON COLUMN predictions.ml_predictions.prediction_kind IS 'Who made it: model, service or compliance.';

COMMENT ON COLUMN predictions.ml_predictions.model_id IS 'Model that answered, by the client''s name for it.';

COMMENT ON COLUMN predictions.ml_predictions.resource_id IS 'The same under a compliance client''s name.';

COMMENT ON COLUMN predictions.ml_predictions.features_used IS 'Features that a client sent with it; those of feature_row_id: v_predictions.';

COMMENT ON COLUMN predictions.ml_predictions.shap_values IS 'Reasons that a client sent with it; those of our own models: v_predictions.';

COMMENT ON COLUMN predictions.ml_predictions.tenant_key IS 'Hash of tenant_id.';

COMMENT ON COLUMN predictions.ml_predictions.entity_key IS 'Hash of entity_id.';

COMMENT ON COLUMN predictions.ml_predictions.made_on IS 'Day of prediction_timestamp in UTC.';

CREATE TABLE predictions.prediction_outcomes (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid,
    model_version_id uuid,
    role text NOT NULL,
    feature_row_id uuid,
    raw_margin double precision,
    predicted_value double precision NOT NULL,
    actual_value double precision NOT NULL,
    error double precision NOT NULL,
    loss double precision NOT NULL,
    predicted_at timestamp with time zone NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    known_at timestamp with time zone NOT NULL,
    further_values jsonb,
    known_on date GENERATED ALWAYS AS (((known_at AT TIME ZONE 'UTC'::text))::date) STORED,
    CONSTRAINT ck_prediction_outcomes_further_values_valid CHECK ((jsonb_typeof(further_values) = 'object'::text)),
    CONSTRAINT ck_prediction_outcomes_model_whole CHECK (((ml_model_id IS NULL) = (model_version_id IS NULL))),
    CONSTRAINT ck_prediction_outcomes_role_valid CHECK ((role = ANY (ARRAY['live'::text, 'shadow'::text])))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY predictions.prediction_outcomes FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.prediction_outcomes IS 'What really happened; its id is the prediction''s, so there is at most one for each.';

COMMENT ON COLUMN predictions.prediction_outcomes.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.prediction_outcomes.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.prediction_outcomes.ml_model_id IS 'Model that answered, if registered.';

COMMENT ON COLUMN predictions.prediction_outcomes.model_version_id IS 'Version that answered, if registered.';

COMMENT ON COLUMN predictions.prediction_outcomes.role IS 'As on the prediction.';

COMMENT ON COLUMN predictions.prediction_outcomes.feature_row_id IS 'As on the prediction: pairs live with shadow.';

COMMENT ON COLUMN predictions.prediction_outcomes.raw_margin IS 'As on the prediction.';

COMMENT ON COLUMN predictions.prediction_outcomes.predicted_value IS 'As on the prediction.';

COMMENT ON COLUMN predictions.prediction_outcomes.actual_value IS 'What happened: 0 or 1, or the number.';

COMMENT ON COLUMN predictions.prediction_outcomes.error IS 'actual_value minus predicted_value.';

COMMENT ON COLUMN predictions.prediction_outcomes.loss IS 'Log loss in nats (a binary model), else squared error (regressions, clients).';

COMMENT ON COLUMN predictions.prediction_outcomes.predicted_at IS 'As of when the prediction was made.';

COMMENT ON COLUMN predictions.prediction_outcomes.happened_at IS 'When it happened.';

COMMENT ON COLUMN predictions.prediction_outcomes.known_at IS 'When we learned of it.';

COMMENT ON COLUMN predictions.prediction_outcomes.further_values IS 'What else happened, by name, where a client predicts several things at once.';

COMMENT ON COLUMN predictions.prediction_outcomes.known_on IS 'Day of known_at in UTC.';

CREATE TABLE predictions.predictions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_id uuid NOT NULL,
    ml_prediction_id uuid,
    prediction_type text NOT NULL,
    target_entity_type text,
    target_entity_id text,
    predicted_value jsonb,
    confidence_interval jsonb,
    prediction_horizon integer,
    prediction_horizon_unit text DEFAULT 'days'::text NOT NULL,
    input_features jsonb,
    prediction_timestamp timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    actual_outcome jsonb,
    outcome_timestamp timestamp with time zone,
    accuracy_score double precision,
    feedback_received jsonb,
    status text DEFAULT 'active'::text NOT NULL,
    CONSTRAINT ck_predictions_accuracy_score_valid CHECK (((accuracy_score >= (0)::double precision) AND (accuracy_score <= (1)::double precision))),
    CONSTRAINT ck_predictions_input_features_valid CHECK ((jsonb_typeof(input_features) = 'object'::text)),
    CONSTRAINT ck_predictions_prediction_horizon_unit_valid CHECK ((prediction_horizon_unit = ANY (ARRAY['minutes'::text, 'hours'::text, 'days'::text, 'weeks'::text, 'months'::text]))),
    CONSTRAINT ck_predictions_prediction_horizon_valid CHECK ((prediction_horizon > 0)),
    CONSTRAINT ck_predictions_prediction_type_valid CHECK ((prediction_type = ANY (ARRAY['performance_degradation'::text, 'bug_likelihood'::text, 'optimization_opportunity'::text, 'resource_usage'::text, 'user_behavior'::text, 'system_failure'::text]))),
    CONSTRAINT ck_predictions_status_valid CHECK ((status = ANY (ARRAY['active'::text, 'monitoring'::text, 'validated'::text, 'invalidated'::text, 'expired'::text]))),
    CONSTRAINT ck_predictions_target_entity_id_valid CHECK (((target_entity_id <> ''::text) AND (length(target_entity_id) <= 255))),
    CONSTRAINT ck_predictions_target_entity_type_valid CHECK ((target_entity_type = ANY (ARRAY['code_file'::text, 'function'::text, 'repository'::text, 'user'::text])))
);

ALTER TABLE ONLY predictions.predictions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.predictions IS 'A forecast about an entity, completed later with what came of it and how right it was.';

COMMENT ON COLUMN predictions.predictions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.predictions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.predictions.model_id IS 'Model that made it.';

COMMENT ON COLUMN predictions.predictions.ml_prediction_id IS 'The answer it rests on, if any.';

COMMENT ON COLUMN predictions.predictions.prediction_type IS 'What it is of.';

COMMENT ON COLUMN predictions.predictions.target_entity_type IS 'Kind of thing it is about.';

COMMENT ON COLUMN predictions.predictions.target_entity_id IS 'The thing it is about.';

COMMENT ON COLUMN predictions.predictions.predicted_value IS 'A number, a class or a structure.';

COMMENT ON COLUMN predictions.predictions.confidence_interval IS 'Its bounds, as the model words them.';

COMMENT ON COLUMN predictions.predictions.prediction_horizon IS 'How far ahead it looks, in prediction_horizon_unit.';

COMMENT ON COLUMN predictions.predictions.prediction_horizon_unit IS 'What the horizon is counted in.';

COMMENT ON COLUMN predictions.predictions.input_features IS 'What it was made from.';

COMMENT ON COLUMN predictions.predictions.prediction_timestamp IS 'When it was made.';

COMMENT ON COLUMN predictions.predictions.expires_at IS 'When it is too late to check it.';

COMMENT ON COLUMN predictions.predictions.actual_outcome IS 'What happened, in the form of predicted_value.';

COMMENT ON COLUMN predictions.predictions.outcome_timestamp IS 'When it happened.';

COMMENT ON COLUMN predictions.predictions.accuracy_score IS 'How right it was, 0 to 1.';

COMMENT ON COLUMN predictions.predictions.feedback_received IS 'What people said of it.';

COMMENT ON COLUMN predictions.predictions.status IS 'Where it stands.';

CREATE TABLE transfer.cross_domain_predictions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    transfer_run_id uuid,
    source_domain text NOT NULL,
    target_domain text NOT NULL,
    input_context jsonb NOT NULL,
    source_domain_prediction double precision,
    target_domain_prediction double precision NOT NULL,
    adaptation_confidence double precision,
    actual_value double precision,
    error double precision GENERATED ALWAYS AS ((actual_value - target_domain_prediction)) STORED,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_cross_domain_predictions_adaptation_confidence_valid CHECK (((adaptation_confidence >= (0)::double precision) AND (adaptation_confidence <= (1)::double precision))),
    CONSTRAINT ck_cross_domain_predictions_input_context_valid CHECK ((jsonb_typeof(input_context) = 'object'::text)),
    CONSTRAINT ck_cross_domain_predictions_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_cross_domain_predictions_source_domain_valid CHECK (((source_domain <> ''::text) AND (length(source_domain) <= 255))),
    CONSTRAINT ck_cross_domain_predictions_target_domain_valid CHECK (((target_domain <> ''::text) AND (length(target_domain) <= 255)))
);

ALTER TABLE ONLY transfer.cross_domain_predictions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE transfer.cross_domain_predictions IS 'One question answered by the source domain''s model and by the transferred one.';

COMMENT ON COLUMN transfer.cross_domain_predictions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN transfer.cross_domain_predictions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN transfer.cross_domain_predictions.transfer_run_id IS 'Transfer that made the model.';

COMMENT ON COLUMN transfer.cross_domain_predictions.source_domain IS 'Domain the model comes from.';

COMMENT ON COLUMN transfer.cross_domain_predictions.target_domain IS 'Domain of the question.';

COMMENT ON COLUMN transfer.cross_domain_predictions.input_context IS 'What was asked about.';

COMMENT ON COLUMN transfer.cross_domain_predictions.source_domain_prediction IS 'What the source model answers.';

COMMENT ON COLUMN transfer.cross_domain_predictions.target_domain_prediction IS 'What the transferred model answers.';

COMMENT ON COLUMN transfer.cross_domain_predictions.adaptation_confidence IS 'How far the transferred model is to be trusted here, 0 to 1.';

COMMENT ON COLUMN transfer.cross_domain_predictions.actual_value IS 'What really happened, once it is known.';

COMMENT ON COLUMN transfer.cross_domain_predictions.error IS 'actual_value minus target_domain_prediction; NULL while the truth is unknown.';

COMMENT ON COLUMN transfer.cross_domain_predictions.metadata IS 'Whatever else the client notes.';

COMMENT ON COLUMN transfer.cross_domain_predictions.created_at IS 'When it was made.';

CREATE TABLE transfer.transfer_learning_runs (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    source_domain text NOT NULL,
    target_domain text NOT NULL,
    source_model_id text NOT NULL,
    ml_model_id uuid,
    source_model_version text NOT NULL,
    run_name text NOT NULL,
    description text,
    transfer_strategy text NOT NULL,
    frozen_layers bigint,
    learning_rate double precision,
    training_data_count bigint NOT NULL,
    validation_data_count bigint,
    status text DEFAULT 'queued'::text NOT NULL,
    progress_percentage double precision DEFAULT 0 NOT NULL,
    target_model_id text,
    target_model_version text,
    performance_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_transfer_learning_runs_frozen_layers_valid CHECK ((frozen_layers >= 0)),
    CONSTRAINT ck_transfer_learning_runs_learning_rate_valid CHECK (((learning_rate > (0)::double precision) AND (learning_rate < 'Infinity'::double precision))),
    CONSTRAINT ck_transfer_learning_runs_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_transfer_learning_runs_performance_metrics_valid CHECK ((jsonb_typeof(performance_metrics) = 'object'::text)),
    CONSTRAINT ck_transfer_learning_runs_progress CHECK (((progress_percentage >= (0)::double precision) AND (progress_percentage <= (100)::double precision))),
    CONSTRAINT ck_transfer_learning_runs_run_name_valid CHECK (((run_name <> ''::text) AND (length(run_name) <= 255))),
    CONSTRAINT ck_transfer_learning_runs_source_domain_valid CHECK (((source_domain <> ''::text) AND (length(source_domain) <= 255))),
    CONSTRAINT ck_transfer_learning_runs_source_model_id_valid CHECK (((source_model_id <> ''::text) AND (length(source_model_id) <= 255))),
    CONSTRAINT ck_transfer_learning_runs_source_model_version_valid CHECK (((source_model_version <> ''::text) AND (length(source_model_version) <= 255))),
    CONSTRAINT ck_transfer_learning_runs_span CHECK ((completed_at >= started_at)),
    CONSTRAINT ck_transfer_learning_runs_status_valid CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT ck_transfer_learning_runs_target_domain_valid CHECK (((target_domain <> ''::text) AND (length(target_domain) <= 255))),
    CONSTRAINT ck_transfer_learning_runs_target_model_id_valid CHECK (((target_model_id <> ''::text) AND (length(target_model_id) <= 255))),
    CONSTRAINT ck_transfer_learning_runs_target_model_version_valid CHECK (((target_model_version <> ''::text) AND (length(target_model_version) <= 255))),
    CONSTRAINT ck_transfer_learning_runs_training_data_count_valid CHECK ((training_data_count >= 0)),
    CONSTRAINT ck_transfer_learning_runs_transfer_strategy_valid CHECK ((transfer_strategy = ANY (ARRAY['fine-tuning'::text, 'feature-extraction'::text, 'adversarial'::text, 'multi-task'::text]))),
    CONSTRAINT ck_transfer_learning_runs_validation_data_count_valid CHECK ((validation_data_count >= 0))
);

ALTER TABLE ONLY transfer.transfer_learning_runs FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE transfer.transfer_learning_runs IS 'A transfer of a model from one domain to another: how far it is and what it made.';

COMMENT ON COLUMN transfer.transfer_learning_runs.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN transfer.transfer_learning_runs.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN transfer.transfer_learning_runs.user_id IS 'Owner; NULL when it belongs to the whole tenant.';

COMMENT ON COLUMN transfer.transfer_learning_runs.source_domain IS 'Domain the model comes from.';

COMMENT ON COLUMN transfer.transfer_learning_runs.target_domain IS 'Domain it is carried to.';

COMMENT ON COLUMN transfer.transfer_learning_runs.source_model_id IS 'Model it starts from, by ml_models.model_id.';

COMMENT ON COLUMN transfer.transfer_learning_runs.ml_model_id IS 'The same, when it is registered here.';

COMMENT ON COLUMN transfer.transfer_learning_runs.source_model_version IS 'Version text it starts from.';

COMMENT ON COLUMN transfer.transfer_learning_runs.run_name IS 'What it is called.';

COMMENT ON COLUMN transfer.transfer_learning_runs.description IS 'What it is for.';

COMMENT ON COLUMN transfer.transfer_learning_runs.transfer_strategy IS 'How the model is carried over.';

COMMENT ON COLUMN transfer.transfer_learning_runs.frozen_layers IS 'Layers that are not fitted again.';

COMMENT ON COLUMN transfer.transfer_learning_runs.learning_rate IS 'Step size of the fit, more than 0.';

COMMENT ON COLUMN transfer.transfer_learning_runs.training_data_count IS 'Rows of the target domain it learns from.';

COMMENT ON COLUMN transfer.transfer_learning_runs.validation_data_count IS 'Rows it is measured on.';

COMMENT ON COLUMN transfer.transfer_learning_runs.status IS 'Where it stands.';

COMMENT ON COLUMN transfer.transfer_learning_runs.progress_percentage IS 'How far it is, in per cent.';

COMMENT ON COLUMN transfer.transfer_learning_runs.target_model_id IS 'Model it made, by ml_models.model_id.';

COMMENT ON COLUMN transfer.transfer_learning_runs.target_model_version IS 'Version text it made.';

COMMENT ON COLUMN transfer.transfer_learning_runs.performance_metrics IS 'Metric -> value of what it made.';

COMMENT ON COLUMN transfer.transfer_learning_runs.metadata IS 'Whatever else the owner notes.';

COMMENT ON COLUMN transfer.transfer_learning_runs.started_at IS 'When it began; when it was asked for, while it is queued.';

COMMENT ON COLUMN transfer.transfer_learning_runs.completed_at IS 'When it ended, however it ended.';

COMMENT ON COLUMN transfer.transfer_learning_runs.created_at IS 'When the row was made.';

CREATE VIEW analytics.v_all_predictions WITH (security_invoker='true') AS
 SELECT 'ml_predictions'::text AS source_table,
    p.id,
    p.tenant_id,
    p.service_name,
    p.prediction_type,
    p.predicted_value,
    o.actual_value,
    p.confidence,
    p.model_version,
    p.prediction_timestamp AS created_at
   FROM (predictions.ml_predictions p
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))))
  WHERE (p.role = 'live'::text)
UNION ALL
 SELECT 'predictions'::text AS source_table,
    f.id,
    f.tenant_id,
    NULL::text AS service_name,
    f.prediction_type,
        CASE
            WHEN (jsonb_typeof(f.predicted_value) IS DISTINCT FROM 'number'::text) THEN NULL::double precision
            WHEN ((abs((f.predicted_value)::numeric) >= 0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001) AND (abs((f.predicted_value)::numeric) <= '100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)) THEN (f.predicted_value)::double precision
            WHEN (abs((f.predicted_value)::numeric) < 0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001) THEN (0)::double precision
            ELSE NULL::double precision
        END AS predicted_value,
        CASE
            WHEN (jsonb_typeof(f.actual_outcome) IS DISTINCT FROM 'number'::text) THEN NULL::double precision
            WHEN ((abs((f.actual_outcome)::numeric) >= 0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001) AND (abs((f.actual_outcome)::numeric) <= '100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)) THEN (f.actual_outcome)::double precision
            WHEN (abs((f.actual_outcome)::numeric) < 0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001) THEN (0)::double precision
            ELSE NULL::double precision
        END AS actual_value,
    NULL::double precision AS confidence,
    NULL::text AS model_version,
    f.prediction_timestamp AS created_at
   FROM predictions.predictions f
UNION ALL
 SELECT 'ensemble_predictions'::text AS source_table,
    e.id,
    e.tenant_id,
    e.service_name,
    e.prediction_type,
    e.ensemble_prediction AS predicted_value,
    e.actual_value,
    e.confidence,
    NULL::text AS model_version,
    e.created_at
   FROM ensembles.ensemble_predictions e
UNION ALL
 SELECT 'cross_domain_predictions'::text AS source_table,
    c.id,
    c.tenant_id,
    NULL::text AS service_name,
    c.target_domain AS prediction_type,
    c.target_domain_prediction AS predicted_value,
    c.actual_value,
    c.adaptation_confidence AS confidence,
    r.target_model_version AS model_version,
    c.created_at
   FROM (transfer.cross_domain_predictions c
     LEFT JOIN transfer.transfer_learning_runs r ON (((r.tenant_id = c.tenant_id) AND (r.id = c.transfer_run_id))));

COMMENT ON VIEW analytics.v_all_predictions IS 'Answers that were given by models, clients, ensembles and transferred models, and forecasts; the prediction_type of a transferred model''s answer is its target domain.';

CREATE TABLE app.partitioned (
    parent text NOT NULL,
    key_column text NOT NULL,
    unit text NOT NULL,
    CONSTRAINT partitioned_unit_check CHECK ((unit = ANY (ARRAY['day'::text, 'week'::text, 'month'::text])))
);

COMMENT ON TABLE app.partitioned IS 'Tables whose partitions app.ensure_partition may create.';

CREATE TABLE app.retention (
    parent text NOT NULL,
    keep_days integer NOT NULL,
    CONSTRAINT retention_keep_days_check CHECK ((keep_days > 0))
);

COMMENT ON TABLE app.retention IS 'Days a table keeps its rows unless a data_retention_policies row says otherwise.';

CREATE TABLE app.runtime_views (
    name text NOT NULL
);

COMMENT ON TABLE app.runtime_views IS 'Views that a command made; no declaration says them.';

CREATE TABLE app.secret_register (
    key_id uuid NOT NULL,
    secret_sha256 text NOT NULL,
    tenant_id uuid NOT NULL
);

COMMENT ON TABLE app.secret_register IS 'Tenant of each key by the hash of its secret, kept by a trigger on tenancy.api_keys.';

CREATE TABLE app.tenant_register (
    tenant_id uuid NOT NULL,
    slug text NOT NULL
);

COMMENT ON TABLE app.tenant_register IS 'Tenants by their slug, kept by a trigger on tenancy.tenants.';

CREATE TABLE audit.audit_chain_heads (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    seq bigint NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT ck_audit_chain_heads_seq_valid CHECK ((seq >= 0)),
    CONSTRAINT ck_audit_chain_heads_sha256_valid CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE ONLY audit.audit_chain_heads FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE audit.audit_chain_heads IS 'The newest place of each tenant''s chain: rows cut off its end show too.';

COMMENT ON COLUMN audit.audit_chain_heads.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN audit.audit_chain_heads.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN audit.audit_chain_heads.seq IS 'Sequence number of the newest row.';

COMMENT ON COLUMN audit.audit_chain_heads.sha256 IS 'Hash of the newest row.';

CREATE TABLE audit.audit_logs (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    team_id uuid,
    action_type text NOT NULL,
    resource_type text NOT NULL,
    resource_id text,
    action_details jsonb DEFAULT '{}'::jsonb NOT NULL,
    ip_address text,
    user_agent text,
    success boolean DEFAULT true NOT NULL,
    error_message text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seq bigint DEFAULT 0 NOT NULL,
    previous_sha256 text DEFAULT repeat('0'::text, 64) NOT NULL,
    sha256 text DEFAULT repeat('0'::text, 64) NOT NULL,
    CONSTRAINT ck_audit_logs_action_details_valid CHECK ((jsonb_typeof(action_details) = 'object'::text)),
    CONSTRAINT ck_audit_logs_action_type_valid CHECK ((action_type = ANY (ARRAY['create'::text, 'update'::text, 'delete'::text, 'access'::text, 'login'::text, 'logout'::text]))),
    CONSTRAINT ck_audit_logs_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_audit_logs_previous_sha256_valid CHECK ((previous_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_audit_logs_resource_type_valid CHECK (((resource_type <> ''::text) AND (length(resource_type) <= 255))),
    CONSTRAINT ck_audit_logs_seq_valid CHECK ((seq >= 0)),
    CONSTRAINT ck_audit_logs_sha256_valid CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
)
PARTITION BY RANGE (created_at);

ALTER TABLE ONLY audit.audit_logs FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE audit.audit_logs IS 'Append-only audit trail; each row is chained to the one before it by a hash.';

COMMENT ON COLUMN audit.audit_logs.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN audit.audit_logs.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN audit.audit_logs.user_id IS 'User who did it; NULL for jobs and keys without one.';

COMMENT ON COLUMN audit.audit_logs.team_id IS 'Team on whose behalf it was done, if any.';

COMMENT ON COLUMN audit.audit_logs.action_type IS 'What was done.';

COMMENT ON COLUMN audit.audit_logs.resource_type IS 'Kind of thing it was done to, such as model or users.';

COMMENT ON COLUMN audit.audit_logs.resource_id IS 'Which one.';

COMMENT ON COLUMN audit.audit_logs.action_details IS 'What changed; for a table, column to [before, after].';

COMMENT ON COLUMN audit.audit_logs.ip_address IS 'Address the request came from.';

COMMENT ON COLUMN audit.audit_logs.user_agent IS 'Program the request came from.';

COMMENT ON COLUMN audit.audit_logs.success IS 'Whether it was done, or refused.';

COMMENT ON COLUMN audit.audit_logs.error_message IS 'Why it was refused.';

COMMENT ON COLUMN audit.audit_logs.metadata IS 'More about the circumstances, such as the actor''s name.';

COMMENT ON COLUMN audit.audit_logs.created_at IS 'When it was done.';

COMMENT ON COLUMN audit.audit_logs.seq IS 'Place in the tenant''s chain, 1, 2, 3 ...';

COMMENT ON COLUMN audit.audit_logs.previous_sha256 IS 'Hash of the row before; zeros for the first.';

COMMENT ON COLUMN audit.audit_logs.sha256 IS 'Hash over this row and previous_sha256.';

CREATE TABLE caching.cache_patterns (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    pattern_type text NOT NULL,
    pattern_description text,
    pattern_signature jsonb NOT NULL,
    signature_sha256 text GENERATED ALWAYS AS (encode(sha256((replace((pattern_signature)::text, '\'::text, '\\'::text))::bytea), 'hex'::text)) STORED NOT NULL,
    frequency bigint DEFAULT 0 NOT NULL,
    average_access_interval_seconds double precision,
    associated_keys text[],
    prediction_accuracy double precision,
    last_seen_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_cache_patterns_average_access_interval_seconds_valid CHECK (((average_access_interval_seconds >= (0)::double precision) AND (average_access_interval_seconds < 'Infinity'::double precision))),
    CONSTRAINT ck_cache_patterns_frequency_valid CHECK ((frequency >= 0)),
    CONSTRAINT ck_cache_patterns_pattern_signature_valid CHECK ((jsonb_typeof(pattern_signature) = 'object'::text)),
    CONSTRAINT ck_cache_patterns_pattern_type_valid CHECK ((pattern_type = ANY (ARRAY['temporal'::text, 'sequential'::text, 'frequency'::text, 'semantic'::text]))),
    CONSTRAINT ck_cache_patterns_prediction_accuracy_valid CHECK (((prediction_accuracy >= (0)::double precision) AND (prediction_accuracy <= (1)::double precision)))
);

ALTER TABLE ONLY caching.cache_patterns FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE caching.cache_patterns IS 'A recognised way in which keys are read, and the keys that follow it.';

COMMENT ON COLUMN caching.cache_patterns.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN caching.cache_patterns.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN caching.cache_patterns.pattern_type IS 'What binds the accesses together.';

COMMENT ON COLUMN caching.cache_patterns.pattern_description IS 'The same for people.';

COMMENT ON COLUMN caching.cache_patterns.pattern_signature IS 'What the pattern is recognised by.';

COMMENT ON COLUMN caching.cache_patterns.signature_sha256 IS 'SHA-256 of the signature; unique with the type.';

COMMENT ON COLUMN caching.cache_patterns.frequency IS 'How often it was seen.';

COMMENT ON COLUMN caching.cache_patterns.average_access_interval_seconds IS 'Mean time between two accesses, in seconds.';

COMMENT ON COLUMN caching.cache_patterns.associated_keys IS 'Keys that follow it.';

COMMENT ON COLUMN caching.cache_patterns.prediction_accuracy IS 'Share of the keys it led to that were read, 0 to 1.';

COMMENT ON COLUMN caching.cache_patterns.last_seen_at IS 'When it was last seen.';

COMMENT ON COLUMN caching.cache_patterns.created_at IS 'When it was first seen.';

COMMENT ON COLUMN caching.cache_patterns.updated_at IS 'When the row was last changed.';

CREATE TABLE caching.cache_predictions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    cache_key text NOT NULL,
    cache_key_hash text NOT NULL,
    predicted_access_time timestamp with time zone,
    prediction_confidence double precision,
    predicted_value jsonb,
    cache_tier text DEFAULT 'L1'::text NOT NULL,
    ttl_seconds bigint,
    access_pattern_id uuid,
    is_prewarmed boolean DEFAULT false NOT NULL,
    prewarmed_at timestamp with time zone,
    actual_access_count bigint DEFAULT 0 NOT NULL,
    last_accessed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_cache_predictions_actual_access_count_valid CHECK ((actual_access_count >= 0)),
    CONSTRAINT ck_cache_predictions_cache_key_hash_valid CHECK ((cache_key_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_cache_predictions_cache_tier_valid CHECK ((cache_tier = ANY (ARRAY['L1'::text, 'L2'::text, 'L3'::text]))),
    CONSTRAINT ck_cache_predictions_prediction_confidence_valid CHECK (((prediction_confidence >= (0)::double precision) AND (prediction_confidence <= (1)::double precision))),
    CONSTRAINT ck_cache_predictions_ttl_seconds_valid CHECK ((ttl_seconds >= 0))
);

ALTER TABLE ONLY caching.cache_predictions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE caching.cache_predictions IS 'A key that is expected to be read: when, how surely, and the value to load before.';

COMMENT ON COLUMN caching.cache_predictions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN caching.cache_predictions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN caching.cache_predictions.cache_key IS 'The key.';

COMMENT ON COLUMN caching.cache_predictions.cache_key_hash IS 'SHA-256 of the key.';

COMMENT ON COLUMN caching.cache_predictions.predicted_access_time IS 'When it is expected to be read.';

COMMENT ON COLUMN caching.cache_predictions.prediction_confidence IS 'How surely, 0 to 1.';

COMMENT ON COLUMN caching.cache_predictions.predicted_value IS 'Value to load, when it is known.';

COMMENT ON COLUMN caching.cache_predictions.cache_tier IS 'Where it is loaded.';

COMMENT ON COLUMN caching.cache_predictions.ttl_seconds IS 'How long the value stays good, in seconds.';

COMMENT ON COLUMN caching.cache_predictions.access_pattern_id IS 'Pattern that led to it.';

COMMENT ON COLUMN caching.cache_predictions.is_prewarmed IS 'Whether it is loaded.';

COMMENT ON COLUMN caching.cache_predictions.prewarmed_at IS 'When it was loaded.';

COMMENT ON COLUMN caching.cache_predictions.actual_access_count IS 'How often it was read since.';

COMMENT ON COLUMN caching.cache_predictions.last_accessed_at IS 'When it was last read.';

COMMENT ON COLUMN caching.cache_predictions.created_at IS 'When it was predicted.';

CREATE TABLE caching.cache_warming_jobs (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    job_name text NOT NULL,
    description text,
    warming_strategy text NOT NULL,
    target_cache_tier text DEFAULT 'L1'::text NOT NULL,
    prediction_ids uuid[],
    pattern_ids uuid[],
    status text DEFAULT 'queued'::text NOT NULL,
    progress_percentage double precision DEFAULT 0 NOT NULL,
    keys_to_warm bigint,
    keys_warmed bigint DEFAULT 0 NOT NULL,
    keys_failed bigint DEFAULT 0 NOT NULL,
    warming_time_seconds double precision,
    hit_rate_after_warming double precision,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_cache_warming_jobs_hit_rate_after_warming_valid CHECK (((hit_rate_after_warming >= (0)::double precision) AND (hit_rate_after_warming <= (1)::double precision))),
    CONSTRAINT ck_cache_warming_jobs_job_name_valid CHECK (((job_name <> ''::text) AND (length(job_name) <= 255))),
    CONSTRAINT ck_cache_warming_jobs_keys_failed_valid CHECK ((keys_failed >= 0)),
    CONSTRAINT ck_cache_warming_jobs_keys_to_warm_valid CHECK ((keys_to_warm >= 0)),
    CONSTRAINT ck_cache_warming_jobs_keys_warmed_valid CHECK ((keys_warmed >= 0)),
    CONSTRAINT ck_cache_warming_jobs_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_cache_warming_jobs_progress_percentage_valid CHECK (((progress_percentage >= (0)::double precision) AND (progress_percentage <= (100)::double precision))),
    CONSTRAINT ck_cache_warming_jobs_status_valid CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT ck_cache_warming_jobs_target_cache_tier_valid CHECK ((target_cache_tier = ANY (ARRAY['L1'::text, 'L2'::text, 'L3'::text]))),
    CONSTRAINT ck_cache_warming_jobs_warming_strategy_valid CHECK ((warming_strategy = ANY (ARRAY['predictive'::text, 'pattern-based'::text, 'scheduled'::text, 'manual'::text]))),
    CONSTRAINT ck_cache_warming_jobs_warming_time_seconds_valid CHECK (((warming_time_seconds >= (0)::double precision) AND (warming_time_seconds < 'Infinity'::double precision)))
);

ALTER TABLE ONLY caching.cache_warming_jobs FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE caching.cache_warming_jobs IS 'A job that loads keys into a tier before they are asked for.';

COMMENT ON COLUMN caching.cache_warming_jobs.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN caching.cache_warming_jobs.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN caching.cache_warming_jobs.user_id IS 'Whose it is; NULL: everybody''s in the tenant.';

COMMENT ON COLUMN caching.cache_warming_jobs.job_name IS 'Name shown to people.';

COMMENT ON COLUMN caching.cache_warming_jobs.description IS 'What it is for.';

COMMENT ON COLUMN caching.cache_warming_jobs.warming_strategy IS 'How its keys are chosen.';

COMMENT ON COLUMN caching.cache_warming_jobs.target_cache_tier IS 'Where they are loaded.';

COMMENT ON COLUMN caching.cache_warming_jobs.prediction_ids IS 'Predictions whose keys are loaded.';

COMMENT ON COLUMN caching.cache_warming_jobs.pattern_ids IS 'Patterns whose keys are loaded.';

COMMENT ON COLUMN caching.cache_warming_jobs.status IS 'Where it stands.';

COMMENT ON COLUMN caching.cache_warming_jobs.progress_percentage IS 'How far it is, in per cent.';

COMMENT ON COLUMN caching.cache_warming_jobs.keys_to_warm IS 'Keys to load.';

COMMENT ON COLUMN caching.cache_warming_jobs.keys_warmed IS 'Keys loaded.';

COMMENT ON COLUMN caching.cache_warming_jobs.keys_failed IS 'Keys that could not be loaded.';

COMMENT ON COLUMN caching.cache_warming_jobs.warming_time_seconds IS 'How long it took, in seconds.';

COMMENT ON COLUMN caching.cache_warming_jobs.hit_rate_after_warming IS 'Hits by reads afterwards, 0 to 1.';

COMMENT ON COLUMN caching.cache_warming_jobs.metadata IS 'Whatever else its owner notes.';

COMMENT ON COLUMN caching.cache_warming_jobs.started_at IS 'When it began.';

COMMENT ON COLUMN caching.cache_warming_jobs.completed_at IS 'When it ended.';

COMMENT ON COLUMN caching.cache_warming_jobs.created_at IS 'When it was made.';

CREATE TABLE catalog.industries (
    id uuid DEFAULT uuidv7() NOT NULL,
    industry_id text NOT NULL,
    name text NOT NULL,
    icon text,
    description text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_industries_icon_valid CHECK (((icon <> ''::text) AND (length(icon) <= 255))),
    CONSTRAINT ck_industries_industry_id_valid CHECK (((industry_id <> ''::text) AND (length(industry_id) <= 255))),
    CONSTRAINT ck_industries_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255)))
);

ALTER TABLE ONLY catalog.industries FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE catalog.industries IS 'An industry that use cases belong to; the same list for every tenant.';

COMMENT ON COLUMN catalog.industries.id IS 'Version 5 uuid of the key, the same in every installation, for rows that we ship.';

COMMENT ON COLUMN catalog.industries.industry_id IS 'Stable key, such as retail; translations go by it.';

COMMENT ON COLUMN catalog.industries.name IS 'Name in English.';

COMMENT ON COLUMN catalog.industries.icon IS 'Name of its icon.';

COMMENT ON COLUMN catalog.industries.description IS 'What belongs to it, in English.';

COMMENT ON COLUMN catalog.industries.is_active IS 'Whether it is shown.';

COMMENT ON COLUMN catalog.industries.created_at IS 'When it was made.';

COMMENT ON COLUMN catalog.industries.updated_at IS 'When it was last changed.';

CREATE TABLE catalog.interactive_solutions (
    id uuid DEFAULT uuidv7() NOT NULL,
    solution_id text NOT NULL,
    use_case_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    scenarios jsonb NOT NULL,
    pipeline jsonb NOT NULL,
    display_order integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_interactive_solutions_has_four_steps CHECK ((jsonb_array_length(pipeline) = 4)),
    CONSTRAINT ck_interactive_solutions_has_scenarios CHECK ((jsonb_array_length(scenarios) > 0)),
    CONSTRAINT ck_interactive_solutions_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_interactive_solutions_pipeline_valid CHECK ((jsonb_typeof(pipeline) = 'array'::text)),
    CONSTRAINT ck_interactive_solutions_scenarios_valid CHECK ((jsonb_typeof(scenarios) = 'array'::text)),
    CONSTRAINT ck_interactive_solutions_solution_id_valid CHECK (((solution_id <> ''::text) AND (length(solution_id) <= 255)))
);

ALTER TABLE ONLY catalog.interactive_solutions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE catalog.interactive_solutions IS 'A use case to try out: scenarios with fields to fill in, and the steps that answer.';

COMMENT ON COLUMN catalog.interactive_solutions.id IS 'Version 5 uuid of the key, the same in every installation, for rows that we ship.';

COMMENT ON COLUMN catalog.interactive_solutions.solution_id IS 'Stable key, such as dynamic-pricing.';

COMMENT ON COLUMN catalog.interactive_solutions.use_case_id IS 'Use case it shows; a tenant''s copy has the same id.';

COMMENT ON COLUMN catalog.interactive_solutions.name IS 'Name in English.';

COMMENT ON COLUMN catalog.interactive_solutions.description IS 'What it shows, in English.';

COMMENT ON COLUMN catalog.interactive_solutions.scenarios IS 'Situations to try: key, name, description and fields with key, label, type and default.';

COMMENT ON COLUMN catalog.interactive_solutions.pipeline IS 'The four steps in order: key, name and description.';

COMMENT ON COLUMN catalog.interactive_solutions.display_order IS 'Place in lists, lowest first.';

COMMENT ON COLUMN catalog.interactive_solutions.is_active IS 'Whether it is shown.';

COMMENT ON COLUMN catalog.interactive_solutions.created_at IS 'When it was made.';

COMMENT ON COLUMN catalog.interactive_solutions.updated_at IS 'When it was last changed.';

CREATE TABLE catalog.use_case_categories (
    id uuid DEFAULT uuidv7() NOT NULL,
    category_id text NOT NULL,
    name text NOT NULL,
    icon text,
    description text,
    display_order integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_use_case_categories_category_id_valid CHECK (((category_id <> ''::text) AND (length(category_id) <= 255))),
    CONSTRAINT ck_use_case_categories_icon_valid CHECK (((icon <> ''::text) AND (length(icon) <= 255))),
    CONSTRAINT ck_use_case_categories_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255)))
);

ALTER TABLE ONLY catalog.use_case_categories FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE catalog.use_case_categories IS 'A group of use cases; the same list for every tenant.';

COMMENT ON COLUMN catalog.use_case_categories.id IS 'Version 5 uuid of the key, the same in every installation, for rows that we ship.';

COMMENT ON COLUMN catalog.use_case_categories.category_id IS 'Stable key, such as analytics; translations go by it.';

COMMENT ON COLUMN catalog.use_case_categories.name IS 'Name in English.';

COMMENT ON COLUMN catalog.use_case_categories.icon IS 'Name of its icon.';

COMMENT ON COLUMN catalog.use_case_categories.description IS 'What belongs to it, in English.';

COMMENT ON COLUMN catalog.use_case_categories.display_order IS 'Place in lists, lowest first.';

COMMENT ON COLUMN catalog.use_case_categories.is_active IS 'Whether it is shown.';

COMMENT ON COLUMN catalog.use_case_categories.created_at IS 'When it was made.';

COMMENT ON COLUMN catalog.use_case_categories.updated_at IS 'When it was last changed.';

CREATE TABLE catalog.use_case_executions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    use_case_id uuid NOT NULL,
    user_id uuid,
    session_id text,
    input_data jsonb,
    output_data jsonb,
    confidence double precision,
    latency_ms double precision,
    success boolean DEFAULT true NOT NULL,
    error_message text,
    model_version text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_use_case_executions_confidence_valid CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT ck_use_case_executions_input_data_valid CHECK ((jsonb_typeof(input_data) = 'object'::text)),
    CONSTRAINT ck_use_case_executions_latency_ms_valid CHECK (((latency_ms >= (0)::double precision) AND (latency_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_use_case_executions_model_version_valid CHECK (((model_version <> ''::text) AND (length(model_version) <= 255))),
    CONSTRAINT ck_use_case_executions_output_data_valid CHECK ((jsonb_typeof(output_data) = 'object'::text)),
    CONSTRAINT ck_use_case_executions_session_id_valid CHECK (((session_id <> ''::text) AND (length(session_id) <= 255)))
);

ALTER TABLE ONLY catalog.use_case_executions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE catalog.use_case_executions IS 'One run of a use case: what went in, what came out, how sure and how fast.';

COMMENT ON COLUMN catalog.use_case_executions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN catalog.use_case_executions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN catalog.use_case_executions.use_case_id IS 'The use case; one with runs is made inactive.';

COMMENT ON COLUMN catalog.use_case_executions.user_id IS 'Who ran it, if known.';

COMMENT ON COLUMN catalog.use_case_executions.session_id IS 'Session it ran in.';

COMMENT ON COLUMN catalog.use_case_executions.input_data IS 'What went in.';

COMMENT ON COLUMN catalog.use_case_executions.output_data IS 'What came out.';

COMMENT ON COLUMN catalog.use_case_executions.confidence IS 'How sure the model was, 0 to 1.';

COMMENT ON COLUMN catalog.use_case_executions.latency_ms IS 'How long it took, in milliseconds.';

COMMENT ON COLUMN catalog.use_case_executions.success IS 'Whether it gave an answer.';

COMMENT ON COLUMN catalog.use_case_executions.error_message IS 'Why it did not.';

COMMENT ON COLUMN catalog.use_case_executions.model_version IS 'Version of the model that answered.';

COMMENT ON COLUMN catalog.use_case_executions.created_at IS 'When it ran.';

CREATE TABLE catalog.use_case_templates (
    id uuid DEFAULT uuidv7() NOT NULL,
    use_case_id text NOT NULL,
    display_name text NOT NULL,
    industry_id uuid NOT NULL,
    category_id uuid,
    category text NOT NULL,
    short_description text,
    long_description text,
    theory_content text,
    keywords jsonb DEFAULT '[]'::jsonb NOT NULL,
    tips jsonb DEFAULT '[]'::jsonb NOT NULL,
    icon text,
    display_order integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_use_case_templates_category_valid CHECK (((category <> ''::text) AND (length(category) <= 255))),
    CONSTRAINT ck_use_case_templates_display_name_valid CHECK (((display_name <> ''::text) AND (length(display_name) <= 255))),
    CONSTRAINT ck_use_case_templates_icon_valid CHECK (((icon <> ''::text) AND (length(icon) <= 255))),
    CONSTRAINT ck_use_case_templates_keywords_valid CHECK ((jsonb_typeof(keywords) = 'array'::text)),
    CONSTRAINT ck_use_case_templates_tips_valid CHECK ((jsonb_typeof(tips) = 'array'::text)),
    CONSTRAINT ck_use_case_templates_use_case_id_valid CHECK (((use_case_id <> ''::text) AND (length(use_case_id) <= 255)))
);

ALTER TABLE ONLY catalog.use_case_templates FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE catalog.use_case_templates IS 'A use case that every new tenant gets a copy of, under the same id.';

COMMENT ON COLUMN catalog.use_case_templates.id IS 'Version 5 uuid of the key, the same in every installation, for rows that we ship.';

COMMENT ON COLUMN catalog.use_case_templates.use_case_id IS 'Stable key, such as churn; translations go by it.';

COMMENT ON COLUMN catalog.use_case_templates.display_name IS 'Name shown to people.';

COMMENT ON COLUMN catalog.use_case_templates.industry_id IS 'Industry it belongs to.';

COMMENT ON COLUMN catalog.use_case_templates.category_id IS 'Its category.';

COMMENT ON COLUMN catalog.use_case_templates.category IS 'Key of its category, or a word of the tenant''s own.';

COMMENT ON COLUMN catalog.use_case_templates.short_description IS 'What it does, in one sentence.';

COMMENT ON COLUMN catalog.use_case_templates.long_description IS 'What it does, at length.';

COMMENT ON COLUMN catalog.use_case_templates.theory_content IS 'How it works.';

COMMENT ON COLUMN catalog.use_case_templates.keywords IS 'Words to find it by.';

COMMENT ON COLUMN catalog.use_case_templates.tips IS 'Advice for using it well.';

COMMENT ON COLUMN catalog.use_case_templates.icon IS 'Name of its icon.';

COMMENT ON COLUMN catalog.use_case_templates.display_order IS 'Place in lists, lowest first.';

COMMENT ON COLUMN catalog.use_case_templates.is_active IS 'Whether it is shown.';

COMMENT ON COLUMN catalog.use_case_templates.created_at IS 'When it was made.';

COMMENT ON COLUMN catalog.use_case_templates.updated_at IS 'When it was last changed.';

CREATE TABLE catalog.use_cases (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    interactive_route text,
    industry_route text,
    api_endpoint text,
    is_dynamic boolean DEFAULT false NOT NULL,
    meta_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    use_case_id text NOT NULL,
    display_name text NOT NULL,
    industry_id uuid NOT NULL,
    category_id uuid,
    category text NOT NULL,
    short_description text,
    long_description text,
    theory_content text,
    keywords jsonb DEFAULT '[]'::jsonb NOT NULL,
    tips jsonb DEFAULT '[]'::jsonb NOT NULL,
    icon text,
    display_order integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_use_cases_api_endpoint_valid CHECK (((api_endpoint <> ''::text) AND (length(api_endpoint) <= 255))),
    CONSTRAINT ck_use_cases_category_valid CHECK (((category <> ''::text) AND (length(category) <= 255))),
    CONSTRAINT ck_use_cases_display_name_valid CHECK (((display_name <> ''::text) AND (length(display_name) <= 255))),
    CONSTRAINT ck_use_cases_icon_valid CHECK (((icon <> ''::text) AND (length(icon) <= 255))),
    CONSTRAINT ck_use_cases_industry_route_valid CHECK (((industry_route <> ''::text) AND (length(industry_route) <= 255))),
    CONSTRAINT ck_use_cases_interactive_route_valid CHECK (((interactive_route <> ''::text) AND (length(interactive_route) <= 255))),
    CONSTRAINT ck_use_cases_keywords_valid CHECK ((jsonb_typeof(keywords) = 'array'::text)),
    CONSTRAINT ck_use_cases_meta_data_valid CHECK ((jsonb_typeof(meta_data) = 'object'::text)),
    CONSTRAINT ck_use_cases_tips_valid CHECK ((jsonb_typeof(tips) = 'array'::text)),
    CONSTRAINT ck_use_cases_use_case_id_valid CHECK (((use_case_id <> ''::text) AND (length(use_case_id) <= 255)))
);

ALTER TABLE ONLY catalog.use_cases FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE catalog.use_cases IS 'A use case of a tenant: a copy of a template, or one that it made itself.';

COMMENT ON COLUMN catalog.use_cases.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN catalog.use_cases.id IS 'The template''s id for a copy, else a version 7 uuid.';

COMMENT ON COLUMN catalog.use_cases.interactive_route IS 'Path of its page in the client''s site.';

COMMENT ON COLUMN catalog.use_cases.industry_route IS 'Path of its industry''s page there.';

COMMENT ON COLUMN catalog.use_cases.api_endpoint IS 'Address that answers for it, if it has its own.';

COMMENT ON COLUMN catalog.use_cases.is_dynamic IS 'Whether it was made at run time.';

COMMENT ON COLUMN catalog.use_cases.meta_data IS 'Anything else the client keeps with it.';

COMMENT ON COLUMN catalog.use_cases.use_case_id IS 'Stable key, such as churn; translations go by it.';

COMMENT ON COLUMN catalog.use_cases.display_name IS 'Name shown to people.';

COMMENT ON COLUMN catalog.use_cases.industry_id IS 'Industry it belongs to.';

COMMENT ON COLUMN catalog.use_cases.category_id IS 'Its category.';

COMMENT ON COLUMN catalog.use_cases.category IS 'Key of its category, or a word of the tenant''s own.';

COMMENT ON COLUMN catalog.use_cases.short_description IS 'What it does, in one sentence.';

COMMENT ON COLUMN catalog.use_cases.long_description IS 'What it does, at length.';

COMMENT ON COLUMN catalog.use_cases.theory_content IS 'How it works.';

COMMENT ON COLUMN catalog.use_cases.keywords IS 'Words to find it by.';

COMMENT ON COLUMN catalog.use_cases.tips IS 'Advice for using it well.';

COMMENT ON COLUMN catalog.use_cases.icon IS 'Name of its icon.';

COMMENT ON COLUMN catalog.use_cases.display_order IS 'Place in lists, lowest first.';

COMMENT ON COLUMN catalog.use_cases.is_active IS 'Whether it is shown.';

COMMENT ON COLUMN catalog.use_cases.created_at IS 'When it was made.';

COMMENT ON COLUMN catalog.use_cases.updated_at IS 'When it was last changed.';

CREATE TABLE codequality.file_quality_scores (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    repository text NOT NULL,
    file_path text NOT NULL,
    file_name text NOT NULL,
    language text,
    quality_score double precision NOT NULL,
    quality_level text,
    factors jsonb DEFAULT '{}'::jsonb NOT NULL,
    improvements jsonb DEFAULT '[]'::jsonb NOT NULL,
    file_hash text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_file_quality_scores_factors_valid CHECK ((jsonb_typeof(factors) = 'object'::text)),
    CONSTRAINT ck_file_quality_scores_file_hash_valid CHECK (((file_hash <> ''::text) AND (length(file_hash) <= 255))),
    CONSTRAINT ck_file_quality_scores_file_name_valid CHECK (((file_name <> ''::text) AND (length(file_name) <= 255))),
    CONSTRAINT ck_file_quality_scores_improvements_valid CHECK ((jsonb_typeof(improvements) = 'array'::text)),
    CONSTRAINT ck_file_quality_scores_language_valid CHECK (((language <> ''::text) AND (length(language) <= 255))),
    CONSTRAINT ck_file_quality_scores_quality_level_valid CHECK ((quality_level = ANY (ARRAY['excellent'::text, 'good'::text, 'fair'::text, 'poor'::text]))),
    CONSTRAINT ck_file_quality_scores_quality_score_valid CHECK (((quality_score >= (0)::double precision) AND (quality_score <= (1)::double precision))),
    CONSTRAINT ck_file_quality_scores_repository_valid CHECK (((repository <> ''::text) AND (length(repository) <= 255)))
);

ALTER TABLE ONLY codequality.file_quality_scores FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE codequality.file_quality_scores IS 'Quality of one file at one content, with what it follows from and what would lift it.';

COMMENT ON COLUMN codequality.file_quality_scores.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN codequality.file_quality_scores.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN codequality.file_quality_scores.repository IS 'The repository.';

COMMENT ON COLUMN codequality.file_quality_scores.file_path IS 'Path within it.';

COMMENT ON COLUMN codequality.file_quality_scores.file_name IS 'Last part of the path.';

COMMENT ON COLUMN codequality.file_quality_scores.language IS 'Programming language.';

COMMENT ON COLUMN codequality.file_quality_scores.quality_score IS 'Quality, 0 to 1.';

COMMENT ON COLUMN codequality.file_quality_scores.quality_level IS 'The same in words.';

COMMENT ON COLUMN codequality.file_quality_scores.factors IS 'What the score follows from, by name.';

COMMENT ON COLUMN codequality.file_quality_scores.improvements IS 'What would lift it, the best first.';

COMMENT ON COLUMN codequality.file_quality_scores.file_hash IS 'Hash of the content that was scored.';

COMMENT ON COLUMN codequality.file_quality_scores.created_at IS 'When it was scored.';

COMMENT ON COLUMN codequality.file_quality_scores.updated_at IS 'When the row was last changed.';

CREATE TABLE codequality.generated_code_files (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    improvement_plan_id uuid,
    repository text NOT NULL,
    file_path text NOT NULL,
    file_name text NOT NULL,
    action_type text NOT NULL,
    code_content text NOT NULL,
    language text,
    estimated_impact double precision,
    status text DEFAULT 'generated'::text NOT NULL,
    applied_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_generated_code_files_action_type_valid CHECK ((action_type = ANY (ARRAY['generate_tests'::text, 'generate_workflow'::text, 'generate_readme'::text, 'generate_docs'::text, 'add_types'::text]))),
    CONSTRAINT ck_generated_code_files_estimated_impact_valid CHECK (((estimated_impact >= ('-1'::integer)::double precision) AND (estimated_impact <= (1)::double precision))),
    CONSTRAINT ck_generated_code_files_file_name_valid CHECK (((file_name <> ''::text) AND (length(file_name) <= 255))),
    CONSTRAINT ck_generated_code_files_language_valid CHECK (((language <> ''::text) AND (length(language) <= 255))),
    CONSTRAINT ck_generated_code_files_repository_valid CHECK (((repository <> ''::text) AND (length(repository) <= 255))),
    CONSTRAINT ck_generated_code_files_status_valid CHECK ((status = ANY (ARRAY['generated'::text, 'applied'::text, 'rejected'::text, 'failed'::text])))
);

ALTER TABLE ONLY codequality.generated_code_files FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE codequality.generated_code_files IS 'One file that was generated for a plan, and what became of it.';

COMMENT ON COLUMN codequality.generated_code_files.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN codequality.generated_code_files.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN codequality.generated_code_files.improvement_plan_id IS 'The plan.';

COMMENT ON COLUMN codequality.generated_code_files.repository IS 'The repository.';

COMMENT ON COLUMN codequality.generated_code_files.file_path IS 'Path within it.';

COMMENT ON COLUMN codequality.generated_code_files.file_name IS 'Last part of the path.';

COMMENT ON COLUMN codequality.generated_code_files.action_type IS 'What the file is for.';

COMMENT ON COLUMN codequality.generated_code_files.code_content IS 'The file.';

COMMENT ON COLUMN codequality.generated_code_files.language IS 'Programming language.';

COMMENT ON COLUMN codequality.generated_code_files.estimated_impact IS 'Gain in quality expected of it, -1 to 1.';

COMMENT ON COLUMN codequality.generated_code_files.status IS 'What became of it.';

COMMENT ON COLUMN codequality.generated_code_files.applied_at IS 'When it was put into the repository.';

COMMENT ON COLUMN codequality.generated_code_files.created_at IS 'When it was generated.';

CREATE TABLE codequality.quality_improvement_history (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    repository text NOT NULL,
    change_type text NOT NULL,
    change_description text,
    quality_before double precision,
    quality_after double precision,
    quality_improvement double precision,
    file_path text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_quality_improvement_history_change_type_valid CHECK ((change_type = ANY (ARRAY['file_added'::text, 'file_modified'::text, 'test_added'::text, 'ci_added'::text]))),
    CONSTRAINT ck_quality_improvement_history_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_quality_improvement_history_quality_after_valid CHECK (((quality_after >= (0)::double precision) AND (quality_after <= (1)::double precision))),
    CONSTRAINT ck_quality_improvement_history_quality_before_valid CHECK (((quality_before >= (0)::double precision) AND (quality_before <= (1)::double precision))),
    CONSTRAINT ck_quality_improvement_history_quality_improvement_valid CHECK (((quality_improvement >= ('-1'::integer)::double precision) AND (quality_improvement <= (1)::double precision))),
    CONSTRAINT ck_quality_improvement_history_repository_valid CHECK (((repository <> ''::text) AND (length(repository) <= 255)))
);

ALTER TABLE ONLY codequality.quality_improvement_history FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE codequality.quality_improvement_history IS 'One change of a repository, with the quality before and after it.';

COMMENT ON COLUMN codequality.quality_improvement_history.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN codequality.quality_improvement_history.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN codequality.quality_improvement_history.repository IS 'The repository.';

COMMENT ON COLUMN codequality.quality_improvement_history.change_type IS 'What was changed.';

COMMENT ON COLUMN codequality.quality_improvement_history.change_description IS 'The same for people.';

COMMENT ON COLUMN codequality.quality_improvement_history.quality_before IS 'Quality before, 0 to 1.';

COMMENT ON COLUMN codequality.quality_improvement_history.quality_after IS 'Quality after, 0 to 1.';

COMMENT ON COLUMN codequality.quality_improvement_history.quality_improvement IS 'The difference, -1 to 1.';

COMMENT ON COLUMN codequality.quality_improvement_history.file_path IS 'Path that was changed.';

COMMENT ON COLUMN codequality.quality_improvement_history.metadata IS 'Whatever else is known.';

COMMENT ON COLUMN codequality.quality_improvement_history.created_at IS 'When it was made.';

CREATE TABLE codequality.quality_improvement_plans (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    repository text NOT NULL,
    user_id text,
    target_quality double precision NOT NULL,
    current_quality double precision NOT NULL,
    final_quality double precision,
    status text DEFAULT 'planned'::text NOT NULL,
    iterations jsonb DEFAULT '[]'::jsonb NOT NULL,
    generated_files jsonb DEFAULT '[]'::jsonb NOT NULL,
    applied_changes jsonb DEFAULT '[]'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT ck_quality_improvement_plans_applied_changes_valid CHECK ((jsonb_typeof(applied_changes) = 'array'::text)),
    CONSTRAINT ck_quality_improvement_plans_current_quality_valid CHECK (((current_quality >= (0)::double precision) AND (current_quality <= (1)::double precision))),
    CONSTRAINT ck_quality_improvement_plans_final_quality_valid CHECK (((final_quality >= (0)::double precision) AND (final_quality <= (1)::double precision))),
    CONSTRAINT ck_quality_improvement_plans_generated_files_valid CHECK ((jsonb_typeof(generated_files) = 'array'::text)),
    CONSTRAINT ck_quality_improvement_plans_iterations_valid CHECK ((jsonb_typeof(iterations) = 'array'::text)),
    CONSTRAINT ck_quality_improvement_plans_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_quality_improvement_plans_repository_valid CHECK (((repository <> ''::text) AND (length(repository) <= 255))),
    CONSTRAINT ck_quality_improvement_plans_status_valid CHECK ((status = ANY (ARRAY['planned'::text, 'in_progress'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT ck_quality_improvement_plans_target_quality_valid CHECK (((target_quality >= (0)::double precision) AND (target_quality <= (1)::double precision)))
);

ALTER TABLE ONLY codequality.quality_improvement_plans FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE codequality.quality_improvement_plans IS 'A plan to lift a repository from its quality to a target, in iterations.';

COMMENT ON COLUMN codequality.quality_improvement_plans.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN codequality.quality_improvement_plans.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN codequality.quality_improvement_plans.repository IS 'The repository.';

COMMENT ON COLUMN codequality.quality_improvement_plans.user_id IS 'Who wants it, in the client''s words.';

COMMENT ON COLUMN codequality.quality_improvement_plans.target_quality IS 'Quality wanted, 0 to 1.';

COMMENT ON COLUMN codequality.quality_improvement_plans.current_quality IS 'Quality at the beginning, 0 to 1.';

COMMENT ON COLUMN codequality.quality_improvement_plans.final_quality IS 'Quality at the end, 0 to 1.';

COMMENT ON COLUMN codequality.quality_improvement_plans.status IS 'Where it stands.';

COMMENT ON COLUMN codequality.quality_improvement_plans.iterations IS 'What each iteration did and gained.';

COMMENT ON COLUMN codequality.quality_improvement_plans.generated_files IS 'Files generated for it.';

COMMENT ON COLUMN codequality.quality_improvement_plans.applied_changes IS 'Changes that were made.';

COMMENT ON COLUMN codequality.quality_improvement_plans.metadata IS 'Whatever else its owner notes.';

COMMENT ON COLUMN codequality.quality_improvement_plans.created_at IS 'When it was made.';

COMMENT ON COLUMN codequality.quality_improvement_plans.updated_at IS 'When the row was last changed.';

COMMENT ON COLUMN codequality.quality_improvement_plans.completed_at IS 'When it ended.';

CREATE TABLE codequality.repository_quality_snapshots (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    repository text NOT NULL,
    quality_score double precision NOT NULL,
    percentile integer,
    average_file_score double precision,
    file_count bigint,
    quality_distribution jsonb DEFAULT '{}'::jsonb NOT NULL,
    factors jsonb DEFAULT '{}'::jsonb NOT NULL,
    recommendations_count bigint DEFAULT 0 NOT NULL,
    snapshot_type text DEFAULT 'manual'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_repository_quality_snapshots_average_file_score_valid CHECK (((average_file_score >= (0)::double precision) AND (average_file_score <= (1)::double precision))),
    CONSTRAINT ck_repository_quality_snapshots_factors_valid CHECK ((jsonb_typeof(factors) = 'object'::text)),
    CONSTRAINT ck_repository_quality_snapshots_file_count_valid CHECK ((file_count >= 0)),
    CONSTRAINT ck_repository_quality_snapshots_percentile_valid CHECK (((percentile >= 0) AND (percentile <= 100))),
    CONSTRAINT ck_repository_quality_snapshots_quality_distribution_valid CHECK ((jsonb_typeof(quality_distribution) = 'object'::text)),
    CONSTRAINT ck_repository_quality_snapshots_quality_score_valid CHECK (((quality_score >= (0)::double precision) AND (quality_score <= (1)::double precision))),
    CONSTRAINT ck_repository_quality_snapshots_recommendations_count_valid CHECK ((recommendations_count >= 0)),
    CONSTRAINT ck_repository_quality_snapshots_repository_valid CHECK (((repository <> ''::text) AND (length(repository) <= 255))),
    CONSTRAINT ck_repository_quality_snapshots_snapshot_type_valid CHECK ((snapshot_type = ANY (ARRAY['manual'::text, 'automated'::text, 'after_improvement'::text])))
);

ALTER TABLE ONLY codequality.repository_quality_snapshots FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE codequality.repository_quality_snapshots IS 'Quality of a whole repository at a moment; several of them make a trend.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.repository IS 'The repository.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.quality_score IS 'Quality, 0 to 1.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.percentile IS 'Per cent of repositories that are no better.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.average_file_score IS 'Mean quality of its files, 0 to 1.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.file_count IS 'Files that were scored.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.quality_distribution IS 'Quality level -> files.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.factors IS 'What the score follows from, by name.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.recommendations_count IS 'Improvements suggested.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.snapshot_type IS 'Why it was measured.';

COMMENT ON COLUMN codequality.repository_quality_snapshots.created_at IS 'When it was measured.';

CREATE TABLE commerce.customer_segments (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    segment_id text NOT NULL,
    name text NOT NULL,
    description text,
    criteria jsonb DEFAULT '{}'::jsonb NOT NULL,
    characteristics jsonb DEFAULT '{}'::jsonb NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_customer_segments_characteristics_valid CHECK ((jsonb_typeof(characteristics) = 'object'::text)),
    CONSTRAINT ck_customer_segments_criteria_valid CHECK ((jsonb_typeof(criteria) = 'object'::text)),
    CONSTRAINT ck_customer_segments_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_customer_segments_segment_id_valid CHECK (((segment_id <> ''::text) AND (length(segment_id) <= 255))),
    CONSTRAINT ck_customer_segments_size_valid CHECK ((size >= 0))
);

ALTER TABLE ONLY commerce.customer_segments FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.customer_segments IS 'A group of customers who behave alike.';

COMMENT ON COLUMN commerce.customer_segments.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.customer_segments.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.customer_segments.segment_id IS 'Id in the world outside, unique within the tenant.';

COMMENT ON COLUMN commerce.customer_segments.name IS 'Name shown to people.';

COMMENT ON COLUMN commerce.customer_segments.description IS 'Who belongs to it.';

COMMENT ON COLUMN commerce.customer_segments.criteria IS 'Conditions of belonging to it.';

COMMENT ON COLUMN commerce.customer_segments.characteristics IS 'What its members have in common.';

COMMENT ON COLUMN commerce.customer_segments.size IS 'Customers in it when it was last computed.';

COMMENT ON COLUMN commerce.customer_segments.created_at IS 'When it was made.';

COMMENT ON COLUMN commerce.customer_segments.updated_at IS 'When it was last changed.';

CREATE TABLE commerce.customers (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    customer_id text NOT NULL,
    email text NOT NULL,
    phone text,
    first_name text,
    last_name text,
    date_of_birth date,
    gender text,
    location jsonb,
    total_orders bigint DEFAULT 0 NOT NULL,
    total_spent numeric(18,4) DEFAULT 0 NOT NULL,
    average_order_value numeric(18,4) DEFAULT 0 NOT NULL,
    currency text DEFAULT 'INR'::text NOT NULL,
    last_order_date timestamp with time zone,
    days_since_last_purchase integer DEFAULT 0 NOT NULL,
    churn_probability double precision,
    churn_risk_level text,
    segment_id uuid,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    tags jsonb DEFAULT '[]'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_customers_average_order_value_valid CHECK (((average_order_value >= (0)::numeric) AND (average_order_value < 'NaN'::numeric))),
    CONSTRAINT ck_customers_churn_probability_valid CHECK (((churn_probability >= (0)::double precision) AND (churn_probability <= (1)::double precision))),
    CONSTRAINT ck_customers_churn_risk_level_valid CHECK ((churn_risk_level = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text]))),
    CONSTRAINT ck_customers_currency_valid CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT ck_customers_customer_id_valid CHECK (((customer_id <> ''::text) AND (length(customer_id) <= 255))),
    CONSTRAINT ck_customers_days_since_last_purchase_valid CHECK ((days_since_last_purchase >= 0)),
    CONSTRAINT ck_customers_email_valid CHECK (((email <> ''::text) AND (length(email) <= 255))),
    CONSTRAINT ck_customers_first_name_valid CHECK (((first_name <> ''::text) AND (length(first_name) <= 255))),
    CONSTRAINT ck_customers_gender_valid CHECK (((gender <> ''::text) AND (length(gender) <= 255))),
    CONSTRAINT ck_customers_last_name_valid CHECK (((last_name <> ''::text) AND (length(last_name) <= 255))),
    CONSTRAINT ck_customers_location_valid CHECK ((jsonb_typeof(location) = 'object'::text)),
    CONSTRAINT ck_customers_phone_valid CHECK (((phone <> ''::text) AND (length(phone) <= 255))),
    CONSTRAINT ck_customers_preferences_valid CHECK ((jsonb_typeof(preferences) = 'object'::text)),
    CONSTRAINT ck_customers_tags_valid CHECK ((jsonb_typeof(tags) = 'array'::text)),
    CONSTRAINT ck_customers_total_orders_valid CHECK ((total_orders >= 0)),
    CONSTRAINT ck_customers_total_spent_valid CHECK (((total_spent >= (0)::numeric) AND (total_spent < 'NaN'::numeric)))
);

ALTER TABLE ONLY commerce.customers FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.customers IS 'A customer: who it is, what it bought and how likely it is to leave.';

COMMENT ON COLUMN commerce.customers.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.customers.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.customers.customer_id IS 'Id in the world outside, unique within the tenant.';

COMMENT ON COLUMN commerce.customers.email IS 'Address, unique within the tenant (personal).';

COMMENT ON COLUMN commerce.customers.phone IS 'Telephone number (personal).';

COMMENT ON COLUMN commerce.customers.first_name IS 'First name (personal).';

COMMENT ON COLUMN commerce.customers.last_name IS 'Last name (personal).';

COMMENT ON COLUMN commerce.customers.date_of_birth IS 'Day of birth (personal).';

COMMENT ON COLUMN commerce.customers.gender IS 'In the customer''s own words (personal).';

COMMENT ON COLUMN commerce.customers.location IS 'city, state, country and zip (personal).';

COMMENT ON COLUMN commerce.customers.total_orders IS 'Orders so far.';

COMMENT ON COLUMN commerce.customers.total_spent IS 'What they came to, in currency.';

COMMENT ON COLUMN commerce.customers.average_order_value IS 'Mean of an order, in currency.';

COMMENT ON COLUMN commerce.customers.currency IS 'ISO 4217 code of both amounts.';

COMMENT ON COLUMN commerce.customers.last_order_date IS 'When the last order was made.';

COMMENT ON COLUMN commerce.customers.days_since_last_purchase IS 'Days since then, when it was last computed.';

COMMENT ON COLUMN commerce.customers.churn_probability IS 'Chance to stop buying, 0 to 1.';

COMMENT ON COLUMN commerce.customers.churn_risk_level IS 'The same in a word.';

COMMENT ON COLUMN commerce.customers.segment_id IS 'Its segment.';

COMMENT ON COLUMN commerce.customers.preferences IS 'What it said it likes (personal).';

COMMENT ON COLUMN commerce.customers.tags IS 'Words the shop files it under (personal).';

COMMENT ON COLUMN commerce.customers.is_active IS 'Whether it may order.';

COMMENT ON COLUMN commerce.customers.created_at IS 'When it was made.';

COMMENT ON COLUMN commerce.customers.updated_at IS 'When it was last changed.';

CREATE TABLE commerce.inventory (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    product_id uuid NOT NULL,
    variant_id uuid,
    warehouse_id text NOT NULL,
    current_stock bigint DEFAULT 0 NOT NULL,
    reserved_stock bigint DEFAULT 0 NOT NULL,
    available_stock bigint GENERATED ALWAYS AS ((current_stock - reserved_stock)) STORED NOT NULL,
    reorder_point bigint,
    reorder_quantity bigint,
    safety_stock bigint,
    lead_time_days integer,
    is_active boolean DEFAULT true NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    last_updated timestamp with time zone GENERATED ALWAYS AS (updated_at) STORED NOT NULL,
    CONSTRAINT ck_inventory_current_stock_valid CHECK ((current_stock >= 0)),
    CONSTRAINT ck_inventory_lead_time_days_valid CHECK ((lead_time_days >= 0)),
    CONSTRAINT ck_inventory_reorder_point_valid CHECK ((reorder_point >= 0)),
    CONSTRAINT ck_inventory_reorder_quantity_valid CHECK ((reorder_quantity >= 0)),
    CONSTRAINT ck_inventory_reserved_stock_valid CHECK ((reserved_stock >= 0)),
    CONSTRAINT ck_inventory_reserves_what_is_there CHECK ((reserved_stock <= current_stock)),
    CONSTRAINT ck_inventory_safety_stock_valid CHECK ((safety_stock >= 0)),
    CONSTRAINT ck_inventory_warehouse_id_valid CHECK (((warehouse_id <> ''::text) AND (length(warehouse_id) <= 255)))
);

ALTER TABLE ONLY commerce.inventory FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.inventory IS 'Stock of a product, or of one variant of it, in one warehouse.';

COMMENT ON COLUMN commerce.inventory.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.inventory.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.inventory.product_id IS 'The product.';

COMMENT ON COLUMN commerce.inventory.variant_id IS 'Which variant; NULL for the product.';

COMMENT ON COLUMN commerce.inventory.warehouse_id IS 'The warehouse, in the shop''s words.';

COMMENT ON COLUMN commerce.inventory.current_stock IS 'Pieces that lie there.';

COMMENT ON COLUMN commerce.inventory.reserved_stock IS 'Pieces of them that are promised.';

COMMENT ON COLUMN commerce.inventory.available_stock IS 'Pieces that may be sold: what lies there less what is promised.';

COMMENT ON COLUMN commerce.inventory.reorder_point IS 'Order again at this many pieces.';

COMMENT ON COLUMN commerce.inventory.reorder_quantity IS 'Pieces to order then.';

COMMENT ON COLUMN commerce.inventory.safety_stock IS 'Pieces kept against surprises.';

COMMENT ON COLUMN commerce.inventory.lead_time_days IS 'Days from order to delivery.';

COMMENT ON COLUMN commerce.inventory.is_active IS 'Whether it is kept there.';

COMMENT ON COLUMN commerce.inventory.updated_at IS 'When it was last changed.';

COMMENT ON COLUMN commerce.inventory.last_updated IS 'When it was last changed, under its other name.';

CREATE TABLE commerce.inventory_movements (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    product_id uuid NOT NULL,
    variant_id uuid,
    warehouse_id text NOT NULL,
    movement_type text NOT NULL,
    quantity bigint NOT NULL,
    previous_stock bigint,
    new_stock bigint,
    reference_id text,
    reference_type text,
    notes text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by uuid,
    CONSTRAINT ck_inventory_movements_movement_type_valid CHECK ((movement_type = ANY (ARRAY['in'::text, 'out'::text, 'adjustment'::text, 'return'::text, 'damaged'::text]))),
    CONSTRAINT ck_inventory_movements_new_stock_valid CHECK ((new_stock >= 0)),
    CONSTRAINT ck_inventory_movements_previous_stock_valid CHECK ((previous_stock >= 0)),
    CONSTRAINT ck_inventory_movements_quantity_has_its_sign CHECK (((quantity > 0) OR ((quantity < 0) AND (movement_type = 'adjustment'::text)))),
    CONSTRAINT ck_inventory_movements_reference_id_valid CHECK (((reference_id <> ''::text) AND (length(reference_id) <= 255))),
    CONSTRAINT ck_inventory_movements_reference_type_valid CHECK ((reference_type = ANY (ARRAY['order'::text, 'purchase_order'::text, 'adjustment'::text]))),
    CONSTRAINT ck_inventory_movements_stock_adds_up CHECK ((new_stock = (previous_stock +
CASE
    WHEN (movement_type = ANY (ARRAY['out'::text, 'damaged'::text])) THEN (- quantity)
    ELSE quantity
END))),
    CONSTRAINT ck_inventory_movements_warehouse_id_valid CHECK (((warehouse_id <> ''::text) AND (length(warehouse_id) <= 255)))
);

ALTER TABLE ONLY commerce.inventory_movements FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.inventory_movements IS 'A change of stock; a wrong one is put right by another one.';

COMMENT ON COLUMN commerce.inventory_movements.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.inventory_movements.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.inventory_movements.product_id IS 'The product.';

COMMENT ON COLUMN commerce.inventory_movements.variant_id IS 'Which variant.';

COMMENT ON COLUMN commerce.inventory_movements.warehouse_id IS 'The warehouse, in the shop''s words.';

COMMENT ON COLUMN commerce.inventory_movements.movement_type IS 'Why the stock changes.';

COMMENT ON COLUMN commerce.inventory_movements.quantity IS 'Pieces that move, above zero; an adjustment may be below zero.';

COMMENT ON COLUMN commerce.inventory_movements.previous_stock IS 'Pieces before it.';

COMMENT ON COLUMN commerce.inventory_movements.new_stock IS 'Pieces after it.';

COMMENT ON COLUMN commerce.inventory_movements.reference_id IS 'Id of the paper it goes back to.';

COMMENT ON COLUMN commerce.inventory_movements.reference_type IS 'What kind of paper that is.';

COMMENT ON COLUMN commerce.inventory_movements.notes IS 'Anything else to say about it.';

COMMENT ON COLUMN commerce.inventory_movements.created_at IS 'When it happened.';

COMMENT ON COLUMN commerce.inventory_movements.created_by IS 'Who moved it.';

CREATE TABLE commerce.order_items (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    order_id uuid NOT NULL,
    product_id uuid NOT NULL,
    variant_id uuid,
    quantity bigint NOT NULL,
    unit_price numeric(18,4) NOT NULL,
    total_price numeric(18,4) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_order_items_quantity_valid CHECK ((quantity > 0)),
    CONSTRAINT ck_order_items_total_price_valid CHECK (((total_price >= (0)::numeric) AND (total_price < 'NaN'::numeric))),
    CONSTRAINT ck_order_items_unit_price_valid CHECK (((unit_price >= (0)::numeric) AND (unit_price < 'NaN'::numeric)))
);

ALTER TABLE ONLY commerce.order_items FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.order_items IS 'A line of an order.';

COMMENT ON COLUMN commerce.order_items.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.order_items.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.order_items.order_id IS 'Its order.';

COMMENT ON COLUMN commerce.order_items.product_id IS 'What was bought; a product with orders is made inactive.';

COMMENT ON COLUMN commerce.order_items.variant_id IS 'Which variant of it.';

COMMENT ON COLUMN commerce.order_items.quantity IS 'Pieces, at least one.';

COMMENT ON COLUMN commerce.order_items.unit_price IS 'Price of one piece, in the order''s currency.';

COMMENT ON COLUMN commerce.order_items.total_price IS 'Price of the line, in the order''s currency.';

COMMENT ON COLUMN commerce.order_items.created_at IS 'When it was made.';

CREATE TABLE commerce.orders (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    order_id text NOT NULL,
    customer_id uuid NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    subtotal numeric(18,4) NOT NULL,
    tax numeric(18,4) DEFAULT 0 NOT NULL,
    shipping_cost numeric(18,4) DEFAULT 0 NOT NULL,
    discount numeric(18,4) DEFAULT 0 NOT NULL,
    total numeric(18,4) NOT NULL,
    currency text DEFAULT 'INR'::text NOT NULL,
    shipping_address jsonb,
    billing_address jsonb,
    carrier text,
    tracking_number text,
    estimated_delivery_date timestamp with time zone,
    actual_delivery_date timestamp with time zone,
    meta_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_orders_billing_address_valid CHECK ((jsonb_typeof(billing_address) = 'object'::text)),
    CONSTRAINT ck_orders_carrier_valid CHECK (((carrier <> ''::text) AND (length(carrier) <= 255))),
    CONSTRAINT ck_orders_currency_valid CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT ck_orders_discount_valid CHECK (((discount >= (0)::numeric) AND (discount < 'NaN'::numeric))),
    CONSTRAINT ck_orders_meta_data_valid CHECK ((jsonb_typeof(meta_data) = 'object'::text)),
    CONSTRAINT ck_orders_order_id_valid CHECK (((order_id <> ''::text) AND (length(order_id) <= 255))),
    CONSTRAINT ck_orders_shipping_address_valid CHECK ((jsonb_typeof(shipping_address) = 'object'::text)),
    CONSTRAINT ck_orders_shipping_cost_valid CHECK (((shipping_cost >= (0)::numeric) AND (shipping_cost < 'NaN'::numeric))),
    CONSTRAINT ck_orders_status_valid CHECK ((status = ANY (ARRAY['pending'::text, 'confirmed'::text, 'processing'::text, 'shipped'::text, 'delivered'::text, 'cancelled'::text, 'returned'::text]))),
    CONSTRAINT ck_orders_subtotal_valid CHECK (((subtotal >= (0)::numeric) AND (subtotal < 'NaN'::numeric))),
    CONSTRAINT ck_orders_tax_valid CHECK (((tax >= (0)::numeric) AND (tax < 'NaN'::numeric))),
    CONSTRAINT ck_orders_total_valid CHECK (((total >= (0)::numeric) AND (total < 'NaN'::numeric))),
    CONSTRAINT ck_orders_tracking_number_valid CHECK (((tracking_number <> ''::text) AND (length(tracking_number) <= 255)))
);

ALTER TABLE ONLY commerce.orders FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.orders IS 'An order of a customer.';

COMMENT ON COLUMN commerce.orders.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.orders.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.orders.order_id IS 'Id in the world outside, unique within the tenant.';

COMMENT ON COLUMN commerce.orders.customer_id IS 'Who ordered (personal).';

COMMENT ON COLUMN commerce.orders.status IS 'How far it has come.';

COMMENT ON COLUMN commerce.orders.subtotal IS 'Sum of its lines, in currency.';

COMMENT ON COLUMN commerce.orders.tax IS 'Tax, in currency.';

COMMENT ON COLUMN commerce.orders.shipping_cost IS 'Shipping, in currency.';

COMMENT ON COLUMN commerce.orders.discount IS 'What is taken off, in currency.';

COMMENT ON COLUMN commerce.orders.total IS 'What is to be paid, in currency.';

COMMENT ON COLUMN commerce.orders.currency IS 'ISO 4217 code of every amount.';

COMMENT ON COLUMN commerce.orders.shipping_address IS 'Where it goes (personal).';

COMMENT ON COLUMN commerce.orders.billing_address IS 'Who pays (personal).';

COMMENT ON COLUMN commerce.orders.carrier IS 'Who brings it.';

COMMENT ON COLUMN commerce.orders.tracking_number IS 'The carrier''s number (personal).';

COMMENT ON COLUMN commerce.orders.estimated_delivery_date IS 'When it is expected.';

COMMENT ON COLUMN commerce.orders.actual_delivery_date IS 'When it came.';

COMMENT ON COLUMN commerce.orders.meta_data IS 'Anything else the shop keeps with it.';

COMMENT ON COLUMN commerce.orders.created_at IS 'When it was made.';

COMMENT ON COLUMN commerce.orders.updated_at IS 'When it was last changed.';

CREATE TABLE commerce.product_categories (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    category_id text NOT NULL,
    name text NOT NULL,
    parent_category_id uuid,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_product_categories_category_id_valid CHECK (((category_id <> ''::text) AND (length(category_id) <= 255))),
    CONSTRAINT ck_product_categories_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_product_categories_not_its_own_parent CHECK ((parent_category_id <> id))
);

ALTER TABLE ONLY commerce.product_categories FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.product_categories IS 'A node of the tree of product categories.';

COMMENT ON COLUMN commerce.product_categories.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.product_categories.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.product_categories.category_id IS 'Id in the world outside, unique within the tenant.';

COMMENT ON COLUMN commerce.product_categories.name IS 'Name shown to people.';

COMMENT ON COLUMN commerce.product_categories.parent_category_id IS 'Category above it; NULL at the top.';

COMMENT ON COLUMN commerce.product_categories.description IS 'What belongs to it.';

COMMENT ON COLUMN commerce.product_categories.created_at IS 'When it was made.';

CREATE TABLE commerce.product_variants (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    variant_id text NOT NULL,
    product_id uuid NOT NULL,
    sku text NOT NULL,
    name text,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    price numeric(18,4),
    stock_quantity bigint DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_product_variants_attributes_valid CHECK ((jsonb_typeof(attributes) = 'object'::text)),
    CONSTRAINT ck_product_variants_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_product_variants_price_valid CHECK (((price >= (0)::numeric) AND (price < 'NaN'::numeric))),
    CONSTRAINT ck_product_variants_sku_valid CHECK (((sku <> ''::text) AND (length(sku) <= 255))),
    CONSTRAINT ck_product_variants_stock_quantity_valid CHECK ((stock_quantity >= 0)),
    CONSTRAINT ck_product_variants_variant_id_valid CHECK (((variant_id <> ''::text) AND (length(variant_id) <= 255)))
);

ALTER TABLE ONLY commerce.product_variants FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.product_variants IS 'A variant of a product, such as a size or a colour.';

COMMENT ON COLUMN commerce.product_variants.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.product_variants.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.product_variants.variant_id IS 'Id in the world outside, unique within the tenant.';

COMMENT ON COLUMN commerce.product_variants.product_id IS 'Its product.';

COMMENT ON COLUMN commerce.product_variants.sku IS 'Stock keeping unit, unique within the tenant.';

COMMENT ON COLUMN commerce.product_variants.name IS 'Name shown to people.';

COMMENT ON COLUMN commerce.product_variants.attributes IS 'What sets it apart: name -> value.';

COMMENT ON COLUMN commerce.product_variants.price IS 'Its own price, in the product''s currency.';

COMMENT ON COLUMN commerce.product_variants.stock_quantity IS 'Pieces in stock, all warehouses.';

COMMENT ON COLUMN commerce.product_variants.is_active IS 'Whether it is sold.';

COMMENT ON COLUMN commerce.product_variants.created_at IS 'When it was made.';

CREATE TABLE commerce.products (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    product_id text NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    description text,
    category_id uuid,
    brand text,
    price numeric(18,4) NOT NULL,
    cost numeric(18,4),
    currency text DEFAULT 'INR'::text NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    images jsonb DEFAULT '[]'::jsonb NOT NULL,
    tags jsonb DEFAULT '[]'::jsonb NOT NULL,
    seo_title text,
    seo_description text,
    seo_keywords jsonb DEFAULT '[]'::jsonb NOT NULL,
    stock_quantity bigint DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    embedding public.vector(384),
    visual_embedding public.vector,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_products_attributes_valid CHECK ((jsonb_typeof(attributes) = 'object'::text)),
    CONSTRAINT ck_products_brand_valid CHECK (((brand <> ''::text) AND (length(brand) <= 255))),
    CONSTRAINT ck_products_cost_valid CHECK (((cost >= (0)::numeric) AND (cost < 'NaN'::numeric))),
    CONSTRAINT ck_products_currency_valid CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT ck_products_images_valid CHECK ((jsonb_typeof(images) = 'array'::text)),
    CONSTRAINT ck_products_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_products_price_valid CHECK (((price >= (0)::numeric) AND (price < 'NaN'::numeric))),
    CONSTRAINT ck_products_product_id_valid CHECK (((product_id <> ''::text) AND (length(product_id) <= 255))),
    CONSTRAINT ck_products_seo_keywords_valid CHECK ((jsonb_typeof(seo_keywords) = 'array'::text)),
    CONSTRAINT ck_products_seo_title_valid CHECK (((seo_title <> ''::text) AND (length(seo_title) <= 255))),
    CONSTRAINT ck_products_sku_valid CHECK (((sku <> ''::text) AND (length(sku) <= 255))),
    CONSTRAINT ck_products_stock_quantity_valid CHECK ((stock_quantity >= 0)),
    CONSTRAINT ck_products_tags_valid CHECK ((jsonb_typeof(tags) = 'array'::text))
);

ALTER TABLE ONLY commerce.products FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.products IS 'A product, with the vectors that similar products are found by.';

COMMENT ON COLUMN commerce.products.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.products.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.products.product_id IS 'Id in the world outside, unique within the tenant.';

COMMENT ON COLUMN commerce.products.sku IS 'Stock keeping unit, unique within the tenant.';

COMMENT ON COLUMN commerce.products.name IS 'Name shown to people.';

COMMENT ON COLUMN commerce.products.description IS 'What it is.';

COMMENT ON COLUMN commerce.products.category_id IS 'Its category.';

COMMENT ON COLUMN commerce.products.brand IS 'Brand.';

COMMENT ON COLUMN commerce.products.price IS 'Price of one piece, in currency.';

COMMENT ON COLUMN commerce.products.cost IS 'What one piece costs the shop, in currency.';

COMMENT ON COLUMN commerce.products.currency IS 'ISO 4217 code of price and cost.';

COMMENT ON COLUMN commerce.products.attributes IS 'Name -> value, such as colour.';

COMMENT ON COLUMN commerce.products.images IS 'Addresses of pictures, the first one leads.';

COMMENT ON COLUMN commerce.products.tags IS 'Words to find it by.';

COMMENT ON COLUMN commerce.products.seo_title IS 'Title for search engines.';

COMMENT ON COLUMN commerce.products.seo_description IS 'Text for search engines.';

COMMENT ON COLUMN commerce.products.seo_keywords IS 'Words for search engines.';

COMMENT ON COLUMN commerce.products.stock_quantity IS 'Pieces in stock, all warehouses.';

COMMENT ON COLUMN commerce.products.is_active IS 'Whether it is sold.';

COMMENT ON COLUMN commerce.products.embedding IS 'Its text as a vector; compare by cosine.';

COMMENT ON COLUMN commerce.products.visual_embedding IS 'Its picture as a vector; compare by cosine.';

COMMENT ON COLUMN commerce.products.created_at IS 'When it was made.';

COMMENT ON COLUMN commerce.products.updated_at IS 'When it was last changed.';

CREATE TABLE commerce.transactions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    transaction_id text NOT NULL,
    order_id uuid,
    customer_id uuid NOT NULL,
    amount numeric(18,4) NOT NULL,
    currency text DEFAULT 'INR'::text NOT NULL,
    payment_method text,
    payment_gateway text,
    is_fraud boolean DEFAULT false NOT NULL,
    fraud_score double precision,
    fraud_reasons jsonb DEFAULT '[]'::jsonb NOT NULL,
    device_fingerprint text,
    ip_address text,
    user_agent text,
    location jsonb,
    meta_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_transactions_amount_valid CHECK (((amount >= (0)::numeric) AND (amount < 'NaN'::numeric))),
    CONSTRAINT ck_transactions_currency_valid CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT ck_transactions_device_fingerprint_valid CHECK (((device_fingerprint <> ''::text) AND (length(device_fingerprint) <= 255))),
    CONSTRAINT ck_transactions_fraud_reasons_valid CHECK ((jsonb_typeof(fraud_reasons) = 'array'::text)),
    CONSTRAINT ck_transactions_fraud_score_valid CHECK (((fraud_score >= (0)::double precision) AND (fraud_score <= (1)::double precision))),
    CONSTRAINT ck_transactions_ip_address_valid CHECK (((ip_address <> ''::text) AND (length(ip_address) <= 255))),
    CONSTRAINT ck_transactions_location_valid CHECK ((jsonb_typeof(location) = 'object'::text)),
    CONSTRAINT ck_transactions_meta_data_valid CHECK ((jsonb_typeof(meta_data) = 'object'::text)),
    CONSTRAINT ck_transactions_payment_gateway_valid CHECK (((payment_gateway <> ''::text) AND (length(payment_gateway) <= 255))),
    CONSTRAINT ck_transactions_payment_method_valid CHECK ((payment_method = ANY (ARRAY['credit_card'::text, 'debit_card'::text, 'upi'::text, 'wallet'::text, 'bank_transfer'::text, 'cash'::text]))),
    CONSTRAINT ck_transactions_status_valid CHECK ((status = ANY (ARRAY['pending'::text, 'completed'::text, 'failed'::text, 'refunded'::text]))),
    CONSTRAINT ck_transactions_transaction_id_valid CHECK (((transaction_id <> ''::text) AND (length(transaction_id) <= 255)))
);

ALTER TABLE ONLY commerce.transactions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE commerce.transactions IS 'A payment, with the signals that it may be a fraud.';

COMMENT ON COLUMN commerce.transactions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN commerce.transactions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN commerce.transactions.transaction_id IS 'Id in the world outside, unique within the tenant.';

COMMENT ON COLUMN commerce.transactions.order_id IS 'What is paid for.';

COMMENT ON COLUMN commerce.transactions.customer_id IS 'Who pays (personal).';

COMMENT ON COLUMN commerce.transactions.amount IS 'What is paid, in currency; its direction is the status.';

COMMENT ON COLUMN commerce.transactions.currency IS 'ISO 4217 code of the amount.';

COMMENT ON COLUMN commerce.transactions.payment_method IS 'How it is paid.';

COMMENT ON COLUMN commerce.transactions.payment_gateway IS 'Who carries it out.';

COMMENT ON COLUMN commerce.transactions.is_fraud IS 'Whether it turned out to be a fraud.';

COMMENT ON COLUMN commerce.transactions.fraud_score IS 'Chance of a fraud, 0 to 1.';

COMMENT ON COLUMN commerce.transactions.fraud_reasons IS 'What the score rests on.';

COMMENT ON COLUMN commerce.transactions.device_fingerprint IS 'What recognises the device (personal).';

COMMENT ON COLUMN commerce.transactions.ip_address IS 'Address the request came from (personal).';

COMMENT ON COLUMN commerce.transactions.user_agent IS 'Program it was made with (personal).';

COMMENT ON COLUMN commerce.transactions.location IS 'lat, lng, city and country (personal).';

COMMENT ON COLUMN commerce.transactions.meta_data IS 'Anything else the shop keeps with it.';

COMMENT ON COLUMN commerce.transactions.status IS 'How far it has come.';

COMMENT ON COLUMN commerce.transactions.created_at IS 'When it was made.';

COMMENT ON COLUMN commerce.transactions.updated_at IS 'When it was last changed.';

CREATE TABLE content.content_chunks (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    use_case_id uuid,
    discovery_tool_id uuid,
    content_type text NOT NULL,
    content_text text NOT NULL,
    source text,
    source_file text,
    meta_data jsonb,
    embedding public.vector(384),
    embedding_model text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_content_chunks_content_type_valid CHECK ((content_type = ANY (ARRAY['theory'::text, 'tip'::text, 'description'::text, 'scenario'::text, 'copilot_knowledge'::text]))),
    CONSTRAINT ck_content_chunks_embedding_has_a_direction CHECK ((public.vector_norm(embedding) > (0)::double precision)),
    CONSTRAINT ck_content_chunks_embedding_model_valid CHECK (((embedding_model <> ''::text) AND (length(embedding_model) <= 255))),
    CONSTRAINT ck_content_chunks_meta_data_valid CHECK ((jsonb_typeof(meta_data) = 'object'::text)),
    CONSTRAINT ck_content_chunks_source_valid CHECK ((source = ANY (ARRAY['component'::text, 'json'::text, 'documentation'::text, 'user_generated'::text])))
);

ALTER TABLE ONLY content.content_chunks FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE content.content_chunks IS 'A piece of text with the vector of its meaning, by which it is found.';

COMMENT ON COLUMN content.content_chunks.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN content.content_chunks.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN content.content_chunks.use_case_id IS 'Use case it is about.';

COMMENT ON COLUMN content.content_chunks.discovery_tool_id IS 'Discovery tool it is about.';

COMMENT ON COLUMN content.content_chunks.content_type IS 'What it is.';

COMMENT ON COLUMN content.content_chunks.content_text IS 'The text.';

COMMENT ON COLUMN content.content_chunks.source IS 'Where it was taken from.';

COMMENT ON COLUMN content.content_chunks.source_file IS 'File it was taken from.';

COMMENT ON COLUMN content.content_chunks.meta_data IS 'Anything else its sender adds.';

COMMENT ON COLUMN content.content_chunks.embedding IS 'Vector of its meaning; NULL until it is computed.';

COMMENT ON COLUMN content.content_chunks.embedding_model IS 'Model that computed it; vectors of different models cannot be compared.';

COMMENT ON COLUMN content.content_chunks.created_at IS 'When it was added.';

COMMENT ON COLUMN content.content_chunks.updated_at IS 'When it was last changed.';

CREATE TABLE content.content_syncs (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    sync_type text NOT NULL,
    content_type text NOT NULL,
    source text,
    destination text,
    records_processed bigint DEFAULT 0 NOT NULL,
    records_success bigint DEFAULT 0 NOT NULL,
    records_failed bigint DEFAULT 0 NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    error_log text,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_content_syncs_begins_before_it_ends CHECK ((started_at <= completed_at)),
    CONSTRAINT ck_content_syncs_content_type_valid CHECK (((content_type <> ''::text) AND (length(content_type) <= 255))),
    CONSTRAINT ck_content_syncs_destination_valid CHECK (((destination <> ''::text) AND (length(destination) <= 255))),
    CONSTRAINT ck_content_syncs_records_failed_valid CHECK ((records_failed >= 0)),
    CONSTRAINT ck_content_syncs_records_processed_valid CHECK ((records_processed >= 0)),
    CONSTRAINT ck_content_syncs_records_success_valid CHECK ((records_success >= 0)),
    CONSTRAINT ck_content_syncs_source_valid CHECK (((source <> ''::text) AND (length(source) <= 255))),
    CONSTRAINT ck_content_syncs_status_valid CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT ck_content_syncs_sync_type_valid CHECK ((sync_type = ANY (ARRAY['extraction'::text, 'migration'::text, 'update'::text])))
);

ALTER TABLE ONLY content.content_syncs FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE content.content_syncs IS 'A run that takes content from one place to another, with how many records went through.';

COMMENT ON COLUMN content.content_syncs.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN content.content_syncs.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN content.content_syncs.sync_type IS 'What it does.';

COMMENT ON COLUMN content.content_syncs.content_type IS 'What it moves, in the words of its source.';

COMMENT ON COLUMN content.content_syncs.source IS 'Where from.';

COMMENT ON COLUMN content.content_syncs.destination IS 'Where to.';

COMMENT ON COLUMN content.content_syncs.records_processed IS 'Records it has looked at.';

COMMENT ON COLUMN content.content_syncs.records_success IS 'Of these, those that went through.';

COMMENT ON COLUMN content.content_syncs.records_failed IS 'Of these, those that failed.';

COMMENT ON COLUMN content.content_syncs.status IS 'Where it stands.';

COMMENT ON COLUMN content.content_syncs.error_log IS 'What went wrong.';

COMMENT ON COLUMN content.content_syncs.started_at IS 'When it began.';

COMMENT ON COLUMN content.content_syncs.completed_at IS 'When it ended.';

COMMENT ON COLUMN content.content_syncs.created_at IS 'When it was asked for.';

CREATE TABLE content.content_versions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    content_type text NOT NULL,
    content_id text NOT NULL,
    version text NOT NULL,
    content_data jsonb NOT NULL,
    source text,
    source_file text,
    checksum text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by uuid,
    CONSTRAINT ck_content_versions_checksum_valid CHECK ((checksum ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_content_versions_content_data_valid CHECK ((jsonb_typeof(content_data) = 'object'::text)),
    CONSTRAINT ck_content_versions_content_id_valid CHECK (((content_id <> ''::text) AND (length(content_id) <= 255))),
    CONSTRAINT ck_content_versions_content_type_valid CHECK ((content_type = ANY (ARRAY['use_case'::text, 'industry'::text, 'discovery_tool'::text, 'solution'::text]))),
    CONSTRAINT ck_content_versions_source_valid CHECK ((source = ANY (ARRAY['frontend'::text, 'backend'::text, 'migration'::text]))),
    CONSTRAINT ck_content_versions_version_valid CHECK (((version <> ''::text) AND (length(version) <= 255)))
);

ALTER TABLE ONLY content.content_versions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE content.content_versions IS 'An item of content as it was in one version, with the checksum of its data.';

COMMENT ON COLUMN content.content_versions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN content.content_versions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN content.content_versions.content_type IS 'What the item is.';

COMMENT ON COLUMN content.content_versions.content_id IS 'The item, by its own id.';

COMMENT ON COLUMN content.content_versions.version IS 'Text of the version.';

COMMENT ON COLUMN content.content_versions.content_data IS 'The item as it was.';

COMMENT ON COLUMN content.content_versions.source IS 'Where it was written.';

COMMENT ON COLUMN content.content_versions.source_file IS 'File it came from.';

COMMENT ON COLUMN content.content_versions.checksum IS 'SHA-256 of the item''s data.';

COMMENT ON COLUMN content.content_versions.is_active IS 'Whether it is in use.';

COMMENT ON COLUMN content.content_versions.created_at IS 'When it was written.';

COMMENT ON COLUMN content.content_versions.created_by IS 'User who wrote it, if a user did.';

CREATE TABLE datasets.code_examples (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    code text NOT NULL,
    language text NOT NULL,
    code_type text,
    description text,
    explanation text,
    test_code text,
    refactored_code text,
    security_issues jsonb,
    performance_notes text,
    complexity_score double precision,
    source text,
    source_repo text,
    embedding public.vector(384),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_code_examples_code_type_valid CHECK ((code_type = ANY (ARRAY['function'::text, 'class'::text, 'script'::text, 'test'::text]))),
    CONSTRAINT ck_code_examples_embedding_has_a_direction CHECK ((public.vector_norm(embedding) > (0)::double precision)),
    CONSTRAINT ck_code_examples_language_valid CHECK (((language <> ''::text) AND (length(language) <= 255))),
    CONSTRAINT ck_code_examples_security_issues_valid CHECK ((jsonb_typeof(security_issues) = 'array'::text)),
    CONSTRAINT ck_code_examples_source_valid CHECK ((source = ANY (ARRAY['public_repo'::text, 'own_codebase'::text, 'synthetic'::text])))
);

ALTER TABLE ONLY datasets.code_examples FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE datasets.code_examples IS 'A piece of code with what a teacher would say of it: tests, a better form, its dangers.';

COMMENT ON COLUMN datasets.code_examples.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN datasets.code_examples.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN datasets.code_examples.code IS 'The code.';

COMMENT ON COLUMN datasets.code_examples.language IS 'Programming language, such as python.';

COMMENT ON COLUMN datasets.code_examples.code_type IS 'What it is a piece of.';

COMMENT ON COLUMN datasets.code_examples.description IS 'What it does.';

COMMENT ON COLUMN datasets.code_examples.explanation IS 'How it does it.';

COMMENT ON COLUMN datasets.code_examples.test_code IS 'Tests of it.';

COMMENT ON COLUMN datasets.code_examples.refactored_code IS 'The same, written better.';

COMMENT ON COLUMN datasets.code_examples.security_issues IS 'Dangers in it, one object each.';

COMMENT ON COLUMN datasets.code_examples.performance_notes IS 'What makes it slow, and what would not.';

COMMENT ON COLUMN datasets.code_examples.complexity_score IS 'How intricate it is; more is more so.';

COMMENT ON COLUMN datasets.code_examples.source IS 'Where it comes from.';

COMMENT ON COLUMN datasets.code_examples.source_repo IS 'Repository it was taken from.';

COMMENT ON COLUMN datasets.code_examples.embedding IS 'Vector of its meaning, to find code that does the like.';

COMMENT ON COLUMN datasets.code_examples.created_at IS 'When it was added.';

CREATE TABLE datasets.conversation_examples (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_query text NOT NULL,
    ai_response text NOT NULL,
    context jsonb,
    use_case_id uuid,
    suggestions text[],
    source text,
    quality_score double precision,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_conversation_examples_context_valid CHECK ((jsonb_typeof(context) = 'object'::text)),
    CONSTRAINT ck_conversation_examples_quality_score_valid CHECK (((quality_score >= (0)::double precision) AND (quality_score <= (1)::double precision))),
    CONSTRAINT ck_conversation_examples_source_valid CHECK ((source = ANY (ARRAY['synthetic'::text, 'real'::text, 'template'::text])))
);

ALTER TABLE ONLY datasets.conversation_examples FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE datasets.conversation_examples IS 'A question and the answer that an assistant should give, with the talk it stands in.';

COMMENT ON COLUMN datasets.conversation_examples.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN datasets.conversation_examples.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN datasets.conversation_examples.user_query IS 'What the user asked.';

COMMENT ON COLUMN datasets.conversation_examples.ai_response IS 'What the assistant answered, or should.';

COMMENT ON COLUMN datasets.conversation_examples.context IS 'What it stands in: industry, use_case and conversation_history.';

COMMENT ON COLUMN datasets.conversation_examples.use_case_id IS 'Use case it belongs to.';

COMMENT ON COLUMN datasets.conversation_examples.suggestions IS 'What the user may ask next.';

COMMENT ON COLUMN datasets.conversation_examples.source IS 'Where it comes from.';

COMMENT ON COLUMN datasets.conversation_examples.quality_score IS 'How good an example it is, 1 is best.';

COMMENT ON COLUMN datasets.conversation_examples.created_at IS 'When it was added.';

CREATE TABLE datasets.simulation_examples (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    use_case_id uuid,
    solution_id text NOT NULL,
    scenario_id text NOT NULL,
    input_data jsonb NOT NULL,
    expected_output jsonb NOT NULL,
    pipeline_steps jsonb,
    business_impact jsonb,
    source text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_simulation_examples_business_impact_valid CHECK ((jsonb_typeof(business_impact) = 'object'::text)),
    CONSTRAINT ck_simulation_examples_expected_output_valid CHECK ((jsonb_typeof(expected_output) = 'object'::text)),
    CONSTRAINT ck_simulation_examples_input_data_valid CHECK ((jsonb_typeof(input_data) = 'object'::text)),
    CONSTRAINT ck_simulation_examples_pipeline_steps_valid CHECK ((jsonb_typeof(pipeline_steps) = 'array'::text)),
    CONSTRAINT ck_simulation_examples_scenario_id_valid CHECK (((scenario_id <> ''::text) AND (length(scenario_id) <= 255))),
    CONSTRAINT ck_simulation_examples_solution_id_valid CHECK (((solution_id <> ''::text) AND (length(solution_id) <= 255))),
    CONSTRAINT ck_simulation_examples_source_valid CHECK ((source = ANY (ARRAY['json_config'::text, 'user_generated'::text, 'synthetic'::text])))
);

ALTER TABLE ONLY datasets.simulation_examples FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE datasets.simulation_examples IS 'What a simulated solution gets in one scenario and should give back.';

COMMENT ON COLUMN datasets.simulation_examples.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN datasets.simulation_examples.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN datasets.simulation_examples.use_case_id IS 'Use case it belongs to.';

COMMENT ON COLUMN datasets.simulation_examples.solution_id IS 'Solution that is simulated, by its own name.';

COMMENT ON COLUMN datasets.simulation_examples.scenario_id IS 'Scenario, by its own name.';

COMMENT ON COLUMN datasets.simulation_examples.input_data IS 'What goes in.';

COMMENT ON COLUMN datasets.simulation_examples.expected_output IS 'What should come out.';

COMMENT ON COLUMN datasets.simulation_examples.pipeline_steps IS 'Steps from input to output, in order.';

COMMENT ON COLUMN datasets.simulation_examples.business_impact IS 'What it is worth: name of a figure -> value.';

COMMENT ON COLUMN datasets.simulation_examples.source IS 'Where it comes from.';

COMMENT ON COLUMN datasets.simulation_examples.created_at IS 'When it was added.';

CREATE TABLE datasets.training_datasets (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
    dataset_type text DEFAULT 'general'::text NOT NULL,
    source_type text,
    data_source text,
    description text,
    use_case_ids text[],
    data_schema jsonb DEFAULT '{}'::jsonb NOT NULL,
    data_snapshot jsonb,
    storage_location text,
    size_bytes bigint,
    record_count bigint DEFAULT 0 NOT NULL,
    sha256 text,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    as_of timestamp with time zone,
    quality_score double precision,
    preprocessing_config jsonb,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    file_path text GENERATED ALWAYS AS (storage_location) STORED,
    CONSTRAINT ck_training_datasets_data_schema_valid CHECK ((jsonb_typeof(data_schema) = 'object'::text)),
    CONSTRAINT ck_training_datasets_data_snapshot_valid CHECK ((jsonb_typeof(data_snapshot) = 'object'::text)),
    CONSTRAINT ck_training_datasets_data_source_valid CHECK ((data_source = ANY (ARRAY['frontend'::text, 'public_repos'::text, 'own_codebase'::text, 'mixed'::text, 'public_only'::text]))),
    CONSTRAINT ck_training_datasets_dataset_type_valid CHECK ((dataset_type = ANY (ARRAY['code_patterns'::text, 'performance_metrics'::text, 'user_behavior'::text, 'conversation'::text, 'code'::text, 'simulation'::text, 'general'::text]))),
    CONSTRAINT ck_training_datasets_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_training_datasets_preprocessing_config_valid CHECK ((jsonb_typeof(preprocessing_config) = 'object'::text)),
    CONSTRAINT ck_training_datasets_quality_score_valid CHECK (((quality_score >= (0)::double precision) AND (quality_score <= (1)::double precision))),
    CONSTRAINT ck_training_datasets_record_count_valid CHECK ((record_count >= 0)),
    CONSTRAINT ck_training_datasets_sha256_valid CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_training_datasets_size_bytes_valid CHECK ((size_bytes >= 0)),
    CONSTRAINT ck_training_datasets_source_type_valid CHECK ((source_type = ANY (ARRAY['git_history'::text, 'user_interactions'::text, 'system_metrics'::text, 'feature_store'::text]))),
    CONSTRAINT ck_training_datasets_version_valid CHECK (((version <> ''::text) AND (length(version) <= 255))),
    CONSTRAINT ck_training_datasets_window CHECK ((window_start <= window_end))
);

ALTER TABLE ONLY datasets.training_datasets FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE datasets.training_datasets IS 'One version of a data set: what is in it, from when, and the hash of its content.';

COMMENT ON COLUMN datasets.training_datasets.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN datasets.training_datasets.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN datasets.training_datasets.name IS 'What it is called; several versions share it.';

COMMENT ON COLUMN datasets.training_datasets.version IS 'Text of the version, unique within the name.';

COMMENT ON COLUMN datasets.training_datasets.dataset_type IS 'What it is about.';

COMMENT ON COLUMN datasets.training_datasets.source_type IS 'Where its rows come from.';

COMMENT ON COLUMN datasets.training_datasets.data_source IS 'Whose data they are.';

COMMENT ON COLUMN datasets.training_datasets.description IS 'In the owner''s words.';

COMMENT ON COLUMN datasets.training_datasets.use_case_ids IS 'Use cases it belongs to.';

COMMENT ON COLUMN datasets.training_datasets.data_schema IS 'Column -> type, and what else describes a row.';

COMMENT ON COLUMN datasets.training_datasets.data_snapshot IS 'The rows themselves, when they are few.';

COMMENT ON COLUMN datasets.training_datasets.storage_location IS 'Where a copy outside the database lies.';

COMMENT ON COLUMN datasets.training_datasets.size_bytes IS 'Size of that copy.';

COMMENT ON COLUMN datasets.training_datasets.record_count IS 'Rows.';

COMMENT ON COLUMN datasets.training_datasets.sha256 IS 'SHA-256 of its content; NULL when it was only described, never read.';

COMMENT ON COLUMN datasets.training_datasets.window_start IS 'First time of its rows.';

COMMENT ON COLUMN datasets.training_datasets.window_end IS 'End of the times of its rows, excluded.';

COMMENT ON COLUMN datasets.training_datasets.as_of IS 'Nothing known later than this is in it.';

COMMENT ON COLUMN datasets.training_datasets.quality_score IS 'How complete and valid it is, 1 is best.';

COMMENT ON COLUMN datasets.training_datasets.preprocessing_config IS 'What was done to the rows.';

COMMENT ON COLUMN datasets.training_datasets.created_by IS 'User who registered it, if a user did.';

COMMENT ON COLUMN datasets.training_datasets.created_at IS 'When it was registered.';

COMMENT ON COLUMN datasets.training_datasets.updated_at IS 'When the row was last changed.';

COMMENT ON COLUMN datasets.training_datasets.file_path IS 'The storage location under its other name.';

CREATE TABLE devlab.devlab_analyses (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    file_id uuid,
    analysis_type text NOT NULL,
    code_snippet text,
    findings jsonb,
    severity text,
    confidence double precision,
    suggestions jsonb,
    model_version text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_devlab_analyses_analysis_type_valid CHECK ((analysis_type = ANY (ARRAY['security'::text, 'performance'::text, 'quality'::text, 'complexity'::text, 'dependency'::text]))),
    CONSTRAINT ck_devlab_analyses_confidence_valid CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT ck_devlab_analyses_findings_valid CHECK ((jsonb_typeof(findings) = 'array'::text)),
    CONSTRAINT ck_devlab_analyses_model_version_valid CHECK (((model_version <> ''::text) AND (length(model_version) <= 255))),
    CONSTRAINT ck_devlab_analyses_severity_valid CHECK ((severity = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT ck_devlab_analyses_suggestions_valid CHECK ((jsonb_typeof(suggestions) = 'array'::text))
);

ALTER TABLE ONLY devlab.devlab_analyses FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE devlab.devlab_analyses IS 'Result of one analysis of a project or a file.';

COMMENT ON COLUMN devlab.devlab_analyses.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN devlab.devlab_analyses.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN devlab.devlab_analyses.project_id IS 'Its project.';

COMMENT ON COLUMN devlab.devlab_analyses.file_id IS 'File that was looked at.';

COMMENT ON COLUMN devlab.devlab_analyses.analysis_type IS 'What it was looked at for.';

COMMENT ON COLUMN devlab.devlab_analyses.code_snippet IS 'The lines in question.';

COMMENT ON COLUMN devlab.devlab_analyses.findings IS 'What was found, one entry each.';

COMMENT ON COLUMN devlab.devlab_analyses.severity IS 'How bad the worst finding is.';

COMMENT ON COLUMN devlab.devlab_analyses.confidence IS 'How sure the analysis is, 0 to 1.';

COMMENT ON COLUMN devlab.devlab_analyses.suggestions IS 'What to do, one entry each.';

COMMENT ON COLUMN devlab.devlab_analyses.model_version IS 'Version of the model that analysed.';

COMMENT ON COLUMN devlab.devlab_analyses.created_at IS 'When it was made.';

CREATE TABLE devlab.devlab_executions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    file_id uuid,
    user_id uuid,
    language text NOT NULL,
    code text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    output text,
    error text,
    exit_code integer,
    execution_time_ms double precision,
    memory_used_mb double precision,
    cpu_time_seconds double precision,
    container_id text,
    security_scan_result jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_devlab_executions_container_id_valid CHECK (((container_id <> ''::text) AND (length(container_id) <= 255))),
    CONSTRAINT ck_devlab_executions_cpu_time_seconds_valid CHECK (((cpu_time_seconds >= (0)::double precision) AND (cpu_time_seconds < 'Infinity'::double precision))),
    CONSTRAINT ck_devlab_executions_execution_time_ms_valid CHECK (((execution_time_ms >= (0)::double precision) AND (execution_time_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_devlab_executions_language_valid CHECK (((language <> ''::text) AND (length(language) <= 255))),
    CONSTRAINT ck_devlab_executions_memory_used_mb_valid CHECK (((memory_used_mb >= (0)::double precision) AND (memory_used_mb < 'Infinity'::double precision))),
    CONSTRAINT ck_devlab_executions_security_scan_result_valid CHECK ((jsonb_typeof(security_scan_result) = 'object'::text)),
    CONSTRAINT ck_devlab_executions_status_valid CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text, 'timeout'::text, 'killed'::text])))
);

ALTER TABLE ONLY devlab.devlab_executions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE devlab.devlab_executions IS 'One run of code in a container: what was run, how it ended and what it used.';

COMMENT ON COLUMN devlab.devlab_executions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN devlab.devlab_executions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN devlab.devlab_executions.project_id IS 'Its project.';

COMMENT ON COLUMN devlab.devlab_executions.file_id IS 'File that was run; NULL for loose code.';

COMMENT ON COLUMN devlab.devlab_executions.user_id IS 'Who ran it.';

COMMENT ON COLUMN devlab.devlab_executions.language IS 'Language it was run as.';

COMMENT ON COLUMN devlab.devlab_executions.code IS 'The code as it was run.';

COMMENT ON COLUMN devlab.devlab_executions.status IS 'Where it stands.';

COMMENT ON COLUMN devlab.devlab_executions.output IS 'What it wrote to its output.';

COMMENT ON COLUMN devlab.devlab_executions.error IS 'What it wrote to its error output.';

COMMENT ON COLUMN devlab.devlab_executions.exit_code IS 'Exit code of the process.';

COMMENT ON COLUMN devlab.devlab_executions.execution_time_ms IS 'Wall-clock time in milliseconds.';

COMMENT ON COLUMN devlab.devlab_executions.memory_used_mb IS 'Greatest memory in use, in MiB.';

COMMENT ON COLUMN devlab.devlab_executions.cpu_time_seconds IS 'Processor time in seconds.';

COMMENT ON COLUMN devlab.devlab_executions.container_id IS 'Container that kept it apart.';

COMMENT ON COLUMN devlab.devlab_executions.security_scan_result IS 'What the scan before the run found.';

COMMENT ON COLUMN devlab.devlab_executions.created_at IS 'When it was asked for.';

CREATE TABLE devlab.devlab_files (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    file_path text NOT NULL,
    file_name text NOT NULL,
    content text,
    language text,
    file_type text,
    size_bytes bigint,
    encoding text DEFAULT 'utf-8'::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_devlab_files_encoding_valid CHECK (((encoding <> ''::text) AND (length(encoding) <= 255))),
    CONSTRAINT ck_devlab_files_file_name_valid CHECK (((file_name <> ''::text) AND (length(file_name) <= 255))),
    CONSTRAINT ck_devlab_files_file_path_valid CHECK (((file_path <> ''::text) AND (length(file_path) <= 500))),
    CONSTRAINT ck_devlab_files_file_type_valid CHECK ((file_type = ANY (ARRAY['code'::text, 'test'::text, 'config'::text, 'documentation'::text]))),
    CONSTRAINT ck_devlab_files_language_valid CHECK (((language <> ''::text) AND (length(language) <= 255))),
    CONSTRAINT ck_devlab_files_size_bytes_valid CHECK ((size_bytes >= 0))
);

ALTER TABLE ONLY devlab.devlab_files FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE devlab.devlab_files IS 'A file of a project; it goes with the project.';

COMMENT ON COLUMN devlab.devlab_files.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN devlab.devlab_files.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN devlab.devlab_files.project_id IS 'Its project.';

COMMENT ON COLUMN devlab.devlab_files.file_path IS 'Path within the project.';

COMMENT ON COLUMN devlab.devlab_files.file_name IS 'Name without the path.';

COMMENT ON COLUMN devlab.devlab_files.content IS 'Text of the file.';

COMMENT ON COLUMN devlab.devlab_files.language IS 'Language it is written in.';

COMMENT ON COLUMN devlab.devlab_files.file_type IS 'What it is for.';

COMMENT ON COLUMN devlab.devlab_files.size_bytes IS 'Size in bytes.';

COMMENT ON COLUMN devlab.devlab_files.encoding IS 'Encoding of the file outside.';

COMMENT ON COLUMN devlab.devlab_files.is_active IS 'Whether it is part of the project.';

COMMENT ON COLUMN devlab.devlab_files.created_at IS 'When it was made.';

COMMENT ON COLUMN devlab.devlab_files.updated_at IS 'When it was last changed.';

CREATE TABLE devlab.devlab_insights (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    project_id uuid,
    file_id uuid,
    insight_type text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    confidence double precision NOT NULL,
    action text,
    code_reference jsonb,
    priority text,
    is_applied boolean DEFAULT false NOT NULL,
    model_version text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_devlab_insights_action_valid CHECK (((action <> ''::text) AND (length(action) <= 255))),
    CONSTRAINT ck_devlab_insights_code_reference_valid CHECK ((jsonb_typeof(code_reference) = 'object'::text)),
    CONSTRAINT ck_devlab_insights_confidence_valid CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT ck_devlab_insights_insight_type_valid CHECK ((insight_type = ANY (ARRAY['optimization'::text, 'security'::text, 'refactor'::text, 'test'::text, 'dependency'::text]))),
    CONSTRAINT ck_devlab_insights_model_version_valid CHECK (((model_version <> ''::text) AND (length(model_version) <= 255))),
    CONSTRAINT ck_devlab_insights_priority_valid CHECK ((priority = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text]))),
    CONSTRAINT ck_devlab_insights_title_valid CHECK (((title <> ''::text) AND (length(title) <= 255)))
);

ALTER TABLE ONLY devlab.devlab_insights FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE devlab.devlab_insights IS 'A suggestion about a project, with how sure it is and what to do.';

COMMENT ON COLUMN devlab.devlab_insights.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN devlab.devlab_insights.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN devlab.devlab_insights.project_id IS 'Project it is about; NULL for all.';

COMMENT ON COLUMN devlab.devlab_insights.file_id IS 'File it is about.';

COMMENT ON COLUMN devlab.devlab_insights.insight_type IS 'What it is about.';

COMMENT ON COLUMN devlab.devlab_insights.title IS 'What it says, in one line.';

COMMENT ON COLUMN devlab.devlab_insights.description IS 'What it says, and why.';

COMMENT ON COLUMN devlab.devlab_insights.confidence IS 'How sure it is, 0 to 1.';

COMMENT ON COLUMN devlab.devlab_insights.action IS 'What to do.';

COMMENT ON COLUMN devlab.devlab_insights.code_reference IS 'The code it speaks of.';

COMMENT ON COLUMN devlab.devlab_insights.priority IS 'How soon it is worth it.';

COMMENT ON COLUMN devlab.devlab_insights.is_applied IS 'Whether it was followed.';

COMMENT ON COLUMN devlab.devlab_insights.model_version IS 'Version of the model that suggests it.';

COMMENT ON COLUMN devlab.devlab_insights.created_at IS 'When it was made.';

CREATE TABLE devlab.devlab_projects (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    project_id text NOT NULL,
    name text NOT NULL,
    description text,
    language text NOT NULL,
    user_id uuid,
    environment text DEFAULT 'dev'::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    meta_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_devlab_projects_environment_valid CHECK ((environment = ANY (ARRAY['dev'::text, 'staging'::text, 'prod'::text]))),
    CONSTRAINT ck_devlab_projects_language_valid CHECK (((language <> ''::text) AND (length(language) <= 255))),
    CONSTRAINT ck_devlab_projects_meta_data_valid CHECK ((jsonb_typeof(meta_data) = 'object'::text)),
    CONSTRAINT ck_devlab_projects_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_devlab_projects_project_id_valid CHECK (((project_id <> ''::text) AND (length(project_id) <= 255)))
);

ALTER TABLE ONLY devlab.devlab_projects FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE devlab.devlab_projects IS 'A code project; one that has runs is made inactive, not deleted.';

COMMENT ON COLUMN devlab.devlab_projects.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN devlab.devlab_projects.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN devlab.devlab_projects.project_id IS 'Id in the world outside, unique within the tenant.';

COMMENT ON COLUMN devlab.devlab_projects.name IS 'Name shown to people.';

COMMENT ON COLUMN devlab.devlab_projects.description IS 'What it is about.';

COMMENT ON COLUMN devlab.devlab_projects.language IS 'Main language, such as python.';

COMMENT ON COLUMN devlab.devlab_projects.user_id IS 'Whose it is.';

COMMENT ON COLUMN devlab.devlab_projects.environment IS 'Where its code is meant to run.';

COMMENT ON COLUMN devlab.devlab_projects.is_active IS 'Whether it is worked on.';

COMMENT ON COLUMN devlab.devlab_projects.meta_data IS 'Anything else the client keeps with it.';

COMMENT ON COLUMN devlab.devlab_projects.created_at IS 'When it was made.';

COMMENT ON COLUMN devlab.devlab_projects.updated_at IS 'When it was last changed.';

CREATE TABLE devlab.devlab_tests (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    test_name text NOT NULL,
    test_type text,
    framework text,
    test_code text,
    status text DEFAULT 'pending'::text NOT NULL,
    duration_ms double precision,
    coverage_percentage double precision,
    generated_by_ai boolean DEFAULT false NOT NULL,
    model_version text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_devlab_tests_coverage_percentage_valid CHECK (((coverage_percentage >= (0)::double precision) AND (coverage_percentage <= (100)::double precision))),
    CONSTRAINT ck_devlab_tests_duration_ms_valid CHECK (((duration_ms >= (0)::double precision) AND (duration_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_devlab_tests_framework_valid CHECK ((framework = ANY (ARRAY['jest'::text, 'pytest'::text, 'junit'::text]))),
    CONSTRAINT ck_devlab_tests_model_version_valid CHECK (((model_version <> ''::text) AND (length(model_version) <= 255))),
    CONSTRAINT ck_devlab_tests_status_valid CHECK ((status = ANY (ARRAY['pending'::text, 'pass'::text, 'fail'::text, 'error'::text]))),
    CONSTRAINT ck_devlab_tests_test_name_valid CHECK (((test_name <> ''::text) AND (length(test_name) <= 255))),
    CONSTRAINT ck_devlab_tests_test_type_valid CHECK ((test_type = ANY (ARRAY['unit'::text, 'integration'::text, 'e2e'::text])))
);

ALTER TABLE ONLY devlab.devlab_tests FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE devlab.devlab_tests IS 'A test, written or generated, and its last result.';

COMMENT ON COLUMN devlab.devlab_tests.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN devlab.devlab_tests.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN devlab.devlab_tests.project_id IS 'Its project.';

COMMENT ON COLUMN devlab.devlab_tests.test_name IS 'Name of the test.';

COMMENT ON COLUMN devlab.devlab_tests.test_type IS 'How much it runs through.';

COMMENT ON COLUMN devlab.devlab_tests.framework IS 'What runs it.';

COMMENT ON COLUMN devlab.devlab_tests.test_code IS 'The test itself.';

COMMENT ON COLUMN devlab.devlab_tests.status IS 'Its last result.';

COMMENT ON COLUMN devlab.devlab_tests.duration_ms IS 'How long it took, in milliseconds.';

COMMENT ON COLUMN devlab.devlab_tests.coverage_percentage IS 'Lines it runs through, in per cent.';

COMMENT ON COLUMN devlab.devlab_tests.generated_by_ai IS 'Whether a model wrote it.';

COMMENT ON COLUMN devlab.devlab_tests.model_version IS 'Version of the model that wrote it.';

COMMENT ON COLUMN devlab.devlab_tests.created_at IS 'When it was made.';

CREATE TABLE devlab.devlab_vulnerabilities (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    file_id uuid,
    vulnerability_type text NOT NULL,
    severity text NOT NULL,
    description text NOT NULL,
    code_location jsonb,
    cve_id text,
    fix_suggestion text,
    is_fixed boolean DEFAULT false NOT NULL,
    detected_by text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_devlab_vulnerabilities_code_location_valid CHECK ((jsonb_typeof(code_location) = 'object'::text)),
    CONSTRAINT ck_devlab_vulnerabilities_cve_id_valid CHECK ((cve_id ~ '^CVE-[0-9]{4}-[0-9]{4,}$'::text)),
    CONSTRAINT ck_devlab_vulnerabilities_detected_by_valid CHECK (((detected_by <> ''::text) AND (length(detected_by) <= 255))),
    CONSTRAINT ck_devlab_vulnerabilities_severity_valid CHECK ((severity = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT ck_devlab_vulnerabilities_vulnerability_type_valid CHECK (((vulnerability_type <> ''::text) AND (length(vulnerability_type) <= 255)))
);

ALTER TABLE ONLY devlab.devlab_vulnerabilities FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE devlab.devlab_vulnerabilities IS 'A vulnerability that was found in a project.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.project_id IS 'Its project.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.file_id IS 'File it is in.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.vulnerability_type IS 'Kind, such as sql_injection.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.severity IS 'How bad it is.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.description IS 'What is wrong.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.code_location IS 'Where: line, column and file_path.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.cve_id IS 'Its number in the public list, such as CVE-2024-3094.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.fix_suggestion IS 'How to mend it.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.is_fixed IS 'Whether it is mended.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.detected_by IS 'Scanner, model or person that found it.';

COMMENT ON COLUMN devlab.devlab_vulnerabilities.created_at IS 'When it was found.';

CREATE TABLE discovery.discovery_tool_executions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    tool_id uuid NOT NULL,
    user_id uuid,
    session_id text,
    input_data jsonb,
    output_data jsonb,
    visualization_data jsonb,
    surprise_result jsonb,
    execution_time_ms double precision,
    model_version text,
    success boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_discovery_tool_executions_execution_time_ms_valid CHECK (((execution_time_ms >= (0)::double precision) AND (execution_time_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_discovery_tool_executions_input_data_valid CHECK ((jsonb_typeof(input_data) = 'object'::text)),
    CONSTRAINT ck_discovery_tool_executions_model_version_valid CHECK (((model_version <> ''::text) AND (length(model_version) <= 255))),
    CONSTRAINT ck_discovery_tool_executions_output_data_valid CHECK ((jsonb_typeof(output_data) = 'object'::text)),
    CONSTRAINT ck_discovery_tool_executions_session_id_valid CHECK (((session_id <> ''::text) AND (length(session_id) <= 255))),
    CONSTRAINT ck_discovery_tool_executions_surprise_result_valid CHECK ((jsonb_typeof(surprise_result) = 'object'::text)),
    CONSTRAINT ck_discovery_tool_executions_visualization_data_valid CHECK ((jsonb_typeof(visualization_data) = 'object'::text))
);

ALTER TABLE ONLY discovery.discovery_tool_executions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE discovery.discovery_tool_executions IS 'One run of a tool: what was answered, what came of it and how it was shown.';

COMMENT ON COLUMN discovery.discovery_tool_executions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN discovery.discovery_tool_executions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN discovery.discovery_tool_executions.tool_id IS 'The tool; one with runs is made inactive, not deleted.';

COMMENT ON COLUMN discovery.discovery_tool_executions.user_id IS 'Who ran it, if known.';

COMMENT ON COLUMN discovery.discovery_tool_executions.session_id IS 'Session it ran in.';

COMMENT ON COLUMN discovery.discovery_tool_executions.input_data IS 'What the person gave.';

COMMENT ON COLUMN discovery.discovery_tool_executions.output_data IS 'What the model answered.';

COMMENT ON COLUMN discovery.discovery_tool_executions.visualization_data IS 'What the picture was drawn from.';

COMMENT ON COLUMN discovery.discovery_tool_executions.surprise_result IS 'What came on top.';

COMMENT ON COLUMN discovery.discovery_tool_executions.execution_time_ms IS 'How long it took, in milliseconds.';

COMMENT ON COLUMN discovery.discovery_tool_executions.model_version IS 'Version of the model that answered.';

COMMENT ON COLUMN discovery.discovery_tool_executions.success IS 'Whether it gave an answer.';

COMMENT ON COLUMN discovery.discovery_tool_executions.created_at IS 'When it ran.';

CREATE TABLE discovery.discovery_tool_templates (
    id uuid DEFAULT uuidv7() NOT NULL,
    tool_id text NOT NULL,
    name text NOT NULL,
    icon text,
    description text,
    category text,
    interaction_type text,
    interaction_label text,
    interaction_placeholder text,
    interaction_options jsonb DEFAULT '[]'::jsonb NOT NULL,
    model_message text,
    model_prompt_template text,
    visualization_type text,
    visualization_animation text,
    surprise_type text,
    surprise_message_template text,
    display_order integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_discovery_tool_templates_category_valid CHECK ((category = ANY (ARRAY['design'::text, 'productivity'::text, 'analysis'::text, 'finance'::text, 'career'::text, 'security'::text, 'innovation'::text, 'tech'::text]))),
    CONSTRAINT ck_discovery_tool_templates_icon_valid CHECK (((icon <> ''::text) AND (length(icon) <= 255))),
    CONSTRAINT ck_discovery_tool_templates_interaction_label_valid CHECK (((interaction_label <> ''::text) AND (length(interaction_label) <= 255))),
    CONSTRAINT ck_discovery_tool_templates_interaction_options_valid CHECK ((jsonb_typeof(interaction_options) = 'array'::text)),
    CONSTRAINT ck_discovery_tool_templates_interaction_placeholder_valid CHECK (((interaction_placeholder <> ''::text) AND (length(interaction_placeholder) <= 255))),
    CONSTRAINT ck_discovery_tool_templates_interaction_type_valid CHECK ((interaction_type = ANY (ARRAY['input'::text, 'textarea'::text, 'select'::text, 'dragdrop'::text]))),
    CONSTRAINT ck_discovery_tool_templates_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_discovery_tool_templates_surprise_type_valid CHECK ((surprise_type = ANY (ARRAY['vibe'::text, 'insight'::text, 'prediction'::text, 'savings'::text, 'percentage'::text, 'risk-level'::text, 'ideas'::text, 'score'::text]))),
    CONSTRAINT ck_discovery_tool_templates_tool_id_valid CHECK (((tool_id <> ''::text) AND (length(tool_id) <= 255))),
    CONSTRAINT ck_discovery_tool_templates_visualization_animation_valid CHECK (((visualization_animation <> ''::text) AND (length(visualization_animation) <= 255))),
    CONSTRAINT ck_discovery_tool_templates_visualization_type_valid CHECK ((visualization_type = ANY (ARRAY['palette'::text, 'chart'::text, 'text'::text, 'script'::text, 'gauge'::text, 'heatmap'::text, 'ideas-list'::text, 'speed-badge'::text])))
);

ALTER TABLE ONLY discovery.discovery_tool_templates FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE discovery.discovery_tool_templates IS 'A tool that every new tenant gets a copy of, under the same id.';

COMMENT ON COLUMN discovery.discovery_tool_templates.id IS 'Version 5 uuid of the key, the same in every installation, for rows that we ship.';

COMMENT ON COLUMN discovery.discovery_tool_templates.tool_id IS 'Stable key, such as city-risk; translations go by it.';

COMMENT ON COLUMN discovery.discovery_tool_templates.name IS 'Name shown to people.';

COMMENT ON COLUMN discovery.discovery_tool_templates.icon IS 'Name of its icon.';

COMMENT ON COLUMN discovery.discovery_tool_templates.description IS 'What it does.';

COMMENT ON COLUMN discovery.discovery_tool_templates.category IS 'What it is about.';

COMMENT ON COLUMN discovery.discovery_tool_templates.interaction_type IS 'How a person answers it.';

COMMENT ON COLUMN discovery.discovery_tool_templates.interaction_label IS 'What it asks.';

COMMENT ON COLUMN discovery.discovery_tool_templates.interaction_placeholder IS 'An example of an answer.';

COMMENT ON COLUMN discovery.discovery_tool_templates.interaction_options IS 'Answers to choose from, for a select.';

COMMENT ON COLUMN discovery.discovery_tool_templates.model_message IS 'What is shown while the model works.';

COMMENT ON COLUMN discovery.discovery_tool_templates.model_prompt_template IS 'What the model is asked; {input} is the answer.';

COMMENT ON COLUMN discovery.discovery_tool_templates.visualization_type IS 'How the result looks.';

COMMENT ON COLUMN discovery.discovery_tool_templates.visualization_animation IS 'How it appears, such as fade-in.';

COMMENT ON COLUMN discovery.discovery_tool_templates.surprise_type IS 'What comes on top.';

COMMENT ON COLUMN discovery.discovery_tool_templates.surprise_message_template IS 'Its sentence; {result} is what was found.';

COMMENT ON COLUMN discovery.discovery_tool_templates.display_order IS 'Place in lists, lowest first.';

COMMENT ON COLUMN discovery.discovery_tool_templates.is_active IS 'Whether it is shown.';

COMMENT ON COLUMN discovery.discovery_tool_templates.created_at IS 'When it was made.';

COMMENT ON COLUMN discovery.discovery_tool_templates.updated_at IS 'When it was last changed.';

CREATE TABLE discovery.discovery_tools (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    usage_count bigint DEFAULT 0 NOT NULL,
    average_rating double precision DEFAULT 0 NOT NULL,
    meta_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    tool_id text NOT NULL,
    name text NOT NULL,
    icon text,
    description text,
    category text,
    interaction_type text,
    interaction_label text,
    interaction_placeholder text,
    interaction_options jsonb DEFAULT '[]'::jsonb NOT NULL,
    model_message text,
    model_prompt_template text,
    visualization_type text,
    visualization_animation text,
    surprise_type text,
    surprise_message_template text,
    display_order integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_discovery_tools_average_rating_valid CHECK (((average_rating >= (0)::double precision) AND (average_rating <= (5)::double precision))),
    CONSTRAINT ck_discovery_tools_category_valid CHECK ((category = ANY (ARRAY['design'::text, 'productivity'::text, 'analysis'::text, 'finance'::text, 'career'::text, 'security'::text, 'innovation'::text, 'tech'::text]))),
    CONSTRAINT ck_discovery_tools_icon_valid CHECK (((icon <> ''::text) AND (length(icon) <= 255))),
    CONSTRAINT ck_discovery_tools_interaction_label_valid CHECK (((interaction_label <> ''::text) AND (length(interaction_label) <= 255))),
    CONSTRAINT ck_discovery_tools_interaction_options_valid CHECK ((jsonb_typeof(interaction_options) = 'array'::text)),
    CONSTRAINT ck_discovery_tools_interaction_placeholder_valid CHECK (((interaction_placeholder <> ''::text) AND (length(interaction_placeholder) <= 255))),
    CONSTRAINT ck_discovery_tools_interaction_type_valid CHECK ((interaction_type = ANY (ARRAY['input'::text, 'textarea'::text, 'select'::text, 'dragdrop'::text]))),
    CONSTRAINT ck_discovery_tools_meta_data_valid CHECK ((jsonb_typeof(meta_data) = 'object'::text)),
    CONSTRAINT ck_discovery_tools_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_discovery_tools_surprise_type_valid CHECK ((surprise_type = ANY (ARRAY['vibe'::text, 'insight'::text, 'prediction'::text, 'savings'::text, 'percentage'::text, 'risk-level'::text, 'ideas'::text, 'score'::text]))),
    CONSTRAINT ck_discovery_tools_tool_id_valid CHECK (((tool_id <> ''::text) AND (length(tool_id) <= 255))),
    CONSTRAINT ck_discovery_tools_usage_count_valid CHECK ((usage_count >= 0)),
    CONSTRAINT ck_discovery_tools_visualization_animation_valid CHECK (((visualization_animation <> ''::text) AND (length(visualization_animation) <= 255))),
    CONSTRAINT ck_discovery_tools_visualization_type_valid CHECK ((visualization_type = ANY (ARRAY['palette'::text, 'chart'::text, 'text'::text, 'script'::text, 'gauge'::text, 'heatmap'::text, 'ideas-list'::text, 'speed-badge'::text])))
);

ALTER TABLE ONLY discovery.discovery_tools FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE discovery.discovery_tools IS 'A small tool of a tenant: a question, a prompt for a model, a picture and a surprise.';

COMMENT ON COLUMN discovery.discovery_tools.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN discovery.discovery_tools.id IS 'The template''s id for a copy, else a version 7 uuid.';

COMMENT ON COLUMN discovery.discovery_tools.usage_count IS 'How often it ran for this tenant.';

COMMENT ON COLUMN discovery.discovery_tools.average_rating IS 'Mean of its ratings, 0 to 5; 0 before the first.';

COMMENT ON COLUMN discovery.discovery_tools.meta_data IS 'Anything else the tenant keeps with it.';

COMMENT ON COLUMN discovery.discovery_tools.tool_id IS 'Stable key, such as city-risk; translations go by it.';

COMMENT ON COLUMN discovery.discovery_tools.name IS 'Name shown to people.';

COMMENT ON COLUMN discovery.discovery_tools.icon IS 'Name of its icon.';

COMMENT ON COLUMN discovery.discovery_tools.description IS 'What it does.';

COMMENT ON COLUMN discovery.discovery_tools.category IS 'What it is about.';

COMMENT ON COLUMN discovery.discovery_tools.interaction_type IS 'How a person answers it.';

COMMENT ON COLUMN discovery.discovery_tools.interaction_label IS 'What it asks.';

COMMENT ON COLUMN discovery.discovery_tools.interaction_placeholder IS 'An example of an answer.';

COMMENT ON COLUMN discovery.discovery_tools.interaction_options IS 'Answers to choose from, for a select.';

COMMENT ON COLUMN discovery.discovery_tools.model_message IS 'What is shown while the model works.';

COMMENT ON COLUMN discovery.discovery_tools.model_prompt_template IS 'What the model is asked; {input} is the answer.';

COMMENT ON COLUMN discovery.discovery_tools.visualization_type IS 'How the result looks.';

COMMENT ON COLUMN discovery.discovery_tools.visualization_animation IS 'How it appears, such as fade-in.';

COMMENT ON COLUMN discovery.discovery_tools.surprise_type IS 'What comes on top.';

COMMENT ON COLUMN discovery.discovery_tools.surprise_message_template IS 'Its sentence; {result} is what was found.';

COMMENT ON COLUMN discovery.discovery_tools.display_order IS 'Place in lists, lowest first.';

COMMENT ON COLUMN discovery.discovery_tools.is_active IS 'Whether it is shown.';

COMMENT ON COLUMN discovery.discovery_tools.created_at IS 'When it was made.';

COMMENT ON COLUMN discovery.discovery_tools.updated_at IS 'When it was last changed.';

CREATE TABLE drift.drift_alerts (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    model_version_id uuid NOT NULL,
    detector text NOT NULL,
    feature text NOT NULL,
    level text NOT NULL,
    score double precision NOT NULL,
    message text NOT NULL,
    metric_id uuid NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    seen_count bigint DEFAULT 1 NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    resolved_at timestamp with time zone,
    resolved_reason text,
    CONSTRAINT ck_drift_alerts_detector_valid CHECK ((detector = ANY (ARRAY['psi'::text, 'adwin'::text, 'silent'::text]))),
    CONSTRAINT ck_drift_alerts_feature_valid CHECK (((feature <> ''::text) AND (length(feature) <= 255))),
    CONSTRAINT ck_drift_alerts_level_valid CHECK ((level = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
    CONSTRAINT ck_drift_alerts_seen_count_valid CHECK ((seen_count >= 0))
);

ALTER TABLE ONLY drift.drift_alerts FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE drift.drift_alerts IS 'Something that moved; one row stands for it until somebody or a new version settles it.';

COMMENT ON COLUMN drift.drift_alerts.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN drift.drift_alerts.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN drift.drift_alerts.ml_model_id IS 'The model.';

COMMENT ON COLUMN drift.drift_alerts.model_version_id IS 'Version that was live when last seen.';

COMMENT ON COLUMN drift.drift_alerts.detector IS 'What noticed it.';

COMMENT ON COLUMN drift.drift_alerts.feature IS 'What moved: a feature''s name, score or loss.';

COMMENT ON COLUMN drift.drift_alerts.level IS 'Highest level it had.';

COMMENT ON COLUMN drift.drift_alerts.score IS 'How far it moved when last seen.';

COMMENT ON COLUMN drift.drift_alerts.message IS 'One sentence for a person.';

COMMENT ON COLUMN drift.drift_alerts.metric_id IS 'Measurement that last raised it, in ml_drift_metrics.';

COMMENT ON COLUMN drift.drift_alerts.first_seen_at IS 'End of the first window that showed it.';

COMMENT ON COLUMN drift.drift_alerts.last_seen_at IS 'End of the last window that showed it.';

COMMENT ON COLUMN drift.drift_alerts.seen_count IS 'Alarms it stands for.';

COMMENT ON COLUMN drift.drift_alerts.acknowledged_at IS 'When a person took note.';

COMMENT ON COLUMN drift.drift_alerts.acknowledged_by IS 'Who took note.';

COMMENT ON COLUMN drift.drift_alerts.resolved_at IS 'When it was settled; NULL while open.';

COMMENT ON COLUMN drift.drift_alerts.resolved_reason IS 'What settled it.';

CREATE TABLE drift.drift_detectors (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    detector text NOT NULL,
    observation_count bigint DEFAULT 0 NOT NULL,
    alarm_count bigint DEFAULT 0 NOT NULL,
    estimation double precision,
    watermark timestamp with time zone NOT NULL,
    state jsonb DEFAULT '{}'::jsonb NOT NULL,
    window_values double precision[],
    CONSTRAINT ck_drift_detectors_alarm_count_valid CHECK ((alarm_count >= 0)),
    CONSTRAINT ck_drift_detectors_detector_valid CHECK ((detector = ANY (ARRAY['psi'::text, 'adwin'::text, 'silent'::text]))),
    CONSTRAINT ck_drift_detectors_observation_count_valid CHECK ((observation_count >= 0)),
    CONSTRAINT ck_drift_detectors_state_valid CHECK ((jsonb_typeof(state) = 'object'::text))
);

ALTER TABLE ONLY drift.drift_detectors FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE drift.drift_detectors IS 'What one detector of a model has seen so far, and its state.';

COMMENT ON COLUMN drift.drift_detectors.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN drift.drift_detectors.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN drift.drift_detectors.ml_model_id IS 'The model.';

COMMENT ON COLUMN drift.drift_detectors.detector IS 'Which one.';

COMMENT ON COLUMN drift.drift_detectors.observation_count IS 'Losses or rows it was fed.';

COMMENT ON COLUMN drift.drift_detectors.alarm_count IS 'How often it signalled.';

COMMENT ON COLUMN drift.drift_detectors.estimation IS 'Mean of what it believes to be current.';

COMMENT ON COLUMN drift.drift_detectors.watermark IS 'It has seen what was known up to here.';

COMMENT ON COLUMN drift.drift_detectors.state IS 'Its settings and sums.';

COMMENT ON COLUMN drift.drift_detectors.window_values IS 'Losses since the last change, oldest first.';

CREATE TABLE drift.drift_references (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_version_id uuid NOT NULL,
    feature text NOT NULL,
    "position" bigint NOT NULL,
    kind text NOT NULL,
    reference jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_drift_references_feature_valid CHECK (((feature <> ''::text) AND (length(feature) <= 255))),
    CONSTRAINT ck_drift_references_kind_valid CHECK ((kind = ANY (ARRAY['numeric'::text, 'categorical'::text]))),
    CONSTRAINT ck_drift_references_position_valid CHECK (("position" >= 0)),
    CONSTRAINT ck_drift_references_reference_valid CHECK ((jsonb_typeof(reference) = 'object'::text))
);

ALTER TABLE ONLY drift.drift_references FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE drift.drift_references IS 'How one feature, or the score, was distributed when a version was fitted.';

COMMENT ON COLUMN drift.drift_references.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN drift.drift_references.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN drift.drift_references.model_version_id IS 'The version.';

COMMENT ON COLUMN drift.drift_references.feature IS 'Name of the feature, or score.';

COMMENT ON COLUMN drift.drift_references."position" IS 'Column in the version''s matrix; score comes last.';

COMMENT ON COLUMN drift.drift_references.kind IS 'How its values are to be read.';

COMMENT ON COLUMN drift.drift_references.reference IS 'Bins, counts, moments and quantiles of the sample.';

COMMENT ON COLUMN drift.drift_references.created_at IS 'When it was set.';

CREATE TABLE drift.drift_watches (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    psi_enabled boolean DEFAULT true NOT NULL,
    adwin_enabled boolean DEFAULT true NOT NULL,
    alpha double precision DEFAULT 0.01 NOT NULL,
    thresholds double precision[] DEFAULT '{0.1,0.2,0.35}'::double precision[] NOT NULL,
    min_rows bigint DEFAULT 200 NOT NULL,
    adwin_delta double precision DEFAULT 0.002 NOT NULL,
    loss_cap double precision,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_drift_watches_adwin_delta_valid CHECK (((adwin_delta >= (0)::double precision) AND (adwin_delta <= (1)::double precision))),
    CONSTRAINT ck_drift_watches_alpha_valid CHECK (((alpha >= (0)::double precision) AND (alpha <= (1)::double precision))),
    CONSTRAINT ck_drift_watches_min_rows_valid CHECK ((min_rows >= 0))
);

ALTER TABLE ONLY drift.drift_watches FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE drift.drift_watches IS 'How one model is watched.';

COMMENT ON COLUMN drift.drift_watches.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN drift.drift_watches.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN drift.drift_watches.ml_model_id IS 'The model.';

COMMENT ON COLUMN drift.drift_watches.psi_enabled IS 'Whether distributions are compared.';

COMMENT ON COLUMN drift.drift_watches.adwin_enabled IS 'Whether losses are watched.';

COMMENT ON COLUMN drift.drift_watches.alpha IS 'Chance of a false alert or more in a scan.';

COMMENT ON COLUMN drift.drift_watches.thresholds IS 'Index net of noise at which info, warning and critical begin, nats.';

COMMENT ON COLUMN drift.drift_watches.min_rows IS 'Windows with fewer rows are passed over.';

COMMENT ON COLUMN drift.drift_watches.adwin_delta IS 'ADWIN''s bound for a false signal.';

COMMENT ON COLUMN drift.drift_watches.loss_cap IS 'Losses are clipped here for ADWIN; NULL: at 1.';

COMMENT ON COLUMN drift.drift_watches.created_at IS 'When it was made.';

CREATE TABLE drift.ml_drift_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    metric_id text NOT NULL,
    resource_id text NOT NULL,
    model_id text NOT NULL,
    ml_model_id uuid NOT NULL,
    model_version_id uuid NOT NULL,
    drift_type text NOT NULL,
    drift_score double precision NOT NULL,
    drift_velocity double precision,
    reconstruction_error double precision,
    psi_score double precision,
    ks_statistic double precision,
    wasserstein_distance double precision,
    alert_triggered boolean DEFAULT false NOT NULL,
    alert_level text,
    time_to_violation_hours double precision,
    measured_at timestamp with time zone NOT NULL,
    baseline_comparison jsonb DEFAULT '{}'::jsonb NOT NULL,
    feature_contributions jsonb,
    CONSTRAINT ck_ml_drift_metrics_alert_level_valid CHECK ((alert_level = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
    CONSTRAINT ck_ml_drift_metrics_baseline_comparison_valid CHECK ((jsonb_typeof(baseline_comparison) = 'object'::text)),
    CONSTRAINT ck_ml_drift_metrics_drift_type_valid CHECK ((drift_type = ANY (ARRAY['data'::text, 'prediction'::text, 'concept'::text]))),
    CONSTRAINT ck_ml_drift_metrics_feature_contributions_valid CHECK ((jsonb_typeof(feature_contributions) = 'object'::text)),
    CONSTRAINT ck_ml_drift_metrics_ks_statistic_valid CHECK (((ks_statistic >= (0)::double precision) AND (ks_statistic <= (1)::double precision))),
    CONSTRAINT ck_ml_drift_metrics_model_id_valid CHECK (((model_id <> ''::text) AND (length(model_id) <= 255))),
    CONSTRAINT ck_ml_drift_metrics_resource_id_valid CHECK (((resource_id <> ''::text) AND (length(resource_id) <= 255))),
    CONSTRAINT ck_ml_drift_metrics_time_to_violation_hours_valid CHECK (((time_to_violation_hours >= (0)::double precision) AND (time_to_violation_hours < 'Infinity'::double precision)))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY drift.ml_drift_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE drift.ml_drift_metrics IS 'One measurement: a window of live traffic, or a change of the loss, against what was before.

The id is made from the window''s end and the metric_id: a window measured twice is stored once.';

COMMENT ON COLUMN drift.ml_drift_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN drift.ml_drift_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN drift.ml_drift_metrics.metric_id IS 'model:version:detector:resource:end; names it for ever.';

COMMENT ON COLUMN drift.ml_drift_metrics.resource_id IS 'What was compared: a feature''s name, score or loss.';

COMMENT ON COLUMN drift.ml_drift_metrics.model_id IS 'Name of the model.';

COMMENT ON COLUMN drift.ml_drift_metrics.ml_model_id IS 'The model.';

COMMENT ON COLUMN drift.ml_drift_metrics.model_version_id IS 'Version that was live.';

COMMENT ON COLUMN drift.ml_drift_metrics.drift_type IS 'What moved.';

COMMENT ON COLUMN drift.ml_drift_metrics.drift_score IS 'psi_score, or the rise of the mean loss.';

COMMENT ON COLUMN drift.ml_drift_metrics.drift_velocity IS 'Change of drift_score per day since the measurement before.';

COMMENT ON COLUMN drift.ml_drift_metrics.reconstruction_error IS 'Of an autoencoder, where there is one.';

COMMENT ON COLUMN drift.ml_drift_metrics.psi_score IS 'Population stability index, nats.';

COMMENT ON COLUMN drift.ml_drift_metrics.ks_statistic IS 'Kolmogorov-Smirnov statistic, 0 to 1.';

COMMENT ON COLUMN drift.ml_drift_metrics.wasserstein_distance IS 'Mean distance moved, in standard deviations of the reference.';

COMMENT ON COLUMN drift.ml_drift_metrics.alert_triggered IS 'Whether it reached a level.';

COMMENT ON COLUMN drift.ml_drift_metrics.alert_level IS 'Which level; NULL for none.';

COMMENT ON COLUMN drift.ml_drift_metrics.time_to_violation_hours IS 'Hours until drift_score is critical at this velocity; NULL beyond 72 or when it falls.';

COMMENT ON COLUMN drift.ml_drift_metrics.measured_at IS 'End of the window.';

COMMENT ON COLUMN drift.ml_drift_metrics.baseline_comparison IS 'Sizes, means, missing shares, counts by bin and p-value of both sides.';

COMMENT ON COLUMN drift.ml_drift_metrics.feature_contributions IS 'For score: the features that moved most and their drift_score.';

CREATE TABLE ensembles.ensemble_configurations (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    name text NOT NULL,
    description text,
    model_ids text[] NOT NULL,
    ensemble_type text NOT NULL,
    weights jsonb DEFAULT '{}'::jsonb NOT NULL,
    meta_learner_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    performance_score double precision,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ensemble_configurations_ensemble_type_valid CHECK ((ensemble_type = ANY (ARRAY['voting'::text, 'stacking'::text, 'blending'::text, 'dynamic'::text]))),
    CONSTRAINT ck_ensemble_configurations_has_members CHECK (((cardinality(model_ids) > 0) AND (array_position(model_ids, NULL::text) IS NULL))),
    CONSTRAINT ck_ensemble_configurations_meta_learner_config_valid CHECK ((jsonb_typeof(meta_learner_config) = 'object'::text)),
    CONSTRAINT ck_ensemble_configurations_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_ensemble_configurations_performance_score_valid CHECK (((performance_score >= (0)::double precision) AND (performance_score <= (1)::double precision))),
    CONSTRAINT ck_ensemble_configurations_weights_valid CHECK (((jsonb_typeof(weights) = 'object'::text) AND (NOT jsonb_path_exists(weights, 'strict $.*?(@.type() != "number" || @ < 0)'::jsonpath, '{}'::jsonb, true))))
);

ALTER TABLE ONLY ensembles.ensemble_configurations FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE ensembles.ensemble_configurations IS 'An ensemble: which models answer, how their answers become one, with which weights.';

COMMENT ON COLUMN ensembles.ensemble_configurations.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN ensembles.ensemble_configurations.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN ensembles.ensemble_configurations.user_id IS 'Owner; NULL when it belongs to the whole tenant.';

COMMENT ON COLUMN ensembles.ensemble_configurations.name IS 'Unique among its owner''s ensembles.';

COMMENT ON COLUMN ensembles.ensemble_configurations.description IS 'What it is for.';

COMMENT ON COLUMN ensembles.ensemble_configurations.model_ids IS 'Members, at least one, by ml_models.model_id; whoever writes the row checks them.';

COMMENT ON COLUMN ensembles.ensemble_configurations.ensemble_type IS 'How the members'' answers become one.';

COMMENT ON COLUMN ensembles.ensemble_configurations.weights IS 'Member -> weight, 0 or more; members without one weigh the same.';

COMMENT ON COLUMN ensembles.ensemble_configurations.meta_learner_config IS 'Settings of the model on top, when stacking.';

COMMENT ON COLUMN ensembles.ensemble_configurations.is_active IS 'Whether it may be asked.';

COMMENT ON COLUMN ensembles.ensemble_configurations.performance_score IS 'How well it does, 0 to 1, 1 is best.';

COMMENT ON COLUMN ensembles.ensemble_configurations.created_at IS 'When it was made.';

COMMENT ON COLUMN ensembles.ensemble_configurations.updated_at IS 'When it was last changed.';

CREATE TABLE ensembles.model_weights (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ensemble_config_id uuid NOT NULL,
    model_id text NOT NULL,
    ml_model_id uuid,
    weight double precision NOT NULL,
    weight_type text DEFAULT 'static'::text NOT NULL,
    context_filters jsonb DEFAULT '{}'::jsonb NOT NULL,
    performance_contribution double precision,
    last_updated timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_model_weights_context_filters_valid CHECK ((jsonb_typeof(context_filters) = 'object'::text)),
    CONSTRAINT ck_model_weights_model_id_valid CHECK (((model_id <> ''::text) AND (length(model_id) <= 255))),
    CONSTRAINT ck_model_weights_weight_type_valid CHECK ((weight_type = ANY (ARRAY['static'::text, 'dynamic'::text, 'adaptive'::text]))),
    CONSTRAINT ck_model_weights_weight_valid CHECK (((weight >= (0)::double precision) AND (weight <= (1)::double precision)))
);

ALTER TABLE ONLY ensembles.model_weights FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE ensembles.model_weights IS 'A weight that a member of an ensemble was given; the newest holds, the rest is history.';

COMMENT ON COLUMN ensembles.model_weights.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN ensembles.model_weights.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN ensembles.model_weights.ensemble_config_id IS 'The ensemble.';

COMMENT ON COLUMN ensembles.model_weights.model_id IS 'The member, as in the ensemble''s model_ids; whoever writes the row checks it.';

COMMENT ON COLUMN ensembles.model_weights.ml_model_id IS 'The member, when it is registered here.';

COMMENT ON COLUMN ensembles.model_weights.weight IS 'Its weight, 0 to 1.';

COMMENT ON COLUMN ensembles.model_weights.weight_type IS 'How the weight came about.';

COMMENT ON COLUMN ensembles.model_weights.context_filters IS 'Field -> value a context must have for the weight to apply; {} is every context.';

COMMENT ON COLUMN ensembles.model_weights.performance_contribution IS 'What the member adds to the ensemble''s score; less than 0 when it harms.';

COMMENT ON COLUMN ensembles.model_weights.last_updated IS 'When the weight took effect.';

COMMENT ON COLUMN ensembles.model_weights.created_at IS 'When the row was made.';

CREATE TABLE events.analytics_events (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    event_type text NOT NULL,
    user_id uuid,
    customer_id uuid,
    session_id text,
    event_data jsonb,
    properties jsonb,
    page_url text,
    referrer text,
    user_agent text,
    ip_address text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_analytics_events_event_data_valid CHECK ((jsonb_typeof(event_data) = 'object'::text)),
    CONSTRAINT ck_analytics_events_event_type_valid CHECK (((event_type <> ''::text) AND (length(event_type) <= 255))),
    CONSTRAINT ck_analytics_events_properties_valid CHECK ((jsonb_typeof(properties) = 'object'::text)),
    CONSTRAINT ck_analytics_events_session_id_valid CHECK (((session_id <> ''::text) AND (length(session_id) <= 255)))
);

ALTER TABLE ONLY events.analytics_events FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE events.analytics_events IS 'Something a visitor or a customer of the tenant did.';

COMMENT ON COLUMN events.analytics_events.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN events.analytics_events.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN events.analytics_events.event_type IS 'What happened, in the sender''s words.';

COMMENT ON COLUMN events.analytics_events.user_id IS 'User who did it, while there is one.';

COMMENT ON COLUMN events.analytics_events.customer_id IS 'Customer who did it, if one did.';

COMMENT ON COLUMN events.analytics_events.session_id IS 'Session it belongs to.';

COMMENT ON COLUMN events.analytics_events.event_data IS 'Particulars.';

COMMENT ON COLUMN events.analytics_events.properties IS 'Properties of the page, the device or the visitor.';

COMMENT ON COLUMN events.analytics_events.page_url IS 'Page on which it happened.';

COMMENT ON COLUMN events.analytics_events.referrer IS 'Page that led there.';

COMMENT ON COLUMN events.analytics_events.user_agent IS 'Browser, as it names itself.';

COMMENT ON COLUMN events.analytics_events.ip_address IS 'Address it came from, IPv4 or IPv6.';

COMMENT ON COLUMN events.analytics_events.created_at IS 'When it happened.';

CREATE TABLE events.daily_learning_metrics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    date date NOT NULL,
    event_type text NOT NULL,
    source_system text,
    event_count bigint NOT NULL,
    avg_processing_time double precision,
    p95_processing_time double precision,
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    processing_times bigint[],
    CONSTRAINT ck_daily_learning_metrics_avg_processing_time_valid CHECK (((avg_processing_time >= (0)::double precision) AND (avg_processing_time < 'Infinity'::double precision))),
    CONSTRAINT ck_daily_learning_metrics_event_count_valid CHECK ((event_count >= 0)),
    CONSTRAINT ck_daily_learning_metrics_event_type_valid CHECK ((event_type = ANY (ARRAY['model_prediction'::text, 'pattern_detection'::text, 'user_feedback'::text, 'system_optimization'::text, 'data_ingestion'::text, 'drift_alert'::text, 'model_training'::text, 'model_registration'::text, 'model_promotion'::text, 'model_rollback'::text, 'experiment'::text, 'recalibration'::text]))),
    CONSTRAINT ck_daily_learning_metrics_p95_processing_time_valid CHECK (((p95_processing_time >= (0)::double precision) AND (p95_processing_time < 'Infinity'::double precision))),
    CONSTRAINT ck_daily_learning_metrics_source_system_valid CHECK (((source_system <> ''::text) AND (length(source_system) <= 255)))
);

ALTER TABLE ONLY events.daily_learning_metrics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE events.daily_learning_metrics IS 'How many events a day had and how long they took, by type and sender; exact, a minute old.';

COMMENT ON COLUMN events.daily_learning_metrics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN events.daily_learning_metrics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN events.daily_learning_metrics.date IS 'Day of the events, in UTC.';

COMMENT ON COLUMN events.daily_learning_metrics.event_type IS 'What happened.';

COMMENT ON COLUMN events.daily_learning_metrics.source_system IS 'Who sent the events; NULL when they do not say.';

COMMENT ON COLUMN events.daily_learning_metrics.event_count IS 'Events.';

COMMENT ON COLUMN events.daily_learning_metrics.avg_processing_time IS 'Mean of processing_time_ms, in milliseconds; NULL when no event has one.';

COMMENT ON COLUMN events.daily_learning_metrics.p95_processing_time IS '95th percentile of processing_time_ms, in milliseconds, interpolated.';

COMMENT ON COLUMN events.daily_learning_metrics.refreshed_at IS 'When it was computed.';

COMMENT ON COLUMN events.daily_learning_metrics.processing_times IS 'Sketch of processing_time_ms, for app.sketch_merge() and app.sketch_quantile().';

CREATE TABLE events.daily_learning_totals (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    date date NOT NULL,
    event_count bigint NOT NULL,
    avg_processing_time double precision,
    p95_processing_time double precision,
    processing_times bigint[],
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_daily_learning_totals_avg_processing_time_valid CHECK (((avg_processing_time >= (0)::double precision) AND (avg_processing_time < 'Infinity'::double precision))),
    CONSTRAINT ck_daily_learning_totals_event_count_valid CHECK ((event_count >= 0)),
    CONSTRAINT ck_daily_learning_totals_p95_processing_time_valid CHECK (((p95_processing_time >= (0)::double precision) AND (p95_processing_time < 'Infinity'::double precision)))
);

ALTER TABLE ONLY events.daily_learning_totals FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE events.daily_learning_totals IS 'How many events a day had and how long they took, all together; a minute old.';

COMMENT ON COLUMN events.daily_learning_totals.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN events.daily_learning_totals.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN events.daily_learning_totals.date IS 'Day of the events, in UTC.';

COMMENT ON COLUMN events.daily_learning_totals.event_count IS 'Events.';

COMMENT ON COLUMN events.daily_learning_totals.avg_processing_time IS 'Mean of processing_time_ms, in milliseconds; NULL when no event has one.';

COMMENT ON COLUMN events.daily_learning_totals.p95_processing_time IS '95th percentile of processing_time_ms, in milliseconds, at most 1 % off.';

COMMENT ON COLUMN events.daily_learning_totals.processing_times IS 'Sketch of processing_time_ms.';

COMMENT ON COLUMN events.daily_learning_totals.refreshed_at IS 'When it was computed.';

CREATE TABLE events.git_operation_learning_events (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    git_operation_id text NOT NULL,
    learning_event_id uuid NOT NULL,
    learning_event_timestamp timestamp with time zone NOT NULL,
    operation_type text,
    repository_id text,
    branch_name text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_git_operation_learning_events_branch_name_valid CHECK (((branch_name <> ''::text) AND (length(branch_name) <= 255))),
    CONSTRAINT ck_git_operation_learning_events_git_operation_id_valid CHECK (((git_operation_id <> ''::text) AND (length(git_operation_id) <= 255))),
    CONSTRAINT ck_git_operation_learning_events_operation_type_valid CHECK ((operation_type = ANY (ARRAY['commit'::text, 'merge'::text, 'rebase'::text, 'pull_request'::text]))),
    CONSTRAINT ck_git_operation_learning_events_repository_id_valid CHECK (((repository_id <> ''::text) AND (length(repository_id) <= 255)))
);

ALTER TABLE ONLY events.git_operation_learning_events FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE events.git_operation_learning_events IS 'Which event of the stream a git operation led to.';

COMMENT ON COLUMN events.git_operation_learning_events.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN events.git_operation_learning_events.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN events.git_operation_learning_events.git_operation_id IS 'Id of the operation at its host, such as a commit.';

COMMENT ON COLUMN events.git_operation_learning_events.learning_event_id IS 'Event of learning_events; must be there when this row is written, may expire before it.';

COMMENT ON COLUMN events.git_operation_learning_events.learning_event_timestamp IS 'Time of the event, by which its partition is found; filled in when left out.';

COMMENT ON COLUMN events.git_operation_learning_events.operation_type IS 'What was done.';

COMMENT ON COLUMN events.git_operation_learning_events.repository_id IS 'Repository, in its host''s words.';

COMMENT ON COLUMN events.git_operation_learning_events.branch_name IS 'Branch, if it was on one.';

COMMENT ON COLUMN events.git_operation_learning_events.created_at IS 'When the row was written.';

CREATE TABLE events.hourly_learning_usage (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    hour_start timestamp with time zone NOT NULL,
    event_type text NOT NULL,
    event_count bigint NOT NULL,
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_hourly_learning_usage_event_count_valid CHECK ((event_count >= 0)),
    CONSTRAINT ck_hourly_learning_usage_event_type_valid CHECK ((event_type = ANY (ARRAY['model_prediction'::text, 'pattern_detection'::text, 'user_feedback'::text, 'system_optimization'::text, 'data_ingestion'::text, 'drift_alert'::text, 'model_training'::text, 'model_registration'::text, 'model_promotion'::text, 'model_rollback'::text, 'experiment'::text, 'recalibration'::text])))
);

ALTER TABLE ONLY events.hourly_learning_usage FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE events.hourly_learning_usage IS 'How many events of each type an hour had; exact, a minute old.';

COMMENT ON COLUMN events.hourly_learning_usage.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN events.hourly_learning_usage.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN events.hourly_learning_usage.hour_start IS 'Beginning of the hour.';

COMMENT ON COLUMN events.hourly_learning_usage.event_type IS 'What happened.';

COMMENT ON COLUMN events.hourly_learning_usage.event_count IS 'Events.';

COMMENT ON COLUMN events.hourly_learning_usage.refreshed_at IS 'When it was computed.';

CREATE TABLE events.learning_events (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    event_type text NOT NULL,
    event_subtype text,
    "timestamp" timestamp with time zone DEFAULT now() NOT NULL,
    source_system text,
    entity_type text,
    entity_id text,
    event_data jsonb NOT NULL,
    user_id text,
    session_id text,
    processing_time_ms double precision,
    metadata jsonb,
    CONSTRAINT ck_learning_events_entity_id_valid CHECK (((entity_id <> ''::text) AND (length(entity_id) <= 255))),
    CONSTRAINT ck_learning_events_entity_type_valid CHECK (((entity_type <> ''::text) AND (length(entity_type) <= 255))),
    CONSTRAINT ck_learning_events_event_data_valid CHECK ((jsonb_typeof(event_data) = 'object'::text)),
    CONSTRAINT ck_learning_events_event_subtype_valid CHECK (((event_subtype <> ''::text) AND (length(event_subtype) <= 255))),
    CONSTRAINT ck_learning_events_event_type_valid CHECK ((event_type = ANY (ARRAY['model_prediction'::text, 'pattern_detection'::text, 'user_feedback'::text, 'system_optimization'::text, 'data_ingestion'::text, 'drift_alert'::text, 'model_training'::text, 'model_registration'::text, 'model_promotion'::text, 'model_rollback'::text, 'experiment'::text, 'recalibration'::text]))),
    CONSTRAINT ck_learning_events_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_learning_events_processing_time_ms_valid CHECK (((processing_time_ms >= (0)::double precision) AND (processing_time_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_learning_events_source_system_valid CHECK (((source_system <> ''::text) AND (length(source_system) <= 255)))
)
PARTITION BY RANGE ("timestamp");

ALTER TABLE ONLY events.learning_events FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE events.learning_events IS 'Event stream of the learning system.';

COMMENT ON COLUMN events.learning_events.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN events.learning_events.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN events.learning_events.event_type IS 'What happened.';

COMMENT ON COLUMN events.learning_events.event_subtype IS 'Which kind of it, in the sender''s words.';

COMMENT ON COLUMN events.learning_events."timestamp" IS 'When it happened: the millisecond that the id says, so that an id tells its month.';

COMMENT ON COLUMN events.learning_events.source_system IS 'Who sent it: everlearn for our own, api, openevolve, pattern_analyzer, user_interface or any other sender''s name.';

COMMENT ON COLUMN events.learning_events.entity_type IS 'Kind of thing it happened to, such as model.';

COMMENT ON COLUMN events.learning_events.entity_id IS 'Which one.';

COMMENT ON COLUMN events.learning_events.event_data IS 'Particulars.';

COMMENT ON COLUMN events.learning_events.user_id IS 'User on whose behalf it happened, if any.';

COMMENT ON COLUMN events.learning_events.session_id IS 'Session it belongs to, if any.';

COMMENT ON COLUMN events.learning_events.processing_time_ms IS 'How long it took, in milliseconds.';

COMMENT ON COLUMN events.learning_events.metadata IS 'Who acted, and anything else.';

CREATE TABLE events.stale_learning_days (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    date date NOT NULL
);

ALTER TABLE ONLY events.stale_learning_days FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE events.stale_learning_days IS 'A note that events of a day came, changed or went since its daily metrics were computed.';

COMMENT ON COLUMN events.stale_learning_days.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN events.stale_learning_days.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN events.stale_learning_days.date IS 'Day of the events, in UTC.';

CREATE TABLE events.user_analytics (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    event_type text NOT NULL,
    event_name text NOT NULL,
    event_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    session_id text,
    ip_address text,
    user_agent text,
    referrer text,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_user_analytics_event_data_valid CHECK ((jsonb_typeof(event_data) = 'object'::text)),
    CONSTRAINT ck_user_analytics_event_name_valid CHECK (((event_name <> ''::text) AND (length(event_name) <= 255))),
    CONSTRAINT ck_user_analytics_event_type_valid CHECK ((event_type = ANY (ARRAY['page_view'::text, 'feature_used'::text, 'action'::text, 'conversion'::text]))),
    CONSTRAINT ck_user_analytics_properties_valid CHECK ((jsonb_typeof(properties) = 'object'::text)),
    CONSTRAINT ck_user_analytics_session_id_valid CHECK (((session_id <> ''::text) AND (length(session_id) <= 255)))
);

ALTER TABLE ONLY events.user_analytics FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE events.user_analytics IS 'What a user of the tenant did; seen by that user, and by jobs.';

COMMENT ON COLUMN events.user_analytics.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN events.user_analytics.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN events.user_analytics.user_id IS 'User who did it; the rows go when the user goes.';

COMMENT ON COLUMN events.user_analytics.event_type IS 'Kind of what was done.';

COMMENT ON COLUMN events.user_analytics.event_name IS 'What was done, in the product''s words.';

COMMENT ON COLUMN events.user_analytics.event_data IS 'Particulars.';

COMMENT ON COLUMN events.user_analytics.session_id IS 'Session it belongs to.';

COMMENT ON COLUMN events.user_analytics.ip_address IS 'Address it came from, IPv4 or IPv6.';

COMMENT ON COLUMN events.user_analytics.user_agent IS 'Browser, as it names itself.';

COMMENT ON COLUMN events.user_analytics.referrer IS 'Page that led there.';

COMMENT ON COLUMN events.user_analytics.properties IS 'Properties of the page or the device.';

COMMENT ON COLUMN events.user_analytics.created_at IS 'When it was done.';

CREATE TABLE evolution.evolution_candidates (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    generation_id uuid,
    candidate_config jsonb NOT NULL,
    candidate_hash text NOT NULL,
    parent_ids uuid[],
    mutation_type text,
    fitness_score double precision,
    fitness_components jsonb DEFAULT '{}'::jsonb NOT NULL,
    evaluated boolean DEFAULT false NOT NULL,
    evaluation_time_seconds double precision,
    selected_for_next_generation boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_evolution_candidates_candidate_config_valid CHECK ((jsonb_typeof(candidate_config) = 'object'::text)),
    CONSTRAINT ck_evolution_candidates_candidate_hash_valid CHECK (((candidate_hash <> ''::text) AND (length(candidate_hash) <= 255))),
    CONSTRAINT ck_evolution_candidates_evaluation_time_seconds_valid CHECK (((evaluation_time_seconds >= (0)::double precision) AND (evaluation_time_seconds < 'Infinity'::double precision))),
    CONSTRAINT ck_evolution_candidates_fitness_components_valid CHECK ((jsonb_typeof(fitness_components) = 'object'::text)),
    CONSTRAINT ck_evolution_candidates_mutation_type_valid CHECK ((mutation_type = ANY (ARRAY['point'::text, 'gaussian'::text, 'uniform'::text, 'crossover'::text, 'none'::text])))
);

ALTER TABLE ONLY evolution.evolution_candidates FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE evolution.evolution_candidates IS 'A configuration of a generation with its fitness.';

COMMENT ON COLUMN evolution.evolution_candidates.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN evolution.evolution_candidates.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN evolution.evolution_candidates.generation_id IS 'Its generation.';

COMMENT ON COLUMN evolution.evolution_candidates.candidate_config IS 'The configuration.';

COMMENT ON COLUMN evolution.evolution_candidates.candidate_hash IS 'Hash of the configuration; once in a generation.';

COMMENT ON COLUMN evolution.evolution_candidates.parent_ids IS 'Candidates it came from.';

COMMENT ON COLUMN evolution.evolution_candidates.mutation_type IS 'How it came from them.';

COMMENT ON COLUMN evolution.evolution_candidates.fitness_score IS 'Fitness, in the objective''s unit.';

COMMENT ON COLUMN evolution.evolution_candidates.fitness_components IS 'What the fitness is made of.';

COMMENT ON COLUMN evolution.evolution_candidates.evaluated IS 'Whether it was measured.';

COMMENT ON COLUMN evolution.evolution_candidates.evaluation_time_seconds IS 'How long that took, in seconds.';

COMMENT ON COLUMN evolution.evolution_candidates.selected_for_next_generation IS 'Whether it goes on.';

COMMENT ON COLUMN evolution.evolution_candidates.created_at IS 'When it was made.';

CREATE TABLE evolution.evolution_experiments (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    engine text DEFAULT 'openevolve'::text NOT NULL,
    description text,
    problem_definition jsonb NOT NULL,
    objective_function jsonb NOT NULL,
    evolution_strategy text,
    population_size bigint DEFAULT 50 NOT NULL,
    max_generations bigint DEFAULT 100 NOT NULL,
    current_generation bigint DEFAULT 0 NOT NULL,
    status text DEFAULT 'initialized'::text NOT NULL,
    best_score double precision,
    convergence_threshold double precision,
    mutation_rate double precision DEFAULT 0.1 NOT NULL,
    crossover_rate double precision DEFAULT 0.8 NOT NULL,
    selection_strategy text DEFAULT 'tournament'::text NOT NULL,
    llm_config jsonb,
    evaluation_config jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text,
    CONSTRAINT ck_evolution_experiments_created_by_valid CHECK (((created_by <> ''::text) AND (length(created_by) <= 255))),
    CONSTRAINT ck_evolution_experiments_crossover_rate_valid CHECK (((crossover_rate >= (0)::double precision) AND (crossover_rate <= (1)::double precision))),
    CONSTRAINT ck_evolution_experiments_current_generation_valid CHECK ((current_generation >= 0)),
    CONSTRAINT ck_evolution_experiments_engine_valid CHECK ((engine = ANY (ARRAY['autonomous'::text, 'openevolve'::text]))),
    CONSTRAINT ck_evolution_experiments_evaluation_config_valid CHECK ((jsonb_typeof(evaluation_config) = 'object'::text)),
    CONSTRAINT ck_evolution_experiments_evolution_strategy_valid CHECK ((evolution_strategy = ANY (ARRAY['genetic'::text, 'differential'::text, 'particle_swarm'::text, 'neural_evolution'::text]))),
    CONSTRAINT ck_evolution_experiments_generation_in_range CHECK ((current_generation <= max_generations)),
    CONSTRAINT ck_evolution_experiments_llm_config_valid CHECK ((jsonb_typeof(llm_config) = 'object'::text)),
    CONSTRAINT ck_evolution_experiments_max_generations_valid CHECK ((max_generations > 0)),
    CONSTRAINT ck_evolution_experiments_mutation_rate_valid CHECK (((mutation_rate >= (0)::double precision) AND (mutation_rate <= (1)::double precision))),
    CONSTRAINT ck_evolution_experiments_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_evolution_experiments_objective_function_valid CHECK ((jsonb_typeof(objective_function) = 'object'::text)),
    CONSTRAINT ck_evolution_experiments_population_size_valid CHECK ((population_size > 0)),
    CONSTRAINT ck_evolution_experiments_problem_definition_valid CHECK ((jsonb_typeof(problem_definition) = 'object'::text)),
    CONSTRAINT ck_evolution_experiments_selection_strategy_valid CHECK ((selection_strategy = ANY (ARRAY['tournament'::text, 'roulette'::text, 'rank'::text, 'elitism'::text, 'elitist'::text]))),
    CONSTRAINT ck_evolution_experiments_status_valid CHECK ((status = ANY (ARRAY['initialized'::text, 'running'::text, 'paused'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);

ALTER TABLE ONLY evolution.evolution_experiments FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE evolution.evolution_experiments IS 'A search for good configurations or programs: problem, objective, population, operators.';

COMMENT ON COLUMN evolution.evolution_experiments.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN evolution.evolution_experiments.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN evolution.evolution_experiments.name IS 'Name shown to people.';

COMMENT ON COLUMN evolution.evolution_experiments.engine IS 'What is varied.';

COMMENT ON COLUMN evolution.evolution_experiments.description IS 'What it is for.';

COMMENT ON COLUMN evolution.evolution_experiments.problem_definition IS 'The problem, with its constraints.';

COMMENT ON COLUMN evolution.evolution_experiments.objective_function IS 'What makes an answer good; fitness elsewhere.';

COMMENT ON COLUMN evolution.evolution_experiments.evolution_strategy IS 'How configurations are varied; NULL for programs.';

COMMENT ON COLUMN evolution.evolution_experiments.population_size IS 'Members of a generation.';

COMMENT ON COLUMN evolution.evolution_experiments.max_generations IS 'Generations after which it ends.';

COMMENT ON COLUMN evolution.evolution_experiments.current_generation IS 'Generations made so far.';

COMMENT ON COLUMN evolution.evolution_experiments.status IS 'Where it stands.';

COMMENT ON COLUMN evolution.evolution_experiments.best_score IS 'Best fitness so far, in the objective''s unit.';

COMMENT ON COLUMN evolution.evolution_experiments.convergence_threshold IS 'Gain of a generation, in the objective''s unit, below which it has converged.';

COMMENT ON COLUMN evolution.evolution_experiments.mutation_rate IS 'Chance of a mutation, 0 to 1.';

COMMENT ON COLUMN evolution.evolution_experiments.crossover_rate IS 'Chance of a crossover, 0 to 1.';

COMMENT ON COLUMN evolution.evolution_experiments.selection_strategy IS 'How parents are chosen.';

COMMENT ON COLUMN evolution.evolution_experiments.llm_config IS 'Language model that writes programs, if one does.';

COMMENT ON COLUMN evolution.evolution_experiments.evaluation_config IS 'How a member is evaluated.';

COMMENT ON COLUMN evolution.evolution_experiments.created_at IS 'When it was made.';

COMMENT ON COLUMN evolution.evolution_experiments.updated_at IS 'When it was last changed.';

COMMENT ON COLUMN evolution.evolution_experiments.created_by IS 'Who made it.';

CREATE TABLE evolution.evolution_generations (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    experiment_id uuid NOT NULL,
    generation_number bigint NOT NULL,
    user_id uuid,
    parent_generation_id uuid,
    population_size bigint,
    evolution_strategy text,
    fitness_function jsonb,
    mutation_rate double precision,
    crossover_rate double precision,
    population_data jsonb DEFAULT '[]'::jsonb NOT NULL,
    generation_stats jsonb,
    best_fitness double precision,
    average_fitness double precision,
    best_individual_id uuid,
    diversity_score double precision,
    diversity_metrics jsonb,
    selection_pressure double precision,
    convergence_metrics jsonb,
    status text DEFAULT 'running'::text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    generation_start timestamp with time zone DEFAULT now() NOT NULL,
    generation_end timestamp with time zone,
    CONSTRAINT ck_evolution_generations_convergence_metrics_valid CHECK ((jsonb_typeof(convergence_metrics) = 'object'::text)),
    CONSTRAINT ck_evolution_generations_crossover_rate_valid CHECK (((crossover_rate >= (0)::double precision) AND (crossover_rate <= (1)::double precision))),
    CONSTRAINT ck_evolution_generations_diversity_metrics_valid CHECK ((jsonb_typeof(diversity_metrics) = 'object'::text)),
    CONSTRAINT ck_evolution_generations_evolution_strategy_valid CHECK ((evolution_strategy = ANY (ARRAY['genetic'::text, 'differential'::text, 'particle_swarm'::text, 'neural_evolution'::text]))),
    CONSTRAINT ck_evolution_generations_fitness_function_valid CHECK ((jsonb_typeof(fitness_function) = 'object'::text)),
    CONSTRAINT ck_evolution_generations_generation_number_valid CHECK ((generation_number >= 0)),
    CONSTRAINT ck_evolution_generations_generation_stats_valid CHECK ((jsonb_typeof(generation_stats) = 'object'::text)),
    CONSTRAINT ck_evolution_generations_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_evolution_generations_mutation_rate_valid CHECK (((mutation_rate >= (0)::double precision) AND (mutation_rate <= (1)::double precision))),
    CONSTRAINT ck_evolution_generations_population_data_valid CHECK ((jsonb_typeof(population_data) = 'array'::text)),
    CONSTRAINT ck_evolution_generations_population_size_valid CHECK ((population_size > 0)),
    CONSTRAINT ck_evolution_generations_status_valid CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'converged'::text, 'stopped'::text])))
);

ALTER TABLE ONLY evolution.evolution_generations FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE evolution.evolution_generations IS 'One generation of an experiment; what it leaves open holds as the experiment says.';

COMMENT ON COLUMN evolution.evolution_generations.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN evolution.evolution_generations.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN evolution.evolution_generations.experiment_id IS 'Its experiment: when not given the parent generation''s, or one made for it.';

COMMENT ON COLUMN evolution.evolution_generations.generation_number IS 'Its number within the experiment.';

COMMENT ON COLUMN evolution.evolution_generations.user_id IS 'Whose it is; NULL: everybody''s in the tenant.';

COMMENT ON COLUMN evolution.evolution_generations.parent_generation_id IS 'Generation it came from.';

COMMENT ON COLUMN evolution.evolution_generations.population_size IS 'Members, when other than usual.';

COMMENT ON COLUMN evolution.evolution_generations.evolution_strategy IS 'How members are varied, when other than usual.';

COMMENT ON COLUMN evolution.evolution_generations.fitness_function IS 'What makes one good, when other than usual.';

COMMENT ON COLUMN evolution.evolution_generations.mutation_rate IS 'Chance of a mutation, when other than usual.';

COMMENT ON COLUMN evolution.evolution_generations.crossover_rate IS 'Chance of a crossover, when other than usual.';

COMMENT ON COLUMN evolution.evolution_generations.population_data IS 'Its members in short.';

COMMENT ON COLUMN evolution.evolution_generations.generation_stats IS 'Fitness: min, max, avg, std and the like.';

COMMENT ON COLUMN evolution.evolution_generations.best_fitness IS 'Best fitness, in the objective''s unit.';

COMMENT ON COLUMN evolution.evolution_generations.average_fitness IS 'Mean fitness, in the objective''s unit.';

COMMENT ON COLUMN evolution.evolution_generations.best_individual_id IS 'Individual or candidate with that fitness.';

COMMENT ON COLUMN evolution.evolution_generations.diversity_score IS 'How different its members are.';

COMMENT ON COLUMN evolution.evolution_generations.diversity_metrics IS 'The same in several measures.';

COMMENT ON COLUMN evolution.evolution_generations.selection_pressure IS 'Best fitness by mean fitness.';

COMMENT ON COLUMN evolution.evolution_generations.convergence_metrics IS 'How much it gained on its parent.';

COMMENT ON COLUMN evolution.evolution_generations.status IS 'Where it stands.';

COMMENT ON COLUMN evolution.evolution_generations.metadata IS 'Whatever else its owner notes.';

COMMENT ON COLUMN evolution.evolution_generations.started_at IS 'When it began; generation_start is the same.';

COMMENT ON COLUMN evolution.evolution_generations.completed_at IS 'When it ended; generation_end is the same.';

COMMENT ON COLUMN evolution.evolution_generations.generation_start IS 'The same as started_at.';

COMMENT ON COLUMN evolution.evolution_generations.generation_end IS 'The same as completed_at.';

CREATE TABLE evolution.evolution_individuals (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    generation_id uuid NOT NULL,
    experiment_id uuid NOT NULL,
    individual_index bigint NOT NULL,
    genotype jsonb NOT NULL,
    phenotype text,
    fitness_score double precision,
    evaluation_metrics jsonb,
    parent_ids uuid[],
    mutation_applied jsonb,
    crossover_applied jsonb,
    evaluation_time_ms double precision,
    evaluation_status text DEFAULT 'pending'::text NOT NULL,
    error_log text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_evolution_individuals_crossover_applied_valid CHECK ((jsonb_typeof(crossover_applied) = 'object'::text)),
    CONSTRAINT ck_evolution_individuals_evaluation_metrics_valid CHECK ((jsonb_typeof(evaluation_metrics) = 'object'::text)),
    CONSTRAINT ck_evolution_individuals_evaluation_status_valid CHECK ((evaluation_status = ANY (ARRAY['pending'::text, 'evaluating'::text, 'completed'::text, 'failed'::text, 'timeout'::text]))),
    CONSTRAINT ck_evolution_individuals_evaluation_time_ms_valid CHECK (((evaluation_time_ms >= (0)::double precision) AND (evaluation_time_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_evolution_individuals_genotype_valid CHECK ((jsonb_typeof(genotype) = ANY (ARRAY['object'::text, 'array'::text]))),
    CONSTRAINT ck_evolution_individuals_individual_index_valid CHECK ((individual_index >= 0)),
    CONSTRAINT ck_evolution_individuals_mutation_applied_valid CHECK ((jsonb_typeof(mutation_applied) = 'object'::text))
);

ALTER TABLE ONLY evolution.evolution_individuals FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE evolution.evolution_individuals IS 'A program of a generation: its genes, its code and its fitness.';

COMMENT ON COLUMN evolution.evolution_individuals.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN evolution.evolution_individuals.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN evolution.evolution_individuals.generation_id IS 'Its generation.';

COMMENT ON COLUMN evolution.evolution_individuals.experiment_id IS 'The generation''s experiment.';

COMMENT ON COLUMN evolution.evolution_individuals.individual_index IS 'Its number within the generation.';

COMMENT ON COLUMN evolution.evolution_individuals.genotype IS 'Its genes.';

COMMENT ON COLUMN evolution.evolution_individuals.phenotype IS 'The program they make.';

COMMENT ON COLUMN evolution.evolution_individuals.fitness_score IS 'Fitness, in the objective''s unit.';

COMMENT ON COLUMN evolution.evolution_individuals.evaluation_metrics IS 'What was measured.';

COMMENT ON COLUMN evolution.evolution_individuals.parent_ids IS 'Individuals it came from.';

COMMENT ON COLUMN evolution.evolution_individuals.mutation_applied IS 'How its genes were changed.';

COMMENT ON COLUMN evolution.evolution_individuals.crossover_applied IS 'How its parents'' genes were mixed.';

COMMENT ON COLUMN evolution.evolution_individuals.evaluation_time_ms IS 'How long its evaluation took, in ms.';

COMMENT ON COLUMN evolution.evolution_individuals.evaluation_status IS 'How far its evaluation is.';

COMMENT ON COLUMN evolution.evolution_individuals.error_log IS 'What went wrong in it.';

COMMENT ON COLUMN evolution.evolution_individuals.created_at IS 'When it was made.';

CREATE TABLE evolution.evolution_selections (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    generation_id uuid,
    candidate_id uuid,
    individual_id uuid,
    selection_method text NOT NULL,
    selection_rank bigint,
    fitness_at_selection double precision,
    will_reproduce boolean DEFAULT false NOT NULL,
    will_mutate boolean DEFAULT false NOT NULL,
    selected_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_evolution_selections_one_member CHECK ((num_nonnulls(candidate_id, individual_id) = 1)),
    CONSTRAINT ck_evolution_selections_selection_method_valid CHECK ((selection_method = ANY (ARRAY['tournament'::text, 'roulette'::text, 'rank'::text, 'elitism'::text]))),
    CONSTRAINT ck_evolution_selections_selection_rank_valid CHECK ((selection_rank >= 0))
);

ALTER TABLE ONLY evolution.evolution_selections FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE evolution.evolution_selections IS 'Why one member of a generation goes on, and with what rank.';

COMMENT ON COLUMN evolution.evolution_selections.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN evolution.evolution_selections.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN evolution.evolution_selections.generation_id IS 'Its generation.';

COMMENT ON COLUMN evolution.evolution_selections.candidate_id IS 'The member, when it is a candidate.';

COMMENT ON COLUMN evolution.evolution_selections.individual_id IS 'The member, when it is an individual.';

COMMENT ON COLUMN evolution.evolution_selections.selection_method IS 'How it was chosen.';

COMMENT ON COLUMN evolution.evolution_selections.selection_rank IS 'Its rank by fitness; 1 is best.';

COMMENT ON COLUMN evolution.evolution_selections.fitness_at_selection IS 'Its fitness then.';

COMMENT ON COLUMN evolution.evolution_selections.will_reproduce IS 'Whether it is a parent.';

COMMENT ON COLUMN evolution.evolution_selections.will_mutate IS 'Whether it is changed.';

COMMENT ON COLUMN evolution.evolution_selections.selected_at IS 'When it was chosen.';

CREATE VIEW evolution.v_evolution_members WITH (security_invoker='true') AS
 SELECT c.tenant_id,
    c.generation_id,
    g.experiment_id,
    g.generation_number,
    'candidate'::text AS kind,
    c.id,
    c.fitness_score AS fitness,
    c.candidate_config AS definition,
    c.parent_ids,
    c.evaluated,
    (c.evaluation_time_seconds * (1000)::double precision) AS evaluation_time_ms,
    c.created_at
   FROM (evolution.evolution_candidates c
     JOIN evolution.evolution_generations g ON (((g.tenant_id = c.tenant_id) AND (g.id = c.generation_id))))
UNION ALL
 SELECT i.tenant_id,
    i.generation_id,
    g.experiment_id,
    g.generation_number,
    'individual'::text AS kind,
    i.id,
    i.fitness_score AS fitness,
    i.genotype AS definition,
    i.parent_ids,
    (i.evaluation_status = 'completed'::text) AS evaluated,
    i.evaluation_time_ms,
    i.created_at
   FROM (evolution.evolution_individuals i
     JOIN evolution.evolution_generations g ON (((g.tenant_id = i.tenant_id) AND (g.id = i.generation_id))));

COMMENT ON VIEW evolution.v_evolution_members IS 'Members of generations, candidates and individuals alike.';

CREATE TABLE experiments.ab_test_results (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ab_test_id uuid NOT NULL,
    test_id text NOT NULL,
    variant_name text NOT NULL,
    visitors bigint DEFAULT 0 NOT NULL,
    conversions bigint DEFAULT 0 NOT NULL,
    conversion_rate double precision DEFAULT 0 NOT NULL,
    revenue numeric(18,4) DEFAULT 0 NOT NULL,
    average_order_value numeric(18,4) DEFAULT 0 NOT NULL,
    is_significant boolean DEFAULT false NOT NULL,
    p_value double precision,
    confidence_interval jsonb,
    is_winner boolean DEFAULT false NOT NULL,
    lift_percentage double precision,
    calculated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ab_test_results_confidence_interval_valid CHECK ((jsonb_typeof(confidence_interval) = 'array'::text)),
    CONSTRAINT ck_ab_test_results_conversion_rate_valid CHECK (((conversion_rate >= (0)::double precision) AND (conversion_rate <= (1)::double precision))),
    CONSTRAINT ck_ab_test_results_conversions_valid CHECK ((conversions >= 0)),
    CONSTRAINT ck_ab_test_results_p_value_valid CHECK (((p_value >= (0)::double precision) AND (p_value <= (1)::double precision))),
    CONSTRAINT ck_ab_test_results_test_id_valid CHECK (((test_id <> ''::text) AND (length(test_id) <= 255))),
    CONSTRAINT ck_ab_test_results_variant_name_valid CHECK (((variant_name <> ''::text) AND (length(variant_name) <= 255))),
    CONSTRAINT ck_ab_test_results_visitors_valid CHECK ((visitors >= 0))
);

ALTER TABLE ONLY experiments.ab_test_results FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE experiments.ab_test_results IS 'What one variant of an A/B test brought.';

COMMENT ON COLUMN experiments.ab_test_results.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN experiments.ab_test_results.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN experiments.ab_test_results.ab_test_id IS 'The test.';

COMMENT ON COLUMN experiments.ab_test_results.test_id IS 'The test''s id in the world outside.';

COMMENT ON COLUMN experiments.ab_test_results.variant_name IS 'The variant.';

COMMENT ON COLUMN experiments.ab_test_results.visitors IS 'Visitors that saw it.';

COMMENT ON COLUMN experiments.ab_test_results.conversions IS 'Those of them that did what was hoped.';

COMMENT ON COLUMN experiments.ab_test_results.conversion_rate IS 'conversions / visitors, 0 to 1.';

COMMENT ON COLUMN experiments.ab_test_results.revenue IS 'What they paid, in the tenant''s currency.';

COMMENT ON COLUMN experiments.ab_test_results.average_order_value IS 'Mean of an order.';

COMMENT ON COLUMN experiments.ab_test_results.is_significant IS 'Whether it differs from the control.';

COMMENT ON COLUMN experiments.ab_test_results.p_value IS 'Chance of such a difference without a cause.';

COMMENT ON COLUMN experiments.ab_test_results.confidence_interval IS '[lower, upper] of the lift.';

COMMENT ON COLUMN experiments.ab_test_results.is_winner IS 'Whether it goes on.';

COMMENT ON COLUMN experiments.ab_test_results.lift_percentage IS 'Gain over the control, in percent.';

COMMENT ON COLUMN experiments.ab_test_results.calculated_at IS 'When it was computed.';

CREATE TABLE experiments.ab_testing_assignments (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    experiment_id uuid NOT NULL,
    user_id text NOT NULL,
    variant text NOT NULL,
    assignment_timestamp timestamp with time zone DEFAULT now() NOT NULL,
    session_id text,
    user_agent text,
    metadata jsonb,
    CONSTRAINT ck_ab_testing_assignments_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_ab_testing_assignments_session_id_valid CHECK (((session_id <> ''::text) AND (length(session_id) <= 255))),
    CONSTRAINT ck_ab_testing_assignments_user_id_valid CHECK (((user_id <> ''::text) AND (length(user_id) <= 255))),
    CONSTRAINT ck_ab_testing_assignments_variant_valid CHECK (((variant <> ''::text) AND (length(variant) <= 255)))
);

ALTER TABLE ONLY experiments.ab_testing_assignments FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE experiments.ab_testing_assignments IS 'Which user got which variant of an experiment: one row a user.';

COMMENT ON COLUMN experiments.ab_testing_assignments.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN experiments.ab_testing_assignments.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN experiments.ab_testing_assignments.experiment_id IS 'The experiment.';

COMMENT ON COLUMN experiments.ab_testing_assignments.user_id IS 'User, in the client''s words.';

COMMENT ON COLUMN experiments.ab_testing_assignments.variant IS 'Variant the user gets, every time.';

COMMENT ON COLUMN experiments.ab_testing_assignments.assignment_timestamp IS 'When it was first shown.';

COMMENT ON COLUMN experiments.ab_testing_assignments.session_id IS 'Session in which it was first shown.';

COMMENT ON COLUMN experiments.ab_testing_assignments.user_agent IS 'Program it was shown in.';

COMMENT ON COLUMN experiments.ab_testing_assignments.metadata IS 'Whatever the client adds.';

CREATE TABLE experiments.ab_testing_experiments (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    experiment_name text NOT NULL,
    kind text DEFAULT 'flag'::text NOT NULL,
    description text,
    hypothesis text,
    feature_flag text,
    ml_model_id uuid,
    champion_version_id uuid,
    challenger_version_id uuid,
    control_variant jsonb,
    treatment_variants jsonb,
    target_metrics jsonb,
    traffic_allocation jsonb,
    start_date timestamp with time zone,
    end_date timestamp with time zone,
    status text DEFAULT 'draft'::text NOT NULL,
    statistical_power double precision DEFAULT 0.8 NOT NULL,
    significance_level double precision DEFAULT 0.05 NOT NULL,
    minimum_sample_size bigint,
    current_sample_size bigint DEFAULT 0 NOT NULL,
    results jsonb,
    winner_variant text,
    end_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text,
    CONSTRAINT ck_ab_testing_experiments_control_variant_valid CHECK ((jsonb_typeof(control_variant) = 'object'::text)),
    CONSTRAINT ck_ab_testing_experiments_created_by_valid CHECK (((created_by <> ''::text) AND (length(created_by) <= 255))),
    CONSTRAINT ck_ab_testing_experiments_current_sample_size_valid CHECK ((current_sample_size >= 0)),
    CONSTRAINT ck_ab_testing_experiments_experiment_name_valid CHECK (((experiment_name <> ''::text) AND (length(experiment_name) <= 255))),
    CONSTRAINT ck_ab_testing_experiments_feature_flag_valid CHECK (((feature_flag <> ''::text) AND (length(feature_flag) <= 255))),
    CONSTRAINT ck_ab_testing_experiments_kind_valid CHECK ((kind = ANY (ARRAY['shadow'::text, 'promise'::text, 'flag'::text]))),
    CONSTRAINT ck_ab_testing_experiments_minimum_sample_size_valid CHECK ((minimum_sample_size >= 0)),
    CONSTRAINT ck_ab_testing_experiments_results_valid CHECK ((jsonb_typeof(results) = 'object'::text)),
    CONSTRAINT ck_ab_testing_experiments_significance_level_valid CHECK (((significance_level >= (0)::double precision) AND (significance_level <= (1)::double precision))),
    CONSTRAINT ck_ab_testing_experiments_statistical_power_valid CHECK (((statistical_power >= (0)::double precision) AND (statistical_power <= (1)::double precision))),
    CONSTRAINT ck_ab_testing_experiments_status_valid CHECK ((status = ANY (ARRAY['draft'::text, 'running'::text, 'paused'::text, 'completed'::text, 'cancelled'::text]))),
    CONSTRAINT ck_ab_testing_experiments_target_metrics_valid CHECK ((jsonb_typeof(target_metrics) = 'array'::text)),
    CONSTRAINT ck_ab_testing_experiments_traffic_allocation_valid CHECK ((jsonb_typeof(traffic_allocation) = 'object'::text)),
    CONSTRAINT ck_ab_testing_experiments_treatment_variants_valid CHECK ((jsonb_typeof(treatment_variants) = 'array'::text)),
    CONSTRAINT ck_ab_testing_experiments_winner_variant_valid CHECK (((winner_variant <> ''::text) AND (length(winner_variant) <= 255)))
);

ALTER TABLE ONLY experiments.ab_testing_experiments FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE experiments.ab_testing_experiments IS 'An experiment: two versions of a model, a version and its promise, or variants for users.';

COMMENT ON COLUMN experiments.ab_testing_experiments.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN experiments.ab_testing_experiments.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN experiments.ab_testing_experiments.experiment_name IS 'Unique within the tenant.';

COMMENT ON COLUMN experiments.ab_testing_experiments.kind IS 'What is compared.';

COMMENT ON COLUMN experiments.ab_testing_experiments.description IS 'What it is about.';

COMMENT ON COLUMN experiments.ab_testing_experiments.hypothesis IS 'The claim that is tested.';

COMMENT ON COLUMN experiments.ab_testing_experiments.feature_flag IS 'Flag that shows the variants, if users see them.';

COMMENT ON COLUMN experiments.ab_testing_experiments.ml_model_id IS 'Model whose versions are compared.';

COMMENT ON COLUMN experiments.ab_testing_experiments.champion_version_id IS 'Version that was live.';

COMMENT ON COLUMN experiments.ab_testing_experiments.challenger_version_id IS 'Version that answers unseen.';

COMMENT ON COLUMN experiments.ab_testing_experiments.control_variant IS 'The champion, or what users see otherwise.';

COMMENT ON COLUMN experiments.ab_testing_experiments.treatment_variants IS 'What it is compared with.';

COMMENT ON COLUMN experiments.ab_testing_experiments.target_metrics IS 'What is measured, the first one decides.';

COMMENT ON COLUMN experiments.ab_testing_experiments.traffic_allocation IS 'Variant -> share of the traffic, 0 to 1.';

COMMENT ON COLUMN experiments.ab_testing_experiments.start_date IS 'When it began.';

COMMENT ON COLUMN experiments.ab_testing_experiments.end_date IS 'When it ended, or is to end.';

COMMENT ON COLUMN experiments.ab_testing_experiments.status IS 'Where it stands.';

COMMENT ON COLUMN experiments.ab_testing_experiments.statistical_power IS 'Power asked for, 0 to 1.';

COMMENT ON COLUMN experiments.ab_testing_experiments.significance_level IS 'Chance of a wrong yes, 0 to 1.';

COMMENT ON COLUMN experiments.ab_testing_experiments.minimum_sample_size IS 'Rows a fixed test would need.';

COMMENT ON COLUMN experiments.ab_testing_experiments.current_sample_size IS 'Rows compared so far.';

COMMENT ON COLUMN experiments.ab_testing_experiments.results IS 'The evidence when it ended.';

COMMENT ON COLUMN experiments.ab_testing_experiments.winner_variant IS 'Variant that goes on: champion, challenger ...';

COMMENT ON COLUMN experiments.ab_testing_experiments.end_reason IS 'Why it was ended the way it was.';

COMMENT ON COLUMN experiments.ab_testing_experiments.created_at IS 'When it was made.';

COMMENT ON COLUMN experiments.ab_testing_experiments.updated_at IS 'When it was last changed.';

COMMENT ON COLUMN experiments.ab_testing_experiments.created_by IS 'Who made it.';

CREATE TABLE experiments.ab_tests (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    test_id text NOT NULL,
    experiment_id uuid,
    name text NOT NULL,
    description text,
    primary_kpi text,
    traffic_split text,
    required_sample_size bigint,
    confidence_level double precision,
    variants jsonb,
    status text DEFAULT 'draft'::text NOT NULL,
    start_date timestamp with time zone,
    end_date timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ab_tests_confidence_level_valid CHECK (((confidence_level >= (0)::double precision) AND (confidence_level <= (1)::double precision))),
    CONSTRAINT ck_ab_tests_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_ab_tests_primary_kpi_valid CHECK (((primary_kpi <> ''::text) AND (length(primary_kpi) <= 255))),
    CONSTRAINT ck_ab_tests_required_sample_size_valid CHECK ((required_sample_size >= 0)),
    CONSTRAINT ck_ab_tests_status_valid CHECK ((status = ANY (ARRAY['draft'::text, 'running'::text, 'paused'::text, 'completed'::text, 'cancelled'::text]))),
    CONSTRAINT ck_ab_tests_test_id_valid CHECK (((test_id <> ''::text) AND (length(test_id) <= 255))),
    CONSTRAINT ck_ab_tests_traffic_split_valid CHECK (((traffic_split <> ''::text) AND (length(traffic_split) <= 255))),
    CONSTRAINT ck_ab_tests_variants_valid CHECK ((jsonb_typeof(variants) = 'array'::text))
);

ALTER TABLE ONLY experiments.ab_tests FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE experiments.ab_tests IS 'An A/B test of a business figure; its experiment says who gets which variant.';

COMMENT ON COLUMN experiments.ab_tests.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN experiments.ab_tests.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN experiments.ab_tests.test_id IS 'Id in the world outside.';

COMMENT ON COLUMN experiments.ab_tests.experiment_id IS 'Its experiment.';

COMMENT ON COLUMN experiments.ab_tests.name IS 'Name shown to people.';

COMMENT ON COLUMN experiments.ab_tests.description IS 'What it is about.';

COMMENT ON COLUMN experiments.ab_tests.primary_kpi IS 'Figure that decides: conversion, revenue ...';

COMMENT ON COLUMN experiments.ab_tests.traffic_split IS 'Shares of the variants, such as 50/50.';

COMMENT ON COLUMN experiments.ab_tests.required_sample_size IS 'Visitors a fixed test would need.';

COMMENT ON COLUMN experiments.ab_tests.confidence_level IS '1 minus the chance of a wrong yes.';

COMMENT ON COLUMN experiments.ab_tests.variants IS 'Variants, each with name and config.';

COMMENT ON COLUMN experiments.ab_tests.status IS 'Where it stands.';

COMMENT ON COLUMN experiments.ab_tests.start_date IS 'When it began.';

COMMENT ON COLUMN experiments.ab_tests.end_date IS 'When it ended, or is to end.';

COMMENT ON COLUMN experiments.ab_tests.created_at IS 'When it was made.';

COMMENT ON COLUMN experiments.ab_tests.updated_at IS 'When it was last changed.';

CREATE TABLE experiments.sequential_points (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    experiment_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    block_count bigint NOT NULL,
    outcome_count bigint NOT NULL,
    log_e double precision NOT NULL,
    mean_difference double precision NOT NULL,
    lower double precision NOT NULL,
    upper double precision NOT NULL,
    CONSTRAINT ck_sequential_points_block_count_valid CHECK ((block_count >= 0)),
    CONSTRAINT ck_sequential_points_outcome_count_valid CHECK ((outcome_count >= 0))
);

ALTER TABLE ONLY experiments.sequential_points FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE experiments.sequential_points IS 'The evidence of an experiment after one block: a point of its chart.';

COMMENT ON COLUMN experiments.sequential_points.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN experiments.sequential_points.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN experiments.sequential_points.experiment_id IS 'The experiment.';

COMMENT ON COLUMN experiments.sequential_points.at IS 'End of the block.';

COMMENT ON COLUMN experiments.sequential_points.block_count IS 'Blocks so far.';

COMMENT ON COLUMN experiments.sequential_points.outcome_count IS 'Outcomes so far.';

COMMENT ON COLUMN experiments.sequential_points.log_e IS 'Natural log of the wealth of the bet that decides.';

COMMENT ON COLUMN experiments.sequential_points.mean_difference IS 'Mean difference so far, in nats.';

COMMENT ON COLUMN experiments.sequential_points.lower IS 'Lower end of an interval that holds at all times.';

COMMENT ON COLUMN experiments.sequential_points.upper IS 'Upper end.';

CREATE TABLE experiments.sequential_tests (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    experiment_id uuid NOT NULL,
    kind text NOT NULL,
    block text NOT NULL,
    clip double precision NOT NULL,
    promised double precision,
    alpha double precision NOT NULL,
    state jsonb NOT NULL,
    block_count bigint DEFAULT 0 NOT NULL,
    outcome_count bigint DEFAULT 0 NOT NULL,
    log_e double precision DEFAULT 0 NOT NULL,
    max_log_e double precision DEFAULT 0 NOT NULL,
    watermark timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    decision text,
    CONSTRAINT ck_sequential_tests_alpha_valid CHECK (((alpha >= (0)::double precision) AND (alpha <= (1)::double precision))),
    CONSTRAINT ck_sequential_tests_block_count_valid CHECK ((block_count >= 0)),
    CONSTRAINT ck_sequential_tests_block_valid CHECK ((block = ANY (ARRAY['row'::text, 'hour'::text, 'three_hours'::text, 'day'::text]))),
    CONSTRAINT ck_sequential_tests_decision_valid CHECK ((decision = ANY (ARRAY['running'::text, 'better'::text, 'not_better'::text, 'worse'::text]))),
    CONSTRAINT ck_sequential_tests_kind_valid CHECK ((kind = ANY (ARRAY['better'::text, 'worse'::text]))),
    CONSTRAINT ck_sequential_tests_outcome_count_valid CHECK ((outcome_count >= 0)),
    CONSTRAINT ck_sequential_tests_state_valid CHECK ((jsonb_typeof(state) = 'object'::text))
);

ALTER TABLE ONLY experiments.sequential_tests FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE experiments.sequential_tests IS 'One bet of an experiment: its wealth is the evidence for its claim, at any time.';

COMMENT ON COLUMN experiments.sequential_tests.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN experiments.sequential_tests.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN experiments.sequential_tests.experiment_id IS 'The experiment.';

COMMENT ON COLUMN experiments.sequential_tests.kind IS 'The claim: the challenger is better, or worse.';

COMMENT ON COLUMN experiments.sequential_tests.block IS 'How many outcomes make one bet.';

COMMENT ON COLUMN experiments.sequential_tests.clip IS 'Greatest difference of a bet that counts, in nats.';

COMMENT ON COLUMN experiments.sequential_tests.promised IS 'Loss promised, with its margin; NULL for a pair.';

COMMENT ON COLUMN experiments.sequential_tests.alpha IS 'Chance of ever deciding wrongly.';

COMMENT ON COLUMN experiments.sequential_tests.state IS 'The bet: wealth of each stake, sums.';

COMMENT ON COLUMN experiments.sequential_tests.block_count IS 'Blocks bet on.';

COMMENT ON COLUMN experiments.sequential_tests.outcome_count IS 'Outcomes in them.';

COMMENT ON COLUMN experiments.sequential_tests.log_e IS 'Natural log of the wealth.';

COMMENT ON COLUMN experiments.sequential_tests.max_log_e IS 'Its greatest value; decides at log(1/alpha).';

COMMENT ON COLUMN experiments.sequential_tests.watermark IS 'Outcomes known up to here are in it.';

COMMENT ON COLUMN experiments.sequential_tests.decided_at IS 'End of the block that decided; NULL before.';

COMMENT ON COLUMN experiments.sequential_tests.decision IS 'What it decided.';

CREATE TABLE features.feature_categories (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    set_name text NOT NULL,
    feature text NOT NULL,
    word text NOT NULL,
    code bigint NOT NULL,
    CONSTRAINT ck_feature_categories_code_valid CHECK ((code >= 0)),
    CONSTRAINT ck_feature_categories_feature_valid CHECK (((feature <> ''::text) AND (length(feature) <= 255))),
    CONSTRAINT ck_feature_categories_set_name_valid CHECK (((set_name <> ''::text) AND (length(set_name) <= 255)))
);

ALTER TABLE ONLY features.feature_categories FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE features.feature_categories IS 'The code of a word of a categorical feature; the dictionary only grows.';

COMMENT ON COLUMN features.feature_categories.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN features.feature_categories.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN features.feature_categories.set_name IS 'Name of the feature set; its versions share the codes.';

COMMENT ON COLUMN features.feature_categories.feature IS 'Name of the feature.';

COMMENT ON COLUMN features.feature_categories.word IS 'The word.';

COMMENT ON COLUMN features.feature_categories.code IS 'Its code, from 0; stays for ever.';

CREATE TABLE features.feature_facts (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    source_id uuid NOT NULL,
    event_at timestamp with time zone NOT NULL,
    entity_key bigint NOT NULL,
    known_at timestamp with time zone NOT NULL,
    dims bigint[] NOT NULL,
    numbers double precision[] NOT NULL,
    entity_id text NOT NULL,
    dims_text text[] NOT NULL
)
PARTITION BY RANGE (event_at);

ALTER TABLE ONLY features.feature_facts FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE features.feature_facts IS 'Something that happened, and since when we knew. A correction is a row known later.';

COMMENT ON COLUMN features.feature_facts.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN features.feature_facts.source_id IS 'Source the fact is of.';

COMMENT ON COLUMN features.feature_facts.event_at IS 'When it happened, or is to happen.';

COMMENT ON COLUMN features.feature_facts.entity_key IS 'First 64 bits of BLAKE2b of entity_id; joins the facts of one entity.';

COMMENT ON COLUMN features.feature_facts.known_at IS 'When we knew.';

COMMENT ON COLUMN features.feature_facts.dims IS 'First 64 bits of BLAKE2b of each of dims_text: fixed width, so reading is quick.';

COMMENT ON COLUMN features.feature_facts.numbers IS 'Numbers, as named by the source; NaN is not known.';

COMMENT ON COLUMN features.feature_facts.entity_id IS 'What it happened to, in the caller''s words.';

COMMENT ON COLUMN features.feature_facts.dims_text IS 'Texts, as named by the source.';

CREATE TABLE features.feature_sets (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    definition jsonb NOT NULL,
    names text[] NOT NULL,
    categorical text[] NOT NULL,
    definition_sha256 text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_feature_sets_definition_sha256_valid CHECK ((definition_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_feature_sets_definition_valid CHECK ((jsonb_typeof(definition) = 'object'::text)),
    CONSTRAINT ck_feature_sets_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_feature_sets_version_valid CHECK ((version >= 0))
);

ALTER TABLE ONLY features.feature_sets FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE features.feature_sets IS 'A version of a list of declared features; a change is a new version.';

COMMENT ON COLUMN features.feature_sets.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN features.feature_sets.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN features.feature_sets.name IS 'Name shared by all versions.';

COMMENT ON COLUMN features.feature_sets.version IS 'Version, from 1.';

COMMENT ON COLUMN features.feature_sets.definition IS 'Declarations: {features: [{kind, name, ...}]}.';

COMMENT ON COLUMN features.feature_sets.names IS 'Names of a vector''s elements, in order.';

COMMENT ON COLUMN features.feature_sets.categorical IS 'Names of the elements that are codes of words.';

COMMENT ON COLUMN features.feature_sets.definition_sha256 IS 'SHA-256 of the definition.';

COMMENT ON COLUMN features.feature_sets.created_at IS 'When it was declared.';

CREATE TABLE features.feature_sources (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    description text,
    dim_names text[] NOT NULL,
    value_names text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_feature_sources_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255)))
);

ALTER TABLE ONLY features.feature_sources FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE features.feature_sources IS 'Where facts come from: which texts they are found by and which numbers they carry.';

COMMENT ON COLUMN features.feature_sources.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN features.feature_sources.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN features.feature_sources.name IS 'Name used in declarations of features.';

COMMENT ON COLUMN features.feature_sources.description IS 'What its facts are, for people.';

COMMENT ON COLUMN features.feature_sources.dim_names IS 'Names of the texts that facts are found by.';

COMMENT ON COLUMN features.feature_sources.value_names IS 'Names of the numbers that facts carry.';

COMMENT ON COLUMN features.feature_sources.created_at IS 'When it was declared.';

CREATE TABLE features.ml_configurations (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    resource_id text NOT NULL,
    configuration jsonb NOT NULL,
    features jsonb,
    policy_context jsonb,
    baseline_config jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ml_configurations_baseline_config_valid CHECK ((jsonb_typeof(baseline_config) = 'object'::text)),
    CONSTRAINT ck_ml_configurations_configuration_valid CHECK ((jsonb_typeof(configuration) = 'object'::text)),
    CONSTRAINT ck_ml_configurations_features_valid CHECK ((jsonb_typeof(features) = 'object'::text)),
    CONSTRAINT ck_ml_configurations_policy_context_valid CHECK ((jsonb_typeof(policy_context) = 'object'::text)),
    CONSTRAINT ck_ml_configurations_resource_id_valid CHECK (((resource_id <> ''::text) AND (length(resource_id) <= 255)))
);

ALTER TABLE ONLY features.ml_configurations FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE features.ml_configurations IS 'The configuration of a resource, what was read out of it, and what it should be.';

COMMENT ON COLUMN features.ml_configurations.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN features.ml_configurations.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN features.ml_configurations.resource_id IS 'Resource, in the caller''s words.';

COMMENT ON COLUMN features.ml_configurations.configuration IS 'The configuration as it is.';

COMMENT ON COLUMN features.ml_configurations.features IS 'Values read out of it: name of a feature -> value.';

COMMENT ON COLUMN features.ml_configurations.policy_context IS 'Policies it is held against, and their scope.';

COMMENT ON COLUMN features.ml_configurations.baseline_config IS 'The configuration as it should be.';

COMMENT ON COLUMN features.ml_configurations.created_at IS 'When it was taken.';

COMMENT ON COLUMN features.ml_configurations.updated_at IS 'When the row was last changed.';

CREATE TABLE features.ml_feature_store (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    feature_set_id uuid NOT NULL,
    as_of timestamp with time zone NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    entity_key bigint NOT NULL,
    quality_score double precision,
    completeness double precision NOT NULL,
    feature_version bigint NOT NULL,
    feature_type text DEFAULT 'temporal'::text NOT NULL,
    resource_id text NOT NULL,
    "values" real[] NOT NULL,
    CONSTRAINT ck_ml_feature_store_completeness_valid CHECK (((completeness >= (0)::double precision) AND (completeness <= (1)::double precision))),
    CONSTRAINT ck_ml_feature_store_feature_type_valid CHECK ((feature_type = ANY (ARRAY['configuration'::text, 'temporal'::text, 'contextual'::text, 'policy'::text]))),
    CONSTRAINT ck_ml_feature_store_feature_version_valid CHECK ((feature_version >= 0)),
    CONSTRAINT ck_ml_feature_store_quality_score_valid CHECK (((quality_score >= (0)::double precision) AND (quality_score <= (1)::double precision)))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY features.ml_feature_store FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE features.ml_feature_store IS 'A computed vector of an entity as of a moment. Its names live once, in the feature set.';

COMMENT ON COLUMN features.ml_feature_store.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN features.ml_feature_store.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN features.ml_feature_store.feature_set_id IS 'Feature set with the names.';

COMMENT ON COLUMN features.ml_feature_store.as_of IS 'What was known at this moment counts; the id''s time.';

COMMENT ON COLUMN features.ml_feature_store.computed_at IS 'When it was computed.';

COMMENT ON COLUMN features.ml_feature_store.expires_at IS 'After this it should be computed anew.';

COMMENT ON COLUMN features.ml_feature_store.entity_key IS 'First 64 bits of BLAKE2b of resource_id; joins the facts of the entity.';

COMMENT ON COLUMN features.ml_feature_store.quality_score IS 'Quality of the values, as judged by the caller.';

COMMENT ON COLUMN features.ml_feature_store.completeness IS 'Share of values that are known.';

COMMENT ON COLUMN features.ml_feature_store.feature_version IS 'Version of the feature set.';

COMMENT ON COLUMN features.ml_feature_store.feature_type IS 'What the vector is about.';

COMMENT ON COLUMN features.ml_feature_store.resource_id IS 'The entity, in the caller''s words.';

COMMENT ON COLUMN features.ml_feature_store."values" IS 'The vector; NaN is not known.';

CREATE VIEW features.v_feature_rows WITH (security_invoker='true') AS
 SELECT r.tenant_id,
    r.id,
    r.feature_set_id,
    s.name AS feature_set,
    r.resource_id,
    r.as_of,
    r.feature_type,
    r.feature_version,
    r.computed_at,
    r.expires_at,
    r.quality_score,
    r.completeness,
    ( SELECT jsonb_object_agg(e.name,
                CASE
                    WHEN (e.value = 'NaN'::real) THEN 'null'::jsonb
                    WHEN (e.name = ANY (s.categorical)) THEN COALESCE(( SELECT to_jsonb(c.word) AS to_jsonb
                       FROM features.feature_categories c
                      WHERE ((c.tenant_id = r.tenant_id) AND (c.set_name = s.name) AND (c.feature = e.name) AND (c.code = (e.value)::bigint))), to_jsonb(e.value))
                    ELSE to_jsonb(e.value)
                END) AS jsonb_object_agg
           FROM UNNEST(s.names, r."values") e(name, value)) AS features
   FROM (features.ml_feature_store r
     JOIN features.feature_sets s ON (((s.tenant_id = r.tenant_id) AND (s.id = r.feature_set_id))));

COMMENT ON VIEW features.v_feature_rows IS 'Stored vectors as JSON, words instead of codes.';

CREATE TABLE federated.federated_aggregations (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    round_number bigint NOT NULL,
    aggregation_method text NOT NULL,
    participating_nodes text[] NOT NULL,
    update_ids uuid[] NOT NULL,
    aggregated_model jsonb NOT NULL,
    aggregation_hash text NOT NULL,
    total_samples bigint NOT NULL,
    aggregation_time_seconds double precision,
    performance_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_federated_aggregations_aggregated_model_valid CHECK ((jsonb_typeof(aggregated_model) = 'object'::text)),
    CONSTRAINT ck_federated_aggregations_aggregation_hash_valid CHECK ((aggregation_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_federated_aggregations_aggregation_method_valid CHECK ((aggregation_method = ANY (ARRAY['fedavg'::text, 'fedprox'::text, 'scaffold'::text, 'feddyn'::text]))),
    CONSTRAINT ck_federated_aggregations_aggregation_time_seconds_valid CHECK (((aggregation_time_seconds >= (0)::double precision) AND (aggregation_time_seconds < 'Infinity'::double precision))),
    CONSTRAINT ck_federated_aggregations_has_samples CHECK ((total_samples > 0)),
    CONSTRAINT ck_federated_aggregations_has_updates CHECK (((cardinality(update_ids) > 0) AND (array_position(update_ids, NULL::uuid) IS NULL))),
    CONSTRAINT ck_federated_aggregations_one_update_a_node CHECK (((cardinality(participating_nodes) = cardinality(update_ids)) AND (array_position(participating_nodes, NULL::text) IS NULL))),
    CONSTRAINT ck_federated_aggregations_performance_metrics_valid CHECK ((jsonb_typeof(performance_metrics) = 'object'::text)),
    CONSTRAINT ck_federated_aggregations_round_from_one CHECK ((round_number >= 1)),
    CONSTRAINT ck_federated_aggregations_round_number_valid CHECK ((round_number >= 0)),
    CONSTRAINT ck_federated_aggregations_total_samples_valid CHECK ((total_samples >= 0))
);

ALTER TABLE ONLY federated.federated_aggregations FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE federated.federated_aggregations IS 'The combined model of a round, and which nodes'' updates went into it.';

COMMENT ON COLUMN federated.federated_aggregations.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN federated.federated_aggregations.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN federated.federated_aggregations.round_number IS 'The round, from 1.';

COMMENT ON COLUMN federated.federated_aggregations.aggregation_method IS 'How the updates were combined.';

COMMENT ON COLUMN federated.federated_aggregations.participating_nodes IS 'Nodes that took part, by federated_nodes.node_id; whoever writes the row checks them.';

COMMENT ON COLUMN federated.federated_aggregations.update_ids IS 'Their updates, by federated_updates.id, in the nodes'' order; checked by the same.';

COMMENT ON COLUMN federated.federated_aggregations.aggregated_model IS 'The combined model.';

COMMENT ON COLUMN federated.federated_aggregations.aggregation_hash IS 'SHA-256 of the combined model, as it was sent out.';

COMMENT ON COLUMN federated.federated_aggregations.total_samples IS 'Rows that all of them learned from.';

COMMENT ON COLUMN federated.federated_aggregations.aggregation_time_seconds IS 'Time combining took, in s.';

COMMENT ON COLUMN federated.federated_aggregations.performance_metrics IS 'Metric -> value when it was combined; later ones are in federated_metrics.';

COMMENT ON COLUMN federated.federated_aggregations.created_at IS 'When it was combined.';

CREATE TABLE federated.federated_nodes (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    node_id text NOT NULL,
    node_name text NOT NULL,
    node_type text NOT NULL,
    endpoint_url text NOT NULL,
    public_key text,
    is_active boolean DEFAULT true NOT NULL,
    last_seen_at timestamp with time zone,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_federated_nodes_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_federated_nodes_node_id_valid CHECK (((node_id <> ''::text) AND (length(node_id) <= 255))),
    CONSTRAINT ck_federated_nodes_node_name_valid CHECK (((node_name <> ''::text) AND (length(node_name) <= 255))),
    CONSTRAINT ck_federated_nodes_node_type_valid CHECK ((node_type = ANY (ARRAY['client'::text, 'server'::text, 'coordinator'::text])))
);

ALTER TABLE ONLY federated.federated_nodes FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE federated.federated_nodes IS 'A participant of federated learning.';

COMMENT ON COLUMN federated.federated_nodes.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN federated.federated_nodes.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN federated.federated_nodes.node_id IS 'Name the nodes know each other by, unique in the tenant.';

COMMENT ON COLUMN federated.federated_nodes.node_name IS 'Name shown to people.';

COMMENT ON COLUMN federated.federated_nodes.node_type IS 'What it does.';

COMMENT ON COLUMN federated.federated_nodes.endpoint_url IS 'Address it is reached at.';

COMMENT ON COLUMN federated.federated_nodes.public_key IS 'Key its signatures are checked with; not a secret.';

COMMENT ON COLUMN federated.federated_nodes.is_active IS 'Whether it may take part.';

COMMENT ON COLUMN federated.federated_nodes.last_seen_at IS 'When it was last heard of.';

COMMENT ON COLUMN federated.federated_nodes.metadata IS 'Whatever else the node tells.';

COMMENT ON COLUMN federated.federated_nodes.created_at IS 'When it was registered.';

COMMENT ON COLUMN federated.federated_nodes.updated_at IS 'When the row was last changed.';

CREATE TABLE federated.federated_updates (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    node_id text NOT NULL,
    round_number bigint NOT NULL,
    model_version text NOT NULL,
    update_data jsonb NOT NULL,
    update_hash text NOT NULL,
    sample_count bigint NOT NULL,
    training_time_seconds double precision,
    privacy_budget_used double precision,
    status text DEFAULT 'pending'::text NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    aggregated_at timestamp with time zone,
    CONSTRAINT ck_federated_updates_aggregated_when CHECK (((status = 'aggregated'::text) = (aggregated_at IS NOT NULL))),
    CONSTRAINT ck_federated_updates_has_samples CHECK ((sample_count > 0)),
    CONSTRAINT ck_federated_updates_model_version_valid CHECK (((model_version <> ''::text) AND (length(model_version) <= 255))),
    CONSTRAINT ck_federated_updates_node_id_valid CHECK (((node_id <> ''::text) AND (length(node_id) <= 255))),
    CONSTRAINT ck_federated_updates_privacy_budget_used_valid CHECK (((privacy_budget_used >= (0)::double precision) AND (privacy_budget_used < 'Infinity'::double precision))),
    CONSTRAINT ck_federated_updates_round_from_one CHECK ((round_number >= 1)),
    CONSTRAINT ck_federated_updates_round_number_valid CHECK ((round_number >= 0)),
    CONSTRAINT ck_federated_updates_sample_count_valid CHECK ((sample_count >= 0)),
    CONSTRAINT ck_federated_updates_span CHECK ((aggregated_at >= received_at)),
    CONSTRAINT ck_federated_updates_status_valid CHECK ((status = ANY (ARRAY['pending'::text, 'received'::text, 'aggregated'::text, 'failed'::text]))),
    CONSTRAINT ck_federated_updates_training_time_seconds_valid CHECK (((training_time_seconds >= (0)::double precision) AND (training_time_seconds < 'Infinity'::double precision))),
    CONSTRAINT ck_federated_updates_update_data_valid CHECK ((jsonb_typeof(update_data) = 'object'::text)),
    CONSTRAINT ck_federated_updates_update_hash_valid CHECK ((update_hash ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE ONLY federated.federated_updates FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE federated.federated_updates IS 'What one node changed in the model in one round, with its hash, weight and privacy cost.';

COMMENT ON COLUMN federated.federated_updates.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN federated.federated_updates.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN federated.federated_updates.node_id IS 'Node that sent it, by its node_id.';

COMMENT ON COLUMN federated.federated_updates.round_number IS 'Round it belongs to, from 1.';

COMMENT ON COLUMN federated.federated_updates.model_version IS 'Version text of the model that the node started from.';

COMMENT ON COLUMN federated.federated_updates.update_data IS 'The change, as the node encoded and encrypted it.';

COMMENT ON COLUMN federated.federated_updates.update_hash IS 'SHA-256 of the change, as the node gave it.';

COMMENT ON COLUMN federated.federated_updates.sample_count IS 'Rows the node learned from: its weight in the mean.';

COMMENT ON COLUMN federated.federated_updates.training_time_seconds IS 'Time the node''s fit took, in s.';

COMMENT ON COLUMN federated.federated_updates.privacy_budget_used IS 'Epsilon of differential privacy that the update cost.';

COMMENT ON COLUMN federated.federated_updates.status IS 'Where it stands.';

COMMENT ON COLUMN federated.federated_updates.received_at IS 'When it came in.';

COMMENT ON COLUMN federated.federated_updates.aggregated_at IS 'When it became part of a round''s model.';

CREATE TABLE feedback.hourly_feedback_usage (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    hour_start timestamp with time zone NOT NULL,
    feedback_type text,
    n_feedback bigint NOT NULL,
    latencies bigint[],
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_hourly_feedback_usage_feedback_type_valid CHECK ((feedback_type = ANY (ARRAY['correct'::text, 'incorrect'::text, 'false_positive'::text, 'false_negative'::text, 'user'::text, 'system'::text, 'automated'::text]))),
    CONSTRAINT ck_hourly_feedback_usage_n_feedback_valid CHECK ((n_feedback >= 0))
);

ALTER TABLE ONLY feedback.hourly_feedback_usage FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE feedback.hourly_feedback_usage IS 'How much feedback of each type an hour had, and how long after its answer it came.';

COMMENT ON COLUMN feedback.hourly_feedback_usage.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN feedback.hourly_feedback_usage.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN feedback.hourly_feedback_usage.hour_start IS 'Beginning of the hour.';

COMMENT ON COLUMN feedback.hourly_feedback_usage.feedback_type IS 'The verdict, or who gives it; NULL when the feedback does not say.';

COMMENT ON COLUMN feedback.hourly_feedback_usage.n_feedback IS 'Pieces of feedback; exact, a minute old.';

COMMENT ON COLUMN feedback.hourly_feedback_usage.latencies IS 'Sketch of the seconds from the prediction to the feedback; NULL when none names one.';

COMMENT ON COLUMN feedback.hourly_feedback_usage.refreshed_at IS 'When it was computed.';

CREATE TABLE feedback.ml_feedback (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    feedback_id text,
    prediction_id uuid,
    service_name text NOT NULL,
    feedback_type text,
    verdict text GENERATED ALWAYS AS (
CASE
    WHEN (feedback_type <> ALL (ARRAY['user'::text, 'system'::text, 'automated'::text])) THEN feedback_type
    ELSE NULL::text
END) STORED,
    feedback_source text GENERATED ALWAYS AS (
CASE
    WHEN (feedback_type = ANY (ARRAY['user'::text, 'system'::text, 'automated'::text])) THEN feedback_type
    ELSE 'user'::text
END) STORED NOT NULL,
    feedback_score double precision,
    accuracy_rating double precision,
    correct_label boolean,
    comments text,
    feedback_text text,
    user_id text,
    user_role text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    processed boolean DEFAULT false NOT NULL,
    impact_on_model text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    processed_at timestamp with time zone,
    created_on date GENERATED ALWAYS AS (((created_at AT TIME ZONE 'UTC'::text))::date) STORED,
    CONSTRAINT ck_ml_feedback_accuracy_rating_valid CHECK (((accuracy_rating >= (0)::double precision) AND (accuracy_rating <= (5)::double precision))),
    CONSTRAINT ck_ml_feedback_feedback_id_valid CHECK (((feedback_id <> ''::text) AND (length(feedback_id) <= 255))),
    CONSTRAINT ck_ml_feedback_feedback_score_valid CHECK (((feedback_score >= (0)::double precision) AND (feedback_score <= (1)::double precision))),
    CONSTRAINT ck_ml_feedback_feedback_type_valid CHECK ((feedback_type = ANY (ARRAY['correct'::text, 'incorrect'::text, 'false_positive'::text, 'false_negative'::text, 'user'::text, 'system'::text, 'automated'::text]))),
    CONSTRAINT ck_ml_feedback_impact_on_model_valid CHECK ((impact_on_model = ANY (ARRAY['retrain_triggered'::text, 'weight_adjusted'::text, 'ignored'::text]))),
    CONSTRAINT ck_ml_feedback_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_ml_feedback_prediction_id_valid CHECK (((prediction_id IS NOT NULL) OR (NOT COALESCE((feedback_type = ANY (ARRAY['correct'::text, 'incorrect'::text, 'false_positive'::text, 'false_negative'::text])), false)))),
    CONSTRAINT ck_ml_feedback_service_name_valid CHECK (((service_name <> ''::text) AND (length(service_name) <= 255))),
    CONSTRAINT ck_ml_feedback_user_id_valid CHECK (((user_id <> ''::text) AND (length(user_id) <= 255) AND ((user_id IS NOT NULL) OR (NOT COALESCE((feedback_type = ANY (ARRAY['correct'::text, 'incorrect'::text, 'false_positive'::text, 'false_negative'::text])), false))))),
    CONSTRAINT ck_ml_feedback_user_role_valid CHECK (((user_role <> ''::text) AND (length(user_role) <= 255)))
);

ALTER TABLE ONLY feedback.ml_feedback FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE feedback.ml_feedback IS 'A judgement of one prediction by a person, a rule or a check.';

COMMENT ON COLUMN feedback.ml_feedback.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN feedback.ml_feedback.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_id IS 'Id the sender gave it; text of `id` when not given.';

COMMENT ON COLUMN feedback.ml_feedback.prediction_id IS 'Prediction that is judged; a verdict has one.';

COMMENT ON COLUMN feedback.ml_feedback.service_name IS 'Client service it concerns; a verdict''s is its prediction''s when not given.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_type IS 'The verdict, or who gives it.';

COMMENT ON COLUMN feedback.ml_feedback.verdict IS 'The verdict alone: correct, incorrect, false_positive or false_negative.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_source IS 'Who gives it: user, system or automated.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_score IS 'How good the answer was, 0 to 1.';

COMMENT ON COLUMN feedback.ml_feedback.accuracy_rating IS 'The same in stars, 0 to 5.';

COMMENT ON COLUMN feedback.ml_feedback.correct_label IS 'What the answer should have been.';

COMMENT ON COLUMN feedback.ml_feedback.comments IS 'In the giver''s words.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_text IS 'The comments under their other name.';

COMMENT ON COLUMN feedback.ml_feedback.user_id IS 'Who gives it: a user, a key or a service; a verdict has somebody.';

COMMENT ON COLUMN feedback.ml_feedback.user_role IS 'In which role.';

COMMENT ON COLUMN feedback.ml_feedback.metadata IS 'Anything else the sender adds.';

COMMENT ON COLUMN feedback.ml_feedback.processed IS 'Whether the learner has looked at it.';

COMMENT ON COLUMN feedback.ml_feedback.impact_on_model IS 'What the learner did with it.';

COMMENT ON COLUMN feedback.ml_feedback.created_at IS 'When it was given.';

COMMENT ON COLUMN feedback.ml_feedback.processed_at IS 'When the learner looked at it.';

COMMENT ON COLUMN feedback.ml_feedback.created_on IS 'Day of created_at in UTC.';

CREATE TABLE feedback.quality_feedback (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    repo text NOT NULL,
    ml_prediction_id uuid,
    predicted_quality double precision NOT NULL,
    actual_quality double precision,
    helpful boolean,
    comments text,
    user_id uuid DEFAULT app.user_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_quality_feedback_actual_quality_valid CHECK (((actual_quality >= (0)::double precision) AND (actual_quality <= (1)::double precision))),
    CONSTRAINT ck_quality_feedback_predicted_quality_valid CHECK (((predicted_quality >= (0)::double precision) AND (predicted_quality <= (1)::double precision))),
    CONSTRAINT ck_quality_feedback_repo_valid CHECK (((repo <> ''::text) AND (length(repo) <= 255)))
);

ALTER TABLE ONLY feedback.quality_feedback FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE feedback.quality_feedback IS 'What somebody thinks of a predicted quality of a repository.';

COMMENT ON COLUMN feedback.quality_feedback.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN feedback.quality_feedback.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN feedback.quality_feedback.repo IS 'Repository, such as owner/name.';

COMMENT ON COLUMN feedback.quality_feedback.ml_prediction_id IS 'The prediction, where the sender knows it; then it is copied to ml_feedback.';

COMMENT ON COLUMN feedback.quality_feedback.predicted_quality IS 'Quality that was predicted, 0 to 1.';

COMMENT ON COLUMN feedback.quality_feedback.actual_quality IS 'Quality the giver thinks is right, 0 to 1.';

COMMENT ON COLUMN feedback.quality_feedback.helpful IS 'Whether the giver found the prediction helpful.';

COMMENT ON COLUMN feedback.quality_feedback.comments IS 'In the giver''s words.';

COMMENT ON COLUMN feedback.quality_feedback.user_id IS 'Who gives it.';

COMMENT ON COLUMN feedback.quality_feedback.created_at IS 'When it was given.';

COMMENT ON COLUMN feedback.quality_feedback.updated_at IS 'When it was last changed.';

CREATE TABLE feedback.stale_feedback_days (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    given_on date NOT NULL
);

ALTER TABLE ONLY feedback.stale_feedback_days FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE feedback.stale_feedback_days IS 'A note that feedback of a day came, changed or went since its hours were counted.';

COMMENT ON COLUMN feedback.stale_feedback_days.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN feedback.stale_feedback_days.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN feedback.stale_feedback_days.given_on IS 'Day of the feedback, in UTC.';

CREATE TABLE finetuning.fine_tuning_jobs (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    base_model_id text NOT NULL,
    ml_model_id uuid,
    base_model_version text NOT NULL,
    training_job_id uuid,
    job_name text NOT NULL,
    description text,
    training_data_count bigint NOT NULL,
    training_data_hash text,
    hyperparameters jsonb NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    progress_percentage double precision DEFAULT 0 NOT NULL,
    current_epoch bigint DEFAULT 0 NOT NULL,
    total_epochs bigint NOT NULL,
    error_message text,
    fine_tuned_model_id text,
    fine_tuned_model_version text,
    performance_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_fine_tuning_jobs_base_model_id_valid CHECK (((base_model_id <> ''::text) AND (length(base_model_id) <= 255))),
    CONSTRAINT ck_fine_tuning_jobs_base_model_version_valid CHECK (((base_model_version <> ''::text) AND (length(base_model_version) <= 255))),
    CONSTRAINT ck_fine_tuning_jobs_current_epoch_valid CHECK ((current_epoch >= 0)),
    CONSTRAINT ck_fine_tuning_jobs_epochs CHECK ((total_epochs > 0)),
    CONSTRAINT ck_fine_tuning_jobs_epochs_done CHECK ((current_epoch <= total_epochs)),
    CONSTRAINT ck_fine_tuning_jobs_fine_tuned_model_id_valid CHECK (((fine_tuned_model_id <> ''::text) AND (length(fine_tuned_model_id) <= 255))),
    CONSTRAINT ck_fine_tuning_jobs_fine_tuned_model_version_valid CHECK (((fine_tuned_model_version <> ''::text) AND (length(fine_tuned_model_version) <= 255))),
    CONSTRAINT ck_fine_tuning_jobs_hyperparameters_valid CHECK ((jsonb_typeof(hyperparameters) = 'object'::text)),
    CONSTRAINT ck_fine_tuning_jobs_job_name_valid CHECK (((job_name <> ''::text) AND (length(job_name) <= 255))),
    CONSTRAINT ck_fine_tuning_jobs_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_fine_tuning_jobs_performance_metrics_valid CHECK ((jsonb_typeof(performance_metrics) = 'object'::text)),
    CONSTRAINT ck_fine_tuning_jobs_progress CHECK (((progress_percentage >= (0)::double precision) AND (progress_percentage <= (100)::double precision))),
    CONSTRAINT ck_fine_tuning_jobs_span CHECK ((completed_at >= started_at)),
    CONSTRAINT ck_fine_tuning_jobs_started_after_queued CHECK ((started_at >= queued_at)),
    CONSTRAINT ck_fine_tuning_jobs_status_valid CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT ck_fine_tuning_jobs_total_epochs_valid CHECK ((total_epochs >= 0)),
    CONSTRAINT ck_fine_tuning_jobs_training_data_count_valid CHECK ((training_data_count >= 0)),
    CONSTRAINT ck_fine_tuning_jobs_training_data_hash_valid CHECK ((training_data_hash ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE ONLY finetuning.fine_tuning_jobs FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE finetuning.fine_tuning_jobs IS 'A job that carries a base model further on new data: how far it is and what it made.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.user_id IS 'Owner; NULL when it belongs to the whole tenant.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.base_model_id IS 'Model it starts from, by ml_models.model_id.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.ml_model_id IS 'The same, when it is registered here.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.base_model_version IS 'Version text it starts from.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.training_job_id IS 'Training job that does the work.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.job_name IS 'What it is called.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.description IS 'What it is for.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.training_data_count IS 'Rows it learns from.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.training_data_hash IS 'SHA-256 of those rows.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.hyperparameters IS 'Learning rate, epochs, batch size and so on.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.status IS 'Where it stands.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.progress_percentage IS 'How far it is, in per cent.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.current_epoch IS 'Epochs done.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.total_epochs IS 'Epochs wanted.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.error_message IS 'Why it failed.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.fine_tuned_model_id IS 'Model it made, by ml_models.model_id.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.fine_tuned_model_version IS 'Version text it made.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.performance_metrics IS 'Metric -> value of what it made.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.metadata IS 'Whatever else the owner notes.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.queued_at IS 'When it was asked for.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.started_at IS 'When it began.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.completed_at IS 'When it ended, however it ended.';

COMMENT ON COLUMN finetuning.fine_tuning_jobs.created_at IS 'When the row was made.';

CREATE TABLE finetuning.incremental_updates (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    job_id uuid,
    model_version_id uuid,
    update_type text NOT NULL,
    new_data_count bigint NOT NULL,
    previous_model_version text NOT NULL,
    new_model_version text NOT NULL,
    update_size_mb double precision,
    performance_delta jsonb DEFAULT '{}'::jsonb NOT NULL,
    validation_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_applied boolean DEFAULT false NOT NULL,
    applied_at timestamp with time zone,
    rollback_available boolean DEFAULT true NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_incremental_updates_applied_since CHECK (((NOT is_applied) OR (applied_at IS NOT NULL))),
    CONSTRAINT ck_incremental_updates_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_incremental_updates_moves_on CHECK ((previous_model_version <> new_model_version)),
    CONSTRAINT ck_incremental_updates_new_data_count_valid CHECK ((new_data_count >= 0)),
    CONSTRAINT ck_incremental_updates_new_model_version_valid CHECK (((new_model_version <> ''::text) AND (length(new_model_version) <= 255))),
    CONSTRAINT ck_incremental_updates_performance_delta_valid CHECK ((jsonb_typeof(performance_delta) = 'object'::text)),
    CONSTRAINT ck_incremental_updates_previous_model_version_valid CHECK (((previous_model_version <> ''::text) AND (length(previous_model_version) <= 255))),
    CONSTRAINT ck_incremental_updates_update_size_mb_valid CHECK (((update_size_mb >= (0)::double precision) AND (update_size_mb < 'Infinity'::double precision))),
    CONSTRAINT ck_incremental_updates_update_type_valid CHECK ((update_type = ANY (ARRAY['incremental'::text, 'full'::text, 'hot_swap'::text]))),
    CONSTRAINT ck_incremental_updates_validation_metrics_valid CHECK ((jsonb_typeof(validation_metrics) = 'object'::text))
);

ALTER TABLE ONLY finetuning.incremental_updates FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE finetuning.incremental_updates IS 'A step of a model from one version to the next: what it changes and whether it is in use.';

COMMENT ON COLUMN finetuning.incremental_updates.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN finetuning.incremental_updates.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN finetuning.incremental_updates.job_id IS 'Job that made it, if one did.';

COMMENT ON COLUMN finetuning.incremental_updates.model_version_id IS 'The new version, once it is registered.';

COMMENT ON COLUMN finetuning.incremental_updates.update_type IS 'How the model gets there.';

COMMENT ON COLUMN finetuning.incremental_updates.new_data_count IS 'New rows it learned from.';

COMMENT ON COLUMN finetuning.incremental_updates.previous_model_version IS 'Version text before.';

COMMENT ON COLUMN finetuning.incremental_updates.new_model_version IS 'Version text after.';

COMMENT ON COLUMN finetuning.incremental_updates.update_size_mb IS 'Size of the update, in MB.';

COMMENT ON COLUMN finetuning.incremental_updates.performance_delta IS 'Metric -> its value after minus before.';

COMMENT ON COLUMN finetuning.incremental_updates.validation_metrics IS 'Metric -> value on rows it had not seen.';

COMMENT ON COLUMN finetuning.incremental_updates.is_applied IS 'Whether it is in use.';

COMMENT ON COLUMN finetuning.incremental_updates.applied_at IS 'When it was last put to use.';

COMMENT ON COLUMN finetuning.incremental_updates.rollback_available IS 'Whether the version before can be put back.';

COMMENT ON COLUMN finetuning.incremental_updates.metadata IS 'Whatever else the writer notes.';

COMMENT ON COLUMN finetuning.incremental_updates.created_at IS 'When it was made.';

CREATE TABLE jobs.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type jobs.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);

CREATE SEQUENCE jobs.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE jobs.procrastinate_events_id_seq OWNED BY jobs.procrastinate_events.id;

CREATE SEQUENCE jobs.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE jobs.procrastinate_jobs_id_seq OWNED BY jobs.procrastinate_jobs.id;

CREATE TABLE jobs.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);

CREATE SEQUENCE jobs.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE jobs.procrastinate_periodic_defers_id_seq OWNED BY jobs.procrastinate_periodic_defers.id;

CREATE TABLE jobs.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE jobs.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME jobs.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE loop.loop_policies (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_id uuid NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    alpha double precision DEFAULT 0.05 NOT NULL,
    retrain_every_days integer,
    retrain_on_drift boolean DEFAULT true NOT NULL,
    min_days_between integer DEFAULT 7 NOT NULL,
    max_trainings bigint,
    shadow_days integer DEFAULT 30 NOT NULL,
    promise_days integer DEFAULT 30 NOT NULL,
    recalibrate_hours bigint DEFAULT 24 NOT NULL,
    calibration_rows bigint DEFAULT 20000 NOT NULL,
    scan_hours bigint DEFAULT 24 NOT NULL,
    rollback_margin double precision DEFAULT 0.05 NOT NULL,
    keep_baseline boolean DEFAULT false NOT NULL,
    baseline_version_id uuid,
    recalibrated_at timestamp with time zone,
    scanned_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_loop_policies_alpha_valid CHECK (((alpha >= (0)::double precision) AND (alpha <= (1)::double precision))),
    CONSTRAINT ck_loop_policies_calibration_rows_valid CHECK ((calibration_rows >= 0)),
    CONSTRAINT ck_loop_policies_max_trainings_valid CHECK ((max_trainings >= 0)),
    CONSTRAINT ck_loop_policies_min_days_between_valid CHECK ((min_days_between >= 0)),
    CONSTRAINT ck_loop_policies_promise_days_valid CHECK ((promise_days >= 0)),
    CONSTRAINT ck_loop_policies_recalibrate_hours_valid CHECK ((recalibrate_hours >= 0)),
    CONSTRAINT ck_loop_policies_retrain_every_days_valid CHECK ((retrain_every_days >= 0)),
    CONSTRAINT ck_loop_policies_scan_hours_valid CHECK ((scan_hours >= 0)),
    CONSTRAINT ck_loop_policies_shadow_days_valid CHECK ((shadow_days >= 0))
);

ALTER TABLE ONLY loop.loop_policies FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE loop.loop_policies IS 'When one model is retrained, how its challengers are tested, when it is rolled back.';

COMMENT ON COLUMN loop.loop_policies.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN loop.loop_policies.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN loop.loop_policies.model_id IS 'Model it governs.';

COMMENT ON COLUMN loop.loop_policies.is_active IS 'Whether the loop turns for this model.';

COMMENT ON COLUMN loop.loop_policies.alpha IS 'Chance of promoting one that is not better.';

COMMENT ON COLUMN loop.loop_policies.retrain_every_days IS 'Days after which a training starts.';

COMMENT ON COLUMN loop.loop_policies.retrain_on_drift IS 'Whether a drift alert starts one.';

COMMENT ON COLUMN loop.loop_policies.min_days_between IS 'Days between two trainings at least.';

COMMENT ON COLUMN loop.loop_policies.max_trainings IS 'Trainings in all; NULL for no end.';

COMMENT ON COLUMN loop.loop_policies.shadow_days IS 'Days a challenger has to show itself.';

COMMENT ON COLUMN loop.loop_policies.promise_days IS 'Days a version is held to its promise.';

COMMENT ON COLUMN loop.loop_policies.recalibrate_hours IS 'Hours between two calibrations.';

COMMENT ON COLUMN loop.loop_policies.calibration_rows IS 'Latest outcomes used for one.';

COMMENT ON COLUMN loop.loop_policies.scan_hours IS 'Hours between two drift scans.';

COMMENT ON COLUMN loop.loop_policies.rollback_margin IS 'Loss above the promise borne, nats.';

COMMENT ON COLUMN loop.loop_policies.keep_baseline IS 'First version goes on in shadow.';

COMMENT ON COLUMN loop.loop_policies.baseline_version_id IS 'That first version.';

COMMENT ON COLUMN loop.loop_policies.recalibrated_at IS 'When the bounds were last made anew.';

COMMENT ON COLUMN loop.loop_policies.scanned_at IS 'Until when live features were compared.';

COMMENT ON COLUMN loop.loop_policies.created_at IS 'When the policy was made.';

COMMENT ON COLUMN loop.loop_policies.updated_at IS 'When it was last changed.';

CREATE TABLE loop.replay_cursors (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    "position" timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    stats jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT ck_replay_cursors_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_replay_cursors_stats_valid CHECK ((jsonb_typeof(stats) = 'object'::text))
);

ALTER TABLE ONLY loop.replay_cursors FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE loop.replay_cursors IS 'How far a replay of past facts is: moved in the transaction of the facts it replayed.';

COMMENT ON COLUMN loop.replay_cursors.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN loop.replay_cursors.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN loop.replay_cursors.name IS 'Which replay.';

COMMENT ON COLUMN loop.replay_cursors."position" IS 'Replayed up to and including this moment.';

COMMENT ON COLUMN loop.replay_cursors.ends_at IS 'Last moment there is to replay.';

COMMENT ON COLUMN loop.replay_cursors.stats IS 'Rows and seconds so far.';

CREATE TABLE nas.architecture_candidates (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    search_run_id uuid NOT NULL,
    architecture_config jsonb NOT NULL,
    architecture_hash text GENERATED ALWAYS AS (encode(sha256((replace((architecture_config)::text, '\'::text, '\\'::text))::bytea), 'hex'::text)) STORED NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    parent_ids uuid[],
    mutation_type text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_architecture_candidates_architecture_config_valid CHECK ((jsonb_typeof(architecture_config) = 'object'::text)),
    CONSTRAINT ck_architecture_candidates_generation_from_one CHECK ((generation >= 1)),
    CONSTRAINT ck_architecture_candidates_generation_valid CHECK ((generation >= 0)),
    CONSTRAINT ck_architecture_candidates_mutation_type_valid CHECK ((mutation_type = ANY (ARRAY['initial'::text, 'mutation'::text, 'crossover'::text])))
);

ALTER TABLE ONLY nas.architecture_candidates FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE nas.architecture_candidates IS 'An architecture that a run tries, once a run, and what it was bred from.';

COMMENT ON COLUMN nas.architecture_candidates.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN nas.architecture_candidates.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN nas.architecture_candidates.search_run_id IS 'Run that tries it.';

COMMENT ON COLUMN nas.architecture_candidates.architecture_config IS 'Dimension -> the choice made.';

COMMENT ON COLUMN nas.architecture_candidates.architecture_hash IS 'SHA-256 of architecture_config, so that a run tries nothing twice.';

COMMENT ON COLUMN nas.architecture_candidates.generation IS 'Generation it belongs to, from 1.';

COMMENT ON COLUMN nas.architecture_candidates.parent_ids IS 'Candidates of the same run it was bred from, by id; whoever writes the row checks them.';

COMMENT ON COLUMN nas.architecture_candidates.mutation_type IS 'How it was bred.';

COMMENT ON COLUMN nas.architecture_candidates.created_at IS 'When it was made.';

CREATE TABLE nas.architecture_search_runs (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    name text NOT NULL,
    description text,
    search_space jsonb NOT NULL,
    search_strategy text NOT NULL,
    objective text NOT NULL,
    max_trials bigint DEFAULT 100 NOT NULL,
    status text DEFAULT 'running'::text NOT NULL,
    best_architecture_id uuid,
    best_score double precision,
    total_trials bigint DEFAULT 0 NOT NULL,
    completed_trials bigint DEFAULT 0 NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_architecture_search_runs_budget CHECK ((max_trials > 0)),
    CONSTRAINT ck_architecture_search_runs_completed_trials_valid CHECK ((completed_trials >= 0)),
    CONSTRAINT ck_architecture_search_runs_max_trials_valid CHECK ((max_trials >= 0)),
    CONSTRAINT ck_architecture_search_runs_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_architecture_search_runs_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_architecture_search_runs_objective_valid CHECK ((objective = ANY (ARRAY['accuracy'::text, 'latency'::text, 'cost'::text, 'composite'::text]))),
    CONSTRAINT ck_architecture_search_runs_search_space_valid CHECK ((jsonb_typeof(search_space) = 'object'::text)),
    CONSTRAINT ck_architecture_search_runs_search_strategy_valid CHECK ((search_strategy = ANY (ARRAY['random'::text, 'grid'::text, 'bayesian'::text, 'evolutionary'::text, 'reinforcement'::text]))),
    CONSTRAINT ck_architecture_search_runs_span CHECK ((completed_at >= started_at)),
    CONSTRAINT ck_architecture_search_runs_status_valid CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text, 'stopped'::text]))),
    CONSTRAINT ck_architecture_search_runs_total_trials_valid CHECK ((total_trials >= 0)),
    CONSTRAINT ck_architecture_search_runs_trials_done CHECK ((completed_trials <= total_trials)),
    CONSTRAINT ck_architecture_search_runs_trials_within_budget CHECK ((total_trials <= max_trials))
);

ALTER TABLE ONLY nas.architecture_search_runs FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE nas.architecture_search_runs IS 'A search for an architecture: its space, strategy, objective, budget and best find.';

COMMENT ON COLUMN nas.architecture_search_runs.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN nas.architecture_search_runs.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN nas.architecture_search_runs.user_id IS 'Owner; NULL when it belongs to the whole tenant.';

COMMENT ON COLUMN nas.architecture_search_runs.name IS 'What it is called.';

COMMENT ON COLUMN nas.architecture_search_runs.description IS 'What it is looking for.';

COMMENT ON COLUMN nas.architecture_search_runs.search_space IS 'Dimension -> its choices, such as layers, activations, learning_rate.';

COMMENT ON COLUMN nas.architecture_search_runs.search_strategy IS 'How the space is walked through.';

COMMENT ON COLUMN nas.architecture_search_runs.objective IS 'What counts as good.';

COMMENT ON COLUMN nas.architecture_search_runs.max_trials IS 'Candidates it may try.';

COMMENT ON COLUMN nas.architecture_search_runs.status IS 'Where it stands.';

COMMENT ON COLUMN nas.architecture_search_runs.best_architecture_id IS 'Row of optimal_architectures that won; whoever ends the run sets it.';

COMMENT ON COLUMN nas.architecture_search_runs.best_score IS 'Best value of the objective so far.';

COMMENT ON COLUMN nas.architecture_search_runs.total_trials IS 'Candidates made so far.';

COMMENT ON COLUMN nas.architecture_search_runs.completed_trials IS 'Those of them that are measured.';

COMMENT ON COLUMN nas.architecture_search_runs.metadata IS 'Whatever else the owner notes.';

COMMENT ON COLUMN nas.architecture_search_runs.started_at IS 'When it began.';

COMMENT ON COLUMN nas.architecture_search_runs.completed_at IS 'When it ended.';

COMMENT ON COLUMN nas.architecture_search_runs.created_at IS 'When the row was made.';

CREATE TABLE nas.optimal_architectures (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    search_run_id uuid NOT NULL,
    candidate_id uuid NOT NULL,
    architecture_config jsonb NOT NULL,
    performance_summary jsonb NOT NULL,
    ranking_score double precision NOT NULL,
    is_deployed boolean DEFAULT false NOT NULL,
    deployment_version text,
    deployment_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    notes text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deployed_at timestamp with time zone,
    CONSTRAINT ck_optimal_architectures_architecture_config_valid CHECK ((jsonb_typeof(architecture_config) = 'object'::text)),
    CONSTRAINT ck_optimal_architectures_deployed_since CHECK (((NOT is_deployed) OR (deployed_at IS NOT NULL))),
    CONSTRAINT ck_optimal_architectures_deployment_metrics_valid CHECK ((jsonb_typeof(deployment_metrics) = 'object'::text)),
    CONSTRAINT ck_optimal_architectures_performance_summary_valid CHECK ((jsonb_typeof(performance_summary) = 'object'::text))
);

ALTER TABLE ONLY nas.optimal_architectures FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE nas.optimal_architectures IS 'A winner of a run, its rank, and whether it is deployed.';

COMMENT ON COLUMN nas.optimal_architectures.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN nas.optimal_architectures.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN nas.optimal_architectures.search_run_id IS 'Run it won.';

COMMENT ON COLUMN nas.optimal_architectures.candidate_id IS 'Candidate that won.';

COMMENT ON COLUMN nas.optimal_architectures.architecture_config IS 'The candidate''s configuration when it won.';

COMMENT ON COLUMN nas.optimal_architectures.performance_summary IS 'Metric -> value when it won.';

COMMENT ON COLUMN nas.optimal_architectures.ranking_score IS 'Composite rank, more is better: latency, cost and memory count against it.';

COMMENT ON COLUMN nas.optimal_architectures.is_deployed IS 'Whether it is in use.';

COMMENT ON COLUMN nas.optimal_architectures.deployment_version IS 'Version text it was deployed as.';

COMMENT ON COLUMN nas.optimal_architectures.deployment_metrics IS 'Metric -> value in use.';

COMMENT ON COLUMN nas.optimal_architectures.notes IS 'What a person should know.';

COMMENT ON COLUMN nas.optimal_architectures.created_at IS 'When it won.';

COMMENT ON COLUMN nas.optimal_architectures.deployed_at IS 'When it was last deployed.';

CREATE TABLE operations.alert_rules (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    scope text NOT NULL,
    metric text NOT NULL,
    subject text,
    comparison text NOT NULL,
    threshold double precision NOT NULL,
    for_s double precision DEFAULT 0 NOT NULL,
    severity text DEFAULT 'warning'::text NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_alert_rules_comparison_valid CHECK ((comparison = ANY (ARRAY['above'::text, 'below'::text]))),
    CONSTRAINT ck_alert_rules_finite CHECK (((threshold < 'Infinity'::double precision) AND (threshold > '-Infinity'::double precision))),
    CONSTRAINT ck_alert_rules_for_s_valid CHECK (((for_s >= (0)::double precision) AND (for_s < 'Infinity'::double precision))),
    CONSTRAINT ck_alert_rules_metric_valid CHECK (((metric <> ''::text) AND (length(metric) <= 255))),
    CONSTRAINT ck_alert_rules_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_alert_rules_scope_valid CHECK ((scope = ANY (ARRAY['tenant'::text, 'house'::text]))),
    CONSTRAINT ck_alert_rules_severity_valid CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
    CONSTRAINT ck_alert_rules_subject_valid CHECK (((subject <> ''::text) AND (length(subject) <= 255)))
);

ALTER TABLE ONLY operations.alert_rules FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.alert_rules IS 'When a watched number should make somebody look.';

COMMENT ON COLUMN operations.alert_rules.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.alert_rules.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.alert_rules.name IS 'Name, unique within the tenant, such as partition_too_large.';

COMMENT ON COLUMN operations.alert_rules.description IS 'What it means, and what to do then.';

COMMENT ON COLUMN operations.alert_rules.scope IS 'Whose number it looks at.';

COMMENT ON COLUMN operations.alert_rules.metric IS 'Number that is compared, such as partition_bytes.';

COMMENT ON COLUMN operations.alert_rules.subject IS 'Only this table, query or model; NULL: each by itself.';

COMMENT ON COLUMN operations.alert_rules.comparison IS 'On which side of the threshold it alerts.';

COMMENT ON COLUMN operations.alert_rules.threshold IS 'What the number is compared with, in its unit.';

COMMENT ON COLUMN operations.alert_rules.for_s IS 'How long it must hold before the alert opens, in seconds.';

COMMENT ON COLUMN operations.alert_rules.severity IS 'How urgent it is.';

COMMENT ON COLUMN operations.alert_rules.enabled IS 'Whether it is looked at.';

COMMENT ON COLUMN operations.alert_rules.created_at IS 'When it was made.';

COMMENT ON COLUMN operations.alert_rules.updated_at IS 'When it was last changed.';

CREATE TABLE operations.alerts (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    alert_rule_id uuid NOT NULL,
    rule_name text NOT NULL,
    metric text NOT NULL,
    subject text NOT NULL,
    severity text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    value double precision NOT NULL,
    threshold double precision NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    closed_at timestamp with time zone,
    CONSTRAINT ck_alerts_acknowledged_by_valid CHECK (((acknowledged_by <> ''::text) AND (length(acknowledged_by) <= 255))),
    CONSTRAINT ck_alerts_closed_at_valid CHECK (((status = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT ck_alerts_metric_valid CHECK (((metric <> ''::text) AND (length(metric) <= 255))),
    CONSTRAINT ck_alerts_opened_at_valid CHECK (((status = 'pending'::text) OR (opened_at IS NOT NULL))),
    CONSTRAINT ck_alerts_rule_name_valid CHECK (((rule_name <> ''::text) AND (length(rule_name) <= 255))),
    CONSTRAINT ck_alerts_severity_valid CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
    CONSTRAINT ck_alerts_status_valid CHECK ((status = ANY (ARRAY['pending'::text, 'open'::text, 'closed'::text])))
);

ALTER TABLE ONLY operations.alerts FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.alerts IS 'A rule that held, from the first look to the last; one open alert a rule and subject.';

COMMENT ON COLUMN operations.alerts.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.alerts.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.alerts.alert_rule_id IS 'Its rule.';

COMMENT ON COLUMN operations.alerts.rule_name IS 'Name of the rule when the alert was made.';

COMMENT ON COLUMN operations.alerts.metric IS 'Number that was compared.';

COMMENT ON COLUMN operations.alerts.subject IS 'Table, query or model that it is about; may be empty.';

COMMENT ON COLUMN operations.alerts.severity IS 'How urgent it is.';

COMMENT ON COLUMN operations.alerts.status IS 'Where it stands.';

COMMENT ON COLUMN operations.alerts.value IS 'The number when it was looked at last.';

COMMENT ON COLUMN operations.alerts.threshold IS 'What it was compared with.';

COMMENT ON COLUMN operations.alerts.first_seen_at IS 'When the rule held for the first time.';

COMMENT ON COLUMN operations.alerts.last_seen_at IS 'When it held for the last time.';

COMMENT ON COLUMN operations.alerts.opened_at IS 'When it had held long enough; NULL while pending.';

COMMENT ON COLUMN operations.alerts.acknowledged_at IS 'When somebody said that they look into it.';

COMMENT ON COLUMN operations.alerts.acknowledged_by IS 'Who that was.';

COMMENT ON COLUMN operations.alerts.closed_at IS 'When the rule held no more; NULL while it does.';

CREATE TABLE operations.archive_manifests (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    table_name text NOT NULL,
    partition_name text,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    part bigint DEFAULT 1 NOT NULL,
    row_count bigint NOT NULL,
    content_hash text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    url text NOT NULL,
    written_at timestamp with time zone DEFAULT now() NOT NULL,
    verified_at timestamp with time zone,
    dropped_at timestamp with time zone,
    restored_at timestamp with time zone,
    held_until timestamp with time zone,
    replaced_at timestamp with time zone,
    layout jsonb,
    CONSTRAINT ck_archive_manifests_content_hash_valid CHECK (((content_hash <> ''::text) AND (length(content_hash) <= 255))),
    CONSTRAINT ck_archive_manifests_dropped_at_valid CHECK (((dropped_at IS NULL) OR (verified_at IS NOT NULL))),
    CONSTRAINT ck_archive_manifests_layout_valid CHECK ((jsonb_typeof(layout) = 'object'::text)),
    CONSTRAINT ck_archive_manifests_part_valid CHECK ((part >= 0)),
    CONSTRAINT ck_archive_manifests_partition_name_valid CHECK (((partition_name <> ''::text) AND (length(partition_name) <= 255))),
    CONSTRAINT ck_archive_manifests_period_valid CHECK ((period_start < period_end)),
    CONSTRAINT ck_archive_manifests_restored_at_valid CHECK (((restored_at IS NULL) OR (dropped_at IS NOT NULL))),
    CONSTRAINT ck_archive_manifests_row_count_valid CHECK ((row_count >= 0)),
    CONSTRAINT ck_archive_manifests_sha256_valid CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_archive_manifests_size_bytes_valid CHECK ((size_bytes >= 0)),
    CONSTRAINT ck_archive_manifests_table_name_valid CHECK (((table_name <> ''::text) AND (length(table_name) <= 255)))
);

ALTER TABLE ONLY operations.archive_manifests FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.archive_manifests IS 'A file of the archive: one tenant''s old rows of one table and period.';

COMMENT ON COLUMN operations.archive_manifests.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.archive_manifests.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.archive_manifests.table_name IS 'Schema-qualified table the rows were in.';

COMMENT ON COLUMN operations.archive_manifests.partition_name IS 'Partition they were in; NULL when in none.';

COMMENT ON COLUMN operations.archive_manifests.period_start IS 'Beginning of the period, inclusive.';

COMMENT ON COLUMN operations.archive_manifests.period_end IS 'End of the period, exclusive.';

COMMENT ON COLUMN operations.archive_manifests.part IS '1 for the first file of the period; higher where rows came after it.';

COMMENT ON COLUMN operations.archive_manifests.row_count IS 'Rows in the file.';

COMMENT ON COLUMN operations.archive_manifests.content_hash IS 'Sum of the 64-bit hashes of the rows'' texts: the same in any order.';

COMMENT ON COLUMN operations.archive_manifests.size_bytes IS 'Size of the file, in bytes.';

COMMENT ON COLUMN operations.archive_manifests.sha256 IS 'Hash of the file.';

COMMENT ON COLUMN operations.archive_manifests.url IS 'Where the file is.';

COMMENT ON COLUMN operations.archive_manifests.written_at IS 'When it was written.';

COMMENT ON COLUMN operations.archive_manifests.verified_at IS 'When it was read back and found equal.';

COMMENT ON COLUMN operations.archive_manifests.dropped_at IS 'When its rows left the table.';

COMMENT ON COLUMN operations.archive_manifests.restored_at IS 'When its rows came back; what they are from then on is not in this file.';

COMMENT ON COLUMN operations.archive_manifests.held_until IS 'Until when the rows that came back stay.';

COMMENT ON COLUMN operations.archive_manifests.replaced_at IS 'When rows that came back left again, in another file: this one is removed then.';

COMMENT ON COLUMN operations.archive_manifests.layout IS 'How the file''s columns make the table''s; NULL: they are the table''s own.';

CREATE TABLE operations.data_retention_policies (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    table_name text NOT NULL,
    retention_period interval NOT NULL,
    archive_strategy text,
    last_cleanup timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    legal_hold boolean DEFAULT false NOT NULL,
    hold_reason text,
    held_at timestamp with time zone,
    CONSTRAINT ck_data_retention_policies_archive_strategy_valid CHECK ((archive_strategy = ANY (ARRAY['delete'::text, 'archive_to_s3'::text, 'compress'::text]))),
    CONSTRAINT ck_data_retention_policies_retention_period_valid CHECK ((retention_period >= '1 day'::interval)),
    CONSTRAINT ck_data_retention_policies_table_name_valid CHECK (((table_name <> ''::text) AND (length(table_name) <= 255)))
);

ALTER TABLE ONLY operations.data_retention_policies FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.data_retention_policies IS 'How long a tenant keeps the rows of a table, where it is not the table''s own time.';

COMMENT ON COLUMN operations.data_retention_policies.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.data_retention_policies.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.data_retention_policies.table_name IS 'Schema-qualified table, such as events.learning_events.';

COMMENT ON COLUMN operations.data_retention_policies.retention_period IS 'How long its rows are kept, at least a day.';

COMMENT ON COLUMN operations.data_retention_policies.archive_strategy IS 'What happens to them then; NULL: what the table itself says.';

COMMENT ON COLUMN operations.data_retention_policies.last_cleanup IS 'When rows were last looked through.';

COMMENT ON COLUMN operations.data_retention_policies.created_at IS 'When it was set.';

COMMENT ON COLUMN operations.data_retention_policies.legal_hold IS 'While it is true none of the tenant''s rows leave, however old.';

COMMENT ON COLUMN operations.data_retention_policies.hold_reason IS 'Why they are held, such as a case''s number.';

COMMENT ON COLUMN operations.data_retention_policies.held_at IS 'Since when they are held.';

CREATE TABLE operations.health_readings (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    scope text NOT NULL,
    metric text NOT NULL,
    subject text NOT NULL,
    hour_at timestamp with time zone NOT NULL,
    n bigint DEFAULT 1 NOT NULL,
    total double precision NOT NULL,
    lowest double precision NOT NULL,
    highest double precision NOT NULL,
    latest double precision NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_health_readings_metric_valid CHECK (((metric <> ''::text) AND (length(metric) <= 255))),
    CONSTRAINT ck_health_readings_n_valid CHECK ((n >= 0)),
    CONSTRAINT ck_health_readings_scope_valid CHECK ((scope = ANY (ARRAY['tenant'::text, 'house'::text])))
);

ALTER TABLE ONLY operations.health_readings FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.health_readings IS 'A number that Everlearn watches of itself, hour by hour; looked at every minute.';

COMMENT ON COLUMN operations.health_readings.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.health_readings.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.health_readings.scope IS 'Whether it is about the tenant''s own rows or the whole house.';

COMMENT ON COLUMN operations.health_readings.metric IS 'What is measured, with its unit, such as rollup_lag_s.';

COMMENT ON COLUMN operations.health_readings.subject IS 'What it is of, such as a table; empty when there is only one.';

COMMENT ON COLUMN operations.health_readings.hour_at IS 'Hour that the row stands for, by its beginning.';

COMMENT ON COLUMN operations.health_readings.n IS 'How often it was read in the hour.';

COMMENT ON COLUMN operations.health_readings.total IS 'Sum of what was read; total / n is the mean.';

COMMENT ON COLUMN operations.health_readings.lowest IS 'Lowest value of the hour.';

COMMENT ON COLUMN operations.health_readings.highest IS 'Highest value of the hour.';

COMMENT ON COLUMN operations.health_readings.latest IS 'Value that was read last.';

COMMENT ON COLUMN operations.health_readings.measured_at IS 'When it was read last.';

CREATE TABLE operations.job_runs (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    key text,
    queue text NOT NULL,
    lock text,
    priority integer DEFAULT 0 NOT NULL,
    queue_entry bigint,
    status text DEFAULT 'queued'::text NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    progress_ratio double precision DEFAULT 0 NOT NULL,
    note text,
    result jsonb,
    error jsonb,
    cancel_requested boolean DEFAULT false NOT NULL,
    queued_by text NOT NULL,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    due_at timestamp with time zone,
    CONSTRAINT ck_job_runs_args_valid CHECK ((jsonb_typeof(args) = 'object'::text)),
    CONSTRAINT ck_job_runs_attempts_valid CHECK ((attempts >= 0)),
    CONSTRAINT ck_job_runs_error_valid CHECK ((jsonb_typeof(error) = 'object'::text)),
    CONSTRAINT ck_job_runs_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_job_runs_progress_ratio_valid CHECK (((progress_ratio >= (0)::double precision) AND (progress_ratio <= (1)::double precision))),
    CONSTRAINT ck_job_runs_queue_entry_valid CHECK ((queue_entry >= 0)),
    CONSTRAINT ck_job_runs_queue_valid CHECK (((queue <> ''::text) AND (length(queue) <= 255))),
    CONSTRAINT ck_job_runs_queued_by_valid CHECK (((queued_by <> ''::text) AND (length(queued_by) <= 255))),
    CONSTRAINT ck_job_runs_result_valid CHECK ((jsonb_typeof(result) = 'object'::text)),
    CONSTRAINT ck_job_runs_status_valid CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);

ALTER TABLE ONLY operations.job_runs FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.job_runs IS 'One piece of background work, from queued to its end.';

COMMENT ON COLUMN operations.job_runs.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.job_runs.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.job_runs.name IS 'Declared job, such as training.fit.';

COMMENT ON COLUMN operations.job_runs.args IS 'Its arguments: ids, never secrets.';

COMMENT ON COLUMN operations.job_runs.key IS 'While one with this key is open, no second one is queued.';

COMMENT ON COLUMN operations.job_runs.queue IS 'Queue a worker takes it from.';

COMMENT ON COLUMN operations.job_runs.lock IS 'Jobs with the same lock run one after another.';

COMMENT ON COLUMN operations.job_runs.priority IS 'Higher starts first.';

COMMENT ON COLUMN operations.job_runs.queue_entry IS 'Entry of the queue that runs it; an older entry does nothing.';

COMMENT ON COLUMN operations.job_runs.status IS 'Where it stands.';

COMMENT ON COLUMN operations.job_runs.attempts IS 'How often a worker took it since it was queued; a retry by hand counts anew.';

COMMENT ON COLUMN operations.job_runs.progress_ratio IS 'How far it is, 0 to 1.';

COMMENT ON COLUMN operations.job_runs.note IS 'What it is doing, for a person.';

COMMENT ON COLUMN operations.job_runs.result IS 'What it gave back.';

COMMENT ON COLUMN operations.job_runs.error IS 'Problem document of its last failure.';

COMMENT ON COLUMN operations.job_runs.cancel_requested IS 'A person wants it stopped.';

COMMENT ON COLUMN operations.job_runs.queued_by IS 'Who or what queued it.';

COMMENT ON COLUMN operations.job_runs.queued_at IS 'When the fact that caused it was written.';

COMMENT ON COLUMN operations.job_runs.started_at IS 'When a worker took it last, in machine time.';

COMMENT ON COLUMN operations.job_runs.finished_at IS 'When it ended, in machine time.';

COMMENT ON COLUMN operations.job_runs.due_at IS 'Not started before; NULL: as soon as a worker is free.';

CREATE TABLE operations.metric_arrivals (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    series_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    chunk_ends timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    row_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    row_times timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL
);

ALTER TABLE ONLY operations.metric_arrivals FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.metric_arrivals IS 'A note that samples came which minutes, hours and days do not count yet.';

COMMENT ON COLUMN operations.metric_arrivals.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.metric_arrivals.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.metric_arrivals.series_ids IS 'Series of each chunk that came.';

COMMENT ON COLUMN operations.metric_arrivals.chunk_ends IS 'Where each of these chunks ends.';

COMMENT ON COLUMN operations.metric_arrivals.row_ids IS 'Rows of system_performance_metrics.';

COMMENT ON COLUMN operations.metric_arrivals.row_times IS 'Time of each of these rows.';

CREATE TABLE operations.metric_days (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    series_id uuid NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    sample_count bigint NOT NULL,
    value_sum double precision NOT NULL,
    value_min double precision NOT NULL,
    value_max double precision NOT NULL,
    value_last double precision NOT NULL,
    last_at timestamp with time zone NOT NULL,
    sketch bigint[] NOT NULL,
    CONSTRAINT ck_metric_days_sample_count_valid CHECK ((sample_count >= 0))
);

ALTER TABLE ONLY operations.metric_days FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.metric_days IS 'What the samples of a series and day (24 hours, in UTC) come to.';

COMMENT ON COLUMN operations.metric_days.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.metric_days.series_id IS 'Series of the samples.';

COMMENT ON COLUMN operations.metric_days."timestamp" IS 'Where it begins, in UTC.';

COMMENT ON COLUMN operations.metric_days.sample_count IS 'Samples.';

COMMENT ON COLUMN operations.metric_days.value_sum IS 'Sum of the values.';

COMMENT ON COLUMN operations.metric_days.value_min IS 'Smallest value.';

COMMENT ON COLUMN operations.metric_days.value_max IS 'Largest value.';

COMMENT ON COLUMN operations.metric_days.value_last IS 'Value of the last sample.';

COMMENT ON COLUMN operations.metric_days.last_at IS 'Time of the last sample.';

COMMENT ON COLUMN operations.metric_days.sketch IS 'Sketch of the values: app.sketch_quantile(sketch, 0.95).';

CREATE TABLE operations.metric_hours (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    series_id uuid NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    sample_count bigint NOT NULL,
    value_sum double precision NOT NULL,
    value_min double precision NOT NULL,
    value_max double precision NOT NULL,
    value_last double precision NOT NULL,
    last_at timestamp with time zone NOT NULL,
    sketch bigint[] NOT NULL,
    CONSTRAINT ck_metric_hours_sample_count_valid CHECK ((sample_count >= 0))
)
PARTITION BY RANGE ("timestamp");

ALTER TABLE ONLY operations.metric_hours FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.metric_hours IS 'What the samples of a series and hour come to; within a minute of their coming.';

COMMENT ON COLUMN operations.metric_hours.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.metric_hours.series_id IS 'Series of the samples.';

COMMENT ON COLUMN operations.metric_hours."timestamp" IS 'Where it begins, in UTC.';

COMMENT ON COLUMN operations.metric_hours.sample_count IS 'Samples.';

COMMENT ON COLUMN operations.metric_hours.value_sum IS 'Sum of the values.';

COMMENT ON COLUMN operations.metric_hours.value_min IS 'Smallest value.';

COMMENT ON COLUMN operations.metric_hours.value_max IS 'Largest value.';

COMMENT ON COLUMN operations.metric_hours.value_last IS 'Value of the last sample.';

COMMENT ON COLUMN operations.metric_hours.last_at IS 'Time of the last sample.';

COMMENT ON COLUMN operations.metric_hours.sketch IS 'Sketch of the values: app.sketch_quantile(sketch, 0.95).';

CREATE TABLE operations.metric_minutes (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    series_id uuid NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    sample_count bigint NOT NULL,
    value_sum double precision NOT NULL,
    value_min double precision NOT NULL,
    value_max double precision NOT NULL,
    value_last double precision NOT NULL,
    last_at timestamp with time zone NOT NULL,
    sketch bigint[] NOT NULL,
    CONSTRAINT ck_metric_minutes_sample_count_valid CHECK ((sample_count >= 0))
)
PARTITION BY RANGE ("timestamp");

ALTER TABLE ONLY operations.metric_minutes FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.metric_minutes IS 'What the samples of a series and minute come to; within a minute of their coming.';

COMMENT ON COLUMN operations.metric_minutes.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.metric_minutes.series_id IS 'Series of the samples.';

COMMENT ON COLUMN operations.metric_minutes."timestamp" IS 'Where it begins, in UTC.';

COMMENT ON COLUMN operations.metric_minutes.sample_count IS 'Samples.';

COMMENT ON COLUMN operations.metric_minutes.value_sum IS 'Sum of the values.';

COMMENT ON COLUMN operations.metric_minutes.value_min IS 'Smallest value.';

COMMENT ON COLUMN operations.metric_minutes.value_max IS 'Largest value.';

COMMENT ON COLUMN operations.metric_minutes.value_last IS 'Value of the last sample.';

COMMENT ON COLUMN operations.metric_minutes.last_at IS 'Time of the last sample.';

COMMENT ON COLUMN operations.metric_minutes.sketch IS 'Sketch of the values: app.sketch_quantile(sketch, 0.95).';

CREATE TABLE operations.metric_samples (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    series_id uuid NOT NULL,
    end_at timestamp with time zone NOT NULL,
    start_at timestamp with time zone NOT NULL,
    sample_count integer NOT NULL,
    offsets_us integer[] NOT NULL,
    sample_values double precision[] NOT NULL,
    CONSTRAINT ck_metric_samples_offset_count CHECK ((cardinality(offsets_us) = sample_count)),
    CONSTRAINT ck_metric_samples_one_hour CHECK (((date_bin('01:00:00'::interval, start_at, '2000-01-01 00:00:00+00'::timestamp with time zone) = date_bin('01:00:00'::interval, end_at, '2000-01-01 00:00:00+00'::timestamp with time zone)) AND (start_at <= end_at))),
    CONSTRAINT ck_metric_samples_sample_count_valid CHECK ((sample_count > 0)),
    CONSTRAINT ck_metric_samples_value_count CHECK ((cardinality(sample_values) = sample_count))
)
PARTITION BY RANGE (end_at);

ALTER TABLE ONLY operations.metric_samples FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.metric_samples IS 'Samples of one series and hour; a chunk never holds samples of two hours of the clock.';

COMMENT ON COLUMN operations.metric_samples.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.metric_samples.series_id IS 'Series of the samples.';

COMMENT ON COLUMN operations.metric_samples.end_at IS 'Time of the last sample.';

COMMENT ON COLUMN operations.metric_samples.start_at IS 'Time of the first sample.';

COMMENT ON COLUMN operations.metric_samples.sample_count IS 'Samples.';

COMMENT ON COLUMN operations.metric_samples.offsets_us IS 'Time of each sample, ascending, in microseconds from the middle of the hour.';

COMMENT ON COLUMN operations.metric_samples.sample_values IS 'Value of each sample, in the unit of the series.';

CREATE TABLE operations.metric_series (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    metric_name text NOT NULL,
    metric_category text,
    unit text,
    tags jsonb,
    source_component text,
    identity_md5 text GENERATED ALWAYS AS (md5(((((quote_nullable(metric_name) || quote_nullable(metric_category)) || quote_nullable(unit)) || quote_nullable((tags)::text)) || quote_nullable(source_component)))) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_metric_series_metric_category_valid CHECK ((metric_category = ANY (ARRAY['database'::text, 'api'::text, 'ml_model'::text, 'user_experience'::text]))),
    CONSTRAINT ck_metric_series_metric_name_valid CHECK (((metric_name <> ''::text) AND (length(metric_name) <= 255))),
    CONSTRAINT ck_metric_series_source_component_valid CHECK (((source_component <> ''::text) AND (length(source_component) <= 255))),
    CONSTRAINT ck_metric_series_tags_valid CHECK ((jsonb_typeof(tags) = 'object'::text)),
    CONSTRAINT ck_metric_series_unit_valid CHECK ((unit = ANY (ARRAY['ms'::text, 'mb'::text, 'percentage'::text, 'count'::text])))
);

ALTER TABLE ONLY operations.metric_series FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.metric_series IS 'A metric of one sender: what all its samples have in common.';

COMMENT ON COLUMN operations.metric_series.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.metric_series.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.metric_series.metric_name IS 'What is measured, in the sender''s words.';

COMMENT ON COLUMN operations.metric_series.metric_category IS 'Part it is about.';

COMMENT ON COLUMN operations.metric_series.unit IS 'Unit of the values.';

COMMENT ON COLUMN operations.metric_series.tags IS 'Words to tell series of one name apart.';

COMMENT ON COLUMN operations.metric_series.source_component IS 'Part that sends it, in the sender''s words.';

COMMENT ON COLUMN operations.metric_series.identity_md5 IS 'Hash of the columns before it: no two series are the same in all of them.';

COMMENT ON COLUMN operations.metric_series.created_at IS 'When its first sample came.';

CREATE TABLE operations.query_timings (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    query_name text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    n bigint NOT NULL,
    sum_ms double precision NOT NULL,
    sketch bigint[] NOT NULL,
    CONSTRAINT ck_query_timings_n_valid CHECK ((n >= 0)),
    CONSTRAINT ck_query_timings_query_name_valid CHECK (((query_name <> ''::text) AND (length(query_name) <= 255))),
    CONSTRAINT ck_query_timings_sum_ms_valid CHECK (((sum_ms >= (0)::double precision) AND (sum_ms < 'Infinity'::double precision)))
);

ALTER TABLE ONLY operations.query_timings FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.query_timings IS 'How long a named query took, in ten minutes, of all processes of the house.';

COMMENT ON COLUMN operations.query_timings.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN operations.query_timings.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN operations.query_timings.query_name IS 'The query, such as predictions.recent.';

COMMENT ON COLUMN operations.query_timings.started_at IS 'Beginning of the ten minutes.';

COMMENT ON COLUMN operations.query_timings.n IS 'How often it ran.';

COMMENT ON COLUMN operations.query_timings.sum_ms IS 'Sum of its times, in milliseconds.';

COMMENT ON COLUMN operations.query_timings.sketch IS 'Sketch of its times in milliseconds, for quantiles.';

CREATE TABLE operations.schema_migrations (
    id uuid DEFAULT uuidv7() NOT NULL,
    version text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    description text,
    CONSTRAINT ck_schema_migrations_version_valid CHECK (((version <> ''::text) AND (length(version) <= 255)))
);

ALTER TABLE ONLY operations.schema_migrations FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE operations.schema_migrations IS 'A version of the schema that was applied.';

COMMENT ON COLUMN operations.schema_migrations.id IS 'Sorts by the time it was written.';

COMMENT ON COLUMN operations.schema_migrations.version IS 'Revision, such as 0014.';

COMMENT ON COLUMN operations.schema_migrations.applied_at IS 'When it was applied.';

COMMENT ON COLUMN operations.schema_migrations.description IS 'What it brought.';

CREATE VIEW operations.v_metric_samples WITH (security_invoker='true') AS
 SELECT m.tenant_id,
    m.series_id,
    c.metric_name,
    c.metric_category,
    c.unit,
    c.tags,
    c.source_component,
    'raw'::text AS aggregation_level,
    operations.sample_at(m.end_at, s.offset_us) AS "timestamp",
    s.value,
    m.end_at AS chunk_end_at,
    NULL::jsonb AS metadata
   FROM ((operations.metric_samples m
     JOIN operations.metric_series c ON (((c.tenant_id = m.tenant_id) AND (c.id = m.series_id))))
     CROSS JOIN LATERAL UNNEST(m.offsets_us, m.sample_values) s(offset_us, value))
UNION ALL
 SELECT c.tenant_id,
    NULL::uuid AS series_id,
    c.metric_name,
    c.metric_category,
    c.unit,
    c.tags,
    c.source_component,
    c.aggregation_level,
    c."timestamp",
    c.value,
    c."timestamp" AS chunk_end_at,
    c.metadata
   FROM operations.system_performance_metrics c;

COMMENT ON VIEW operations.v_metric_samples IS 'Every sample of every metric: those kept in chunks, and rows of system_performance_metrics.';

CREATE VIEW operations.v_system_metrics WITH (security_invoker='true') AS
 SELECT v_metric_samples.tenant_id,
    v_metric_samples.series_id,
    v_metric_samples.metric_name,
    v_metric_samples.metric_category,
    v_metric_samples.unit,
    v_metric_samples.tags,
    v_metric_samples.source_component,
    v_metric_samples.aggregation_level,
    v_metric_samples."timestamp",
    v_metric_samples.value,
    (1)::bigint AS sample_count,
    v_metric_samples.value AS value_min,
    v_metric_samples.value AS value_max,
    v_metric_samples.value AS value_last,
    v_metric_samples.value AS p50,
    v_metric_samples.value AS p95,
    v_metric_samples.value AS p99
   FROM operations.v_metric_samples
UNION ALL
 SELECT r.tenant_id,
    r.series_id,
    c.metric_name,
    c.metric_category,
    c.unit,
    c.tags,
    c.source_component,
    'minute'::text AS aggregation_level,
    r."timestamp",
    (r.value_sum / (r.sample_count)::double precision) AS value,
    r.sample_count,
    r.value_min,
    r.value_max,
    r.value_last,
    app.sketch_quantile(r.sketch, (0.5)::double precision) AS p50,
    app.sketch_quantile(r.sketch, (0.95)::double precision) AS p95,
    app.sketch_quantile(r.sketch, (0.99)::double precision) AS p99
   FROM (operations.metric_minutes r
     JOIN operations.metric_series c ON (((c.tenant_id = r.tenant_id) AND (c.id = r.series_id))))
UNION ALL
 SELECT r.tenant_id,
    r.series_id,
    c.metric_name,
    c.metric_category,
    c.unit,
    c.tags,
    c.source_component,
    'hour'::text AS aggregation_level,
    r."timestamp",
    (r.value_sum / (r.sample_count)::double precision) AS value,
    r.sample_count,
    r.value_min,
    r.value_max,
    r.value_last,
    app.sketch_quantile(r.sketch, (0.5)::double precision) AS p50,
    app.sketch_quantile(r.sketch, (0.95)::double precision) AS p95,
    app.sketch_quantile(r.sketch, (0.99)::double precision) AS p99
   FROM (operations.metric_hours r
     JOIN operations.metric_series c ON (((c.tenant_id = r.tenant_id) AND (c.id = r.series_id))))
UNION ALL
 SELECT r.tenant_id,
    r.series_id,
    c.metric_name,
    c.metric_category,
    c.unit,
    c.tags,
    c.source_component,
    'day'::text AS aggregation_level,
    r."timestamp",
    (r.value_sum / (r.sample_count)::double precision) AS value,
    r.sample_count,
    r.value_min,
    r.value_max,
    r.value_last,
    app.sketch_quantile(r.sketch, (0.5)::double precision) AS p50,
    app.sketch_quantile(r.sketch, (0.95)::double precision) AS p95,
    app.sketch_quantile(r.sketch, (0.99)::double precision) AS p99
   FROM (operations.metric_days r
     JOIN operations.metric_series c ON (((c.tenant_id = r.tenant_id) AND (c.id = r.series_id))));

COMMENT ON VIEW operations.v_system_metrics IS 'Metrics at every level: samples, and mean, range and quantiles of minutes, hours and days.';

CREATE TABLE patterns.pattern_occurrences (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    pattern_id uuid NOT NULL,
    source_type text NOT NULL,
    source_id text NOT NULL,
    location_data jsonb,
    context_data jsonb,
    detection_timestamp timestamp with time zone DEFAULT now() NOT NULL,
    detection_model_id uuid,
    confidence_score double precision,
    metadata jsonb,
    detected_on date GENERATED ALWAYS AS (((detection_timestamp AT TIME ZONE 'UTC'::text))::date) STORED,
    source_key integer GENERATED ALWAYS AS (hashtext(((tenant_id)::text || source_id))) STORED,
    CONSTRAINT ck_pattern_occurrences_confidence_score_valid CHECK (((confidence_score >= (0)::double precision) AND (confidence_score <= (1)::double precision))),
    CONSTRAINT ck_pattern_occurrences_context_data_valid CHECK ((jsonb_typeof(context_data) = 'object'::text)),
    CONSTRAINT ck_pattern_occurrences_location_data_valid CHECK ((jsonb_typeof(location_data) = 'object'::text)),
    CONSTRAINT ck_pattern_occurrences_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_pattern_occurrences_source_id_valid CHECK (((source_id <> ''::text) AND (length(source_id) <= 255))),
    CONSTRAINT ck_pattern_occurrences_source_type_valid CHECK ((source_type = ANY (ARRAY['git_commit'::text, 'code_file'::text, 'user_session'::text])))
)
PARTITION BY RANGE (detection_timestamp);

ALTER TABLE ONLY patterns.pattern_occurrences FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE patterns.pattern_occurrences IS 'One place where a pattern was seen.';

COMMENT ON COLUMN patterns.pattern_occurrences.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN patterns.pattern_occurrences.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN patterns.pattern_occurrences.pattern_id IS 'The pattern.';

COMMENT ON COLUMN patterns.pattern_occurrences.source_type IS 'What it was seen in.';

COMMENT ON COLUMN patterns.pattern_occurrences.source_id IS 'Which one, in the source''s own words.';

COMMENT ON COLUMN patterns.pattern_occurrences.location_data IS 'Where in it: path, lines, function.';

COMMENT ON COLUMN patterns.pattern_occurrences.context_data IS 'What was around it.';

COMMENT ON COLUMN patterns.pattern_occurrences.detection_timestamp IS 'When it was seen.';

COMMENT ON COLUMN patterns.pattern_occurrences.detection_model_id IS 'Model of ml_models that recognised it.';

COMMENT ON COLUMN patterns.pattern_occurrences.confidence_score IS 'How surely, 0 to 1.';

COMMENT ON COLUMN patterns.pattern_occurrences.metadata IS 'Anything else.';

COMMENT ON COLUMN patterns.pattern_occurrences.detected_on IS 'Day of detection_timestamp, in UTC.';

COMMENT ON COLUMN patterns.pattern_occurrences.source_key IS 'Hash of tenant_id and source_id, by which a source''s rows are found.';

CREATE TABLE patterns.daily_pattern_counts (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    pattern_id uuid NOT NULL,
    date date NOT NULL,
    occurrence_count bigint NOT NULL,
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_daily_pattern_counts_occurrence_count_valid CHECK ((occurrence_count >= 0))
);

ALTER TABLE ONLY patterns.daily_pattern_counts FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE patterns.daily_pattern_counts IS 'How often a pattern was seen on a day; exact, a minute old.';

COMMENT ON COLUMN patterns.daily_pattern_counts.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN patterns.daily_pattern_counts.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN patterns.daily_pattern_counts.pattern_id IS 'The pattern.';

COMMENT ON COLUMN patterns.daily_pattern_counts.date IS 'Day of the occurrences, in UTC.';

COMMENT ON COLUMN patterns.daily_pattern_counts.occurrence_count IS 'Places where it was seen.';

COMMENT ON COLUMN patterns.daily_pattern_counts.refreshed_at IS 'When it was computed.';

CREATE TABLE patterns.daily_pattern_type_counts (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    pattern_type text NOT NULL,
    date date NOT NULL,
    occurrence_count bigint NOT NULL,
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_daily_pattern_type_counts_occurrence_count_valid CHECK ((occurrence_count >= 0)),
    CONSTRAINT ck_daily_pattern_type_counts_pattern_type_valid CHECK ((pattern_type = ANY (ARRAY['code_smell'::text, 'performance_bottleneck'::text, 'usage_pattern'::text, 'security_vulnerability'::text, 'design_pattern'::text, 'anti_pattern'::text])))
);

ALTER TABLE ONLY patterns.daily_pattern_type_counts FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE patterns.daily_pattern_type_counts IS 'How often patterns of a type were seen on a day; the sum of the patterns'' own counts.';

COMMENT ON COLUMN patterns.daily_pattern_type_counts.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN patterns.daily_pattern_type_counts.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN patterns.daily_pattern_type_counts.pattern_type IS 'Type of the patterns.';

COMMENT ON COLUMN patterns.daily_pattern_type_counts.date IS 'Day of the occurrences, in UTC.';

COMMENT ON COLUMN patterns.daily_pattern_type_counts.occurrence_count IS 'Places where one of them was seen.';

COMMENT ON COLUMN patterns.daily_pattern_type_counts.refreshed_at IS 'When it was computed.';

CREATE TABLE patterns.identified_patterns (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    pattern_type text NOT NULL,
    pattern_name text NOT NULL,
    pattern_description text,
    detection_algorithm text,
    confidence_score double precision,
    pattern_signature jsonb,
    signature_sha256 text GENERATED ALWAYS AS (encode(sha256((replace((pattern_signature)::text, '\'::text, '\\'::text))::bytea), 'hex'::text)) STORED,
    occurrence_frequency bigint DEFAULT 1 NOT NULL,
    first_detected timestamp with time zone DEFAULT now() NOT NULL,
    last_detected timestamp with time zone DEFAULT now() NOT NULL,
    severity_level text,
    impact_metrics jsonb,
    remediation_suggestions jsonb,
    status text DEFAULT 'active'::text NOT NULL,
    CONSTRAINT ck_identified_patterns_confidence_score_valid CHECK (((confidence_score >= (0)::double precision) AND (confidence_score <= (1)::double precision))),
    CONSTRAINT ck_identified_patterns_detection_algorithm_valid CHECK (((detection_algorithm <> ''::text) AND (length(detection_algorithm) <= 255))),
    CONSTRAINT ck_identified_patterns_impact_metrics_valid CHECK ((jsonb_typeof(impact_metrics) = 'object'::text)),
    CONSTRAINT ck_identified_patterns_occurrence_frequency_valid CHECK ((occurrence_frequency >= 0)),
    CONSTRAINT ck_identified_patterns_pattern_name_valid CHECK (((pattern_name <> ''::text) AND (length(pattern_name) <= 255))),
    CONSTRAINT ck_identified_patterns_pattern_signature_valid CHECK ((jsonb_typeof(pattern_signature) = 'object'::text)),
    CONSTRAINT ck_identified_patterns_pattern_type_valid CHECK ((pattern_type = ANY (ARRAY['code_smell'::text, 'performance_bottleneck'::text, 'usage_pattern'::text, 'security_vulnerability'::text, 'design_pattern'::text, 'anti_pattern'::text]))),
    CONSTRAINT ck_identified_patterns_remediation_suggestions_valid CHECK ((jsonb_typeof(remediation_suggestions) = ANY (ARRAY['object'::text, 'array'::text]))),
    CONSTRAINT ck_identified_patterns_severity_level_valid CHECK ((severity_level = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT ck_identified_patterns_status_valid CHECK ((status = ANY (ARRAY['active'::text, 'investigating'::text, 'resolved'::text, 'ignored'::text, 'false_positive'::text])))
);

ALTER TABLE ONLY patterns.identified_patterns FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE patterns.identified_patterns IS 'A pattern, once for all the places it was seen: how sure, how severe, what to do.';

COMMENT ON COLUMN patterns.identified_patterns.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN patterns.identified_patterns.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN patterns.identified_patterns.pattern_type IS 'What kind of thing it is.';

COMMENT ON COLUMN patterns.identified_patterns.pattern_name IS 'Name shown to people.';

COMMENT ON COLUMN patterns.identified_patterns.pattern_description IS 'What it is and why it matters.';

COMMENT ON COLUMN patterns.identified_patterns.detection_algorithm IS 'What recognised it, by any name.';

COMMENT ON COLUMN patterns.identified_patterns.confidence_score IS 'How surely, 0 to 1.';

COMMENT ON COLUMN patterns.identified_patterns.pattern_signature IS 'What it is recognised by.';

COMMENT ON COLUMN patterns.identified_patterns.signature_sha256 IS 'SHA-256 of the signature; unique with type and name.';

COMMENT ON COLUMN patterns.identified_patterns.occurrence_frequency IS 'How often it was seen.';

COMMENT ON COLUMN patterns.identified_patterns.first_detected IS 'When it was first seen.';

COMMENT ON COLUMN patterns.identified_patterns.last_detected IS 'When it was last seen.';

COMMENT ON COLUMN patterns.identified_patterns.severity_level IS 'How much it matters.';

COMMENT ON COLUMN patterns.identified_patterns.impact_metrics IS 'Performance, maintainability and the like.';

COMMENT ON COLUMN patterns.identified_patterns.remediation_suggestions IS 'What can be done about it.';

COMMENT ON COLUMN patterns.identified_patterns.status IS 'What was decided about it.';

CREATE TABLE patterns.stale_pattern_days (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    date date NOT NULL
);

ALTER TABLE ONLY patterns.stale_pattern_days FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE patterns.stale_pattern_days IS 'A note that occurrences of a day came, changed or went since they were last counted.';

COMMENT ON COLUMN patterns.stale_pattern_days.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN patterns.stale_pattern_days.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN patterns.stale_pattern_days.date IS 'Day of the occurrences, in UTC.';

CREATE VIEW predictions.ai_gm_ml_predictions WITH (security_invoker='true') AS
 SELECT p.tenant_id,
    p.id,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'response_id'::text), 'uuid'::text) THEN ((p.context ->> 'response_id'::text))::uuid
            ELSE NULL::uuid
        END AS response_id,
    p.predicted_value AS predicted_quality,
    o.actual_value AS actual_quality,
    (COALESCE(p.context, '{}'::jsonb) - ARRAY['response_id'::text]) AS context,
    p.model_version,
    p.prediction_timestamp AS created_at
   FROM (predictions.ml_predictions p
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))))
  WHERE ((p.service_name = 'ai-gm'::text) AND (p.role = 'live'::text));

COMMENT ON VIEW predictions.ai_gm_ml_predictions IS 'Predictions of the client service ai-gm, in its own columns.';

CREATE TABLE predictions.calibrations (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_version_id uuid NOT NULL,
    fitted_at timestamp with time zone NOT NULL,
    n_samples bigint NOT NULL,
    lower_at double precision[] NOT NULL,
    lower_value double precision[] NOT NULL,
    upper_at double precision[] NOT NULL,
    upper_value double precision[] NOT NULL,
    CONSTRAINT ck_calibrations_n_samples_valid CHECK ((n_samples >= 0))
);

ALTER TABLE ONLY predictions.calibrations FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.calibrations IS 'A Venn-Abers predictor of a version: two step functions of the margin. The latest is used.';

COMMENT ON COLUMN predictions.calibrations.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.calibrations.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.calibrations.model_version_id IS 'Version it calibrates.';

COMMENT ON COLUMN predictions.calibrations.fitted_at IS 'When it was made.';

COMMENT ON COLUMN predictions.calibrations.n_samples IS 'Outcomes it was made from.';

COMMENT ON COLUMN predictions.calibrations.lower_at IS 'Margins at which the lower bound steps up.';

COMMENT ON COLUMN predictions.calibrations.lower_value IS 'Lower bound before, between and after the steps.';

COMMENT ON COLUMN predictions.calibrations.upper_at IS 'Margins above which the upper bound steps up.';

COMMENT ON COLUMN predictions.calibrations.upper_value IS 'Upper bound before, between and after the steps.';

CREATE VIEW predictions.code_roach_ml_predictions WITH (security_invoker='true') AS
 SELECT p.tenant_id,
    p.id,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'project_id'::text), 'uuid'::text) THEN ((p.context ->> 'project_id'::text))::uuid
            ELSE NULL::uuid
        END AS project_id,
    (p.context ->> 'file_path'::text) AS file_path,
    p.prediction_type,
    p.predicted_value AS predicted_quality,
    o.actual_value AS actual_quality,
    (p.context -> 'code_metrics'::text) AS code_metrics,
    (COALESCE(p.context, '{}'::jsonb) - ARRAY['project_id'::text, 'file_path'::text, 'code_metrics'::text]) AS context,
    p.model_version,
    p.prediction_timestamp AS created_at
   FROM (predictions.ml_predictions p
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))))
  WHERE ((p.service_name = 'code-roach'::text) AND (p.role = 'live'::text));

COMMENT ON VIEW predictions.code_roach_ml_predictions IS 'Predictions of the client service code-roach, in its own columns.';

CREATE VIEW predictions.daisy_chain_ml_predictions WITH (security_invoker='true') AS
 SELECT p.tenant_id,
    p.id,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'task_id'::text), 'uuid'::text) THEN ((p.context ->> 'task_id'::text))::uuid
            ELSE NULL::uuid
        END AS task_id,
    (p.context ->> 'task_type'::text) AS task_type,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'predicted_quality'::text), 'double precision'::text) THEN ((p.context ->> 'predicted_quality'::text))::double precision
            ELSE NULL::double precision
        END AS predicted_quality,
    p.predicted_value AS predicted_success,
    (o.actual_value <> (0)::double precision) AS actual_success,
    (COALESCE(p.context, '{}'::jsonb) - ARRAY['task_id'::text, 'task_type'::text, 'predicted_quality'::text]) AS context,
    p.model_version,
    p.prediction_timestamp AS created_at
   FROM (predictions.ml_predictions p
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))))
  WHERE ((p.service_name = 'daisy-chain'::text) AND (p.role = 'live'::text));

COMMENT ON VIEW predictions.daisy_chain_ml_predictions IS 'Predictions of the client service daisy-chain, in its own columns.';

CREATE VIEW predictions.first_mate_ml_predictions WITH (security_invoker='true') AS
 SELECT p.tenant_id,
    p.id,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'user_id'::text), 'uuid'::text) THEN ((p.context ->> 'user_id'::text))::uuid
            ELSE NULL::uuid
        END AS user_id,
    (p.context ->> 'roll_type'::text) AS roll_type,
    (p.context ->> 'stat_name'::text) AS stat_name,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'stat_value'::text), 'integer'::text) THEN ((p.context ->> 'stat_value'::text))::integer
            ELSE NULL::integer
        END AS stat_value,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'modifier'::text), 'integer'::text) THEN ((p.context ->> 'modifier'::text))::integer
            ELSE NULL::integer
        END AS modifier,
    p.predicted_value AS predicted_success,
    (o.actual_value <> (0)::double precision) AS actual_success,
    (COALESCE(p.context, '{}'::jsonb) - ARRAY['user_id'::text, 'roll_type'::text, 'stat_name'::text, 'stat_value'::text, 'modifier'::text]) AS context,
    p.model_version,
    p.prediction_timestamp AS created_at
   FROM (predictions.ml_predictions p
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))))
  WHERE ((p.service_name = 'first-mate'::text) AND (p.role = 'live'::text));

COMMENT ON VIEW predictions.first_mate_ml_predictions IS 'Predictions of the client service first-mate, in its own columns.';

CREATE VIEW predictions.game_app_ml_predictions WITH (security_invoker='true') AS
 SELECT p.tenant_id,
    p.id,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'session_id'::text), 'uuid'::text) THEN ((p.context ->> 'session_id'::text))::uuid
            ELSE NULL::uuid
        END AS session_id,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'narrative_id'::text), 'uuid'::text) THEN ((p.context ->> 'narrative_id'::text))::uuid
            ELSE NULL::uuid
        END AS narrative_id,
    p.predicted_value AS predicted_quality,
    o.actual_value AS actual_quality,
    (p.context ->> 'scenario_id'::text) AS scenario_id,
    (p.context ->> 'roll_type'::text) AS roll_type,
    (COALESCE(p.context, '{}'::jsonb) - ARRAY['session_id'::text, 'narrative_id'::text, 'scenario_id'::text, 'roll_type'::text]) AS context,
    p.model_version,
    p.prediction_timestamp AS created_at
   FROM (predictions.ml_predictions p
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))))
  WHERE ((p.service_name = 'game-app'::text) AND (p.role = 'live'::text));

COMMENT ON VIEW predictions.game_app_ml_predictions IS 'Predictions of the client service game-app, in its own columns.';

CREATE TABLE predictions.hourly_prediction_usage (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    role text NOT NULL,
    hour_start timestamp with time zone NOT NULL,
    n_predictions bigint NOT NULL,
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_hourly_prediction_usage_n_predictions_valid CHECK ((n_predictions >= 0)),
    CONSTRAINT ck_hourly_prediction_usage_role_valid CHECK ((role = ANY (ARRAY['live'::text, 'shadow'::text])))
);

ALTER TABLE ONLY predictions.hourly_prediction_usage FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.hourly_prediction_usage IS 'How many predictions a model made in an hour; exact, a minute old.';

COMMENT ON COLUMN predictions.hourly_prediction_usage.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.hourly_prediction_usage.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.hourly_prediction_usage.ml_model_id IS 'Model.';

COMMENT ON COLUMN predictions.hourly_prediction_usage.role IS 'Live or shadow.';

COMMENT ON COLUMN predictions.hourly_prediction_usage.hour_start IS 'Beginning of the hour.';

COMMENT ON COLUMN predictions.hourly_prediction_usage.n_predictions IS 'Predictions made.';

COMMENT ON COLUMN predictions.hourly_prediction_usage.refreshed_at IS 'When it was computed.';

CREATE TABLE predictions.model_performance_quantiles (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    n_predictions bigint DEFAULT 0 NOT NULL,
    n_outcomes bigint DEFAULT 0 NOT NULL,
    inference_times bigint[],
    losses bigint[],
    confidences bigint[],
    errors bigint[],
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_model_performance_quantiles_n_outcomes_valid CHECK ((n_outcomes >= 0)),
    CONSTRAINT ck_model_performance_quantiles_n_predictions_valid CHECK ((n_predictions >= 0))
);

ALTER TABLE ONLY predictions.model_performance_quantiles FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.model_performance_quantiles IS 'Rollup: what model_performance_summary counts, as sketches; one row a model, a minute old.';

COMMENT ON COLUMN predictions.model_performance_quantiles.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.model_performance_quantiles.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.model_performance_quantiles.n_predictions IS 'Live predictions of the model whose id is this row''s id.';

COMMENT ON COLUMN predictions.model_performance_quantiles.n_outcomes IS 'Those of them that are closed.';

COMMENT ON COLUMN predictions.model_performance_quantiles.inference_times IS 'Sketch of inference_time_ms.';

COMMENT ON COLUMN predictions.model_performance_quantiles.losses IS 'Sketch of the losses of the closed ones.';

COMMENT ON COLUMN predictions.model_performance_quantiles.confidences IS 'Sketch of the confidences.';

COMMENT ON COLUMN predictions.model_performance_quantiles.errors IS 'Sketch of the errors of the closed ones, without their sign.';

COMMENT ON COLUMN predictions.model_performance_quantiles.refreshed_at IS 'When it was computed.';

CREATE TABLE predictions.model_performance_summary (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    version text,
    model_type text,
    prediction_count bigint DEFAULT 0 NOT NULL,
    validated_predictions bigint DEFAULT 0 NOT NULL,
    correct_predictions bigint DEFAULT 0 NOT NULL,
    avg_accuracy double precision GENERATED ALWAYS AS (((correct_predictions)::double precision / (NULLIF(validated_predictions, 0))::double precision)) STORED,
    last_prediction timestamp with time zone,
    sum_confidence double precision DEFAULT 0 NOT NULL,
    sum_inference_time_ms double precision DEFAULT 0 NOT NULL,
    CONSTRAINT ck_model_performance_summary_correct_predictions_valid CHECK ((correct_predictions >= 0)),
    CONSTRAINT ck_model_performance_summary_model_type_valid CHECK (((model_type <> ''::text) AND (length(model_type) <= 255))),
    CONSTRAINT ck_model_performance_summary_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_model_performance_summary_prediction_count_valid CHECK ((prediction_count >= 0)),
    CONSTRAINT ck_model_performance_summary_sum_inference_time_ms_valid CHECK (((sum_inference_time_ms >= (0)::double precision) AND (sum_inference_time_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_model_performance_summary_validated_predictions_valid CHECK ((validated_predictions >= 0))
);

ALTER TABLE ONLY predictions.model_performance_summary FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.model_performance_summary IS 'Rollup: one row a model over all that was answered live; moved with performance_daily.';

COMMENT ON COLUMN predictions.model_performance_summary.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.model_performance_summary.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.model_performance_summary.name IS 'Name of the model, whose id is this row''s id.';

COMMENT ON COLUMN predictions.model_performance_summary.version IS 'Version that answered last.';

COMMENT ON COLUMN predictions.model_performance_summary.model_type IS 'Kind of model, such as gradient_boosting.';

COMMENT ON COLUMN predictions.model_performance_summary.prediction_count IS 'Predictions made.';

COMMENT ON COLUMN predictions.model_performance_summary.validated_predictions IS 'Those of them that are closed.';

COMMENT ON COLUMN predictions.model_performance_summary.correct_predictions IS 'Those on the right side of one half; 0 for a regression.';

COMMENT ON COLUMN predictions.model_performance_summary.avg_accuracy IS 'correct_predictions by validated_predictions, 0 to 1.';

COMMENT ON COLUMN predictions.model_performance_summary.last_prediction IS 'As of when the latest prediction was made.';

COMMENT ON COLUMN predictions.model_performance_summary.sum_confidence IS 'Sum of the confidences.';

COMMENT ON COLUMN predictions.model_performance_summary.sum_inference_time_ms IS 'Sum of the inference times, ms.';

CREATE VIEW predictions.oracle_ml_predictions WITH (security_invoker='true') AS
 SELECT p.tenant_id,
    p.id,
    (p.context ->> 'query'::text) AS query,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'knowledge_id'::text), 'uuid'::text) THEN ((p.context ->> 'knowledge_id'::text))::uuid
            ELSE NULL::uuid
        END AS knowledge_id,
    p.predicted_value AS predicted_quality,
        CASE
            WHEN pg_input_is_valid((p.context ->> 'predicted_relevance'::text), 'double precision'::text) THEN ((p.context ->> 'predicted_relevance'::text))::double precision
            ELSE NULL::double precision
        END AS predicted_relevance,
    o.actual_value AS actual_quality,
        CASE
            WHEN pg_input_is_valid(COALESCE((o.further_values ->> 'actual_relevance'::text), (p.context ->> 'actual_relevance'::text)), 'double precision'::text) THEN (COALESCE((o.further_values ->> 'actual_relevance'::text), (p.context ->> 'actual_relevance'::text)))::double precision
            ELSE NULL::double precision
        END AS actual_relevance,
    (COALESCE(p.context, '{}'::jsonb) - ARRAY['query'::text, 'knowledge_id'::text, 'predicted_relevance'::text, 'actual_relevance'::text]) AS context,
    p.model_version,
    p.prediction_timestamp AS created_at
   FROM (predictions.ml_predictions p
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))))
  WHERE ((p.service_name = 'oracle'::text) AND (p.role = 'live'::text));

COMMENT ON VIEW predictions.oracle_ml_predictions IS 'Predictions of the client service oracle, in its own columns.';

CREATE TABLE predictions.performance_daily (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    model_version_id uuid,
    role text NOT NULL,
    made_on date NOT NULL,
    n_predictions bigint DEFAULT 0 NOT NULL,
    n_outcomes bigint DEFAULT 0 NOT NULL,
    n_correct bigint DEFAULT 0 NOT NULL,
    sum_loss double precision DEFAULT 0 NOT NULL,
    sum_squared_error double precision DEFAULT 0 NOT NULL,
    sum_predicted double precision DEFAULT 0 NOT NULL,
    sum_actual double precision DEFAULT 0 NOT NULL,
    sum_confidence double precision DEFAULT 0 NOT NULL,
    sum_inference_time_ms double precision DEFAULT 0 NOT NULL,
    CONSTRAINT ck_performance_daily_n_correct_valid CHECK ((n_correct >= 0)),
    CONSTRAINT ck_performance_daily_n_outcomes_valid CHECK ((n_outcomes >= 0)),
    CONSTRAINT ck_performance_daily_n_predictions_valid CHECK ((n_predictions >= 0)),
    CONSTRAINT ck_performance_daily_role_valid CHECK ((role = ANY (ARRAY['live'::text, 'shadow'::text]))),
    CONSTRAINT ck_performance_daily_sum_inference_time_ms_valid CHECK (((sum_inference_time_ms >= (0)::double precision) AND (sum_inference_time_ms < 'Infinity'::double precision)))
);

ALTER TABLE ONLY predictions.performance_daily FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.performance_daily IS 'Rollup: sums over the predictions that one version made on one day, moved by each outcome.';

COMMENT ON COLUMN predictions.performance_daily.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.performance_daily.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.performance_daily.ml_model_id IS 'Model.';

COMMENT ON COLUMN predictions.performance_daily.model_version_id IS 'Version; NULL for answers that a client''s own engine gave under the model''s name.';

COMMENT ON COLUMN predictions.performance_daily.role IS 'Live or shadow.';

COMMENT ON COLUMN predictions.performance_daily.made_on IS 'Day, in UTC, on which the predictions were made.';

COMMENT ON COLUMN predictions.performance_daily.n_predictions IS 'Predictions made.';

COMMENT ON COLUMN predictions.performance_daily.n_outcomes IS 'Those of them that are closed.';

COMMENT ON COLUMN predictions.performance_daily.n_correct IS 'Those on the right side of one half.';

COMMENT ON COLUMN predictions.performance_daily.sum_loss IS 'Sum of their losses.';

COMMENT ON COLUMN predictions.performance_daily.sum_squared_error IS 'Sum of their squared errors.';

COMMENT ON COLUMN predictions.performance_daily.sum_predicted IS 'Sum of their predicted values.';

COMMENT ON COLUMN predictions.performance_daily.sum_actual IS 'Sum of their outcomes.';

COMMENT ON COLUMN predictions.performance_daily.sum_confidence IS 'Sum of all predictions'' confidences.';

COMMENT ON COLUMN predictions.performance_daily.sum_inference_time_ms IS 'Sum of all predictions'' inference times, ms.';

CREATE TABLE predictions.performance_marks (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_id text,
    made_on date NOT NULL,
    ml_model_id uuid
);

ALTER TABLE ONLY predictions.performance_marks FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.performance_marks IS 'A day whose sums are to be made again: clients wrote it themselves, or rows were changed.';

COMMENT ON COLUMN predictions.performance_marks.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.performance_marks.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.performance_marks.model_id IS 'The client''s name of the model.';

COMMENT ON COLUMN predictions.performance_marks.made_on IS 'Day, in UTC, on which the predictions were made.';

COMMENT ON COLUMN predictions.performance_marks.ml_model_id IS 'The registered model, of whose answers or outcomes some were changed or deleted.';

CREATE TABLE predictions.performance_quantiles (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    model_version_id uuid,
    role text NOT NULL,
    made_on date NOT NULL,
    n_predictions bigint NOT NULL,
    n_outcomes bigint NOT NULL,
    inference_times bigint[],
    losses bigint[],
    refreshed_at timestamp with time zone DEFAULT now() NOT NULL,
    confidences bigint[],
    errors bigint[],
    CONSTRAINT ck_performance_quantiles_n_outcomes_valid CHECK ((n_outcomes >= 0)),
    CONSTRAINT ck_performance_quantiles_n_predictions_valid CHECK ((n_predictions >= 0)),
    CONSTRAINT ck_performance_quantiles_role_valid CHECK ((role = ANY (ARRAY['live'::text, 'shadow'::text])))
);

ALTER TABLE ONLY predictions.performance_quantiles FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.performance_quantiles IS 'Rollup of a version''s answers of one day: time taken, confidence and error, as sketches.';

COMMENT ON COLUMN predictions.performance_quantiles.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.performance_quantiles.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.performance_quantiles.ml_model_id IS 'Model.';

COMMENT ON COLUMN predictions.performance_quantiles.model_version_id IS 'Version; NULL for answers that a client''s own engine gave under the model''s name.';

COMMENT ON COLUMN predictions.performance_quantiles.role IS 'Live or shadow.';

COMMENT ON COLUMN predictions.performance_quantiles.made_on IS 'Day, in UTC, on which the predictions were made.';

COMMENT ON COLUMN predictions.performance_quantiles.n_predictions IS 'Predictions made.';

COMMENT ON COLUMN predictions.performance_quantiles.n_outcomes IS 'Those of them that are closed.';

COMMENT ON COLUMN predictions.performance_quantiles.inference_times IS 'Sketch of inference_time_ms.';

COMMENT ON COLUMN predictions.performance_quantiles.losses IS 'Sketch of the losses of the closed ones.';

COMMENT ON COLUMN predictions.performance_quantiles.refreshed_at IS 'When it was computed.';

COMMENT ON COLUMN predictions.performance_quantiles.confidences IS 'Sketch of the confidences.';

COMMENT ON COLUMN predictions.performance_quantiles.errors IS 'Sketch of the errors of the closed ones, without their sign.';

CREATE TABLE predictions.prediction_keys (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid NOT NULL,
    prediction_key uuid NOT NULL
);

ALTER TABLE ONLY predictions.prediction_keys FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.prediction_keys IS 'The ids that clients gave their predictions: each once, which no partition could tell.';

COMMENT ON COLUMN predictions.prediction_keys.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.prediction_keys.id IS 'The prediction.';

COMMENT ON COLUMN predictions.prediction_keys.prediction_key IS 'MD5 of the id the client gave; shorter than such ids are.';

CREATE TABLE predictions.service_views (
    id uuid DEFAULT uuidv7() NOT NULL,
    service_name text NOT NULL,
    prediction_type text NOT NULL,
    fields jsonb NOT NULL,
    declared boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_service_views_fields_valid CHECK ((jsonb_typeof(fields) = 'array'::text)),
    CONSTRAINT ck_service_views_prediction_type_valid CHECK (((prediction_type <> ''::text) AND (length(prediction_type) <= 255))),
    CONSTRAINT ck_service_views_service_name_valid CHECK (((service_name <> ''::text) AND (length(service_name) <= 255)))
);

ALTER TABLE ONLY predictions.service_views FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.service_views IS 'A client service that has a view of its own, with the declaration of its columns.';

COMMENT ON COLUMN predictions.service_views.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.service_views.service_name IS 'As in ml_predictions.service_name.';

COMMENT ON COLUMN predictions.service_views.prediction_type IS 'What it predicts.';

COMMENT ON COLUMN predictions.service_views.fields IS 'Its columns: name, type, part, required, values.';

COMMENT ON COLUMN predictions.service_views.declared IS 'Whether it comes with Everlearn; else a command added it.';

COMMENT ON COLUMN predictions.service_views.created_at IS 'When it was added.';

CREATE TABLE predictions.stale_performance_days (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    made_on date NOT NULL
);

ALTER TABLE ONLY predictions.stale_performance_days FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.stale_performance_days IS 'A note that a model''s sums of a day were moved since its quantiles were computed.';

COMMENT ON COLUMN predictions.stale_performance_days.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.stale_performance_days.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.stale_performance_days.ml_model_id IS 'The model.';

COMMENT ON COLUMN predictions.stale_performance_days.made_on IS 'Day, in UTC, on which the predictions were made.';

CREATE TABLE registry.ml_models (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_id text NOT NULL,
    name text NOT NULL,
    task text,
    model_type text NOT NULL,
    framework text,
    description text,
    feature_set_id uuid,
    version text,
    status text DEFAULT 'training'::text NOT NULL,
    parameters jsonb DEFAULT '{}'::jsonb NOT NULL,
    hyperparameters jsonb,
    training_config jsonb,
    metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    model_data jsonb,
    model_path text,
    encrypted_model bytea,
    encryption_key_id text,
    training_job_id uuid,
    parent_model_id uuid,
    created_by text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deployed_at timestamp with time zone,
    retired_at timestamp with time zone,
    model_name text NOT NULL,
    performance_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT ck_ml_models_created_by_valid CHECK (((created_by <> ''::text) AND (length(created_by) <= 255))),
    CONSTRAINT ck_ml_models_hyperparameters_valid CHECK ((jsonb_typeof(hyperparameters) = 'object'::text)),
    CONSTRAINT ck_ml_models_metrics_valid CHECK ((jsonb_typeof(metrics) = 'object'::text)),
    CONSTRAINT ck_ml_models_model_data_valid CHECK ((jsonb_typeof(model_data) = 'object'::text)),
    CONSTRAINT ck_ml_models_model_id_valid CHECK (((model_id <> ''::text) AND (length(model_id) <= 255))),
    CONSTRAINT ck_ml_models_model_name_valid CHECK (((model_name <> ''::text) AND (length(model_name) <= 255))),
    CONSTRAINT ck_ml_models_model_type_valid CHECK (((model_type <> ''::text) AND (length(model_type) <= 255))),
    CONSTRAINT ck_ml_models_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_ml_models_parameters_valid CHECK ((jsonb_typeof(parameters) = 'object'::text)),
    CONSTRAINT ck_ml_models_performance_metrics_valid CHECK ((jsonb_typeof(performance_metrics) = 'object'::text)),
    CONSTRAINT ck_ml_models_recorded_version CHECK (((task IS NOT NULL) OR (version IS NOT NULL))),
    CONSTRAINT ck_ml_models_status_valid CHECK ((status = ANY (ARRAY['training'::text, 'active'::text, 'deprecated'::text, 'archived'::text, 'retired'::text, 'failed'::text]))),
    CONSTRAINT ck_ml_models_task_valid CHECK ((task = ANY (ARRAY['binary'::text, 'regression'::text]))),
    CONSTRAINT ck_ml_models_training_config_valid CHECK ((jsonb_typeof(training_config) = 'object'::text))
);

ALTER TABLE ONLY registry.ml_models FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE registry.ml_models IS 'A learned predictor, whatever version of it is active; or one that a client only records.

A model with a task is fitted and served here, one row for all its versions. A model without one
is a client''s record: one row for each version that the client writes down.';

COMMENT ON COLUMN registry.ml_models.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.ml_models.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.ml_models.model_id IS 'Id in the world outside; text of `id` when not given.';

COMMENT ON COLUMN registry.ml_models.name IS 'Name, unique among the models served here.';

COMMENT ON COLUMN registry.ml_models.task IS 'What it predicts; NULL when only recorded here.';

COMMENT ON COLUMN registry.ml_models.model_type IS 'Kind of predictor, such as gradient_boosting.';

COMMENT ON COLUMN registry.ml_models.framework IS 'Library that fits it, such as lightgbm.';

COMMENT ON COLUMN registry.ml_models.description IS 'What it is for, in the owner''s words.';

COMMENT ON COLUMN registry.ml_models.feature_set_id IS 'Feature set the next version is fitted on.';

COMMENT ON COLUMN registry.ml_models.version IS 'Text of the active version; NULL before the first.';

COMMENT ON COLUMN registry.ml_models.status IS 'Where it stands.';

COMMENT ON COLUMN registry.ml_models.parameters IS 'What the next fit starts from.';

COMMENT ON COLUMN registry.ml_models.hyperparameters IS 'Parameters of the learner alone.';

COMMENT ON COLUMN registry.ml_models.training_config IS 'How data are chosen and split for a fit.';

COMMENT ON COLUMN registry.ml_models.metrics IS 'Metrics of the active version.';

COMMENT ON COLUMN registry.ml_models.model_data IS 'Small model stored as JSON, when it is one.';

COMMENT ON COLUMN registry.ml_models.model_path IS 'Where an artifact outside the database lies.';

COMMENT ON COLUMN registry.ml_models.encrypted_model IS 'Encrypted model, when the tenant asked for encryption.';

COMMENT ON COLUMN registry.ml_models.encryption_key_id IS 'Key that `encrypted_model` opens with.';

COMMENT ON COLUMN registry.ml_models.training_job_id IS 'Training job that made the active version.';

COMMENT ON COLUMN registry.ml_models.parent_model_id IS 'Model this one was derived from.';

COMMENT ON COLUMN registry.ml_models.created_by IS 'Who or what registered it.';

COMMENT ON COLUMN registry.ml_models.created_at IS 'When it was registered.';

COMMENT ON COLUMN registry.ml_models.updated_at IS 'When the row was last changed.';

COMMENT ON COLUMN registry.ml_models.deployed_at IS 'When the active version became active.';

COMMENT ON COLUMN registry.ml_models.retired_at IS 'When it was retired.';

COMMENT ON COLUMN registry.ml_models.model_name IS 'The same as name; either may be written, name counts.';

COMMENT ON COLUMN registry.ml_models.performance_metrics IS 'The same as metrics; either may be written, metrics counts.';

CREATE TABLE registry.model_versions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid,
    model_id text NOT NULL,
    model_name text NOT NULL,
    number bigint,
    version text NOT NULL,
    version_type text DEFAULT 'base'::text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    is_active boolean DEFAULT false NOT NULL,
    parent_version_id uuid,
    artifact_id uuid,
    model_hash text,
    model_size_mb double precision,
    model_path text,
    model_type text,
    feature_set_id uuid,
    feature_names text[] DEFAULT '{}'::text[] NOT NULL,
    n_features bigint DEFAULT 0 NOT NULL,
    categorical jsonb,
    parameters jsonb DEFAULT '{}'::jsonb NOT NULL,
    performance_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    promised_loss double precision,
    dataset_id uuid,
    dataset_sha256 text,
    trained_until timestamp with time zone,
    training_job_id uuid,
    fine_tuning_job_id uuid,
    training_strategy text,
    training_data_version text,
    training_data_source text,
    base_model text,
    external_service text,
    description text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_by text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    activated_at timestamp with time zone,
    deactivated_at timestamp with time zone,
    file_path text,
    CONSTRAINT ck_model_versions_can_answer CHECK (((artifact_id IS NULL) OR (num_nulls(ml_model_id, number, model_hash, model_size_mb, model_type, trained_until) = 0))),
    CONSTRAINT ck_model_versions_categorical_valid CHECK ((jsonb_typeof(categorical) = 'object'::text)),
    CONSTRAINT ck_model_versions_created_by_valid CHECK (((created_by <> ''::text) AND (length(created_by) <= 255))),
    CONSTRAINT ck_model_versions_dataset_sha256_valid CHECK ((dataset_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_model_versions_external_service_valid CHECK ((external_service = ANY (ARRAY['openai'::text, 'anthropic'::text, 'self_hosted'::text, 'hybrid'::text]))),
    CONSTRAINT ck_model_versions_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_model_versions_model_hash_valid CHECK ((model_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_model_versions_model_id_valid CHECK (((model_id <> ''::text) AND (length(model_id) <= 255))),
    CONSTRAINT ck_model_versions_model_name_valid CHECK (((model_name <> ''::text) AND (length(model_name) <= 255))),
    CONSTRAINT ck_model_versions_model_size_mb_valid CHECK (((model_size_mb >= (0)::double precision) AND (model_size_mb < 'Infinity'::double precision))),
    CONSTRAINT ck_model_versions_model_type_valid CHECK (((model_type <> ''::text) AND (length(model_type) <= 255))),
    CONSTRAINT ck_model_versions_n_features_valid CHECK ((n_features >= 0)),
    CONSTRAINT ck_model_versions_number_valid CHECK ((number >= 0)),
    CONSTRAINT ck_model_versions_parameters_valid CHECK ((jsonb_typeof(parameters) = 'object'::text)),
    CONSTRAINT ck_model_versions_performance_metrics_valid CHECK ((jsonb_typeof(performance_metrics) = 'object'::text)),
    CONSTRAINT ck_model_versions_status_valid CHECK ((status = ANY (ARRAY['draft'::text, 'shadow'::text, 'active'::text, 'superseded'::text, 'rolled_back'::text, 'archived'::text]))),
    CONSTRAINT ck_model_versions_training_data_source_valid CHECK ((training_data_source = ANY (ARRAY['public_only'::text, 'own_codebase'::text, 'mixed'::text]))),
    CONSTRAINT ck_model_versions_training_strategy_valid CHECK ((training_strategy = ANY (ARRAY['pretrained'::text, 'fine_tuned'::text, 'custom'::text]))),
    CONSTRAINT ck_model_versions_version_type_valid CHECK ((version_type = ANY (ARRAY['base'::text, 'fine_tuned'::text, 'incremental'::text, 'hot_swap'::text]))),
    CONSTRAINT ck_model_versions_version_valid CHECK (((version <> ''::text) AND (length(version) <= 255)))
);

ALTER TABLE ONLY registry.model_versions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE registry.model_versions IS 'One version of a model, with its lineage; it can answer here when it has an artifact.';

COMMENT ON COLUMN registry.model_versions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.model_versions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.model_versions.ml_model_id IS 'The model; NULL when it is only recorded here.';

COMMENT ON COLUMN registry.model_versions.model_id IS 'The model''s id in the world outside; model_name if not given.';

COMMENT ON COLUMN registry.model_versions.model_name IS 'The model''s name; model_id if not given.';

COMMENT ON COLUMN registry.model_versions.number IS '1 for the model''s first version, then 2 and so on.';

COMMENT ON COLUMN registry.model_versions.version IS 'Semantic version, v1.0.0 first.';

COMMENT ON COLUMN registry.model_versions.version_type IS 'How it came to be.';

COMMENT ON COLUMN registry.model_versions.status IS 'Where it stands.';

COMMENT ON COLUMN registry.model_versions.is_active IS 'Whether it is the one that answers: status says active. Either may be written.';

COMMENT ON COLUMN registry.model_versions.parent_version_id IS 'Version it follows.';

COMMENT ON COLUMN registry.model_versions.artifact_id IS 'Its bytes; NULL when it cannot answer here.';

COMMENT ON COLUMN registry.model_versions.model_hash IS 'SHA-256 of the artifact''s plain bytes.';

COMMENT ON COLUMN registry.model_versions.model_size_mb IS 'Size of the plain bytes in MB (10^6 bytes).';

COMMENT ON COLUMN registry.model_versions.model_path IS 'Where an artifact outside the database lies.';

COMMENT ON COLUMN registry.model_versions.model_type IS 'Kind of predictor, such as gradient_boosting.';

COMMENT ON COLUMN registry.model_versions.feature_set_id IS 'Feature set it was fitted on.';

COMMENT ON COLUMN registry.model_versions.feature_names IS 'Names of the columns, in the artifact''s order.';

COMMENT ON COLUMN registry.model_versions.n_features IS 'How many there are.';

COMMENT ON COLUMN registry.model_versions.categorical IS 'Categorical feature -> its words by code; NULL when the feature set keeps them.';

COMMENT ON COLUMN registry.model_versions.parameters IS 'What it was fitted with.';

COMMENT ON COLUMN registry.model_versions.performance_metrics IS 'Measured on data the evaluated fit had not seen.';

COMMENT ON COLUMN registry.model_versions.promised_loss IS 'Mean loss it is expected to keep.';

COMMENT ON COLUMN registry.model_versions.dataset_id IS 'Data set it was fitted on.';

COMMENT ON COLUMN registry.model_versions.dataset_sha256 IS 'SHA-256 of that data set''s content.';

COMMENT ON COLUMN registry.model_versions.trained_until IS 'Nothing known later than this was used.';

COMMENT ON COLUMN registry.model_versions.training_job_id IS 'Training job that made it.';

COMMENT ON COLUMN registry.model_versions.fine_tuning_job_id IS 'Fine-tuning job that made it.';

COMMENT ON COLUMN registry.model_versions.training_strategy IS 'Where its knowledge comes from.';

COMMENT ON COLUMN registry.model_versions.training_data_version IS 'Version text of its data set.';

COMMENT ON COLUMN registry.model_versions.training_data_source IS 'Kind of data it saw.';

COMMENT ON COLUMN registry.model_versions.base_model IS 'Pretrained model it starts from.';

COMMENT ON COLUMN registry.model_versions.external_service IS 'Who runs it, when it is not run here.';

COMMENT ON COLUMN registry.model_versions.description IS 'What is special about it.';

COMMENT ON COLUMN registry.model_versions.metadata IS 'Whatever else its owner notes.';

COMMENT ON COLUMN registry.model_versions.created_by IS 'Who or what registered it.';

COMMENT ON COLUMN registry.model_versions.created_at IS 'When it was registered.';

COMMENT ON COLUMN registry.model_versions.activated_at IS 'When it last became active.';

COMMENT ON COLUMN registry.model_versions.deactivated_at IS 'When it last ceased to be active.';

COMMENT ON COLUMN registry.model_versions.file_path IS 'The same as model_path; either may be written, model_path counts.';

CREATE VIEW predictions.v_model_performance WITH (security_invoker='true') AS
 SELECT m.model_id,
    m.name AS model_name,
    m.tenant_id,
    ((g.metrics ->> 'accuracy'::text))::double precision AS accuracy,
    ((g.metrics ->> 'precision'::text))::double precision AS "precision",
    ((g.metrics ->> 'recall'::text))::double precision AS recall,
    (COALESCE((g.metrics ->> 'f1_score'::text), (g.metrics ->> 'f1'::text)))::double precision AS f1_score,
    COALESCE(s.prediction_count, (0)::bigint) AS total_predictions,
    (s.sum_confidence / (NULLIF(s.prediction_count, 0))::double precision) AS avg_confidence,
    (s.sum_inference_time_ms / (NULLIF(s.prediction_count, 0))::double precision) AS avg_inference_time
   FROM (((registry.ml_models m
     LEFT JOIN registry.model_versions v ON (((v.tenant_id = m.tenant_id) AND (v.ml_model_id = m.id) AND (v.status = 'active'::text))))
     CROSS JOIN LATERAL ( SELECT COALESCE(v.performance_metrics, m.metrics) AS metrics) g)
     LEFT JOIN predictions.model_performance_summary s ON (((s.tenant_id = m.tenant_id) AND (s.id = m.id))))
  WHERE (m.status = 'active'::text);

COMMENT ON VIEW predictions.v_model_performance IS 'Active models with the metrics of their version and what they answered so far.';

CREATE VIEW predictions.v_model_performance_summary WITH (security_invoker='true') AS
 SELECT s.id,
    s.tenant_id,
    s.name,
    s.version,
    s.model_type,
    s.prediction_count,
    s.avg_accuracy,
    s.validated_predictions,
    s.last_prediction,
    (s.sum_confidence / (NULLIF(s.prediction_count, 0))::double precision) AS avg_confidence,
    (s.sum_inference_time_ms / (NULLIF(s.prediction_count, 0))::double precision) AS avg_inference_time_ms,
    t.of[1] AS p50_inference_time_ms,
    t.of[2] AS p95_inference_time_ms,
    t.of[3] AS p99_inference_time_ms,
    c.of[1] AS p50_confidence,
    e.of[1] AS p50_error,
    e.of[2] AS p95_error,
    e.of[3] AS p99_error,
    q.refreshed_at
   FROM ((((predictions.model_performance_summary s
     LEFT JOIN predictions.model_performance_quantiles q ON (((q.tenant_id = s.tenant_id) AND (q.id = s.id))))
     CROSS JOIN LATERAL ( SELECT app.sketch_quantiles(q.inference_times, '{0.5,0.95,0.99}'::double precision[]) AS of) t)
     CROSS JOIN LATERAL ( SELECT app.sketch_quantiles(q.confidences, '{0.5}'::double precision[]) AS of) c)
     CROSS JOIN LATERAL ( SELECT app.sketch_quantiles(q.errors, '{0.5,0.95,0.99}'::double precision[]) AS of) e);

COMMENT ON VIEW predictions.v_model_performance_summary IS 'model_performance_summary with quantiles of what was answered live, at most 1 % off.';

CREATE VIEW predictions.v_predictions WITH (security_invoker='true') AS
 SELECT p.tenant_id,
    p.id,
    p.prediction_kind,
    p.prediction_id,
    p.service_name,
    p.prediction_type,
    p.ml_model_id,
    p.model_version_id,
    p.model_version,
    p.role,
    p.source,
    p.entity_id,
    p.feature_row_id,
    p.raw_margin,
    p.predicted_value,
    p.confidence_interval_lower,
    p.confidence_interval_upper,
    p.confidence,
    p.confidence_score,
    p.reasons,
    p.violation_probability,
    p.time_to_violation_hours,
    p.risk_level,
    p.risk_score,
    p.impact_factors,
    p.uncertainty_sources,
    p.recommendations,
    p.attention_weights,
    p.context,
    p.inference_time_ms,
    p.prediction_timestamp,
    p.expires_at,
    p.remediation_status,
    p.remediation_id,
    p.prediction_timestamp AS created_at,
    COALESCE(p.resource_id, p.entity_id) AS resource_id,
    COALESCE(m.name, c.name) AS model_name,
    COALESCE(p.model_id, m.model_id) AS model_id,
    o.actual_value,
    abs(o.error) AS error,
    o.loss,
    o.happened_at,
    o.known_at,
    o.further_values,
    COALESCE(p.features_used, ( SELECT jsonb_object_agg(n.name,
                CASE
                    WHEN (n.value = 'NaN'::real) THEN 'null'::jsonb
                    ELSE COALESCE(( SELECT to_jsonb(c_1.word) AS to_jsonb
                       FROM features.feature_categories c_1
                      WHERE ((n.name = ANY (fs.categorical)) AND (c_1.tenant_id = f.tenant_id) AND (c_1.set_name = fs.name) AND (c_1.feature = n.name) AND ((c_1.code)::double precision = n.value))), to_jsonb(n.value))
                END) AS jsonb_object_agg
           FROM UNNEST(fs.names, f."values") n(name, value))) AS features_used,
    COALESCE(p.shap_values, ( SELECT jsonb_object_agg(n.name, p.reasons[n."position"]) AS jsonb_object_agg
           FROM unnest(v.feature_names) WITH ORDINALITY n(name, "position")
          WHERE (p.reasons IS NOT NULL))) AS shap_values
   FROM ((((((predictions.ml_predictions p
     LEFT JOIN registry.model_versions v ON (((v.tenant_id = p.tenant_id) AND (v.id = p.model_version_id))))
     LEFT JOIN registry.ml_models m ON (((m.tenant_id = p.tenant_id) AND (m.id = p.ml_model_id))))
     LEFT JOIN registry.ml_models c ON (((p.ml_model_id IS NULL) AND (c.tenant_id = p.tenant_id) AND (c.model_id = p.model_id))))
     LEFT JOIN features.ml_feature_store f ON (((f.tenant_id = p.tenant_id) AND (f.id = p.feature_row_id))))
     LEFT JOIN features.feature_sets fs ON (((fs.tenant_id = f.tenant_id) AND (fs.id = f.feature_set_id))))
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))));

COMMENT ON VIEW predictions.v_predictions IS 'Predictions with outcome, named features and named reasons; error is without its sign.';

CREATE VIEW predictions.v_recent_predictions WITH (security_invoker='true') AS
 SELECT p.id,
    COALESCE(p.prediction_id, (p.id)::text) AS prediction_id,
    COALESCE(p.resource_id, p.entity_id) AS resource_id,
    p.tenant_id,
    COALESCE(p.model_id, m.model_id) AS model_id,
    COALESCE(p.violation_probability, p.predicted_value) AS violation_probability,
    p.time_to_violation_hours,
    COALESCE(p.confidence_score, p.confidence) AS confidence_score,
    p.confidence_interval_lower,
    p.confidence_interval_upper,
    p.risk_level,
    p.risk_score,
    p.impact_factors,
    p.uncertainty_sources,
    p.recommendations,
    COALESCE(p.features_used, ( SELECT jsonb_object_agg(n.name,
                CASE
                    WHEN (n.value = 'NaN'::real) THEN 'null'::jsonb
                    ELSE COALESCE(( SELECT to_jsonb(c_1.word) AS to_jsonb
                       FROM features.feature_categories c_1
                      WHERE ((n.name = ANY (fs.categorical)) AND (c_1.tenant_id = f.tenant_id) AND (c_1.set_name = fs.name) AND (c_1.feature = n.name) AND ((c_1.code)::double precision = n.value))), to_jsonb(n.value))
                END) AS jsonb_object_agg
           FROM UNNEST(fs.names, f."values") n(name, value))) AS features_used,
    COALESCE(p.shap_values, ( SELECT jsonb_object_agg(n.name, p.reasons[n."position"]) AS jsonb_object_agg
           FROM unnest(v.feature_names) WITH ORDINALITY n(name, "position")
          WHERE (p.reasons IS NOT NULL))) AS shap_values,
    p.attention_weights,
    p.inference_time_ms,
    p.model_version,
    p.prediction_timestamp,
    p.expires_at,
    p.remediation_status,
    p.remediation_id,
    COALESCE(m.name, c.name) AS model_name,
    COALESCE(m.model_type, c.model_type) AS model_type,
    (COALESCE((v.performance_metrics ->> 'accuracy'::text), (c.metrics ->> 'accuracy'::text)))::double precision AS model_accuracy
   FROM (((((predictions.ml_predictions p
     LEFT JOIN registry.model_versions v ON (((v.tenant_id = p.tenant_id) AND (v.id = p.model_version_id))))
     LEFT JOIN registry.ml_models m ON (((m.tenant_id = p.tenant_id) AND (m.id = p.ml_model_id))))
     LEFT JOIN registry.ml_models c ON (((p.ml_model_id IS NULL) AND (c.tenant_id = p.tenant_id) AND (c.model_id = p.model_id))))
     LEFT JOIN features.ml_feature_store f ON (((f.tenant_id = p.tenant_id) AND (f.id = p.feature_row_id))))
     LEFT JOIN features.feature_sets fs ON (((fs.tenant_id = f.tenant_id) AND (fs.id = f.feature_set_id))))
  WHERE ((p.id >= app.uuid_floor((now() - '24:00:00'::interval))) AND (p.role = 'live'::text))
  ORDER BY p.id DESC;

COMMENT ON VIEW predictions.v_recent_predictions IS 'What was answered live in the last 24 hours of the server''s clock, newest first.';

CREATE TABLE registry.artifacts (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    sha256 text NOT NULL,
    kind text NOT NULL,
    size_bytes bigint NOT NULL,
    encoding text DEFAULT 'zlib'::text NOT NULL,
    content bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_artifacts_encoding_valid CHECK (((encoding <> ''::text) AND (length(encoding) <= 255))),
    CONSTRAINT ck_artifacts_kind_valid CHECK (((kind <> ''::text) AND (length(kind) <= 255))),
    CONSTRAINT ck_artifacts_sha256_valid CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_artifacts_size_bytes_valid CHECK ((size_bytes >= 0))
);
ALTER TABLE ONLY registry.artifacts ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE ONLY registry.artifacts FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE registry.artifacts IS 'The bytes of a fitted model, stored once for each content.';

COMMENT ON COLUMN registry.artifacts.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.artifacts.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.artifacts.sha256 IS 'SHA-256 of the plain bytes; names the content.';

COMMENT ON COLUMN registry.artifacts.kind IS 'Format of the plain bytes, such as lightgbm-text.';

COMMENT ON COLUMN registry.artifacts.size_bytes IS 'Size of the plain bytes.';

COMMENT ON COLUMN registry.artifacts.encoding IS 'How `content` holds the plain bytes.';

COMMENT ON COLUMN registry.artifacts.content IS 'The bytes, encoded.';

COMMENT ON COLUMN registry.artifacts.created_at IS 'When the content was first stored.';

CREATE TABLE registry.custom_models (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    user_id uuid,
    model_name text NOT NULL,
    model_id text NOT NULL,
    endpoint_url text NOT NULL,
    provider text DEFAULT 'openai-compatible'::text NOT NULL,
    api_key_encrypted text,
    api_key_iv text,
    encryption_key_id text,
    headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    config jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    is_public boolean DEFAULT false NOT NULL,
    description text,
    model_version_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_custom_models_api_key_encrypted_valid CHECK ((api_key_encrypted ~ '^[A-Za-z0-9+/]{32,}={0,2}$'::text)),
    CONSTRAINT ck_custom_models_config_valid CHECK ((jsonb_typeof(config) = 'object'::text)),
    CONSTRAINT ck_custom_models_encryption_key_id_valid CHECK (((encryption_key_id <> ''::text) AND (length(encryption_key_id) <= 255))),
    CONSTRAINT ck_custom_models_endpoint_url_valid CHECK (((endpoint_url ~ '^https?://[^@/?#]+([/?#]|$)'::text) AND (endpoint_url !~* '[?&#][^=]*(authorization|cookie|token|secret|password|key)[^=&]*='::text))),
    CONSTRAINT ck_custom_models_headers_valid CHECK (((jsonb_typeof(headers) = 'object'::text) AND ((headers)::text !~* '"[^"]*(authorization|cookie|token|secret|password|key)[^"]*" *:'::text))),
    CONSTRAINT ck_custom_models_model_id_valid CHECK ((model_id ~ '^custom:[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'::text)),
    CONSTRAINT ck_custom_models_model_name_valid CHECK (((model_name <> ''::text) AND (length(model_name) <= 255))),
    CONSTRAINT ck_custom_models_provider_valid CHECK ((provider = ANY (ARRAY['openai-compatible'::text, 'anthropic-compatible'::text, 'custom'::text]))),
    CONSTRAINT ck_custom_models_sealed_whole CHECK ((((api_key_encrypted IS NULL) = (api_key_iv IS NULL)) AND ((encryption_key_id IS NULL) OR (api_key_encrypted IS NOT NULL))))
);

ALTER TABLE ONLY registry.custom_models FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE registry.custom_models IS 'An endpoint of a user''s own that answers like a model; its key is stored sealed only.';

COMMENT ON COLUMN registry.custom_models.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.custom_models.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.custom_models.user_id IS 'Whose it is.';

COMMENT ON COLUMN registry.custom_models.model_name IS 'Name shown to people.';

COMMENT ON COLUMN registry.custom_models.model_id IS '`custom:` and a short name, unique for the user.';

COMMENT ON COLUMN registry.custom_models.endpoint_url IS 'Address that answers, without a user or password.';

COMMENT ON COLUMN registry.custom_models.provider IS 'Whose interface it speaks.';

COMMENT ON COLUMN registry.custom_models.api_key_encrypted IS 'The API key, sealed, in base64; not shown.';

COMMENT ON COLUMN registry.custom_models.api_key_iv IS 'Nonce it was sealed with; not shown.';

COMMENT ON COLUMN registry.custom_models.encryption_key_id IS 'Name of the key that opens it.';

COMMENT ON COLUMN registry.custom_models.headers IS 'Headers sent with each call; those that carry a key are refused.';

COMMENT ON COLUMN registry.custom_models.config IS 'Defaults of a call, such as temperature.';

COMMENT ON COLUMN registry.custom_models.is_active IS 'Whether calls may go to it.';

COMMENT ON COLUMN registry.custom_models.is_public IS 'Whether all of the tenant may use it.';

COMMENT ON COLUMN registry.custom_models.description IS 'What it is good for, in the owner''s words.';

COMMENT ON COLUMN registry.custom_models.model_version_id IS 'Version of ours it serves, if it does.';

COMMENT ON COLUMN registry.custom_models.created_at IS 'When it was registered.';

COMMENT ON COLUMN registry.custom_models.updated_at IS 'When the row was last changed.';

CREATE TABLE registry.model_deployments (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid,
    number bigint,
    model_version_id uuid NOT NULL,
    replaced_version_id uuid,
    kind text DEFAULT 'promotion'::text NOT NULL,
    environment text DEFAULT 'prod'::text NOT NULL,
    endpoint_url text,
    deployment_status text DEFAULT 'pending'::text NOT NULL,
    deployment_notes text,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    deployed_by text,
    deployed_at timestamp with time zone,
    ended_at timestamp with time zone,
    rolled_back_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_model_deployments_deployed_by_valid CHECK (((deployed_by <> ''::text) AND (length(deployed_by) <= 255))),
    CONSTRAINT ck_model_deployments_deployment_status_valid CHECK ((deployment_status = ANY (ARRAY['pending'::text, 'deployed'::text, 'superseded'::text, 'rolled_back'::text, 'failed'::text]))),
    CONSTRAINT ck_model_deployments_environment_valid CHECK ((environment = ANY (ARRAY['dev'::text, 'staging'::text, 'prod'::text]))),
    CONSTRAINT ck_model_deployments_evidence_valid CHECK ((jsonb_typeof(evidence) = 'object'::text)),
    CONSTRAINT ck_model_deployments_kind_valid CHECK ((kind = ANY (ARRAY['promotion'::text, 'rollback'::text]))),
    CONSTRAINT ck_model_deployments_made_here CHECK (((ml_model_id IS NULL) OR (num_nulls(number, deployment_notes, deployed_by) = 0))),
    CONSTRAINT ck_model_deployments_number_valid CHECK ((number >= 0))
);

ALTER TABLE ONLY registry.model_deployments FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE registry.model_deployments IS 'A span of time in which one version was active, or a deployment that a client records.';

COMMENT ON COLUMN registry.model_deployments.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.model_deployments.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.model_deployments.ml_model_id IS 'The model; NULL when it is only recorded here.';

COMMENT ON COLUMN registry.model_deployments.number IS '1 for the model''s first deployment, then 2 and so on.';

COMMENT ON COLUMN registry.model_deployments.model_version_id IS 'The version.';

COMMENT ON COLUMN registry.model_deployments.replaced_version_id IS 'Version that was active before.';

COMMENT ON COLUMN registry.model_deployments.kind IS 'Promotion or rollback.';

COMMENT ON COLUMN registry.model_deployments.environment IS 'Where it is deployed.';

COMMENT ON COLUMN registry.model_deployments.endpoint_url IS 'Address that serves it, when it is not this server.';

COMMENT ON COLUMN registry.model_deployments.deployment_status IS 'How it stands, or how it ended.';

COMMENT ON COLUMN registry.model_deployments.deployment_notes IS 'Why it was made, in one sentence.';

COMMENT ON COLUMN registry.model_deployments.evidence IS 'What the decision was based on.';

COMMENT ON COLUMN registry.model_deployments.deployed_by IS 'Who or what decided.';

COMMENT ON COLUMN registry.model_deployments.deployed_at IS 'When it began.';

COMMENT ON COLUMN registry.model_deployments.ended_at IS 'When it ended; NULL while it lasts.';

COMMENT ON COLUMN registry.model_deployments.rolled_back_at IS 'When it was rolled back, if it was.';

COMMENT ON COLUMN registry.model_deployments.created_at IS 'When the row was made.';

CREATE VIEW registry.v_ml_models WITH (security_invoker='true') AS
 SELECT tenant_id,
    id,
    model_id,
    name,
    name AS model_name,
    task,
    model_type,
    framework,
    version,
    status,
    parameters,
    hyperparameters,
    training_config,
    metrics,
    metrics AS performance_metrics,
    training_job_id,
    parent_model_id,
    created_by,
    created_at,
    updated_at,
    deployed_at,
    retired_at
   FROM registry.ml_models m
  WHERE (tenant_id = app.tenant_id());

COMMENT ON VIEW registry.v_ml_models IS 'Models under both of their names: name and model_name, metrics and performance_metrics.';

CREATE VIEW registry.v_model_versions WITH (security_invoker='true') AS
 SELECT tenant_id,
    id,
    ml_model_id,
    model_id,
    model_name,
    number,
    version,
    version_type,
    status,
    is_active,
    parent_version_id,
    model_hash,
    model_size_mb,
    model_path,
    model_path AS file_path,
    model_type,
    feature_set_id,
    feature_names,
    n_features,
    parameters,
    performance_metrics,
    promised_loss,
    dataset_id,
    dataset_sha256,
    trained_until,
    training_job_id,
    description,
    metadata,
    created_by,
    created_at,
    activated_at,
    deactivated_at
   FROM registry.model_versions v
  WHERE (tenant_id = app.tenant_id());

COMMENT ON VIEW registry.v_model_versions IS 'Versions for other modules and for people; model_path also as file_path.';

CREATE TABLE tenancy.api_keys (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    kind text DEFAULT 'key'::text NOT NULL,
    role text DEFAULT 'writer'::text NOT NULL,
    user_id uuid,
    made_from uuid,
    prefix text NOT NULL,
    secret_sha256 text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_api_keys_kind_valid CHECK ((kind = ANY (ARRAY['key'::text, 'session'::text, 'sign_in'::text]))),
    CONSTRAINT ck_api_keys_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_api_keys_prefix_valid CHECK (((prefix <> ''::text) AND (length(prefix) <= 255))),
    CONSTRAINT ck_api_keys_role_valid CHECK ((role = ANY (ARRAY['reader'::text, 'writer'::text, 'admin'::text]))),
    CONSTRAINT ck_api_keys_secret_sha256_valid CHECK ((secret_sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE ONLY tenancy.api_keys FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.api_keys IS 'A secret that acts for a tenant: an API key, a browser session or a one-time sign-in.';

COMMENT ON COLUMN tenancy.api_keys.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.api_keys.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.api_keys.name IS 'What it is for, in the owner''s words.';

COMMENT ON COLUMN tenancy.api_keys.kind IS 'How it is used.';

COMMENT ON COLUMN tenancy.api_keys.role IS 'What its holder may do.';

COMMENT ON COLUMN tenancy.api_keys.user_id IS 'User it acts for, if any.';

COMMENT ON COLUMN tenancy.api_keys.made_from IS 'Key that a session was opened with; ends with it.';

COMMENT ON COLUMN tenancy.api_keys.prefix IS 'First characters, to recognise it by.';

COMMENT ON COLUMN tenancy.api_keys.secret_sha256 IS 'SHA-256 of the secret; the secret is not stored.';

COMMENT ON COLUMN tenancy.api_keys.created_at IS 'When it was made.';

COMMENT ON COLUMN tenancy.api_keys.expires_at IS 'When it stops working; NULL means never.';

COMMENT ON COLUMN tenancy.api_keys.revoked_at IS 'When it was revoked or used up.';

CREATE TABLE tenancy.collaboration_sessions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    workspace_id uuid NOT NULL,
    session_name text NOT NULL,
    session_type text NOT NULL,
    participants uuid[] NOT NULL,
    host_id uuid,
    status text DEFAULT 'active'::text NOT NULL,
    session_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT ck_collaboration_sessions_ended_at_valid CHECK ((ended_at >= started_at)),
    CONSTRAINT ck_collaboration_sessions_session_data_valid CHECK ((jsonb_typeof(session_data) = 'object'::text)),
    CONSTRAINT ck_collaboration_sessions_session_name_valid CHECK (((session_name <> ''::text) AND (length(session_name) <= 255))),
    CONSTRAINT ck_collaboration_sessions_session_type_valid CHECK ((session_type = ANY (ARRAY['code_review'::text, 'pair_programming'::text, 'design'::text, 'planning'::text]))),
    CONSTRAINT ck_collaboration_sessions_status_valid CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'ended'::text])))
);

ALTER TABLE ONLY tenancy.collaboration_sessions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.collaboration_sessions IS 'People who work in a workspace at the same time; seen by its host and participants.';

COMMENT ON COLUMN tenancy.collaboration_sessions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.collaboration_sessions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.collaboration_sessions.workspace_id IS 'Workspace it takes place in.';

COMMENT ON COLUMN tenancy.collaboration_sessions.session_name IS 'What it is about.';

COMMENT ON COLUMN tenancy.collaboration_sessions.session_type IS 'What is done in it.';

COMMENT ON COLUMN tenancy.collaboration_sessions.participants IS 'Users who take part, the host among them.';

COMMENT ON COLUMN tenancy.collaboration_sessions.host_id IS 'User who leads it.';

COMMENT ON COLUMN tenancy.collaboration_sessions.status IS 'Where it stands.';

COMMENT ON COLUMN tenancy.collaboration_sessions.session_data IS 'What the participants share.';

COMMENT ON COLUMN tenancy.collaboration_sessions.started_at IS 'When it began.';

COMMENT ON COLUMN tenancy.collaboration_sessions.ended_at IS 'When it ended; NULL while it has not.';

CREATE TABLE tenancy.enterprise_settings (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    team_id uuid NOT NULL,
    setting_key text NOT NULL,
    setting_value jsonb NOT NULL,
    setting_type text NOT NULL,
    description text,
    is_encrypted boolean DEFAULT false NOT NULL,
    updated_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_enterprise_settings_setting_key_valid CHECK (((setting_key <> ''::text) AND (length(setting_key) <= 255))),
    CONSTRAINT ck_enterprise_settings_setting_type_valid CHECK ((setting_type = ANY (ARRAY['string'::text, 'number'::text, 'boolean'::text, 'json'::text, 'array'::text]))),
    CONSTRAINT ck_enterprise_settings_setting_value_valid CHECK ((jsonb_typeof(setting_value) =
CASE setting_type
    WHEN 'json'::text THEN 'object'::text
    ELSE setting_type
END))
);

ALTER TABLE ONLY tenancy.enterprise_settings FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.enterprise_settings IS 'A setting of a team, of a declared type; for the team''s admins only.';

COMMENT ON COLUMN tenancy.enterprise_settings.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.enterprise_settings.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.enterprise_settings.team_id IS 'Team it is for.';

COMMENT ON COLUMN tenancy.enterprise_settings.setting_key IS 'Name of the setting.';

COMMENT ON COLUMN tenancy.enterprise_settings.setting_value IS 'Its value, of the type in setting_type.';

COMMENT ON COLUMN tenancy.enterprise_settings.setting_type IS 'Type of the value; json is an object.';

COMMENT ON COLUMN tenancy.enterprise_settings.description IS 'What it does.';

COMMENT ON COLUMN tenancy.enterprise_settings.is_encrypted IS 'Whether the value is stored encrypted.';

COMMENT ON COLUMN tenancy.enterprise_settings.updated_by IS 'User who set it last.';

COMMENT ON COLUMN tenancy.enterprise_settings.created_at IS 'When it was first set.';

COMMENT ON COLUMN tenancy.enterprise_settings.updated_at IS 'When it was last set.';

CREATE TABLE tenancy.role_permissions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    role_name text NOT NULL,
    resource_type text NOT NULL,
    resource_id text,
    permission_type text NOT NULL,
    custom_permissions jsonb DEFAULT '{}'::jsonb NOT NULL,
    conditions jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_role_permissions_conditions_valid CHECK ((jsonb_typeof(conditions) = 'object'::text)),
    CONSTRAINT ck_role_permissions_custom_permissions_valid CHECK ((jsonb_typeof(custom_permissions) = 'object'::text)),
    CONSTRAINT ck_role_permissions_permission_type_valid CHECK ((permission_type = ANY (ARRAY['read'::text, 'write'::text, 'delete'::text, 'admin'::text, 'custom'::text]))),
    CONSTRAINT ck_role_permissions_resource_type_valid CHECK ((resource_type = ANY (ARRAY['api'::text, 'feature'::text, 'data'::text, 'workspace'::text]))),
    CONSTRAINT ck_role_permissions_role_name_valid CHECK (((role_name <> ''::text) AND (length(role_name) <= 255)))
);

ALTER TABLE ONLY tenancy.role_permissions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.role_permissions IS 'What a role may do with resources of a type, or with one; no user reads or writes it.';

COMMENT ON COLUMN tenancy.role_permissions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.role_permissions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.role_permissions.role_name IS 'Role of a team (owner, admin, member, viewer), or of the tenant with the word tenant before it (tenant.admin, tenant.writer, tenant.reader).';

COMMENT ON COLUMN tenancy.role_permissions.resource_type IS 'What it is about.';

COMMENT ON COLUMN tenancy.role_permissions.resource_id IS 'One resource; NULL means all of this type.';

COMMENT ON COLUMN tenancy.role_permissions.permission_type IS 'What is permitted; admin includes everything else.';

COMMENT ON COLUMN tenancy.role_permissions.custom_permissions IS 'Actions of the type custom: name to true.';

COMMENT ON COLUMN tenancy.role_permissions.conditions IS 'What must hold: each of these keys has this value in the question''s context.';

COMMENT ON COLUMN tenancy.role_permissions.is_active IS 'Whether it counts.';

COMMENT ON COLUMN tenancy.role_permissions.created_at IS 'When it was granted.';

COMMENT ON COLUMN tenancy.role_permissions.updated_at IS 'When it was last changed.';

CREATE TABLE tenancy.shared_workspaces (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    team_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    workspace_type text NOT NULL,
    config jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_public boolean DEFAULT false NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_shared_workspaces_config_valid CHECK ((jsonb_typeof(config) = 'object'::text)),
    CONSTRAINT ck_shared_workspaces_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_shared_workspaces_workspace_type_valid CHECK ((workspace_type = ANY (ARRAY['codebase'::text, 'dashboard'::text, 'analytics'::text, 'mlops'::text])))
);

ALTER TABLE ONLY tenancy.shared_workspaces FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.shared_workspaces IS 'A workspace of a team; its members see it, and when it is public the whole tenant does.';

COMMENT ON COLUMN tenancy.shared_workspaces.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.shared_workspaces.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.shared_workspaces.team_id IS 'Team that shares it.';

COMMENT ON COLUMN tenancy.shared_workspaces.name IS 'Name shown to people.';

COMMENT ON COLUMN tenancy.shared_workspaces.description IS 'What it is for.';

COMMENT ON COLUMN tenancy.shared_workspaces.workspace_type IS 'What is worked on in it.';

COMMENT ON COLUMN tenancy.shared_workspaces.config IS 'How it is laid out.';

COMMENT ON COLUMN tenancy.shared_workspaces.is_public IS 'Whether every user of the tenant sees it.';

COMMENT ON COLUMN tenancy.shared_workspaces.created_by IS 'User who made it.';

COMMENT ON COLUMN tenancy.shared_workspaces.created_at IS 'When it was made.';

COMMENT ON COLUMN tenancy.shared_workspaces.updated_at IS 'When it was last changed.';

CREATE TABLE tenancy.sso_configurations (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    team_id uuid NOT NULL,
    sso_type text NOT NULL,
    provider_name text NOT NULL,
    enabled boolean DEFAULT false NOT NULL,
    config jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_sso_configurations_config_valid CHECK ((jsonb_typeof(config) = 'object'::text)),
    CONSTRAINT ck_sso_configurations_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_sso_configurations_provider_name_valid CHECK (((provider_name <> ''::text) AND (length(provider_name) <= 255))),
    CONSTRAINT ck_sso_configurations_sso_type_valid CHECK ((sso_type = ANY (ARRAY['saml'::text, 'oauth'::text, 'oidc'::text, 'ldap'::text])))
);

ALTER TABLE ONLY tenancy.sso_configurations FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.sso_configurations IS 'How a team''s users sign in through an identity provider; for the team''s admins only.';

COMMENT ON COLUMN tenancy.sso_configurations.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.sso_configurations.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.sso_configurations.team_id IS 'Team it is for.';

COMMENT ON COLUMN tenancy.sso_configurations.sso_type IS 'Protocol.';

COMMENT ON COLUMN tenancy.sso_configurations.provider_name IS 'Identity provider, such as okta.';

COMMENT ON COLUMN tenancy.sso_configurations.enabled IS 'Whether it is in use.';

COMMENT ON COLUMN tenancy.sso_configurations.config IS 'What the protocol needs; holds secrets and is never shown.';

COMMENT ON COLUMN tenancy.sso_configurations.metadata IS 'More about it.';

COMMENT ON COLUMN tenancy.sso_configurations.created_at IS 'When it was set up.';

COMMENT ON COLUMN tenancy.sso_configurations.updated_at IS 'When it was last changed.';

CREATE TABLE tenancy.team_members (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    team_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    permissions jsonb DEFAULT '{}'::jsonb NOT NULL,
    invited_by uuid,
    joined_at timestamp with time zone DEFAULT now() NOT NULL,
    last_active_at timestamp with time zone,
    CONSTRAINT ck_team_members_permissions_valid CHECK ((jsonb_typeof(permissions) = 'object'::text)),
    CONSTRAINT ck_team_members_role_valid CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text])))
);

ALTER TABLE ONLY tenancy.team_members FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.team_members IS 'A user''s place in a team; members see who else is there, its admins decide.';

COMMENT ON COLUMN tenancy.team_members.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.team_members.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.team_members.team_id IS 'Team.';

COMMENT ON COLUMN tenancy.team_members.user_id IS 'User who belongs to it.';

COMMENT ON COLUMN tenancy.team_members.role IS 'What the user may do in the team.';

COMMENT ON COLUMN tenancy.team_members.permissions IS 'Particular rights, as the team names them.';

COMMENT ON COLUMN tenancy.team_members.invited_by IS 'User who let this one in.';

COMMENT ON COLUMN tenancy.team_members.joined_at IS 'When the user joined.';

COMMENT ON COLUMN tenancy.team_members.last_active_at IS 'When the user was last seen in the team.';

CREATE TABLE tenancy.teams (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    description text,
    owner_id uuid NOT NULL,
    avatar_url text,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_teams_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_teams_settings_valid CHECK ((jsonb_typeof(settings) = 'object'::text))
);

ALTER TABLE ONLY tenancy.teams FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.teams IS 'A team of users of one tenant; its owner and its members see it.';

COMMENT ON COLUMN tenancy.teams.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.teams.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.teams.name IS 'Name of the team, unique within the tenant.';

COMMENT ON COLUMN tenancy.teams.description IS 'What the team is for.';

COMMENT ON COLUMN tenancy.teams.owner_id IS 'User who answers for the team.';

COMMENT ON COLUMN tenancy.teams.avatar_url IS 'Address of its picture.';

COMMENT ON COLUMN tenancy.teams.settings IS 'Settings that every member may read.';

COMMENT ON COLUMN tenancy.teams.is_active IS 'Whether it is in use; the roles of an inactive team permit nothing.';

COMMENT ON COLUMN tenancy.teams.created_at IS 'When it was made.';

COMMENT ON COLUMN tenancy.teams.updated_at IS 'When it was last changed.';

CREATE TABLE tenancy.tenants (
    id uuid DEFAULT uuidv7() NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    job_queue text DEFAULT 'default'::text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_tenants_job_queue_valid CHECK (((job_queue <> ''::text) AND (length(job_queue) <= 255))),
    CONSTRAINT ck_tenants_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_tenants_settings_valid CHECK ((jsonb_typeof(settings) = 'object'::text)),
    CONSTRAINT ck_tenants_slug_valid CHECK (((slug <> ''::text) AND (length(slug) <= 255)))
);

ALTER TABLE ONLY tenancy.tenants FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.tenants IS 'A tenant: the unit of isolation. It sees its own row only.';

COMMENT ON COLUMN tenancy.tenants.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.tenants.slug IS 'Short name used on the command line and in addresses.';

COMMENT ON COLUMN tenancy.tenants.name IS 'Name shown to people.';

COMMENT ON COLUMN tenancy.tenants.is_active IS 'An inactive tenant''s keys do not work.';

COMMENT ON COLUMN tenancy.tenants.job_queue IS 'Queue its jobs go to.';

COMMENT ON COLUMN tenancy.tenants.settings IS 'Tenant-wide settings, such as alpha.';

COMMENT ON COLUMN tenancy.tenants.created_at IS 'When it was made.';

COMMENT ON COLUMN tenancy.tenants.updated_at IS 'When it was last changed.';

CREATE TABLE tenancy.users (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    email text NOT NULL,
    username text NOT NULL,
    hashed_password text,
    full_name text,
    role text DEFAULT 'reader'::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    is_superuser boolean DEFAULT false NOT NULL,
    last_login timestamp with time zone,
    preferred_industry text,
    preferred_language text DEFAULT 'en'::text NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_users_email_valid CHECK (((email <> ''::text) AND (length(email) <= 255))),
    CONSTRAINT ck_users_role_valid CHECK ((role = ANY (ARRAY['reader'::text, 'writer'::text, 'admin'::text]))),
    CONSTRAINT ck_users_username_valid CHECK (((username <> ''::text) AND (length(username) <= 255)))
);

ALTER TABLE ONLY tenancy.users FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenancy.users IS 'A person''s account and preferences.';

COMMENT ON COLUMN tenancy.users.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN tenancy.users.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN tenancy.users.email IS 'Address, unique within the tenant.';

COMMENT ON COLUMN tenancy.users.username IS 'Name to sign in with, unique within the tenant.';

COMMENT ON COLUMN tenancy.users.hashed_password IS 'Password hash; NULL when keys or SSO are used.';

COMMENT ON COLUMN tenancy.users.full_name IS 'Name shown to people.';

COMMENT ON COLUMN tenancy.users.role IS 'What the user may do.';

COMMENT ON COLUMN tenancy.users.is_active IS 'Whether the account works.';

COMMENT ON COLUMN tenancy.users.is_superuser IS 'Administers the whole tenant.';

COMMENT ON COLUMN tenancy.users.last_login IS 'When the user last signed in.';

COMMENT ON COLUMN tenancy.users.preferred_industry IS 'Industry shown first.';

COMMENT ON COLUMN tenancy.users.preferred_language IS 'Language tag, such as en.';

COMMENT ON COLUMN tenancy.users.timezone IS 'IANA time zone of the user.';

COMMENT ON COLUMN tenancy.users.created_at IS 'When the account was made.';

COMMENT ON COLUMN tenancy.users.updated_at IS 'When it was last changed.';

CREATE TABLE training.ml_training_jobs (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    job_id text NOT NULL,
    ml_model_id uuid NOT NULL,
    run_id uuid NOT NULL,
    model_type text NOT NULL,
    trigger_reason text NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    training_config jsonb NOT NULL,
    hyperparameters jsonb,
    as_of timestamp with time zone,
    dataset_info jsonb,
    metrics jsonb,
    error_message text,
    model_version_id uuid,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    estimated_completion timestamp with time zone,
    resource_usage jsonb,
    cost_estimate numeric(18,4),
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ml_training_jobs_created_by_valid CHECK (((created_by <> ''::text) AND (length(created_by) <= 255))),
    CONSTRAINT ck_ml_training_jobs_dataset_info_valid CHECK ((jsonb_typeof(dataset_info) = 'object'::text)),
    CONSTRAINT ck_ml_training_jobs_hyperparameters_valid CHECK ((jsonb_typeof(hyperparameters) = 'object'::text)),
    CONSTRAINT ck_ml_training_jobs_job_id_valid CHECK (((job_id <> ''::text) AND (length(job_id) <= 255))),
    CONSTRAINT ck_ml_training_jobs_metrics_valid CHECK ((jsonb_typeof(metrics) = 'object'::text)),
    CONSTRAINT ck_ml_training_jobs_model_type_valid CHECK (((model_type <> ''::text) AND (length(model_type) <= 255))),
    CONSTRAINT ck_ml_training_jobs_resource_usage_valid CHECK ((jsonb_typeof(resource_usage) = 'object'::text)),
    CONSTRAINT ck_ml_training_jobs_status_valid CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT ck_ml_training_jobs_training_config_valid CHECK ((jsonb_typeof(training_config) = 'object'::text)),
    CONSTRAINT ck_ml_training_jobs_trigger_reason_valid CHECK ((trigger_reason = ANY (ARRAY['scheduled'::text, 'drift_detected'::text, 'manual'::text, 'feedback_threshold'::text])))
);

ALTER TABLE ONLY training.ml_training_jobs FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE training.ml_training_jobs IS 'A wish for a new version of a model, why it came up, and what became of it.';

COMMENT ON COLUMN training.ml_training_jobs.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN training.ml_training_jobs.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN training.ml_training_jobs.job_id IS 'Name by which the world outside knows it.';

COMMENT ON COLUMN training.ml_training_jobs.ml_model_id IS 'Model it fits a version of.';

COMMENT ON COLUMN training.ml_training_jobs.run_id IS 'Row of job_runs that does the work.';

COMMENT ON COLUMN training.ml_training_jobs.model_type IS 'Kind of predictor, such as gradient_boosting.';

COMMENT ON COLUMN training.ml_training_jobs.trigger_reason IS 'Why it was started.';

COMMENT ON COLUMN training.ml_training_jobs.status IS 'Where it stands.';

COMMENT ON COLUMN training.ml_training_jobs.training_config IS 'How data are chosen and split.';

COMMENT ON COLUMN training.ml_training_jobs.hyperparameters IS 'Parameters of the learner.';

COMMENT ON COLUMN training.ml_training_jobs.as_of IS 'Nothing known later is read; set when it begins.';

COMMENT ON COLUMN training.ml_training_jobs.dataset_info IS 'What it read: hash, rows, window.';

COMMENT ON COLUMN training.ml_training_jobs.metrics IS 'Measured on the holdout.';

COMMENT ON COLUMN training.ml_training_jobs.error_message IS 'Why it failed.';

COMMENT ON COLUMN training.ml_training_jobs.model_version_id IS 'Version it made.';

COMMENT ON COLUMN training.ml_training_jobs.started_at IS 'When a worker first took it.';

COMMENT ON COLUMN training.ml_training_jobs.completed_at IS 'When it ended.';

COMMENT ON COLUMN training.ml_training_jobs.estimated_completion IS 'When it is expected to end.';

COMMENT ON COLUMN training.ml_training_jobs.resource_usage IS 'Seconds, CPU seconds and threads it took.';

COMMENT ON COLUMN training.ml_training_jobs.cost_estimate IS 'What it cost, in the tenant''s currency.';

COMMENT ON COLUMN training.ml_training_jobs.created_by IS 'Who or what started it.';

COMMENT ON COLUMN training.ml_training_jobs.created_at IS 'When it was started.';

CREATE TABLE training.model_training_sessions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    training_job_id uuid,
    training_start timestamp with time zone DEFAULT now() NOT NULL,
    training_end timestamp with time zone,
    status text DEFAULT 'running'::text NOT NULL,
    progress_percentage double precision DEFAULT 0 NOT NULL,
    current_epoch bigint DEFAULT 0 NOT NULL,
    total_epochs bigint,
    loss_history jsonb,
    validation_metrics jsonb,
    resource_usage jsonb,
    error_log text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_model_training_sessions_current_epoch_valid CHECK ((current_epoch >= 0)),
    CONSTRAINT ck_model_training_sessions_epochs CHECK ((total_epochs > 0)),
    CONSTRAINT ck_model_training_sessions_loss_history_valid CHECK ((jsonb_typeof(loss_history) = 'array'::text)),
    CONSTRAINT ck_model_training_sessions_progress CHECK (((progress_percentage >= (0)::double precision) AND (progress_percentage <= (100)::double precision))),
    CONSTRAINT ck_model_training_sessions_resource_usage_valid CHECK ((jsonb_typeof(resource_usage) = 'object'::text)),
    CONSTRAINT ck_model_training_sessions_span CHECK ((training_end >= training_start)),
    CONSTRAINT ck_model_training_sessions_status_valid CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT ck_model_training_sessions_total_epochs_valid CHECK ((total_epochs >= 0)),
    CONSTRAINT ck_model_training_sessions_validation_metrics_valid CHECK ((jsonb_typeof(validation_metrics) = 'object'::text))
);

ALTER TABLE ONLY training.model_training_sessions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE training.model_training_sessions IS 'One fit on one data set: how far it is and how its loss went.';

COMMENT ON COLUMN training.model_training_sessions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN training.model_training_sessions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN training.model_training_sessions.model_id IS 'The model.';

COMMENT ON COLUMN training.model_training_sessions.dataset_id IS 'Data set it is fitted on.';

COMMENT ON COLUMN training.model_training_sessions.training_job_id IS 'Job it belongs to.';

COMMENT ON COLUMN training.model_training_sessions.training_start IS 'When it began.';

COMMENT ON COLUMN training.model_training_sessions.training_end IS 'When it ended.';

COMMENT ON COLUMN training.model_training_sessions.status IS 'Where it stands.';

COMMENT ON COLUMN training.model_training_sessions.progress_percentage IS 'How far it is, 0 to 100.';

COMMENT ON COLUMN training.model_training_sessions.current_epoch IS 'Rounds done.';

COMMENT ON COLUMN training.model_training_sessions.total_epochs IS 'Rounds wanted.';

COMMENT ON COLUMN training.model_training_sessions.loss_history IS 'Loss on the holdout after each round.';

COMMENT ON COLUMN training.model_training_sessions.validation_metrics IS 'Measured on the holdout.';

COMMENT ON COLUMN training.model_training_sessions.resource_usage IS 'Seconds, CPU seconds and threads it took.';

COMMENT ON COLUMN training.model_training_sessions.error_log IS 'Why it failed.';

COMMENT ON COLUMN training.model_training_sessions.created_at IS 'When the row was made.';

COMMENT ON COLUMN training.model_training_sessions.updated_at IS 'When the row was last changed.';

CREATE TABLE transfer.domain_mappings (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    source_domain text NOT NULL,
    target_domain text NOT NULL,
    domain_type text NOT NULL,
    similarity_score double precision,
    transfer_feasibility double precision,
    shared_features jsonb DEFAULT '[]'::jsonb NOT NULL,
    domain_specific_features jsonb DEFAULT '[]'::jsonb NOT NULL,
    transfer_strategy text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_domain_mappings_domain_specific_features_valid CHECK ((jsonb_typeof(domain_specific_features) = 'array'::text)),
    CONSTRAINT ck_domain_mappings_domain_type_valid CHECK ((domain_type = ANY (ARRAY['code-quality'::text, 'narrative'::text, 'search'::text, 'general'::text]))),
    CONSTRAINT ck_domain_mappings_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_domain_mappings_shared_features_valid CHECK ((jsonb_typeof(shared_features) = 'array'::text)),
    CONSTRAINT ck_domain_mappings_similarity_score_valid CHECK (((similarity_score >= (0)::double precision) AND (similarity_score <= (1)::double precision))),
    CONSTRAINT ck_domain_mappings_source_domain_valid CHECK (((source_domain <> ''::text) AND (length(source_domain) <= 255))),
    CONSTRAINT ck_domain_mappings_target_domain_valid CHECK (((target_domain <> ''::text) AND (length(target_domain) <= 255))),
    CONSTRAINT ck_domain_mappings_transfer_feasibility_valid CHECK (((transfer_feasibility >= (0)::double precision) AND (transfer_feasibility <= (1)::double precision))),
    CONSTRAINT ck_domain_mappings_transfer_strategy_valid CHECK ((transfer_strategy = ANY (ARRAY['fine-tuning'::text, 'feature-extraction'::text, 'adversarial'::text, 'multi-task'::text])))
);

ALTER TABLE ONLY transfer.domain_mappings FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE transfer.domain_mappings IS 'How alike two domains are, what they share, and how well knowledge carries over.';

COMMENT ON COLUMN transfer.domain_mappings.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN transfer.domain_mappings.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN transfer.domain_mappings.source_domain IS 'Domain that is known, by the tenant''s own name.';

COMMENT ON COLUMN transfer.domain_mappings.target_domain IS 'Domain that is to be learned.';

COMMENT ON COLUMN transfer.domain_mappings.domain_type IS 'What both are about.';

COMMENT ON COLUMN transfer.domain_mappings.similarity_score IS 'How alike they are, 0 to 1.';

COMMENT ON COLUMN transfer.domain_mappings.transfer_feasibility IS 'How likely a transfer is to help, 0 to 1.';

COMMENT ON COLUMN transfer.domain_mappings.shared_features IS 'Names of features that both have.';

COMMENT ON COLUMN transfer.domain_mappings.domain_specific_features IS 'Names of features that only one of them has.';

COMMENT ON COLUMN transfer.domain_mappings.transfer_strategy IS 'What is best tried first.';

COMMENT ON COLUMN transfer.domain_mappings.metadata IS 'Whatever else the writer notes.';

COMMENT ON COLUMN transfer.domain_mappings.created_at IS 'When it was first compared.';

COMMENT ON COLUMN transfer.domain_mappings.updated_at IS 'When it was last compared.';

ALTER TABLE ONLY jobs.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_events_id_seq'::regclass);

ALTER TABLE ONLY jobs.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_jobs_id_seq'::regclass);

ALTER TABLE ONLY jobs.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_periodic_defers_id_seq'::regclass);

ALTER TABLE ONLY analytics.analytics_dashboards
    ADD CONSTRAINT pk_analytics_dashboards PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY analytics.analytics_reports
    ADD CONSTRAINT pk_analytics_reports PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY analytics.stale_usage_days
    ADD CONSTRAINT pk_stale_usage_days PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY analytics.usage_trends
    ADD CONSTRAINT pk_usage_trends PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY app.partitioned
    ADD CONSTRAINT partitioned_pkey PRIMARY KEY (parent);

ALTER TABLE ONLY app.retention
    ADD CONSTRAINT retention_pkey PRIMARY KEY (parent);

ALTER TABLE ONLY app.runtime_views
    ADD CONSTRAINT runtime_views_pkey PRIMARY KEY (name);

ALTER TABLE ONLY app.secret_register
    ADD CONSTRAINT secret_register_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY app.tenant_register
    ADD CONSTRAINT tenant_register_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY app.tenant_register
    ADD CONSTRAINT tenant_register_slug_key UNIQUE (slug);

ALTER TABLE ONLY audit.audit_chain_heads
    ADD CONSTRAINT pk_audit_chain_heads PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY audit.audit_logs
    ADD CONSTRAINT pk_audit_logs PRIMARY KEY (tenant_id, id, created_at);

ALTER TABLE ONLY audit.audit_chain_heads
    ADD CONSTRAINT uq_audit_chain_heads_tenant_id UNIQUE (tenant_id);

ALTER TABLE ONLY caching.cache_patterns
    ADD CONSTRAINT pk_cache_patterns PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY caching.cache_performance
    ADD CONSTRAINT pk_cache_performance PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY caching.cache_predictions
    ADD CONSTRAINT pk_cache_predictions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY caching.cache_warming_jobs
    ADD CONSTRAINT pk_cache_warming_jobs PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY caching.cache_patterns
    ADD CONSTRAINT uq_cache_patterns_tenant_id_pattern_type_signature_sha256 UNIQUE (tenant_id, pattern_type, signature_sha256);

ALTER TABLE ONLY caching.cache_predictions
    ADD CONSTRAINT uq_cache_predictions_tenant_id_cache_key_hash UNIQUE (tenant_id, cache_key_hash);

ALTER TABLE ONLY catalog.industries
    ADD CONSTRAINT pk_industries PRIMARY KEY (id);

ALTER TABLE ONLY catalog.interactive_solutions
    ADD CONSTRAINT pk_interactive_solutions PRIMARY KEY (id);

ALTER TABLE ONLY catalog.use_case_categories
    ADD CONSTRAINT pk_use_case_categories PRIMARY KEY (id);

ALTER TABLE ONLY catalog.use_case_executions
    ADD CONSTRAINT pk_use_case_executions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY catalog.use_case_templates
    ADD CONSTRAINT pk_use_case_templates PRIMARY KEY (id);

ALTER TABLE ONLY catalog.use_cases
    ADD CONSTRAINT pk_use_cases PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY catalog.industries
    ADD CONSTRAINT uq_industries_industry_id UNIQUE (industry_id);

ALTER TABLE ONLY catalog.interactive_solutions
    ADD CONSTRAINT uq_interactive_solutions_solution_id UNIQUE (solution_id);

ALTER TABLE ONLY catalog.use_case_categories
    ADD CONSTRAINT uq_use_case_categories_category_id UNIQUE (category_id);

ALTER TABLE ONLY catalog.use_case_templates
    ADD CONSTRAINT uq_use_case_templates_use_case_id UNIQUE (use_case_id);

ALTER TABLE ONLY catalog.use_cases
    ADD CONSTRAINT uq_use_cases_tenant_id_use_case_id UNIQUE (tenant_id, use_case_id);

ALTER TABLE ONLY codequality.file_quality_scores
    ADD CONSTRAINT pk_file_quality_scores PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY codequality.generated_code_files
    ADD CONSTRAINT pk_generated_code_files PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY codequality.quality_improvement_history
    ADD CONSTRAINT pk_quality_improvement_history PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY codequality.quality_improvement_plans
    ADD CONSTRAINT pk_quality_improvement_plans PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY codequality.repository_quality_snapshots
    ADD CONSTRAINT pk_repository_quality_snapshots PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY codequality.file_quality_scores
    ADD CONSTRAINT uq_file_quality_scores_tenant_id_repository_file_path_file_hash UNIQUE (tenant_id, repository, file_path, file_hash);

ALTER TABLE ONLY commerce.customer_segments
    ADD CONSTRAINT pk_customer_segments PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.customers
    ADD CONSTRAINT pk_customers PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.inventory
    ADD CONSTRAINT pk_inventory PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.inventory_movements
    ADD CONSTRAINT pk_inventory_movements PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.order_items
    ADD CONSTRAINT pk_order_items PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.orders
    ADD CONSTRAINT pk_orders PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.product_categories
    ADD CONSTRAINT pk_product_categories PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.product_variants
    ADD CONSTRAINT pk_product_variants PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.products
    ADD CONSTRAINT pk_products PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.transactions
    ADD CONSTRAINT pk_transactions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY commerce.customer_segments
    ADD CONSTRAINT uq_customer_segments_tenant_id_segment_id UNIQUE (tenant_id, segment_id);

ALTER TABLE ONLY commerce.customers
    ADD CONSTRAINT uq_customers_tenant_id_customer_id UNIQUE (tenant_id, customer_id);

ALTER TABLE ONLY commerce.customers
    ADD CONSTRAINT uq_customers_tenant_id_email UNIQUE (tenant_id, email);

ALTER TABLE ONLY commerce.inventory
    ADD CONSTRAINT uq_inventory_tenant_id_product_id_variant_id_warehouse_id UNIQUE NULLS NOT DISTINCT (tenant_id, product_id, variant_id, warehouse_id);

ALTER TABLE ONLY commerce.orders
    ADD CONSTRAINT uq_orders_tenant_id_order_id UNIQUE (tenant_id, order_id);

ALTER TABLE ONLY commerce.product_categories
    ADD CONSTRAINT uq_product_categories_tenant_id_category_id UNIQUE (tenant_id, category_id);

ALTER TABLE ONLY commerce.product_variants
    ADD CONSTRAINT uq_product_variants_tenant_id_sku UNIQUE (tenant_id, sku);

ALTER TABLE ONLY commerce.product_variants
    ADD CONSTRAINT uq_product_variants_tenant_id_variant_id UNIQUE (tenant_id, variant_id);

ALTER TABLE ONLY commerce.products
    ADD CONSTRAINT uq_products_tenant_id_product_id UNIQUE (tenant_id, product_id);

ALTER TABLE ONLY commerce.products
    ADD CONSTRAINT uq_products_tenant_id_sku UNIQUE (tenant_id, sku);

ALTER TABLE ONLY commerce.transactions
    ADD CONSTRAINT uq_transactions_tenant_id_transaction_id UNIQUE (tenant_id, transaction_id);

ALTER TABLE ONLY content.content_chunks
    ADD CONSTRAINT pk_content_chunks PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY content.content_syncs
    ADD CONSTRAINT pk_content_syncs PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY content.content_versions
    ADD CONSTRAINT pk_content_versions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY datasets.code_examples
    ADD CONSTRAINT pk_code_examples PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY datasets.conversation_examples
    ADD CONSTRAINT pk_conversation_examples PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY datasets.simulation_examples
    ADD CONSTRAINT pk_simulation_examples PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY datasets.training_datasets
    ADD CONSTRAINT pk_training_datasets PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY datasets.training_datasets
    ADD CONSTRAINT uq_training_datasets_tenant_id_name_version UNIQUE (tenant_id, name, version);

ALTER TABLE ONLY devlab.devlab_analyses
    ADD CONSTRAINT pk_devlab_analyses PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY devlab.devlab_executions
    ADD CONSTRAINT pk_devlab_executions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY devlab.devlab_files
    ADD CONSTRAINT pk_devlab_files PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY devlab.devlab_insights
    ADD CONSTRAINT pk_devlab_insights PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY devlab.devlab_projects
    ADD CONSTRAINT pk_devlab_projects PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY devlab.devlab_tests
    ADD CONSTRAINT pk_devlab_tests PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY devlab.devlab_vulnerabilities
    ADD CONSTRAINT pk_devlab_vulnerabilities PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY devlab.devlab_files
    ADD CONSTRAINT uq_devlab_files_tenant_id_project_id_file_path_file_name UNIQUE (tenant_id, project_id, file_path, file_name);

ALTER TABLE ONLY devlab.devlab_projects
    ADD CONSTRAINT uq_devlab_projects_tenant_id_project_id UNIQUE (tenant_id, project_id);

ALTER TABLE ONLY discovery.discovery_tool_executions
    ADD CONSTRAINT pk_discovery_tool_executions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY discovery.discovery_tool_templates
    ADD CONSTRAINT pk_discovery_tool_templates PRIMARY KEY (id);

ALTER TABLE ONLY discovery.discovery_tools
    ADD CONSTRAINT pk_discovery_tools PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY discovery.discovery_tool_templates
    ADD CONSTRAINT uq_discovery_tool_templates_tool_id UNIQUE (tool_id);

ALTER TABLE ONLY discovery.discovery_tools
    ADD CONSTRAINT uq_discovery_tools_tenant_id_tool_id UNIQUE (tenant_id, tool_id);

ALTER TABLE ONLY drift.drift_alerts
    ADD CONSTRAINT pk_drift_alerts PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY drift.drift_detectors
    ADD CONSTRAINT pk_drift_detectors PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY drift.drift_references
    ADD CONSTRAINT pk_drift_references PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY drift.drift_watches
    ADD CONSTRAINT pk_drift_watches PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY drift.ml_drift_metrics
    ADD CONSTRAINT pk_ml_drift_metrics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY drift.drift_detectors
    ADD CONSTRAINT uq_drift_detectors_tenant_id_ml_model_id_detector UNIQUE (tenant_id, ml_model_id, detector);

ALTER TABLE ONLY drift.drift_references
    ADD CONSTRAINT uq_drift_references_tenant_id_model_version_id_feature UNIQUE (tenant_id, model_version_id, feature);

ALTER TABLE ONLY drift.drift_watches
    ADD CONSTRAINT uq_drift_watches_tenant_id_ml_model_id UNIQUE (tenant_id, ml_model_id);

ALTER TABLE ONLY ensembles.ensemble_configurations
    ADD CONSTRAINT pk_ensemble_configurations PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY ensembles.ensemble_performance
    ADD CONSTRAINT pk_ensemble_performance PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY ensembles.ensemble_predictions
    ADD CONSTRAINT pk_ensemble_predictions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY ensembles.model_weights
    ADD CONSTRAINT pk_model_weights PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY ensembles.ensemble_configurations
    ADD CONSTRAINT uq_ensemble_configurations_tenant_id_user_id_name UNIQUE NULLS NOT DISTINCT (tenant_id, user_id, name);

ALTER TABLE ONLY events.analytics_events
    ADD CONSTRAINT pk_analytics_events PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY events.daily_learning_metrics
    ADD CONSTRAINT pk_daily_learning_metrics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY events.daily_learning_totals
    ADD CONSTRAINT pk_daily_learning_totals PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY events.git_operation_learning_events
    ADD CONSTRAINT pk_git_operation_learning_events PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY events.hourly_learning_usage
    ADD CONSTRAINT pk_hourly_learning_usage PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY events.learning_events
    ADD CONSTRAINT pk_learning_events PRIMARY KEY (tenant_id, id, "timestamp");

ALTER TABLE ONLY events.stale_learning_days
    ADD CONSTRAINT pk_stale_learning_days PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY events.user_analytics
    ADD CONSTRAINT pk_user_analytics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY events.daily_learning_metrics
    ADD CONSTRAINT uq_daily_learning_metrics_group UNIQUE NULLS NOT DISTINCT (tenant_id, date, event_type, source_system);

ALTER TABLE ONLY events.daily_learning_totals
    ADD CONSTRAINT uq_daily_learning_totals_date UNIQUE (tenant_id, date);

ALTER TABLE ONLY events.hourly_learning_usage
    ADD CONSTRAINT uq_hourly_learning_usage_group UNIQUE (tenant_id, hour_start, event_type);

ALTER TABLE ONLY evolution.evolution_candidates
    ADD CONSTRAINT pk_evolution_candidates PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY evolution.evolution_experiments
    ADD CONSTRAINT pk_evolution_experiments PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY evolution.evolution_generations
    ADD CONSTRAINT pk_evolution_generations PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY evolution.evolution_individuals
    ADD CONSTRAINT pk_evolution_individuals PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY evolution.evolution_metrics
    ADD CONSTRAINT pk_evolution_metrics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY evolution.evolution_selections
    ADD CONSTRAINT pk_evolution_selections PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY evolution.evolution_candidates
    ADD CONSTRAINT uq_evolution_candidates_hash UNIQUE (tenant_id, generation_id, candidate_hash);

ALTER TABLE ONLY evolution.evolution_generations
    ADD CONSTRAINT uq_evolution_generations_number UNIQUE (tenant_id, experiment_id, generation_number);

ALTER TABLE ONLY evolution.evolution_individuals
    ADD CONSTRAINT uq_evolution_individuals_index UNIQUE (tenant_id, generation_id, individual_index);

ALTER TABLE ONLY experiments.ab_test_results
    ADD CONSTRAINT pk_ab_test_results PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY experiments.ab_testing_assignments
    ADD CONSTRAINT pk_ab_testing_assignments PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY experiments.ab_testing_experiments
    ADD CONSTRAINT pk_ab_testing_experiments PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY experiments.ab_tests
    ADD CONSTRAINT pk_ab_tests PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY experiments.sequential_points
    ADD CONSTRAINT pk_sequential_points PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY experiments.sequential_tests
    ADD CONSTRAINT pk_sequential_tests PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY experiments.ab_testing_assignments
    ADD CONSTRAINT uq_ab_testing_assignments_tenant_id_experiment_id_user_id UNIQUE (tenant_id, experiment_id, user_id);

ALTER TABLE ONLY experiments.ab_testing_experiments
    ADD CONSTRAINT uq_ab_testing_experiments_tenant_id_experiment_name UNIQUE (tenant_id, experiment_name);

ALTER TABLE ONLY experiments.ab_tests
    ADD CONSTRAINT uq_ab_tests_tenant_id_experiment_id UNIQUE (tenant_id, experiment_id);

ALTER TABLE ONLY experiments.ab_tests
    ADD CONSTRAINT uq_ab_tests_tenant_id_test_id UNIQUE (tenant_id, test_id);

ALTER TABLE ONLY experiments.sequential_points
    ADD CONSTRAINT uq_sequential_points_tenant_id_experiment_id_at UNIQUE (tenant_id, experiment_id, at);

ALTER TABLE ONLY experiments.sequential_tests
    ADD CONSTRAINT uq_sequential_tests_tenant_id_experiment_id_kind UNIQUE (tenant_id, experiment_id, kind);

ALTER TABLE ONLY features.feature_categories
    ADD CONSTRAINT pk_feature_categories PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY features.feature_facts
    ADD CONSTRAINT pk_feature_facts PRIMARY KEY (tenant_id, source_id, event_at, entity_key, known_at);

ALTER TABLE ONLY features.feature_sets
    ADD CONSTRAINT pk_feature_sets PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY features.feature_sources
    ADD CONSTRAINT pk_feature_sources PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY features.ml_configurations
    ADD CONSTRAINT pk_ml_configurations PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY features.ml_feature_store
    ADD CONSTRAINT pk_ml_feature_store PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY features.feature_categories
    ADD CONSTRAINT uq_feature_categories_tenant_id_set_name_feature_code UNIQUE (tenant_id, set_name, feature, code);

ALTER TABLE ONLY features.feature_categories
    ADD CONSTRAINT uq_feature_categories_tenant_id_set_name_feature_word UNIQUE (tenant_id, set_name, feature, word);

ALTER TABLE ONLY features.feature_sets
    ADD CONSTRAINT uq_feature_sets_tenant_id_name_definition_sha256 UNIQUE (tenant_id, name, definition_sha256);

ALTER TABLE ONLY features.feature_sets
    ADD CONSTRAINT uq_feature_sets_tenant_id_name_version UNIQUE (tenant_id, name, version);

ALTER TABLE ONLY features.feature_sources
    ADD CONSTRAINT uq_feature_sources_tenant_id_name UNIQUE (tenant_id, name);

ALTER TABLE ONLY federated.federated_aggregations
    ADD CONSTRAINT pk_federated_aggregations PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY federated.federated_metrics
    ADD CONSTRAINT pk_federated_metrics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY federated.federated_nodes
    ADD CONSTRAINT pk_federated_nodes PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY federated.federated_updates
    ADD CONSTRAINT pk_federated_updates PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY federated.federated_nodes
    ADD CONSTRAINT uq_federated_nodes_tenant_id_node_id UNIQUE (tenant_id, node_id);

ALTER TABLE ONLY feedback.hourly_feedback_usage
    ADD CONSTRAINT pk_hourly_feedback_usage PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY feedback.ml_feedback
    ADD CONSTRAINT pk_ml_feedback PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY feedback.quality_feedback
    ADD CONSTRAINT pk_quality_feedback PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY feedback.stale_feedback_days
    ADD CONSTRAINT pk_stale_feedback_days PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY feedback.hourly_feedback_usage
    ADD CONSTRAINT uq_hourly_feedback_usage_group UNIQUE NULLS NOT DISTINCT (tenant_id, hour_start, feedback_type);

ALTER TABLE ONLY feedback.ml_feedback
    ADD CONSTRAINT uq_ml_feedback_feedback_id UNIQUE (tenant_id, feedback_id);

ALTER TABLE ONLY finetuning.fine_tuning_jobs
    ADD CONSTRAINT pk_fine_tuning_jobs PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY finetuning.fine_tuning_metrics
    ADD CONSTRAINT pk_fine_tuning_metrics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY finetuning.incremental_updates
    ADD CONSTRAINT pk_incremental_updates PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY jobs.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);

ALTER TABLE ONLY jobs.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY loop.loop_policies
    ADD CONSTRAINT pk_loop_policies PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY loop.replay_cursors
    ADD CONSTRAINT pk_replay_cursors PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY loop.loop_policies
    ADD CONSTRAINT uq_loop_policies_tenant_id_model_id UNIQUE (tenant_id, model_id);

ALTER TABLE ONLY loop.replay_cursors
    ADD CONSTRAINT uq_replay_cursors_tenant_id_name UNIQUE (tenant_id, name);

ALTER TABLE ONLY nas.architecture_candidates
    ADD CONSTRAINT pk_architecture_candidates PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY nas.architecture_performance
    ADD CONSTRAINT pk_architecture_performance PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY nas.architecture_search_runs
    ADD CONSTRAINT pk_architecture_search_runs PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY nas.optimal_architectures
    ADD CONSTRAINT pk_optimal_architectures PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY nas.architecture_candidates
    ADD CONSTRAINT uq_architecture_candidates_once UNIQUE (tenant_id, search_run_id, architecture_hash);

ALTER TABLE ONLY operations.alert_rules
    ADD CONSTRAINT pk_alert_rules PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.alerts
    ADD CONSTRAINT pk_alerts PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.archive_manifests
    ADD CONSTRAINT pk_archive_manifests PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.data_retention_policies
    ADD CONSTRAINT pk_data_retention_policies PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.health_readings
    ADD CONSTRAINT pk_health_readings PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.job_runs
    ADD CONSTRAINT pk_job_runs PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.metric_arrivals
    ADD CONSTRAINT pk_metric_arrivals PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.metric_days
    ADD CONSTRAINT pk_metric_days PRIMARY KEY (tenant_id, series_id, "timestamp");

ALTER TABLE ONLY operations.metric_hours
    ADD CONSTRAINT pk_metric_hours PRIMARY KEY (tenant_id, series_id, "timestamp");

ALTER TABLE ONLY operations.metric_minutes
    ADD CONSTRAINT pk_metric_minutes PRIMARY KEY (tenant_id, series_id, "timestamp");

ALTER TABLE ONLY operations.metric_samples
    ADD CONSTRAINT pk_metric_samples PRIMARY KEY (tenant_id, series_id, end_at);

ALTER TABLE ONLY operations.metric_series
    ADD CONSTRAINT pk_metric_series PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.query_timings
    ADD CONSTRAINT pk_query_timings PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.schema_migrations
    ADD CONSTRAINT pk_schema_migrations PRIMARY KEY (version);

ALTER TABLE ONLY operations.system_performance_metrics
    ADD CONSTRAINT pk_system_performance_metrics PRIMARY KEY (tenant_id, id, "timestamp");

ALTER TABLE ONLY operations.alert_rules
    ADD CONSTRAINT uq_alert_rules_tenant_id_name UNIQUE (tenant_id, name);

ALTER TABLE ONLY operations.archive_manifests
    ADD CONSTRAINT uq_archive_manifests_tenant_id_table_name_period_start_part UNIQUE (tenant_id, table_name, period_start, part);

ALTER TABLE ONLY operations.data_retention_policies
    ADD CONSTRAINT uq_data_retention_policies_tenant_id_table_name UNIQUE (tenant_id, table_name);

ALTER TABLE ONLY operations.health_readings
    ADD CONSTRAINT uq_health_readings_tenant_id_scope_metric_subject_hour_at UNIQUE (tenant_id, scope, metric, subject, hour_at);

ALTER TABLE ONLY operations.metric_series
    ADD CONSTRAINT uq_metric_series_tenant_id_identity_md5 UNIQUE (tenant_id, identity_md5);

ALTER TABLE ONLY operations.query_timings
    ADD CONSTRAINT uq_query_timings_tenant_id_query_name_started_at UNIQUE (tenant_id, query_name, started_at);

ALTER TABLE ONLY operations.schema_migrations
    ADD CONSTRAINT uq_schema_migrations_id UNIQUE (id);

ALTER TABLE ONLY patterns.daily_pattern_counts
    ADD CONSTRAINT pk_daily_pattern_counts PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY patterns.daily_pattern_type_counts
    ADD CONSTRAINT pk_daily_pattern_type_counts PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY patterns.identified_patterns
    ADD CONSTRAINT pk_identified_patterns PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY patterns.pattern_occurrences
    ADD CONSTRAINT pk_pattern_occurrences PRIMARY KEY (tenant_id, id, detection_timestamp);

ALTER TABLE ONLY patterns.stale_pattern_days
    ADD CONSTRAINT pk_stale_pattern_days PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY patterns.identified_patterns
    ADD CONSTRAINT uq_identified_patterns_signature UNIQUE NULLS NOT DISTINCT (tenant_id, pattern_type, pattern_name, signature_sha256);

ALTER TABLE ONLY predictions.calibrations
    ADD CONSTRAINT pk_calibrations PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.hourly_prediction_usage
    ADD CONSTRAINT pk_hourly_prediction_usage PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.ml_performance_metrics
    ADD CONSTRAINT pk_ml_performance_metrics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.ml_predictions
    ADD CONSTRAINT pk_ml_predictions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.model_performance_quantiles
    ADD CONSTRAINT pk_model_performance_quantiles PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.model_performance_summary
    ADD CONSTRAINT pk_model_performance_summary PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.performance_daily
    ADD CONSTRAINT pk_performance_daily PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.performance_marks
    ADD CONSTRAINT pk_performance_marks PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.performance_quantiles
    ADD CONSTRAINT pk_performance_quantiles PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.prediction_keys
    ADD CONSTRAINT pk_prediction_keys PRIMARY KEY (tenant_id, prediction_key);

ALTER TABLE ONLY predictions.prediction_outcomes
    ADD CONSTRAINT pk_prediction_outcomes PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.predictions
    ADD CONSTRAINT pk_predictions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.service_views
    ADD CONSTRAINT pk_service_views PRIMARY KEY (id);

ALTER TABLE ONLY predictions.stale_performance_days
    ADD CONSTRAINT pk_stale_performance_days PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.service_views
    ADD CONSTRAINT uq_service_views_service_name UNIQUE (service_name);

ALTER TABLE ONLY registry.artifacts
    ADD CONSTRAINT pk_artifacts PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY registry.custom_models
    ADD CONSTRAINT pk_custom_models PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY registry.ml_models
    ADD CONSTRAINT pk_ml_models PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY registry.model_deployments
    ADD CONSTRAINT pk_model_deployments PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY registry.model_metrics
    ADD CONSTRAINT pk_model_metrics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT pk_model_versions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY registry.artifacts
    ADD CONSTRAINT uq_artifacts_tenant_id_sha256 UNIQUE (tenant_id, sha256);

ALTER TABLE ONLY registry.custom_models
    ADD CONSTRAINT uq_custom_models_tenant_id_user_id_model_id UNIQUE (tenant_id, user_id, model_id);

ALTER TABLE ONLY registry.ml_models
    ADD CONSTRAINT uq_ml_models_tenant_id_model_id UNIQUE (tenant_id, model_id);

ALTER TABLE ONLY registry.ml_models
    ADD CONSTRAINT uq_ml_models_tenant_id_name_version UNIQUE (tenant_id, name, version);

ALTER TABLE ONLY registry.model_deployments
    ADD CONSTRAINT uq_model_deployments_tenant_id_ml_model_id_environment_number UNIQUE (tenant_id, ml_model_id, environment, number);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT uq_model_versions_tenant_id_ml_model_id_number UNIQUE (tenant_id, ml_model_id, number);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT uq_model_versions_tenant_id_ml_model_id_version UNIQUE (tenant_id, ml_model_id, version);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT uq_model_versions_tenant_id_model_id_version UNIQUE (tenant_id, model_id, version);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT uq_model_versions_tenant_id_model_name_version UNIQUE (tenant_id, model_name, version);

ALTER TABLE ONLY tenancy.api_keys
    ADD CONSTRAINT pk_api_keys PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.collaboration_sessions
    ADD CONSTRAINT pk_collaboration_sessions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.enterprise_settings
    ADD CONSTRAINT pk_enterprise_settings PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.role_permissions
    ADD CONSTRAINT pk_role_permissions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.shared_workspaces
    ADD CONSTRAINT pk_shared_workspaces PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.sso_configurations
    ADD CONSTRAINT pk_sso_configurations PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.team_members
    ADD CONSTRAINT pk_team_members PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.teams
    ADD CONSTRAINT pk_teams PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.tenants
    ADD CONSTRAINT pk_tenants PRIMARY KEY (id);

ALTER TABLE ONLY tenancy.users
    ADD CONSTRAINT pk_users PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.enterprise_settings
    ADD CONSTRAINT uq_enterprise_settings_tenant_id_team_id_setting_key UNIQUE (tenant_id, team_id, setting_key);

ALTER TABLE ONLY tenancy.role_permissions
    ADD CONSTRAINT uq_role_permissions UNIQUE NULLS NOT DISTINCT (tenant_id, role_name, resource_type, resource_id, permission_type);

ALTER TABLE ONLY tenancy.sso_configurations
    ADD CONSTRAINT uq_sso_configurations_tenant_id_team_id_sso_type UNIQUE (tenant_id, team_id, sso_type);

ALTER TABLE ONLY tenancy.team_members
    ADD CONSTRAINT uq_team_members_tenant_id_team_id_user_id UNIQUE (tenant_id, team_id, user_id);

ALTER TABLE ONLY tenancy.teams
    ADD CONSTRAINT uq_teams_tenant_id_name UNIQUE (tenant_id, name);

ALTER TABLE ONLY tenancy.tenants
    ADD CONSTRAINT uq_tenants_slug UNIQUE (slug);

ALTER TABLE ONLY tenancy.users
    ADD CONSTRAINT uq_users_tenant_id_email UNIQUE (tenant_id, email);

ALTER TABLE ONLY tenancy.users
    ADD CONSTRAINT uq_users_tenant_id_username UNIQUE (tenant_id, username);

ALTER TABLE ONLY training.ml_training_jobs
    ADD CONSTRAINT pk_ml_training_jobs PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY training.model_training_sessions
    ADD CONSTRAINT pk_model_training_sessions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY training.ml_training_jobs
    ADD CONSTRAINT uq_ml_training_jobs_tenant_id_job_id UNIQUE (tenant_id, job_id);

ALTER TABLE ONLY training.ml_training_jobs
    ADD CONSTRAINT uq_ml_training_jobs_tenant_id_run_id UNIQUE (tenant_id, run_id);

ALTER TABLE ONLY training.model_training_sessions
    ADD CONSTRAINT uq_model_training_sessions_tenant_id_training_job_id UNIQUE (tenant_id, training_job_id);

ALTER TABLE ONLY transfer.cross_domain_predictions
    ADD CONSTRAINT pk_cross_domain_predictions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY transfer.domain_adaptation_metrics
    ADD CONSTRAINT pk_domain_adaptation_metrics PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY transfer.domain_mappings
    ADD CONSTRAINT pk_domain_mappings PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY transfer.transfer_learning_runs
    ADD CONSTRAINT pk_transfer_learning_runs PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY transfer.domain_mappings
    ADD CONSTRAINT uq_domain_mappings_tenant_id_source_domain_target_domain UNIQUE (tenant_id, source_domain, target_domain);

CREATE INDEX ix_analytics_dashboards_created_at ON analytics.analytics_dashboards USING btree (tenant_id, created_at);

CREATE INDEX ix_analytics_dashboards_is_shared ON analytics.analytics_dashboards USING btree (tenant_id, is_shared);

CREATE INDEX ix_analytics_dashboards_team_id ON analytics.analytics_dashboards USING btree (tenant_id, team_id);

CREATE INDEX ix_analytics_dashboards_user_id ON analytics.analytics_dashboards USING btree (tenant_id, user_id);

CREATE INDEX ix_analytics_reports_dashboard_id ON analytics.analytics_reports USING btree (tenant_id, dashboard_id);

CREATE INDEX ix_analytics_reports_generated_at ON analytics.analytics_reports USING btree (tenant_id, generated_at);

CREATE INDEX ix_analytics_reports_report_type ON analytics.analytics_reports USING btree (tenant_id, report_type);

CREATE INDEX ix_analytics_reports_user_id ON analytics.analytics_reports USING btree (tenant_id, user_id);

CREATE INDEX ix_usage_trends_metric_name ON analytics.usage_trends USING btree (tenant_id, metric_name);

CREATE INDEX ix_usage_trends_period ON analytics.usage_trends USING btree (tenant_id, period_start, period_end);

CREATE INDEX ix_usage_trends_period_type ON analytics.usage_trends USING btree (tenant_id, period_type);

CREATE INDEX ix_usage_trends_team_id ON analytics.usage_trends USING btree (tenant_id, team_id);

CREATE INDEX ix_usage_trends_user_id ON analytics.usage_trends USING btree (tenant_id, user_id);

CREATE INDEX ix_secret_register_secret_sha256 ON app.secret_register USING btree (secret_sha256);

CREATE INDEX ix_audit_logs_action ON ONLY audit.audit_logs USING btree (tenant_id, action_type, seq);

CREATE INDEX ix_audit_logs_created_at ON ONLY audit.audit_logs USING btree (tenant_id, created_at);

CREATE INDEX ix_audit_logs_resource ON ONLY audit.audit_logs USING btree (tenant_id, resource_type, resource_id);

CREATE INDEX ix_audit_logs_seq ON ONLY audit.audit_logs USING btree (tenant_id, seq);

CREATE INDEX ix_audit_logs_success ON ONLY audit.audit_logs USING btree (tenant_id, success, seq);

CREATE INDEX ix_audit_logs_team ON ONLY audit.audit_logs USING btree (tenant_id, team_id, seq);

CREATE INDEX ix_audit_logs_user ON ONLY audit.audit_logs USING btree (tenant_id, user_id, seq);

CREATE INDEX ix_cache_patterns_frequency ON caching.cache_patterns USING btree (tenant_id, frequency);

CREATE INDEX ix_cache_patterns_last_seen_at ON caching.cache_patterns USING btree (tenant_id, last_seen_at);

CREATE INDEX ix_cache_patterns_prediction_accuracy ON caching.cache_patterns USING btree (tenant_id, prediction_accuracy);

CREATE INDEX ix_cache_performance_created_at ON caching.cache_performance USING btree (tenant_id, created_at);

CREATE INDEX ix_cache_performance_metric_name ON caching.cache_performance USING btree (tenant_id, metric_name);

CREATE INDEX ix_cache_performance_period ON caching.cache_performance USING btree (tenant_id, period_start, period_end);

CREATE INDEX ix_cache_performance_tier ON caching.cache_performance USING btree (tenant_id, cache_tier);

CREATE INDEX ix_cache_predictions_access_pattern_id ON caching.cache_predictions USING btree (tenant_id, access_pattern_id);

CREATE INDEX ix_cache_predictions_created_at ON caching.cache_predictions USING btree (tenant_id, created_at);

CREATE INDEX ix_cache_predictions_is_prewarmed ON caching.cache_predictions USING btree (tenant_id, is_prewarmed);

CREATE INDEX ix_cache_predictions_predicted_access_time ON caching.cache_predictions USING btree (tenant_id, predicted_access_time);

CREATE INDEX ix_cache_predictions_tier ON caching.cache_predictions USING btree (tenant_id, cache_tier);

CREATE INDEX ix_cache_warming_jobs_created_at ON caching.cache_warming_jobs USING btree (tenant_id, created_at);

CREATE INDEX ix_cache_warming_jobs_status ON caching.cache_warming_jobs USING btree (tenant_id, status);

CREATE INDEX ix_cache_warming_jobs_strategy ON caching.cache_warming_jobs USING btree (tenant_id, warming_strategy);

CREATE INDEX ix_cache_warming_jobs_user_id ON caching.cache_warming_jobs USING btree (tenant_id, user_id);

CREATE INDEX ix_industries_is_active ON catalog.industries USING btree (is_active);

CREATE INDEX ix_interactive_solutions_use_case_id ON catalog.interactive_solutions USING btree (use_case_id);

CREATE INDEX ix_use_case_executions_created_at ON catalog.use_case_executions USING btree (tenant_id, created_at);

CREATE INDEX ix_use_case_executions_session_id ON catalog.use_case_executions USING btree (tenant_id, session_id);

CREATE INDEX ix_use_case_executions_use_case ON catalog.use_case_executions USING btree (tenant_id, use_case_id, created_at);

CREATE INDEX ix_use_case_executions_user_id ON catalog.use_case_executions USING btree (tenant_id, user_id);

CREATE INDEX ix_use_case_templates_category_id ON catalog.use_case_templates USING btree (category_id);

CREATE INDEX ix_use_case_templates_industry_id ON catalog.use_case_templates USING btree (industry_id);

CREATE INDEX ix_use_cases_category ON catalog.use_cases USING btree (tenant_id, category);

CREATE INDEX ix_use_cases_category_id ON catalog.use_cases USING btree (tenant_id, category_id);

CREATE INDEX ix_use_cases_industry_id ON catalog.use_cases USING btree (tenant_id, industry_id);

CREATE INDEX ix_use_cases_shared_category ON catalog.use_cases USING btree (category_id);

CREATE INDEX ix_use_cases_shared_industry ON catalog.use_cases USING btree (industry_id);

CREATE INDEX ix_file_quality_scores_level ON codequality.file_quality_scores USING btree (tenant_id, quality_level);

CREATE INDEX ix_file_quality_scores_quality_score ON codequality.file_quality_scores USING btree (tenant_id, quality_score);

CREATE INDEX ix_file_quality_scores_updated_at ON codequality.file_quality_scores USING btree (tenant_id, updated_at);

CREATE INDEX ix_generated_code_files_action_type ON codequality.generated_code_files USING btree (tenant_id, action_type);

CREATE INDEX ix_generated_code_files_improvement_plan_id ON codequality.generated_code_files USING btree (tenant_id, improvement_plan_id);

CREATE INDEX ix_generated_code_files_repository ON codequality.generated_code_files USING btree (tenant_id, repository);

CREATE INDEX ix_generated_code_files_status ON codequality.generated_code_files USING btree (tenant_id, status);

CREATE INDEX ix_quality_improvement_history_created_at ON codequality.quality_improvement_history USING btree (tenant_id, created_at);

CREATE INDEX ix_quality_improvement_history_repository ON codequality.quality_improvement_history USING btree (tenant_id, repository);

CREATE INDEX ix_quality_improvement_history_type ON codequality.quality_improvement_history USING btree (tenant_id, change_type);

CREATE INDEX ix_quality_improvement_plans_created_at ON codequality.quality_improvement_plans USING btree (tenant_id, created_at);

CREATE INDEX ix_quality_improvement_plans_repository ON codequality.quality_improvement_plans USING btree (tenant_id, repository);

CREATE INDEX ix_quality_improvement_plans_status ON codequality.quality_improvement_plans USING btree (tenant_id, status);

CREATE INDEX ix_quality_improvement_plans_user_id ON codequality.quality_improvement_plans USING btree (tenant_id, user_id);

CREATE INDEX ix_repository_quality_snapshots_created_at ON codequality.repository_quality_snapshots USING btree (tenant_id, created_at);

CREATE INDEX ix_repository_quality_snapshots_quality_score ON codequality.repository_quality_snapshots USING btree (tenant_id, quality_score);

CREATE INDEX ix_repository_quality_snapshots_repository ON codequality.repository_quality_snapshots USING btree (tenant_id, repository);

CREATE INDEX ix_customers_segment_id ON commerce.customers USING btree (tenant_id, segment_id);

CREATE INDEX ix_inventory_movements_created_at ON commerce.inventory_movements USING btree (tenant_id, created_at);

CREATE INDEX ix_inventory_movements_created_by ON commerce.inventory_movements USING btree (tenant_id, created_by);

CREATE INDEX ix_inventory_movements_product ON commerce.inventory_movements USING btree (tenant_id, product_id, created_at);

CREATE INDEX ix_inventory_movements_variant_id ON commerce.inventory_movements USING btree (tenant_id, variant_id);

CREATE INDEX ix_inventory_variant_id ON commerce.inventory USING btree (tenant_id, variant_id);

CREATE INDEX ix_order_items_order_id ON commerce.order_items USING btree (tenant_id, order_id);

CREATE INDEX ix_order_items_product_id ON commerce.order_items USING btree (tenant_id, product_id);

CREATE INDEX ix_order_items_variant_id ON commerce.order_items USING btree (tenant_id, variant_id);

CREATE INDEX ix_orders_created_at ON commerce.orders USING btree (tenant_id, created_at);

CREATE INDEX ix_orders_customer ON commerce.orders USING btree (tenant_id, customer_id, created_at);

CREATE INDEX ix_orders_status ON commerce.orders USING btree (tenant_id, status, created_at);

CREATE INDEX ix_product_categories_parent_category_id ON commerce.product_categories USING btree (tenant_id, parent_category_id);

CREATE INDEX ix_product_variants_product_id ON commerce.product_variants USING btree (tenant_id, product_id);

CREATE INDEX ix_products_category_id ON commerce.products USING btree (tenant_id, category_id);

CREATE INDEX ix_products_embedding ON commerce.products USING hnsw (embedding public.vector_cosine_ops);

CREATE INDEX ix_transactions_created_at ON commerce.transactions USING btree (tenant_id, created_at);

CREATE INDEX ix_transactions_customer ON commerce.transactions USING btree (tenant_id, customer_id, created_at);

CREATE INDEX ix_transactions_order_id ON commerce.transactions USING btree (tenant_id, order_id);

CREATE INDEX ix_transactions_status ON commerce.transactions USING btree (tenant_id, status, created_at);

CREATE INDEX ix_content_chunks_discovery_tool_id ON content.content_chunks USING btree (tenant_id, discovery_tool_id);

CREATE INDEX ix_content_chunks_embedding ON content.content_chunks USING hnsw (embedding public.vector_cosine_ops);

CREATE INDEX ix_content_chunks_type ON content.content_chunks USING btree (tenant_id, content_type, use_case_id);

CREATE INDEX ix_content_chunks_use_case_id ON content.content_chunks USING btree (tenant_id, use_case_id);

CREATE INDEX ix_content_versions_content_id ON content.content_versions USING btree (tenant_id, content_id);

CREATE INDEX ix_content_versions_created_by ON content.content_versions USING btree (tenant_id, created_by);

CREATE INDEX ix_content_versions_type ON content.content_versions USING btree (tenant_id, content_type);

CREATE INDEX ix_code_examples_embedding ON datasets.code_examples USING hnsw (embedding public.vector_cosine_ops);

CREATE INDEX ix_code_examples_language ON datasets.code_examples USING btree (tenant_id, language);

CREATE INDEX ix_conversation_examples_source ON datasets.conversation_examples USING btree (tenant_id, source);

CREATE INDEX ix_conversation_examples_use_case_id ON datasets.conversation_examples USING btree (tenant_id, use_case_id);

CREATE INDEX ix_simulation_examples_solution_id ON datasets.simulation_examples USING btree (tenant_id, solution_id);

CREATE INDEX ix_simulation_examples_use_case_id ON datasets.simulation_examples USING btree (tenant_id, use_case_id);

CREATE INDEX ix_training_datasets_created_at ON datasets.training_datasets USING btree (tenant_id, created_at);

CREATE INDEX ix_training_datasets_created_by ON datasets.training_datasets USING btree (tenant_id, created_by);

CREATE INDEX ix_training_datasets_dataset_type ON datasets.training_datasets USING btree (tenant_id, dataset_type);

CREATE INDEX ix_devlab_analyses_created_at ON devlab.devlab_analyses USING btree (tenant_id, created_at);

CREATE INDEX ix_devlab_analyses_file_id ON devlab.devlab_analyses USING btree (tenant_id, file_id);

CREATE INDEX ix_devlab_analyses_project_id ON devlab.devlab_analyses USING btree (tenant_id, project_id);

CREATE INDEX ix_devlab_analyses_type ON devlab.devlab_analyses USING btree (tenant_id, analysis_type, created_at);

CREATE INDEX ix_devlab_executions_created_at ON devlab.devlab_executions USING btree (tenant_id, created_at);

CREATE INDEX ix_devlab_executions_file_id ON devlab.devlab_executions USING btree (tenant_id, file_id);

CREATE INDEX ix_devlab_executions_project_id ON devlab.devlab_executions USING btree (tenant_id, project_id);

CREATE INDEX ix_devlab_executions_status ON devlab.devlab_executions USING btree (tenant_id, status, created_at);

CREATE INDEX ix_devlab_executions_user_id ON devlab.devlab_executions USING btree (tenant_id, user_id);

CREATE INDEX ix_devlab_insights_created_at ON devlab.devlab_insights USING btree (tenant_id, created_at);

CREATE INDEX ix_devlab_insights_file_id ON devlab.devlab_insights USING btree (tenant_id, file_id);

CREATE INDEX ix_devlab_insights_project_id ON devlab.devlab_insights USING btree (tenant_id, project_id);

CREATE INDEX ix_devlab_insights_type ON devlab.devlab_insights USING btree (tenant_id, insight_type, created_at);

CREATE INDEX ix_devlab_projects_language ON devlab.devlab_projects USING btree (tenant_id, language);

CREATE INDEX ix_devlab_projects_user_id ON devlab.devlab_projects USING btree (tenant_id, user_id);

CREATE INDEX ix_devlab_tests_project_id ON devlab.devlab_tests USING btree (tenant_id, project_id);

CREATE INDEX ix_devlab_vulnerabilities_created_at ON devlab.devlab_vulnerabilities USING btree (tenant_id, created_at);

CREATE INDEX ix_devlab_vulnerabilities_file_id ON devlab.devlab_vulnerabilities USING btree (tenant_id, file_id);

CREATE INDEX ix_devlab_vulnerabilities_project_id ON devlab.devlab_vulnerabilities USING btree (tenant_id, project_id);

CREATE INDEX ix_discovery_tool_executions_created_at ON discovery.discovery_tool_executions USING btree (tenant_id, created_at);

CREATE INDEX ix_discovery_tool_executions_session_id ON discovery.discovery_tool_executions USING btree (tenant_id, session_id);

CREATE INDEX ix_discovery_tool_executions_tool_id ON discovery.discovery_tool_executions USING btree (tenant_id, tool_id);

CREATE INDEX ix_discovery_tool_executions_user_id ON discovery.discovery_tool_executions USING btree (tenant_id, user_id);

CREATE INDEX ix_discovery_tools_category ON discovery.discovery_tools USING btree (tenant_id, category);

CREATE INDEX ix_drift_alerts_model_version_id ON drift.drift_alerts USING btree (tenant_id, model_version_id);

CREATE INDEX ix_drift_alerts_seen ON drift.drift_alerts USING btree (tenant_id, ml_model_id, first_seen_at);

CREATE INDEX ix_ml_drift_metrics_model ON ONLY drift.ml_drift_metrics USING btree (tenant_id, ml_model_id, measured_at);

CREATE INDEX ix_ml_drift_metrics_model_version_id ON ONLY drift.ml_drift_metrics USING btree (tenant_id, model_version_id);

CREATE INDEX ix_ml_drift_metrics_recent_alerts ON ONLY drift.ml_drift_metrics USING btree (tenant_id, measured_at DESC) WHERE alert_triggered;

CREATE INDEX ix_ml_drift_metrics_resource ON ONLY drift.ml_drift_metrics USING btree (tenant_id, resource_id);

CREATE UNIQUE INDEX uq_drift_alerts_open ON drift.drift_alerts USING btree (tenant_id, ml_model_id, detector, feature) WHERE (resolved_at IS NULL);

CREATE INDEX ix_ensemble_configurations_is_active ON ensembles.ensemble_configurations USING btree (tenant_id, is_active);

CREATE INDEX ix_ensemble_configurations_performance_score ON ensembles.ensemble_configurations USING btree (tenant_id, performance_score);

CREATE INDEX ix_ensemble_configurations_type ON ensembles.ensemble_configurations USING btree (tenant_id, ensemble_type);

CREATE INDEX ix_ensemble_performance_ensemble_config_id ON ensembles.ensemble_performance USING btree (tenant_id, ensemble_config_id);

CREATE INDEX ix_ensemble_performance_metric_name ON ensembles.ensemble_performance USING btree (tenant_id, metric_name);

CREATE INDEX ix_ensemble_performance_period ON ensembles.ensemble_performance USING btree (tenant_id, period_start, period_end);

CREATE INDEX ix_ensemble_performance_service_name ON ensembles.ensemble_performance USING btree (tenant_id, service_name);

CREATE INDEX ix_ensemble_predictions_created_at ON ensembles.ensemble_predictions USING btree (tenant_id, created_at);

CREATE INDEX ix_ensemble_predictions_ensemble_config_id ON ensembles.ensemble_predictions USING btree (tenant_id, ensemble_config_id);

CREATE INDEX ix_ensemble_predictions_prediction_type ON ensembles.ensemble_predictions USING btree (tenant_id, prediction_type);

CREATE INDEX ix_ensemble_predictions_service_name ON ensembles.ensemble_predictions USING btree (tenant_id, service_name);

CREATE INDEX ix_model_weights_last_updated ON ensembles.model_weights USING btree (tenant_id, last_updated);

CREATE INDEX ix_model_weights_ml_model_id ON ensembles.model_weights USING btree (tenant_id, ml_model_id);

CREATE INDEX ix_model_weights_model_id ON ensembles.model_weights USING btree (tenant_id, model_id);

CREATE INDEX ix_model_weights_newest ON ensembles.model_weights USING btree (tenant_id, ensemble_config_id, model_id, last_updated);

CREATE INDEX ix_model_weights_weight_type ON ensembles.model_weights USING btree (tenant_id, weight_type);

CREATE INDEX ix_analytics_events_created_at ON events.analytics_events USING btree (tenant_id, created_at);

CREATE INDEX ix_analytics_events_customer_id ON events.analytics_events USING btree (tenant_id, customer_id);

CREATE INDEX ix_analytics_events_event_type ON events.analytics_events USING btree (tenant_id, event_type);

CREATE INDEX ix_analytics_events_session_id ON events.analytics_events USING btree (tenant_id, session_id);

CREATE INDEX ix_analytics_events_user_id ON events.analytics_events USING btree (tenant_id, user_id);

CREATE INDEX ix_git_operation_learning_events_event ON events.git_operation_learning_events USING btree (tenant_id, learning_event_id);

CREATE INDEX ix_git_operation_learning_events_operation ON events.git_operation_learning_events USING btree (tenant_id, git_operation_id);

CREATE INDEX ix_git_operation_learning_events_repository ON events.git_operation_learning_events USING btree (tenant_id, repository_id);

CREATE INDEX ix_learning_events_entity ON ONLY events.learning_events USING btree (tenant_id, entity_type, entity_id);

CREATE INDEX ix_learning_events_session ON ONLY events.learning_events USING btree (tenant_id, session_id) WHERE (session_id IS NOT NULL);

CREATE INDEX ix_learning_events_timestamp ON ONLY events.learning_events USING btree (tenant_id, "timestamp");

CREATE INDEX ix_learning_events_type ON ONLY events.learning_events USING btree (tenant_id, event_type);

CREATE INDEX ix_learning_events_user ON ONLY events.learning_events USING btree (tenant_id, user_id) WHERE (user_id IS NOT NULL);

CREATE INDEX ix_user_analytics_created_at ON events.user_analytics USING btree (tenant_id, created_at);

CREATE INDEX ix_user_analytics_event_name ON events.user_analytics USING btree (tenant_id, event_name);

CREATE INDEX ix_user_analytics_event_type ON events.user_analytics USING btree (tenant_id, event_type);

CREATE INDEX ix_user_analytics_session_id ON events.user_analytics USING btree (tenant_id, session_id);

CREATE INDEX ix_user_analytics_user_id ON events.user_analytics USING btree (tenant_id, user_id);

CREATE INDEX ix_evolution_candidates_candidate_hash ON evolution.evolution_candidates USING btree (tenant_id, candidate_hash);

CREATE INDEX ix_evolution_candidates_evaluated ON evolution.evolution_candidates USING btree (tenant_id, evaluated);

CREATE INDEX ix_evolution_candidates_fitness_score ON evolution.evolution_candidates USING btree (tenant_id, fitness_score);

CREATE INDEX ix_evolution_candidates_selected_for_next_generation ON evolution.evolution_candidates USING btree (tenant_id, selected_for_next_generation);

CREATE INDEX ix_evolution_experiments_created_at ON evolution.evolution_experiments USING btree (tenant_id, created_at);

CREATE INDEX ix_evolution_experiments_running ON evolution.evolution_experiments USING btree (tenant_id, id) WHERE (status = 'running'::text);

CREATE INDEX ix_evolution_experiments_status ON evolution.evolution_experiments USING btree (tenant_id, status);

CREATE INDEX ix_evolution_generations_generation_number ON evolution.evolution_generations USING btree (tenant_id, generation_number);

CREATE INDEX ix_evolution_generations_parent_generation_id ON evolution.evolution_generations USING btree (tenant_id, parent_generation_id);

CREATE INDEX ix_evolution_generations_started_at ON evolution.evolution_generations USING btree (tenant_id, started_at);

CREATE INDEX ix_evolution_generations_status ON evolution.evolution_generations USING btree (tenant_id, status);

CREATE INDEX ix_evolution_generations_user_id ON evolution.evolution_generations USING btree (tenant_id, user_id);

CREATE INDEX ix_evolution_individuals_experiment_id ON evolution.evolution_individuals USING btree (tenant_id, experiment_id);

CREATE INDEX ix_evolution_individuals_fitness_score ON evolution.evolution_individuals USING btree (tenant_id, fitness_score);

CREATE INDEX ix_evolution_individuals_status ON evolution.evolution_individuals USING btree (tenant_id, evaluation_status);

CREATE INDEX ix_evolution_metrics_generation_id ON evolution.evolution_metrics USING btree (tenant_id, generation_id);

CREATE INDEX ix_evolution_metrics_metric_name ON evolution.evolution_metrics USING btree (tenant_id, metric_name);

CREATE INDEX ix_evolution_metrics_recorded_at ON evolution.evolution_metrics USING btree (tenant_id, recorded_at);

CREATE INDEX ix_evolution_selections_candidate_id ON evolution.evolution_selections USING btree (tenant_id, candidate_id);

CREATE INDEX ix_evolution_selections_generation_id ON evolution.evolution_selections USING btree (tenant_id, generation_id);

CREATE INDEX ix_evolution_selections_individual_id ON evolution.evolution_selections USING btree (tenant_id, individual_id);

CREATE INDEX ix_evolution_selections_method ON evolution.evolution_selections USING btree (tenant_id, selection_method);

CREATE INDEX ix_evolution_selections_selection_rank ON evolution.evolution_selections USING btree (tenant_id, selection_rank);

CREATE INDEX ix_ab_test_results_ab_test_id ON experiments.ab_test_results USING btree (tenant_id, ab_test_id);

CREATE INDEX ix_ab_test_results_test_id ON experiments.ab_test_results USING btree (tenant_id, test_id);

CREATE INDEX ix_ab_testing_assignments_user ON experiments.ab_testing_assignments USING btree (tenant_id, user_id);

CREATE INDEX ix_ab_testing_assignments_variant ON experiments.ab_testing_assignments USING btree (tenant_id, experiment_id, variant);

CREATE INDEX ix_ab_testing_experiments_challenger_version_id ON experiments.ab_testing_experiments USING btree (tenant_id, challenger_version_id);

CREATE INDEX ix_ab_testing_experiments_champion_version_id ON experiments.ab_testing_experiments USING btree (tenant_id, champion_version_id);

CREATE INDEX ix_ab_testing_experiments_dates ON experiments.ab_testing_experiments USING btree (tenant_id, start_date, end_date);

CREATE INDEX ix_ab_testing_experiments_ml_model_id ON experiments.ab_testing_experiments USING btree (tenant_id, ml_model_id);

CREATE INDEX ix_ab_testing_experiments_status ON experiments.ab_testing_experiments USING btree (tenant_id, status);

CREATE UNIQUE INDEX uq_ab_testing_experiments_running ON experiments.ab_testing_experiments USING btree (tenant_id, ml_model_id, kind, challenger_version_id) WHERE ((status = 'running'::text) AND (kind <> 'flag'::text));

CREATE INDEX idx_ml_feature_resource ON ONLY features.ml_feature_store USING btree (tenant_id, resource_id, id);

CREATE INDEX idx_ml_feature_window ON ONLY features.ml_feature_store USING btree (tenant_id, feature_set_id);

CREATE INDEX ix_ml_configurations_created_at ON features.ml_configurations USING btree (tenant_id, created_at);

CREATE INDEX ix_ml_configurations_resource_id ON features.ml_configurations USING btree (tenant_id, resource_id);

CREATE INDEX ix_federated_aggregations_created_at ON federated.federated_aggregations USING btree (tenant_id, created_at);

CREATE INDEX ix_federated_aggregations_method ON federated.federated_aggregations USING btree (tenant_id, aggregation_method);

CREATE INDEX ix_federated_aggregations_round_number ON federated.federated_aggregations USING btree (tenant_id, round_number);

CREATE INDEX ix_federated_metrics_metric_name ON federated.federated_metrics USING btree (tenant_id, metric_name);

CREATE INDEX ix_federated_metrics_node_id ON federated.federated_metrics USING btree (tenant_id, node_id);

CREATE INDEX ix_federated_metrics_recorded_at ON federated.federated_metrics USING btree (tenant_id, recorded_at);

CREATE INDEX ix_federated_metrics_round_number ON federated.federated_metrics USING btree (tenant_id, round_number);

CREATE INDEX ix_federated_nodes_is_active ON federated.federated_nodes USING btree (tenant_id, is_active);

CREATE INDEX ix_federated_nodes_last_seen_at ON federated.federated_nodes USING btree (tenant_id, last_seen_at);

CREATE INDEX ix_federated_nodes_node_type ON federated.federated_nodes USING btree (tenant_id, node_type);

CREATE INDEX ix_federated_updates_node_id ON federated.federated_updates USING btree (tenant_id, node_id);

CREATE INDEX ix_federated_updates_received_at ON federated.federated_updates USING btree (tenant_id, received_at);

CREATE INDEX ix_federated_updates_round_number ON federated.federated_updates USING btree (tenant_id, round_number);

CREATE INDEX ix_federated_updates_status ON federated.federated_updates USING btree (tenant_id, status);

CREATE UNIQUE INDEX uq_federated_updates_once ON federated.federated_updates USING btree (tenant_id, node_id, round_number, model_version) WHERE (status <> 'failed'::text);

CREATE INDEX ix_ml_feedback_created_on ON feedback.ml_feedback USING btree (tenant_id, created_on);

CREATE INDEX ix_ml_feedback_service_name ON feedback.ml_feedback USING btree (tenant_id, service_name);

CREATE INDEX ix_ml_feedback_unprocessed ON feedback.ml_feedback USING btree (tenant_id, service_name) WHERE (NOT processed);

CREATE INDEX ix_quality_feedback_created_at ON feedback.quality_feedback USING btree (tenant_id, created_at DESC);

CREATE INDEX ix_quality_feedback_ml_prediction_id ON feedback.quality_feedback USING btree (tenant_id, ml_prediction_id);

CREATE INDEX ix_quality_feedback_repo ON feedback.quality_feedback USING btree (tenant_id, repo);

CREATE INDEX ix_quality_feedback_user_id ON feedback.quality_feedback USING btree (tenant_id, user_id);

CREATE UNIQUE INDEX uq_ml_feedback_once ON feedback.ml_feedback USING btree (tenant_id, prediction_id, user_id, feedback_type);

CREATE INDEX ix_fine_tuning_jobs_base_model_id ON finetuning.fine_tuning_jobs USING btree (tenant_id, base_model_id);

CREATE INDEX ix_fine_tuning_jobs_created_at ON finetuning.fine_tuning_jobs USING btree (tenant_id, created_at);

CREATE INDEX ix_fine_tuning_jobs_ml_model_id ON finetuning.fine_tuning_jobs USING btree (tenant_id, ml_model_id);

CREATE INDEX ix_fine_tuning_jobs_status ON finetuning.fine_tuning_jobs USING btree (tenant_id, status);

CREATE INDEX ix_fine_tuning_jobs_training_job_id ON finetuning.fine_tuning_jobs USING btree (tenant_id, training_job_id);

CREATE INDEX ix_fine_tuning_jobs_user_id ON finetuning.fine_tuning_jobs USING btree (tenant_id, user_id);

CREATE INDEX ix_fine_tuning_metrics_epoch ON finetuning.fine_tuning_metrics USING btree (tenant_id, epoch);

CREATE INDEX ix_fine_tuning_metrics_job_epoch ON finetuning.fine_tuning_metrics USING btree (tenant_id, job_id, epoch);

CREATE INDEX ix_fine_tuning_metrics_metric_name ON finetuning.fine_tuning_metrics USING btree (tenant_id, metric_name);

CREATE INDEX ix_fine_tuning_metrics_timestamp ON finetuning.fine_tuning_metrics USING btree (tenant_id, "timestamp");

CREATE INDEX ix_incremental_updates_created_at ON finetuning.incremental_updates USING btree (tenant_id, created_at);

CREATE INDEX ix_incremental_updates_is_applied ON finetuning.incremental_updates USING btree (tenant_id, is_applied);

CREATE INDEX ix_incremental_updates_job_id ON finetuning.incremental_updates USING btree (tenant_id, job_id);

CREATE INDEX ix_incremental_updates_model_version_id ON finetuning.incremental_updates USING btree (tenant_id, model_version_id);

CREATE INDEX ix_incremental_updates_update_type ON finetuning.incremental_updates USING btree (tenant_id, update_type);

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON jobs.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::jobs.procrastinate_job_status));

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON jobs.procrastinate_workers USING btree (last_heartbeat);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON jobs.procrastinate_events USING btree (job_id);

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON jobs.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::jobs.procrastinate_job_status, 'doing'::jobs.procrastinate_job_status]));

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON jobs.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::jobs.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON jobs.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::jobs.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON jobs.procrastinate_jobs USING btree (queue_name);

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON jobs.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::jobs.procrastinate_job_status);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON jobs.procrastinate_periodic_defers USING btree (job_id);

CREATE INDEX ix_loop_policies_baseline_version_id ON loop.loop_policies USING btree (tenant_id, baseline_version_id);

CREATE INDEX ix_architecture_candidates_created_at ON nas.architecture_candidates USING btree (tenant_id, created_at);

CREATE INDEX ix_architecture_candidates_generation ON nas.architecture_candidates USING btree (tenant_id, generation);

CREATE INDEX ix_architecture_candidates_hash ON nas.architecture_candidates USING btree (tenant_id, architecture_hash);

CREATE INDEX ix_architecture_performance_candidate_id ON nas.architecture_performance USING btree (tenant_id, candidate_id);

CREATE INDEX ix_architecture_performance_evaluated_at ON nas.architecture_performance USING btree (tenant_id, evaluated_at);

CREATE INDEX ix_architecture_performance_metric_name ON nas.architecture_performance USING btree (tenant_id, metric_name);

CREATE INDEX ix_architecture_performance_search_run_id ON nas.architecture_performance USING btree (tenant_id, search_run_id);

CREATE INDEX ix_architecture_search_runs_started_at ON nas.architecture_search_runs USING btree (tenant_id, started_at);

CREATE INDEX ix_architecture_search_runs_status ON nas.architecture_search_runs USING btree (tenant_id, status);

CREATE INDEX ix_architecture_search_runs_strategy ON nas.architecture_search_runs USING btree (tenant_id, search_strategy);

CREATE INDEX ix_architecture_search_runs_user_id ON nas.architecture_search_runs USING btree (tenant_id, user_id);

CREATE INDEX ix_optimal_architectures_candidate_id ON nas.optimal_architectures USING btree (tenant_id, candidate_id);

CREATE INDEX ix_optimal_architectures_is_deployed ON nas.optimal_architectures USING btree (tenant_id, is_deployed);

CREATE INDEX ix_optimal_architectures_ranking_score ON nas.optimal_architectures USING btree (tenant_id, ranking_score);

CREATE INDEX ix_optimal_architectures_search_run_id ON nas.optimal_architectures USING btree (tenant_id, search_run_id);

CREATE INDEX ix_alerts_alert_rule_id ON operations.alerts USING btree (tenant_id, alert_rule_id);

CREATE INDEX ix_alerts_status ON operations.alerts USING btree (tenant_id, status, opened_at);

CREATE UNIQUE INDEX ix_archive_manifests_open ON operations.archive_manifests USING btree (tenant_id, table_name, period_start) WHERE (dropped_at IS NULL);

CREATE UNIQUE INDEX ix_job_runs_key_open ON operations.job_runs USING btree (tenant_id, key) WHERE ((status = ANY (ARRAY['queued'::text, 'running'::text])) AND (key IS NOT NULL));

CREATE INDEX ix_job_runs_status_queued_at ON operations.job_runs USING btree (tenant_id, status, queued_at);

CREATE INDEX ix_metric_series_name ON operations.metric_series USING btree (tenant_id, metric_name, id);

CREATE INDEX ix_system_performance_metrics_name ON ONLY operations.system_performance_metrics USING btree (tenant_id, metric_name, "timestamp");

CREATE UNIQUE INDEX uq_alerts_open ON operations.alerts USING btree (tenant_id, alert_rule_id, subject) WHERE (status <> 'closed'::text);

CREATE INDEX ix_daily_pattern_counts_pattern_id ON patterns.daily_pattern_counts USING btree (tenant_id, pattern_id);

CREATE INDEX ix_identified_patterns_confidence_score ON patterns.identified_patterns USING btree (tenant_id, confidence_score);

CREATE INDEX ix_identified_patterns_last_detected ON patterns.identified_patterns USING btree (tenant_id, last_detected);

CREATE INDEX ix_identified_patterns_severity ON patterns.identified_patterns USING btree (tenant_id, severity_level);

CREATE INDEX ix_identified_patterns_type_status ON patterns.identified_patterns USING btree (tenant_id, pattern_type, status);

CREATE INDEX ix_pattern_occurrences_pattern ON ONLY patterns.pattern_occurrences USING btree (tenant_id, pattern_id, detected_on);

CREATE INDEX ix_pattern_occurrences_source ON ONLY patterns.pattern_occurrences USING btree (source_key);

CREATE INDEX ix_pattern_occurrences_timestamp ON ONLY patterns.pattern_occurrences USING brin (detection_timestamp);

CREATE UNIQUE INDEX uq_daily_pattern_counts_day ON patterns.daily_pattern_counts USING btree (tenant_id, date, pattern_id) INCLUDE (occurrence_count);

CREATE UNIQUE INDEX uq_daily_pattern_type_counts_day ON patterns.daily_pattern_type_counts USING btree (tenant_id, date, pattern_type);

CREATE INDEX ix_calibrations_latest ON predictions.calibrations USING btree (tenant_id, model_version_id, fitted_at DESC);

CREATE INDEX ix_hourly_prediction_usage_hour ON predictions.hourly_prediction_usage USING btree (tenant_id, hour_start);

CREATE INDEX ix_ml_performance_metrics_metric_name ON predictions.ml_performance_metrics USING btree (tenant_id, metric_name);

CREATE INDEX ix_ml_performance_metrics_period ON predictions.ml_performance_metrics USING btree (tenant_id, period_start, period_end);

CREATE INDEX ix_ml_performance_metrics_service_name ON predictions.ml_performance_metrics USING btree (tenant_id, service_name);

CREATE INDEX ix_ml_predictions_entity ON ONLY predictions.ml_predictions USING btree (tenant_key, entity_key);

CREATE INDEX ix_ml_predictions_expires_at ON ONLY predictions.ml_predictions USING btree (tenant_id, expires_at) WHERE (expires_at IS NOT NULL);

CREATE INDEX ix_ml_predictions_high_risk ON ONLY predictions.ml_predictions USING btree (tenant_id, risk_level, prediction_timestamp DESC) WHERE (risk_level = ANY (ARRAY['critical'::text, 'high'::text]));

CREATE INDEX ix_ml_predictions_model ON ONLY predictions.ml_predictions USING btree (tenant_id, model_id, made_on) WHERE (model_id IS NOT NULL);

CREATE INDEX ix_ml_predictions_model_day ON ONLY predictions.ml_predictions USING btree (tenant_id, ml_model_id, made_on);

CREATE INDEX ix_ml_predictions_probability ON ONLY predictions.ml_predictions USING btree (tenant_id, violation_probability DESC) WHERE (violation_probability IS NOT NULL);

CREATE INDEX ix_ml_predictions_resource ON ONLY predictions.ml_predictions USING btree (tenant_id, resource_id) WHERE (resource_id IS NOT NULL);

CREATE INDEX ix_ml_predictions_risk ON ONLY predictions.ml_predictions USING btree (tenant_id, risk_level) WHERE (risk_level IS NOT NULL);

CREATE INDEX ix_ml_predictions_service ON ONLY predictions.ml_predictions USING btree (tenant_id, service_name) WHERE (service_name <> 'everlearn'::text);

CREATE INDEX ix_ml_predictions_timestamp ON ONLY predictions.ml_predictions USING brin (prediction_timestamp);

CREATE INDEX ix_ml_predictions_type ON ONLY predictions.ml_predictions USING btree (tenant_id, prediction_type) WHERE (prediction_kind <> 'model'::text);

CREATE INDEX ix_ml_predictions_version ON ONLY predictions.ml_predictions USING btree (tenant_id, model_version) WHERE (prediction_kind <> 'model'::text);

CREATE INDEX ix_performance_daily_model_version_id ON predictions.performance_daily USING btree (tenant_id, model_version_id);

CREATE INDEX ix_performance_quantiles_model_version_id ON predictions.performance_quantiles USING btree (tenant_id, model_version_id);

CREATE INDEX ix_prediction_keys_id ON predictions.prediction_keys USING brin (id);

CREATE INDEX ix_prediction_outcomes_known_on ON ONLY predictions.prediction_outcomes USING btree (tenant_id, ml_model_id, known_on);

CREATE INDEX ix_predictions_active ON predictions.predictions USING btree (tenant_id, id) WHERE (status = 'active'::text);

CREATE INDEX ix_predictions_ml_prediction_id ON predictions.predictions USING btree (tenant_id, ml_prediction_id);

CREATE INDEX ix_predictions_model_id ON predictions.predictions USING btree (tenant_id, model_id);

CREATE INDEX ix_predictions_status ON predictions.predictions USING btree (tenant_id, status);

CREATE INDEX ix_predictions_target ON predictions.predictions USING btree (tenant_id, target_entity_type, target_entity_id);

CREATE INDEX ix_predictions_timestamp ON predictions.predictions USING btree (tenant_id, prediction_timestamp DESC);

CREATE INDEX ix_predictions_type ON predictions.predictions USING btree (tenant_id, prediction_type);

CREATE UNIQUE INDEX uq_hourly_prediction_usage_key ON predictions.hourly_prediction_usage USING btree (tenant_id, ml_model_id, hour_start, role);

CREATE UNIQUE INDEX uq_performance_daily_key ON predictions.performance_daily USING btree (tenant_id, ml_model_id, made_on, model_version_id, role) NULLS NOT DISTINCT;

CREATE UNIQUE INDEX uq_performance_quantiles_key ON predictions.performance_quantiles USING btree (tenant_id, ml_model_id, made_on, model_version_id, role) NULLS NOT DISTINCT;

CREATE INDEX ix_custom_models_is_active ON registry.custom_models USING btree (tenant_id, is_active);

CREATE INDEX ix_custom_models_is_public ON registry.custom_models USING btree (tenant_id, is_public);

CREATE INDEX ix_custom_models_model_id ON registry.custom_models USING btree (tenant_id, model_id);

CREATE INDEX ix_custom_models_model_version_id ON registry.custom_models USING btree (tenant_id, model_version_id);

CREATE INDEX ix_custom_models_provider ON registry.custom_models USING btree (tenant_id, provider);

CREATE INDEX ix_ml_models_created_at ON registry.ml_models USING btree (tenant_id, created_at);

CREATE INDEX ix_ml_models_model_type_status ON registry.ml_models USING btree (tenant_id, model_type, status);

CREATE INDEX ix_ml_models_parent_model_id ON registry.ml_models USING btree (tenant_id, parent_model_id);

CREATE INDEX ix_ml_models_status ON registry.ml_models USING btree (tenant_id, status);

CREATE INDEX ix_ml_models_version ON registry.ml_models USING btree (tenant_id, version);

CREATE INDEX ix_model_deployments_model_version_id ON registry.model_deployments USING btree (tenant_id, model_version_id);

CREATE INDEX ix_model_deployments_replaced_version_id ON registry.model_deployments USING btree (tenant_id, replaced_version_id);

CREATE INDEX ix_model_metrics_model_version_id ON registry.model_metrics USING btree (tenant_id, model_version_id);

CREATE INDEX ix_model_versions_artifact_id ON registry.model_versions USING btree (tenant_id, artifact_id);

CREATE INDEX ix_model_versions_created_at ON registry.model_versions USING btree (tenant_id, created_at);

CREATE INDEX ix_model_versions_fine_tuning_job_id ON registry.model_versions USING btree (tenant_id, fine_tuning_job_id);

CREATE INDEX ix_model_versions_is_active ON registry.model_versions USING btree (tenant_id, is_active);

CREATE INDEX ix_model_versions_model_type_is_active ON registry.model_versions USING btree (tenant_id, model_type, is_active);

CREATE INDEX ix_model_versions_parent_version_id ON registry.model_versions USING btree (tenant_id, parent_version_id);

CREATE UNIQUE INDEX uq_ml_models_served_name ON registry.ml_models USING btree (tenant_id, name) WHERE (task IS NOT NULL);

CREATE UNIQUE INDEX uq_model_deployments_current ON registry.model_deployments USING btree (tenant_id, ml_model_id, environment) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX uq_model_versions_active ON registry.model_versions USING btree (tenant_id, ml_model_id) WHERE (status = 'active'::text);

CREATE UNIQUE INDEX uq_model_versions_active_name ON registry.model_versions USING btree (tenant_id, model_name) WHERE is_active;

CREATE UNIQUE INDEX uq_model_versions_training_job_id ON registry.model_versions USING btree (tenant_id, training_job_id) WHERE (training_job_id IS NOT NULL);

CREATE INDEX ix_api_keys_live ON tenancy.api_keys USING btree (tenant_id, kind) WHERE (revoked_at IS NULL);

CREATE INDEX ix_api_keys_made_from ON tenancy.api_keys USING btree (tenant_id, made_from);

CREATE INDEX ix_api_keys_secret_sha256 ON tenancy.api_keys USING btree (secret_sha256);

CREATE INDEX ix_api_keys_user_id ON tenancy.api_keys USING btree (tenant_id, user_id);

CREATE INDEX ix_collaboration_sessions_host_id ON tenancy.collaboration_sessions USING btree (tenant_id, host_id);

CREATE INDEX ix_collaboration_sessions_started_at ON tenancy.collaboration_sessions USING btree (tenant_id, started_at);

CREATE INDEX ix_collaboration_sessions_status ON tenancy.collaboration_sessions USING btree (tenant_id, status);

CREATE INDEX ix_collaboration_sessions_workspace_id ON tenancy.collaboration_sessions USING btree (tenant_id, workspace_id);

CREATE INDEX ix_enterprise_settings_setting_key ON tenancy.enterprise_settings USING btree (tenant_id, setting_key);

CREATE INDEX ix_enterprise_settings_updated_at ON tenancy.enterprise_settings USING btree (tenant_id, updated_at);

CREATE INDEX ix_enterprise_settings_updated_by ON tenancy.enterprise_settings USING btree (tenant_id, updated_by);

CREATE INDEX ix_role_permissions_is_active ON tenancy.role_permissions USING btree (tenant_id, is_active);

CREATE INDEX ix_role_permissions_resource_type ON tenancy.role_permissions USING btree (tenant_id, resource_type);

CREATE INDEX ix_shared_workspaces_created_at ON tenancy.shared_workspaces USING btree (tenant_id, created_at);

CREATE INDEX ix_shared_workspaces_created_by ON tenancy.shared_workspaces USING btree (tenant_id, created_by);

CREATE INDEX ix_shared_workspaces_is_public ON tenancy.shared_workspaces USING btree (tenant_id, is_public);

CREATE INDEX ix_shared_workspaces_team_id ON tenancy.shared_workspaces USING btree (tenant_id, team_id);

CREATE INDEX ix_shared_workspaces_workspace_type ON tenancy.shared_workspaces USING btree (tenant_id, workspace_type);

CREATE INDEX ix_sso_configurations_enabled ON tenancy.sso_configurations USING btree (tenant_id, enabled);

CREATE INDEX ix_sso_configurations_sso_type ON tenancy.sso_configurations USING btree (tenant_id, sso_type);

CREATE INDEX ix_team_members_invited_by ON tenancy.team_members USING btree (tenant_id, invited_by);

CREATE INDEX ix_team_members_joined_at ON tenancy.team_members USING btree (tenant_id, joined_at);

CREATE INDEX ix_team_members_role ON tenancy.team_members USING btree (tenant_id, role);

CREATE INDEX ix_team_members_user_id ON tenancy.team_members USING btree (tenant_id, user_id);

CREATE INDEX ix_teams_created_at ON tenancy.teams USING btree (tenant_id, created_at);

CREATE INDEX ix_teams_is_active ON tenancy.teams USING btree (tenant_id, is_active);

CREATE INDEX ix_teams_owner_id ON tenancy.teams USING btree (tenant_id, owner_id);

CREATE INDEX ix_ml_training_jobs_created_at ON training.ml_training_jobs USING btree (tenant_id, created_at);

CREATE INDEX ix_ml_training_jobs_ml_model_id ON training.ml_training_jobs USING btree (tenant_id, ml_model_id);

CREATE INDEX ix_ml_training_jobs_model_version_id ON training.ml_training_jobs USING btree (tenant_id, model_version_id);

CREATE INDEX ix_ml_training_jobs_status ON training.ml_training_jobs USING btree (tenant_id, status);

CREATE INDEX ix_model_training_sessions_dataset_id ON training.model_training_sessions USING btree (tenant_id, dataset_id);

CREATE INDEX ix_model_training_sessions_model_id ON training.model_training_sessions USING btree (tenant_id, model_id);

CREATE INDEX ix_model_training_sessions_status ON training.model_training_sessions USING btree (tenant_id, status);

CREATE INDEX ix_model_training_sessions_training_start ON training.model_training_sessions USING btree (tenant_id, training_start);

CREATE INDEX ix_cross_domain_predictions_created_at ON transfer.cross_domain_predictions USING btree (tenant_id, created_at);

CREATE INDEX ix_cross_domain_predictions_source_domain ON transfer.cross_domain_predictions USING btree (tenant_id, source_domain);

CREATE INDEX ix_cross_domain_predictions_target_domain ON transfer.cross_domain_predictions USING btree (tenant_id, target_domain);

CREATE INDEX ix_cross_domain_predictions_transfer_run_id ON transfer.cross_domain_predictions USING btree (tenant_id, transfer_run_id);

CREATE INDEX ix_domain_adaptation_metrics_evaluated_at ON transfer.domain_adaptation_metrics USING btree (tenant_id, evaluated_at);

CREATE INDEX ix_domain_adaptation_metrics_metric_name ON transfer.domain_adaptation_metrics USING btree (tenant_id, metric_name);

CREATE INDEX ix_domain_adaptation_metrics_phase ON transfer.domain_adaptation_metrics USING btree (tenant_id, evaluation_phase);

CREATE INDEX ix_domain_adaptation_metrics_transfer_run_id ON transfer.domain_adaptation_metrics USING btree (tenant_id, transfer_run_id);

CREATE INDEX ix_domain_mappings_domain_type ON transfer.domain_mappings USING btree (tenant_id, domain_type);

CREATE INDEX ix_domain_mappings_similarity_score ON transfer.domain_mappings USING btree (tenant_id, similarity_score);

CREATE INDEX ix_domain_mappings_target_domain ON transfer.domain_mappings USING btree (tenant_id, target_domain);

CREATE INDEX ix_transfer_learning_runs_created_at ON transfer.transfer_learning_runs USING btree (tenant_id, created_at);

CREATE INDEX ix_transfer_learning_runs_ml_model_id ON transfer.transfer_learning_runs USING btree (tenant_id, ml_model_id);

CREATE INDEX ix_transfer_learning_runs_source_domain ON transfer.transfer_learning_runs USING btree (tenant_id, source_domain);

CREATE INDEX ix_transfer_learning_runs_status ON transfer.transfer_learning_runs USING btree (tenant_id, status);

CREATE INDEX ix_transfer_learning_runs_target_domain ON transfer.transfer_learning_runs USING btree (tenant_id, target_domain);

CREATE INDEX ix_transfer_learning_runs_user_id ON transfer.transfer_learning_runs USING btree (tenant_id, user_id);

CREATE TRIGGER touch BEFORE UPDATE ON analytics.analytics_dashboards FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER chain BEFORE INSERT ON audit.audit_logs FOR EACH ROW EXECUTE FUNCTION app.chain_audit();

CREATE TRIGGER touch BEFORE UPDATE ON caching.cache_patterns FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON catalog.industries FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON catalog.interactive_solutions FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON catalog.use_case_categories FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON catalog.use_case_templates FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON catalog.use_cases FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON codequality.file_quality_scores FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON codequality.quality_improvement_plans FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON commerce.customer_segments FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON commerce.customers FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON commerce.inventory FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON commerce.orders FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON commerce.products FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON commerce.transactions FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON content.content_chunks FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON datasets.training_datasets FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON devlab.devlab_files FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON devlab.devlab_projects FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON discovery.discovery_tool_templates FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON discovery.discovery_tools FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON drift.drift_watches FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER touch BEFORE UPDATE ON ensembles.ensemble_configurations FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER find_event BEFORE INSERT ON events.git_operation_learning_events FOR EACH ROW EXECUTE FUNCTION events.find_learning_event();

CREATE TRIGGER stale_delete AFTER DELETE ON events.learning_events REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days();

CREATE TRIGGER stale_insert AFTER INSERT ON events.learning_events REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days();

CREATE TRIGGER stale_update AFTER UPDATE ON events.learning_events REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days();

CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON evolution.evolution_generations FOR EACH ROW EXECUTE FUNCTION evolution.fill_evolution_generations();

CREATE TRIGGER touch BEFORE UPDATE ON evolution.evolution_experiments FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON experiments.ab_testing_experiments FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER touch BEFORE UPDATE ON experiments.ab_testing_experiments FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON experiments.ab_tests FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON features.ml_configurations FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON federated.federated_nodes FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER complete BEFORE INSERT OR UPDATE ON feedback.ml_feedback FOR EACH ROW EXECUTE FUNCTION feedback.complete_feedback();

CREATE TRIGGER copy AFTER INSERT OR UPDATE ON feedback.quality_feedback FOR EACH ROW WHEN ((new.ml_prediction_id IS NOT NULL)) EXECUTE FUNCTION feedback.copy_quality_feedback();

CREATE TRIGGER stale_delete AFTER DELETE ON feedback.ml_feedback REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION feedback.mark_stale_days();

CREATE TRIGGER stale_insert AFTER INSERT ON feedback.ml_feedback REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION feedback.mark_stale_days();

CREATE TRIGGER stale_update AFTER UPDATE ON feedback.ml_feedback REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION feedback.mark_stale_days();

CREATE TRIGGER touch BEFORE UPDATE ON feedback.quality_feedback FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON jobs.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::jobs.procrastinate_job_status))) EXECUTE FUNCTION jobs.procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::jobs.procrastinate_job_status)) EXECUTE FUNCTION jobs.procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION jobs.procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON jobs.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION jobs.procrastinate_unlink_periodic_defers_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON jobs.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::jobs.procrastinate_job_status))) EXECUTE FUNCTION jobs.procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::jobs.procrastinate_job_status)) EXECUTE FUNCTION jobs.procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON jobs.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION jobs.procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON loop.loop_policies FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER touch BEFORE UPDATE ON loop.loop_policies FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON operations.alert_rules FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON operations.data_retention_policies FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER check_table BEFORE INSERT OR UPDATE OF table_name ON operations.data_retention_policies FOR EACH ROW EXECUTE FUNCTION operations.check_retained_table();

CREATE TRIGGER note_chunks AFTER INSERT ON operations.metric_samples REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION operations.note_metric_chunks();

CREATE TRIGGER note_rows AFTER INSERT ON operations.system_performance_metrics REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION operations.note_metric_rows();

CREATE TRIGGER touch BEFORE UPDATE ON operations.alert_rules FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER stale_delete AFTER DELETE ON patterns.pattern_occurrences REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days();

CREATE TRIGGER stale_insert AFTER INSERT ON patterns.pattern_occurrences REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days();

CREATE TRIGGER stale_pattern BEFORE DELETE OR UPDATE OF pattern_type ON patterns.identified_patterns FOR EACH ROW EXECUTE FUNCTION patterns.mark_days_of_pattern();

CREATE TRIGGER stale_update AFTER UPDATE ON patterns.pattern_occurrences REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days();

CREATE TRIGGER changed_delete AFTER DELETE ON predictions.ml_predictions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_changed_predictions();

CREATE TRIGGER changed_delete AFTER DELETE ON predictions.prediction_outcomes REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_changed_outcomes();

CREATE TRIGGER changed_update AFTER UPDATE ON predictions.ml_predictions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_changed_predictions();

CREATE TRIGGER changed_update AFTER UPDATE ON predictions.prediction_outcomes REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_changed_outcomes();

CREATE TRIGGER complete BEFORE INSERT ON predictions.ml_predictions FOR EACH ROW WHEN ((((new.prediction_id IS NOT NULL) AND (current_setting('everlearn.keyed'::text, true) IS DISTINCT FROM 'yes'::text)) OR (new.violation_probability IS NOT NULL) OR (new.confidence_score IS NOT NULL) OR (new.risk_level IS NOT NULL))) EXECUTE FUNCTION predictions.complete_prediction();

CREATE TRIGGER free_ids AFTER DELETE ON predictions.ml_predictions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.free_prediction_ids();

CREATE TRIGGER insert INSTEAD OF INSERT ON predictions.ai_gm_ml_predictions FOR EACH ROW EXECUTE FUNCTION predictions.insert_service_prediction('ai-gm', 'narrative-quality', '[{"name": "response_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}]');

CREATE TRIGGER insert INSTEAD OF INSERT ON predictions.code_roach_ml_predictions FOR EACH ROW EXECUTE FUNCTION predictions.insert_service_prediction('code-roach', 'code-quality', '[{"name": "project_id", "type": "uuid", "part": "context"}, {"name": "file_path", "type": "text", "part": "context"}, {"name": "prediction_type", "type": "text", "part": "type", "required": true, "values": ["code-quality", "fix-success"]}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "code_metrics", "type": "json", "part": "context"}]');

CREATE TRIGGER insert INSTEAD OF INSERT ON predictions.daisy_chain_ml_predictions FOR EACH ROW EXECUTE FUNCTION predictions.insert_service_prediction('daisy-chain', 'success', '[{"name": "task_id", "type": "uuid", "part": "context"}, {"name": "task_type", "type": "text", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "context", "required": true}, {"name": "predicted_success", "type": "float", "part": "predicted", "required": true}, {"name": "actual_success", "type": "boolean", "part": "actual"}]');

CREATE TRIGGER insert INSTEAD OF INSERT ON predictions.first_mate_ml_predictions FOR EACH ROW EXECUTE FUNCTION predictions.insert_service_prediction('first-mate', 'success', '[{"name": "user_id", "type": "uuid", "part": "context"}, {"name": "roll_type", "type": "text", "part": "context", "required": true, "values": ["dice", "action"]}, {"name": "stat_name", "type": "text", "part": "context"}, {"name": "stat_value", "type": "integer", "part": "context"}, {"name": "modifier", "type": "integer", "part": "context"}, {"name": "predicted_success", "type": "float", "part": "predicted", "required": true}, {"name": "actual_success", "type": "boolean", "part": "actual"}]');

CREATE TRIGGER insert INSTEAD OF INSERT ON predictions.game_app_ml_predictions FOR EACH ROW EXECUTE FUNCTION predictions.insert_service_prediction('game-app', 'narrative-quality', '[{"name": "session_id", "type": "uuid", "part": "context"}, {"name": "narrative_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "scenario_id", "type": "text", "part": "context"}, {"name": "roll_type", "type": "text", "part": "context"}]');

CREATE TRIGGER insert INSTEAD OF INSERT ON predictions.oracle_ml_predictions FOR EACH ROW EXECUTE FUNCTION predictions.insert_service_prediction('oracle', 'quality', '[{"name": "query", "type": "text", "part": "context"}, {"name": "knowledge_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "predicted_relevance", "type": "float", "part": "context", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "actual_relevance", "type": "float", "part": "further"}]');

CREATE TRIGGER stale_delete AFTER DELETE ON predictions.performance_daily REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_stale_performance();

CREATE TRIGGER stale_insert AFTER INSERT ON predictions.performance_daily REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_stale_performance();

CREATE TRIGGER stale_update AFTER UPDATE ON predictions.performance_daily REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_stale_performance();

CREATE TRIGGER stale_usage_delete AFTER DELETE ON predictions.hourly_prediction_usage REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION analytics.mark_stale_usage();

CREATE TRIGGER stale_usage_insert AFTER INSERT ON predictions.hourly_prediction_usage REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION analytics.mark_stale_usage();

CREATE TRIGGER stale_usage_update AFTER UPDATE ON predictions.hourly_prediction_usage REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION analytics.mark_stale_usage();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON registry.custom_models FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON registry.ml_models FOR EACH ROW EXECUTE FUNCTION registry.fill_ml_models();

CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON registry.model_versions FOR EACH ROW EXECUTE FUNCTION registry.fill_model_versions();

CREATE TRIGGER touch BEFORE UPDATE ON registry.custom_models FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON registry.ml_models FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.api_keys FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.enterprise_settings FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.role_permissions FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.sso_configurations FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.team_members FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.teams FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.users FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER give_tools AFTER INSERT ON tenancy.tenants FOR EACH ROW EXECUTE FUNCTION discovery.on_tenant();

CREATE TRIGGER give_use_cases AFTER INSERT ON tenancy.tenants FOR EACH ROW EXECUTE FUNCTION catalog.on_tenant();

CREATE TRIGGER guard BEFORE INSERT OR DELETE OR UPDATE ON tenancy.team_members FOR EACH ROW EXECUTE FUNCTION tenancy.guard_owners();

CREATE TRIGGER guard BEFORE UPDATE ON tenancy.teams FOR EACH ROW EXECUTE FUNCTION tenancy.guard_team();

CREATE TRIGGER refuse_held BEFORE DELETE ON tenancy.tenants FOR EACH ROW EXECUTE FUNCTION operations.refuse_held();

CREATE TRIGGER register AFTER INSERT OR DELETE OR UPDATE OF id, tenant_id, secret_sha256 ON tenancy.api_keys FOR EACH ROW EXECUTE FUNCTION app.register_secret();

CREATE TRIGGER register AFTER INSERT OR DELETE OR UPDATE OF id, slug ON tenancy.tenants FOR EACH ROW EXECUTE FUNCTION app.register_tenant();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.enterprise_settings FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.role_permissions FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.shared_workspaces FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.sso_configurations FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.teams FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.tenants FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.users FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON training.model_training_sessions FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON transfer.domain_mappings FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

ALTER TABLE ONLY analytics.analytics_dashboards
    ADD CONSTRAINT fk_analytics_dashboards_team_id FOREIGN KEY (tenant_id, team_id) REFERENCES tenancy.teams(tenant_id, id) ON DELETE SET NULL (team_id);

ALTER TABLE ONLY analytics.analytics_dashboards
    ADD CONSTRAINT fk_analytics_dashboards_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY analytics.analytics_dashboards
    ADD CONSTRAINT fk_analytics_dashboards_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY analytics.analytics_reports
    ADD CONSTRAINT fk_analytics_reports_dashboard_id FOREIGN KEY (tenant_id, dashboard_id) REFERENCES analytics.analytics_dashboards(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY analytics.analytics_reports
    ADD CONSTRAINT fk_analytics_reports_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY analytics.analytics_reports
    ADD CONSTRAINT fk_analytics_reports_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY analytics.usage_trends
    ADD CONSTRAINT fk_usage_trends_team_id FOREIGN KEY (tenant_id, team_id) REFERENCES tenancy.teams(tenant_id, id) ON DELETE SET NULL (team_id);

ALTER TABLE ONLY analytics.usage_trends
    ADD CONSTRAINT fk_usage_trends_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY analytics.usage_trends
    ADD CONSTRAINT fk_usage_trends_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (user_id);

ALTER TABLE ONLY caching.cache_patterns
    ADD CONSTRAINT fk_cache_patterns_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY caching.cache_performance
    ADD CONSTRAINT fk_cache_performance_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY caching.cache_predictions
    ADD CONSTRAINT fk_cache_predictions_access_pattern_id FOREIGN KEY (tenant_id, access_pattern_id) REFERENCES caching.cache_patterns(tenant_id, id) ON DELETE SET NULL (access_pattern_id);

ALTER TABLE ONLY caching.cache_predictions
    ADD CONSTRAINT fk_cache_predictions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY caching.cache_warming_jobs
    ADD CONSTRAINT fk_cache_warming_jobs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY caching.cache_warming_jobs
    ADD CONSTRAINT fk_cache_warming_jobs_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY catalog.interactive_solutions
    ADD CONSTRAINT fk_interactive_solutions_use_case_id FOREIGN KEY (use_case_id) REFERENCES catalog.use_case_templates(id);

ALTER TABLE ONLY catalog.use_case_executions
    ADD CONSTRAINT fk_use_case_executions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY catalog.use_case_executions
    ADD CONSTRAINT fk_use_case_executions_use_case_id FOREIGN KEY (tenant_id, use_case_id) REFERENCES catalog.use_cases(tenant_id, id);

ALTER TABLE ONLY catalog.use_case_executions
    ADD CONSTRAINT fk_use_case_executions_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (user_id);

ALTER TABLE ONLY catalog.use_case_templates
    ADD CONSTRAINT fk_use_case_templates_category_id FOREIGN KEY (category_id) REFERENCES catalog.use_case_categories(id);

ALTER TABLE ONLY catalog.use_case_templates
    ADD CONSTRAINT fk_use_case_templates_industry_id FOREIGN KEY (industry_id) REFERENCES catalog.industries(id);

ALTER TABLE ONLY catalog.use_cases
    ADD CONSTRAINT fk_use_cases_category_id FOREIGN KEY (category_id) REFERENCES catalog.use_case_categories(id);

ALTER TABLE ONLY catalog.use_cases
    ADD CONSTRAINT fk_use_cases_industry_id FOREIGN KEY (industry_id) REFERENCES catalog.industries(id);

ALTER TABLE ONLY catalog.use_cases
    ADD CONSTRAINT fk_use_cases_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY codequality.file_quality_scores
    ADD CONSTRAINT fk_file_quality_scores_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY codequality.generated_code_files
    ADD CONSTRAINT fk_generated_code_files_improvement_plan_id FOREIGN KEY (tenant_id, improvement_plan_id) REFERENCES codequality.quality_improvement_plans(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY codequality.generated_code_files
    ADD CONSTRAINT fk_generated_code_files_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY codequality.quality_improvement_history
    ADD CONSTRAINT fk_quality_improvement_history_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY codequality.quality_improvement_plans
    ADD CONSTRAINT fk_quality_improvement_plans_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY codequality.repository_quality_snapshots
    ADD CONSTRAINT fk_repository_quality_snapshots_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.customer_segments
    ADD CONSTRAINT fk_customer_segments_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.customers
    ADD CONSTRAINT fk_customers_segment_id FOREIGN KEY (tenant_id, segment_id) REFERENCES commerce.customer_segments(tenant_id, id) ON DELETE SET NULL (segment_id);

ALTER TABLE ONLY commerce.customers
    ADD CONSTRAINT fk_customers_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.inventory_movements
    ADD CONSTRAINT fk_inventory_movements_created_by FOREIGN KEY (tenant_id, created_by) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (created_by);

ALTER TABLE ONLY commerce.inventory_movements
    ADD CONSTRAINT fk_inventory_movements_product_id FOREIGN KEY (tenant_id, product_id) REFERENCES commerce.products(tenant_id, id);

ALTER TABLE ONLY commerce.inventory_movements
    ADD CONSTRAINT fk_inventory_movements_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.inventory_movements
    ADD CONSTRAINT fk_inventory_movements_variant_id FOREIGN KEY (tenant_id, variant_id) REFERENCES commerce.product_variants(tenant_id, id);

ALTER TABLE ONLY commerce.inventory
    ADD CONSTRAINT fk_inventory_product_id FOREIGN KEY (tenant_id, product_id) REFERENCES commerce.products(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.inventory
    ADD CONSTRAINT fk_inventory_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.inventory
    ADD CONSTRAINT fk_inventory_variant_id FOREIGN KEY (tenant_id, variant_id) REFERENCES commerce.product_variants(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.order_items
    ADD CONSTRAINT fk_order_items_order_id FOREIGN KEY (tenant_id, order_id) REFERENCES commerce.orders(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.order_items
    ADD CONSTRAINT fk_order_items_product_id FOREIGN KEY (tenant_id, product_id) REFERENCES commerce.products(tenant_id, id);

ALTER TABLE ONLY commerce.order_items
    ADD CONSTRAINT fk_order_items_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.order_items
    ADD CONSTRAINT fk_order_items_variant_id FOREIGN KEY (tenant_id, variant_id) REFERENCES commerce.product_variants(tenant_id, id);

ALTER TABLE ONLY commerce.orders
    ADD CONSTRAINT fk_orders_customer_id FOREIGN KEY (tenant_id, customer_id) REFERENCES commerce.customers(tenant_id, id);

ALTER TABLE ONLY commerce.orders
    ADD CONSTRAINT fk_orders_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.product_categories
    ADD CONSTRAINT fk_product_categories_parent_category_id FOREIGN KEY (tenant_id, parent_category_id) REFERENCES commerce.product_categories(tenant_id, id);

ALTER TABLE ONLY commerce.product_categories
    ADD CONSTRAINT fk_product_categories_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.product_variants
    ADD CONSTRAINT fk_product_variants_product_id FOREIGN KEY (tenant_id, product_id) REFERENCES commerce.products(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.product_variants
    ADD CONSTRAINT fk_product_variants_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.products
    ADD CONSTRAINT fk_products_category_id FOREIGN KEY (tenant_id, category_id) REFERENCES commerce.product_categories(tenant_id, id) ON DELETE SET NULL (category_id);

ALTER TABLE ONLY commerce.products
    ADD CONSTRAINT fk_products_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerce.transactions
    ADD CONSTRAINT fk_transactions_customer_id FOREIGN KEY (tenant_id, customer_id) REFERENCES commerce.customers(tenant_id, id);

ALTER TABLE ONLY commerce.transactions
    ADD CONSTRAINT fk_transactions_order_id FOREIGN KEY (tenant_id, order_id) REFERENCES commerce.orders(tenant_id, id);

ALTER TABLE ONLY commerce.transactions
    ADD CONSTRAINT fk_transactions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY content.content_chunks
    ADD CONSTRAINT fk_content_chunks_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY content.content_syncs
    ADD CONSTRAINT fk_content_syncs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY content.content_versions
    ADD CONSTRAINT fk_content_versions_created_by FOREIGN KEY (tenant_id, created_by) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (created_by);

ALTER TABLE ONLY content.content_versions
    ADD CONSTRAINT fk_content_versions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY datasets.code_examples
    ADD CONSTRAINT fk_code_examples_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY datasets.conversation_examples
    ADD CONSTRAINT fk_conversation_examples_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY datasets.simulation_examples
    ADD CONSTRAINT fk_simulation_examples_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY datasets.training_datasets
    ADD CONSTRAINT fk_training_datasets_created_by FOREIGN KEY (tenant_id, created_by) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (created_by);

ALTER TABLE ONLY datasets.training_datasets
    ADD CONSTRAINT fk_training_datasets_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_analyses
    ADD CONSTRAINT fk_devlab_analyses_file_id FOREIGN KEY (tenant_id, file_id) REFERENCES devlab.devlab_files(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_analyses
    ADD CONSTRAINT fk_devlab_analyses_project_id FOREIGN KEY (tenant_id, project_id) REFERENCES devlab.devlab_projects(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_analyses
    ADD CONSTRAINT fk_devlab_analyses_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_executions
    ADD CONSTRAINT fk_devlab_executions_file_id FOREIGN KEY (tenant_id, file_id) REFERENCES devlab.devlab_files(tenant_id, id) ON DELETE SET NULL (file_id);

ALTER TABLE ONLY devlab.devlab_executions
    ADD CONSTRAINT fk_devlab_executions_project_id FOREIGN KEY (tenant_id, project_id) REFERENCES devlab.devlab_projects(tenant_id, id);

ALTER TABLE ONLY devlab.devlab_executions
    ADD CONSTRAINT fk_devlab_executions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_executions
    ADD CONSTRAINT fk_devlab_executions_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (user_id);

ALTER TABLE ONLY devlab.devlab_files
    ADD CONSTRAINT fk_devlab_files_project_id FOREIGN KEY (tenant_id, project_id) REFERENCES devlab.devlab_projects(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_files
    ADD CONSTRAINT fk_devlab_files_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_insights
    ADD CONSTRAINT fk_devlab_insights_file_id FOREIGN KEY (tenant_id, file_id) REFERENCES devlab.devlab_files(tenant_id, id) ON DELETE SET NULL (file_id);

ALTER TABLE ONLY devlab.devlab_insights
    ADD CONSTRAINT fk_devlab_insights_project_id FOREIGN KEY (tenant_id, project_id) REFERENCES devlab.devlab_projects(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_insights
    ADD CONSTRAINT fk_devlab_insights_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_projects
    ADD CONSTRAINT fk_devlab_projects_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_projects
    ADD CONSTRAINT fk_devlab_projects_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (user_id);

ALTER TABLE ONLY devlab.devlab_tests
    ADD CONSTRAINT fk_devlab_tests_project_id FOREIGN KEY (tenant_id, project_id) REFERENCES devlab.devlab_projects(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_tests
    ADD CONSTRAINT fk_devlab_tests_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_vulnerabilities
    ADD CONSTRAINT fk_devlab_vulnerabilities_file_id FOREIGN KEY (tenant_id, file_id) REFERENCES devlab.devlab_files(tenant_id, id) ON DELETE SET NULL (file_id);

ALTER TABLE ONLY devlab.devlab_vulnerabilities
    ADD CONSTRAINT fk_devlab_vulnerabilities_project_id FOREIGN KEY (tenant_id, project_id) REFERENCES devlab.devlab_projects(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY devlab.devlab_vulnerabilities
    ADD CONSTRAINT fk_devlab_vulnerabilities_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY discovery.discovery_tool_executions
    ADD CONSTRAINT fk_discovery_tool_executions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY discovery.discovery_tool_executions
    ADD CONSTRAINT fk_discovery_tool_executions_tool_id FOREIGN KEY (tenant_id, tool_id) REFERENCES discovery.discovery_tools(tenant_id, id);

ALTER TABLE ONLY discovery.discovery_tool_executions
    ADD CONSTRAINT fk_discovery_tool_executions_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (user_id);

ALTER TABLE ONLY discovery.discovery_tools
    ADD CONSTRAINT fk_discovery_tools_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_alerts
    ADD CONSTRAINT fk_drift_alerts_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_alerts
    ADD CONSTRAINT fk_drift_alerts_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_alerts
    ADD CONSTRAINT fk_drift_alerts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_detectors
    ADD CONSTRAINT fk_drift_detectors_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_detectors
    ADD CONSTRAINT fk_drift_detectors_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_references
    ADD CONSTRAINT fk_drift_references_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_references
    ADD CONSTRAINT fk_drift_references_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_watches
    ADD CONSTRAINT fk_drift_watches_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY drift.drift_watches
    ADD CONSTRAINT fk_drift_watches_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE drift.ml_drift_metrics
    ADD CONSTRAINT fk_ml_drift_metrics_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id);

ALTER TABLE ONLY ensembles.ensemble_configurations
    ADD CONSTRAINT fk_ensemble_configurations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY ensembles.ensemble_configurations
    ADD CONSTRAINT fk_ensemble_configurations_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY ensembles.ensemble_performance
    ADD CONSTRAINT fk_ensemble_performance_ensemble_config_id FOREIGN KEY (tenant_id, ensemble_config_id) REFERENCES ensembles.ensemble_configurations(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY ensembles.ensemble_performance
    ADD CONSTRAINT fk_ensemble_performance_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY ensembles.ensemble_predictions
    ADD CONSTRAINT fk_ensemble_predictions_ensemble_config_id FOREIGN KEY (tenant_id, ensemble_config_id) REFERENCES ensembles.ensemble_configurations(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY ensembles.ensemble_predictions
    ADD CONSTRAINT fk_ensemble_predictions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY ensembles.model_weights
    ADD CONSTRAINT fk_model_weights_ensemble_config_id FOREIGN KEY (tenant_id, ensemble_config_id) REFERENCES ensembles.ensemble_configurations(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY ensembles.model_weights
    ADD CONSTRAINT fk_model_weights_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE SET NULL (ml_model_id);

ALTER TABLE ONLY ensembles.model_weights
    ADD CONSTRAINT fk_model_weights_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY events.analytics_events
    ADD CONSTRAINT fk_analytics_events_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY events.analytics_events
    ADD CONSTRAINT fk_analytics_events_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (user_id);

ALTER TABLE ONLY events.daily_learning_metrics
    ADD CONSTRAINT fk_daily_learning_metrics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY events.daily_learning_totals
    ADD CONSTRAINT fk_daily_learning_totals_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY events.git_operation_learning_events
    ADD CONSTRAINT fk_git_operation_learning_events_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY events.hourly_learning_usage
    ADD CONSTRAINT fk_hourly_learning_usage_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY events.user_analytics
    ADD CONSTRAINT fk_user_analytics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY events.user_analytics
    ADD CONSTRAINT fk_user_analytics_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_candidates
    ADD CONSTRAINT fk_evolution_candidates_generation_id FOREIGN KEY (tenant_id, generation_id) REFERENCES evolution.evolution_generations(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_candidates
    ADD CONSTRAINT fk_evolution_candidates_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_experiments
    ADD CONSTRAINT fk_evolution_experiments_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_generations
    ADD CONSTRAINT fk_evolution_generations_experiment_id FOREIGN KEY (tenant_id, experiment_id) REFERENCES evolution.evolution_experiments(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_generations
    ADD CONSTRAINT fk_evolution_generations_parent_generation_id FOREIGN KEY (tenant_id, parent_generation_id) REFERENCES evolution.evolution_generations(tenant_id, id) ON DELETE SET NULL (parent_generation_id);

ALTER TABLE ONLY evolution.evolution_generations
    ADD CONSTRAINT fk_evolution_generations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_generations
    ADD CONSTRAINT fk_evolution_generations_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_individuals
    ADD CONSTRAINT fk_evolution_individuals_experiment_id FOREIGN KEY (tenant_id, experiment_id) REFERENCES evolution.evolution_experiments(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_individuals
    ADD CONSTRAINT fk_evolution_individuals_generation_id FOREIGN KEY (tenant_id, generation_id) REFERENCES evolution.evolution_generations(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_individuals
    ADD CONSTRAINT fk_evolution_individuals_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_metrics
    ADD CONSTRAINT fk_evolution_metrics_generation_id FOREIGN KEY (tenant_id, generation_id) REFERENCES evolution.evolution_generations(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_metrics
    ADD CONSTRAINT fk_evolution_metrics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_selections
    ADD CONSTRAINT fk_evolution_selections_candidate_id FOREIGN KEY (tenant_id, candidate_id) REFERENCES evolution.evolution_candidates(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_selections
    ADD CONSTRAINT fk_evolution_selections_generation_id FOREIGN KEY (tenant_id, generation_id) REFERENCES evolution.evolution_generations(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_selections
    ADD CONSTRAINT fk_evolution_selections_individual_id FOREIGN KEY (tenant_id, individual_id) REFERENCES evolution.evolution_individuals(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY evolution.evolution_selections
    ADD CONSTRAINT fk_evolution_selections_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_test_results
    ADD CONSTRAINT fk_ab_test_results_ab_test_id FOREIGN KEY (tenant_id, ab_test_id) REFERENCES experiments.ab_tests(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_test_results
    ADD CONSTRAINT fk_ab_test_results_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_testing_assignments
    ADD CONSTRAINT fk_ab_testing_assignments_experiment_id FOREIGN KEY (tenant_id, experiment_id) REFERENCES experiments.ab_testing_experiments(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_testing_assignments
    ADD CONSTRAINT fk_ab_testing_assignments_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_testing_experiments
    ADD CONSTRAINT fk_ab_testing_experiments_challenger_version_id FOREIGN KEY (tenant_id, challenger_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_testing_experiments
    ADD CONSTRAINT fk_ab_testing_experiments_champion_version_id FOREIGN KEY (tenant_id, champion_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_testing_experiments
    ADD CONSTRAINT fk_ab_testing_experiments_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_testing_experiments
    ADD CONSTRAINT fk_ab_testing_experiments_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.ab_tests
    ADD CONSTRAINT fk_ab_tests_experiment_id FOREIGN KEY (tenant_id, experiment_id) REFERENCES experiments.ab_testing_experiments(tenant_id, id) ON DELETE SET NULL (experiment_id);

ALTER TABLE ONLY experiments.ab_tests
    ADD CONSTRAINT fk_ab_tests_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.sequential_points
    ADD CONSTRAINT fk_sequential_points_experiment_id FOREIGN KEY (tenant_id, experiment_id) REFERENCES experiments.ab_testing_experiments(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.sequential_points
    ADD CONSTRAINT fk_sequential_points_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.sequential_tests
    ADD CONSTRAINT fk_sequential_tests_experiment_id FOREIGN KEY (tenant_id, experiment_id) REFERENCES experiments.ab_testing_experiments(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY experiments.sequential_tests
    ADD CONSTRAINT fk_sequential_tests_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY features.feature_categories
    ADD CONSTRAINT fk_feature_categories_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY features.feature_sets
    ADD CONSTRAINT fk_feature_sets_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY features.feature_sources
    ADD CONSTRAINT fk_feature_sources_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY features.ml_configurations
    ADD CONSTRAINT fk_ml_configurations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE features.ml_feature_store
    ADD CONSTRAINT fk_ml_feature_store_feature_set_id FOREIGN KEY (tenant_id, feature_set_id) REFERENCES features.feature_sets(tenant_id, id);

ALTER TABLE ONLY federated.federated_aggregations
    ADD CONSTRAINT fk_federated_aggregations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY federated.federated_metrics
    ADD CONSTRAINT fk_federated_metrics_node_id FOREIGN KEY (tenant_id, node_id) REFERENCES federated.federated_nodes(tenant_id, node_id) ON DELETE SET NULL (node_id);

ALTER TABLE ONLY federated.federated_metrics
    ADD CONSTRAINT fk_federated_metrics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY federated.federated_nodes
    ADD CONSTRAINT fk_federated_nodes_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY federated.federated_updates
    ADD CONSTRAINT fk_federated_updates_node_id FOREIGN KEY (tenant_id, node_id) REFERENCES federated.federated_nodes(tenant_id, node_id) ON DELETE CASCADE;

ALTER TABLE ONLY federated.federated_updates
    ADD CONSTRAINT fk_federated_updates_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY feedback.hourly_feedback_usage
    ADD CONSTRAINT fk_hourly_feedback_usage_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY feedback.ml_feedback
    ADD CONSTRAINT fk_ml_feedback_prediction_id FOREIGN KEY (tenant_id, prediction_id) REFERENCES predictions.ml_predictions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY feedback.ml_feedback
    ADD CONSTRAINT fk_ml_feedback_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY feedback.quality_feedback
    ADD CONSTRAINT fk_quality_feedback_ml_prediction_id FOREIGN KEY (tenant_id, ml_prediction_id) REFERENCES predictions.ml_predictions(tenant_id, id) ON DELETE SET NULL (ml_prediction_id);

ALTER TABLE ONLY feedback.quality_feedback
    ADD CONSTRAINT fk_quality_feedback_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY feedback.quality_feedback
    ADD CONSTRAINT fk_quality_feedback_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (user_id);

ALTER TABLE ONLY finetuning.fine_tuning_jobs
    ADD CONSTRAINT fk_fine_tuning_jobs_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE SET NULL (ml_model_id);

ALTER TABLE ONLY finetuning.fine_tuning_jobs
    ADD CONSTRAINT fk_fine_tuning_jobs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY finetuning.fine_tuning_jobs
    ADD CONSTRAINT fk_fine_tuning_jobs_training_job_id FOREIGN KEY (tenant_id, training_job_id) REFERENCES training.ml_training_jobs(tenant_id, id) ON DELETE SET NULL (training_job_id);

ALTER TABLE ONLY finetuning.fine_tuning_jobs
    ADD CONSTRAINT fk_fine_tuning_jobs_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY finetuning.fine_tuning_metrics
    ADD CONSTRAINT fk_fine_tuning_metrics_job_id FOREIGN KEY (tenant_id, job_id) REFERENCES finetuning.fine_tuning_jobs(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY finetuning.fine_tuning_metrics
    ADD CONSTRAINT fk_fine_tuning_metrics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY finetuning.incremental_updates
    ADD CONSTRAINT fk_incremental_updates_job_id FOREIGN KEY (tenant_id, job_id) REFERENCES finetuning.fine_tuning_jobs(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY finetuning.incremental_updates
    ADD CONSTRAINT fk_incremental_updates_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY finetuning.incremental_updates
    ADD CONSTRAINT fk_incremental_updates_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY jobs.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs.procrastinate_jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY jobs.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES jobs.procrastinate_workers(id) ON DELETE SET NULL;

ALTER TABLE ONLY jobs.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs.procrastinate_jobs(id);

ALTER TABLE ONLY loop.loop_policies
    ADD CONSTRAINT fk_loop_policies_baseline_version_id FOREIGN KEY (tenant_id, baseline_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE SET NULL (baseline_version_id);

ALTER TABLE ONLY loop.loop_policies
    ADD CONSTRAINT fk_loop_policies_model_id FOREIGN KEY (tenant_id, model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY loop.loop_policies
    ADD CONSTRAINT fk_loop_policies_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY loop.replay_cursors
    ADD CONSTRAINT fk_replay_cursors_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.architecture_candidates
    ADD CONSTRAINT fk_architecture_candidates_search_run_id FOREIGN KEY (tenant_id, search_run_id) REFERENCES nas.architecture_search_runs(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.architecture_candidates
    ADD CONSTRAINT fk_architecture_candidates_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.architecture_performance
    ADD CONSTRAINT fk_architecture_performance_candidate_id FOREIGN KEY (tenant_id, candidate_id) REFERENCES nas.architecture_candidates(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.architecture_performance
    ADD CONSTRAINT fk_architecture_performance_search_run_id FOREIGN KEY (tenant_id, search_run_id) REFERENCES nas.architecture_search_runs(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.architecture_performance
    ADD CONSTRAINT fk_architecture_performance_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.architecture_search_runs
    ADD CONSTRAINT fk_architecture_search_runs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.architecture_search_runs
    ADD CONSTRAINT fk_architecture_search_runs_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.optimal_architectures
    ADD CONSTRAINT fk_optimal_architectures_candidate_id FOREIGN KEY (tenant_id, candidate_id) REFERENCES nas.architecture_candidates(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.optimal_architectures
    ADD CONSTRAINT fk_optimal_architectures_search_run_id FOREIGN KEY (tenant_id, search_run_id) REFERENCES nas.architecture_search_runs(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY nas.optimal_architectures
    ADD CONSTRAINT fk_optimal_architectures_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.alert_rules
    ADD CONSTRAINT fk_alert_rules_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.alerts
    ADD CONSTRAINT fk_alerts_alert_rule_id FOREIGN KEY (tenant_id, alert_rule_id) REFERENCES operations.alert_rules(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.alerts
    ADD CONSTRAINT fk_alerts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.archive_manifests
    ADD CONSTRAINT fk_archive_manifests_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.data_retention_policies
    ADD CONSTRAINT fk_data_retention_policies_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.health_readings
    ADD CONSTRAINT fk_health_readings_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.job_runs
    ADD CONSTRAINT fk_job_runs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.metric_series
    ADD CONSTRAINT fk_metric_series_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.query_timings
    ADD CONSTRAINT fk_query_timings_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY patterns.daily_pattern_counts
    ADD CONSTRAINT fk_daily_pattern_counts_pattern_id FOREIGN KEY (tenant_id, pattern_id) REFERENCES patterns.identified_patterns(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY patterns.daily_pattern_counts
    ADD CONSTRAINT fk_daily_pattern_counts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY patterns.daily_pattern_type_counts
    ADD CONSTRAINT fk_daily_pattern_type_counts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY patterns.identified_patterns
    ADD CONSTRAINT fk_identified_patterns_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE patterns.pattern_occurrences
    ADD CONSTRAINT fk_pattern_occurrences_pattern_id FOREIGN KEY (tenant_id, pattern_id) REFERENCES patterns.identified_patterns(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.calibrations
    ADD CONSTRAINT fk_calibrations_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id);

ALTER TABLE ONLY predictions.calibrations
    ADD CONSTRAINT fk_calibrations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.hourly_prediction_usage
    ADD CONSTRAINT fk_hourly_prediction_usage_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.ml_performance_metrics
    ADD CONSTRAINT fk_ml_performance_metrics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.model_performance_quantiles
    ADD CONSTRAINT fk_model_performance_quantiles_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.model_performance_summary
    ADD CONSTRAINT fk_model_performance_summary_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.performance_daily
    ADD CONSTRAINT fk_performance_daily_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.performance_daily
    ADD CONSTRAINT fk_performance_daily_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.performance_quantiles
    ADD CONSTRAINT fk_performance_quantiles_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.performance_quantiles
    ADD CONSTRAINT fk_performance_quantiles_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.predictions
    ADD CONSTRAINT fk_predictions_ml_prediction_id FOREIGN KEY (tenant_id, ml_prediction_id) REFERENCES predictions.ml_predictions(tenant_id, id) ON DELETE SET NULL (ml_prediction_id);

ALTER TABLE ONLY predictions.predictions
    ADD CONSTRAINT fk_predictions_model_id FOREIGN KEY (tenant_id, model_id) REFERENCES registry.ml_models(tenant_id, id);

ALTER TABLE ONLY predictions.predictions
    ADD CONSTRAINT fk_predictions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.artifacts
    ADD CONSTRAINT fk_artifacts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.custom_models
    ADD CONSTRAINT fk_custom_models_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE SET NULL (model_version_id);

ALTER TABLE ONLY registry.custom_models
    ADD CONSTRAINT fk_custom_models_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.custom_models
    ADD CONSTRAINT fk_custom_models_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.ml_models
    ADD CONSTRAINT fk_ml_models_parent_model_id FOREIGN KEY (tenant_id, parent_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE SET NULL (parent_model_id);

ALTER TABLE ONLY registry.ml_models
    ADD CONSTRAINT fk_ml_models_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.model_deployments
    ADD CONSTRAINT fk_model_deployments_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.model_deployments
    ADD CONSTRAINT fk_model_deployments_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id);

ALTER TABLE ONLY registry.model_deployments
    ADD CONSTRAINT fk_model_deployments_replaced_version_id FOREIGN KEY (tenant_id, replaced_version_id) REFERENCES registry.model_versions(tenant_id, id);

ALTER TABLE ONLY registry.model_deployments
    ADD CONSTRAINT fk_model_deployments_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.model_metrics
    ADD CONSTRAINT fk_model_metrics_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.model_metrics
    ADD CONSTRAINT fk_model_metrics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT fk_model_versions_artifact_id FOREIGN KEY (tenant_id, artifact_id) REFERENCES registry.artifacts(tenant_id, id);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT fk_model_versions_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT fk_model_versions_parent_version_id FOREIGN KEY (tenant_id, parent_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE SET NULL (parent_version_id);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT fk_model_versions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.api_keys
    ADD CONSTRAINT fk_api_keys_made_from FOREIGN KEY (tenant_id, made_from) REFERENCES tenancy.api_keys(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.api_keys
    ADD CONSTRAINT fk_api_keys_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.api_keys
    ADD CONSTRAINT fk_api_keys_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.collaboration_sessions
    ADD CONSTRAINT fk_collaboration_sessions_host_id FOREIGN KEY (tenant_id, host_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (host_id);

ALTER TABLE ONLY tenancy.collaboration_sessions
    ADD CONSTRAINT fk_collaboration_sessions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.collaboration_sessions
    ADD CONSTRAINT fk_collaboration_sessions_workspace_id FOREIGN KEY (tenant_id, workspace_id) REFERENCES tenancy.shared_workspaces(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.enterprise_settings
    ADD CONSTRAINT fk_enterprise_settings_team_id FOREIGN KEY (tenant_id, team_id) REFERENCES tenancy.teams(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.enterprise_settings
    ADD CONSTRAINT fk_enterprise_settings_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.enterprise_settings
    ADD CONSTRAINT fk_enterprise_settings_updated_by FOREIGN KEY (tenant_id, updated_by) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (updated_by);

ALTER TABLE ONLY tenancy.role_permissions
    ADD CONSTRAINT fk_role_permissions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.shared_workspaces
    ADD CONSTRAINT fk_shared_workspaces_created_by FOREIGN KEY (tenant_id, created_by) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (created_by);

ALTER TABLE ONLY tenancy.shared_workspaces
    ADD CONSTRAINT fk_shared_workspaces_team_id FOREIGN KEY (tenant_id, team_id) REFERENCES tenancy.teams(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.shared_workspaces
    ADD CONSTRAINT fk_shared_workspaces_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.sso_configurations
    ADD CONSTRAINT fk_sso_configurations_team_id FOREIGN KEY (tenant_id, team_id) REFERENCES tenancy.teams(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.sso_configurations
    ADD CONSTRAINT fk_sso_configurations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.team_members
    ADD CONSTRAINT fk_team_members_invited_by FOREIGN KEY (tenant_id, invited_by) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (invited_by);

ALTER TABLE ONLY tenancy.team_members
    ADD CONSTRAINT fk_team_members_team_id FOREIGN KEY (tenant_id, team_id) REFERENCES tenancy.teams(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.team_members
    ADD CONSTRAINT fk_team_members_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.team_members
    ADD CONSTRAINT fk_team_members_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.teams
    ADD CONSTRAINT fk_teams_owner_id FOREIGN KEY (tenant_id, owner_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.teams
    ADD CONSTRAINT fk_teams_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY tenancy.users
    ADD CONSTRAINT fk_users_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY training.ml_training_jobs
    ADD CONSTRAINT fk_ml_training_jobs_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY training.ml_training_jobs
    ADD CONSTRAINT fk_ml_training_jobs_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE SET NULL (model_version_id);

ALTER TABLE ONLY training.ml_training_jobs
    ADD CONSTRAINT fk_ml_training_jobs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY training.model_training_sessions
    ADD CONSTRAINT fk_model_training_sessions_dataset_id FOREIGN KEY (tenant_id, dataset_id) REFERENCES datasets.training_datasets(tenant_id, id);

ALTER TABLE ONLY training.model_training_sessions
    ADD CONSTRAINT fk_model_training_sessions_model_id FOREIGN KEY (tenant_id, model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY training.model_training_sessions
    ADD CONSTRAINT fk_model_training_sessions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY training.model_training_sessions
    ADD CONSTRAINT fk_model_training_sessions_training_job_id FOREIGN KEY (tenant_id, training_job_id) REFERENCES training.ml_training_jobs(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY transfer.cross_domain_predictions
    ADD CONSTRAINT fk_cross_domain_predictions_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY transfer.cross_domain_predictions
    ADD CONSTRAINT fk_cross_domain_predictions_transfer_run_id FOREIGN KEY (tenant_id, transfer_run_id) REFERENCES transfer.transfer_learning_runs(tenant_id, id) ON DELETE SET NULL (transfer_run_id);

ALTER TABLE ONLY transfer.domain_adaptation_metrics
    ADD CONSTRAINT fk_domain_adaptation_metrics_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY transfer.domain_adaptation_metrics
    ADD CONSTRAINT fk_domain_adaptation_metrics_transfer_run_id FOREIGN KEY (tenant_id, transfer_run_id) REFERENCES transfer.transfer_learning_runs(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY transfer.domain_mappings
    ADD CONSTRAINT fk_domain_mappings_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY transfer.transfer_learning_runs
    ADD CONSTRAINT fk_transfer_learning_runs_ml_model_id FOREIGN KEY (tenant_id, ml_model_id) REFERENCES registry.ml_models(tenant_id, id) ON DELETE SET NULL (ml_model_id);

ALTER TABLE ONLY transfer.transfer_learning_runs
    ADD CONSTRAINT fk_transfer_learning_runs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY transfer.transfer_learning_runs
    ADD CONSTRAINT fk_transfer_learning_runs_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES tenancy.users(tenant_id, id) ON DELETE CASCADE;

CREATE POLICY add ON analytics.analytics_dashboards AS RESTRICTIVE FOR INSERT TO everlearn_app, everlearn_reader WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id())));

ALTER TABLE analytics.analytics_dashboards ENABLE ROW LEVEL SECURITY;

ALTER TABLE analytics.analytics_reports ENABLE ROW LEVEL SECURITY;

CREATE POLICY change ON analytics.analytics_dashboards AS RESTRICTIVE FOR UPDATE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id())));

CREATE POLICY reach ON analytics.analytics_reports AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id())));

CREATE POLICY remove ON analytics.analytics_dashboards AS RESTRICTIVE FOR DELETE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id())));

CREATE POLICY see ON analytics.analytics_dashboards AS RESTRICTIVE FOR SELECT TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR is_public OR (is_shared AND app.is_team_member(team_id))));

ALTER TABLE analytics.stale_usage_days ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON analytics.analytics_dashboards TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON analytics.analytics_reports TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON analytics.stale_usage_days TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON analytics.usage_trends TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE analytics.usage_trends ENABLE ROW LEVEL SECURITY;

CREATE POLICY add ON audit.audit_logs AS RESTRICTIVE FOR INSERT TO everlearn_app, everlearn_reader WITH CHECK (((app.user_id() IS NULL) OR true));

ALTER TABLE audit.audit_chain_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.audit_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY change ON audit.audit_logs AS RESTRICTIVE FOR UPDATE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR app.is_team_member(team_id))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR app.is_team_member(team_id)));

CREATE POLICY remove ON audit.audit_logs AS RESTRICTIVE FOR DELETE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR app.is_team_member(team_id)));

CREATE POLICY see ON audit.audit_logs AS RESTRICTIVE FOR SELECT TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR app.is_team_member(team_id)));

CREATE POLICY tenant ON audit.audit_chain_heads TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON audit.audit_logs TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE caching.cache_patterns ENABLE ROW LEVEL SECURITY;

ALTER TABLE caching.cache_performance ENABLE ROW LEVEL SECURITY;

ALTER TABLE caching.cache_predictions ENABLE ROW LEVEL SECURITY;

ALTER TABLE caching.cache_warming_jobs ENABLE ROW LEVEL SECURITY;

CREATE POLICY reach ON caching.cache_warming_jobs AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL)));

CREATE POLICY tenant ON caching.cache_patterns TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON caching.cache_performance TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON caching.cache_predictions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON caching.cache_warming_jobs TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY everyone ON catalog.industries FOR SELECT TO everlearn_app, everlearn_reader USING (true);

CREATE POLICY everyone ON catalog.interactive_solutions FOR SELECT TO everlearn_app, everlearn_reader USING (true);

CREATE POLICY everyone ON catalog.use_case_categories FOR SELECT TO everlearn_app, everlearn_reader USING (true);

CREATE POLICY everyone ON catalog.use_case_templates FOR SELECT TO everlearn_app, everlearn_reader USING (true);

ALTER TABLE catalog.industries ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.interactive_solutions ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON catalog.industries TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON catalog.interactive_solutions TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON catalog.use_case_categories TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON catalog.use_case_templates TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON catalog.use_case_executions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON catalog.use_cases TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE catalog.use_case_categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.use_case_executions ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.use_case_templates ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.use_cases ENABLE ROW LEVEL SECURITY;

ALTER TABLE codequality.file_quality_scores ENABLE ROW LEVEL SECURITY;

ALTER TABLE codequality.generated_code_files ENABLE ROW LEVEL SECURITY;

ALTER TABLE codequality.quality_improvement_history ENABLE ROW LEVEL SECURITY;

ALTER TABLE codequality.quality_improvement_plans ENABLE ROW LEVEL SECURITY;

ALTER TABLE codequality.repository_quality_snapshots ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON codequality.file_quality_scores TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON codequality.generated_code_files TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON codequality.quality_improvement_history TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON codequality.quality_improvement_plans TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON codequality.repository_quality_snapshots TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE commerce.customer_segments ENABLE ROW LEVEL SECURITY;

ALTER TABLE commerce.customers ENABLE ROW LEVEL SECURITY;

ALTER TABLE commerce.inventory ENABLE ROW LEVEL SECURITY;

ALTER TABLE commerce.inventory_movements ENABLE ROW LEVEL SECURITY;

ALTER TABLE commerce.order_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE commerce.orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE commerce.product_categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE commerce.product_variants ENABLE ROW LEVEL SECURITY;

ALTER TABLE commerce.products ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON commerce.customer_segments TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.customers TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.inventory TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.inventory_movements TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.order_items TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.orders TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.product_categories TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.product_variants TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.products TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON commerce.transactions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE commerce.transactions ENABLE ROW LEVEL SECURITY;

ALTER TABLE content.content_chunks ENABLE ROW LEVEL SECURITY;

ALTER TABLE content.content_syncs ENABLE ROW LEVEL SECURITY;

ALTER TABLE content.content_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON content.content_chunks TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON content.content_syncs TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON content.content_versions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE datasets.code_examples ENABLE ROW LEVEL SECURITY;

ALTER TABLE datasets.conversation_examples ENABLE ROW LEVEL SECURITY;

ALTER TABLE datasets.simulation_examples ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON datasets.code_examples TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON datasets.conversation_examples TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON datasets.simulation_examples TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON datasets.training_datasets TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE datasets.training_datasets ENABLE ROW LEVEL SECURITY;

ALTER TABLE devlab.devlab_analyses ENABLE ROW LEVEL SECURITY;

ALTER TABLE devlab.devlab_executions ENABLE ROW LEVEL SECURITY;

ALTER TABLE devlab.devlab_files ENABLE ROW LEVEL SECURITY;

ALTER TABLE devlab.devlab_insights ENABLE ROW LEVEL SECURITY;

ALTER TABLE devlab.devlab_projects ENABLE ROW LEVEL SECURITY;

ALTER TABLE devlab.devlab_tests ENABLE ROW LEVEL SECURITY;

ALTER TABLE devlab.devlab_vulnerabilities ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON devlab.devlab_analyses TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON devlab.devlab_executions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON devlab.devlab_files TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON devlab.devlab_insights TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON devlab.devlab_projects TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON devlab.devlab_tests TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON devlab.devlab_vulnerabilities TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE discovery.discovery_tool_executions ENABLE ROW LEVEL SECURITY;

ALTER TABLE discovery.discovery_tool_templates ENABLE ROW LEVEL SECURITY;

ALTER TABLE discovery.discovery_tools ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON discovery.discovery_tool_templates FOR SELECT TO everlearn_app, everlearn_reader USING (true);

CREATE POLICY service ON discovery.discovery_tool_templates TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON discovery.discovery_tool_executions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON discovery.discovery_tools TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE drift.drift_alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.drift_detectors ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.drift_references ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.drift_watches ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.ml_drift_metrics ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON drift.drift_alerts TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON drift.drift_detectors TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON drift.drift_references TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON drift.drift_watches TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON drift.ml_drift_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE ensembles.ensemble_configurations ENABLE ROW LEVEL SECURITY;

ALTER TABLE ensembles.ensemble_performance ENABLE ROW LEVEL SECURITY;

ALTER TABLE ensembles.ensemble_predictions ENABLE ROW LEVEL SECURITY;

ALTER TABLE ensembles.model_weights ENABLE ROW LEVEL SECURITY;

CREATE POLICY reach ON ensembles.ensemble_configurations AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL)));

CREATE POLICY tenant ON ensembles.ensemble_configurations TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON ensembles.ensemble_performance TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON ensembles.ensemble_predictions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON ensembles.model_weights TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE events.analytics_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.daily_learning_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.daily_learning_totals ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.git_operation_learning_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.hourly_learning_usage ENABLE ROW LEVEL SECURITY;

ALTER TABLE events.learning_events ENABLE ROW LEVEL SECURITY;

CREATE POLICY reach ON events.user_analytics AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL)));

ALTER TABLE events.stale_learning_days ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events.analytics_events TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON events.daily_learning_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON events.daily_learning_totals TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON events.git_operation_learning_events TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON events.hourly_learning_usage TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON events.learning_events TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON events.stale_learning_days TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON events.user_analytics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE events.user_analytics ENABLE ROW LEVEL SECURITY;

ALTER TABLE evolution.evolution_candidates ENABLE ROW LEVEL SECURITY;

ALTER TABLE evolution.evolution_experiments ENABLE ROW LEVEL SECURITY;

ALTER TABLE evolution.evolution_generations ENABLE ROW LEVEL SECURITY;

ALTER TABLE evolution.evolution_individuals ENABLE ROW LEVEL SECURITY;

ALTER TABLE evolution.evolution_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE evolution.evolution_selections ENABLE ROW LEVEL SECURITY;

CREATE POLICY reach ON evolution.evolution_generations AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL)));

CREATE POLICY tenant ON evolution.evolution_candidates TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON evolution.evolution_experiments TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON evolution.evolution_generations TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON evolution.evolution_individuals TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON evolution.evolution_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON evolution.evolution_selections TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE experiments.ab_test_results ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.ab_testing_assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.ab_testing_experiments ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.ab_tests ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.sequential_points ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.sequential_tests ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON experiments.ab_test_results TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.ab_testing_assignments TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.ab_testing_experiments TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.ab_tests TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.sequential_points TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.sequential_tests TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE features.feature_categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.feature_facts ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.feature_sets ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.feature_sources ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.ml_configurations ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.ml_feature_store ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON features.feature_categories TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.feature_facts TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.feature_sets TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.feature_sources TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.ml_configurations TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.ml_feature_store TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE federated.federated_aggregations ENABLE ROW LEVEL SECURITY;

ALTER TABLE federated.federated_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE federated.federated_nodes ENABLE ROW LEVEL SECURITY;

ALTER TABLE federated.federated_updates ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON federated.federated_aggregations TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON federated.federated_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON federated.federated_nodes TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON federated.federated_updates TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY add ON feedback.quality_feedback AS RESTRICTIVE FOR INSERT TO everlearn_app, everlearn_reader WITH CHECK (((app.user_id() IS NULL) OR true));

CREATE POLICY change ON feedback.quality_feedback AS RESTRICTIVE FOR UPDATE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id())));

ALTER TABLE feedback.hourly_feedback_usage ENABLE ROW LEVEL SECURITY;

ALTER TABLE feedback.ml_feedback ENABLE ROW LEVEL SECURITY;

ALTER TABLE feedback.quality_feedback ENABLE ROW LEVEL SECURITY;

CREATE POLICY remove ON feedback.quality_feedback AS RESTRICTIVE FOR DELETE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id())));

CREATE POLICY see ON feedback.quality_feedback AS RESTRICTIVE FOR SELECT TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id())));

ALTER TABLE feedback.stale_feedback_days ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON feedback.hourly_feedback_usage TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON feedback.ml_feedback TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON feedback.quality_feedback TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON feedback.stale_feedback_days TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE finetuning.fine_tuning_jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE finetuning.fine_tuning_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE finetuning.incremental_updates ENABLE ROW LEVEL SECURITY;

CREATE POLICY reach ON finetuning.fine_tuning_jobs AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL)));

CREATE POLICY tenant ON finetuning.fine_tuning_jobs TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON finetuning.fine_tuning_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON finetuning.incremental_updates TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE loop.loop_policies ENABLE ROW LEVEL SECURITY;

ALTER TABLE loop.replay_cursors ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON loop.loop_policies TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON loop.replay_cursors TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE nas.architecture_candidates ENABLE ROW LEVEL SECURITY;

ALTER TABLE nas.architecture_performance ENABLE ROW LEVEL SECURITY;

ALTER TABLE nas.architecture_search_runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE nas.optimal_architectures ENABLE ROW LEVEL SECURITY;

CREATE POLICY reach ON nas.architecture_search_runs AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL)));

CREATE POLICY tenant ON nas.architecture_candidates TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON nas.architecture_performance TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON nas.architecture_search_runs TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON nas.optimal_architectures TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE operations.alert_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.archive_manifests ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.data_retention_policies ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON operations.schema_migrations FOR SELECT TO everlearn_app, everlearn_reader USING (true);

ALTER TABLE operations.health_readings ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.job_runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.metric_arrivals ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.metric_days ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.metric_hours ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.metric_minutes ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.metric_samples ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.metric_series ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.query_timings ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.schema_migrations ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON operations.schema_migrations TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

ALTER TABLE operations.system_performance_metrics ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON operations.alert_rules TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.alerts TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.archive_manifests TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.data_retention_policies TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.health_readings TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.job_runs TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.metric_arrivals TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.metric_days TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.metric_hours TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.metric_minutes TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.metric_samples TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.metric_series TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.query_timings TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.system_performance_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE patterns.daily_pattern_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE patterns.daily_pattern_type_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE patterns.identified_patterns ENABLE ROW LEVEL SECURITY;

ALTER TABLE patterns.pattern_occurrences ENABLE ROW LEVEL SECURITY;

ALTER TABLE patterns.stale_pattern_days ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON patterns.daily_pattern_counts TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON patterns.daily_pattern_type_counts TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON patterns.identified_patterns TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON patterns.pattern_occurrences TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON patterns.stale_pattern_days TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE predictions.calibrations ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON predictions.service_views FOR SELECT TO everlearn_app, everlearn_reader USING (true);

ALTER TABLE predictions.hourly_prediction_usage ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.ml_performance_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.ml_predictions ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.model_performance_quantiles ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.model_performance_summary ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.performance_daily ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.performance_marks ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.performance_quantiles ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.prediction_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.prediction_outcomes ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.predictions ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON predictions.service_views TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

ALTER TABLE predictions.service_views ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.stale_performance_days ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON predictions.calibrations TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.hourly_prediction_usage TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.ml_performance_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.ml_predictions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.model_performance_quantiles TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.model_performance_summary TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.performance_daily TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.performance_marks TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.performance_quantiles TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.prediction_keys TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.prediction_outcomes TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.predictions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.stale_performance_days TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY add ON registry.custom_models AS RESTRICTIVE FOR INSERT TO everlearn_app, everlearn_reader WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id())));

ALTER TABLE registry.artifacts ENABLE ROW LEVEL SECURITY;

CREATE POLICY change ON registry.custom_models AS RESTRICTIVE FOR UPDATE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id())));

ALTER TABLE registry.custom_models ENABLE ROW LEVEL SECURITY;

ALTER TABLE registry.ml_models ENABLE ROW LEVEL SECURITY;

ALTER TABLE registry.model_deployments ENABLE ROW LEVEL SECURITY;

ALTER TABLE registry.model_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE registry.model_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY remove ON registry.custom_models AS RESTRICTIVE FOR DELETE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id())));

CREATE POLICY see ON registry.custom_models AS RESTRICTIVE FOR SELECT TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR is_public));

CREATE POLICY tenant ON registry.artifacts TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.custom_models TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.ml_models TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.model_deployments TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.model_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.model_versions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY add ON tenancy.shared_workspaces AS RESTRICTIVE FOR INSERT TO everlearn_app, everlearn_reader WITH CHECK (((app.user_id() IS NULL) OR app.is_team_member(team_id)));

CREATE POLICY add ON tenancy.team_members AS RESTRICTIVE FOR INSERT TO everlearn_app, everlearn_reader WITH CHECK (((app.user_id() IS NULL) OR app.is_team_admin(team_id)));

CREATE POLICY add ON tenancy.teams AS RESTRICTIVE FOR INSERT TO everlearn_app, everlearn_reader WITH CHECK (((app.user_id() IS NULL) OR (owner_id = app.user_id()) OR app.is_team_admin(id)));

ALTER TABLE tenancy.api_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY change ON tenancy.shared_workspaces AS RESTRICTIVE FOR UPDATE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR app.is_team_admin(team_id))) WITH CHECK (((app.user_id() IS NULL) OR app.is_team_admin(team_id)));

CREATE POLICY change ON tenancy.team_members AS RESTRICTIVE FOR UPDATE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR app.is_team_admin(team_id))) WITH CHECK (((app.user_id() IS NULL) OR app.is_team_admin(team_id)));

CREATE POLICY change ON tenancy.teams AS RESTRICTIVE FOR UPDATE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (owner_id = app.user_id()) OR app.is_team_admin(id))) WITH CHECK (((app.user_id() IS NULL) OR (owner_id = app.user_id()) OR app.is_team_admin(id)));

ALTER TABLE tenancy.collaboration_sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenancy.enterprise_settings ENABLE ROW LEVEL SECURITY;

CREATE POLICY reach ON tenancy.collaboration_sessions AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (host_id = app.user_id()) OR (app.user_id() = ANY (participants)))) WITH CHECK (((app.user_id() IS NULL) OR (host_id = app.user_id()) OR (app.user_id() = ANY (participants))));

CREATE POLICY reach ON tenancy.enterprise_settings AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR app.is_team_admin(team_id))) WITH CHECK (((app.user_id() IS NULL) OR app.is_team_admin(team_id)));

CREATE POLICY reach ON tenancy.role_permissions AS RESTRICTIVE TO everlearn_app, everlearn_reader USING ((app.user_id() IS NULL)) WITH CHECK ((app.user_id() IS NULL));

CREATE POLICY reach ON tenancy.sso_configurations AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR app.is_team_admin(team_id))) WITH CHECK (((app.user_id() IS NULL) OR app.is_team_admin(team_id)));

CREATE POLICY remove ON tenancy.shared_workspaces AS RESTRICTIVE FOR DELETE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR app.is_team_admin(team_id)));

CREATE POLICY remove ON tenancy.team_members AS RESTRICTIVE FOR DELETE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR app.is_team_admin(team_id)));

CREATE POLICY remove ON tenancy.teams AS RESTRICTIVE FOR DELETE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (owner_id = app.user_id()) OR app.is_team_admin(id)));

ALTER TABLE tenancy.role_permissions ENABLE ROW LEVEL SECURITY;

CREATE POLICY see ON tenancy.shared_workspaces AS RESTRICTIVE FOR SELECT TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR app.is_team_member(team_id) OR is_public));

CREATE POLICY see ON tenancy.team_members AS RESTRICTIVE FOR SELECT TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR app.is_team_member(team_id)));

CREATE POLICY see ON tenancy.teams AS RESTRICTIVE FOR SELECT TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (owner_id = app.user_id()) OR app.is_team_member(id)));

ALTER TABLE tenancy.shared_workspaces ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenancy.sso_configurations ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenancy.team_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenancy.teams ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON tenancy.api_keys TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.collaboration_sessions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.enterprise_settings TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.role_permissions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.shared_workspaces TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.sso_configurations TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.team_members TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.teams TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.tenants TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((id = app.tenant_id())) WITH CHECK ((id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.users TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE tenancy.tenants ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenancy.users ENABLE ROW LEVEL SECURITY;

ALTER TABLE training.ml_training_jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE training.model_training_sessions ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON training.ml_training_jobs TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON training.model_training_sessions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE transfer.cross_domain_predictions ENABLE ROW LEVEL SECURITY;

ALTER TABLE transfer.domain_adaptation_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE transfer.domain_mappings ENABLE ROW LEVEL SECURITY;

CREATE POLICY reach ON transfer.transfer_learning_runs AS RESTRICTIVE TO everlearn_app, everlearn_reader USING (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL))) WITH CHECK (((app.user_id() IS NULL) OR (user_id = app.user_id()) OR (user_id IS NULL)));

CREATE POLICY tenant ON transfer.cross_domain_predictions TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON transfer.domain_adaptation_metrics TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON transfer.domain_mappings TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON transfer.transfer_learning_runs TO everlearn_owner, everlearn_app, everlearn_service, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE transfer.transfer_learning_runs ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA analytics TO everlearn_app;
GRANT USAGE ON SCHEMA analytics TO everlearn_reader;
GRANT USAGE ON SCHEMA analytics TO everlearn_service;

GRANT USAGE ON SCHEMA app TO everlearn_app;
GRANT USAGE ON SCHEMA app TO everlearn_reader;
GRANT USAGE ON SCHEMA app TO everlearn_service;

GRANT USAGE ON SCHEMA audit TO everlearn_app;
GRANT USAGE ON SCHEMA audit TO everlearn_reader;
GRANT USAGE ON SCHEMA audit TO everlearn_service;

GRANT USAGE ON SCHEMA caching TO everlearn_app;
GRANT USAGE ON SCHEMA caching TO everlearn_reader;
GRANT USAGE ON SCHEMA caching TO everlearn_service;

GRANT USAGE ON SCHEMA catalog TO everlearn_app;
GRANT USAGE ON SCHEMA catalog TO everlearn_reader;
GRANT USAGE ON SCHEMA catalog TO everlearn_service;

GRANT USAGE ON SCHEMA codequality TO everlearn_app;
GRANT USAGE ON SCHEMA codequality TO everlearn_reader;
GRANT USAGE ON SCHEMA codequality TO everlearn_service;

GRANT USAGE ON SCHEMA commerce TO everlearn_app;
GRANT USAGE ON SCHEMA commerce TO everlearn_reader;
GRANT USAGE ON SCHEMA commerce TO everlearn_service;

GRANT USAGE ON SCHEMA content TO everlearn_app;
GRANT USAGE ON SCHEMA content TO everlearn_reader;
GRANT USAGE ON SCHEMA content TO everlearn_service;

GRANT USAGE ON SCHEMA datasets TO everlearn_app;
GRANT USAGE ON SCHEMA datasets TO everlearn_reader;
GRANT USAGE ON SCHEMA datasets TO everlearn_service;

GRANT USAGE ON SCHEMA devlab TO everlearn_app;
GRANT USAGE ON SCHEMA devlab TO everlearn_reader;
GRANT USAGE ON SCHEMA devlab TO everlearn_service;

GRANT USAGE ON SCHEMA discovery TO everlearn_app;
GRANT USAGE ON SCHEMA discovery TO everlearn_reader;
GRANT USAGE ON SCHEMA discovery TO everlearn_service;

GRANT USAGE ON SCHEMA drift TO everlearn_app;
GRANT USAGE ON SCHEMA drift TO everlearn_reader;
GRANT USAGE ON SCHEMA drift TO everlearn_service;

GRANT USAGE ON SCHEMA ensembles TO everlearn_app;
GRANT USAGE ON SCHEMA ensembles TO everlearn_reader;
GRANT USAGE ON SCHEMA ensembles TO everlearn_service;

GRANT USAGE ON SCHEMA events TO everlearn_app;
GRANT USAGE ON SCHEMA events TO everlearn_reader;
GRANT USAGE ON SCHEMA events TO everlearn_service;

GRANT USAGE ON SCHEMA evolution TO everlearn_app;
GRANT USAGE ON SCHEMA evolution TO everlearn_reader;
GRANT USAGE ON SCHEMA evolution TO everlearn_service;

GRANT USAGE ON SCHEMA experiments TO everlearn_app;
GRANT USAGE ON SCHEMA experiments TO everlearn_reader;
GRANT USAGE ON SCHEMA experiments TO everlearn_service;

GRANT USAGE ON SCHEMA features TO everlearn_app;
GRANT USAGE ON SCHEMA features TO everlearn_reader;
GRANT USAGE ON SCHEMA features TO everlearn_service;

GRANT USAGE ON SCHEMA federated TO everlearn_app;
GRANT USAGE ON SCHEMA federated TO everlearn_reader;
GRANT USAGE ON SCHEMA federated TO everlearn_service;

GRANT USAGE ON SCHEMA feedback TO everlearn_app;
GRANT USAGE ON SCHEMA feedback TO everlearn_reader;
GRANT USAGE ON SCHEMA feedback TO everlearn_service;

GRANT USAGE ON SCHEMA finetuning TO everlearn_app;
GRANT USAGE ON SCHEMA finetuning TO everlearn_reader;
GRANT USAGE ON SCHEMA finetuning TO everlearn_service;

GRANT USAGE ON SCHEMA jobs TO everlearn_queue;

GRANT USAGE ON SCHEMA loop TO everlearn_app;
GRANT USAGE ON SCHEMA loop TO everlearn_reader;
GRANT USAGE ON SCHEMA loop TO everlearn_service;

GRANT USAGE ON SCHEMA nas TO everlearn_app;
GRANT USAGE ON SCHEMA nas TO everlearn_reader;
GRANT USAGE ON SCHEMA nas TO everlearn_service;

GRANT USAGE ON SCHEMA operations TO everlearn_app;
GRANT USAGE ON SCHEMA operations TO everlearn_reader;
GRANT USAGE ON SCHEMA operations TO everlearn_service;

GRANT USAGE ON SCHEMA patterns TO everlearn_app;
GRANT USAGE ON SCHEMA patterns TO everlearn_reader;
GRANT USAGE ON SCHEMA patterns TO everlearn_service;

GRANT USAGE ON SCHEMA predictions TO everlearn_app;
GRANT USAGE ON SCHEMA predictions TO everlearn_reader;
GRANT USAGE ON SCHEMA predictions TO everlearn_service;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO everlearn_owner;
GRANT USAGE ON SCHEMA public TO everlearn_app;
GRANT USAGE ON SCHEMA public TO everlearn_service;
GRANT USAGE ON SCHEMA public TO everlearn_reader;
GRANT USAGE ON SCHEMA public TO everlearn_queue;

GRANT USAGE ON SCHEMA registry TO everlearn_app;
GRANT USAGE ON SCHEMA registry TO everlearn_reader;
GRANT USAGE ON SCHEMA registry TO everlearn_service;

GRANT USAGE ON SCHEMA tenancy TO everlearn_app;
GRANT USAGE ON SCHEMA tenancy TO everlearn_reader;
GRANT USAGE ON SCHEMA tenancy TO everlearn_service;

GRANT USAGE ON SCHEMA training TO everlearn_app;
GRANT USAGE ON SCHEMA training TO everlearn_reader;
GRANT USAGE ON SCHEMA training TO everlearn_service;

GRANT USAGE ON SCHEMA transfer TO everlearn_app;
GRANT USAGE ON SCHEMA transfer TO everlearn_reader;
GRANT USAGE ON SCHEMA transfer TO everlearn_service;

REVOKE ALL ON FUNCTION app.authenticate(secret_hash text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.authenticate(secret_hash text, at timestamp with time zone) TO everlearn_app;
GRANT ALL ON FUNCTION app.authenticate(secret_hash text, at timestamp with time zone) TO everlearn_service;

REVOKE ALL ON FUNCTION app.cleanup_old_learning_events() FROM PUBLIC;
GRANT ALL ON FUNCTION app.cleanup_old_learning_events() TO everlearn_service;

REVOKE ALL ON FUNCTION app.create_monthly_partition(table_name text, start_date date) FROM PUBLIC;
GRANT ALL ON FUNCTION app.create_monthly_partition(table_name text, start_date date) TO everlearn_app;
GRANT ALL ON FUNCTION app.create_monthly_partition(table_name text, start_date date) TO everlearn_service;

REVOKE ALL ON FUNCTION app.create_partitions_ahead(at timestamp with time zone, periods integer) FROM PUBLIC;
GRANT ALL ON FUNCTION app.create_partitions_ahead(at timestamp with time zone, periods integer) TO everlearn_service;

REVOKE ALL ON FUNCTION app.drop_expired_partition(wanted text, child text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.drop_expired_partition(wanted text, child text, at timestamp with time zone) TO everlearn_service;

REVOKE ALL ON FUNCTION app.enqueue_job(run_id uuid, queue text, priority integer, lock text, scheduled_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.enqueue_job(run_id uuid, queue text, priority integer, lock text, scheduled_at timestamp with time zone) TO everlearn_app;
GRANT ALL ON FUNCTION app.enqueue_job(run_id uuid, queue text, priority integer, lock text, scheduled_at timestamp with time zone) TO everlearn_service;

REVOKE ALL ON FUNCTION app.ensure_partition(wanted text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.ensure_partition(wanted text, at timestamp with time zone) TO everlearn_app;
GRANT ALL ON FUNCTION app.ensure_partition(wanted text, at timestamp with time zone) TO everlearn_service;

REVOKE ALL ON FUNCTION app.find_tenant(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION app.find_tenant(wanted text) TO everlearn_app;
GRANT ALL ON FUNCTION app.find_tenant(wanted text) TO everlearn_service;

REVOKE ALL ON FUNCTION app.is_team_admin(team uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.is_team_admin(team uuid) TO everlearn_app;
GRANT ALL ON FUNCTION app.is_team_admin(team uuid) TO everlearn_reader;
GRANT ALL ON FUNCTION app.is_team_admin(team uuid) TO everlearn_service;

REVOKE ALL ON FUNCTION app.is_team_member(team uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.is_team_member(team uuid) TO everlearn_app;
GRANT ALL ON FUNCTION app.is_team_member(team uuid) TO everlearn_reader;
GRANT ALL ON FUNCTION app.is_team_member(team uuid) TO everlearn_service;

REVOKE ALL ON FUNCTION app.list_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION app.list_partitions() TO everlearn_service;

REVOKE ALL ON FUNCTION app.partition_gaps() FROM PUBLIC;
GRANT ALL ON FUNCTION app.partition_gaps() TO everlearn_service;

REVOKE ALL ON FUNCTION app.partition_tenants(wanted text, child text) FROM PUBLIC;
GRANT ALL ON FUNCTION app.partition_tenants(wanted text, child text) TO everlearn_service;

REVOKE ALL ON FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) TO everlearn_app;
GRANT ALL ON FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) TO everlearn_service;

REVOKE ALL ON FUNCTION app.register_partitioned(parent text, key_column text, unit text) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.register_secret() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.register_tenant() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.retention_rule(wanted text, OUT keep interval, OUT strategy text, OUT held boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION app.retention_rule(wanted text, OUT keep interval, OUT strategy text, OUT held boolean) TO everlearn_service;

REVOKE ALL ON FUNCTION app.retention_rules(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION app.retention_rules(wanted text) TO everlearn_service;

REVOKE ALL ON FUNCTION app.set_retention(parent text, days integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.tenants() FROM PUBLIC;
GRANT ALL ON FUNCTION app.tenants() TO everlearn_service;

REVOKE ALL ON FUNCTION app.tenants_with(wanted regclass) FROM PUBLIC;
GRANT ALL ON FUNCTION app.tenants_with(wanted regclass) TO everlearn_service;

REVOKE ALL ON FUNCTION app.unregister_partitioned(gone text) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.unset_retention(gone text) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.check_chain(OUT rows bigint, OUT head_seq bigint, OUT head_sha256 text, OUT first_broken bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.check_chain(OUT rows bigint, OUT head_seq bigint, OUT head_sha256 text, OUT first_broken bigint) TO everlearn_app;
GRANT ALL ON FUNCTION audit.check_chain(OUT rows bigint, OUT head_seq bigint, OUT head_sha256 text, OUT first_broken bigint) TO everlearn_reader;
GRANT ALL ON FUNCTION audit.check_chain(OUT rows bigint, OUT head_seq bigint, OUT head_sha256 text, OUT first_broken bigint) TO everlearn_service;

GRANT ALL ON FUNCTION jobs.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_defer_jobs_v1(jobs jobs.procrastinate_job_to_defer_v1[]) TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) TO everlearn_queue;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.procrastinate_jobs TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_finish_job_v1(job_id bigint, end_status jobs.procrastinate_job_status, delete_job boolean) TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_notify_queue_abort_job_v1() TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_notify_queue_job_inserted_v1() TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_register_worker_v1() TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_trigger_abort_requested_events_procedure_v1() TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_trigger_function_scheduled_events_v1() TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_trigger_function_status_events_insert_v1() TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_trigger_function_status_events_update_v1() TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_unlink_periodic_defers_v1() TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_unregister_worker_v1(worker_id bigint) TO everlearn_queue;

GRANT ALL ON FUNCTION jobs.procrastinate_update_heartbeat_v1(worker_id bigint) TO everlearn_queue;

REVOKE ALL ON FUNCTION tenancy.can(wanted_user uuid, wanted_action text, wanted_type text, wanted_id text, wanted_team uuid, context jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.can(wanted_user uuid, wanted_action text, wanted_type text, wanted_id text, wanted_team uuid, context jsonb) TO everlearn_app;
GRANT ALL ON FUNCTION tenancy.can(wanted_user uuid, wanted_action text, wanted_type text, wanted_id text, wanted_team uuid, context jsonb) TO everlearn_reader;
GRANT ALL ON FUNCTION tenancy.can(wanted_user uuid, wanted_action text, wanted_type text, wanted_id text, wanted_team uuid, context jsonb) TO everlearn_service;

REVOKE ALL ON FUNCTION tenancy.owns_team(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.owns_team(wanted uuid) TO everlearn_app;
GRANT ALL ON FUNCTION tenancy.owns_team(wanted uuid) TO everlearn_reader;
GRANT ALL ON FUNCTION tenancy.owns_team(wanted uuid) TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.analytics_dashboards TO everlearn_app;
GRANT SELECT ON TABLE analytics.analytics_dashboards TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.analytics_dashboards TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.analytics_reports TO everlearn_app;
GRANT SELECT ON TABLE analytics.analytics_reports TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.analytics_reports TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.stale_usage_days TO everlearn_app;
GRANT SELECT ON TABLE analytics.stale_usage_days TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.stale_usage_days TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.usage_trends TO everlearn_app;
GRANT SELECT ON TABLE analytics.usage_trends TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.usage_trends TO everlearn_service;

GRANT SELECT,INSERT ON TABLE caching.cache_performance TO everlearn_app;
GRANT SELECT ON TABLE caching.cache_performance TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE caching.cache_performance TO everlearn_service;

GRANT SELECT,INSERT ON TABLE ensembles.ensemble_performance TO everlearn_app;
GRANT SELECT ON TABLE ensembles.ensemble_performance TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ensembles.ensemble_performance TO everlearn_service;

GRANT SELECT,INSERT ON TABLE evolution.evolution_metrics TO everlearn_app;
GRANT SELECT ON TABLE evolution.evolution_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_metrics TO everlearn_service;

GRANT SELECT,INSERT ON TABLE federated.federated_metrics TO everlearn_app;
GRANT SELECT ON TABLE federated.federated_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE federated.federated_metrics TO everlearn_service;

GRANT SELECT,INSERT ON TABLE finetuning.fine_tuning_metrics TO everlearn_app;
GRANT SELECT ON TABLE finetuning.fine_tuning_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE finetuning.fine_tuning_metrics TO everlearn_service;

GRANT SELECT,INSERT ON TABLE nas.architecture_performance TO everlearn_app;
GRANT SELECT ON TABLE nas.architecture_performance TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE nas.architecture_performance TO everlearn_service;

GRANT SELECT,INSERT ON TABLE operations.system_performance_metrics TO everlearn_app;
GRANT SELECT ON TABLE operations.system_performance_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.system_performance_metrics TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.ml_performance_metrics TO everlearn_app;
GRANT SELECT ON TABLE predictions.ml_performance_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.ml_performance_metrics TO everlearn_service;

GRANT SELECT,INSERT ON TABLE registry.model_metrics TO everlearn_app;
GRANT SELECT ON TABLE registry.model_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_metrics TO everlearn_service;

GRANT SELECT,INSERT ON TABLE transfer.domain_adaptation_metrics TO everlearn_app;
GRANT SELECT ON TABLE transfer.domain_adaptation_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE transfer.domain_adaptation_metrics TO everlearn_service;

GRANT SELECT ON TABLE analytics.v_all_metrics TO everlearn_app;
GRANT SELECT ON TABLE analytics.v_all_metrics TO everlearn_reader;
GRANT SELECT ON TABLE analytics.v_all_metrics TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ensembles.ensemble_predictions TO everlearn_app;
GRANT SELECT ON TABLE ensembles.ensemble_predictions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ensembles.ensemble_predictions TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.ml_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.ml_predictions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.ml_predictions TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.prediction_outcomes TO everlearn_app;
GRANT SELECT ON TABLE predictions.prediction_outcomes TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.prediction_outcomes TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.predictions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.predictions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE transfer.cross_domain_predictions TO everlearn_app;
GRANT SELECT ON TABLE transfer.cross_domain_predictions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE transfer.cross_domain_predictions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE transfer.transfer_learning_runs TO everlearn_app;
GRANT SELECT ON TABLE transfer.transfer_learning_runs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE transfer.transfer_learning_runs TO everlearn_service;

GRANT SELECT ON TABLE analytics.v_all_predictions TO everlearn_app;
GRANT SELECT ON TABLE analytics.v_all_predictions TO everlearn_reader;
GRANT SELECT ON TABLE analytics.v_all_predictions TO everlearn_service;

GRANT SELECT ON TABLE app.partitioned TO everlearn_app;
GRANT SELECT ON TABLE app.partitioned TO everlearn_reader;
GRANT SELECT ON TABLE app.partitioned TO everlearn_service;

GRANT SELECT ON TABLE app.retention TO everlearn_app;
GRANT SELECT ON TABLE app.retention TO everlearn_reader;
GRANT SELECT ON TABLE app.retention TO everlearn_service;

GRANT SELECT ON TABLE app.runtime_views TO everlearn_app;
GRANT SELECT ON TABLE app.runtime_views TO everlearn_reader;
GRANT SELECT ON TABLE app.runtime_views TO everlearn_service;

GRANT SELECT,INSERT ON TABLE audit.audit_chain_heads TO everlearn_app;
GRANT SELECT ON TABLE audit.audit_chain_heads TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE audit.audit_chain_heads TO everlearn_service;

GRANT SELECT,INSERT ON TABLE audit.audit_logs TO everlearn_app;
GRANT SELECT ON TABLE audit.audit_logs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE audit.audit_logs TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE caching.cache_patterns TO everlearn_app;
GRANT SELECT ON TABLE caching.cache_patterns TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE caching.cache_patterns TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE caching.cache_predictions TO everlearn_app;
GRANT SELECT ON TABLE caching.cache_predictions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE caching.cache_predictions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE caching.cache_warming_jobs TO everlearn_app;
GRANT SELECT ON TABLE caching.cache_warming_jobs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE caching.cache_warming_jobs TO everlearn_service;

GRANT SELECT ON TABLE catalog.industries TO everlearn_app;
GRANT SELECT ON TABLE catalog.industries TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.industries TO everlearn_service;

GRANT SELECT ON TABLE catalog.interactive_solutions TO everlearn_app;
GRANT SELECT ON TABLE catalog.interactive_solutions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.interactive_solutions TO everlearn_service;

GRANT SELECT ON TABLE catalog.use_case_categories TO everlearn_app;
GRANT SELECT ON TABLE catalog.use_case_categories TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.use_case_categories TO everlearn_service;

GRANT SELECT,INSERT ON TABLE catalog.use_case_executions TO everlearn_app;
GRANT SELECT ON TABLE catalog.use_case_executions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.use_case_executions TO everlearn_service;

GRANT SELECT ON TABLE catalog.use_case_templates TO everlearn_app;
GRANT SELECT ON TABLE catalog.use_case_templates TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.use_case_templates TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.use_cases TO everlearn_app;
GRANT SELECT ON TABLE catalog.use_cases TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.use_cases TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE codequality.file_quality_scores TO everlearn_app;
GRANT SELECT ON TABLE codequality.file_quality_scores TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE codequality.file_quality_scores TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE codequality.generated_code_files TO everlearn_app;
GRANT SELECT ON TABLE codequality.generated_code_files TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE codequality.generated_code_files TO everlearn_service;

GRANT SELECT,INSERT ON TABLE codequality.quality_improvement_history TO everlearn_app;
GRANT SELECT ON TABLE codequality.quality_improvement_history TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE codequality.quality_improvement_history TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE codequality.quality_improvement_plans TO everlearn_app;
GRANT SELECT ON TABLE codequality.quality_improvement_plans TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE codequality.quality_improvement_plans TO everlearn_service;

GRANT SELECT,INSERT ON TABLE codequality.repository_quality_snapshots TO everlearn_app;
GRANT SELECT ON TABLE codequality.repository_quality_snapshots TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE codequality.repository_quality_snapshots TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.customer_segments TO everlearn_app;
GRANT SELECT ON TABLE commerce.customer_segments TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.customer_segments TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.customers TO everlearn_app;
GRANT SELECT ON TABLE commerce.customers TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.customers TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.inventory TO everlearn_app;
GRANT SELECT ON TABLE commerce.inventory TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.inventory TO everlearn_service;

GRANT SELECT,INSERT ON TABLE commerce.inventory_movements TO everlearn_app;
GRANT SELECT ON TABLE commerce.inventory_movements TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.inventory_movements TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.order_items TO everlearn_app;
GRANT SELECT ON TABLE commerce.order_items TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.order_items TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.orders TO everlearn_app;
GRANT SELECT ON TABLE commerce.orders TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.orders TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.product_categories TO everlearn_app;
GRANT SELECT ON TABLE commerce.product_categories TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.product_categories TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.product_variants TO everlearn_app;
GRANT SELECT ON TABLE commerce.product_variants TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.product_variants TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.products TO everlearn_app;
GRANT SELECT ON TABLE commerce.products TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.products TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.transactions TO everlearn_app;
GRANT SELECT ON TABLE commerce.transactions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE commerce.transactions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE content.content_chunks TO everlearn_app;
GRANT SELECT ON TABLE content.content_chunks TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE content.content_chunks TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE content.content_syncs TO everlearn_app;
GRANT SELECT ON TABLE content.content_syncs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE content.content_syncs TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE content.content_versions TO everlearn_app;
GRANT SELECT ON TABLE content.content_versions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE content.content_versions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.code_examples TO everlearn_app;
GRANT SELECT ON TABLE datasets.code_examples TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.code_examples TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.conversation_examples TO everlearn_app;
GRANT SELECT ON TABLE datasets.conversation_examples TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.conversation_examples TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.simulation_examples TO everlearn_app;
GRANT SELECT ON TABLE datasets.simulation_examples TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.simulation_examples TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.training_datasets TO everlearn_app;
GRANT SELECT ON TABLE datasets.training_datasets TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.training_datasets TO everlearn_service;

GRANT SELECT,INSERT ON TABLE devlab.devlab_analyses TO everlearn_app;
GRANT SELECT ON TABLE devlab.devlab_analyses TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_analyses TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_executions TO everlearn_app;
GRANT SELECT ON TABLE devlab.devlab_executions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_executions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_files TO everlearn_app;
GRANT SELECT ON TABLE devlab.devlab_files TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_files TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_insights TO everlearn_app;
GRANT SELECT ON TABLE devlab.devlab_insights TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_insights TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_projects TO everlearn_app;
GRANT SELECT ON TABLE devlab.devlab_projects TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_projects TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_tests TO everlearn_app;
GRANT SELECT ON TABLE devlab.devlab_tests TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_tests TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_vulnerabilities TO everlearn_app;
GRANT SELECT ON TABLE devlab.devlab_vulnerabilities TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE devlab.devlab_vulnerabilities TO everlearn_service;

GRANT SELECT,INSERT ON TABLE discovery.discovery_tool_executions TO everlearn_app;
GRANT SELECT ON TABLE discovery.discovery_tool_executions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE discovery.discovery_tool_executions TO everlearn_service;

GRANT SELECT ON TABLE discovery.discovery_tool_templates TO everlearn_app;
GRANT SELECT ON TABLE discovery.discovery_tool_templates TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE discovery.discovery_tool_templates TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE discovery.discovery_tools TO everlearn_app;
GRANT SELECT ON TABLE discovery.discovery_tools TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE discovery.discovery_tools TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.drift_alerts TO everlearn_app;
GRANT SELECT ON TABLE drift.drift_alerts TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.drift_alerts TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.drift_detectors TO everlearn_app;
GRANT SELECT ON TABLE drift.drift_detectors TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.drift_detectors TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.drift_references TO everlearn_app;
GRANT SELECT ON TABLE drift.drift_references TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.drift_references TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.drift_watches TO everlearn_app;
GRANT SELECT ON TABLE drift.drift_watches TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.drift_watches TO everlearn_service;

GRANT SELECT,INSERT ON TABLE drift.ml_drift_metrics TO everlearn_app;
GRANT SELECT ON TABLE drift.ml_drift_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE drift.ml_drift_metrics TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ensembles.ensemble_configurations TO everlearn_app;
GRANT SELECT ON TABLE ensembles.ensemble_configurations TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ensembles.ensemble_configurations TO everlearn_service;

GRANT SELECT,INSERT ON TABLE ensembles.model_weights TO everlearn_app;
GRANT SELECT ON TABLE ensembles.model_weights TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ensembles.model_weights TO everlearn_service;

GRANT SELECT,INSERT ON TABLE events.analytics_events TO everlearn_app;
GRANT SELECT ON TABLE events.analytics_events TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.analytics_events TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.daily_learning_metrics TO everlearn_app;
GRANT SELECT ON TABLE events.daily_learning_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.daily_learning_metrics TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.daily_learning_totals TO everlearn_app;
GRANT SELECT ON TABLE events.daily_learning_totals TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.daily_learning_totals TO everlearn_service;

GRANT SELECT,INSERT ON TABLE events.git_operation_learning_events TO everlearn_app;
GRANT SELECT ON TABLE events.git_operation_learning_events TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.git_operation_learning_events TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.hourly_learning_usage TO everlearn_app;
GRANT SELECT ON TABLE events.hourly_learning_usage TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.hourly_learning_usage TO everlearn_service;

GRANT SELECT,INSERT ON TABLE events.learning_events TO everlearn_app;
GRANT SELECT ON TABLE events.learning_events TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.learning_events TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.stale_learning_days TO everlearn_app;
GRANT SELECT ON TABLE events.stale_learning_days TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.stale_learning_days TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.user_analytics TO everlearn_app;
GRANT SELECT ON TABLE events.user_analytics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.user_analytics TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_candidates TO everlearn_app;
GRANT SELECT ON TABLE evolution.evolution_candidates TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_candidates TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_experiments TO everlearn_app;
GRANT SELECT ON TABLE evolution.evolution_experiments TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_experiments TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_generations TO everlearn_app;
GRANT SELECT ON TABLE evolution.evolution_generations TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_generations TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_individuals TO everlearn_app;
GRANT SELECT ON TABLE evolution.evolution_individuals TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_individuals TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_selections TO everlearn_app;
GRANT SELECT ON TABLE evolution.evolution_selections TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE evolution.evolution_selections TO everlearn_service;

GRANT SELECT ON TABLE evolution.v_evolution_members TO everlearn_app;
GRANT SELECT ON TABLE evolution.v_evolution_members TO everlearn_reader;
GRANT SELECT ON TABLE evolution.v_evolution_members TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.ab_test_results TO everlearn_app;
GRANT SELECT ON TABLE experiments.ab_test_results TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.ab_test_results TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.ab_testing_assignments TO everlearn_app;
GRANT SELECT ON TABLE experiments.ab_testing_assignments TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.ab_testing_assignments TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.ab_testing_experiments TO everlearn_app;
GRANT SELECT ON TABLE experiments.ab_testing_experiments TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.ab_testing_experiments TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.ab_tests TO everlearn_app;
GRANT SELECT ON TABLE experiments.ab_tests TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.ab_tests TO everlearn_service;

GRANT SELECT,INSERT ON TABLE experiments.sequential_points TO everlearn_app;
GRANT SELECT ON TABLE experiments.sequential_points TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.sequential_points TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.sequential_tests TO everlearn_app;
GRANT SELECT ON TABLE experiments.sequential_tests TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE experiments.sequential_tests TO everlearn_service;

GRANT SELECT,INSERT ON TABLE features.feature_categories TO everlearn_app;
GRANT SELECT ON TABLE features.feature_categories TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.feature_categories TO everlearn_service;

GRANT SELECT,INSERT ON TABLE features.feature_facts TO everlearn_app;
GRANT SELECT ON TABLE features.feature_facts TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.feature_facts TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.feature_sets TO everlearn_app;
GRANT SELECT ON TABLE features.feature_sets TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.feature_sets TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.feature_sources TO everlearn_app;
GRANT SELECT ON TABLE features.feature_sources TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.feature_sources TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.ml_configurations TO everlearn_app;
GRANT SELECT ON TABLE features.ml_configurations TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.ml_configurations TO everlearn_service;

GRANT SELECT,INSERT ON TABLE features.ml_feature_store TO everlearn_app;
GRANT SELECT ON TABLE features.ml_feature_store TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.ml_feature_store TO everlearn_service;

GRANT SELECT ON TABLE features.v_feature_rows TO everlearn_app;
GRANT SELECT ON TABLE features.v_feature_rows TO everlearn_reader;
GRANT SELECT ON TABLE features.v_feature_rows TO everlearn_service;

GRANT SELECT,INSERT ON TABLE federated.federated_aggregations TO everlearn_app;
GRANT SELECT ON TABLE federated.federated_aggregations TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE federated.federated_aggregations TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE federated.federated_nodes TO everlearn_app;
GRANT SELECT ON TABLE federated.federated_nodes TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE federated.federated_nodes TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE federated.federated_updates TO everlearn_app;
GRANT SELECT ON TABLE federated.federated_updates TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE federated.federated_updates TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.hourly_feedback_usage TO everlearn_app;
GRANT SELECT ON TABLE feedback.hourly_feedback_usage TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.hourly_feedback_usage TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.ml_feedback TO everlearn_app;
GRANT SELECT ON TABLE feedback.ml_feedback TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.ml_feedback TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.quality_feedback TO everlearn_app;
GRANT SELECT ON TABLE feedback.quality_feedback TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.quality_feedback TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.stale_feedback_days TO everlearn_app;
GRANT SELECT ON TABLE feedback.stale_feedback_days TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.stale_feedback_days TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE finetuning.fine_tuning_jobs TO everlearn_app;
GRANT SELECT ON TABLE finetuning.fine_tuning_jobs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE finetuning.fine_tuning_jobs TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE finetuning.incremental_updates TO everlearn_app;
GRANT SELECT ON TABLE finetuning.incremental_updates TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE finetuning.incremental_updates TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.procrastinate_events TO everlearn_queue;

GRANT USAGE ON SEQUENCE jobs.procrastinate_events_id_seq TO everlearn_queue;

GRANT USAGE ON SEQUENCE jobs.procrastinate_jobs_id_seq TO everlearn_queue;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.procrastinate_periodic_defers TO everlearn_queue;

GRANT USAGE ON SEQUENCE jobs.procrastinate_periodic_defers_id_seq TO everlearn_queue;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE jobs.procrastinate_workers TO everlearn_queue;

GRANT USAGE ON SEQUENCE jobs.procrastinate_workers_id_seq TO everlearn_queue;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE loop.loop_policies TO everlearn_app;
GRANT SELECT ON TABLE loop.loop_policies TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE loop.loop_policies TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE loop.replay_cursors TO everlearn_app;
GRANT SELECT ON TABLE loop.replay_cursors TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE loop.replay_cursors TO everlearn_service;

GRANT SELECT,INSERT ON TABLE nas.architecture_candidates TO everlearn_app;
GRANT SELECT ON TABLE nas.architecture_candidates TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE nas.architecture_candidates TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE nas.architecture_search_runs TO everlearn_app;
GRANT SELECT ON TABLE nas.architecture_search_runs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE nas.architecture_search_runs TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE nas.optimal_architectures TO everlearn_app;
GRANT SELECT ON TABLE nas.optimal_architectures TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE nas.optimal_architectures TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.alert_rules TO everlearn_app;
GRANT SELECT ON TABLE operations.alert_rules TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.alert_rules TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.alerts TO everlearn_app;
GRANT SELECT ON TABLE operations.alerts TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.alerts TO everlearn_service;

GRANT SELECT ON TABLE operations.archive_manifests TO everlearn_app;
GRANT SELECT ON TABLE operations.archive_manifests TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.archive_manifests TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.data_retention_policies TO everlearn_app;
GRANT SELECT ON TABLE operations.data_retention_policies TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.data_retention_policies TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.health_readings TO everlearn_app;
GRANT SELECT ON TABLE operations.health_readings TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.health_readings TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.job_runs TO everlearn_app;
GRANT SELECT ON TABLE operations.job_runs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.job_runs TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_arrivals TO everlearn_app;
GRANT SELECT ON TABLE operations.metric_arrivals TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_arrivals TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_days TO everlearn_app;
GRANT SELECT ON TABLE operations.metric_days TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_days TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_hours TO everlearn_app;
GRANT SELECT ON TABLE operations.metric_hours TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_hours TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_minutes TO everlearn_app;
GRANT SELECT ON TABLE operations.metric_minutes TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_minutes TO everlearn_service;

GRANT SELECT,INSERT ON TABLE operations.metric_samples TO everlearn_app;
GRANT SELECT ON TABLE operations.metric_samples TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_samples TO everlearn_service;

GRANT SELECT,INSERT ON TABLE operations.metric_series TO everlearn_app;
GRANT SELECT ON TABLE operations.metric_series TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.metric_series TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.query_timings TO everlearn_app;
GRANT SELECT ON TABLE operations.query_timings TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.query_timings TO everlearn_service;

GRANT SELECT ON TABLE operations.schema_migrations TO everlearn_app;
GRANT SELECT ON TABLE operations.schema_migrations TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.schema_migrations TO everlearn_service;

GRANT SELECT ON TABLE operations.v_metric_samples TO everlearn_app;
GRANT SELECT ON TABLE operations.v_metric_samples TO everlearn_reader;
GRANT SELECT ON TABLE operations.v_metric_samples TO everlearn_service;

GRANT SELECT ON TABLE operations.v_system_metrics TO everlearn_app;
GRANT SELECT ON TABLE operations.v_system_metrics TO everlearn_reader;
GRANT SELECT ON TABLE operations.v_system_metrics TO everlearn_service;

GRANT SELECT,INSERT ON TABLE patterns.pattern_occurrences TO everlearn_app;
GRANT SELECT ON TABLE patterns.pattern_occurrences TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.pattern_occurrences TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.daily_pattern_counts TO everlearn_app;
GRANT SELECT ON TABLE patterns.daily_pattern_counts TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.daily_pattern_counts TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.daily_pattern_type_counts TO everlearn_app;
GRANT SELECT ON TABLE patterns.daily_pattern_type_counts TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.daily_pattern_type_counts TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.identified_patterns TO everlearn_app;
GRANT SELECT ON TABLE patterns.identified_patterns TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.identified_patterns TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.stale_pattern_days TO everlearn_app;
GRANT SELECT ON TABLE patterns.stale_pattern_days TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patterns.stale_pattern_days TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.ai_gm_ml_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.ai_gm_ml_predictions TO everlearn_reader;
GRANT SELECT,INSERT ON TABLE predictions.ai_gm_ml_predictions TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.calibrations TO everlearn_app;
GRANT SELECT ON TABLE predictions.calibrations TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.calibrations TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.code_roach_ml_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.code_roach_ml_predictions TO everlearn_reader;
GRANT SELECT,INSERT ON TABLE predictions.code_roach_ml_predictions TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.daisy_chain_ml_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.daisy_chain_ml_predictions TO everlearn_reader;
GRANT SELECT,INSERT ON TABLE predictions.daisy_chain_ml_predictions TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.first_mate_ml_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.first_mate_ml_predictions TO everlearn_reader;
GRANT SELECT,INSERT ON TABLE predictions.first_mate_ml_predictions TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.game_app_ml_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.game_app_ml_predictions TO everlearn_reader;
GRANT SELECT,INSERT ON TABLE predictions.game_app_ml_predictions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.hourly_prediction_usage TO everlearn_app;
GRANT SELECT ON TABLE predictions.hourly_prediction_usage TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.hourly_prediction_usage TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.model_performance_quantiles TO everlearn_app;
GRANT SELECT ON TABLE predictions.model_performance_quantiles TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.model_performance_quantiles TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.model_performance_summary TO everlearn_app;
GRANT SELECT ON TABLE predictions.model_performance_summary TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.model_performance_summary TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.oracle_ml_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.oracle_ml_predictions TO everlearn_reader;
GRANT SELECT,INSERT ON TABLE predictions.oracle_ml_predictions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.performance_daily TO everlearn_app;
GRANT SELECT ON TABLE predictions.performance_daily TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.performance_daily TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.performance_marks TO everlearn_app;
GRANT SELECT ON TABLE predictions.performance_marks TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.performance_marks TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.performance_quantiles TO everlearn_app;
GRANT SELECT ON TABLE predictions.performance_quantiles TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.performance_quantiles TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.prediction_keys TO everlearn_app;
GRANT SELECT ON TABLE predictions.prediction_keys TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.prediction_keys TO everlearn_service;

GRANT SELECT ON TABLE predictions.service_views TO everlearn_app;
GRANT SELECT ON TABLE predictions.service_views TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.service_views TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.stale_performance_days TO everlearn_app;
GRANT SELECT ON TABLE predictions.stale_performance_days TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.stale_performance_days TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.ml_models TO everlearn_app;
GRANT SELECT ON TABLE registry.ml_models TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.ml_models TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_versions TO everlearn_app;
GRANT SELECT ON TABLE registry.model_versions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_versions TO everlearn_service;

GRANT SELECT ON TABLE predictions.v_model_performance TO everlearn_app;
GRANT SELECT ON TABLE predictions.v_model_performance TO everlearn_reader;
GRANT SELECT ON TABLE predictions.v_model_performance TO everlearn_service;

GRANT SELECT ON TABLE predictions.v_model_performance_summary TO everlearn_app;
GRANT SELECT ON TABLE predictions.v_model_performance_summary TO everlearn_reader;
GRANT SELECT ON TABLE predictions.v_model_performance_summary TO everlearn_service;

GRANT SELECT ON TABLE predictions.v_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.v_predictions TO everlearn_reader;
GRANT SELECT ON TABLE predictions.v_predictions TO everlearn_service;

GRANT SELECT ON TABLE predictions.v_recent_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.v_recent_predictions TO everlearn_reader;
GRANT SELECT ON TABLE predictions.v_recent_predictions TO everlearn_service;

GRANT SELECT,INSERT ON TABLE registry.artifacts TO everlearn_app;
GRANT SELECT ON TABLE registry.artifacts TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.artifacts TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.custom_models TO everlearn_app;
GRANT SELECT ON TABLE registry.custom_models TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.custom_models TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_deployments TO everlearn_app;
GRANT SELECT ON TABLE registry.model_deployments TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_deployments TO everlearn_service;

GRANT SELECT ON TABLE registry.v_ml_models TO everlearn_app;
GRANT SELECT ON TABLE registry.v_ml_models TO everlearn_reader;
GRANT SELECT ON TABLE registry.v_ml_models TO everlearn_service;

GRANT SELECT ON TABLE registry.v_model_versions TO everlearn_app;
GRANT SELECT ON TABLE registry.v_model_versions TO everlearn_reader;
GRANT SELECT ON TABLE registry.v_model_versions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.api_keys TO everlearn_app;
GRANT SELECT ON TABLE tenancy.api_keys TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.api_keys TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.collaboration_sessions TO everlearn_app;
GRANT SELECT ON TABLE tenancy.collaboration_sessions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.collaboration_sessions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.enterprise_settings TO everlearn_app;
GRANT SELECT ON TABLE tenancy.enterprise_settings TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.enterprise_settings TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.role_permissions TO everlearn_app;
GRANT SELECT ON TABLE tenancy.role_permissions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.role_permissions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.shared_workspaces TO everlearn_app;
GRANT SELECT ON TABLE tenancy.shared_workspaces TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.shared_workspaces TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.sso_configurations TO everlearn_app;
GRANT SELECT ON TABLE tenancy.sso_configurations TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.sso_configurations TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.team_members TO everlearn_app;
GRANT SELECT ON TABLE tenancy.team_members TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.team_members TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.teams TO everlearn_app;
GRANT SELECT ON TABLE tenancy.teams TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.teams TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.tenants TO everlearn_app;
GRANT SELECT ON TABLE tenancy.tenants TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.tenants TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.users TO everlearn_app;
GRANT SELECT ON TABLE tenancy.users TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.users TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE training.ml_training_jobs TO everlearn_app;
GRANT SELECT ON TABLE training.ml_training_jobs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE training.ml_training_jobs TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE training.model_training_sessions TO everlearn_app;
GRANT SELECT ON TABLE training.model_training_sessions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE training.model_training_sessions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE transfer.domain_mappings TO everlearn_app;
GRANT SELECT ON TABLE transfer.domain_mappings TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE transfer.domain_mappings TO everlearn_service;
