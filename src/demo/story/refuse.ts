// A guest is refused, by a Kafka error that his client understands.
import { errorText, errorType, readInGroup } from "../stage/clients.ts";
import { logLine } from "../stage/log.ts";
import { type Step, topics } from "./step.ts";

export const refuseGuest: Step = {
  title: "Bob may not",
  intro: "Bob is a guest: logged in as well, but no role of his allows anything on orders. He tries what Alice did.",
  async play({ paper, clients, log }) {
    const start = await log.size();
    const error = await readInGroup(clients.bob, { topic: topics.orders, groupId: "bobs-group", count: 1 }).then(
      (values) => new Error(`he read ${values.join()}`),
      (reason: unknown) => reason,
    );
    paper.show("Bob's client says:", [errorText(error)], "red");
    const type = errorType(error);
    paper.check(
      type?.endsWith("_AUTHORIZATION_FAILED") === true,
      "that is a Kafka error of its own kind",
      String(type),
    );
    const [event] = await log.await(start, { codes: ["operation.denied"], principal: "bob" });
    if (event) paper.show("the audit log has it:", [logLine(event)], "cyan");
    paper.check(event !== undefined, "the log says what he tried, and why it was refused", "no such event");
  },
};
