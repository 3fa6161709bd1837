"""A small performance of the whole demonstration: real server, real phones, real proof."""

from io import StringIO
from pathlib import Path
from random import Random

from demo.cast import shown
from demo.ending import review
from demo.marking import markers
from demo.plan import Scale, draw_plan
from demo.proof import prove
from demo.run import BUDGET, Outcome, failures, house, search_warrant
from demo.scan import Scanner
from demo.screen import Screen
from demo.story import Story, data
from store.budget import excess, read_budget

SMALL = Scale(supporters=4, linked=1, lost=1, days=14, one_to_one=12, group=3)
SUMMARY = {
    "one_to_one": 12,
    "group": 3,
    "supporters": 4,
    "phones": 6,
    "recovered": 1,
    "resources": 24,
    "markers_found": 0,
}


async def test_a_small_programme_ends_as_it_must_and_the_review_notices_if_it_does_not(tmp_path: Path) -> None:
    random = Random(5)
    plan = draw_plan(SMALL, data("activity.json"), random)
    async with house(tmp_path, plan, random, Screen(StringIO())) as story:
        await story.tell()
        ending = review(story)
        assert ending.wrong == ()
        tampered(story)
        places = await search_warrant(story)
        assert excess(story.host.database, read_budget(BUDGET)) == []
    assert {"running: hallway.sqlite", "running: hallway.sqlite-wal", "stopped: hallway.sqlite"} <= places.keys()
    assert {"rows", "server log", "requests", "answers"} <= places.keys()
    secrets = markers(story.tag, story.written, story.names)
    proof = prove(places, secrets, random)
    assert failures(proof) == []
    outcome = Outcome(ending, proof, 1.0, ())
    assert outcome.summary() == SUMMARY | {"markers_searched": proof.searched, "seconds": 1.0}
    assert len(secrets) > 300
    assert proof.searched == Scanner(secrets).searched
    # The same places with one record's worth of plaintext in them.
    leaking = places | {"answers": places["answers"] + story.tag.code.encode()}
    assert failures(prove(leaking, secrets, random)) != []


def tampered(story: Story) -> None:
    """One wrong field, one entry nobody has, one missing name, one foreign entry in the directory: all are told."""
    supporter = next(one for one in story.supporters if one.ledger.entries)
    record, (kind, fields) = next(iter(supporter.ledger.entries.items()))
    supporter.ledger.entries[record] = (kind, {**fields, "occurred_on": "2026-01-01"})
    assert any(f"a {kind} differs in occurred_on" in sentence for sentence in review(story).wrong)
    supporter.ledger.entries[record] = (kind, fields)
    story.joined.append("Somebody Else")
    assert "the lead: other names than those who joined" in review(story).wrong
    story.joined.pop()
    lead = story.leader
    lead.records.log("contact", data_contact(story))
    assert "the lead: entries of their own, and logged none" in review(story).wrong
    assert "a phone: something was not sent" in review(story).wrong
    shared = next(iter(story.directory.entries))
    del story.directory.entries[shared]
    assert any("nobody logged" in sentence for sentence in review(story).wrong)


def data_contact(story: Story) -> dict[str, object]:
    fields = next(fields for kind, fields in shown(story.supporters[0].phones[0]).values() if kind == "contact")
    return {name: fields[name] for name in ("contact_kind", "modality", "duration_band", "reasons", "disposition")}
