// Reads an Avro schema and what it refers to. Throws SchemaProblem: such a schema cannot be used, and its records are unreadable.
import { z } from "zod";
import { limits } from "../../../base/limits.ts";
import type { RegisteredSchema, TagPattern } from "../../registry/schema.ts";
import { tagsOf } from "../../registry/tags.ts";
import { SchemaProblem } from "../schema-problem.ts";
import { logicalOfBytes, logicalOfFixed, logicalOfInteger, logicalOfString } from "./logical.ts";
import type { AvroField, AvroRecord, AvroSchema, AvroType } from "./schema.ts";

const primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] as const;
type Primitive = (typeof primitives)[number];

const names = z.array(z.string()).catch([]);
/** One tag may stand alone. */
const tagList = z.union([z.array(z.string()), z.string().transform((tag) => [tag])]).catch([]);
const nodeSchema = z.looseObject({
  type: z.unknown(),
  name: z.string().optional(),
  namespace: z.string().optional(),
  "confluent:tags": tagList,
});
const fieldSchema = z.looseObject({ name: z.string(), type: z.unknown(), aliases: names, "confluent:tags": tagList });
type Node = z.output<typeof nodeSchema>;

export function parseAvro({ text, references, tags }: RegisteredSchema): AvroSchema {
  const parser = new Parser(tags);
  for (const reference of references) parser.parse(reference.text);
  return { root: parser.parse(text), types: parser.types };
}

class Parser {
  types = 0;
  private readonly patterns: readonly TagPattern[];
  private readonly named = new Map<string, AvroType>();

  constructor(patterns: readonly TagPattern[]) {
    this.patterns = patterns;
  }

  parse(text: string): AvroType {
    try {
      return this.read(JSON.parse(text), "", 0);
    } catch (error) {
      // A schema may be nothing but a name, without the quotes of JSON.
      if (error instanceof SyntaxError && /^[\w.]+$/.test(text)) return this.byName(text, "");
      throw error instanceof SyntaxError ? new SchemaProblem("it is not JSON") : error;
    }
  }

  private read(node: unknown, space: string, depth: number): AvroType {
    if (depth > limits.schemaDepthMax) throw new SchemaProblem("it is nested too deep");
    if (typeof node === "string") return this.byName(node, space);
    if (Array.isArray(node)) return this.union(node, space, depth);
    const parsed = nodeSchema.safeParse(node);
    if (!parsed.success) throw new SchemaProblem("a type is neither a name, an object nor a list");
    return this.object(parsed.data, space, depth);
  }

  private byName(name: string, space: string): AvroType {
    if (isPrimitive(name)) return this.primitive(name, [], {});
    const known = this.named.get(fullName(name, space)) ?? (name.includes(".") ? undefined : this.named.get(name));
    if (known === undefined) throw new SchemaProblem(`it names a type that is not there: ${name}`);
    return known;
  }

  private primitive(kind: Primitive, tags: readonly string[], node: Readonly<Record<string, unknown>>): AvroType {
    const its = { index: this.types++, tags };
    if (kind === "int" || kind === "long") return { kind, ...its, logical: logicalOfInteger(kind, node) };
    if (kind === "bytes") return { kind, ...its, logical: logicalOfBytes(node) };
    if (kind === "string") return { kind, ...its, logical: logicalOfString(node) };
    return { kind, ...its };
  }

  private union(nodes: readonly unknown[], space: string, depth: number): AvroType {
    const index = this.types++;
    const branches = nodes.map((node) => this.read(node, space, depth + 1));
    if (branches.length === 0 || branches.some(({ kind }) => kind === "union"))
      throw new SchemaProblem("a union is empty, or holds another");
    return { kind: "union", index, tags: [], branches };
  }

  private object(node: Node, space: string, depth: number): AvroType {
    const { type } = node;
    const tags = node["confluent:tags"];
    switch (type) {
      case "record":
      case "error":
        return this.record(node, space, depth);
      case "enum":
        return this.define(node, space, this.enumeration(node));
      case "fixed":
        return this.define(node, space, this.fixed(node));
      case "array":
        return { kind: "array", index: this.types++, tags, items: this.read(node["items"], space, depth + 1) };
      case "map":
        return { kind: "map", index: this.types++, tags, values: this.read(node["values"], space, depth + 1) };
      default: {
        if (typeof type === "string" && isPrimitive(type)) return this.primitive(type, tags, node);
        // `{"type": {…}}` and `{"type": "a.Name"}` stand for what is inside; a copy keeps tags from reaching other uses of it.
        const inner = this.read(type, space, depth + 1);
        return tags.length === 0 ? inner : { ...inner, index: this.types++, tags: [...inner.tags, ...tags] };
      }
    }
  }

  private record(node: Node, space: string, depth: number): AvroType {
    // Its fields may lead back to it, so it has a name before it has them.
    const made: AvroField[] = [];
    const record: AvroRecord = { kind: "record", index: this.types++, tags: node["confluent:tags"], fields: made };
    this.define(node, space, record);
    const name = nameOf(node, space);
    const inside = name.slice(0, Math.max(0, name.lastIndexOf(".")));
    const fields = z.array(fieldSchema).safeParse(node["fields"]);
    if (!fields.success) throw new SchemaProblem(`the record ${name} has no list of fields`);
    for (const field of fields.data)
      made.push({
        name: field.name,
        names: [field.name, ...field.aliases],
        type: this.read(field.type, inside, depth + 1),
        tags: [...field["confluent:tags"], ...tagsOf(this.patterns, `${name}.${field.name}`)],
      });
    return record;
  }

  private enumeration(node: Node): AvroType {
    const symbols = z.array(z.string()).min(1).safeParse(node["symbols"]);
    if (!symbols.success) throw new SchemaProblem("an enum has no symbols");
    const neutral = Math.max(0, symbols.data.indexOf(String(node["default"])));
    return { kind: "enum", index: this.types++, tags: node["confluent:tags"], symbols: symbols.data, neutral };
  }

  private fixed(node: Node): AvroType {
    const size = z.int().min(0).safeParse(node["size"]);
    if (!size.success) throw new SchemaProblem("a fixed has no size");
    const its = { index: this.types++, tags: node["confluent:tags"], size: size.data };
    return { kind: "fixed", ...its, logical: logicalOfFixed(node, size.data) };
  }

  private define<Type extends AvroType>(node: Node, space: string, type: Type): Type {
    const name = nameOf(node, space);
    if (this.named.has(name) || isPrimitive(name)) throw new SchemaProblem(`it defines ${name} twice`);
    this.named.set(name, type);
    return type;
  }
}

function isPrimitive(name: string): name is Primitive {
  return (primitives as readonly string[]).includes(name);
}

function nameOf({ name, namespace }: Node, space: string): string {
  if (name === undefined || name === "") throw new SchemaProblem("a named type has no name");
  return fullName(name, namespace ?? space);
}

function fullName(name: string, space: string): string {
  return name.includes(".") || space === "" ? name : `${space}.${name}`;
}
