// One table of failures. An error is a failure of something (a file, a peer, a config); a denial is a value, never an error.

const table = {
  "frame-malformed": { public: "The request could not be read.", retryable: false },
  "frame-too-large": { public: "The request is larger than the gateway accepts.", retryable: false },
  "message-malformed": { public: "The request could not be read.", retryable: false },
  "version-unsupported": { public: "This API or version is not supported by the gateway.", retryable: false },
  "records-malformed": { public: "The records could not be read.", retryable: false },
  "records-too-large": { public: "The records grow beyond what the gateway accepts.", retryable: false },
  "codec-unsupported": { public: "This compression is not supported by the gateway.", retryable: false },
  "mask-refused": { public: "A value that must be masked could not be read, and is refused.", retryable: false },
  "registry-unavailable": { public: "The schema registry cannot be reached.", retryable: true },
  "authentication-failed": { public: "Authentication failed.", retryable: false },
  "broker-unavailable": { public: "The broker cannot be reached.", retryable: true },
  "broker-login-failed": { public: "The gateway could not log in to the broker.", retryable: true },
  "broker-protocol": { public: "The broker answered in a way the gateway does not understand.", retryable: true },
  "policy-invalid": { public: "The policy does not compile.", retryable: false },
  "policy-unavailable": { public: "The policy could not be evaluated.", retryable: true },
  "audit-unavailable": { public: "The audit log cannot be written.", retryable: true },
  "audit-corrupt": { public: "The audit log does not verify.", retryable: false },
  "approvals-unavailable": { public: "Approvals are not available: Redis cannot be reached.", retryable: true },
  "approval-unknown": { public: "There is no such approval.", retryable: false },
  "approval-refused": { public: "This approval cannot be changed.", retryable: false },
  "request-refused": { public: "This request is not answered from there.", retryable: false },
  "config-invalid": { public: "The configuration is not valid.", retryable: false },
  overloaded: { public: "The gateway has reached one of its limits.", retryable: true },
  "setup-failed": { public: "A part that is needed could not be installed or started.", retryable: true },
} as const satisfies Record<string, { public: string; retryable: boolean }>;

export type ErrorCode = keyof typeof table;

export class LockkeeperError extends Error {
  readonly code: ErrorCode;

  /** `message` may be logged and shown: it holds no payload, token or password. */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "LockkeeperError";
    this.code = code;
  }

  get publicMessage(): string {
    return table[this.code].public;
  }

  get retryable(): boolean {
    return table[this.code].retryable;
  }
}

/** The text of anything that was thrown, for logs: opa-wasm throws strings, objects and RuntimeErrors. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : (JSON.stringify(error) ?? String(error));
}
