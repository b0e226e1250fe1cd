// Field paths: what can be said, and what is refused with the place and the reason.
import { expect, test } from "vitest";
import { parsePath } from "../../../src/masking/path.ts";

const name = (text: string, deep = false) => ({ kind: "name", name: text, deep });
const index = (at: number, deep = false) => ({ kind: "index", index: at, deep });
const any = (deep = false) => ({ kind: "any", deep });

test.each([
  ["$", []],
  ["$.a", [name("a")]],
  ["$.customer.e-mail_2", [name("customer"), name("e-mail_2")]],
  ["$.straße", [name("straße")]],
  ["$['odd name'][\"x\"]", [name("odd name"), name("x")]],
  ["$['it\\'s']", [name("it's")]],
  ["$['\\u0041\\\\\\n']", [name("A\\\n")]],
  ["$['a.b[0]']", [name("a.b[0]")]],
  ["$['']", [name("")]],
  ["$[0][12]", [index(0), index(12)]],
  ["$[*].*", [any(), any()]],
  ["$..a..*", [name("a", true), any(true)]],
  ["$..['a']..[3]..[*]", [name("a", true), index(3, true), any(true)]],
])("%s is read", (path, steps) => {
  expect(parsePath(path)).toEqual(steps);
});

test.each([
  ["", "begins with $"],
  ["customer.email", "begins with $"],
  ["$a", "a step begins with . or ["],
  ["$.", "a name is missing"],
  ["$..", "a name is missing"],
  ["$.a..", "a name is missing"],
  ["$...a", "a name is missing"],
  ["$.a b", "character 4: a step begins"],
  ["$.@type", "needs quotes"],
  ["$.0", "[0]"],
  ["$[", "is missing"],
  ["$[a]", "an index, * or a name in quotes is missing"],
  ["$[0", "is missing"],
  ["$[01]", "is missing"],
  ["$['a'", "] is missing"],
  ["$['a", "is missing"],
  ["$['\\q']", "\\q is no escape"],
  ["$['a','b']", "write a rule for each"],
  ["$[-1]", "count from the start"],
  ["$[0:2]", "slices"],
  ["$[:2]", "slices"],
  ["$[?(@.a)]", "filters"],
  ["$['\\ud800']", "not valid Unicode"],
  [`$${".a".repeat(65)}`, "more than 64 steps"],
])("%s is refused", (path, why) => {
  expect(() => parsePath(path)).toThrow(
    expect.objectContaining({ code: "policy-invalid", message: expect.stringContaining(why) }),
  );
});
