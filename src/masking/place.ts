// Where a rule looks, made ready: its path parsed, its detectors looked up. The same for masks and filters.
// Throws LockkeeperError `policy-invalid` with the end of a sentence that says what is wrong.
import { LockkeeperError } from "../base/errors.ts";
import type { FormatName, RecordPlace } from "../model/decision.ts";
import type { Detector } from "./detectors/detector.ts";
import { detectors } from "./detectors/index.ts";
import type { ValueFormat } from "./formats/format.ts";
import type { Target } from "./matcher.ts";
import { parsePath } from "./path.ts";

export interface ReadyPlace {
  readonly target: Target;
  readonly detectors: readonly Detector[];
  /** The formats that may read the part, in the order in which they are asked; one where the rule names it. */
  readonly formats: readonly ValueFormat[];
  /** The same for all places that can share one walk over the part. */
  readonly walk: string;
}

export function readyPlace(place: RecordPlace, formats: readonly ValueFormat[]): ReadyPlace {
  const found = place.detect.map(detectorNamed);
  const target = { steps: parsePath(place.field ?? "$"), tag: place.tag, below: found.length > 0 };
  const readers = readersOf(place, formats);
  checkPlace(place, readers);
  return {
    target,
    detectors: found,
    formats: readers,
    walk: `${place.in} ${readers.map(({ name }) => name).join(" ")} ${JSON.stringify(place.formatOptions)}`,
  };
}

/** Formats that are there where a cluster has a schema registry. */
const withSchemas: ReadonlySet<FormatName> = new Set(["avro", "protobuf"]);

/** A part that is meant as a whole is a text like any other, whatever it holds. */
function readersOf(place: RecordPlace, formats: readonly ValueFormat[]): readonly ValueFormat[] {
  const { format, formatOptions, field, tag, detect } = place;
  const isWhole = field === null && tag === null && detect.length === 0;
  if (format === "auto" && !isWhole) return formats.map((each) => configured(each, formatOptions));
  const name = format === "auto" ? "text" : format;
  const named = formats.filter((each) => each.name === name);
  if (named.length === 0) {
    const help = withSchemas.has(name)
      ? "it needs a schemaRegistry of a cluster in the configuration"
      : `there is ${names(formats)}`;
    throw wrong(`the format ${name} is not available: ${help}`);
  }
  return named.map((each) => configured(each, formatOptions));
}

function configured(format: ValueFormat, options: RecordPlace["formatOptions"]): ValueFormat {
  if (Object.keys(options).length === 0) return format;
  if (format.configured === undefined) throw wrong(`the format ${format.name} has no options`);
  return format.configured(options);
}

function checkPlace({ format, field, tag }: RecordPlace, readers: readonly ValueFormat[]): void {
  if (field !== null && field !== "$" && !readers.some(({ finds }) => finds.fields)) {
    throw wrong(`the format ${format} has no fields, so ${field} would match nothing`);
  }
  if (tag !== null && !readers.some(({ finds }) => finds.tags)) {
    throw wrong(
      format === "auto"
        ? "tags are read from schemas, and no cluster of the configuration has a schemaRegistry"
        : `tags are read from schemas, and the format ${format} has none`,
    );
  }
}

function detectorNamed(name: string): Detector {
  const detector = detectors.find((each) => each.name === name);
  if (detector !== undefined) return detector;
  throw wrong(`there is no detector ${JSON.stringify(name)}; there is ${names(detectors)}`);
}

const names = (list: readonly { readonly name: string }[]): string =>
  list.length === 0 ? "none" : list.map(({ name }) => name).join(", ");

const wrong = (why: string): LockkeeperError => new LockkeeperError("policy-invalid", why);
