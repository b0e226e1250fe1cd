// The story, in order.
import { hideBrokers } from "./addresses.ts";
import { approveDeletion } from "./approve.ts";
import { denyDeletion } from "./deny.ts";
import { proveLog } from "./proof.ts";
import { readMasked } from "./read.ts";
import { redisAway } from "./redis-away.ts";
import { refuseGuest } from "./refuse.ts";
import type { Step } from "./step.ts";
import { ticketForLater } from "./ticket.ts";
import { writeOrders } from "./write.ts";

export const story = [
  writeOrders,
  readMasked,
  refuseGuest,
  hideBrokers,
  approveDeletion,
  denyDeletion,
  ticketForLater,
  redisAway,
  proveLog,
] as const satisfies readonly Step[];
