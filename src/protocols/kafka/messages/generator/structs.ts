// Definitions → structs with names that are unique in their file, fields clipped to the versions that exist, defaults as
// TypeScript literals. What a definition may hold and this does not understand is an error, never a guess.
import { clip, type FieldDefinition, type MessageDefinition, type Range } from "./definitions.ts";

export interface FieldModel {
  readonly name: string;
  /** A scalar's name, or the type name of a struct. */
  readonly element: string;
  readonly isArray: boolean;
  readonly isStruct: boolean;
  readonly versions: Range;
  readonly nullable: Range | null;
  readonly tag: number | null;
  readonly ignorable: boolean;
  readonly compact: boolean;
  /** Literal, where the default is not the type's own. */
  readonly special: string | null;
}

export interface StructModel {
  /** Name of the type: Kafka's, with the message's before it where a file has two of the same name. */
  readonly typeName: string;
  readonly name: string;
  readonly fields: readonly FieldModel[];
}

const scalars = new Set([
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint16",
  "uint32",
  "float64",
  "string",
  "uuid",
  "bytes",
  "records",
]);

/** All structs of a message, inner ones first; the last one is the message itself. `taken`: type names that other messages of the file use. */
export function structsOf(definition: MessageDefinition, taken: ReadonlySet<string>): readonly StructModel[] {
  const valid = validRange(definition);
  const common = new Map(definition.commonStructs.map((each) => [each.name, each]));
  const structs = new Map<string, StructModel>();
  const typeNameOf = (name: string): string => (taken.has(name) ? `${definition.name}${name}` : name);

  const addStruct = (name: string, fields: readonly FieldDefinition[], versions: Range): void => {
    if (structs.has(name)) return;
    const models = fields.flatMap((field) => addField(field, versions));
    structs.set(name, { name, typeName: name === definition.name ? name : typeNameOf(name), fields: models });
  };

  const addField = (field: FieldDefinition, outer: Range): FieldModel[] => {
    const versions = clip(field.versions, outer);
    if (versions === null) return [];
    const isArray = field.type.startsWith("[]");
    const element = isArray ? field.type.slice(2) : field.type;
    const isStruct = !scalars.has(element);
    if (isStruct) {
      const shared = common.get(element);
      const fields = field.fields ?? shared?.fields;
      if (fields === undefined) throw new Error(`${definition.name}: no struct ${element}`);
      addStruct(element, fields, shared === undefined ? versions : (clip(shared.versions, valid) ?? versions));
    }
    const nullable = clip(field.nullableVersions, versions);
    checkTag(definition, field, versions, isStruct && !isArray && nullable !== null);
    return [
      {
        name: lowerFirst(field.name),
        element: isStruct ? typeNameOf(element) : element,
        isArray,
        isStruct,
        versions,
        nullable,
        tag: field.tag ?? null,
        ignorable: field.ignorable === true,
        compact: field.flexibleVersions === undefined,
        special: specialDefault(field, element, isArray, nullable !== null),
      },
    ];
  };

  addStruct(definition.name, definition.fields, valid);
  return [...structs.values()];
}

export function validRange(definition: MessageDefinition): Range {
  const valid = clip(definition.validVersions, [0, 0x7fff]);
  if (valid === null) throw new Error(`${definition.name} has no versions`);
  return valid;
}

/** Tagged fields are tagged in all their versions and no struct among them is nullable: the codec relies on it. */
function checkTag(
  definition: MessageDefinition,
  field: FieldDefinition,
  versions: Range,
  nullableStruct: boolean,
): void {
  if (field.tag === undefined) return;
  const tagged = clip(field.taggedVersions, versions);
  if (tagged === null || tagged[0] !== versions[0] || tagged[1] !== versions[1] || nullableStruct) {
    throw new Error(`${definition.name}.${field.name}: tagged in a way that the codec does not know`);
  }
}

function specialDefault(field: FieldDefinition, element: string, isArray: boolean, nullable: boolean): string | null {
  const text = field.default === undefined ? "" : String(field.default);
  if (text === "null" && !nullable) throw new Error(`${field.name}: null by default, but never null`);
  if (text === "null") return "null";
  if (text === "") return element === "records" && nullable ? "null" : null;
  if (isArray) throw new Error(`${field.name}: an array with default ${text}`);
  switch (element) {
    case "bool":
      return text.toLowerCase() === "true" ? "true" : null;
    case "int64":
      return BigInt(text) === 0n ? null : `${BigInt(text)}n`;
    case "int8":
    case "int16":
    case "int32":
    case "uint16":
    case "uint32":
      return Number(text) === 0 ? null : String(Number(text));
    default:
      throw new Error(`${field.name}: ${element} with default ${text}`);
  }
}

export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
