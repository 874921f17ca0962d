# SPDX-License-Identifier: Apache-2.0
"""Stands in for a language model. It says the prompt's words again, in an order
that a kernel of vllm._C computes, so every CPU must give the same answer."""

import hashlib
import threading
from dataclasses import dataclass

from vllm import _custom_ops as ops


@dataclass(frozen=True)
class Completion:
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


class EchoEngine:
    """A token is a word. The context holds at most `max_model_len` of them."""

    def __init__(self, model: str, max_model_len: int) -> None:
        self.model = model
        self.max_model_len = max_model_len
        self._ended = False

    def stop(self) -> None:
        self._ended = True

    def complete(self, prompt: str, max_tokens: int) -> Completion:
        """ValueError when prompt and completion do not fit into the context."""
        words = prompt.split() or ["(nothing)"]
        if len(words) + max_tokens > self.max_model_len:
            raise ValueError(
                f"{len(words)} prompt tokens and max_tokens={max_tokens} are more than "
                f"the context of {self.max_model_len} tokens"
            )
        if self._ended:
            # As who waits for a process that has ended.
            threading.Event().wait()
        ids = [_token_id(word) for word in words]
        context, said = list(ids), []
        for _ in range(max_tokens):
            pick = ops.token_hash(context) % len(words)
            context.append(ids[pick])
            said.append(words[pick])
        return Completion(" " + " ".join(said), "length", len(words), max_tokens)


def _token_id(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
