"""The English words that conditions are told with: `conditions.py` fills them in, translators translate them."""

from __future__ import annotations

#: An attribute and its value; one of a party; how many there are in a list; a list of members; a whole quoted.
IS, OF, COUNT, LIST, QUOTED = "{what}: {value}", "{what} ({whose})", "{what}, how many", "the list {value}", "“{value}”"
YES, NO, NONE, SOME = "yes", "no", "none", "at least one"

#: Values joined: `A` or `B`; conditions joined; what stands in brackets within another.
COMMA, OR, AND, ALSO_OR, ALSO_AND, BRACKETS, PLUS = ", ", " or ", " and ", "; or ", "; and ", "({value})", " + "

#: What a value is not; what it is, and is not, by what it is compared with.
NOT = "not {value}"
SAME = ("the same as {value}", "not the same as {value}")
AMONG = ("among {value}", "not among {value}")
LISTED = ("on the list {value}", "not on the list {value}")
CATEGORY = ("in the category {value}", "not in the category {value}")
ONLY = ("only {value}", "not only {value}")
BEGINS = ("beginning with {value}", "not beginning with {value}")
ENDS = ("ending with {value}", "not ending with {value}")
CONTAINS = ("containing {value}", "not containing {value}")
SHARED = ("in one entry of the list {name} with {value}", "in no entry of the list {name} with {value}")
HAS = ("the list {what} has {value}", "the list {what} does not have {value}")

#: Functions of texts.
FUNCTIONS = {"startsWith": BEGINS, "endsWith": ENDS, "contains": CONTAINS}

#: Numbers and times, by how they are compared.
NUMBERS = {"<": "less than {value}", "<=": "at most {value}", ">": "more than {value}", ">=": "at least {value}"}
TIMES = {"<": "before {value}", "<=": "not after {value}", ">": "after {value}", ">=": "not before {value}"}

#: What holds of the members of a list: of their value, or as conditions of which one speaks of *it*, a member.
ANY, ALL, NO_ONE = "at least one {value}", "each {value}", "none {value}"
FOR_ANY, FOR_ALL, FOR_NONE = "for at least one: {value}", "for each: {value}", "for none: {value}"
IT = "it"

#: Attributes whose meaning only lists what they may be.
NAMES = {
    "request.channel": "channel of the request",
    "request.class": "class of the data asked for",
    "request.purpose": "purpose of the request",
    "request.issuer": "who issued the request",
    "path.by": "kind of path",
    "component.type": "kind of component",
    "advisory.severity": "severity of the advisory",
    "measure.effect": "effect of the measure",
}

#: The parties whose attributes rules read: those of others are words of reports already.
_TARGET = "target"

#: All of them.
WORDS = (
    *(IS, OF, COUNT, LIST, QUOTED, YES, NO, NONE, SOME, COMMA, OR, AND, ALSO_OR, ALSO_AND, BRACKETS, PLUS),
    *(word for pair in (SAME, AMONG, LISTED, CATEGORY, ONLY, SHARED, HAS, *FUNCTIONS.values()) for word in pair),
    *(*NUMBERS.values(), *TIMES.values(), ANY, ALL, NO_ONE, FOR_ANY, FOR_ALL, FOR_NONE, IT, NOT),
    *(*NAMES.values(), _TARGET),
)
