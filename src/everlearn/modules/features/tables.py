"""Tables of the features module."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Count,
    Floats,
    Id,
    Json,
    Moment,
    Name,
    Score,
    Sha256,
    SmallFloats,
    Texts,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import By, Policy, Row, view
from everlearn.modules.features.types import FeatureType


class FeatureSource(Row, module="features", policy=Policy(rows="tenant"), expose=("list", "get")):
    """Where facts come from: which texts they are found by and which numbers they carry."""

    __tablename__ = "feature_sources"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[Name] = column("Name used in declarations of features.")
    description: Mapped[Words | None] = column("What its facts are, for people.")
    dim_names: Mapped[Texts] = column("Names of the texts that facts are found by.")
    value_names: Mapped[Texts] = column("Names of the numbers that facts carry.")
    created_at: Mapped[Moment] = column("When it was declared.")


class FeatureFact(
    Row,
    module="features",
    policy=Policy(
        rows="tenant",
        append_only=True,
        hot=True,
        partition=By("event_at", "month"),
        keep_days=1095,
    ),
):
    """Something that happened, and since when we knew. A correction is a row known later."""

    __tablename__ = "feature_facts"

    # What a vector needs is a range of this key; nothing ever looks for one fact by an id.
    id: ClassVar[None] = None  # type: ignore[misc,assignment]  # takes the inherited column away
    source_id: Mapped[Id] = column("Source the fact is of.", primary_key=True)
    event_at: Mapped[Moment] = column("When it happened, or is to happen.", primary_key=True)
    entity_key: Mapped[int] = column(
        "First 64 bits of BLAKE2b of entity_id; joins the facts of one entity.",
        type_=BigInteger,
        primary_key=True,
        autoincrement=False,
    )
    known_at: Mapped[Moment] = column("When we knew.", primary_key=True)
    dims: Mapped[list[int]] = column(
        "First 64 bits of BLAKE2b of each of dims_text: fixed width, so reading is quick.",
        type_=ARRAY(BigInteger),
    )
    numbers: Mapped[Floats] = column("Numbers, as named by the source; NaN is not known.")
    entity_id: Mapped[Words] = column("What it happened to, in the caller's words.")
    dims_text: Mapped[Texts] = column("Texts, as named by the source.")


class FeatureSet(Row, module="features", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A version of a list of declared features; a change is a new version."""

    __tablename__ = "feature_sets"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name", "version"),
        UniqueConstraint("tenant_id", "name", "definition_sha256"),
    )

    name: Mapped[Name] = column("Name shared by all versions.")
    version: Mapped[Count] = column("Version, from 1.")
    definition: Mapped[Json] = column("Declarations: {features: [{kind, name, ...}]}.")
    names: Mapped[Texts] = column("Names of a vector's elements, in order.")
    categorical: Mapped[Texts] = column("Names of the elements that are codes of words.")
    definition_sha256: Mapped[Sha256] = column("SHA-256 of the definition.")
    created_at: Mapped[Moment] = column("When it was declared.")


class FeatureCategory(Row, module="features", policy=Policy(rows="tenant", append_only=True)):
    """The code of a word of a categorical feature; the dictionary only grows."""

    __tablename__ = "feature_categories"
    __table_args__ = (
        UniqueConstraint("tenant_id", "set_name", "feature", "word"),
        UniqueConstraint("tenant_id", "set_name", "feature", "code"),
    )

    set_name: Mapped[Name] = column("Name of the feature set; its versions share the codes.")
    feature: Mapped[Name] = column("Name of the feature.")
    word: Mapped[Words] = column("The word.")
    code: Mapped[Count] = column("Its code, from 0; stays for ever.")


class FeatureRow(
    Row,
    module="features",
    policy=Policy(
        rows="tenant", append_only=True, hot=True, partition=By("id", "month"), keep_days=1095
    ),
):
    """A computed vector of an entity as of a moment. Its names live once, in the feature set."""

    __tablename__ = "ml_feature_store"
    __table_args__ = (
        # With the id, which begins with the vector's time: an entity's last vector by a moment is
        # one look-up.
        Index("idx_ml_feature_resource", "tenant_id", "resource_id", "id"),
        # No time in it: an id tells the time, and a key that many rows share is stored once.
        Index("idx_ml_feature_window", "tenant_id", "feature_set_id"),
    )

    feature_set_id: Mapped[Id] = ref("features.feature_sets", "Feature set with the names.")
    as_of: Mapped[Moment] = column("What was known at this moment counts; the id's time.")
    computed_at: Mapped[Moment] = column("When it was computed.")
    expires_at: Mapped[Moment | None] = column("After this it should be computed anew.")
    entity_key: Mapped[int] = column(
        "First 64 bits of BLAKE2b of resource_id; joins the facts of the entity.", type_=BigInteger
    )
    quality_score: Mapped[Score | None] = column("Quality of the values, as judged by the caller.")
    completeness: Mapped[Score] = column("Share of values that are known.")
    feature_version: Mapped[Count] = column("Version of the feature set.")
    feature_type: Mapped[Words] = choice(
        FeatureType, "What the vector is about.", default=FeatureType.TEMPORAL
    )
    resource_id: Mapped[Words] = column("The entity, in the caller's words.")
    values: Mapped[SmallFloats] = column("The vector; NaN is not known.")


class MlConfiguration(
    Row, module="features", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """The configuration of a resource, what was read out of it, and what it should be."""

    __tablename__ = "ml_configurations"

    resource_id: Mapped[Name] = column("Resource, in the caller's words.", index=True)
    configuration: Mapped[Json] = column("The configuration as it is.")
    features: Mapped[Json | None] = column("Values read out of it: name of a feature -> value.")
    policy_context: Mapped[Json | None] = column("Policies it is held against, and their scope.")
    baseline_config: Mapped[Json | None] = column("The configuration as it should be.")
    created_at: Mapped[Moment] = column("When it was taken.", default="now()", index=True)
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")


V_FEATURE_ROWS = view(
    "features",
    "v_feature_rows",
    "Stored vectors as JSON, words instead of codes.",
    """
    SELECT r.tenant_id, r.id, r.feature_set_id, s.name AS feature_set, r.resource_id, r.as_of,
      r.feature_type, r.feature_version, r.computed_at, r.expires_at, r.quality_score,
      r.completeness,
      (SELECT jsonb_object_agg(e.name, CASE
          WHEN e.value = 'NaN'::real THEN 'null'::jsonb
          WHEN e.name = ANY (s.categorical) THEN coalesce(
            (SELECT to_jsonb(c.word) FROM features.feature_categories c
             WHERE c.tenant_id = r.tenant_id AND c.set_name = s.name AND c.feature = e.name
               AND c.code = e.value::bigint),
            to_jsonb(e.value))
          ELSE to_jsonb(e.value) END)
       FROM unnest(s.names, r."values") AS e(name, value)) AS features
    FROM features.ml_feature_store r
    JOIN features.feature_sets s ON s.tenant_id = r.tenant_id AND s.id = r.feature_set_id
    """,
)
