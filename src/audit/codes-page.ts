// Writes README.md beside it, the page of every event that the audit log can hold:
//   node src/audit/codes-page.ts
// A test makes the page in memory and compares. Nothing here runs in the gateway.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { className, codes } from "./codes.ts";
import { typePrefix } from "./event.ts";

export function codesPage(): string {
  const rows = Object.entries(codes).map(
    ([code, { class: ocsf, activity, severity, status, title, when }]) =>
      `| \`${code}\` | ${title} | ${when} | ${className(ocsf)} | ${activity} | ${severity} | ${status} |`,
  );
  return `${head}${rows.join("\n")}\n`;
}

const head = `# Every event of the audit log

Generated from \`codes.ts\` by \`codes-page.ts\`: do not edit. Each entry of the log is one line of JSON: a CloudEvents 1.0 envelope whose \`type\`
is \`${typePrefix}\` and the code, with an OCSF 1.6 body in \`data\`. What OCSF has no name for stands in \`data.unmapped\`: the caller's claims, the
operation, the decision with its rules, the approval, the offset ranges (\`ranges\`), and \`details\`. Every event of a session carries the caller:
principal, groups, claims, mechanism, issuer, address, client id and what the program says of itself; never the gateway's own account at the broker.

*Activity* is OCSF's \`activity_id\` (99: other; verb: create 1, read and describe 2, write and alter 3, delete 4). *Status*: \`error\` is a
failure where the client got an error.

| code | what happened | when, and what it carries | OCSF class | activity | severity | status |
|---|---|---|---|---|---|---|
`;

if (import.meta.main) writeFileSync(join(import.meta.dirname, "README.md"), codesPage());
