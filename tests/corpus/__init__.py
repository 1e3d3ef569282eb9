"""
Texts with connection failures in them, and texts that only look so; ``labels.toml`` says what is true of each.
"""
