// The types of node-flags.mjs, which an old Node reads and so has none.
export declare const nodeFlags: readonly string[];
export declare const nodeEnvironment: Readonly<Record<string, string>>;
