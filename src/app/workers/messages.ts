// What a gateway's processes tell each other over IPC, where several workers share its ports. Plain JSON; nothing of a request, a caller or a record.
import type { Json, JsonObject } from "../../base/json.ts";

/** Failed logins of clients, or of callers of the HTTP API: each has a book of its own. */
export type FailureBook = "clients" | "api";

/** Asked of every worker when somebody looks at the gateway as a whole. */
export type ReportKind = "metrics" | "health";

export type FromWorker =
  | { readonly type: "started"; readonly listeners: readonly ListenerAddress[]; readonly control: string }
  /** Its clusters were reached. */
  | { readonly type: "ready"; readonly listeners: readonly ListenerAddress[]; readonly control: string }
  | { readonly type: "login-failed"; readonly book: FailureBook; readonly address: string }
  /** Open connections by the listener's place in the configuration, and how many have come to it in all. */
  | { readonly type: "connections"; readonly open: Counts; readonly came: number }
  /** It wants the connections of a port; `key` is the port's name among the workers. */
  | { readonly type: "open-port"; readonly key: string; readonly host: string; readonly port: number }
  | { readonly type: "close-port"; readonly key: string }
  | { readonly type: "gather"; readonly id: number; readonly what: ReportKind }
  | { readonly type: "report"; readonly id: number; readonly value: Json };

export type ToWorker =
  | { readonly type: "stop" }
  | { readonly type: "login-failed"; readonly book: FailureBook; readonly address: string }
  /** Of all the others together. */
  | { readonly type: "connections"; readonly open: Counts }
  | { readonly type: "port-open"; readonly key: string; readonly port: number }
  /** With the system's code, such as EADDRINUSE. */
  | { readonly type: "port-refused"; readonly key: string; readonly code: string }
  /** The socket comes with it. */
  | { readonly type: "connection"; readonly key: string }
  | { readonly type: "report"; readonly id: number; readonly what: ReportKind }
  | { readonly type: "gathered"; readonly id: number; readonly gathered: Gathered };

export type Counts = Readonly<Record<string, number>>;

export interface ListenerAddress {
  readonly cluster: string;
  readonly address: string;
}

export interface Gathered {
  readonly workers: readonly WorkerState[];
}

export interface WorkerState extends JsonObject {
  readonly worker: number;
  readonly pid: number | null;
  /** `none`: it is being started again, or did not answer in time. */
  readonly state: "serving" | "starting" | "none";
  /** How often it was started again. */
  readonly restarts: number;
  /** What it said; null where it said nothing. */
  readonly report: Json;
}
