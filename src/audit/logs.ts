// Which logs there are under `audit.directory`: the folder's own, where one process serves, and one for each worker (`worker-1` …) where several
// do. A log has one writer, so workers never share one; whoever reads takes all of them, also those of workers that are no more.
import { join } from "node:path";
import { type Disk, isErrno, realDisk } from "./disk.ts";
import { type EventFilter, type LoggedEvent, readEvents } from "./query.ts";

export interface LogPlace {
  /** `worker-2`, or empty for the log of the folder itself. */
  readonly name: string;
  readonly folder: string;
}

/** The folder of a worker's log, and what its origin ends in. */
export function workerName(slot: number): string {
  return `worker-${slot}`;
}

/** At least one: where nothing was recorded yet, the folder itself. In the order of workers' numbers. */
export async function logPlaces(directory: string, disk: Disk = realDisk): Promise<readonly LogPlace[]> {
  const names: readonly string[] = await disk.readdir(directory).catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  });
  const slots = names.flatMap((name) => /^worker-([1-9]\d*)$/.exec(name)?.[1] ?? []).map(Number);
  const workers = slots
    .toSorted((a, b) => a - b)
    .map((slot): LogPlace => ({ name: workerName(slot), folder: join(directory, workerName(slot)) }));
  // made first of all when a log begins, and never removed
  const own = names.includes("log.pub") || workers.length === 0;
  return [...(own ? [{ name: "", folder: directory }] : []), ...workers];
}

export interface PlacedEvent extends LoggedEvent {
  /** The name of its log. */
  readonly log: string;
}

/** The events of several logs, in the order of their times; each log keeps its own. Throws `audit-corrupt` where one cannot be read. */
export async function* readAllEvents(
  places: readonly LogPlace[],
  filter: EventFilter = {},
): AsyncGenerator<PlacedEvent> {
  const readers = await Promise.all(
    places.map(async ({ name, folder }) => {
      const events = readEvents(folder, filter);
      return { name, events, head: await events.next() };
    }),
  );
  for (;;) {
    const waiting = readers.flatMap((reader) => (reader.head.done ? [] : [{ reader, event: reader.head.value }]));
    const [first, ...others] = waiting;
    if (!first) return;
    const { reader, event } = others.reduce((least, one) => (one.event.at < least.event.at ? one : least), first);
    yield { ...event, log: reader.name };
    reader.head = await reader.events.next();
  }
}

/** How people name an event: `42`, or `worker-2/42` where there are several logs. */
export function placeText({ log = "", index }: { readonly log?: string; readonly index: number }): string {
  return log === "" ? String(index) : `${log}/${index}`;
}

export interface LogOwner {
  readonly directory: string;
  readonly keyFile: string;
  /** The name in the log's origin. */
  readonly gateway: string;
}

/** The log of a worker, by its gateway's: a folder, a key and an origin of its own. */
export function logOfWorker({ directory, keyFile, gateway }: LogOwner, name: string): LogOwner {
  return { directory: join(directory, name), keyFile: `${keyFile}.${name}`, gateway: `${gateway}.${name}` };
}
