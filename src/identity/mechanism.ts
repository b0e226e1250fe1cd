// What a login mechanism towards clients is: a conversation of bytes that ends in an Identity or a failure.
// It knows no Kafka; the protocol carries its bytes.
import type { Identity } from "../model/identity.ts";

/** Why a login failed: `reason` is for the log and holds no secret, `claimed` is the name that was tried. */
export interface LoginFailure {
  readonly reason: string;
  readonly claimed: string | null;
}

/** `message` is for the client and tells nothing about why. */
export type MechanismResult =
  | {
      readonly kind: "challenge";
      readonly bytes: Buffer;
      /** The login has failed already and this only tells the client, which may leave before it hears the end. */
      readonly failed?: LoginFailure;
    }
  | { readonly kind: "success"; readonly bytes: Buffer; readonly identity: Identity }
  | (LoginFailure & { readonly kind: "failure"; readonly bytes: Buffer | null; readonly message: string });

export interface MechanismExchange {
  /** One message of the client's. Never throws for bad input: that is a `failure`. */
  step(bytes: Buffer): Promise<MechanismResult>;
}

export interface Mechanism {
  /** The SASL name: `PLAIN`, `OAUTHBEARER`. */
  readonly name: string;
  start(): MechanismExchange;
}
