"""A runtime whose process ends in the middle of a job."""

import os
import sys
from typing import Any


class Runtime:
    environment: dict[str, str] = {}

    def __init__(self, dtype: str) -> None:
        pass

    def open(self, entry: Any, watch: Any) -> Any:
        sys.stderr.write("the last words\n")
        sys.stderr.flush()
        os._exit(7)
