"""A view for each client service: its own columns over ml_predictions, and rows taken through it.

A view and the function behind its inserts follow from one declaration, whether it stands here or
was added by `everlearn predictions service add`.
"""

from __future__ import annotations

import json
from typing import Any

from psycopg import sql
from sqlalchemy import Boolean
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import JsonList, Moment, Name, column
from everlearn.core.tables import Policy, Row, View, view
from everlearn.modules.predictions.types import FieldPart, FieldType, ServiceField, ServiceView

_UUID, _INTEGER, _FLOAT = FieldType.UUID, FieldType.INTEGER, FieldType.FLOAT
_BOOLEAN, _JSON = FieldType.BOOLEAN, FieldType.JSON
_PREDICTED, _ACTUAL, _FURTHER = FieldPart.PREDICTED, FieldPart.ACTUAL, FieldPart.FURTHER

#: What an outcome closes is `predicted`; what is predicted beside it lies in the context.
SERVICES = (
    ServiceView(
        "code-roach",
        "code-quality",
        (
            ServiceField("project_id", _UUID),
            ServiceField("file_path"),
            ServiceField(
                "prediction_type",
                part=FieldPart.TYPE,
                required=True,
                values=("code-quality", "fix-success"),
            ),
            ServiceField("predicted_quality", _FLOAT, _PREDICTED, required=True),
            ServiceField("actual_quality", _FLOAT, _ACTUAL),
            ServiceField("code_metrics", _JSON),
        ),
    ),
    ServiceView(
        "oracle",
        "quality",
        (
            ServiceField("query"),
            ServiceField("knowledge_id", _UUID),
            ServiceField("predicted_quality", _FLOAT, _PREDICTED, required=True),
            ServiceField("predicted_relevance", _FLOAT, required=True),
            ServiceField("actual_quality", _FLOAT, _ACTUAL),
            ServiceField("actual_relevance", _FLOAT, _FURTHER),
        ),
    ),
    ServiceView(
        "daisy-chain",
        "success",
        (
            ServiceField("task_id", _UUID),
            ServiceField("task_type"),
            ServiceField("predicted_quality", _FLOAT, required=True),
            ServiceField("predicted_success", _FLOAT, _PREDICTED, required=True),
            ServiceField("actual_success", _BOOLEAN, _ACTUAL),
        ),
    ),
    ServiceView(
        "first-mate",
        "success",
        (
            ServiceField("user_id", _UUID),
            ServiceField("roll_type", required=True, values=("dice", "action")),
            ServiceField("stat_name"),
            ServiceField("stat_value", _INTEGER),
            ServiceField("modifier", _INTEGER),
            ServiceField("predicted_success", _FLOAT, _PREDICTED, required=True),
            ServiceField("actual_success", _BOOLEAN, _ACTUAL),
        ),
    ),
    ServiceView(
        "game-app",
        "narrative-quality",
        (
            ServiceField("session_id", _UUID),
            ServiceField("narrative_id", _UUID),
            ServiceField("predicted_quality", _FLOAT, _PREDICTED, required=True),
            ServiceField("actual_quality", _FLOAT, _ACTUAL),
            ServiceField("scenario_id"),
            ServiceField("roll_type"),
        ),
    ),
    ServiceView(
        "ai-gm",
        "narrative-quality",
        (
            ServiceField("response_id", _UUID),
            ServiceField("predicted_quality", _FLOAT, _PREDICTED, required=True),
            ServiceField("actual_quality", _FLOAT, _ACTUAL),
        ),
    ),
)

_TYPES = {
    FieldType.UUID: "uuid",
    FieldType.INTEGER: "integer",
    FieldType.FLOAT: "double precision",
    FieldType.BOOLEAN: "boolean",
}


class ClientService(Row, module="predictions", policy=Policy(rows="shared")):
    """A client service that has a view of its own, with the declaration of its columns."""

    __tablename__ = "service_views"

    service_name: Mapped[Name] = column("As in ml_predictions.service_name.", unique=True)
    prediction_type: Mapped[Name] = column("What it predicts.")
    fields: Mapped[JsonList] = column("Its columns: name, type, part, required, values.")
    declared: Mapped[bool] = mapped_column(
        Boolean, comment="Whether it comes with Everlearn; else a command added it."
    )
    created_at: Mapped[Moment] = column("When it was added.", default="now()")


