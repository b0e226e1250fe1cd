// Who may approve what, and who is who. One human has several names (a Slack user, an operating system account, a principal): they are
// brought to one, so that nobody is counted twice and nobody approves a request of their own. Pure; knows no channel's wire format.
import type { ApprovalRequirement } from "../model/decision.ts";

/** A group of `approvals.groups`. A member under any of the names counts. */
export interface ApproverGroup {
  /** Slack user ids: `U0ADMIN1`. */
  readonly slack?: readonly string[] | undefined;
  /** Slack user groups: `S0ADMINS`. */
  readonly slackGroups?: readonly string[] | undefined;
  /** Operating system accounts on the gateway's machine: they may decide with `lockkeeper approvals`. */
  readonly local?: readonly string[] | undefined;
  /** Principals, by the name that identity gives them. */
  readonly principals?: readonly string[] | undefined;
  /** Groups of an identity provider; for channels that prove a login (HTTP). */
  readonly oidc?: readonly string[] | undefined;
}

/** One human's names. `principal` is the name under which they ask. */
export interface PersonNames {
  readonly principal: string;
  readonly slack?: string | undefined;
  readonly local?: string | undefined;
}

/** Someone as a channel knows them. */
export interface Person {
  /** The kind of name that the channel has proved. */
  readonly kind: "slack" | "local" | "principal";
  readonly name: string;
  /** Groups that an identity provider vouches for just now; of a Slack user, Slack's user groups. */
  readonly groups?: readonly string[];
  /** Verified, in lower case. */
  readonly email?: string | null;
}

export interface People {
  /** One stable name for a human over all channels: `principal:carol` where the mapping knows them, else `slack:U0ADMIN1`. */
  canonical(person: Person): string;
  /** Indexes of the requirements that this person's yes counts for. */
  satisfies(person: Person, requirements: readonly ApprovalRequirement[]): number[];
  /** Whether the person is in one of these groups. */
  isIn(person: Person, names: readonly string[]): boolean;
  /** True when the person is the one who asked, under whatever name; the same name in another kind counts as the same person. */
  isRequester(person: Person, asked: Requester): boolean;
  /** False where it cannot be told whether a Slack user is the one who asked, though both have an e-mail address somewhere. */
  isKnownApart(person: Person, asked: Requester): boolean;
  /** The requester's Slack user id, where the mapping knows it. */
  slackOf(principal: string): string | null;
  /** All Slack user groups that some approver group names. */
  readonly slackGroups: readonly string[];
}

/** Who asked, as far as an approval tells. */
export interface Requester {
  readonly principal: string;
  readonly email: string | null;
}

export function createPeople(
  groups: Readonly<Record<string, ApproverGroup>>,
  names: readonly PersonNames[] = [],
): People {
  const known = (person: Person): PersonNames | undefined => names.find((entry) => entry[person.kind] === person.name);
  const isMember = (person: Person, group: ApproverGroup): boolean => {
    const entry = known(person);
    const called = {
      principal: entry?.principal,
      slack: entry?.slack,
      local: entry?.local,
      [person.kind]: person.name,
    };
    return (
      includes(group.slack, called.slack) ||
      includes(group.local, called.local) ||
      includes(group.principals, called.principal) ||
      (person.groups ?? []).some((name) => includes(person.kind === "slack" ? group.slackGroups : group.oidc, name))
    );
  };
  const isIn = (person: Person, of: readonly string[]): boolean =>
    of.some((name) => {
      // A group that is not configured has no members; Object.hasOwn keeps `constructor` from being one.
      const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
      return group !== undefined && isMember(person, group);
    });
  return {
    canonical(person) {
      const entry = known(person);
      return entry === undefined ? `${person.kind}:${person.name}` : `principal:${entry.principal}`;
    },
    satisfies: (person, requirements) =>
      requirements.flatMap(({ approvers }, index) => (isIn(person, approvers) ? [index] : [])),
    isIn,
    isRequester: (person, { principal, email }) =>
      known(person)?.principal === principal || person.name === principal || (email !== null && person.email === email),
    isKnownApart: (person, { principal, email }) =>
      person.kind !== "slack" ||
      email === null ||
      (person.email ?? null) !== null ||
      known(person) !== undefined ||
      names.some((entry) => entry.principal === principal && entry.slack !== undefined),
    slackGroups: [...new Set(Object.values(groups).flatMap((group) => group.slackGroups ?? []))],
    slackOf: (principal) => names.find((entry) => entry.principal === principal)?.slack ?? null,
  };
}

function includes(list: readonly string[] | undefined, name: string | undefined): boolean {
  return list !== undefined && name !== undefined && list.includes(name);
}

/** `slack:U0ADMIN1` → a person. Null for a kind that is not known. */
export function parsePerson(text: string): Person | null {
  const colon = text.indexOf(":");
  const kind = text.slice(0, colon);
  const name = text.slice(colon + 1);
  if (colon < 0 || name === "") return null;
  return kind === "slack" || kind === "local" || kind === "principal" ? { kind, name } : null;
}
