"""The stretch exercise of chapter 2: ``restart_delay``, how long to wait before the next restart."""

from mini_k8s.workshop.exercises.backoff.restart_delay import RESTART_DELAY

EXERCISES = (RESTART_DELAY,)
