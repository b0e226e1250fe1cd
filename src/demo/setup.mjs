// First step of `npm run demo` and `npm test`: plain JavaScript that runs on Node 20, before anything is installed. It installs the locked
// dependencies (Node 24 is among them) when they are not there, lets a prepare.ts get the other parts, and runs the given command under Node 24.
// It must not import anything that `npm ci` installs.
//
//   node src/demo/setup.mjs [--for demo|test|none] [-- FILE ARGS…]
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const modules = join(root, "node_modules");
const binaries = join(modules, ".bin");
const node = join(binaries, "node");
const neededMajor = 24;
/** What gets the other parts, for each purpose. */
const preparations = { demo: "src/demo/prepare.ts", test: "test/support/prepare.ts", none: undefined };

/** @param {string} sentence */
function fail(sentence) {
  process.stderr.write(`set-up: ${sentence}\n`);
  process.exit(1);
}

/** Whether node_modules holds exactly what the lock file says: npm's own list of what it installed is compared, package by package. */
function isInstalled() {
  const hidden = join(modules, ".package-lock.json");
  if (!existsSync(hidden) || !existsSync(node)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const found = present[path];
    // Optional packages are for other platforms when they are missing.
    return found === undefined ? entry.optional === true : found.version === entry.version;
  });
}

/** PATH without node_modules/.bin: `npm ci` removes the Node 24 in there while it runs. */
function pathOutside() {
  const parts = (process.env.PATH ?? "").split(delimiter);
  return parts.filter((part) => !part.endsWith(join("node_modules", ".bin"))).join(delimiter);
}

function install() {
  const started = Date.now();
  process.stderr.write("set-up: installing the dependencies, Node 24 among them (npm ci)\n");
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    env: { ...process.env, PATH: pathOutside() },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (result.error !== undefined) fail("npm is not on the PATH. Install Node.js 20 or later together with npm.");
  if (result.status !== 0)
    fail("npm ci failed (above). The npm registry must be reachable the first time; then run this again.");
  process.stderr.write(`set-up: dependencies installed in ${seconds(started)}\n`);
}

/** @param {number} since */
function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function checkNode() {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" });
  const major = Number(/^v(\d+)/.exec(version.stdout ?? "")?.[1] ?? 0);
  if (major >= neededMajor) return;
  fail(
    `Node ${neededMajor} was not installed: the npm package "node" gets it in its install script. ` +
      "Run `npm rebuild node` in the checkout (with install scripts allowed), then this again.",
  );
}

function ignore() {}

/**
 * Runs a file under Node 24 with its tools first on the PATH.
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
async function run(args) {
  const env = { ...process.env, PATH: `${binaries}${delimiter}${pathOutside()}` };
  const child = spawn(node, args, { stdio: "inherit", env });
  // Ctrl-C reaches the child from the terminal, and it ends in its own order: we only wait for it. Other signals are for us alone.
  const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  process.on("SIGINT", ignore).on("SIGTERM", pass).on("SIGHUP", pass);
  return await new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

const rest = process.argv.slice(2);
const split = rest.indexOf("--");
const own = split === -1 ? rest : rest.slice(0, split);
const command = split === -1 ? [] : rest.slice(split + 1);
const purpose = own[0] === "--for" ? own[1] : "demo";
if (!(purpose in preparations)) fail(`--for takes one of ${Object.keys(preparations).join(", ")}.`);

if (!isInstalled()) {
  install();
  checkNode();
}
const preparation = preparations[purpose];
if (preparation !== undefined) {
  const code = await run([join(root, preparation)]);
  if (code !== 0) process.exit(code);
}
if (command.length > 0) process.exit(await run(command));
