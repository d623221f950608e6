"""The model: a question and a memory of slots are fused by cross-attention and decoded into a plan.

Axes: B batch, T question tokens, M memory slots, W plans written side by side, K actions of a plan, O operators (a choice is
one of them or a slot), H width of the question encoder. Masks: True = filled.

What it rests on: gated cross-attention whose gates start at zero (Flamingo, Alayrac et al. 2022, §3.1.2), a null slot for
"nothing retrieved" (memorizing transformers, Wu et al. 2022), pointer networks (Vinyals et al. 2015). The pointer's logits are
a step-wise similarity prior, the cosine of an attention-pooled question with the text of a slot's last relation, plus what
the fused states add. No parameter has the size of a vocabulary of relations or entities.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple, cast

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from encoder.attention import Attention, Feed
from encoder.text import DEFAULT_ENCODER, encoder_path
from kg.errors import ModelError

WEIGHTS = "model.safetensors"
STOP = 0  # its number among the operators
STOP_HEEDS = 18.0  # how much STOP heeds that the last relation is not what is asked for last; docs/decisions/0007


class AskConfig(PretrainedConfig):
    """Sizes of the model; ``calibration``: weights of the confidence's features (empty: not fitted), ``threshold``: the least."""

    model_type = "askgraph"

    def __init__(
        self,
        encoder: str = DEFAULT_ENCODER,
        operators: int = 22,
        features: int = 22,
        fusion_layers: int = 1,
        decoder_layers: int = 2,
        heads: int = 6,
        max_actions: int = 16,
        dropout: float = 0.1,
        calibration: tuple[float, ...] = (),
        threshold: float = 0.3,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.encoder, self.operators, self.features = encoder, operators, features
        self.fusion_layers, self.decoder_layers, self.heads = fusion_layers, decoder_layers, heads
        self.max_actions, self.dropout = max_actions, dropout
        self.calibration, self.threshold = list(calibration), threshold


class Memory(NamedTuple):
    """The slots of a batch as tensors. Slots share words: U of them, each embedded once; the first is none at all, zero.

    :param words: embeddings of the words that any slot shows. Shape: (U, H)
    :param turned: whether a word is a relation walked from tail to head. Shape: (U,)
    :param text: the word of the slot's last relation (or its type; none for entities and literals). Shape: (B, M)
    :param types: the words of the types of its nodes, at most three. Shape: (B, M, 3)
    :param features: direction, counts, role, kind of nodes, hop, and whether its last step goes back or repeats. Shape: (B, M, F)
    :param token: index of the mention's first token for seed slots, else 0. Shape: (B, M)
    :param mask: True = filled. Shape: (B, M)
    """

    words: Tensor
    turned: Tensor
    text: Tensor
    types: Tensor
    features: Tensor
    token: Tensor
    mask: Tensor


class Fusion(nn.Module):
    """Tokens attend to slots and slots to tokens; what the tokens take in is gated, the gate starts at zero."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_tokens, self.norm_slots = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_slots, self.to_tokens = Attention(width, heads, null=True), Attention(width, heads)
        self.feed = Feed(width)
        self.gate = nn.Parameter(torch.zeros(1))

    def forward(self, tokens: Tensor, slots: Tensor, token_mask: Tensor, slot_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Both, fused. (B, T, H), (B, M, H) → the same shapes."""
        seen = self.to_slots(self.norm_tokens(tokens), self.norm_slots(slots), slot_mask.unsqueeze(1))
        slots = slots + self.to_tokens(self.norm_slots(slots), self.norm_tokens(tokens), token_mask.unsqueeze(1))
        return tokens + torch.tanh(self.gate) * seen, slots + self.feed(slots)


class DecoderLayer(nn.Module):
    """Causal self-attention over the actions of each prefix, then attention over tokens and slots, which all prefixes share."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_self, self.norm_cross = nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_attention, self.cross_attention = Attention(width, heads), Attention(width, heads)
        self.feed = Feed(width)

    def forward(self, x: Tensor, past: Tensor, cross: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The actions that are new, (B, W, N, H), and all keys and values, (B, W, P+N, 2H).

        :param past: this layer's keys and values of the P actions before. Shape: (B, W, P, 2H)
        :param cross: tokens and slots as this layer's keys and values. Shape: (B, T+M, 2H); ``mask``: (B, T+M)
        """
        normed = self.norm_self(x)
        past = torch.cat([past, self.self_attention.key_value(normed)], dim=2)
        causal = torch.ones(x.shape[2], past.shape[2], dtype=torch.bool, device=x.device).tril(
            past.shape[2] - x.shape[2]
        )
        x = x + self.self_attention.attend(normed.flatten(0, 1), past.flatten(0, 1), causal).view_as(x)
        x = x + self.cross_attention.attend(self.norm_cross(x).flatten(1, 2), cross, mask.unsqueeze(1)).view_as(x)
        return x + self.feed(x), past


class Fused(NamedTuple):
    """What the decoder reads, computed once a question: tokens, slots, and what every step projects them to."""

    tokens: Tensor  # (B, T, H) before fusion: the similarity prior knows only names
    token_mask: Tensor  # (B, T)
    needed: Tensor  # (B, T) how much each token needs a relation that it is about, 0 … 1
    cross: Tensor  # (B, L, T+M, 2H) keys and values of the fused tokens and slots for each of L decoder layers
    context_mask: Tensor  # (B, T+M)
    choices: Tensor  # (B, O+M, H) operators and slots, as they are read once chosen
    names: Tensor  # (B, M, H) unit vectors, zero for slots without text
    named: Tensor  # (B, M) which slots have a text
    near: Tensor  # (B, T, M) how much each token is explained by each slot's name, 0 … 1
    goal: Tensor  # (B, M) likeness of each slot's name to what the question asks for last, less that of the likest
    point: Tensor  # (B, M, H) keys of the pointer
    pool: Tensor  # (B, T, PRIOR_HEADS·64) keys of the prior's pooling


class AskModel(PreTrainedModel):
    """Question encoder, memory encoder, fusion blocks and plan decoder."""

    config_class = AskConfig
    PRIOR_HEADS = 2

    def __init__(self, config: AskConfig) -> None:
        super().__init__(config)
        encoder_config = AutoConfig.from_pretrained(encoder_path(config.encoder))
        self.encoder = AutoModel.from_config(encoder_config)
        width = int(encoder_config.hidden_size)
        self.turn = nn.Parameter(torch.zeros(2, width, width))  # a correction of a relation's text by direction
        self.from_text, self.from_types = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.from_features, self.from_token = nn.Linear(config.features, width), nn.Linear(width, width, bias=False)
        self.slot_norm = nn.LayerNorm(width)
        self.fusion = nn.ModuleList(Fusion(width, config.heads) for _ in range(config.fusion_layers))
        self.start = nn.Parameter(torch.randn(width) * 0.02)
        self.operator_in = nn.Embedding(config.operators, width)
        self.position = nn.Parameter(torch.randn(config.max_actions, width) * 0.02)
        self.decoder = nn.ModuleList(DecoderLayer(width, config.heads) for _ in range(config.decoder_layers))
        self.norm_out = nn.LayerNorm(width)
        self.operator_out = nn.Linear(width, config.operators)
        self.pool_query = nn.Linear(width, self.PRIOR_HEADS * 64)  # which tokens the next step is about
        self.pool_key = nn.Linear(width, self.PRIOR_HEADS * 64)
        nn.init.normal_(self.pool_query.weight, std=0.002)
        self.prior_scale = nn.Parameter(torch.full((self.PRIOR_HEADS,), 8.0))
        self.point_query, self.point_key = nn.Linear(width, width), nn.Linear(width, width)
        self.gate_token = nn.Linear(width, width)
        nn.init.eye_(self.gate_token.weight)
        nn.init.zeros_(self.gate_token.bias)
        self.gate_scale = nn.Parameter(torch.tensor([10.0, -4.0]))
        self.goal_query = nn.Linear(width, 1)  # which tokens tell the last relation of the plan
        self.goal_scale = nn.Parameter(torch.tensor(10.0))
        self.goal_slot, self.goal_last = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))
        heeds = STOP_HEEDS * F.one_hot(torch.tensor(STOP), config.operators)
        self.goal_operator = nn.Parameter(heeds, requires_grad=False)  # practice questions would unlearn it
        self.goal_point = nn.Linear(width, 1)
        self.content = nn.Linear(width, 1)  # whether a token needs explaining
        self.unexplained = nn.Linear(width, width)
        for layer in (self.goal_point, self.unexplained):  # add nothing at first
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    # question and walk -----------------------------------------------------------------------------------------------

    def read(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Encode questions. Both (B, T) → (B, T, H)."""
        return self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # type: ignore[no-any-return]

    def names(self, text: Tensor, inverse: Tensor) -> Tensor:
        """Unit vectors of relation texts, corrected by direction (1.0 = tail to head). (..., H), (...) → (..., H)."""
        turned = torch.where(inverse.unsqueeze(-1) > 0.5, text @ self.turn[1], text @ self.turn[0])
        return F.normalize(text + turned, dim=-1, eps=1e-6)

    def relevance(self, tokens: Tensor, token_mask: Tensor, names: Tensor) -> Tensor:
        """How much each relation is asked for, before there is a plan: logits from its nearest token. Gates the walk.

        (B, T, H), (B, T) with True = token, (B, R, H) → (B, R).
        """
        return self.nearness(tokens, names).masked_fill(~token_mask.unsqueeze(-1), -1e4).amax(dim=1)

    def nearness(self, tokens: Tensor, names: Tensor) -> Tensor:
        """Logits of whether a token is about a relation. (B, T, H), (B, R, H) → (B, T, R)."""
        near = F.normalize(self.gate_token(tokens), dim=-1) @ names.transpose(1, 2)
        return self.gate_scale[0] * near + self.gate_scale[1]

    def goal(self, tokens: Tensor, token_mask: Tensor, names: Tensor) -> Tensor:
        """Likeness of each name to what the question asks for last ("what *genres* …"). Shape: (B, M)."""
        weight = self.goal_query(tokens).squeeze(-1).masked_fill(~token_mask, -1e4).softmax(-1)
        pooled = F.normalize(torch.einsum("bt,bth->bh", weight, tokens), dim=-1)
        return torch.einsum("bh,bmh->bm", pooled, names)

    # fusion and plan -------------------------------------------------------------------------------------------------

    def fuse(self, tokens: Tensor, token_mask: Tensor, memory: Memory) -> Fused:
        """Cross-attend question and memory."""
        words = self.names(memory.words, memory.turned)
        names, typed = words[memory.text], (memory.types > 0).sum(2, keepdim=True).clamp(min=1)
        at = memory.token.unsqueeze(-1).expand(-1, -1, tokens.shape[-1])
        said = torch.gather(self.from_token(tokens), 1, at)  # (B, M, H): the mention in its sentence
        slots = self.from_text(words)[memory.text] + self.from_features(memory.features)
        slots = slots + self.from_types(memory.words)[memory.types].sum(2) / typed
        goal = self.goal(tokens, token_mask, names)
        slots = self.slot_norm(slots + said * (memory.token > 0).unsqueeze(-1)) + goal.unsqueeze(-1) * self.goal_slot
        fused = tokens
        for block in self.fusion:
            fused, slots = block(fused, slots, token_mask, memory.mask)
        context = torch.cat([fused, slots], dim=1)
        named = (memory.text > 0) & memory.mask
        near = self.nearness(tokens, names).sigmoid() * (named.unsqueeze(1) & token_mask.unsqueeze(-1))
        goal = goal - goal.masked_fill(~named, -1.0).amax(dim=1, keepdim=True)
        layers = cast("list[DecoderLayer]", self.decoder)
        cross = torch.stack([layer.cross_attention.key_value(context) for layer in layers], dim=1)
        mask = torch.cat([token_mask, memory.mask], dim=1)
        needed = self.needed(tokens, token_mask)
        point, pool = self.point_key(slots), self.pool_key(tokens)
        choices = torch.cat([self.operator_in.weight.expand(len(slots), -1, -1), slots], dim=1)
        return Fused(tokens, token_mask, needed, cross, mask, choices, names, named, near, goal, point, pool)

    def needed(self, tokens: Tensor, token_mask: Tensor) -> Tensor:
        """How much each token needs a relation that it is about, 0 … 1. Shape: (B, T)."""
        return self.content(tokens).squeeze(-1).sigmoid() * token_mask  # type: ignore[no-any-return]

    def write(self, fused: Fused, actions: Tensor, past: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits of the next action after each prefix of plans that are written side by side (W of them, as in a beam).

        :param actions: the actions so far, -1 = padding. Shape: (B, W, K)
        :param past: what was returned for the first P-1 of them, which is not computed again. Shape: (L, B, W, P, 2H)
        :return: logits after each prefix that is new, shape: (B, W, K+1-P, O+M), no grammar mask applied; and keys and values
            of all prefixes for each of L layers, shape: (L, B, W, K+1, 2H)
        """
        b, w, count = actions.shape
        known = 0 if past is None else past.shape[3]
        width = fused.choices.shape[-1]
        index = actions.clamp(min=0).flatten(1).unsqueeze(-1).expand(-1, -1, width)
        written = torch.gather(fused.choices, 1, index).view(b, w, count, width)
        x = torch.cat([self.start.expand(b, w, 1, -1), written], dim=2) + self.position[: count + 1]
        left, last = self.explained(fused, actions, known)
        x = x[:, :, known:] + self.unexplained(left) + last.unsqueeze(-1) * self.goal_last
        every: list[Tensor] = []
        for i, layer in enumerate(self.decoder):
            before = x.new_zeros(b, w, 0, 2 * width) if past is None else past[i]
            x, keys = layer(x, before, fused.cross[:, i], fused.context_mask)
            every.append(keys)
        x = self.norm_out(x).flatten(1, 2)  # (B, W·N, H)
        point = self.point_query(x) @ fused.point.transpose(1, 2) / math.sqrt(x.shape[-1])
        point = point + self.prior(x, fused) + self.goal_point(x) * fused.goal.unsqueeze(1)
        operator = self.operator_out(x) + last.flatten(1).unsqueeze(-1) * self.goal_operator
        return torch.cat([operator, point], dim=2).view(b, w, last.shape[2], -1), torch.stack(every)

    def explained(self, fused: Fused, actions: Tensor, known: int = 0) -> tuple[Tensor, Tensor]:
        """What the actions so far leave unexplained of the question, and how near to the goal the last name was.

        A token is explained as far as the name of any relation chosen before is about it (coverage, See et al. 2017, §2.3,
        here from likeness instead of past attention, so that all steps are computed at once).

        :param actions: -1 = padding. Shape: (B, W, K)
        :param known: how many prefixes are not asked for, P
        :return: mean of the tokens weighted by what is left of them, shape: (B, W, K+1-P, H); likeness, shape: (B, W, K+1-P)
        """
        b, w, count = actions.shape
        slot = (actions - self.config.operators).clamp(min=0).flatten(1)  # (B, W·K)
        chosen = (actions >= self.config.operators).flatten(1)
        about = torch.gather(fused.near, 2, slot.unsqueeze(1).expand(-1, fused.near.shape[1], -1)) * chosen.unsqueeze(1)
        covered = F.pad(about.view(b, about.shape[1], w, count), (1, 0)).cummax(dim=3).values  # (B, T, W, K+1)
        covered = covered[..., known:]
        left = torch.einsum("btwk,bth->bwkh", fused.needed[:, :, None, None] * (1 - covered), fused.tokens)
        left = left / fused.token_mask.sum(1).view(-1, 1, 1, 1)
        named = (chosen & torch.gather(fused.named, 1, slot)).view(b, w, count)
        latest = (named * torch.arange(1, count + 1, device=slot.device)).cummax(dim=2).values  # 0: none yet
        goal = F.pad(torch.gather(fused.goal, 1, slot).view(b, w, count), (1, 0), value=-1.0)
        return left, F.pad(torch.gather(goal, 2, latest), (1, 0), value=-1.0)[..., known:]

    def prior(self, x: Tensor, fused: Fused) -> Tensor:
        """Step-wise similarity: what each step reads in the question against each slot's name. (B, K, H) → (B, K, M)."""
        b, steps, _ = x.shape
        heads = self.PRIOR_HEADS
        query = self.pool_query(x).view(b, steps, heads, 64)
        key = fused.pool.reshape(b, -1, heads, 64)
        attention = torch.einsum("bkhd,bthd->bhkt", query, key) / 8.0
        attention = attention.masked_fill(~fused.token_mask[:, None, None, :], -1e4).softmax(-1)
        pooled = F.normalize(torch.einsum("bhkt,btd->bhkd", attention, fused.tokens), dim=-1)
        near = torch.einsum("bhkd,bmd->bhkm", pooled, fused.names)
        return torch.einsum("bhkm,h->bkm", near, self.prior_scale)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, memory: Memory, actions: Tensor, allowed: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits and loss of whole plans (teacher forcing).

        :param actions: the right actions, -1 = padding. Shape: (B, K)
        :param allowed: what the grammar allows before each action; True = allowed. Shape: (B, K, O+M)
        :return: logits, shape: (B, K, O+M), and the mean loss of a plan's action plus the loss of the walk's gate
        """
        tokens = self.read(input_ids, attention_mask)
        token_mask = attention_mask.bool()
        fused = self.fuse(tokens, token_mask, memory)
        logits = self.write(fused, actions[:, None, :-1])[0][:, 0].float()
        logits = logits.masked_fill(~allowed, -1e4)
        loss = F.cross_entropy(logits.flatten(0, 1), actions.flatten(), ignore_index=-1)
        used = torch.zeros_like(logits[:, 0]).scatter_(1, actions.clamp(min=0), 1.0)[:, self.config.operators :]
        relation = fused.named
        asked = self.relevance(tokens, token_mask, fused.names).float()
        gate = F.binary_cross_entropy_with_logits(asked, used, relation.float(), reduction="sum")
        return logits, loss + 0.2 * gate / relation.sum().clamp(min=1) + 0.3 * self._goal_loss(fused, relation, actions)

    def _goal_loss(self, fused: Fused, relation: Tensor, actions: Tensor) -> Tensor:
        """How badly the goal tells the last relation of the right plan; all slots of that name and direction are right."""
        slot = (actions - self.config.operators).clamp(min=0)
        walks = (actions >= self.config.operators) & torch.gather(relation, 1, slot)  # (B, K)
        at = (walks * torch.arange(1, actions.shape[1] + 1, device=actions.device)).argmax(dim=1, keepdim=True)
        last = torch.gather(slot, 1, at).unsqueeze(-1).expand(-1, -1, fused.names.shape[-1])
        target = torch.gather(fused.names, 1, last)
        same = ((fused.names * target).sum(-1) > 0.999) & relation  # (B, M)
        logits = (self.goal_scale * fused.goal).float().masked_fill(~relation, -1e4)
        found = logits.logsumexp(-1) - logits.masked_fill(~same, -1e4).logsumexp(-1)
        asked = walks.any(1) & same.any(1)
        return (found * asked).sum() / asked.sum().clamp(min=1)  # type: ignore[no-any-return]

    # weights ---------------------------------------------------------------------------------------------------------

    def save_pretrained(self, save_directory: str | Path, **_: Any) -> None:  # type: ignore[override]
        """Write config and weights in half precision, without the encoder's word embeddings, which are never trained."""
        folder = Path(save_directory)
        folder.mkdir(parents=True, exist_ok=True)
        kept = {k: v.detach().half().contiguous() for k, v in self.state_dict().items() if not _frozen(k)}
        safetensors.torch.save_file(kept, str(folder / WEIGHTS), metadata={"format": "pt"})
        self.config.save_pretrained(folder)

    @classmethod
    def from_pretrained(cls, path: str | Path, **_: Any) -> AskModel:  # type: ignore[override]
        """Load what :meth:`save_pretrained` wrote; the rest comes from the encoder.

        :raises ModelError: no weights there, or weights of another shape
        """
        folder = Path(path)
        if absent := [name for name in (WEIGHTS, "config.json") if not (folder / name).is_file()]:
            raise ModelError(f"no model at {folder} (no {absent[0]}). Give a folder that `askgraph train` wrote.")
        config = AskConfig.from_pretrained(folder)
        older, config.features = config.features, AskConfig().features
        if older > config.features:
            raise ModelError(
                f"the weights in {folder} do not fit this version: slots show {older} features there, {config.features} here"
            )
        model = cls.untrained(config)
        try:
            weights = safetensors.torch.load_file(folder / WEIGHTS)
            known = weights.get("from_features.weight")
            if known is not None and known.shape[-1] == older:  # they heed no feature that they did not know
                weights["from_features.weight"] = F.pad(known, (0, config.features - older))
            found = model.load_state_dict(weights, strict=False)
        except (RuntimeError, safetensors.SafetensorError) as error:
            raise ModelError(f"the weights in {folder} do not fit this version: {error}") from error
        odd = [*(k for k in found.missing_keys if not _frozen(k)), *found.unexpected_keys]
        if odd:
            raise ModelError(f"the weights in {folder} do not fit this version (missing or unknown: {odd[:3]})")
        return model.eval()  # type: ignore[no-any-return, no-untyped-call]

    @classmethod
    def untrained(cls, config: AskConfig | None = None) -> AskModel:
        """A model with the pretrained question encoder and fresh fusion and decoder; word embeddings frozen."""
        model = cls(config or AskConfig())
        model.encoder = AutoModel.from_pretrained(encoder_path(model.config.encoder))
        model.encoder.embeddings.requires_grad_(False)
        return model


def _frozen(name: str) -> bool:
    return name.startswith(("encoder.embeddings.", "encoder.pooler."))
