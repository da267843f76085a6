"""What do the rules need to know of a kind?

A ``Kind`` is a row of a table: names, and a few plain functions. ``kinds/`` holds one for each.
Upstream: the strategies of ``pkg/registry/core/*/strategy.go``.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mini_k8s import fields
from mini_k8s.objects import Object
from mini_k8s.problems import Problem


class Column(NamedTuple):
    """One column of what ``get`` shows. ``value`` is told the object and the time, as Unix seconds."""

    name: str
    value: Callable[[Object, float], str]
    wide: bool = False  # shown with -o wide only


@dataclass(frozen=True)
class Kind:
    """What the rules need to know of a kind.

    default     fills in what the user left out; the object that is written
    validate    everything that is wrong with (the object, the stored one or None)
    status      the status that a new object begins with
    grace       how many seconds a deletion waits for the one who runs the object: (object, what was asked for or None)
    scaled      of a kind that can be scaled: the stored object with the number that was written, by (stored, written)
    held        must something else go before it can, besides what its finalizers say?
    """

    name: str
    plural: str
    apiVersion: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()
    default: Callable[[Object], Object] = lambda obj: obj
    validate: Callable[[Object, Object | None], Iterable[Problem]] = lambda obj, old: ()
    status: Callable[[Object], Mapping | None] = lambda obj: None
    grace: Callable[[Object, int | None], int] = lambda obj, asked: 0
    held: Callable[[Object], bool] = lambda obj: False
    scaled: Callable[[Object, Object], Object] | None = None
    columns: tuple[Column, ...] = ()

    @functools.cached_property
    def message(self) -> str:
        """The line of ``fields.txt`` that lists its fields; of a kind that has none only the metadata is known."""
        return self.name if self.name in fields.messages() else "PartialObjectMetadata"

    @property
    def resource(self) -> str:
        """What kubectl calls one of it: 'pod', 'replicaset.apps'."""
        group, slash, _ = self.apiVersion.partition("/")
        return self.name.lower() + (f".{group}" if slash else "")

    @functools.cached_property
    def has_spec(self) -> bool:
        """Does its generation count how often its spec was changed?"""
        return "spec" in fields.messages()[self.message]
