"""Pages of the experiments module: what is being tried, and how strong the evidence is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from everlearn.core import web
from everlearn.core.charts.line import line_chart
from everlearn.core.charts.types import Band, Mark, Rule, Series
from everlearn.core.formats import count, num
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.core.tx import Tx
from everlearn.modules.experiments import service
from everlearn.modules.experiments.types import (
    BLOCK_MINUTES,
    Decision,
    Experiment,
    ExperimentKind,
    ExperimentStatus,
    Point,
    Verdict,
)

router = APIRouter()


@dataclass(frozen=True, slots=True)
class _Line:
    """An experiment as the list shows it."""

    experiment: Experiment
    verdict: Verdict
    says: str

    @property
    def id(self) -> str:
        return str(self.experiment.id)

    @property
    def title(self) -> str:
        return _title(self.experiment)

    @property
    def short(self) -> str:
        """Give the verdict without its numbers, which have columns of their own."""
        return self.says.partition(":")[0].partition(" after ")[0]

    @property
    def log_e(self) -> float:
        return self.verdict.max_log_e

    @property
    def threshold(self) -> float:
        return self.verdict.log_threshold


@router.get("/experiments")
def experiments_page(request: Request, who: PrincipalDep, tx: TxDep) -> Response:  # noqa: ARG001 - signs in
    """Show running and concluded experiments."""
    lines = [_line(tx, one) for one in service.list_experiments(tx)]
    open_ = {ExperimentStatus.RUNNING, ExperimentStatus.PAUSED, ExperimentStatus.DRAFT}
    return web.page(
        request,
        "experiments/experiments.html",
        title="Experiments",
        active="experiments",
        live=True,
        now=tx.now(),
        running=[line for line in lines if line.experiment.status in open_],
        ended=[line for line in lines if line.experiment.status not in open_],
    )


@router.get("/experiments/{experiment_id}")
def experiment_page(
    request: Request,
    who: PrincipalDep,  # noqa: ARG001 - signs in
    tx: TxDep,
    experiment_id: UUID,
) -> Response:
    """Show one experiment: its verdict, its wealth over time, its interval."""
    found = service.get(tx, experiment_id)
    line = _line(tx, found)
    points = service.history(tx, experiment_id)
    return web.page(
        request,
        "experiments/experiment.html",
        title=line.title,
        active="experiments",
        live=True,
        now=tx.now(),
        line=line,
        e=found,
        v=line.verdict,
        plain=_plain(found, line.verdict),
        is_promise=found.kind == ExperimentKind.PROMISE,
        block=_block_words(found),
        wealth=_wealth_chart(found, line.verdict, points),
        gain=_gain_chart(found, points),
    )


def says(found: Experiment, verdict: Verdict) -> str:
    """Say in one sentence what the evidence is."""
    sure = f"{num(100 * (1 - verdict.alpha), 1).removesuffix('.0')}\N{NO-BREAK SPACE}%"
    after = f"after {count(verdict.n_rows)} outcomes"
    if verdict.n == 0:
        return "no block of outcomes is over yet"
    gain = f"mean difference {num(verdict.mean_difference, 4)} nats"
    between = f"interval {num(verdict.lower, 4)} to {num(verdict.upper, 4)}"
    e_value = f"e = {num(verdict.e_value, 1)}"
    words = {
        Decision.BETTER: f"better at {sure}",
        Decision.NOT_BETTER: f"worse at {sure}",
        Decision.WORSE: f"promise broken at {sure}",
        Decision.RUNNING: "no decision yet",
    }
    if verdict.decision == Decision.NOT_BETTER:
        # The bet that it is better lost its stake; the one that it is worse decided.
        return f"{words[verdict.decision]} {after}; {gain}, {between}"
    is_over = found.ended_at is not None
    if found.kind == ExperimentKind.PROMISE:
        words[Decision.RUNNING] = "promise kept" if is_over else "promise kept so far"
    elif is_over:
        words[Decision.RUNNING] = "ended without a decision"
    return f"{words[verdict.decision]}: {e_value} {after}; {gain}, {between}"


def _title(found: Experiment) -> str:
    if found.kind == ExperimentKind.PROMISE:
        return f"{found.challenger} and its promise"
    return f"{found.challenger} against {found.champion}"


def _plain(found: Experiment, verdict: Verdict) -> str:
    """Say it to somebody who has not met a bet on evidence before."""
    new, old = found.challenger, found.champion
    if verdict.n == 0:
        return "Nothing can be said yet: the first outcomes are still awaited."
    outcomes = f"{count(verdict.n_rows)} outcomes"
    wealth = f"{num(verdict.e_value, 1)} times its stake"
    needed = f"{num(1 / verdict.alpha, 0)} times"
    size = f"{num(abs(verdict.mean_difference), 4)} nats"
    over = found.ended_at is not None
    if found.kind == ExperimentKind.PROMISE:
        side = "above" if verdict.mean_difference > 0 else "below"
        where = f"over {outcomes} its loss lies {size} {side} what it promised"
        if verdict.decision == Decision.WORSE:
            return f"{new} broke its promise: {where}, and the bet on that won {wealth}."
        kept = f"{new} kept its promise" if over else f"{new} keeps its promise so far"
        bet = f"The bet that it is broken reached {wealth}; {needed} would prove it."
        return f"{kept}: {where}. {bet}"
    if verdict.decision == Decision.BETTER:
        return (
            f"{new} is better than {old}: over {outcomes} it loses {size} less on average, and the"
            f" bet on it won {wealth}, where {needed} was enough."
        )
    if verdict.decision == Decision.NOT_BETTER:
        return f"{new} is worse than {old}: over {outcomes} it loses {size} more on average."
    more = "less" if verdict.mean_difference > 0 else "more"
    end = "It ended before it was decided" if over else "It is not decided yet"
    return (
        f"{end}: over {outcomes} {new} loses {size} {more} than {old} on average, and the bet that"
        f" it is better reached {wealth}; {needed} is needed."
    )


def _line(tx: Tx, found: Experiment) -> _Line:
    verdict = service.verdict(tx, found.id)
    return _Line(found, verdict, says(found, verdict))


def _wealth_chart(found: Experiment, verdict: Verdict, points: list[Point]) -> Any:
    marks = []
    if verdict.decided_at is not None:
        label = f"decided: {verdict.decision.replace('_', ' ')}"
        kind = "alert" if verdict.decision == Decision.WORSE else "promotion"
        marks.append(Mark(verdict.decided_at, kind, label))  # type: ignore[arg-type]  # one of two literals
    start = (found.started_at, 0.0)
    later = [(point.at, point.log_e) for point in points if point.at > found.started_at]
    return line_chart(
        [Series("log of the wealth", [start, *later] if later else [])],
        title="Evidence: natural log of the wealth of the bet",
        rules=[
            Rule(verdict.log_threshold, f"decides at log(1/{verdict.alpha:g})"),
            Rule(0.0, "stake"),
        ],
        marks=marks,
        y_format="num:2",
        end=max(later[-1][0], found.started_at + timedelta(hours=1)) if later else None,
        empty="No block of outcomes is over yet.",
    )


def _gain_chart(found: Experiment, points: list[Point]) -> Any:
    # The first blocks' interval is the whole range and would hide everything that follows.
    wide = (found.clip if found.promised is None else found.promised) * 0.98
    narrow = [point for point in points if point.upper < wide and point.lower > -wide] or points
    what = "live loss minus promise" if found.promised else "loss of champion minus challenger"
    return line_chart(
        [Series("mean difference", [(point.at, point.mean_difference) for point in narrow])],
        title=f"Mean {what}, nats",
        band=Band(
            "interval that holds at all times at once",
            [(point.at, point.lower, point.upper) for point in narrow],
        ),
        rules=[Rule(0.0, "no difference")],
        y_format="num:4",
        empty="No block of outcomes is over yet.",
    )


def _block_words(found: Experiment) -> str:
    minutes = BLOCK_MINUTES.get(found.block)
    if minutes is None:
        return "each outcome"
    hours = minutes // 60
    clip = "" if not math.isfinite(found.clip) else f", clipped at {found.clip:.3g} nats"
    return f"the mean of {'an hour' if hours == 1 else f'{hours} hours'}{clip}"
