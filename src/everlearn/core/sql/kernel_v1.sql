-- Functions that every module stands on. One version is never edited; the next is kernel_v2.sql.
CREATE SCHEMA IF NOT EXISTS app;
CREATE SCHEMA IF NOT EXISTS parts;
COMMENT ON SCHEMA app IS 'Shared functions and the registers of partitions and retention.';
COMMENT ON SCHEMA parts IS 'Partitions; never granted, so that nobody goes around the parents'' policies.';
GRANT USAGE ON SCHEMA app TO everlearn_app, everlearn_reader, everlearn_service;

-- The tenant of this transaction: SET LOCAL app.tenant_id, or the claim of a JWT (PostgREST,
-- Supabase). LANGUAGE sql without a SET clause, so that the planner inlines it. An unset setting is
-- NULL first and '' later in a session; both mean no tenant, and so no rows.
CREATE OR REPLACE FUNCTION app.tenant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    nullif(current_setting('app.tenant_id', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'tenant_id')::uuid
$$;
COMMENT ON FUNCTION app.tenant_id() IS 'Tenant of this transaction; NULL when none is set.';

CREATE OR REPLACE FUNCTION app.user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('app.user_id', true), '')::uuid
$$;
COMMENT ON FUNCTION app.user_id() IS 'User of this transaction; NULL for jobs and keys without one.';

DO $$
BEGIN
  -- PostgreSQL 18 has uuidv7(); older servers get one of the same name.
  IF to_regprocedure('pg_catalog.uuidv7()') IS NULL THEN
    CREATE OR REPLACE FUNCTION public.uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS $f$
      SELECT encode(set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
    $f$;
    GRANT EXECUTE ON FUNCTION public.uuidv7() TO PUBLIC;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION app.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END $$;
COMMENT ON FUNCTION app.update_updated_at_column() IS 'Sets updated_at on every update.';

CREATE OR REPLACE FUNCTION app.uuid_floor(at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
COMMENT ON FUNCTION app.uuid_floor(timestamptz) IS
  'Smallest uuid that sorts at or after every v7 id made before this millisecond.';

CREATE TABLE IF NOT EXISTS app.partitioned (
  parent text PRIMARY KEY, key_column text NOT NULL, unit text NOT NULL CHECK (unit IN ('day', 'week', 'month'))
);
COMMENT ON TABLE app.partitioned IS 'Tables whose partitions app.ensure_partition may create.';
CREATE TABLE IF NOT EXISTS app.retention (parent text PRIMARY KEY, keep_days integer NOT NULL CHECK (keep_days > 0));
COMMENT ON TABLE app.retention IS 'Days a table keeps its rows unless a data_retention_policies row says otherwise.';
GRANT SELECT ON app.partitioned, app.retention TO everlearn_app, everlearn_reader, everlearn_service;

CREATE OR REPLACE FUNCTION app.register_partitioned(parent text, key_column text, unit text)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO app.partitioned VALUES (parent, key_column, unit)
  ON CONFLICT (parent) DO UPDATE SET key_column = excluded.key_column, unit = excluded.unit
$$;
CREATE OR REPLACE FUNCTION app.unregister_partitioned(gone text)
RETURNS void LANGUAGE sql AS $$ DELETE FROM app.partitioned WHERE parent = gone $$;
CREATE OR REPLACE FUNCTION app.set_retention(parent text, days integer)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO app.retention VALUES (parent, days)
  ON CONFLICT (parent) DO UPDATE SET keep_days = excluded.keep_days
$$;
CREATE OR REPLACE FUNCTION app.unset_retention(gone text)
RETURNS void LANGUAGE sql AS $$ DELETE FROM app.retention WHERE parent = gone $$;
REVOKE EXECUTE ON FUNCTION app.register_partitioned(text, text, text), app.unregister_partitioned(text),
  app.set_retention(text, integer), app.unset_retention(text) FROM PUBLIC;

-- Creates the partition that holds `at`, when it is missing. The app role may call it (a back-dated
-- row must find its place), but only for registered tables and only within a sane range of time.
-- ATTACH instead of PARTITION OF: it does not lock the parent against readers and writers.
CREATE OR REPLACE FUNCTION app.ensure_partition(wanted text, at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION app.ensure_partition(text, timestamptz) IS
  'Creates, when missing, the partition of a registered table that holds this time.';
REVOKE EXECUTE ON FUNCTION app.ensure_partition(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.ensure_partition(text, timestamptz) TO everlearn_app, everlearn_service;
