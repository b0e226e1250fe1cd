// A schema as a registry gives it out, with all that it refers to. Plain data: it may be handed to another thread.

export type SchemaType = "AVRO" | "PROTOBUF" | "JSON";

export interface RegisteredSchema {
  readonly type: SchemaType;
  readonly text: string;
  /** All that it refers to, directly or not: what is referred to comes before what refers to it. `name` is how they call it. */
  readonly references: readonly { readonly name: string; readonly text: string }[];
  /** Its metadata's tags, and those of its references: a pattern over full field names, and the tags of the fields that it matches. */
  readonly tags: readonly TagPattern[];
}

export interface TagPattern {
  readonly pattern: string;
  readonly tags: readonly string[];
}
