import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Config } from '#server/config.ts'
import { findHomeHolder } from '../provision/home-lock.ts'
import { describeHome } from '../provision/home.ts'
import { isPortFree } from '../provision/ports.ts'
import { describeError, type DoctorCheck } from './check.ts'

const gigabyte = 1024 ** 3

/** The Node this runs on. */
export function checkNode(): DoctorCheck {
  const { node } = process.versions
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const detail = `${node}, ${process.execPath}`
  if (major >= 24 || (major === 22 && minor >= 22)) return { name: 'node', status: 'ok', detail }
  return { name: 'node', status: 'failed', detail, remedy: 'Run "npm ci": the package "node" brings Node 24.' }
}

/** The npm that would install packages. */
export async function checkNpm(): Promise<DoctorCheck> {
  try {
    const { stdout } = await promisify(execFile)('npm', ['--version'], { timeout: 20_000 })
    const version = stdout.trim()
    if (Number.parseInt(version, 10) >= 9) return { name: 'npm', status: 'ok', detail: version }
    return {
      name: 'npm',
      status: 'warning',
      detail: version,
      remedy: 'Tried with npm 10 and 11: npm install -g npm@11',
    }
  } catch (error) {
    return {
      name: 'npm',
      status: 'warning',
      detail: `not found (${describeError(error)})`,
      remedy: 'Needed only to install packages: install Node.js with npm.',
    }
  }
}

/** TRELLIS_HOME: can it be written, who runs on it, how much room is left. */
export function checkHome({ home: path }: Config): DoctorCheck[] {
  const home = describeHome(path)
  const holder = findHomeHolder(home)
  const existing = closestExisting(path)
  const checks: DoctorCheck[] = []
  try {
    accessSync(existing, constants.W_OK | constants.X_OK)
    const use = holder === undefined ? 'not running' : `running as process ${String(holder.pid)}, ${holder.address}`
    checks.push({ name: 'home', status: 'ok', detail: `${path}${existing === path ? '' : ' (not made yet)'}, ${use}` })
  } catch {
    checks.push({
      name: 'home',
      status: 'failed',
      detail: `${existing} cannot be written by this user`,
      remedy: 'Set TRELLIS_HOME to a folder of yours.',
    })
  }
  const { bavail, bsize } = statfsSync(existing)
  const free = (bavail * bsize) / gigabyte
  const disk = { name: 'disk', detail: `${free.toFixed(1)} GB free for TRELLIS_HOME` }
  if (free >= 2) checks.push({ ...disk, status: 'ok' })
  else
    checks.push({
      ...disk,
      status: free < 0.5 ? 'failed' : 'warning',
      remedy: 'Make room, or move TRELLIS_HOME to a larger disk.',
    })
  return checks
}

/** PORT: free for the next start, or held by the Trellis of this TRELLIS_HOME. */
export async function checkPort({ host, port, home }: Config): Promise<DoctorCheck> {
  const where = `${host}:${String(port)}`
  const holder = findHomeHolder(describeHome(home))
  if (await isPortFree(port, host)) return { name: 'port', status: 'ok', detail: `${where} is free` }
  if (holder?.address.endsWith(`:${String(port)}`) === true)
    return { name: 'port', status: 'ok', detail: `${where} is ours` }
  return {
    name: 'port',
    status: 'failed',
    detail: `${where} is in use by another program`,
    remedy: `Stop that program, or set PORT to another, e.g. PORT=${String(port + 1)}.`,
  }
}

function closestExisting(path: string): string {
  return existsSync(path) ? path : closestExisting(dirname(path))
}
