// The detectors that policies can name. To add one: a file here that implements Detector, a place in this list, samples in test/detectors/samples, and a line in
// policies/README.md.
import { apiKey } from "./api-key.ts";
import { cardNumber } from "./card-number.ts";
import type { Detector } from "./detector.ts";
import { email } from "./email.ts";
import { iban } from "./iban.ts";
import { ipAddress } from "./ip-address.ts";
import { jwt } from "./jwt.ts";
import { macAddress } from "./mac-address.ts";
import { brCpf } from "./national/br-cpf.ts";
import { deSteuerId } from "./national/de-steuer-id.ts";
import { esDni } from "./national/es-dni.ts";
import { frNir } from "./national/fr-nir.ts";
import { inAadhaar } from "./national/in-aadhaar.ts";
import { itCodiceFiscale } from "./national/it-codice-fiscale.ts";
import { nlBsn } from "./national/nl-bsn.ts";
import { plPesel } from "./national/pl-pesel.ts";
import { ukNino } from "./national/uk-nino.ts";
import { usSsn } from "./national/us-ssn.ts";
import { phone } from "./phone.ts";
import { privateKey } from "./private-key.ts";

export const detectors: readonly Detector[] = [
  email,
  cardNumber,
  iban,
  phone,
  ipAddress,
  macAddress,
  jwt,
  apiKey,
  privateKey,
  usSsn,
  deSteuerId,
  frNir,
  esDni,
  itCodiceFiscale,
  nlBsn,
  plPesel,
  ukNino,
  brCpf,
  inAadhaar,
];
