"""Command line of feedback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

if TYPE_CHECKING:
    from uuid import UUID

app = cli.group("Say what really happened, and what you think of an answer.")


@app.command()
def resolve(
    *,
    value: Annotated[float, typer.Option(help="What happened: 0 or 1, or the number.")],
    prediction: Annotated[str | None, typer.Option(help="Id of the prediction; or else")] = None,
    model: Annotated[str | None, typer.Option(help="name of the model, and")] = None,
    entity: Annotated[str | None, typer.Option(help="what it predicted about.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Close predictions with what really happened."""
    from dataclasses import asdict

    from everlearn.modules.feedback import service

    with cli.tenant_tx(tenant) as tx:
        done = service.resolve(
            tx,
            value=value,
            prediction_id=_uuid(prediction) if prediction else None,
            model=model,
            entity_id=entity,
        )
        cli.show(asdict(done), as_json=as_json)


@app.command()
def judge(
    *,
    prediction: Annotated[str, typer.Argument(help="Id of the prediction.")],
    verdict: Annotated[
        str, typer.Argument(help="correct, incorrect, false_positive or false_negative.")
    ],
    comments: Annotated[str | None, typer.Option(help="In your words.")] = None,
    user: Annotated[str | None, typer.Option(help="Who says so.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Give a verdict on one answer."""
    from dataclasses import asdict

    from everlearn.modules.feedback import service

    with cli.tenant_tx(tenant) as tx:
        made = service.record_feedback(
            tx, _uuid(prediction), feedback_type=verdict, comments=comments, user_id=user
        )
        cli.show(asdict(made), as_json=as_json)


@app.command()
def usage(
    days: Annotated[int, typer.Option(min=1, max=3_660, help="Days back from today.")] = 30,
    hourly: Annotated[bool, typer.Option("--hourly", help="By hour and type; 93 days.")] = False,
    feedback_type: Annotated[str | None, typer.Option("--type", help="Only this type.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Count feedback by day and type, or by hour, with how long after the answer it came."""
    from dataclasses import asdict
    from datetime import UTC, datetime, time, timedelta

    from everlearn.core.errors import Invalid
    from everlearn.modules.feedback import service
    from everlearn.modules.feedback.types import DayOfFeedback, FeedbackType, HourOfFeedback

    allowed = [each.value for each in FeedbackType]
    if feedback_type is not None and feedback_type not in allowed:
        raise Invalid("there is no such type", field="type", got=feedback_type, allowed=allowed)
    only = FeedbackType(feedback_type) if feedback_type else None
    found: list[DayOfFeedback] | list[HourOfFeedback]
    with cli.tenant_tx(tenant) as tx:
        until = tx.now().astimezone(UTC).date() + timedelta(days=1)
        since = until - timedelta(days=days)
        if hourly:
            start, end = (datetime.combine(day, time(), UTC) for day in (since, until))
            found = service.hours_of_feedback(tx, since=start, until=end, feedback_type=only)
        else:
            found = service.days_of_feedback(tx, since=since, until=until, feedback_type=only)
    kind = HourOfFeedback if hourly else DayOfFeedback
    cli.show([asdict(row) for row in found], as_json=as_json, columns=kind.__slots__)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File to read.")],
    all_: Annotated[
        bool, typer.Option("--all", help="In one transaction, or nothing when one is refused.")
    ] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Load verdicts from a file: .ndjson, .json, .csv, .parquet or .arrow.

    A file may be loaded again: what is there already is left alone. Ends with 2 if some are
    refused.
    """
    from everlearn.modules.feedback import service

    cli.load(service.load_feedback, file, all_=all_, tenant=tenant, as_json=as_json)


outcomes = cli.group("What really happened, many at once.")
app.add_typer(outcomes, name="outcomes")


@outcomes.command("load")
def load_outcomes(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File to read.")],
    all_: Annotated[
        bool, typer.Option("--all", help="In one transaction, or nothing when one is refused.")
    ] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Load outcomes from a file: .ndjson, .json, .csv, .parquet or .arrow.

    A file may be loaded again: what is known already is left alone. Ends with 2 if some are
    refused.
    """
    from everlearn.modules.feedback import service

    cli.load(service.load_outcomes, file, all_=all_, tenant=tenant, as_json=as_json)


def _uuid(text: str) -> UUID:
    from uuid import UUID

    from everlearn.core.errors import Invalid

    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("this is not a uuid", field="prediction", got=text) from error
