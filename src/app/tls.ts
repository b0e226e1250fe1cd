// TLS material from the configuration's files.
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Config } from "../config/schema.ts";
import type { ListenerOptions } from "../pipeline/listener.ts";

const read = (path: string | null) => (path === null ? undefined : readFileSync(path));

/** Towards brokers; null for plain TCP. */
export function brokerTls(tls: Config["clusters"][string]["tls"]): SecureContext | null {
  if (!tls) return null;
  return createSecureContext({ ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key), minVersion: "TLSv1.2" });
}

/** Towards clients; null for plain TCP. */
export function clientTls(tls: Config["listeners"][number]["tls"]): ListenerOptions["tls"] {
  if (!tls) return null;
  return {
    cert: read(tls.cert),
    key: read(tls.key),
    ca: read(tls.clientCa),
    requestCert: tls.clientCa !== null,
    minVersion: "TLSv1.2",
  };
}
