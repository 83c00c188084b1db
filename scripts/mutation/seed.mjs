import fc from "fast-check";

// The same values every time, so that a mutant killed today is killed tomorrow.
fc.configureGlobal({ seed: 1 });
