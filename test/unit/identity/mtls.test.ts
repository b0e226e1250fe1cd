// Who a client certificate is: the configuration's entries, and that what is not said is refused. Certificates are openssl's own.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { certificateFacts } from "../../../src/identity/certificate.ts";
import { type CertificateRule, certificateLogin } from "../../../src/identity/mtls.ts";
import { createAuthority } from "../../support/certificates.ts";
import { tempDir } from "../../support/temp-dir.ts";

const folder = tempDir();
afterAll(() => folder[Symbol.dispose]());
const authority = createAuthority(folder.path);
const issue = (subject: string, names: readonly string[] = []) =>
  new X509Certificate(readFileSync(authority.issue("client", { subject, names }).cert));

const orders = issue("/O=Example/OU=payments/CN=orders", [
  "DNS:orders.svc.example.com",
  "URI:spiffe://example.com/ns/pay/sa/orders",
]);
const now = Date.now();

interface Given extends Partial<Omit<CertificateRule, "match">> {
  readonly match: Partial<CertificateRule["match"]>;
}
const rule = ({ match, ...rest }: Given): CertificateRule => ({
  match: { cn: null, dn: null, dns: null, uri: null, issuer: null, ...match },
  principal: "cn",
  prefix: "",
  groups: [],
  ...rest,
});
const login = (certificate: X509Certificate | undefined, ...rules: readonly Given[]) =>
  certificateLogin(certificate, rules.map(rule), null, now);
const nameOf = (certificate: X509Certificate, ...rules: readonly Given[]) => {
  const result = login(certificate, ...rules);
  return result.kind === "success" ? result.identity.principal : `refused: ${result.reason}`;
};

describe("a certificate that an entry matches", () => {
  test("is that caller, until the certificate ends, and policies see what it says", () => {
    const result = login(orders, { match: { cn: "orders" }, groups: ["services"] });
    expect(result).toEqual({
      kind: "success",
      identity: {
        principal: "orders",
        groups: ["services"],
        mechanism: "mtls",
        issuer: "CN=Test CA,O=Example",
        claims: {
          subject: "CN=orders,OU=payments,O=Example",
          issuer: "CN=Test CA,O=Example",
          dns: ["orders.svc.example.com"],
          uris: ["spiffe://example.com/ns/pay/sa/orders"],
          serial: orders.serialNumber,
          fingerprint: orders.fingerprint256,
        },
        expiresAt: Date.parse(orders.validTo),
      },
    });
  });

  test.each<[string, Given, string]>([
    [
      "its subject",
      { match: { dn: "CN=*,OU=payments,O=Example" }, principal: "dn" },
      "CN=orders,OU=payments,O=Example",
    ],
    ["a DNS name, in any letters", { match: { dns: "*.SVC.example.com" }, principal: "dns" }, "orders.svc.example.com"],
    [
      "a URI",
      { match: { uri: "spiffe://example.com/ns/*/sa/orders" }, principal: "uri" },
      "spiffe://example.com/ns/pay/sa/orders",
    ],
    ["its issuer too", { match: { cn: "*", issuer: "CN=Test CA,O=Example" } }, "orders"],
    ["one thing and named by another", { match: { dns: "*.svc.example.com" }, principal: "cn" }, "orders"],
    ["with a prefix", { match: { cn: "o*s" }, prefix: "machine:" }, "machine:orders"],
  ])("is known by %s", (_what, given, principal) => {
    expect(nameOf(orders, given)).toBe(principal);
  });

  test("is judged by the first entry that matches", () => {
    expect(
      nameOf(
        orders,
        { match: { cn: "billing" }, prefix: "a:" },
        { match: { cn: "*" }, prefix: "b:" },
        { match: { cn: "orders" } },
      ),
    ).toBe("b:orders");
  });

  test("lasts no longer than the listener's session", () => {
    const result = certificateLogin(orders, [rule({ match: { cn: "orders" } })], 1_000, now);
    expect(result).toMatchObject({ identity: { expiresAt: now + 1_000 } });
  });
});

describe("refused is", () => {
  test.each<[string, Given]>([
    ["what no entry matches", { match: { cn: "billing" } }],
    ["a name in other letters", { match: { cn: "Orders" } }],
    ["a part of a name", { match: { cn: "order" } }],
    ["a match of one thing of two", { match: { cn: "orders", dns: "billing.example.com" } }],
    ["another issuer", { match: { cn: "orders", issuer: "CN=Other CA,O=Example" } }],
    ["a star over a dot", { match: { dns: "*.example.com" } }],
    ["a star over a slash", { match: { uri: "spiffe://example.com/*/orders" } }],
    ["a star over a comma", { match: { dn: "CN=*,O=Example" } }],
    ["a dot that is meant as a dot", { match: { dns: "orders-svc.example.com" } }],
  ])("%s", (_what, given) => {
    expect(nameOf(orders, given)).toMatch(/^refused: no entry/);
  });

  test("no certificate, and every certificate where there are no entries", () => {
    expect(login(undefined, { match: { cn: "*" } }).kind).toBe("failure");
    expect(nameOf(orders)).toMatch(/^refused: no entry/);
  });

  test("one that has ended since the handshake, as resumed sessions show it", () => {
    const later = Date.parse(orders.validTo) + 1;
    expect(certificateLogin(orders, [rule({ match: { cn: "*" } })], null, later)).toMatchObject({
      kind: "failure",
      reason: "the certificate has expired",
      claimed: "CN=orders,OU=payments,O=Example",
    });
  });

  test("one with two common names", () => {
    expect(nameOf(issue("/CN=orders/CN=admin"), { match: { cn: "*" } })).toMatch(/^refused/);
  });

  test("one whose principal is not single", () => {
    const two = issue("/CN=x", ["DNS:a.example.com", "DNS:b.example.com"]);
    expect(nameOf(two, { match: { cn: "x" }, principal: "dns" })).toBe(
      "refused: the certificate has no single usable dns",
    );
    expect(nameOf(two, { match: { dns: "b.example.com" }, principal: "dns" })).toBe("b.example.com");
  });

  test("a subject that writes another one's inside its common name", () => {
    const sly = issue(String.raw`/O=Evil/CN=orders,OU=payments,O=Example`);
    expect(certificateFacts(sly)?.dn).toBe(String.raw`CN=orders\,OU=payments\,O=Example,O=Evil`);
    expect(nameOf(sly, { match: { dn: "CN=orders,OU=payments,O=Example" } })).toMatch(/^refused/);
    expect(nameOf(sly, { match: { dn: "CN=*,O=Evil" } })).toMatch(/^refused/);
  });
});
