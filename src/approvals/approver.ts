// The approver process: turns changes of approvals into jobs, does the jobs, and holds the channels to people. The gateway starts it
// (supervise.ts) and starts it again when it dies; all that it knows is in Redis, so nothing is lost with it. No traffic passes here.
import { systemClock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { createLog, type Log } from "../base/log.ts";
import { approverReady } from "./approver-ready.ts";
import { type ApproverSettings, approverSettings } from "./approver-settings.ts";
import { openChannels } from "./channels/index.ts";
import { createDesk } from "./desk.ts";
import { followApprovalEvents } from "./events.ts";
import { createMembership } from "./membership.ts";
import { createPeople } from "./people.ts";
import { openQueue } from "./queue.ts";
import { openRedis, whenReady } from "./redis.ts";
import { createStore } from "./store.ts";
import { createUserGroups, userGroupMembership } from "./user-groups.ts";
import { createWorkflow, jobsFor } from "./workflow.ts";

const clock = systemClock;
const connectMsMax = 10_000;
const closeMsMax = 5_000;

async function start(settings: ApproverSettings, log: Log): Promise<() => Promise<void>> {
  const at = { url: settings.redisUrl, prefix: settings.prefix, clock, log };
  const redis = openRedis(at);
  await whenReady(redis.client, clock, connectMsMax);
  const store = createStore({ redis, times: settings.times, clock });
  const people = createPeople(settings.groups, settings.people);
  const userGroups = createUserGroups(redis, clock);
  const membership = createMembership(people, [userGroupMembership(people, userGroups)]);
  const desk = createDesk({ store, people, membership, clock });
  const queue = await openQueue(at);
  const channels = openChannels(settings.channels, { desk, people, store, userGroups, clock, log });
  const names = channels.map((channel) => channel.name);
  queue.work(createWorkflow({ store, channels }));
  const follower = followApprovalEvents({
    ...at,
    store,
    group: "workflow",
    consumer: newId("gw", clock.now()),
    onEvent: (event) => queue.add(jobsFor(event, names, clock.now())),
  });
  return async () => {
    await follower.close();
    await Promise.all(channels.map((channel) => channel.close()));
    await queue.close();
    redis.close();
  };
}

function main(): void {
  let log = createLog("info");
  let close: (() => Promise<void>) | null = null;
  let leaving = false;
  const leave = (code: number) => {
    if (leaving) return;
    leaving = true;
    setTimeout(() => process.exit(code), closeMsMax).unref();
    void (close?.() ?? Promise.resolve()).finally(() => process.exit(code));
  };
  const fail = (error: unknown) => {
    log.error({ error: describeError(error) }, "the approver stops");
    leave(1);
  };
  const begin = async (settings: ApproverSettings) => {
    try {
      close = await start(settings, log);
      process.send?.(approverReady);
    } catch (error) {
      fail(error);
    }
  };
  process.on("unhandledRejection", fail);
  process.on("uncaughtException", fail);
  process.on("disconnect", () => leave(0));
  process.on("SIGTERM", () => leave(0));
  // Ctrl-C reaches the whole group of processes; the gateway ends us in its own order.
  process.on("SIGINT", () => {});
  process.once("message", (message) => {
    const settings = approverSettings.safeParse(message);
    if (!settings.success)
      return fail(new Error("the settings have another shape: gateway and approver are of different versions"));
    log = createLog(settings.data.logLevel).child({ listener: "approver" });
    void begin(settings.data);
  });
}

if (process.send !== undefined) main();
