// Reads a Protobuf schema and what it imports: the text through protobufjs, which knows the language; the messages into our own form. Types
// that are not there make their fields opaque, nothing more. Throws SchemaProblem.
import type protobuf from "protobufjs";
import { lazily, loadNow } from "../../../base/lazy.ts";
import type { RegisteredSchema, TagPattern } from "../../registry/schema.ts";
import { tagsOf } from "../../registry/tags.ts";
import { SchemaProblem } from "../schema-problem.ts";
import { descriptorText, isDescriptor } from "./descriptor.ts";
import { metaTags } from "./meta-tags.ts";
import {
  type IndexedMessage,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoType,
  type ScalarKind,
  scalarKinds,
} from "./schema.ts";

/** Its types do not tell that it marks what it makes with the name of the file, which is taken from here. */
type Parser = typeof protobuf.parse & { filename?: string | null };
const library = lazily((): typeof protobuf => loadNow("protobufjs"));
/** How protobufjs knows the schema itself among what it imports. */
const mainFile = "\0main";
/** Well-known types need no reference in a registry. */
const wellKnown = ["any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"].map(
  (name) => `google/protobuf/${name}.proto`,
);

export function parseProtobuf({ text, references, tags }: RegisteredSchema): ProtoFile {
  const root = new (library().Root)();
  const given = new Set(references.map(({ name }) => name));
  for (const name of wellKnown) {
    const known = given.has(name) ? null : library().common.get(name);
    if (known?.nested) root.addJSON(known.nested);
  }
  for (const reference of references) addFile(root, reference.name, reference.text);
  addFile(root, mainFile, text);
  try {
    root.resolveAll();
  } catch {
    // A type is missing. The features of each file are resolved first, and each field is looked at by itself below.
  }
  const build = new Build(tags);
  return { messages: topLevel(root).map((type) => build.indexed(type)) };
}

function addFile(root: protobuf.Root, name: string, text: string): void {
  // A name that no JavaScript object can have is silently lost, and messages would be counted wrong.
  if (text.includes("__proto__")) throw new SchemaProblem("it uses the name __proto__");
  const parser: Parser = library().parse;
  try {
    parser.filename = name;
    parser(isDescriptor(text) ? descriptorText(text) : text, root, { keepCase: true });
  } catch (error) {
    throw error instanceof SchemaProblem ? error : new SchemaProblem("it is no Protobuf schema");
  } finally {
    parser.filename = null;
  }
}

function topLevel(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((each) => {
    if (each instanceof library().Type) return each.filename === mainFile ? each : [];
    return each instanceof library().Namespace ? topLevel(each) : [];
  });
}

class Build {
  private readonly patterns: readonly TagPattern[];
  private readonly messages = new Map<protobuf.Type, ProtoMessage>();
  private count = 0;

  constructor(patterns: readonly TagPattern[]) {
    this.patterns = patterns;
  }

  indexed(type: protobuf.Type): IndexedMessage {
    const nested = type.nestedArray.filter((each) => each instanceof library().Type && !isGroupType(type, each));
    const implied = type.fieldsArray.filter((field) => field.map || isGroup(field)).length;
    return { message: this.message(type), nested: nested.map((each) => this.indexed(each as protobuf.Type)), implied };
  }

  private message(type: protobuf.Type): ProtoMessage {
    const known = this.messages.get(type);
    if (known !== undefined) return known;
    const fields = new Map<number, ProtoField>();
    const fullName = type.fullName.replace(/^\./, "");
    const message: ProtoMessage = {
      kind: "message",
      index: this.count++,
      fullName,
      tags: metaTags("message", type.parsedOptions),
      fields,
      stands: standsFor(fullName),
      isOpaque: fullName === "google.protobuf.Any",
    };
    // Its fields may lead back to it.
    this.messages.set(type, message);
    for (const field of type.fieldsArray) fields.set(field.id, this.field(field, fullName));
    return message;
  }

  private field(field: protobuf.Field, message: string): ProtoField {
    const extension = field.extensionField;
    const name = extension ? `[${extension.fullName.replace(/^\./, "")}]` : field.name;
    return {
      number: field.id,
      name,
      names: extension ? [name] : [...new Set([name, field.jsonName ?? jsonName(name), jsonName(name)])],
      tags: [
        ...metaTags("field", (extension ?? field).parsedOptions),
        ...tagsOf(this.patterns, `${message}.${field.name}`),
      ],
      type: this.type(field),
      map: field instanceof library().MapField ? scalarNamed(field.keyType) : null,
      isRepeated: field.repeated,
      isRequired: field.required,
      isGroup: isGroup(field),
    };
  }

  private type(field: protobuf.Field): ProtoType {
    const scalar = scalarNamed(field.type);
    if (scalar !== null) return { kind: "scalar", scalar };
    try {
      field.resolve();
    } catch {
      return this.opaque(field.type);
    }
    if (field.resolvedType instanceof library().Enum) return enumOf(field.resolvedType);
    return field.resolvedType instanceof library().Type ? this.message(field.resolvedType) : this.opaque(field.type);
  }

  private opaque(fullName: string): ProtoMessage {
    const none = { tags: [], fields: new Map(), stands: null, isOpaque: true };
    return { kind: "message", index: this.count++, fullName, ...none };
  }
}

function isGroup(field: protobuf.Field): boolean {
  return field.delimited;
}

/** `optional group Name = 1 { … }` defines a message that is counted as implied. */
function isGroupType(parent: protobuf.Type, type: protobuf.ReflectionObject): boolean {
  return parent.fieldsArray.some((field) => isGroup(field) && field.resolvedType === type);
}

function enumOf({ values }: protobuf.Enum): ProtoEnum {
  const numbers = new Map(Object.entries(values));
  const symbols = new Map([...numbers].toReversed().map(([symbol, number]) => [number, symbol]));
  return { kind: "enum", symbols, numbers, neutral: numbers.values().next().value ?? 0 };
}

function scalarNamed(name: string): ScalarKind | null {
  return scalarKinds.find((kind) => kind === name) ?? null;
}

function standsFor(fullName: string): ProtoMessage["stands"] {
  if (fullName === "google.protobuf.Timestamp") return "timestamp";
  return /^google\.protobuf\.(Double|Float|U?Int(32|64)|Bool|String|Bytes)Value$/.test(fullName) ? "wrapper" : null;
}

/** The name in the JSON form of messages: `customer_email` → `customerEmail`. */
function jsonName(name: string): string {
  return name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase()).replace(/_+$/, "");
}
