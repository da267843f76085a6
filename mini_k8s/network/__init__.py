"""How do clients find pods that keep dying?

A service is one address and one name that stay, in front of pods that come and go. ``addresses.py`` gives it its
address, ``endpoints.py`` says which pods stand behind it, ``proxy.py`` takes each connection to one of them, and
``dns.py`` turns the name into the address. On Docker the last two run in a small container of the cluster's own
(``helper.py``), into which nothing of this package but they and this file comes.
"""

from typing import NamedTuple


class Endpoint(NamedTuple):
    """Where one pod answers for a service, and whether it is to be sent new connections."""

    ip: str
    port: int
    ready: bool
