# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of planning: every problem found, each a sentence of its own."""

from __future__ import annotations

from collections.abc import Iterable


class Problems(ValueError):
    """Input that cannot be planned with: `sentences` holds one sentence per problem, in the order of the input."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))
