// What a step of the story is: a title, a paragraph that says what is about to be seen, and a play that checks what it expects.
import type { Stage } from "../stage/index.ts";

export interface Step {
  readonly title: string;
  /** One paragraph; wrapped when printed. */
  readonly intro: string;
  /** Prints its proofs and checks. What it throws counts as one expectation that did not come true. */
  play(stage: Stage): Promise<void>;
}

/** Topics of the story. */
export const topics = {
  orders: "orders",
  approved: "orders-2019",
  denied: "orders-2020",
  ticket: "orders-2021",
  kept: "orders-2022",
} as const;
