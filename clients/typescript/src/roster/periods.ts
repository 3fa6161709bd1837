/** Months and quarters of the UTC calendar (docs/protocol/10-statistics.md, *Periods*). */
import { demand } from "../core/refused.js";
import type { Task } from "./statements.js";

const DAY = 86_400_000;

/** Days since 1970. Setting the year apart: `Date.UTC` takes years below 100 for 1900 and later. */
function firstOf(month: number): number {
  const date = new Date(0);
  date.setUTCFullYear(Math.floor(month / 12), month % 12, 1);
  return date.getTime() / DAY;
}

/** A period: its first and last day, its months (12 * year + month - 1), its year. Throws `entry-malformed`. */
export class Period {
  readonly months: readonly number[];
  readonly year: number;

  constructor(kind: Task["periodKind"], number: number) {
    const size = kind === "month" ? 1 : 3;
    this.months = Array.from({ length: size }, (_, i) => number * size + i);
    this.year = Math.floor(this.months[0]! / 12);
    demand(this.year >= 1 && this.year <= 9998, "entry-malformed");
  }

  get first(): number {
    return firstOf(this.months[0]!);
  }

  get last(): number {
    return firstOf(this.months[this.months.length - 1]! + 1) - 1;
  }
}
