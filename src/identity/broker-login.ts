// The gateway's own login towards a broker: which credential, and the conversation. Passwords leave this file only as
// SASL bytes for the broker. Sources: RFC 4616 (PLAIN), scram.ts (SCRAM).
import { randomBytes } from "node:crypto";
import { assertNever } from "../base/assert.ts";
import { LockkeeperError } from "../base/errors.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { Identity } from "../model/identity.ts";
import {
  type ClientKeys,
  clientFinal,
  clientFirstBare,
  clientKeys,
  isServerFinal,
  parseServerFirst,
  type ScramDigest,
  scramKeys,
} from "./scram.ts";

export type BrokerLogin =
  | { readonly mechanism: "none" }
  | {
      readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
      readonly username: string;
      readonly password: Sensitive<string>;
    };

/** Gives callers of any of these groups a broker account of their own. */
export interface LoginRule {
  readonly match: { readonly groups: readonly string[] };
  readonly login: BrokerLogin;
}

/** The same shape as the protocols' LoginClient; said again here because identity and protocols do not import each other. */
export interface LoginConversation {
  readonly mechanism: string;
  /** Rejects with `broker-login-failed`. The broker's last message must be given in too: it holds the proof that it is the broker. */
  step(challenge: Buffer | null): Promise<Buffer | null>;
}

/** The first rule that matches one of the caller's groups, else the cluster's own login. `identity` is null for the gateway itself. */
export function chooseLogin(
  cluster: { readonly login: BrokerLogin; readonly logins: readonly LoginRule[] },
  identity: Identity | null,
): BrokerLogin {
  const groups = new Set(identity?.groups ?? []);
  const rule = cluster.logins.find((candidate) => candidate.match.groups.some((group) => groups.has(group)));
  return rule?.login ?? cluster.login;
}

/** One conversation for one connection; null where the broker asks for no login. `nonce` is for tests. */
export function createLoginClient(login: BrokerLogin, nonce?: string): LoginConversation | null {
  switch (login.mechanism) {
    case "none":
      return null;
    case "plain":
      return plainClient(login.username, login.password);
    case "scram-sha-256":
      return scramClient("SCRAM-SHA-256", "sha256", login.username, login.password, nonce ?? newNonce());
    case "scram-sha-512":
      return scramClient("SCRAM-SHA-512", "sha512", login.username, login.password, nonce ?? newNonce());
    default:
      return assertNever(login);
  }
}

function newNonce(): string {
  return randomBytes(24).toString("base64url");
}

function plainClient(username: string, password: Sensitive<string>): LoginConversation {
  return {
    mechanism: "PLAIN",
    step: async (challenge) => (challenge === null ? Buffer.from(`\0${username}\0${password.reveal()}`) : null),
  };
}

/** Salting costs milliseconds, and a broker keeps its salt: the keys of a password are remembered as long as it is configured. */
const saltedKeys = new WeakMap<Sensitive<string>, { readonly salting: string; readonly keys: ClientKeys }>();

async function keysOf(
  digest: ScramDigest,
  password: Sensitive<string>,
  salt: Buffer,
  iterations: number,
): Promise<ClientKeys> {
  const salting = `${digest}:${iterations}:${salt.toString("base64")}`;
  const known = saltedKeys.get(password);
  if (known?.salting === salting) return known.keys;
  const keys = clientKeys(digest, await scramKeys(digest, password.reveal(), salt, iterations));
  saltedKeys.set(password, { salting, keys });
  return keys;
}

function scramClient(
  mechanism: string,
  digest: ScramDigest,
  username: string,
  password: Sensitive<string>,
  nonce: string,
): LoginConversation {
  const bare = clientFirstBare(username, nonce);
  let stage: "start" | "server-first" | "server-final" | "over" = "start";
  let expected: Buffer | null = null;

  const refuse = (reason: string) => new LockkeeperError("broker-login-failed", `${mechanism}: ${reason}`);

  async function answerFirst(text: string): Promise<Buffer> {
    const first = parseServerFirst(text, nonce);
    if (typeof first === "string") throw refuse(first);
    const keys = await keysOf(digest, password, first.salt, first.iterations);
    const final = clientFinal(digest, keys, bare, text, first.nonce);
    expected = final.serverSignature;
    stage = "server-final";
    return Buffer.from(final.message);
  }

  return {
    mechanism,
    async step(challenge) {
      const was = stage;
      stage = "over";
      if (was === "start" && challenge === null) {
        stage = "server-first";
        return Buffer.from(`n,,${bare}`);
      }
      if (challenge === null || was === "over" || was === "start") throw refuse("the conversation is out of step");
      const text = challenge.toString();
      if (text.startsWith("e=")) throw refuse("the broker refused the credential");
      if (was === "server-first") return answerFirst(text);
      if (expected === null || !isServerFinal(text, expected))
        throw refuse("the broker did not prove that it knows the password");
      return null;
    },
  };
}
