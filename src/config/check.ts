// What only shows when two places of the configuration are compared. Works on the sections that are right by themselves, so that
// a mistake in one does not hide those between others. Pure.

import { mechanisms } from "../identity/mechanisms/index.ts";
import { isSafeUrl } from "../identity/providers/safe-url.ts";
import type { Mistake } from "./mistakes.ts";
import type { Config } from "./schema.ts";
import type { ConfigPath } from "./source.ts";
import { suggest } from "./suggest.ts";
import type { HostPort } from "./values.ts";

/** Ports behind `nodes` that nothing else may have: brokers rarely have an id beyond it, and one that has is seen at run time. */
const nodePortsReserved = 100;

type Sections = { readonly [Key in keyof Config]?: Config[Key] | undefined };

export function checkConfig(config: Sections): readonly Mistake[] {
  return [
    ...listenerClusters(config),
    ...listenerMechanisms(config),
    ...listenerCertificates(config),
    ...ports(config),
    ...issuers(config),
    ...duplicates("users", config.identity?.users.map((user) => user.name) ?? [], "name"),
    ...duplicates("oidc", config.identity?.oidc.map((entry) => entry.issuer) ?? [], "issuer"),
    ...approvers(config),
    ...webhooks(config),
    ...people(config),
    ...folders(config),
  ];
}

function* listenerClusters({ listeners = [], clusters }: Sections): Generator<Mistake> {
  if (clusters === undefined) return;
  const names = Object.keys(clusters);
  for (const [index, listener] of listeners.entries()) {
    if (names.includes(listener.cluster)) continue;
    const near = suggest(listener.cluster, names);
    const help = near === null ? `there are: ${names.join(", ")}` : `did you mean "${near}"?`;
    yield { path: ["listeners", index, "cluster"], message: `no cluster has this name: ${help}` };
  }
}

function* listenerMechanisms({ listeners = [], identity }: Sections): Generator<Mistake> {
  if (identity === undefined) return;
  for (const [index, listener] of listeners.entries())
    for (const [place, name] of listener.mechanisms.entries()) {
      const path = ["listeners", index, "mechanisms", place];
      const needs = mechanisms.find((mechanism) => mechanism.name === name)?.needs;
      if (listener.mechanisms.indexOf(name) !== place) yield { path, message: "this mechanism is given twice" };
      if (needs !== undefined && identity[needs].length === 0)
        yield { path, message: `${name} lets nobody in as long as identity.${needs} is empty` };
    }
}

function* listenerCertificates({ listeners, identity }: Sections): Generator<Mistake> {
  if (identity === undefined || listeners === undefined) return;
  const login = listeners.findIndex(({ tls }) => tls?.client === "login");
  if (login >= 0 && identity.certificates.length === 0)
    yield {
      path: ["listeners", login, "tls", "client"],
      message: "login lets nobody in as long as identity.certificates is empty",
    };
  if (login < 0 && identity.certificates.length > 0)
    yield {
      path: ["identity", "certificates"],
      message: "no listener takes a certificate for a login (tls.client: login), so this has no effect",
    };
}

interface Taken {
  readonly path: ConfigPath;
  readonly host: string;
  readonly first: number;
  readonly last: number;
}

function* ports({ listeners = [], control, approvals }: Sections): Generator<Mistake> {
  const taken = listeners.flatMap((listener, index) => [
    at(["listeners", index, "bind"], listener.bind, 1),
    // With server names there are no ports but the bound one.
    ...("before" in listener.nodes ? [] : [at(["listeners", index, "nodes"], listener.nodes, nodePortsReserved)]),
  ]);
  if (control !== undefined) taken.push(at(["control", "bind"], control.bind, 1));
  const slack = approvals?.slack?.bind ?? null;
  if (slack !== null) taken.push(at(["approvals", "slack", "bind"], slack, 1));
  for (const [index, one] of taken.entries()) {
    const other = taken.slice(0, index).find((earlier) => overlaps(one, earlier));
    if (other === undefined) continue;
    const [section, place, key = place] = other.path;
    const name = section === "listeners" ? `listeners[${place}].${key}` : other.path.join(".");
    yield { path: one.path, message: `${ranged(one)} overlaps ${ranged(other)} of ${name}` };
  }
}

function at(path: ConfigPath, { host, port }: HostPort, count: number): Taken {
  return { path, host, first: port, last: port + count - 1 };
}

function ranged({ first, last }: Taken): string {
  return first === last ? `port ${first}` : `the range of ports ${first} to ${last}`;
}

function overlaps(a: Taken, b: Taken): boolean {
  // Port 0 is chosen by the system, which gives none twice.
  if (a.first === 0 || b.first === 0) return false;
  const sameHost = a.host === b.host || isEverywhere(a.host) || isEverywhere(b.host);
  return sameHost && a.first <= b.last && b.first <= a.last;
}

function isEverywhere(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function* issuers({ identity }: Sections): Generator<Mistake> {
  for (const [index, { issuer }] of (identity?.oidc ?? []).entries())
    if (!isSafeUrl(new URL(issuer)))
      yield {
        path: ["identity", "oidc", index, "issuer"],
        message: "an issuer is https, or http on a loopback address only",
      };
}

function* duplicates(list: "users" | "oidc", names: readonly string[], key: string): Generator<Mistake> {
  for (const [index, name] of names.entries())
    if (names.indexOf(name) !== index)
      yield {
        path: ["identity", list, index, key],
        message: `${list === "users" ? "this account" : "this issuer"} is given twice`,
      };
}

function* approvers({ approvals, identity }: Sections): Generator<Mistake> {
  for (const [name, group] of Object.entries(approvals?.groups ?? {})) {
    const path = ["approvals", "groups", name];
    const { slack, slackGroups, oidc, principals, local } = group;
    if ([slack, slackGroups, oidc, principals, local].every((list) => list.length === 0))
      yield { path, message: "nobody is in this group, so what it has to approve can never happen" };
    for (const key of ["slack", "slackGroups"] as const)
      if (group[key].length > 0 && approvals?.slack === null)
        yield { path: [...path, key], message: "Slack users cannot be asked without approvals.slack" };
    if (group.oidc.length > 0 && identity?.oidc.length === 0)
      yield { path: [...path, "oidc"], message: "nobody comes from a provider as long as identity.oidc is empty" };
  }
}

function* webhooks({ approvals }: Sections): Generator<Mistake> {
  const all = approvals?.webhooks ?? [];
  for (const [index, { url }] of all.entries()) {
    const path = ["approvals", "webhooks", index, "url"];
    if (!isSafeUrl(new URL(url)))
      yield { path, message: "a webhook's address is https, or http on a loopback address only" };
    if (all.findIndex((other) => other.url === url) !== index) yield { path, message: "this address is given twice" };
  }
}

function* people({ approvals }: Sections): Generator<Mistake> {
  const all = approvals?.people ?? [];
  for (const [index, person] of all.entries())
    for (const key of ["principal", "slack"] as const)
      if (all.findIndex((other) => other[key] === person[key]) !== index)
        yield { path: ["approvals", "people", index, key], message: "this is somebody else already" };
}

function* folders({ audit }: Sections): Generator<Mistake> {
  if (audit?.recordings?.directory === audit?.directory && audit !== undefined)
    yield {
      path: ["audit", "recordings", "directory"],
      message: "recordings need a folder of their own: this is the audit log's",
    };
  if (audit?.recordings?.payloads === "raw" && audit.recordings.rawKeyFile === null)
    yield {
      path: ["audit", "recordings", "payloads"],
      message: "raw needs audit.recordings.rawKey: records from before masking are kept for another key only",
    };
}
