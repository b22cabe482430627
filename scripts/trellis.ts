// `trellis`: the command line of an installation. Parses and prints; what it does lives in activities/.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addCompanyCommands } from './cli/company-commands.ts'
import { addControlCommands, addTaskCommands } from './cli/control-commands.ts'
import { addImportCommand } from './cli/import-command.ts'
import { addJourneyCommands } from './cli/journey-commands.ts'
import { addLeadCommands } from './cli/lead-commands.ts'
import { exitCodes } from './cli/command.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('trellis')
  .description('Lead nurturing from the command line. Every command knows --json, --actor and --help.')
  .version(version)
  .showHelpAfterError()
  .exitOverride()

addImportCommand(program)
addJourneyCommands(program)
addLeadCommands(program)
addControlCommands(program)
addTaskCommands(program)
addCompanyCommands(program)

try {
  await program.parseAsync()
} catch (error) {
  // Commander has said what is wrong; help and version are no errors.
  const { exitCode } = error as { exitCode?: number }
  process.exitCode = exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (exitCode === undefined) throw error
}
// Started by npm, a channel to it keeps the process alive.
if (process.channel !== undefined) process.disconnect()
