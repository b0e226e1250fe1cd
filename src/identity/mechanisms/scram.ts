// SASL/SCRAM-SHA-256 and SCRAM-SHA-512 for local accounts. Sources: RFC 5802, RFC 7677; Kafka's ScramSaslServer for what it narrows.
// client first → server first (salt, iterations) → client's proof → server's signature. An unknown name is asked for a proof like
// any other and fails where a wrong password fails, with the same words: Kafka itself would tell at once.
import { randomBytes } from "node:crypto";
import { assertNever } from "../../base/assert.ts";
import { accountIdentity } from "../accounts.ts";
import { claimedName } from "../claimed.ts";
import type { Mechanism, MechanismExchange, MechanismResult } from "../mechanism.ts";
import type { ScramDigest } from "../scram.ts";
import type { ScramAccounts, ScramCredential } from "../scram-accounts.ts";
import { type ClientFirst, checkProof, parseClientFinal, parseClientFirst, serverFirst } from "../scram-server.ts";

const names: Record<ScramDigest, { readonly sasl: string; readonly ours: string }> = {
  sha256: { sasl: "SCRAM-SHA-256", ours: "scram-sha-256" },
  sha512: { sasl: "SCRAM-SHA-512", ours: "scram-sha-512" },
};

type Stage =
  | { readonly at: "first" }
  | {
      readonly at: "final";
      readonly first: ClientFirst;
      readonly credential: ScramCredential;
      readonly nonce: string;
      readonly challenge: string;
    }
  | { readonly at: "over" };

/** `nonce` makes the server's part of the nonce; for tests. */
export function scram(digest: ScramDigest, accounts: ScramAccounts, nonce: () => string = newNonce): Mechanism {
  const { sasl, ours } = names[digest];
  void accounts.prepare(digest);

  function start(): MechanismExchange {
    let stage: Stage = { at: "first" };

    async function answerFirst(bytes: Buffer): Promise<MechanismResult> {
      const first = parseClientFirst(bytes);
      if (typeof first === "string") return failure(sasl, first, null);
      const credential = await accounts.find(digest, first.username);
      const whole = first.nonce + nonce();
      const challenge = serverFirst(whole, credential.salt, credential.iterations);
      stage = { at: "final", first, credential, nonce: whole, challenge };
      return { kind: "challenge", bytes: Buffer.from(challenge) };
    }

    function judge(bytes: Buffer, was: Extract<Stage, { at: "final" }>): MechanismResult {
      const { first, credential } = was;
      const claimed = claimedName(first.username);
      const final = parseClientFinal(bytes, first.gs2, was.nonce);
      if (typeof final === "string") return failure(sasl, final, claimed);
      const signed = `${first.bare},${was.challenge},${final.withoutProof}`;
      const verifier = checkProof(digest, credential.keys, signed, final.proof);
      if (credential.account === null) return failure(sasl, "there is no such account", claimed);
      if (verifier === null) return failure(sasl, "the password is wrong", claimed);
      // Acting for somebody else is a right of its own that nobody has here.
      if (first.authzid !== "" && first.authzid !== first.username)
        return failure(sasl, "the authorization id differs from the account's name", claimed);
      return { kind: "success", bytes: verifier, identity: accountIdentity(credential.account, ours) };
    }

    return {
      async step(bytes) {
        const was = stage;
        stage = { at: "over" };
        switch (was.at) {
          case "first":
            return answerFirst(bytes);
          case "final":
            return judge(bytes, was);
          case "over":
            return failure(sasl, `the ${sasl} exchange is over`, null);
          default:
            return assertNever(was);
        }
      },
    };
  }
  return { name: sasl, start };
}

/** 144 bits: nobody may have seen it before. */
function newNonce(): string {
  return randomBytes(18).toString("base64url");
}

function failure(mechanism: string, reason: string, claimed: string | null): MechanismResult {
  return {
    kind: "failure",
    bytes: null,
    message: `Authentication failed: invalid credentials with SASL mechanism ${mechanism}.`,
    reason,
    claimed,
  };
}
