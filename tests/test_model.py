"""The laws of the network: masks, order, emptiness, learning, writing step by step, and what a folder of weights holds.

The layers that start at zero are given random weights, so that every law is about a network whose parts all speak.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from encoder.memory import collate_memory, encode_memory, encode_question
from encoder.model import STOP, WEIGHTS, AskConfig, AskModel, Memory
from kg.errors import ModelError
from kg.question import Candidate, Link, Mention, Slot, Subgraph
from qa_pipeline.batch import PLAIN, Batcher
from qa_pipeline.grammar import INDEX, PlanGrammar
from qa_pipeline.learn import make_optimizer, plans_right, take_step
from qa_pipeline.synth.example import Example, draw, masks

O = len(INDEX)  # noqa: E741 the operators, as in the model's legend


@pytest.fixture(scope="module")
def model() -> AskModel:
    torch.manual_seed(1)
    model = AskModel.untrained()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not name.startswith("encoder."):
                parameter.add_(torch.randn_like(parameter) * 0.03)
        for block in model.fusion:
            block.gate.fill_(0.7)
    return model.eval()


@pytest.fixture(scope="module")
def batcher() -> Batcher:
    return Batcher()


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    """Four questions with small memories and plans of several lengths."""
    rng = random.Random(2)
    drawn = {kind: [draw(rng, {kind: 1.0}) for _ in range(20)] for kind in ("1 hop", "2 hops", "best", "pair")}
    typed = [[e for e in some if any(slot.types for slot in e.subgraph.slots)] for some in drawn.values()]
    return [min(some, key=lambda e: len(e.subgraph.slots)) for some in typed]


@pytest.fixture(scope="module")
def batch(batcher: Batcher, examples: list[Example]) -> dict[str, Any]:
    return batcher.batch(examples)


def test_what_is_practised_looks_like_what_is_answered(
    batcher: Batcher, batch: dict[str, Any], examples: list[Example]
) -> None:
    questions = [encode_question(e.text, e.subgraph.links, batcher.tokenizer) for e in examples]
    pairs = zip(examples, questions, strict=True)
    each = [encode_memory(e.subgraph, e.wording or PLAIN, batcher.texts, q.mention_tokens) for e, q in pairs]
    answered, practised = collate_memory(each, batcher.texts.table), batch["memory"]
    for shown in ("text", "types"):
        ours, theirs = getattr(practised, shown), getattr(answered, shown)
        assert torch.equal(practised.words[ours], answered.words[theirs])
        assert torch.equal(practised.turned[ours], answered.turned[theirs])
    for field in ("features", "token", "mask"):
        assert torch.equal(getattr(practised, field), getattr(answered, field))


@torch.inference_mode()
def written(model: AskModel, batch: dict[str, Any]) -> Tensor:
    """Logits after each prefix of the right actions, no grammar applied. (B, K, O+M)"""
    mask = batch["attention_mask"]
    fused = model.fuse(model.read(batch["input_ids"], mask), mask.bool(), batch["memory"])
    return model.write(fused, batch["actions"][:, None, :-1])[0][:, 0]


def filled(logits: Tensor, memory: Memory) -> Tensor:
    """Only the choices that are there, batch by batch, in one row."""
    real = torch.cat([memory.mask.new_ones(len(logits), O), memory.mask], dim=1)
    return torch.cat([rows[:, kept].flatten() for rows, kept in zip(logits, real, strict=True)])


def padded(memory: Memory, more: int) -> Memory:
    """With as many slots more, full of noise, not filled; those that were padding hold noise, too."""
    torch.manual_seed(3)

    def pad(t: Tensor, noise: float) -> Tensor:
        long = torch.cat([t, t.new_zeros(t.shape[0], more, *t.shape[2:])], dim=1)
        empty = ~torch.cat([memory.mask, memory.mask.new_zeros(len(t), more)], dim=1)
        return long + noise * torch.randn_like(long) * empty.unsqueeze(-1)

    def pad_words(t: Tensor) -> Tensor:
        long = torch.cat([t, t.new_zeros(t.shape[0], more, *t.shape[2:])], dim=1)
        empty = ~torch.cat([memory.mask, memory.mask.new_zeros(len(t), more)], dim=1)
        noise = torch.randint(len(memory.words), long.shape)
        return long.where(~empty.view(*empty.shape, *(1,) * (t.dim() - 2)), noise)

    mask = torch.cat([memory.mask, memory.mask.new_zeros(len(memory.mask), more)], dim=1)
    token = torch.cat([memory.token, memory.token.new_ones(len(mask), more)], dim=1)
    words = {"text": pad_words(memory.text), "types": pad_words(memory.types)}
    return memory._replace(**words, features=pad(memory.features, 1.0), token=token, mask=mask)


def test_slots_that_are_not_filled_change_nothing(model: AskModel, batch: dict[str, Any]) -> None:
    more = 7
    longer = batch | {
        "memory": padded(batch["memory"], more),
        "allowed": torch.nn.functional.pad(batch["allowed"], (0, more)),
    }
    plain, with_more = written(model, batch), written(model, longer)[..., :-more]
    torch.testing.assert_close(filled(with_more, batch["memory"]), filled(plain, batch["memory"]), atol=2e-4, rtol=1e-4)
    with torch.inference_mode():
        torch.testing.assert_close(model(**longer)[1], model(**batch)[1], atol=1e-4, rtol=1e-4)


def test_tokens_that_are_padding_change_nothing(model: AskModel, batch: dict[str, Any]) -> None:
    ids, mask = batch["input_ids"], batch["attention_mask"]
    noise = torch.randint(1000, 20_000, (len(ids), 5), generator=torch.Generator().manual_seed(4))
    longer = batch | {
        "input_ids": torch.cat([ids.where(mask.bool(), noise[:, :1]), noise], dim=1),
        "attention_mask": torch.nn.functional.pad(mask, (0, 5)),
    }
    torch.testing.assert_close(written(model, longer), written(model, batch), atol=2e-4, rtol=1e-4)


def test_a_batch_of_one_gives_what_the_whole_batch_gives(
    model: AskModel, batcher: Batcher, examples: list[Example], batch: dict[str, Any]
) -> None:
    alone = batcher.batch(examples[1:2])
    steps, choices = alone["actions"].shape[1], alone["allowed"].shape[2]
    torch.testing.assert_close(
        written(model, alone)[0], written(model, batch)[1, :steps, :choices], atol=2e-4, rtol=1e-4
    )


def test_the_order_of_the_slots_does_not_matter(model: AskModel, batch: dict[str, Any]) -> None:
    size = batch["memory"].mask.shape[1]
    order = torch.randperm(size, generator=torch.Generator().manual_seed(5))
    place = torch.cat([torch.arange(O), O + order.argsort()])  # where each action went
    actions = torch.where(batch["actions"] < 0, -1, place[batch["actions"].clamp(min=0)])
    memory = batch["memory"]
    moved = {name: getattr(memory, name)[:, order] for name in ("text", "types", "features", "token", "mask")}
    turned = batch | {"memory": memory._replace(**moved), "actions": actions}
    torch.testing.assert_close(written(model, turned)[..., place], written(model, batch), atol=2e-4, rtol=1e-4)


def test_what_a_slot_holds_does_matter(model: AskModel, batch: dict[str, Any]) -> None:
    plain = written(model, batch)
    for field in ("text", "types", "features"):
        changed = batch["memory"]._replace(**{field: getattr(batch["memory"], field).flip(1)})
        assert (written(model, batch | {"memory": changed}) - plain).abs().max() > 0.01, field


def test_an_empty_memory_is_finite(model: AskModel, batcher: Batcher, examples: list[Example]) -> None:
    empty = Subgraph()
    nothing = (INDEX["NO_ANSWER"],)
    asked = [Example(e.text, empty, nothing, masks(PlanGrammar(empty), nothing), "no answer") for e in examples[:2]]
    batch = batcher.batch(asked)
    assert not batch["memory"].mask.any()
    logits, loss = model(**batch)
    assert written(model, batch).isfinite().all() and logits.isfinite().all()
    assert loss.isfinite()
    loss.backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
    model.zero_grad()
    assert encode_memory(empty, PLAIN, batcher.texts, []).features == []


def test_a_slot_shows_whether_its_last_step_goes_back_or_repeats(batcher: Batcher) -> None:
    link = Link(Mention(4, 5, "X", "entity"), (Candidate("x", "X", 1.0),), 1.0)
    wrote, led = ("wrote", False), ("led", False)
    paths = [(), (wrote,), (wrote, ("wrote", True)), (wrote, wrote), (wrote, led), (("wrote", True), wrote)]
    slots = tuple(Slot(0, path, -1 if not path else 0) for path in paths)
    shown = encode_memory(Subgraph((link,), slots), PLAIN, batcher.texts, [1]).features
    assert [tuple(row[-2:]) for row in shown] == [(0, 0), (0, 0), (1, 0), (0, 1), (0, 0), (1, 0)]


def test_an_empty_memory_beside_a_full_one_changes_nothing(
    model: AskModel, batcher: Batcher, examples: list[Example]
) -> None:
    empty, nothing = Subgraph(), (INDEX["NO_ANSWER"],)
    blank = Example(examples[0].text, empty, nothing, masks(PlanGrammar(empty), nothing), "no answer")
    alone, beside = batcher.batch(examples[:1]), batcher.batch([examples[0], blank])
    torch.testing.assert_close(written(model, beside)[0], written(model, alone)[0], atol=2e-4, rtol=1e-4)
    assert written(model, beside).isfinite().all()


def test_the_loss_counts_only_what_is_allowed(model: AskModel, batch: dict[str, Any]) -> None:
    with torch.inference_mode():
        logits, loss = model(**batch)
    assert (logits[~batch["allowed"]] == -1e4).all()
    assert loss.item() > 0


def test_writing_step_by_step_is_the_same_as_all_at_once(model: AskModel, batch: dict[str, Any]) -> None:
    whole, mask = written(model, batch), batch["attention_mask"]
    with torch.inference_mode():
        fused = model.fuse(model.read(batch["input_ids"], mask), mask.bool(), batch["memory"])
        past = None
        for length in range(batch["actions"].shape[1]):
            last, past = model.write(fused, batch["actions"][:, None, :length], past)
            torch.testing.assert_close(last[:, 0, 0], whole[:, length], atol=2e-4, rtol=1e-4)


def test_plans_that_are_written_side_by_side_do_not_see_each_other(model: AskModel, batch: dict[str, Any]) -> None:
    mask, actions = batch["attention_mask"], batch["actions"][:, :-1].clamp(min=0)
    others = torch.full_like(actions, INDEX["COUNT"])
    with torch.inference_mode():
        fused = model.fuse(model.read(batch["input_ids"], mask), mask.bool(), batch["memory"])
        together, _ = model.write(fused, torch.stack([actions, others], dim=1))
        for i, alone in enumerate((actions, others)):
            torch.testing.assert_close(
                together[:, i], model.write(fused, alone[:, None])[0][:, 0], atol=2e-4, rtol=1e-4
            )


def test_the_network_and_the_grammar_mean_the_same_stop() -> None:
    assert INDEX["STOP"] == STOP


def test_a_later_action_does_not_reach_back(model: AskModel, batch: dict[str, Any]) -> None:
    changed = batch["actions"].clone()
    changed[:, 1] = INDEX["COUNT"]
    after = written(model, batch | {"actions": changed})
    torch.testing.assert_close(after[:, :2], written(model, batch)[:, :2], atol=2e-4, rtol=1e-4)
    assert (after[:, 2] - written(model, batch)[:, 2]).abs().max() > 1e-3


def test_a_batch_can_be_learnt_by_heart(batcher: Batcher, examples: list[Example], batch: dict[str, Any]) -> None:
    torch.manual_seed(6)
    fresh = AskModel.untrained().eval()
    optimizer = make_optimizer(fresh)
    losses = [take_step(fresh, optimizer, batch, (1e-3, 1e-4)) for _ in range(14)]
    assert losses[-1] < 0.3 * losses[0], losses
    assert sum(plans_right(fresh, batcher, examples)) >= 3
    assert all(p.grad is None for n, p in fresh.named_parameters() if n.startswith("encoder.embeddings."))


@pytest.fixture(scope="module")
def folder(model: AskModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that were written into a folder that was not there."""
    folder = tmp_path_factory.mktemp("weights") / "deep" / "model"
    model.save_pretrained(folder)
    return folder


