// What a client certificate says, as plain values. The chain was verified by TLS before; this file only reads. Source: RFC 5280; names
// are written as RFC 4514 has them (`CN=orders,O=Example`), which is how Kafka names principals of SSL.
import type { X509Certificate } from "node:crypto";

export interface CertificateFacts {
  /** The subject as RFC 4514 writes it: the most specific part first, no spaces, special characters escaped. */
  readonly dn: string;
  /** The same of who signed it. */
  readonly issuer: string;
  readonly commonNames: readonly string[];
  /** Subject alternative names. */
  readonly dns: readonly string[];
  readonly uris: readonly string[];
  readonly serial: string;
  /** SHA-256, in hexadecimal with colons. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

/** Null when its alternative names cannot be read without doubt. */
export function certificateFacts(certificate: X509Certificate): CertificateFacts | null {
  const names = alternativeNames(certificate.subjectAltName ?? "");
  const { CN } = certificate.toLegacyObject().subject ?? {};
  if (names === null) return null;
  const named = (type: string) => names.filter((name) => name.type === type).map((name) => name.value);
  return {
    dn: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    commonNames: CN === undefined ? [] : [CN].flat(),
    dns: named("DNS"),
    uris: named("URI"),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
    notAfter: Date.parse(certificate.validTo),
  };
}

/** Node writes a part a line, the least specific first; line breaks inside a value are escaped, so a line is never made up. */
function distinguishedName(lines: string): string {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replaceAll(" + ", "+"))
    .toReversed()
    .join(",");
}

/** `DNS:a, URI:"b"`: Node quotes a value as JSON when it holds anything that could be taken for more than one. */
function alternativeNames(text: string): readonly { readonly type: string; readonly value: string }[] | null {
  const entry = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;
  const names: { type: string; value: string }[] = [];
  while (entry.lastIndex < text.length) {
    const [, type, raw] = entry.exec(text) ?? [];
    if (type === undefined || raw === undefined) return null;
    const value: unknown = raw.startsWith('"') ? JSON.parse(raw) : raw;
    names.push({ type, value: String(value) });
  }
  return names;
}
