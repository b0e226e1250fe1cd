// The functions that policies may call: each compiles, needs nothing of JavaScript, and says in WASM what it says in OPA's own
// evaluator, where policies' tests run. A function that differs would make those tests lie.
import { describe, expect, it } from "vitest";
import { describeError } from "../../../src/base/errors.ts";
import { adviseOnBuiltins, builtinNames } from "../../../src/policy/builtins.ts";
import { requestFor } from "../../../src/policy/compile.ts";
import { readSources } from "../../../src/policy/sources.ts";
import { createProgram, type PolicyProgram } from "../../../src/policy/wasm.ts";
import { compiled, compiler, temporaryFolder, writeFiles } from "./support.ts";

/** One or more calls for each function, with what is apt to differ: other alphabets, empty values, negative and large numbers. */
const probes = String.raw`
abs(-3.5) ¦ round(2.5) ¦ round(-2.5) ¦ ceil(1.1) ¦ floor(-1.1) ¦ 7 % 3 ¦ 7 / 2 ¦ 2 - 5 ¦ 0.1 + 0.2 ¦ 3 * 1.5 ¦ 9007199254740993 + 1
bits.or(5, 2) ¦ bits.and(6, 3) ¦ bits.negate(5) ¦ bits.xor(6, 3) ¦ bits.lsh(1, 40) ¦ bits.rsh(1024, 3)
{1, 2, 3} & {2, 3} ¦ {1} | {3} ¦ {1, 2} - {2} ¦ intersection({{1, 2}, {2, 3}}) ¦ union({{1}, {2}})
is_number(1) ¦ is_string("") ¦ is_boolean(false) ¦ is_array([]) ¦ is_set({1}) ¦ is_object({}) ¦ is_null(null) ¦ type_name({"a": 1})
count("äöü") ¦ count({1, 2}) ¦ sum([1, 2.5]) ¦ product([2, 3]) ¦ max(["b", "a"]) ¦ min({3, 1}) ¦ sort([3, "a", null, 1, true])
numbers.range(3, -1) ¦ to_number("12.50") ¦ to_number(" 1") ¦ to_number("") ¦ to_number(null) ¦ to_number("0x1F") ¦ format_int(255.9, 16) ¦ format_int(-7, 2)
array.concat([1], [2]) ¦ array.flatten([1, [2, [3]]]) ¦ array.reverse([1, 2]) ¦ array.slice([1, 2, 3], -1, 9)
object.filter({"a": 1, "b": 2}, ["a"]) ¦ object.get({"a": {"b": 1}}, ["a", "b"], 0) ¦ object.get({"a": 1}, "x", "no") ¦ sort(object.keys({"b": 1, "a": 2}))
object.remove({"a": 1, "b": 2}, ["a"]) ¦ object.union({"a": {"b": 1}}, {"a": {"c": 2}}) ¦ object.union_n([{"a": 1}, {"a": 2}])
json.unmarshal("{\"a\": 1e3}") ¦ json.is_valid("{") ¦ json.is_valid("1") ¦ json.remove({"a": {"b": 1, "c": 2}}, ["a/b"]) ¦ json.filter({"a": {"b": 1, "c": 2}}, ["a/b"])
count([x | walk({"a": [1, {"b": 2}]}, x)]) ¦ sort(graph.reachable({"a": ["b"], "b": ["c"], "c": []}, {"a"}))
concat(",", ["a", "b"]) ¦ concat("", {"b"}) ¦ contains("orders", "") ¦ startswith("é", "é") ¦ endswith("abc", "bc") ¦ indexof("äbc", "c") ¦ indexof("a", "z") ¦ substring("äöüß", 1, 2) ¦ substring("abc", 1, -1) ¦ split("a,b,,c", ",") ¦ split("äö", "")
lower("ÄÉΣİ-ABC") ¦ upper("äéß-abc") ¦ replace("aXbX", "X", "") ¦ strings.replace_n({"a": "b", "b": "c"}, "ab") ¦ strings.reverse("äbc")
trim(" .a. ", " .") ¦ trim_left("xxa", "x") ¦ trim_prefix("orders*", "*") ¦ trim_right("axx", "x") ¦ trim_suffix("orders*", "*") ¦ trim_space("\t a \n\u00a0")
base64.encode("äö") ¦ base64.decode("w6TDtg==") ¦ base64url.encode("??>>") ¦ base64url.decode("Pz8-Pg==")
regex.match("^[a-z]+\\.v[0-9]{1,2}$", "orders.v12") ¦ regex.match("(?i)ORDERS", "orders") ¦ regex.match("^.$", "ä") ¦ regex.match("\\p{Lu}", "Ä") ¦ regex.is_valid("(") ¦ regex.find_all_string_submatch_n("a(b?)", "abac", -1)
glob.match("orders.*", ["."], "orders.eu") ¦ glob.match("orders.*", ["."], "orders.eu.x") ¦ glob.match("orders.**", ["."], "orders.eu.x") ¦ glob.match("{a,b}?", [], "bé") ¦ glob.match("[!a]*", [], "bcd") ¦ glob.match("a*", null, "a.b")
net.cidr_contains("10.0.0.0/8", "10.255.0.1") ¦ net.cidr_contains("2001:db8::/32", "2001:db8::1") ¦ net.cidr_contains("10.0.0.0/8", "2001:db8::1") ¦ net.cidr_contains("10.0.0.0/8", "10.0.0.0/9") ¦ net.cidr_intersects("10.0.0.0/8", "10.1.0.0/16") ¦ net.cidr_contains("nonsense", "10.0.0.1") ¦ net.cidr_contains("10.0.0.0/8", "010.0.0.1")
1 in [1] ¦ "k", 1 in {"k": 1} ¦ $"{1} {"a"} {[1, "b"]} {{"x": null}} {true} {1.50} {input.cluster.name}"
"a" < "B" ¦ "é" < "z" ¦ [1, 2] < [1, 3] ¦ null < false ¦ {"a": 1} == {"a": 1.0} ¦ 1 != 2 ¦ 2 >= 2 ¦ 3 > 2 ¦ "a" <= "a"
`
  .split("\n")
  .flatMap((line) => line.split(" ¦ "))
  .map((probe) => probe.trim())
  .filter((probe) => probe !== "");

