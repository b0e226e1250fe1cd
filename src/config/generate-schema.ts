// Writes deploy/lockkeeper.schema.json from the schema: `node src/config/generate-schema.ts`. A test says when it is due.
import { writeFileSync } from "node:fs";
import { configJsonSchema } from "./load.ts";

const target = new URL("../../deploy/lockkeeper.schema.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
