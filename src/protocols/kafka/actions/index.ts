// Operations by their names in policies → the request that a client would send for them, as JSON: so that people who ask ahead need not know Kafka's
// messages. What has no short form here is asked for by the message itself.
import { LockkeeperError } from "../../../base/errors.ts";
import type { JsonObject } from "../../../base/json.ts";
import { accessActions } from "./access.ts";
import { groupActions } from "./groups.ts";
import { type Action, type ApiRequest, parametersOf } from "./parameters.ts";
import { topicActions } from "./topics.ts";

export const actions: Readonly<Record<string, Action>> = { ...topicActions, ...groupActions, ...accessActions };

/** Throws LockkeeperError `message-malformed`: no such action, a parameter that is missing, unknown or of another form. */
export function requestOfAction(name: string, given: JsonObject): ApiRequest {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    const known = Object.keys(actions).join(", ");
    throw wrong(`there is no short form of ${name}; there is one of ${known}. Others are asked for by api and request`);
  }
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(action.parameters, key));
  if (unknown !== undefined)
    throw wrong(`${name} has no ${unknown}; it has ${Object.keys(action.parameters).join(", ")}`);
  return action.toRequest(parametersOf(name, given));
}

function wrong(message: string): LockkeeperError {
  return new LockkeeperError("message-malformed", message);
}
