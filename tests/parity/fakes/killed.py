"""A runtime whose process is killed from outside in the middle of a job."""

import os
import signal
from typing import Any


class Runtime:
    environment: dict[str, str] = {}

    def __init__(self, dtype: str) -> None:
        pass

    def open(self, entry: Any, watch: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)
