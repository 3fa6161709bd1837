/** What a task counts, as numbers (docs/protocol/10-statistics.md, *Tasks*). */
import { isActivity } from "../roster/floors.js";
import type { Task } from "../roster/statements.js";

/** Cells of a task: the product of its codes, and one for "none" where a supporter is counted once. */
export function cellsOf(task: Task): number {
  return task.axes.reduce((product, axis) => product * axis.codes.length, 1) + (isActivity(task) ? 0 : 1);
}

/** Scale of the noise, numerator and denominator; epsilon is in hundredths. */
export function scaleOf(task: Task): [bigint, bigint] {
  const reach = !isActivity(task) ? 1 : task.unit === "supporter" ? task.bound : task.source === "hours" ? 3 : 1;
  return [BigInt(2 * reach * 100), BigInt(task.epsilon)];
}
