"""What is a learner told whose ``apart`` is not right yet? One hint for each misconception."""

from mini_k8s.workshop.exercises import Hint

HINTS = (
    Hint("swapped",
         "The wrong way round: an ordinary write changed the status, and a write of the status changed the rest.",
         "With `subresource` \"status\", the status comes from `written` and all else from `stored`. Otherwise it is "
         "the other way round."),
    Hint("all-counts",
         "You keep what was written, whole. Then whoever writes the status puts an old wish back, and whoever writes "
         "the wish puts an old status back.",
         "Take the status from one of the two objects and everything else from the other; `subresource` says from "
         "which."),
    Hint("nothing-counts",
         "You return what is stored already. Then nobody can change anything.",
         "An ordinary write brings everything but its status; a write of the status brings its status."),
    Hint("status-counts",
         "You let an ordinary write change the status. Whoever hands in an old copy of an object would make it say "
         "what is no longer true.",
         "Where `subresource` is \"\", take the status from `stored`."),
    Hint("wish-counts",
         "You let a write of the status change everything else. A component that was asked for the fact would put an "
         "old wish back, and nobody meant it.",
         "Where `subresource` is \"status\", take everything but the status from `stored`."),
    Hint("one-way",
         "You do the same for both kinds of write. `subresource` says which of them it is.",
         "Ask `if subresource == \"status\":`, and let the two objects change their parts there."),
    Hint("never-status",
         "A write of the status changes nothing in yours. Then nobody ever learns what became of the wish.",
         "Where `subresource` is \"status\", take the status from `written`."),
    Hint("never-wish",
         "An ordinary write changes nothing in yours. Then nobody can wish for anything else.",
         "Where `subresource` is \"\", take everything but the status from `written`."),
    Hint("mixes",
         "You mixed two objects: a field that only one of them has is there all the same. `with_(…)` and `merge` lay "
         "one mapping over the other, level by level, and so do `{{**a, **b}}` and `|` on the level where they stand.",
         "Take each part whole from one side: a new dict with everything of the one but its status, and in it the "
         "status of the other, as it is.",
         "`{{name: value for name, value in one.items() if name != \"status\"}}` is the first half."),
    Hint("only-wish",
         "An ordinary write brings more than `spec`: labels and annotations, and the fields of other kinds (`data`, "
         "`type` …).",
         "Take everything from `written` but its status, whatever it is called."),
    Hint("metadata-too",
         "You let a write of the status change metadata. Labels belong to the wish: who selects by them would select "
         "others, because somebody wrote a fact.",
         "Take metadata from `stored` there, as everything else but the status."),
    Hint("status-none",
         "Where there is no status you made one, an empty one. A field with None or {{}} in it is a field.",
         "Put \"status\" into what you return only `if \"status\" in` the object that it comes from."),
    Hint("status-stays",
         "The side that counts for the status has none here, and yours kept the other one's.",
         "Leave the status of the first object out before you put the other's in: begin with everything but the "
         "status."),
    Hint("no-status",
         "Line {line} takes a status for granted. A new object has none yet, and some kinds never have one.",
         "Ask `if \"status\" in …` first, and put it in only then."),
    Hint("leaves-out",
         "You copied the fields you know. A ConfigMap has `data`, a Secret has `type`, and somebody else's kind has "
         "what you have never heard of.",
         "Go through all fields, and leave out the one: `for name, value in written.items()`."),
    Hint("a-part",
         "You returned a part of an object. It takes the place of the whole one, so all the rest would be gone.",
         "Return a whole object: everything of the one, with the status of the other."),
    Hint("changes-it",
         "Line {line} changes an object that everybody shares, so it was refused.",
         "Make a new dict, `kept = dict(written)` or `{{**written}}`, and change that."),
    Hint("no-object",
         "You returned a {kind}. The whole object is wanted, a mapping with its fields.",
         "Return `Object(kept)`, or the dict `kept` itself."),
    Hint("other-object",
         "This is {which}, and something else came out than is expected. Compare field by field.",
         "Two lines are enough: everything but the status from the one object, the status from the other."),
)
