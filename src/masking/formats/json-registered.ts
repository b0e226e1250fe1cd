// JSON as it comes from a schema registry: after a schema's id, or with the id in a header. The text is edited as any JSON is; the schema is only
// asked where a rule means a tag, and then its tags become paths. Records without an id are JSON like any other.
import { Matcher, type MatchState } from "../matcher.ts";
import { type Framed, isFramed, referenceOf } from "../registry/reference.ts";
import { type Editor, unreadable, type ValueFormat } from "./format.ts";
import { claimsOf, type FramedParts, framedSchema, oncePerSchema } from "./framed.ts";
import { json } from "./json.ts";
import { type TaggedPath, taggedPaths } from "./json-schema.ts";

export function registeredJsonFormat(parts: FramedParts): ValueFormat {
  const isRegistered = claimsOf(parts, "JSON");
  const pathsOf = oncePerSchema(parts.log, taggedPaths);
  return {
    name: "json",
    finds: { fields: true, tags: true },
    claims: (...it) => json.claims(...it) || isRegistered(...it),
    editor(root) {
      const plain = json.editor(root);
      const editorOf = oncePerSchema(parts.log, (schema) => {
        const paths = pathsOf(schema);
        return paths && json.editor(withTags(root, paths));
      });
      return {
        edit(...it) {
          if (!isFramed(...it)) return plain.edit(...it);
          const framed = referenceOf(...it);
          if (framed === null) return unreadable;
          if (!root.asksForTags) return editRest(plain, framed, it);
          const schema = framedSchema(parts, "JSON", ...it)?.schema;
          const editor = schema === undefined ? null : editorOf(schema);
          return editor === null ? unreadable : editRest(editor, framed, it);
        },
      };
    },
  };
}

/** The text after the reference, which stays. */
function editRest(
  editor: Editor,
  { rest, inPayload }: Framed,
  [source, part, record]: Parameters<Editor["edit"]>,
): ReturnType<Editor["edit"]> {
  if (!inPayload) return editor.edit(source, part, record);
  const edited = editor.edit(rest, part, record);
  if (edited === null || edited === unreadable) return edited;
  return Buffer.concat([source.subarray(0, source.length - rest.length), edited]);
}

/** The same rules, where each target that is a tag has become the places that the schema gives it. */
function withTags(root: MatchState, paths: readonly TaggedPath[]): MatchState {
  const { targets, actionOf } = root.matcher;
  const placed = targets.flatMap((target, index) => {
    if (target.tag === null) return [{ target, index }];
    return paths
      .filter(({ tag }) => tag === target.tag)
      .map(({ steps }) => ({ target: { ...target, steps, tag: null }, index }));
  });
  return new Matcher(
    placed.map(({ target }) => target),
    (met) => actionOf([...new Set(met.map((each) => placed[each]!.index))].toSorted((a, b) => a - b)),
  ).root;
}
