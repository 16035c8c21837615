"""Keeps the two names of one thing equal, whichever of them a client writes."""

from __future__ import annotations

#: Two names of one thing are both written by clients, so neither can be a generated column.
FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION registry.fill_ml_models() RETURNS trigger LANGUAGE plpgsql AS $$
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
    END $$""",
    """
    CREATE OR REPLACE FUNCTION registry.fill_model_versions() RETURNS trigger LANGUAGE plpgsql AS $$
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
    END $$""",
)
AFTER = (
    # The content is compressed already; PostgreSQL would try in vain, on every write.
    "ALTER TABLE registry.artifacts ALTER COLUMN content SET STORAGE EXTERNAL",
    """
    CREATE OR REPLACE TRIGGER fill BEFORE INSERT OR UPDATE ON registry.ml_models
    FOR EACH ROW EXECUTE FUNCTION registry.fill_ml_models()""",
    """
    CREATE OR REPLACE TRIGGER fill BEFORE INSERT OR UPDATE ON registry.model_versions
    FOR EACH ROW EXECUTE FUNCTION registry.fill_model_versions()""",
)
