import { existsSync, readFileSync } from 'node:fs'

/** The last lines of a log, to be shown with an error; says where the rest is. */
export function quoteLog(logFile: string, lineCount = 12): string {
  if (!existsSync(logFile)) return ''
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lineCount)
  return `The end of "${logFile}":\n${lines.map((line) => `  ${line}`).join('\n')}`
}
