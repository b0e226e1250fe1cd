// What commands share: the configuration option, tables, times.
import { Option } from "commander";
import { LockkeeperError } from "../base/errors.ts";
import { loadConfigOrThrow } from "../config/load.ts";
import type { Config } from "../config/schema.ts";

export interface ConfigOption {
  readonly config: string;
}

export function configOption(): Option {
  return new Option("-c, --config <file>", "the configuration").default("lockkeeper.yaml");
}

export function readConfig({ config }: ConfigOption): Config {
  return loadConfigOrThrow(config);
}

/** For commands that only make sense with approvals. */
export function approvalsOf(config: Config): NonNullable<Config["approvals"]> {
  if (config.approvals) return config.approvals;
  throw new LockkeeperError("config-invalid", "this configuration has no approvals section");
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Columns as wide as their widest cell; the last is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, column) => Math.max(cell.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  return [header, ...rows].map(line).join("\n");
}

/** `2026-11-25 01:17:18Z` */
export function time(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** Control characters could rewrite a terminal: names that others chose are printed without them. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
