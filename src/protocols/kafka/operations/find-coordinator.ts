// FindCoordinator (10): which broker keeps a group or a transaction. Until version 3 one key and the answer at the top level, then
// lists. Key type 2 (version 6) finds where a share group's state lies: brokers ask it of each other, share consumers ask for their group
// by key type 0; from a client it is an abuse.
import type { Verdict } from "../../../model/decision.ts";
import { readdressed } from "../addresses.ts";
import { errorCode, errorName } from "../errors.ts";
import {
  type Coordinator,
  coordinatorStruct,
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  findCoordinator,
} from "../messages/find-coordinator.ts";
import { isRefused, type Rule, type RuleContext, refusalOf } from "../rule.ts";
import { groupDescribe, transactionDescribe } from "./describe.ts";

const listVersion = 4;
const groupKey = 0;
const transactionKey = 1;
const noNode = { nodeId: -1, host: "", port: -1 };

export const findCoordinatorRule: Rule<FindCoordinatorRequest, FindCoordinatorResponse> = {
  api: findCoordinator,
  versions: { min: 0, max: 6 },
  neverHeld: true,
  abuse: ({ keyType }) =>
    keyType === groupKey || keyType === transactionKey ? null : `FindCoordinator of key type ${keyType}`,
  describe: (request, context) =>
    keysOf(request, context).map((key) =>
      request.keyType === groupKey ? groupDescribe(key) : transactionDescribe(key),
    ),
  restrict(request, verdicts, context) {
    if (!verdicts.some(isRefused)) return request;
    if (context.version < listVersion) return null;
    const coordinatorKeys = request.coordinatorKeys.filter((_, index) => !isRefused(verdicts[index]));
    return coordinatorKeys.length > 0 ? { ...request, coordinatorKeys } : null;
  },
  refuse(request, verdicts, context) {
    const coordinators = merged([], request, verdicts, context);
    return answerWith(findCoordinator.response.create(), coordinators, context);
  },
  respond(response, request, context) {
    const found = coordinatorsOf(response, request, context);
    return readdressed(
      context.book,
      found,
      (coordinator) => coordinator.nodeId,
      (coordinators) => answerWith(response, merged(coordinators, request, context.verdicts, context), context),
    );
  },
  outcomes: (response, request, context) =>
    coordinatorsOf(response, request, context).map(({ errorCode: code }, operation) => ({
      operation,
      error: errorName(code),
    })),
};

function keysOf(request: FindCoordinatorRequest, { version }: RuleContext): readonly string[] {
  return version >= listVersion ? request.coordinatorKeys : [request.key];
}

/** The answer as a list, whichever form the version has. */
function coordinatorsOf(
  response: FindCoordinatorResponse,
  request: FindCoordinatorRequest,
  context: RuleContext,
): Coordinator[] {
  if (context.version >= listVersion) return response.coordinators;
  const { nodeId, host, port, errorMessage } = response;
  return [
    coordinatorStruct.create({ key: request.key, nodeId, host, port, errorCode: response.errorCode, errorMessage }),
  ];
}

function answerWith(
  response: FindCoordinatorResponse,
  coordinators: Coordinator[],
  context: RuleContext,
): FindCoordinatorResponse {
  const [first] = coordinators;
  if (context.version >= listVersion || !first) return { ...response, coordinators };
  const { nodeId, host, port, errorMessage } = first;
  return { ...response, nodeId, host, port, errorCode: first.errorCode, errorMessage };
}

function merged(
  found: readonly Coordinator[],
  request: FindCoordinatorRequest,
  verdicts: readonly Verdict[],
  context: RuleContext,
): Coordinator[] {
  const denied = request.keyType === groupKey ? "GROUP_AUTHORIZATION_FAILED" : "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
  const byKey = new Map(found.map((coordinator) => [coordinator.key, coordinator]));
  const result: Coordinator[] = [];
  for (const [index, key] of keysOf(request, context).entries()) {
    const verdict = verdicts[index];
    if (isRefused(verdict)) {
      const { code, message } = refusalOf(verdict, errorCode(denied));
      result.push(coordinatorStruct.create({ key, ...noNode, errorCode: code, errorMessage: message }));
    } else {
      const coordinator = byKey.get(key);
      if (coordinator) result.push(coordinator);
    }
  }
  return result;
}
