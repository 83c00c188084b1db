import { connectionRefused } from "./connection-refused.ts";
import { expiredCertificate } from "./expired-certificate.ts";
import type { FaultKind } from "./fault.ts";
import { malformedBody } from "./malformed-body.ts";
import { rateLimitStorm } from "./rate-limit-storm.ts";
import { redirect } from "./redirect.ts";
import { resetAfterHeaders } from "./reset-after-headers.ts";
import { resetBeforeHeaders } from "./reset-before-headers.ts";
import { serverError } from "./server-error.ts";
import { slowBody } from "./slow-body.ts";
import { stall } from "./stall.ts";
import { truncatedBody } from "./truncated-body.ts";
import { wrongContentType } from "./wrong-content-type.ts";

/** Every fault there is, by name. A new one is a file, and a line here. */
export const FAULT_KINDS: ReadonlyMap<string, FaultKind> = new Map(
  [
    stall,
    resetBeforeHeaders,
    resetAfterHeaders,
    slowBody,
    truncatedBody,
    malformedBody,
    wrongContentType,
    redirect,
    serverError,
    rateLimitStorm,
    expiredCertificate,
    connectionRefused,
  ].map((kind) => [kind.name, kind]),
);
