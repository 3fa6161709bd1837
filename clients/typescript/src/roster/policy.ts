/** Keys, policy, rules and the server (docs/protocol/4-roster.md). */
import { equal, hex } from "../core/bytes.js";
import { isOrigin } from "../core/origin.js";
import { demand, orRefuse } from "../core/refused.js";
import { checkSigningKey } from "../core/signing.js";
import { type Change, refuse } from "./change.js";
import type { Policy } from "./statements.js";

const SUITE = 1;
const RETENTION = { least: 90, most: 3650 };

export function checkFloors([suite, ...days]: Policy): void {
  const within = days.every((one) => one >= RETENTION.least && one <= RETENTION.most);
  demand(suite === SUITE && within, "policy-floor");
}

export function rotate(change: Change<"rotate">): void {
  const { next, statement, position, authorAccount } = change;
  const { space: name, account, commitment, sealedPrevious, inbox } = statement;
  if (name === "personal") demand(equal(account, authorAccount.id), "not-authorised");
  else {
    demand(account.length === 0, "entry-malformed");
    change.demandLead();
  }
  demand((name === "leads") === (inbox.length > 0), "entry-malformed");
  const space = next.space(name, account) ?? refuse("not-authorised");
  demand(statement.epoch === space.epochs.length + 1, "epoch-stale");
  next.addEpoch(space, { position, commitment, sealedPrevious, inbox: name === "leads" ? inbox : null });
  if (name !== "personal") next.due[name] = null;
}

export function policy(change: Change<"policy">): void {
  change.demandLead();
  checkFloors(change.statement.policy);
  change.next.policy = change.statement.policy;
}

export function announce({ next, statement, authorDevice }: Change<"announce">): void {
  const rules = Math.max(authorDevice.rules, statement.rules);
  next.devices.set(hex(authorDevice.id), { ...authorDevice, rules });
}

export function rules({ next, statement }: Change<"rules">): void {
  const announced = [...next.devices.values()].every((device) => device.rules >= statement.version);
  demand(statement.version > next.rules && announced, "not-authorised");
  next.rules = statement.version;
}

export function server(change: Change<"server">): void {
  const { next, statement } = change;
  change.demandLead();
  orRefuse("key-refused", {}, () => checkSigningKey(statement.serverKey));
  demand(!next.signingKeys.has(hex(statement.serverKey)), "exists");
  demand(isOrigin(statement.address), "entry-malformed");
  next.serverKey = statement.serverKey;
  next.address = statement.address;
  next.oneOrganisation = statement.oneOrganisation;
}

export function restored(change: Change<"restored">): void {
  change.demandLead();
  change.next.restored = change.position;
}
