// How often each audit event was recorded, and logins by mechanism and result: counted where the event passes anyway, for metrics.
import { limits } from "../base/limits.ts";
import type { AuditCode, AuditEvent } from "../model/audit-event.ts";

export interface LoginCount {
  readonly mechanism: string;
  readonly result: "success" | "failure";
  count: number;
}

export class EventCounts {
  readonly #codes = new Map<AuditCode, number>();
  readonly #logins = new Map<string, LoginCount>();

  note({ code, actor, details }: AuditEvent): void {
    this.#codes.set(code, this.of(code) + 1);
    if (code === "session.authenticated") this.#login(actor?.mechanism, "success");
    else if (code === "session.authentication-failed") this.#login(details?.["mechanism"], "failure");
  }

  of(code: AuditCode): number {
    return this.#codes.get(code) ?? 0;
  }

  all(): Iterable<readonly [AuditCode, number]> {
    return this.#codes;
  }

  logins(): Iterable<LoginCount> {
    return this.#logins.values();
  }

  /** A failure's mechanism is the client's own word, written as it likes: few are told apart. */
  #login(said: unknown, result: LoginCount["result"]): void {
    const named = typeof said === "string" ? said.toLowerCase() : "other";
    const key = `${named} ${result}`;
    const known = this.#logins.get(key);
    if (known) known.count++;
    else if (this.#logins.size < 2 * limits.metricMechanismsMax || named === "other")
      this.#logins.set(key, { mechanism: named, result, count: 1 });
    else this.#login("other", result);
  }
}
