/** The whole command line, ready to be parsed. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addAssetCommands } from './asset-commands.ts'
import { addBackupCommands } from './backup-commands.ts'
import { addCompanyCommands } from './company-commands.ts'
import { addComplianceCommands } from './compliance-commands.ts'
import { addControlCommands, addTaskCommands } from './control-commands.ts'
import { addEnrolCommand } from './enrol-command.ts'
import { addFireCommand } from './fire-command.ts'
import { addFormCommands } from './form-commands.ts'
import { addImportCommand } from './import-command.ts'
import { addInboundCommands } from './inbound-commands.ts'
import { addJourneyCommands } from './journey-commands.ts'
import { addKeyCommands } from './key-commands.ts'
import { addLeadCommands } from './lead-commands.ts'
import { addProfileCommands } from './profile-commands.ts'
import { addPeopleCommands } from './people-commands.ts'
import { addPrintCommands } from './print-commands.ts'
import { addSweepCommands } from './sweep-commands.ts'
import { addTestRunCommands } from './test-run-commands.ts'
import { addUserCommands } from './user-commands.ts'

/** A program with all commands; it throws instead of ending the process (`exitOverride`). */
export function createProgram(): Command {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  const program = new Command('trellis')
    .description('Lead nurturing from the command line. Every command knows --json, --actor and --help.')
    .version(version)
    .showHelpAfterError()
    // So that `--version` after a command is that command's own.
    .enablePositionalOptions()
    .exitOverride()
  addImportCommand(program)
  addJourneyCommands(program)
  addAssetCommands(program)
  addFormCommands(program)
  addLeadCommands(program)
  addComplianceCommands(program)
  addEnrolCommand(program)
  addTestRunCommands(program)
  addSweepCommands(program)
  addFireCommand(program)
  addControlCommands(program)
  addTaskCommands(program)
  addPeopleCommands(program)
  addCompanyCommands(program)
  addProfileCommands(program)
  addInboundCommands(program)
  addPrintCommands(program)
  addKeyCommands(program)
  addUserCommands(program)
  addBackupCommands(program)
  return program
}
