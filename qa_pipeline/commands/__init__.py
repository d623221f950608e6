"""The commands, one module for each kind: how each parses its options, calls the library and prints."""
