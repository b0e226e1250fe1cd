// Who is given a connection, over real sockets: whoever has the fewest, chance between equals, nobody who has left.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { FrontDoor } from "../../../../src/app/workers/front-door.ts";
import { eventually } from "../../../support/wait.ts";

const host = "127.0.0.1";
const key = `${host}:0#1`;
const sockets: Socket[] = [];
let door: FrontDoor | null = null;
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const slot of [1, 2, 3]) door?.left(slot);
});

/** `loads` by slot; `handed` says who was given a connection, in order. */
function given(loads: Record<number, number>, random: () => number = () => 0) {
  const handed: { slot: number; socket: Socket; done: (error: Error | null) => void }[] = [];
  door = new FrontDoor(
    (slot) => ({
      load: () => loads[slot] ?? 0,
      hand(_, socket, done) {
        loads[slot] = (loads[slot] ?? 0) + 1;
        sockets.push(socket);
        handed.push({ slot, socket, done });
      },
    }),
    random,
  );
  return { door, handed };
}

async function come(port: number): Promise<Socket> {
  const socket = connect({ host, port });
  sockets.push(socket.on("error", () => {}).resume());
  await once(socket, "connect");
  return socket;
}

it("gives a connection to the worker that has the fewest", async () => {
  const { door: front, handed } = given({ 1: 2, 2: 0, 3: 1 });
  const port = await front.open(1, key, host, 0);
  expect(await Promise.all([front.open(2, key, host, 0), front.open(3, key, host, 0)])).toEqual([port, port]);
  for (const count of [1, 2, 3]) {
    await come(port);
    await eventually(() => handed.length === count);
  }
  expect(handed.map(({ slot }) => slot)).toEqual([2, 2, 3]);
});

it("lets chance decide between equals, so that the second connection of each client is not always the same worker's", async () => {
  const draws = [0.9, 0, 0, 0.9];
  const { door: front, handed } = given({}, () => draws.shift() ?? 0);
  const port = await front.open(1, key, host, 0);
  await front.open(2, key, host, 0);
  for (const count of [1, 2, 3, 4]) {
    await come(port);
    await eventually(() => handed.length === count);
  }
  expect(handed.map(({ slot }) => slot)).toEqual([2, 1, 1, 2]);
});

it("forgets a worker that has left, and ends what was on its way to it", async () => {
  const { door: front, handed } = given({ 2: 5 });
  const port = await front.open(1, key, host, 0);
  await front.open(2, key, host, 0);
  const lost = await come(port);
  await eventually(() => handed.length === 1);
  front.left(1);
  await once(lost, "close");
  const kept = await come(port);
  await eventually(() => handed.length === 2);
  handed[1]?.done(null);
  front.left(1);
  expect([handed[1]?.slot, handed[1]?.socket.destroyed, kept.destroyed]).toEqual([2, false, false]);
});

it("closes a port with the last worker that has it, and says why one cannot be opened", async () => {
  const { door: front } = given({});
  const port = await front.open(1, key, host, 0);
  await front.open(2, key, host, 0);
  front.close(1, key);
  await expect(front.open(3, "another", host, port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  front.left(2);
  await eventually(async () => {
    const socket = connect({ host, port });
    const refused = await new Promise((resolve) =>
      socket.once("error", () => resolve(true)).once("connect", () => resolve(false)),
    );
    socket.destroy();
    return refused === true;
  });
});
