"""What a chapter's notebook drives: one lab class for each chapter, opened by ``mini_k8s.workshop.chapter(number)``."""
