// Tags of a JSON Schema as paths: which places of a document a schema gives which tags. Where a schema can say it only with more effort than is
// good (recursion, alternatives), it is more places rather than fewer. Throws SchemaProblem where something cannot be followed: a tag may hide
// behind it. Source: JSON Schema 2020-12 and draft 7; Confluent's inline tags for JSON Schema.
import { limits } from "../../base/limits.ts";
import type { PathStep } from "../path.ts";
import type { RegisteredSchema, TagPattern } from "../registry/schema.ts";
import { tagsOf } from "../registry/tags.ts";
import { JsonSchemas, type Node, type Place } from "./json-schema-refs.ts";
import { SchemaProblem } from "./schema-problem.ts";

export interface TaggedPath {
  readonly tag: string;
  readonly steps: readonly PathStep[];
}

const every: PathStep = { kind: "any", deep: false };
const inPlace = ["allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies"];
const ofMembers = ["patternProperties", "additionalProperties", "unevaluatedProperties"];
const ofElements = ["items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"];

export function taggedPaths({ text, references, tags }: RegisteredSchema): readonly TaggedPath[] {
  const schemas = new JsonSchemas(text, references);
  const walk = new Walk(schemas, tags);
  walk.visit(schemas.root, [], "$");
  return walk.found;
}

class Walk {
  readonly found: TaggedPath[] = [];
  private readonly schemas: JsonSchemas;
  private readonly patterns: readonly TagPattern[];
  /** What is being visited, and whether it leads back to itself. */
  private readonly open = new Map<Node, { recurs: boolean }>();
  private visits = 0;

  constructor(schemas: JsonSchemas, patterns: readonly TagPattern[]) {
    this.schemas = schemas;
    this.patterns = patterns;
  }

  /** `name` is how metadata's patterns call the place: `$.customer.email`. */
  visit(place: Place, steps: readonly PathStep[], name: string): void {
    const node = asObject(place.node);
    if (node === nothing) return;
    if (++this.visits > limits.jsonSchemaVisitsMax || steps.length > limits.maskPathStepsMax) {
      throw new SchemaProblem("it branches too much");
    }
    const again = this.open.get(node);
    if (again !== undefined) {
      again.recurs = true;
      return;
    }
    const its = { recurs: false };
    this.open.set(node, its);
    const first = this.found.length;
    this.add(tagsIn(node), steps);
    if (steps.length > 0) this.add(tagsOf(this.patterns, name), steps);
    this.below({ ...place, node }, steps, name);
    this.open.delete(node);
    if (its.recurs) this.deepen(first, steps);
  }

  private add(tags: readonly string[], steps: readonly PathStep[]): void {
    for (const tag of tags) this.found.push({ tag, steps });
  }

  /** What was found in a part that holds itself may stand at any depth below it. */
  private deepen(first: number, steps: readonly PathStep[]): void {
    for (const { tag, steps: of } of this.found.slice(first)) {
      const last = of.at(-1);
      if (of.length > steps.length && last !== undefined)
        this.found.push({ tag, steps: [...steps, { ...last, deep: true }] });
    }
  }

  private below({ node, base }: Place & { node: Node }, steps: readonly PathStep[], name: string): void {
    for (const key of ["$ref", "$dynamicRef", "$recursiveRef"]) {
      const ref = node[key];
      if (typeof ref === "string") this.visit(this.schemas.resolve(ref, base), steps, name);
    }
    for (const key of inPlace)
      for (const each of alternatives(node[key])) this.visit({ node: each, base }, steps, name);
    for (const [property, each] of Object.entries(asObject(node["properties"]))) {
      const step: PathStep = { kind: "name", name: property, deep: false };
      this.visit({ node: each, base }, [...steps, step], `${name}.${property}`);
    }
    for (const key of ofMembers) {
      const under = key === "patternProperties" ? Object.values(asObject(node[key])) : [node[key]];
      for (const each of under) this.visit({ node: each, base }, [...steps, every], `${name}.*`);
    }
    for (const key of ofElements) {
      for (const each of Array.isArray(node[key]) ? node[key] : [node[key]])
        this.visit({ node: each, base }, [...steps, every], name);
    }
  }
}

const nothing: Node = {};

function alternatives(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  // `if` and its like are schemas themselves, `dependentSchemas` an object of them: both are looked into.
  const node = asObject(value);
  return [node, ...Object.values(node)];
}

function asObject(value: unknown): Node {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : nothing;
}

function tagsIn(node: Node): readonly string[] {
  const tags = node["confluent:tags"];
  if (typeof tags === "string") return [tags];
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}
