"""Examples chosen per note: those whose words are most like the note's, by TF-IDF."""

import re
from collections.abc import Collection, Sequence

from sklearn.feature_extraction.text import TfidfVectorizer

from triage.assistants.llm.examples import Example, text_key
from triage.reading import Note

_WORD = re.compile(r"\b\w\w+\b")
"""What scikit-learn takes for one, unless told otherwise."""


class Neighbours:
    """Chooses among `pool`, of which texts in `held_out` (keys of `text_key`) are left out. `name` says where the pool is from.

    At most `most` examples and `most_chars` characters of them for one note. Safe to ask from several threads.
    """

    def __init__(
        self, pool: Sequence[Example], *, name: str, most: int = 3, most_chars: int = 4_000, held_out: Collection[str] = frozenset()
    ) -> None:
        self.name = f"{name}, at most {most} of {most_chars} characters"
        self._most, self._most_chars = most, most_chars
        keyed = [(text_key(example.text), example) for example in pool if example.chars <= most_chars]
        self._pool = [(key, example) for key, example in keyed if key not in held_out]
        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        texts = [example.text for _, example in self._pool]
        self._matrix = self._words.fit_transform(texts) if any(map(_WORD.search, texts)) else None  # it refuses to learn no words

    def examples_for(self, note: Note) -> Sequence[Example]:
        """The most similar ones, the most similar last, next to the note. None of the note's own patient, and never the note itself."""
        if self._matrix is None or self._most < 1:
            return ()
        alike = (self._matrix @ self._words.transform([note.text]).T).toarray().ravel()
        chosen: list[Example] = []
        seen, left = {text_key(note.text)}, self._most_chars
        for index in (-alike).argsort(kind="stable"):
            key, example = self._pool[index]
            if alike[index] <= 0 or len(chosen) == self._most:
                break
            if (
                key in seen
                or example.id == note.id
                or example.chars > left
                or (note.patient is not None and example.patient == note.patient)
            ):
                continue
            chosen.append(example)
            seen.add(key)
            left -= example.chars
        return tuple(reversed(chosen))
