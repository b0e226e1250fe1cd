// What people are shown and what is pinned before a high-risk operation, API by API, as data.
import { accessFacts } from "./access.ts";
import { configsFacts } from "./configs.ts";
import { nodesFacts } from "./nodes.ts";
import { offsetsFacts } from "./offsets.ts";
import { placementFacts } from "./placement.ts";
import type { FactScenario } from "./scenario.ts";
import { topicsFacts } from "./topics.ts";

export const factScenarios: readonly FactScenario[] = [
  ...topicsFacts,
  ...configsFacts,
  ...accessFacts,
  ...placementFacts,
  ...offsetsFacts,
  ...nodesFacts,
];
