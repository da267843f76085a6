"""What is a learner told whose ``next_init`` is not right yet? One hint for each misconception."""

from mini_k8s.workshop.exercises import Hint

HINTS = (
    Hint("together",
         "You begin one while another runs. Init containers run one after the other: the next one may need what the "
         "one before it makes.",
         "Where one is \"running\", return None: it is waited for."),
    Hint("never-again",
         "Under \"Never\" a container that failed is not started again, an init container neither. So nobody begins "
         "here.",
         "Where the state is another code than 0 and the policy is \"Never\", return None."),
    Hint("fails-for-good",
         "An init container failed here, and you do not start it. Under \"Always\" and \"OnFailure\" it is started "
         "again, until it ends with 0.",
         "Where the state is another code than 0 and the policy is not \"Never\", return its name."),
    Hint("failed-is-done",
         "You pass over one that failed. Whatever comes after it would begin without what it should have made.",
         "Only a 0 lets the next one begin. Ask `state == 0`, not whether it ended."),
    Hint("zero-again",
         "You start one again that ended with 0. An init container has done its work then, under \"Always\" too.",
         "Where the state is 0, go on with the next one."),
    Hint("only-first",
         "You do not look at all of them.",
         "Go on as long as the state is 0: `continue` in a loop, and no `return` there."),
    Hint("from-the-end",
         "You begin with the last one. They run in the order in which they are written.",
         "Go through `inits` from the front."),
    Hint("never-begins",
         "Under \"Never\" nobody begins in yours. \"Never\" is about what has ended: what has never run is still "
         "started once.",
         "Ask for the policy only where the state is another code than 0."),
    Hint("no-such-place",
         "You asked for a place that a list does not have: {error}. There may be no init containers at all, and all of "
         "them may have ended with 0.",
         "Go through them: `for name, state in inits:`. After the loop nobody is left, and the answer is None."),
    Hint("always-none",
         "Nobody ever begins in yours.",
         "Return the name of the first one whose state is \"waiting\", when all before it are 0."),
    Hint("name-alone",
         "You returned a {kind}. Wanted is the name alone.",
         "Take the pair apart: `for name, state in inits:`, and return `name`."),
    Hint("no-name",
         "You returned something that is neither a name of `inits` nor None.",
         "Return the first part of one of the pairs, or None."),
    Hint("first",
         "The next one is the first whose state is not 0.",
         "Go through the pairs in order, and pass over those with 0."),
    Hint("one-at-a-time",
         "One runs here. It is waited for, so nobody begins.",
         "Return None where the first state that is not 0 is \"running\"."),
)
