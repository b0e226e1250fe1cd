// Headers and whole frames: which header version goes with which API × version, and that frames say their own size.
import { describe, expect, test } from "vitest";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import {
  encodeRequestFrame,
  encodeResponseFrame,
  encodeResponsePieces,
  readRequestHeader,
  readResponseHeader,
  requestHeaderVersion,
  responseBodyOffset,
  responseHeaderVersion,
} from "../../../../src/protocols/kafka/header.ts";
import { apiVersions } from "../../../../src/protocols/kafka/messages/api-versions.ts";
import { fetch } from "../../../../src/protocols/kafka/messages/fetch.ts";
import { requestHeader, responseHeader } from "../../../../src/protocols/kafka/messages/headers.ts";
import { apis } from "../../../../src/protocols/kafka/messages/index.ts";

const everyVersion = apis.flatMap((api) =>
  Array.from({ length: api.request.versions.max - api.request.versions.min + 1 }, (_, i) => ({
    api,
    version: api.request.versions.min + i,
  })),
);

describe("a request's header", () => {
  test("is read as Kafka's own definition says, for every API and version", () => {
    for (const { api, version } of everyVersion) {
      const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: 77, clientId: "cliént" };
      const bytes = requestHeader.encode(requestHeader.create(header), requestHeaderVersion(api, version));
      const frame = Buffer.concat([Buffer.alloc(4), bytes, Buffer.from("body")]);
      frame.writeInt32BE(frame.length - 4, 0);
      expect(readRequestHeader(frame)).toMatchObject({
        apiKey: api.key,
        apiVersion: version,
        correlationId: 77,
        clientId: "cliént",
        bodyOffset: 4 + bytes.length,
      });
    }
  });

  test("may have no client id", () => {
    const frame = encodeRequestFrame(fetch, 4, 1, null, fetch.request.create());
    expect(readRequestHeader(frame).clientId).toBeNull();
  });

  test("keeps unknown tagged fields, which can be written again", () => {
    const tags = [{ tag: 5, data: Buffer.from("x") }];
    const frame = encodeRequestFrame(fetch, 12, 1, "c", fetch.request.create(), tags);
    expect(readRequestHeader(frame).unknownTaggedFields).toEqual(tags);
  });

  test("of an API that does not exist can be read, so that it can be refused", () => {
    const frame = Buffer.from([0, 0, 0, 10, 0x7f, 0xff, 0, 3, 0, 0, 0, 9, 0xff, 0xff]);
    expect(readRequestHeader(frame)).toMatchObject({ apiKey: 0x7fff, apiVersion: 3, correlationId: 9, clientId: null });
  });

  test.each([
    ["too short", Buffer.from([0, 0, 0, 2, 0, 1])],
    ["with a client id beyond its end", Buffer.from([0, 0, 0, 10, 0, 1, 0, 4, 0, 0, 0, 1, 0, 9])],
    ["with a client id of length -2", Buffer.from([0, 0, 0, 10, 0, 1, 0, 4, 0, 0, 0, 1, 0xff, 0xfe])],
    ["in a frame of another size", Buffer.from([0, 0, 0, 9, 0, 1, 0, 4, 0, 0, 0, 1, 0xff, 0xff])],
  ])("%s is refused", (_, frame) => {
    expect(() => readRequestHeader(frame)).toThrow(LockkeeperError);
  });
});

describe("an answer's header", () => {
  test("is read as Kafka's own definition says, for every API and version", () => {
    for (const { api, version } of everyVersion) {
      const bytes = responseHeader.encode(
        responseHeader.create({ correlationId: -5 }),
        responseHeaderVersion(api, version),
      );
      const frame = Buffer.concat([Buffer.alloc(4), bytes, Buffer.from("body")]);
      frame.writeInt32BE(frame.length - 4, 0);
      expect(readResponseHeader(api, version, frame)).toMatchObject({
        correlationId: -5,
        bodyOffset: 4 + bytes.length,
      });
    }
  });

  test("of ApiVersions stays at version 0 in flexible versions", () => {
    expect(apiVersions.response.isFlexible(3)).toBe(true);
    expect(responseHeaderVersion(apiVersions, 3)).toBe(0);
  });
});

describe("a whole frame", () => {
  test("of every API and version reads back", () => {
    for (const { api, version } of everyVersion) {
      const request = encodeRequestFrame(api, version, 3, "me", api.request.create());
      const header = readRequestHeader(request);
      expect(api.request.decode(request, header.bodyOffset, version)).toEqual(api.request.create());
      const response = encodeResponseFrame(api, version, 3, api.response.create());
      expect(response.readInt32BE(0)).toBe(response.length - 4);
      expect(api.response.decode(response, responseBodyOffset(api, version, response), version)).toEqual(
        api.response.create(),
      );
    }
  });

  test("in pieces has the same bytes, and the records themselves", () => {
    const records = Buffer.alloc(10_000, 1);
    const partitions = [{ records }, { records: Buffer.from("small") }, { records }];
    const body = fetch.response.create({ responses: [{ topic: "t", partitions }] });
    const { pieces, byteFields } = encodeResponsePieces(fetch, 12, 8, body);
    expect(Buffer.concat(pieces).equals(encodeResponseFrame(fetch, 12, 8, body))).toBe(true);
    expect(pieces.filter((piece) => piece === records)).toHaveLength(2);
    const whole = Buffer.concat(pieces);
    for (const { at, value } of byteFields) expect(whole.subarray(at, at + value.length)).toEqual(value);
    expect(byteFields).toHaveLength(3);
  });
});
