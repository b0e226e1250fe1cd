// How Slack's side hands something to the app: the envelope that both ways carry, and the way by signed HTTP. Socket Mode is in socket.ts.
// Source: Slack's "Verifying requests from Slack", "Using Socket Mode".
import { createHmac, randomUUID } from "node:crypto";

/** Slack shows the person a warning sign after 3 s. */
export const ackMsMax = 3_000;

export interface Envelope {
  readonly envelope_id: string;
  readonly type: "interactive" | "slash_commands" | "events_api";
  readonly accepts_response_payload: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface DeliveryAnswer {
  /** False: the person would see a warning sign. */
  readonly acknowledged: boolean;
  /** What the app answered with its acknowledgement; null for nothing. */
  readonly body: unknown;
}

export const notAcknowledged: DeliveryAnswer = { acknowledged: false, body: null };

export interface Delivery {
  deliver(envelope: Envelope): Promise<DeliveryAnswer>;
}

export function envelope(type: Envelope["type"], payload: Envelope["payload"]): Envelope {
  return { envelope_id: randomUUID(), type, accepts_response_payload: type !== "events_api", payload };
}

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The very request that Slack sends for an envelope. `atSeconds` since 1970. */
export function signedRequest({ type, payload }: Envelope, signingSecret: string, atSeconds: number): SignedRequest {
  const json = type === "events_api";
  const body = json ? JSON.stringify(payload) : new URLSearchParams(formOf(type, payload)).toString();
  const signature = createHmac("sha256", signingSecret).update(`v0:${atSeconds}:${body}`).digest("hex");
  return {
    headers: {
      "content-type": json ? "application/json" : "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": String(atSeconds),
      "x-slack-signature": `v0=${signature}`,
    },
    body,
  };
}

/** Commands come as a form, everything else that is interactive as JSON inside one. */
function formOf(type: Envelope["type"], payload: Envelope["payload"]): Record<string, string> {
  if (type === "interactive") return { payload: JSON.stringify(payload) };
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)]));
}

export interface HttpDelivery extends Delivery {
  /** Sends a request as it is, once more or forged. @returns the status, and the body */
  send(request: SignedRequest): Promise<{ readonly status: number; readonly body: unknown }>;
}

export function deliverByHttp(url: string, signingSecret: string): HttpDelivery {
  const send = async ({ headers, body }: SignedRequest) => {
    const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(ackMsMax + 500) });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? null : bodyOf(text) };
  };
  return {
    send,
    async deliver(message) {
      const request = signedRequest(message, signingSecret, Math.floor(Date.now() / 1_000));
      const answer = await send(request).catch(() => null);
      return answer === null || answer.status !== 200 ? notAcknowledged : { acknowledged: true, body: answer.body };
    },
  };
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
