// Sink: a file of JSON lines, synced before a batch counts as delivered. Rotation is others' business: the file is opened anew each time.
import { type Disk, realDisk, writeAll } from "../disk.ts";
import type { AuditSink } from "../sink.ts";

export interface FileSinkSettings {
  readonly path: string;
}

export function createFileSink({ path }: FileSinkSettings, disk: Disk = realDisk): AuditSink {
  return {
    name: "file",
    async deliver(events) {
      const handle = await disk.open(path, "a", 0o600);
      try {
        await writeAll(handle, Buffer.from(events.map(({ json }) => `${json}\n`).join("")));
        await handle.datasync();
      } finally {
        await handle.close();
      }
    },
    async close() {},
  };
}
