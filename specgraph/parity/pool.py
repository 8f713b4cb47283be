"""Worker processes: one per runtime and dtype, started together, replaced when they die."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any, NoReturn

from specgraph.parity.arrays import read_arrays, write_arrays
from specgraph.parity.worker import part_of
from specgraph.reference.base import Array

START_LIMIT = 180.0
"""Seconds a worker may take to import its framework."""
JOB_LIMIT = 120.0
"""Seconds a job may take."""
ROOM = 4 << 30
"""Free bytes that a file system in memory must have to be used."""
OUT_OF_MEMORY = (
    "MemoryError",
    "OutOfMemoryError",
    "ResourceExhausted",
    "out of memory",
)
"""What is raised where memory has run out: nothing is known of the numbers then."""
EVIDENCE = 4000
"""Characters of stderr that a failure carries."""

FLAGS = {
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
    "CUDA_VISIBLE_DEVICES": "",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
"""The environment of every worker."""


Frame = tuple[str, int]
"""An emitted file's name, and a line in it."""


class WorkerFailed(Exception):
    """A job without a result; `died` where the process is gone, not just the job.

    `frames` are the lines of emitted files that led there, the innermost last.  Two
    failures of one `cause` are one failure that came again.
    """

    def __init__(
        self, message: str, died: bool, cause: str, frames: tuple[Frame, ...] = ()
    ) -> None:
        super().__init__(message)
        self.died = died
        self.cause = cause
        self.frames = frames


@dataclass(frozen=True, slots=True)
class Result:
    """What a job gave."""

    arrays: dict[str, Array]
    trained: tuple[str, ...]
    out: str

    def step(self, number: int) -> dict[str, Array]:
        """What one step of a training job gave; it can be asked for once."""
        path = part_of(self.out, number)
        arrays = read_arrays(path)
        os.unlink(path)
        return arrays


class Pool:
    """The workers of one session and the folder their arrays lie in."""

    def __init__(self, job_limit: float = JOB_LIMIT) -> None:
        self.job_limit = job_limit
        self._workers: dict[tuple[str, str], Worker] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="specgraph-", dir=_memory())
        self.folder = Path(self._folder.name)
        self._files = count()

    def start(self, module: str, dtype: str) -> Worker:
        """The worker of a runtime in a dtype, starting now if it is new."""
        key = (module, dtype)
        if key not in self._workers:
            self._workers[key] = Worker(module, dtype, self)
        return self._workers[key]

    @property
    def workers(self) -> list[Worker]:
        """Every worker that was started."""
        return list(self._workers.values())

    def path(self, stem: str) -> Path:
        """A path that no file has."""
        return self.folder / f"{stem}-{next(self._files)}"

    def store(self, stem: str, arrays: Mapping[str, Array]) -> str:
        """The path of a file that holds arrays."""
        path = self.path(stem)
        write_arrays(path, arrays)
        return str(path)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.stop()
        self._folder.cleanup()


def _memory() -> str | None:
    """A file system in memory with room; it is an order faster than a disk."""
    place = "/dev/shm"
    if not os.access(place, os.W_OK) or shutil.disk_usage(place).free < ROOM:
        return None
    return place


