// What a format is: bytes of a record's key, value or header in, the same bytes out but for the places that rules mean. It knows how its
// values are laid out and no rule, method, detector or protocol: it walks a value along the matcher's states, and where a state has an action it
// hands over what stands there and writes what comes back.
import type { FormatName } from "../../model/decision.ts";
import type { RecordView } from "../../model/record.ts";
import type { MatchState } from "../matcher.ts";

export interface ValueFormat {
  readonly name: FormatName;
  /** Whether rules may name fields (`$.a`) and schema tags in it. */
  readonly finds: { readonly fields: boolean; readonly tags: boolean };
  /**
   * For `auto`: these bytes are of this format beyond doubt, or they are of none. The first format that claims them reads them; where none
   * does, or it then cannot read them, they are unreadable.
   */
  claims(source: Uint8Array, part: EditedPart, record: RecordView): boolean;
  /** Only where the format has options: itself, set as the policy asks. Throws LockkeeperError `policy-invalid`. */
  configured?(options: Readonly<Record<string, unknown>>): ValueFormat;
  /** Made once for a rule set and kept with it. `root` is where a value as a whole stands. */
  editor(root: MatchState): Editor;
}

export interface Editor {
  /**
   * The bytes with every place replaced; null when no action wanted anything, and then the bytes leave as they are. What is not replaced stays
   * byte for byte. `unreadable`: these are not bytes of this format to the letter; an action may have been asked before that was seen.
   * The bytes may be those of the editor's own memory: they hold until its next edit. Throws NotReady, nothing else. `record` and `part` are for what says elsewhere how the bytes are to be read (a schema id in a header).
   */
  edit(source: Uint8Array, part: EditedPart, record: RecordView): Uint8Array | null | typeof unreadable;
}

export type EditedPart = "value" | "key" | "header";

export const unreadable = Symbol("unreadable");
