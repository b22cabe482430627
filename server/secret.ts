/** The installation's secret, which signs links and webhooks: from the environment, else made once and kept. */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from './config.ts'

/** At least 32 characters. Two processes that start at once agree: the file is created exclusively. */
export async function obtainSecret(config: Pick<Config, 'secret' | 'home'>): Promise<string> {
  if (config.secret !== undefined) return config.secret
  const path = join(config.home, 'secret')
  await writeFile(path, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return (await readFile(path, 'utf8')).trim()
}
