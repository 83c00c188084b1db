import fc from "fast-check";

// The same values every time, so that a mutant killed today is killed tomorrow.
// No smallest counterexample is looked for: that there is one is enough.
fc.configureGlobal({ seed: 1, endOnFailure: true });
