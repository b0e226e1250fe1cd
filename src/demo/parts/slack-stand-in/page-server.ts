// The page's side of the stand-in: its files, a stream of what there is to see, and what people do on it. Acts on JSON only, and only
// for its own address: a form on some other page, opened in the same browser, cannot press a button here.
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { DeliveryAnswer } from "./delivery.ts";
import type { Workspace } from "./workspace.ts";

const bodyBytesMax = 1_000_000;

export interface PageActions {
  click(ts: string, action: string, user: string): Promise<DeliveryAnswer>;
  clickHome(user: string, action: string, value?: string): Promise<DeliveryAnswer>;
  submit(user: string, values?: Readonly<Record<string, string>>): Promise<DeliveryAnswer>;
  command(command: string, text: string, user: string): Promise<DeliveryAnswer>;
  openHome(user: string): Promise<DeliveryAnswer>;
  closeDialog(user: string): void;
}

export interface StandInPage {
  /** False when the page has nothing at this path. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  close(): void;
}

/** `origin` is known once the server listens. */
export async function servePage(
  workspace: Workspace,
  actions: PageActions,
  origin: () => string,
): Promise<StandInPage> {
  const files = await loadFiles();
  const viewers = new Set<ServerResponse>();
  const snapshot = () => {
    const { users } = workspace;
    return JSON.stringify({
      users,
      messages: workspace.messages(),
      dialogs: workspace.dialogs(),
      homes: workspace.homes(),
    });
  };
  const show = () => {
    for (const viewer of viewers) viewer.write(`data: ${snapshot()}\n\n`);
  };
  workspace.onMessage(show);
  workspace.onView(show);
  return {
    async answer(path, request, response) {
      const file = files.get(path);
      if (request.method === "GET" && file !== undefined) {
        response.writeHead(200, { "content-type": file.type, "cache-control": "no-store" }).end(file.body);
        return true;
      }
      if (request.method === "GET" && path === "/events") {
        response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
        response.write(`data: ${snapshot()}\n\n`);
        viewers.add(response);
        response.on("close", () => viewers.delete(response));
        return true;
      }
      const isOwn =
        request.headers["content-type"] === "application/json" && request.headers.host === new URL(origin()).host;
      if (request.method !== "POST" || path !== "/act" || !isOwn) return false;
      const answer = await act(actions, JSON.parse(await bodyOf(request)));
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(answer));
      return true;
    },
    close() {
      for (const viewer of viewers) viewer.end();
    },
  };
}

interface Act {
  readonly what: string;
  readonly user: string;
  readonly ts: string;
  readonly action: string;
  readonly value?: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly text: string;
}

async function act(
  actions: PageActions,
  { what, user, ts, action, value, values, text }: Act,
): Promise<DeliveryAnswer> {
  switch (what) {
    case "click":
      return await actions.click(ts, action, user);
    case "home-click":
      return await actions.clickHome(user, action, value);
    case "submit":
      return await actions.submit(user, values);
    case "command":
      return await actions.command("/lockkeeper", text, user);
    case "home":
      return await actions.openHome(user);
    case "close":
      actions.closeDialog(user);
      return { acknowledged: true, body: null };
    default:
      throw new Error("no such act");
  }
}

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

async function loadFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const files = [
    ["/", "page.html", "text/html; charset=utf-8"],
    ["/page.css", "page.css", "text/css; charset=utf-8"],
    ["/page.mjs", "page.mjs", "text/javascript; charset=utf-8"],
    ["/blocks.mjs", "blocks.mjs", "text/javascript; charset=utf-8"],
  ] as const;
  const loaded = files.map(async ([path, name, type]) => {
    const body = await readFile(new URL(`./${name}`, import.meta.url));
    return [path, { type, body }] as const;
  });
  return new Map(await Promise.all(loaded));
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new Error("body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
