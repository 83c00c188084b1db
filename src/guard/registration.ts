import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { Refusal } from "../base/errors.ts";
import { CUSTOMER_OUTCOMES } from "./emulated.ts";
import {
  EMULATOR_ORIGIN_FORM,
  emulatorTarget,
  plainTarget,
  type TestTarget,
} from "./environments.ts";
import { visible } from "./foreign-text.ts";

const common = {
  url: z.string().max(64),
  pid: z.number().int().positive(),
  startedAt: z.iso.datetime(),
};

/** What a running emulator writes about itself. Whoever can read the file is the user who started it. */
export const registrationSchema = z.strictObject({
  ...common,
  caPem: z.string().startsWith("-----BEGIN CERTIFICATE-----").max(8192),
  /** What a profile may count on there; absent: nothing is known of it. */
  settings: z
    .strictObject({
      customer: z.enum(CUSTOMER_OUTCOMES).nullable(),
      quotas: z.enum(["test", "live"]),
    })
    .optional(),
});
export type Registration = z.infer<typeof registrationSchema>;

/** What the recorder of this tool's own benches writes where it speaks plain HTTP. */
const plainSchema = z.strictObject({ ...common, plain: z.literal(true) });

type PlainRegistration = z.infer<typeof plainSchema>;

const BYTES_MAX = 16_384;

/**
 * The target of an emulator that proves itself by its registration: a file in a folder of ours that nobody
 * else can write, with the address and the one certificate authority that is trusted there. An address alone
 * proves nothing, since a loopback port can be a tunnel to anywhere.
 *
 * @param path the registration file
 * @throws Refusal `GUARD_EMULATOR_UNPROVEN` unless file and folder are ours alone and hold what they should
 */
export function registeredEmulator(path: string): TestTarget {
  return emulatorTarget(readRegistration(path));
}

/**
 * The target of the running emulator at an address.
 *
 * @param url as the user gave it, which must equal a registered address to the letter
 * @param registryDir the state directory's `emulators`
 * @throws Refusal `GUARD_EMULATOR_UNKNOWN` when no registration has this address
 */
export function findEmulator(url: string, registryDir: string): TestTarget {
  const registration = findRegistration(url, registryDir);
  if (registration) {
    return "plain" in registration ? plainTarget(registration) : emulatorTarget(registration);
  }
  throw new Refusal("GUARD_EMULATOR_UNKNOWN", `no emulator is registered at \`${visible(url)}\``, {
    hint: `start one with \`klarna-perf emulator\`; the accepted form is ${EMULATOR_ORIGIN_FORM}`,
  });
}

/** What stands at an address, as it wrote about itself; `undefined`: nobody did. @throws as `readRegistration` */
export function findRegistration(
  url: string,
  registryDir: string,
): Registration | PlainRegistration | undefined {
  const port = /^https?:\/\/127\.0\.0\.1:(\d{1,5})$/.exec(url)?.[1];
  // A killed emulator leaves its registration behind, and its port may have been taken since: the newest counts.
  const [newest] = registrationsOf(port, registryDir)
    .map((name) => readAny(join(registryDir, name)))
    .filter((registration) => registration.url === url && isCurrent(registration))
    .sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
  return newest;
}

/** Without a handshake that tells, a port whose process has ended may be anybody's. */
function isCurrent(registration: Registration | PlainRegistration): boolean {
  if (!("plain" in registration)) return true;
  try {
    return process.kill(registration.pid, 0);
  } catch {
    return false;
  }
}

function registrationsOf(port: string | undefined, registryDir: string): string[] {
  if (port === undefined) return [];
  try {
    return readdirSync(registryDir).filter((name) => /^\d+-(\d+)\.json$/.exec(name)?.[1] === port);
  } catch {
    return [];
  }
}

/**
 * What an emulator wrote about itself, for whoever is to talk to it.
 * @throws Refusal `GUARD_EMULATOR_UNPROVEN` as `registeredEmulator` does
 */
export function readRegistration(path: string): Registration {
  const registration = readAny(path);
  if ("plain" in registration) throw unproven(NOT_OURS);
  return registration;
}

const NOT_OURS = "its registration is not one that this program writes";

function readAny(path: string): Registration | PlainRegistration {
  const folder = lstatSync(dirname(path), { throwIfNoEntry: false });
  if (!folder?.isDirectory() || !isOursAlone(folder))
    throw unproven("its folder is not ours alone");
  let descriptor: number;
  try {
    // Windows has no O_NOFOLLOW; its folders under the user's profile are the user's own.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    throw unproven("its registration can't be read");
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size > BYTES_MAX || !isOursAlone(stat)) {
      throw unproven("its registration is not a file of ours alone");
    }
    const written = parse(readFileSync(descriptor, "utf8"));
    const parsed = z.union([registrationSchema, plainSchema]).safeParse(written);
    if (!parsed.success) throw unproven(NOT_OURS);
    return parsed.data;
  } finally {
    closeSync(descriptor);
  }
}

function isOursAlone({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  if (process.getuid === undefined) return true;
  return uid === process.getuid() && (mode & 0o077) === 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unproven(why: string): Refusal {
  return new Refusal("GUARD_EMULATOR_UNPROVEN", `the emulator can't be proved to be one: ${why}`, {
    hint: "start it anew with `klarna-perf emulator`, as the same user and with the same state directory",
  });
}
