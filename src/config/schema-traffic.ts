// The sections `clusters` and `listeners`: the brokers that are guarded, and the addresses at which clients meet them.
import { z } from "zod";
import { parseSniTemplate } from "../pipeline/sni.ts";
import { outgoingTls, tellUnusable } from "./outgoing-tls.ts";
import { registrySection } from "./schema-registry.ts";
import { duration, hostPort, name, optional, path, secret, someOf, type ValueContext } from "./values.ts";

/** Real brokers, by the name that listeners and policies use for the cluster. */
export function clustersSection(context: ValueContext) {
  const cluster = z.strictObject({
    /** Addresses of real brokers; one that answers is enough. */
    bootstrap: someOf(hostPort(1), "addresses"),
    /** TLS towards the brokers. `{}` trusts what the system trusts; `cert` and `key` are for brokers that ask for them. */
    tls: optional(outgoingTls(context)),
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
    /** Where the schemas of this cluster's records are: masks in Avro, Protobuf and JSON Schema need it. */
    schemaRegistry: optional(registrySection(context)),
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
    /** The broker with node id N is served on this port + N. Either this or `sni`. */
    nodes: optional(hostPort(1)),
    /** A name for each broker instead of a port, all on `bind`, by the name that the TLS handshake asks for. */
    sni: optional(sniTemplate()),
    /** The host that clients are told; null: the one of `bind` and `nodes`. */
    advertise: optional(
      z.string().regex(/^[A-Za-z0-9_](?:[A-Za-z0-9_.:-]*[A-Za-z0-9_])?$/, {
        error: "a host name or address without a port is expected",
      }),
    ),
    /** TLS towards clients. */
    tls: optional(clientTls(context)),
    /** What clients may log in with. None where the certificate is the login. */
    mechanisms: z.array(z.enum(mechanisms), { error: "a list of mechanisms is expected" }).default([]),
    /** The longest that one login lasts; the client is told and logs in again (KIP-368). Null: as long as its token. */
    session: optional(duration()),
  });
  const section = listener
    .superRefine((its, issues) => {
      for (const [key, message] of listenerMistakes(its)) issues.addIssue({ code: "custom", path: [key], message });
    })
    .transform(({ session, nodes, sni, ...rest }) => ({ ...rest, nodes: nodes ?? sni, sessionMs: session }))
    .transform(({ nodes, ...rest }, issues) => {
      if (nodes !== null) return { ...rest, nodes };
      issues.addIssue({ code: "custom", message: "say where clients find each broker: give nodes, or sni" });
      return z.NEVER;
    });
  return someOf(section, "listeners");
}

interface ListenerParts {
  readonly nodes: unknown;
  readonly sni: unknown;
  readonly tls: { readonly client: string } | null;
  readonly mechanisms: readonly string[];
}

function* listenerMistakes({ nodes, sni, tls, mechanisms }: ListenerParts): Generator<readonly [string, string]> {
  if (sni !== null && nodes !== null) yield ["sni", "give either nodes or sni, not both"];
  if (sni !== null && tls === null)
    yield ["sni", "server names are part of the TLS handshake: this listener needs tls"];
  const certificateLogin = tls?.client === "login";
  if (certificateLogin && mechanisms.length > 0)
    yield ["mechanisms", "the certificate is the login here (tls.client: login): leave mechanisms out"];
  if (!certificateLogin && mechanisms.length === 0) yield ["mechanisms", "at least one of mechanisms is needed"];
}

function sniTemplate() {
  const text =
    "a host and port with {node} in the host's first part are expected, such as broker-{node}.kafka.example.com:9093";
  return z.string({ error: text }).transform((value, issues) => {
    const template = parseSniTemplate(value);
    if (template !== null) return template;
    issues.addIssue({ code: "custom", message: text });
    return z.NEVER;
  });
}

function clientTls(context: ValueContext) {
  return z
    .strictObject({
      cert: path(context, "file"),
      key: path(context, "file"),
      /** Who signs clients' certificates; several may be in the file. */
      clientCa: optional(path(context, "file")),
      /**
       * What a client's certificate is for. `none`: it is not asked for. `required`: it must be there and verify, and the login is by
       * `mechanisms` all the same. `login`: it is the login, for clients with security.protocol=SSL; `identity.certificates` says who
       * they are. Without it: `required` where there is a clientCa, else `none`.
       */
      client: z.enum(["none", "required", "login"]).optional(),
    })
    .superRefine((tls, issues) => {
      const wanted = tls.client !== undefined && tls.client !== "none";
      if (wanted && tls.clientCa === null)
        issues.addIssue({ code: "custom", path: ["client"], message: "clientCa is needed to verify certificates" });
      if (tls.client === "none" && tls.clientCa !== null)
        issues.addIssue({
          code: "custom",
          path: ["client"],
          message: "with none, clientCa has no effect: leave one out",
        });
      tellUnusable({ ...tls, ca: tls.clientCa }, issues);
    })
    .transform((tls) => ({ ...tls, client: tls.client ?? (tls.clientCa === null ? "none" : "required") }));
}
