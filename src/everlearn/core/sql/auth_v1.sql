-- Before a tenant is known nothing is visible, so these two functions look across tenants. They take
-- a SHA-256 of the secret, never the secret, and tell only what the holder of the secret may know.
CREATE OR REPLACE FUNCTION app.authenticate(secret_hash text, at timestamptz)
RETURNS TABLE (tenant_id uuid, tenant_slug text, tenant_name text, key_id uuid, kind text,
               user_id uuid, user_name text, role text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION app.authenticate(text, timestamptz) IS 'Whom a key or session belongs to; no row when it is not valid.';

-- A one-time token becomes a session: the UPDATE decides the race of two redemptions.
CREATE OR REPLACE FUNCTION app.redeem_sign_in(secret_hash text, session_hash text, at timestamptz, session_days integer)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION app.redeem_sign_in(text, text, timestamptz, integer) IS 'Turns a one-time sign-in token into a session; false when it is used up or expired.';

-- The tenants a command line on this machine may choose from, by slug.
CREATE OR REPLACE FUNCTION app.find_tenant(wanted text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT t.id FROM tenancy.tenants t WHERE t.slug = wanted);
END $$;
COMMENT ON FUNCTION app.find_tenant(text) IS 'Id of a tenant by its slug, or NULL.';
REVOKE EXECUTE ON FUNCTION app.authenticate(text, timestamptz), app.find_tenant(text),
  app.redeem_sign_in(text, text, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.authenticate(text, timestamptz), app.find_tenant(text),
  app.redeem_sign_in(text, text, timestamptz, integer) TO everlearn_app, everlearn_service;
