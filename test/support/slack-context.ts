// What a channel is given, without Redis: approvals in a list, ballots that are written down. For tests of channels.
import type { ApprovalDesk, Ballot } from "../../src/approvals/approvals.ts";
import type { ChannelContext } from "../../src/approvals/channels/channels.ts";
import { createPeople, type People } from "../../src/approvals/people.ts";
import { systemClock } from "../../src/base/clock.ts";
import { LockkeeperError } from "../../src/base/errors.ts";
import { type Log, silentLog } from "../../src/base/log.ts";
import type { Approval } from "../../src/model/approval.ts";
import { groups, people } from "../unit/approvals/fixtures.ts";

export interface TestChannelContext extends ChannelContext {
  readonly approvals: Map<string, Approval>;
  /** In the order in which they were counted. */
  readonly ballots: (Ballot & { readonly approval: string })[];
  readonly cancelled: string[];
  /** While true nothing can be stored. */
  away: boolean;
}

export function channelContext(options: { readonly people?: People; readonly log?: Log } = {}): TestChannelContext {
  const seen = new Set<string>();
  const notes = new Map<string, string>();
  const approvals = new Map<string, Approval>();
  const ballots: TestChannelContext["ballots"] = [];
  const cancelled: string[] = [];
  const stored = <T>(value: T): Promise<T> =>
    context.away ? Promise.reject(new LockkeeperError("approvals-unavailable", "away")) : Promise.resolve(value);
  const found = (id: string): Approval => {
    const approval = approvals.get(id);
    if (approval === undefined) throw new LockkeeperError("approval-unknown", "There is no such approval.");
    return approval;
  };
  const desk: ApprovalDesk = {
    list: ({ states }) => stored([...approvals.values()].filter(({ state }) => states?.includes(state) ?? true)),
    get: (id) => stored(approvals.get(id) ?? null),
    async vote(id, ballot) {
      await stored(null);
      ballots.push({ ...ballot, approval: id });
      return found(id);
    },
    async cancel(id) {
      await stored(null);
      cancelled.push(id);
      return { ...found(id), state: "cancelled" };
    },
  };
  const context: TestChannelContext = {
    approvals,
    ballots,
    cancelled,
    away: false,
    desk,
    people: options.people ?? createPeople(groups, people),
    store: {
      seen: (key) => stored(seen.has(key)),
      async markSeen(key) {
        await stored(null);
        const isNew = !seen.has(key);
        seen.add(key);
        return isNew;
      },
      async claim(id, name, value) {
        const before = await stored(notes.get(`${id} ${name}`) ?? null);
        if (before === null) notes.set(`${id} ${name}`, value);
        return before;
      },
      noted: (id, name) => stored(notes.get(`${id} ${name}`) ?? null),
      async setRef(id, name, value) {
        await stored(null);
        notes.set(`${id} ${name}`, value);
      },
    },
    userGroups: { write: () => stored(undefined) },
    clock: systemClock,
    log: options.log ?? silentLog,
  };
  return context;
}
