// Acts on the command line reach the log whether a gateway runs or not, and nothing else does by that door.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type OutsideEvent, openInbox, recordFromOutside } from "../../../src/audit/inbox.ts";
import { readEvents } from "../../../src/audit/query.ts";
import { silentLog } from "../../../src/base/log.ts";
import { alice, denied, gateway, openTestLog, temporaryFolder, testClock } from "./fixtures.ts";

const viewed: OutsideEvent = {
  code: "recording.viewed",
  at: 1_790_000_000_000,
  actor: { ...alice, mechanism: "oauthbearer" },
  details: { session: "ses_1" },
};

async function setUp() {
  const folder = await temporaryFolder();
  const directory = join(folder, "audit");
  const options = {
    directory,
    keyFile: join(folder, "audit.key"),
    clock: testClock(),
    log: silentLog,
    source: { gateway, version: "0.0.0" },
  };
  const codes = async () => {
    const found: unknown[] = [];
    for await (const { code, principal, envelope } of readEvents(directory))
      found.push([code, principal, (envelope["data"] as { unmapped: { claims: unknown } }).unmapped.claims]);
    return found;
  };
  return { folder, directory, options, codes };
}

const told = [["recording.viewed", "alice", { uid: process.getuid?.() }]];

describe("an act on the command line", () => {
  it("is written by itself where no gateway runs", async () => {
    const { options, codes } = await setUp();

    await recordFromOutside(options, viewed);

    expect(await codes()).toEqual(told);
  });

  it("is recorded by the gateway that runs, with the account that the kernel knows", async () => {
    const { folder, directory, options, codes } = await setUp();
    const log = await openTestLog(folder);
    const clock = testClock();
    const inbox = openInbox({ directory, record: log.record, clock, log: silentLog });
    const looking = setInterval(() => clock.advance(500), 10);

    await recordFromOutside(options, viewed);

    clearInterval(looking);
    await inbox.close();
    expect(await codes()).toEqual(told);
    expect(await readdir(join(directory, "inbox"))).toEqual([]);
  });

  it("is refused while the gateway cannot record it, and leaves nothing behind", async () => {
    const { folder, directory, options, codes } = await setUp();
    await openTestLog(folder);
    let now = 0;
    const clock = { ...testClock(), monotonic: () => (now += 6_000) };

    await expect(recordFromOutside({ ...options, clock }, viewed)).rejects.toMatchObject({ code: "audit-unavailable" });

    expect(await codes()).toEqual([]);
    expect(await readdir(join(directory, "inbox"))).toEqual([]);
  });
});

describe("the inbox", () => {
  it.each([
    ["an event of the path", JSON.stringify(denied("forged"))],
    ["an event without an actor", JSON.stringify({ ...viewed, actor: null })],
    ["no JSON", "{"],
    ["too much", JSON.stringify({ ...viewed, details: { text: "x".repeat(70_000) } })],
  ])("throws away %s", async (_, text) => {
    const { folder, directory, codes } = await setUp();
    const log = await openTestLog(folder);
    await mkdir(join(directory, "inbox"), { recursive: true });
    await writeFile(join(directory, "inbox", "evt_1.json"), text);
    const inbox = openInbox({ directory, record: log.record, clock: testClock(), log: silentLog });

    await inbox.look();

    await inbox.close();
    expect(await codes()).toEqual([]);
    expect(await readdir(join(directory, "inbox"))).toEqual([]);
  });

  it("keeps what the log cannot take now", async () => {
    const { folder, directory, codes } = await setUp();
    const log = await openTestLog(folder);
    await mkdir(join(directory, "inbox"), { recursive: true });
    await writeFile(join(directory, "inbox", "evt_1.json"), JSON.stringify(viewed));
    let failing = true;
    const inbox = openInbox({
      directory,
      record: (event, options) => (failing ? Promise.reject(new Error("full")) : log.record(event, options)),
      clock: testClock(),
      log: silentLog,
    });
    await inbox.look();
    failing = false;

    await inbox.look();

    await inbox.close();
    expect(await codes()).toEqual(told);
  });
});
