"""How fast is it? ``make bench [JSON=FILE]``: a table of ratios, ours and a peer's measured in turn in the same run.

Machines drift, so no row compares with a number of yesterday unless the issue is a limit (milliseconds that a person
feels). One module a subject; each yields ``Row``s. Exit status 1 when a goal is missed, after everything was written.
"""
