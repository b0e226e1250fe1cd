// Test projects: `unit` needs nothing but this process; `integration` starts real brokers, Redis and clients, one file at a time.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{unit,contracts,scenarios,property,bypass,wire}/**/*.test.ts"],
          testTimeout: 60_000,
          // compiling a policy takes a second, and ten on a machine that is busy
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: "test/support/global-setup.ts",
          fileParallelism: false,
          // after the unit tests, not beside them: brokers and clients have the two cores to themselves
          sequence: { groupOrder: 1 },
          // real brokers, clients and kills on a machine that others use too: one more try on CI, which tells of it; at home every failure counts
          retry: process.env["CI"] ? 1 : 0,
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
