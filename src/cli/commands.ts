import { auditCommand } from "./audit.ts";
import { capacityCommand } from "./capacity.ts";
import type { Command } from "./command.ts";
import { compareCommand } from "./compare.ts";
import { doctorCommand } from "./doctor.ts";
import { emulatorCommand } from "./emulator.ts";
import { gateCommand } from "./gate.ts";
import { historyCommand } from "./history.ts";
import { initCommand } from "./init.ts";
import { listCommand } from "./list.ts";
import { permitCommand } from "./permit.ts";
import { planCommand } from "./plan.ts";
import { reportCommand } from "./report.ts";
import { runCommand } from "./run.ts";
import { validateCommand } from "./validate.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  runCommand,
  planCommand,
  listCommand,
  validateCommand,
  initCommand,
  reportCommand,
  historyCommand,
  capacityCommand,
  compareCommand,
  permitCommand,
  doctorCommand,
  auditCommand,
  gateCommand,
  emulatorCommand,
];
