/** What every command of the CLI has in common: options, output, exit codes. */
import { userInfo } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import { ImportError } from '#activities/imports/errors.ts'
import { ConfigError } from '#server/config.ts'

/** 0 is success, 2 is wrong usage (commander's own errors, too). */
export const exitCodes = { ok: 0, refused: 1, usage: 2, unreachable: 3 } as const

/** Options every command has. */
export interface GlobalOptions {
  json: boolean
  /** Who does it, for the audit log. */
  actor: string
}

/** What a command found out or did. */
export interface CommandResult {
  /** Printed with --json. */
  data: unknown
  /** Printed without. */
  text: string
  /** @default 0 */
  exitCode?: number
}

/** A failure the person can do something about: shown without a stack. */
export class CommandError extends Error {
  readonly code: string
  readonly exitCode: number

  constructor(message: string, options: { code?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CommandError'
    this.code = options.code ?? 'REFUSED'
    this.exitCode = options.exitCode ?? exitCodes.refused
  }
}

/** Adds a command: `--json` and `--actor` come with it, its result is printed, its errors become exit codes. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says which options it configured
export function addCommand<Options extends object = object>(
  parent: Command,
  usage: string,
  description: string,
  configure: (command: Command) => Command,
  run: (args: string[], options: Options & GlobalOptions) => Promise<CommandResult>,
): void {
  const command = parent
    .command(usage)
    .description(description)
    .option('--json', 'print the result as JSON', false)
    .option('--actor <name>', 'who does this, for the audit log', userInfo().username)
  configure(command).action(async (...received: unknown[]) => {
    const args = received.slice(0, -2).flat() as string[]
    const options = command.opts<Options & GlobalOptions>()
    try {
      const result = await run(args, options)
      write(process.stdout, options.json ? JSON.stringify(result.data, null, 2) : result.text)
      process.exitCode = result.exitCode ?? exitCodes.ok
    } catch (error) {
      const failure = describeFailure(error)
      write(
        process.stderr,
        options.json ? JSON.stringify({ error: { code: failure.code, message: failure.message } }) : failure.message,
      )
      process.exitCode = failure.exitCode
    }
  })
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (text !== '') stream.write(text.endsWith('\n') ? text : `${text}\n`)
}

function describeFailure(error: unknown): { code: string; message: string; exitCode: number } {
  if (error instanceof CommandError) return error
  if (error instanceof ImportError) return { code: error.code, message: error.message, exitCode: exitCodes.refused }
  if (error instanceof ConfigError) return { code: error.code, message: error.message, exitCode: exitCodes.usage }
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error), exitCode: exitCodes.refused }
  // Drizzle wraps the driver's error, which has the code.
  const coded = [error, error.cause].find((one) => typeof (one as { code?: unknown } | undefined)?.code === 'string')
  if (coded !== undefined) {
    const { code, message } = coded as { code: string; message: string }
    const isConnection = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|CONNECT_TIMEOUT|CONNECTION_\w+)$/.test(code)
    if (!isConnection) return { code, message, exitCode: exitCodes.refused }
    const advice = `Postgres cannot be reached (${code}). Is Trellis running? Start it with: npm start`
    return { code, message: advice, exitCode: exitCodes.unreachable }
  }
  return { code: 'UNEXPECTED', message: error.stack ?? error.message, exitCode: exitCodes.refused }
}

/** An option's value as a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Write a whole number from 1 up.')
  return number
}

/** Columns side by side, as wide as their longest cell; the first row is the header. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
