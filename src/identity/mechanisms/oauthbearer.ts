// SASL/OAUTHBEARER. Source: RFC 7628, with what Kafka makes of it: KIP-255 (the client's response), KIP-342 (extensions).
// Client: `n,[a=authzid],` 0x01 `auth=Bearer TOKEN` 0x01 (key=value 0x01)* 0x01. A bad token is answered with a JSON challenge,
// to which the client says 0x01, and only then with the failure. Never logs or returns any part of a token.
import type { Mechanism, MechanismExchange, MechanismResult } from "../mechanism.ts";
import type { TokenVerifier } from "../tokens.ts";

const separator = "\x01";
const pairPattern = /^([A-Za-z]+)=([\x21-\x7e \t\r\n]*)$/;
const bearerPattern = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const invalidToken = Buffer.from('{"status":"invalid_token"}');

export interface BearerMessage {
  /** `""` when none was sent. */
  readonly authzid: string;
  readonly token: string;
  /** KIP-342: said by the client, proved by nobody. Nothing reads them. */
  readonly extensions: ReadonlyMap<string, string>;
}

/** Returns why not, in words, when the bytes are not a client response. */
export function parseBearer(bytes: Buffer): BearerMessage | string {
  const text = bytes.toString("latin1");
  const [gs2, ...pairs] = text.split(separator);
  const header = /^n,(?:a=([^,]*))?,$/.exec(gs2 ?? "");
  if (header === null) return "the GS2 header is malformed or asks for channel binding";
  if (pairs.length < 3 || pairs.pop() !== "" || pairs.pop() !== "")
    return "the message is not closed by its separators";
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const [, key, value] = pairPattern.exec(pair) ?? [];
    if (key === undefined || value === undefined) return "a key-value pair is malformed";
    if (values.has(key)) return "a key is given twice";
    values.set(key, value);
  }
  const auth = values.get("auth");
  values.delete("auth");
  const token = bearerPattern.exec(auth?.trim() ?? "")?.[1];
  if (token === undefined) return "there is no bearer token";
  const authzid = decodeSaslName(header[1] ?? "");
  return authzid === null ? "the authorization id is malformed" : { authzid, token, extensions: values };
}

/** RFC 5801: `=2C` is a comma, `=3D` an equals sign; any other `=` is an error. */
function decodeSaslName(name: string): string | null {
  if (/=(?!2C|3D)/.test(name)) return null;
  return Buffer.from(name.replaceAll("=2C", ",").replaceAll("=3D", "="), "latin1").toString();
}

export function oauthbearer(tokens: TokenVerifier): Mechanism {
  return { name: "OAUTHBEARER", start: () => exchange(tokens) };
}

function exchange(tokens: TokenVerifier): MechanismExchange {
  let state: "response" | "dismissal" | "over" = "response";
  let pending = failure("the OAUTHBEARER exchange is over", null);

  async function judge(bytes: Buffer): Promise<MechanismResult> {
    const message = parseBearer(bytes);
    if (typeof message === "string") return failure(message, null);
    const verdict = await tokens.verify(message.token);
    if (!verdict.ok) return failure(verdict.reason, verdict.claimed);
    const { identity } = verdict;
    if (message.authzid !== "" && message.authzid !== identity.principal)
      return failure("the authorization id differs from the token's principal", identity.principal);
    return { kind: "success", bytes: Buffer.alloc(0), identity };
  }

  return {
    async step(bytes) {
      const was = state;
      state = "over";
      if (was !== "response") return pending;
      const result = await judge(bytes);
      if (result.kind !== "failure") return result;
      // The client hears of the failure as RFC 7628 §3.2.3 has it. Whatever it says next, it fails for the first reason.
      pending = result;
      state = "dismissal";
      const { reason, claimed } = result;
      return { kind: "challenge", bytes: invalidToken, failed: { reason, claimed } };
    },
  };
}

function failure(reason: string, claimed: string | null): MechanismResult {
  return {
    kind: "failure",
    bytes: null,
    message: "Authentication failed: the token was not accepted.",
    reason,
    claimed,
  };
}
