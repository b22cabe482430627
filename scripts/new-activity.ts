/** `npm run new:activity company-size`: scaffolds a custom activity with its test. */
import { join } from 'node:path'
import { ScaffoldError, scaffoldActivity } from './scaffold/activity.ts'

const [name] = process.argv.slice(2)

try {
  if (name === undefined) throw new ScaffoldError('Name the activity, for example: npm run new:activity company-size')
  const { activity, test } = await scaffoldActivity(name, join(import.meta.dirname, '..'))
  process.stdout.write(
    `Written:\n  ${activity}   the activity\n  ${test}   its test\n\n` +
      `Try it:  npx vitest run --project unit ${test}\nThen change both; docs/custom-activities.md explains every line.\n`,
  )
} catch (error) {
  if (!(error instanceof ScaffoldError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
