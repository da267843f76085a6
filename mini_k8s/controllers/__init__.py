"""Who brings the world nearer to what was wished, kind by kind? One file each, and each a ``reconcile(key)``."""
