// The TLS keys of a connection that the gateway opens: to brokers, to a schema registry.
import { z } from "zod";
import { readTlsFiles, type TlsFiles } from "./tls-files.ts";
import { optional, path, type ValueContext } from "./values.ts";

/** `{}` trusts what the system trusts; `cert` and `key` are for servers that ask for a certificate. */
export function outgoingTls(context: ValueContext) {
  return z
    .strictObject({
      ca: optional(path(context, "file")),
      cert: optional(path(context, "file")),
      key: optional(path(context, "file")),
    })
    .superRefine((tls, issues) => {
      if ((tls.cert === null) !== (tls.key === null))
        issues.addIssue({ code: "custom", message: "cert and key belong together: give both or none" });
      else tellUnusable(tls, issues);
    });
}

/** Files that are missing have been told of already. */
export function tellUnusable(files: TlsFiles, issues: z.core.$RefinementCtx): void {
  const read = readTlsFiles(files);
  if (typeof read === "string" && !read.includes("ENOENT")) issues.addIssue({ code: "custom", message: read });
}
