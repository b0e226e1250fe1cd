// One life of the policy compiler: a process of its own that can be killed, because Go's timers do not fire while it is busy and because
// node:wasi cannot start the same program twice. Started by process.ts with files as standard input and output.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

if (import.meta.main) {
  const path = process.argv[2] ?? "";
  const wasi = new WASI({
    version: "preview1",
    args: ["opa-compiler"],
    stdin: 0,
    stdout: 1,
    stderr: 2,
    returnOnExit: true,
  });
  const module = await WebAssembly.compile(new Uint8Array(readFileSync(path)));
  process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
}
