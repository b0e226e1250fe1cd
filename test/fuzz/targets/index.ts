// Everything that is fuzzed, as an explicit list: the command and the short runs of `npm test` derive from it.
import type { FuzzTarget } from "../target.ts";
import { fetchSessions } from "./fetch-sessions.ts";
import { framing } from "./framing.ts";
import { logins } from "./logins.ts";
import { messages } from "./messages.ts";
import { records } from "./records.ts";
import { afterLogin, beforeLogin } from "./sessions.ts";

export const fuzzTargets: readonly FuzzTarget[] = [
  framing,
  messages,
  records,
  logins,
  beforeLogin,
  afterLogin,
  fetchSessions,
];
