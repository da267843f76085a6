"""How does one talk to a cluster in a terminal? In kubectl's words: what is meant, and how it is shown.

``arguments.py`` has the options that the commands share, ``targets.py`` reads 'pods', 'po/web' or 'pod web',
``table.py`` shows objects in a line each, ``describe.py`` one of them at length, and ``bring_in.py`` takes what ``-f``
names. Upstream: ``kubectl``'s ``pkg/cmd`` and ``cli-runtime``.
"""
