// tshark, Wireshark without its window: an independent reader of our captures. Where it cannot be had, tests that need it say so by skipping.
import { run } from "../../src/demo/parts/process.ts";
import { installDebian } from "./clients.ts";

export async function ensureTshark(): Promise<string | undefined> {
  return await installDebian("tshark");
}

/** The values of one field, in the order of the packets that have it. */
export async function tsharkField(program: string, file: string, filter: string, field: string): Promise<string[]> {
  const args = [
    "-n",
    "-r",
    file,
    "-Y",
    filter,
    "-T",
    "fields",
    "-E",
    "separator=\n",
    "-E",
    "aggregator=\n",
    "-e",
    field,
  ];
  const { code, stdout, stderr } = await run(program, args, { timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`tshark: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}
