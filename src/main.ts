#!/usr/bin/env node
// argv → command. Nothing else happens here.
import { run } from "./cli/program.ts";

process.exitCode = await run(process.argv.slice(2));
