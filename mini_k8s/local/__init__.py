"""How do commands of other terminals reach a cluster that runs here? Through a socket that only its user can open.

Until chapter 11 opens the API to kubectl, this door is enough: a line of JSON asks, lines of JSON answer, and whoever
holds a ``LocalClient`` has a client like any other. ``places.py`` says where the socket is, ``wire.py`` how a line is
written, ``desk.py`` what may be asked, ``streams.py`` what comes out of containers, ``server.py`` who answers, and
``client.py`` who asks. Upstream: nothing; the API server has this place there.
"""
