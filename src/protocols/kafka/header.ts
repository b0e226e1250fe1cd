// Request and response headers, and whole frames. A frame of this protocol always includes its size prefix of 4 bytes, so that one
// that nobody changed is forwarded as it is. Source: KIP-482 (header versions), KIP-511 (ApiVersions answers keep header 0).
import { apiByKey } from "./messages/index.ts";
import { malformed, Reader } from "./reader.ts";
import { type ApiMessages, noTaggedFields, type UnknownTaggedField } from "./schema.ts";
import { noTags, readTagged, writeTagged } from "./tagged.ts";
import { type ByteField, Writer } from "./writer.ts";

export const sizePrefixBytes = 4;

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** 1, or 2 where the version is flexible. For an API that we do not know: 1, and the body may begin later. */
  readonly headerVersion: 1 | 2;
  readonly unknownTaggedFields: readonly UnknownTaggedField[];
  /** Where the body begins in the frame. */
  readonly bodyOffset: number;
}

const apiVersionsKey = 18;

export function requestHeaderVersion(api: ApiMessages | undefined, version: number): 1 | 2 {
  return api?.request.isFlexible(version) === true ? 2 : 1;
}

/** ApiVersions answers stay at 0: a client reads them before it knows which broker it talks to. */
export function responseHeaderVersion(api: ApiMessages, version: number): 0 | 1 {
  return api.key !== apiVersionsKey && api.response.isFlexible(version) ? 1 : 0;
}

function frameReader(frame: Buffer): Reader {
  const reader = new Reader(frame);
  const size = reader.int32();
  if (size !== frame.length - sizePrefixBytes) throw malformed(`a frame of ${frame.length} bytes that says ${size}`);
  return reader;
}

/** Throws LockkeeperError `message-malformed`. The API need not exist, nor the version: see `headerVersion`. */
export function readRequestHeader(frame: Buffer): RequestHeader {
  const reader = frameReader(frame);
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const length = reader.int16();
  if (length < -1) throw malformed(`client id of length ${length}`);
  const clientId = length < 0 ? null : reader.string(length);
  const headerVersion = requestHeaderVersion(apiByKey(apiKey), apiVersion);
  const unknownTaggedFields = headerVersion === 2 ? headerTags(reader) : noTaggedFields;
  return { apiKey, apiVersion, correlationId, clientId, headerVersion, unknownTaggedFields, bodyOffset: reader.offset };
}

function headerTags(reader: Reader): readonly UnknownTaggedField[] {
  const into: { unknownTaggedFields: readonly UnknownTaggedField[] } = { unknownTaggedFields: noTaggedFields };
  readTagged(reader, into, noTags);
  return into.unknownTaggedFields;
}

export interface ResponseHeader {
  readonly correlationId: number;
  readonly unknownTaggedFields: readonly UnknownTaggedField[];
  readonly bodyOffset: number;
}

/** The header of an answer to a request of this API and version. Throws LockkeeperError `message-malformed`. */
export function readResponseHeader(api: ApiMessages, version: number, frame: Buffer): ResponseHeader {
  const reader = frameReader(frame);
  const correlationId = reader.int32();
  const unknownTaggedFields = responseHeaderVersion(api, version) === 1 ? headerTags(reader) : noTaggedFields;
  return { correlationId, unknownTaggedFields, bodyOffset: reader.offset };
}

/** Where an answer's body begins in its frame. */
export function responseBodyOffset(api: ApiMessages, version: number, frame: Buffer): number {
  return readResponseHeader(api, version, frame).bodyOffset;
}

/** A whole request, size prefix included. `tags`: the header's unknown tagged fields, where a client's request is written anew. */
export function encodeRequestFrame<Request, Response>(
  api: ApiMessages<Request, Response>,
  version: number,
  correlationId: number,
  clientId: string | null,
  body: Request,
  tags: readonly UnknownTaggedField[] = noTaggedFields,
): Buffer {
  const writer = new Writer();
  writer.int32(0);
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(correlationId);
  if (clientId === null) writer.int16(-1);
  else writer.string(clientId, false);
  if (requestHeaderVersion(api, version) === 2) writeTagged(writer, { unknownTaggedFields: tags }, noTags);
  api.request.write(writer, body, version);
  return sized(writer.finish());
}

/** A whole answer, size prefix included. */
export function encodeResponseFrame<Request, Response>(
  api: ApiMessages<Request, Response>,
  version: number,
  correlationId: number,
  body: Response,
): Buffer {
  return sized(writeResponse(new Writer(), api, version, correlationId, body).finish());
}

export interface EncodedPieces {
  readonly pieces: readonly Buffer[];
  /** Where each byte field of the body begins. */
  readonly byteFields: readonly ByteField[];
}

/** The same in pieces, in order: byte fields of 4 KiB and more (records) are the very buffers of `body`, not copies. */
export function encodeResponsePieces<Request, Response>(
  api: ApiMessages<Request, Response>,
  version: number,
  correlationId: number,
  body: Response,
): EncodedPieces {
  const writer = writeResponse(new Writer({ gather: true }), api, version, correlationId, body);
  const bytes = writer.length;
  const pieces = writer.pieces();
  (pieces[0] as Buffer).writeInt32BE(bytes - sizePrefixBytes, 0);
  return { pieces, byteFields: writer.byteFields };
}

function writeResponse<Request, Response>(
  writer: Writer,
  api: ApiMessages<Request, Response>,
  version: number,
  correlationId: number,
  body: Response,
): Writer {
  writer.int32(0);
  writer.int32(correlationId);
  if (responseHeaderVersion(api, version) === 1) writer.uvarint(0);
  api.response.write(writer, body, version);
  return writer;
}

function sized(frame: Buffer): Buffer {
  frame.writeInt32BE(frame.length - sizePrefixBytes, 0);
  return frame;
}
