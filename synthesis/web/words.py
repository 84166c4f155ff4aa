"""What the server says of requests that it cannot serve."""

from __future__ import annotations

from synthesis.wording import say


def explain_status(status: int) -> tuple[str, str]:
    """A status of HTTP in words: what went wrong, and the way out."""
    words = {
        400: (say("The request cannot be understood."), say("Go back, and try again.")),
        403: (
            say("The form is out of date: the server was started again since the page was opened."),
            say("Load the page again, then send the form again."),
        ),
        404: (say("There is no such page."), say("Choose a report from the list of all reports.")),
        405: (say("The page cannot be used in that way."), say("Go back, and try again.")),
        408: (say("The form came too slowly."), say("Send it again.")),
        413: (
            say("What was sent is too large."),
            say("Split the table, or save it as CSV, which is smaller; at most {n} MiB are taken.", n=20),
        ),
        503: (say("Too many pages follow a job at the same time."), say("Close some of them.")),
    }
    fault = (
        say("The server made a mistake."),
        say("The terminal in which it was started says more. Your reports are not touched."),
    )
    return words.get(status, fault if status >= 500 else words[400])
