// Slack's side of Socket Mode: `hello`, envelopes to one of the connected sockets, acknowledgements back, `disconnect`.
// Source: Slack's "Using Socket Mode".
import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";

/** Slack shows the person a warning sign after 3 s. */
const ackMsMax = 3_000;

export interface Envelope {
  readonly envelope_id: string;
  readonly type: "interactive";
  readonly accepts_response_payload: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface SocketMode {
  readonly connections: number;
  /** Resolves when at least one app is connected. */
  connected(): Promise<void>;
  /** True when the app acknowledged in time. False when none is connected. */
  deliver(envelope: Envelope): Promise<boolean>;
  /** Asks every app to connect anew, as Slack does every few hours, and closes. */
  disconnect(): void;
  close(): void;
}

export function envelope(payload: Readonly<Record<string, unknown>>): Envelope {
  return { envelope_id: randomUUID(), type: "interactive", accepts_response_payload: true, payload };
}

export function serveSockets(server: Server, path: string): SocketMode {
  const sockets = new Set<WebSocket>();
  const waiting = new Map<string, (acknowledged: boolean) => void>();
  const arrivals: (() => void)[] = [];
  const listener = new WebSocketServer({ server, path });
  listener.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("message", (data: Buffer) => {
      const { envelope_id: id }: { readonly envelope_id?: string } = JSON.parse(data.toString("utf8"));
      if (id !== undefined) waiting.get(id)?.(true);
    });
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.terminate());
    socket.send(
      JSON.stringify({ type: "hello", num_connections: sockets.size, connection_info: { app_id: "A0STANDIN" } }),
    );
    for (const arrive of arrivals.splice(0)) arrive();
  });
  return {
    get connections() {
      return sockets.size;
    },
    connected: () => (sockets.size > 0 ? Promise.resolve() : new Promise((resolve) => arrivals.push(resolve))),
    deliver(message) {
      const [socket] = sockets;
      if (socket === undefined) return Promise.resolve(false);
      return new Promise((resolve) => {
        const timer = setTimeout(() => answer(false), ackMsMax);
        const answer = (acknowledged: boolean) => {
          clearTimeout(timer);
          waiting.delete(message.envelope_id);
          resolve(acknowledged);
        };
        waiting.set(message.envelope_id, answer);
        socket.send(JSON.stringify(message));
      });
    },
    disconnect() {
      for (const socket of sockets) {
        socket.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested", debug_info: {} }));
        socket.close(1000);
      }
    },
    close() {
      for (const socket of sockets) socket.terminate();
      listener.close();
    },
  };
}
