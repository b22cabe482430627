/** Every way a whole import can be refused or stop. A single bad row is not an error: it is rejected with its reason. */
const importErrorCodes = [
  'CSV_EMPTY',
  'CSV_NOT_TEXT',
  'CSV_TOO_MANY_COLUMNS',
  'CSV_QUOTE_BROKEN',
  'CSV_RECORD_TOO_LONG',
  'MAPPING_INVALID',
  'MAPPING_COLUMN_MISSING',
  'IMPORT_RUNNING',
] as const
export type ImportErrorCode = (typeof importErrorCodes)[number]

/** Thrown when a file or mapping cannot be imported. `problems` lists all that was found, one sentence each. */
export class ImportError extends Error {
  readonly code: ImportErrorCode
  readonly problems: readonly string[]
  /** Line of the file, counted from 1, when the problem has one. */
  readonly line: number | null

  constructor(code: ImportErrorCode, problems: readonly string[], line: number | null = null) {
    super(problems.join('\n'))
    this.name = 'ImportError'
    this.code = code
    this.problems = problems
    this.line = line
  }
}
