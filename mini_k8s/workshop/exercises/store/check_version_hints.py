"""What is a learner told whose ``check_version`` is not right yet? One hint for each misconception."""

from mini_k8s.workshop.exercises import Hint

HINTS = (
    Hint("never-refuses",
         "You let everything through, and so the last one to write wins, whatever that writer has read.",
         "Compare `metadata.resourceVersion` of the two, and `raise Conflict(…)` where they differ.",
         "In a function, the check is `if a != b:` and below it `raise Conflict(\"…\")`."),
    Hint("inverted",
         "The other way round: you refuse what was made from the state that is kept, and let the others through.",
         "Raise where the two differ, with `!=`."),
    Hint("no-uid",
         "You compared the versions only. Here the uid differs ({has_uid} is kept, {said_uid} was changed): the object "
         "that was changed is gone, and this one only has its name.",
         "Compare `metadata.uid` too. One of the two that differs is enough to refuse."),
    Hint("only-uid",
         "You compared the uid only. It says that it is the same object, and not that it is in the same state.",
         "Compare `metadata.resourceVersion` too: here {has} is kept, and {said} was changed."),
    Hint("none-refused",
         "Here `written` leaves a field out: its version is {said}, its uid {said_uid} (None: left out). Who says "
         "nothing does not ask, and you refused it.",
         "Refuse only where the field is there and differs: first ask whether it is None."),
    Hint("key-error",
         "Line {line} takes the field `{field}` for granted, and here `written` has none. Whoever leaves a field out "
         "does not ask.",
         "`written[\"metadata\"].get(\"{field}\")` gives None where there is none, and raises nothing."),
    Hint("both-differ",
         "You refuse only where both the version and the uid differ.",
         "Each of them is a reason by itself: write `or` between the two, or two `if`s."),
    Hint("one-is-enough",
         "You compare only where both fields are there. Each of them is asked for by itself.",
         "Two `if`s, one below the other: one for the version, one for the uid. Let none of them depend on the other."),
    Hint("whole-object",
         "You compared more than the two fields. That a change changes something is no reason to refuse it.",
         "Compare only `metadata.uid` and `metadata.resourceVersion`."),
    Hint("which-is-newer",
         "You asked which version is newer. It is a text (\"10\" comes before \"9\"), and any other version than the "
         "one that is kept is refused: here {has} is kept, and {said} was changed.",
         "Write `!=` where `<` or `>` stands."),
    Hint("numbers",
         "Line {line} takes the version for a number. It is a text, and nobody promises that there are digits in it.",
         "Compare the two as they are, with `!=`: no `int(…)`, no `<`."),
    Hint("identity",
         "`is` asks whether two are one and the same thing in memory. What was read and written back is equal, and is "
         "another thing.",
         "Compare with `!=` and `==`. `is` is for `None` only."),
    Hint("returns-answer",
         "You returned {value}. Whoever calls this function does not look at what it returns, so it was let through.",
         "Where it may not be, `raise Conflict(\"…\")`: an error cannot be overlooked."),
    Hint("returned-error",
         "You returned the error, {value}. Then nobody is stopped: an error stops somebody only when it is raised.",
         "Write `raise` where `return` stands."),
    Hint("other-error",
         "You raised {kind}. Whoever writes waits for a Conflict, reads again and repeats the change; of another error "
         "they know nothing.",
         "`raise Conflict(\"…\")`. It is here, and needs no import."),
    Hint("changes-it",
         "Line {line} changes an object. What is stored and what is handed in is shared by all who have it, and cannot "
         "be changed.",
         "Only compare here. If you wanted to give it the newest version: then every write would be let through."),
    Hint("says-little",
         "It is refused, and rightly. But the message lacks one of the two values of `{field}`: {kept} is kept, "
         "{changed} was changed. Whoever gets it should see how far apart they are.",
         "Put both into it, with an f-string: `Conflict(f\"it is at {{a}}, you changed {{b}}\")`."),
    Hint("other-rule",
         "Kept is version {has} with uid {has_uid}; handed in was version {said} with uid {said_uid} (None: left out).",
         "For each of the two fields by itself: is it there, and does it differ? Then refuse. In every other case let "
         "it through."),
)
