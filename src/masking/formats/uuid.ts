// UUIDs as text and as 16 bytes (RFC 9562). Pure.

export function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Null where the text is no UUID with its dashes. */
export function uuidBytes(text: string): Buffer | null {
  const isUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
  return isUuid ? Buffer.from(text.replaceAll("-", ""), "hex") : null;
}
