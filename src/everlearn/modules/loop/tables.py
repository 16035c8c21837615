"""Tables of the loop module."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Count, Days, Id, Json, Moment, Name, Number, Ratio, column, ref
from everlearn.core.tables import Policy, Row


class LoopPolicy(
    Row, module="loop", policy=Policy(rows="tenant", touch=True, audit=True), expose=("list", "get")
):
    """When one model is retrained, how its challengers are tested, when it is rolled back."""

    __tablename__ = "loop_policies"
    __table_args__ = (UniqueConstraint("tenant_id", "model_id"),)

    model_id: Mapped[Id] = ref("registry.ml_models", "Model it governs.", ondelete="CASCADE")
    is_active: Mapped[bool] = column("Whether the loop turns for this model.", default="true")
    alpha: Mapped[Ratio] = column("Chance of promoting one that is not better.", default="0.05")
    retrain_every_days: Mapped[Days | None] = column("Days after which a training starts.")
    retrain_on_drift: Mapped[bool] = column("Whether a drift alert starts one.", default="true")
    min_days_between: Mapped[Days] = column("Days between two trainings at least.", default="7")
    max_trainings: Mapped[Count | None] = column("Trainings in all; NULL for no end.")
    shadow_days: Mapped[Days] = column("Days a challenger has to show itself.", default="30")
    promise_days: Mapped[Days] = column("Days a version is held to its promise.", default="30")
    recalibrate_hours: Mapped[Count] = column("Hours between two calibrations.", default="24")
    calibration_rows: Mapped[Count] = column("Latest outcomes used for one.", default="20000")
    scan_hours: Mapped[Count] = column("Hours between two drift scans.", default="24")
    rollback_margin: Mapped[Number] = column("Loss above the promise borne, nats.", default="0.05")
    keep_baseline: Mapped[bool] = column("First version goes on in shadow.", default="false")
    baseline_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "That first version.", ondelete="SET NULL"
    )
    recalibrated_at: Mapped[Moment | None] = column("When the bounds were last made anew.")
    scanned_at: Mapped[Moment | None] = column("Until when live features were compared.")
    created_at: Mapped[Moment] = column("When the policy was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class ReplayCursor(Row, module="loop", policy=Policy(rows="tenant")):
    """How far a replay of past facts is: moved in the transaction of the facts it replayed."""

    __tablename__ = "replay_cursors"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[Name] = column("Which replay.")
    position: Mapped[Moment] = column("Replayed up to and including this moment.")
    ends_at: Mapped[Moment] = column("Last moment there is to replay.")
    stats: Mapped[Json] = column("Rows and seconds so far.", default="'{}'")
