-- Partitions ahead of time, their list and gaps, and how an expired one goes. What drops anything is
-- SECURITY DEFINER with the owner's rights, for registered tables only, and everlearn_service alone may
-- call it: no request can drop a partition.

CREATE OR REPLACE FUNCTION app.uuid_time(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0)
$$;
COMMENT ON FUNCTION app.uuid_time(uuid) IS 'The millisecond that a version 7 id begins with.';

CREATE OR REPLACE FUNCTION app.list_partitions() RETURNS TABLE (
  parent text, partition text, lower_at timestamptz, upper_at timestamptz, row_estimate bigint, size_bytes bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
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

CREATE OR REPLACE FUNCTION app.partition_gaps() RETURNS TABLE (parent text, lower_at timestamptz, upper_at timestamptz)
LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
  SELECT s.parent, g.at, g.at + s.step
  FROM (SELECT l.parent, min(l.lower_at) AS first_at, max(l.lower_at) AS last_at, ('1 ' || p.unit)::interval AS step
        FROM app.list_partitions() l JOIN app.partitioned p ON p.parent = l.parent
        GROUP BY l.parent, p.unit) s
  CROSS JOIN LATERAL generate_series(s.first_at, s.last_at, s.step) AS g(at)
  WHERE NOT EXISTS (SELECT FROM app.list_partitions() o WHERE o.parent = s.parent AND o.lower_at = g.at)
  ORDER BY 1, 2
$$;
COMMENT ON FUNCTION app.partition_gaps() IS 'Periods between the first and the last partition of a table that have none.';

CREATE OR REPLACE FUNCTION app.create_partitions_ahead(at timestamptz, periods integer) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  before text[] := ARRAY(SELECT l.partition FROM app.list_partitions() l);
BEGIN
  PERFORM app.ensure_partition(p.parent, date_trunc(p.unit, at) + n * ('1 ' || p.unit)::interval)
  FROM app.partitioned p CROSS JOIN generate_series(0, periods) n
  WHERE to_regclass(p.parent) IS NOT NULL
  ORDER BY p.parent, n;
  RETURN ARRAY(SELECT l.partition FROM app.list_partitions() l WHERE l.partition <> ALL (before) ORDER BY 1);
END $$;
COMMENT ON FUNCTION app.create_partitions_ahead(timestamptz, integer) IS
  'Creates what is missing of every table''s partition of this time and of so many periods after it.';

-- Found by its bare name. Safe to repeat; a table may be named with its schema or without.
CREATE OR REPLACE FUNCTION app.create_monthly_partition(table_name text, start_date date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION app.create_monthly_partition(text, date) IS
  'Creates, when missing, the partition of a table by month that holds this day.';

-- How long the tenant of this transaction keeps its rows of a table, what happens to them then, and
-- whether they are held back: by a legal hold, or because it lives in the past (a replay), where nothing
-- is old. No row: there is no such tenant any more, and nothing of it is kept.
CREATE OR REPLACE FUNCTION app.retention_rule(wanted text, OUT keep interval, OUT strategy text, OUT held boolean)
RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION app.retention_rule(text) IS 'What holds for the tenant''s old rows of a table.';

CREATE OR REPLACE FUNCTION app.retention_rules(wanted text)
RETURNS TABLE (tenant_id uuid, keep interval, strategy text, held boolean)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION app.retention_rules(text) IS 'What holds for each tenant''s old rows of a table.';

-- Whose rows a partition holds: also those of tenants that are gone, whom nobody can name any more. The
-- owner reads the partition itself, which has no policy; each tenant costs one look into its index.
CREATE OR REPLACE FUNCTION app.partition_tenants(wanted text, child text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM app.list_partitions() l WHERE l.parent = wanted AND l.partition = child) THEN
    RAISE EXCEPTION 'table % has no partition %', wanted, child;
  END IF;
  RETURN QUERY EXECUTE format(
    'WITH RECURSIVE f AS ((SELECT p.tenant_id FROM parts.%1$I p ORDER BY 1 LIMIT 1) UNION ALL'
    ' SELECT (SELECT p.tenant_id FROM parts.%1$I p WHERE p.tenant_id > f.tenant_id ORDER BY 1 LIMIT 1)'
    ' FROM f WHERE f.tenant_id IS NOT NULL) SELECT tenant_id FROM f WHERE tenant_id IS NOT NULL', child);
END $$;
COMMENT ON FUNCTION app.partition_tenants(text, text) IS 'Tenants that have rows in a partition.';

-- Detaches and drops a partition in which every row is expired for its tenant, and archived where its
-- tenant wants that. Writers are locked out of the partition while its rows are counted again; the
-- parent is locked at the end only. A tenant that is gone keeps nothing.
CREATE OR REPLACE FUNCTION app.drop_expired_partition(wanted text, child text, at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
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
  FOR each IN EXECUTE format('SELECT tenant_id, count(*) AS n FROM parts.%I GROUP BY 1', child) LOOP
    total := total + each.n;
    PERFORM set_config('app.tenant_id', each.tenant_id::text, true);
    SELECT * INTO rule FROM app.retention_rule(wanted);
    CONTINUE WHEN NOT FOUND;
    IF rule.held OR bounds.upper_at > at - rule.keep THEN
      RAISE EXCEPTION 'partition % has % rows that tenant % still keeps', child, each.n, each.tenant_id;
    END IF;
    UPDATE operations.archive_manifests m SET dropped_at = at
    WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted AND m.period_start = bounds.lower_at
      AND m.verified_at IS NOT NULL AND m.dropped_at IS NULL
    RETURNING m.row_count INTO archived;
    IF rule.strategy <> 'delete' AND archived IS DISTINCT FROM each.n THEN
      RAISE EXCEPTION 'partition % has % rows of tenant %, and % of them are archived', child, each.n,
        each.tenant_id, coalesce(archived, 0);
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', before, true);
  EXECUTE format('ALTER TABLE %s DETACH PARTITION parts.%I', wanted, child);
  EXECUTE format('DROP TABLE parts.%I', child);
  RETURN total;
END $$;
COMMENT ON FUNCTION app.drop_expired_partition(text, text, timestamptz) IS
  'Drops a partition whose rows are all expired, and archived where wanted; gives their number.';

-- Found by its bare name. What cannot go yet is left and said as a notice: mostly months that are not
-- archived, which the nightly retention does first.
CREATE OR REPLACE FUNCTION app.cleanup_old_learning_events() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION app.cleanup_old_learning_events() IS
  'Drops months of events that are expired and archived; gives the number of events removed.';

REVOKE EXECUTE ON FUNCTION app.list_partitions(), app.partition_gaps(),
  app.create_partitions_ahead(timestamptz, integer), app.create_monthly_partition(text, date),
  app.retention_rule(text), app.retention_rules(text), app.partition_tenants(text, text),
  app.drop_expired_partition(text, text, timestamptz),
  app.cleanup_old_learning_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.create_monthly_partition(text, date) TO everlearn_app, everlearn_service;
GRANT EXECUTE ON FUNCTION app.list_partitions(), app.partition_gaps(),
  app.create_partitions_ahead(timestamptz, integer), app.retention_rule(text), app.retention_rules(text),
  app.partition_tenants(text, text), app.drop_expired_partition(text, text, timestamptz),
  app.cleanup_old_learning_events()
  TO everlearn_service;
