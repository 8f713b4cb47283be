"""A runtime that prints, from Python and past it."""

import os


class Runtime:
    environment = {"fake": "chatter"}

    def __init__(self, dtype: str) -> None:
        print("hello from Python")
        os.write(1, b"hello from below Python\n")
