// `trellis doctor`: what this installation uses, what is wrong, and what to do about it. Changes nothing.
import type { Config } from '#server/config.ts'
import { ConfigError, configVariables, loadConfig } from '#server/config.ts'
import { checkDatabase, checkTemporalServer, checkWorker } from './doctor/check-servers.ts'
import { checkHome, checkNode, checkNpm, checkPort } from './doctor/check-machine.ts'
import type { DoctorCheck } from './doctor/check.ts'

export type { DoctorCheck } from './doctor/check.ts'

/** All that `trellis doctor --json` prints. */
export type DoctorReport = {
  /** False as soon as one check failed; warnings do not count. */
  ok: boolean
  checks: DoctorCheck[]
  /** Every variable Trellis reads, with its value; secrets are only said to be set. */
  settings: { name: string; value: string; description: string }[]
}

/** Looks at everything, also after the first failure. Never throws; takes a few seconds when a server is away. */
export async function runDoctor(env: NodeJS.ProcessEnv = process.env): Promise<DoctorReport> {
  const checks: DoctorCheck[] = [checkNode(), await checkNpm()]
  try {
    const config = loadConfig(env)
    checks.push({ name: 'settings', status: 'ok', detail: 'every variable is valid' })
    checks.push(...(await checkInstallation(config)))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    checks.push(
      ...error.problems.map((problem) => ({
        name: 'settings',
        status: 'failed' as const,
        detail: problem,
        remedy: 'Correct the variable; .env.example explains each.',
      })),
    )
  }
  return { ok: checks.every(({ status }) => status !== 'failed'), checks, settings: listSettings(env) }
}

/** The report for a person: one line per check, the remedy below what is not well. */
export function renderDoctorReport(report: DoctorReport): string {
  const marks = { ok: 'ok    ', warning: 'warn  ', failed: 'FAILED' }
  const lines = report.checks.flatMap(({ name, status, detail, remedy }) => [
    `${marks[status]}  ${name.padEnd(10)}  ${detail}`,
    ...(remedy === undefined ? [] : [`                    -> ${remedy}`]),
  ])
  const settings = report.settings.map(
    ({ name, value, description }) => `  ${name.padEnd(19)} ${value.padEnd(28)} ${description}`,
  )
  return [
    ...lines,
    '',
    'Settings:',
    ...settings,
    '',
    report.ok ? 'All is well.' : 'Something is wrong; see FAILED above.',
    '',
  ].join('\n')
}

async function checkInstallation(config: Config): Promise<DoctorCheck[]> {
  const home = checkHome(config)
  const database = await checkDatabase(config)
  const temporal = await checkTemporalServer(config)
  return [...home, await checkPort(config), ...database, temporal, await checkWorker(config)]
}

function listSettings(env: NodeJS.ProcessEnv): DoctorReport['settings'] {
  return configVariables.map(({ name, description, fallback, isSecret }) => {
    const given = env[name]
    const value = given ? (isSecret ? '(set)' : given) : fallback === undefined ? '(unset)' : `${fallback} (default)`
    return { name, value, description }
  })
}
