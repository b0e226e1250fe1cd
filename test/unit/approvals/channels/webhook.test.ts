// Webhooks: what is sent, that a receiver can check it by the specification, and that a step is the same message however often it is sent.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openWebhook, webhookName, webhookSignature } from "../../../../src/approvals/channels/webhook.ts";
import { type Log, silentLog } from "../../../../src/base/log.ts";
import { channelContext } from "../../../support/slack-context.ts";
import { approvalOf } from "../fixtures.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let url: string;
let received: Received[] = [];
let status = 204;
const secret = `whsec_${Buffer.from("a key of twenty-four byte").toString("base64")}`;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(status, status === 302 ? { location: `${url}/elsewhere` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/secret-path`;
});
afterAll(() => void server.close());
beforeEach(() => {
  received = [];
  status = 204;
});

/** As a receiver does it by the specification: standardwebhooks.com, "Verifying signatures". */
function isVerified({ headers, body }: Received): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const expected = createHmac("sha256", key).update(signed).digest();
  const [version, signature = ""] = String(headers["webhook-signature"]).split(",");
  const given = Buffer.from(signature, "base64");
  return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
}

test("the specification's own example gives its signature", () => {
  const body = '{"test": 2432232314}';

  const signature = webhookSignature(
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1_614_265_330,
    body,
  );

  expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("a step tells who wants what and who decides, under a signature that the receiver can check", async () => {
  const channel = openWebhook({ url, secret }, channelContext());

  await channel.notify(approvalOf());

  const [first] = received;
  expect(first !== undefined && isVerified(first)).toBe(true);
  expect(Math.abs(Number(first?.headers["webhook-timestamp"]) - Date.now() / 1_000)).toBeLessThan(5);
  expect(JSON.parse(first?.body ?? "")).toMatchObject({
    type: "approval.requested",
    data: {
      id: "apr_01test",
      state: "pending",
      principal: "alice",
      operation: "topic.delete",
      waitingFor: "kafka-admins",
    },
  });
});

test("the same step has the same id each time, another step another one", async () => {
  const channel = openWebhook({ url, secret }, channelContext());
  const approved = approvalOf({ state: "approved" });

  await channel.update(approved, "ref");
  await channel.update(approved, "ref");
  await channel.update({ ...approved, state: "used", result: "NONE" }, "ref");

  const ids = received.map(({ headers }) => headers["webhook-id"]);
  expect(ids[0]).toBe(ids[1]);
  expect(new Set(ids).size).toBe(2);
  expect(received.map(({ body }) => JSON.parse(body).type)).toEqual([
    "approval.approved",
    "approval.approved",
    "approval.used",
  ]);
});

test.each([500, 404, 302])(
  "an answer of %d is none: the step is sent again later, and to nobody else",
  async (answer) => {
    status = answer;
    const channel = openWebhook({ url, secret }, channelContext());

    await expect(channel.notify(approvalOf())).rejects.toThrow(`answered ${answer}`);
    expect(received).toHaveLength(1);
  },
);

test("a receiver that says it is gone for good is not asked for ever, and the log says so without its address", async () => {
  const lines: string[] = [];
  const log: Log = { ...silentLog, warn: (fields, message) => lines.push(JSON.stringify(fields) + message) };
  status = 410;

  await openWebhook({ url, secret }, channelContext({ log })).notify(approvalOf());

  expect(lines.join()).toContain("gone for good");
  expect(lines.join()).not.toContain("secret-path");
});

test("a channel's name is stable and gives no address away", () => {
  expect(webhookName(url)).toBe(webhookName(url));
  expect(webhookName(url)).toMatch(/^webhook-[0-9a-f]{8}$/);
});
