"""The exercises of chapter 2: ``diff`` decides, ``reconcile`` makes one pass."""

from mini_k8s.workshop.exercises.control_loop.diff import DIFF
from mini_k8s.workshop.exercises.control_loop.reconcile import RECONCILE

EXERCISES = (DIFF, RECONCILE)
