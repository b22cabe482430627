/** Reading stored definitions: leads walk versions that were compiled years ago. */
import { EngineError } from '../errors.ts'
import { definitionFormat, type Definition } from './types.ts'

/**
 * A definition as it was stored. Older formats will be upgraded here, one function per format; there is only one so far.
 * @throws {EngineError} DEFINITION_UNREADABLE when the format is not known or the value is no definition.
 */
export function readDefinition(json: unknown): Definition {
  const record = isRecord(json) ? json : {}
  const { format, entry, steps } = record
  if (format !== definitionFormat) {
    const message = `This definition has format "${String(format)}"; this version of Trellis reads format "${String(definitionFormat)}". Deploy the version that compiled it.`
    throw new EngineError('DEFINITION_UNREADABLE', message)
  }
  const complete =
    typeof entry === 'string' &&
    isRecord(steps) &&
    Object.hasOwn(steps, entry) &&
    Object.values(steps).every(
      (step) => isRecord(step) && typeof step['type'] === 'string' && isRecord(step['next']),
    ) &&
    ['triggers', 'segments', 'watch'].every((list) => Array.isArray(record[list])) &&
    isRecord(record['settings']) &&
    isRecord(record['needs'])
  if (!complete) {
    const message = `This definition is not whole (entry "${String(entry)}"); publish the journey again and move its leads there.`
    throw new EngineError('DEFINITION_UNREADABLE', message)
  }
  return json as Definition
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
