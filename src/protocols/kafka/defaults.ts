// Whether a field's value is its default: tagged fields at their default are not written, absent fields must be at theirs.
import { type AnyStruct, defaultOf, type Field, isArrayType } from "./schema.ts";

export type DefaultCheck = (value: unknown) => boolean;

export function defaultCheck(field: Field): DefaultCheck {
  const { type } = field;
  if (field.default === null) return (value) => value === null;
  if (isArrayType(type)) return (value) => Array.isArray(value) && value.length === 0;
  if (typeof type !== "string") return structCheck(type);
  if (type === "bytes" || type === "records") return (value) => Buffer.isBuffer(value) && value.length === 0;
  const wanted = defaultOf(field)();
  return (value) => value === wanted;
}

function structCheck(struct: AnyStruct): DefaultCheck {
  const checks = struct.fields.map((field) => ({ name: field.name, isDefault: defaultCheck(field) }));
  return (given) => {
    const value = given as Record<string, unknown>;
    return (
      checks.every(({ name, isDefault }) => isDefault(value[name])) &&
      (value["unknownTaggedFields"] as readonly unknown[]).length === 0
    );
  };
}
