"""What the blocks of the network are made of: multi-head attention and the position-wise network (Vaswani et al. 2017, §3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Multi-head attention; ``null`` adds a learned key and value, so that an empty memory is finite."""

    def __init__(self, width: int, heads: int, null: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.null = nn.Parameter(torch.randn(2, width) * 0.02) if null else None

    def forward(self, x: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        """(B, N, H), (B, C, H), a mask with True = may be attended that broadcasts to (B, N, C) → (B, N, H)."""
        return self.attend(x, self.key_value(context), mask)

    def attend(self, x: Tensor, key_value: Tensor, mask: Tensor) -> Tensor:
        """The same over a context that has been projected already. Shape of ``key_value``: (B, C, 2H)."""
        b, n, h = x.shape
        key, value = key_value.chunk(2, dim=-1)
        mask = mask.expand(b, n, key_value.shape[1])
        if self.null is not None:
            key = torch.cat([self.null[0].expand(b, 1, h), key], dim=1)
            value = torch.cat([self.null[1].expand(b, 1, h), value], dim=1)
            mask = torch.cat([mask.new_ones(b, n, 1), mask], dim=2)
        shape = (b, -1, self.heads, h // self.heads)
        query, key, value = (t.reshape(shape).transpose(1, 2) for t in (self.query(x), key, value))
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask.unsqueeze(1))
        return self.out(mixed.transpose(1, 2).reshape(b, n, h))  # type: ignore[no-any-return]


class Feed(nn.Sequential):
    """The position-wise network of a block."""

    def __init__(self, width: int) -> None:
        super().__init__(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
