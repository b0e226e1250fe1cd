// The Merkle tree and its tiles: known answers of RFC 6962 implementations, the specification's examples, and properties.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  append,
  emptyTree,
  inclusionRanges,
  leafHash,
  nodeHash,
  rootFromPath,
  rootOf,
  splitPoint,
  treeHash,
} from "../../../src/audit/merkle.ts";
import {
  appendToEdge,
  decodeBundle,
  edgeRoot,
  emptyEdge,
  encodeBundle,
  levelSize,
  tilePath,
} from "../../../src/audit/tiles.ts";

/** The leaves that Certificate Transparency's own tests use. */
const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(
  (hex) => leafHash(Buffer.from(hex, "hex")),
);

/** RFC 6962 §2.1 as it stands there: slow and plain. */
function definition(hashes: readonly Buffer[]): Buffer {
  if (hashes.length <= 1) return hashes[0] ?? rootOf(emptyTree);
  const k = splitPoint(hashes.length);
  return nodeHash(definition(hashes.slice(0, k)), definition(hashes.slice(k)));
}

function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => leafHash(Buffer.from(String(i))));
}

describe("the tree", () => {
  it.each([
    [0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
    [2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    [8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
  ])("of %i leaves has the root that others compute", (size, root) => {
    expect(treeHash(leaves.slice(0, size)).toString("hex")).toBe(root);
  });

  it("is the definition's, for any size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), (size) => {
        expect(treeHash(numbered(size))).toEqual(definition(numbered(size)));
      }),
      { numRuns: 30 },
    );
  });

  it("proves each leaf, and no other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), (size, pick) => {
        const hashes = numbered(size);
        const index = pick % size;
        const path = inclusionRanges(index, size).map(({ from, to }) => treeHash(hashes.slice(from, to)));

        expect(rootFromPath(hashes[index] ?? Buffer.alloc(0), index, size, path)).toEqual(treeHash(hashes));
        expect(rootFromPath(leafHash(Buffer.from("x")), index, size, path)).not.toEqual(treeHash(hashes));
      }),
    );
  });
});

describe("tiles", () => {
  it.each([
    [0, "x001/x234/067", 1_234_067, 256],
    [1, "000", 0, 256],
    [0, "273.p/112", 273, 112],
  ] as const)("level %i, %s", (level, path, index, width) => {
    expect(tilePath(level, index, width)).toBe(`tile/${level}/${path}`);
  });

  it("are as many as the specification counts for 70,000 entries", () => {
    expect([0, 1, 2, 3].map((level) => levelSize(level, 70_000))).toEqual([70_000, 273, 1, 0]);
  });

  it("give the tree's root from the right edge alone, over two levels", () => {
    const edge = emptyEdge();
    let tree = emptyTree;
    const full: string[] = [];
    const pairs: [Buffer, Buffer][] = [];
    for (const [i, hash] of numbered(66_000).entries()) {
      appendToEdge(edge, Buffer.alloc(0), hash, (level, index) => full.push(tilePath(level, index, 256)));
      tree = append(tree, hash);
      if (i % 997 === 0 || i > 65_530) pairs.push([edgeRoot(edge), rootOf(tree)]);
    }
    expect(pairs.map(([edgeOnly]) => edgeOnly)).toEqual(pairs.map(([, whole]) => whole));
    expect(full.filter((path) => path.startsWith("tile/1/"))).toEqual(["tile/1/000"]);
    expect(full.filter((path) => path.startsWith("tile/0/"))).toHaveLength(257);
  });

  it("bundles come back, and a cut one never passes for whole", () => {
    const entry = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), fc.nat(), (entries, cut) => {
        const bytes = encodeBundle(entries);
        expect(decodeBundle(bytes)).toEqual(entries);
        expect(decodeBundle(bytes.subarray(0, cut % bytes.length))).not.toEqual(entries);
      }),
    );
  });
});
