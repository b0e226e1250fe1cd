// The sections `clusters` and `listeners`: the brokers that are guarded, and the addresses at which clients meet them.
import { z } from "zod";
import { duration, hostPort, name, optional, path, secret, someOf, type ValueContext } from "./values.ts";

/** Real brokers, by the name that listeners and policies use for the cluster. */
export function clustersSection(context: ValueContext) {
  const cluster = z.strictObject({
    /** Addresses of real brokers; one that answers is enough. */
    bootstrap: someOf(hostPort(1), "addresses"),
    /** TLS towards the brokers. `{}` trusts what the system trusts; `cert` and `key` are for brokers that ask for them. */
    tls: optional(
      z
        .strictObject({
          ca: optional(path(context, "file")),
          cert: optional(path(context, "file")),
          key: optional(path(context, "file")),
        })
        .superRefine((tls, issues) => {
          if ((tls.cert === null) !== (tls.key === null))
            issues.addIssue({ code: "custom", message: "cert and key belong together: give both or none" });
        }),
    ),
    /** What the gateway logs in with. Clients never see it. */
    login: brokerLogin(context),
    /** The first rule that matches one of a caller's groups replaces `login` for that caller. */
    logins: z
      .array(
        z.strictObject({
          match: z.strictObject({ groups: someOf(name(), "group names") }),
          login: brokerLogin(context),
        }),
      )
      .default([]),
  });
  const clusterName = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/, {
    error: "a cluster's name has up to 64 letters, digits, dots, dashes and underscores",
  });
  return z.record(clusterName, cluster).refine((clusters) => Object.keys(clusters).length > 0, {
    error: "at least one cluster is needed",
  });
}

function brokerLogin(context: ValueContext) {
  const withPassword = {
    username: name(),
    password: secret(context),
  };
  return z.discriminatedUnion(
    "mechanism",
    [
      z.strictObject({ mechanism: z.literal("none") }),
      z.strictObject({ mechanism: z.enum(["plain", "scram-sha-256", "scram-sha-512"]), ...withPassword }),
    ],
    {
      // oauthbearer is asked for often enough to be answered by name; nothing of what was written is repeated.
      error: (issue) =>
        issue.code === "invalid_union"
          ? "the gateway logs in to brokers with none, plain, scram-sha-256 or scram-sha-512; oauthbearer is not available towards brokers"
          : undefined,
    },
  );
}

/** Where clients connect. One listener stands for one cluster. */
export function listenersSection<const Name extends string>(context: ValueContext, mechanisms: readonly Name[]) {
  const listener = z.strictObject({
    /** A name in `clusters`. */
    cluster: z.string(),
    /** Clients' bootstrap address. Port 0 lets the system choose. */
    bind: hostPort(0),
    /** The broker with node id N is served on this port + N. */
    nodes: hostPort(1),
    /** The host that clients are told; null: the one of `bind` and `nodes`. */
    advertise: optional(
      z.string().regex(/^[A-Za-z0-9_](?:[A-Za-z0-9_.:-]*[A-Za-z0-9_])?$/, {
        error: "a host name or address without a port is expected",
      }),
    ),
    /** TLS towards clients. `clientCa` also asks them for a certificate that this authority signed. */
    tls: optional(
      z.strictObject({
        cert: path(context, "file"),
        key: path(context, "file"),
        clientCa: optional(path(context, "file")),
      }),
    ),
    /** One TLS port and a name for each broker, instead of `nodes`. Kept in the schema so that it is refused by name. */
    sni: z.undefined({ error: "sni is not available in this version: use nodes" }).optional(),
    /** What clients may log in with. */
    mechanisms: someOf(z.enum(mechanisms), "mechanisms"),
    /** The longest that one login lasts; the client is told and logs in again (KIP-368). Null: as long as its token. */
    session: optional(duration()),
  });
  const section = listener.transform(({ sni: _never, session, ...rest }) => ({ ...rest, sessionMs: session }));
  return someOf(section, "listeners");
}
