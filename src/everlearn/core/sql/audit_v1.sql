-- The audit trail: rows are chained by hash per tenant, so that a row that was taken out or changed by
-- a superuser shows. The head of the chain is locked while a row is added: one writer a tenant.
CREATE OR REPLACE FUNCTION app.chain_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- Everything an audit row says, in one fixed order. Not to_jsonb(row): a column added later would
-- change the hash of old rows, and a time would be written in the session's time zone.
CREATE OR REPLACE FUNCTION app.audit_content(tenant_id uuid, id uuid, user_id uuid, team_id uuid,
  action_type text, resource_type text, resource_id text, details jsonb, ip_address text, user_agent text,
  success boolean, error text, metadata jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_array(tenant_id, id, user_id, team_id, action_type, resource_type, resource_id,
    details, ip_address, user_agent, success, error, metadata)
$$;
CREATE OR REPLACE FUNCTION app.audit_sha256(previous text, seq bigint, at timestamptz, content jsonb)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT encode(sha256(convert_to(jsonb_build_array(previous, seq, extract(epoch FROM at), content)::text,
    'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION app.audit_sha256(text, bigint, timestamptz, jsonb) IS
  'Hash of an audit row and of the one before it.';

-- For tables declared with audit=True: which columns changed, and to what; never a secret.
CREATE OR REPLACE FUNCTION app.audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
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
