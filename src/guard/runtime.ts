/** What of the process's own settings could see a key, or weaken TLS, or run code before the lock. */
interface Process {
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Node flags that end a run against Klarna: code loaded before the lock, a debugger's door, weaker TLS, and
 * outputs that would hold a key. Memory flags are fine.
 */
const REFUSED_FLAGS = [
  /^(?:-r|--require|--import|--loader|--experimental-loader)(?:$|=)/,
  /^--inspect/,
  /^--tls-/,
  /^--openssl-/,
  /^--use-openssl-ca$/,
  /^--use-system-ca$/,
  /^--report-/,
  /^--trace-/,
  /^--heapsnapshot/,
  /^--cpu-prof/,
  /^--heap-prof/,
  /^--snapshot-blob/,
];

/** The settings that refuse a run against Klarna, each as the user would recognise it; empty when there are none. */
export function weakeningSettings({ execArgv, env }: Process): string[] {
  // Node takes quotation marks and escapes out of NODE_OPTIONS wherever they stand.
  const options = (env.NODE_OPTIONS ?? "").replace(/["'\\]/g, "").split(/\s+/);
  const found = [...execArgv, ...options]
    .filter((flag) => REFUSED_FLAGS.some((refused) => refused.test(flag.replaceAll("_", "-"))))
    .map((flag) => flag.split("=")[0] ?? flag);
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === "0") found.push("NODE_TLS_REJECT_UNAUTHORIZED=0");
  if (env.NODE_DEBUG) found.push("NODE_DEBUG");
  if (env.NODE_DEBUG_NATIVE) found.push("NODE_DEBUG_NATIVE");
  if (env.SSLKEYLOGFILE) found.push("SSLKEYLOGFILE");
  // Can load an OpenSSL engine or lower what TLS accepts, as --openssl-config can.
  if (env.OPENSSL_CONF) found.push("OPENSSL_CONF");
  return [...new Set(found)];
}
