// One sentence for each API: what a request asks for, as a verb and what follows it. What came of it is said the same way for all of them.
import type { JsonObject } from "../../../base/json.ts";
import type { ApiMessages } from "../schema.ts";
import type { Restored } from "./restore.ts";
import type { Names } from "./words.ts";

/** What a sentence may look at. */
export interface Scene<Req, Res> {
  readonly request: Req;
  /** Null where there is no answer, or it was not kept. */
  readonly response: Res | null;
  readonly names: Names;
  readonly version: number;
  /** Of request and answer: their records. */
  readonly asked: Restored;
  readonly answered: Restored | null;
  /** What the gateway noted beside the answer. */
  readonly notes: JsonObject;
}

export interface Sentence<Req, Res> {
  readonly api: ApiMessages<Req, Res>;
  /** In the infinitive: `delete topic orders`. */
  readonly phrase: (scene: Scene<Req, Res>) => string;
  /** True where it happens all the time and changes nothing. */
  readonly quiet?: (scene: Scene<Req, Res>) => boolean;
  /** What the answer brought, behind a comma; `""` for nothing worth a word. */
  readonly came?: (scene: Scene<Req, Res> & { readonly response: Res }) => string;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of sentences about different messages; each is used only with its own
// oxlint-disable-next-line typescript/no-explicit-any
export type AnySentence = Sentence<any, any>;

export function sentence<Req, Res>(
  api: ApiMessages<Req, Res>,
  phrase: Sentence<Req, Res>["phrase"],
  more: Pick<Sentence<Req, Res>, "quiet" | "came"> = {},
): AnySentence {
  return { api, phrase, ...more } as AnySentence;
}
