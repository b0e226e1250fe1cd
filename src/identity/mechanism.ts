// What a login mechanism towards clients is: a conversation of bytes that ends in an Identity or a failure.
// It knows no Kafka; the protocol carries its bytes.
import type { Identity } from "../model/identity.ts";

/** `message` is for the client and tells nothing about why; `reason` is for the log and holds no secret. */
export type MechanismResult =
  | { readonly kind: "challenge"; readonly bytes: Buffer }
  | { readonly kind: "success"; readonly bytes: Buffer; readonly identity: Identity }
  | {
      readonly kind: "failure";
      readonly bytes: Buffer | null;
      readonly message: string;
      readonly reason: string;
      readonly claimed: string | null;
    };

export interface MechanismExchange {
  /** One message of the client's. Never throws for bad input: that is a `failure`. */
  step(bytes: Buffer): Promise<MechanismResult>;
}

export interface Mechanism {
  /** The SASL name: `PLAIN`, `OAUTHBEARER`. */
  readonly name: string;
  start(): MechanismExchange;
}
