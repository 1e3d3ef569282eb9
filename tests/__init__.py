"""The tests of connlog."""
