// Where a `$ref` of a JSON Schema leads: within the document, by anchor, or to what the registry gives out beside it. Throws SchemaProblem for one
// that leads nowhere. Nothing is ever fetched. Source: JSON Schema 2020-12, "Base URI, Anchors, and Dereferencing".
import { SchemaProblem } from "./schema-problem.ts";

export type Node = Readonly<Record<string, unknown>>;

/** A part of a document, and the URI that relative references in it start from. */
export interface Place {
  readonly node: unknown;
  readonly base: string;
}

/** References without a base of their own start here; the scheme is nobody's. */
const nowhere = "registry:/";

export class JsonSchemas {
  readonly root: Place;
  /** Documents and what has an `$id` or an anchor, by URI. */
  private readonly known = new Map<string, Place>();

  constructor(text: string, references: readonly { readonly name: string; readonly text: string }[]) {
    for (const { name, text: its } of references) this.add(its, absolute(name, nowhere));
    this.root = this.add(text, nowhere);
  }

  resolve(ref: string, base: string): Place {
    const uri = absolute(ref, base);
    const [document = "", fragment = ""] = uri.split("#", 2);
    const exact = this.known.get(uri.replace(/#$/, ""));
    if (exact !== undefined) return exact;
    const place = this.known.get(document);
    if (place === undefined) throw new SchemaProblem(`a reference leads nowhere: ${ref}`);
    return pointed(place, decodeURIComponent(fragment), ref);
  }

  private add(text: string, base: string): Place {
    let node: unknown;
    try {
      node = JSON.parse(text);
    } catch {
      throw new SchemaProblem("it is not JSON");
    }
    const place = { node, base };
    this.known.set(base, place);
    return this.index(node, base) ?? place;
  }

  /** Notes what has a name of its own, and returns the place of `node` where it has one. */
  private index(node: unknown, base: string): Place | null {
    if (Array.isArray(node)) {
      for (const each of node) this.index(each, base);
      return null;
    }
    if (typeof node !== "object" || node === null) return null;
    const its: Node = { ...node };
    const id = its["$id"];
    const own = typeof id === "string" ? absolute(id, base).replace(/#$/, "") : base;
    const place = { node, base: own };
    if (own !== base) this.known.set(own, place);
    for (const key of ["$anchor", "$dynamicAnchor"]) {
      if (typeof its[key] === "string") this.known.set(`${own}#${its[key]}`, place);
    }
    for (const each of Object.values(its)) this.index(each, own);
    return own === base ? null : place;
  }
}

function absolute(ref: string, base: string): string {
  const url = URL.parse(ref, base);
  if (url === null) throw new SchemaProblem(`a reference leads nowhere: ${ref}`);
  return url.href;
}

/** A JSON pointer (RFC 6901) from a place. */
function pointed({ node, base }: Place, pointer: string, ref: string): Place {
  let at: unknown = node;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = typeof at === "object" && at !== null && Object.hasOwn(at, key) ? (at as Node)[key] : undefined;
    if (at === undefined) throw new SchemaProblem(`a reference leads nowhere: ${ref}`);
  }
  return { node: at, base };
}
