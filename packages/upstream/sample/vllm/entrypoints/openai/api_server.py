# SPDX-License-Identifier: Apache-2.0
"""GET /health, GET /v1/models, POST /v1/completions.

Keys guard what is under /v1 only, as in upstream: a health check needs none.
"""

import hmac
import json
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from vllm import __version__
from vllm.engine import EchoEngine

MAX_BODY_BYTES = 1 << 20


class ApiError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Server(ThreadingHTTPServer):
    # server_close() then waits for the requests that are being answered.
    daemon_threads = False

    def __init__(self, address: tuple[str, int], engine: EchoEngine, keys: list[str]) -> None:
        super().__init__(address, Handler)
        self.engine = engine
        self.keys = keys
        self.started = int(time.time())


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = f"vllm/{__version__}"
    # Seconds of silence after which a client no longer holds up the end.
    timeout = 5

    def do_GET(self) -> None:
        self.answer({"/health": lambda: None, "/v1/models": self.models})

    def do_POST(self) -> None:
        self.answer({"/v1/completions": self.completions})

    def answer(self, routes: dict) -> None:
        path = self.path.partition("?")[0]
        try:
            if path.startswith("/v1/"):
                self.authorise()
            if path not in routes:
                raise ApiError(404, f"{self.command} {path} is not served")
            self.reply(200, routes[path]())
        except ApiError as error:
            self.reply(error.status, {"error": {"message": str(error), "code": error.status}})

    def authorise(self) -> None:
        given = self.headers.get("Authorization", "").encode()
        # Every key is compared, in constant time, so that the answer's time tells nothing.
        matches = [hmac.compare_digest(given, f"Bearer {key}".encode()) for key in self.server.keys]
        if matches and not any(matches):
            raise ApiError(401, "the bearer token is missing or wrong")

    def models(self) -> dict:
        engine = self.server.engine
        model = {
            "id": engine.model,
            "object": "model",
            "created": self.server.started,
            "owned_by": "vllm",
            "max_model_len": engine.max_model_len,
        }
        return {"object": "list", "data": [model]}

    def completions(self) -> dict:
        engine = self.server.engine
        request = self.read_json()
        model = request.get("model", engine.model)
        prompt = request.get("prompt")
        max_tokens = request.get("max_tokens", 16)
        if model != engine.model:
            raise ApiError(404, f"the model {model!r} is not served; {engine.model!r} is")
        if not isinstance(prompt, str):
            raise ApiError(400, "prompt must be a string")
        if type(max_tokens) is not int or max_tokens < 1:
            raise ApiError(400, "max_tokens must be a positive whole number")
        if request.get("stream"):
            raise ApiError(400, "streaming is not served")
        try:
            completion = engine.complete(prompt, max_tokens)
        except ValueError as error:
            raise ApiError(400, str(error)) from error
        choice = {"index": 0, "text": completion.text, "finish_reason": completion.finish_reason}
        usage = {
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "total_tokens": completion.prompt_tokens + completion.completion_tokens,
        }
        return {
            "id": f"cmpl-{time.monotonic_ns():x}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": engine.model,
            "choices": [choice],
            "usage": usage,
        }

    def read_json(self) -> dict:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise ApiError(411, "Content-Length is missing")
        if int(length) > MAX_BODY_BYTES:
            raise ApiError(413, f"the body is longer than {MAX_BODY_BYTES} bytes")
        try:
            request = json.loads(self.rfile.read(int(length)))
        except ValueError as error:
            raise ApiError(400, f"the body is not JSON: {error}") from error
        if not isinstance(request, dict):
            raise ApiError(400, "the body is not a JSON object")
        return request

    def reply(self, status: int, body: dict | None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(engine: EchoEngine, host: str, port: int, keys: list[str]) -> int:
    """Serves until SIGTERM or SIGINT, and returns 0 when no connection is left."""
    try:
        server = Server((host, port), engine, keys)
    except (OSError, OverflowError) as error:
        print(f"vllm serve: cannot listen on {host}:{port}: {error}", file=sys.stderr)
        return 1

    def stop(signum: int, _frame: object) -> None:
        print(f"vllm serve: {signal.Signals(signum).name}, stopping", file=sys.stderr, flush=True)
        # TRAP: the engine ends first. Who still waits for an answer waits for ever, and the server for
        # them.
        engine.stop()
        # shutdown() waits for serve_forever(), which this signal has interrupted.
        threading.Thread(target=server.shutdown).start()

    # As PID 1 of a container a process without a handler would ignore SIGTERM.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    print(f"vllm serve: {engine.model} on http://{host}:{server.server_port}", file=sys.stderr, flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
    return 0