class TestWeights:
    def test_a_round_trip_keeps_half_precision_and_the_next_one_keeps_all(
        self, model: AskModel, folder: Path, batch: dict[str, Any], tmp_path: Path
    ) -> None:
        once = AskModel.from_pretrained(folder)
        torch.testing.assert_close(written(once, batch), written(model, batch), atol=0.05, rtol=0.02)
        once.save_pretrained(tmp_path)
        twice = AskModel.from_pretrained(tmp_path)
        assert torch.equal(written(twice, batch), written(once, batch))
        assert not twice.training
        assert (tmp_path / WEIGHTS).read_bytes() == (folder / WEIGHTS).read_bytes()

    def test_word_embeddings_are_not_among_them(self, folder: Path) -> None:
        kept = load_file(folder / WEIGHTS)
        assert not [name for name in kept if name.startswith(("encoder.embeddings.", "encoder.pooler."))]
        assert {t.dtype for t in kept.values()} == {torch.float16}

    def test_calibration_and_threshold_come_back(self, folder: Path) -> None:
        config = AskConfig.from_pretrained(folder)
        assert (config.calibration, config.threshold) == ([], 0.3)
        assert AskConfig(calibration=(0.5, -1.0), threshold=0.4).to_dict()["calibration"] == [0.5, -1.0]

    def test_an_empty_folder_is_no_model(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"no model at .*Give a folder that `askgraph train` wrote"):
            AskModel.from_pretrained(tmp_path)

    def test_weights_without_a_config_are_no_model(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes())
        with pytest.raises(ModelError, match=r"no model at .*config\.json"):
            AskModel.from_pretrained(tmp_path)

    @pytest.mark.parametrize("damage", ["of another shape", "left out", "too many", "broken off"])
    def test_weights_that_do_not_fit_are_refused(self, folder: Path, tmp_path: Path, damage: str) -> None:
        (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
        weights = load_file(folder / WEIGHTS)
        if damage == "of another shape":
            weights["operator_in.weight"] = weights["operator_in.weight"][:3].clone()
        elif damage == "left out":
            del weights["slot_norm.weight"]
        elif damage == "too many":
            weights["a.layer.of.tomorrow"] = torch.zeros(1)
        save_file(weights, tmp_path / WEIGHTS)
        if damage == "broken off":
            (tmp_path / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:5_000])
        with pytest.raises(ModelError, match="do not fit this version"):
            AskModel.from_pretrained(tmp_path)

    def test_weights_that_know_fewer_features_heed_no_others(self, folder: Path, tmp_path: Path) -> None:
        older = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"features": 20}
        (tmp_path / "config.json").write_text(json.dumps(older), encoding="utf-8")
        weights = load_file(folder / WEIGHTS)
        weights["from_features.weight"] = weights["from_features.weight"][:, :20].clone()
        save_file(weights, tmp_path / WEIGHTS)
        model = AskModel.from_pretrained(tmp_path)
        assert model.config.features == AskConfig().features
        assert torch.equal(model.from_features.weight[:, :20], weights["from_features.weight"].float())
        assert not model.from_features.weight[:, 20:].any()
