"""The commands of ``mini-k8s``, one module each: ``add_arguments(parser)`` and ``main(args) -> int``."""
