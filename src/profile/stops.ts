import { RELAXABLE_STOPS, type RelaxableStop } from "../guard/kill-switch.ts";
import { strict, written } from "./written.ts";

const FORM = "on or off";

/** YAML has no words for these: `on` and `off` are text there, and somebody may write true, false or yes, no. */
const LOOSE: Readonly<Record<string, "on" | "off">> = {
  true: "on",
  yes: "on",
  false: "off",
  no: "off",
};

function setting() {
  const told = {
    code: "PROFILE_STOP",
    what: "a setting of a stop",
    form: FORM,
    near: (value: unknown) => LOOSE[String(value).toLowerCase()],
  };
  return written(told, (value) => (value === "on" || value === "off" ? value : undefined)).default(
    "on",
  );
}

/** Which stops of the kill switch a profile turns off, for the emulator alone; the guard refuses it elsewhere. */
export const stops = strict({
  throttled: setting(),
  errors: setting(),
}).transform((stops): readonly RelaxableStop[] | undefined => {
  const relaxed = RELAXABLE_STOPS.filter((stop) => stops[stop] === "off");
  return relaxed.length === 0 ? undefined : relaxed;
});
