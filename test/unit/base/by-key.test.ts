// Few or many: what is found is the same, and many cost about one look at each.
import { describe, expect, it } from "vitest";
import { finder, hasTwice } from "../../../src/base/by-key.ts";

const counted = () => {
  const looks = { count: 0 };
  const keyOf = ({ key }: { readonly key: number }) => (looks.count++, key);
  return { looks, keyOf };
};
const items = (count: number) => Array.from({ length: count }, (_, key) => ({ key }));

describe.each([3, 5_000])("of %d items", (count) => {
  it("one that comes twice is seen, wherever it stands", () => {
    const { keyOf } = counted();
    const all = items(count);
    expect(hasTwice(all, keyOf)).toBe(false);
    expect(hasTwice([...all, { key: 0 }], keyOf)).toBe(true);
    expect(hasTwice([...all, { key: count - 1 }], keyOf)).toBe(true);
  });

  it("the first that has a key is found, and nothing where none has", () => {
    const { keyOf } = counted();
    const all = [...items(count), { key: 1 }];
    const find = finder(all, keyOf);
    expect(find(1)).toBe(all[1]);
    expect(find(count - 1)).toBe(all[count - 1]);
    expect(find(count)).toBeUndefined();
  });
});

describe("of a hundred thousand items", () => {
  it("each is looked at once, not once for each other", () => {
    const { looks, keyOf } = counted();
    const all = items(100_000);

    hasTwice(all, keyOf);
    const find = finder(all, keyOf);
    for (const { key } of all) find(key);

    expect(looks.count).toBe(2 * all.length);
  });
});
