// Events as they enter the log: CloudEvents outside, OCSF inside, always the same bytes, never too long.
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical } from "../../../src/audit/canonical.ts";
import { codes, isAuditCode } from "../../../src/audit/codes.ts";
import { encodeEvent } from "../../../src/audit/event.ts";
import { decodeEvent } from "../../../src/audit/query.ts";
import { limits } from "../../../src/base/limits.ts";
import { Sensitive } from "../../../src/base/sensitive.ts";
import type { AuditEvent } from "../../../src/model/audit-event.ts";
import { alice, deletion, denied, range } from "./fixtures.ts";

const source = { gateway: "gw 1", version: "1.2.3" };

function decode(event: AuditEvent) {
  const bytes = encodeEvent(event, "evt_1", source);
  return { bytes, ...decodeEvent({ index: 0, integrated: true, bytes }) };
}

describe("an event", () => {
  it("is a CloudEvents envelope with an OCSF body", () => {
    const { envelope } = decode(denied("req_1"));

    expect(envelope).toMatchObject({
      specversion: "1.0",
      id: "evt_1",
      source: "/lockkeeper/gw%201",
      type: "dev.lockkeeper.operation.denied",
      time: "2026-09-21T14:13:20.123Z",
      datacontenttype: "application/json",
      subject: "topic/orders",
      data: {
        category_uid: 6,
        class_uid: 6003,
        activity_id: 4,
        type_uid: 600304,
        severity_id: 3,
        time: 1_790_000_000_123,
        status_id: 2,
        status_code: "TOPIC_AUTHORIZATION_FAILED",
        status_detail: "Ask the owners of orders.",
        metadata: { version: "1.6.0", uid: "evt_1", event_code: "operation.denied", correlation_uid: "req_1" },
        actor: { user: { name: "alice", groups: [{ name: "analysts" }] }, session: { uid: "ses_alice" } },
        api: { operation: "DeleteTopics", version: "6" },
        src_endpoint: { ip: "127.0.0.1", port: 40_000 },
        resources: [{ type: "topic", name: "orders" }],
        action_id: 2,
        disposition_id: 2,
        policy: { uid: "r1" },
        unmapped: { claims: { sub: "a1" }, operation: { name: "topic.delete", risk: "high" } },
      },
    });
  });

  it("comes back by name", () => {
    expect(decode({ ...denied("req_1"), ranges: [range(1, 2 ** 40)] })).toMatchObject({
      code: "operation.denied",
      at: 1_790_000_000_123,
      principal: "alice",
      session: "ses_alice",
      client: "127.0.0.1:40000",
      operation: "topic.delete",
      outcome: "deny",
      rules: ["no rule allows it"],
      ranges: [{ firstOffset: "1", lastOffset: "1099511627776" }],
    });
  });

  it.each(Object.keys(codes).filter(isAuditCode))("%s has what its class requires", (code) => {
    const required = {
      authentication: ["user"],
      api: ["actor", "api", "src_endpoint"],
      lifecycle: ["app"],
      finding: ["finding_info"],
    };
    const { envelope, principal, session } = decode({ ...denied("r"), code });
    const data: Record<string, unknown> = Object.fromEntries(Object.entries(envelope["data"] ?? {}));

    expect(Object.keys(data)).toEqual(expect.arrayContaining(required[codes[code].class]));
    expect(data["type_uid"]).toBe(Number(data["class_uid"]) * 100 + Number(data["activity_id"]));
    expect(data["category_uid"]).toBe(Math.floor(Number(data["class_uid"]) / 1000));
    expect({ principal, session }).toEqual({ principal: "alice", session: "ses_alice" });
  });

  it("has the same bytes whatever the order of its keys", () => {
    const [one, two] = [
      { b: 1, a: { d: ["1"], c: null } },
      { a: { c: null, d: ["1"] }, b: 1 },
    ].map((attributes) => encodeEvent({ ...denied("r"), operation: { ...deletion, attributes } }, "evt_1", source));

    expect(one).toEqual(two);
  });

  it("never reveals a sensitive value", () => {
    expect(JSON.stringify(canonical({ password: new Sensitive("hunter2") }))).toBe('{"password":"[sensitive]"}');
  });

  it("too large is cut visibly, with the size and hash of the whole", () => {
    const attributes = { configs: "x".repeat(100_000) };
    const { bytes, envelope, principal } = decode({ ...denied("r"), operation: { ...deletion, attributes } });
    const whole = JSON.stringify(attributes);

    expect(bytes.length).toBeLessThanOrEqual(limits.auditEntryBytesMax);
    expect(principal).toBe("alice");
    expect(envelope).toMatchObject({
      data: {
        metadata: { is_truncated: true },
        unmapped: {
          claims: { sub: "a1" },
          operation: {
            attributes: {
              truncated: true,
              bytes: whole.length,
              sha256: createHash("sha256").update(whole).digest("hex"),
            },
          },
        },
      },
    });
  });

  it("always fits, whatever is in it", () => {
    const long = fc
      .integer({ min: 0, max: 40_000 })
      .chain((n) => fc.constantFrom("a", "\u0001", "ü", '"', "\ud800").map((c) => c.repeat(n)));
    fc.assert(
      fc.property(fc.array(long, { minLength: 12, maxLength: 12 }), (t) => {
        const s = (i: number) => t[i] ?? "";
        const bytes = encodeEvent(
          {
            ...denied(s(0)),
            actor: {
              ...alice,
              principal: s(1),
              groups: [s(2)],
              claims: { [s(3)]: s(3) },
              clientId: s(4),
              software: s(5),
              client: s(6),
            },
            operation: { ...deletion, resource: { type: "topic", name: s(7) }, attributes: { a: s(8) } },
            decision: { outcome: "deny", rules: [s(9)], revision: s(10), message: s(11) },
            details: { d: s(11) },
            error: s(9),
            approval: { id: s(1), digest: null, approvers: [s(2)] },
          },
          "evt_1",
          { gateway: "g", version: "1" },
        );
        expect(bytes.length).toBeLessThanOrEqual(limits.auditEntryBytesMax);
        expect(() => JSON.parse(bytes.toString()) as unknown).not.toThrow();
      }),
      { numRuns: 30 },
    );
  });
});
