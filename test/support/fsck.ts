// `fsck` of transparency-dev/tessera: the checker of tlog-tiles logs that this project did not write. Built by Go once, from the module proxy.
import { join } from "node:path";
import { installOnce } from "../../src/demo/parts/cache.ts";
import { run, runOrFail } from "../../src/demo/parts/process.ts";

const tessera = "github.com/transparency-dev/tessera/cmd/fsck@v1.0.4";
const buildMsMax = 10 * 60_000;
/** A log of a thousand entries takes it 50 ms; one with a changed byte makes 1.0.4 wait for ever. */
const answerMsMax = 10_000;

export interface Fsck {
  /** Its last word, not its exit code: 1.0.4 ends with 0 where a bundle is missing, too. */
  readonly accepted: boolean;
  readonly said: string;
}

/** Rejects with `setup-failed` where Go or the proxy is not there. */
export async function ensureFsck(onInstall: () => void = () => {}): Promise<(folder: string) => Promise<Fsck>> {
  const { directory } = await installOnce("tessera-fsck", tessera, async (draft) => {
    onInstall();
    const env = { GOBIN: draft, GOFLAGS: "-trimpath" };
    await runOrFail("go", ["install", tessera], "fsck needs Go, and the Go module proxy the first time.", {
      env,
      timeoutMs: buildMsMax,
    });
  });
  return async (folder) => {
    const args = ["-ui=false", "-storage_url", `file://${folder}`, "-public_key", join(folder, "log.pub")];
    const { code, stderr } = await run(join(directory, "fsck"), args, { timeoutMs: answerMsMax });
    return { accepted: code === 0 && stderr.includes("Successfully fsck'd log"), said: stderr };
  };
}
