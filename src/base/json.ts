// The shape of JSON as a type: what may enter a policy input, an audit event or a recording.

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}
