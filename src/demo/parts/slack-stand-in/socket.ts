// Slack's side of Socket Mode: `hello`, envelopes to one of the connected sockets, acknowledgements back, `disconnect`.
// Source: Slack's "Using Socket Mode".
import type { Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { ackMsMax, type Delivery, type DeliveryAnswer, notAcknowledged } from "./delivery.ts";
import { standInApp } from "./web-api.ts";

export interface SocketMode extends Delivery {
  readonly connections: number;
  /** Resolves when at least one app is connected. */
  connected(): Promise<void>;
  /** Asks every app to connect anew, as Slack does every few hours, and closes. */
  disconnect(): void;
  /** Cuts every connection without a word. */
  cut(): void;
  close(): void;
}

export function serveSockets(server: Server, path: string): SocketMode {
  const sockets = new Set<WebSocket>();
  const waiting = new Map<string, (answer: DeliveryAnswer) => void>();
  const arrivals: (() => void)[] = [];
  const listener = new WebSocketServer({ server, path });
  listener.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("message", (data: Buffer) => {
      const { envelope_id: id, payload }: { readonly envelope_id?: string; readonly payload?: unknown } = JSON.parse(
        data.toString("utf8"),
      );
      if (id !== undefined) waiting.get(id)?.({ acknowledged: true, body: payload ?? null });
    });
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.terminate());
    socket.send(
      JSON.stringify({ type: "hello", num_connections: sockets.size, connection_info: { app_id: standInApp } }),
    );
    for (const arrive of arrivals.splice(0)) arrive();
  });
  const cut = () => {
    for (const socket of sockets) socket.terminate();
  };
  return {
    get connections() {
      return sockets.size;
    },
    connected: () => (sockets.size > 0 ? Promise.resolve() : new Promise((resolve) => arrivals.push(resolve))),
    deliver(message) {
      const [socket] = sockets;
      if (socket === undefined) return Promise.resolve(notAcknowledged);
      return new Promise((resolve) => {
        const settle = (answer: DeliveryAnswer) => {
          clearTimeout(timer);
          socket.off("close", lost);
          waiting.delete(message.envelope_id);
          resolve(answer);
        };
        const lost = () => settle(notAcknowledged);
        const timer = setTimeout(lost, ackMsMax);
        socket.once("close", lost);
        waiting.set(message.envelope_id, settle);
        socket.send(JSON.stringify(message));
      });
    },
    disconnect() {
      for (const socket of sockets) {
        socket.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested", debug_info: {} }));
        socket.close(1000);
      }
    },
    cut,
    close() {
      cut();
      listener.close();
    },
  };
}
