import { constants } from "node:crypto";
import { lookup as systemLookup } from "node:dns";
import { type Socket, connect as systemConnect } from "node:net";
import {
  checkServerIdentity,
  createSecureContext,
  type PeerCertificate,
  rootCertificates,
  type SecureContext,
  connect as tlsConnect,
} from "node:tls";
import type { Clock } from "../base/clock.ts";
import { Refusal } from "../base/errors.ts";
import { micros } from "../base/units.ts";
import { ApprovedPlan } from "./approval.ts";
import type { ClientCertificate } from "./client-certificate.ts";
import { type ConnectFailure, classify } from "./connect-failure.ts";
import { isKlarnaEnvironment, TestTarget } from "./environments.ts";
import {
  ABORTED,
  type FailedOpening,
  failedOpening,
  OPEN_TIMEOUT_US,
  type OpenResult,
  TOO_LATE,
} from "./opening.ts";
import { PinnedAddress } from "./pinned-address.ts";
import { connectPlain } from "./plain-connect.ts";
import { isTripwireArmed, withLookupTicket, withTicket } from "./tripwire.ts";

/** The seams through which tests stand in for the network. No option, file or variable of a user's reaches them. */
export interface DoorSeams {
  readonly resolve: (hostname: string) => Promise<readonly string[]>;
  readonly connect: (address: string, port: number) => Socket;
  /** Trusted for Klarna's hosts: Node's bundled roots. */
  readonly roots: readonly string[];
}

const systemSeams: DoorSeams = {
  resolve: (hostname) =>
    new Promise((resolve, reject) => {
      withLookupTicket(hostname, () =>
        systemLookup(hostname, { all: true, order: "ipv4first" }, (error, answers) => {
          if (error) reject(error);
          else resolve(answers.map(({ address }) => address));
        }),
      );
    }),
  connect: (address, port) =>
    withTicket({ address, port }, () =>
      systemConnect({ host: address, port, noDelay: true, keepAlive: true }),
    ),
  roots: rootCertificates,
};

/**
 * The one place that opens sockets. It takes nothing but what the guard has minted, resolves the target's
 * name once, and connects to that address, that port and that name alone, over TLS 1.2 or later.
 */
export class Door {
  readonly #target: TestTarget;
  readonly #approved: ApprovedPlan;
  readonly #clock: Clock;
  readonly #seams: DoorSeams;
  readonly #context: SecureContext;
  readonly #address: PinnedAddress;
  #opened = 0;
  readonly #failures: Partial<Record<ConnectFailure, number>> = {};

