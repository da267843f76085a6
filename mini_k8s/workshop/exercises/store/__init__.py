"""The first exercise of chapter 3: ``check_version``, by which no change is lost unseen."""

from mini_k8s.workshop.exercises.store.check_version import CHECK_VERSION

EXERCISES = (CHECK_VERSION,)
