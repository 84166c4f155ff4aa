"""Errors of the pipeline.

    SynthesisError
    ├── UsageError           the command or call itself is wrong          (exit code 2)
    ├── InputFileError       a file that cannot be read as what it should be
    │   └── UnreadableFileError      of papers, with the reason under which it is counted (synthesis.reading)
    ├── UnknownPaperError    a paper id or title that no source knows
    ├── SourceError          a database that failed; the run goes on without it
    │   ├── SourceUnavailableError   no network, or the host does not answer
    │   └── SourceRefusedError       the host answered with an error (rate limit, bad request)
    │       └── BudgetSpentError     what it grants is used up until later (synthesis.network.errors)
    ├── StoreError           a library or run on disk that is damaged, locked, or cannot be written
    ├── RenderError          a format that could not be written
    └── ReplayError          a replay whose bytes differ from the recorded run

Each message is one paragraph: what was given, what was expected, what to do.
"""


class SynthesisError(Exception):
    """Base of all errors that the pipeline raises on purpose."""


class UsageError(SynthesisError):
    """The command or call itself is wrong."""


class InputFileError(SynthesisError):
    """A file that cannot be read as what it should be."""


class UnknownPaperError(SynthesisError):
    """A paper id or title that no source knows."""


class SourceError(SynthesisError):
    """A literature database that failed; the run goes on without it."""


class SourceUnavailableError(SourceError):
    """No network, or the host does not answer."""


class SourceRefusedError(SourceError):
    """The host answered with an error."""


class StoreError(SynthesisError):
    """A library or run on disk that is damaged, locked, or cannot be written."""


class RenderError(SynthesisError):
    """A format that could not be written."""


class ReplayError(SynthesisError):
    """A replay whose bytes differ from the recorded run."""
