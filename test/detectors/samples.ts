// The labelled sample set: each value alone in its field, in a sentence, and beside other things; and what must not be found. Everything in it is published
// for tests, or made by chance.
import { everyday, generated } from "./generated.ts";
import { lookalikes, published, publishedBesideWord } from "./published.ts";
import type { Sample } from "./sample.ts";

const around: readonly (readonly [before: string, after: string])[] = [
  ["", ""],
  ["we have ", " on file"],
  ["(", "), see above."],
  ['value="', '"'],
  ["first line\n", ", next"],
];

export function samples(): readonly Sample[] {
  const values = [
    ...Object.entries(published).flatMap(([name, list]) => list.map((value) => ({ name, field: "", value }))),
    ...Object.entries(publishedBesideWord).flatMap(([name, list]) =>
      list.map(([field, value]) => ({ name, field, value })),
    ),
    ...Object.entries(generated()).flatMap(([name, list]) => list.map(([field, value]) => ({ name, field, value }))),
  ];
  const positives = values.flatMap(({ name, field, value }, index) => {
    // Alone, and in one of the sentences: each kind meets all of them.
    const [before, after] = around[1 + (index % (around.length - 1))]!;
    return [value, before + value + after].map((text) => ({ text, field, labels: labelsOf(name, value) }));
  });
  const negatives = [...lookalikes, ...everyday(400)].map(([field, text]) => ({ text, field, labels: {} }));
  return [...positives, ...negatives];
}

/** A host's address in an e-mail address is an IP address too. */
function labelsOf(name: string, value: string): Sample["labels"] {
  const host = name === "email" ? /\[(.*)\]$/.exec(value)?.[1] : undefined;
  return host === undefined ? { [name]: [value] } : { [name]: [value], "ip-address": [host] };
}
