// A client's regular expression over topic names (KIP-848). A broker matches with RE2, in time linear to the name; a backtracking engine would
// let a client stop the event loop, so V8's own linear engine matches here, and what that cannot do is refused. Topics that it finds are
// judged one by one: a difference between the two dialects can never show more than the policy does.
import { setFlagsFromString } from "node:v8";
import { limits } from "../../base/limits.ts";

export interface TopicPattern {
  matches(topic: string): boolean;
}

/** RE2's own words that JavaScript reads as something else: better refused than matched to nothing. */
const re2Only = /\\[QEAzpPCa]|\[:|\(\?P</;

/** A flag of V8 alone. */
const linear: string = "l";

let enabled = false;

/** Null for what cannot be matched in linear time: look-around, back references, case folding, RE2's own words; and for what is too long. */
export function topicPattern(source: string): TopicPattern | null {
  if (source.length > limits.topicPatternCharsMax || re2Only.test(source)) return null;
  // the flag only adds the `l` of regular expressions: nothing else of the process changes
  if (!enabled) setFlagsFromString("--enable-experimental-regexp-engine");
  enabled = true;
  try {
    // the whole name, as a broker does
    const expression = new RegExp(`^(?:${source})$`, linear);
    return { matches: (topic) => expression.test(topic) };
  } catch {
    return null;
  }
}
