"""How a plan of requests is shown (``--dry-run``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from synthesis.commands.options import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.records import RequestPlan


def print_plans(plans: Sequence[RequestPlan], *, as_json: bool) -> None:
    """A line a source: requests, minutes, credits; and the whole."""
    from synthesis.planning import total_seconds

    if as_json:
        print_json(
            {"sources": [plan.model_dump(mode="json") for plan in plans], "seconds": total_seconds(plans)}
        )
        return
    if not plans:
        click.echo("Nothing would be sent: no network source is searched.")
        return
    for plan in plans:
        details = "; ".join(text for text in (plan.credits, plan.note) if text)
        tail = f"  ({details})" if details else ""
        click.echo(f"{plan.source:18s} {plan.requests:5d} requests {_minutes(plan.seconds):>9s}{tail}")
    click.echo(
        f"About {sum(p.requests for p in plans)} requests; at least {_minutes(total_seconds(plans))} in all."
    )
    click.echo("Nothing was sent.")


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"
