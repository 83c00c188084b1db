/** What of the process's own settings could see a key, or weaken TLS, or run code before the lock. */
interface Process {
  /** Node's own flags. */
  readonly execArgv: readonly string[];
  /** The program's arguments. */
  readonly argv: readonly string[];
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

/**
 * Flags that Node looks for among the program's arguments too, and obeys before the program begins: the files
 * they name set NODE_OPTIONS, and with it code to load, which shows nowhere afterwards.
 */
const READ_FROM_ARGUMENTS =
  /^--(?:env-file(?:-if-exists)?|experimental-config-file|experimental-default-config-file)(?:$|=)/;

/** The settings that refuse a run against Klarna, each as the user would recognise it; empty when there are none. */
export function weakeningSettings({ execArgv, argv, env }: Process): string[] {
  // Node takes quotation marks and escapes out of NODE_OPTIONS wherever they stand.
  const options = (env.NODE_OPTIONS ?? "").replace(/["'\\]/g, "").split(/\s/);
  const found = [
    ...[...execArgv, ...options].filter((flag) =>
      REFUSED_FLAGS.some((refused) => refused.test(flag.replaceAll("_", "-"))),
    ),
    ...[...execArgv, ...options, ...argv].filter((flag) =>
      READ_FROM_ARGUMENTS.test(flag.replaceAll("_", "-")),
    ),
  ].map((flag) => flag.split("=")[0] ?? flag);
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === "0") found.push("NODE_TLS_REJECT_UNAUTHORIZED=0");
  if (env.NODE_DEBUG) found.push("NODE_DEBUG");
  if (env.NODE_DEBUG_NATIVE) found.push("NODE_DEBUG_NATIVE");
  if (env.SSLKEYLOGFILE) found.push("SSLKEYLOGFILE");
  // Can load an OpenSSL engine or lower what TLS accepts, as --openssl-config can.
  if (env.OPENSSL_CONF) found.push("OPENSSL_CONF");
  return [...new Set(found)];
}
