// Error codes ↔ names.
import { expect, test } from "vitest";
import { errorCode, errorCodes, errorName } from "../../../../src/protocols/kafka/errors.ts";

test("every name of Kafka 4.4 has its code, and back", () => {
  expect(errorCodes.size).toBe(138);
  for (const [name, code] of errorCodes) expect([errorCode(name), errorName(code)]).toEqual([code, name]);
});

test.each([
  [-1, "UNKNOWN_SERVER_ERROR"],
  [0, "NONE"],
  [29, "TOPIC_AUTHORIZATION_FAILED"],
  [35, "UNSUPPORTED_VERSION"],
  [44, "POLICY_VIOLATION"],
  [58, "SASL_AUTHENTICATION_FAILED"],
  [89, "THROTTLING_QUOTA_EXCEEDED"],
  [100, "UNKNOWN_TOPIC_ID"],
  [136, "CONTROLLER_ID_NOT_REGISTERED"],
])("%i is %s", (code, name) => {
  expect(errorName(code)).toBe(name);
});

test("a code or name that Kafka 4.4 has not is still something that can be said", () => {
  expect(errorName(9999)).toBe("ERROR_9999");
  expect(errorCode("NO_SUCH_NAME")).toBe(-1);
});
