"""In which order does all this stand? The ladder of modules, and the chapters that climb it.

Each rung answers one question and imports only from rungs below it. The README's table, the progress map and the
import contracts (``tests/test_house.py``) read these two tables, so none of them can disagree with the code.
"""

from typing import NamedTuple


class Rung(NamedTuple):
    """One module (or package) of the ladder."""

    module: str
    chapter: int | None  # the chapter that opens it; None: never a lesson
    question: str


class Chapter(NamedTuple):
    """One chapter, whether it is written yet or not."""

    number: int
    slug: str
    title: str
    question: str
    builds: str
    minutes: int  # core exercises only, for a first-time learner alone

    @property
    def stem(self) -> str:
        """The name of its files: '02_control_loop'."""
        return f"{self.number:02d}_{self.slug}"


RUNGS = (  # bottom first
    Rung("mini_k8s.errors", None, "What can go wrong?"),
    Rung("mini_k8s.clock", None, "What time is it?"),
    Rung("mini_k8s.ladder", None, "In which order does all this stand?"),
    Rung("mini_k8s.runtimes", 1, "Who really runs it?"),
    Rung("mini_k8s.failures", 1, "How often does something fail, and what does a slow repair cost?"),
    Rung("mini_k8s.record", 2, "What is there to know about a pass of the loop?"),
    Rung("mini_k8s.backoff", 2, "How long does something wait before it is tried again?"),
    Rung("mini_k8s.hands", 2, "Who carries out what a pass has decided, and how much at once?"),
    Rung("mini_k8s.control_loop", 2, "What replaces the tired human?"),
    Rung("mini_k8s.containers", 2, "How does a loop that knows only names drive a runtime?"),
    Rung("mini_k8s.fields", None, "Which fields does a Kubernetes object have?"),
    Rung("mini_k8s.objects", 3, "What does a user write down?"),
    Rung("mini_k8s.problems", None, "What is wrong with an object?"),
    Rung("mini_k8s.selectors", 3, "Which objects are meant?"),
    Rung("mini_k8s.quantities", 3, "How much is 250m, and how much is 64Mi?"),
    Rung("mini_k8s.manifests", 3, "What stands in the files that a user wrote?"),
    Rung("mini_k8s.store", 3, "Where does the wish live?"),
    Rung("mini_k8s.storage", None, "What survives the end of the program?"),
    Rung("mini_k8s.kind", None, "What do the rules need to know of a kind?"),
    Rung("mini_k8s.forms", None, "Is this an object at all?"),
    Rung("mini_k8s.identity", None, "Who is an object?"),
    Rung("mini_k8s.api", 3, "Who may change what?"),
    Rung("mini_k8s.kinds", None, "Which kinds of objects are there, and what is special about each?"),
    Rung("mini_k8s.client", 3, "How does everybody talk to the API?"),
    Rung("mini_k8s.apply", None, "How does what a user wrote become what the cluster knows?"),
    Rung("mini_k8s.informer", 5, "How does a component follow the truth cheaply?"),
    Rung("mini_k8s.events", None, "What happened to an object?"),
    Rung("mini_k8s.namespaces", 13, "How does a namespace go?"),
    Rung("mini_k8s.workqueue", 5, "What is there to do next?"),
    Rung("mini_k8s.controller", 5, "How does a component bring one object after the other to what was wished?"),
    Rung("mini_k8s.expectations", 5, "What was done that cannot be seen yet?"),
    Rung("mini_k8s.pod_facts", 5, "What do controllers ask of a pod?"),
    Rung("mini_k8s.network", 6, "How do clients find pods that keep dying?"),
    Rung("mini_k8s.controllers", 5, "How do three stay three?"),
    Rung("mini_k8s.control_plane", 14, "Which controllers are there, and what do they follow?"),
    Rung("mini_k8s.pod_actions", 4, "What has to happen within a pod?"),
    Rung("mini_k8s.pods", 4, "What is a pod made of, on a machine?"),
    Rung("mini_k8s.kubelet", 4, "How do a node's containers come to match its pods?"),
    Rung("mini_k8s.cluster", 14, "What does it look like plugged together?"),
    Rung("mini_k8s.local", None, "How do commands of other terminals reach a cluster that runs here?"),
    Rung("mini_k8s.terminal", None, "How does one talk to a cluster in a terminal?"),
    Rung("mini_k8s.widgets", None, "What does it look like?"),
    Rung("mini_k8s.chaos", 14, "Does it hold, whatever happens and in whatever order?"),
    Rung("mini_k8s.workshop", None, "How is it learned?"),
    Rung("mini_k8s.commands", None, "What can be typed in a terminal?"),
    Rung("mini_k8s.cli", None, "How is it run?"),
)

CHAPTERS = (
    Chapter(0, "start_here", "Start here", "What will I have in the end?", "nothing yet: a tour", 15),
    Chapter(1, "failure_is_normal", "Failure is normal", "Why is starting containers not enough?",
            "`availability`, `expected_failures`", 35),
    Chapter(2, "control_loop", "The control loop", "What replaces the tired human?", "`diff`, `reconcile`", 45),
    Chapter(3, "desired_state", "Desired state", "Where does the wish live, and who may change it?",
            "`check_version`, `retry_on_conflict`, `apart`", 40),
    Chapter(4, "pods", "Pods", "Why a group instead of a container?",
            "`phase`, `crash_backoff`, `compute_pod_actions`", 50),
    Chapter(5, "replicasets", "ReplicaSets", "How do three stay three?", "selectors, adoption, `pods_to_delete`", 45),
    Chapter(6, "services", "Services", "How do clients find pods that keep dying?",
            "`endpoints_for`, `pick_endpoint`", 45),
    Chapter(7, "scheduler", "Scheduler", "Which machine?", "`fits`, `score`", 40),
    Chapter(8, "a_machine_dies", "A machine dies", "Is it dead, or just quiet?", "leases, taints, eviction", 35),
    Chapter(9, "probes", "Running is not working", "The process is up; why do users see errors?", "probes", 35),
    Chapter(10, "deployments", "Deployments", "How to change what runs unnoticed?", "rolling updates", 45),
    Chapter(11, "apiserver", "The API server", "What makes it Kubernetes to the outside?",
            "one request, end to end", 55),
    Chapter(12, "leader_election", "Who controls the controllers?", "What if the control plane fails, or two run?",
            "garbage collection, leases", 35),
    Chapter(13, "operators", "Controllers all the way up", "Can desired state be controlled?",
            "autoscaler, operator", 35),
    Chapter(14, "game_day", "Game day", "Does it survive an evening without you?", "nothing new", 45),
)


def chapter(number: int) -> Chapter:
    """The chapter of that number. Raises LookupError when there is none."""
    for found in CHAPTERS:
        if found.number == number:
            return found
    raise LookupError(f"there is no chapter {number}. Chapters go from {CHAPTERS[0].number} to {CHAPTERS[-1].number}.")
