// JoinGroup, SyncGroup, Heartbeat, LeaveGroup (11–14): GROUP:READ, as a whole. Which topics a member wants is opaque here; reading
// them is judged at Fetch.
import { errorCode } from "../errors.ts";
import { heartbeat } from "../messages/heartbeat.ts";
import { joinGroup } from "../messages/join-group.ts";
import { leaveGroup } from "../messages/leave-group.ts";
import { syncGroup } from "../messages/sync-group.ts";
import { wholeRule } from "../whole-rule.ts";
import { groupRead } from "./describe.ts";

const groupDenied = () => errorCode("GROUP_AUTHORIZATION_FAILED");

export const joinGroupRule = wholeRule({
  api: joinGroup,
  versions: { min: 0, max: 9 },
  neverHeld: true,
  operations: ({ groupId }) => [groupRead(groupId)],
  denied: groupDenied,
  refuse: ({ code }, { memberId }, { version }) => ({
    ...joinGroup.response.create(),
    errorCode: code,
    memberId,
    // null came with version 7
    protocolName: version >= 7 ? null : "",
  }),
  error: (response) => response.errorCode,
});

export const syncGroupRule = wholeRule({
  api: syncGroup,
  versions: { min: 0, max: 5 },
  neverHeld: true,
  operations: ({ groupId }) => [groupRead(groupId)],
  denied: groupDenied,
  refuse: ({ code }) => ({ ...syncGroup.response.create(), errorCode: code }),
  error: (response) => response.errorCode,
});

export const heartbeatRule = wholeRule({
  api: heartbeat,
  versions: { min: 0, max: 4 },
  neverHeld: true,
  operations: ({ groupId }) => [groupRead(groupId)],
  denied: groupDenied,
  refuse: ({ code }) => ({ ...heartbeat.response.create(), errorCode: code }),
  error: (response) => response.errorCode,
});

export const leaveGroupRule = wholeRule({
  api: leaveGroup,
  versions: { min: 0, max: 5 },
  neverHeld: true,
  operations: ({ groupId }) => [groupRead(groupId)],
  denied: groupDenied,
  refuse: ({ code }) => ({ ...leaveGroup.response.create(), errorCode: code }),
  error: (response) => response.errorCode,
});
