"""The third exercise of chapter 3: ``apart``, by which a user and a component write the same object in peace."""

from mini_k8s.workshop.exercises.api.apart import APART

EXERCISES = (APART,)
