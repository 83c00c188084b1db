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
import { type Micros, micros, seconds } from "../base/units.ts";
import { notPublic } from "./addresses.ts";
import { ApprovedPlan } from "./approval.ts";
import type { ClientCertificate } from "./client-certificate.ts";
import { type ConnectFailure, classify, describeFailure } from "./connect-failure.ts";
import { isKlarnaEnvironment, TestTarget } from "./environments.ts";
import { visible } from "./foreign-text.ts";
import { isTripwireArmed, withLookupTicket, withTicket } from "./tripwire.ts";

/** Opening a socket and finishing its TLS handshake may take this long in all. */
const OPEN_TIMEOUT_US = seconds(10);
const NO_CONNECTION = `no connection within ${OPEN_TIMEOUT_US / 1e6} s`;

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

/** A connection whose peer has proved to be the target, by TLS; a bench's plain HTTP proves nothing. */
export interface OpenSocket {
  /** What is written to and read from: TLS over `raw`, or `raw` itself for plain HTTP. */
  readonly stream: Socket;
  /** Beneath it: destroying this one drops what the kernel has not sent yet. */
  readonly raw: Socket;
  readonly address: string;
  /** Only of the connection that had the name resolved: the others of a run use its answer. */
  readonly dnsUs?: Micros;
  readonly connectUs: Micros;
  readonly tlsUs?: Micros;
}

export type OpenResult =
  | { readonly kind: "open"; readonly socket: OpenSocket }
  | { readonly kind: "failed"; readonly failure: ConnectFailure; readonly detail: string };

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
  #address: Promise<string> | undefined;
  #addresses: readonly string[] = [];
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
    return this.#addresses;
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
    let address: string;
    const asksForName =
      this.#address === undefined && isKlarnaEnvironment(this.#target.environment);
    const begun = this.#clock.now();
    try {
      this.#address ??= this.#resolve();
      address = await this.#address;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      this.#address = undefined;
      return this.#failure("name", error);
    }
    const dns = asksForName ? { dnsUs: micros(this.#clock.now() - begun) } : {};
    if (signal?.aborted) return ABORTED;
    const result = await (this.#target.isPlain
      ? this.#connectPlain(address, signal)
      : this.#connect(address, signal));
    if (result.kind !== "open") return result;
    this.#opened++;
    return { kind: "open", socket: { ...result.socket, ...dns } };
  }

  async #resolve(): Promise<string> {
    const { environment, hostname } = this.#target;
    if (!isKlarnaEnvironment(environment)) {
      this.#addresses = [hostname];
      return hostname;
    }
    const answers = await this.#seams.resolve(hostname);
    const [first] = answers;
    if (first === undefined) throw new Error("no address");
    for (const answer of answers) {
      const kind = notPublic(answer);
      if (kind !== undefined) {
        throw new Refusal(
          "GUARD_ADDRESS_NOT_PUBLIC",
          `${hostname} resolves to ${visible(answer)}, which is ${kind}`,
          {
            hint: "a VPN client, a hosts file or a captive portal answers for the name: turn it off and run again",
          },
        );
      }
    }
    const { addresses } = this.#approved.bounds;
    if (addresses && !addresses.includes(first)) {
      throw new Refusal(
        "GUARD_ADDRESS_NOT_PERMITTED",
        `${hostname} resolves to ${visible(first)}, which is not in the permit's list`,
        { hint: "see whether the list is out of date, or something else answers for the name" },
      );
    }
    this.#addresses = [first];
    return first;
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
        resolve(this.#failure(failure, error, certificate));
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
        fail("timeout", new Error(NO_CONNECTION)),
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

  /** Without TLS: for a bench's recorder on loopback and nothing else. */
  #connectPlain(address: string, signal: AbortSignal | undefined): Promise<OpenResult> {
    const begun = this.#clock.now();
    return new Promise((resolve) => {
      const raw = this.#seams.connect(address, this.#target.port);
      const settle = (result: OpenResult): void => {
        cancelTimeout();
        signal?.removeEventListener("abort", abort);
        raw.off("error", onError).off("connect", onConnect);
        if (result.kind === "failed") raw.on("error", () => {}).destroy();
        resolve(result);
      };
      const onError = (error: Error): void => settle(this.#failure(classify(error), error));
      const abort = (): void => settle(ABORTED);
      const onConnect = (): void => {
        const connectUs = micros(this.#clock.now() - begun);
        settle({ kind: "open", socket: { stream: raw, raw, address, connectUs } });
      };
      const cancelTimeout = this.#clock.atCoarse(micros(begun + OPEN_TIMEOUT_US), () =>
        settle(this.#failure("timeout", new Error(NO_CONNECTION))),
      );
      signal?.addEventListener("abort", abort);
      raw.on("error", onError).on("connect", onConnect);
    });
  }

  #failure(failure: ConnectFailure, error: unknown, certificate?: PeerCertificate): OpenResult {
    this.#failures[failure] = (this.#failures[failure] ?? 0) + 1;
    return { kind: "failed", failure, detail: describeFailure(failure, error, certificate) };
  }
}

/** What an opening that was given up came to; no failure of the network's, and not counted as one. */
const ABORTED: OpenResult = { kind: "failed", failure: "reset", detail: "given up" };
