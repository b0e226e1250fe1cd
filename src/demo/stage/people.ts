// Who plays in the demo's story, with logins made up for each run. Groups are those of the shipped policies (policies/data.json).
import { randomBytes } from "node:crypto";

export interface Account {
  readonly name: string;
  readonly groups: readonly string[];
  readonly password: string;
}

/** Log in with SASL/PLAIN. Carol decides as well, but never about what she asked for herself. */
export interface Cast {
  /** Writes orders. */
  readonly service: Account;
  /** Deletes topics. */
  readonly carol: Account;
  /** What the gateway logs in with at the brokers; no client ever sees it. */
  readonly proxy: Account;
  /** Log in with a token of the OIDC issuer; `password` is their client secret there. */
  readonly alice: Account;
  readonly bob: Account;
}

function account(name: string, ...groups: string[]): Account {
  return { name, groups, password: randomBytes(12).toString("hex") };
}

export function newCast(): Cast {
  return {
    service: account("orders-service", "services"),
    carol: account("carol", "platform"),
    proxy: account("proxy"),
    alice: account("alice", "analysts"),
    bob: account("bob", "guests"),
  };
}

/** In the stand-in for Slack. */
export const slackUsers = [
  { id: "U0DAVE", name: "Dave", role: "kafka-admins" },
  { id: "U0ERIN", name: "Erin", role: "kafka-admins" },
  { id: "U0CAROL", name: "Carol", role: "kafka-admins, asked for it" },
] as const;
