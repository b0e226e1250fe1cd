// What Slack knows of its people: their confirmed e-mail addresses, and who is in a user group just now. Asked again after a minute, so
// that who left does not count for long. A Slack that is away is an error, never "nobody" and never "somebody".
import type { webApi } from "@slack/bolt";
import type { Clock } from "../../../base/clock.ts";
import type { ChannelContext } from "../channels.ts";

/** A little below what keepGroupsFresh waits. */
const freshMs = 50_000;
const entriesMax = 5_000;

export interface SlackDirectory {
  /** In lower case; null where the user has none that is confirmed. */
  emailOf(user: string): Promise<string | null>;
  userByEmail(email: string): Promise<string | null>;
  /** Asks who is in a group, and writes it down for whoever uses an approval. */
  look(userGroup: string): Promise<void>;
  /** Those of `userGroups` (`S0…`) that the user is in. */
  groupsOf(user: string, userGroups: readonly string[]): Promise<string[]>;
}

export function createDirectory(
  web: webApi.WebClient,
  context: Pick<ChannelContext, "clock" | "userGroups">,
): SlackDirectory {
  const fresh = createCache(context.clock);
  const membersOf = (usergroup: string): Promise<readonly string[]> =>
    fresh(`group ${usergroup}`, async () => {
      const { users } = await orNull(web.usergroups.users.list({ usergroup }), "no_such_subteam", "missing_scope");
      await context.userGroups.write(usergroup, users ?? []);
      return users ?? [];
    });
  return {
    emailOf: (user) =>
      fresh(`email ${user}`, async () => {
        const { user: found } = await orNull(web.users.info({ user }), "user_not_found", "missing_scope");
        const email = found?.profile?.email;
        return email === undefined || found?.is_email_confirmed === false ? null : email.toLowerCase();
      }),
    userByEmail: (email) =>
      fresh(`user ${email}`, async () => {
        const { user } = await orNull(web.users.lookupByEmail({ email }), "users_not_found", "missing_scope");
        return user?.id ?? null;
      }),
    look: async (group) => void (await membersOf(group)),
    async groupsOf(user, userGroups) {
      const found = await Promise.all(
        userGroups.map(async (group) => ((await membersOf(group)).includes(user) ? [group] : [])),
      );
      return found.flat();
    },
  };
}

/** Slack's word that there is nothing to be had is an answer: nobody is in that group, nobody has that address. */
async function orNull<T extends object>(call: Promise<T>, ...nothing: readonly string[]): Promise<Partial<T>> {
  try {
    return await call;
  } catch (error) {
    if (nothing.some((code) => isPlatformError(error, code))) return {};
    throw error;
  }
}

function isPlatformError(error: unknown, code: string): boolean {
  if (!(error instanceof Error) || !("data" in error)) return false;
  const { data } = error;
  return typeof data === "object" && data !== null && "error" in data && data.error === code;
}

type Cache = <T>(key: string, ask: () => Promise<T>) => Promise<T>;

/** Answers are kept for a minute, failures not at all. The oldest go first. */
function createCache(clock: Clock): Cache {
  const entries = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>();
  return <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = entries.get(key);
    if (known !== undefined && known.until > clock.monotonic()) return known.answer as Promise<T>;
    const answer = ask();
    entries.delete(key);
    entries.set(key, { until: clock.monotonic() + freshMs, answer });
    answer.catch(() => {
      if (entries.get(key)?.answer === answer) entries.delete(key);
    });
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax) break;
      entries.delete(oldest);
    }
    return answer;
  };
}
