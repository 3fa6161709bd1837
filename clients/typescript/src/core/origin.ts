/** `scheme://host[:port]`, at most 200 characters; no path, no user, nothing behind it. */
export function isOrigin(address: string): boolean {
  return address.length <= 200 && /^https?:\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$/.test(address);
}
