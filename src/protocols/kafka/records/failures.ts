// The three ways in which records fail. Messages name structure and sizes, never content.
import { LockkeeperError } from "../../../base/errors.ts";

export function malformed(what: string, cause?: unknown): LockkeeperError {
  return new LockkeeperError("records-malformed", what, cause === undefined ? undefined : { cause });
}

export function tooLarge(bytesMax: number): LockkeeperError {
  return new LockkeeperError("records-too-large", `records grow beyond ${bytesMax} bytes`);
}

export function unsupported(what: string): LockkeeperError {
  return new LockkeeperError("codec-unsupported", what);
}
