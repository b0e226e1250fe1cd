// Reads a recording block by block, never the whole file: of one that is finished, one that grows, one that was cut. Checks the chain as it
// goes; knows no key.
import { basename, join } from "node:path";
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import {
  type Block,
  blockBytes,
  blockHeadBytes,
  blockTailBytes,
  decodeBlock,
  decodeHead,
  headCommitment,
  type RecordingHead,
} from "./chunks.ts";
import { type Disk, type DiskHandle, isErrno } from "./disk.ts";

const headBytesMax = 16 * 1024;

/** `audit-corrupt`, with the first chunk that is not what it was. */
export class BrokenRecording extends LockkeeperError {
  readonly chunk: number;

  constructor(name: string, chunk: number, how: string) {
    super("audit-corrupt", `${name}: chunk ${chunk} ${how}`);
    this.chunk = chunk;
  }
}

export interface RecordingReader {
  readonly head: RecordingHead;
  readonly headHash: string;
  /** Of all blocks so far, or of the head. */
  readonly commitment: string;
  /** Index of the block that comes next. */
  readonly next: number;
  /** Bytes of the file that belong to no whole block so far. */
  rest(): Promise<number>;
  /** The next block, or null where no whole one follows (yet). Throws `audit-corrupt`, naming the chunk. */
  read(): Promise<Block | null>;
  /** The next block as it stands there, whatever is before it; null where none follows. */
  peek(): Promise<Block | null>;
  /** The last whole block by the size at the file's end, or null; not checked against what is before it. */
  last(): Promise<Block | null>;
  close(): Promise<void>;
}

/** Null where the file has no whole head line yet. Throws `audit-corrupt` for a file that is no recording. */
export async function openRecordingFile(disk: Disk, path: string): Promise<RecordingReader | null> {
  const handle = await disk.open(path, "r");
  let reader: RecordingReader | null = null;
  try {
    reader = await readHead(handle, basename(path));
    return reader;
  } finally {
    if (reader === null) await handle.close();
  }
}

async function readHead(handle: DiskHandle, name: string): Promise<RecordingReader | null> {
  const bytes = await readAt(handle, 0, headBytesMax);
  const start = decodeHead(bytes);
  if (start === null) {
    if (bytes.length === 0 || (bytes[0] === 0x7b && !bytes.includes(0x0a))) return null;
    throw new LockkeeperError("audit-corrupt", `${name}: its head is not that of a recording of this version`);
  }
  return createReader(handle, name, start.head, start.line);
}

function createReader(handle: DiskHandle, name: string, head: RecordingHead, line: Buffer): RecordingReader {
  const headHash = headCommitment(line);
  let commitment = headHash;
  let index = 0;
  let at = line.length;
  let ended = false;

  async function blockAt(start: number): Promise<Block | null> {
    const begin = await readAt(handle, start, blockHeadBytes);
    if (begin.length < blockHeadBytes) return null;
    const size = blockBytes(begin);
    if (size === null || size > limits.recordingBlockBytesMax) throw broken("is garbled");
    const bytes = await readAt(handle, start, size);
    if (bytes.length < size) return null;
    const block = decodeBlock(bytes, head.salt);
    if (block === null) throw broken("is garbled");
    return block;
  }

  function broken(how: string, chunk = index): BrokenRecording {
    return new BrokenRecording(name, chunk, how);
  }

  async function rest(): Promise<number> {
    return (await handle.stat()).size - at;
  }

  return {
    head,
    headHash,
    get commitment() {
      return commitment;
    },
    get next() {
      return index;
    },
    rest,
    async read() {
      if (ended) {
        if ((await rest()) > 0) throw broken(`is not one: there are ${await rest()} bytes behind the footer`);
        return null;
      }
      const block = await blockAt(at);
      if (block === null) return null;
      const { meta } = block;
      if (meta.index !== index) throw broken(`is missing: chunk ${meta.index} stands in its place`);
      if (meta.previous !== commitment)
        throw index === 0
          ? broken("does not belong to the head before it")
          : broken("was changed, or the one behind it: they do not fit together", index - 1);
      commitment = block.commitment;
      at += blockHeadBytes + block.metaBytes.length + block.data.length + blockTailBytes;
      index++;
      ended = meta.kind === "footer";
      return block;
    },
    peek: () => blockAt(at),
    async last() {
      const { size } = await handle.stat();
      const tail = await readAt(handle, size - blockTailBytes, blockTailBytes);
      if (tail.length < blockTailBytes || size <= line.length) return null;
      const start = size - tail.readUInt32BE(0);
      return start < line.length ? null : blockAt(start).catch(() => null);
    },
    close: () => handle.close(),
  };
}

async function readAt(handle: DiskHandle, position: number, length: number): Promise<Buffer> {
  if (position < 0) return Buffer.alloc(0);
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** Every recording of the folder, oldest day first. */
export async function recordingPaths(disk: Disk, directory: string): Promise<string[]> {
  try {
    const days = (await disk.readdir(directory)).filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)).toSorted();
    const paths: string[] = [];
    for (const day of days) {
      const names = (await disk.readdir(join(directory, day))).filter((name) => name.endsWith(".lkrec")).toSorted();
      paths.push(...names.map((name) => join(directory, day, name)));
    }
    return paths;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

/** Throws `audit-corrupt` where there is none. */
export async function recordingPath(disk: Disk, directory: string, session: string): Promise<string> {
  const path = (await recordingPaths(disk, directory)).find((each) => basename(each) === `${session}.lkrec`);
  if (path !== undefined) return path;
  throw new LockkeeperError("audit-corrupt", `there is no recording of session ${session}`);
}
