/** Tickets (docs/protocol/2-keys.md). */
import { b64, unb64 } from "./base64url.js";
import type { Bytes } from "./bytes.js";
import { encode } from "./encoding.js";
import { isOrigin } from "./origin.js";
import { demand, orRefuse } from "./refused.js";
import { Shape } from "./shape.js";

const KINDS = ["found", "member", "lead", "link"];
const shape = new Shape("ticket-wrong");

export type Ticket = { kind: string; address: string; serverKey: Bytes; secret: Bytes };

export function ticketText({ kind, address, serverKey, secret }: Ticket): string {
  return `${address}/${kind}#${b64(encode([1, kind, address, serverKey, secret]))}`;
}

/** Throws `ticket-wrong`. */
export function readTicket(typed: string): Ticket {
  const text = typed.trim();
  const data = orRefuse("ticket-wrong", {}, () => unb64(text.slice(text.indexOf("#") + 1)));
  const elements = shape.array(shape.decoded(data), 5);
  const ticket = {
    kind: shape.text(elements[1]),
    address: shape.text(elements[2]),
    serverKey: shape.bytes(elements[3], 32),
    secret: shape.bytes(elements[4], 16),
  };
  demand(elements[0] === 1 && KINDS.includes(ticket.kind) && isOrigin(ticket.address), "ticket-wrong");
  // Whatever was changed in the clear part no longer stands in front of the same data.
  demand(text === ticketText(ticket), "ticket-wrong");
  return ticket;
}
