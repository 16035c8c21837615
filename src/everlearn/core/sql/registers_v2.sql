-- Keeps the registers of tenants and secrets; run once the tables of tenancy are there.
CREATE OR REPLACE TRIGGER register AFTER INSERT OR DELETE OR UPDATE OF id, slug ON tenancy.tenants
FOR EACH ROW EXECUTE FUNCTION app.register_tenant();
CREATE OR REPLACE TRIGGER register AFTER INSERT OR DELETE OR UPDATE OF id, tenant_id, secret_sha256
ON tenancy.api_keys FOR EACH ROW EXECUTE FUNCTION app.register_secret();
INSERT INTO app.tenant_register (tenant_id, slug) SELECT t.id, t.slug FROM tenancy.tenants t
ON CONFLICT DO NOTHING;
INSERT INTO app.secret_register (key_id, secret_sha256, tenant_id)
SELECT k.id, k.secret_sha256, k.tenant_id FROM tenancy.api_keys k ON CONFLICT DO NOTHING;
