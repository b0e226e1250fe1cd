// TLS towards clients and towards brokers, from the configuration's files. Files that change are taken up without a restart: new
// connections use them, those that stand keep what they began with. New files that are not usable leave the old ones in place.
import type { Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { readTlsFiles, type TlsFiles, type TlsMaterial } from "../config/tls-files.ts";
import { watchFiles } from "./watch-files.ts";

export interface Tls {
  readonly current: TlsMaterial;
  /** In words, for health: how long the certificate is valid, and why newer files were refused. */
  state(): string;
}

export interface TlsParts {
  /** The place in the configuration: `listeners[0].tls`. */
  readonly name: string;
  readonly files: TlsFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of new material that is usable, before `current` gives it out. */
  readonly changed?: (material: TlsMaterial) => Promise<void>;
}

/** Reads and watches. Rejects with `config-invalid` when the files are not usable; an expired certificate only warns at the start. */
export async function openTls(parts: TlsParts, stack: AsyncDisposableStack): Promise<Tls> {
  const { name, files, clock, log } = parts;
  const first = readTlsFiles(files);
  if (typeof first === "string") throw new LockkeeperError("config-invalid", `${name}: ${first}`);
  let current = first;
  let refused: string | null = null;
  const expired = ({ notAfter }: TlsMaterial) => notAfter !== null && notAfter <= clock.now();
  if (expired(first)) log.warn({ path: name, reason: "it has expired" }, "TLS certificate is not valid");

  function refuse(reason: string): void {
    refused = reason;
    log.error({ path: name, reason }, "new TLS files refused, the old ones stay");
  }

  async function reload(): Promise<void> {
    const material = readTlsFiles(files);
    if (typeof material === "string") return refuse(material);
    if (expired(material)) return refuse("the certificate has expired");
    try {
      await parts.changed?.(material);
    } catch (error) {
      return refuse(describeError(error));
    }
    current = material;
    refused = null;
    log.info({ path: name, reason: validity(material) }, "TLS files reloaded");
  }

  const paths = [files.cert, files.key, files.ca].filter((path) => path !== null);
  stack.defer(await watchFiles(paths, clock, reload));
  return {
    get current() {
      return current;
    },
    state: () =>
      refused === null ? validity(current) : `new files refused: ${refused}; the old ones: ${validity(current)}`,
  };
}

function validity({ notAfter }: TlsMaterial): string {
  return notAfter === null ? "in use" : `valid until ${new Date(notAfter).toISOString()}`;
}
