"""Runs `twine upload` with four additions: it says in JSON what a refusing server answered, it
gives up on a silent server, it leaves repeating to the caller, who waits between the tries (twine
itself repeats at once), and it offers trusted publishing to the index that VLLM_CPU_TOKEN_ORIGIN
names (twine itself to PyPI and TestPyPI, by https)."""

import json
import os
import sys

from urllib.parse import urlsplit

import requests
from twine import auth, exceptions, repository
from twine.__main__ import main

TIMEOUT = float(os.environ.get("VLLM_CPU_UPLOAD_TIMEOUT", "300"))
send = requests.Session.send
upload = repository.Repository.upload
mint = auth.Resolver.make_trusted_publishing_token
TOKEN_ORIGIN = os.environ.get("VLLM_CPU_TOKEN_ORIGIN")
TOKEN_PATH = "/_/oidc/"
last_status = -1


def tell(**answer):
    print("answer: " + json.dumps(answer), file=sys.stderr, flush=True)


def send_and_tell(self, request, **options):
    global last_status
    if TOKEN_ORIGIN and urlsplit(request.url).path.startswith(TOKEN_PATH):
        request.url = TOKEN_ORIGIN + urlsplit(request.url).path
    if options.get("timeout") is None:
        options["timeout"] = TIMEOUT
    try:
        response = send(self, request, **options)
    except (requests.ConnectionError, requests.Timeout) as error:
        tell(status=0, reason=str(error))
        raise
    if response.status_code >= 400:
        last_status = response.status_code
        tell(
            status=response.status_code,
            reason=response.reason or "",
            text=response.text[:2000],
            retryAfter=response.headers.get("Retry-After"),
        )
    return response


def mint_and_tell(self):
    try:
        return mint(self)
    except (exceptions.TrustedPublishingFailure, requests.HTTPError) as error:
        tell(status=last_status, reason=str(error), step="trusted-publishing")
        raise


def upload_once(self, package, max_redirects=1):
    return upload(self, package, max_redirects)


requests.Session.send = send_and_tell
repository.Repository.upload = upload_once
auth.Resolver.make_trusted_publishing_token = mint_and_tell
if TOKEN_ORIGIN:
    auth.Resolver.is_pypi = lambda self: self.system.startswith(TOKEN_ORIGIN + "/")
sys.exit(main())
