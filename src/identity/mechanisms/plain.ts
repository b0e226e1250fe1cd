// SASL/PLAIN for local accounts. Source: RFC 4616. Message: [authzid] NUL authcid NUL passwd, in UTF-8.
// An unknown name costs the same work as a wrong password, so that timing does not tell which names exist.
import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from "node:crypto";
import { type Accounts, accountIdentity } from "../accounts.ts";
import { claimedName } from "../claimed.ts";
import type { Mechanism, MechanismExchange, MechanismResult } from "../mechanism.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface PlainMessage {
  readonly authzid: string;
  readonly authcid: string;
  readonly passwd: string;
}

/** Null unless there are exactly three parts, valid UTF-8, with a name and a password. */
export function parsePlain(bytes: Buffer): PlainMessage | null {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return null;
  }
  const [authzid, authcid, passwd, more] = text.split("\0");
  if (authzid === undefined || !authcid || !passwd || more !== undefined) return null;
  return { authzid, authcid, passwd };
}

export function plain(accounts: Accounts): Mechanism {
  // Digests under a key of this process have equal length whatever the passwords' lengths, and cannot be prepared for. A KeyObject: with a key in a
  // Buffer each digest costs five times as much.
  const key = createSecretKey(randomBytes(32));
  const digest = (password: string) => createHmac("sha256", key).update(password).digest();
  // All at once, whoever is asked for first: what a login costs does not tell whether the account was ever used.
  const digests = new Map(accounts.all.map(({ name, password }) => [name, digest(password.reveal())]));
  const nobody = randomBytes(32);

  function check(bytes: Buffer): MechanismResult {
    const message = parsePlain(bytes);
    if (message === null) return failure("the PLAIN message is malformed", null);
    const account = accounts.find(message.authcid);
    const expected = digests.get(message.authcid) ?? nobody;
    const matches = timingSafeEqual(digest(message.passwd), expected);
    const claimed = claimedName(message.authcid);
    if (account === null) return failure("there is no such account", claimed);
    if (!matches) return failure("the password is wrong", claimed);
    // Acting for somebody else is a right of its own that nobody has here.
    if (message.authzid !== "" && message.authzid !== message.authcid)
      return failure("the authorization id differs from the account's name", claimed);
    return { kind: "success", bytes: Buffer.alloc(0), identity: accountIdentity(account, "plain") };
  }

  function start(): MechanismExchange {
    let done = false;
    return {
      async step(bytes) {
        if (done) return failure("the PLAIN exchange is over", null);
        done = true;
        return check(bytes);
      },
    };
  }
  return { name: "PLAIN", start };
}

function failure(reason: string, claimed: string | null): MechanismResult {
  return {
    kind: "failure",
    bytes: null,
    message: "Authentication failed: invalid username or password.",
    reason,
    claimed,
  };
}
