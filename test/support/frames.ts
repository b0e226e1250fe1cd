// Kafka frames for tests, made with the project's own codec from data: what a client or a broker would put on the wire.
import { type Frame, ownFrame } from "../../src/protocols/frame.ts";
import {
  encodeRequestFrame,
  encodeResponseFrame,
  readRequestHeader,
  requestHeaderVersion,
  responseBodyOffset,
} from "../../src/protocols/kafka/header.ts";
import { apiByKey } from "../../src/protocols/kafka/messages/index.ts";
import type { ApiMessages, Init, Message } from "../../src/protocols/kafka/schema.ts";

export const correlation = 77;
export const clientId = "test-client";

export function requestFrame<Req, Res>(
  api: ApiMessages<Req, Res>,
  version: number,
  request: Init<Req>,
  head: { readonly correlation?: number; readonly clientId?: string | null } = {},
): Buffer {
  const id = head.clientId === undefined ? clientId : head.clientId;
  return encodeRequestFrame(api, version, head.correlation ?? correlation, id, api.request.create(request));
}

export function responseFrame<Req, Res>(
  api: ApiMessages<Req, Res>,
  version: number,
  response: Init<Res>,
  answered = correlation,
): Buffer {
  return encodeResponseFrame(api, version, answered, api.response.create(response));
}

export function decodeRequest<Req, Res>(api: ApiMessages<Req, Res>, version: number, frame: Frame): Req {
  const whole = ownFrame(frame);
  return api.request.decode(whole, readRequestHeader(whole).bodyOffset, version);
}

export function decodeResponse<Req, Res>(api: ApiMessages<Req, Res>, version: number, frame: Buffer): Res {
  return api.response.decode(frame, responseBodyOffset(api, version, frame), version);
}

/** The message as this version carries it: fields that it lacks, and may lack, are at their default. */
export function asCarried<T>(message: Message<T>, version: number, init: Init<T>): T {
  return message.decode(message.encode(message.create(init), version), 0, version);
}

/** A frame whose header is right and whose body is these bytes: for what our own encoder would never write. */
export function rawFrame(
  apiKey: number,
  version: number,
  body: Buffer = Buffer.alloc(0),
  answered = correlation,
): Buffer {
  const tags = Buffer.alloc(requestHeaderVersion(apiByKey(apiKey), version) - 1); // no tagged fields, where there may be some
  const head = Buffer.alloc(14 + clientId.length);
  head.writeInt32BE(head.length - 4 + tags.length + body.length, 0);
  head.writeInt16BE(apiKey, 4);
  head.writeInt16BE(version, 6);
  head.writeInt32BE(answered, 8);
  head.writeInt16BE(clientId.length, 12);
  head.write(clientId, 14);
  return Buffer.concat([head, tags, body]);
}
