// The functions that a policy may call: exactly those whose WASM code is OPA's own. A policy that calls another does not compile,
// so that nobody learns it from a denial at night. Source: the table `builtinsFunctions` of OPA 1.22's WASM compiler.
//
// Left out on purpose: everything that opa-wasm does in JavaScript. Its sprintf differs from Go's, its regex.split backtracks,
// json.marshal and base64.is_valid say other things in WASM than in OPA's evaluator, where policies' tests run (a test compares all);
// and the rest (time.*, crypto.*, http.send, rand.*) would throw when reached, or make an answer depend on more than its input.

const native: readonly (readonly string[])[] = [
  ["plus", "minus", "mul", "div", "rem", "abs", "round", "ceil", "floor"],
  ["bits.or", "bits.and", "bits.negate", "bits.xor", "bits.lsh", "bits.rsh"],
  ["equal", "neq", "gt", "gte", "lt", "lte"],
  ["and", "or", "intersection", "union"],
  ["is_number", "is_string", "is_boolean", "is_array", "is_set", "is_object", "is_null", "type_name"],
  ["count", "sum", "product", "max", "min", "sort", "numbers.range", "to_number", "format_int"],
  ["array.concat", "array.flatten", "array.reverse", "array.slice"],
  ["object.filter", "object.get", "object.keys", "object.remove", "object.union", "object.union_n"],
  ["json.unmarshal", "json.is_valid", "json.remove", "json.filter", "walk", "graph.reachable"],
  ["concat", "contains", "startswith", "endswith", "indexof", "substring", "split", "lower", "upper"],
  ["replace", "strings.replace_n", "strings.reverse"],
  ["trim", "trim_left", "trim_prefix", "trim_right", "trim_suffix", "trim_space"],
  ["base64.encode", "base64.decode", "base64url.encode", "base64url.decode"],
  ["regex.match", "regex.is_valid", "regex.find_all_string_submatch_n", "glob.match"],
  ["net.cidr_contains", "net.cidr_intersects"],
];

/** What the language itself needs: `:=`, `=`, `in`, template strings; and `print`, which is dropped from what is built. */
const language: readonly (readonly string[])[] = [
  ["assign", "eq", "minus", "internal.member_2", "internal.member_3", "internal.template_string"],
  ["print", "internal.print", "internal.test_case"],
];

/** OPA's names, for the capabilities of a compilation. */
export const builtinNames: readonly string[] = [...new Set([native, language].flat(2))];

const advice: readonly (readonly [RegExp, string])[] = [
  [/\bsprintf\b/, 'write a template string instead: $"… {x} …"'],
  [/\btime\.|\bnow_ns\b/, "use input.time instead"],
  [/\bregex\.(split|replace)\b/, "use split, replace or regex.find_all_string_submatch_n instead"],
];

/** Adds what to do to OPA's "undefined function …". */
export function adviseOnBuiltins(message: string): string {
  if (!message.includes("undefined function")) return message;
  const found = advice.find(([pattern]) => pattern.test(message));
  return `${message}: the gateway does not provide it${found === undefined ? "" : `; ${found[1]}`}`;
}
