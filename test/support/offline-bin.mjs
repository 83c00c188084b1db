// The built program, in a process that resolves no name.
import "./no-names.mjs";

await import(process.env.OFFLINE_BIN);
