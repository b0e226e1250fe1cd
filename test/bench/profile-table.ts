// A .cpuprofile of V8 → where the time went, by kind and by function. Pure. Source: the Profile type of the Chrome DevTools protocol.
import { aligned } from "./report.ts";

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds between the samples. */
  readonly timeDeltas: readonly number[];
}

interface Spent {
  readonly name: string;
  readonly microseconds: number;
}

export interface Busy {
  readonly microseconds: number;
  readonly kinds: readonly Spent[];
  readonly functions: readonly Spent[];
}

/** Node's own reader of sockets: before the first byte came the process was only starting. */
const firstByte = "onStreamRead";
/** Waiting for the next event is no work. */
const idle: ReadonlySet<string> = new Set(["(idle)"]);

/** Of the time in which it was busy, from the first byte that it read, the most first. `root` is the checkout whose files are named by their path in it. */
export function whereTimeWent({ nodes, samples, timeDeltas }: CpuProfile, root: string): Busy {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const kinds = new Map<string, number>();
  const functions = new Map<string, number>();
  let microseconds = 0;
  const start = samples.findIndex((id) => frames.get(id)?.functionName === firstByte);
  for (const [index, id] of samples.entries()) {
    if (index < start) continue;
    const frame = frames.get(id);
    const took = timeDeltas[index] ?? 0;
    if (!frame || idle.has(frame.functionName)) continue;
    const place = placeOf(frame.url, root, frame.functionName);
    const name =
      place.file === ""
        ? frame.functionName
        : `${frame.functionName || "(anonymous)"} ${place.file}:${frame.lineNumber + 1}`;
    microseconds += took;
    kinds.set(place.kind ?? frame.functionName, (kinds.get(place.kind ?? frame.functionName) ?? 0) + took);
    functions.set(name, (functions.get(name) ?? 0) + took);
  }
  return { microseconds, kinds: sorted(kinds), functions: sorted(functions) };
}

/** Kind null: V8's own entries say by their name what they are: (garbage collector), (program). */
function placeOf(
  url: string,
  root: string,
  functionName: string,
): { readonly kind: string | null; readonly file: string } {
  if (url === "") return { kind: functionName.startsWith("(") ? null : "node's native code", file: "" };
  if (url.startsWith("node:")) return { kind: "node's own JavaScript", file: url };
  if (url.startsWith("wasm:")) return { kind: "WebAssembly", file: "wasm" };
  const path = url.replace(/^file:\/\//, "");
  const library = path.lastIndexOf("/node_modules/");
  if (library >= 0) return { kind: "libraries", file: path.slice(library + "/node_modules/".length) };
  const file = path.startsWith(root) ? path.slice(root.length + 1) : path;
  return { kind: file.split("/").slice(0, 2).join("/"), file };
}

function sorted(spent: ReadonlyMap<string, number>): Spent[] {
  return [...spent]
    .map(([name, microseconds]) => ({ name, microseconds }))
    .toSorted((a, b) => b.microseconds - a.microseconds);
}

export function profileTable({ microseconds, kinds, functions }: Busy, functionsMost: number): string {
  const row = ({ name, microseconds: took }: Spent): string[] => [
    `${((took / microseconds) * 100).toFixed(1)} %`.padStart(6),
    name,
  ];
  const tables = [
    kinds.filter(({ microseconds: took }) => took > microseconds / 200),
    functions.slice(0, functionsMost),
  ].map((list) => aligned(list.map(row)));
  return `${(microseconds / 1e6).toFixed(2)} s busy\n${tables.join("\n\n")}`;
}
