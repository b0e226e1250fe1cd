// Runs all scenarios. To add one: a few lines of data in the file of its APIs; to add a file: a line here.
import { describe, it } from "vitest";
import { runScenario } from "../support/scenario.ts";
import { access } from "./access.ts";
import { cluster } from "./cluster.ts";
import { configs } from "./configs.ts";
import { fetching } from "./fetch.ts";
import { groups } from "./groups.ts";
import { offsets } from "./offsets.ts";
import { producing } from "./produce.ts";
import { topics } from "./topics.ts";
import { transactions } from "./transactions.ts";

const all = [
  ...producing,
  ...fetching,
  ...topics,
  ...groups,
  ...offsets,
  ...configs,
  ...access,
  ...transactions,
  ...cluster,
];

describe("scenarios", () => {
  it.each(all)("$name", runScenario);
});
