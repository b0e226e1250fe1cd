// Reads and writes the tar files that OPA bundles are: regular files only, nothing is written to disk. Source: POSIX ustar.
import { gunzipSync, gzipSync } from "node:zlib";
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";

const blockBytes = 512;
const typeFile = new Set(["0", "\0"]);

/** Names lose a leading slash. Throws LockkeeperError `policy-invalid` for anything that is not a small gzipped tar. */
export function readTarGz(
  archive: Uint8Array,
  bytesMax: number = 16 * limits.policySourceBytesMax,
): Map<string, Buffer> {
  let tar: Buffer;
  try {
    tar = gunzipSync(archive, { maxOutputLength: bytesMax });
  } catch (cause) {
    throw new LockkeeperError("policy-invalid", "the policy bundle is not a gzipped tar or is too large", { cause });
  }
  const files = new Map<string, Buffer>();
  for (let at = 0; at + blockBytes <= tar.length; ) {
    const header = tar.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(text(header, 124, 12).trim() || "0", 8);
    if (!Number.isInteger(size) || size < 0 || at + blockBytes + size > tar.length) {
      throw new LockkeeperError("policy-invalid", "the policy bundle is cut off");
    }
    const prefix = text(header, 345, 155);
    const name = (prefix === "" ? "" : `${prefix}/`) + text(header, 0, 100);
    const body = tar.subarray(at + blockBytes, at + blockBytes + size);
    if (typeFile.has(String.fromCharCode(header[156] ?? 0))) files.set(name.replace(/^\.?\//, ""), body);
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
  }
  return files;
}

/** Equal files give equal bytes: no time, no owner. Names must fit in 100 bytes. */
export function writeTarGz(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const pieces: Uint8Array[] = [];
  for (const [name, body] of files) {
    const header = Buffer.alloc(blockBytes);
    header.write(name, 0, 100);
    header.write("0000644\0" + "0000000\0".repeat(2), 100);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0`, 124);
    header.write("        0", 148);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    pieces.push(header, body, Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes));
  }
  pieces.push(Buffer.alloc(2 * blockBytes));
  return gzipSync(Buffer.concat(pieces));
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? length : end);
}
