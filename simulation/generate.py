"""From a seed to a schedule: short ones and long ones, quiet and bad networks, few phones and tens."""

from collections.abc import Collection
from dataclasses import replace
from random import Random

from simulation.house import LEADS, PAIR, SLOTS
from simulation.operations import OPERATIONS
from simulation.schedule import Event, Fault, Schedule

FAULTS = {
    "request": 3.0,
    "answer": 4.0,
    "offline": 4.0,
    "deaf": 7.0,
    "delay": 4.0,
    "twice": 2.0,
    "again": 3.0,
    "crash": 12.0,
    "server-before": 3.0,
    "server-after": 3.0,
    "meanwhile": 8.0,
}
"""Weights. At the `at`-th request of the phone: it is lost; its answer is lost; it and all later ones are lost; its
answer and those of two tries more are lost; it comes late; it comes twice; it comes a second time late; (at the `at`-th
step) the phone dies; the server dies before its COMMIT, or after it; something else happens first."""
MEANWHILE = ("sync", "sync", "rotate-personal", "rotate-commons", "invite", "link", "new-code", "revoke")
LENGTHS = (50, 90, 130, 180)
TROUBLE = (0.0, 0.25, 0.4, 0.6)
GROWTH = (0.5, 1.0, 4.0)


STORM = 0.7
MUCH = 5
"""How many times more often."""
EVERY, ENOUGH = 8, 9
"""One seed in so many is about statistics, in a programme of so many accounts: a table needs eight."""
EVERYBODY = tuple(("sync", slot, 1) for slot in range(ENOUGH + 1))
PERIOD = (
    *(("open-period", 0, 0), ("sync", 0, 1)),
    *(*EVERYBODY, ("until", 0, 30), ("open-period", 0, 1), *EVERYBODY),
    *(("until", 0, 58), *EVERYBODY, ("until", 0, 72), *EVERYBODY, ("aggregate", 0, 1)),
    *(("until", 0, 80), *EVERYBODY, ("close-period", 0, 1), *EVERYBODY, ("release", 0, 1), *EVERYBODY),
    *(("until", 0, 90), *EVERYBODY),
)
"""Operation, phone and seed of what happens to a month, and how the next opens. `until`: days after the first."""
NEXT = (
    *(("until", 0, 104), *EVERYBODY, ("aggregate", 0, 1), ("until", 0, 111), *EVERYBODY),
    *(("close-period", 0, 1), *EVERYBODY, ("release", 0, 1), *EVERYBODY),
)
CALM = 0.7
"""How often nothing goes wrong in one of these: most periods are to end in a release."""
TWO = 0.3
"""How often the next one is closed, too."""
AMID = 0.4
"""How often something else happens before one of these."""
TAKES_TIME = ("days", "weeks", "season", "witness")
COMES_TO_PASS = ("server-back-up", "server-restore", "declare")
THEFT = ("thief", "victim")


def generate(seed: int, *, trouble: float | None = None, rather: Collection[str] = ()) -> Schedule:
    """The schedule of a seed. `trouble`: the share of operations in which something goes wrong, else drawn as well;
    `rather`: operations that are drawn much more often.
    """
    drawing = Drawing(Random(seed))
    drawing.trouble = drawing.trouble if trouble is None else trouble
    drawing.weights |= {name: MUCH * drawing.weights[name] for name in rather}
    if "open-period" in rather or (trouble is None and seed % EVERY == EVERY - 1):
        both = "open-period" in rather or drawing.dice.random() < TWO
        return Schedule(seed, tuple(drawing.periods(both=both)), ENOUGH)
    return Schedule(seed, tuple(drawing.events()))


