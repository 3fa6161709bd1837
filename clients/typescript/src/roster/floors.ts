/** What a task must be at least (docs/protocol/10-statistics.md, *Tasks*). */
import lists from "../../../../schemas/records/data/code_lists.json";
import sources from "../../../../schemas/tables/sources.json";
import { compareTexts } from "../core/bytes.js";
import { demand } from "../core/refused.js";
import type { Axis, Task } from "./statements.js";

type AxisTable = { readonly [setting: string]: string | readonly string[] };
const AXES: Readonly<Record<string, Readonly<Record<string, AxisTable>>>> = sources.sources;
const LISTS: Readonly<Record<string, { readonly codes: readonly string[] }>> = lists;
const ONCE_A_SUPPORTER = ["workforce", "wellbeing"];
const MOST_CELLS = 256;

export const isActivity = (task: Task): boolean => !ONCE_A_SUPPORTER.includes(task.source);

/** Throws `task-floor`. */
export function checkTask(task: Task): void {
  const { source, axes, unit, bound, epsilon, k, periodKind, shares } = task;
  const table = Object.hasOwn(AXES, source) ? AXES[source]! : {};
  demand(axes.every((axis) => isAxis(table, axis)) && new Set(axes.map((axis) => axis.name)).size === axes.length, "task-floor");
  const cells = axes.reduce((product, axis) => product * axis.codes.length, 1);
  const activity = isActivity(task);
  const mostBound = !activity ? 1 : unit === "supporter" ? 20 : 60;
  demand(cells + (activity ? 0 : 1) <= MOST_CELLS && (activity || axes.length === 1), "task-floor");
  demand(unit === "supporter" || (activity && axes.every((axis) => axis.name !== "unit_group")), "task-floor");
  demand(bound >= 1 && bound <= mostBound && epsilon >= 1 && epsilon <= 100 && k >= 8, "task-floor");
  demand((shares === 2 || shares === 3) && (activity || periodKind === "quarter"), "task-floor");
}

function isAxis(table: Readonly<Record<string, AxisTable>>, { name, codes }: Axis): boolean {
  if (!Object.hasOwn(table, name)) return false;
  const named = table[name]!["codes"] ?? name;
  const known = typeof named === "string" ? (LISTS[named]?.codes ?? []) : named;
  const ascending = codes.every((code, i) => known.includes(code) && (i === 0 || compareTexts(codes[i - 1]!, code) < 0));
  return codes.length >= 2 && ascending;
}
