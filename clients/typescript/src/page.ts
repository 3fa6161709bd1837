/** A phone in a page: it asks the server of the page what to do next, and tells it what came of it, until there is nothing more. */
import { judge, type Vector } from "./conformance/cases.js";
import type { Json } from "./core/json.js";
import { Commands } from "./phone/commands.js";

const NAME = "hallway-phone";
const commands = new Commands(
  { load: () => localStorage.getItem(NAME), save: (text) => localStorage.setItem(NAME, text) },
  location.origin,
);

/** Names of the cases of each list that are judged wrongly, out of all lists. */
function vectors(lists: { readonly [name: string]: readonly Vector[] }): Json {
  const results = Object.keys(lists).flatMap((list) => judge(list, (name) => lists[name] ?? []));
  const wrong = results.flatMap((one) => (one.wrong === null ? [] : [`${one.name}: ${one.wrong}`]));
  return { cases: results.length, wrong };
}

async function answer(asked: { readonly [name: string]: Json }): Promise<Json> {
  if (asked["do"] !== "vectors") return commands.answer(asked);
  return vectors(asked["lists"] as unknown as { readonly [name: string]: readonly Vector[] });
}

for (;;) {
  const asked = (await (await fetch("/next", { method: "POST" })).json()) as { readonly [name: string]: Json } | null;
  if (asked === null) break;
  const told = await answer(asked).catch((error: unknown) => ({ error: "client-failed", detail: String(error) }));
  await fetch("/told", { method: "POST", body: JSON.stringify(told) });
}
