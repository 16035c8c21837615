"""Tables of the features module."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Computed, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

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

#: What finds the stored vectors of an entity: tenant and entity in 8 bytes of an index, not in some
#: 40. The text is compared too, since two may have one hash. A column and not an expression in the
#: index, whose functions may not look at rows before row-level security did. The SELECT is there
#: because the planner holds COALESCE, of which the tenant's setting is read, for leaky.
SAME_ENTITY = (
    "{row}.entity_hash ="
    " hashtextextended({entity}, (SELECT uuid_hash_extended(app.tenant_id(), 0)))"
    " AND {row}.resource_id = {entity}"
)
#: The same for the facts of a source.
SAME_SOURCE = (
    "{row}.source_key ="
    " uuid_hash_extended({source}, (SELECT uuid_hash_extended(app.tenant_id(), 0)))"
    " AND {row}.source_id = {source}"
)


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
    # What a vector needs is a range of this key; nothing ever looks for one fact by an id. Hashes,
    # since pages of sources in turns stay half full: 24 bytes a fact, and not 56.
    __table_args__ = (PrimaryKeyConstraint("source_key", "event_at", "fact_key"),)

    id: ClassVar[None] = None  # type: ignore[misc,assignment]  # takes the inherited column away
    tenant_id: Mapped[Id] = mapped_column(
        server_default=text("app.tenant_id()"),
        comment="Tenant the row belongs to; row-level security compares it.",
        sort_order=-20,
    )
    source_id: Mapped[Id] = column("Source the fact is of.")
    event_at: Mapped[Moment] = column("When it happened, or is to happen.", primary_key=True)
    entity_key: Mapped[int] = column(
        "First 64 bits of BLAKE2b of entity_id; joins the facts of one entity.", type_=BigInteger
    )
    known_at: Mapped[Moment] = column("When we knew.")
    dims: Mapped[list[int]] = column(
        "First 64 bits of BLAKE2b of each of dims_text: fixed width, so reading is quick.",
        type_=ARRAY(BigInteger),
    )
    numbers: Mapped[Floats] = column("Numbers, as named by the source; NaN is not known.")
    entity_id: Mapped[Words] = column("What it happened to, in the caller's words.")
    dims_text: Mapped[Texts] = column("Texts, as named by the source.")
    source_key: Mapped[int] = mapped_column(
        BigInteger,
        Computed("uuid_hash_extended(source_id, uuid_hash_extended(tenant_id, 0))", persisted=True),
        primary_key=True,
        autoincrement=False,
        comment="Hash of tenant_id and source_id, by which a source's facts are found.",
    )
    # Of the bytes and not by the hash of a time, which is one of 32 bits.
    fact_key: Mapped[int] = mapped_column(
        BigInteger,
        Computed(
            "hashtextextended(encode(timestamptz_send(known_at), 'hex'),"
            " hashtextextended(entity_id, 0))",
            persisted=True,
        ),
        primary_key=True,
        autoincrement=False,
        comment="Hash of entity_id and known_at, which tells facts of one moment apart.",
    )


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
        # An id begins with the vector's time: an entity's last vector by a moment is one look-up.
        # The same vector has the same entity and id, so this is what makes it be stored once; no
        # other tenant's row is in the way, since the hash is of the tenant too.
        PrimaryKeyConstraint("entity_hash", "id"),
        # Without the tenant, so that pages fill in order of time whoever's rows come in turns; a
        # set's rows, and so a tenant's, are found by the next.
        Index("idx_ml_feature_id", "id"),
        # No time in it: an id tells the time, and a key that many rows share is stored once.
        Index("idx_ml_feature_window", "tenant_id", "feature_set_id"),
    )

    tenant_id: Mapped[Id] = mapped_column(
        server_default=text("app.tenant_id()"),
        comment="Tenant the row belongs to; row-level security compares it.",
        sort_order=-20,
    )
    id: Mapped[Id] = mapped_column(
        primary_key=True,
        server_default=text("uuidv7()"),
        comment="Version 7 uuid of as_of, and a hash of set, entity and microsecond.",
        sort_order=-10,
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
    entity_hash: Mapped[int] = mapped_column(
        BigInteger,
        Computed("hashtextextended(resource_id, uuid_hash_extended(tenant_id, 0))", persisted=True),
        primary_key=True,
        autoincrement=False,
        comment="Hash of tenant_id and resource_id, by which an entity's vectors are found.",
    )


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
