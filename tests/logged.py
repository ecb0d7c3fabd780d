"""What a module logs, whatever the process's logging was configured to by tests that ran before."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture


@contextmanager
def logged_by(module: ModuleType) -> Iterator[list[MutableMapping[str, Any]]]:
    """Its lines: `structlog.testing.capture_logs` misses those of a logger that was cached under another setting."""
    told = LogCapture()
    log = structlog.wrap_logger(None, processors=[told], wrapper_class=structlog.BoundLogger)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "log", log)
        yield told.entries
