// Events as a busy gateway writes them, for the benches of the audit trail.
import type { AuditActor, AuditEvent } from "../../src/model/audit-event.ts";

export const actor: AuditActor = {
  session: "ses_01k000000000000000000000",
  cluster: "main",
  principal: "alice",
  groups: ["analysts", "eu"],
  mechanism: "oauthbearer",
  issuer: "https://login.example.com/realms/main",
  claims: { sub: "2f1c", email: "alice@example.com", azp: "console" },
  client: "10.1.2.3:40000",
  clientId: "console",
  software: "apache-kafka-java 4.4.0",
};

/** Two of three are ranges, as where data flows; every third is a decision. */
export function eventOf(index: number): AuditEvent {
  const at = 1_790_000_000_000 + index;
  const who = { ...actor, principal: `user${index % 50}`, session: `ses_${index % 500}` };
  if (index % 3 > 0) {
    const first = BigInt(Math.floor(index / 64) * 100);
    const place = { direction: "read", topic: "orders", partition: index % 64 } as const;
    const range = { ...place, firstOffset: first, lastOffset: first + 99n, records: 100, bytes: 102_400 };
    return {
      code: "data.read",
      at,
      actor: who,
      ranges: [{ ...range, masked: { pii: 100 }, filtered: {} }],
      details: { since: at },
    };
  }
  return {
    code: "operation.allowed",
    at,
    actor: who,
    api: "Fetch",
    apiVersion: 17,
    request: `${who.session}.${index}`,
    operation: {
      name: "topic.read",
      verb: "read",
      risk: "low",
      resource: { type: "topic", name: "orders" },
      attributes: {},
      dryRun: false,
      cacheable: true,
    },
    decision: { outcome: "allow", rules: ["allow"], revision: "b3f0c1d2e4a59687", message: null },
  };
}
