/** What a phone is told to do, and answers: those commands of docs/adversary.md that this client knows. */
import { b64, unb64 } from "../core/base64url.js";
import { hex, unhex } from "../core/bytes.js";
import { Input, type Json } from "../core/json.js";
import { Refused } from "../core/refused.js";
import { join, linkTicket } from "./joining.js";
import type { Phone } from "./phone.js";
import { restore, snapshot } from "./snapshot.js";
import { fieldsJson, fieldsOf } from "./values.js";

/** Where a phone is kept between two runs. */
export type Store = { readonly load: () => string | null; readonly save: (text: string) => void };

export class Commands {
  private phone: Phone | null;

  /** `via`: where the server is reached, if that is not the address on the ticket. */
  constructor(
    private readonly store: Store,
    private readonly via?: string,
  ) {
    const kept = store.load();
    this.phone = kept === null ? null : restore(kept, this.keep, via);
  }

  private readonly keep = (phone: Phone): void => this.store.save(snapshot(phone));

  /** `{ok, notes}` or `{error, detail, notes}`; throws nothing. */
  async answer(asked: Json): Promise<Json> {
    try {
      const input = new Input(asked, unb64);
      const ok = await this.does(input.text("do"), input);
      return { ok, notes: this.phone?.notes() ?? [] };
    } catch (error) {
      const notes = this.phone?.notes() ?? [];
      if (error instanceof Refused) return { error: error.problem, detail: error.message, notes };
      // `fetch` throws a TypeError where there is no network; so does whoever reads what is not there.
      const unreachable = error instanceof TypeError && error.message.includes("fetch");
      return { error: unreachable ? "unreachable" : "client-failed", detail: String(error), notes };
    }
  }

  private async does(command: string, input: Input): Promise<Json> {
    if (command === "join") {
      this.phone ??= await join(input.text("ticket"), input.has("name") ? input.text("name") : "", this.keep, this.via);
      return { account: b64(this.phone.identity.account) };
    }
    const phone = this.phone;
    if (phone === null) throw new Refused("no-phone");
    switch (command) {
      case "log":
        return { id: b64(unhex(phone.write(input.text("type"), fieldsOf(input.json("fields"))))) };
      case "edit": {
        const record = input.bytes("id");
        const shown = phone.records().find((one) => one.id === hex(record));
        if (shown === undefined) throw new Refused("record-unknown");
        phone.write(shown.type, fieldsOf(input.json("fields")), record, shown.version);
        return {};
      }
      case "records": {
        const type = input.text("type");
        const records = phone.records().filter((one) => one.type === type);
        return { records: records.map((one) => ({ ...one, id: b64(unhex(one.id)), fields: fieldsJson(one.fields) })) };
      }
      case "unsent":
        return { unsent: phone.unsent };
      case "sync":
        await phone.sync();
        return {};
      case "link":
        return { ticket: await linkTicket(phone) };
      case "status":
        return { notices: [] };
      default:
        throw new Refused("unknown-command");
    }
  }
}
