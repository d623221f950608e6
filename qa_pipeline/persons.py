"""Which of a graph's types are of people: whom "who" asks for, and whom "people" may be.

The words are English (kin, callings, offices, what people are to each other) and of no graph; a compound is told by its
last word ("research student").
"""

from __future__ import annotations

from kg.graph import Schema
from kg.names import fold, words_of
from qa_pipeline.tokens import inflections

PERSONS = frozenset(
    "academic accountant actor actress admin administrator adult adviser advisor alderman alpinist analyst apiarist "
    "applicant apprentice archaeologist archer architect aristocrat artisan artist assistant astronaut astronomer "
    "athlete attendant attendee attorney aunt author aviator baby baker ballerina banker barber barkeeper barrister "
    "bartender bassist bassoonist batsman beekeeper benefactor biographer biologist bishop blogger borrower boss "
    "boxer boy bride broker brother buyer candidate captain cardholder carer caretaker carpenter cartoonist cellist "
    "ceramicist chairman chairperson chairwoman chef chemist child choreographer chronicler citizen claimant "
    "clarinettist cleaner cleric clerk climber clown coach colleague collector columnist comedian commander "
    "commentator composer conductor conservator constable consultant contestant contractor contributor convict cook "
    "correspondent cosmonaut councillor counselor countess cousin creditor cricketer criminal critic culprit curator "
    "cyclist dancer daughter debtor deckhand defendant deity delegate demigod dentist descendant designer detective "
    "diplomat director diver doctor donor dramatist driver drummer duchess ecologist economist editor electrician "
    "emperor employee engineer entrepreneur envoy epidemiologist evangelist examiner executive expert explorer "
    "farmer father fencer fiddler filmmaker financier firefighter fisherman flautist flutist folk footballer forager "
    "forester founder freelancer friend gamer gardener general geologist girl goalkeeper god goddess golfer governor "
    "graduate guard guest guitarist gymnast harpist headmaster headteacher helper hero hiker historian hobbyist "
    "holidaymaker homeowner human hunter husband illustrator individual infant inmate inspector instructor "
    "instrumentalist intern interpreter interviewee interviewer inventor investigator investor jockey journalist "
    "judge juror keeper keyboardist kid king knight laborer lad lady landlady landlord lawyer leader learner "
    "lecturer lender librarian librettist lieutenant linguist lobbyist lodger lord lyricist magistrate man manager "
    "marathoner mariner mason mathematician mayor mechanic medic member mentor meteorologist midwife miner minister "
    "missionary monarch monk mother mountaineer mp musician nanny narrator navigator neighbor neighbour nephew "
    "newborn niece nobleman notary novelist novice nun nurse oboist offender officer official ombudsman opponent "
    "orator organist painter panelist paralegal paramedic parent passenger pastor pathologist patient pedestrian "
    "percussionist performer person pharmacist philosopher photographer physician physicist physiotherapist pianist "
    "pilot plaintiff player playwright plumber poet policeman policyholder politician pope potter practitioner "
    "preacher presenter president priest prince princess prisoner professional professor programmer prophet "
    "prosecutor protagonist psychiatrist psychologist pupil queen racer radiologist ranger rapper realtor "
    "receptionist recruiter referee refugee reporter representative researcher resident restorer retiree reviewer "
    "rider rower ruler runner sailor saint salesman salesperson scholar scientist screenwriter sculptor seamstress "
    "secretary senator sergeant servant settler shareholder shepherd sheriff sibling signatory singer sister skater "
    "skier skipper smuggler soldier solicitor soloist sommelier son songwriter sorcerer sovereign spouse staff "
    "stargazer statesman steward stewardess stockholder strategist student subscriber suitor superhero supervisor "
    "surgeon surveyor survivor suspect swimmer sysadmin tailor teacher technician teenager therapist thief tourist "
    "trader trainee trainer translator traveller treasurer trombonist trooper trumpeter trustee tutor typist umpire "
    "uncle understudy user usher vet veteran veterinarian vicar victim villain violinist violist virtuoso visitor "
    "vocalist volunteer voter waiter waitress warden warrior widow wife winner witch witness wizard woman worker "
    "wrestler writer youngster zookeeper zoologist".split()
)
PEOPLE = frozenset(("people", "persons", "person"))
TOGETHER = frozenset(
    "band choir client couple crew customer duo ensemble family jury lessee lessor orchestra quartet quintet sponsor "
    "supplier tenant trio troupe vendor".split()
)  # act as one, or as somebody
ORGANISED = frozenset(
    "agency association board charity club committee company consortium cooperative corporation federation firm "
    "foundation gang guild manufacturer operator organisation organization partnership party publisher society squad "
    "startup subsidiary syndicate team".split()
)  # do as somebody does, but are not who is looked for first
GROUPS = frozenset("people men women children wives midwives".split())  # plurals as names of types


def persons_of(schema: Schema) -> tuple[str, ...]:
    """The types of a graph that are of people, by their names: "Person" as well as "Director"."""
    return tuple(type for type in schema.types if is_person(words_of(type)))


def somebody_in(schema: Schema) -> tuple[str, ...]:
    """The types of people and of those who act as somebody, if a graph has people."""
    persons = persons_of(schema)
    together = (type for type in schema.types if not _last(words_of(type)).isdisjoint(TOGETHER))
    return tuple(dict.fromkeys((*persons, *together))) if persons else ()


def is_organised(type: str) -> bool:
    """Whether a type's name is a word for people who do things together: clubs, companies."""
    return not _last(words_of(type)).isdisjoint(ORGANISED)


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
