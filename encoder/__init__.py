"""Tensors: the memory of slots and the model that reads it."""
