// `trellis`: the command line of an installation. Parses and prints; what it does lives in activities/.
import { enableCompileCache } from 'node:module'

// Halves the time to the first line: types are stripped once, not on every call. Hence the imports below it.
enableCompileCache()
const { createProgram } = await import('./cli/program.ts')
const { exitCodes } = await import('./cli/command.ts')

try {
  await createProgram().parseAsync()
} catch (error) {
  // Commander has said what is wrong; help and version are no errors.
  const { exitCode } = error as { exitCode?: number }
  process.exitCode = exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (exitCode === undefined) throw error
}
// Started by npm, a channel to it keeps the process alive.
if (process.channel !== undefined) process.disconnect()