/** What a call gives, as JSON in a list; an empty list for undefined. The tester also says where an error made it undefined. */
const call = (probe: string) => `[x | x := (${probe})]`;

function inOpa(tests: readonly { readonly outcome: string; readonly message: string }[]): unknown[] {
  return tests.map(({ outcome, message }): unknown => (outcome === "pass" ? JSON.parse(message) : []));
}

/** Each probe in an evaluation of its own, so that one that traps is seen as itself. */
function inWasm(program: PolicyProgram): unknown[] {
  return probes.map((_, index): unknown => {
    try {
      const input = { operation: { name: "x", attributes: { probe: index } } };
      const answer = program.evaluate("one", JSON.stringify(input));
      return Object.assign({ deny: [[]] }, answer).deny[0]?.[0];
    } catch (error) {
      return describeError(error);
    }
  });
}

describe("the functions of policies", () => {
  it("say the same in WASM as in OPA's own evaluator", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, {
      "p.rego": "package lockkeeper\n",
      "p_test.rego": `package p_test\n\n${probes.map((probe, i) => `test_${i} if print(json.marshal(${call(probe)}))`).join("\n\n")}\n`,
    });
    const request = requestFor(await readSources(folder.path), ["check", "test"]);
    const answer = await (await compiler()).run({ ...request, builtins: [...request.builtins, "json.marshal"] });
    expect(answer.problems).toEqual([]);
    const rules = probes.map((probe, i) => `deny contains ${call(probe)} if input.operation.attributes.probe == ${i}`);
    const { wasm, data } = await compiled(rules.join("\n\n"));
    const table = (results: readonly unknown[]) => Object.fromEntries(probes.map((probe, i) => [probe, results[i]]));
    expect(table(inWasm(createProgram(wasm, data)))).toEqual(table(inOpa(answer.tests)));
  });

  it.each([
    ["take a set in no particular order", 'concat("", {"b", "a"})', "ba"],
    ["do not find an IPv4 address in IPv6's clothes", 'net.cidr_contains("10.0.0.0/8", "::ffff:10.0.0.1")', false],
    ["never end when an empty text is replaced, until the fuel does", 'replace("ab", "", "-")', /steps/],
  ])(
    "differ in WASM where they %s: known, and why input.ts and answer.ts do what they do",
    async (_, probe, expected) => {
      const { wasm, data } = await compiled(`deny contains ${call(probe)}`);
      const program = createProgram(wasm, data);
      const evaluate = () => program.evaluate("one", '{"operation": {"name": "x"}}');
      if (expected instanceof RegExp) expect(evaluate).toThrow(expected);
      else expect(evaluate()).toMatchObject({ deny: [[[expected]]] });
    },
  );

  it("are all among the probes, but for those that are operators", () => {
    const text = probes.join("\n");
    const named = builtinNames.filter(
      (name) => /[a-z]{4}|\.|_/.test(name) && !/^(internal|assign|equal|minus|plus|print)/.test(name),
    );
    expect(named.filter((name) => !text.includes(`${name}(`))).toEqual([]);
  });

  it("that are missing are told with what to do instead, and other messages stay as they are", () => {
    expect(adviseOnBuiltins("undefined function sprintf")).toMatch(/template string/);
    expect(adviseOnBuiltins("undefined function http.send")).toMatch(/does not provide/);
    expect(adviseOnBuiltins("var x is unsafe")).toBe("var x is unsafe");
  });
});
