import * as z from "zod";
import type { Micros } from "../../base/units.ts";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer } from "../answers.ts";
import { Recent } from "../recent.ts";
import type { Call, Handler } from "../routing.ts";
import { checkClassic } from "../validation.ts";
import { timestamp, type World } from "../world.ts";
import type { Session, Sessions } from "./classic-sessions.ts";

/** Remembered at least; at most a quarter more. */
const HOSTED_PAGES = 5000;
/** As the payment session that they stand for. */
const LIFETIME_US = 48 * 3_600_000_000;

const address = z.string().max(2000);
const createBody = z.object({
  payment_session_url: address,
  merchant_urls: z.object({
    success: address.optional(),
    cancel: address.optional(),
    back: address.optional(),
    failure: address.optional(),
    error: address.optional(),
    status_update: address.optional(),
  }),
  options: z
    .object({
      place_order_mode: z.enum(["PLACE_ORDER", "CAPTURE_ORDER", "NONE"]).optional(),
    })
    .optional(),
});

interface HostedPage {
  readonly id: string;
  readonly owner: string;
  readonly session: Session;
  readonly created: Micros;
  readonly createdAtMs: number;
  disabled: boolean;
}

type Handlers = Readonly<Record<Extract<OperationName, `hosted-page.${string}`>, Handler>>;

/** Klarna's page for a payment session. The customer who comes to it is the session's own. */
export function hostedPageHandlers(world: World, sessions: Sessions): Handlers {
  const { clock, newId, classic, forgotten } = world;
  const pages = new Recent<HostedPage>(HOSTED_PAGES, forgotten.counter("hosted pages"));
  const unknown = (): Answer => classic("NOT_FOUND", ["Invalid session id"]);
  const find = ({ owner, params }: Call): HostedPage | undefined => {
    const found = pages.get(params.hosted_session_id ?? "");
    return found?.owner === owner ? found : undefined;
  };

  const statusOf = (page: HostedPage): string => {
    const { visit } = page.session;
    const now = clock.now();
    if (page.disabled) return "DISABLED";
    if (visit && visit.outcome !== "abandon" && now >= visit.decides) {
      return visit.outcome === "approve" ? "COMPLETED" : "FAILED";
    }
    if (now >= page.created + LIFETIME_US) return "EXPIRED";
    return visit && now >= visit.enters ? "IN_PROGRESS" : "WAITING";
  };

  return {
    "hosted-page.create": (call) => {
      const checked = checkClassic(createBody, call.body, "BAD_VALUE", classic);
      if ("refused" in checked) return checked.refused;
      const session = sessions.find(sessionIdIn(checked.body.payment_session_url), call.owner);
      if (!session) return classic("BAD_VALUE", ["BAD_VALUE : payment_session_url"]);
      const page: HostedPage = {
        id: newId(),
        owner: call.owner,
        session,
        created: clock.now(),
        createdAtMs: clock.wallMs(),
        disabled: false,
      };
      pages.set(page.id, page);
      return {
        status: 201,
        body: {
          session_id: page.id,
          session_url: `https://emulator.invalid/hpp/v1/sessions/${page.id}`,
          redirect_url: `https://emulator.invalid/pay/${page.id}`,
          qr_code_url: `https://emulator.invalid/pay/${page.id}/qr`,
          expires_at: timestamp(page.createdAtMs + LIFETIME_US / 1000),
        },
      };
    },

    "hosted-page.read": (call) => {
      const found = find(call);
      if (!found) return unknown();
      const status = statusOf(found);
      const { authorizationToken, authorization } = found.session;
      return {
        status: 200,
        body: {
          session_id: found.id,
          status,
          ...(status === "COMPLETED" && sessions.isAuthorized(found.session)
            ? { authorization_token: authorizationToken }
            : {}),
          ...(authorization.kind === "ordered" ? { order_id: authorization.order } : {}),
          updated_at: timestamp(found.createdAtMs),
          expires_at: timestamp(found.createdAtMs + LIFETIME_US / 1000),
        },
      };
    },

    "hosted-page.disable": (call) => {
      const found = find(call);
      if (!found) return unknown();
      found.disabled = true;
      return { status: 204, body: null };
    },
  };
}

const LIVE_HOST = /^api(?:-na|-oc)?\.klarna\.com$/;

/** Whatever host it names, since the emulator stands for all of them, but a live one: what is there is not known in test. */
function sessionIdIn(text: string): string | undefined {
  if (!URL.canParse(text) || LIVE_HOST.test(new URL(text).hostname)) return undefined;
  return /^\/payments\/v1\/sessions\/([^/]+)$/.exec(new URL(text).pathname)?.[1];
}
