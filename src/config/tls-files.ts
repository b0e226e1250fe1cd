// PEM files as what TLS works with. Read when the configuration is checked, when the gateway starts, and when a file changes.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { errorCode } from "./secrets.ts";

/** Paths; null for none. */
export interface TlsFiles {
  readonly cert: string | null;
  readonly key: string | null;
  readonly ca: string | null;
}

export interface TlsMaterial {
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  /** Milliseconds since 1970 at which our own certificate ends; null without one. */
  readonly notAfter: number | null;
}

/** Returns in words what is wrong: a file that is no PEM, a key that is another certificate's. Never quotes a file. */
export function readTlsFiles(files: TlsFiles): TlsMaterial | string {
  const { cert, key, ca } = readAll(files);
  if (typeof cert === "string") return `the certificate ${cert}`;
  if (typeof key === "string") return `the key ${key}`;
  if (typeof ca === "string") return `the authority's file ${ca}`;
  const own = cert && certificateOf(cert);
  if (own === null) return "the certificate's file holds no certificate in PEM";
  // For TLS a list of authorities that cannot be read would be no error: it would trust nobody.
  if (ca && certificateOf(ca) === null) return "the authority's file holds no certificate in PEM";
  const options = { cert, key, ca, minVersion: "TLSv1.2" } as const;
  try {
    return { options, context: createSecureContext(options), notAfter: own ? Date.parse(own.validTo) : null };
  } catch (error) {
    const code = errorCode(error);
    return code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH"
      ? "the key is not the certificate's"
      : `certificate or key cannot be used (${code})`;
  }
}

function readAll({ cert, key, ca }: TlsFiles) {
  return { cert: read(cert), key: read(key), ca: read(ca) };
}

function read(path: string | null): Buffer | string | undefined {
  if (path === null) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    return `cannot be read (${errorCode(error)})`;
  }
}

function certificateOf(pem: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
