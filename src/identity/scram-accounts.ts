// What SCRAM keeps of local accounts: salts and stored keys, derived once for each account and digest. A name that nobody has gets
// a salt and keys too, of which the salt stays the same as long as this process lives: it cannot be told from a real one.
import { createHmac, randomBytes } from "node:crypto";
import { limits } from "../base/limits.ts";
import type { Accounts, LocalAccount } from "./accounts.ts";
import { hash, type ScramDigest, scramKeys } from "./scram.ts";
import type { StoredKeys } from "./scram-server.ts";

export interface ScramCredential {
  /** Null for a name that nobody has: then no proof is right. */
  readonly account: LocalAccount | null;
  readonly salt: Buffer;
  readonly iterations: number;
  readonly keys: StoredKeys;
}

export interface ScramAccounts {
  /** Waits until all accounts are derived, whoever is asked for: waiting must not tell which names exist. */
  find(digest: ScramDigest, name: string): Promise<ScramCredential>;
  /** Begins deriving, on the thread pool; a mechanism calls it when it is made, so that the first login does not wait. */
  prepare(digest: ScramDigest): Promise<ReadonlyMap<string, StoredKeys>>;
}

export function createScramAccounts(accounts: Accounts, iterations: number = limits.scramIterations): ScramAccounts {
  const secret = randomBytes(32);
  const derived = new Map<ScramDigest, Promise<ReadonlyMap<string, StoredKeys>>>();
  const made = (digest: ScramDigest, what: string, name: string) =>
    createHmac("sha512", secret).update(`${digest}\0${what}\0${name}`).digest();
  /** The same for real names and others, so that nothing in it can differ. */
  const saltOf = (digest: ScramDigest, name: string) => made(digest, "salt", name).subarray(0, limits.scramSaltBytes);

  async function derive(digest: ScramDigest): Promise<ReadonlyMap<string, StoredKeys>> {
    const all = new Map<string, StoredKeys>();
    // One after the other: the thread pool serves the disk as well.
    for (const { name, password } of accounts.all) {
      const keys = await scramKeys(digest, password.reveal(), saltOf(digest, name), iterations);
      all.set(name, { stored: hash(digest, keys.client), server: keys.server });
    }
    return all;
  }

  function prepare(digest: ScramDigest): Promise<ReadonlyMap<string, StoredKeys>> {
    const known = derived.get(digest);
    if (known) return known;
    const keys = derive(digest);
    derived.set(digest, keys);
    return keys;
  }

  return {
    prepare,
    async find(digest, name) {
      const known = (await prepare(digest)).get(name);
      const nobody = {
        stored: hash(digest, made(digest, "stored", name)),
        server: hash(digest, made(digest, "server", name)),
      };
      const account = known === undefined ? null : accounts.find(name);
      return { account, salt: saltOf(digest, name), iterations, keys: known ?? nobody };
    },
  };
}