class Worker:
    """One process; jobs wait in line, and each has its time limit."""

    def __init__(self, module: str, dtype: str, pool: Pool) -> None:
        self.module = module
        self.dtype = dtype
        self.environment: dict[str, str] = {}
        self.peak = 0
        """The most bytes that a process of this worker has held."""
        self._pool = pool
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._pending = b""
        self._fatal: dict[str, str] = {}
        self._broken: WorkerFailed | None = None
        self._stopped = False
        self._line = ThreadPoolExecutor(1)
        self.ready: Future[None] = self._line.submit(self._start)

    def submit(self, job: Mapping[str, Any]) -> Future[Result]:
        """The result of a job to come; its exceptions are WorkerFailed."""
        return self._line.submit(self._do, job)

    def stop(self) -> None:
        """Ends the process and forgets what waits."""
        self._stopped = True
        self._line.shutdown(wait=False, cancel_futures=True)
        # A pipe that is closed while a thread waits for it would never wake that.
        process = self._process
        if process is not None:
            process.kill()
        self._line.shutdown()
        self._kill()

    def _do(self, job: Mapping[str, Any]) -> Result:
        model = job["model"]["path"]
        if model in self._fatal:
            # Each try would cost a time limit, or the start of a framework.
            reason = "not run: this model has ended a worker before"
            raise WorkerFailed(reason, True, self._fatal[model])
        self._start()
        try:
            return self._asked(job)
        except WorkerFailed as failure:
            if failure.died:
                self._fatal[model] = failure.cause
            raise

    def _asked(self, job: Mapping[str, Any]) -> Result:
        number = next(self._numbers)
        out = str(self._pool.path("result"))
        message = {**job, "id": number, "out": out}
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._fail("ended before the job")
        reply = self._reply(self._pool.job_limit)
        if reply.get("id") != number:
            self._fail(f"gave the reply {str(reply)[:200]!r}, which answers no job")
        self.peak = max(self.peak, reply.get("peak", 0))
        if "arrays" in job:
            os.unlink(job["arrays"])
        if not reply["ok"]:
            raise _raised(message["model"]["path"], reply)
        arrays = read_arrays(out)
        os.unlink(out)
        return Result(arrays, tuple(reply["trained"]), out)

    def _start(self) -> None:
        if self._process is not None:
            return
        if self._stopped:
            raise WorkerFailed("the run was stopped", True, "stopped")
        if self._broken is not None:
            raise self._broken
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed by _kill)
        self._pending = b""
        command = [sys.executable, "-m", "specgraph.parity.worker"]
        self._process = subprocess.Popen(
            [*command, self.module, self.dtype],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, **FLAGS},
            start_new_session=True,  # an interrupt is ours to pass on
        )
        if self._stopped:  # meanwhile
            self._process.kill()
        try:
            reply = self._reply(START_LIMIT)
        except WorkerFailed as failure:
            self._broken = failure
            raise
        self.environment = reply.get("environment", {})

    def _reply(self, limit: float) -> dict[str, Any]:
        """The next line as JSON; a silence, an end or garbage kills the process."""
        process = self._process
        assert process is not None and process.stdout is not None
        deadline = time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    self._fail(f"did not answer within {limit:g} s")
                chunk = os.read(process.stdout.fileno(), 1 << 16)
                if not chunk:
                    self._fail("ended")
                self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        try:
            reply = json.loads(line)
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            self._fail(f"wrote {line[:200]!r}, which is no reply")
        return reply

    def _fail(self, what: str) -> NoReturn:
        """Kills the process and raises, with what it wrote to stderr."""
        process, stderr = self._process, self._stderr
        assert process is not None and stderr is not None
        # One that ended by itself has a status to tell.
        try:
            process.wait(1.0 if what.startswith("ended") else 0.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        status = f" (exit status {process.returncode})" if "ended" in what else ""
        stderr.seek(0)
        text = stderr.read().decode(errors="replace").strip()[-EVIDENCE:]
        self._kill()
        evidence = f"; its stderr ends:\n{text}" if text else ", without a word"
        title = f"the worker {self.module} ({self.dtype})"
        cause = f"{self.module}: {text or what}"
        raise WorkerFailed(f"{title} {what}{status}{evidence}", True, cause)

    def _kill(self) -> None:
        process, stderr = self._process, self._stderr
        self._process = self._stderr = None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if stderr is not None:
            stderr.close()


def _raised(model: str, reply: Mapping[str, Any]) -> WorkerFailed:
    """What a job raised: in few words where lines of emitted files are to blame."""
    frames = tuple((file, line) for file, line in reply["frames"])
    message = reply["error"] if frames else reply["traceback"]
    kind = reply["error"].partition(":")[0]
    blamed = frames[-1] if frames else reply["error"]
    cause = f"{model}: {kind} at {blamed}"
    full = any(word in reply["error"] for word in OUT_OF_MEMORY)
    return WorkerFailed(message[-EVIDENCE:], full, cause, frames)
