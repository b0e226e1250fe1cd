// Private keys: PEM blocks (RFC 7468, OpenSSH, PGP) and PuTTY's files. A block without its end was cut off, so everything behind its beginning is the key.
import type { Detector, Finding } from "./detector.ts";

const begin = "-----BEGIN ";
const label = /([A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?)-----/y;
const putty = "PuTTY-User-Key-File-";

export const privateKey: Detector = {
  name: "private-key",
  find(text) {
    const found: Finding[] = [];
    const puttyAt = text.indexOf(putty);
    const stop = puttyAt === -1 ? text.length : puttyAt;
    for (let start = text.indexOf(begin); start !== -1 && start < stop; ) {
      label.lastIndex = start + begin.length;
      const name = label.exec(text)?.[1];
      const from = name === undefined ? start + begin.length : label.lastIndex;
      if (name !== undefined) {
        const end = blockEnd(text, from, name);
        found.push({ start, end });
        if (end === text.length) return found;
      }
      start = text.indexOf(begin, found.at(-1)?.end ?? from);
      if (start !== -1 && start < from) start = text.indexOf(begin, from);
    }
    if (puttyAt !== -1 && puttyAt >= (found.at(-1)?.end ?? 0)) found.push({ start: puttyAt, end: text.length });
    return found;
  },
};

function blockEnd(text: string, from: number, name: string): number {
  const end = `-----END ${name}-----`;
  const at = text.indexOf(end, from);
  return at === -1 ? text.length : at + end.length;
}
