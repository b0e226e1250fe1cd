// What comes to the app is taken only from the own workspace and for the own app, and once. Bolt checks the signature and that its time is
// not older than five minutes; it lets times in the future and repetitions pass, so those are looked at here.
import type { IncomingMessage } from "node:http";
import type { App } from "@slack/bolt";
import type { Clock } from "../../../base/clock.ts";
import { describeError } from "../../../base/errors.ts";
import type { ChannelContext } from "../channels.ts";

/** Slack's clock and ours may disagree by so much; a signature that is for later could be kept and used then. */
const aheadSecondsMax = 60;

/** Whom this app belongs to: what Slack says of its token. */
export interface Origin {
  readonly team: string;
  readonly app: string;
}

/** Before bolt reads anything: a time stamp that is too far ahead. Bolt refuses those that are too old. */
export function isAhead(request: IncomingMessage, clock: Clock): boolean {
  const at = Number(request.headers["x-slack-request-timestamp"]);
  return !Number.isFinite(at) || at - clock.now() / 1_000 > aheadSecondsMax;
}

/** Handed to bolt as custom properties of the context. */
export interface Signed {
  readonly slackSignature?: string;
}

export function signatureOf(request: IncomingMessage): Signed {
  const signature = request.headers["x-slack-signature"];
  return typeof signature === "string" ? { slackSignature: signature } : {};
}

/** The first listener of all: what it does not let through is answered by nobody, or acknowledged without any effect. */
export function guardOrigin(
  app: App,
  origin: () => Origin | null,
  { store, log }: Pick<ChannelContext, "store" | "log">,
): void {
  app.use(async ({ body, context, next, ...args }) => {
    const known = origin();
    if (known === null || !isFrom(body, known)) {
      log.warn({ reason: "another workspace or app" }, "something from Slack was refused");
      return;
    }
    const { slackSignature: signature } = context as Signed;
    if (signature !== undefined) {
      try {
        // A signature that was seen is a repetition: Slack signs each of its own tries anew.
        if (!(await store.markSeen(`slack:http:${signature}`))) {
          log.warn({ reason: "repeated" }, "a request of Slack's came again and was ignored");
          const { ack } = args as { readonly ack?: () => Promise<void> };
          await ack?.();
          return;
        }
      } catch (error) {
        log.error({ error: describeError(error) }, "something from Slack could not be taken");
        return;
      }
    }
    await next();
  });
}

type Body = Readonly<Record<string, unknown>>;

function isFrom(body: object, { team, app }: Origin): boolean {
  const { api_app_id: bodyApp, team_id: bodyTeam, team: bodyTeamObject } = body as Body;
  const named = typeof bodyTeam === "string" ? bodyTeam : idOf(bodyTeamObject);
  return bodyApp === app && named === team;
}

function idOf(value: unknown): string | null {
  const { id } = (value ?? {}) as { readonly id?: unknown };
  return typeof id === "string" ? id : null;
}
