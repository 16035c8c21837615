-- Tenants that have a row in a table, such as notes of what is to be done. Asked tenant by tenant, as
-- its policy wants it, but in one call: 1,000 tenants with nothing to do take some 0.1 s, where a
-- transaction for each takes 2 s. With the rights of whoever asks.
CREATE OR REPLACE FUNCTION app.tenants_with(wanted regclass) RETURNS SETOF uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
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
END $$;
COMMENT ON FUNCTION app.tenants_with(regclass) IS 'Tenants that have a row in a table; for maintenance.';
REVOKE EXECUTE ON FUNCTION app.tenants_with(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.tenants_with(regclass) TO everlearn_service;
