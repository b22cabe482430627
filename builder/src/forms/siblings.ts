/** What a setting beside, or around, another one says. */
import { useForm } from './form-context.tsx'
import { isRecord } from './plan.ts'
import { getAt, type Path } from './values.ts'

/** The nearest text of that name, looking from the setting outwards: the survey of a case's answers is the step's. */
function nearestText(root: unknown, path: Path, name: string): string | null {
  for (let length = path.length - 1; length >= 0; length -= 1) {
    const around = getAt(root, path.slice(0, length))
    const value = isRecord(around) ? around[name] : undefined
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

export function useNearestText(path: Path, name: string | undefined): string | null {
  const { root } = useForm()
  return name === undefined ? null : nearestText(root, path, name)
}
