/** The input of a case, as JSON gives it: bytes are hexadecimal, cursors are [position, head]. */
import { type Bytes, unhex } from "../core/bytes.js";
import { decode, type Value } from "../core/encoding.js";
import { Entry } from "../core/entry.js";
import type { Cursor } from "../core/shape.js";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export class Input {
  private readonly fields: { [name: string]: Json };

  constructor(json: Json) {
    if (json === null || typeof json !== "object" || Array.isArray(json)) throw new TypeError("not an object");
    this.fields = json;
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  json(name: string): Json {
    const value = this.fields[name];
    if (value === undefined) throw new TypeError(`no ${name}`);
    return value;
  }

  bytes(name: string): Bytes {
    return bytesOf(this.json(name));
  }

  text(name: string): string {
    const value = this.json(name);
    if (typeof value !== "string") throw new TypeError(`${name} is no text`);
    return value;
  }

  int(name: string): number {
    const value = this.json(name);
    if (typeof value !== "number") throw new TypeError(`${name} is no number`);
    return value;
  }

  bool(name: string): boolean {
    return this.json(name) === true;
  }

  cursor(name: string): Cursor {
    return cursorOf(this.json(name));
  }

  list(name: string): Json[] {
    return listOf(this.json(name));
  }

  inputs(name: string): Input[] {
    return this.list(name).map((one) => new Input(one));
  }

  input(name: string): Input {
    return new Input(this.json(name));
  }

  names(): string[] {
    return Object.keys(this.fields);
  }

  /** Header, signature and body; a body left out, or null, is a body that is missing. */
  entry(): Entry {
    return new Entry(this.bytes("header"), this.bytes("signature"), this.has("body") ? this.bytes("body") : null);
  }

  entries(name: string): Entry[] {
    return this.inputs(name).map((one) => one.entry());
  }
}

export function listOf(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value;
}

export function bytesOf(value: Json | undefined): Bytes {
  if (typeof value !== "string") throw new TypeError("not bytes");
  return unhex(value);
}

export function cursorOf(value: Json | undefined): Cursor {
  const [position, head] = listOf(value);
  if (typeof position !== "number") throw new TypeError("no position");
  return { position, head: bytesOf(head) };
}

/** A value of a record's field: its encoding in hexadecimal. */
export const valueOf = (json: Json): Value => decode(bytesOf(json));
