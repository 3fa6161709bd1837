/** What is refused, by the name that the pages give the reason; `told` is what a person or a test is told beyond it. */
export class Refused extends Error {
  constructor(
    readonly problem: string,
    readonly told: Readonly<Record<string, string | number | null>> = {},
  ) {
    super(`${problem}${Object.keys(told).length ? ` ${JSON.stringify(told)}` : ""}`);
  }
}

export function demand(condition: boolean, problem: string, told: Record<string, string | number | null> = {}): asserts condition {
  if (!condition) throw new Refused(problem, told);
}

/** Does it, and names what goes wrong inside it `problem`, whatever the library called it. */
export function orRefuse<T>(problem: string, told: Record<string, string | number | null>, doIt: () => T): T {
  try {
    return doIt();
  } catch {
    throw new Refused(problem, told);
  }
}
