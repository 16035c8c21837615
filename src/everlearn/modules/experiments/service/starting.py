"""Starts experiments on versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert

from everlearn.core.ids import uuid7
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.experiments.errors import AlreadyRunning, BadSetting, SameVersion
from everlearn.modules.experiments.maths.eprocess import (
    EProcess,
    better_than_champion,
    worse_than_promised,
)
from everlearn.modules.experiments.service import ending, reading
from everlearn.modules.experiments.tables import AbTestingExperiment, SequentialTest
from everlearn.modules.experiments.types import (
    CLIPS,
    Block,
    Experiment,
    ExperimentKind,
    ExperimentStatus,
    TestKind,
)
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Version, VersionStatus

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: The greatest mean loss of a block that counts, in promised losses.
PROMISE_CAP = 3.0


def start_shadow(
    tx: Tx,
    model_id: UUID,
    *,
    challenger_version_id: UUID,
    alpha: float = 0.05,
    block: Block = Block.THREE_HOURS,
    clip: float | None = None,
) -> Experiment:
    """Let a version answer unseen beside the live one, and bet that it is better.

    The challenger becomes a shadow version. Outcomes known from now on are compared, block by
    block: what is tested is the mean of the clipped block differences. A second bet, that the
    challenger is worse, ends hopeless tests early; it decides nothing else. Sends the event
    experiment, subtype started.

    Args:
        tx: transaction.
        model_id: the model.
        challenger_version_id: a version of it that is not live.
        alpha: chance, over the whole future, of promoting one that is not better, as far as the
            differences of blocks are fair bets given the past.
        block: how many outcomes make one bet. Errors of nearby hours share causes. On a year of
            flight delays, with the sign of each day's differences tossed, equal models were told
            apart within 60 days in 20 % of the runs with `row`, 4 % with `hour`, 2 % with
            `three_hours`, 0 % with `day`; only `day` is proof against shocks that last all day.
        clip: greatest difference of a block that counts, in the unit of the loss; by `block` when
            left out.

    Raises:
        registry.errors.NoLiveVersion: there is no champion.
        AlreadyRunning: the challenger is being tested already.
        SameVersion: the challenger is the live version, or a version of another model.
        BadSetting: `alpha` or `clip` is outside its range.
        WrongStatus: the challenger cannot become a shadow version.
    """
    _check_alpha(alpha)
    model = registry.get_model(tx, model_id)
    champion = registry.live_version(tx, model_id)
    challenger = registry.get_version(tx, challenger_version_id)
    if challenger.id == champion.id or challenger.model_id != model_id:
        raise SameVersion(field="challenger_version_id", champion=champion.version)
    if reading.find(tx, model_id, kind=ExperimentKind.SHADOW, version_id=challenger.id):
        raise AlreadyRunning(field="challenger_version_id", challenger=challenger.version)
    registry.set_status(tx, challenger.id, VersionStatus.SHADOW)
    size = CLIPS[block] if clip is None else clip
    bet = better_than_champion(clip=size)
    return _start(
        tx,
        ExperimentKind.SHADOW,
        model,
        (champion, challenger),
        alpha=alpha,
        block=block,
        clip=size,
        bets={TestKind.BETTER: bet, TestKind.WORSE: bet},
        hypothesis=f"{challenger.version} loses less than {champion.version}",
    )


def start_promise(
    tx: Tx,
    model_id: UUID,
    *,
    version_id: UUID,
    promised_loss: float,
    alpha: float = 0.05,
    margin: float = 0.0,
    block: Block = Block.DAY,
) -> Experiment:
    """Bet that a version loses more than it promised; a running bet on another version ends.

    Loss rises and falls with the days for reasons no version is to blame for, so blocks are days
    and a margin is wanted. Called again for the same version while its bet is running, it changes
    nothing.

    Args:
        tx: transaction.
        model_id: the model.
        version_id: version that gave the promise.
        promised_loss: mean loss promised, in the unit of the loss.
        alpha: chance, over the whole future, of finding a kept promise broken.
        margin: loss above the promise that is borne.
        block: how many outcomes make one bet.

    Raises:
        BadSetting: `alpha` is not in (0, 1), or promise and margin are not above 0.
    """
    _check_alpha(alpha)
    limit = promised_loss + margin
    if not 0.0 < limit < 1e9 or margin < 0.0:
        raise BadSetting("promise and margin are above 0", field="promised_loss", got=promised_loss)
    version = registry.get_version(tx, version_id)
    if version.model_id != model_id:
        raise SameVersion("the version is of another model", field="version_id")
    mine = reading.find(tx, model_id, kind=ExperimentKind.PROMISE, version_id=version_id)
    if mine is not None:
        return mine
    for older in reading.list_experiments(
        tx, model_id=model_id, kind=ExperimentKind.PROMISE, status=ExperimentStatus.RUNNING
    ):
        ending.cancel(tx, older.id, reason=f"{version.version} went live")
    cap = PROMISE_CAP * limit
    return _start(
        tx,
        ExperimentKind.PROMISE,
        registry.get_model(tx, model_id),
        (version, version),
        alpha=alpha,
        block=block,
        clip=cap,
        bets={TestKind.WORSE: worse_than_promised(limit, cap)},
        hypothesis=f"{version.version} loses more than {limit:.4g}",
        promised=limit,
    )


def _start(
    tx: Tx,
    kind: ExperimentKind,
    model: Model,
    versions: tuple[Version, Version],
    *,
    alpha: float,
    block: Block,
    clip: float,
    bets: dict[TestKind, EProcess],
    hypothesis: str,
    promised: float | None = None,
) -> Experiment:
    champion, challenger = versions
    now = tx.now()
    experiment_id = uuid7(now)
    tail = str(experiment_id)[-12:]
    shown = {"version": challenger.version, "version_id": str(challenger.id)}
    tx.execute(
        insert(AbTestingExperiment).values(
            id=experiment_id,
            experiment_name=f"{model.name} {challenger.version} {kind} {tail}",
            kind=kind.value,
            hypothesis=hypothesis,
            ml_model_id=model.id,
            champion_version_id=champion.id,
            challenger_version_id=challenger.id,
            control_variant={"version": champion.version, "version_id": str(champion.id)},
            treatment_variants=[shown],
            target_metrics=["loss"],
            start_date=now,
            status=ExperimentStatus.RUNNING.value,
            significance_level=alpha,
            created_by=tx.actor.name,
            created_at=now,
            updated_at=now,
        )
    )
    rows: list[dict[str, Any]] = [
        {
            "id": uuid7(now),
            "experiment_id": experiment_id,
            "kind": test.value,
            "block": block.value,
            "clip": clip,
            "promised": promised,
            "alpha": alpha,
            "state": json.loads(json.dumps(bet.to_dict())),
            "watermark": now,
        }
        for test, bet in bets.items()
    ]
    tx.execute(insert(SequentialTest), rows)
    events.emit(
        tx,
        EventType.EXPERIMENT,
        subtype="started",
        entity_type="experiment",
        entity_id=experiment_id,
        data={
            "model": model.name,
            "kind": kind.value,
            "champion": champion.version,
            "challenger": challenger.version,
            "alpha": alpha,
            "block": block.value,
            "clip": clip,
            "promised": promised,
        },
    )
    tx.notify("experiments")
    return reading.get(tx, experiment_id)


def _check_alpha(alpha: float) -> None:
    if not 0.0 < alpha < 1.0:
        raise BadSetting("alpha lies between 0 and 1", field="alpha", got=alpha)
