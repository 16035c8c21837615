-- Written by `make schema` from the migrations; not to be edited.

CREATE SCHEMA app;

COMMENT ON SCHEMA app IS 'Shared functions and the registers of partitions and retention.';

CREATE SCHEMA audit;

CREATE SCHEMA datasets;

CREATE SCHEMA drift;

CREATE SCHEMA events;

CREATE SCHEMA experiments;

CREATE SCHEMA features;

CREATE SCHEMA feedback;

CREATE SCHEMA jobs;

COMMENT ON SCHEMA jobs IS 'The job queue (procrastinate); holds ids only, reached by everlearn_queue.';

CREATE SCHEMA loop;

CREATE SCHEMA operations;

CREATE SCHEMA parts;

COMMENT ON SCHEMA parts IS 'Partitions; never granted, so that nobody goes around the parents'' policies.';

CREATE SCHEMA predictions;

CREATE SCHEMA registry;

CREATE SCHEMA tenancy;

CREATE SCHEMA training;

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
  changed jsonb;
BEGIN
  SELECT coalesce(jsonb_object_agg(k.key, CASE
           WHEN k.key ~ '(secret|password|hashed|encrypted|api_key)' THEN '"***"'::jsonb
           ELSE jsonb_build_array(old_row -> k.key, new_row -> k.key) END), '{}')
    INTO changed
    FROM (SELECT jsonb_object_keys(old_row || new_row) AS key) k
   WHERE (old_row -> k.key) IS DISTINCT FROM (new_row -> k.key) AND k.key <> 'updated_at';
  PERFORM app.ensure_partition('audit.audit_logs', clock_timestamp());
  INSERT INTO audit.audit_logs (tenant_id, user_id, action_type, resource_type, resource_id, action_details, created_at)
  VALUES (((old_row || new_row) ->> 'tenant_id')::uuid, app.user_id(),
          CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END,
          TG_TABLE_NAME, (old_row || new_row) ->> 'id', changed, clock_timestamp());
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
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  RETURN QUERY
  SELECT k.tenant_id, t.slug, t.name, k.id, k.kind, k.user_id, u.username, k.role
  FROM tenancy.api_keys k
  JOIN tenancy.tenants t ON t.id = k.tenant_id
  LEFT JOIN tenancy.users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
  WHERE k.secret_sha256 = secret_hash AND k.kind IN ('key', 'session') AND k.revoked_at IS NULL
    AND (k.expires_at IS NULL OR k.expires_at > at) AND t.is_active
    AND (u.id IS NULL OR u.is_active);
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
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  RETURN (SELECT t.id FROM tenancy.tenants t WHERE t.slug = wanted);
END $$;

COMMENT ON FUNCTION app.find_tenant(wanted text) IS 'Id of a tenant by its slug, or NULL.';

CREATE FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
  token record;  -- not the row type: the table comes later than this function
BEGIN
  UPDATE tenancy.api_keys k SET revoked_at = at
  WHERE k.secret_sha256 = secret_hash AND k.kind = 'sign_in' AND k.revoked_at IS NULL AND k.expires_at > at
  RETURNING * INTO token;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO tenancy.api_keys (tenant_id, name, kind, role, user_id, prefix, secret_sha256, created_at, expires_at)
  VALUES (token.tenant_id, 'browser session', 'session', token.role, token.user_id, left(session_hash, 8),
          session_hash, at, at + make_interval(days => session_days));
  RETURN true;
END $$;

COMMENT ON FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) IS 'Turns a one-time sign-in token into a session; false when it is used up or expired.';

CREATE FUNCTION app.register_partitioned(parent text, key_column text, unit text) RETURNS void
    LANGUAGE sql
    AS $$
  INSERT INTO app.partitioned VALUES (parent, key_column, unit)
  ON CONFLICT (parent) DO UPDATE SET key_column = excluded.key_column, unit = excluded.unit
$$;

CREATE FUNCTION app.set_retention(parent text, days integer) RETURNS void
    LANGUAGE sql
    AS $$
  INSERT INTO app.retention VALUES (parent, days)
  ON CONFLICT (parent) DO UPDATE SET keep_days = excluded.keep_days
$$;