  /**
   * @throws Refusal `GUARD_FORGED` unless target and approval are the guard's own and belong together;
   *   `GUARD_TRIPWIRE_UNARMED` for Klarna's hosts in a process that is not under the tripwire
   */
  constructor(
    target: TestTarget,
    approved: ApprovedPlan,
    clock: Clock,
    seams: DoorSeams = systemSeams,
    clientCertificate?: ClientCertificate,
  ) {
    this.#target = TestTarget.assertGenuine(target);
    this.#approved = ApprovedPlan.assertGenuine(approved);
    if (approved.bounds.environment !== target.environment) {
      throw new Refusal("GUARD_FORGED", "an approval for another environment than the target's", {
        hint: "plan the run for the environment that it is to go to",
      });
    }
    // Only the program's own process is: whoever imports this package has no way to Klarna.
    if (seams === systemSeams && isKlarnaEnvironment(target.environment) && !isTripwireArmed()) {
      throw new Refusal("GUARD_TRIPWIRE_UNARMED", "this process is not under the tripwire", {
        hint: "runs against Klarna are for the command line: klarna-perf run",
      });
    }
    this.#clock = clock;
    this.#seams = seams;
    this.#address = new PinnedAddress(target, approved.bounds.addresses, seams.resolve);
    // Everything is said explicitly, so that no variable or flag adds a root, lowers the version or takes a cipher that
    // hides nothing.
    this.#context = createSecureContext({
      ca: target.caPem === undefined ? [...seams.roots] : [target.caPem],
      minVersion: "TLSv1.2",
      ciphers: `${constants.defaultCoreCipherList}:@SECLEVEL=2`,
      ...clientCertificate?.forContext(),
    });
  }

  /** The addresses connected to, for the report. */
  get addresses(): readonly string[] {
    return this.#address.found;
  }
  get opened(): number {
    return this.#opened;
  }
  get failures(): number {
    return Object.values(this.#failures).reduce((sum, count) => sum + count, 0);
  }
  get failuresByKind(): Readonly<Partial<Record<ConnectFailure, number>>> {
    return this.#failures;
  }
  /** Connections a second that the approval allows; `undefined`: no bound. */
  get connectsPerSecond(): number | undefined {
    return this.#approved.bounds.connectsPerSecond;
  }

  /**
   * Opens one connection. Whatever the network does is a result.
   * @param signal ends the opening at once: what was sent of a handshake is all that will be
   * @throws Refusal where the name resolves to an address that no public server has
   */
  async open(signal?: AbortSignal): Promise<OpenResult> {
    const begun = this.#clock.now();
    const asksForName = this.#address.asksForName;
    let address: string;
    try {
      address = await this.#address.get();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      return this.#failed(failedOpening("name", error));
    }
    const dns = asksForName ? { dnsUs: micros(this.#clock.now() - begun) } : {};
    if (signal?.aborted) return ABORTED;
    const result = await (this.#target.isPlain
      ? connectPlain(this.#seams.connect(address, this.#target.port), address, this.#clock, signal)
      : this.#connect(address, signal));
    if (result.kind !== "open") return this.#failed(result);
    this.#opened++;
    return { kind: "open", socket: { ...result.socket, ...dns } };
  }

  #connect(address: string, signal: AbortSignal | undefined): Promise<OpenResult> {
    const { hostname, port } = this.#target;
    const begun = this.#clock.now();
    return new Promise((resolve) => {
      const raw = this.#seams.connect(address, port);
      let connected = begun;
      raw.once("connect", () => {
        connected = this.#clock.now();
      });
      const tls = tlsConnect({
        socket: raw,
        host: hostname,
        // A server name is never an address (RFC 6066, section 3); the certificate is checked against `host`.
        ...(isKlarnaEnvironment(this.#target.environment) ? { servername: hostname } : {}),
        secureContext: this.#context,
        rejectUnauthorized: true,
        checkServerIdentity,
        ALPNProtocols: ["http/1.1"],
      });
      // Kept before Node judges it: once it has refused a certificate, the socket does not give it any more.
      let certificate: PeerCertificate | undefined;
      tls.prependListener("secure", () => {
        certificate = tls.getPeerCertificate();
      });
      let settled = false;
      const end = (): boolean => {
        // Destroying one socket closes the other, which must not be told as a failure of its own.
        if (settled) return false;
        settled = true;
        cancelTimeout();
        signal?.removeEventListener("abort", abort);
        return true;
      };
      const fail = (failure: ConnectFailure, error: unknown): void => {
        if (!end()) return;
        raw.destroy();
        tls.destroy();
        resolve(failedOpening(failure, error, certificate));
      };
      const abort = (): void => {
        if (!end()) return;
        // Of one that is still connecting, a reset would wait until it is not.
        if (raw.connecting) raw.destroy();
        else raw.resetAndDestroy();
        tls.destroy();
        resolve(ABORTED);
      };
      signal?.addEventListener("abort", abort);
      const cancelTimeout = this.#clock.atCoarse(micros(begun + OPEN_TIMEOUT_US), () =>
        fail("timeout", new Error(TOO_LATE)),
      );
      const onError = (error: Error): void =>
        fail(tls.authorizationError ? "certificate" : classify(error), error);
      const onClose = (): void => onError(new Error("closed during the TLS handshake"));
      raw.on("error", onError);
      tls.on("error", onError);
      tls.once("close", onClose);
      tls.once("secureConnect", () => {
        cancelTimeout();
        const now = this.#clock.now();
        // Handed over in a turn of its own: Node dies of a segmentation fault (seen in 20.20, 22.23 and 24.21)
        // when both sockets are destroyed while OpenSSL's handshake callback is still on the stack.
        this.#clock.at(now, () => {
          if (!tls.authorized) fail("certificate", tls.authorizationError);
          if (!end()) return;
          raw.off("error", onError);
          tls.off("close", onClose);
          tls.off("error", onError);
          const times = { connectUs: micros(connected - begun), tlsUs: micros(now - connected) };
          resolve({ kind: "open", socket: { stream: tls, raw, address, ...times } });
        });
      });
    });
  }

  #failed(failed: FailedOpening): FailedOpening {
    if (failed !== ABORTED) {
      this.#failures[failed.failure] = (this.#failures[failed.failure] ?? 0) + 1;
    }
    return failed;
  }
}
