// Posts a message once, though it may be asked for many times: by a job that runs again, by two processes, after a crash between Slack's
// answer and ours. A claim is stored before, the message's time stamp after; where a claim has no time stamp, Slack is asked whether the
// message is there (it carries its name as metadata) before anything is posted.
import type { types, webApi } from "@slack/bolt";
import type { Clock } from "../../../base/clock.ts";
import type { ChannelContext } from "../channels.ts";

const eventType = "lockkeeper_approval";
/** Longer than a call of ours can be under way (index.ts). */
const claimMs = 10_000;
const searchMax = 200;
const attemptsMax = 20;

export interface OncePlace {
  readonly channel: string;
  /** The message that it answers to in its thread. */
  readonly threadTs?: string;
}

export interface OnceMessage {
  readonly text: string;
  readonly blocks?: types.KnownBlock[];
  /** Shown in the channel too, not only in the thread. */
  readonly broadcast?: boolean;
}

export interface Posted {
  readonly channel: string;
  readonly ts: string;
}

/** `name` is one message of an approval: `message`, `vote principal:carol approve`. */
export interface PostOnce {
  (approval: string, name: string, place: OncePlace, message: OnceMessage): Promise<Posted>;
  /** What an earlier try posted, and nobody noted down; null where there is none. */
  find(approval: string, name: string, place: OncePlace): Promise<Posted | null>;
}

export function createPostOnce(web: webApi.WebClient, store: ChannelContext["store"], clock: Clock): PostOnce {
  const memory = createMemory();
  const inTurn = createTurns();
  const once = async (approval: string, name: string, place: OncePlace, message: OnceMessage): Promise<Posted> => {
    const key = `slack ${name}`;
    const here = `${approval} ${key}`;
    const keep = async (posted: Posted): Promise<Posted> => {
      memory.posted(here, place, posted);
      await store.setRef(approval, key, `${posted.channel}/${posted.ts}`);
      memory.forget(here);
      return posted;
    };
    const unkept = memory.unkept(here);
    if (unkept !== undefined) return await keep(unkept);
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const mine = String(clock.now());
      const claim = await store.claim(approval, attempt === 0 ? key : `${key} (${attempt})`, mine);
      if (claim === null) {
        memory.claimed(here, mine);
        break;
      }
      const known = attempt === 0 ? parsePosted(claim) : null;
      if (known !== null) return known;
      const found = await find(web, approval, name, place, memory.idOf(place.channel));
      if (found !== null) return await keep(found);
      // A call of our own that ended without an answer, and without a message.
      if (memory.isMine(here, claim)) break;
      // Somebody else may be about to post it: who comes later takes over only when that cannot be any more.
      if (clock.now() - Number(claim) < claimMs) throw new Error("this message is under way already");
    }
    return await keep(await post(web, approval, name, place, message));
  };
  const ask = async (approval: string, name: string, place: OncePlace): Promise<Posted | null> => {
    const claim = await store.noted(approval, `slack ${name}`);
    if (claim === null) return null;
    return parsePosted(claim) ?? (await find(web, approval, name, place, memory.idOf(place.channel)));
  };
  return Object.assign(
    (approval: string, name: string, place: OncePlace, message: OnceMessage) =>
      inTurn(approval, () => once(approval, name, place, message)),
    { find: (approval: string, name: string, place: OncePlace) => inTurn(approval, () => ask(approval, name, place)) },
  );
}

/** Runs what has the same key one after the other: changes that come together would otherwise get in each other's way. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(key: string, run: () => Promise<T>): Promise<T> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(run, run);
    last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (last.get(key) === turn) last.delete(key);
    }
  };
}

/** What this process knows better than Redis: calls that have ended, messages whose time stamp was not stored yet, channels' ids. */
function createMemory() {
  const claims = new Map<string, string>();
  const unkept = new Map<string, Posted>();
  const ids = new Map<string, string>();
  return {
    claimed: (key: string, claim: string) => void claims.set(key, claim),
    isMine: (key: string, claim: string) => claims.get(key) === claim,
    unkept: (key: string) => unkept.get(key),
    posted(key: string, { channel }: OncePlace, posted: Posted) {
      unkept.set(key, posted);
      ids.set(channel, posted.channel);
    },
    forget(key: string) {
      claims.delete(key);
      unkept.delete(key);
    },
    /** Slack lists messages by the channel's id only; a name is known after the first message there. */
    idOf: (channel: string): string | null => (/^[CDG][A-Z0-9]+$/.test(channel) ? channel : (ids.get(channel) ?? null)),
  };
}

async function post(
  web: webApi.WebClient,
  approval: string,
  name: string,
  { channel, threadTs }: OncePlace,
  { text, blocks, broadcast = false }: OnceMessage,
): Promise<Posted> {
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs, reply_broadcast: broadcast };
  const content = blocks === undefined ? { text } : { text, blocks };
  const metadata = { event_type: eventType, event_payload: { approval, name } };
  const sent = { channel, ...content, ...thread, ...quiet, metadata } as webApi.ChatPostMessageArguments;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, not a window's
  const posted = await web.chat.postMessage(sent);
  if (posted.ts === undefined || posted.channel === undefined) throw new Error("Slack named no message");
  return { channel: posted.channel, ts: posted.ts };
}

/** No previews: a name that looks like a link must not fetch anything. */
export const quiet = { unfurl_links: false, unfurl_media: false } as const;

/** Null where it is not there. A channel that is given by name, and that nothing was posted to yet, cannot be looked at. */
async function find(
  web: webApi.WebClient,
  approval: string,
  name: string,
  { threadTs }: OncePlace,
  channel: string | null,
): Promise<Posted | null> {
  if (channel === null) return null;
  const how = { channel, limit: searchMax, include_all_metadata: true };
  const { messages = [] } =
    threadTs === undefined
      ? await web.conversations.history(how)
      : await web.conversations.replies({ ...how, ts: threadTs });
  const own = messages.find(({ metadata }) => {
    const payload = metadata?.event_type === eventType ? metadata.event_payload : undefined;
    return payload !== undefined && fieldOf(payload, "approval") === approval && fieldOf(payload, "name") === name;
  });
  return own?.ts === undefined ? null : { channel, ts: own.ts };
}

function fieldOf(payload: object, name: string): unknown {
  return Object.entries(payload).find(([key]) => key === name)?.[1];
}

function parsePosted(claim: string): Posted | null {
  const [channel = "", ts] = claim.split("/");
  return ts === undefined ? null : { channel, ts };
}
