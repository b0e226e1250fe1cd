// An analyst reads the orders, masked.
import { readInGroup } from "../stage/clients.ts";
import { logLine } from "../stage/log.ts";
import { orders, secrets } from "./orders.ts";
import { type Step, topics } from "./step.ts";

export const readMasked: Step = {
  title: "Alice reads them, without what is not hers to see",
  intro:
    "Alice is an analyst. She logs in with a token of the OpenID Connect issuer and reads in a consumer group. The policy pii.rego masks e-mail " +
    "and card number for everybody who is not in the group pii-readers; the records at the broker stay as they are.",
  async play({ paper, clients, log }) {
    const start = await log.size();
    const values = await readInGroup(clients.alice, {
      topic: topics.orders,
      groupId: "analysis",
      count: orders.length,
    });
    paper.show("read by alice:", values);
    const seen = secrets.filter((secret) => values.some((value) => value.includes(secret)));
    paper.check(seen.length === 0, "no e-mail address and no card number came through", `she saw ${seen.join(", ")}`);
    const ids = values.map((value) => idOf(value));
    paper.check(
      ids.join() === orders.map(({ id }) => id).join(),
      "everything else is there, in order, and still JSON",
      `ids ${ids.join()}`,
    );
    const [login] = await log.await(start, { codes: ["session.authenticated"], principal: "alice" });
    const [read] = await log.await(start, { codes: ["data.read"], principal: "alice" });
    paper.show(
      "the audit log has it:",
      [login, read].flatMap((event) => (event ? [logLine(event)] : [])),
      "cyan",
    );
    paper.check(login !== undefined && read !== undefined, "the log says who logged in, and which offsets she read");
  },
};

function idOf(value: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" && parsed !== null && "id" in parsed ? parsed.id : undefined;
  } catch {
    return "not JSON";
  }
}
