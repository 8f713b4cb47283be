"""A runtime that writes where replies go."""

import os
from typing import Any


class Runtime:
    environment: dict[str, str] = {}

    def __init__(self, dtype: str) -> None:
        pass

    def open(self, entry: Any, watch: Any) -> Any:
        for name in os.listdir("/proc/self/fd"):
            if "pipe" in os.readlink(f"/proc/self/fd/{name}") and int(name) > 2:
                os.write(int(name), b"garbage!\n")
        raise ValueError("unreached by the reader")
