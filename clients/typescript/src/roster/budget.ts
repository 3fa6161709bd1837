/** What may be opened together (docs/protocol/10-statistics.md, *Periods*): a function of the roster alone. */
import { hex } from "../core/bytes.js";
import { demand } from "../core/refused.js";
import { isActivity } from "./floors.js";
import { Period } from "./periods.js";
import type { RosterState } from "./state.js";
import type { Task } from "./statements.js";

/** In hundredths of epsilon. */
const MOST_EPSILON = 400;
const MOST_TABLES = 3;

type Spent = { readonly task: Task; readonly period: Period };

/** Throws `budget-spent` if a period of this task may not be opened beside those that were. */
export function checkBudget(state: RosterState, task: Task, period: Period): void {
  const all = [...spent(state), { task, period }];
  for (const month of period.months) {
    const inMonth = all.filter((one) => one.period.months.includes(month));
    demand(epsilon(inMonth.filter((one) => one.task.unit === "contact")) <= MOST_EPSILON, "budget-spent");
    demand(inMonth.filter((one) => isActivity(one.task)).length <= MOST_TABLES, "budget-spent");
    demand(inMonth.filter((one) => one.task.source === "wellbeing").length <= 1, "budget-spent");
  }
  const inYear = all.filter((one) => one.period.year === period.year && one.task.unit === "supporter");
  for (const activity of [true, false])
    demand(epsilon(inYear.filter((one) => isActivity(one.task) === activity)) <= MOST_EPSILON, "budget-spent");
}

/** Each task and period that was ever opened, once, released or not. */
function spent(state: RosterState): Spent[] {
  const opened = new Map([...state.openings.values()].map((one) => [`${hex(one.task)} ${one.period}`, one]));
  return [...opened.values()].map((one) => {
    const { task } = state.tasks.get(hex(one.task))!;
    return { task, period: new Period(task.periodKind, one.period) };
  });
}

const epsilon = (spent: readonly Spent[]): number => spent.reduce((sum, one) => sum + one.task.epsilon, 0);
