-- Teams in policies, and views made by a command.

-- Whether the user of this transaction belongs to a team. SECURITY DEFINER: a policy on team_members
-- that read team_members would call itself without end. plpgsql, so that it can be made before the
-- tables it reads; STABLE and with the tenant in every condition, as everywhere.
CREATE OR REPLACE FUNCTION app.is_team_member(team uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF team IS NULL OR app.user_id() IS NULL THEN
    RETURN false;
  END IF;
  RETURN EXISTS (SELECT FROM tenancy.team_members m
      WHERE m.tenant_id = app.tenant_id() AND m.team_id = team AND m.user_id = app.user_id())
    OR EXISTS (SELECT FROM tenancy.teams t
      WHERE t.tenant_id = app.tenant_id() AND t.id = team AND t.owner_id = app.user_id());
END $$;
COMMENT ON FUNCTION app.is_team_member(uuid) IS 'Whether the user of this transaction is in the team.';

CREATE OR REPLACE FUNCTION app.is_team_admin(team uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION app.is_team_admin(uuid) IS
  'Whether the user of this transaction owns or administers the team.';
REVOKE EXECUTE ON FUNCTION app.is_team_member(uuid), app.is_team_admin(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.is_team_member(uuid), app.is_team_admin(uuid)
  TO everlearn_app, everlearn_reader, everlearn_service;

CREATE TABLE IF NOT EXISTS app.runtime_views (name text PRIMARY KEY);
COMMENT ON TABLE app.runtime_views IS 'Views that a command made; no declaration says them.';
GRANT SELECT ON app.runtime_views TO everlearn_app, everlearn_reader, everlearn_service;

-- Who belongs to which tenant is asked before a tenant is known. These registers say it, and nothing
-- else; no role is granted them, only the functions below read them. Every other table is read within
-- one tenant, by every role, maintenance and the owner included.
CREATE TABLE IF NOT EXISTS app.tenant_register (
  tenant_id uuid PRIMARY KEY, slug text NOT NULL UNIQUE
);
COMMENT ON TABLE app.tenant_register IS 'Tenants by their slug, kept by a trigger on tenancy.tenants.';
CREATE TABLE IF NOT EXISTS app.secret_register (
  key_id uuid PRIMARY KEY, secret_sha256 text NOT NULL, tenant_id uuid NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_secret_register_secret_sha256 ON app.secret_register (secret_sha256);
COMMENT ON TABLE app.secret_register IS 'Tenant of each key by the hash of its secret, kept by a trigger on tenancy.api_keys.';
REVOKE ALL ON app.tenant_register, app.secret_register FROM PUBLIC;

CREATE OR REPLACE FUNCTION app.register_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

CREATE OR REPLACE FUNCTION app.register_secret() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE EXECUTE ON FUNCTION app.register_tenant(), app.register_secret() FROM PUBLIC;

CREATE OR REPLACE FUNCTION app.find_tenant(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.tenant_id FROM app.tenant_register r WHERE r.slug = wanted
$$;

-- Every tenant's id, for maintenance, which goes through them one by one.
CREATE OR REPLACE FUNCTION app.tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.tenant_id FROM app.tenant_register r ORDER BY r.tenant_id
$$;
COMMENT ON FUNCTION app.tenants() IS 'Ids of all tenants; for maintenance only.';
REVOKE EXECUTE ON FUNCTION app.tenants() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.tenants() TO everlearn_service;

-- These two work in the tenant that the secret belongs to, and bring the caller's back. (A function's
-- SET clause would do that too, but only a superuser may attach one for a setting of our own.)
CREATE OR REPLACE FUNCTION app.authenticate(secret_hash text, at timestamptz)
RETURNS TABLE (tenant_id uuid, tenant_slug text, tenant_name text, key_id uuid, kind text,
               user_id uuid, user_name text, role text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

CREATE OR REPLACE FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamptz, session_days integer)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
