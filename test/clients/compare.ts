// Two reports of one client, from the broker and through the gateway, made comparable: what differs by nature (ids, clocks, addresses, which
// broker leads) is replaced by what it is. Pure; it knows no client.

/** One step as the client's program printed it. */
export interface Step {
  readonly step: string;
  readonly ok: boolean;
  readonly value?: unknown;
  readonly error?: string;
}

export interface Difference {
  readonly step: string;
  /** From the top of the step: `value.topics.P-plain.Err`. */
  readonly path: string;
  readonly broker: unknown;
  readonly gateway: unknown;
}

export interface Surroundings {
  readonly prefix: string;
  /** Ports of the brokers; empty for a run that goes to them directly. */
  readonly hiddenPorts: ReadonlySet<string>;
}

/** Fields whose values are never the same twice, by name, whatever the client's spelling: the value is replaced by its type. */
const volatile =
  /^(topic_?id|id_topic|member_?id|instance|producer_?id|producer_?epoch|coordinator_?epoch|timestamp|ts|start_?timestamp|last_?timestamp|throttle_?(time_?)?(ms|millis)?|size|total_?bytes|usable_?bytes|dir|log_?dir|leader|leader_?id|leader_?epoch|preferred|replicas|isr|replica_?nodes|isr_?nodes|coordinator|coordinator_?id|controller|controller_?id|port|rack|node_?id|client_?host|group_?epoch|assignment_?epoch|member_?epoch|nodes?|internal_?id|epoch|assigned_?partitions_?hash|last_?fetch_?timestamp|last_?caught_?up_?timestamp|log_?end_?offset|high_?watermark|raw|json|broker|brokers_?order|start_?offset_?checkpoint|txn_?start_?timestamp|current_?txn_?start_?offset|resp|corr_?id|uuid|salt|transaction_?start_?time_?ms)$/i;

/** An `id` that is a number is a broker's. */
function isVolatile(name: string, value: unknown): boolean {
  return volatile.test(name) || (typeof value === "number" && /^id$/i.test(name));
}

/** Sets that clients show as lists, or as maps by ids. */
const unordered = /^(described|matching_?acls?|acls|deleted|resources|active_?producers)$/i;

function sorted(value: unknown): unknown {
  if (!isObject(value)) return value;
  const items =
    Array.isArray(value) || Object.keys(value).every((key) => /^\d+$/.test(key)) ? Object.values(value) : null;
  if (items === null || items.length === 0) return value;
  return items
    .map((item) => JSON.stringify(item))
    .toSorted()
    .map((text) => JSON.parse(text) as unknown);
}

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** Reads the lines of a report; lines that are not JSON are the client's chatter. */
export function readReport(text: string): Step[] {
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    const parsed: unknown = JSON.parse(line);
    return isStep(parsed) ? [parsed] : [];
  });
}

function isStep(value: unknown): value is Step {
  return typeof value === "object" && value !== null && "step" in value && "ok" in value;
}

export function normalise(value: unknown, where: Surroundings): unknown {
  if (typeof value === "string") return normaliseText(value, where);
  if (Array.isArray(value)) return normaliseList(value, where);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]): [string, unknown] => {
    const plainName = normaliseText(name, where);
    const plainField = isVolatile(name, field) ? kind(field, where) : normalise(field, where);
    return [plainName, unordered.test(name) ? sorted(plainField) : plainField];
  });
  return byName(fields);
}

function byName(fields: readonly [string, unknown][]): unknown {
  return Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A list of things with names of their own becomes a map: brokers give many lists in the order of a hash. */
function normaliseList(items: readonly unknown[], where: Surroundings): unknown {
  const normalised = items.map((item) => normalise(item, where));
  const names = normalised.map(nameOf);
  if (names.some((name) => name === undefined) || new Set(names).size !== names.length) return normalised;
  return items.length < 2 ? normalised : byName(names.map((name, index) => [String(name), normalised[index]]));
}

function nameOf(item: unknown): string | undefined {
  if (!isObject(item) || Array.isArray(item)) return undefined;
  const name = ["Key", "key", "Name", "name", "Topic", "topic", "configName", "ConfigName", "GroupId", "groupId"].map(
    (field) => item[field],
  );
  return name.find((one): one is string => typeof one === "string");
}

/** Lists keep their length where it says something; a text keeps an address that must not be there. */
function kind(value: unknown, where: Surroundings): unknown {
  if (Array.isArray(value)) return value.map((item) => kind(item, where));
  if (value === null || value === undefined || value === "" || typeof value === "boolean") return value;
  if (typeof value === "object") return normalise(value, where);
  if (typeof value === "string" && normaliseText(value, where).includes("LEAK")) return "<LEAK>";
  return value === -1 ? -1 : `<${typeof value}>`;
}

function normaliseText(text: string, { prefix, hiddenPorts }: Surroundings): string {
  return text
    .replaceAll(prefix, "P")
    .replaceAll(uuid, (found) => (/^[0-]+$/.test(found) ? "<no uuid>" : "<uuid>"))
    .replaceAll(/(127\.0\.0\.1|localhost):(\d+)/g, (_, _host, port: string) =>
      hiddenPorts.has(port) ? "<LEAK>" : "<address>",
    );
}

/** Where two normalised reports differ, at the finest place. A step that only one has is a difference too. */
export function compare(broker: readonly Step[], gateway: readonly Step[]): Difference[] {
  const names = [...new Set([...broker, ...gateway].map(({ step }) => step))];
  return names.flatMap((name) => {
    const [one, other] = [broker, gateway].map((steps) => steps.find(({ step }) => step === name));
    return differences(one, other).map((found) => ({ step: name, ...found }));
  });
}

type Found = Omit<Difference, "step">;

function differences(broker: unknown, gateway: unknown, path = ""): Found[] {
  if (Object.is(broker, gateway)) return [];
  if (!isObject(broker) || !isObject(gateway) || Array.isArray(broker) !== Array.isArray(gateway)) {
    return [{ path, broker, gateway }];
  }
  const names = [...new Set([...Object.keys(broker), ...Object.keys(gateway)])];
  return names.flatMap((name) => differences(broker[name], gateway[name], path === "" ? name : `${path}.${name}`));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
