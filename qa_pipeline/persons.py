"""Which of a graph's types are of people: whom "who" asks for, and whom "people" may be.

The words are English (kin, callings, offices, what people are to each other) and of no graph; a compound is told by its
last word ("research student").
"""

from __future__ import annotations

from kg.graph import Schema
from kg.names import fold, words_of
from qa_pipeline.tokens import inflections

PERSONS = frozenset(
    "accountant actor actress adult adviser advisor analyst architect artist assistant astronaut astronomer athlete "
    "attendee author baker ballerina banker barber bishop biologist blogger borrower boss boy buyer captain caretaker "
    "chairman chairperson chairwoman chef chemist child citizen clerk coach colleague comedian commander "
    "composer consultant contestant contractor cook councillor counselor critic curator dancer daughter "
    "dentist designer detective diplomat director doctor donor driver editor electrician emperor employee "
    "engineer entrepreneur examiner executive expert explorer farmer father filmmaker firefighter fisherman founder "
    "friend gardener general girl goalkeeper governor graduate guard guest historian human illustrator "
    "individual inspector instructor intern inventor investigator investor inmate journalist judge keeper king knight "
    "laborer landlord lawyer leader lecturer lender librarian lieutenant magistrate man manager mathematician mayor "
    "mechanic medic member mentor midwife minister monarch mother musician narrator neighbour neighbor nobleman "
    "novelist nun nurse officer official painter pastor patient person performer pharmacist philosopher "
    "photographer physician physicist pilot player poet policeman politician pope practitioner president priest prince "
    "princess prisoner professional professor programmer prophet psychologist pupil queen ranger "
    "referee refugee reporter representative researcher resident reviewer rider ruler sailor saint salesman "
    "salesperson scholar scientist screenwriter sculptor secretary senator sergeant servant shareholder shepherd sheriff "
    "sibling singer sister skipper soldier son songwriter spouse staff steward stewardess strategist student "
    "superhero supervisor surgeon surveyor swimmer tailor teacher technician teenager therapist trader trainee "
    "trainer translator traveller treasurer trustee tutor umpire user veterinarian veteran victim violinist visitor "
    "volunteer voter waiter waitress warden warrior widow wife winner witness woman worker writer brother husband cousin "
    "uncle aunt parent kid lad folk hero lady lord nephew niece cleaner carpenter plumber pianist guitarist drummer "
    "god goddess deity demigod witch wizard".split()
)
PEOPLE = frozenset(("people", "persons", "person"))
TOGETHER = frozenset(
    "band choir couple crew duo ensemble family orchestra quartet quintet trio troupe".split()
)  # act as one
GROUPS = frozenset("people men women children wives midwives".split())  # plurals as names of types


def persons_of(schema: Schema) -> tuple[str, ...]:
    """The types of a graph that are of people, by their names: "Person" as well as "Director"."""
    return tuple(type for type in schema.types if is_person(words_of(type)))


def somebody_in(schema: Schema) -> tuple[str, ...]:
    """The types of people and of those who act together, if a graph has people."""
    persons = persons_of(schema)
    together = (type for type in schema.types if not _last(words_of(type)).isdisjoint(TOGETHER))
    return (*persons, *together) if persons else ()


def is_person(called: str) -> bool:
    """Whether a type's name is a word for people.

    >>> is_person("research student"), is_person("employees"), is_person("student union")
    (True, True, False)
    """
    last = _last(called)
    return bool(last & PERSONS) or bool(last & GROUPS)


def _last(called: str) -> set[str]:
    """The last word of a name, in singular and plural."""
    return inflections(fold(called).rsplit(" ", 1)[-1])
