// TLS files that change under a running gateway: taken up when they are usable, and otherwise told of while the old ones stay.
import { copyFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { openTls, type Tls } from "../../../src/app/tls.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { type LogFields, silentLog } from "../../../src/base/log.ts";
import { type Certificate, createAuthority } from "../../support/certificates.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { eventually } from "../../support/wait.ts";

const folder = tempDir();
afterAll(() => folder[Symbol.dispose]());
const authority = createAuthority(folder.path);
const first = authority.issue("first", { subject: "/CN=first" });
const second = authority.issue("second", { subject: "/CN=second", days: 1 });
const expired = authority.issue("old", { subject: "/CN=old", days: -1 });

const stacks: AsyncDisposableStack[] = [];
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.disposeAsync();
});

let folders = 0;
async function opened(directory = join(folder.path, `tls-${folders++}`)) {
  const files = { cert: `${directory}.pem`, key: `${directory}.key`, ca: null };
  const lines: LogFields[] = [];
  const write = ({ cert, key }: Certificate) => {
    copyFileSync(cert, files.cert);
    copyFileSync(key, files.key);
  };
  write(first);
  const stack = new AsyncDisposableStack();
  stacks.push(stack);
  const log = { ...silentLog, error: (fields: LogFields) => void lines.push(fields) };
  const tls = await openTls({ name: "listeners[0].tls", files, clock: systemClock, log }, stack);
  return { tls, files, lines, write };
}

const refused = (tls: Tls, why: RegExp) => eventually(() => why.test(tls.state()));

it("takes up a new pair of files", async () => {
  const { tls, write } = await opened();
  const { context, notAfter } = tls.current;
  write(second);
  await eventually(() => tls.current.context !== context);
  expect(tls.current.notAfter).not.toBe(notAfter);
  expect(tls.state()).toMatch(/^valid until 20/);
});

it.each([
  [
    "a key that is another's",
    (pair: Certificate) => copyFileSync(second.key, pair.key),
    /the key is not the certificate's/,
  ],
  ["half a certificate", (pair: Certificate) => writeFileSync(pair.cert, "-----BEGIN CERT"), /no certificate in PEM/],
  ["a missing file", (pair: Certificate) => rmSync(pair.key), /the key cannot be read \(ENOENT\)/],
])("keeps the old files and says why for %s, then takes up what is mended", async (_name, spoil, why) => {
  const { tls, files, lines, write } = await opened();
  const { context } = tls.current;

  spoil(files);

  await refused(tls, why);
  expect(tls.current.context).toBe(context);
  expect(tls.state()).toMatch(/^new files refused: .*; the old ones: valid until 20/);
  expect(lines).toEqual([{ path: "listeners[0].tls", reason: expect.stringMatching(why) }]);
  write(second);
  await eventually(() => tls.current.context !== context);
  expect(tls.state()).toMatch(/^valid until/);
});

it("does not replace a certificate by one that has expired", async () => {
  const { tls, write } = await opened();
  const { context } = tls.current;
  write(expired);
  await refused(tls, /the certificate has expired/);
  expect(tls.current.context).toBe(context);
});

it("follows a folder that is swapped by a link, as mounted secrets are", async () => {
  const link = join(folder.path, "mounted.pem");
  symlinkSync(first.cert, link);
  const stack = new AsyncDisposableStack();
  stacks.push(stack);
  const files = { cert: null, key: null, ca: link };
  const tls = await openTls({ name: "clusters.main.tls", files, clock: systemClock, log: silentLog }, stack);
  const { context } = tls.current;
  symlinkSync(second.cert, `${link}.new`);
  renameSync(`${link}.new`, link);
  await eventually(() => tls.current.context !== context);
});

it("does not start with files that are not usable", async () => {
  const stack = new AsyncDisposableStack();
  const files = { cert: first.cert, key: second.key, ca: null };
  const opening = openTls({ name: "listeners[2].tls", files, clock: systemClock, log: silentLog }, stack);
  await expect(opening).rejects.toThrow("listeners[2].tls: the key is not the certificate's");
});
