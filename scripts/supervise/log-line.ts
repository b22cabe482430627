const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}
/** What every line of one process repeats. */
const repeated = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err'])

/** One line of a child's JSON log, for a person at the terminal; any other line is returned as it is. */
export function formatLogLine(line: string): string {
  const entry = parseEntry(line)
  if (entry === undefined) return line
  const fields = Object.entries(entry)
    .filter(([name, value]) => !repeated.has(name) && value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const error = entry['err'] as { message?: string } | undefined
  return [levels[Number(entry['level'])], entry['msg'], error?.message, ...fields].filter(Boolean).join(' ')
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{"level":')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
