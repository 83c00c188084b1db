// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the rows are code, run elsewhere
/**
 * Every way out of a process that Node's API offers, one a row. The code runs in `probe.mjs`, where each built-in has its
 * own name, `host`, `port`, `path` and `udpPort` are this test's listeners, and `dial` is a script that connects to the
 * port it is given. The tripwire's tests run each row twice: unarmed it must arrive, armed it must not.
 */
export interface Way {
  /** Where the unarmed attempt is seen: at a listener, or in the process itself as an async resource of that type. */
  readonly arrives: "tcp" | "pipe" | "udp" | `resource ${string}` | "nowhere";
  readonly code: string;
  /** Node's flags, for what is still experimental in some version. */
  readonly flags?: readonly string[];
  /** An expression: false where this Node does not have the API. */
  readonly has?: string;
  /** The API swallows what is thrown at it, and only the hit tells. */
  readonly swallowed?: true;
}

const row =
  (arrives: Way["arrives"], more: Omit<Way, "arrives" | "code"> = {}) =>
  (code: string): Way => ({ arrives, code, ...more });

const tcp = [
  // net: every form of arguments
  "return net.connect(port, host)",
  "return net.connect(String(port), host)",
  "return net.connect(port)",
  "return net.connect({ port, host })",
  "return net.connect({ port, host, localAddress: host })",
  "return net.connect({ port, host: 'localhost' })",
  "return net.connect({ port, host: 'any.example', lookup: (_n, o, cb) => cb(null, o.all ? [{ address: host, family: 4 }] : host, 4) })",
  "return net.connect({ port, host: 'localhost', autoSelectFamily: true })",
  "return net.createConnection(port, host)",
  "return net.createConnection({ port, host }, () => {})",
  "return new net.Socket().connect(port, host)",
  "return new net.Socket().connect({ port, host })",
  "return new net.Stream().connect(port, host, () => {})",
  "return net.Socket.prototype.connect.call(new net.Socket(), port, host)",
  "return require('net').connect(port, host)",
  // tls
  "return tls.connect(port, host)",
  "return tls.connect({ port, host, servername: 'a.example' })",
  "return new tls.TLSSocket().connect(port, host)",
  "return tls.connect({ socket: new net.Socket().connect(port, host) })",
  // http, https, http2
  "return http.get({ port, host })",
  "return http.request({ port, host }).end()",
  "return http.get(`http://${host}:${port}/`)",
  "return http.get({ port, host, agent: false })",
  "return http.get({ port, host, agent: new http.Agent({ keepAlive: true }) })",
  "return http.get({ port, host, createConnection: (o) => net.connect(o) })",
  "return new http.Agent().createConnection({ port, host })",
  "return https.get({ port, host })",
  "return https.request(`https://${host}:${port}/`).end()",
  "return http2.connect(`http://${host}:${port}`)",
  "return http2.connect(`https://${host}:${port}`)",
  // what stands on Node's bundled undici, and undici itself
  "return fetch(`http://${host}:${port}/`)",
  "return fetch(`https://${host}:${port}/`)",
  "return undici.request(`http://${host}:${port}/`)",
  "return undici.fetch(`https://${host}:${port}/`)",
  "return new undici.Client(`http://${host}:${port}`).request({ path: '/', method: 'GET' })",
  "return new undici.Pool(`https://${host}:${port}`).request({ path: '/', method: 'GET' })",
  "return undici.connect(`http://${host}:${port}/`)",
  "return new undici.ProxyAgent(`http://${host}:${port}`).request({ origin: 'http://a.example', path: '/', method: 'GET' })",
  // the handles below, kept from before arming
  "new early.TCP(0).connect(new early.TCPConnectWrap(), host, port)",
  "new early.TCP(0).connect6(new early.TCPConnectWrap(), `::ffff:${host}`, port)",
].map(row("tcp"));

const tcpOfSomeVersions = [
  row("tcp", { flags: ["--experimental-websocket"], swallowed: true })(
    "return new WebSocket(`ws://${host}:${port}`)",
  ),
  row("tcp", { flags: ["--experimental-eventsource"], swallowed: true })(
    "return new EventSource(`http://${host}:${port}`)",
  ),
  row("tcp", { swallowed: true })("return new undici.WebSocket(`ws://${host}:${port}`)"),
  row("tcp", { swallowed: true })("return new undici.EventSource(`http://${host}:${port}`)"),
  row("tcp", { has: "net.BoundSocket" })(
    "return new net.Socket({ handle: new net.BoundSocket({ host }) }).connect({ port, host })",
  ),
];

const pipe = [
  "return net.connect(path)",
  "return net.connect({ path })",
  "return new net.Socket().connect(path)",
  "return tls.connect({ path })",
  "return http.get({ socketPath: path })",
  "return https.get({ socketPath: path })",
  "return http2.connect('http://a.example', { createConnection: () => net.connect(path) })",
  "return new undici.Client('http://a.example', { connect: { socketPath: path } }).request({ path: '/', method: 'GET' })",
  "new early.Pipe(0).connect(new early.PipeConnectWrap(), path)",
].map(row("pipe"));