CREATE FUNCTION app.tenant_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
  SELECT coalesce(
    nullif(current_setting('app.tenant_id', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'tenant_id')::uuid
$$;

COMMENT ON FUNCTION app.tenant_id() IS 'Tenant of this transaction; NULL when none is set.';

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
    data_schema jsonb NOT NULL,
    data_snapshot jsonb,
    storage_location text,
    size_bytes bigint,
    record_count bigint DEFAULT 0 NOT NULL,
    sha256 text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    as_of timestamp with time zone NOT NULL,
    quality_score double precision,
    preprocessing_config jsonb,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
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

COMMENT ON COLUMN datasets.training_datasets.sha256 IS 'SHA-256 of its content.';

COMMENT ON COLUMN datasets.training_datasets.window_start IS 'First time of its rows.';

COMMENT ON COLUMN datasets.training_datasets.window_end IS 'End of the times of its rows, excluded.';

COMMENT ON COLUMN datasets.training_datasets.as_of IS 'Nothing known later than this is in it.';

COMMENT ON COLUMN datasets.training_datasets.quality_score IS 'How complete and valid it is, 1 is best.';

COMMENT ON COLUMN datasets.training_datasets.preprocessing_config IS 'What was done to the rows.';

COMMENT ON COLUMN datasets.training_datasets.created_by IS 'User who registered it, if a user did.';

COMMENT ON COLUMN datasets.training_datasets.created_at IS 'When it was registered.';

COMMENT ON COLUMN datasets.training_datasets.updated_at IS 'When the row was last changed.';

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

COMMENT ON COLUMN events.learning_events."timestamp" IS 'When it happened.';

COMMENT ON COLUMN events.learning_events.source_system IS 'Who sent it; everlearn for our own.';

COMMENT ON COLUMN events.learning_events.entity_type IS 'Kind of thing it happened to, such as model.';

COMMENT ON COLUMN events.learning_events.entity_id IS 'Which one.';

COMMENT ON COLUMN events.learning_events.event_data IS 'Particulars.';

COMMENT ON COLUMN events.learning_events.user_id IS 'User on whose behalf it happened, if any.';

COMMENT ON COLUMN events.learning_events.session_id IS 'Session it belongs to, if any.';

COMMENT ON COLUMN events.learning_events.processing_time_ms IS 'How long it took, in milliseconds.';

COMMENT ON COLUMN events.learning_events.metadata IS 'Who acted, and anything else.';

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

CREATE TABLE feedback.ml_feedback (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    feedback_id text,
    prediction_id uuid NOT NULL,
    service_name text NOT NULL,
    feedback_type text NOT NULL,
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
    feedback_text text GENERATED ALWAYS AS (comments) STORED,
    user_id text NOT NULL,
    user_role text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    processed boolean DEFAULT false NOT NULL,
    impact_on_model text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    processed_at timestamp with time zone,
    CONSTRAINT ck_ml_feedback_accuracy_rating_valid CHECK (((accuracy_rating >= (0)::double precision) AND (accuracy_rating <= (5)::double precision))),
    CONSTRAINT ck_ml_feedback_feedback_id_valid CHECK (((feedback_id <> ''::text) AND (length(feedback_id) <= 255))),
    CONSTRAINT ck_ml_feedback_feedback_score_valid CHECK (((feedback_score >= (0)::double precision) AND (feedback_score <= (1)::double precision))),
    CONSTRAINT ck_ml_feedback_feedback_type_valid CHECK ((feedback_type = ANY (ARRAY['correct'::text, 'incorrect'::text, 'false_positive'::text, 'false_negative'::text, 'user'::text, 'system'::text, 'automated'::text]))),
    CONSTRAINT ck_ml_feedback_impact_on_model_valid CHECK ((impact_on_model = ANY (ARRAY['retrain_triggered'::text, 'weight_adjusted'::text, 'ignored'::text]))),
    CONSTRAINT ck_ml_feedback_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_ml_feedback_service_name_valid CHECK (((service_name <> ''::text) AND (length(service_name) <= 255))),
    CONSTRAINT ck_ml_feedback_user_id_valid CHECK (((user_id <> ''::text) AND (length(user_id) <= 255))),
    CONSTRAINT ck_ml_feedback_user_role_valid CHECK (((user_role <> ''::text) AND (length(user_role) <= 255)))
);

ALTER TABLE ONLY feedback.ml_feedback FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE feedback.ml_feedback IS 'A judgement of one prediction by a person, a rule or a check.';

COMMENT ON COLUMN feedback.ml_feedback.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN feedback.ml_feedback.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_id IS 'Id the sender gave it, if any.';

COMMENT ON COLUMN feedback.ml_feedback.prediction_id IS 'Prediction that is judged.';

COMMENT ON COLUMN feedback.ml_feedback.service_name IS 'Client service it concerns.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_type IS 'The verdict, or who gives it.';

COMMENT ON COLUMN feedback.ml_feedback.verdict IS 'The verdict alone: correct, incorrect, false_positive or false_negative.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_source IS 'Who gives it: user, system or automated.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_score IS 'How good the answer was, 0 to 1.';

COMMENT ON COLUMN feedback.ml_feedback.accuracy_rating IS 'The same in stars, 0 to 5.';

COMMENT ON COLUMN feedback.ml_feedback.correct_label IS 'What the answer should have been.';

COMMENT ON COLUMN feedback.ml_feedback.comments IS 'In the giver''s words.';

COMMENT ON COLUMN feedback.ml_feedback.feedback_text IS 'The comments under their other name.';

COMMENT ON COLUMN feedback.ml_feedback.user_id IS 'Who gives it: a user, a key or a service.';

COMMENT ON COLUMN feedback.ml_feedback.user_role IS 'In which role.';

COMMENT ON COLUMN feedback.ml_feedback.metadata IS 'Anything else the sender adds.';

COMMENT ON COLUMN feedback.ml_feedback.processed IS 'Whether the learner has looked at it.';

COMMENT ON COLUMN feedback.ml_feedback.impact_on_model IS 'What the learner did with it.';

COMMENT ON COLUMN feedback.ml_feedback.created_at IS 'When it was given.';

COMMENT ON COLUMN feedback.ml_feedback.processed_at IS 'When the learner looked at it.';

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

CREATE TABLE operations.data_retention_policies (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    table_name text NOT NULL,
    retention_period interval NOT NULL,
    archive_strategy text DEFAULT 'delete'::text NOT NULL,
    last_cleanup timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
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

COMMENT ON COLUMN operations.data_retention_policies.archive_strategy IS 'What happens to them then.';

COMMENT ON COLUMN operations.data_retention_policies.last_cleanup IS 'When rows were last looked through.';

COMMENT ON COLUMN operations.data_retention_policies.created_at IS 'When it was set.';

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

CREATE TABLE predictions.ml_predictions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    prediction_id text,
    service_name text DEFAULT 'everlearn'::text NOT NULL,
    prediction_type text NOT NULL,
    ml_model_id uuid NOT NULL,
    model_version_id uuid NOT NULL,
    model_version text NOT NULL,
    role text DEFAULT 'live'::text NOT NULL,
    source text DEFAULT 'ml_model'::text NOT NULL,
    entity_id text NOT NULL,
    feature_row_id uuid,
    raw_margin double precision,
    predicted_value double precision NOT NULL,
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
    context jsonb,
    inference_time_ms double precision NOT NULL,
    prediction_timestamp timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    remediation_status text,
    remediation_id uuid,
    CONSTRAINT ck_ml_predictions_attention_weights_valid CHECK ((jsonb_typeof(attention_weights) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_confidence_score_valid CHECK (((confidence_score >= (0)::double precision) AND (confidence_score <= (1)::double precision))),
    CONSTRAINT ck_ml_predictions_confidence_valid CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT ck_ml_predictions_context_valid CHECK ((jsonb_typeof(context) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_entity_id_valid CHECK (((entity_id <> ''::text) AND (length(entity_id) <= 255))),
    CONSTRAINT ck_ml_predictions_impact_factors_valid CHECK ((jsonb_typeof(impact_factors) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_inference_time_ms_valid CHECK (((inference_time_ms >= (0)::double precision) AND (inference_time_ms < 'Infinity'::double precision))),
    CONSTRAINT ck_ml_predictions_prediction_type_valid CHECK (((prediction_type <> ''::text) AND (length(prediction_type) <= 255))),
    CONSTRAINT ck_ml_predictions_remediation_status_valid CHECK ((remediation_status = ANY (ARRAY['pending'::text, 'in_progress'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT ck_ml_predictions_risk_level_valid CHECK ((risk_level = ANY (ARRAY['critical'::text, 'high'::text, 'medium'::text, 'low'::text]))),
    CONSTRAINT ck_ml_predictions_risk_score_valid CHECK (((risk_score >= (0)::double precision) AND (risk_score <= (1)::double precision))),
    CONSTRAINT ck_ml_predictions_role_valid CHECK ((role = ANY (ARRAY['live'::text, 'shadow'::text]))),
    CONSTRAINT ck_ml_predictions_service_name_valid CHECK (((service_name <> ''::text) AND (length(service_name) <= 255))),
    CONSTRAINT ck_ml_predictions_source_valid CHECK ((source = ANY (ARRAY['ml_model'::text, 'heuristic'::text, 'ensemble'::text]))),
    CONSTRAINT ck_ml_predictions_time_to_violation_hours_valid CHECK (((time_to_violation_hours >= (0)::double precision) AND (time_to_violation_hours < 'Infinity'::double precision))),
    CONSTRAINT ck_ml_predictions_uncertainty_sources_valid CHECK ((jsonb_typeof(uncertainty_sources) = 'object'::text)),
    CONSTRAINT ck_ml_predictions_violation_probability_valid CHECK (((violation_probability >= (0)::double precision) AND (violation_probability <= (1)::double precision)))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY predictions.ml_predictions FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.ml_predictions IS 'One answer of one model version about one entity; its outcome is in prediction_outcomes.';

COMMENT ON COLUMN predictions.ml_predictions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.ml_predictions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.ml_predictions.prediction_id IS 'Id the client gave it, if any.';

COMMENT ON COLUMN predictions.ml_predictions.service_name IS 'Client service that asked.';

COMMENT ON COLUMN predictions.ml_predictions.prediction_type IS 'What is predicted, in the service''s words.';

COMMENT ON COLUMN predictions.ml_predictions.ml_model_id IS 'Model that answered.';

COMMENT ON COLUMN predictions.ml_predictions.model_version_id IS 'Version that answered.';

COMMENT ON COLUMN predictions.ml_predictions.model_version IS 'Name of that version, such as v1.2.0.';

COMMENT ON COLUMN predictions.ml_predictions.role IS 'Whether the answer was given or only kept.';

COMMENT ON COLUMN predictions.ml_predictions.source IS 'What made it.';

COMMENT ON COLUMN predictions.ml_predictions.entity_id IS 'What the prediction is about; resource_id elsewhere.';

COMMENT ON COLUMN predictions.ml_predictions.feature_row_id IS 'Row of ml_feature_store it was made from.';

COMMENT ON COLUMN predictions.ml_predictions.raw_margin IS 'The model''s own output before calibration.';

COMMENT ON COLUMN predictions.ml_predictions.predicted_value IS 'Calibrated probability, or the predicted number.';

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

CREATE TABLE predictions.model_performance_summary (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
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

CREATE TABLE predictions.performance_daily (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    model_version_id uuid NOT NULL,
    role text NOT NULL,
    made_on date NOT NULL,
    n_predictions bigint DEFAULT 0 NOT NULL,
    n_outcomes bigint DEFAULT 0 NOT NULL,
    n_correct bigint DEFAULT 0 NOT NULL,
    sum_loss double precision DEFAULT 0 NOT NULL,
    sum_squared_error double precision DEFAULT 0 NOT NULL,
    sum_predicted double precision DEFAULT 0 NOT NULL,
    sum_actual double precision DEFAULT 0 NOT NULL,
    CONSTRAINT ck_performance_daily_n_correct_valid CHECK ((n_correct >= 0)),
    CONSTRAINT ck_performance_daily_n_outcomes_valid CHECK ((n_outcomes >= 0)),
    CONSTRAINT ck_performance_daily_n_predictions_valid CHECK ((n_predictions >= 0)),
    CONSTRAINT ck_performance_daily_role_valid CHECK ((role = ANY (ARRAY['live'::text, 'shadow'::text])))
);

ALTER TABLE ONLY predictions.performance_daily FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.performance_daily IS 'Rollup: sums over the predictions that one version made on one day, moved by each outcome.';

COMMENT ON COLUMN predictions.performance_daily.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.performance_daily.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.performance_daily.ml_model_id IS 'Model.';

COMMENT ON COLUMN predictions.performance_daily.model_version_id IS 'Version.';

COMMENT ON COLUMN predictions.performance_daily.role IS 'Live or shadow.';

COMMENT ON COLUMN predictions.performance_daily.made_on IS 'Day, in UTC, on which the predictions were made.';

COMMENT ON COLUMN predictions.performance_daily.n_predictions IS 'Predictions made.';

COMMENT ON COLUMN predictions.performance_daily.n_outcomes IS 'Those of them that are closed.';

COMMENT ON COLUMN predictions.performance_daily.n_correct IS 'Those on the right side of one half.';

COMMENT ON COLUMN predictions.performance_daily.sum_loss IS 'Sum of their losses.';

COMMENT ON COLUMN predictions.performance_daily.sum_squared_error IS 'Sum of their squared errors.';

COMMENT ON COLUMN predictions.performance_daily.sum_predicted IS 'Sum of their predicted values.';

COMMENT ON COLUMN predictions.performance_daily.sum_actual IS 'Sum of their outcomes.';

CREATE TABLE predictions.prediction_outcomes (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    model_version_id uuid NOT NULL,
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
    CONSTRAINT ck_prediction_outcomes_role_valid CHECK ((role = ANY (ARRAY['live'::text, 'shadow'::text])))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY predictions.prediction_outcomes FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE predictions.prediction_outcomes IS 'What really happened; its id is the prediction''s, so there is at most one for each.';

COMMENT ON COLUMN predictions.prediction_outcomes.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN predictions.prediction_outcomes.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN predictions.prediction_outcomes.ml_model_id IS 'Model that answered.';

COMMENT ON COLUMN predictions.prediction_outcomes.model_version_id IS 'Version that answered.';

COMMENT ON COLUMN predictions.prediction_outcomes.role IS 'As on the prediction.';

COMMENT ON COLUMN predictions.prediction_outcomes.feature_row_id IS 'As on the prediction: pairs live with shadow.';

COMMENT ON COLUMN predictions.prediction_outcomes.raw_margin IS 'As on the prediction.';

COMMENT ON COLUMN predictions.prediction_outcomes.predicted_value IS 'As on the prediction.';

COMMENT ON COLUMN predictions.prediction_outcomes.actual_value IS 'What happened: 0 or 1, or the number.';

COMMENT ON COLUMN predictions.prediction_outcomes.error IS 'actual_value minus predicted_value.';

COMMENT ON COLUMN predictions.prediction_outcomes.loss IS 'Log loss in nats (binary) or squared error (regression).';

COMMENT ON COLUMN predictions.prediction_outcomes.predicted_at IS 'As of when the prediction was made.';

COMMENT ON COLUMN predictions.prediction_outcomes.happened_at IS 'When it happened.';

COMMENT ON COLUMN predictions.prediction_outcomes.known_at IS 'When we learned of it.';

CREATE TABLE registry.ml_models (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    model_id text NOT NULL,
    name text NOT NULL,
    task text NOT NULL,
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
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deployed_at timestamp with time zone,
    retired_at timestamp with time zone,
    CONSTRAINT ck_ml_models_created_by_valid CHECK (((created_by <> ''::text) AND (length(created_by) <= 255))),
    CONSTRAINT ck_ml_models_hyperparameters_valid CHECK ((jsonb_typeof(hyperparameters) = 'object'::text)),
    CONSTRAINT ck_ml_models_metrics_valid CHECK ((jsonb_typeof(metrics) = 'object'::text)),
    CONSTRAINT ck_ml_models_model_data_valid CHECK ((jsonb_typeof(model_data) = 'object'::text)),
    CONSTRAINT ck_ml_models_model_id_valid CHECK (((model_id <> ''::text) AND (length(model_id) <= 255))),
    CONSTRAINT ck_ml_models_model_type_valid CHECK (((model_type <> ''::text) AND (length(model_type) <= 255))),
    CONSTRAINT ck_ml_models_name_valid CHECK (((name <> ''::text) AND (length(name) <= 255))),
    CONSTRAINT ck_ml_models_parameters_valid CHECK ((jsonb_typeof(parameters) = 'object'::text)),
    CONSTRAINT ck_ml_models_status_valid CHECK ((status = ANY (ARRAY['training'::text, 'active'::text, 'deprecated'::text, 'archived'::text, 'retired'::text, 'failed'::text]))),
    CONSTRAINT ck_ml_models_task_valid CHECK ((task = ANY (ARRAY['binary'::text, 'regression'::text]))),
    CONSTRAINT ck_ml_models_training_config_valid CHECK ((jsonb_typeof(training_config) = 'object'::text))
);

ALTER TABLE ONLY registry.ml_models FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE registry.ml_models IS 'A learned predictor, whatever version of it is active.';

COMMENT ON COLUMN registry.ml_models.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.ml_models.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.ml_models.model_id IS 'Name by which the world outside knows it; `name` when not given.';

COMMENT ON COLUMN registry.ml_models.name IS 'Name, unique within the tenant.';

COMMENT ON COLUMN registry.ml_models.task IS 'What it predicts.';

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

CREATE TABLE registry.model_versions (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    model_id text NOT NULL,
    model_name text NOT NULL,
    number bigint NOT NULL,
    version text NOT NULL,
    version_type text DEFAULT 'base'::text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    is_active boolean GENERATED ALWAYS AS ((status = 'active'::text)) STORED NOT NULL,
    parent_version_id uuid,
    artifact_id uuid NOT NULL,
    model_hash text NOT NULL,
    model_size_mb double precision NOT NULL,
    model_path text,
    model_type text NOT NULL,
    feature_set_id uuid,
    feature_names text[] NOT NULL,
    n_features bigint NOT NULL,
    categorical jsonb,
    parameters jsonb DEFAULT '{}'::jsonb NOT NULL,
    performance_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    promised_loss double precision,
    dataset_id uuid,
    dataset_sha256 text,
    trained_until timestamp with time zone NOT NULL,
    training_job_id uuid,
    fine_tuning_job_id uuid,
    training_strategy text,
    training_data_version text,
    training_data_source text,
    base_model text,
    external_service text,
    description text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    activated_at timestamp with time zone,
    deactivated_at timestamp with time zone,
    CONSTRAINT ck_model_versions_categorical_valid CHECK ((jsonb_typeof(categorical) = 'object'::text)),
    CONSTRAINT ck_model_versions_created_by_valid CHECK (((created_by <> ''::text) AND (length(created_by) <= 255))),
    CONSTRAINT ck_model_versions_dataset_sha256_valid CHECK ((dataset_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_model_versions_external_service_valid CHECK ((external_service = ANY (ARRAY['openai'::text, 'anthropic'::text, 'self_hosted'::text, 'hybrid'::text]))),
    CONSTRAINT ck_model_versions_metadata_valid CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT ck_model_versions_model_hash_valid CHECK ((model_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_model_versions_model_id_valid CHECK (((model_id <> ''::text) AND (length(model_id) <= 255))),
    CONSTRAINT ck_model_versions_model_name_valid CHECK (((model_name <> ''::text) AND (length(model_name) <= 255))),
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

COMMENT ON TABLE registry.model_versions IS 'One fitted version of a model, with its lineage.';

COMMENT ON COLUMN registry.model_versions.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.model_versions.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.model_versions.ml_model_id IS 'The model.';

COMMENT ON COLUMN registry.model_versions.model_id IS 'The model''s name in the world outside.';

COMMENT ON COLUMN registry.model_versions.model_name IS 'The model''s name.';

COMMENT ON COLUMN registry.model_versions.number IS '1 for the model''s first version, then 2 and so on.';

COMMENT ON COLUMN registry.model_versions.version IS 'Semantic version, v1.0.0 first.';

COMMENT ON COLUMN registry.model_versions.version_type IS 'How it came to be.';

COMMENT ON COLUMN registry.model_versions.status IS 'Where it stands.';

COMMENT ON COLUMN registry.model_versions.is_active IS 'Whether it is the one that answers.';

COMMENT ON COLUMN registry.model_versions.parent_version_id IS 'Version it follows.';

COMMENT ON COLUMN registry.model_versions.artifact_id IS 'Its bytes.';

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

CREATE VIEW predictions.v_model_performance WITH (security_invoker='true') AS
 SELECT m.model_id,
    m.name AS model_name,
    m.tenant_id,
    ((v.performance_metrics ->> 'accuracy'::text))::double precision AS accuracy,
    ((v.performance_metrics ->> 'precision'::text))::double precision AS "precision",
    ((v.performance_metrics ->> 'recall'::text))::double precision AS recall,
    (COALESCE((v.performance_metrics ->> 'f1_score'::text), (v.performance_metrics ->> 'f1'::text)))::double precision AS f1_score,
    COALESCE(s.prediction_count, (0)::bigint) AS total_predictions,
    (s.sum_confidence / (NULLIF(s.prediction_count, 0))::double precision) AS avg_confidence,
    (s.sum_inference_time_ms / (NULLIF(s.prediction_count, 0))::double precision) AS avg_inference_time
   FROM ((registry.ml_models m
     JOIN registry.model_versions v ON (((v.tenant_id = m.tenant_id) AND (v.ml_model_id = m.id) AND (v.status = 'active'::text))))
     LEFT JOIN predictions.model_performance_summary s ON (((s.tenant_id = m.tenant_id) AND (s.id = m.id))))
  WHERE (m.status = 'active'::text);

COMMENT ON VIEW predictions.v_model_performance IS 'Active models with the metrics of their version and what they answered so far.';

CREATE VIEW predictions.v_predictions WITH (security_invoker='true') AS
 SELECT p.tenant_id,
    p.id,
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
    p.entity_id AS resource_id,
    m.name AS model_name,
    m.model_id,
    o.actual_value,
    o.error,
    o.loss,
    o.happened_at,
    o.known_at,
    ( SELECT jsonb_object_agg(n.name,
                CASE
                    WHEN (n.value = 'NaN'::real) THEN 'null'::jsonb
                    ELSE COALESCE(( SELECT to_jsonb(c.word) AS to_jsonb
                       FROM features.feature_categories c
                      WHERE ((n.name = ANY (fs.categorical)) AND (c.tenant_id = f.tenant_id) AND (c.set_name = fs.name) AND (c.feature = n.name) AND ((c.code)::double precision = n.value))), to_jsonb(n.value))
                END) AS jsonb_object_agg
           FROM UNNEST(fs.names, f."values") n(name, value)) AS features_used,
    ( SELECT jsonb_object_agg(n.name, p.reasons[n."position"]) AS jsonb_object_agg
           FROM unnest(v.feature_names) WITH ORDINALITY n(name, "position")
          WHERE (p.reasons IS NOT NULL)) AS shap_values
   FROM (((((predictions.ml_predictions p
     JOIN registry.model_versions v ON (((v.tenant_id = p.tenant_id) AND (v.id = p.model_version_id))))
     JOIN registry.ml_models m ON (((m.tenant_id = p.tenant_id) AND (m.id = p.ml_model_id))))
     LEFT JOIN features.ml_feature_store f ON (((f.tenant_id = p.tenant_id) AND (f.id = p.feature_row_id))))
     LEFT JOIN features.feature_sets fs ON (((fs.tenant_id = f.tenant_id) AND (fs.id = f.feature_set_id))))
     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))));

COMMENT ON VIEW predictions.v_predictions IS 'Predictions with outcome, named features and named reasons, as the requirements ask.';

CREATE VIEW predictions.v_recent_predictions WITH (security_invoker='true') AS
 SELECT p.id,
    COALESCE(p.prediction_id, (p.id)::text) AS prediction_id,
    p.entity_id AS resource_id,
    p.tenant_id,
    m.model_id,
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
    ( SELECT jsonb_object_agg(n.name,
                CASE
                    WHEN (n.value = 'NaN'::real) THEN 'null'::jsonb
                    ELSE COALESCE(( SELECT to_jsonb(c.word) AS to_jsonb
                       FROM features.feature_categories c
                      WHERE ((n.name = ANY (fs.categorical)) AND (c.tenant_id = f.tenant_id) AND (c.set_name = fs.name) AND (c.feature = n.name) AND ((c.code)::double precision = n.value))), to_jsonb(n.value))
                END) AS jsonb_object_agg
           FROM UNNEST(fs.names, f."values") n(name, value)) AS features_used,
    ( SELECT jsonb_object_agg(n.name, p.reasons[n."position"]) AS jsonb_object_agg
           FROM unnest(v.feature_names) WITH ORDINALITY n(name, "position")
          WHERE (p.reasons IS NOT NULL)) AS shap_values,
    p.attention_weights,
    p.inference_time_ms,
    p.model_version,
    p.prediction_timestamp,
    p.expires_at,
    p.remediation_status,
    p.remediation_id,
    m.name AS model_name,
    m.model_type,
    ((v.performance_metrics ->> 'accuracy'::text))::double precision AS model_accuracy
   FROM ((((predictions.ml_predictions p
     JOIN registry.model_versions v ON (((v.tenant_id = p.tenant_id) AND (v.id = p.model_version_id))))
     JOIN registry.ml_models m ON (((m.tenant_id = p.tenant_id) AND (m.id = p.ml_model_id))))
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

CREATE TABLE registry.model_deployments (
    tenant_id uuid DEFAULT app.tenant_id() NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    ml_model_id uuid NOT NULL,
    number bigint NOT NULL,
    model_version_id uuid NOT NULL,
    replaced_version_id uuid,
    kind text NOT NULL,
    environment text DEFAULT 'prod'::text NOT NULL,
    endpoint_url text,
    deployment_status text DEFAULT 'pending'::text NOT NULL,
    deployment_notes text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    deployed_by text NOT NULL,
    deployed_at timestamp with time zone,
    ended_at timestamp with time zone,
    rolled_back_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_model_deployments_deployed_by_valid CHECK (((deployed_by <> ''::text) AND (length(deployed_by) <= 255))),
    CONSTRAINT ck_model_deployments_deployment_status_valid CHECK ((deployment_status = ANY (ARRAY['pending'::text, 'deployed'::text, 'superseded'::text, 'rolled_back'::text, 'failed'::text]))),
    CONSTRAINT ck_model_deployments_environment_valid CHECK ((environment = ANY (ARRAY['dev'::text, 'staging'::text, 'prod'::text]))),
    CONSTRAINT ck_model_deployments_evidence_valid CHECK ((jsonb_typeof(evidence) = 'object'::text)),
    CONSTRAINT ck_model_deployments_kind_valid CHECK ((kind = ANY (ARRAY['promotion'::text, 'rollback'::text]))),
    CONSTRAINT ck_model_deployments_number_valid CHECK ((number >= 0))
);

ALTER TABLE ONLY registry.model_deployments FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE registry.model_deployments IS 'A span of time in which one version was active.';

COMMENT ON COLUMN registry.model_deployments.tenant_id IS 'Tenant the row belongs to; row-level security compares it.';

COMMENT ON COLUMN registry.model_deployments.id IS 'Version 7 uuid: sorts by the time the row was made.';

COMMENT ON COLUMN registry.model_deployments.ml_model_id IS 'The model.';

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

ALTER TABLE ONLY jobs.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_events_id_seq'::regclass);

ALTER TABLE ONLY jobs.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_jobs_id_seq'::regclass);

ALTER TABLE ONLY jobs.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_periodic_defers_id_seq'::regclass);

ALTER TABLE ONLY app.partitioned
    ADD CONSTRAINT partitioned_pkey PRIMARY KEY (parent);

ALTER TABLE ONLY app.retention
    ADD CONSTRAINT retention_pkey PRIMARY KEY (parent);

ALTER TABLE ONLY audit.audit_chain_heads
    ADD CONSTRAINT pk_audit_chain_heads PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY audit.audit_logs
    ADD CONSTRAINT pk_audit_logs PRIMARY KEY (tenant_id, id, created_at);

ALTER TABLE ONLY audit.audit_chain_heads
    ADD CONSTRAINT uq_audit_chain_heads_tenant_id UNIQUE (tenant_id);

ALTER TABLE ONLY datasets.training_datasets
    ADD CONSTRAINT pk_training_datasets PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY datasets.training_datasets
    ADD CONSTRAINT uq_training_datasets_tenant_id_name_version UNIQUE (tenant_id, name, version);

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

ALTER TABLE ONLY events.learning_events
    ADD CONSTRAINT pk_learning_events PRIMARY KEY (tenant_id, id, "timestamp");

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

ALTER TABLE ONLY feedback.ml_feedback
    ADD CONSTRAINT pk_ml_feedback PRIMARY KEY (tenant_id, id);

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

ALTER TABLE ONLY operations.data_retention_policies
    ADD CONSTRAINT pk_data_retention_policies PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.job_runs
    ADD CONSTRAINT pk_job_runs PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY operations.data_retention_policies
    ADD CONSTRAINT uq_data_retention_policies_tenant_id_table_name UNIQUE (tenant_id, table_name);

ALTER TABLE ONLY predictions.calibrations
    ADD CONSTRAINT pk_calibrations PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.ml_predictions
    ADD CONSTRAINT pk_ml_predictions PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.model_performance_summary
    ADD CONSTRAINT pk_model_performance_summary PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.performance_daily
    ADD CONSTRAINT pk_performance_daily PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY predictions.prediction_outcomes
    ADD CONSTRAINT pk_prediction_outcomes PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY registry.artifacts
    ADD CONSTRAINT pk_artifacts PRIMARY KEY (tenant_id, id);

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

ALTER TABLE ONLY registry.ml_models
    ADD CONSTRAINT uq_ml_models_tenant_id_model_id UNIQUE (tenant_id, model_id);

ALTER TABLE ONLY registry.ml_models
    ADD CONSTRAINT uq_ml_models_tenant_id_name UNIQUE (tenant_id, name);

ALTER TABLE ONLY registry.model_deployments
    ADD CONSTRAINT uq_model_deployments_tenant_id_ml_model_id_environment_number UNIQUE (tenant_id, ml_model_id, environment, number);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT uq_model_versions_tenant_id_ml_model_id_number UNIQUE (tenant_id, ml_model_id, number);

ALTER TABLE ONLY registry.model_versions
    ADD CONSTRAINT uq_model_versions_tenant_id_ml_model_id_version UNIQUE (tenant_id, ml_model_id, version);

ALTER TABLE ONLY tenancy.api_keys
    ADD CONSTRAINT pk_api_keys PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY tenancy.tenants
    ADD CONSTRAINT pk_tenants PRIMARY KEY (id);

ALTER TABLE ONLY tenancy.users
    ADD CONSTRAINT pk_users PRIMARY KEY (tenant_id, id);

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

CREATE INDEX ix_audit_logs_resource ON ONLY audit.audit_logs USING btree (tenant_id, resource_type, resource_id);

CREATE INDEX ix_audit_logs_seq ON ONLY audit.audit_logs USING btree (tenant_id, seq);

CREATE INDEX ix_training_datasets_created_at ON datasets.training_datasets USING btree (tenant_id, created_at);

CREATE INDEX ix_training_datasets_created_by ON datasets.training_datasets USING btree (tenant_id, created_by);

CREATE INDEX ix_training_datasets_dataset_type ON datasets.training_datasets USING btree (tenant_id, dataset_type);

CREATE INDEX ix_drift_alerts_model_version_id ON drift.drift_alerts USING btree (tenant_id, model_version_id);

CREATE INDEX ix_drift_alerts_seen ON drift.drift_alerts USING btree (tenant_id, ml_model_id, first_seen_at);

CREATE INDEX ix_ml_drift_metrics_model ON ONLY drift.ml_drift_metrics USING btree (tenant_id, ml_model_id, measured_at);

CREATE INDEX ix_ml_drift_metrics_model_version_id ON ONLY drift.ml_drift_metrics USING btree (tenant_id, model_version_id);

CREATE INDEX ix_ml_drift_metrics_recent_alerts ON ONLY drift.ml_drift_metrics USING btree (tenant_id, measured_at DESC) WHERE alert_triggered;

CREATE INDEX ix_ml_drift_metrics_resource ON ONLY drift.ml_drift_metrics USING btree (tenant_id, resource_id);

CREATE UNIQUE INDEX uq_drift_alerts_open ON drift.drift_alerts USING btree (tenant_id, ml_model_id, detector, feature) WHERE (resolved_at IS NULL);

CREATE INDEX ix_learning_events_entity ON ONLY events.learning_events USING btree (tenant_id, entity_type, entity_id, "timestamp");

CREATE INDEX ix_learning_events_timestamp ON ONLY events.learning_events USING btree (tenant_id, "timestamp", id);

CREATE INDEX ix_learning_events_type ON ONLY events.learning_events USING btree (tenant_id, event_type, "timestamp", id);

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

CREATE INDEX idx_ml_feature_resource ON ONLY features.ml_feature_store USING btree (tenant_id, resource_id);

CREATE INDEX idx_ml_feature_window ON ONLY features.ml_feature_store USING btree (tenant_id, feature_set_id, as_of);

CREATE INDEX ix_ml_feedback_unprocessed ON feedback.ml_feedback USING btree (tenant_id, created_at) WHERE (NOT processed);

CREATE UNIQUE INDEX uq_ml_feedback_once ON feedback.ml_feedback USING btree (tenant_id, prediction_id, user_id, feedback_type);

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

CREATE UNIQUE INDEX ix_job_runs_key_open ON operations.job_runs USING btree (tenant_id, key) WHERE ((status = ANY (ARRAY['queued'::text, 'running'::text])) AND (key IS NOT NULL));

CREATE INDEX ix_job_runs_status_queued_at ON operations.job_runs USING btree (tenant_id, status, queued_at);

CREATE INDEX ix_calibrations_latest ON predictions.calibrations USING btree (tenant_id, model_version_id, fitted_at DESC);

CREATE INDEX ix_ml_predictions_entity ON ONLY predictions.ml_predictions USING btree (tenant_id, ml_model_id, entity_id);

CREATE INDEX ix_ml_predictions_high_risk ON ONLY predictions.ml_predictions USING btree (tenant_id, risk_level, prediction_timestamp DESC) WHERE (risk_level = ANY (ARRAY['critical'::text, 'high'::text]));

CREATE INDEX ix_ml_predictions_timestamp ON ONLY predictions.ml_predictions USING brin (prediction_timestamp);

CREATE INDEX ix_performance_daily_model_version_id ON predictions.performance_daily USING btree (tenant_id, model_version_id);

CREATE INDEX ix_prediction_outcomes_known_at ON ONLY predictions.prediction_outcomes USING btree (tenant_id, ml_model_id, known_at);

CREATE UNIQUE INDEX uq_performance_daily_key ON predictions.performance_daily USING btree (tenant_id, ml_model_id, made_on, model_version_id, role);

CREATE INDEX ix_ml_models_model_type_status ON registry.ml_models USING btree (tenant_id, model_type, status);

CREATE INDEX ix_ml_models_parent_model_id ON registry.ml_models USING btree (tenant_id, parent_model_id);

CREATE INDEX ix_model_deployments_model_version_id ON registry.model_deployments USING btree (tenant_id, model_version_id);

CREATE INDEX ix_model_deployments_replaced_version_id ON registry.model_deployments USING btree (tenant_id, replaced_version_id);

CREATE INDEX ix_model_metrics_model_version_id ON registry.model_metrics USING btree (tenant_id, model_version_id);

CREATE INDEX ix_model_versions_artifact_id ON registry.model_versions USING btree (tenant_id, artifact_id);

CREATE INDEX ix_model_versions_fine_tuning_job_id ON registry.model_versions USING btree (tenant_id, fine_tuning_job_id);

CREATE INDEX ix_model_versions_model_type_is_active ON registry.model_versions USING btree (tenant_id, model_type, is_active);

CREATE INDEX ix_model_versions_parent_version_id ON registry.model_versions USING btree (tenant_id, parent_version_id);

CREATE UNIQUE INDEX uq_model_deployments_current ON registry.model_deployments USING btree (tenant_id, ml_model_id, environment) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX uq_model_versions_active ON registry.model_versions USING btree (tenant_id, ml_model_id) WHERE (status = 'active'::text);

CREATE UNIQUE INDEX uq_model_versions_training_job_id ON registry.model_versions USING btree (tenant_id, training_job_id) WHERE (training_job_id IS NOT NULL);

CREATE INDEX ix_api_keys_live ON tenancy.api_keys USING btree (tenant_id, kind) WHERE (revoked_at IS NULL);

CREATE INDEX ix_api_keys_made_from ON tenancy.api_keys USING btree (tenant_id, made_from);

CREATE INDEX ix_api_keys_secret_sha256 ON tenancy.api_keys USING btree (secret_sha256);

CREATE INDEX ix_api_keys_user_id ON tenancy.api_keys USING btree (tenant_id, user_id);

CREATE INDEX ix_ml_training_jobs_created_at ON training.ml_training_jobs USING btree (tenant_id, created_at);

CREATE INDEX ix_ml_training_jobs_ml_model_id ON training.ml_training_jobs USING btree (tenant_id, ml_model_id);

CREATE INDEX ix_ml_training_jobs_model_version_id ON training.ml_training_jobs USING btree (tenant_id, model_version_id);

CREATE INDEX ix_ml_training_jobs_status ON training.ml_training_jobs USING btree (tenant_id, status);

CREATE INDEX ix_model_training_sessions_dataset_id ON training.model_training_sessions USING btree (tenant_id, dataset_id);

CREATE INDEX ix_model_training_sessions_model_id ON training.model_training_sessions USING btree (tenant_id, model_id);

CREATE INDEX ix_model_training_sessions_status ON training.model_training_sessions USING btree (tenant_id, status);

CREATE INDEX ix_model_training_sessions_training_start ON training.model_training_sessions USING btree (tenant_id, training_start);

CREATE TRIGGER chain BEFORE INSERT ON audit.audit_logs FOR EACH ROW EXECUTE FUNCTION app.chain_audit();

CREATE TRIGGER touch BEFORE UPDATE ON datasets.training_datasets FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON drift.drift_watches FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON experiments.ab_testing_experiments FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER touch BEFORE UPDATE ON experiments.ab_testing_experiments FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON experiments.ab_tests FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON jobs.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::jobs.procrastinate_job_status))) EXECUTE FUNCTION jobs.procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::jobs.procrastinate_job_status)) EXECUTE FUNCTION jobs.procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION jobs.procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON jobs.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION jobs.procrastinate_unlink_periodic_defers_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON jobs.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::jobs.procrastinate_job_status))) EXECUTE FUNCTION jobs.procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::jobs.procrastinate_job_status)) EXECUTE FUNCTION jobs.procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON jobs.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION jobs.procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON loop.loop_policies FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER touch BEFORE UPDATE ON loop.loop_policies FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON operations.data_retention_policies FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER check_table BEFORE INSERT OR UPDATE OF table_name ON operations.data_retention_policies FOR EACH ROW EXECUTE FUNCTION operations.check_retained_table();

CREATE TRIGGER touch BEFORE UPDATE ON registry.ml_models FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.api_keys FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON tenancy.users FOR EACH ROW EXECUTE FUNCTION app.audit_row();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.tenants FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON tenancy.users FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

CREATE TRIGGER touch BEFORE UPDATE ON training.model_training_sessions FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();

ALTER TABLE ONLY datasets.training_datasets
    ADD CONSTRAINT fk_training_datasets_created_by FOREIGN KEY (tenant_id, created_by) REFERENCES tenancy.users(tenant_id, id) ON DELETE SET NULL (created_by);

ALTER TABLE ONLY datasets.training_datasets
    ADD CONSTRAINT fk_training_datasets_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

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

ALTER TABLE features.ml_feature_store
    ADD CONSTRAINT fk_ml_feature_store_feature_set_id FOREIGN KEY (tenant_id, feature_set_id) REFERENCES features.feature_sets(tenant_id, id);

ALTER TABLE ONLY feedback.ml_feedback
    ADD CONSTRAINT fk_ml_feedback_prediction_id FOREIGN KEY (tenant_id, prediction_id) REFERENCES predictions.ml_predictions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY feedback.ml_feedback
    ADD CONSTRAINT fk_ml_feedback_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

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

ALTER TABLE ONLY operations.data_retention_policies
    ADD CONSTRAINT fk_data_retention_policies_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY operations.job_runs
    ADD CONSTRAINT fk_job_runs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.calibrations
    ADD CONSTRAINT fk_calibrations_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id);

ALTER TABLE ONLY predictions.calibrations
    ADD CONSTRAINT fk_calibrations_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.model_performance_summary
    ADD CONSTRAINT fk_model_performance_summary_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.performance_daily
    ADD CONSTRAINT fk_performance_daily_model_version_id FOREIGN KEY (tenant_id, model_version_id) REFERENCES registry.model_versions(tenant_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY predictions.performance_daily
    ADD CONSTRAINT fk_performance_daily_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.artifacts
    ADD CONSTRAINT fk_artifacts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants(id) ON DELETE CASCADE;

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

ALTER TABLE audit.audit_chain_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.audit_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON audit.audit_chain_heads TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON audit.audit_logs TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON audit.audit_chain_heads TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON audit.audit_logs TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY service ON datasets.training_datasets TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON datasets.training_datasets TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE datasets.training_datasets ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.drift_alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.drift_detectors ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.drift_references ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.drift_watches ENABLE ROW LEVEL SECURITY;

ALTER TABLE drift.ml_drift_metrics ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON drift.drift_alerts TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON drift.drift_detectors TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON drift.drift_references TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON drift.drift_watches TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON drift.ml_drift_metrics TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON drift.drift_alerts TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON drift.drift_detectors TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON drift.drift_references TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON drift.drift_watches TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON drift.ml_drift_metrics TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE events.learning_events ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON events.learning_events TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON events.learning_events TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE experiments.ab_test_results ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.ab_testing_assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.ab_testing_experiments ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.ab_tests ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.sequential_points ENABLE ROW LEVEL SECURITY;

ALTER TABLE experiments.sequential_tests ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON experiments.ab_test_results TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON experiments.ab_testing_assignments TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON experiments.ab_testing_experiments TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON experiments.ab_tests TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON experiments.sequential_points TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON experiments.sequential_tests TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON experiments.ab_test_results TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.ab_testing_assignments TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.ab_testing_experiments TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.ab_tests TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.sequential_points TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON experiments.sequential_tests TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE features.feature_categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.feature_facts ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.feature_sets ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.feature_sources ENABLE ROW LEVEL SECURITY;

ALTER TABLE features.ml_feature_store ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON features.feature_categories TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON features.feature_facts TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON features.feature_sets TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON features.feature_sources TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON features.ml_feature_store TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON features.feature_categories TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.feature_facts TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.feature_sets TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.feature_sources TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON features.ml_feature_store TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE feedback.ml_feedback ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON feedback.ml_feedback TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON feedback.ml_feedback TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE loop.loop_policies ENABLE ROW LEVEL SECURITY;

ALTER TABLE loop.replay_cursors ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON loop.loop_policies TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON loop.replay_cursors TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON loop.loop_policies TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON loop.replay_cursors TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE operations.data_retention_policies ENABLE ROW LEVEL SECURITY;

ALTER TABLE operations.job_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON operations.data_retention_policies TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON operations.job_runs TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON operations.data_retention_policies TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON operations.job_runs TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE predictions.calibrations ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.ml_predictions ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.model_performance_summary ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.performance_daily ENABLE ROW LEVEL SECURITY;

ALTER TABLE predictions.prediction_outcomes ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON predictions.calibrations TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON predictions.ml_predictions TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON predictions.model_performance_summary TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON predictions.performance_daily TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON predictions.prediction_outcomes TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON predictions.calibrations TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.ml_predictions TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.model_performance_summary TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.performance_daily TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON predictions.prediction_outcomes TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE registry.artifacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE registry.ml_models ENABLE ROW LEVEL SECURITY;

ALTER TABLE registry.model_deployments ENABLE ROW LEVEL SECURITY;

ALTER TABLE registry.model_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE registry.model_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON registry.artifacts TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON registry.ml_models TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON registry.model_deployments TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON registry.model_metrics TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON registry.model_versions TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON registry.artifacts TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.ml_models TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.model_deployments TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.model_metrics TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON registry.model_versions TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE tenancy.api_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON tenancy.api_keys TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON tenancy.tenants TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON tenancy.users TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON tenancy.api_keys TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.tenants TO everlearn_app, everlearn_reader USING ((id = app.tenant_id())) WITH CHECK ((id = app.tenant_id()));

CREATE POLICY tenant ON tenancy.users TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

ALTER TABLE tenancy.tenants ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenancy.users ENABLE ROW LEVEL SECURITY;

ALTER TABLE training.ml_training_jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE training.model_training_sessions ENABLE ROW LEVEL SECURITY;

CREATE POLICY service ON training.ml_training_jobs TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY service ON training.model_training_sessions TO everlearn_owner, everlearn_service USING (true) WITH CHECK (true);

CREATE POLICY tenant ON training.ml_training_jobs TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

CREATE POLICY tenant ON training.model_training_sessions TO everlearn_app, everlearn_reader USING ((tenant_id = app.tenant_id())) WITH CHECK ((tenant_id = app.tenant_id()));

GRANT USAGE ON SCHEMA app TO everlearn_app;
GRANT USAGE ON SCHEMA app TO everlearn_reader;
GRANT USAGE ON SCHEMA app TO everlearn_service;

GRANT USAGE ON SCHEMA audit TO everlearn_app;
GRANT USAGE ON SCHEMA audit TO everlearn_reader;
GRANT USAGE ON SCHEMA audit TO everlearn_service;

GRANT USAGE ON SCHEMA datasets TO everlearn_app;
GRANT USAGE ON SCHEMA datasets TO everlearn_reader;
GRANT USAGE ON SCHEMA datasets TO everlearn_service;

GRANT USAGE ON SCHEMA drift TO everlearn_app;
GRANT USAGE ON SCHEMA drift TO everlearn_reader;
GRANT USAGE ON SCHEMA drift TO everlearn_service;

GRANT USAGE ON SCHEMA events TO everlearn_app;
GRANT USAGE ON SCHEMA events TO everlearn_reader;
GRANT USAGE ON SCHEMA events TO everlearn_service;

GRANT USAGE ON SCHEMA experiments TO everlearn_app;
GRANT USAGE ON SCHEMA experiments TO everlearn_reader;
GRANT USAGE ON SCHEMA experiments TO everlearn_service;

GRANT USAGE ON SCHEMA features TO everlearn_app;
GRANT USAGE ON SCHEMA features TO everlearn_reader;
GRANT USAGE ON SCHEMA features TO everlearn_service;

GRANT USAGE ON SCHEMA feedback TO everlearn_app;
GRANT USAGE ON SCHEMA feedback TO everlearn_reader;
GRANT USAGE ON SCHEMA feedback TO everlearn_service;

GRANT USAGE ON SCHEMA jobs TO everlearn_queue;

GRANT USAGE ON SCHEMA loop TO everlearn_app;
GRANT USAGE ON SCHEMA loop TO everlearn_reader;
GRANT USAGE ON SCHEMA loop TO everlearn_service;

GRANT USAGE ON SCHEMA operations TO everlearn_app;
GRANT USAGE ON SCHEMA operations TO everlearn_reader;
GRANT USAGE ON SCHEMA operations TO everlearn_service;

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

REVOKE ALL ON FUNCTION app.authenticate(secret_hash text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.authenticate(secret_hash text, at timestamp with time zone) TO everlearn_app;
GRANT ALL ON FUNCTION app.authenticate(secret_hash text, at timestamp with time zone) TO everlearn_service;

REVOKE ALL ON FUNCTION app.enqueue_job(run_id uuid, queue text, priority integer, lock text, scheduled_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.enqueue_job(run_id uuid, queue text, priority integer, lock text, scheduled_at timestamp with time zone) TO everlearn_app;
GRANT ALL ON FUNCTION app.enqueue_job(run_id uuid, queue text, priority integer, lock text, scheduled_at timestamp with time zone) TO everlearn_service;

REVOKE ALL ON FUNCTION app.ensure_partition(wanted text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.ensure_partition(wanted text, at timestamp with time zone) TO everlearn_app;
GRANT ALL ON FUNCTION app.ensure_partition(wanted text, at timestamp with time zone) TO everlearn_service;

REVOKE ALL ON FUNCTION app.find_tenant(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION app.find_tenant(wanted text) TO everlearn_app;
GRANT ALL ON FUNCTION app.find_tenant(wanted text) TO everlearn_service;

REVOKE ALL ON FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) TO everlearn_app;
GRANT ALL ON FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamp with time zone, session_days integer) TO everlearn_service;

REVOKE ALL ON FUNCTION app.register_partitioned(parent text, key_column text, unit text) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.set_retention(parent text, days integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.unregister_partitioned(gone text) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.unset_retention(gone text) FROM PUBLIC;

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

GRANT SELECT ON TABLE app.partitioned TO everlearn_app;
GRANT SELECT ON TABLE app.partitioned TO everlearn_reader;
GRANT SELECT ON TABLE app.partitioned TO everlearn_service;

GRANT SELECT ON TABLE app.retention TO everlearn_app;
GRANT SELECT ON TABLE app.retention TO everlearn_reader;
GRANT SELECT ON TABLE app.retention TO everlearn_service;

GRANT SELECT,INSERT ON TABLE audit.audit_chain_heads TO everlearn_app;
GRANT SELECT ON TABLE audit.audit_chain_heads TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE audit.audit_chain_heads TO everlearn_service;

GRANT SELECT,INSERT ON TABLE audit.audit_logs TO everlearn_app;
GRANT SELECT ON TABLE audit.audit_logs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE audit.audit_logs TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.training_datasets TO everlearn_app;
GRANT SELECT ON TABLE datasets.training_datasets TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE datasets.training_datasets TO everlearn_service;

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

GRANT SELECT,INSERT ON TABLE events.learning_events TO everlearn_app;
GRANT SELECT ON TABLE events.learning_events TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.learning_events TO everlearn_service;

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

GRANT SELECT,INSERT ON TABLE features.ml_feature_store TO everlearn_app;
GRANT SELECT ON TABLE features.ml_feature_store TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE features.ml_feature_store TO everlearn_service;

GRANT SELECT ON TABLE features.v_feature_rows TO everlearn_app;
GRANT SELECT ON TABLE features.v_feature_rows TO everlearn_reader;
GRANT SELECT ON TABLE features.v_feature_rows TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.ml_feedback TO everlearn_app;
GRANT SELECT ON TABLE feedback.ml_feedback TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feedback.ml_feedback TO everlearn_service;

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

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.data_retention_policies TO everlearn_app;
GRANT SELECT ON TABLE operations.data_retention_policies TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.data_retention_policies TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.job_runs TO everlearn_app;
GRANT SELECT ON TABLE operations.job_runs TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE operations.job_runs TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.calibrations TO everlearn_app;
GRANT SELECT ON TABLE predictions.calibrations TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.calibrations TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.ml_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.ml_predictions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.ml_predictions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.model_performance_summary TO everlearn_app;
GRANT SELECT ON TABLE predictions.model_performance_summary TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.model_performance_summary TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.performance_daily TO everlearn_app;
GRANT SELECT ON TABLE predictions.performance_daily TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.performance_daily TO everlearn_service;

GRANT SELECT,INSERT ON TABLE predictions.prediction_outcomes TO everlearn_app;
GRANT SELECT ON TABLE predictions.prediction_outcomes TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE predictions.prediction_outcomes TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.ml_models TO everlearn_app;
GRANT SELECT ON TABLE registry.ml_models TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.ml_models TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_versions TO everlearn_app;
GRANT SELECT ON TABLE registry.model_versions TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_versions TO everlearn_service;

GRANT SELECT ON TABLE predictions.v_model_performance TO everlearn_app;
GRANT SELECT ON TABLE predictions.v_model_performance TO everlearn_reader;
GRANT SELECT ON TABLE predictions.v_model_performance TO everlearn_service;

GRANT SELECT ON TABLE predictions.v_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.v_predictions TO everlearn_reader;
GRANT SELECT ON TABLE predictions.v_predictions TO everlearn_service;

GRANT SELECT ON TABLE predictions.v_recent_predictions TO everlearn_app;
GRANT SELECT ON TABLE predictions.v_recent_predictions TO everlearn_reader;
GRANT SELECT ON TABLE predictions.v_recent_predictions TO everlearn_service;

GRANT SELECT,INSERT ON TABLE registry.artifacts TO everlearn_app;
GRANT SELECT ON TABLE registry.artifacts TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.artifacts TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_deployments TO everlearn_app;
GRANT SELECT ON TABLE registry.model_deployments TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_deployments TO everlearn_service;

GRANT SELECT,INSERT ON TABLE registry.model_metrics TO everlearn_app;
GRANT SELECT ON TABLE registry.model_metrics TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.model_metrics TO everlearn_service;

GRANT SELECT ON TABLE registry.v_ml_models TO everlearn_app;
GRANT SELECT ON TABLE registry.v_ml_models TO everlearn_reader;
GRANT SELECT ON TABLE registry.v_ml_models TO everlearn_service;

GRANT SELECT ON TABLE registry.v_model_versions TO everlearn_app;
GRANT SELECT ON TABLE registry.v_model_versions TO everlearn_reader;
GRANT SELECT ON TABLE registry.v_model_versions TO everlearn_service;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.api_keys TO everlearn_app;
GRANT SELECT ON TABLE tenancy.api_keys TO everlearn_reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenancy.api_keys TO everlearn_service;

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
