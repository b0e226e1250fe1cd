// Every login mechanism, in conversations that are right but for damage to one message: it never throws, never lets in who is not right, and ends.
import { Sensitive } from "../../../src/base/sensitive.ts";
import { createAccounts } from "../../../src/identity/accounts.ts";
import { type BrokerLogin, createLoginClient } from "../../../src/identity/broker-login.ts";
import type { Mechanism } from "../../../src/identity/mechanism.ts";
import { createMechanisms, type MechanismParts, mechanismNames } from "../../../src/identity/mechanisms/index.ts";
import { createScramAccounts } from "../../../src/identity/scram-accounts.ts";
import { mutated } from "../mutate.ts";
import { type Random, randomOf } from "../random.ts";
import { type FuzzTarget, finding, wordsOf } from "../target.ts";

const [name, password, token] = ["alice", "wonderland", "abc.def.ghi"];
const accounts = createAccounts([{ name, password: new Sensitive(password), groups: [] }]);
const identity = { principal: name, groups: [], mechanism: "oauthbearer", issuer: "i", claims: {}, expiresAt: null };
const parts: MechanismParts = {
  accounts,
  // Few iterations: it is not the derivation that is fuzzed
  scram: createScramAccounts(accounts, 4_096),
  tokens: {
    verify: async (given) =>
      given === token ? { ok: true, identity } : { ok: false, reason: "another token", claimed: null },
  },
};

/** The client's next message, for the server's last; null when it has nothing more to say. */
type Client = (challenge: Buffer | null) => Promise<Buffer | null>;

function clientOf(mechanism: string): Client {
  if (mechanism === "OAUTHBEARER") {
    const first = Buffer.from(`n,,\x01auth=Bearer ${token}\x01\x01`);
    return async (challenge) => (challenge === null ? first : Buffer.of(1));
  }
  const login = {
    mechanism: mechanism.toLowerCase(),
    username: name,
    password: new Sensitive(password),
  } as BrokerLogin;
  const client = createLoginClient(login);
  return async (challenge) => (await client?.step(challenge)) ?? null;
}

/** Two messages may differ and mean the same, to whoever reads them: only these are right. */
function isRight(mechanism: string, damaged: Buffer, original: Buffer): boolean {
  if (damaged.equals(original)) return true;
  const text = damaged.toString("latin1");
  if (mechanism === "PLAIN") return text === `${name}\0${name}\0${password}` || text === `\0${name}\0${password}`;
  if (mechanism === "OAUTHBEARER") {
    return text.split("\x01").some((pair) => /^auth=\s*bearer +abc\.def\.ghi\s*$/i.test(pair));
  }
  // bits of the last letter of base64 that stand for nothing
  const [saidProof, proof] = [damaged, original].map((each) => each.toString("latin1").split(",p="));
  const isSame = (at: number) =>
    Buffer.from(saidProof?.[at] ?? "", "base64").equals(Buffer.from(proof?.[at] ?? "", "base64"));
  return proof?.length === 2 && saidProof?.length === 2 && saidProof[0] === proof[0] && isSame(1);
}

async function converse(mechanism: Mechanism, damageAt: number, random: Random): Promise<string> {
  const [server, client] = [mechanism.start(), clientOf(mechanism.name)];
  let challenge: Buffer | null = null;
  let right = true;
  for (let turn = 0; turn < 6; turn++) {
    const original: Buffer | null = await client(challenge).catch(() => null);
    if (original === null) return `${mechanism.name} left at ${turn}`;
    const said: Buffer = turn === damageAt ? mutated(original, random, original) : original;
    right &&= isRight(mechanism.name, said, original);
    const result = await server.step(said);
    if (result.kind === "success") {
      if (!right) finding(`${mechanism.name} let in ${said.toString("hex")} for ${original.toString("hex")}`);
      if (result.identity.principal !== name) finding(`${mechanism.name} took it for ${result.identity.principal}`);
      return `${mechanism.name} success`;
    }
    if (result.kind === "failure") return `${mechanism.name} failure at ${turn}: ${wordsOf(result.reason)}`;
    challenge = result.bytes;
  }
  return finding(`${mechanism.name} goes on for ever`);
}

export const logins: FuzzTarget = {
  name: "logins",
  what: "every SASL mechanism with one damaged message: never lets in who is not right, never throws, ends",
  start() {
    const all = [...createMechanisms(mechanismNames, parts).values()];
    return {
      sample: (random) => random.bytes(6),
      run(input) {
        const random = randomOf(input.length < 4 ? input.length : input.readUInt32BE(0));
        const mechanism = random.pick(all);
        // OAUTHBEARER and PLAIN say one thing, SCRAM two
        return converse(mechanism, random.int(2), random);
      },
      async [Symbol.asyncDispose]() {},
    };
  },
};