class Drawing:
    """What has been drawn so far decides who may do what next; whether it works out is known only when it is played."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.length = dice.choice(LENGTHS)
        self.trouble = dice.choice(TROUBLE)
        growth = dice.choice(GROWTH)
        self.slots = list(SLOTS)
        self.backed_up: list[int] = []
        self.stolen: list[int] = []
        self.kept = self.put_back = False
        self.weights = {
            name: one.weight * (growth if one.grows or one.arrives else 1) for name, one in OPERATIONS.items()
        }

    def events(self) -> list[Event]:
        made: list[Event] = []
        while len(made) < self.length:
            (name,) = self.dice.choices(list(self.weights), list(self.weights.values()))
            kind = OPERATIONS[name].of
            if self.may(kind):
                made += self.chain(name)
        return made

    def periods(self, *, both: bool) -> list[Event]:
        """A period of statistics from its opening to its release, or two, and what happens meanwhile."""
        self.slots += range(len(SLOTS), ENOUGH + 1)
        self.weights |= dict.fromkeys(TAKES_TIME, 0.0)
        self.weights |= {name: MUCH * self.weights[name] for name in COMES_TO_PASS}
        made: list[Event] = []
        for op, who, seed in (*PERIOD, *(NEXT if both else ())):
            while self.dice.random() < AMID:
                (name,) = self.dice.choices(list(self.weights), list(self.weights.values()))
                made += self.chain(name) if self.may(OPERATIONS[name].of) else []
            made.append(replace(self.event(op, who, calm=self.dice.random() < CALM), seed=seed))
        return made

    def may(self, kind: str) -> bool:
        """Whether anything has been drawn that such an operation could be about."""
        needed = {"backed-up": self.backed_up, "kept": self.kept, "declarer": self.put_back}
        return bool(self.stolen if kind in THEFT else needed.get(kind, True))

    def chain(self, name: str) -> list[Event]:
        """The operation, and what mostly follows: a ticket is for somebody, and who was restored wants to go on."""
        made = [self.event(name, self.who(name))]
        for following in OPERATIONS[name].followed_by:
            if self.dice.random() < 0.8:
                last = made[-1]
                if OPERATIONS[following].of in (*THEFT, "declarer"):
                    made.append(self.event(following, self.who(following)))
                    continue
                made.append(self.event(following, last.new if last.new >= 0 and last.op == "recover" else last.who))
        return made

    def who(self, name: str) -> int:
        kind = OPERATIONS[name].of
        if kind in ("lead", "declarer") and self.dice.random() < 0.9:
            return self.dice.choice(LEADS)
        if kind == "backed-up":
            return self.dice.choice(self.backed_up)
        if kind == "thief":
            return self.dice.choice(self.stolen)
        if kind == "victim" or (kind in ("pair", "kept") and self.dice.random() < 0.8):
            # Whom a thief meets again: the other phone of the same person.
            return self.dice.choice([slot for slot in PAIR if slot not in self.stolen] or self.slots)
        # Much of what goes wrong needs two phones of one person, who write at once.
        return self.dice.choice(PAIR) if self.dice.random() < 0.4 else self.dice.choice(self.slots)

    def event(self, name: str, who: int, *, calm: bool = False) -> Event:
        new = -1
        if OPERATIONS[name].arrives:
            new = max(self.slots) + 1
            self.slots.append(new)
        if name == "back-up":
            self.backed_up.append(who)
        if name == "steal":
            self.stolen.append(who)
        self.kept |= name == "server-back-up"
        self.put_back |= name == "server-restore"
        faults: tuple[Fault, ...] = ()
        if not calm and self.dice.random() < self.trouble:
            faults = tuple(self.fault() for _ in range(self.dice.choice((1, 1, 1, 2))))
        return Event(name, who, self.dice.getrandbits(32), new, faults)

    def fault(self) -> Fault:
        (kind,) = self.dice.choices(list(FAULTS), list(FAULTS.values()))
        if kind == "crash":
            return Fault(kind, self.dice.randint(1, self.dice.choice((4, 8, 12, 40))))
        at = self.dice.choice((1, 2, 2, 2, 3, 3, 4, 5))
        if kind == "meanwhile":
            name = self.dice.choice(MEANWHILE)
            return Fault(kind, at, self.event(name, self.who(name), calm=True))
        return Fault(kind, at)
