// Whether a field's value is its default: tagged fields at their default are not written, absent fields must be at theirs.
import { type AnyStruct, type Field, isArrayType, zeroUuid } from "./schema.ts";

export type DefaultCheck = (value: unknown) => boolean;

export function defaultCheck(field: Field): DefaultCheck {
  const { type } = field;
  if (field.default === null) return (value) => value === null;
  if (isArrayType(type)) return (value) => Array.isArray(value) && value.length === 0;
  if (typeof type !== "string") return structCheck(type);
  if (type === "bytes" || type === "records") return (value) => Buffer.isBuffer(value) && value.length === 0;
  const wanted = field.default ?? zeroOf(type);
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

function zeroOf(type: string): unknown {
  switch (type) {
    case "bool":
      return false;
    case "string":
      return "";
    case "uuid":
      return zeroUuid;
    case "int64":
      return 0n;
    default:
      return 0;
  }
}
