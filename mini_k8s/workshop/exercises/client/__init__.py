"""The second exercise of chapter 3: ``retry_on_conflict``, which begins anew where somebody else was faster."""

from mini_k8s.workshop.exercises.client.retry_on_conflict import RETRY_ON_CONFLICT

EXERCISES = (RETRY_ON_CONFLICT,)
