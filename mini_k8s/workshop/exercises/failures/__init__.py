"""The exercises of chapter 1: ``availability`` of one thing, and ``expected_failures`` among many."""

from mini_k8s.workshop.exercises.failures.availability import AVAILABILITY
from mini_k8s.workshop.exercises.failures.expected_failures import EXPECTED_FAILURES

EXERCISES = (AVAILABILITY, EXPECTED_FAILURES)