def fields_json(fields: tuple[ServiceField, ...]) -> list[dict[str, Any]]:
    """Give columns as they are stored, and given to the function behind inserts."""
    return [
        {"name": each.name, "type": each.type.value, "part": each.part.value}
        | ({"required": True} if each.required else {})
        | ({"values": list(each.values)} if each.values else {})
        for each in fields
    ]


def fields_of(stored: list[dict[str, Any]]) -> tuple[ServiceField, ...]:
    """Give back what `fields_json` made."""
    return tuple(
        ServiceField(
            each["name"],
            FieldType(each["type"]),
            FieldPart(each["part"]),
            required=each.get("required", False),
            values=tuple(each.get("values", ())),
        )
        for each in stored
    )


def view_of(service: ServiceView) -> View:
    """Give a service's view: its SELECT, and the call that takes inserted rows."""
    named = [
        sql.SQL("{} AS {}").format(_read(field), sql.Identifier(field.name))
        for field in service.fields
    ]
    kept = [f.name for f in service.fields if f.part in {FieldPart.CONTEXT, FieldPart.FURTHER}]
    context = sql.SQL("coalesce(p.context, '{{}}')").format()
    if kept:
        names = sql.SQL(", ").join(map(sql.Literal, kept))
        context = sql.SQL("{} - ARRAY[{}]").format(context, names)
    query = sql.SQL(
        """
        SELECT p.tenant_id, p.id, {fields}, {context} AS context, p.model_version,
               p.prediction_timestamp AS created_at
        FROM predictions.ml_predictions AS p
        LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id
        WHERE p.service_name = {service} AND p.role = 'live'
        """
    ).format(
        fields=sql.SQL(", ").join(named),
        context=context,
        service=sql.Literal(service.service_name),
    )
    given = [service.service_name, service.prediction_type]
    given.append(json.dumps(fields_json(service.fields)))
    call = sql.SQL("predictions.insert_service_prediction({})").format(
        sql.SQL(", ").join(map(sql.Literal, given))
    )
    return View(
        f"predictions.{service.view_name}",
        query.as_string(None),
        f"Predictions of the client service {service.service_name}, in its own columns.",
        call.as_string(None),
    )


def _read(field: ServiceField) -> sql.Composable:
    """Give a column's expression; what a client wrote in a wrong type by itself reads as NULL."""
    if field.part is FieldPart.TYPE:
        return sql.SQL("p.prediction_type")
    if field.part is FieldPart.PREDICTED:
        return sql.SQL("p.predicted_value")
    if field.part is FieldPart.ACTUAL:
        return {
            FieldType.BOOLEAN: sql.SQL("o.actual_value <> 0"),
            FieldType.INTEGER: sql.SQL("round(o.actual_value)::integer"),
        }.get(field.type, sql.SQL("o.actual_value"))
    name = sql.Literal(field.name)
    if field.type is FieldType.JSON:
        return sql.SQL("p.context -> {}").format(name)
    found = sql.SQL("p.context ->> {}").format(name)
    if field.part is FieldPart.FURTHER:
        found = sql.SQL("coalesce(o.further_values ->> {}, {})").format(name, found)
    if field.type is FieldType.TEXT:
        return found
    kind = sql.SQL(_TYPES[field.type])
    return sql.SQL("CASE WHEN pg_input_is_valid({0}, {1}) THEN ({0})::{2} END").format(
        found, sql.Literal(_TYPES[field.type]), kind
    )


#: Takes a row inserted into a service's view; its arguments are the service's name, what it
#: predicts, and its columns as `fields_json` gives them. It runs as whoever inserts, so the
#: policies of the tables hold.
INSERT = """
CREATE OR REPLACE FUNCTION predictions.insert_service_prediction() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
END $$
"""

for _service in SERVICES:
    _made = view_of(_service)
    view("predictions", _service.view_name, _made.comment, _made.sql, insert=_made.insert)

#: The register holds them all, so that SQL alone finds the view of a service.
REGISTER = (
    sql.SQL(
        """
INSERT INTO predictions.service_views (service_name, prediction_type, fields, declared)
VALUES {}
ON CONFLICT (service_name) DO UPDATE
SET prediction_type = excluded.prediction_type, fields = excluded.fields, declared = true
"""
    )
    .format(
        sql.SQL(", ").join(
            sql.SQL("({}, {}, {}, true)").format(
                sql.Literal(service.service_name),
                sql.Literal(service.prediction_type),
                sql.Literal(json.dumps(fields_json(service.fields))),
            )
            for service in SERVICES
        )
    )
    .as_string(None)
)
