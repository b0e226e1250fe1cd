// A session whose client was identified by the transport: no SASL comes, and nothing passes before the login is on record.
import { expect, it } from "vitest";
import type { Identity } from "../../../src/model/identity.ts";
import { eventually } from "../../support/wait.ts";
import { startGateway } from "./gateway-in-test.ts";
import { beat, errorOf, script } from "./traffic-in-test.ts";

const identity: Identity = {
  principal: "orders",
  groups: ["services"],
  mechanism: "mtls",
  issuer: "CN=Test CA",
  claims: {},
  expiresAt: null,
};

it("serves the first request of a client whose certificate is its login", async () => {
  await using gateway = await startGateway(script, { transportLogin: { kind: "success", identity } });
  const client = await gateway.client();
  client.send(beat("g", 1));
  expect(errorOf(await client.answer())).toBe(0);
  expect(gateway.sessions[0]?.identity).toEqual(identity);
  expect(gateway.codes().slice(0, 2)).toEqual(["session.started", "session.authenticated"]);
});

it("closes one that the certificate does not let in, with the reason on record, and asks the broker nothing", async () => {
  const refusal = { kind: "failure", reason: "no entry matches", claimed: "CN=x" } as const;
  await using gateway = await startGateway(script, { transportLogin: refusal });
  const client = await gateway.client();
  client.send(beat("g", 1));
  await client.closed;
  await eventually(() => gateway.lastWords() !== undefined);
  expect(gateway.lastWords()).toBe("session.ended: authentication failed");
  expect(gateway.events.find(({ code }) => code === "session.authentication-failed")?.details).toMatchObject({
    reason: "no entry matches",
    claimed: "CN=x",
    mechanism: "mtls",
  });
  expect(gateway.codes()).not.toContain("session.authenticated");
});

it("closes one when its certificate ends: there is no message to log in again with", async () => {
  const transportLogin = { kind: "success", identity: { ...identity, expiresAt: 1_000_100 } } as const;
  await using gateway = await startGateway(script, { transportLogin });
  const client = await gateway.client();
  client.send(beat("g", 1));
  await client.answer();
  gateway.clock.advance(1_000);
  client.send(beat("g", 2));
  await client.closed;
  await eventually(() => gateway.lastWords() !== undefined);
  expect(gateway.lastWords()).toBe("session.aborted: the login has expired");
});
