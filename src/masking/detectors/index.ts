// The detectors that policies can name. To add one: a file here that implements Detector, and a place in this list.
import type { Detector } from "./detector.ts";

export const detectors: readonly Detector[] = [];
