// Many connections at once: 5,000 that come together, stay silent, half send a frame's beginning and vanish. The gateway serves who has logged in
// all the while, keeps to its bounds, and is as before when they are gone.

import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire } from "../support/wire.ts";

const connections = 5_000;
const connectionsMax = 4_000;
const waveSize = 250;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    withoutPolicies: ["approvals.rego", "approvals_test.rego"],
    sections: { limits: { connections: connectionsMax } },
  });
});
afterAll(() => rig?.stop());

function rssMiB(pid: number): number {
  const pages = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(pages) / 1024;
}

const port = () => Number(rig.gateway().bootstrap.split(":")[1]);

async function details(): Promise<{ sessions: number; audit: string }> {
  const answer = await fetch(`http://${rig.gateway().ready.control}/health/ready`);
  return (await answer.json()) as { sessions: number; audit: string };
}

function open(): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: port() });
    socket.once("connect", () => resolve(socket)).once("error", () => resolve(null));
  });
}

it("serves who is there, closes what is too much, and forgets it all", { timeout: 120_000 }, async () => {
  const wire = await openWire(rig.gateway().bootstrap);
  expect(await wire.login("alice", rig.passwordOf("alice"))).toBe(0);
  const before = rssMiB(rig.gateway().pid);
  const sockets: Socket[] = [];
  // not counted by events: one that is closed at once is so before its wave is whole
  const closed = () => sockets.filter(({ destroyed }) => destroyed).length;
  for (let made = 0; made < connections; made += waveSize) {
    const wave = await Promise.all(Array.from({ length: waveSize }, open));
    for (const socket of wave) {
      if (!socket) continue;
      sockets.push(socket);
      socket.on("error", () => {});
      socket.resume();
      if (sockets.length % 2 === 0) socket.write(Buffer.from([0, 0, 1, 0, 0, 3]));
    }
    await wire.ask(metadata, 12, { topics: [] });
  }
  expect(sockets.length).toBe(connections);
  // those beyond the limit are closed; on a slow machine also the first of the silent ones, whose time to log in is over
  await eventually(() => closed() >= connections - (connectionsMax - 1), {
    what: "the end of those that are too much",
  });
  expect((await details()).sessions).toBeLessThanOrEqual(connectionsMax);
  const grown = rssMiB(rig.gateway().pid) - before;
  // a connection that has said nothing costs a session, its events and its recording's head: 100 KiB are plenty
  expect(grown).toBeLessThan((connectionsMax * 100) / 1024);

  for (const socket of sockets) socket.resetAndDestroy();
  await eventually(async () => (await details()).sessions === 1, {
    deadlineMs: 60_000,
    what: "the end of all sessions",
  });
  expect((await details()).audit).toBe("writable");
  expect((await wire.ask(metadata, 12, { topics: [] })).brokers.length).toBeGreaterThan(0);
  const again = await openWire(rig.gateway().bootstrap);
  expect(await again.login("alice", rig.passwordOf("alice"))).toBe(0);
  wire.close();
  again.close();
});
