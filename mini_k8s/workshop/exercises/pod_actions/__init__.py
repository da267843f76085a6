"""The exercises of chapter 4: where a pod stands, how long a container waits, what to do next, and who comes first."""

from mini_k8s.workshop.exercises.pod_actions.compute_pod_actions import COMPUTE_POD_ACTIONS
from mini_k8s.workshop.exercises.pod_actions.crash_backoff import CRASH_BACKOFF
from mini_k8s.workshop.exercises.pod_actions.next_init import NEXT_INIT
from mini_k8s.workshop.exercises.pod_actions.phase import PHASE

EXERCISES = (PHASE, CRASH_BACKOFF, COMPUTE_POD_ACTIONS, NEXT_INIT)
