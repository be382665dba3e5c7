"""Everything about a double that can be chosen, most of it also while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

DEFAULT_HOST = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws"


@dataclass(frozen=True)
class Key:
    """An IAM access key whose tokens are accepted. repr() shows no secret."""

    access_key: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


# The example pair of AWS's own documentation, so that a token made with it can be
# printed anywhere.
DEFAULT_KEY = Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

# Chosen when the double starts; a control client cannot change them later.
FIXED = {"host_name", "keys"}
CHOICES = {"oc001": ("off", "ddl", "others", "all"), "job_hold": ("none", "submitted", "processing")}


@dataclass
class Settings:
    """Times are seconds. Limits are Aurora DSQL's quotas, lowered only by tests."""

    host_name: str = DEFAULT_HOST
    keys: tuple[Key, ...] = (DEFAULT_KEY,)
    latency: float = 0.0  # added to every round trip
    job_delay: float = 0.2  # from submitting an asynchronous job to its end; 0: to the next look
    job_hold: str = "none"  # jobs stay in this state while set: none, submitted, processing
    job_retention: float = 1800.0  # how long a finished job stays in sys.jobs
    wait_for_job_timeout: float = 60.0  # how long CALL sys.wait_for_job waits
    # Who gets OC001 after a catalog change: nobody; others, but not of a job's end; others; all.
    oc001: str = "off"
    lock_timeout: float = 1.0  # a longer wait for a lock becomes a conflict
    connection_life: float = 3600.0
    transaction_age: float = 300.0
    transaction_rows: int = 3000
    transaction_bytes: int = 10 << 20
    ignores_flush: bool = False  # answers are kept back until Sync
    pipeline: int = 0  # more statements between two Syncs are refused; 0: any number
    pipeline_cut: bool = False  # they end the connection instead
    message_bytes: int = 10 << 20
    schemas: int = 10
    tables: int = 1000
    views: int = 5000
    sequences: int = 5000
    indexes: int = 24
    clock_offset: float = 0.0  # added to the clock that judges tokens

    def change(self, values: dict[str, Any]) -> None:
        """Sets several; raises ValueError naming the first that cannot be set."""
        known = {f.name: f for f in fields(self) if f.name not in FIXED}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}; known: {', '.join(sorted(known))}")
            kind = type(known[name].default)
            wanted = (int, float) if kind is float else kind
            if isinstance(value, bool) != (kind is bool) or not isinstance(value, wanted):
                raise ValueError(f"setting {name!r} must be a {kind.__name__}")
        for name, choices in CHOICES.items():
            if values.get(name, choices[0]) not in choices:
                raise ValueError(f"setting {name!r} must be one of {', '.join(choices)}")
        for name, value in values.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in FIXED}
