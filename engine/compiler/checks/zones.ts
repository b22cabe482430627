import type { Issue } from '../../issues.ts'
import { isZone } from '../../schedule/zone.ts'
import type { Analysis } from '../analysis.ts'

/** Words that step types may offer in place of a zone's name. */
const symbolicZones: ReadonlySet<string> = new Set(['lead', 'journey', 'company'])

/** Every setting called `zone`, of triggers and custom steps too, names a time zone. */
export function checkZones({ steps }: Analysis): Issue[] {
  return steps.flatMap(({ node, texts }) =>
    texts.flatMap(({ text, path }): Issue[] =>
      path.at(-1) !== 'zone' || text === '' || symbolicZones.has(text) || isZone(text)
        ? []
        : [
            {
              code: 'ZONE_UNKNOWN',
              severity: 'error',
              nodeId: node.id,
              path,
              message: `"${text}" is not a time zone; write an IANA name, for example Europe/Zurich.`,
            },
          ],
    ),
  )
}
