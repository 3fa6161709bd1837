/** Whether a text is an origin (docs/protocol/2-keys.md, *Tickets*); a stricter reader would part with the others. */
export function isOrigin(address: string): boolean {
  return address.length <= 200 && /^https?:\/\/[A-Za-z0-9.\-[\]:]+$/.test(address);
}
