// Runs all scenarios. To add one: a few lines of data in the file of its APIs; to add a file: a line here.
import { describe, it } from "vitest";
import { runScenario } from "../support/scenario.ts";
import { access } from "./access.ts";
import { administration } from "./administration.ts";
import { cluster } from "./cluster.ts";
import { configs } from "./configs.ts";
import { fetching } from "./fetch.ts";
import { groups } from "./groups.ts";
import { listings } from "./listings.ts";
import { offsets } from "./offsets.ts";
import { placement } from "./placement.ts";
import { producing } from "./produce.ts";
import { producingRecords } from "./produce-records.ts";
import { share } from "./share.ts";
import { shareOffsets } from "./share-offsets.ts";
import { streams } from "./streams.ts";
import { topicIds } from "./topic-ids.ts";
import { topics } from "./topics.ts";
import { transactions } from "./transactions.ts";

const all = [
  ...producing,
  ...producingRecords,
  ...fetching,
  ...topics,
  ...groups,
  ...offsets,
  ...configs,
  ...access,
  ...transactions,
  ...cluster,
  ...placement,
  ...administration,
  ...listings,
  ...share,
  ...shareOffsets,
  ...streams,
  ...topicIds,
];

describe("scenarios", () => {
  it.each(all)("$name", runScenario);
});
