// A storm of reconnects, in a process of its own: so many clients at a time that connect, log in, ask once and go, again and again, as after a failure
// that all of them saw. Between them, as many connections that send half a frame and vanish. argv: ADDRESS USER PASSWORD CLIENTS LIVES; says over
// IPC how many lives there were, and `done` with what failed.
import { setTimeout as sleep } from "node:timers/promises";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { openWire } from "./wire.ts";

export interface StormNews {
  readonly lives: number;
  readonly failed: number;
  readonly done: boolean;
}

const [address = "", user = "", password = "", clients = "0", lives = "0"] = process.argv.slice(2);
const toldEach = 100;
let [left, lived, failed] = [Number(lives), 0, 0];

async function oneLife(): Promise<void> {
  const half = await openWire(address);
  half.send(Buffer.from([0, 0, 1, 0, 0, 3]));
  const wire = await openWire(address);
  try {
    if ((await wire.login(user, password)) !== 0) failed++;
    else await wire.ask(metadata, 12, { topics: [] });
  } finally {
    wire.close();
    half.socket.resetAndDestroy();
  }
}

async function client(): Promise<void> {
  while (left-- > 0) {
    await oneLife().catch(() => {
      failed++;
      return sleep(10);
    });
    if (++lived % toldEach === 0) tell(false);
  }
}

/** Whoever asked may have gone. */
const tell = (done: boolean) =>
  void process.send?.({ lives: lived, failed, done } satisfies StormNews, undefined, {}, () => {});

process.on("disconnect", () => process.exit(0));
await Promise.all(Array.from({ length: Number(clients) }, client));
tell(true);
