# SPDX-License-Identifier: Apache-2.0
"""`vllm serve`: the options, named and defaulted as upstream's."""

import argparse
import sys

from vllm import envs


def add_parser(commands) -> None:
    parser = commands.add_parser("serve", help="Answer the OpenAI completions API over HTTP.")
    parser.add_argument("model", help="A name; nothing is loaded.")
    # TRAP: the default is every interface, and without a key everybody may ask.
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one.")
    parser.add_argument(
        "--api-key",
        nargs="+",
        default=[],
        help="Keys to accept as a bearer token under /v1. The environment variable "
        "VLLM_API_KEY does the same, and does not show in the list of processes.",
    )
    parser.add_argument("--served-model-name", help="The name in the API, when not the model's.")
    parser.add_argument("--max-model-len", type=int, default=4096, help="Tokens (words) in a context.")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    # Only now: before this line nothing may load vllm._C, or --help would need it.
    from vllm.engine import EchoEngine
    from vllm.entrypoints.openai.api_server import serve
    from vllm.platforms import current_platform

    if not current_platform.device_type:
        print("vllm serve: no platform was detected, so there is no device to run on.", file=sys.stderr)
        return 1

    keys = args.api_key or ([envs.VLLM_API_KEY] if envs.VLLM_API_KEY else [])
    engine = EchoEngine(args.served_model_name or args.model, args.max_model_len)
    return serve(engine, args.host, args.port, keys)