const udp = [
  "const s = dgram.createSocket('udp4'); s.send('x', udpPort, host); return s",
  "const s = dgram.createSocket('udp4'); s.send('xyz', 1, 1, udpPort, host); return s",
  "const s = dgram.createSocket('udp4'); s.sendto('x', 0, 1, udpPort, host); return s",
  "const s = dgram.createSocket('udp4'); s.connect(udpPort, host, () => s.send('x')); return s",
  "const s = dgram.createSocket('udp4'); s.bind(0, host, () => s.send('x', udpPort, host)); return s",
  "const s = dgram.createSocket('udp4'); s.bind({ port: 0 }, () => s.send('x', udpPort, host)); return s",
  "const s = new dgram.Socket({ type: 'udp6' }); s.send('x', udpPort, `::ffff:${host}`); return s",
  "const u = new early.UDP(); u.bind(host, 0, 0); u.send(new early.SendWrap(), [Buffer.from('x')], 1, udpPort, host, false)",
  "const u = new early.UDP(); u.send(new early.SendWrap(), [Buffer.from('x')], 1, udpPort, host, false)",
  "const u = new early.UDP(); u.connect(host, udpPort); u.send(new early.SendWrap(), [Buffer.from('x')], 1, false)",
  // c-ares opens UDP sockets of its own; `setServers` makes the exports anew, so they are asked for again
  "const r = new dns.Resolver(); r.setServers([`${host}:${udpPort}`]); r.resolve4('a.example', () => {})",
  "const r = new dns.Resolver(); r.setServers([`${host}:${udpPort}`]); r.reverse('127.9.9.9', () => {})",
  "const r = new dns.Resolver(); r.setServers([`${host}:${udpPort}`]); r._handle.queryA(Object.assign(new early.QueryReqWrap(), { oncomplete() {} }), 'a.example')",
  "const r = new dnsPromises.Resolver(); r.setServers([`${host}:${udpPort}`]); return r.resolveTxt('a.example')",
  "const d = require('dns'); d.setServers([`${host}:${udpPort}`]); d.resolve('a.example', () => {})",
  "const d = require('dns'); d.setServers([`${host}:${udpPort}`]); d.resolveAny('a.example', () => {})",
  "const d = require('dns'); d.setServers([`${host}:${udpPort}`]); d.resolveSrv('a.example', () => {})",
  "const d = require('dns'); d.setServers([`${host}:${udpPort}`]); return d.promises.resolve6('a.example')",
  "const d = require('dns/promises'); d.setServers([`${host}:${udpPort}`]); return d.reverse('127.9.9.9')",
].map(row("udp"));

const systemResolver = [
  row("resource GETADDRINFOREQWRAP")("dns.lookup('localhost', () => {})"),
  row("resource GETADDRINFOREQWRAP")("dns.lookup('localhost', { all: true }, () => {})"),
  row("resource GETADDRINFOREQWRAP")("return dns.promises.lookup('localhost')"),
  row("resource GETADDRINFOREQWRAP")("return dnsPromises.lookup('localhost')"),
  row("resource GETADDRINFOREQWRAP")("return net.createServer().listen(0, 'localhost')"),
  row("resource GETNAMEINFOREQWRAP")("dns.lookupService(host, 80, () => {})"),
  row("resource GETNAMEINFOREQWRAP")("return dnsPromises.lookupService(host, 80)"),
];

/** They connect from somewhere else: another process, another thread, another program. */
const elsewhere = [
  ...[
    "return child_process.spawn(node, [dial, port])",
    "return child_process.spawn(node, [dial, port], { detached: true, stdio: 'ignore' })",
    'return child_process.spawn(`"${node}" "${dial}" ${port}`, { shell: true })',
    'return child_process.exec(`"${node}" "${dial}" ${port}`)',
    "return child_process.execFile(node, [dial, port])",
    "return child_process.fork(dial, [port])",
    "child_process.spawnSync(node, [dial, port])",
    'child_process.execSync(`"${node}" "${dial}" ${port}`)',
    "child_process.execFileSync(node, [dial, port])",
    "cluster.setupPrimary({ exec: dial, args: [port] }); cluster.fork()",
    "return new worker_threads.Worker(dial, { argv: [port] })",
    "return new (class extends worker_threads.Worker {})(dial, { argv: [port] })",
    "module.register(`data:text/javascript,process.argv[2]=${port};await import(${JSON.stringify(dialUrl)})`)",
  ].map(row("tcp")),
  row("tcp", { has: "processView.execve" })(
    "processView.execve(node, [node, dial, String(port)], {})",
  ),
];

/** Nothing to be seen arriving: refused for what could be made of it. */
const others = [
  "processView.binding('tcp_wrap')",
  "processView.binding('util')",
  "processView._linkedBinding('anything')",
  "processView.dlopen({ exports: {} }, foreignAddon)",
  "require(foreignAddon)",
  "inspector.open(0, host)",
  "require('inspector/promises').open(0, host)",
  "new net.Socket({ fd: 3 })",
  "new early.TCP(0).open(3)",
  "new early.UDP().open(3)",
].map(row("nowhere"));

export const WAYS: readonly Way[] = [
  ...tcp,
  ...tcpOfSomeVersions,
  ...pipe,
  ...udp,
  ...systemResolver,
  ...elsewhere,
  ...others,
];
