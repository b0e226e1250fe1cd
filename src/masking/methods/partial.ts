// partial: the first or last characters stay, each other becomes a sign (in numbers a 0). At most half of a value stays: where policy asks for more
// of a short one, nothing does.
import { z } from "zod";
import type { MaskMethod, ReadyMethod } from "../method.ts";
import { byKind } from "./by-kind.ts";

const count = z.int().min(0).max(64).default(0);
const options = z
  .strictObject({
    first: count,
    last: count,
    /** Stands for each hidden character. */
    with: z
      .string()
      .refine((text) => Array.from(text).length === 1 && text.isWellFormed(), "one character is expected")
      .default("*"),
  })
  .refine(({ first, last }) => first + last > 0, "first or last is needed: how many characters stay");

type Options = z.output<typeof options>;

export const partial: MaskMethod<Options> = {
  name: "partial",
  deterministic: false,
  shows: 3,
  keyed: false,
  options,
  prepare: (given) => ({ constant: null, apply: masked(given) }),
};

function masked({ first, last, with: sign }: Options): ReadyMethod["apply"] {
  return byKind({
    text: ({ text }) => ({ kind: "text", text: hidden(text, first, last, sign) }),
    number(value) {
      // The point of a number that is not whole would tell its size.
      if (!/^-?\d+$/.test(value.text)) return null;
      return value.typed
        ? { ...value, text: whole(BigInt(value.text), first, last).toString() }
        : { kind: "text", text: hidden(value.text, first, last, sign) };
    },
    integer(value) {
      const kept = whole(value.value, first, last);
      return kept >= value.min && kept <= value.max ? { ...value, value: kept } : null;
    },
  });
}

function hidden(text: string, first: number, last: number, sign: string): string {
  const characters = Array.from(text);
  const stays = first + last <= characters.length / 2;
  const begin = stays ? first : 0;
  const end = characters.length - (stays ? last : 0);
  return characters.slice(0, begin).join("") + sign.repeat(end - begin) + characters.slice(end).join("");
}

function whole(value: bigint, first: number, last: number): bigint {
  const digits = (value < 0n ? -value : value).toString();
  return BigInt(hidden(digits, first, last, "0"));
}
