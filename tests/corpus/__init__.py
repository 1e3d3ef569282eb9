"""
Texts with connection failures in them, and texts that only look so; ``labels.toml`` says what is true of each.

``written/`` holds texts written by hand after what logs look like, ``rendered/`` what :mod:`tests.corpus.render`
makes of real failures; it needs the extra ``clients``, rich, stackprinter and IPython.
"""
