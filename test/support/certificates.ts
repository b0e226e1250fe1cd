// Certificates for tests, made by the openssl program: an authority, and what it signs. Everything lies in a folder of the caller's.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** As openssl's -subj has it, the least specific part first: `/O=Example/CN=orders`. */
  readonly subject: string;
  /** Subject alternative names as openssl has them: `DNS:localhost`, `URI:spiffe://…`. */
  readonly names?: readonly string[];
  /** Negative: it has expired. 2 if not given. */
  readonly days?: number;
}

export interface Authority {
  /** The path of its own certificate. */
  readonly cert: string;
  /** Signs `name`.pem with `name`.key; a name that was used is replaced. */
  issue(name: string, options: CertificateOptions): Certificate;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export function createAuthority(directory: string, name = "ca", subject = "/O=Example/CN=Test CA"): Authority {
  const file = (ending: string) => join(directory, ending);
  const [cert, key] = [file(`${name}.pem`), file(`${name}.key`)];
  openssl(["req", "-x509", ...newKey, "-subj", subject, "-days", "2", "-keyout", key, "-out", cert]);
  return {
    cert,
    issue(child, { subject: its, names = [], days = 2 }) {
      const made = { cert: file(`${child}.pem`), key: file(`${child}.key`) };
      const [request, extensions] = [file(`${child}.csr`), file(`${child}.ext`)];
      const alternative = names.length === 0 ? "" : `subjectAltName=${names.join(",")}\n`;
      writeFileSync(extensions, `basicConstraints=critical,CA:FALSE\n${alternative}`);
      openssl(["req", ...newKey, "-subj", its, "-keyout", made.key, "-out", request]);
      const signer = ["-CA", cert, "-CAkey", key, "-days", String(days), "-extfile", extensions];
      openssl(["x509", "-req", "-in", request, ...signer, "-out", made.cert]);
      return made;
    },
  };
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
