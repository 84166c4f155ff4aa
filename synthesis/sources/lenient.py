"""JSON as databases really send it: fields of the wrong type are coerced where that is safe, else missing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from synthesis.errors import SourceRefusedError
from synthesis.network import diagnosis
from synthesis.reading.metadata import as_text, as_year, without_surrogates

_MAX_DIGITS = 15
_YES_NO = {"y": True, "n": False, "true": True, "false": False}


def read_json(body: bytes, title: str) -> Any:
    """The value that ``body`` holds.

    Raises:
        SourceRefusedError: it is not JSON; the words begin with the service's ``title``.
    """
    try:
        return diagnosis.read_json(body)
    except ValueError as error:
        words = f"{title} sent an answer that is not JSON: {diagnosis.excerpt(body)}"
        raise SourceRefusedError(words) from error


def as_list(value: Any) -> list[Any]:
    """A list as it is, an object alone as a list of one, anything else as an empty list."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else []


def as_texts(value: Any) -> tuple[str, ...]:
    """The strings of a list, blanks folded, each once; a string alone is a list of one.

    >>> as_texts(["Biology", None, "Biology", 7])
    ('Biology',)
    """
    values = [value] if isinstance(value, str) else as_list(value)
    return tuple(dict.fromkeys(text for text in map(as_text, values) if text))


def as_count(value: Any) -> int | None:
    """A whole number that is not negative, also as text; else ``None``.

    >>> as_count("12"), as_count(-1), as_count(True)
    (12, None, None)
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**_MAX_DIGITS:
        return None
    return value


def as_flag(value: Any) -> bool | None:
    """A truth value, also as "Y" or "N"; else ``None``."""
    if isinstance(value, bool):
        return value
    return _YES_NO.get(value.strip().lower()) if isinstance(value, str) else None


def as_name(value: Any) -> str | None:
    """An identifier: text, or a whole number as text.

    >>> as_name(4711), as_name(" PMC12 ")
    ('4711', 'PMC12')
    """
    return as_text(value) or (None if (count := as_count(value)) is None else str(count))


def as_token(value: Any) -> str | None:
    """A cursor exactly as sent, to be sent back; ``None`` when empty."""
    return without_surrogates(value) if isinstance(value, str) and value.strip() else None


Text = Annotated[str | None, BeforeValidator(as_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(as_texts)]
Name = Annotated[str | None, BeforeValidator(as_name)]
Year = Annotated[int | None, BeforeValidator(as_year)]
Count = Annotated[int | None, BeforeValidator(as_count)]
Flag = Annotated[bool | None, BeforeValidator(as_flag)]
Token = Annotated[str | None, BeforeValidator(as_token)]


class Lenient(BaseModel):
    """An object of an answer, its fields in camel case; unknown ones are passed over, no object at all is empty."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _object(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {}
