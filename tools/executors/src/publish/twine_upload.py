"""Runs `twine upload` with three additions: it says in JSON what a refusing server answered, it
gives up on a silent server, and it leaves repeating to the caller, who waits between the tries
(twine itself repeats at once)."""

import json
import os
import sys

import requests
from twine import repository
from twine.__main__ import main

TIMEOUT = float(os.environ.get("VLLM_CPU_UPLOAD_TIMEOUT", "300"))
send = requests.Session.send
upload = repository.Repository.upload


def tell(**answer):
    print("answer: " + json.dumps(answer), file=sys.stderr, flush=True)


def send_and_tell(self, request, **options):
    if options.get("timeout") is None:
        options["timeout"] = TIMEOUT
    try:
        response = send(self, request, **options)
    except (requests.ConnectionError, requests.Timeout) as error:
        tell(status=0, reason=str(error))
        raise
    if response.status_code >= 400:
        tell(
            status=response.status_code,
            reason=response.reason or "",
            text=response.text[:2000],
            retryAfter=response.headers.get("Retry-After"),
        )
    return response


def upload_once(self, package, max_redirects=1):
    return upload(self, package, max_redirects)


requests.Session.send = send_and_tell
repository.Repository.upload = upload_once
sys.exit(main())
