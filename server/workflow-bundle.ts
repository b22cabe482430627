/** The workflows as one prebuilt script, so that a worker starts in a moment. Built once per change, kept in dist/. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'dist', 'workflows')

/**
 * Path of the current bundle; builds it (about 4 s) when a workflow or the SDK has changed. `interceptorModules` go into
 * the sandbox with the workflows (tracing); they issue no commands, so histories replay with and without them.
 */
export async function obtainWorkflowBundle(interceptorModules: readonly string[] = []): Promise<{ codePath: string }> {
  const suffix = interceptorModules.length === 0 ? '' : '.traced'
  const codePath = join(folder, `${await fingerprint()}${suffix}.js`)
  try {
    await readFile(codePath, { encoding: 'utf8', flag: 'r' })
    return { codePath }
  } catch {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(root, 'workflows', 'index.ts'),
      workflowInterceptorModules: [...interceptorModules],
      logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    })
    await mkdir(folder, { recursive: true })
    const temporary = `${codePath}.${process.pid}`
    await writeFile(temporary, code)
    await rename(temporary, codePath)
    return { codePath }
  }
}

/** Changes with anything replayed code can reach, and with the SDK. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string }
  hash.update(version)
  const files = [
    ...(await readdir(join(root, 'workflows')))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join('workflows', name)),
    join('activities', 'contract.ts'),
    join('engine', 'vocabulary.ts'),
  ].sort()
  for (const file of files) hash.update(file).update(await readFile(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}
