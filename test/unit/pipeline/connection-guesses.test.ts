// Many connections of one address that guess passwords at once, and a neighbour behind it who knows hers.
import { expect, it } from "vitest";
import { eventually } from "../../support/wait.ts";
import { type GatewayInTest, startGateway } from "./gateway-in-test.ts";
import { script } from "./traffic-in-test.ts";

const failureDelayMs = 5_000;
const start = () => startGateway(script, { failureDelayMs, loginsAtOnceMax: 3 });
const looked = ({ events }: GatewayInTest) =>
  events.filter(({ code }) => code === "session.authentication-failed").length;

/** Resolves once the gateway has read all of them. */
async function guess(gateway: GatewayInTest, count: number): Promise<{ readonly answers: Promise<number>[] }> {
  const clients = await Promise.all(Array.from({ length: count }, () => gateway.client()));
  const answers = clients.map((client) => client.login("alice", "wrong"));
  for (const answer of answers) answer.catch(() => {});
  await eventually(() => gateway.sockets.filter(({ bytesRead }) => bytesRead > 50).length === count);
  return { answers };
}

it("guesses at once are looked at a few at a time, whatever the number of connections", async () => {
  await using gateway = await start();
  const { answers } = await guess(gateway, 8);
  await eventually(() => looked(gateway) === 3);
  for (const seen of [6, 8]) {
    gateway.clock.advance(failureDelayMs - 1);
    expect(looked(gateway)).toBe(seen === 6 ? 3 : 6);
    gateway.clock.advance(1);
    await eventually(() => looked(gateway) === seen);
  }
  gateway.clock.advance(failureDelayMs);
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 8 }, () => 58));
});

it("a neighbour who knows her password gets in at once beside a few that fail", async () => {
  await using gateway = await start();
  await guess(gateway, 2);
  await eventually(() => looked(gateway) === 2);
  expect(await (await gateway.client()).login()).toBe(0);
});

it("a neighbour gets in after those before her where many fail, and is not refused", async () => {
  await using gateway = await start();
  await guess(gateway, 3);
  await eventually(() => looked(gateway) === 3);
  const login = (await gateway.client()).login();
  await eventually(() => (gateway.sockets[3]?.bytesRead ?? 0) > 50);
  expect(gateway.codes()).not.toContain("session.authenticated");
  gateway.clock.advance(failureDelayMs);
  expect(await login).toBe(0);
});

it("those that leave while they wait are never looked at", async () => {
  await using gateway = await start();
  await guess(gateway, 6);
  await eventually(() => looked(gateway) === 3);
  for (const socket of gateway.sockets) socket.destroy();
  await eventually(() => gateway.ended.count > 0);
  gateway.clock.advance(failureDelayMs);
  await eventually(() => gateway.ended.count === 6);
  expect(looked(gateway)).toBe(3);
});
