/** Tasks, aggregators, offers, openings (docs/protocol/10-statistics.md). */
import { type Bytes, equal, hex } from "../core/bytes.js";
import { demand } from "../core/refused.js";
import { checkBudget } from "./budget.js";
import { type Change, refuse, takeNew } from "./change.js";
import { checkTask } from "./floors.js";
import { Period } from "./periods.js";
import type { Offer, RosterState } from "./state.js";
import type { Task } from "./statements.js";

const MOST = { tasks: 256, aggregators: 16, offers: 32 };
const DAYS = { asMember: 28, before: 31, again: 7, reports: 21 };

export function task(change: Change<"task">): void {
  const { next, entry, statement } = change;
  change.demandLead();
  checkTask(statement.task);
  demand(next.tasks.size < MOST.tasks, "limit-reached");
  next.tasks.set(hex(entry.leaf), { task: statement.task, elements: statement.elements[1]! });
}

export function aggregator({ next, statement, authorAccount }: Change<"aggregator">): void {
  const id = hex(authorAccount.id);
  demand(authorAccount.role !== "lead", "not-authorised");
  if (!statement.on) return void next.aggregators.delete(id);
  demand(next.time >= authorAccount.joined + DAYS.asMember, "too-early");
  demand(next.aggregators.has(id) || next.aggregators.size < MOST.aggregators, "limit-reached");
  next.aggregators.add(id);
}

const mayServe = (state: RosterState, account: Bytes): boolean =>
  state.account(account)?.role === "lead" || state.aggregators.has(hex(account));

const taskOf = (state: RosterState, id: Bytes): Task => state.tasks.get(hex(id))?.task ?? refuse("not-open");

const isOpenOffer = (state: RosterState, offer: Offer): boolean =>
  offer.opening === null && state.time <= new Period(taskOf(state, offer.task).periodKind, offer.period).last + DAYS.again;

export function offer({ next, entry, statement, authorAccount, authorDevice }: Change<"offer">): void {
  demand(mayServe(next, authorAccount.id), "not-authorised");
  const { last } = new Period(taskOf(next, statement.task).periodKind, statement.period);
  demand(next.time <= last + DAYS.again, "too-late");
  demand(!next.memberKeys.has(hex(statement.hpkeHash)), "exists");
  takeNew(next.offerKeys, statement.hpkeHash);
  const own = [...next.offers.values()].filter((one) => equal(one.account, authorAccount.id) && isOpenOffer(next, one));
  demand(own.length < MOST.offers, "limit-reached");
  const { task, period, hpkeHash } = statement;
  const made = { id: entry.leaf, task, period, hpkeHash, device: authorDevice.id, account: authorAccount.id, opening: null };
  next.offers.set(hex(entry.leaf), made);
}

export function open(change: Change<"open">): void {
  const { next, entry, statement, position } = change;
  change.demandLead();
  const stated = taskOf(next, statement.task);
  demand(statement.offers.length === stated.shares - 1, "entry-malformed");
  const period = new Period(stated.periodKind, statement.period);
  const earlier = [...next.openings.values()].filter((one) => equal(one.task, statement.task) && one.period === statement.period);
  demand(earlier.length < 2 && earlier.every((one) => one.closed === null), "not-open");
  const offers = statement.offers.map((id, place) => offerFor(next, statement, id, place));
  demand(next.time >= period.first - DAYS.before, "too-early");
  demand(next.time <= period.last + (earlier.length ? DAYS.again : 0), "too-late");
  demand(next.accounts.size >= stated.k, "below-k");
  if (!earlier.length) checkBudget(next, stated, period);

  for (const one of earlier) next.openings.set(hex(one.id), { ...one, ended: position });
  for (const one of offers) next.offers.set(hex(one.id), { ...one, opening: entry.leaf });
  const { task, commitment } = statement;
  const made = { id: entry.leaf, task, period: statement.period, offers: statement.offers, commitment, position };
  next.openings.set(hex(entry.leaf), { ...made, ended: null, closed: null, accepted: null });
}

/** The first offer is a lead's, the second an aggregator's. */
function offerFor(state: RosterState, wanted: { task: Bytes; period: number }, id: Bytes, place: number): Offer {
  const offer = state.offers.get(hex(id)) ?? refuse("not-open");
  const fits = equal(offer.task, wanted.task) && offer.period === wanted.period && isOpenOffer(state, offer);
  const serves = state.device(offer.device) !== undefined && mayServe(state, offer.account);
  const byLead = state.account(offer.account)?.role === "lead";
  demand(fits && serves && byLead === (place === 0), "not-open");
  return offer;
}

export function closePeriod(change: Change<"close_period">): void {
  const { next, entry, statement } = change;
  change.demandLead();
  const opening = next.openings.get(hex(statement.opening)) ?? refuse("not-open");
  demand(opening.ended === null && opening.closed === null, "not-open");
  const { last } = new Period(taskOf(next, opening.task).periodKind, opening.period);
  demand(next.time > last + DAYS.reports, "too-early");
  next.openings.set(hex(opening.id), { ...opening, closed: entry.leaf, accepted: statement.accepted });
}
