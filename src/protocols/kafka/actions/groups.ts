// Operations on consumer groups by their names in policies.
import type { Action } from "./parameters.ts";

/** A commit by nobody who is a member: that is what resets a group. */
const fromOutside = { generationIdOrMemberEpoch: -1, memberId: "" };

export const groupActions: Readonly<Record<string, Action>> = {
  "group.delete": {
    parameters: { group: "its name" },
    toRequest: (given) => ({ api: "DeleteGroups", request: { groupsNames: [given.text("group")] } }),
  },
  "group.delete-offsets": {
    parameters: { group: "its name", topic: "whose offsets", partitions: "a list" },
    toRequest: (given) => ({
      api: "OffsetDelete",
      request: {
        groupId: given.text("group"),
        topics: [
          {
            name: given.text("topic"),
            partitions: given.partitions("partitions").map((partitionIndex) => ({ partitionIndex })),
          },
        ],
      },
    }),
  },
  "group.reset-offsets": {
    parameters: { group: "its name", topic: "whose offsets", offsets: "by partition, where it is to go on" },
    toRequest: (given) => ({
      api: "OffsetCommit",
      request: {
        groupId: given.text("group"),
        ...fromOutside,
        topics: [
          {
            name: given.text("topic"),
            partitions: given
              .offsets("offsets")
              .map(([partitionIndex, committedOffset]) => ({ partitionIndex, committedOffset })),
          },
        ],
      },
    }),
  },
};
