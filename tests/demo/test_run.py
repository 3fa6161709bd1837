"""A small performance of the whole demonstration: real server, real phones, real proof."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from random import Random

from demo.buddy_care import buddy_care
from demo.cast import shown
from demo.counting import ACTIVITY, Counting
from demo.definitions import stated, without
from demo.ending import review
from demo.figures import by_name, kind_released, line
from demo.marking import markers
from demo.plan import Scale, draw_plan
from demo.proof import prove
from demo.run import BUDGET, Outcome, failures, house, search_warrant
from demo.scan import Scanner
from demo.screen import Screen
from demo.story import Story, data
from store.budget import excess, read_budget

SMALL = Scale(supporters=8, linked=1, lost=1, days=35, one_to_one=14, group=3, buddies=9)
SUMMARY = {
    "one_to_one": 14,
    "group": 3,
    "supporters": 8,
    "phones": 10,
    "recovered": 1,
    "resources": 24,
    "epsilon": 1.0,
    "k": 8,
    "reports": 9,
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
        await story.counting.finish()
        refusals, buddies = await buddy_care(story)
        places = await search_warrant(story)
        assert excess(story.host.database, read_budget(BUDGET)) == []
    assert {"running: hallway.sqlite", "running: hallway.sqlite-wal", "stopped: hallway.sqlite"} <= places.keys()
    assert {"rows", "backup", "server log", "requests", "answers"} <= places.keys()
    counting = story.counting
    released_as_promised(counting)
    assert [line.rpartition("(")[2] for line in refusals[:-1]] == [
        "below-k)",
        "task-floor)",
        "budget-spent)",
        "task-floor)",
    ]
    assert len(counting.before["hallway.mailbox"]) > 0
    # The roster names the codes of tables: without what `without` does, the search would end here.
    assert failures(prove({"rows": places["rows"]}, markers(story.tag, (), ()), random))
    places, copies = without(places, stated([*counting.tasks, *buddies]))
    assert copies > 0
    secrets = markers(story.tag, story.written, story.names)
    proof = prove(places, secrets, random)
    assert failures(proof) == []
    outcome = Outcome(ending, proof, tuple(counting.counted), 1.0, ())
    released = {f"released_{kind}": kind_released(counting.counted, kind) for kind in ("one_to_one", "group")}
    assert outcome.summary() == SUMMARY | released | {"markers_searched": proof.searched, "seconds": 1.0}
    assert len(secrets) > 300
    assert proof.searched == Scanner(secrets).searched
    # The same places with one record's worth of plaintext in them.
    leaking = places | {"answers": places["answers"] + story.tag.code.encode()}
    assert failures(prove(leaking, secrets, random)) != []


def released_as_promised(counting: Counting) -> None:
    """Every table is what phones reported and the noise of its aggregators; what is not, is told."""
    assert counting.wrong() == []
    by_table = [(one.name, one.release.task.shares, one.release.task.period_kind) for one in counting.counted]
    assert by_table[:6] == [(name, shares, "month") for shares in (2, 3) for name in ACTIVITY]
    assert by_table[6:] == [("stress_zones", 3, "quarter")]
    assert {(one.release.reports, one.release.rejected) for one in counting.counted} == {(9, 0)}
    for name in ACTIVITY:
        found = by_name(counting.counted)[name]
        assert sum(sum(one.truth) for one in found) == SMALL.one_to_one + SMALL.group
    contacts, zones = by_name(counting.counted)["contacts"], counting.counted[-1]
    assert sum(line(contacts, 0, "one_to_one").truths) == SMALL.one_to_one
    assert sum(line(contacts, 0, "group").truths) == SMALL.group
    # The lead checks in nowhere, and reports that.
    assert (sum(zones.truth), sum(zones.told), zones.told[-1]) == (8, 9, 1)
    kept = counting.counted[0]
    counting.counted[0] = replace(kept, told=(kept.told[0] + 1, *kept.told[1:]))
    assert len(counting.wrong()) == 1
    counting.counted[0] = kept


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
